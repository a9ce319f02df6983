//! `serviceentry.ConflictingServiceEntryProtocolAnalyzer`: one host and port has one protocol, whoever declares it.
//! Since Istio 1.31.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::check::analysis::hosts::scopes;
use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::report::Field;
use crate::resources::{Object, ServiceEntry};

/// Who sees it, the host, and the port.
type Key = (String, String, u32);

/// One declaration of a port.
#[derive(Clone, Copy)]
struct Declared<'b> {
    object: &'b Object<ServiceEntry>,
    /// Index in `spec.ports`.
    index: usize,
}

impl Declared<'_> {
    fn protocol(self) -> String {
        let port = self.object.spec.ports.get(self.index);
        port.map(|port| port.protocol.to_ascii_uppercase())
            .unwrap_or_default()
    }

    fn path(self) -> String {
        Field::SPEC.name("ports").index(self.index).to_string()
    }
}

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let by_key = by_key(&input.bundle.service_entries);
    let mut told = BTreeSet::new();
    for ((scope, host, port), declared) in &by_key {
        let mut declared = declared.clone();
        if scope != "*" {
            let public = by_key.get(&("*".to_string(), host.clone(), *port));
            declared.extend(public.into_iter().flatten());
        }
        let protocols: BTreeSet<String> = declared.iter().map(|one| one.protocol()).collect();
        if protocols.len() < 2 {
            continue;
        }
        for one in &declared {
            if told.insert(full_name(one.object)) {
                let finding = conflict(*one, &declared, host, *port, &protocols);
                findings.add(one.object, finding);
            }
        }
    }
}

fn by_key(entries: &[Object<ServiceEntry>]) -> BTreeMap<Key, Vec<Declared<'_>>> {
    let mut by_key: BTreeMap<Key, Vec<Declared<'_>>> = BTreeMap::new();
    for object in entries {
        for scope in scopes(&object.spec.export_to, &object.metadata.namespace) {
            for host in &object.spec.hosts {
                for (index, port) in object.spec.ports.iter().enumerate() {
                    let key = (scope.clone(), host.clone(), port.number);
                    by_key.entry(key).or_default().push(Declared { object, index });
                }
            }
        }
    }
    by_key
}

fn conflict(
    one: Declared<'_>,
    all: &[Declared<'_>],
    host: &str,
    port: u32,
    protocols: &BTreeSet<String>,
) -> Diagnostic {
    let names: BTreeSet<String> = all.iter().map(|declared| full_name(declared.object)).collect();
    let join = |texts: &BTreeSet<String>| texts.iter().cloned().collect::<Vec<_>>().join(", ");
    let message = format!(
        "multiple ServiceEntries ({}) define the same host {host:?} and port {port} with conflicting protocols ({})",
        join(&names),
        join(protocols)
    );
    let finding = Diagnostic::warning("conflicting-protocols", message)
        .alias("IST0177")
        .at(one.path())
        .help("give the port the same protocol everywhere: Istio uses only one of them");
    let others = all.iter().filter(|other| other.protocol() != one.protocol());
    others.fold(finding, |finding, other| {
        let message = "another protocol is here";
        finding.related(other.object.document, other.path(), message)
    })
}
