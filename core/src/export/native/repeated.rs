//! Repeated headers, which Envoy matches one way for all of its listeners.

use crate::diagnostic::Diagnostic;
use crate::export::{ExportOptions, Routing};
use crate::matcher::RepeatedHeaders;

/// Whether Envoy itself has to join repeated headers: where it decides, and for all proxies that it plays.
pub(in crate::export) fn joins_headers(options: &ExportOptions) -> bool {
    options.routing == Routing::Native && joining(options) == options.proxies.len() && joining(options) > 0
}

/// Proxies that disagree about it cannot be played by one Envoy.
pub(in crate::export) fn disagreement(options: &ExportOptions) -> Option<Diagnostic> {
    let several = joining(options) > 0 && !joins_headers(options);
    (options.routing == Routing::Native && several).then(|| {
        let message =
            "some proxies join repeated headers and others do not; none of them does without the filter";
        Diagnostic::warning("repeated-headers-conflict", message).help("export those proxies apart")
    })
}

fn joining(options: &ExportOptions) -> usize {
    let proxies = options.proxies.iter();
    proxies
        .filter(|proxy| proxy.proxy.repeated_headers == RepeatedHeaders::Joined)
        .count()
}
