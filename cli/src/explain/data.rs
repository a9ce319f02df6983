//! One answer, for programs.

use mainsheet_tests::artifact;
use serde_json::{Value, json};

use super::engine::{Answered, Engine};
use crate::error::{Error, Result};

/// Everything, as JSON.
pub(super) fn json(engine: &Engine<'_>, answered: &Answered) -> Result<String> {
    let mut value = json!({
        "request": {
            "method": answered.request.method(),
            "url": answered.request.url,
            "port": answered.port,
            "headers": answered.request.plain_headers(),
        },
        "proxy": proxy(engine),
        "filter": artifact::sha256(),
        "trace": answered.told.as_ref().map(|told| &told.trace),
        "decision": null,
    });
    let failed = |error: serde_json::Error| Error::Failed(error.to_string());
    let answer = answered
        .told
        .as_ref()
        .map(|told| serde_json::to_value(&told.answer));
    if let (Some(Value::Object(answer)), Value::Object(object)) =
        (answer.transpose().map_err(failed)?, &mut value)
    {
        object.extend(answer);
    }
    serde_json::to_string_pretty(&value).map_err(failed)
}

/// Who was asked, as JSON.
pub(super) fn proxy(engine: &Engine<'_>) -> Value {
    let proxy = &engine.proxy;
    json!({"kind": proxy.kind, "namespace": proxy.namespace, "labels": proxy.labels})
}
