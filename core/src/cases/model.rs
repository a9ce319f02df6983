//! The file format. Fields are called as Istio's API calls them, and hold what the API holds there.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::list::OneOrMany;
use crate::compile::ProxyKind;
use crate::matcher::RepeatedHeaders;
use crate::resources::Labels;
use crate::resources::scalar::{Duration, Percent, is_default};
use crate::resources::virtual_service::{Headers, PortSelector};

/// Declares messages: camel-case names, nothing written for what is not said.
macro_rules! said {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "is_default")]
                pub $field: $type,
            )*
        }
    )*};
}

said! {
    /// A test file.
    pub struct Suite {
        /// What it is about, for people.
        pub description: String,
        /// Resources: a text is a pattern for files beside the test file, anything else an object.
        pub resources: Vec<Value>,
        /// Mesh-wide settings, as Istio's `meshConfig`.
        pub mesh_config: Option<Value>,
        /// The proxy that is asked, where a test names no other.
        pub proxy: PointOfView,
        /// The tests.
        pub tests: Vec<Test>,
    }

    /// A proxy: a sidecar of a namespace unless said otherwise.
    pub struct PointOfView {
        /// The Gateway, as `namespace/name`, whose workload is asked. Says all the rest.
        pub gateway: String,
        /// Sidecar or gateway.
        pub kind: ProxyKind,
        /// The namespace of the workload; `default` where nothing is said.
        pub namespace: String,
        /// The labels of the workload.
        pub labels: Labels,
        /// How its Envoy matches repeated headers.
        pub repeated_headers: RepeatedHeaders,
    }

    /// Requests, and what must become of each of them.
    pub struct Test {
        /// Unique in its file.
        pub name: String,
        /// The proxy that is asked, in place of that of the file.
        pub proxy: Option<PointOfView>,
        /// The request, or several.
        pub request: Request,
        /// What must become of it.
        pub expect: Expect,
        /// Shares are counted in so many draws, in place of being read from the rule.
        pub draws: Option<Draws>,
    }

    /// A request; where fields hold lists, one for each combination.
    pub struct Request {
        /// Scheme, host, port and path in one.
        pub url: OneOrMany<String>,
        /// `GET` unless said otherwise.
        pub method: OneOrMany<String>,
        /// `http` or `https`.
        pub scheme: String,
        /// What the `host` header says; with its port, if that is not the usual one.
        pub host: OneOrMany<String>,
        /// The port that the request arrives on, where host and URL do not say it.
        pub port: Option<u16>,
        /// Path and query.
        pub path: OneOrMany<String>,
        /// Headers. A list is of alternatives; a list inside of it has the lines of one header, `[]` none.
        pub headers: BTreeMap<String, OneOrMany<OneOrMany<String>>>,
        /// The claims of a token that authentication has accepted.
        pub claims: Map<String, Value>,
    }

    /// Expectations; what is absent is not asked.
    pub struct Expect {
        /// Where every request goes, whatever is drawn.
        pub destination: Option<DestinationExpect>,
        /// All destinations and their shares.
        pub weights: Vec<WeightExpect>,
        /// Status that the client sees, where upstreams answer 200 and no fault is drawn that happens only at times.
        pub status: Option<u16>,
        /// Body of an answer that the proxy gives.
        pub body: Option<String>,
        /// `location` of a redirect.
        pub redirect: Option<String>,
        /// Path with query and authority as the upstream sees them.
        pub rewrite: Option<RewriteExpect>,
        /// Headers as the upstream sees the request, and as the client sees the response.
        pub headers: Option<Headers>,
        /// Limit of the whole request; `0s` for none.
        pub timeout: Option<Duration>,
        /// Retry policy; `attempts: 0` for none.
        pub retries: Option<RetryExpect>,
        /// Faults.
        pub fault: Option<FaultExpect>,
        /// All places that get copies; `[]` for none.
        pub mirrors: Option<Vec<MirrorExpect>>,
        /// The rule that decides.
        pub rule: Option<RuleExpect>,
        /// Whether nothing takes the request: no listener, no virtual host, no rule.
        pub no_route: Option<bool>,
    }

    /// A destination, as far as it is said.
    pub struct DestinationExpect {
        /// Its host; short names are those of the proxy's namespace, or of the rule's.
        pub host: Option<String>,
        /// Its subset; `""` for none.
        pub subset: Option<String>,
        /// Its port.
        pub port: Option<PortSelector>,
    }

    /// A destination and its share.
    pub struct WeightExpect {
        /// The destination.
        pub destination: DestinationExpect,
        /// Its share, relative to the sum.
        pub weight: u64,
    }

    /// How shares are counted.
    pub struct Draws {
        /// How many requests.
        pub count: u64,
        /// How far a share may be off, in percent of all requests.
        pub tolerance: f64,
    }

    /// A request line as the upstream sees it.
    pub struct RewriteExpect {
        /// Path with query.
        pub uri: Option<String>,
        /// Authority.
        pub authority: Option<String>,
    }

    /// A retry policy, as far as it is said.
    pub struct RetryExpect {
        /// How often is tried again.
        pub attempts: Option<u32>,
        /// Limit of one try; `0s` for none.
        pub per_try_timeout: Option<Duration>,
        /// Conditions, in any order.
        pub retry_on: Option<String>,
    }

    /// Faults, as far as they are said.
    pub struct FaultExpect {
        /// Waiting.
        pub delay: Option<DelayExpect>,
        /// Answering.
        pub abort: Option<AbortExpect>,
    }

    /// A delay; a share of 0 for none.
    pub struct DelayExpect {
        /// Share of requests.
        pub percentage: Option<Percent>,
        /// How long.
        pub fixed_delay: Option<Duration>,
    }

    /// An abort; a share of 0 for none.
    pub struct AbortExpect {
        /// Share of requests.
        pub percentage: Option<Percent>,
        /// With this status.
        pub http_status: Option<u16>,
        /// With this gRPC status, by its number.
        pub grpc_status: Option<u8>,
    }

    /// A place that gets copies.
    pub struct MirrorExpect {
        /// The destination.
        pub destination: DestinationExpect,
        /// Share of copies; all if nothing is said.
        pub percentage: Option<Percent>,
    }

    /// A rule.
    pub struct RuleExpect {
        /// Its name.
        pub name: Option<String>,
        /// The VirtualService that it is written in: `name`, or `namespace/name`.
        pub virtual_service: Option<String>,
        /// Its index in `spec.http`.
        pub index: Option<usize>,
        /// The index of the match block.
        #[serde(rename = "match")]
        pub block: Option<usize>,
    }
}

/// Headers in both directions, as [`Headers`] spells them: `set` says all values of a header, `add` one of them,
/// `remove` that there is none.
pub type HeadersExpect = Headers;

impl Test {
    /// The proxy that is asked.
    pub fn point_of_view<'s>(&'s self, suite: &'s Suite) -> &'s PointOfView {
        self.proxy.as_ref().unwrap_or(&suite.proxy)
    }
}
