//! Addresses: IP, ranges of them, sockets. Source: Istio `ValidateIPSubnet`, `ValidateUnixAddress`, Go `net/netip`.

use alloc::format;
use core::net::{IpAddr, Ipv6Addr};

use super::findings::{Verdict, refuse};
use crate::table::Subnet;

const CODE: &str = "invalid-address";

/// What addresses of sockets begin with.
pub(super) const UNIX: &str = "unix://";

/// Whether this is an IP address; one of IPv6 may name its zone.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
        || text
            .split_once('%')
            .is_some_and(|(address, zone)| !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok())
}

/// An IP address.
pub(super) fn ip(text: &str) -> Verdict {
    if is_ip(text) {
        return Ok(());
    }
    refuse(
        CODE,
        format!("{text} is not a valid IP"),
        "write an address such as `10.0.0.1` or `::1`",
    )
}

/// An IP address, or a range of them.
pub(super) fn subnet(text: &str) -> Verdict {
    let Some((_, length)) = text.split_once('/').filter(|(_, length)| !length.contains('/')) else {
        return ip(text);
    };
    let plain = length == "0" || !length.starts_with(['0', '+']);
    if plain && Subnet::parse(text).is_some() {
        return Ok(());
    }
    refuse(
        CODE,
        format!("{text} is not a valid CIDR block"),
        "write an address with the length of a prefix: `10.0.0.0/8`",
    )
}

/// The path of a socket: from the root, or abstract.
pub(super) fn unix_path(path: &str) -> Verdict {
    let help = "write `unix:///path/to/file`, or `unix://@name` for an abstract socket";
    if path.is_empty() {
        return refuse(CODE, "unix address must not be empty", help);
    }
    if path.starts_with('@') {
        return Ok(());
    }
    if !path.starts_with('/') {
        let message = format!(
            "UDS must be an absolute path or abstract socket: {path} is not an absolute path to a file"
        );
        return refuse(CODE, message, help);
    }
    if path.ends_with('/') {
        let message = format!("UDS may not be a dir: {path} is not an absolute path to a file");
        return refuse(CODE, message, help);
    }
    Ok(())
}

/// The two sides of `host:port`, an address of IPv6 without its brackets. Source: Go `net.SplitHostPort`.
pub(super) fn split_host_port(text: &str) -> Option<(&str, &str)> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, port) = bracketed.split_once("]:")?;
        return (!port.contains([':', '[', ']']) && !host.contains('[')).then_some((host, port));
    }
    let (host, port) = text.split_once(':')?;
    (!port.contains(':') && !text.contains(['[', ']'])).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, valid) in [
            ("10.0.0.1", true),
            ("10.0.0.1/8", true),
            ("::1/128", true),
            ("fe80::1%eth0", true),
            ("10.0.0.0/33", false),
            ("10.0.0.0/08", false),
            ("10.0.0.0/+8", false),
            ("10.0.0.0/", false),
            ("10.0.0/8", false),
            ("10.0.0.0/8/8", false),
            ("host", false),
        ] {
            assert_eq!(subnet(text).is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn hosts_and_ports() {
        for (text, parts) in [
            ("127.0.0.1:80", Some(("127.0.0.1", "80"))),
            ("[::1]:80", Some(("::1", "80"))),
            (":80", Some(("", "80"))),
            ("127.0.0.1", None),
            ("::1:80", None),
            ("[::1]", None),
        ] {
            assert_eq!(split_host_port(text), parts, "{text}");
        }
    }
}
