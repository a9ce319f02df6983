//! Sidecar.

use super::{Kind, both, envoy, filter, ignored, no_effect};

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
        no_effect(
            "spec.egress[].port.protocol",
            "ports carry what their services say",
        )
        .harmless(&["HTTP", "HTTP2", "GRPC", "TCP", "TLS", "HTTPS"]),
        ignored("spec.egress[].port.name", ""),
        no_effect("spec.egress[].port.targetPort", "it is deprecated"),
        envoy("spec.egress[].bind", "an IP address, with `captureMode: NONE`"),
        envoy(
            "spec.egress[].captureMode",
            "`NONE`: a listener that clients connect to by themselves",
        ),
        filter("spec.outboundTrafficPolicy.mode", ""),
        no_effect("spec.outboundTrafficPolicy.egressProxy", ""),
        no_effect("spec.ingress", ""),
        no_effect("spec.inboundConnectionPool", ""),
    ],
};
