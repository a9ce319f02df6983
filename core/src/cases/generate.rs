//! Tests for rules that have none: one for each rule and each of its boundaries, expecting what the rules do today.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::list::OneOrMany;
use super::model::{
    AbortExpect, DelayExpect, DestinationExpect, Expect, FaultExpect, MirrorExpect, PointOfView, RuleExpect,
    Suite, Test, WeightExpect,
};
use super::names::Cluster;
use super::{compare, sample};
use crate::compile::{Proxy, compile_mesh};
use crate::entropy::Entropy;
use crate::matcher::{HeaderMatcher, ValueMatcher};
use crate::mesh::Mesh;
use crate::report::Report;
use crate::request::Request;
use crate::resources::scalar::{Duration, Percent};
use crate::resources::virtual_service::PortSelector;
use crate::table::{PathCache, Route, RouteTable, VirtualHost};
use crate::view::{AbortView, DecisionView, FaultView, OutcomeKind, Share};

/// Writes tests for the HTTP rules of a mesh, as its Gateways and the sidecars of the rules' namespaces see them.
pub fn generate(mesh: &Mesh) -> Suite {
    let mut suite = Suite::default();
    let mut known = BTreeSet::new();
    for (index, point) in points_of_view(mesh).into_iter().enumerate() {
        let Ok(proxy) = point.proxy(mesh) else { continue };
        let Ok(compiled) = compile_mesh(mesh, &proxy, Report::default()) else {
            continue;
        };
        let mut writer = Writer {
            mesh,
            table: &compiled.table,
            proxy: &proxy,
            tests: Vec::new(),
            known: &mut known,
        };
        writer.write();
        let tests = writer.tests;
        if index == 0 || suite.tests.is_empty() {
            suite.proxy = point.clone();
        }
        let other = Some(point).filter(|point| *point != suite.proxy);
        suite.tests.extend(tests.into_iter().map(|test| Test {
            proxy: other.clone(),
            ..test
        }));
    }
    suite
}

/// Those who see rules: each Gateway, and a sidecar in each namespace that has rules for sidecars.
fn points_of_view(mesh: &Mesh) -> Vec<PointOfView> {
    let of_mesh = mesh
        .virtual_services
        .iter()
        .filter(|rules| rules.gateways.iter().any(|gateway| gateway == "mesh") && !rules.hosts.is_empty());
    let namespaces: BTreeSet<&str> = of_mesh
        .map(|rules| rules.subject.resource.namespace.as_str())
        .collect();
    let sidecars = namespaces.into_iter().map(|namespace| PointOfView {
        namespace: namespace.to_owned(),
        ..PointOfView::default()
    });
    let gateways = mesh.gateways.iter().map(|gateway| PointOfView {
        gateway: format!(
            "{}/{}",
            gateway.subject.resource.namespace, gateway.subject.resource.name
        ),
        ..PointOfView::default()
    });
    sidecars.chain(gateways).collect()
}

struct Writer<'w> {
    mesh: &'w Mesh,
    table: &'w RouteTable,
    proxy: &'w Proxy,
    tests: Vec<Test>,
    /// Names that are taken.
    known: &'w mut BTreeSet<String>,
}

/// A request that is being made up.
#[derive(Clone)]
struct Draft<'d> {
    host: &'d str,
    port: u16,
    scheme: String,
    method: Option<String>,
    path: String,
    query: Vec<String>,
    headers: Vec<(String, String)>,
}

impl Writer<'_> {
    fn write(&mut self) {
        let table = self.table;
        for (port, config) in &table.route_configs {
            for host in config.virtual_hosts() {
                let Some(domain) = domain(host) else { continue };
                for route in host.routes.routes() {
                    self.route(*port, &domain, route);
                }
            }
        }
    }

    fn route(&mut self, port: u16, host: &str, route: &Route) {
        let Some(source) = &route.source else { return };
        let block = source
            .block
            .map(|block| format!(" match[{block}]"))
            .unwrap_or_default();
        let name = format!("{} http[{}]{block}", source.resource.name, source.rule);
        if !self.known.insert(format!("{} {name}", source.resource)) {
            return;
        }
        let mut paths = sample::inside(&route.matcher.path).into_iter();
        let Some((path, _)) = paths.next() else { return };
        let mut draft = Draft {
            host,
            port,
            scheme: "http".to_owned(),
            method: None,
            path,
            query: Vec::new(),
            headers: Vec::new(),
        };
        for query in &route.matcher.query {
            if let Some(value) = sample::value(&query.value) {
                draft.query.push(format!("{}={value}", query.name));
            }
        }
        let mut absent = Vec::new();
        for header in &route.matcher.headers {
            draft.add(header);
            if !header.name.starts_with(':') {
                absent.push(header);
            }
        }
        self.test(&name, &draft);
        for (path, words) in paths.chain(sample::outside(&route.matcher.path)) {
            let draft = Draft {
                path,
                ..draft.clone()
            };
            self.test(&format!("{name}, {words}"), &draft);
        }
        for header in absent {
            let (draft, words) = draft.against(header);
            self.test(&format!("{name}, {words}"), &draft);
        }
    }

    fn test(&mut self, name: &str, draft: &Draft<'_>) {
        let mut test = Test {
            name: name.to_owned(),
            ..Test::default()
        };
        draft.write(&mut test);
        let unique = self.tests.iter().all(|other| other.name != test.name);
        let cases = test.cases().unwrap_or_default();
        if let Some(case) = cases.first().filter(|_| unique)
            && let Some(headers) = case.request.headers_at_filter(&self.mesh.config, self.proxy.kind)
        {
            let port = super::arrival_port(&case.request, self.mesh, self.proxy);
            let request = Request::new(port, &headers);
            let decision =
                self.table
                    .decide(&request, &mut Entropy::new(1), &mut PathCache::default(), &mut ());
            test.expect = expectation(&DecisionView::new(&decision, &request));
            self.tests.push(test);
        }
    }
}

