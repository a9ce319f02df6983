//! Gateways. Source: Istio `ValidateGateway`.

use alloc::collections::BTreeSet;
use alloc::format;

use super::findings::Findings;
use super::protocols::Declared;
use super::{metadata, names, server};
use crate::report::Field;
use crate::resources::Object;
use crate::resources::gateway::{Gateway, Server};

/// One Gateway.
pub(super) fn check(object: &Object<Gateway>, findings: &mut Findings) {
    let meta = &object.metadata;
    let converted = metadata::is_converted_gateway(meta);
    if !names::is_label(&meta.name) && !converted {
        let message = format!("invalid gateway name: {:?}", meta.name);
        let help = "use letters, digits and `-`; other resources name it as `namespace/name`";
        findings.error(&Field::METADATA.name("name"), "invalid-name", message, help);
    }
    let servers = Field::SPEC.name("servers");
    if object.spec.servers.is_empty() {
        let message = "gateway must have at least one server";
        findings.error(
            &servers,
            "missing-server",
            message,
            "add a server with `port` and `hosts`",
        );
    }
    for (index, server) in object.spec.servers.iter().enumerate() {
        server::check(server, converted, &servers.index(index), findings);
    }
    check_together(&object.spec.servers, &servers, findings);
}

fn check_together(list: &[Server], field: &Field<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, server) in list.iter().enumerate() {
        let field = field.index(index);
        let Some(port) = &server.port else { continue };
        if !seen.insert(port.name.as_str()) {
            let message = format!(
                "port names in servers must be unique: duplicate name {}",
                port.name
            );
            let help = "give each port a name of its own";
            findings.error(&field.name("port").name("name"), "duplicate-name", message, help);
        }
        let redirects = server.tls.as_ref().is_some_and(|tls| tls.https_redirect);
        if redirects && Declared::parse(&port.protocol) != Declared::Http {
            let message = "tls.httpsRedirect should only be used with http servers";
            let help = "set it on the server for plain HTTP: it has no effect here";
            findings.warn(
                &field.name("tls").name("httpsRedirect"),
                "no-effect",
                message,
                help,
            );
        }
    }
}
