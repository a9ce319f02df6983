//! The domains of a service's virtual host: every name a client may call it by.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

use crate::mesh::Service;

/// Domains of one virtual host.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Domains {
    /// The full names and addresses.
    pub(super) full: Vec<String>,
    /// The short names. One that is the full name of another service is not claimed.
    pub(super) short: Vec<String>,
}

impl Domains {
    /// A host that is no service has only the name that it is written with.
    pub(super) fn of_name(host: &str) -> Self {
        Self {
            full: vec![host.to_string()],
            short: Vec::new(),
        }
    }
}

/// Every name of `service` for a client of `namespace`. Ports are left out, as hosts are compared without.
/// Source: Istio `generateVirtualHostDomains`.
pub(super) fn of_service(service: &Service, namespace: &str) -> Domains {
    let mut domains = Domains::default();
    add_names(
        &mut domains,
        &service.hostname,
        &service.namespace,
        service.kubernetes,
        namespace,
    );
    for alias in &service.aliases {
        add_names(&mut domains, &alias.hostname, &alias.namespace, true, namespace);
    }
    if service.is_headless() {
        add_children(&mut domains.full);
        add_children(&mut domains.short);
    }
    domains.full.extend(
        service
            .addresses
            .iter()
            .filter_map(|address| address_domain(address)),
    );
    domains
}

fn add_names(domains: &mut Domains, hostname: &str, owner: &str, kubernetes: bool, namespace: &str) {
    domains.full.push(hostname.to_string());
    if !hostname.starts_with('*') && hostname.parse::<IpAddr>().is_err() {
        domains.full.push(format!("{hostname}."));
    }
    if !kubernetes {
        return;
    }
    let Some((name, _)) = hostname.split_once('.') else {
        return;
    };
    let mut short = vec![format!("{name}.{owner}"), format!("{name}.{owner}.svc")];
    if owner == namespace {
        short.push(name.to_string());
    }
    domains.short.extend(short);
}

fn add_children(names: &mut Vec<String>) {
    let children: Vec<String> = names.iter().map(|name| format!("*.{name}")).collect();
    names.extend(children);
}

/// The unspecified address stands for "none yet"; IPv6 stands in brackets in an authority.
fn address_domain(address: &str) -> Option<String> {
    match address.parse::<IpAddr>() {
        Ok(ip) if ip.is_unspecified() => None,
        Ok(IpAddr::V6(_)) => Some(format!("[{address}]")),
        _ => Some(address.to_string()),
    }
}
