//! What is said of rules that do not match, of hosts that nobody knows, and of resources that are not looked at.
#![cfg(test)]
#![cfg(feature = "yaml")]

use std::collections::BTreeMap;
use std::path::Path;

use mainsheet_core::compile::{Proxy, compile_mesh};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::explain::{Answer, Explainer, Hint, Step, StepKind, Verdict, timeline};
use mainsheet_core::input::load_json;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::request::Request;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::sent::{SentRequest, Values};
use mainsheet_core::table::PathCache;
use mainsheet_core::view::DecisionView;
use mainsheet_core::yaml;
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn table<T: DeserializeOwned + Default>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/explain")
        .join(name);
    yaml::read(name, std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is said of a request; it is decided as without saying anything.
fn explain(resources: &[Value], proxy: &Proxy, request: &SentRequest) -> Answer {
    let (bundle, findings) = load_json(resources);
    assert!(findings.is_empty(), "{findings:#?}");
    let config = MeshConfig::default();
    let mesh = Mesh::new(&bundle, &config, &mut Report::default());
    let table = compile_mesh(&mesh, proxy, Report::default()).unwrap().table;
    let headers = request.headers_at_filter(&config, proxy.kind).unwrap();
    let request = Request::new(request.port(), &headers);
    let explainer = Explainer {
        mesh: &mesh,
        proxy,
        table: &table,
    };
    let answer = explainer.explain(&request, &mut Entropy::new(1));
    let plain = table.decide(&request, &mut Entropy::new(1), &mut PathCache::default(), &mut ());
    assert_eq!(answer.decision, DecisionView::new(&plain, &request));
    let taking = answer.rules.iter().filter(|rule| rule.verdict == Verdict::Takes);
    assert_eq!(
        taking.count(),
        usize::from(answer.decision.route.is_some()),
        "{:#?}",
        answer.rules
    );
    answer
}

/// Service `a` on port 80, with one rule.
fn with_rule(block: &Value) -> [Value; 2] {
    [
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
               "spec": {"clusterIP": "10.0.0.1", "ports": [{"name": "http", "port": 80}]}}),
        json!({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "a"},
               "spec": {"hosts": ["a"], "http": [{"match": [block], "route": [{"destination": {"host": "a"}}]}]}}),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NearMiss {
    #[serde(rename = "match")]
    block: Value,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    hints: Vec<String>,
}

impl NearMiss {
    fn request(&self) -> SentRequest {
        let mut headers: BTreeMap<String, Values> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Values::One(value.clone())))
            .collect();
        headers.extend(
            self.host
                .iter()
                .map(|host| ("host".to_owned(), Values::One(host.clone()))),
        );
        SentRequest {
            url: format!("http://a{}", self.path.as_deref().unwrap_or("/")),
            headers,
            ..SentRequest::default()
        }
    }
}

fn shown(hint: &Hint) -> String {
    let code = serde_json::to_value(hint.code).unwrap();
    let request = hint
        .request
        .as_ref()
        .map_or_else(|| "-".to_owned(), ToString::to_string);
    format!(
        "{} | {request} | {}",
        code.as_str().unwrap(),
        hint.rule.as_deref().unwrap_or("-")
    )
}

