//! The answer as data: the JSON of the command and of the page. The names of fields and codes are stable.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::hints::Hint;
use super::timeline::{Step, timeline};
use crate::diagnostic::Location;
use crate::table::HostPattern;
use crate::trace::SourceTrace;
use crate::view::DecisionView;

/// What becomes of a request, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What was decided.
    pub decision: DecisionView,
    /// Where the request arrives.
    pub listener: ListenerFinding,
    /// Which virtual host it is for.
    pub host: HostFinding,
    /// Every rule of the virtual host in the order in which they count, those too that are left out there.
    pub rules: Vec<RuleFinding>,
    /// Resources with rules of which none is looked at.
    pub bystanders: Vec<Bystander>,
    /// What happens then, and when.
    pub timeline: Vec<Step>,
}

/// Where a request arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenerFinding {
    /// The port.
    pub port: u16,
    /// Istio's name of its routes; `null` where no HTTP is routed there.
    pub routes: Option<String>,
    /// Whether Envoy would refuse the rules of the port, which serves older ones or none then.
    pub refused: bool,
    /// All ports where HTTP is routed.
    pub ports: Vec<u16>,
}

/// The search for a virtual host.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostFinding {
    /// What was searched for: lower-case, without port.
    pub name: String,
    /// What was found; `null` where nobody knows the host.
    pub virtual_host: Option<VirtualHostFinding>,
    /// The hosts of the port, if none was found; the first forty.
    pub known: Vec<String>,
    /// What may have been meant, if none was found.
    pub hints: Vec<HostHint>,
}

/// A virtual host and why it was chosen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualHostFinding {
    /// Its name.
    pub name: String,
    /// The domain of it that matched.
    pub domain: String,
    /// The kind of that domain.
    pub matched: HostPattern,
    /// All its domains.
    pub domains: Vec<String>,
}

/// What may have been meant by a host that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostHint {
    /// The kind of mistake.
    pub code: HostHintCode,
    /// In a sentence.
    pub message: String,
}

/// Kinds of mistakes about hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostHintCode {
    /// The host is known on other ports.
    OtherPort,
    /// A service of another namespace has the name.
    OtherNamespace,
    /// `*.host` does not stand for `host`.
    WildcardApex,
    /// A host is spelled nearly so.
    Spelling,
}

/// What became of a rule, or of one match block of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleFinding {
    /// Its name; empty where it has none.
    pub name: String,
    /// Where it is written; `null` for rules that Istio adds.
    pub source: Option<SourceTrace>,
    /// The line, where the text is at hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Location>,
    /// What became of it.
    pub verdict: Verdict,
    /// Whether a rule before it takes every request.
    pub unreachable: bool,
    /// Why it is left out here, for [`Verdict::NotHere`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// Its conditions. A rule that takes everything has only the prefix `/`.
    pub conditions: Vec<ConditionFinding>,
}

impl RuleFinding {
    /// The conditions that fail.
    pub fn failed(&self) -> impl Iterator<Item = &ConditionFinding> {
        self.conditions.iter().filter(|condition| !condition.matched)
    }
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It decides.
    Takes,
    /// All its conditions hold, but another one comes first.
    WouldTake,
    /// A condition fails.
    Misses,
    /// It does not apply at this place, whatever the request.
    NotHere,
}

/// What became of a condition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionFinding {
    /// The field as the API spells it: `uri`, `headers["end-user"]`, `method`.
    pub field: String,
    /// What it asks for: `exact "jason"`, `present`.
    pub expected: String,
    /// What the request has; `null` where it has nothing of the kind.
    pub seen: Option<String>,
    /// Whether it holds.
    pub matched: bool,
    /// The line, where the text is at hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Location>,
    /// What stands in the way, and what would help.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<Hint>,
}

impl ConditionFinding {
    /// Whether it holds for every request: what a block without `uri` asks.
    pub fn is_trivial(&self) -> bool {
        self.field == "uri" && self.expected == "prefix \"/\""
    }
}

/// A resource whose rules are not looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bystander {
    /// The resource and the field that says so.
    pub source: SourceTrace,
    /// The line, where the text is at hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Location>,
    /// The kind of reason.
    pub reason: BystanderReason,
    /// In a sentence.
    pub why: String,
    /// What to do if that is not meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
}

/// Why the rules of a resource are not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BystanderReason {
    /// It is bound to gateways, and this is a sidecar.
    NotMesh,
    /// It is bound to sidecars, and this is a gateway.
    OnlyMesh,
    /// It names a Gateway that does not exist.
    UnknownGateway,
    /// It is bound to a Gateway that other proxies serve.
    OtherGateway,
    /// `exportTo` leaves the namespace of the proxy out.
    NotExported,
    /// The Sidecar of the proxy does not import it.
    NotImported,
    /// No server of its Gateways has the host.
    NotInServer,
    /// Another resource has the host already.
    HostTaken,
    /// None of its rules applies at this port.
    NotAtPort,
    /// Its host is one of another namespace.
    OtherNamespace,
    /// Its host has a dot, and so is not completed.
    NotCompleted,
    /// `*.host` does not stand for `host`.
    WildcardApex,
    /// Its host has a port.
    HostWithPort,
    /// Its host is spelled nearly so.
    Spelling,
    /// Its hosts are others.
    OtherHosts,
}

impl Answer {
    /// Writes the timeline; `exists` says whether there is such a cluster.
    #[must_use]
    pub fn with_timeline(mut self, exists: bool) -> Self {
        self.timeline = timeline(&self.decision, exists);
        self
    }

    /// Fills in where everything is written. `find` is told a resource and a field path.
    pub fn locate(&mut self, mut find: impl FnMut(&SourceTrace, &str) -> Option<Location>) {
        for rule in &mut self.rules {
            let Some(source) = &rule.source else { continue };
            rule.at = find(source, &source.path);
            for condition in &mut rule.conditions {
                let path = alloc::format!("{}.{}", source.path, condition.field);
                condition.at = find(source, &path);
            }
        }
        for bystander in &mut self.bystanders {
            bystander.at = find(&bystander.source, &bystander.source.path);
        }
    }
}
