//! `docs/fields.md` is what the list says.

use std::fmt::Write;

use expect_test::expect_file;
use mainsheet_core::fields::{Becomes, Enforcement, KINDS, MESSAGES, Row};

/// The page around the tables.
const TEMPLATE: &str = include_str!("fields.md");

#[test]
fn the_page_is_what_the_list_says() {
    let page = TEMPLATE
        .replace("{marks}\n", &marks())
        .replace("{kinds}\n", &kinds())
        .replace("{messages}\n", &messages());
    expect_file!["../../../docs/fields.md"].assert_eq(&page);
}

fn marks() -> String {
    let mut text = String::new();
    for enforcement in Enforcement::ALL {
        writeln!(text, "| **{}** | {} |", enforcement.mark(), enforcement.meaning()).unwrap();
    }
    text
}

fn kinds() -> String {
    let mut text = String::new();
    for kind in KINDS {
        write!(text, "\n## {}\n\n", kind.name).unwrap();
        if !kind.about.is_empty() {
            write!(text, "{}\n\n", kind.about).unwrap();
        }
        text.push_str(&table(kind.rows));
    }
    text
}

fn messages() -> String {
    let mut text = String::new();
    for message in MESSAGES {
        write!(text, "\n### Message {}\n\n{}", message.name, table(message.rows)).unwrap();
    }
    text
}

/// One line for each row; neighbours of which there is the same to say share one.
fn table(rows: &[Row]) -> String {
    let mut text = "| field | | |\n| --- | --- | --- |\n".to_owned();
    for group in rows.chunk_by(goes_with) {
        let (first, others) = group.split_first().unwrap();
        let mut names = format!("`{}`", first.path);
        for row in others {
            write!(names, ", `{}`", last_name(row.path)).unwrap();
        }
        writeln!(text, "| {names} | {} | {} |", mark(first), note(first)).unwrap();
    }
    text
}

fn goes_with(one: &Row, other: &Row) -> bool {
    parent(one.path) == parent(other.path) && (mark(one), note(one)) == (mark(other), note(other))
}

fn parent(path: &str) -> &str {
    path.strip_suffix(last_name(path)).unwrap()
}

fn last_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap()
}

fn mark(row: &Row) -> String {
    match row.becomes {
        Becomes::One(enforcement) => enforcement.mark().to_owned(),
        Becomes::Message(message) => format!(
            "as [{}](#message-{})",
            message.name,
            message.name.to_ascii_lowercase()
        ),
    }
}

fn note(row: &Row) -> String {
    let mut parts = Vec::from_iter((!row.note.is_empty()).then(|| row.note.to_owned()));
    if !row.harmless.is_empty() {
        parts.push(format!("no warning of `{}`", row.harmless.join("`, `")));
    }
    parts.join("; ")
}
