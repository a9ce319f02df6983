//! "Why did my rule not match?": a decision with all that it has looked at, what came close, and what was never
//! looked at.
//!
//! The conditions are those of the decision itself: the match loop tells an
//! [exhaustive observer](crate::observe::Observer::EXHAUSTIVE) of each of them. Edits of requests and rules are tried
//! with the same matchers before they are suggested.

mod bystanders;
mod hints;
mod hosts;
mod left_out;
mod model;
mod timeline;
mod watch;

use alloc::vec::Vec;

pub use hints::{Hint, HintCode, RequestEdit};
pub use model::{
    Answer, Bystander, BystanderReason, ConditionFinding, HostFinding, HostHint, HostHintCode,
    ListenerFinding, RuleFinding, Verdict, VirtualHostFinding,
};
pub use timeline::{Step, StepKind, timeline};

use self::watch::Watch;
use crate::compile::{Proxy, ProxyKind};
use crate::decision::{Decision, Outcome};
use crate::entropy::Entropy;
use crate::mesh::Mesh;
use crate::request::Request;
use crate::table::{HostPattern, PathCache, RouteTable};
use crate::view::DecisionView;

/// Who is asked: a proxy with its table, and the mesh that the table comes from.
#[derive(Clone, Copy, Debug)]
pub struct Explainer<'e> {
    /// The mesh.
    pub mesh: &'e Mesh,
    /// The proxy.
    pub proxy: &'e Proxy,
    /// Its table.
    pub table: &'e RouteTable,
}

impl Explainer<'_> {
    /// Decides a request, and says all there is to say about it. The decision is that of
    /// [`RouteTable::decide`] with the same entropy.
    pub fn explain(&self, request: &Request<'_>, entropy: &mut Entropy) -> Answer {
        let mut watch = Watch::default();
        let mut cache = PathCache::default();
        let decision = self.table.decide(request, entropy, &mut cache, &mut watch);
        let mut rules = watch.rules;
        // A redirection to `https` comes before all rules.
        if !matches!(decision.outcome, Outcome::HttpsRedirect) {
            left_out::add(self, request, &decision, &mut rules);
        }
        let known = self.knows_host(&decision, watch.pattern);
        Answer {
            listener: self.listener(request),
            host: hosts::finding(self, request, &decision, watch.pattern.filter(|_| known)),
            bystanders: bystanders::find(self, request, &decision, known),
            rules,
            timeline: Vec::new(),
            decision: DecisionView::new(&decision, request),
        }
        .with_timeline(true)
    }

    fn listener(&self, request: &Request<'_>) -> ListenerFinding {
        let config = self.table.routes_for(request);
        let table = self.table;
        let mut ports: Vec<u16> = table
            .route_configs
            .keys()
            .chain(table.by_server.keys())
            .copied()
            .collect();
        ports.sort_unstable();
        ListenerFinding {
            port: request.port,
            routes: config.map(|config| config.name.clone()),
            refused: table.refused.contains_key(&request.port),
            ports,
        }
    }

    /// At a sidecar `*` stands for the hosts that nobody knows, and at a gateway where it has no rules.
    fn knows_host(&self, decision: &Decision<'_>, pattern: Option<HostPattern>) -> bool {
        let is_empty = decision
            .virtual_host
            .is_some_and(|host| host.routes.routes().is_empty() && !host.require_tls);
        let others = (self.proxy.kind == ProxyKind::Sidecar || is_empty) && pattern == Some(HostPattern::Any);
        let ruled = decision.route.is_some_and(|route| route.source.is_some());
        pattern.is_some() && (!others || ruled)
    }
}
