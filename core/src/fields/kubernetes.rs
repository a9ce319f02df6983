//! Kinds of Kubernetes, as far as routing reads them.

use super::{Kind, both, envoy, filter, ignored, no_effect};

pub(super) const SERVICE: Kind = Kind {
    name: "Service",
    about: "Of the kinds of Kubernetes, fields that are not listed are not read.",
    rows: &[
        both("metadata.name", ""),
        both("metadata.namespace", ""),
        both("metadata.creationTimestamp", "the order"),
        both(
            "metadata.labels",
            "`experimental.istio.io/disable-gateway-port-translation`; others are ignored",
        ),
        both(
            "metadata.annotations",
            "`networking.istio.io/exportTo`; others are ignored",
        ),
        both("spec.clusterIP", "`None`: a headless service"),
        filter("spec.clusterIPs", ""),
        both("spec.type", "`ExternalName`; all others are as one"),
        filter("spec.externalName", ""),
        both("spec.ports[].port", ""),
        both("spec.ports[].name", "its beginning says the protocol"),
        both("spec.ports[].protocol", "UDP is left out"),
        both("spec.ports[].appProtocol", ""),
        both(
            "spec.ports[].targetPort",
            "gateways behind the Service listen on it",
        ),
        ignored("spec.ports[].nodePort", ""),
        both(
            "spec.selector",
            "Pods, else Deployments, where there is no EndpointSlice; gateways find the Services in front of them by it",
        ),
        no_effect("spec.publishNotReadyAddresses", ""),
    ],
};

pub(super) const ENDPOINT_SLICE: Kind = Kind {
    name: "EndpointSlice",
    about: "",
    rows: &[
        ignored("metadata.name", ""),
        both("metadata.namespace", ""),
        ignored("metadata.creationTimestamp", ""),
        both(
            "metadata.labels",
            "`kubernetes.io/service-name`; others are ignored",
        ),
        ignored("metadata.annotations", ""),
        no_effect("addressType", "").harmless(&["IPv4", "IPv6"]),
        both(
            "endpoints[].addresses",
            "the first; the filter knows those of headless Services",
        ),
        both("endpoints[].conditions.ready", ""),
        ignored("endpoints[].conditions.serving", ""),
        ignored("endpoints[].conditions.terminating", ""),
        envoy("endpoints[].targetRef.name", "the Pod, for its labels"),
        ignored("endpoints[].targetRef.kind", ""),
        ignored("endpoints[].targetRef.namespace", ""),
        ignored("endpoints[].hostname", ""),
        ignored("endpoints[].nodeName", ""),
        ignored("endpoints[].zone", ""),
        envoy("ports[].name", ""),
        envoy("ports[].port", ""),
        ignored("ports[].protocol", ""),
        ignored("ports[].appProtocol", ""),
    ],
};

pub(super) const POD: Kind = Kind {
    name: "Pod",
    about: "",
    rows: &[
        envoy("metadata.name", "EndpointSlices name it"),
        envoy("metadata.namespace", ""),
        ignored("metadata.creationTimestamp", ""),
        envoy("metadata.labels", ""),
        ignored("metadata.annotations", ""),
        envoy("spec.containers[].ports[].name", ""),
        envoy(
            "spec.containers[].ports[].containerPort",
            "where a Service names its target port",
        ),
        ignored("spec.containers[].ports[].protocol", ""),
        ignored("spec.containers[].name", ""),
        ignored("spec.serviceAccountName", ""),
        ignored("spec.nodeName", ""),
        envoy("status.podIP", ""),
        ignored("status.podIPs", ""),
        ignored("status.phase", "a Pod counts in every phase"),
        ignored("status.conditions", "a Pod counts whether it is ready or not"),
    ],
};

pub(super) const DEPLOYMENT: Kind = Kind {
    name: "Deployment",
    about: "",
    rows: &[
        envoy("metadata.name", "by it a stand-in has an address"),
        envoy("metadata.namespace", ""),
        ignored("metadata.creationTimestamp", ""),
        ignored("metadata.labels", ""),
        ignored("metadata.annotations", ""),
        ignored("spec.replicas", "it is one endpoint"),
        ignored("spec.selector", "the labels of the template count"),
        envoy("spec.template.metadata.labels", ""),
        ignored("spec.template.metadata", ""),
        ignored("spec.template.spec", ""),
    ],
};

pub(super) const ENDPOINTS: Kind = Kind {
    name: "Endpoints",
    about: "",
    rows: &[
        ignored("metadata", ""),
        no_effect("subsets", "EndpointSlices are read in their place"),
    ],
};

pub(super) const NAMESPACE: Kind = Kind {
    name: "Namespace",
    about: "",
    rows: &[ignored("metadata", "")],
};

pub(super) const SECRET: Kind = Kind {
    name: "Secret",
    about: "Certificates and keys that a Gateway or a DestinationRule names as its `credentialName`. They go into files of their own, and nowhere else.",
    rows: &[
        envoy("metadata.name", ""),
        envoy("metadata.namespace", "that of the proxy"),
        ignored("metadata.creationTimestamp", ""),
        ignored("metadata.labels", ""),
        ignored("metadata.annotations", ""),
        ignored("type", "what is in it counts"),
        envoy(
            "data",
            "`tls.crt`, `tls.key`, `ca.crt`, `ca.crl`; or `cert`, `key`, `cacert`, `crl`",
        ),
        envoy("stringData", ""),
    ],
};
