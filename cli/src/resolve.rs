//! The input, read and resolved, for commands that look at it once.

use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::yaml::{self, Loaded};

use crate::error::{Error, Result};
use crate::findings::Findings;
use crate::input::InputArgs;
use crate::output;

/// Reads the input, and resolves its names.
pub(crate) fn load(input: &InputArgs) -> Result<(Loaded, Mesh)> {
    let files = input.read()?;
    let loaded = yaml::load(files.into_iter().map(|file| (file.name, file.text)));
    let mut report = Report::default();
    let mesh = Mesh::new(&loaded.bundle, &input.mesh_config()?, &mut report);
    if loaded.bundle.is_empty() && !loaded.has_errors() {
        return Err(Error::Usage(
            "the input holds no resources that rules could be in".to_owned(),
        ));
    }
    accept(
        &loaded,
        [loaded.diagnostics.clone(), report.into_diagnostics()].concat(),
    )?;
    Ok((loaded, mesh))
}

/// Errors end the command, warnings are printed beside the answer.
pub(crate) fn accept(loaded: &Loaded, mut diagnostics: Vec<Diagnostic>) -> Result<()> {
    diagnostics.retain(|finding| finding.severity > Severity::Info);
    let findings = Findings::new(diagnostics, &loaded.sources);
    if findings.has_errors() {
        return Err(Error::Refused(Box::new(findings)));
    }
    if !findings.is_empty() {
        output::note(&findings);
    }
    Ok(())
}