/// A name that leads to the virtual host.
fn domain(host: &VirtualHost) -> Option<String> {
    let mut domains = host.domains.iter();
    let exact = domains.find(|domain| !domain.contains('*'));
    let name = exact.or(host.domains.first())?;
    Some(match name.as_str() {
        "*" => "any.example".to_owned(),
        name => name.replacen('*', "any", 1),
    })
}

impl Draft<'_> {
    /// Makes the request satisfy the condition, as far as it can.
    fn add(&mut self, header: &HeaderMatcher) {
        if header.invert {
            return;
        }
        let Some(value) = sample::value(&header.value) else {
            return;
        };
        match &*header.name {
            ":method" => self.method = Some(value),
            ":scheme" => self.scheme = value,
            ":authority" => {}
            name => self.headers.push((name.to_owned(), value)),
        }
    }

    /// The same request, not satisfying the condition, and how.
    fn against(&self, header: &HeaderMatcher) -> (Self, String) {
        let mut other = self.clone();
        if header.invert {
            let value = match &header.value {
                ValueMatcher::Present => Some("any".to_owned()),
                value => sample::value(value),
            };
            let value = value.unwrap_or_default();
            let words = format!("with {} {value}", header.name);
            other.headers.push((header.name.to_string(), value));
            return (other, words);
        }
        other.headers.retain(|(name, _)| *name != *header.name);
        (other, format!("without {}", header.name))
    }

    fn write(&self, test: &mut Test) {
        let has_port = self
            .host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let usual = if self.scheme == "https" { 443 } else { 80 };
        let port = if has_port || self.port == usual {
            String::new()
        } else {
            format!(":{}", self.port)
        };
        let mark = if self.query.is_empty() { "" } else { "?" };
        let url = format!(
            "{}://{}{port}{}{mark}{}",
            self.scheme,
            self.host,
            self.path,
            self.query.join("&")
        );
        test.request.url = url.into();
        test.request.method = self.method.clone().map(Into::into).unwrap_or_default();
        for (name, value) in &self.headers {
            let lines = OneOrMany::from(value.clone());
            test.request.headers.insert(name.clone(), lines.into());
        }
    }
}

/// What a test expects that has seen this.
fn expectation(decision: &DecisionView) -> Expect {
    let mut expect = Expect {
        redirect: decision.location.clone(),
        timeout: decision.timeout_ms.map(milliseconds),
        fault: decision.fault.as_ref().map(fault),
        mirrors: mirrors(decision),
        rule: decision.source.as_ref().map(|source| {
            let (index, block) = compare::position(source);
            RuleExpect {
                name: None,
                virtual_service: Some(format!("{}/{}", source.namespace, source.name)),
                index,
                block,
            }
        }),
        ..Expect::default()
    };
    match decision.destinations.as_slice() {
        [] => {}
        [only] => expect.destination = Some(destination(&only.cluster)),
        several => expect.weights = several.iter().map(weight).collect(),
    }
    match decision.outcome {
        OutcomeKind::NoRoute
        | OutcomeKind::NoVirtualHost
        | OutcomeKind::NoListener
        | OutcomeKind::Blackhole => {
            expect.no_route = Some(true);
        }
        OutcomeKind::Passthrough if decision.destinations.is_empty() => {
            let cluster = decision.cluster.as_deref().unwrap_or_default();
            expect.destination = Some(destination(cluster));
        }
        _ => {}
    }
    let at_times = decision
        .fault
        .as_ref()
        .is_some_and(|fault| fault.abort.as_ref().is_some_and(|abort| abort.percent < 100.0));
    expect.status = decision.status.filter(|_| !at_times && expect.no_route.is_none());
    expect
}

fn destination(cluster: &str) -> DestinationExpect {
    let cluster = Cluster::parse(cluster);
    DestinationExpect {
        host: Some(cluster.host.to_owned()),
        subset: Some(cluster.subset.to_owned()).filter(|subset| !subset.is_empty()),
        port: cluster.port.map(|number| PortSelector { number }),
    }
}

fn weight(share: &Share) -> WeightExpect {
    WeightExpect {
        destination: destination(&share.cluster),
        weight: share.weight,
    }
}

fn mirrors(decision: &DecisionView) -> Option<Vec<MirrorExpect>> {
    let mirror = |mirror: &crate::view::MirrorView| MirrorExpect {
        destination: destination(&mirror.cluster),
        percentage: Some(Percent {
            value: mirror.percent,
        })
        .filter(|percent| percent.value < 100.0),
    };
    let mirrors: Vec<MirrorExpect> = decision.mirrors.iter().map(mirror).collect();
    Some(mirrors).filter(|mirrors| !mirrors.is_empty())
}

fn fault(fault: &FaultView) -> FaultExpect {
    FaultExpect {
        delay: fault.delay.as_ref().map(|delay| DelayExpect {
            percentage: Some(Percent { value: delay.percent }),
            fixed_delay: Some(milliseconds(delay.fixed_ms)),
        }),
        abort: fault.abort.as_ref().map(|abort| {
            let (http_status, grpc_status) = match abort.what {
                AbortView::HttpStatus(status) => (Some(status), None),
                AbortView::GrpcStatus(status) => (None, Some(status)),
            };
            AbortExpect {
                percentage: Some(Percent { value: abort.percent }),
                http_status,
                grpc_status,
            }
        }),
    }
}

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX))
}
