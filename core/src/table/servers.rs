//! The routes of servers that share a port and end TLS: the name that the client asks for says which of them it is.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::{HostIndex, RouteConfig};

/// The routes of the TLS servers of one port, each for names of its own.
/// Source: Envoy `FilterChainManagerImpl::findFilterChainForServerName`, which looks for names as for domains.
#[derive(Clone, Debug, Default)]
pub struct ServerRoutes {
    servers: Vec<(Vec<String>, RouteConfig)>,
    names: HostIndex,
    /// Names of the routes that Envoy would refuse.
    refused: BTreeSet<String>,
}

impl ServerRoutes {
    /// Servers with their names, in lower case, and the names of those routes that Envoy would refuse. A name that
    /// several servers have is the first one's.
    pub fn new(servers: Vec<(Vec<String>, RouteConfig)>, refused: BTreeSet<String>) -> Self {
        let names = HostIndex::new(servers.iter().map(|(names, _)| names.as_slice()));
        Self {
            servers,
            names,
            refused,
        }
    }

    /// The routes of the server that a client reaches who asks for `name`, in lower case.
    pub fn find(&self, name: &[u8]) -> Option<&RouteConfig> {
        let (position, _) = self.names.find(name)?;
        self.servers.get(position).map(|(_, config)| config)
    }

    /// All servers: their names, and their routes.
    pub fn servers(&self) -> &[(Vec<String>, RouteConfig)] {
        &self.servers
    }

    /// Keeps the routes that refused servers had before.
    pub(super) fn keep_refused(&mut self, old: &Self) {
        for (_, config) in &mut self.servers {
            let before = old.servers.iter().find(|(_, before)| before.name == config.name);
            if let Some((_, before)) = before.filter(|_| self.refused.contains(&config.name)) {
                *config = before.clone();
            }
        }
    }
}
