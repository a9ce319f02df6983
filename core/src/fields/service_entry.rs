//! ServiceEntry and WorkloadEntry.

use super::{Kind, Message, both, envoy, filter, ignored, message, no_effect};

pub(super) const SERVICE_ENTRY: Kind = Kind {
    name: "ServiceEntry",
    about: "",
    rows: &[
        both("metadata.name", "of those of one age it says the order"),
        both("metadata.namespace", ""),
        both("metadata.creationTimestamp", "the order"),
        both(
            "metadata.labels",
            "`experimental.istio.io/disable-gateway-port-translation`; others are ignored",
        ),
        ignored("metadata.annotations", ""),
        both("spec.hosts", ""),
        filter("spec.addresses", ""),
        both("spec.ports[].number", ""),
        both("spec.ports[].protocol", ""),
        envoy("spec.ports[].name", "by it endpoints have ports of their own"),
        both(
            "spec.ports[].targetPort",
            "gateways behind the service listen on it",
        ),
        both("spec.exportTo", ""),
        envoy(
            "spec.resolution",
            "`DYNAMIC_DNS` looks up the host of the request, or the name in TLS; ports of other protocols are not served: a warning, `resolution-not-served`",
        ),
        message("spec.endpoints[]", &WORKLOAD),
        envoy("spec.workloadSelector", ""),
        envoy(
            "spec.location",
            "what is outside of the mesh is not reached through `AUTO_PASSTHROUGH`; nothing is encrypted that no rule asks for",
        ),
        envoy(
            "spec.subjectAltNames",
            "where a DestinationRule asks for TLS and names none; without `sni` there, Envoy expects the host of the request instead",
        ),
    ],
};

pub(super) const WORKLOAD_ENTRY: Kind = Kind {
    name: "WorkloadEntry",
    about: "",
    rows: &[
        ignored("metadata.name", ""),
        envoy("metadata.namespace", ""),
        ignored("metadata.creationTimestamp", ""),
        envoy("metadata.labels", "those of `spec` are added"),
        ignored("metadata.annotations", ""),
        message("spec", &WORKLOAD),
    ],
};

pub(super) const WORKLOAD: Message = Message {
    name: "WorkloadEntry",
    rows: &[
        envoy("address", ""),
        envoy("ports", ""),
        envoy("labels", ""),
        envoy("weight", ""),
        envoy(
            "network",
            "only as the label `topology.istio.io/network`: all networks are taken for one",
        ),
        envoy("locality", ""),
        no_effect("serviceAccount", ""),
    ],
};
