//! Gateway.

use super::{Kind, both, filter, ignored, no_effect, shown};

pub(super) const GATEWAY: Kind = Kind {
    name: "Gateway",
    about: "Servers with mode `PASSTHROUGH` or `AUTO_PASSTHROUGH`, or with protocol TLS, TCP or MONGO, have no HTTP to route. The filter \
has the routes of servers that end TLS; generated listeners do not serve them: a warning, `tls-not-served`.",
    rows: &[
        filter("metadata.name", ""),
        filter("metadata.namespace", ""),
        filter("metadata.creationTimestamp", "the order"),
        ignored("metadata.labels", ""),
        both(
            "metadata.annotations",
            "`internal.istio.io/gateway-service`; others are ignored",
        ),
        both("spec.selector", ""),
        both("spec.servers[].port.number", ""),
        both(
            "spec.servers[].port.protocol",
            "HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB",
        ),
        shown("spec.servers[].port.name", "in the name of the routes"),
        no_effect("spec.servers[].port.targetPort", "it is deprecated"),
        filter("spec.servers[].hosts", ""),
        filter("spec.servers[].tls.httpsRedirect", ""),
        filter("spec.servers[].tls.mode", ""),
        no_effect("spec.servers[].tls", ""),
        no_effect("spec.servers[].bind", ""),
        no_effect("spec.servers[].defaultEndpoint", ""),
        ignored("spec.servers[].name", ""),
    ],
};