#[test]
fn near_misses_have_the_smallest_edit() {
    let cases: Vec<NearMiss> = table("near_misses.yaml");
    assert!(cases.len() >= 40);
    let mut wrong = Vec::new();
    for case in &cases {
        let answer = explain(&with_rule(&case.block), &Proxy::default(), &case.request());
        let rule = answer.rules.first().unwrap();
        let hints: Vec<String> = rule
            .failed()
            .map(|condition| shown(condition.hint.as_ref().unwrap()))
            .collect();
        if hints != case.hints {
            wrong.push(format!(
                "{} on {:?} {:?}\n  {hints:?}\n  {:?}",
                case.block, case.path, case.headers, case.hints
            ));
        }
        assert_eq!(
            rule.verdict == Verdict::Takes,
            case.hints.is_empty(),
            "{}",
            case.block
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situation {
    description: String,
    #[serde(default)]
    proxy: Proxy,
    resources: Vec<Value>,
    request: SentRequest,
    /// `verdict path`, and why.
    #[serde(default)]
    rules: Option<Vec<String>>,
    /// The virtual host, or `none`.
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    hints: Vec<String>,
    /// `reason namespace/name path`.
    #[serde(default)]
    bystanders: Option<Vec<String>>,
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn situations_are_told() {
    let cases: Vec<Situation> = table("situations.yaml");
    for case in &cases {
        let title = &case.description;
        let answer = explain(&case.resources, &case.proxy, &case.request);
        if let Some(expected) = &case.rules {
            let rules = answer.rules.iter().map(|rule| {
                let path = rule.source.as_ref().map_or("-", |source| source.path.as_str());
                let unreachable = if rule.unreachable { " unreachable" } else { "" };
                let why = rule.why.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
                format!("{} {path}{unreachable}{why}", word(rule.verdict))
            });
            assert_eq!(&rules.collect::<Vec<_>>(), expected, "{title}");
        }
        if let Some(expected) = &case.host {
            let host = answer
                .host
                .virtual_host
                .as_ref()
                .map_or("none", |host| host.name.as_str());
            assert_eq!(host, expected, "{title}");
        }
        let hints: Vec<String> = answer.host.hints.iter().map(|hint| word(hint.code)).collect();
        assert_eq!(hints, case.hints, "{title}");
        if let Some(expected) = &case.bystanders {
            let bystanders = answer.bystanders.iter().map(|bystander| {
                let source = &bystander.source;
                format!(
                    "{} {}/{} {}",
                    word(bystander.reason),
                    source.namespace,
                    source.name,
                    source.path
                )
            });
            assert_eq!(&bystanders.collect::<Vec<_>>(), expected, "{title}");
        }
    }
}

/// When each step begins.
fn times(steps: &[Step]) -> Vec<(StepKind, u64, Option<u64>)> {
    steps
        .iter()
        .map(|step| (step.kind, step.from_ms, step.until_ms))
        .collect()
}

#[test]
fn the_timeline_has_delays_pauses_and_limits() {
    let mut resources = with_rule(&json!({}));
    resources[1]["spec"]["http"][0] = json!({
        "timeout": "1s",
        "retries": {"attempts": 5, "perTryTimeout": "100ms", "backoff": "10ms"},
        "fault": {"delay": {"percentage": {"value": 100}, "fixedDelay": "2s"}},
        "mirrors": [{"destination": {"host": "a"}, "percentage": {"value": 50}}],
        "headers": {"response": {"set": {"x": "y"}}},
        "route": [{"destination": {"host": "a"}}],
    });
    let request = SentRequest {
        url: "http://a/".to_owned(),
        ..SentRequest::default()
    };
    let answer = explain(&resources, &Proxy::default(), &request);
    use StepKind::{Answer as Answers, BackOff, Delay, Mirror, Response, Retry, Timeout, Try};
    assert_eq!(
        times(&answer.timeline),
        [
            (Delay, 0, Some(0)),
            (Try, 2000, Some(2000)),
            (Mirror, 2000, Some(2000)),
            (Retry, 2000, Some(2000)),
            (BackOff, 2000, Some(2100)),
            (Try, 2000, Some(2109)),
            (BackOff, 2000, Some(2209)),
            (Try, 2000, Some(2228)),
            (BackOff, 2000, Some(2328)),
            (Try, 2000, Some(2367)),
            (Try, 2000, Some(2367)),
            (Timeout, 3000, Some(3000)),
            (Response, 3000, None),
        ]
    );
    let missing = timeline(&answer.decision, false);
    assert_eq!(
        times(&missing),
        [
            (Delay, 0, Some(0)),
            (Answers, 2000, Some(2000)),
            (Response, 2000, None)
        ]
    );
}

/// One matcher, over a small alphabet.
fn string_match() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "a", "A", "/a", "/a/", "/A/b", "a*", "a|b", "/%61", "/a?b=c", "\"a\"", "", "é",
    ]);
    let pattern = prop::sample::select(vec!["a+", "/a", "(a|/b)", "/A.*", "[0-9]{2}", ".*b", r"/a\?b.*"]);
    prop_oneof![
        text.clone().prop_map(|text| json!({"exact": text})),
        text.prop_map(|text| json!({"prefix": text})),
        pattern.prop_map(|pattern| json!({"regex": pattern})),
        Just(json!({"regex": "*"})),
    ]
}

proptest! {
    /// Every edit makes its condition hold: with all of them the rule takes the request.
    #[test]
    fn edits_help(
        (uri, header, query, without) in (string_match(), string_match(), string_match(), string_match()),
        target in "/[abA/%?=&é61]{0,6}",
        value in prop::option::of("[aAb,; \"*é]{0,4}"),
        other in prop::option::of("[aA]{0,2}"),
    ) {
        prop_assume!(uri.get("regex") != Some(&json!("*")) && query.get("regex") != Some(&json!("*")));
        let block = json!({"uri": uri, "headers": {"x-y": header}, "queryParams": {"b": query}, "withoutHeaders": {"z": without}});
        let mut request = SentRequest { url: format!("http://a{target}"), ..SentRequest::default() };
        request.headers.extend(value.map(|value| ("x-y".to_owned(), Values::One(value))));
        request.headers.extend(other.map(|other| ("z".to_owned(), Values::One(other))));
        let resources = with_rule(&block);
        let config = MeshConfig::default();
        prop_assume!(request.headers_at_filter(&config, Proxy::default().kind).is_some());
        let answer = explain(&resources, &Proxy::default(), &request);
        let Some(rule) = answer.rules.first().filter(|rule| rule.source.is_some()) else { return Ok(()) };
        let hints: Vec<&Hint> = rule.failed().map(|condition| condition.hint.as_ref().unwrap()).collect();
        let edits: Option<Vec<_>> = hints.iter().map(|hint| hint.request.as_ref()).collect();
        let Some(edits) = edits else { return Ok(()) };
        let mut headers = request.headers_at_filter(&config, Proxy::default().kind).unwrap();
        for edit in edits {
            headers = edit.apply(&Request::new(80, &headers));
        }
        let (bundle, _) = load_json(&resources);
        let mesh = Mesh::new(&bundle, &config, &mut Report::default());
        let table = compile_mesh(&mesh, &Proxy::default(), Report::default()).unwrap().table;
        let edited = Request::new(80, &headers);
        let explainer = Explainer { mesh: &mesh, proxy: &Proxy::default(), table: &table };
        let after = explainer.explain(&edited, &mut Entropy::new(1));
        prop_assert_eq!(after.rules[0].verdict, Verdict::Takes, "{:?} {:?}", hints, after.rules);
    }
}
