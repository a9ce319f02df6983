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
        let (before, comment) = self.comment()?;
        let rest = comment.trim_start().strip_prefix(BEGINNING)?;
        let named = rest.is_empty() || rest.starts_with([' ', '\t', ':']);
        named.then(|| (rest, before.chars().count() + 1))
    }

    /// What stands before and behind the `#` of a comment: the first that is in no text and has a blank before it.
    fn comment(&self) -> Option<(&'t str, &'t str)> {
        let mut signs = self.text.match_indices('#');
        let (offset, _) = signs.find(|(offset, _)| {
            let before = self.text.get(..*offset).unwrap_or_default();
            let is_apart = before.is_empty() || before.ends_with(char::is_whitespace);
            is_apart && quotes(before).is_none()
        })?;
        let (before, sign) = self.text.split_at_checked(offset)?;
        Some((before, sign.strip_prefix('#')?))
    }

    /// Whether a text of several lines begins behind it: `description: |`.
    fn begins_text(&self) -> bool {
        let text = self.comment().map_or(self.text, |(before, _)| before).trim_end();
        let text = text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
        let before = text.strip_suffix(['|', '>']).unwrap_or_default();
        self.has_content() && before.ends_with([' ', '\t']) && before.trim_end().ends_with([':', '-'])
    }
}

/// The quote that is open at the end of a piece of a line.
fn quotes(text: &str) -> Option<char> {
    let (mut open, mut last) = (None, ' ');
    for character in text.chars() {
        // In a text between single quotes, two of them are one.
        let begins =
            last.is_whitespace() || matches!(last, '[' | '{' | ',') || (last, character) == ('\'', '\'');
        match (character, open) {
            ('"' | '\'', None) if begins => open = Some(character),
            (quote, Some(own)) if quote == own && (quote == '\'' || last != '\\') => open = None,
            _ => {}
        }
        last = character;
    }
    open
}

/// The lines of a file. Those of a text of several lines have no comments.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut text_in: Option<usize> = None;
    for (number, text) in (1..).zip(text.lines()) {
        let line = Line { number, text };
        let is_inside = |indent: usize| text.trim().is_empty() || line.indent() > indent;
        if text_in.is_some_and(is_inside) {
            continue;
        }
        text_in = line.begins_text().then(|| line.indent());
        lines.push(line);
    }
    lines
}

