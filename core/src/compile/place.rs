//! Where a match block applies at all, which is settled before any request comes.

use alloc::string::String;

use super::Proxy;
use crate::mesh::is_subset;
use crate::resources::Labels;
use crate::resources::virtual_service::HTTPMatchRequest;

/// A place where rules are served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    /// The proxy.
    pub(crate) proxy: &'p Proxy,
    /// What `match.port` means here.
    pub(crate) port: u16,
    /// `mesh`, or `namespace/name` of the Gateway.
    pub(crate) gateway: &'p str,
}

/// Why a match block does not apply at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere<'b> {
    /// `port` is another one.
    Port(u32),
    /// `gateways` are others.
    Gateways(&'b [String]),
    /// `sourceLabels` are not those of the proxy.
    SourceLabels(&'b Labels),
    /// `sourceNamespace` is another one.
    SourceNamespace(&'b str),
}

impl Place<'_> {
    /// Why a match block does not apply here; `None` where it does. Source: Istio `sourceMatchHTTP`.
    pub(crate) fn refuses<'b>(&self, block: &'b HTTPMatchRequest) -> Option<Elsewhere<'b>> {
        if block.port != 0 && block.port != u32::from(self.port) {
            return Some(Elsewhere::Port(block.port));
        }
        if !block.gateways.is_empty() {
            let named = block.gateways.iter().any(|gateway| gateway == self.gateway);
            return (!named).then_some(Elsewhere::Gateways(&block.gateways));
        }
        if !is_subset(&block.source_labels, &self.proxy.labels) {
            return Some(Elsewhere::SourceLabels(&block.source_labels));
        }
        let namespace = block.source_namespace.as_str();
        let meant = namespace.is_empty() || namespace == self.proxy.namespace;
        (!meant).then_some(Elsewhere::SourceNamespace(namespace))
    }
}
