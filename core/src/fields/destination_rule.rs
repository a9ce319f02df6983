//! DestinationRule.

use super::{Kind, Message, both, envoy, ignored, message, no_effect};

/// What is carried out by a route profile.
const HASH: &str = "what is hashed: in a route profile";

/// Blocks that are checked.
const REFUSED: &str =
    "a block with a value that Envoy refuses is left out: a warning, `traffic-policy-value`";

pub(super) const DESTINATION_RULE: Kind = Kind {
    name: "DestinationRule",
    about: "",
    rows: &[
        envoy("metadata.name", "of those of one age it says the order"),
        both("metadata.namespace", ""),
        envoy("metadata.creationTimestamp", "the order"),
        ignored("metadata.labels", ""),
        ignored("metadata.annotations", ""),
        both("spec.host", ""),
        both("spec.exportTo", ""),
        both("spec.workloadSelector", ""),
        both("spec.subsets[].name", ""),
        envoy("spec.subsets[].labels", ""),
        message("spec.trafficPolicy", &TRAFFIC_POLICY),
        message("spec.subsets[].trafficPolicy", &TRAFFIC_POLICY),
    ],
};

pub(super) const TRAFFIC_POLICY: Message = Message {
    name: "TrafficPolicy",
    rows: &[
        message("loadBalancer", &LOAD_BALANCER),
        envoy("connectionPool", REFUSED),
        message("outlierDetection", &OUTLIER_DETECTION),
        message("tls", &CLIENT_TLS),
        both("portLevelSettings[].port", ""),
        message("portLevelSettings[].loadBalancer", &LOAD_BALANCER),
        envoy("portLevelSettings[].connectionPool", REFUSED),
        message("portLevelSettings[].outlierDetection", &OUTLIER_DETECTION),
        message("portLevelSettings[].tls", &CLIENT_TLS),
        envoy(
            "tunnel",
            "connections to ports of TCP and TLS, each destination through its own; subsets do not inherit it",
        ),
        envoy("proxyProtocol", ""),
        envoy(
            "retryBudget",
            "takes the place of `connectionPool.http.maxRetries`",
        ),
    ],
};

pub(super) const LOAD_BALANCER: Message = Message {
    name: "LoadBalancerSettings",
    rows: &[
        both("consistentHash.httpHeaderName", HASH),
        both("consistentHash.httpCookie", HASH),
        both("consistentHash.useSourceIp", HASH),
        both("consistentHash.httpQueryParameterName", HASH),
        envoy("consistentHash.ringHash", ""),
        envoy("consistentHash.maglev", ""),
        envoy("consistentHash.minimumRingSize", ""),
        envoy(
            "simple",
            "`PASSTHROUGH` needs connections that are redirected: else a warning, `no-original-destination`",
        ),
        envoy(
            "localityLbSetting",
            "the client is where its label `istio-locality` says, or those of Kubernetes; failover needs `outlierDetection`",
        ),
        no_effect(
            "zoneAwareLbSetting",
            "of Istio 1.31; Envoy has to know the endpoints of the client's own service for it",
        ),
        envoy("warmupDurationSecs", ""),
        envoy("warmup", ""),
    ],
};

pub(super) const OUTLIER_DETECTION: Message = Message {
    name: "OutlierDetection",
    rows: &[
        ignored("consecutiveErrors", "Istio passes over it too"),
        envoy("splitExternalLocalOriginErrors", ""),
        envoy("consecutiveLocalOriginFailures", ""),
        envoy("consecutiveGatewayErrors", ""),
        envoy("consecutive5xxErrors", ""),
        envoy("interval", ""),
        envoy("baseEjectionTime", ""),
        envoy("maxEjectionPercent", ""),
        envoy("minHealthPercent", ""),
        envoy("outlierDetectionHttpErrorCodes", ""),
    ],
};

pub(super) const CLIENT_TLS: Message = Message {
    name: "ClientTLSSettings",
    rows: &[
        envoy(
            "mode",
            "`ISTIO_MUTUAL` reads `cert-chain.pem`, `key.pem` and `root-cert.pem` in `/etc/certs`; without `tls` connections are plain, for nobody gives the workloads certificates",
        ),
        envoy("clientCertificate", ""),
        envoy("privateKey", ""),
        envoy("caCertificates", "absent: what the system trusts"),
        envoy(
            "credentialName",
            "Secrets in the namespace of the proxy: `NAME`, and `NAME-cacert` for the authorities; at sidecars only with `workloadSelector`; else a warning, `credential-not-used`",
        ),
        envoy("subjectAltNames", ""),
        envoy("sni", "absent: the host of the request"),
        envoy("insecureSkipVerify", ""),
        envoy("caCrl", ""),
    ],
};
