//! `uri`: what is particular about paths.

use alloc::format;
use alloc::string::{String, ToString};

use super::value::{self, Near, Pattern};
use super::{Hint, HintCode, RequestEdit};
use crate::matcher::{PathMatcher, StringMatcher};
use crate::normalize::normalize;
use crate::request::Request;
use crate::resources::mesh_config::NormalizationType;
use crate::trace::text;

/// What stands in the way of a path.
pub(super) fn hint(matcher: &PathMatcher, request: &Request<'_>) -> Hint {
    let path = text(request.path);
    if let Some(hint) = particular(matcher, &path) {
        return hint;
    }
    let near = match matcher {
        PathMatcher::Exact { path: text, .. } => value::near(&StringMatcher::Exact(text.clone()), &path),
        PathMatcher::Prefix { prefix, .. } => value::near(&StringMatcher::Prefix(prefix.clone()), &path),
        PathMatcher::Regex(regex) => value::near(&StringMatcher::Regex(regex.clone()), &path),
        PathMatcher::Segments { prefix } => segments(prefix, &path),
    };
    let near = Near {
        why: format!("path `{path}` {}", near.why),
        ..near
    };
    Hint::of_value(near, RequestEdit::Path, "uri")
}

/// The Gateway API's prefix.
fn segments(prefix: &str, path: &str) -> Near {
    if path.starts_with(prefix) {
        return Near {
            code: HintCode::WholeSegments,
            why: format!("goes on after `{prefix}` without a `/`"),
            value: Some(prefix.into()),
            rule: None,
        };
    }
    Near {
        rule: None,
        ..value::near(&StringMatcher::Prefix(prefix.into()), path)
    }
}

fn particular(matcher: &PathMatcher, path: &str) -> Option<Hint> {
    let (written, exact, ignore_case) = match matcher {
        PathMatcher::Exact { path, ignore_case } => (&**path, true, *ignore_case),
        PathMatcher::Prefix { prefix, ignore_case } => (&**prefix, false, *ignore_case),
        PathMatcher::Regex(regex) => return query_in_regex(regex.as_str(), path),
        PathMatcher::Segments { .. } => return None,
    };
    let pattern = |text: &str| {
        if exact {
            Pattern::Exact(text.into())
        } else {
            Pattern::Prefix(text.into())
        }
    };
    let rule = |text: &str| pattern(text).taking(path).map(|rule| format!("uri: {rule}"));
    let hint = |code, why: String, rule| {
        Some(Hint {
            code,
            why,
            request: Some(RequestEdit::Path(written.to_string())),
            rule,
        })
    };
    if let Some((before, _)) = written
        .split_once('?')
        .filter(|(before, _)| rule(before).is_some())
    {
        let why = format!(
            "the rule's `{written}` has a query, and `uri` is compared without: ask in `queryParams`"
        );
        return hint(HintCode::QueryInUri, why, rule(before));
    }
    if !written.starts_with('/') && !written.is_empty() {
        let why = format!("the rule's `{written}` does not begin with `/`, as every path does");
        return hint(HintCode::LeadingSlash, why, rule(&format!("/{written}")));
    }
    if !exact && written.strip_suffix('/') == Some(path) {
        let why = format!("path `{path}` has no `/` at its end, as prefix `{written}` asks");
        return hint(
            HintCode::TrailingSlash,
            why,
            Some(format!("uri: {}", Pattern::Exact(path.into()))),
        );
    }
    if exact && path.trim_end_matches('/') == written.trim_end_matches('/') {
        let why = format!("path `{path}` differs from `{written}` by a `/` at the end");
        return hint(HintCode::TrailingSlash, why, rule(path));
    }
    let same_case = if exact {
        path.len() == written.len()
    } else {
        path.len() >= written.len()
    };
    let start = path.get(..written.len()).unwrap_or_default();
    if !ignore_case && same_case && start.eq_ignore_ascii_case(written) {
        let why = format!("path `{path}` differs from `{written}` in case only");
        return hint(HintCode::Case, why, Some("ignoreUriCase: true".into()));
    }
    spelled_otherwise(written, path, &pattern).and_then(|(code, why, rule)| hint(code, why, rule))
}

/// `//`, and percent signs for characters that need none.
fn spelled_otherwise(
    written: &str,
    path: &str,
    pattern: &impl Fn(&str) -> Pattern,
) -> Option<(HintCode, String, Option<String>)> {
    let merged = normalize(path.as_bytes(), NormalizationType::MergeSlashes).map(|merged| text(&merged));
    let merged = merged.filter(|merged| merged != path);
    if merged.is_some_and(|merged| pattern(written).taking(&merged).is_some()) {
        let why = format!(
            "path `{path}` has `//`, which only `pathNormalization: MERGE_SLASHES` of the mesh makes one"
        );
        return Some((HintCode::DoubleSlash, why, None));
    }
    let decoded =
        normalize(written.as_bytes(), NormalizationType::DecodeAndMergeSlashes).map(|decoded| text(&decoded));
    let decoded = decoded.filter(|decoded| decoded != written)?;
    let rule = pattern(&decoded).taking(path)?;
    let why = format!("path `{path}` is compared decoded, and the rule's `{written}` is not");
    Some((HintCode::Encoded, why, Some(format!("uri: {rule}"))))
}

fn query_in_regex(pattern: &str, path: &str) -> Option<Hint> {
    let (before, _) = pattern.split_once("\\?")?;
    let rule = Pattern::Regex(before.into()).taking(path)?;
    Some(Hint {
        code: HintCode::QueryInUri,
        why: format!(
            "the rule's `{pattern}` has a query, and `uri` is compared without: ask in `queryParams`"
        ),
        request: None,
        rule: Some(format!("uri: {rule}")),
    })
}
