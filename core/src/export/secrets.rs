//! Certificates and keys from Secrets. Their texts go into files of their own; findings name them and no more.

use alloc::format;
use alloc::string::{String, ToString};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::resources::{Bundle, Object, Secret};

/// What Istio adds to the name of a Secret to find its authorities elsewhere. Source: Istio `SdsCaSuffix`.
const CA_SUFFIX: &str = "-cacert";

/// The names of a text: in a Secret as Istio's documentation has it, and in one of type `kubernetes.io/tls`.
type Names = [&'static str; 2];

const CERTIFICATE: Names = ["cert", "tls.crt"];
const KEY: Names = ["key", "tls.key"];
const AUTHORITIES: Names = ["cacert", "ca.crt"];
const REVOKED: Names = ["crl", "ca.crl"];

/// A certificate and its key, in PEM.
pub(super) struct KeyPair {
    pub(super) chain: String,
    pub(super) key: String,
}

/// The authorities of certificates, and what they have revoked, in PEM.
pub(super) struct Authorities {
    pub(super) certificates: String,
    pub(super) revoked: Option<String>,
}

/// The Secrets that a proxy may use: those of its namespace.
#[derive(Clone, Copy)]
pub(super) struct Secrets<'b> {
    pub(super) bundle: &'b Bundle,
    pub(super) namespace: &'b str,
}

impl<'b> Secrets<'b> {
    /// The certificate in a Secret. Source: Istio `ExtractCertInfo`.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn key_pair(self, name: &str) -> Result<KeyPair, String> {
        let secret = self.find(name)?;
        let is_generic = |names: Names| text(secret, names.first().copied().unwrap_or_default());
        let form = usize::from(is_generic(CERTIFICATE)?.is_none() || is_generic(KEY)?.is_none());
        let part = |names: Names, label: &str| {
            let name = names.get(form).copied().unwrap_or_default();
            let found = text(secret, name)?;
            let found = found.ok_or_else(|| format!("{} has no `{name}`", title(secret)))?;
            pem(secret, name, found, label)
        };
        Ok(KeyPair {
            chain: part(CERTIFICATE, "CERTIFICATE-----")?,
            key: part(KEY, "PRIVATE KEY-----")?,
        })
    }

    /// The authorities in `NAME-cacert`, else in the Secret itself. Source: Istio `GetCaCert`, `ExtractRoot`.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) fn authorities(self, name: &str) -> Result<Authorities, String> {
        let secret = self
            .find(&format!("{name}{CA_SUFFIX}"))
            .or_else(|_| self.find(name))?;
        let (label, found) = either(secret, AUTHORITIES)?;
        let found = found.ok_or_else(|| format!("{} has no `{label}`", title(secret)))?;
        let revoked = match either(secret, REVOKED)? {
            (name, Some(found)) => Some(pem(secret, name, found, "X509 CRL-----")?),
            _ => None,
        };
        Ok(Authorities {
            certificates: pem(secret, label, found, "CERTIFICATE-----")?,
            revoked,
        })
    }

    fn find(self, name: &str) -> Result<&'b Object<Secret>, String> {
        let mut secrets = self.bundle.secrets.iter();
        let is_it = |secret: &&Object<Secret>| {
            secret.metadata.name == name && secret.metadata.namespace == self.namespace
        };
        let found = secrets.find(is_it);
        found.ok_or_else(|| format!("there is no Secret {}/{name}", self.namespace))
    }
}

fn title(secret: &Object<Secret>) -> String {
    secret.reference().to_string()
}

/// The first of two texts that is there, with its name; the name of the second where none is.
fn either(secret: &Object<Secret>, names: Names) -> Result<(&'static str, Option<String>), String> {
    let [generic, tls] = names;
    match text(secret, generic)? {
        Some(found) => Ok((generic, Some(found))),
        None => Ok((tls, text(secret, tls)?)),
    }
}

/// A text of a Secret, decoded.
fn text(secret: &Object<Secret>, name: &str) -> Result<Option<String>, String> {
    if let Some(plain) = secret.spec.string_data.0.get(name) {
        return Ok(Some(plain.clone()));
    }
    let Some(encoded) = secret.spec.data.0.get(name) else {
        return Ok(None);
    };
    let joined: String = encoded.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(joined).ok();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(|| format!("`{name}` of {} is no text in base64", title(secret)))?;
    Ok(Some(decoded))
}

/// The text, if it is PEM of that kind. Envoy would refuse the whole listener for another.
fn pem(secret: &Object<Secret>, name: &str, text: String, label: &str) -> Result<String, String> {
    let is_pem = text.contains("-----BEGIN ") && text.contains(label);
    is_pem
        .then_some(text)
        .ok_or_else(|| format!("`{name}` of {} is no PEM of the kind `{label}`", title(secret)))
}
