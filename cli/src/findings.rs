//! Findings as compilers print them: place, severity, code, message, the line, and the remedy.

use std::fmt;

use anstyle::Style;
use mainsheet_core::diagnostic::{Diagnostic, Related, Severity};
use mainsheet_core::yaml::Sources;

use crate::output::{BAD, BOLD, DIM, NOTE, WARNING};

/// Findings, and the texts that they are about.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl Findings {
    /// Looks up where each finding is written, and puts them in the order of the files.
    pub fn new(mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Self {
        sources.resolve(&mut diagnostics);
        diagnostics.sort_by(|a, b| a.location.cmp(&b.location).then(b.severity.cmp(&a.severity)));
        diagnostics.dedup();
        Self {
            diagnostics,
            sources: sources.clone(),
        }
    }

    /// The findings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Whether the input must not be used.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }

    fn write_one(&self, f: &mut fmt::Formatter<'_>, diagnostic: &Diagnostic) -> fmt::Result {
        if let Some(location) = &diagnostic.location {
            write!(f, "{BOLD}{location}{BOLD:#}: ")?;
        }
        let style = style(diagnostic.severity);
        write!(f, "{style}{}[{}", diagnostic.severity, diagnostic.code)?;
        for alias in &diagnostic.aliases {
            write!(f, " {alias}")?;
        }
        write!(f, "]{style:#}: ")?;
        if let Some(resource) = &diagnostic.resource {
            write!(f, "{resource}: ")?;
        }
        writeln!(f, "{BOLD}{}{BOLD:#}", diagnostic.message)?;
        self.write_snippet(f, diagnostic)?;
        for place in &diagnostic.related {
            write_related(f, place)?;
        }
        if let Some(witness) = &diagnostic.witness {
            writeln!(f, "  {NOTE}such as{NOTE:#}: {witness}")?;
        }
        match &diagnostic.help {
            Some(help) => writeln!(f, "  {NOTE}help{NOTE:#}: {help}"),
            None => Ok(()),
        }
    }

    fn write_snippet(&self, f: &mut fmt::Formatter<'_>, diagnostic: &Diagnostic) -> fmt::Result {
        let snippet = diagnostic
            .location
            .as_ref()
            .and_then(|location| self.sources.snippet(location));
        let Some(snippet) = snippet else { return Ok(()) };
        for line in snippet.to_string().lines() {
            writeln!(f, "  {line}")?;
        }
        if !diagnostic.path.is_empty() {
            writeln!(f, "  {DIM}at {}{DIM:#}", diagnostic.path)?;
        }
        Ok(())
    }
}

/// Another place that has to do with a finding.
fn write_related(f: &mut fmt::Formatter<'_>, place: &Related) -> fmt::Result {
    write!(f, "  {NOTE}see{NOTE:#}: ")?;
    if let Some(location) = &place.location {
        write!(f, "{location}: ")?;
    }
    writeln!(f, "{}", place.message)
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD,
        Severity::Warning => WARNING,
        Severity::Info => NOTE,
    }
}

/// All of them, and how many there are.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            self.write_one(f, diagnostic)?;
        }
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        write!(
            f,
            "{}, {}",
            counted(errors, "error"),
            counted(warnings, "warning")
        )?;
        match self.count(Severity::Info) {
            0 => Ok(()),
            infos => write!(f, ", {}", counted(infos, "remark")),
        }
    }
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_its_place_its_line_and_its_remedy() {
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n";
        let loaded = mainsheet_core::yaml::load([("a.yaml", text)]);
        let findings = Findings::new(
            vec![Diagnostic::error("odd", "this is odd").at("spec").help("do not")],
            &loaded.sources,
        );
        let printed = anstream::adapter::strip_str(&findings.to_string()).to_string();
        assert!(
            printed.starts_with("a.yaml:4:1: error[odd]: this is odd\n"),
            "{printed}"
        );
        assert!(printed.contains("4 | spec: {prots: []}\n"), "{printed}");
        assert!(printed.contains("^^^^"), "{printed}");
        assert!(
            printed.ends_with("help: do not\n1 error, 0 warnings"),
            "{printed}"
        );
    }
}
