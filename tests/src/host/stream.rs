//! One HTTP stream, from its headers to its end.

use std::collections::BTreeMap;

use super::calls::HostCalls;
use super::context::{Context, Http, Kind, Piece};
use super::error::{HostError, Result};
use super::headers::{HeaderMap, Headers};
use super::inner::{Inner, Shared, lock};
use super::local_reply::LocalReply;
use super::properties::Properties;

/// What the filter can learn of a connection: its properties, on top of those of the VM.
#[derive(Clone, Debug, Default)]
pub struct ConnectionInfo {
    /// Such as `destination.port`; they win over the VM's.
    pub properties: Properties,
}

impl ConnectionInfo {
    /// A connection to this port of the destination.
    pub fn to_port(port: u16) -> Self {
        let properties = Properties::new().with_int(&["destination", "port"], i64::from(port));
        Self { properties }
    }
}

/// Where a stream stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// Nothing was given to the filter yet.
    Idle,
    /// The filter let it pass.
    Continued,
    /// The filter holds it.
    Paused,
    /// The filter answered by itself.
    LocalReply(LocalReply),
    /// The filter reset it.
    Reset,
}

/// An HTTP stream. Dropping it ends it, as a client that goes away does.
pub struct Stream {
    inner: Shared,
    id: u32,
}

impl Stream {
    pub(super) fn open(inner: Shared, connection: ConnectionInfo) -> Result<Self> {
        let id = open(&inner, Kind::Http(Box::default()), connection)?;
        Ok(Self { inner, id })
    }

    /// The id of its context in the VM.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Gives the request headers to the filter.
    pub fn request_headers(&self, headers: Headers, end_of_stream: bool) -> Result<StreamState> {
        self.deliver(false, Piece::Headers(HeaderMap::new(headers), end_of_stream))
    }

    /// Gives a part of the request body to the filter.
    pub fn request_body(&self, body: &[u8], end_of_stream: bool) -> Result<StreamState> {
        self.deliver(false, Piece::Body(body.to_vec(), end_of_stream))
    }

    /// Gives the request trailers to the filter.
    pub fn request_trailers(&self, trailers: Headers) -> Result<StreamState> {
        self.deliver(false, Piece::Trailers(HeaderMap::new(trailers)))
    }

    /// Adds to what the filter can learn of the stream from now on.
    pub fn set_property(&self, path: &[&str], value: impl Into<Vec<u8>>) {
        if let Some(context) = lock(&self.inner).state().contexts.get_mut(&self.id) {
            context.properties.set(path, value);
        }
    }

    /// Gives the response headers to the filter.
    pub fn response_headers(&self, headers: Headers, end_of_stream: bool) -> Result<StreamState> {
        self.deliver(true, Piece::Headers(HeaderMap::new(headers), end_of_stream))
    }

    /// Gives a part of the response body to the filter.
    pub fn response_body(&self, body: &[u8], end_of_stream: bool) -> Result<StreamState> {
        self.deliver(true, Piece::Body(body.to_vec(), end_of_stream))
    }

    /// Gives the response trailers to the filter.
    pub fn response_trailers(&self, trailers: Headers) -> Result<StreamState> {
        self.deliver(true, Piece::Trailers(HeaderMap::new(trailers)))
    }

    /// Ends the stream: `proxy_on_log`, `proxy_on_done`, `proxy_on_delete`. It stays readable.
    pub fn done(&self) -> Result<()> {
        lock(&self.inner).finish_stream(self.id)
    }

    /// Where it stands.
    pub fn state(&self) -> StreamState {
        self.http(state_of).unwrap_or(StreamState::Idle)
    }

    /// Whether the filter holds the request.
    pub fn is_request_paused(&self) -> bool {
        self.http(|http| http.request.flow.is_paused()).unwrap_or(false)
    }

    /// The request headers as they are now.
    pub fn request_header_map(&self) -> Headers {
        self.http(|http| http.request.headers.entries().clone())
            .unwrap_or_default()
    }

    /// The response headers as they are now; after a local reply, those of the reply.
    pub fn response_header_map(&self) -> Headers {
        self.http(|http| http.response.headers.entries().clone())
            .unwrap_or_default()
    }

    /// What went on to the upstream of the request body.
    pub fn forwarded_request_body(&self) -> Vec<u8> {
        self.http(|http| http.request.forwarded.clone())
            .unwrap_or_default()
    }

    /// What went on to the client of the response body.
    pub fn forwarded_response_body(&self) -> Vec<u8> {
        self.http(|http| http.response.forwarded.clone())
            .unwrap_or_default()
    }

    /// How often the filter cleared the route cache.
    pub fn route_cache_clears(&self) -> u32 {
        self.http(|http| http.route_cache_clears).unwrap_or(0)
    }

    /// The filter state that the filter wrote, with full names (`wasm.…` for `set_property`).
    pub fn filter_state(&self) -> BTreeMap<String, Vec<u8>> {
        self.context(|context| context.filter_state.clone())
            .unwrap_or_default()
    }

    /// The host calls made for this stream.
    pub fn calls(&self) -> HostCalls {
        self.context(|context| context.calls.clone()).unwrap_or_default()
    }

    fn deliver(&self, response: bool, piece: Piece) -> Result<StreamState> {
        let mut inner = lock(&self.inner);
        inner.open_context(self.id)?;
        inner.deliver(self.id, response, piece)?;
        drop(inner);
        Ok(self.state())
    }

    fn context<R>(&self, read: impl FnOnce(&Context) -> R) -> Option<R> {
        lock(&self.inner).state().contexts.get(&self.id).map(read)
    }

    fn http<R>(&self, read: impl FnOnce(&Http) -> R) -> Option<R> {
        self.context(|context| context.http().map(read)).flatten()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        close(&self.inner, self.id);
    }
}

/// A new context under the root that is configured now.
pub(super) fn open(inner: &Shared, kind: Kind, connection: ConnectionInfo) -> Result<u32> {
    let mut inner = lock(inner);
    if let Some(reason) = &inner.dead {
        return Err(HostError::Dead(reason.clone()));
    }
    if !inner.configured {
        return Err(HostError::Dead("no configuration was accepted yet".to_owned()));
    }
    let root = inner.active_root;
    Ok(inner.new_context(|_| Context::new(kind, root, connection.properties)))
}

/// Ends a context and forgets it. A filter that crashes now is noticed by the next call.
pub(super) fn close(inner: &Shared, id: u32) {
    let mut inner = lock(inner);
    if inner.dead.is_none() && inner.finish_stream(id).is_err() {
        inner.state().violation("crashed while a stream was dropped");
    }
    inner.state().contexts.remove(&id);
}

impl Inner {
    /// The context exists in the VM from the first callback on.
    pub(super) fn open_context(&mut self, id: u32) -> Result<()> {
        let context = self.state().contexts.get(&id).filter(|context| !context.deleted);
        let root = context.ok_or(HostError::Misuse("this stream is done"))?.root;
        self.create(id, root)
    }
}

fn state_of(http: &Http) -> StreamState {
    use super::context::Flow;
    let half = if http.in_response {
        &http.response
    } else {
        &http.request
    };
    match (http.reset, &http.local_reply, half.flow) {
        (true, _, _) => StreamState::Reset,
        (_, Some(reply), _) => StreamState::LocalReply(reply.clone()),
        (_, _, Flow::Idle) => StreamState::Idle,
        (_, _, Flow::Continued) => StreamState::Continued,
        (_, _, Flow::PausedInHeaders | Flow::PausedInBody) => StreamState::Paused,
    }
}
