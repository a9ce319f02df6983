//! Test files of istio-config-validator, read as they are. A test holds if the rule that Istio takes says what the test
//! says; where istio-config-validator takes another rule, the report tells why.
//! Source: istio-config-validator `internal/pkg/unit`, `docs/test-cases.md`.

mod model;
mod oracle;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

use mainsheet_core::cases::{Case, OneOrMany, PointOfView, Request, Test};
use mainsheet_core::diagnostic::{Diagnostic, DocumentId, Location, Severity};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, Gateway, MeshConfig, Object};
use mainsheet_core::yaml::{self, Loaded, Sources};
use mainsheet_tests::subject::World;

use self::model::{IcvRequest, Suite, TestCase};
pub(super) use self::verdict::judge;
use super::plan::{Planned, Ready, ends_in, line, question, world_name};
use crate::findings::Findings;
use crate::input::InputFile;

/// What one case asks.
pub(super) struct Icv {
    /// The test.
    case: TestCase,
    /// The request that it is about.
    input: Input,
}

/// A test, and where it is written.
struct Written {
    case: TestCase,
    location: Option<Location>,
}

/// One combination of what a request lists.
#[derive(Clone, Debug)]
struct Input {
    authority: String,
    method: String,
    /// With its query, which istio-config-validator drops.
    uri: String,
    headers: BTreeMap<String, String>,
}

/// Whether a file is one of its tests, as its examples are called.
pub(super) fn is_test_file(name: &OsStr) -> bool {
    ends_in(name, &["_test.yml", "_test.yaml"])
}

/// Reads a test file, to be asked of `shared`.
pub(super) fn ready(file: &InputFile, shared: &[InputFile], filter: &str) -> Result<Ready, Box<Findings>> {
    let (cases, findings, sources) = read(file);
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(Box::new(Findings::new(findings, &sources)));
    }
    let files = shared.iter().map(|file| (file.name.clone(), file.text.clone()));
    let loaded = yaml::load(files);
    let builder = Builder {
        bundle: with_stand_ins(&loaded.bundle),
        loaded,
        points: Vec::new(),
        worlds: Vec::new(),
        warnings: findings,
    };
    builder.build(cases, filter)
}

/// The tests of all documents of a file, each with its path and document. What is unknown is passed over, as
/// istio-config-validator does, but not in silence.
fn read(file: &InputFile) -> (Vec<Written>, Vec<Diagnostic>, Sources) {
    let (mut cases, mut findings) = (Vec::new(), Vec::new());
    let mut last = Sources::default();
    for document in documents(&file.text) {
        let (suite, sources, found): (Suite, _, _) = yaml::read_with_findings(file.name.clone(), document);
        findings.extend(found.into_iter().map(|finding| match finding.code.as_str() {
            "unknown-field" => Diagnostic {
                severity: Severity::Warning,
                ..finding
            },
            _ => finding,
        }));
        for (index, case) in suite.test_cases.into_iter().enumerate() {
            let path = format!("testCases[{index}]");
            let place = sources.locate(DocumentId::default(), &path);
            findings.extend(case.problem().map(|problem| Diagnostic {
                location: place.clone(),
                ..Diagnostic::error("empty-list", problem).at(path)
            }));
            cases.push(Written {
                case,
                location: place,
            });
        }
        last = sources;
    }
    (cases, findings, last)
}

/// The documents of a text, each at the lines where it stands.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for (number, line) in text.lines().enumerate() {
        if line.trim_end() == "---" {
            documents.push("\n".repeat(number));
        }
        if let Some(document) = documents.last_mut() {
            document.push_str(if line.trim_end() == "---" { "" } else { line });
            document.push('\n');
        }
    }
    documents.retain(|document| !document.trim().is_empty());
    documents
}

/// istio-config-validator needs neither Gateways nor Services. A Gateway that the resources name and do not have serves
/// every host on port 80; and as in any cluster, there is a Service whose port 80 speaks HTTP.
fn with_stand_ins(bundle: &Bundle) -> Bundle {
    let mut bundle = bundle.clone();
    bundle.extend(yaml::load([("-", PORT_80)]).bundle);
    let mut known: BTreeSet<(String, String)> = bundle
        .gateways
        .iter()
        .map(|gateway| (gateway.metadata.namespace.clone(), gateway.metadata.name.clone()))
        .collect();
    let mut missing = Vec::new();
    for object in &bundle.virtual_services {
        for gateway in object.spec.gateways.iter().filter(|gateway| *gateway != "mesh") {
            let (namespace, name) = gateway_key(gateway, &object.metadata.namespace);
            if known.insert((namespace.clone(), name.clone())) {
                missing.push(stand_in(&namespace, &name));
            }
        }
    }
    bundle.gateways.extend(missing);
    bundle
}

const PORT_80: &str = "{apiVersion: v1, kind: Service, metadata: {name: port-80, namespace: mainsheet-stand-in}, \
    spec: {ports: [{name: http, port: 80}]}}";

fn gateway_key(gateway: &str, own: &str) -> (String, String) {
    let (namespace, name) = gateway.split_once('/').unwrap_or((own, gateway));
    let namespace = if namespace == "." { own } else { namespace };
    (namespace.to_owned(), name.to_owned())
}

fn stand_in(namespace: &str, name: &str) -> Object<Gateway> {
    let text = format!(
        "apiVersion: networking.istio.io/v1\nkind: Gateway\n\
         metadata: {{name: {name:?}, namespace: {namespace:?}}}\n\
         spec:\n  selector: {{gateway: {:?}}}\n  servers:\n  - port: {{number: 80, name: http, protocol: HTTP}}\n    hosts: ['*']\n",
        format!("{namespace}.{name}")
    );
    let loaded = yaml::load([("-", text)]);
    loaded.bundle.gateways.into_iter().next().unwrap_or_default()
}

