//! What to say about the slips that are common in YAML.

use crate::diagnostic::Diagnostic;
use crate::input::{Finding, Mark};

/// Fields that every resource has once.
pub(super) const ENVELOPE: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

/// Code of the finding about names that are no texts.
pub(super) const COMPLEX_KEY: &str = "complex-key";

/// A text that the parser gives up on.
pub(super) fn syntax_error(text: &str, mark: Mark, info: &str) -> Finding {
    let mut diagnostic = Diagnostic::error("syntax", format!("this is not YAML: {info}"));
    let mut place = mark;
    // The parser often notices on the line after.
    for back in 0..3 {
        let Some(number) = mark.line.checked_sub(back).filter(|number| *number > 0) else {
            break;
        };
        let line = usize::try_from(number - 1)
            .ok()
            .and_then(|skipped| text.lines().nth(skipped))
            .unwrap_or("");
        if let Some((column, help)) = slip(line, info) {
            diagnostic = diagnostic.help(help);
            place = Mark { line: number, column };
            break;
        }
    }
    if diagnostic.help.is_none() && info.contains("block") {
        let help = "check the indentation: fields of one mapping begin in the same column";
        diagnostic = diagnostic.help(help);
    }
    Finding {
        diagnostic,
        mark: Some(place),
    }
}

/// The slip on this line, if it is a known one: where, and what to write instead.
fn slip(line: &str, info: &str) -> Option<(u32, String)> {
    template(line)
        .or_else(|| tab(line))
        .or_else(|| missing_blank(line))
        .or_else(|| unquoted_star(line))
        .or_else(|| colon_in_value(line, info))
}

fn column(line: &str, offset: usize) -> u32 {
    let before = line.get(..offset).map_or(0, |before| before.chars().count());
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

/// `{{ .Values.host }}`
fn template(line: &str) -> Option<(u32, String)> {
    let offset = line.find("{{")?;
    let help = "this is a template: render it first (`helm template`, `gomplate`), and load the result";
    Some((column(line, offset), help.to_owned()))
}

/// Tabs in the indentation.
fn tab(line: &str) -> Option<(u32, String)> {
    let indent_end = line.find(|c: char| !c.is_whitespace()).unwrap_or(line.len());
    let offset = line.get(..indent_end)?.find('\t')?;
    Some((
        column(line, offset),
        "indent with blanks: YAML does not allow tabs here".to_owned(),
    ))
}

/// `kind:Gateway`
fn missing_blank(line: &str) -> Option<(u32, String)> {
    let content = line.trim_start().trim_start_matches("- ").trim();
    let (name, value) = content.split_once(':')?;
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let is_value = value.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '/' | ':'));
    if !is_name || !is_value {
        return None;
    }
    let offset = line.find(content)?;
    Some((
        column(line, offset),
        format!("a blank is missing after the colon: write `{name}: {value}`"),
    ))
}

/// `- *.example.com`
fn unquoted_star(line: &str) -> Option<(u32, String)> {
    let offset = line.find('*')?;
    let (before, from_star) = line.split_at_checked(offset)?;
    let begins_value = before.trim_end().ends_with(['-', ':', '[', ',']);
    let value = from_star.split([' ', ',', ']']).next()?;
    let help = format!("a `*` at the beginning has to be in quotes: write `\"{value}\"`");
    begins_value.then(|| (column(line, offset), help))
}

/// `message: a: b`
fn colon_in_value(line: &str, info: &str) -> Option<(u32, String)> {
    let (name, value) = line.split_once(": ")?;
    let quoted = value.trim_start().starts_with(['"', '\'', '{', '[', '|', '>']);
    if quoted || !value.contains(": ") || !info.contains("mapping") {
        return None;
    }
    let help = format!(
        "a text with a colon has to be in quotes: write `{}: \"{}\"`",
        name.trim(),
        value.trim()
    );
    Some((column(line, name.len() + 2), help))
}

/// A list or mapping in place of a name: `{{ x }}` reads as that.
pub(super) fn complex_key(mark: Option<Mark>) -> Finding {
    let diagnostic = Diagnostic::error(
        "complex-key",
        "the name of a field has to be a text, not a list or mapping",
    );
    Finding { diagnostic, mark }
}

/// Adds the remedy for templates where one was read as a mapping.
pub(super) fn templates(text: &str, findings: &mut [Finding]) {
    for finding in findings
        .iter_mut()
        .filter(|finding| finding.diagnostic.code == COMPLEX_KEY)
    {
        let line = finding
            .mark
            .and_then(|mark| usize::try_from(mark.line).ok())
            .and_then(|line| line.checked_sub(1));
        let help = line
            .and_then(|skipped| text.lines().nth(skipped))
            .and_then(template);
        if let Some((column, help)) = help {
            finding.diagnostic.help = Some(help);
            finding.mark = finding.mark.map(|mark| Mark { column, ..mark });
        }
    }
}

/// A field that is written twice; with `joined`, two objects run into each other.
pub(super) fn duplicate_key(key: &str, mark: Option<Mark>, joined: bool) -> Finding {
    let diagnostic = Diagnostic::error("duplicate-key", format!("the field `{key}` is written twice"));
    let help = match joined {
        true => "if a second object begins here, put a line `---` before it",
        false => "keep one of them",
    };
    Finding {
        diagnostic: diagnostic.help(help),
        mark,
    }
}
