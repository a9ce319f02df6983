//! How large objects may be.

use alloc::format;
use alloc::string::ToString;

use serde_json::Value;

use crate::diagnostic::Diagnostic;

/// What `kubectl apply` can remember of an object: all annotations together have this many bytes.
/// Source: Kubernetes `TotalAnnotationSizeLimitB`.
pub(super) const APPLY_LIMIT: usize = 256 * 1024;
/// What etcd stores of an object. Source: etcd `DefaultMaxRequestBytes`.
const STORE_LIMIT: usize = 1536 * 1024;

/// The size of an object as Kubernetes sends and stores it.
pub(super) fn size(object: &Value) -> usize {
    object.to_string().len()
}

/// Says whether an object is too large.
pub(super) fn judge(object: &Value) -> Option<Diagnostic> {
    let size = size(object);
    if size <= APPLY_LIMIT {
        return None;
    }
    let field = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let (kind, name) = (field("/kind"), field("/metadata/name"));
    let kilobytes = size.div_ceil(1024);
    if size <= STORE_LIMIT {
        let message = format!("{kind} `{name}` has {kilobytes} KiB, more than `kubectl apply` can annotate");
        let help = "use `kubectl apply --server-side`";
        return Some(Diagnostic::warning("large-object", message).help(help));
    }
    let message = format!("{kind} `{name}` has {kilobytes} KiB, and Kubernetes stores 1536 KiB");
    let help =
        "the configuration of one filter cannot be divided: give only the resources that concern this proxy";
    Some(Diagnostic::error("object-too-large", message).help(help))
}
