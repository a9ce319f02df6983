//! What is said of fields without effect: once, where they are written, at the outermost one.

use mainsheet_core::diagnostic::Severity;
use mainsheet_core::yaml;

/// What is written of a kind, and the warnings: line, column, and the field.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "DestinationRule",
        "
spec:
  host: a
  trafficPolicy:
    loadBalancer:
      zoneAwareLbSetting: {enabled: true, minClusterSize: 3}
      consistentHash: {httpHeaderName: x}
  subsets:
  - name: v1
  - name: v2
    trafficPolicy: {tls: {mode: SIMPLE}, loadBalancer: {zoneAwareLbSetting: {enabled: true}}}
",
        &[
            "9:7 spec.trafficPolicy.loadBalancer.zoneAwareLbSetting",
            "14:57 spec.subsets[1].trafficPolicy.loadBalancer.zoneAwareLbSetting",
        ],
    ),
    // An empty message is written; a field at its default is not. Names may be in snake case.
    (
        "DestinationRule",
        "
spec:
  host: a
  traffic_policy: {loadBalancer: {zoneAwareLbSetting: {}}, connectionPool: null, tls: {credentialName: ''}}
",
        &["7:35 spec.trafficPolicy.loadBalancer.zoneAwareLbSetting"],
    ),
    (
        // Once, where nothing in a list has one.
        "DestinationRule",
        "
spec: {host: a, trafficPolicy: {loadBalancer: {zoneAwareLbSetting: {failover: [{from: a}, {from: b}]}}}}
",
        &["5:48 spec.trafficPolicy.loadBalancer.zoneAwareLbSetting"],
    ),
    (
        "ServiceEntry",
        "\nspec: {hosts: [a], location: MESH_EXTERNAL}\n",
        &[],
    ),
    (
        "ServiceEntry",
        "\nspec: {hosts: [a], location: MESH_INTERNAL}\n",
        &[],
    ),
    (
        "Sidecar",
        "
spec:
  egress:
  - {port: {number: 80, protocol: HTTP}, hosts: ['*/*']}
  - {port: {number: 81, protocol: HTTP_PROXY}, hosts: ['*/*']}
",
        &[],
    ),
];

fn document(kind: &str, body: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: a, labels: {{app.test/a: b}}}}\n{body}"
    )
}

#[test]
fn fields_without_effect_are_warned_of() {
    for (kind, body, expected) in CASES {
        let loaded = yaml::load([("a.yaml", document(kind, body))]);
        let found: Vec<String> = loaded
            .diagnostics
            .iter()
            .map(|finding| {
                assert_eq!(
                    (finding.severity, finding.code.as_str()),
                    (Severity::Warning, "unsupported-field")
                );
                let at = finding.location.as_ref().unwrap();
                format!("{}:{} {}", at.line, at.column, finding.path)
            })
            .collect();
        assert_eq!(found, *expected, "{body}");
    }
}

#[test]
fn lists_of_objects_are_warned_of_in_place() {
    let item = "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: a}, spec: {outboundTrafficPolicy: {egressProxy: {host: a}}}}";
    let text = format!("apiVersion: v1\nkind: List\nitems:\n- {item}\n- {item}\n");
    let loaded = yaml::load([("a.yaml", text)]);
    let paths: Vec<(&str, u32)> = loaded
        .diagnostics
        .iter()
        .map(|finding| (finding.path.as_str(), finding.location.as_ref().unwrap().line))
        .collect();
    assert_eq!(
        paths,
        [
            ("spec.outboundTrafficPolicy.egressProxy", 4),
            ("spec.outboundTrafficPolicy.egressProxy", 5)
        ]
    );
}
