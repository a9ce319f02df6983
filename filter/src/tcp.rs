//! One connection that is passed on as it is.

use std::rc::Rc;

use mainsheet_core::table::Connection;
use mainsheet_core::wire::TCP_CLUSTER_STATE;
use proxy_wasm::traits::{Context, StreamContext};
use proxy_wasm::types::Action;

use crate::active::Active;
use crate::host::{self, HostError, Level};

/// The context of one connection.
pub(crate) struct Connected {
    active: Option<Rc<Active>>,
}

impl Connected {
    pub(crate) fn new(active: Option<Rc<Active>>) -> Self {
        Self { active }
    }

    /// Reads where the connection goes, decides, and tells the TCP proxy its cluster.
    fn route(active: &Active) -> Result<(), HostError> {
        let (port, address) = active.destination()?;
        let server_name = server_name()?;
        let connection = Connection {
            port,
            address,
            server_name: &server_name,
        };
        let mut entropy = active.next_entropy();
        let decision = active.table.connections.decide(&connection, &mut entropy);
        active.metrics.count_connection(&decision.outcome);
        active.summarize(&decision);
        host::set_filter_state(TCP_CLUSTER_STATE, decision.cluster())
    }
}

/// The name that the client asks for in TLS, in lower case.
fn server_name() -> Result<Vec<u8>, HostError> {
    match host::property(b"connection\0requested_server_name") {
        Ok(name) => Ok(name.to_ascii_lowercase()),
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

impl Context for Connected {}

impl StreamContext for Connected {
    /// Envoy knows the name already: the listener has looked for it. A connection that cannot be decided goes to the
    /// TCP proxy's own cluster, which leads nowhere.
    fn on_new_connection(&mut self) -> Action {
        let Some(active) = &self.active else {
            return Action::Continue;
        };
        if let Err(error) = Self::route(active) {
            host::log(
                Level::Error,
                &format!("mainsheet: connection not routed: {error}"),
            );
            active.metrics.host_errors.add();
        }
        Action::Continue
    }
}
