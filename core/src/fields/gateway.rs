//! Gateway.

use super::{Kind, both, envoy, filter, ignored, no_effect, shown};

pub(super) const GATEWAY: Kind = Kind {
    name: "Gateway",
    about: "Each server that ends TLS has a filter chain of its own, for the names of its hosts, and routes of its own. One without a \
certificate that can be used is not served: a warning, `tls-not-served`. One that cannot share its port with older servers \
is left out: a warning, `server-skipped`. TLS that is passed on, and TCP, go where `tls` and `tcp` \
rules of VirtualServices send them; a server without such rules is not served: a warning, `server-without-rules`.",
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
            "HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, MONGO",
        ),
        shown("spec.servers[].port.name", "in the name of the routes"),
        no_effect("spec.servers[].port.targetPort", "it is deprecated"),
        both(
            "spec.servers[].hosts",
            "also the names that clients ask for in TLS",
        ),
        filter("spec.servers[].tls.httpsRedirect", ""),
        both(
            "spec.servers[].tls.mode",
            "`ISTIO_MUTUAL` reads `cert-chain.pem`, `key.pem` and `root-cert.pem` in `/etc/certs`; `AUTO_PASSTHROUGH` has a chain for each cluster of \
             the mesh's services",
        ),
        envoy(
            "spec.servers[].tls.credentialName",
            "Secrets in the namespace of the gateway proxy",
        ),
        envoy("spec.servers[].tls.credentialNames", ""),
        envoy("spec.servers[].tls.caCertCredentialName", ""),
        envoy(
            "spec.servers[].tls.minProtocolVersion",
            "TLS 1.2 where nothing is said",
        ),
        envoy("spec.servers[].tls.cipherSuites", "those that Istio knows"),
        no_effect("spec.servers[].tls.insecureSkipVerify", ""),
        envoy("spec.servers[].tls", ""),
        both("spec.servers[].bind", "an IP address, or `unix://` and a path"),
        no_effect("spec.servers[].defaultEndpoint", ""),
        ignored("spec.servers[].name", ""),
    ],
};
