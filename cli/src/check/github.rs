//! Annotations that GitHub shows beside the lines of a pull request.
//! Source: "Workflow commands for GitHub Actions".

use mainsheet_core::diagnostic::{Diagnostic, Severity};

/// One finding as a workflow command.
pub(super) fn annotation(finding: &Diagnostic) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &finding.location {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={},col={}", place.line, place.column));
    }
    properties.push(format!("title={}", property(&finding.code)));
    format!(
        "::{command} {}::{}",
        properties.join(","),
        data(&super::sarif::text(finding))
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use mainsheet_core::diagnostic::Location;

    use super::*;

    #[test]
    fn what_means_something_to_github_is_escaped() {
        let finding = Diagnostic {
            location: Some(Location {
                file: "a,b:c.yaml".to_owned(),
                line: 3,
                column: 7,
            }),
            ..Diagnostic::warning("odd", "100%\nsure").help("do not")
        };
        assert_eq!(
            annotation(&finding),
            "::warning file=a%2Cb%3Ac.yaml,line=3,col=7,title=odd::100%25%0Asure%0Ahelp: do not"
        );
    }
}
