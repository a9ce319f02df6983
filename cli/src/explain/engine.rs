//! The embedded filter, and the core beside it that explains.

use std::cell::Cell;
use std::collections::BTreeSet;

use mainsheet_core::compile::{Proxy, ProxyKind, compile_mesh, gateway_ports};
use mainsheet_core::diagnostic::{DocumentId, Location};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::explain::{Answer, Explainer};
use mainsheet_core::export::cluster_names;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::request::Request;
use mainsheet_core::sent::SentRequest;
use mainsheet_core::table::RouteTable;
use mainsheet_core::trace::{SourceTrace, Trace};
use mainsheet_core::view::DecisionView;
use mainsheet_core::yaml::Loaded;
use mainsheet_tests::artifact::FILTER_WASM;
use mainsheet_tests::host::{ConnectionInfo, Host};
use mainsheet_tests::subject::{ExplainingFilter, WasmError};

use super::ExplainArgs;
use crate::error::{Error, Result};
use crate::resolve::accept;

/// Everything that is needed to answer.
pub(super) struct Engine<'e> {
    loaded: &'e Loaded,
    mesh: &'e Mesh,
    pub(super) proxy: Proxy,
    /// The proxy in words.
    pub(super) point_of_view: String,
    pub(super) table: RouteTable,
    /// The clusters that exist.
    clusters: BTreeSet<String>,
    filter: ExplainingFilter,
    /// What the filter draws from next.
    entropy: Cell<u64>,
}

/// A question and its answer.
pub(super) struct Answered {
    pub(super) request: SentRequest,
    pub(super) port: u16,
    /// `None` where Envoy answers 400 before any rule is looked at.
    pub(super) told: Option<Told>,
}

/// A request and what the filter decides.
pub(super) struct Decided {
    pub(super) request: SentRequest,
    pub(super) port: u16,
    /// `None` where Envoy answers 400 before any rule is looked at.
    pub(super) decision: Option<DecisionView>,
    /// Whether there is a cluster of that name.
    pub(super) cluster_exists: bool,
}

/// What the filter and the core say.
pub(super) struct Told {
    pub(super) answer: Answer,
    /// The headers at the filter.
    pub(super) headers: Vec<(String, String)>,
    /// The filter's own.
    pub(super) trace: Trace,
    /// Whether there is a cluster of that name.
    pub(super) cluster_exists: bool,
}

impl<'e> Engine<'e> {
    pub(super) fn start(args: &ExplainArgs, loaded: &'e Loaded, mesh: &'e Mesh) -> Result<Self> {
        let (proxy, point_of_view) = args.point_of_view(mesh)?;
        // The filter would refuse what does not compile, but it knows no files and lines.
        let table = match compile_mesh(mesh, &proxy, Report::default()) {
            Ok(compiled) => {
                accept(loaded, compiled.diagnostics)?;
                compiled.table
            }
            Err(findings) => {
                accept(loaded, findings)?;
                return Err(Error::Failed("the rules do not compile".to_owned()));
            }
        };
        let host = Host::new(FILTER_WASM).map_err(|error| failed(&error.into()))?;
        let filter = ExplainingFilter::new(&host, &loaded.bundle, &mesh.config, &proxy, args.seed);
        Ok(Self {
            loaded,
            mesh,
            clusters: cluster_names(mesh, &proxy),
            proxy,
            point_of_view,
            table,
            filter: filter.map_err(|error| failed(&error))?,
            entropy: Cell::new(args.seed),
        })
    }

    /// Asks about a request.
    pub(super) fn ask(&self, request: SentRequest) -> Result<Answered> {
        let port = self.port(&request);
        let told = match request.headers_at_filter(&self.mesh.config, self.proxy.kind) {
            Some(headers) => Some(self.tell(port, headers)?),
            None => None,
        };
        Ok(Answered { request, port, told })
    }

