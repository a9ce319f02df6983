//! What is said about HTTPRoutes: everything that has no effect, and everything that is refused.
#![cfg(test)]
#![cfg(feature = "yaml")]

use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;

const SERVICES: &str = "
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside}
spec: {hosts: [outside.test], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
";

/// The findings about a route with that `spec`: severity, code and field.
fn findings(spec: &str) -> Vec<String> {
    let text = format!("{SERVICES}spec: {spec}\n");
    let loaded = yaml::load([("route.yaml".to_owned(), text)]);
    let mut report = Report::default();
    Mesh::new(&loaded.bundle, &MeshConfig::default(), &mut report);
    let all = loaded.diagnostics.into_iter().chain(report.into_diagnostics());
    all.map(|found| format!("{} {} {}", found.severity, found.code, found.path))
        .collect()
}

const PARENT: &str = "parentRefs: [{group: '', kind: Service, name: a}]";
const BACKEND: &str = "backendRefs: [{name: a, port: 80}]";

#[test]
fn parents() {
    for (spec, expected) in [
        ("{}", &["warning missing-parent spec"][..]),
        (
            "{parentRefs: [{name: g}]}",
            &["warning unsupported-field spec.parentRefs[0]"],
        ),
        (
            "{parentRefs: [{kind: Service, name: a}]}",
            &["warning unknown-parent spec.parentRefs[0]"],
        ),
        (
            "{parentRefs: [{group: '', kind: Service, name: b}]}",
            &["warning parent-not-found spec.parentRefs[0].name"],
        ),
        (
            "{parentRefs: [{group: '', kind: Service, name: a, sectionName: s}], hostnames: [h.test]}",
            &[
                "warning unsupported-field spec.parentRefs[0].sectionName",
                "warning unsupported-field spec.hostnames",
            ],
        ),
        (
            "{parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: outside}]}",
            &[],
        ),
        (
            "{parentRef: []}",
            &[
                "error unknown-field spec.parentRef",
                "warning missing-parent spec",
            ],
        ),
    ] {
        assert_eq!(findings(spec), expected, "{spec}");
    }
}

#[test]
fn rules() {
    for (rule, expected) in [
        (BACKEND, &[][..]),
        (
            "matches: [{path: {type: RegularExpression, value: '('}}, {headers: [{name: x, type: RegularExpression, value: '['}]}]",
            &[
                "error invalid-regex spec.rules[0].matches[0].path.value",
                "error invalid-regex spec.rules[0].matches[1].headers[0].value",
            ],
        ),
        (
            "matches: [{path: {type: Prefix, value: /}}]",
            &["error unknown-value spec.rules[0].matches[0].path.type"],
        ),
        (
            "backendRefs: [{name: a, port: 81}, {name: b, port: 80}, {group: g, kind: K, name: n}]",
            &[
                "warning backend-not-found spec.rules[0].backendRefs[0]",
                "warning backend-not-found spec.rules[0].backendRefs[1]",
                "warning backend-not-found spec.rules[0].backendRefs[2]",
            ],
        ),
        (
            "backendRefs: [{name: a}, {name: a.default, port: 80}]",
            &[
                "error invalid-backend spec.rules[0].backendRefs[0]",
                "error invalid-backend spec.rules[0].backendRefs[1].name",
            ],
        ),
        (
            "backendRefs: [{group: networking.istio.io, kind: Hostname, name: outside.test, namespace: n, port: 80}]",
            &["error invalid-backend spec.rules[0].backendRefs[0].namespace"],
        ),
        (
            "filters: [{type: ExtensionRef, extensionRef: {group: g, kind: K, name: n}}]",
            &["error unsupported-field spec.rules[0].filters[0].type"],
        ),
        (
            "backendRefs: [{name: a, port: 80, filters: [{type: URLRewrite, urlRewrite: {hostname: h}}]}]",
            &["error unsupported-field spec.rules[0].backendRefs[0].filters[0].type"],
        ),
        (
            "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}}}]",
            &["warning backend-not-found spec.rules[0].filters[0].requestMirror.backendRef"],
        ),
        (
            "sessionPersistence: {sessionName: s}",
            &["warning unsupported-field spec.rules[0].sessionPersistence"],
        ),
    ] {
        let spec = format!("{{{PARENT}, rules: [{{{rule}}}]}}");
        assert_eq!(findings(&spec), expected, "{rule}");
    }
}
