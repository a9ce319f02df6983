//! Lines with styles, as text for a terminal or as Markdown.

use anstyle::Style;
use terminal_size::{Width, terminal_size_of};

use crate::output::{BAD, BOLD, DIM, GOOD, NOTE, styled};

/// A part of a line.
#[derive(Clone, Debug)]
pub(super) struct Span {
    style: Option<Style>,
    text: String,
}

/// A line.
#[derive(Clone, Debug)]
enum Line {
    Title(Vec<Span>),
    Heading(String),
    Item(usize, Vec<Span>),
    Table(String),
}

/// Lines in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
}

/// Plain.
pub(super) fn plain(text: impl Into<String>) -> Span {
    Span {
        style: None,
        text: text.into(),
    }
}

/// In a style.
pub(super) fn span(style: Style, text: impl Into<String>) -> Span {
    Span {
        style: Some(style),
        text: text.into(),
    }
}

/// ✓ or ✗.
pub(super) fn mark(good: bool) -> Span {
    if good {
        span(GOOD, "✓ ")
    } else {
        span(BAD, "✗ ")
    }
}

/// A place, at the end of a line.
pub(super) fn place(place: Option<impl ToString>) -> Span {
    span(
        DIM,
        place
            .map(|place| format!("  {}", place.to_string()))
            .unwrap_or_default(),
    )
}

impl Page {
    /// What the page is about.
    pub(super) fn title(&mut self, spans: impl Into<Vec<Span>>) {
        self.lines.push(Line::Title(spans.into()));
    }

    /// A section.
    pub(super) fn heading(&mut self, text: &str) {
        self.lines.push(Line::Heading(text.to_owned()));
    }

    /// A line of a section, 0 for the outermost.
    pub(super) fn item(&mut self, level: usize, spans: impl Into<Vec<Span>>) {
        self.lines.push(Line::Item(level, spans.into()));
    }

    /// Columns that are not broken.
    pub(super) fn table(&mut self, text: String) {
        self.lines.push(Line::Table(text));
    }

    /// As text, with colours that vanish where there is no terminal; not wider than the terminal, if there is one.
    pub(super) fn text(&self, width: Option<usize>) -> String {
        let first = self
            .lines
            .iter()
            .position(|line| matches!(line, Line::Heading(_)));
        let is_below = |index: usize| first.is_some_and(|first| index > first);
        let lines = self.lines.iter().enumerate().map(|(index, line)| match line {
            Line::Title(spans) => wrapped(0, &shown(spans), width),
            Line::Heading(text) => format!("\n  {}", styled(BOLD, text)),
            Line::Item(level, spans) => wrapped(
                (level + 1 + usize::from(is_below(index))) * 2,
                &shown(spans),
                width,
            ),
            Line::Table(text) => text.trim_end().to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// As Markdown for an issue.
    pub(super) fn markdown(&self) -> String {
        let lines = self.lines.iter().map(|line| match line {
            Line::Title(spans) => format!("### {}\n", markdown(spans)),
            Line::Heading(text) => format!("\n**{text}**\n"),
            Line::Item(level, spans) => format!("{}- {}", "  ".repeat(*level), markdown(spans)),
            Line::Table(text) => format!("```\n{}\n```", text.trim_end()),
        });
        lines.collect::<Vec<_>>().join("\n").trim().to_owned()
    }
}

fn shown(spans: &[Span]) -> String {
    let shown = spans.iter().map(|span| match span.style {
        Some(style) if !span.text.is_empty() => styled(style, &span.text),
        _ => span.text.clone(),
    });
    shown.collect()
}

fn wrapped(indent: usize, text: &str, width: Option<usize>) -> String {
    let first = " ".repeat(indent);
    let Some(width) = width else {
        return format!("{first}{}", text.trim_end());
    };
    let next = " ".repeat(indent + 2);
    let options = textwrap::Options::new(width.max(indent + 20))
        .initial_indent(&first)
        .subsequent_indent(&next);
    // A name is not broken, as it could not be copied then.
    let options = options
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text.trim_end(), options)
}

fn markdown(spans: &[Span]) -> String {
    let shown = spans.iter().map(|span| match span.style {
        Some(style) if style == BOLD && !span.text.is_empty() => format!("**{}**", escaped(&span.text)),
        Some(style) if style == DIM && is_code(&span.text) => format!(" `{}` ", span.text.trim()),
        _ => escaped(&span.text),
    });
    shown.collect::<String>().trim().to_owned()
}

/// Places and times, not signs.
fn is_code(text: &str) -> bool {
    text.trim().chars().count() > 1
}

/// What would change the looks; not within code.
fn escaped(text: &str) -> String {
    let mut is_code = false;
    let mut out = String::new();
    for c in text.chars() {
        is_code ^= c == '`';
        if !is_code && "*_<>\\|#".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The width of the terminal that the answer goes to.
pub(super) fn terminal_width() -> Option<usize> {
    let (Width(width), _) = terminal_size_of(std::io::stdout())?;
    Some(width.into())
}

/// For hints.
pub(super) const HINT: Style = NOTE;

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let mut page = Page::default();
        page.title([span(BOLD, "GET a_b"), span(DIM, "  here")]);
        page.heading("Why");
        page.item(
            0,
            [
                mark(false),
                plain("a long line that has to be broken somewhere, says `x_y`"),
            ],
        );
        page
    }

    #[test]
    fn lines_are_broken_at_the_width_and_colours_do_not_count() {
        let text = anstream::adapter::strip_str(&page().text(Some(40))).to_string();
        let expected =
            "GET a_b  here\n\n  Why\n    ✗ a long line that has to be broken\n      somewhere, says `x_y`";
        assert_eq!(text, expected);
    }

    #[test]
    fn markdown_is_escaped_but_within_code() {
        let expected = "### **GET a\\_b** `here`\n\n\n**Why**\n\n- ✗ a long line that has to be broken somewhere, says `x_y`";
        assert_eq!(page().markdown(), expected);
    }
}