struct Builder {
    loaded: Loaded,
    bundle: Bundle,
    points: Vec<PointOfView>,
    worlds: Vec<World>,
    warnings: Vec<Diagnostic>,
}

impl Builder {
    fn build(mut self, cases: Vec<Written>, filter: &str) -> Result<Ready, Box<Findings>> {
        let refused =
            |findings: Vec<Diagnostic>, loaded: &Loaded| Box::new(Findings::new(findings, &loaded.sources));
        if self.loaded.has_errors() {
            return Err(refused(self.loaded.diagnostics.clone(), &self.loaded));
        }
        let mut report = Report::default();
        let mesh = Mesh::new(&self.bundle, &MeshConfig::default(), &mut report);
        self.warnings.extend(self.loaded.diagnostics.iter().cloned());
        self.warnings.extend(report.into_diagnostics());
        let mut questions = Vec::new();
        for Written { case, location } in cases {
            for input in case.request.inputs() {
                let name = format!(
                    "{} [{} {}{}]",
                    case.description, input.method, input.authority, input.uri
                );
                if !name.contains(filter) {
                    continue;
                }
                let point = self.point_of_view(&input.authority);
                let world = self
                    .world(&mesh, &point)
                    .map_err(|findings| refused(findings, &self.loaded))?;
                let test = test(&name, &input, self.port(&mesh, &input.authority));
                let Some(asked) = test.cases().ok().and_then(|cases| cases.into_iter().next()) else {
                    continue;
                };
                questions.extend(self.planned(&asked, test, world).map(|planned| Planned {
                    location: location.clone(),
                    icv: Some(Icv {
                        case: case.clone(),
                        input,
                    }),
                    ..planned
                }));
            }
        }
        self.warnings
            .retain(|finding| finding.severity == Severity::Warning);
        self.loaded.sources.resolve(&mut self.warnings);
        Ok(Ready {
            loaded: self.loaded,
            worlds: self.worlds,
            questions,
            warnings: self.warnings,
        })
    }

    fn planned(&mut self, asked: &Case, test: Test, world: usize) -> Option<Planned> {
        let of_world = self.worlds.get_mut(world)?;
        Some(Planned {
            name: asked.name.clone(),
            location: None,
            world,
            line: line(asked),
            question: question(asked, &test, of_world),
            test,
            icv: None,
        })
    }

    /// Who asks: the sidecar or gateway that the first VirtualService with this host is for.
    fn point_of_view(&self, authority: &str) -> PointOfView {
        let mut services = self.bundle.virtual_services.iter();
        let found = services.find(|object| {
            let mut hosts = object.spec.hosts.iter();
            hosts.any(|host| host == authority || oracle::is_below(host, authority))
        });
        let Some(object) = found else {
            return PointOfView::default();
        };
        let own = &object.metadata.namespace;
        let gateways = &object.spec.gateways;
        let gateway = gateways
            .first()
            .filter(|_| gateways.iter().all(|name| name != "mesh"));
        match gateway.map(|gateway| gateway_key(gateway, own)) {
            Some((namespace, name)) => PointOfView {
                gateway: format!("{namespace}/{name}"),
                ..PointOfView::default()
            },
            None => PointOfView {
                namespace: own.clone(),
                ..PointOfView::default()
            },
        }
    }

    /// The port of the service with this name, if there is one.
    fn port(&self, mesh: &Mesh, authority: &str) -> Option<u16> {
        let mut services = mesh.registry.services().iter();
        let service = services.find(|service| service.hostname == authority)?;
        service.ports.first().map(|port| port.number)
    }

    fn world(&mut self, mesh: &Mesh, point: &PointOfView) -> Result<usize, Vec<Diagnostic>> {
        if let Some(known) = self.points.iter().position(|other| other == point) {
            return Ok(known);
        }
        let unknown = |message: String| vec![Diagnostic::error("unknown-gateway", message)];
        let proxy = point.proxy(mesh).map_err(unknown)?;
        let name = world_name();
        let bundle = self.bundle.clone();
        let world = World::new(name, bundle, MeshConfig::default(), proxy, BTreeSet::new())?;
        self.points.push(point.clone());
        self.worlds.push(world);
        Ok(self.worlds.len() - 1)
    }
}

/// The request in our own form.
fn test(name: &str, input: &Input, port: Option<u16>) -> Test {
    let headers = input.headers.iter();
    let line = |value: &String| OneOrMany::from(OneOrMany::from(value.clone()));
    Test {
        name: name.to_owned(),
        request: Request {
            method: input.method.clone().into(),
            host: input.authority.clone().into(),
            path: input.uri.clone().into(),
            port,
            headers: headers.map(|(name, value)| (name.clone(), line(value))).collect(),
            ..Request::default()
        },
        ..Test::default()
    }
}

impl IcvRequest {
    /// Every combination, in the order of istio-config-validator.
    fn inputs(&self) -> Vec<Input> {
        let mut inputs = Vec::new();
        for uri in &self.uri {
            for authority in &self.authority {
                for method in &self.method {
                    inputs.push(Input {
                        authority: authority.clone(),
                        method: method.clone(),
                        uri: uri.clone(),
                        headers: self.headers.clone(),
                    });
                }
            }
        }
        inputs
    }
}
