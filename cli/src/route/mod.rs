//! `mainsheet route`: which rule decides a request, and why. Decided by the embedded filter, so the answer is
//! the one that production gives.

mod render;
mod request;

use std::collections::BTreeSet;

use clap::Args;
use mainsheet_core::compile::{Proxy, ProxyKind, compile_mesh, gateway_ports};
use mainsheet_core::export::cluster_names;
use mainsheet_core::matcher::RepeatedHeaders;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::sent::SentRequest;
use mainsheet_core::view::Explanation;
use mainsheet_core::yaml::Loaded;
use mainsheet_tests::artifact::FILTER_WASM;
use mainsheet_tests::host::{ConnectionInfo, Host};
use mainsheet_tests::subject::{ExplainingFilter, WasmError};

use crate::error::{Error, Result};
use crate::input::InputArgs;
use crate::output;
use crate::resolve::{accept, load};
use crate::up::{ProxyChoice, SidecarChoice};

/// Arguments of `mainsheet route`.
#[derive(Args, Clone, Debug)]
pub struct RouteArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Ask the gateway workload that serves this Gateway
    #[arg(long, value_name = "NAMESPACE/NAME", conflicts_with = "sidecar")]
    gateway: Option<String>,
    /// Ask the sidecar of a workload: its namespace and, where rules look at them, its labels [default: default]
    #[arg(long, value_name = "NAMESPACE[/LABEL=VALUE,…]")]
    sidecar: Option<SidecarChoice>,
    /// Match the values of a repeated header joined with commas, as Envoy before 1.39 and so Istio up to 1.30
    #[arg(long)]
    joined_headers: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// Seed of all draws: splits and faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The request: METHOD URL [-H 'name: value']…
    #[arg(last = true, required = true, value_name = "REQUEST")]
    request: Vec<String>,
}

/// A question and its answer.
struct Answer {
    request: SentRequest,
    port: u16,
    proxy: Proxy,
    /// In words.
    point_of_view: String,
    /// `None` where Envoy answers 400 before any rule is looked at.
    explanation: Option<Explanation>,
    /// The clusters that exist.
    clusters: BTreeSet<String>,
}

/// Runs `mainsheet route`.
pub fn run(args: &RouteArgs) -> Result<()> {
    let request = request::parse(&args.request)?;
    let (loaded, mesh) = load(&args.input)?;
    let (proxy, point_of_view) = args.point_of_view(&mesh)?;
    // The filter would refuse what does not compile, but it knows no files and lines.
    let findings = match compile_mesh(&mesh, &proxy, Report::default()) {
        Ok(compiled) => compiled.diagnostics,
        Err(findings) => findings,
    };
    accept(&loaded, findings)?;
    let port = port(&request, &mesh, &proxy);
    let question = Question {
        loaded: &loaded,
        mesh: &mesh.config,
        proxy: &proxy,
        port,
        seed: args.seed,
    };
    let explanation = question.ask(&request)?;
    let answer = Answer {
        clusters: cluster_names(&mesh, &proxy),
        request,
        port,
        proxy,
        point_of_view,
        explanation,
    };
    if args.json {
        output::line(render::json(&answer)?);
    } else {
        output::line(render::text(&answer, &loaded));
    }
    Ok(())
}

impl RouteArgs {
    fn point_of_view(&self, mesh: &Mesh) -> Result<(Proxy, String)> {
        let choice = ProxyChoice {
            gateways: self.gateway.iter().cloned().collect(),
            sidecars: match (&self.gateway, &self.sidecar) {
                (None, None) => vec![SidecarChoice::of_namespace("default")],
                (_, sidecar) => sidecar.iter().cloned().collect(),
            },
        };
        let proxies = choice.proxies(mesh).map_err(Error::Usage)?;
        let proxy = proxies
            .into_iter()
            .next()
            .ok_or_else(|| Error::Usage("no proxy is named".to_owned()))?;
        let words = match (&self.gateway, proxy.proxy.kind) {
            (Some(gateway), _) => format!("gateway {gateway}"),
            (None, ProxyKind::Gateway) => format!("gateway {}", proxy.name),
            (None, ProxyKind::Sidecar) => format!("sidecar of namespace {}", proxy.proxy.namespace),
        };
        let repeated_headers = if self.joined_headers {
            RepeatedHeaders::Joined
        } else {
            RepeatedHeaders::Individually
        };
        let proxy = Proxy {
            repeated_headers,
            ..proxy.proxy
        };
        Ok((proxy, words))
    }
}

/// A URL without a port means the port that the gateway has.
fn port(request: &SentRequest, mesh: &Mesh, proxy: &Proxy) -> u16 {
    let asked = request.port();
    if proxy.kind == ProxyKind::Sidecar {
        return asked;
    }
    let ports = gateway_ports(mesh, proxy);
    let known = ports
        .iter()
        .find(|port| port.number == asked || port.listen == asked);
    match (known, ports.first()) {
        (Some(port), _) => port.listen,
        (None, Some(first)) if !request.names_port() => first.listen,
        _ => asked,
    }
}

/// What a question is about, apart from the request.
struct Question<'q> {
    loaded: &'q Loaded,
    mesh: &'q MeshConfig,
    proxy: &'q Proxy,
    port: u16,
    seed: u64,
}

impl Question<'_> {
    /// `None` where Envoy answers 400 before any rule is looked at.
    fn ask(&self, request: &SentRequest) -> Result<Option<Explanation>> {
        let Some(headers) = request.headers_at_filter(self.mesh, self.proxy.kind) else {
            return Ok(None);
        };
        let failed = |error: WasmError| Error::Failed(error.to_string());
        let host = Host::new(FILTER_WASM).map_err(|error| failed(error.into()))?;
        let bundle = &self.loaded.bundle;
        let filter =
            ExplainingFilter::new(&host, bundle, self.mesh, self.proxy, self.seed).map_err(failed)?;
        let connection = ConnectionInfo::to_port(self.port);
        let (_, explanation) = filter.ask(connection, headers).map_err(failed)?;
        Ok(Some(explanation))
    }
}
