//! YAML text to trees.

use std::collections::{BTreeSet, HashMap};

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::{hints, plain};
use crate::diagnostic::Diagnostic;
use crate::input::{Entry, Finding, MAX_DEPTH, Mark, Node, TooDeep, Value};

/// How many nodes aliases may add to a document. A few short lines can stand for billions.
const MAX_ALIASED: usize = 100_000;

/// One document of a text.
pub(super) struct Document {
    /// Its tree; empty if it cannot be read.
    pub(super) root: Node,
    /// What is wrong with its notation.
    pub(super) findings: Vec<Finding>,
}

/// Reads all documents of a text. After one that cannot be read, the next `---` counts.
pub(super) fn read(text: &str) -> Vec<Document> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new_from_str(text);
    let mut documents = Vec::new();
    let mut builder = Builder {
        text,
        ..Builder::default()
    };
    while let Some(next) = parser.next() {
        let step = match next {
            Ok((Event::DocumentStart(..), _)) => {
                builder = Builder {
                    text,
                    ..Builder::default()
                };
                Ok(())
            }
            Ok((Event::DocumentEnd, _)) => {
                documents.push(std::mem::take(&mut builder).finish());
                Ok(())
            }
            Ok((event, span)) => builder.event(event, span),
            Err(error) => Err(Box::new(hints::syntax_error(
                text,
                mark(*error.marker()),
                &error.info(),
            ))),
        };
        if let Err(finding) = step {
            documents.push(std::mem::take(&mut builder).abandon(*finding));
            if !matches!(parser.proceed_next_document(), Ok(true)) {
                break;
            }
        }
    }
    documents
}

fn mark(marker: Marker) -> Mark {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Mark {
        line: number(marker.line()),
        column: number(marker.col()).saturating_add(1),
    }
}

/// A list or mapping that has not ended yet.
enum Frame {
    Seq {
        items: Vec<Node>,
        mark: Mark,
        anchor: usize,
    },
    Map {
        fields: Fields,
        mark: Mark,
        anchor: usize,
    },
}

/// The fields of a mapping that has not ended yet.
#[derive(Default)]
struct Fields {
    entries: Vec<Entry>,
    names: BTreeSet<String>,
    /// Whether a second object was found in this one.
    joined: bool,
    /// The name that waits for its value.
    pending: Option<(String, Option<Mark>)>,
}

