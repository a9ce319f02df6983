//! What a rule does with a request. Each action is compiled once and applied by pure functions.

mod carry;
mod cors;
mod fault;
mod format;
mod headers;
mod redirect;
mod respond;
mod retry;
mod rewrite;
mod split;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

pub use carry::{HashCookie, HashPolicy, Mirror, Profile, RetryPlaces, RouteRetries};
pub use cors::{CorsPolicy, CorsRequest};
pub use fault::{Abort, Delay, Fault, Fraction};
pub use format::{HeaderName, HeaderValue, InvalidHeaderValue, Variable};
pub use headers::{HeaderMap, HeaderMutations, ReadHeaders, Reads};
pub use redirect::{Redirect, https_location};
pub use respond::DirectResponse;
pub use retry::{Retries, RetryPolicy};
pub use rewrite::{PathRewrite, RegexRewrite};
pub use split::{Destination, Split};

use crate::wire::MISSING_CLUSTER_STATUS;

/// What happens to a request that a route has matched.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "most actions forward, and each stands alone behind an Arc"
)]
pub enum Action {
    /// It goes to a cluster.
    Forward(ForwardAction),
    /// The client is sent elsewhere.
    Redirect(Redirect),
    /// The proxy answers by itself.
    Respond(DirectResponse),
}

/// Where a request goes, and everything that is done to it on its way.
#[derive(Clone, Debug)]
pub struct ForwardAction {
    /// `route`: one destination or several with weights.
    pub split: Split,
    /// `headers.request` of the rule; of its destination too if it has only one.
    pub request_headers: HeaderMutations,
    /// `headers.response`, likewise.
    pub response_headers: HeaderMutations,
    /// `rewrite.authority`, or `host` set through `headers`.
    pub host_rewrite: Option<String>,
    /// `rewrite.uri` or `rewrite.uriRegexRewrite`.
    pub path_rewrite: Option<PathRewrite>,
    /// `timeout` of the whole request with its retries; `None` is no limit.
    pub timeout: Option<Duration>,
    /// `retries`.
    pub retries: Retries,
    /// `fault`.
    pub fault: Fault,
    /// `corsPolicy`.
    pub cors: Option<CorsPolicy>,
    /// `mirror` and `mirrors`, those that never happen left out.
    pub mirrors: Vec<Mirror>,
    /// What the destinations' clusters hash.
    pub hash_policies: Vec<HashPolicy>,
    /// `statPrefix` of the match.
    pub stat_prefix: String,
    /// Name of the [profile](Self::profile) that carries out what no header can order; `None` for the default.
    pub profile: Option<String>,
    /// What the client gets if the cluster does not exist: 503, of the Gateway API's routes 500.
    pub missing_cluster_status: u16,
}

impl ForwardAction {
    /// Sends everything to one cluster, with the policy that Istio gives to routes no one wrote.
    pub fn to_cluster(cluster: String, retries: Retries) -> Self {
        Self {
            split: Split::to_cluster(cluster),
            request_headers: HeaderMutations::default(),
            response_headers: HeaderMutations::default(),
            host_rewrite: None,
            path_rewrite: None,
            timeout: None,
            retries,
            fault: Fault::default(),
            cors: None,
            mirrors: Vec::new(),
            hash_policies: Vec::new(),
            stat_prefix: String::new(),
            missing_cluster_status: MISSING_CLUSTER_STATUS,
            profile: None,
        }
        .with_profile()
    }

    /// The route profile that this action needs.
    pub fn profile(&self) -> Profile {
        Profile {
            retries: match &self.retries {
                Retries::Default | Retries::Disabled => RouteRetries::Default,
                Retries::Policy(policy) => RouteRetries::Ordered(policy.into()),
            },
            mirrors: self.mirrors.clone(),
            hash_policies: self.hash_policies.clone(),
            stat_prefix: self.stat_prefix.clone(),
            missing_cluster_status: self.missing_cluster_status,
        }
    }

    /// The action with the name of its profile, which is not made again for each request.
    pub(crate) fn with_profile(mut self) -> Self {
        self.profile = self.profile().name();
        self
    }
}
