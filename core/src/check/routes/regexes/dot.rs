//! Dots between words, which stand for any character: `example.com` matches `examplescom` too.

use alloc::format;
use alloc::string::String;

use super::Pattern;
use crate::check::routes::written::Written;
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn finding(written: &Written<'_>, pattern: &Pattern<'_>) -> Option<Diagnostic> {
    let (word, dotless) = dotted(pattern.text)?;
    let message = format!("the dot of {word} stands for any character: {dotless} matches too");
    let escaped = word.replace('.', r"\.");
    let found = written.found(Severity::Info, "regex-unescaped-dot", &pattern.behind, message);
    Some(found.help(format!(r"write {escaped}")))
}

/// The first name with a plain dot in it, and what else it matches. One that is repeated is meant as it is.
fn dotted(text: &str) -> Option<(&str, String)> {
    let (mut start, mut in_class, mut escaped) = (0, false, false);
    for (position, character) in text.char_indices() {
        let is_name = character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        if escaped || in_class || !is_name {
            let word = text.get(start..position).unwrap_or_default();
            if let Some(found) = name(word, Some(character)).filter(|_| !escaped && !in_class) {
                return Some(found);
            }
            start = position + character.len_utf8();
        }
        let was_escaped = core::mem::take(&mut escaped);
        if was_escaped {
            continue;
        }
        match character {
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
    }
    name(text.get(start..)?, None).filter(|_| !in_class)
}

/// `word.word`, both of at least two characters, and one of them of letters. Dots at its ends belong to others.
fn name(written: &str, next: Option<char>) -> Option<(&str, String)> {
    let quantified = matches!(next, Some('*' | '+' | '?' | '{')) && !written.ends_with('.');
    let word = written.trim_matches('.');
    let mut parts = word.split('.');
    let all_words = parts.clone().all(|part| part.len() >= 2);
    let letters = parts.any(|part| part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_name = word.contains('.') && all_words && letters && !quantified;
    is_name.then(|| (word, word.replacen('.', "-", 1)))
}