fn comments(file: &str, text: &str) -> Vec<Comment> {
    let lines = lines(text);
    let mut comments = Vec::new();
    let mut begins = true;
    for (index, line) in lines.iter().enumerate() {
        if let Some((rest, column)) = line.allowance() {
            let from = index + usize::from(!line.has_content());
            let document = begins && !line.has_content();
            let scope = scope(lines.get(from..).unwrap_or_default(), document);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, what is found in its lines, and what is left and what is allowed of it, by line.
    struct Case {
        name: &'static str,
        text: &'static str,
        found: &'static [(&'static str, u32)],
        left: &'static [(&'static str, u32)],
    }

    const CASES: &[Case] = &[
        Case {
            name: "the element behind it, with all that is in it",
            text: "http:\n# mainsheet-allow odd: why\n- match:\n  - uri: a\n  route: b\n- match:\n",
            found: &[
                ("odd", 1),
                ("odd", 3),
                ("odd", 4),
                ("odd", 5),
                ("odd", 6),
                ("other", 4),
            ],
            left: &[("odd", 1), ("odd", 6), ("other", 4)],
        },
        Case {
            name: "a field whose list stands at the same indentation",
            text: "spec:\n  # mainsheet-allow odd: why\n  http:\n  - a\n  - b\n  tcp:\n  - c\n",
            found: &[("odd", 3), ("odd", 4), ("odd", 5), ("odd", 6), ("odd", 7)],
            left: &[("odd", 6), ("odd", 7)],
        },
        Case {
            name: "the end of a line is about that line and what is in it",
            text: "a: 1\nspec:\n  b: 2 # mainsheet-allow odd: why\n  c: 3\n",
            found: &[("odd", 2), ("odd", 3), ("odd", 4)],
            left: &[("odd", 2), ("odd", 4)],
        },
        Case {
            name: "the end of the first line is not the beginning of the document",
            text: "a: 1 # mainsheet-allow odd: why\nb: 2\n",
            found: &[("odd", 1), ("odd", 2)],
            left: &[("odd", 2)],
        },
        Case {
            name: "the whole document, and not the next one",
            text: "# rules\n# mainsheet-allow odd: why\na: 1\nb:\n  c: 2\n---\na: 1\n",
            found: &[("odd", 3), ("odd", 5), ("odd", 7)],
            left: &[("odd", 7)],
        },
        Case {
            name: "the whole second document",
            text: "a: 1\n---\n# mainsheet-allow odd: why\na: 1\nb: 2\n",
            found: &[("odd", 1), ("odd", 4), ("odd", 5)],
            left: &[("odd", 1)],
        },
        Case {
            name: "several codes",
            text: "a:\n  # mainsheet-allow odd, strange: why\n  b: 1\n",
            found: &[("odd", 3), ("strange", 3), ("other", 3)],
            left: &[("other", 3)],
        },
        Case {
            name: "the code of another tool",
            text: "a:\n  # mainsheet-allow IST0000: why\n  b: 1\n",
            found: &[("odd", 3), ("other", 3)],
            left: &[("other", 3)],
        },
        Case {
            name: "two comments about one element",
            text: "a:\n  # mainsheet-allow odd: why\n  # mainsheet-allow other: why\n  b: 1\n",
            found: &[("odd", 3), ("odd", 4), ("other", 4)],
            left: &[("odd", 3)],
        },
        Case {
            name: "no reason",
            text: "a:\n  # mainsheet-allow odd\n  b: 1\n",
            found: &[("odd", 3)],
            left: &[("odd", 3), ("allow-without-reason", 2)],
        },
        Case {
            name: "no code",
            text: "a:\n  # mainsheet-allow: because\n  b: 1\n",
            found: &[("odd", 3)],
            left: &[("odd", 3), ("allow-without-reason", 2)],
        },
        Case {
            name: "nothing to allow",
            text: "a:\n  # mainsheet-allow odd: why\n  b: 1\n",
            found: &[("odd", 1)],
            left: &[("odd", 1), ("allow-unused", 2)],
        },
        Case {
            name: "lines that end as on Windows",
            text: "a:\r\n  # mainsheet-allow odd: why\r\n  b: 1\r\n  c: 1\r\n",
            found: &[("odd", 3), ("odd", 4)],
            left: &[("odd", 4)],
        },
        Case {
            name: "a text of several lines has no comments",
            text: "a: |\n  # mainsheet-allow odd: why\n\n  b\nc: >-  # folded\n  # mainsheet-allow odd\nd: 1\n",
            found: &[("odd", 7)],
            left: &[("odd", 7)],
        },
        Case {
            name: "neither has a text in quotes",
            text: "a: \"b # mainsheet-allow odd: why\"\nc: 'it''s # mainsheet-allow odd: why'\n",
            found: &[("odd", 1)],
            left: &[("odd", 1)],
        },
        Case {
            name: "a sign in the value begins no comment",
            text: "a: b#c # mainsheet-allow odd: why\n",
            found: &[("odd", 1)],
            left: &[],
        },
        Case {
            name: "another word that begins alike",
            text: "# mainsheet-allowed odd: why\na: 1\n",
            found: &[("odd", 2)],
            left: &[("odd", 2)],
        },
        Case {
            name: "nothing behind it",
            text: "a: 1\n# mainsheet-allow odd: why\n",
            found: &[("odd", 1)],
            left: &[("odd", 1), ("allow-unused", 2)],
        },
    ];

    fn at(code: &str, line: u32) -> Diagnostic {
        let place = Location {
            file: "a.yaml".into(),
            line,
            column: 1,
        };
        let found = Diagnostic::warning(code, "");
        let found = if code == "odd" {
            found.alias("IST0000")
        } else {
            found
        };
        Diagnostic {
            location: Some(place),
            ..found
        }
    }

    #[test]
    fn comments_allow_what_they_are_about() {
        for case in CASES {
            let sources = crate::yaml::load([("a.yaml", case.text)]).sources;
            let found: Vec<Diagnostic> = case.found.iter().map(|(code, line)| at(code, *line)).collect();
            let judged = judge(found, &sources);
            let line = |finding: &Diagnostic| finding.location.as_ref().map_or(0, |place| place.line);
            let left = judged.findings.iter();
            let left: Vec<(&str, u32)> = left.map(|found| (found.code.as_str(), line(found))).collect();
            assert_eq!(left, case.left, "{}", case.name);
            assert!(
                judged.allowed.iter().all(|(_, reason)| reason == "why"),
                "{}",
                case.name
            );
            let complaints = left.iter().filter(|(code, _)| code.starts_with("allow-")).count();
            assert_eq!(
                left.len() - complaints + judged.allowed.len(),
                case.found.len(),
                "{}",
                case.name
            );
        }
    }

    #[test]
    fn a_comment_is_about_its_own_file() {
        let text = "# mainsheet-allow odd: why\na: 1\n";
        let sources = crate::yaml::load([("a.yaml", text), ("b.yaml", "a: 1\n")]).sources;
        let mut other = at("odd", 2);
        if let Some(place) = &mut other.location {
            place.file = "b.yaml".into();
        }
        let judged = judge(Vec::from([other]), &sources);
        assert_eq!(judged.allowed.len(), 0);
        assert_eq!(judged.findings.len(), 2);
    }
}
