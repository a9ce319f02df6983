//! What a rule does with a request. Each action is compiled once and applied by pure functions.

mod fault;
mod headers;
mod redirect;
mod respond;
mod retry;
mod rewrite;
mod split;

use alloc::string::String;
use core::time::Duration;

pub use fault::{Abort, Delay, Fault, Fraction};
pub use headers::{HeaderMap, HeaderMutations, HeaderValue, InvalidHeaderValue};
pub use redirect::{Redirect, https_location};
pub use respond::DirectResponse;
pub use retry::{Retries, RetryPolicy};
pub use rewrite::{PathRewrite, RegexRewrite};
pub use split::{Destination, Split};

use crate::wire::MISSING_CLUSTER_STATUS;

/// What happens to a request that a route has matched.
#[derive(Clone, Debug)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::large_enum_variant,
        reason = "most actions forward, and each stands alone behind an Arc"
    )
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
            missing_cluster_status: MISSING_CLUSTER_STATUS,
        }
    }
}
