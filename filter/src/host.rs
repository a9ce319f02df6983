//! The only calls to the host. Bytes only, and every status becomes a `Result`: the SDK's own wrappers panic
//! on statuses that they do not expect, and a panic stops the filter for every stream of the worker.
#![expect(
    unsafe_code,
    reason = "the proxy-wasm ABI passes pointers; no other file of the filter does"
)]

use std::fmt;
use std::time::Duration;

use mainsheet_core::reply::LocalReply;
use proxy_wasm::types::MapType;

/// What a host call answers when it does not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HostError {
    /// The call.
    pub(crate) call: &'static str,
    /// Its status, as the ABI numbers them.
    pub(crate) status: u32,
}

impl HostError {
    /// Whether there is nothing of what was asked for.
    pub(crate) fn is_not_found(&self) -> bool {
        const NOT_FOUND: u32 = 1;
        self.status == NOT_FOUND
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered status {}", self.call, self.status)
    }
}

type Result<T> = std::result::Result<T, HostError>;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, message: *const u8, size: usize) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_get_property(path: *const u8, path_size: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, path_size: usize, value: *const u8, value_size: usize) -> u32;
    fn proxy_call_foreign_function(
        name: *const u8,
        name_size: usize,
        arguments: *const u8,
        arguments_size: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
    fn proxy_continue_stream(stream: u32) -> u32;
    fn proxy_set_effective_context(context: u32) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, metric: *mut u32) -> u32;
    fn proxy_increment_metric(metric: u32, offset: i64) -> u32;
    fn proxy_record_metric(metric: u32, value: u64) -> u32;
}

fn check(call: &'static str, status: u32) -> Result<()> {
    if status == 0 {
        Ok(())
    } else {
        Err(HostError { call, status })
    }
}

/// Severity of a log line, as the ABI numbers them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Warn = 3,
    Error = 4,
}

/// Writes to Envoy's log. That this may fail is nobody's concern.
pub(crate) fn log(level: Level, message: &str) {
    // SAFETY: the host reads `message` within its bounds, during the call.
    unsafe { proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// Nanoseconds since 1970.
pub(crate) fn now() -> Result<u64> {
    let mut time = 0;
    // SAFETY: the host writes one number.
    check("proxy_get_current_time_nanoseconds", unsafe {
        proxy_get_current_time_nanoseconds(&raw mut time)
    })?;
    Ok(time)
}

/// Milliseconds between calls of `on_tick`; 0 stops them.
pub(crate) fn set_tick_period(milliseconds: u32) -> Result<()> {
    // SAFETY: passes a number.
    check("proxy_set_tick_period_milliseconds", unsafe {
        proxy_set_tick_period_milliseconds(milliseconds)
    })
}

/// Takes over memory that the host had the filter allocate.
fn take(data: *mut u8, size: usize) -> Vec<u8> {
    if data.is_null() {
        return Vec::new();
    }
    // SAFETY: the SDK's allocator made it as a `Vec<u8>` of exactly this size, and the host gave it away.
    unsafe { Vec::from_raw_parts(data, size, size) }
}

/// All request headers, pseudo headers included.
pub(crate) fn request_headers() -> Result<Vec<(String, Vec<u8>)>> {
    header_pairs(MapType::HttpRequestHeaders)
}

fn header_pairs(map: MapType) -> Result<Vec<(String, Vec<u8>)>> {
    let (mut data, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the host writes a pointer and a size.
    let status = unsafe { proxy_get_header_map_pairs(map as u32, &raw mut data, &raw mut size) };
    check("proxy_get_header_map_pairs", status)?;
    parse_pairs(&take(data, size)).ok_or(HostError {
        call: "proxy_get_header_map_pairs",
        status,
    })
}

/// The ABI's form of a map: the number of pairs, their sizes, then names and values, each with a zero byte.
fn parse_pairs(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let number = |at: usize| -> Option<usize> {
        let bytes: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let pairs = number(0)?;
    let mut at = pairs.checked_mul(8)?.checked_add(4)?;
    let mut text = |size: usize| -> Option<&[u8]> {
        let end = at.checked_add(size)?;
        let found = bytes.get(at..end)?;
        at = end.checked_add(1)?;
        Some(found)
    };
    let mut map = Vec::with_capacity(pairs.min(bytes.len()));
    for pair in 0..pairs {
        let sizes = pair.checked_mul(8)?.checked_add(4)?;
        let name = String::from_utf8_lossy(text(number(sizes)?)?).into_owned();
        map.push((name, text(number(sizes.checked_add(4)?)?)?.to_vec()));
    }
    Some(map)
}

fn write_pairs(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = size(pairs.len()).to_vec();
    for (name, value) in pairs {
        bytes.extend(size(name.len()));
        bytes.extend(size(value.len()));
    }
    for (name, value) in pairs {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value);
        bytes.push(0);
    }
    bytes
}

/// Replaces every value of a header by one.
pub(crate) fn set_header(map: MapType, name: &str, value: &[u8]) -> Result<()> {
    // SAFETY: the host reads both texts within their bounds, during the call.
    let status = unsafe {
        proxy_replace_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    };
    check("proxy_replace_header_map_value", status)
}

/// Appends a value of a header.
pub(crate) fn add_header(map: MapType, name: &str, value: &[u8]) -> Result<()> {
    // SAFETY: as above.
    let status = unsafe {
        proxy_add_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    };
    check("proxy_add_header_map_value", status)
}

/// Removes every value of a header.
pub(crate) fn remove_header(map: MapType, name: &str) -> Result<()> {
    // SAFETY: as above.
    let status = unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) };
    check("proxy_remove_header_map_value", status)
}

/// The plugin configuration, all of it.
pub(crate) fn plugin_configuration(size: usize) -> Result<Vec<u8>> {
    const PLUGIN_CONFIGURATION: u32 = 7;
    let (mut data, mut read) = (std::ptr::null_mut(), 0);
    // SAFETY: the host writes a pointer and a size.
    let status =
        unsafe { proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, size, &raw mut data, &raw mut read) };
    check("proxy_get_buffer_bytes", status)?;
    Ok(take(data, read))
}

