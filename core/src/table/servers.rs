//! The routes of servers that share a port: the address that a client has connected to, and the name that it asks for
//! in TLS, say which of them it is.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::{HostIndex, RouteConfig};

/// The routes of one server, or of those in the clear that share them.
#[derive(Clone, Debug)]
pub struct OwnRoutes {
    /// The address that it is bound to: an IP address, or the path of a socket; `None` for all that no other has.
    pub address: Option<String>,
    /// The names that clients ask for in TLS, in lower case; `*` for all, and for connections without.
    pub names: Vec<String>,
    /// The routes.
    pub config: RouteConfig,
}

/// The routes of the servers of one port, each for an address and for names of its own.
/// Source: Envoy `FilterChainManagerImpl::findFilterChainForServerName`, which looks for names as for domains.
#[derive(Clone, Debug, Default)]
pub struct ServerRoutes {
    servers: Vec<OwnRoutes>,
    /// The names at each address.
    by_address: BTreeMap<Box<[u8]>, HostIndex>,
    /// The names at all other addresses.
    others: Option<HostIndex>,
    /// Names of the routes that Envoy would refuse.
    refused: BTreeSet<String>,
}

impl ServerRoutes {
    /// Servers, and the names of those routes that Envoy would refuse. A name that several servers of an address have is
    /// the first one's.
    pub fn new(servers: Vec<OwnRoutes>, refused: BTreeSet<String>) -> Self {
        let names_at = |address: Option<&str>| {
            let at = |server: &OwnRoutes| server.address.as_deref() == address;
            let names = |server| if at(server) { server.names.as_slice() } else { &[] };
            HostIndex::new(servers.iter().map(names))
        };
        let addresses = servers.iter().filter_map(|server| server.address.as_deref());
        let by_address = addresses.map(|address| (address.as_bytes().into(), names_at(Some(address))));
        let others = servers.iter().any(|server| server.address.is_none());
        Self {
            by_address: by_address.collect(),
            others: others.then(|| names_at(None)),
            servers,
            refused,
        }
    }

    /// The routes of the server that a client reaches at `address` who asks for `name`, in lower case. Where the address
    /// is not known, it is one that no server has to itself, unless all have.
    pub fn find(&self, address: Option<&[u8]>, name: &[u8]) -> Option<&RouteConfig> {
        let own = address.and_then(|address| self.by_address.get(address));
        let names = own.or(self.others.as_ref()).or_else(|| match address {
            Some(_) => None,
            None => self.by_address.values().next(),
        })?;
        let (position, _) = names.find(name)?;
        self.servers.get(position).map(|server| &server.config)
    }

    /// All servers.
    pub fn servers(&self) -> &[OwnRoutes] {
        &self.servers
    }

    /// Whether the address matters that a client has connected to.
    pub fn has_addresses(&self) -> bool {
        !self.by_address.is_empty()
    }

    /// Keeps the routes that refused servers had before.
    pub(super) fn keep_refused(&mut self, old: &Self) {
        for OwnRoutes { config, .. } in &mut self.servers {
            let mut before = old.servers.iter().map(|server| &server.config);
            let before = before.find(|before| before.name == config.name);
            if let Some(before) = before.filter(|_| self.refused.contains(&config.name)) {
                *config = before.clone();
            }
        }
    }
}
