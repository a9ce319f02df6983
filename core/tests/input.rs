//! What the readers accept, what they say about the rest, and where they say it is.
#![cfg(feature = "yaml")]

use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::input::{JsonSource, load_json};
use mainsheet_core::resources::mesh_config::MeshOutboundTrafficPolicyMode;
use mainsheet_core::resources::scalar::IntOrString;
use mainsheet_core::yaml::{Loaded, load, load_mesh_config};

/// A VirtualService with this text as its spec, which begins on line 5.
fn virtual_service(spec: &str) -> Loaded {
    let head = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n";
    load([("vs.yaml", format!("{head}{spec}"))])
}

/// `line:column code path | help` of each finding.
fn findings(loaded: &Loaded) -> Vec<String> {
    loaded.diagnostics.iter().map(finding).collect()
}

fn finding(diagnostic: &Diagnostic) -> String {
    let place = diagnostic
        .location
        .as_ref()
        .map(|at| format!("{}:{}", at.line, at.column))
        .unwrap_or_default();
    let help = diagnostic.help.as_deref().unwrap_or("-");
    format!("{place} {} {} | {help}", diagnostic.code, diagnostic.path)
}

#[test]
fn everything_wrong_is_found_in_one_go() {
    let loaded = virtual_service(
        "  hosts: a
  http:
  - match:
    - uri: /x
      haeders: {}
      ignore_uri_case: \"true\"
    timeout: 5
    route:
    - destination: {host: a, port: {number: eighty}}
      wieght: 50
    mirrorPercent: -1
    corsPolicy: {unmatchedPreflights: IGNOR}
    fault:
      delay: {percentage: 50, fixedDelay: soon}
",
    );
    assert_eq!(
        findings(&loaded),
        [
            "5:10 wrong-type spec.hosts | write it as a list: `[a]`",
            "8:12 wrong-type spec.http[0].match[0].uri | write `{exact: /x}`",
            "9:7 unknown-field spec.http[0].match[0].haeders | did you mean `headers`?",
            "10:24 wrong-type spec.http[0].match[0].ignoreUriCase | remove the quotes",
            "11:14 invalid-value spec.http[0].timeout | add the unit: `5s` or `5ms`",
            "13:45 wrong-type spec.http[0].route[0].destination.port.number | -",
            "14:7 unknown-field spec.http[0].route[0].wieght | did you mean `weight`?",
            "15:20 out-of-range spec.http[0].mirrorPercent | -",
            "16:39 unknown-value spec.http[0].corsPolicy.unmatchedPreflights | did you mean `IGNORE`?",
            "18:27 wrong-type spec.http[0].fault.delay.percentage | write `{value: 50}`",
            "18:43 invalid-value spec.http[0].fault.delay.fixedDelay | \
             write numbers with units (h, m, s, ms, us, ns), such as `1.5s`, `100ms` or `1h30m`",
        ]
    );
    assert_eq!(
        loaded.diagnostics[0].resource.as_ref().unwrap().to_string(),
        "VirtualService default/a"
    );
    assert_eq!(
        loaded.diagnostics[0].message,
        "expected a list, found the text `a`"
    );
    assert!(loaded.has_errors());
}

