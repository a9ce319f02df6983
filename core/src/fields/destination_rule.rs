//! DestinationRule.

use super::{Kind, Message, both, envoy, ignored, message, no_effect};

/// What is carried out by a route profile.
const HASH: &str = "what is hashed: in a route profile";

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
        no_effect("connectionPool", ""),
        no_effect("outlierDetection", ""),
        no_effect("tls", ""),
        both("portLevelSettings[].port", ""),
        message("portLevelSettings[].loadBalancer", &LOAD_BALANCER),
        no_effect("portLevelSettings[].connectionPool", ""),
        no_effect("portLevelSettings[].outlierDetection", ""),
        no_effect("portLevelSettings[].tls", ""),
        no_effect("tunnel", ""),
        no_effect("proxyProtocol", ""),
        no_effect("retryBudget", ""),
    ],
};

pub(super) const LOAD_BALANCER: Message = Message {
    name: "LoadBalancerSettings",
    rows: &[
        both("consistentHash.httpHeaderName", HASH),
        both("consistentHash.httpCookie", HASH),
        both("consistentHash.useSourceIp", HASH),
        both("consistentHash.httpQueryParameterName", HASH),
        no_effect("consistentHash.ringHash", ""),
        no_effect("consistentHash.maglev", ""),
        no_effect("consistentHash.minimumRingSize", ""),
        no_effect("simple", "Envoy picks the less busy of two endpoints").harmless(&[
            "UNSPECIFIED",
            "LEAST_CONN",
            "LEAST_REQUEST",
        ]),
        no_effect("localityLbSetting", ""),
        no_effect("zoneAwareLbSetting", ""),
        no_effect("warmupDurationSecs", ""),
        no_effect("warmup", ""),
    ],
};
