//! Findings that take more than one resource: the analyzers of `istioctl analyze` that concern routing, and some of
//! our own. Source: Istio `pkg/config/analysis/analyzers`.
//!
//! Where a rule of Istio's raises a false alarm on files, its module says in what this one is different.

mod deprecation;
mod destination_rule;
mod destinations;
mod findings;
mod gateway;
mod hosts;
mod input;
mod own;
mod port_name;
mod server_hosts;
mod service_association;
mod service_entry;
mod sidecar_selector;
mod standard;
mod virtual_service;
mod workloads;

use alloc::vec::Vec;

pub use findings::Findings;
pub use input::Input;

use crate::diagnostic::Diagnostic;
use crate::resources::{Bundle, MeshConfig};

/// One kind of question put to all resources.
#[derive(Clone, Copy, Debug)]
pub struct Analyzer {
    /// Its name in Istio; those of our own begin with `mainsheet.`.
    pub name: &'static str,
    /// Puts the question.
    pub run: fn(&Input<'_>, &mut Findings),
}

macro_rules! analyzers {
    ($($name:literal => $($module:ident)::+,)*) => {
        &[$(Analyzer { name: $name, run: $($module)::+::run },)*]
    };
}

/// All analyzers, Istio's first.
pub const ANALYZERS: &[Analyzer] = analyzers! {
    "virtualservice.DestinationHostAnalyzer" => virtual_service::destination_host,
    "virtualservice.DestinationRuleAnalyzer" => virtual_service::destination_rule,
    "virtualservice.GatewayAnalyzer" => virtual_service::gateway,
    "virtualservice.ConflictingMeshGatewayHostsAnalyzer" => virtual_service::conflicting_mesh_gateway_hosts,
    "virtualservice.JWTClaimRouteAnalyzer" => virtual_service::jwt_claim_route,
    "destinationrule.CaCertificateAnalyzer" => destination_rule::ca_certificate,
    "destinationrule.PodNotSelectedAnalyzer" => destination_rule::pod_not_selected,
    "gateway.IngressGatewayPortAnalyzer" => gateway::ingress_gateway_port,
    "gateway.CertificateAnalyzer" => gateway::certificate,
    "gateway.SecretAnalyzer" => gateway::secret,
    "gateway.ConflictingGatewayAnalyzer" => gateway::conflicting_gateway,
    "serviceentry.ProtocolAddressesAnalyzer" => service_entry::protocol_addresses,
    "serviceentry.ConflictingServiceEntryProtocolAnalyzer" => service_entry::conflicting_service_entry_protocol,
    "service.PortNameAnalyzer" => port_name,
    "deployment.ServiceAssociationAnalyzer" => service_association,
    "sidecar.SelectorAnalyzer" => sidecar_selector,
    "deprecation.FieldAnalyzer" => deprecation,
    "mainsheet.UnservedHost" => own::unserved_host,
    "mainsheet.MatchGateway" => own::match_gateway,
    "mainsheet.SubsetOfOtherPods" => own::subset_of_other_pods,
    "mainsheet.ShortHost" => own::short_host,
    "mainsheet.JoinedVirtualServices" => own::joined_virtual_services,
    "mainsheet.RulePort" => own::rule_port,
    "mainsheet.EmptyServiceEntry" => own::empty_service_entry,
    "mainsheet.UnusedDelegate" => own::unused_delegate,
    "mainsheet.JoinedDestinationRules" => own::joined_destination_rules,
    "mainsheet.ResourceName" => own::resource_name,
};

/// What all analyzers find. Several of them may find the same, which is said once.
#[must_use]
pub fn analyze(bundle: &Bundle, config: &MeshConfig) -> Vec<Diagnostic> {
    let input = Input::new(bundle, config);
    let mut findings = Findings::default();
    for analyzer in ANALYZERS {
        (analyzer.run)(&input, &mut findings);
    }
    let mut said: Vec<Diagnostic> = Vec::new();
    for diagnostic in findings.into_diagnostics() {
        if !said.contains(&diagnostic) {
            said.push(diagnostic);
        }
    }
    said
}

/// How many sorts of pods the resources make.
pub(super) fn workloads(bundle: &Bundle) -> usize {
    workloads::pods(bundle).len()
}

/// What one analyzer finds, as often as it finds it. `None` where there is none of that name.
#[must_use]
pub fn analyze_with(name: &str, bundle: &Bundle, config: &MeshConfig) -> Option<Vec<Diagnostic>> {
    let analyzer = ANALYZERS.iter().find(|analyzer| analyzer.name == name)?;
    let mut findings = Findings::default();
    (analyzer.run)(&Input::new(bundle, config), &mut findings);
    Some(findings.into_diagnostics())
}
