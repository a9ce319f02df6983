//! `virtualservice.JWTClaimRouteAnalyzer`: claims of a token are known only where a RequestAuthentication checks
//! tokens.

use alloc::format;
use alloc::string::{String, ToString};

use crate::check::analysis::workloads::{Pod, full_name};
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::names::{self, MESH};
use crate::report::Field;
use crate::resources::surroundings::RequestAuthentication;
use crate::resources::{Object, VirtualService};

/// What the headers begin with that stand for claims.
const CLAIMS: &str = "@request.auth.claims";

/// A condition on a claim: the key, and where it is.
struct Claim<'b> {
    key: &'b str,
    path: String,
}

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.virtual_services {
        let Some(claim) = first_claim(&object.spec) else {
            continue;
        };
        let namespace = &object.metadata.namespace;
        for written in object.spec.gateways.iter().filter(|gateway| *gateway != MESH) {
            let key = names::resolve_gateway(written, namespace, input.domain());
            let Some(gateway) = input.gateway(&key) else {
                continue;
            };
            let pods = input.pods.iter();
            let pods = pods.filter(|pod| pod.is_selected(&gateway.spec.selector));
            for pod in pods.filter(|pod| !is_authenticated(input, pod)) {
                findings.add(object, unauthenticated(&claim, &full_name(gateway), pod.name));
            }
        }
    }
}

fn first_claim(spec: &VirtualService) -> Option<Claim<'_>> {
    let http = Field::SPEC.name("http");
    for (rule, route) in spec.http.iter().enumerate() {
        for (block, matches) in route.matches.iter().enumerate() {
            for (name, headers) in [
                ("headers", &matches.headers),
                ("withoutHeaders", &matches.without_headers),
            ] {
                if let Some(key) = headers.keys().find(|key| is_claim(key)) {
                    let rule = http.index(rule);
                    let path = rule.name("match").index(block).name(name).key(key).to_string();
                    return Some(Claim { key, path });
                }
            }
        }
    }
    None
}

/// Whether a header stands for a claim. Source: Istio `jwt.ToRoutingClaim`.
fn is_claim(header: &str) -> bool {
    let Some((begin, rest)) = header.split_at_checked(CLAIMS.len()) else {
        return false;
    };
    let is_dotted = rest.len() > 1 && rest.starts_with('.');
    let is_squared = rest.len() > 2 && rest.starts_with('[') && rest.ends_with(']');
    begin.eq_ignore_ascii_case(CLAIMS) && (is_dotted || is_squared)
}

fn is_authenticated(input: &Input<'_>, pod: &Pod<'_>) -> bool {
    let mut policies = input.bundle.surroundings.request_authentications.iter();
    policies.any(|policy: &Object<RequestAuthentication>| {
        let home = policy.metadata.namespace.as_str();
        let selector = policy.spec.selector.as_ref();
        (home == input.config.root_namespace || home == pod.namespace)
            && selector.is_none_or(|selector| pod.is_selected(&selector.match_labels))
    })
}

fn unauthenticated(claim: &Claim<'_>, gateway: &str, pod: &str) -> Diagnostic {
    let message = format!(
        "the virtual service uses the JWT claim based routing (key: {}) but found no request authentication for the \
         gateway ({gateway}) pod ({pod})",
        claim.key
    );
    Diagnostic::error("claim-without-authentication", message)
        .alias("IST0149")
        .at(claim.path.clone())
        .help("apply a RequestAuthentication to the gateway's pods; until then no claim is known and this never matches")
}
