//! Tokens for Envoy's JWT filter, which stands in front as in a mesh with a RequestAuthentication.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

/// The header that carries the token; the filter takes it away.
pub(super) const HEADER: &str = "x-sent-token";
const KEY: &[u8] = b"a key that both sides of this test know";

/// A token that says `claims`; `None` where it would say nothing.
pub(super) fn sign(claims: &Map<String, Value>) -> Option<String> {
    if claims.is_empty() {
        return None;
    }
    let header = encode(json!({"alg": "HS256", "typ": "JWT", "kid": "test"}).to_string());
    let signed = format!("{header}.{}", encode(Value::Object(claims.clone()).to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).ok()?;
    mac.update(signed.as_bytes());
    let signature = encode(mac.finalize().into_bytes());
    Some(format!("{signed}.{signature}"))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The filter as Istio configures it for a RequestAuthentication.
pub(super) fn filter() -> Value {
    let key = json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "test", "k": encode(KEY)}]});
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"test": {
                "local_jwks": {"inline_string": key.to_string()},
                "from_headers": [{"name": HEADER}],
                "payload_in_metadata": "payload",
            }},
            "rules": [{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": [
                {"provider_name": "test"}, {"allow_missing": {}},
            ]}}}],
        },
    })
}
