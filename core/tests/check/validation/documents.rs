//! All that is said of a document.

use mainsheet_core::check::validation::{other_kinds, validate};
use mainsheet_core::diagnostic::{Diagnostic, DocumentId};
use mainsheet_core::yaml;

/// The findings of the loader, of the validation, and in kinds that are not loaded.
pub(super) fn found(text: &str) -> Vec<Diagnostic> {
    let loaded = yaml::load([("case.yaml", text)]);
    let mut found = loaded.diagnostics;
    found.extend(validate(&loaded.bundle));
    let documents = (0..)
        .map(DocumentId)
        .map_while(|id| Some((id, loaded.sources.root(id)?)));
    found.extend(documents.flat_map(|(id, root)| other_kinds::check(root, id)));
    found
}