#[test]
fn protobuf_leniency() {
    let loaded = virtual_service(
        "  hosts: [a]
  export_to: null
  http:
  - match:
    - without_headers: {x: null, y: {}, z: {exact: \"1\"}}
      port: \"80\"
    redirect: {redirect_code: 308.0, derivePort: 1}
    retries: {attempts: 0, per_try_timeout: 1h0.5s}
",
    );
    assert_eq!(findings(&loaded), [""; 0]);
    let spec = &loaded.bundle.virtual_services[0].spec;
    let rule = &spec.http[0];
    let headers = &rule.matches[0].without_headers;
    assert_eq!(headers["x"], None);
    assert_eq!(headers["y"], Some(Default::default()));
    assert_eq!(headers["z"].as_ref().unwrap().exact.as_deref(), Some("1"));
    assert_eq!(rule.matches[0].port, 80);
    assert_eq!(rule.redirect.as_ref().unwrap().redirect_code, 308);
    assert_eq!(
        serde_json::to_value(&rule.retries).unwrap(),
        serde_json::json!({"perTryTimeout": "3600.5s"})
    );
}

#[test]
fn kubernetes_objects_keep_what_routing_needs() {
    let loaded = load([(
        "k8s.yaml",
        r#"
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: a, namespace: n, uid: x, creationTimestamp: "2023-01-01T00:00:00Z"}
  spec: {clusterIP: None, sessionAffinity: None, ports: [{port: 80, targetPort: web}, {port: 81, targetPort: 8081}]}
- apiVersion: extensions/v1beta1
  kind: Deployment
  metadata: {name: d, labels: {version: 1.10, canary: yes}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
- {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g}}
- {apiVersion: networking.istio.io/v1alpha3, kind: EnvoyFilter, metadata: {name: e}}
- {apiVersion: networking.istio.io/v1, kind: VirtualServce}
- {apiVersion: networking.istio.io/v2, kind: Sidecar}
"#,
    )]);
    assert_eq!(
        findings(&loaded),
        [
            "11:41 wrong-type metadata.labels.version | put it in quotes: `\"1.10\"`",
            "11:55 wrong-type metadata.labels.canary | put it in quotes: `\"yes\"`",
            "12:26 unknown-kind kind | -",
            "13:52 unknown-kind kind | Istio's own Gateway is `apiVersion: networking.istio.io/v1`",
            "14:52 not-routing kind | -",
            "15:46 unknown-kind kind | did you mean `VirtualService`?",
            "16:16 unknown-api-version apiVersion | write `apiVersion: networking.istio.io/v1`",
        ]
    );
    let severities: Vec<Severity> = loaded.diagnostics.iter().map(|found| found.severity).collect();
    use Severity::{Error, Info, Warning};
    assert_eq!(severities, [Error, Error, Info, Warning, Info, Error, Error]);
    let service = &loaded.bundle.services[0];
    assert_eq!(service.reference().to_string(), "Service n/a");
    assert_eq!(
        service.spec.ports[0].target_port,
        Some(IntOrString::String("web".into()))
    );
    assert_eq!(service.spec.ports[1].target_port, Some(IntOrString::Int(8081)));
}

#[test]
fn common_slips_in_yaml() {
    for (text, expected) in [
        (
            "a: 1\nkind:Gateway\nb: 2\n",
            "2:1 syntax  | a blank is missing after the colon: write `kind: Gateway`",
        ),
        (
            "a:\n\tb: 1\n",
            "2:1 syntax  | indent with blanks: YAML does not allow tabs here",
        ),
        (
            "hosts:\n- *.example.com\n",
            "2:3 syntax  | a `*` at the beginning has to be in quotes: write `\"*.example.com\"`",
        ),
        (
            "host: {{ .Values.host }}\n",
            "1:7 complex-key  | this is a template: render it first (`helm template`, `gomplate`), and load the result",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n",
            "4:1 duplicate-key  | if a second object begins here, put a line `---` before it",
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            "3:2 syntax  | check the indentation: fields of one mapping begin in the same column",
        ),
        (
            "just text\n",
            "1:1 not-a-resource  | a resource begins with `apiVersion:` and `kind:`",
        ),
        (
            "apiVersion: v1\nKind: Service\n",
            "2:1 missing-kind  | write `kind` instead of `Kind`",
        ),
        (
            "apiVersion: v1\nmetadata: {}\n",
            "1:1 missing-kind  | a resource begins with `apiVersion:` and `kind:`",
        ),
    ] {
        let loaded = load([("slip.yaml", text)]);
        assert_eq!(findings(&loaded), [expected], "{text}");
    }
}

#[test]
fn a_broken_document_hides_nothing_else() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n";
    let broken = format!("# only a comment\n---\n---\na: [\n---\n{service}---\n");
    let loaded = load([("broken.yaml", broken), ("whole.yaml", service.to_owned())]);
    assert_eq!(loaded.bundle.services.len(), 2);
    assert_eq!(loaded.diagnostics.len(), 1);
    let second = loaded.bundle.services[1].document;
    assert_eq!(
        loaded
            .sources
            .locate(second, "metadata.name")
            .unwrap()
            .to_string(),
        "whole.yaml:3:18"
    );
}

#[test]
fn anchors_work_within_limits() {
    let loaded = virtual_service(
        "  hosts: [a]
  http:
  - &rule
    name: first
    retries: &retries {attempts: 1}
  - <<: *rule
    name: second
  - {name: third, retries: *retries}
",
    );
    assert_eq!(findings(&loaded), [""; 0]);
    let rules = &loaded.bundle.virtual_services[0].spec.http;
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "third"]);
    assert!(
        rules
            .iter()
            .all(|rule| rule.retries.as_ref().unwrap().attempts == 1)
    );

    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    assert_eq!(
        load([("bomb.yaml", bomb)]).diagnostics[0].code,
        "too-many-aliases"
    );
    let deep = format!("a: {}{}", "[".repeat(200), "]".repeat(200));
    assert_eq!(load([("deep.yaml", deep)]).diagnostics[0].code, "too-deep");
}

