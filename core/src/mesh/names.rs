//! Names: short ones made full, wildcards compared. Source: Istio `ResolveShortnameToFQDN`,
//! `resolveGatewayName`, `pkg/config/host`.

use alloc::format;
use alloc::string::String;
use core::net::IpAddr;

/// The gateway name that stands for all sidecars.
pub const MESH: &str = "mesh";

/// The full name of a host written in a resource of `namespace`. Only a name without a dot is completed;
/// `reviews.prod` stays as it is, as Istio has it.
pub fn resolve_host(host: &str, namespace: &str, domain: &str) -> String {
    if host.is_empty() || host == "*" || host.contains('.') || host.parse::<IpAddr>().is_ok() {
        host.into()
    } else if domain.is_empty() {
        format!("{host}.{namespace}")
    } else {
        format!("{host}.{namespace}.svc.{domain}")
    }
}

/// `namespace/name` of a gateway named in a resource of `namespace`; `mesh` stays.
pub fn resolve_gateway(gateway: &str, namespace: &str, domain: &str) -> String {
    if gateway == MESH {
        return gateway.into();
    }
    if let Some(name) = gateway.strip_prefix("./") {
        return format!("{namespace}/{name}");
    }
    if gateway.contains('/') {
        return gateway.into();
    }
    legacy_gateway(gateway, domain).unwrap_or_else(|| format!("{namespace}/{gateway}"))
}

/// `name.namespace.svc.domain`, the form before Istio 1.0.
fn legacy_gateway(gateway: &str, domain: &str) -> Option<String> {
    let (name, rest) = gateway.split_once('.')?;
    let namespace = rest.split('.').next()?;
    let suffix = format!("{namespace}.svc.{domain}");
    (rest == suffix || rest == namespace).then(|| format!("{namespace}/{name}"))
}

/// Whether a host is a wildcard: its first character is `*`.
pub fn is_wildcard(host: &str) -> bool {
    host.starts_with('*')
}

/// Whether every host that `narrow` stands for is one that `wide` stands for. A plain suffix test:
/// `*.foo.com` does not contain `foo.com`.
pub fn contains(wide: &str, narrow: &str) -> bool {
    match (wide.strip_prefix('*'), narrow.strip_prefix('*')) {
        (None, _) => wide == narrow,
        (Some(suffix), None) => narrow.ends_with(suffix),
        (Some(suffix), Some(inner)) => inner.len() >= suffix.len() && inner.ends_with(suffix),
    }
}

/// Whether two hosts, wildcards or not, have a host in common.
pub fn overlap(a: &str, b: &str) -> bool {
    contains(a, b) || contains(b, a)
}

/// The narrower of two hosts that overlap.
pub fn intersection<'h>(a: &'h str, b: &'h str) -> Option<&'h str> {
    if contains(b, a) {
        Some(a)
    } else if contains(a, b) {
        Some(b)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_belong_to_the_namespace_of_their_resource() {
        for (host, domain, expected) in [
            ("reviews", "cluster.local", "reviews.prod.svc.cluster.local"),
            ("reviews", "", "reviews.prod"),
            ("reviews.test", "cluster.local", "reviews.test"),
            ("*", "cluster.local", "*"),
            ("10.0.0.1", "cluster.local", "10.0.0.1"),
            ("::1", "cluster.local", "::1"),
            ("", "cluster.local", ""),
        ] {
            assert_eq!(resolve_host(host, "prod", domain), expected, "{host}");
        }
    }

    #[test]
    fn gateways_are_named_by_namespace_and_name() {
        for (gateway, expected) in [
            ("gw", "prod/gw"),
            ("./gw", "prod/gw"),
            ("other/gw", "other/gw"),
            ("mesh", "mesh"),
            ("gw.other.svc.cluster.local", "other/gw"),
        ] {
            assert_eq!(
                resolve_gateway(gateway, "prod", "cluster.local"),
                expected,
                "{gateway}"
            );
        }
    }

    #[test]
    fn wildcards_are_suffixes() {
        for (wide, narrow, expected) in [
            ("*", "a", true),
            ("*.foo.com", "a.foo.com", true),
            ("*.foo.com", "foo.com", false),
            ("*foo.com", "foo.com", true),
            ("*.com", "*.foo.com", true),
            ("*.foo.com", "*.com", false),
            ("a", "a", true),
            ("a", "*", false),
        ] {
            assert_eq!(contains(wide, narrow), expected, "{wide} {narrow}");
        }
        assert_eq!(intersection("*.com", "a.com"), Some("a.com"));
        assert_eq!(intersection("a.com", "*"), Some("a.com"));
        assert_eq!(intersection("a.com", "b.com"), None);
    }
}
