//! Single messages, each read as a part of the resource that it belongs to.

use mainsheet_core::check::validation::export_to::{self, Owner};
use mainsheet_core::check::validation::http_route::{self, Place};
use mainsheet_core::check::validation::{
    Findings, Verdict, connection_pool, cors, destinations, direct_response, fault, headers, load_balancer,
    names, numbers, outlier_detection, redirect, retries, rewrite, server, server_tls, traffic_policy,
};
use mainsheet_core::diagnostic::Diagnostic;
use mainsheet_core::input::load_json;
use mainsheet_core::report::Field;
use mainsheet_core::resources::Bundle;
use mainsheet_core::resources::destination_rule::TrafficPolicy;
use mainsheet_core::resources::gateway::Server;
use mainsheet_core::resources::virtual_service::HTTPRoute;
use serde_json::{Value, json};

const FIELD: Field<'static> = Field::SPEC;

/// The findings that the function of that name has in Istio; `None` where it is not known, or has another fragment.
/// Null is an absent message, of which there is nothing to say.
pub(super) fn check(function: &str, fragment: &Value, args: &Value) -> Option<Vec<Diagnostic>> {
    let mut findings = Findings::default();
    let mut found = if fragment.is_null() {
        Vec::new()
    } else {
        of_text(function, fragment, args, &mut findings)
            .or_else(|| of_rule(function, fragment, args, &mut findings))
            .or_else(|| of_action(function, fragment, &mut findings))
            .or_else(|| of_policy(function, fragment, args, &mut findings))
            .or_else(|| of_server(function, fragment, args, &mut findings))?
    };
    found.extend(findings.into_diagnostics());
    Some(found)
}

fn load(kind: &str, spec: &Value) -> (Bundle, Vec<Diagnostic>) {
    let resource = json!({
        "apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": {"name": "foo"}, "spec": spec,
    });
    load_json(&[resource])
}

