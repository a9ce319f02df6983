//! Whether a test holds, and why istio-config-validator may say otherwise.

use mainsheet_core::cases::Difference;
use mainsheet_core::diagnostic::Location;
use mainsheet_core::resources::virtual_service::{HTTPMatchRequest, HTTPRoute};
use mainsheet_core::resources::{Object, VirtualService};
use mainsheet_core::view::DecisionView;
use serde::Serialize;

use super::oracle::{self, Taken};
use super::{Icv, Input};
use crate::test::plan::Ready;

/// Adds what does not hold, and what istio-config-validator makes of the same test where it differs.
pub(in crate::test) fn judge(
    icv: &Icv,
    ready: &Ready,
    view: &DecisionView,
    differences: &mut Vec<Difference>,
    notes: &mut Vec<String>,
) {
    let services = &ready.loaded.bundle.virtual_services;
    let source = view.source.as_ref();
    let own = source.and_then(|source| {
        let object = services.iter().find(|object| {
            object.metadata.namespace == source.namespace && object.metadata.name == source.name
        })?;
        let mut numbers = source.path.split('[').skip(1);
        let index: usize = numbers.next()?.split(']').next()?.parse().ok()?;
        Some((object, index, object.spec.http.get(index)?))
    });
    let delegate = own.map(|(object, _, _)| object);
    let found = compare(icv, own.map(|(_, _, rule)| rule), delegate);
    let theirs = oracle::take(services, &icv.input);
    let followed = theirs.map(|taken| follow(taken, services, icv));
    let their_differences = compare(
        icv,
        followed.map(|taken| taken.rule),
        followed.map(|taken| taken.object),
    );
    if found.is_empty() != their_differences.is_empty() {
        let word = if their_differences.is_empty() {
            "passes"
        } else {
            "fails"
        };
        let reason = reason(
            followed,
            own.map(|(object, index, _)| (object, index)),
            &icv.input,
            ready,
        );
        notes.push(format!("istio-config-validator {word} this test: {reason}"));
    }
    differences.extend(found);
}

/// The rule of the delegate in place of the one that delegates.
fn follow<'r>(taken: Taken<'r>, services: &'r [Object<VirtualService>], icv: &Icv) -> Taken<'r> {
    let Some(delegate) = &taken.rule.delegate else {
        return taken;
    };
    let object = services.iter().find(|object| {
        object.metadata.name == delegate.name
            && (delegate.namespace.is_empty() || object.metadata.namespace == delegate.namespace)
    });
    object
        .and_then(|object| oracle::first(object, &icv.input))
        .unwrap_or(taken)
}

/// Compares the rule that is taken with everything that the test says.
fn compare(icv: &Icv, rule: Option<&HTTPRoute>, object: Option<&Object<VirtualService>>) -> Vec<Difference> {
    let case = &icv.case;
    let mut all = Vec::new();
    let mut check = |field: &str, holds: bool, expected: String, got: String| {
        if holds != case.want_match {
            let not = if case.want_match { "" } else { "anything but " };
            all.push(Difference {
                field: field.to_owned(),
                expected: format!("{not}{expected}"),
                got,
            });
        }
    };
    if let Some(route) = &case.route {
        let got = rule.map(|rule| rule.route.clone()).unwrap_or_default();
        check("route", got == *route, shown(route), shown(&got));
    }
    if let Some(delegate) = &case.delegate {
        let holds = object.is_some_and(|object| {
            object.metadata.name == delegate.name
                && (delegate.namespace.is_empty() || object.metadata.namespace == delegate.namespace)
        });
        let got = object.map(|object| format!("{}/{}", object.metadata.namespace, object.metadata.name));
        check(
            "delegate",
            holds,
            shown(delegate),
            got.unwrap_or_else(|| "no rule".to_owned()),
        );
    }
    macro_rules! fields {
        ($($field:ident)*) => {$(
            if let Some(expected) = &case.$field {
                let got = rule.and_then(|rule| rule.$field.as_ref());
                check(stringify!($field), got == Some(expected), shown(expected), shown(&got));
            }
        )*};
    }
    fields!(redirect rewrite fault headers);
    all
}

fn shown(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Why another rule is taken there than in Istio.
fn reason(
    theirs: Option<Taken<'_>>,
    own: Option<(&Object<VirtualService>, usize)>,
    input: &Input,
    ready: &Ready,
) -> String {
    let Some(theirs) = theirs else {
        let host = &input.authority;
        return format!(
            "it has no VirtualService whose `hosts` have {host:?} word for word; Istio also heeds wildcards, short names and ports"
        );
    };
    let place = place(theirs.object, theirs.index, ready);
    let taken = format!(
        "it takes {}/{} spec.http[{}]{place}",
        theirs.object.metadata.namespace, theirs.object.metadata.name, theirs.index
    );
    let block = theirs.block.and_then(|block| theirs.rule.matches.get(block));
    let overlooked = block.map(overlooked).unwrap_or_default();
    let why = match own {
        _ if !overlooked.is_empty() => format!("it does not look at {}", overlooked.join(", ")),
        Some((object, index)) if std::ptr::eq(object, theirs.object) && index > theirs.index => {
            match block {
                None => "Istio tries a rule that takes everything last".to_owned(),
                Some(_) => "Istio does not: a regex matches as a whole there, with `|` on the inside".to_owned(),
            }
        }
        Some((object, _)) if std::ptr::eq(object, theirs.object) => {
            "Istio takes one before it: a header that only has to be there matches, and names of headers have no case"
                .to_owned()
        }
        Some(_) => "Istio tries the VirtualService first that is oldest, or whose host is nearest, and not the first file"
            .to_owned(),
        None => "in Istio no rule takes the request".to_owned(),
    };
    format!("{taken}; {why}")
}

fn place(object: &Object<VirtualService>, index: usize, ready: &Ready) -> String {
    let place: Option<Location> = ready
        .loaded
        .sources
        .locate(object.document, &format!("spec.http[{index}]"));
    place.map(|place| format!(" ({place})")).unwrap_or_default()
}

/// The fields of a match block that istio-config-validator does not know.
fn overlooked(block: &HTTPMatchRequest) -> Vec<&'static str> {
    let fields = [
        ("scheme", block.scheme.is_some()),
        ("port", block.port != 0),
        ("queryParams", !block.query_params.is_empty()),
        ("withoutHeaders", !block.without_headers.is_empty()),
        ("gateways", !block.gateways.is_empty()),
        ("sourceLabels", !block.source_labels.is_empty()),
        ("sourceNamespace", !block.source_namespace.is_empty()),
        ("ignoreUriCase", block.ignore_uri_case),
    ];
    fields
        .into_iter()
        .filter(|(_, said)| *said)
        .map(|(name, _)| name)
        .collect()
}
