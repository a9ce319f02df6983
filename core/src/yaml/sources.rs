//! The texts that were read, for positions and excerpts.

use std::fmt;

use crate::diagnostic::{Diagnostic, DocumentId, Location};
use crate::input::{Mark, Node, parse_path};

/// Files and the documents in them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<File>,
    documents: Vec<Document>,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    text: String,
}

#[derive(Clone, Debug)]
struct Document {
    file: usize,
    root: Node,
}

/// A line of a file, and the part of it that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snippet<'a> {
    /// The line without its end.
    pub text: &'a str,
    /// Its number, from 1.
    pub line: u32,
    /// First character of the part that is meant, from 1.
    pub column: u32,
    /// Length of that part in characters, at least 1.
    pub width: u32,
}

impl Sources {
    pub(super) fn add_file(&mut self, name: String, text: String) -> usize {
        self.files.push(File { name, text });
        self.files.len() - 1
    }

    pub(super) fn add_document(&mut self, file: usize, root: Node) -> DocumentId {
        let id = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
        self.documents.push(Document { file, root });
        DocumentId(id)
    }

    /// The tree of a document.
    #[must_use]
    pub fn root(&self, document: DocumentId) -> Option<&Node> {
        self.document(document).map(|document| &document.root)
    }

    fn document(&self, document: DocumentId) -> Option<&Document> {
        self.documents.get(usize::try_from(document.0).ok()?)
    }

    /// A position in the file of that document.
    pub(super) fn location(&self, document: DocumentId, mark: Mark) -> Option<Location> {
        let file = self.files.get(self.document(document)?.file)?;
        Some(Location {
            file: file.name.clone(),
            line: mark.line,
            column: mark.column,
        })
    }

    /// Where a field is written, or its nearest ancestor: a scalar or a list element where it begins, any other field
    /// at its name.
    #[must_use]
    pub fn locate(&self, document: DocumentId, path: &str) -> Option<Location> {
        let start = Mark { line: 1, column: 1 };
        let mark = self.root(document)?.locate(&parse_path(path)).unwrap_or(start);
        self.location(document, mark)
    }

    /// Fills in the location of findings that have none.
    pub fn resolve(&self, diagnostics: &mut [Diagnostic]) {
        for diagnostic in diagnostics {
            if diagnostic.location.is_none() {
                diagnostic.location = self.locate(diagnostic.document, &diagnostic.path);
            }
            for place in &mut diagnostic.related {
                place.location = self.locate(place.document, &place.path);
            }
        }
    }

    /// All files, by name, with their texts.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|file| (file.name.as_str(), file.text.as_str()))
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|candidate| candidate.name == file)
            .map(|file| file.text.as_str())
    }

    /// The line at a location, and the word on it that is meant.
    #[must_use]
    pub fn snippet(&self, location: &Location) -> Option<Snippet<'_>> {
        let skipped = usize::try_from(location.line.checked_sub(1)?).ok()?;
        let text = self.text(&location.file)?.lines().nth(skipped)?;
        let before = usize::try_from(location.column.checked_sub(1)?).ok()?;
        let rest: Vec<char> = text.chars().skip(before).collect();
        let is_in_flow = text.chars().take(before).any(|c| matches!(c, '{' | '['));
        let width = u32::try_from(word_width(&rest, is_in_flow)).unwrap_or(1);
        Some(Snippet {
            text,
            line: location.line,
            column: location.column,
            width,
        })
    }
}

/// The length of the name or value at the beginning. In `{}` and `[]` more ends a value than elsewhere.
fn word_width(rest: &[char], is_in_flow: bool) -> usize {
    let quoted = rest.first().filter(|first| matches!(first, '"' | '\''));
    let end = match quoted {
        Some(quote) => rest
            .iter()
            .skip(1)
            .position(|c| c == quote)
            .map(|position| position + 2),
        None => {
            let ends = |position: &usize| match rest.get(*position) {
                Some(':') => rest.get(position + 1).is_none_or(|next| next.is_whitespace()),
                Some(',' | '}' | ']') => is_in_flow,
                Some(' ') => rest.get(position + 1) == Some(&'#'),
                _ => false,
            };
            (0..rest.len()).find(ends)
        }
    };
    end.unwrap_or(rest.len()).max(1)
}

/// The line with the part that is meant underlined, as compilers show it.
impl fmt::Display for Snippet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let before = usize::try_from(self.column).unwrap_or(1).saturating_sub(1);
        // Tabs stay tabs, so that the marks stand below what they mark.
        let indent: String = self
            .text
            .chars()
            .take(before)
            .map(|c| if c == '\t' { c } else { ' ' })
            .collect();
        let marks = "^".repeat(usize::try_from(self.width).unwrap_or(1));
        write!(f, "{number} | {}\n{margin} | {indent}{marks}", self.text)
    }
}
