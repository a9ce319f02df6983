//! Sidecar.

use super::{Kind, both, envoy, filter, ignored, no_effect};

/// Blocks that are checked.
const REFUSED: &str =
    "a block with a value that Envoy refuses is left out: a warning, `traffic-policy-value`";

pub(super) const SIDECAR: Kind = Kind {
    name: "Sidecar",
    about: "",
    rows: &[
        both("metadata.name", "of those of one age it says the order"),
        both("metadata.namespace", ""),
        both("metadata.creationTimestamp", "the order"),
        ignored("metadata.labels", ""),
        ignored("metadata.annotations", ""),
        both("spec.workloadSelector", ""),
        both(
            "spec.egress[].hosts",
            "with `.`, `*`, `~`: routes and clusters of what is imported",
        ),
        both("spec.egress[].port.number", ""),
        both(
            "spec.egress[].port.protocol",
            "`HTTP_PROXY`: clients say in each request which port they mean, not by `CONNECT`; else ports carry what their services say",
        ),
        ignored("spec.egress[].port.name", ""),
        no_effect("spec.egress[].port.targetPort", "it is deprecated"),
        envoy(
            "spec.egress[].bind",
            "an IP address, with `captureMode: NONE`; `unix://` and a path: an HTTP proxy",
        ),
        envoy(
            "spec.egress[].captureMode",
            "`NONE`: a listener that clients connect to by themselves",
        ),
        filter("spec.outboundTrafficPolicy.mode", ""),
        no_effect("spec.outboundTrafficPolicy.egressProxy", ""),
        envoy("spec.ingress[].port.number", ""),
        envoy("spec.ingress[].port.protocol", ""),
        ignored("spec.ingress[].port.name", ""),
        no_effect("spec.ingress[].port.targetPort", "it is deprecated"),
        envoy("spec.ingress[].bind", "an IP address, or `unix://` and a path"),
        envoy(
            "spec.ingress[].captureMode",
            "`NONE`, or nothing where no connections are redirected: else a warning, `ingress-not-served`",
        ),
        envoy(
            "spec.ingress[].defaultEndpoint",
            "a place of the workload; without one the listener is not served",
        ),
        envoy(
            "spec.ingress[].tls",
            "on HTTPS and TLS, where the sidecar is to end it",
        ),
        no_effect("spec.ingress[].tls.httpsRedirect", ""),
        no_effect("spec.ingress[].tls.insecureSkipVerify", ""),
        envoy("spec.ingress[].connectionPool", REFUSED),
        no_effect(
            "spec.ingress[].connectionPool.http.h2UpgradePolicy",
            "the workload is spoken to as the port says",
        ),
        envoy(
            "spec.inboundConnectionPool",
            "for listeners of `ingress` without limits of their own",
        ),
        no_effect(
            "spec.inboundConnectionPool.http.h2UpgradePolicy",
            "the workload is spoken to as the port says",
        ),
    ],
};
