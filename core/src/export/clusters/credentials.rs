//! Certificates of clients, and authorities, from Secrets. Source: Istio `ApplyCustomSDSToClientCommonTLSContext`.

use alloc::string::String;

use serde_json::Value;

use crate::compile::ProxyKind;
use crate::export::tls::Certificates;
use crate::mesh::SelectedRules;
use crate::resources::destination_rule::{ClientTLSMode, ClientTLSSettings, TrafficPolicy};

/// What the Secrets of a rule give to TLS: where Envoy finds it.
#[derive(Clone, Debug)]
pub(super) struct Credential {
    /// The client's certificate, where it has to show one.
    pub(super) certificate: Option<Value>,
    /// What the server's certificate is held against, where it is.
    pub(super) authorities: Option<Value>,
}

impl Credential {
    /// The Secrets that the settings name, in files of their own.
    ///
    /// # Errors
    /// Why there is none of them.
    pub(super) fn new(tls: &ClientTLSSettings, certificates: &mut Certificates<'_>) -> Result<Self, String> {
        let name = tls.credential_name.as_str();
        let is_mutual = tls.mode == ClientTLSMode::Mutual;
        let certificate = is_mutual.then(|| certificates.key_pair(name)).transpose()?;
        let is_verified = tls.insecure_skip_verify != Some(true);
        let authorities = is_verified
            .then(|| certificates.authorities(name, true))
            .transpose()?;
        Ok(Self {
            certificate,
            authorities,
        })
    }
}

/// The settings of a policy that name a Secret. Those of Istio's own certificates, and of none, do not use it.
pub(super) fn settings(policy: &TrafficPolicy) -> Option<&ClientTLSSettings> {
    let tls = policy.tls.as_ref()?;
    let is_used = matches!(tls.mode, ClientTLSMode::Simple | ClientTLSMode::Mutual);
    (is_used && !tls.credential_name.is_empty()).then_some(tls)
}

/// What [`leave_out`] means.
pub(super) const NOT_FOR_SIDECARS: &str =
    "it is for gateways, and for sidecars that a `workloadSelector` chooses; connections are plain";

/// Leaves TLS out where Secrets are not for the client to have, and says whether it does.
/// Source: Istio `buildUpstreamClusterTLSContext`.
pub(super) fn leave_out(policy: &mut TrafficPolicy, rules: &SelectedRules<'_>, kind: ProxyKind) -> bool {
    let has_access = kind == ProxyKind::Gateway || rules.select_workloads();
    if has_access || settings(policy).is_none() {
        return false;
    }
    policy.tls = None;
    true
}
