//! What can be known of the rules of VirtualServices without sending a request: rules that nothing reaches,
//! conditions that say something else than they seem to, numbers that cannot be.
//!
//! Everything that is said is proven by the conditions themselves, as automata, and where a request is shown it has
//! been decided.

mod curl;
mod language;
mod limits;
mod listing;
mod literal;
mod never;
mod origins;
mod percentage;
mod regexes;
mod region;
mod retries;
mod rewrite;
mod search;
mod sibling;
mod survey;
mod trial;
mod unreachable;
mod weights;
mod written;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

pub use limits::Limits;

use self::language::{Automata, Universe};
use self::listing::Arena;
use self::survey::Survey;
use self::trial::Trials;
use crate::diagnostic::{Diagnostic, DocumentId};
use crate::mesh::Mesh;
use crate::report::Report;
use crate::resources::{Bundle, MeshConfig};

/// All findings about the rules of VirtualServices, in the order of their places.
#[must_use]
pub fn findings(bundle: &Bundle, config: &MeshConfig, limits: Limits) -> Vec<Diagnostic> {
    let mesh = Mesh::new(bundle, config, &mut Report::default());
    let mut automata = Automata::default();
    let universe = Universe::new(&mut automata);
    let arena = Arena::new(&mesh, &mut automata);
    let survey = Survey::new(&arena, &mut automata, &universe, limits);
    let mut trials = Trials::new(bundle, config);
    let mut findings = unreachable::findings(&arena, &survey, &mut trials);
    findings.extend(never::findings(&survey));
    findings.extend(survey.siblings.findings(&survey));
    findings.extend(rewrite::findings(
        &arena,
        &survey,
        &mut trials,
        &mut automata,
        &universe,
    ));
    findings.extend(regexes::findings(bundle, &mut automata, &universe));
    findings.extend(percentage::findings(bundle));
    findings.extend(retries::findings(bundle));
    findings.extend(weights::findings(bundle));
    findings.extend(literal::findings(bundle));
    findings.extend(origins::findings(bundle));
    findings.sort_by_key(|found| found.document);
    findings
}

/// The rules and match blocks that are reported as unreachable, by document and path. Istio's validation finds some of
/// them too.
#[must_use]
pub fn unreachable(findings: &[Diagnostic]) -> BTreeSet<(DocumentId, &str)> {
    let codes = [unreachable::RULE, unreachable::MATCH, never::CODE];
    let ours = findings
        .iter()
        .filter(|found| codes.contains(&found.code.as_str()));
    ours.map(|found| (found.document, found.path.as_str())).collect()
}
