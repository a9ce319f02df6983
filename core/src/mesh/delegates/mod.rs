//! Delegation: a rule that names another VirtualService is replaced by that one's rules.
//! Source: Istio `mergeVirtualServicesIfNeeded`.

mod conflict;
mod merge;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use conflict::has_conflict;
pub use merge::{merge_matches, merge_routes};

use super::{Rule, VirtualService};
use crate::report::{Field, Report, Subject};
use crate::resources::virtual_service::Delegate;

/// Namespace and name to a VirtualService without hosts.
type Delegates = BTreeMap<(String, String), VirtualService>;

/// Puts the rules of delegates in the place of the rules that name them. A rule whose delegate cannot be used is
/// left out, and only that one.
pub(super) fn resolve(all: Vec<VirtualService>, report: &mut Report) -> Vec<VirtualService> {
    let (delegates, mut roots): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|virtual_service| virtual_service.hosts.is_empty());
    let key = |delegate: &VirtualService| {
        let resource = &delegate.subject.resource;
        (resource.namespace.clone(), resource.name.clone())
    };
    let delegates: Delegates = delegates
        .into_iter()
        .map(|delegate| (key(&delegate), delegate))
        .collect();
    let with_hosts: BTreeSet<_> = roots.iter().map(key).collect();
    for root in &mut roots {
        let rules = core::mem::take(&mut root.http);
        root.http = rules
            .into_iter()
            .flat_map(|rule| match rule.route.delegate.clone() {
                Some(named) => delegated(&rule, &named, (&delegates, &with_hosts), report),
                None => Vec::from([rule]),
            })
            .collect();
    }
    roots
}

fn delegated(
    root: &Rule,
    named: &Delegate,
    (delegates, with_hosts): (&Delegates, &BTreeSet<(String, String)>),
    report: &mut Report,
) -> Vec<Rule> {
    let own = root.subject.resource.namespace.as_str();
    let namespace = if named.namespace.is_empty() {
        own
    } else {
        named.namespace.as_str()
    };
    let key = (namespace.into(), named.name.clone());
    let Some(delegate) = delegates.get(&key) else {
        let name = format!("VirtualService {namespace}/{}", named.name);
        let (message, help) = if with_hosts.contains(&key) {
            let message =
                format!("{name} has hosts of its own, so no rule can delegate to it; the rule is left out");
            (message, "remove `hosts` and `gateways` from the delegate")
        } else {
            let message = format!("there is no {name} to delegate to; the rule is left out");
            (
                message,
                "correct its name and namespace, or add it, without `hosts` and `gateways`",
            )
        };
        warn(root, "delegate-not-found", message, help, report);
        return Vec::new();
    };
    if !delegate.export_to.is_visible(own) {
        let message = format!(
            "{} is not exported to {own}; the rule is left out",
            delegate.subject.resource
        );
        let help = "add the namespace to exportTo of the delegate";
        warn(root, "delegate-not-exported", message, help, report);
        return Vec::new();
    }
    merged(root, delegate, report)
}

fn merged(root: &Rule, delegate: &VirtualService, report: &mut Report) -> Vec<Rule> {
    let mut rules = Vec::new();
    for rule in &delegate.http {
        let Some((route, blocks)) = merge::merge_route(&root.route, &rule.route) else {
            let http = Field::SPEC.name("http");
            let message = format!(
                "no match goes with one of the rule of {} that delegates here; the rule is left out",
                root.subject.resource
            );
            let help = "a match of a delegate has to be narrower than one of the rule that names it";
            let field = http.index(rule.index);
            report.warn(&rule.subject, &field, "delegate-conflict", message, help);
            continue;
        };
        rules.push(Rule {
            subject: rule.subject.clone(),
            semantics: rule.semantics,
            index: rule.index,
            blocks,
            route,
        });
    }
    rules
}

fn warn(root: &Rule, code: &str, message: String, help: &str, report: &mut Report) {
    let http = Field::SPEC.name("http");
    let rule = http.index(root.index);
    let subject: &Subject = &root.subject;
    report.warn(subject, &rule.name("delegate"), code, message, help);
}
