//! What becomes of the path.

use alloc::format;
use alloc::string::String;

use serde_json::{Map, Value, json};

use super::object;
use crate::action::{PathRewrite, RegexRewrite};
use crate::matcher::PathMatcher;

/// `prefix_rewrite` or `regex_rewrite`, which routes and redirects spell alike, of a path that satisfies
/// `matcher`.
pub(super) fn rewrite(rewrite: &PathRewrite, matcher: &PathMatcher) -> Map<String, Value> {
    object(match (rewrite, matcher) {
        (PathRewrite::Prefix(replacement), _) => json!({"prefix_rewrite": replacement}),
        (PathRewrite::Regex(regex), _) => written(regex),
        (PathRewrite::Segments(replacement), PathMatcher::Segments { prefix }) if replacement.is_empty() => {
            // Envoy takes an empty text for none. Source: Istio `applyHTTPRouteDestination`.
            regex(&format!("^{}(/?)(.*)", literal(prefix)), "/\\2")
        }
        // The prefix of every path has no segment, so the `/` after it has to stay.
        (PathRewrite::Segments(replacement), PathMatcher::Prefix { .. }) if !replacement.is_empty() => regex(
            "^/?((?:/.+)?)/?$",
            &format!("{}\\1", replacement.replace('\\', "\\\\")),
        ),
        (PathRewrite::Segments(replacement), _) => {
            json!({"prefix_rewrite": if replacement.is_empty() { "/" } else { replacement }})
        }
    })
}

fn written(rewrite: &RegexRewrite) -> Value {
    regex(rewrite.pattern(), rewrite.substitution())
}

fn regex(pattern: &str, substitution: &str) -> Value {
    json!({"regex_rewrite": {"pattern": {"regex": pattern}, "substitution": substitution}})
}

/// A pattern for a text as it is.
fn literal(text: &str) -> String {
    regex_syntax::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// What Envoy makes of a path: it replaces every match, and a prefix by its length.
    fn by_envoy(rewritten: &Map<String, Value>, matcher: &PathMatcher, path: &str) -> String {
        if let Some(prefix) = rewritten.get("prefix_rewrite") {
            let as_prefix = PathRewrite::Prefix(prefix.as_str().unwrap().to_string());
            return String::from_utf8(as_prefix.rewrite(matcher, path.as_bytes()).into_owned()).unwrap();
        }
        let regex = &rewritten["regex_rewrite"];
        let (pattern, substitution) = (&regex["pattern"]["regex"], &regex["substitution"]);
        let regex = RegexRewrite::new(pattern.as_str().unwrap(), substitution.as_str().unwrap()).unwrap();
        let rewritten = PathRewrite::Regex(regex);
        String::from_utf8(rewritten.rewrite(matcher, path.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn segments_are_replaced_as_the_table_does() {
        let segments = PathMatcher::Segments {
            prefix: "/a.b".into(),
        };
        for (matcher, paths) in [
            (&segments, &["/a.b", "/a.b/", "/a.b/c", "/a.b/c/"][..]),
            (&PathMatcher::any(), &["/", "/c", "/c/", "/c/d"]),
        ] {
            for replacement in ["", "/n", "/n/m", "/n\\1"] {
                let table = PathRewrite::Segments(replacement.into());
                let native = rewrite(&table, matcher);
                for path in paths {
                    let expected = table.rewrite(matcher, path.as_bytes());
                    assert_eq!(
                        by_envoy(&native, matcher, path).as_bytes(),
                        &*expected,
                        "{path} to {replacement:?}: {native:?}"
                    );
                }
            }
        }
    }
}
