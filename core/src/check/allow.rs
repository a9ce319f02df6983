//! Comments in the files that allow findings, with the reason why:
//!
//! ```yaml
//! # mainsheet-allow unreachable-rule: it takes over when v1 is gone
//! - match: [{uri: {prefix: /reviews}}]
//! ```
//!
//! Such a comment is about the element or field behind it and all that is in it, at the end of a line about that one,
//! and at the beginning of a document about all of it. Codes of other tools (`IST0130`) are understood too.

use crate::diagnostic::{Diagnostic, Location, Severity};
use crate::yaml::Sources;

/// How such a comment begins.
const BEGINNING: &str = "mainsheet-allow";

/// Findings, those apart that comments allow.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Those that count, and what is wrong with comments.
    pub findings: Vec<Diagnostic>,
    /// Those that are allowed, with the reasons.
    pub allowed: Vec<(Diagnostic, String)>,
}

/// Takes out the findings that comments allow. Findings have to be located.
#[must_use]
pub fn judge(findings: Vec<Diagnostic>, sources: &Sources) -> Judged {
    let mut comments: Vec<Comment> = sources
        .files()
        .flat_map(|(name, text)| comments(name, text))
        .collect();
    let mut judged = Judged::default();
    for finding in findings {
        let mut covering = comments.iter_mut().filter(|comment| comment.allows(&finding));
        match covering.next() {
            Some(comment) => {
                comment.used = true;
                judged.allowed.push((finding, comment.reason.clone()));
            }
            None => judged.findings.push(finding),
        }
    }
    judged
        .findings
        .extend(comments.iter().filter_map(Comment::complaint));
    judged
}

/// A comment, and the lines that it is about.
struct Comment {
    place: Location,
    codes: Vec<String>,
    reason: String,
    first: u32,
    last: u32,
    used: bool,
}

impl Comment {
    fn allows(&self, finding: &Diagnostic) -> bool {
        let Some(place) = &finding.location else {
            return false;
        };
        let has_name = |code: &String| *code == finding.code || finding.aliases.contains(code);
        place.file == self.place.file
            && (self.first..=self.last).contains(&place.line)
            && !self.reason.is_empty()
            && self.codes.iter().any(has_name)
    }

    fn complaint(&self) -> Option<Diagnostic> {
        let finding = if self.codes.is_empty() || self.reason.is_empty() {
            Diagnostic::warning(
                "allow-without-reason",
                "this comment allows nothing: it names no code, or no reason",
            )
            .help("write `# mainsheet-allow CODE: why it is right`")
        } else if self.used {
            return None;
        } else {
            let message = format!("there is no finding `{}` here to allow", self.codes.join("`, `"));
            Diagnostic::new(Severity::Info, "allow-unused", message).help("remove the comment")
        };
        Some(Diagnostic {
            location: Some(self.place.clone()),
            ..finding
        })
    }
}

/// A line without its comment, as far as structure needs it.
struct Line<'t> {
    number: u32,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Whether it is neither blank nor only a comment.
    fn has_content(&self) -> bool {
        let text = self.text.trim_start();
        !text.is_empty() && !text.starts_with('#')
    }

    fn is_separator(&self) -> bool {
        self.text.starts_with("---")
    }

    /// What stands behind `# mainsheet-allow`, and the column of the `#`.
    fn allowance(&self) -> Option<(&'t str, usize)> {
        let (before, comment) = self.text.split_once('#')?;
        let rest = comment.trim_start().strip_prefix(BEGINNING)?;
        let apart = before.is_empty() || before.ends_with(char::is_whitespace);
        let named = rest.is_empty() || rest.starts_with([' ', '\t', ':']);
        (apart && named).then(|| (rest, before.chars().count() + 1))
    }
}

fn comments(file: &str, text: &str) -> Vec<Comment> {
    let lines: Vec<Line<'_>> = (1..)
        .zip(text.lines())
        .map(|(number, text)| Line { number, text })
        .collect();
    let mut comments = Vec::new();
    let mut begins = true;
    for (index, line) in lines.iter().enumerate() {
        if let Some((rest, column)) = line.allowance() {
            let from = index + usize::from(!line.has_content());
            let scope = scope(lines.get(from..).unwrap_or_default(), begins);
            comments.push(comment(file, line.number, column, rest, scope));
        }
        begins = line.is_separator() || begins && !line.has_content();
    }
    comments
}

fn comment(file: &str, line: u32, column: usize, rest: &str, (first, last): (u32, u32)) -> Comment {
    let (codes, reason) = rest.split_once(':').unwrap_or((rest, ""));
    let codes = codes.split([',', ' ']).filter(|code| !code.is_empty());
    Comment {
        place: Location {
            file: file.to_owned(),
            line,
            column: u32::try_from(column).unwrap_or(1),
        },
        codes: codes.map(str::to_owned).collect(),
        reason: reason.trim().to_owned(),
        first,
        last,
        used: false,
    }
}

/// The lines of what begins with the first one that has content: those that are indented deeper, or the whole document.
fn scope(lines: &[Line<'_>], document: bool) -> (u32, u32) {
    let mut with_content = lines.iter().filter(|line| line.has_content());
    let Some(first) = with_content.next() else {
        return (0, 0);
    };
    let is_element = |line: &Line<'_>| line.text.trim_start().starts_with('-');
    let is_inside = |line: &Line<'_>| {
        let deeper = line.indent() > first.indent();
        // Elements of a list may stand below its name.
        deeper || line.indent() == first.indent() && is_element(line) && !is_element(first)
    };
    let inside = with_content.take_while(|line| !line.is_separator() && (document || is_inside(line)));
    (
        first.number,
        inside.last().map_or(first.number, |line| line.number),
    )
}
