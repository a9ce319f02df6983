//! What can be typed.

use std::path::PathBuf;

use clap::Args;
use mainsheet_core::compile::{Proxy, ProxyKind};
use mainsheet_core::matcher::RepeatedHeaders;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::sent::SentRequest;

use super::page::Page;
use super::requests::{self, Many};
use crate::error::{Error, Result};
use crate::input::InputArgs;
use crate::up::{ProxyChoice, SidecarChoice};

const EXAMPLES: &str = "\
Examples:
  mainsheet explain k8s/ -- http://reviews:9080/reviews/1 -H 'end-user: jason'
  mainsheet explain k8s/ http://reviews:9080/reviews/1 -X POST
  mainsheet explain k8s/ --gateway default/bookinfo-gateway --curl \"curl -H 'Host: bookinfo.com' http://localhost/\"
  mainsheet explain k8s/ --raw request.txt
  mainsheet explain k8s/ --requests urls.txt
  kubectl logs deploy/web -c istio-proxy | mainsheet explain k8s/ --sidecar shop/app=web --access-log-lines -
  mainsheet explain k8s/ --markdown -- http://reviews:9080/    for an issue

Fields of --json:
  request      what was asked: method, url, port, headers
  proxy        who was asked: kind, namespace, labels
  filter       SHA-256 of the filter that has decided
  decision     what happens: outcome, status, cluster, source, upstream, timeoutMs, retries, fault, …
  listener     port, routes, ports
  host         name, virtualHost, or known and hints where nobody knows the host
  rules        each with source, at, verdict (takes, would-take, misses, not-here), unreachable, conditions; a
               condition that fails has a hint with code, why, request, rule
  bystanders   resources whose rules are not looked at, with reason, why, help
  timeline     what happens when: kind, fromMs, untilMs, text
  trace        the filter's own, up to the rule that decides
With --requests and --access-log-lines: requests, rules with their number of requests, unread lines.";

/// Arguments of `mainsheet explain`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
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
    /// Method of the URL that stands among the paths
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    method: Option<String>,
    /// Header of the request to that URL; repeat it for more
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Body of the request to that URL, which makes it a POST
    #[arg(short, long, value_name = "DATA")]
    data: Vec<String>,
    /// A whole command line of curl
    #[arg(long, value_name = "COMMAND")]
    curl: Option<String>,
    /// A file with a request as it stands on the wire; `-` is standard input
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    /// A file with one URL or one curl command a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// A file with lines of Envoy's or Istio's access log, or of one in JSON; `-` is standard input
    #[arg(long, value_name = "FILE")]
    access_log_lines: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, conflicts_with = "markdown")]
    pub(super) json: bool,
    /// Answer in Markdown
    #[arg(long)]
    markdown: bool,
    /// Seed of all draws: splits and faults
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// The request as for curl: URL, or METHOD and URL, and options such as -X, -H and -d
    #[arg(last = true, value_name = "REQUEST")]
    request: Vec<String>,
}

/// What is asked.
pub(super) enum Asked {
    /// One request.
    One(Box<SentRequest>),
    /// Several.
    Many(Many),
}

impl ExplainArgs {
    /// The input without URLs that stand among its paths.
    pub(super) fn input(&self) -> InputArgs {
        let mut input = self.input.clone();
        input.paths.retain(|path| !is_url(path));
        input
    }

    /// The request, or the requests.
    pub(super) fn asked(&self) -> Result<Asked> {
        let urls: Vec<String> = self
            .input
            .paths
            .iter()
            .filter(|path| is_url(path))
            .map(|path| path.display().to_string())
            .collect();
        let files = [&self.raw, &self.requests, &self.access_log_lines];
        let ways = files.iter().filter(|file| file.is_some()).count()
            + usize::from(self.curl.is_some())
            + usize::from(!self.request.is_empty())
            + usize::from(!urls.is_empty());
        if ways != 1 {
            let many = "more than one request: ask by a URL, `--curl`, `--raw`, `--requests`, `--access-log-lines`, or after `--`";
            return Err(requests::usage(if ways == 0 {
                "there is no request"
            } else {
                many
            }));
        }
        let reads_stdin = files
            .iter()
            .any(|file| file.as_ref().is_some_and(|file| file.as_os_str() == "-"));
        if reads_stdin && self.input.uses_stdin() {
            return Err(Error::Usage("standard input can be read only once".to_owned()));
        }
        let one = |request: std::result::Result<SentRequest, String>| {
            Ok(Asked::One(Box::new(
                request.map_err(|why| requests::usage(&why))?,
            )))
        };
        if let Some(file) = &self.raw {
            return Ok(Asked::One(Box::new(requests::of_raw(file)?)));
        }
        if let Some(file) = &self.requests {
            return Ok(Asked::Many(Many::of_list(file)?));
        }
        if let Some(file) = &self.access_log_lines {
            return Ok(Asked::Many(Many::of_access_log(file)?));
        }
        match &self.curl {
            Some(curl) => one(requests::curl_line(&with_curl(curl))),
            None if urls.is_empty() => one(requests::from_words(&self.request)),
            None => one(requests::from_words(&self.words(urls))),
        }
    }

    /// The options as curl has them.
    fn words(&self, mut words: Vec<String>) -> Vec<String> {
        let options = [("-H", &self.headers), ("-d", &self.data)];
        let method = self.method.iter().map(|method| ("-X", method));
        let others = options
            .into_iter()
            .flat_map(|(option, values)| values.iter().map(move |value| (option, value)));
        for (option, value) in method.chain(others) {
            words.extend([option.to_owned(), value.clone()]);
        }
        words
    }

    /// The page as it was asked for.
    pub(super) fn print(&self, page: &Page) -> String {
        if self.markdown {
            page.markdown()
        } else {
            page.text(super::page::terminal_width())
        }
    }

    /// Whom to ask, and how to call it.
    pub(super) fn point_of_view(&self, mesh: &Mesh) -> Result<(Proxy, String)> {
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
        Ok((
            Proxy {
                repeated_headers,
                ..proxy.proxy
            },
            words,
        ))
    }
}

fn is_url(path: &std::path::Path) -> bool {
    let text = path.to_str().unwrap_or_default();
    text.starts_with("http://") || text.starts_with("https://")
}

/// What `--curl` is given may go without the word.
fn with_curl(line: &str) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    if first == "curl" || first.ends_with("/curl") {
        line.to_owned()
    } else {
        format!("curl {line}")
    }
}