fn flag(args: &Value, name: &str) -> bool {
    args.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// Texts and numbers, and lists of texts.
fn of_text(
    function: &str,
    fragment: &Value,
    args: &Value,
    findings: &mut Findings,
) -> Option<Vec<Diagnostic>> {
    let text = || fragment.as_str();
    let verdict: Verdict = match function {
        "ValidatePortName" => names::port_name(text()?),
        "ValidateHTTPHeaderValue" => headers::value(text()?),
        "ValidateHTTPHeaderNameOrJwtClaimRoute" => headers::name_or_claim(text()?),
        "ValidateStrictHTTPHeaderName" => headers::strict_name(text()?),
        "validateHTTPStatus" => numbers::http_status(fragment.as_i64()?),
        "validateExportTo" => {
            let list: Vec<String> = serde_json::from_value(fragment.clone()).ok()?;
            let owner = match (
                flag(args, "isServiceEntry"),
                flag(args, "isDestinationRuleWithSelector"),
            ) {
                (true, _) => Owner::ServiceEntry,
                (_, true) => Owner::SelectingRule,
                _ => Owner::Other,
            };
            export_to::check(&list, owner, args.get("namespace")?.as_str()?, &FIELD, findings);
            Ok(())
        }
        _ => return None,
    };
    findings.judge(verdict, &FIELD);
    Some(Vec::new())
}

/// A rule for HTTP with these fields.
fn rule(fields: &Value) -> Option<(HTTPRoute, Vec<Diagnostic>)> {
    let (bundle, found) = load("VirtualService", &json!({"http": [fields]}));
    Some((bundle.virtual_services.first()?.spec.http.first()?.clone(), found))
}

fn of_rule(
    function: &str,
    fragment: &Value,
    args: &Value,
    findings: &mut Findings,
) -> Option<Vec<Diagnostic>> {
    let field = &FIELD;
    let with = |name: &str| rule(&json!({name: fragment}));
    Some(match function {
        "validateHTTPRoute" => {
            let (rule, found) = rule(fragment)?;
            let place = Place {
                in_delegate: flag(args, "delegate"),
                converted: flag(args, "gatewaySemantics"),
            };
            http_route::check(&rule, place, field, findings);
            found
        }
        "validateCORSPolicy" => {
            let (rule, found) = with("corsPolicy")?;
            cors::check(&rule.cors_policy?, field, findings);
            found
        }
        "validateHTTPFaultInjectionAbort" => {
            let (rule, found) = rule(&json!({"fault": {"abort": fragment}}))?;
            fault::check_abort(&rule.fault?.abort?, field, findings);
            found
        }
        "validateHTTPFaultInjectionDelay" => {
            let (rule, found) = rule(&json!({"fault": {"delay": fragment}}))?;
            fault::check_delay(&rule.fault?.delay?, field, findings);
            found
        }
        "validateDestination" => {
            let (rule, found) = with("mirror")?;
            destinations::check(&rule.mirror?, field, findings);
            found
        }
        "validateRouteDestinations" => {
            let (bundle, found) = load("VirtualService", &json!({"tcp": [{"route": fragment}]}));
            let list = &bundle.virtual_services.first()?.spec.tcp.first()?.route;
            destinations::of_connections(list, flag(args, "gatewaySemantics"), field, findings);
            found
        }
        _ => return None,
    })
}

/// What a rule does.
fn of_action(function: &str, fragment: &Value, findings: &mut Findings) -> Option<Vec<Diagnostic>> {
    let field = &FIELD;
    let with = |name: &str| rule(&json!({name: fragment}));
    Some(match function {
        "ValidateHTTPRetry" => {
            let (rule, found) = with("retries")?;
            retries::check(&rule.retries?, field, findings);
            found
        }
        "validateHTTPRewrite" => {
            let (rule, found) = with("rewrite")?;
            rewrite::check(&rule.rewrite?, field, findings);
            found
        }
        "validateURIRegexRewrite" => {
            let (rule, found) = rule(&json!({"rewrite": {"uriRegexRewrite": fragment}}))?;
            let regex = rule.rewrite?.uri_regex_rewrite?;
            rewrite::check_regex(&regex, field, findings);
            found
        }
        "validateHTTPRedirect" => {
            let (rule, found) = with("redirect")?;
            redirect::check(&rule.redirect?, field, findings);
            found
        }
        "validateHTTPDirectResponse" => {
            let (rule, found) = with("directResponse")?;
            direct_response::check(&rule.direct_response?, field, findings);
            found
        }
        _ => return None,
    })
}

/// A traffic policy with these fields.
fn policy(fields: &Value) -> Option<(TrafficPolicy, Vec<Diagnostic>)> {
    let (bundle, found) = load("DestinationRule", &json!({"trafficPolicy": fields}));
    Some((
        bundle.destination_rules.first()?.spec.traffic_policy.clone()?,
        found,
    ))
}

fn of_policy(
    function: &str,
    fragment: &Value,
    args: &Value,
    findings: &mut Findings,
) -> Option<Vec<Diagnostic>> {
    let with = |name: &str| policy(&json!({name: fragment}));
    Some(match function {
        "validateTrafficPolicy" => {
            let (policy, found) = policy(fragment)?;
            traffic_policy::check(&policy, "default", &FIELD, findings);
            found
        }
        "validateConnectionPool" => {
            let (policy, found) = with("connectionPool")?;
            connection_pool::check(&policy.connection_pool?, &FIELD, findings);
            found
        }
        "validateOutlierDetection" => {
            let (policy, found) = with("outlierDetection")?;
            outlier_detection::check(&policy.outlier_detection?, &FIELD, findings);
            found
        }
        "validateLoadBalancer" => {
            let fields = json!({"loadBalancer": fragment, "outlierDetection": args.get("outlier")});
            let (policy, found) = policy(&fields)?;
            let (balancer, outlier) = (policy.load_balancer?, policy.outlier_detection);
            load_balancer::check(&balancer, outlier.as_ref(), &FIELD, findings);
            found
        }
        _ => return None,
    })
}

/// A server with these fields.
fn server_of(fields: &Value) -> Option<(Server, Vec<Diagnostic>)> {
    let (bundle, found) = load("Gateway", &json!({"servers": [fields]}));
    Some((bundle.gateways.first()?.spec.servers.first()?.clone(), found))
}

fn of_server(
    function: &str,
    fragment: &Value,
    args: &Value,
    findings: &mut Findings,
) -> Option<Vec<Diagnostic>> {
    Some(match function {
        "validateServer" => {
            let (server, found) = server_of(fragment)?;
            server::check(&server, flag(args, "gatewaySemantics"), &FIELD, findings);
            found
        }
        "validateServerPort" => {
            let (server, found) = server_of(&json!({"port": fragment}))?;
            server::check_port(&server.port?, args.get("bind")?.as_str()?, &FIELD, findings);
            found
        }
        "validateTLSOptions" => {
            let (server, found) = server_of(&json!({"tls": fragment}))?;
            server_tls::check(&server.tls?, &FIELD, findings);
            found
        }
        _ => return None,
    })
}
