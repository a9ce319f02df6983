//! Servers of Gateways. Source: Istio `validateServer`, `validateServerPort`, `validateServerBind`,
//! `ValidateNamespaceSlashWildcardHostname`.

use alloc::format;

use super::findings::Findings;
use super::protocols::Declared;
use super::{addresses, host_parts, numbers, server_tls};
use crate::report::Field;
use crate::resources::gateway::{Port, Server, ServerTLSMode, ServerTLSSettings};

const MISSING_PORT: &str = "missing-port";

/// One server. `converted`: Istio made it from a Gateway of the Gateway API.
pub fn check(server: &Server, converted: bool, field: &Field<'_>, findings: &mut Findings) {
    let hosts = field.name("hosts");
    if server.hosts.is_empty() {
        let message = "server config must contain at least one host";
        findings.error(
            &hosts,
            "missing-hosts",
            message,
            "name the hosts; `*` stands for all",
        );
    }
    for (index, host) in server.hosts.iter().enumerate() {
        host_parts::of_server(host, converted, &hosts.index(index), findings);
    }
    match &server.port {
        Some(port) => check_port(port, &server.bind, &field.name("port"), findings),
        None => {
            let help = "add `port: {number: …, name: …, protocol: …}`";
            findings.error(field, MISSING_PORT, "port is required", help);
        }
    }
    check_bind(server, field, findings);
    if let Some(tls) = &server.tls {
        server_tls::check(tls, &field.name("tls"), findings);
    }
    if let Some(port) = server.port.as_ref().filter(|port| is_valid(port, &server.bind)) {
        check_tls_of_port(port, server.tls.as_ref(), field, findings);
    }
}

/// The port of a server, which is bound to `bind`.
pub fn check_port(port: &Port, bind: &str, field: &Field<'_>, findings: &mut Findings) {
    if Declared::parse(&port.protocol) == Declared::Unknown {
        let message = format!(
            "invalid protocol {:?}, supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP",
            port.protocol
        );
        let help = "use one of these, or HTTPS or TLS with `tls`";
        findings.error(&field.name("protocol"), "invalid-protocol", message, help);
    }
    if port.number > 0 || !bind.starts_with(addresses::UNIX) {
        findings.judge(numbers::port(port.number), &field.name("number"));
    }
    if port.target_port > 0 {
        let message = "targetPort has no impact on Gateways";
        let help = "remove it, and set `targetPort` at the Service";
        findings.error(&field.name("targetPort"), "no-effect", message, help);
    }
    if port.name.is_empty() {
        let help = "name the port, such as `http`";
        findings.error(&field.name("name"), "missing-name", "port name must be set", help);
    }
}

/// Whether [`check_port`] has nothing to say.
fn is_valid(port: &Port, bind: &str) -> bool {
    let mut findings = Findings::default();
    check_port(port, bind, &Field::SPEC, &mut findings);
    findings.into_diagnostics().is_empty()
}

fn check_bind(server: &Server, field: &Field<'_>, findings: &mut Findings) {
    let bind = field.name("bind");
    if let Some(path) = server.bind.strip_prefix(addresses::UNIX) {
        findings.judge(addresses::unix_path(path), &bind);
        if server.port.as_ref().is_some_and(|port| port.number != 0) {
            let message = "port number must be 0 for unix domain socket";
            let help = "remove the number: a socket has no port";
            findings.error(&field.name("port").name("number"), "invalid-port", message, help);
        }
    } else if !server.bind.is_empty() {
        findings.judge(addresses::ip(&server.bind), &bind);
    }
}

/// Whether there is TLS says the protocol of the port.
fn check_tls_of_port(
    port: &Port,
    tls: Option<&ServerTLSSettings>,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    const CODE: &str = "conflicting-fields";
    match (Declared::parse(&port.protocol), tls) {
        (Declared::Tls, None) => {
            let message = "server must have TLS settings for HTTPS/TLS protocols";
            let help = "add `tls` with a mode, such as `{mode: SIMPLE, credentialName: …}`";
            findings.error(field, "missing-tls", message, help);
        }
        (Declared::Http, Some(tls)) if !only_redirects(tls) => {
            let message = "server cannot have TLS settings for plain text HTTP ports";
            let help = "write `protocol: HTTPS`, or keep `httpsRedirect` alone";
            findings.error(&field.name("tls"), CODE, message, help);
        }
        (Declared::Tls | Declared::Http, _) | (_, None) => {}
        (_, Some(_)) => {
            let message = "server cannot have TLS settings for non HTTPS/TLS ports";
            findings.error(
                &field.name("tls"),
                CODE,
                message,
                "write `protocol: TLS`, or remove `tls`",
            );
        }
    }
}

fn only_redirects(tls: &ServerTLSSettings) -> bool {
    let files = [&tls.ca_certificates, &tls.private_key, &tls.server_certificate];
    matches!(
        tls.mode,
        ServerTLSMode::Passthrough | ServerTLSMode::AutoPassthrough
    ) && files.iter().all(|file| file.is_empty())
}
