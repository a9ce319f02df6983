//! The answer of an upstream.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Response, StatusCode};
use serde::Serialize;

use super::Server;
use super::control::Control;

#[derive(Serialize)]
struct Report<'a> {
    workload: &'a str,
    service: &'a str,
    namespace: &'a str,
    labels: &'a BTreeMap<String, String>,
    method: &'a str,
    path: &'a str,
    authority: String,
    headers: Vec<(&'a str, String)>,
    body_bytes: usize,
    attempt: u32,
}

pub(super) async fn answer(
    server: Arc<Server>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let control = Control::from_headers(&parts.headers);
    let id = parts
        .headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok());
    let attempt = server.attempts.count(id);
    // A body that breaks off counts as what arrived of it: nothing.
    let body_bytes = body.collect().await.map_or(0, |body| body.to_bytes().len());
    if let Some(delay) = control.delay {
        tokio::time::sleep(delay).await;
    }
    let report = Report {
        workload: &server.workload.name,
        service: &server.workload.service,
        namespace: &server.workload.namespace,
        labels: &server.workload.labels,
        method: parts.method.as_str(),
        path: parts.uri.path_and_query().map_or("", |path| path.as_str()),
        authority: authority(&parts),
        headers: text_headers(&parts.headers),
        body_bytes,
        attempt,
    };
    Ok(respond(&control, attempt, &report))
}

fn authority(parts: &hyper::http::request::Parts) -> String {
    let host = parts
        .headers
        .get(HOST)
        .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    host.or_else(|| parts.uri.authority().map(ToString::to_string))
        .unwrap_or_default()
}

fn text_headers(headers: &HeaderMap) -> Vec<(&str, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect()
}

fn respond(control: &Control, attempt: u32, report: &Report<'_>) -> Response<Full<Bytes>> {
    let body = serde_json::to_vec(report).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(control.status_of(attempt)).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in &control.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.append(name, value);
        }
    }
    response
}