    /// Asks about a request in short, on a port that is known or on that of its URL.
    pub(super) fn decide(&self, request: SentRequest, port: Option<u16>) -> Result<Decided> {
        let port = port.unwrap_or_else(|| self.port(&request));
        let headers = request.headers_at_filter(&self.mesh.config, self.proxy.kind);
        let ask = |headers| {
            self.filter
                .ask(ConnectionInfo::to_port(port), headers)
                .map_err(|error| failed(&error))
        };
        let decision = headers
            .map(ask)
            .transpose()?
            .map(|(_, explanation)| explanation.decision);
        let cluster_exists = decision
            .as_ref()
            .is_none_or(|decision| self.has_cluster(decision));
        Ok(Decided {
            request,
            port,
            decision,
            cluster_exists,
        })
    }

    /// Whether there is a cluster for what is sent on.
    fn has_cluster(&self, decision: &DecisionView) -> bool {
        let cluster = decision.cluster.as_ref().filter(|_| decision.upstream.is_some());
        cluster.is_none_or(|cluster| self.clusters.contains(cluster))
    }

    fn tell(&self, port: u16, headers: Vec<(String, Vec<u8>)>) -> Result<Told> {
        let explainer = Explainer {
            mesh: self.mesh,
            proxy: &self.proxy,
            table: &self.table,
        };
        let mut answer = explainer.explain(&Request::new(port, &headers), &mut self.next_entropy());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let shown = headers
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let (_, filter) = self
            .filter
            .ask(ConnectionInfo::to_port(port), headers)
            .map_err(|error| failed(&error))?;
        let decided = (
            answer.decision.outcome,
            &answer.decision.source,
            &answer.decision.cluster,
        );
        if decided
            != (
                filter.decision.outcome,
                &filter.decision.source,
                &filter.decision.cluster,
            )
        {
            let message = "the filter and this command decide differently: this is a mistake in mainsheet, please report it";
            return Err(Error::Failed(message.to_owned()));
        }
        answer.decision = filter.decision;
        let cluster_exists = self.has_cluster(&answer.decision);
        let mut answer = answer.with_timeline(cluster_exists);
        answer.locate(|source, path| self.locate(source, path));
        Ok(Told {
            answer,
            headers: shown,
            trace: filter.trace,
            cluster_exists,
        })
    }

    /// As the filter draws.
    fn next_entropy(&self) -> Entropy {
        let mut entropy = Entropy::new(self.entropy.get());
        self.entropy.set(entropy.next_u64());
        entropy
    }

    /// A URL without a port means the port that the gateway has.
    fn port(&self, request: &SentRequest) -> u16 {
        let asked = request.port();
        if self.proxy.kind == ProxyKind::Sidecar {
            return asked;
        }
        let ports = gateway_ports(self.mesh, &self.proxy);
        let known = ports
            .iter()
            .find(|port| port.number == asked || port.listen == asked);
        match (known, ports.first()) {
            (Some(port), _) => port.listen,
            (None, Some(first)) if !request.names_port() => first.listen,
            _ => asked,
        }
    }

    /// Where a field is written.
    pub(super) fn locate(&self, source: &SourceTrace, path: &str) -> Option<Location> {
        let bundle = &self.loaded.bundle;
        let virtual_services = bundle
            .virtual_services
            .iter()
            .map(|object| (object.reference(), object.document));
        let routes = bundle
            .http_routes
            .iter()
            .map(|object| (object.reference(), object.document));
        let is_meant = |resource: &mainsheet_core::diagnostic::ResourceRef| {
            resource.kind == source.kind
                && resource.namespace == source.namespace
                && resource.name == source.name
        };
        let mut all = virtual_services.chain(routes);
        let (_, document): (_, DocumentId) = all.find(|(resource, _)| is_meant(resource))?;
        self.loaded.sources.locate(document, path)
    }
}

fn failed(error: &WasmError) -> Error {
    Error::Failed(error.to_string())
}