/// All response headers.
pub(crate) fn response_headers() -> Result<Vec<(String, Vec<u8>)>> {
    header_pairs(MapType::HttpResponseHeaders)
}

/// A property of the stream; the parts of its path end in zero bytes.
pub(crate) fn property(path: &[u8]) -> Result<Vec<u8>> {
    let (mut data, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the host reads `path` within its bounds and writes a pointer and a size.
    let status = unsafe { proxy_get_property(path.as_ptr(), path.len(), &raw mut data, &raw mut size) };
    check("proxy_get_property", status)?;
    Ok(take(data, size))
}

/// Whether the response comes from the upstream, and not from Envoy itself.
pub(crate) fn is_from_upstream() -> Result<bool> {
    match property(b"response\0code_details") {
        Ok(details) => Ok(details == b"via_upstream"),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error),
    }
}

/// How long the request took, once it is over.
pub(crate) fn request_duration() -> Result<Duration> {
    let bytes = property(b"request\0duration")?;
    let nanoseconds = <[u8; 8]>::try_from(bytes).ok().map(u64::from_le_bytes);
    nanoseconds.map(Duration::from_nanos).ok_or(HostError {
        call: "proxy_get_property",
        status: 0,
    })
}

/// Sets filter state of the stream, which Envoy keeps under `wasm.`.
pub(crate) fn set_property(path: &str, value: &[u8]) -> Result<()> {
    // SAFETY: the host reads both texts within their bounds, during the call.
    let status = unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) };
    check("proxy_set_property", status)
}

/// Has Envoy choose the route anew, by the headers as they are now.
pub(crate) fn clear_route_cache() -> Result<()> {
    call("clear_route_cache", &[])
}

/// Sets filter state that other filters of Envoy read.
pub(crate) fn set_filter_state(key: &str, value: &str) -> Result<()> {
    call("set_envoy_filter_state", &filter_state_arguments(key, value))
}

/// The message `SetEnvoyFilterStateArguments`: path 1 and value 2; it lasts as long as the filter chain.
fn filter_state_arguments(key: &str, value: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(key.len() + value.len() + 8);
    for (tag, text) in [(0x0a, key), (0x12, value)] {
        message.push(tag);
        let mut length = text.len();
        while let Some(byte) = u8::try_from(length & 0x7f).ok().filter(|_| length > 0x7f) {
            message.push(byte | 0x80);
            length >>= 7;
        }
        message.extend(u8::try_from(length));
        message.extend_from_slice(text.as_bytes());
    }
    message
}

/// Calls a function that Envoy has beside the ABI, and whose answer says nothing.
fn call(name: &'static str, arguments: &[u8]) -> Result<()> {
    let (mut data, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the host reads name and arguments within their bounds and writes a pointer and a size.
    let status = unsafe {
        proxy_call_foreign_function(
            name.as_ptr(),
            name.len(),
            arguments.as_ptr(),
            arguments.len(),
            &raw mut data,
            &raw mut size,
        )
    };
    drop(take(data, size));
    check(name, status)
}

/// Answers in place of the upstream. At most once a stream.
pub(crate) fn send_local_response(reply: &LocalReply) -> Result<()> {
    let pairs: Vec<(&str, &[u8])> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .collect();
    let headers = write_pairs(&pairs);
    // SAFETY: the host reads all texts within their bounds, during the call.
    let status = unsafe {
        proxy_send_local_response(
            u32::from(reply.status),
            reply.details.as_ptr(),
            reply.details.len(),
            reply.body.as_ptr(),
            reply.body.len(),
            headers.as_ptr(),
            headers.len(),
            reply.grpc_status.map_or(-1, i32::from),
        )
    };
    check("proxy_send_local_response", status)
}

/// Lets the request of the effective context go on.
pub(crate) fn continue_request() -> Result<()> {
    const HTTP_REQUEST: u32 = 0;
    // SAFETY: passes a number.
    check("proxy_continue_stream", unsafe {
        proxy_continue_stream(HTTP_REQUEST)
    })
}

/// Makes later calls speak of another stream.
pub(crate) fn set_effective_context(context: u32) -> Result<()> {
    // SAFETY: passes a number.
    check("proxy_set_effective_context", unsafe {
        proxy_set_effective_context(context)
    })
}

/// What a metric is.
#[derive(Clone, Copy)]
pub(crate) enum MetricKind {
    /// It is added to.
    Counter = 0,
    /// It is a distribution of values.
    Histogram = 2,
}

/// Defines a metric, or finds it.
pub(crate) fn define_metric(kind: MetricKind, name: &str) -> Result<u32> {
    let mut metric = 0;
    // SAFETY: the host reads the name within its bounds and writes one number.
    let status = unsafe { proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &raw mut metric) };
    check("proxy_define_metric", status)?;
    Ok(metric)
}

/// Adds to a counter.
pub(crate) fn increment(metric: u32, by: u64) -> Result<()> {
    let offset = i64::try_from(by).unwrap_or(i64::MAX);
    // SAFETY: passes numbers.
    check("proxy_increment_metric", unsafe {
        proxy_increment_metric(metric, offset)
    })
}

/// Adds a value to a histogram.
pub(crate) fn record(metric: u32, value: u64) -> Result<()> {
    // SAFETY: passes numbers.
    check("proxy_record_metric", unsafe {
        proxy_record_metric(metric, value)
    })
}
