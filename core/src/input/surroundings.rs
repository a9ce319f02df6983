//! Kinds that are passed over by routing and looked at by findings.

use super::loader::{Draft, finish};
use super::reader::Fields;
use crate::resources::Surroundings;

/// Keeps an object that findings look at. What is wrong with it is not said: no route depends on it.
pub(super) fn notice<'a>(
    surroundings: &mut Surroundings,
    api_version: &str,
    kind: &str,
    draft: impl FnOnce() -> Draft<'a>,
) {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let any = Fields::Any;
    match (group, kind) {
        ("security.istio.io", "RequestAuthentication") => {
            finish(draft(), any, &mut surroundings.request_authentications);
        }
        ("gateway.networking.k8s.io", "Gateway") => {
            finish(draft(), any, &mut surroundings.kubernetes_gateways);
        }
        ("apps", "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("argoproj.io", "Rollout") => {
            finish(draft(), any, &mut surroundings.workloads);
        }
        ("", "Node") => drop(finish(draft(), any, &mut surroundings.nodes)),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            finish(draft(), any, &mut surroundings.definitions);
        }
        _ => {}
    }
}
