//! One TCP connection, for a filter that runs as a network filter.

use std::collections::BTreeMap;

use super::context::{Flow, Kind, Tcp};
use super::error::{HostError, Result};
use super::inner::{Action, Inner, Shared, lock};
use super::status::PeerType;
use super::stream::{ConnectionInfo, StreamState, close, open};

/// A TCP connection. Dropping it ends it.
pub struct Connection {
    inner: Shared,
    id: u32,
}

impl Connection {
    pub(super) fn open(inner: Shared, connection: ConnectionInfo) -> Result<Self> {
        let id = open(&inner, Kind::Tcp(Tcp::default()), connection)?;
        Ok(Self { inner, id })
    }

    /// Tells the filter of the connection.
    pub fn new_connection(&self) -> Result<StreamState> {
        let mut inner = lock(&self.inner);
        inner.open_context(self.id)?;
        let function = inner.exports.new_connection.clone();
        let action = inner.ask(self.id, "proxy_on_new_connection", function, self.id)?;
        inner.after_tcp(self.id, action)
    }

    /// Gives data of the client to the filter.
    pub fn downstream_data(&self, data: &[u8], end_of_stream: bool) -> Result<StreamState> {
        let mut inner = lock(&self.inner);
        let tcp = inner.state().tcp_of(self.id).ok_or(GONE)?;
        tcp.downstream.extend_from_slice(data);
        let params = (self.id, tcp.downstream.len() as u32, u32::from(end_of_stream));
        let function = inner.exports.downstream_data.clone();
        let action = inner.ask(self.id, "proxy_on_downstream_data", function, params)?;
        let tcp = inner.state().tcp_of(self.id).ok_or(GONE)?;
        if action == Action::Continue {
            tcp.to_upstream.append(&mut tcp.downstream);
        }
        inner.after_tcp(self.id, action)
    }

    /// Gives data of the upstream to the filter.
    pub fn upstream_data(&self, data: &[u8], end_of_stream: bool) -> Result<StreamState> {
        let mut inner = lock(&self.inner);
        let tcp = inner.state().tcp_of(self.id).ok_or(GONE)?;
        tcp.upstream.extend_from_slice(data);
        let params = (self.id, tcp.upstream.len() as u32, u32::from(end_of_stream));
        let function = inner.exports.upstream_data.clone();
        let action = inner.ask(self.id, "proxy_on_upstream_data", function, params)?;
        let tcp = inner.state().tcp_of(self.id).ok_or(GONE)?;
        if action == Action::Continue {
            tcp.to_downstream.append(&mut tcp.upstream);
        }
        inner.after_tcp(self.id, action)
    }

    /// Closes the client's side.
    pub fn downstream_close(&self, peer: PeerType) -> Result<()> {
        let mut inner = lock(&self.inner);
        let function = inner.exports.downstream_close.clone();
        let params = (self.id, peer as u32);
        inner.notify(self.id, "proxy_on_downstream_connection_close", function, params)
    }

    /// Closes the upstream's side.
    pub fn upstream_close(&self, peer: PeerType) -> Result<()> {
        let mut inner = lock(&self.inner);
        let function = inner.exports.upstream_close.clone();
        let params = (self.id, peer as u32);
        inner.notify(self.id, "proxy_on_upstream_connection_close", function, params)
    }

    /// Ends the connection: `proxy_on_log`, `proxy_on_done`, `proxy_on_delete`.
    pub fn done(&self) -> Result<()> {
        lock(&self.inner).finish_stream(self.id)
    }

    /// What went on to the upstream.
    pub fn forwarded_upstream(&self) -> Vec<u8> {
        lock(&self.inner)
            .state()
            .tcp_of(self.id)
            .map(|tcp| tcp.to_upstream.clone())
            .unwrap_or_default()
    }

    /// What went on to the client.
    pub fn forwarded_downstream(&self) -> Vec<u8> {
        lock(&self.inner)
            .state()
            .tcp_of(self.id)
            .map(|tcp| tcp.to_downstream.clone())
            .unwrap_or_default()
    }

    /// The filter state that the filter wrote, such as `envoy.tcp_proxy.cluster`.
    pub fn filter_state(&self) -> BTreeMap<String, Vec<u8>> {
        let mut inner = lock(&self.inner);
        let context = inner.state().contexts.get(&self.id);
        context
            .map(|context| context.filter_state.clone())
            .unwrap_or_default()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        close(&self.inner, self.id);
    }
}

const GONE: HostError = HostError::Misuse("this connection is gone");

impl Inner {
    fn after_tcp(&mut self, id: u32, action: Action) -> Result<StreamState> {
        if let Some(tcp) = self.state().tcp_of(id) {
            tcp.flow = match action {
                Action::Continue => Flow::Continued,
                Action::Pause => Flow::PausedInBody,
            };
        }
        self.settle()?;
        let tcp = self.state().tcp_of(id).ok_or(GONE)?;
        Ok(match (tcp.closed, tcp.flow.is_paused()) {
            (true, _) => StreamState::Reset,
            (false, true) => StreamState::Paused,
            (false, false) => StreamState::Continued,
        })
    }
}
