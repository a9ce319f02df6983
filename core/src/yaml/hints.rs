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
        let line = line_of(text, number);
        if let Some((column, help)) = slip(line, info) {
            diagnostic = diagnostic.help(help);
            place = Mark { line: number, column };
            break;
        }
    }
    if diagnostic.help.is_none() {
        let line = line_of(text, mark.line);
        if let Some((at, help)) = structure(line, mark.column, info) {
            diagnostic = diagnostic.help(help);
            place.column = at;
        }
    }
    Finding {
        diagnostic,
        mark: Some(place),
    }
}

fn line_of(text: &str, number: u32) -> &str {
    let skipped = number
        .checked_sub(1)
        .and_then(|skipped| usize::try_from(skipped).ok());
    skipped
        .and_then(|skipped| text.lines().nth(skipped))
        .unwrap_or_default()
}

/// What is wrong around this line: the column that is meant, and what to look for.
fn structure(line: &str, at: u32, info: &str) -> Option<(u32, &'static str)> {
    let begins = column(line, line.len() - line.trim_start().len());
    if info.contains("bracket") || info.contains("flow") {
        return Some((at, "every `{` and `[` has to be closed by its own `}` and `]`"));
    }
    if info.contains("mapping values are not allowed") {
        let help = "check the indentation: this is deeper than the text above it, and belongs to no field";
        return Some((begins, help));
    }
    let help = "check the indentation: fields of one mapping begin in the same column";
    info.contains("block").then_some((at, help))
}

/// The slip on this line, if it is a known one: where, and what to write instead.
fn slip(line: &str, info: &str) -> Option<(u32, String)> {
    template(line)
        .or_else(|| conflict(line))
        .or_else(|| tab(line))
        .or_else(|| open_quote(line, info))
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

/// `<<<<<<< HEAD`
fn conflict(line: &str) -> Option<(u32, String)> {
    let mut marks = ["<<<<<<<", "=======", ">>>>>>>"].into_iter();
    let found = marks.find(|mark| line.trim_start().starts_with(mark))?;
    let help = "two versions were merged here, and nobody has chosen: keep one of them, and remove the marks";
    Some((column(line, line.find(found)?), help.to_owned()))
}

/// `prefix: "/reviews`
fn open_quote(line: &str, info: &str) -> Option<(u32, String)> {
    let is_about_quotes = info.contains("quote");
    let offset = ['"', '\'']
        .into_iter()
        .filter(|quote| line.matches(*quote).count() == 1)
        .find_map(|quote| line.find(quote))?;
    let begins_value = line
        .get(..offset)?
        .trim_end()
        .ends_with([':', '-', '[', ',', '{']);
    let help = "this quote is not closed on the line: write it at the end of the text too";
    (is_about_quotes && begins_value).then(|| (column(line, offset), help.to_owned()))
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
    let name = value.trim_start_matches('*');
    let is_alias = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let help = match is_alias {
        true => {
            format!("no `&{name}` stands before this; a text with `*` at its beginning has to be in quotes")
        }
        false => format!("a `*` at the beginning has to be in quotes: write `\"{value}\"`"),
    };
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
