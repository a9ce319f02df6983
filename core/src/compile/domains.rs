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

/// Every name of `service` for a client of `namespace`, in Istio's order. Ports are left out, as hosts are
/// compared without. Source: Istio `generateVirtualHostDomains`.
pub(super) fn of_service(service: &Service, namespace: &str) -> Vec<Domain> {
    let mut domains = names(
        &service.hostname,
        &service.namespace,
        service.kubernetes,
        namespace,
    );
    for alias in &service.aliases {
        domains.extend(names(&alias.hostname, &alias.namespace, true, namespace));
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

/// The full name with and without a dot behind it, and the short names of a Kubernetes service.
/// Source: Istio `GenerateAltVirtualHosts`.
fn names(hostname: &str, owner: &str, kubernetes: bool, namespace: &str) -> Vec<Domain> {
    let mut domains = vec![Domain::full(hostname)];
    if hostname.parse::<IpAddr>().is_err() {
        domains.push(Domain::full(format!("{hostname}.")));
    }
    if !kubernetes {
        return domains;
    }
    let Some((name, _)) = hostname.split_once('.') else {
        return domains;
    };
    let (in_mesh, in_domain) = (format!("{name}.{owner}"), format!("{name}.{owner}.svc"));
    let short = if owner == namespace {
        vec![name.to_string(), in_domain, in_mesh]
    } else {
        vec![in_mesh, in_domain]
    };
    domains.extend(short.into_iter().map(Domain::short));
    domains
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
    fn names_end_with_a_dot_or_not() {
        for (hostname, kubernetes, expected) in [
            (
                "a.n.svc.cluster.local",
                true,
                &[
                    "a.n.svc.cluster.local",
                    "a.n.svc.cluster.local.",
                    "a",
                    "a.n.svc",
                    "a.n",
                ][..],
            ),
            ("*.wild.test", false, &["*.wild.test", "*.wild.test."]),
            ("10.0.0.1", false, &["10.0.0.1"]),
        ] {
            let found: Vec<String> = names(hostname, "n", kubernetes, "n")
                .into_iter()
                .map(|domain| domain.name)
                .collect();
            assert_eq!(found, expected);
        }
    }
}
