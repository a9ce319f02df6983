//! Whose rules of reading apply: Istio's, or those of the Gateway API.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::action::PathRewrite;
use crate::table::RouteMatcher;
use crate::wire::{MISSING_CLUSTER_ERROR, MISSING_CLUSTER_STATUS};

/// How a rule is written, and so what it means. Source: Istio `UseGatewaySemantics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// In a VirtualService.
    Istio,
    /// In a route of the Gateway API.
    GatewayApi,
}

impl Semantics {
    /// The field of `spec` that says which hosts it is about.
    pub fn hosts(self) -> &'static str {
        match self {
            Self::Istio => "hosts",
            Self::GatewayApi => "parentRefs",
        }
    }

    /// The field of `spec` with the rules.
    pub fn rules(self) -> &'static str {
        match self {
            Self::Istio => "http",
            Self::GatewayApi => "rules",
        }
    }

    /// The field of a rule with its conditions.
    pub fn blocks(self) -> &'static str {
        match self {
            Self::Istio => "match",
            Self::GatewayApi => "matches",
        }
    }

    /// The condition as it is meant: the Gateway API's prefixes are of whole segments.
    pub fn refine(self, matcher: RouteMatcher) -> RouteMatcher {
        match self {
            Self::Istio => matcher,
            Self::GatewayApi => RouteMatcher {
                path: matcher.path.of_segments(),
                ..matcher
            },
        }
    }

    /// What takes the place of a prefix.
    pub fn prefix_rewrite(self, replacement: String) -> PathRewrite {
        match self {
            Self::Istio => PathRewrite::Prefix(replacement),
            Self::GatewayApi => {
                PathRewrite::Segments(replacement.strip_suffix('/').unwrap_or(&replacement).to_owned())
            }
        }
    }

    /// What clients get where a destination does not exist. Source: Istio `applyHTTPRouteDestination`.
    pub fn missing_cluster_status(self) -> u16 {
        match self {
            Self::Istio => MISSING_CLUSTER_STATUS,
            Self::GatewayApi => MISSING_CLUSTER_ERROR,
        }
    }
}
