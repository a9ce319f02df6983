//! The numbers of the ABI: statuses, map types, buffer types, stream types.

/// What a host call answers, with the numbers of proxy-wasm 0.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// It was done.
    Ok = 0,
    /// There is no such header, property, metric, queue or function.
    NotFound = 1,
    /// The call makes no sense now: wrong phase, dead context, bad number.
    BadArgument = 2,
    /// A value could not be written as bytes.
    SerializationFailure = 3,
    /// A value could not be read from bytes.
    ParseFailure = 4,
    /// An expression is not valid.
    BadExpression = 5,
    /// A pointer leads out of the memory of the module.
    InvalidMemoryAccess = 6,
    /// A queue holds nothing.
    Empty = 7,
    /// Shared data changed since it was read.
    CasMismatch = 8,
    /// The result is not of the expected kind.
    ResultMismatch = 9,
    /// The host failed.
    InternalFailure = 10,
    /// A connection broke.
    BrokenConnection = 11,
    /// The host does not do this.
    Unimplemented = 12,
}

/// One of the header maps that a filter can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MapType {
    RequestHeaders,
    RequestTrailers,
    ResponseHeaders,
    ResponseTrailers,
    CallHeaders,
    CallTrailers,
    /// The maps of gRPC calls, which this host never has.
    Grpc,
}

impl MapType {
    pub(super) fn from_number(number: u32) -> Result<Self, Status> {
        match number {
            0 => Ok(Self::RequestHeaders),
            1 => Ok(Self::RequestTrailers),
            2 => Ok(Self::ResponseHeaders),
            3 => Ok(Self::ResponseTrailers),
            4 | 5 => Ok(Self::Grpc),
            6 => Ok(Self::CallHeaders),
            7 => Ok(Self::CallTrailers),
            _ => Err(Status::BadArgument),
        }
    }
}

/// One of the byte buffers that a filter can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BufferType {
    RequestBody,
    ResponseBody,
    DownstreamData,
    UpstreamData,
    CallBody,
    VmConfiguration,
    PluginConfiguration,
}

impl BufferType {
    pub(super) fn from_number(number: u32) -> Result<Self, Status> {
        match number {
            0 => Ok(Self::RequestBody),
            1 => Ok(Self::ResponseBody),
            2 => Ok(Self::DownstreamData),
            3 => Ok(Self::UpstreamData),
            4 => Ok(Self::CallBody),
            6 => Ok(Self::VmConfiguration),
            7 => Ok(Self::PluginConfiguration),
            5 | 8 => Err(Status::NotFound),
            _ => Err(Status::BadArgument),
        }
    }
}

/// What a filter continues or closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamType {
    Request,
    Response,
    Downstream,
    Upstream,
}

impl StreamType {
    pub(super) fn from_number(number: u32) -> Result<Self, Status> {
        match number {
            0 => Ok(Self::Request),
            1 => Ok(Self::Response),
            2 => Ok(Self::Downstream),
            3 => Ok(Self::Upstream),
            _ => Err(Status::BadArgument),
        }
    }
}

/// Who closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum PeerType {
    /// It is not known.
    Unknown = 0,
    /// The proxy itself.
    Local = 1,
    /// The other end.
    Remote = 2,
}
