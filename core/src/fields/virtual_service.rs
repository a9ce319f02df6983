//! VirtualService.

use super::{Kind, Message, both, filter, ignored, message, no_effect, shown};

/// What is carried out by a route profile.
const PROFILE: &str = "in a route profile";

/// Conditions on the proxy.
const WHEN_COMPILED: &str = "when the table is compiled";
/// Header names that are none.
const CLAIMS: &str = "`@request.auth.claims…` reads what Envoy's JWT filter has left in metadata; `null` is taken as `{}`: a warning, `null-match`";
/// Names that a gateway lets in.
const LISTENERS: &str = "the listeners of gateways take connections for these names only";
/// Header values.
const FORMAT: &str = "with format commands";

pub(super) const VIRTUAL_SERVICE: Kind = Kind {
    name: "VirtualService",
    about: "Rules for `tls` and `tcp` take effect at gateways, and at sidecars to which connections are redirected: where clients use \
the sidecar's port as a server, a warning, `connections-not-served`. Ports whose protocol is not declared are read as HTTP.",
    rows: &[
        filter(
            "metadata.name",
            "delegates; of those of one age it says the order",
        ),
        filter("metadata.namespace", ""),
        filter("metadata.creationTimestamp", "the order"),
        ignored("metadata.labels", ""),
        ignored("metadata.annotations", ""),
        filter(
            "spec.hosts",
            "empty: a delegate, whose rules take the place of those that name it",
        ),
        filter("spec.gateways", ""),
        filter("spec.exportTo", ""),
        shown("spec.http[].name", ""),
        filter("spec.http[].match[].uri", ""),
        filter("spec.http[].match[].ignoreUriCase", ""),
        filter("spec.http[].match[].scheme", ""),
        filter("spec.http[].match[].method", ""),
        filter("spec.http[].match[].authority", ""),
        filter("spec.http[].match[].headers", CLAIMS),
        filter("spec.http[].match[].withoutHeaders", CLAIMS),
        filter(
            "spec.http[].match[].queryParams",
            "`null` is taken as `{}`: a warning, `null-match`",
        ),
        filter("spec.http[].match[].port", WHEN_COMPILED),
        filter("spec.http[].match[].gateways", WHEN_COMPILED),
        filter("spec.http[].match[].sourceLabels", WHEN_COMPILED),
        filter("spec.http[].match[].sourceNamespace", WHEN_COMPILED),
        shown("spec.http[].match[].name", ""),
        both(
            "spec.http[].match[].statPrefix",
            "in a route profile: `vhost.mainsheet.route.<statPrefix>`",
        ),
        filter(
            "spec.http[].route[].destination",
            "the filter names the cluster, Envoy has it",
        ),
        filter("spec.http[].route[].weight", ""),
        filter("spec.http[].route[].headers", FORMAT),
        filter(
            "spec.http[].redirect",
            "3xx codes that Envoy does not know: the port is refused, `invalid-redirect-code`",
        ),
        filter("spec.http[].directResponse", ""),
        filter("spec.http[].rewrite", ""),
        filter("spec.http[].headers", FORMAT),
        filter("spec.http[].timeout", "Envoy's router keeps it"),
        message("spec.http[].retries", &HTTP_RETRY),
        filter(
            "spec.http[].fault.delay.fixedDelay",
            "the filter draws; Envoy's fault filter or this one waits (`fault` in [configuration.md](configuration.md))",
        ),
        filter("spec.http[].fault.delay.percentage", ""),
        filter("spec.http[].fault.delay.percent", ""),
        no_effect(
            "spec.http[].fault.delay.exponentialDelay",
            "an error where there is no fixedDelay",
        ),
        filter(
            "spec.http[].fault.abort.httpStatus",
            "the filter draws; Envoy's fault filter or this one answers",
        ),
        filter("spec.http[].fault.abort.grpcStatus", ""),
        filter("spec.http[].fault.abort.percentage", ""),
        no_effect(
            "spec.http[].fault.abort.http2Error",
            "an error where there is no status",
        ),
        filter(
            "spec.http[].delegate",
            "one that is missing, not exported or in conflict: a warning, `delegate-not-found`, `delegate-not-exported`, `delegate-conflict`",
        ),
        filter(
            "spec.http[].corsPolicy",
            "the filter answers preflights and marks answers",
        ),
        both("spec.http[].mirror", PROFILE),
        both("spec.http[].mirrors", PROFILE),
        both("spec.http[].mirrorPercentage", PROFILE),
        both("spec.http[].mirrorPercent", PROFILE),
        both("spec.tls[].match[].sniHosts", LISTENERS),
        filter("spec.tls[].match[].destinationSubnets", "at sidecars"),
        filter("spec.tls[].match[].port", WHEN_COMPILED),
        filter("spec.tls[].match[].gateways", WHEN_COMPILED),
        filter("spec.tls[].match[].sourceLabels", "at sidecars"),
        filter("spec.tls[].match[].sourceNamespace", "at sidecars"),
        filter("spec.tls[].route[].destination", ""),
        filter("spec.tls[].route[].weight", ""),
        filter("spec.tcp[].match[].destinationSubnets", "at sidecars"),
        filter("spec.tcp[].match[].port", WHEN_COMPILED),
        no_effect("spec.tcp[].match[].sourceSubnet", "Istio does not read it either"),
        filter("spec.tcp[].match[].gateways", WHEN_COMPILED),
        filter("spec.tcp[].match[].sourceLabels", "at sidecars"),
        filter("spec.tcp[].match[].sourceNamespace", "at sidecars"),
        filter("spec.tcp[].route[].destination", ""),
        filter("spec.tcp[].route[].weight", ""),
    ],
};

pub(super) const HTTP_RETRY: Message = Message {
    name: "HTTPRetry",
    rows: &[
        filter("attempts", "Envoy's router tries again"),
        filter("perTryTimeout", ""),
        filter("retryOn", ""),
        both("retryIgnorePreviousHosts", PROFILE),
        both("retryRemoteLocalities", PROFILE),
        both("backoff", PROFILE),
    ],
};