#[test]
fn places_of_fields_and_their_ancestors() {
    let loaded =
        virtual_service("  hosts: [a]\n  http:\n  - match:\n    - headers:\n        end-user: {exact: x}\n");
    let document = loaded.bundle.virtual_services[0].document;
    for (path, place) in [
        ("", "1:1"),
        ("spec.hosts[0]", "5:11"),
        ("spec.http", "6:3"),
        ("spec.http[0]", "7:5"),
        ("spec.http[0].match[0].headers[\"end-user\"]", "9:9"),
        ("spec.http[0].match[0].headers[\"end-user\"].exact", "9:27"),
        ("spec.http[0].match[0].uri.regex", "8:7"),
        ("spec.http[3].route", "6:3"),
    ] {
        let location = loaded.sources.locate(document, path).unwrap().to_string();
        assert_eq!(location, format!("vs.yaml:{place}"), "{path}");
    }
    let location = loaded
        .sources
        .locate(document, "spec.http[0].match[0].headers[\"end-user\"].exact")
        .unwrap();
    let snippet = loaded.sources.snippet(&location).unwrap().to_string();
    assert_eq!(
        snippet,
        "9 |         end-user: {exact: x}\n  |                           ^"
    );
}

#[test]
fn manifests_read_back_the_same() {
    let loaded =
        virtual_service("  hosts: [a]\n  http: [{timeout: 300ms, match: [{headers: {p: {}, n: null}}]}]\n");
    let manifests = loaded.bundle.to_manifests().unwrap();
    let text = serde_json::to_string(&manifests[0]["spec"]).unwrap();
    assert_eq!(
        text,
        r#"{"hosts":["a"],"http":[{"match":[{"headers":{"n":null,"p":{}}}],"timeout":"0.3s"}]}"#
    );
    let (bundle, diagnostics) = load_json(&manifests);
    assert_eq!(diagnostics, []);
    assert_eq!(bundle, loaded.bundle);
}

#[test]
fn findings_in_json_get_their_place_from_the_text() {
    let text = "{\"resources\": [\n {\"apiVersion\": \"networking.istio.io/v1\", \"kind\": \"Gateway\",\n  \
                \"metadata\": {\"name\": \"g\"},\n  \"spec\": {\"servers\": [{\"prot\": 1}]}}]}";
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let (_, mut diagnostics) = load_json(value["resources"].as_array().unwrap());
    JsonSource {
        file: "plugin configuration",
        text,
        prefix: "resources",
    }
    .resolve(&mut diagnostics);
    assert_eq!(
        diagnostics[0].to_string(),
        "plugin configuration:4:33: error[unknown-field]: Gateway default/g: spec.servers[0].prot: \
         unknown field `prot` (help: did you mean `port`?)"
    );
}

#[test]
fn mesh_config() {
    let text = "outboundTrafficPolicy: {}\naccessLogFile: /dev/stdout\ndomain: \"\"\n";
    let (config, findings) = load_mesh_config("mesh.yaml", text);
    assert_eq!(findings, []);
    assert_eq!(
        config.outbound_mode(),
        MeshOutboundTrafficPolicyMode::RegistryOnly
    );
    assert_eq!(
        (config.domain.as_str(), config.root_namespace.as_str()),
        ("", "istio-system")
    );
    let (config, _) = load_mesh_config("mesh.yaml", "");
    assert_eq!(config.outbound_mode(), MeshOutboundTrafficPolicyMode::AllowAny);
    assert_eq!(config.domain, "cluster.local");
    let (_, findings) = load_mesh_config("mesh.yaml", "outboundTrafficPolicy: {mode: REGISTRY}\n");
    assert_eq!(
        findings[0].location.as_ref().unwrap().to_string(),
        "mesh.yaml:1:31"
    );
}

#[test]
fn removed_fields_do_not_refuse() {
    let loaded = virtual_service("  hosts: [a]\n  http: [{websocketUpgrade: true}]\n");
    assert_eq!(
        findings(&loaded),
        [
            "6:11 removed-field spec.http[0].websocketUpgrade | remove it: upgrades to WebSocket are always allowed"
        ]
    );
    assert!(!loaded.has_errors());
}

#[test]
fn addresses_that_end_in_colons_are_texts() {
    let text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\n\
                spec: {addresses: [1.2.3.4, 2001:db8::]}\n";
    let loaded = load([("se.yaml", text)]);
    assert_eq!(findings(&loaded), [""; 0]);
    assert_eq!(
        loaded.bundle.service_entries[0].spec.addresses,
        ["1.2.3.4", "2001:db8::"]
    );
}
