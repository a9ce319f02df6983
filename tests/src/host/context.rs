//! One context of the VM: a root, an HTTP stream, or a TCP connection.

use std::collections::{BTreeMap, VecDeque};

use super::calls::HostCalls;
use super::headers::HeaderMap;
use super::local_reply::LocalReply;
use super::properties::Properties;
use super::status::{MapType, Status};

/// Where one direction of a stream stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Flow {
    #[default]
    Idle,
    Continued,
    /// Stopped in the headers: nothing else is given to the filter until it continues.
    PausedInHeaders,
    /// Stopped in the body or the trailers: more data is shown to the filter, and kept.
    PausedInBody,
}

impl Flow {
    pub(super) fn is_paused(self) -> bool {
        matches!(self, Self::PausedInHeaders | Self::PausedInBody)
    }
}

/// A part of a message on its way.
#[derive(Debug)]
pub(super) enum Piece {
    Headers(HeaderMap, bool),
    Body(Vec<u8>, bool),
    Trailers(HeaderMap),
}

/// One direction of an HTTP stream.
#[derive(Debug, Default)]
pub(super) struct Half {
    pub(super) flow: Flow,
    pub(super) headers: HeaderMap,
    pub(super) headers_open: bool,
    pub(super) trailers: HeaderMap,
    pub(super) trailers_open: bool,
    /// What `proxy_get_buffer_bytes` sees.
    pub(super) buffer: Vec<u8>,
    pub(super) waiting: VecDeque<Piece>,
    /// What went on to the next filter.
    pub(super) forwarded: Vec<u8>,
}

impl Half {
    pub(super) fn close_maps(&mut self) {
        self.headers_open = false;
        self.trailers_open = false;
    }
}

/// What only HTTP streams have.
#[derive(Debug, Default)]
pub(super) struct Http {
    pub(super) request: Half,
    pub(super) response: Half,
    /// Which half was the last to move.
    pub(super) in_response: bool,
    pub(super) local_reply: Option<LocalReply>,
    pub(super) reset: bool,
    pub(super) route_cache_clears: u32,
    pub(super) logging: bool,
}

impl Http {
    /// The map that a getter reads: open ones, and all of them while `proxy_on_log` runs.
    pub(super) fn map(&self, kind: MapType) -> Result<&HeaderMap, Status> {
        let (map, open) = match kind {
            MapType::RequestHeaders => (&self.request.headers, self.request.headers_open),
            MapType::RequestTrailers => (&self.request.trailers, self.request.trailers_open),
            MapType::ResponseHeaders => (&self.response.headers, self.response.headers_open),
            MapType::ResponseTrailers => (&self.response.trailers, self.response.trailers_open),
            MapType::CallHeaders | MapType::CallTrailers | MapType::Grpc => return Err(Status::BadArgument),
        };
        match (open, self.logging) {
            (true, _) => Ok(map),
            (false, true) if map.len() > 0 => Ok(map),
            (false, true) => Err(Status::NotFound),
            (false, false) => Err(Status::BadArgument),
        }
    }

    /// The map that a setter changes: open ones only.
    pub(super) fn map_mut(&mut self, kind: MapType) -> Result<&mut HeaderMap, Status> {
        let (map, open) = match kind {
            MapType::RequestHeaders => (&mut self.request.headers, self.request.headers_open),
            MapType::RequestTrailers => (&mut self.request.trailers, self.request.trailers_open),
            MapType::ResponseHeaders => (&mut self.response.headers, self.response.headers_open),
            MapType::ResponseTrailers => (&mut self.response.trailers, self.response.trailers_open),
            MapType::CallHeaders | MapType::CallTrailers | MapType::Grpc => return Err(Status::BadArgument),
        };
        if open { Ok(map) } else { Err(Status::BadArgument) }
    }
}

/// What only TCP connections have.
#[derive(Debug, Default)]
pub(super) struct Tcp {
    pub(super) flow: Flow,
    pub(super) downstream: Vec<u8>,
    pub(super) upstream: Vec<u8>,
    pub(super) to_upstream: Vec<u8>,
    pub(super) to_downstream: Vec<u8>,
    pub(super) closed: bool,
}

/// What a root context has: its timer.
#[derive(Debug, Default)]
pub(super) struct Root {
    pub(super) configuration: Vec<u8>,
    /// In nanoseconds; 0 means no timer.
    pub(super) period: u64,
    pub(super) next_tick: u64,
    pub(super) retired: bool,
}

#[derive(Debug)]
pub(super) enum Kind {
    Root(Root),
    Http(Box<Http>),
    Tcp(Tcp),
}

/// A context, by its id in the VM.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) kind: Kind,
    /// Its own id for a root.
    pub(super) root: u32,
    pub(super) created: bool,
    pub(super) deleted: bool,
    pub(super) calls: HostCalls,
    pub(super) properties: Properties,
    pub(super) filter_state: BTreeMap<String, Vec<u8>>,
}

impl Context {
    pub(super) fn new(kind: Kind, root: u32, properties: Properties) -> Self {
        Self {
            kind,
            root,
            created: false,
            deleted: false,
            calls: HostCalls::default(),
            properties,
            filter_state: BTreeMap::new(),
        }
    }

    pub(super) fn http(&self) -> Option<&Http> {
        if let Kind::Http(http) = &self.kind {
            Some(http)
        } else {
            None
        }
    }

    pub(super) fn http_mut(&mut self) -> Option<&mut Http> {
        if let Kind::Http(http) = &mut self.kind {
            Some(http)
        } else {
            None
        }
    }

    pub(super) fn tcp_mut(&mut self) -> Option<&mut Tcp> {
        if let Kind::Tcp(tcp) = &mut self.kind {
            Some(tcp)
        } else {
            None
        }
    }

    pub(super) fn root_mut(&mut self) -> Option<&mut Root> {
        if let Kind::Root(root) = &mut self.kind {
            Some(root)
        } else {
            None
        }
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.kind, Kind::Root(_))
    }
}
