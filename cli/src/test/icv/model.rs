//! Its file format.

use std::collections::BTreeMap;

use mainsheet_core::resources::virtual_service::{
    Delegate, HTTPFaultInjection, HTTPRedirect, HTTPRewrite, HTTPRouteDestination, Headers,
};
use serde::Deserialize;

/// A document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Suite {
    pub(super) test_cases: Vec<TestCase>,
}

/// A test. What is absent is not asked; `wantMatch: false` asks for something else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TestCase {
    pub(super) description: String,
    pub(super) want_match: bool,
    pub(super) request: IcvRequest,
    pub(super) route: Option<Vec<HTTPRouteDestination>>,
    pub(super) redirect: Option<HTTPRedirect>,
    pub(super) rewrite: Option<HTTPRewrite>,
    pub(super) fault: Option<HTTPFaultInjection>,
    pub(super) headers: Option<Headers>,
    pub(super) delegate: Option<Delegate>,
}

/// Requests: one for each combination.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct IcvRequest {
    pub(super) authority: Vec<String>,
    pub(super) method: Vec<String>,
    pub(super) uri: Vec<String>,
    pub(super) headers: BTreeMap<String, String>,
}

impl TestCase {
    /// Why it cannot be run. Source: istio-config-validator `Request.Unfold`.
    pub(super) fn problem(&self) -> Option<String> {
        let request = &self.request;
        let lists = [
            ("authority", &request.authority),
            ("method", &request.method),
            ("uri", &request.uri),
        ];
        let (name, _) = lists.into_iter().find(|(_, list)| list.is_empty())?;
        Some(format!("`request.{name}` is an empty list"))
    }
}
