//! The domains of a service's virtual host: every name a client may call it by.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

use crate::mesh::Service;

/// A domain of a virtual host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) name: String,
    /// Whether it is a short name. One that is the full name of another service is not claimed.
    pub(super) short: bool,
}

impl Domain {
    fn full(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            short: false,
        }
    }

    fn short(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            short: true,
        }
    }
}

/// A host that is no service has only the name that it is written with.
pub(super) fn of_name(host: &str) -> Vec<Domain> {
    vec![Domain::full(host)]
}

/// Who calls, which decides which short names a service has.
#[derive(Clone, Copy)]
pub(super) struct Caller<'c> {
    /// The client's namespace.
    pub(super) namespace: &'c str,
    /// What full names of Kubernetes Services end with.
    pub(super) domain: &'c str,
}

/// Every name of `service`, in Istio's order. Ports are left out, as hosts are compared without.
/// Source: Istio `generateVirtualHostDomains`.
pub(super) fn of_service(service: &Service, caller: Caller<'_>) -> Vec<Domain> {
    let mut domains = names(&service.hostname, caller);
    for alias in &service.aliases {
        domains.extend(names(&alias.hostname, caller));
    }
    if service.is_headless() {
        add_children(&mut domains);
    }
    let addresses = service.addresses.iter();
    domains.extend(
        addresses
            .filter_map(|address| address_domain(address))
            .map(Domain::full),
    );
    domains
}

/// Every name by which a client of `namespace` can call `service`.
#[cfg(feature = "check")]
pub(crate) fn service_names(service: &Service, namespace: &str, domain: &str) -> Vec<String> {
    let domains = of_service(service, Caller { namespace, domain });
    domains.into_iter().map(|domain| domain.name).collect()
}

/// The full name with and without a dot behind it, and the short names of one that Kubernetes might give,
/// whoever has declared it. Source: Istio `GenerateAltVirtualHosts`.
fn names(hostname: &str, caller: Caller<'_>) -> Vec<Domain> {
    let mut domains = vec![Domain::full(hostname)];
    if hostname.parse::<IpAddr>().is_err() {
        domains.push(Domain::full(format!("{hostname}.")));
    }
    let Some((name, owner)) = kubernetes_name(hostname, caller.domain) else {
        return domains;
    };
    let (in_mesh, in_domain) = (format!("{name}.{owner}"), format!("{name}.{owner}.svc"));
    let short = if owner == caller.namespace {
        vec![name.to_string(), in_domain, in_mesh]
    } else {
        vec![in_mesh, in_domain]
    };
    // All hosts belong to the last virtual host, and Envoy refuses a second one for them.
    let short = short.into_iter().filter(|name| name != "*");
    domains.extend(short.map(Domain::short));
    domains
}

/// Name and namespace of `name.namespace.svc.domain`.
fn kubernetes_name<'h>(hostname: &'h str, domain: &str) -> Option<(&'h str, &'h str)> {
    let in_mesh = hostname.strip_suffix(domain)?.strip_suffix(".svc.")?;
    in_mesh.split_once('.')
}

fn add_children(domains: &mut Vec<Domain>) {
    let children = domains.iter().map(|domain| Domain {
        name: format!("*.{}", domain.name),
        short: domain.short,
    });
    let children: Vec<Domain> = children.collect();
    domains.extend(children);
}

/// The unspecified address stands for "none yet"; IPv6 stands in brackets in an authority.
fn address_domain(address: &str) -> Option<String> {
    match address.parse::<IpAddr>() {
        Ok(ip) if ip.is_unspecified() => None,
        Ok(IpAddr::V6(_)) => Some(format!("[{address}]")),
        _ => Some(address.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_full_and_short_with_a_dot_or_not() {
        for (hostname, expected) in [
            (
                "a.n.svc.cluster.local",
                &[
                    "a.n.svc.cluster.local",
                    "a.n.svc.cluster.local.",
                    "a",
                    "a.n.svc",
                    "a.n",
                ][..],
            ),
            (
                "a.o.svc.cluster.local",
                &[
                    "a.o.svc.cluster.local",
                    "a.o.svc.cluster.local.",
                    "a.o",
                    "a.o.svc",
                ],
            ),
            ("*.wild.test", &["*.wild.test", "*.wild.test."]),
            ("10.0.0.1", &["10.0.0.1"]),
        ] {
            let caller = Caller {
                namespace: "n",
                domain: "cluster.local",
            };
            let found = names(hostname, caller).into_iter().map(|domain| domain.name);
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }
}