/// Builds the tree of one document.
#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl Builder<'_> {
    /// Takes the next event. An error means that the rest of the document cannot be read.
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Finding>> {
        let mark = mark(span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                // A value that is not there has no length; where it would stand is no help to anyone.
                let empty = span.start.index() == span.end.index();
                self.add(
                    Node {
                        value,
                        mark: (!empty).then_some(mark),
                    },
                    anchor,
                );
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(
                    Frame::Seq {
                        items: Vec::new(),
                        mark,
                        anchor,
                    },
                    mark,
                )?;
            }
            Event::MappingStart(_, anchor, _) => {
                self.open(
                    Frame::Map {
                        fields: Fields::default(),
                        mark,
                        anchor,
                    },
                    mark,
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, mark)?,
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, frame: Frame, mark: Mark) -> Result<(), Box<Finding>> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Box::new(Finding {
                diagnostic: TooDeep.into(),
                mark: Some(mark),
            }));
        }
        self.frames.push(frame);
        Ok(())
    }

    fn close(&mut self) {
        match self.frames.pop() {
            Some(Frame::Seq { items, mark, anchor }) => {
                self.add(
                    Node {
                        value: Value::Seq(items),
                        mark: Some(mark),
                    },
                    anchor,
                );
            }
            Some(Frame::Map { fields, mark, anchor }) => {
                let value = match self.text_with_colon(&fields, mark) {
                    Some(text) => Value::String(text),
                    None => Value::Map(merged(fields.entries)),
                };
                self.add(
                    Node {
                        value,
                        mark: Some(mark),
                    },
                    anchor,
                );
            }
            None => {}
        }
    }

    /// `[2001:db8::]` is a list of a text for Kubernetes, where YAML 1.2 sees a name without a value.
    fn text_with_colon(&self, fields: &Fields, mark: Mark) -> Option<String> {
        let [Entry { key, key_mark, value }] = fields.entries.as_slice() else {
            return None;
        };
        if *key_mark != Some(mark) || value.value != Value::Null || value.mark.is_some() {
            return None;
        }
        let line = self
            .text
            .lines()
            .nth(usize::try_from(mark.line).ok()?.checked_sub(1)?)?;
        let before = usize::try_from(mark.column).ok()?.checked_sub(1)?;
        let (start, _) = line.char_indices().nth(before)?;
        let rest = line.get(start..)?.strip_prefix(key.as_str())?.strip_prefix(':')?;
        rest.starts_with([',', ']']).then(|| format!("{key}:"))
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<(), Box<Finding>> {
        let mut node = self.anchors.get(&anchor).cloned().unwrap_or(Node {
            value: Value::Null,
            mark: None,
        });
        node.mark = Some(mark);
        self.aliased = self.aliased.saturating_add(size(&node));
        if self.aliased > MAX_ALIASED {
            let message = format!("the aliases of this document stand for more than {MAX_ALIASED} values");
            let diagnostic =
                Diagnostic::error("too-many-aliases", message).help("write fewer of them, or split the file");
            return Err(Box::new(Finding {
                diagnostic,
                mark: Some(mark),
            }));
        }
        self.add(node, 0);
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let at_root = self.frames.len() == 1;
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some(Frame::Seq { items, .. }) => items.push(node),
            Some(Frame::Map { fields, .. }) => self.findings.extend(fields.add(node, at_root)),
        }
    }

    fn finish(mut self) -> Document {
        hints::templates(self.text, &mut self.findings);
        if self
            .findings
            .iter()
            .any(|finding| finding.diagnostic.code == hints::COMPLEX_KEY)
        {
            // Most likely a template: what follows from it would only be noise.
            self.root = None;
        }
        Document {
            root: self.root.unwrap_or(Node {
                value: Value::Null,
                mark: None,
            }),
            findings: self.findings,
        }
    }

    fn abandon(mut self, finding: Finding) -> Document {
        self.findings.push(finding);
        Document {
            root: Node {
                value: Value::Null,
                mark: None,
            },
            findings: self.findings,
        }
    }
}

impl Fields {
    /// Takes a name or the value of the name before.
    fn add(&mut self, node: Node, at_root: bool) -> Option<Finding> {
        let Some((key, key_mark)) = self.pending.take() else {
            let name = node.scalar_text().map(str::to_owned);
            let complex = matches!(node.value, Value::Seq(_) | Value::Map(_));
            self.pending = Some((name.unwrap_or_default(), node.mark));
            return complex.then(|| hints::complex_key(node.mark));
        };
        if self.names.contains(&key) {
            let joined = at_root && hints::ENVELOPE.contains(&key.as_str());
            // One finding for two objects in one document is enough.
            let known = self.joined;
            self.joined |= joined;
            return (!joined || !known).then(|| hints::duplicate_key(&key, key_mark, joined));
        }
        self.names.insert(key.clone());
        self.entries.push(Entry {
            key,
            key_mark,
            value: node,
        });
        None
    }
}

/// The entries with those of `<<` added, unless they are there already.
fn merged(mut entries: Vec<Entry>) -> Vec<Entry> {
    let Some(position) = entries.iter().position(|entry| entry.key == "<<") else {
        return entries;
    };
    let merge = entries.remove(position);
    let sources = match merge.value.value {
        Value::Seq(items) => items,
        _ => vec![merge.value],
    };
    for source in sources {
        let Value::Map(inherited) = source.value else {
            continue;
        };
        for entry in inherited {
            if entries.iter().all(|own| own.key != entry.key) {
                entries.push(entry);
            }
        }
    }
    entries
}

/// The number of nodes in a tree.
fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Seq(items) => items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
        _ => 0,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    match (tag.and_then(Tag::core_suffix), tag, style) {
        (Some("int" | "float" | "bool" | "null"), _, _) | (None, None, ScalarStyle::Plain) => {
            plain::resolve(text)
        }
        _ => Value::String(text.to_owned()),
    }
}
