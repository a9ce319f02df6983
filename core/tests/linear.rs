//! The indexed table decides as the linear oracle does, whatever the table and the request.

use std::collections::BTreeMap;
use std::sync::Arc;

use mainsheet_core::action::{Action, ForwardAction, Retries};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::matcher::{
    HeaderMatcher, PathMatcher, QueryMatcher, Regex, RepeatedHeaders, StringMatcher, ValueMatcher,
};
use mainsheet_core::request::{Header, Request};
use mainsheet_core::table::{
    ConnectionTable, PathCache, Route, RouteConfig, RouteList, RouteMatcher, RouteTable, UnknownPort,
    VirtualHost,
};
use mainsheet_core::trace::Trace;
use mainsheet_core::view::DecisionView;
use proptest::prelude::*;

const PORT: u16 = 80;
const WORD: &str = "[ab]{0,2}";

fn string() -> impl Strategy<Value = StringMatcher> {
    prop_oneof![
        WORD.prop_map(|text| StringMatcher::Exact(text.into())),
        WORD.prop_map(|text| StringMatcher::Prefix(text.into())),
        prop::sample::select(vec!["a|ab", "b.*", "[ab]", ""]).prop_filter_map("a pattern", |pattern| Some(
            StringMatcher::Regex(Regex::new(pattern).ok()?)
        )),
    ]
}

fn value() -> impl Strategy<Value = ValueMatcher> {
    prop_oneof![1 => Just(ValueMatcher::Present), 3 => string().prop_map(ValueMatcher::Value)]
}

fn path() -> impl Strategy<Value = PathMatcher> {
    let text = "/[abAB/]{0,3}";
    prop_oneof![
        1 => Just(PathMatcher::any()),
        2 => (text, any::<bool>())
            .prop_map(|(path, ignore_case)| PathMatcher::Exact { path: path.into(), ignore_case }),
        3 => (text, any::<bool>())
            .prop_map(|(prefix, ignore_case)| PathMatcher::Prefix { prefix: prefix.into(), ignore_case }),
        2 => prop::sample::select(vec![".*", "/a.*", "/(a|b)", "/a|/ab", "/[ab]+/.*"])
            .prop_filter_map("a pattern", |pattern| Some(PathMatcher::Regex(Regex::new(pattern).ok()?))),
    ]
}

fn name() -> impl Strategy<Value = Box<str>> {
    prop::sample::select(vec!["x", "y"]).prop_map(Box::from)
}

fn matcher() -> impl Strategy<Value = RouteMatcher> {
    let repeated = prop::sample::select(vec![RepeatedHeaders::Individually, RepeatedHeaders::Joined]);
    let header = (name(), value(), any::<bool>(), repeated).prop_map(|(name, value, invert, repeated)| {
        HeaderMatcher {
            name,
            value,
            invert,
            repeated,
        }
    });
    let query = (name(), value()).prop_map(|(name, value)| QueryMatcher { name, value });
    (
        path(),
        prop::collection::vec(header, 0..3),
        prop::collection::vec(query, 0..2),
    )
        .prop_map(|(path, headers, query)| RouteMatcher {
            path,
            headers,
            query,
            claims: Vec::new(),
        })
}

/// Domains, conditions of routes, and `require_tls`.
type HostParts = (Vec<String>, Vec<RouteMatcher>, bool);

fn host_parts() -> impl Strategy<Value = HostParts> {
    let domains = prop_oneof!["[ab]\\.[ab]", r"\*\.[ab]", r"\*[ab]", Just("*".to_owned())];
    (
        prop::collection::vec(domains, 1..4),
        prop::collection::vec(matcher(), 0..6),
        prop::bool::weighted(0.1),
    )
}

/// Every route has a cluster of its own, so that a decision tells which route it comes from.
fn virtual_host(number: usize, (domains, matchers, require_tls): HostParts) -> Option<VirtualHost> {
    let route = |(position, matcher)| {
        let forward = ForwardAction::to_cluster(format!("cluster-{number}-{position}"), Retries::Default);
        Route {
            name: format!("{number}.{position}"),
            source: None,
            matcher,
            action: Arc::new(Action::Forward(forward)),
            refused: false,
        }
    };
    let routes = RouteList::new(matchers.into_iter().enumerate().map(route).collect()).ok()?;
    Some(VirtualHost {
        name: format!("host-{number}"),
        domains,
        routes: Arc::new(routes),
        require_tls,
    })
}

fn table() -> impl Strategy<Value = RouteTable> {
    prop::collection::vec(host_parts(), 0..5).prop_filter_map("a table", |hosts| {
        let hosts = hosts.into_iter().enumerate();
        let hosts: Option<Vec<VirtualHost>> =
            hosts.map(|(number, parts)| virtual_host(number, parts)).collect();
        let config = RouteConfig::new(PORT.to_string(), hosts?);
        Some(RouteTable {
            by_address: BTreeMap::new(),
            by_server: BTreeMap::new(),
            connections: ConnectionTable::default(),
            refused: BTreeMap::new(),
            route_configs: [(PORT, config)].into(),
            unknown_port: UnknownPort::Blackhole,
        })
    })
}

fn request() -> impl Strategy<Value = (u16, Vec<Header>)> {
    let authority = r"([ab]\.)?[abA]\.[ab](:80)?";
    let target = r"/[abAB/]{0,3}(\?([xy](=[ab]{0,2})?&?){0,3})?";
    let headers = prop::collection::vec((prop::sample::select(vec!["x", "y"]), WORD), 0..4);
    let port = prop_oneof![9 => Just(PORT), 1 => Just(81)];
    (port, authority, target, headers).prop_map(|(port, authority, target, headers)| {
        let pseudo = [
            (":authority", authority),
            (":path", target),
            (":method", "GET".to_owned()),
        ];
        let all = pseudo
            .into_iter()
            .chain([(":scheme", "http".to_owned())])
            .chain(headers);
        (
            port,
            all.map(|(name, value)| (name.to_owned(), value.into_bytes()))
                .collect(),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn index_oracle_and_explanation_decide_alike(
        table in table(),
        requests in prop::collection::vec(request(), 1..12),
    ) {
        let mut cache = PathCache::default();
        for (seed, (port, headers)) in (0..).zip(requests) {
            let request = Request::new(port, &headers);
            let view = |decision| DecisionView::new(&decision, &request);
            let linear = view(table.decide_linear(&request, &mut Entropy::new(seed)));
            let indexed = view(table.decide(&request, &mut Entropy::new(seed), &mut cache, &mut ()));
            prop_assert_eq!(&indexed, &linear);

            let mut trace = Trace::default();
            let explained = view(table.decide(&request, &mut Entropy::new(seed), &mut cache, &mut trace));
            prop_assert_eq!(&explained, &linear);
            let winner = trace.routes.iter().find(|route| route.matched).map(|route| &route.name);
            prop_assert_eq!(winner, linear.route.as_ref());
        }
    }
}
