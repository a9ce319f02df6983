//! TLS towards clients, as servers of Gateways ask for it.
//! Source: Istio `BuildListenerTLSContext`, `ApplyCredentialSDSToServerCommonTLSContext`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde_json::{Map, Value, json};

use super::ExportOptions;
use super::clusters::{ISTIO_AUTHORITIES, ISTIO_CERTIFICATE};
use super::files::{self, typed};
use super::secrets::Secrets;
use crate::resources::gateway::{ServerTLSMode, ServerTLSSettings, TLSProtocol, is_cipher};

/// Why a server cannot end TLS.
pub(super) struct Unusable {
    /// The field of `tls` that it is about; empty for all of it.
    pub(super) field: &'static str,
    /// The reason.
    pub(super) reason: String,
}

/// Where certificates come from, and the files in which Envoy finds those of Secrets.
pub(super) struct Certificates<'b> {
    pub(super) options: &'b ExportOptions,
    pub(super) secrets: Secrets<'b>,
    /// By the name of the file.
    pub(super) files: &'b mut BTreeMap<String, Value>,
}

impl Certificates<'_> {
    /// Ends TLS as the settings say, for clients that may go on to speak one of `protocols`.
    ///
    /// # Errors
    /// When there is no certificate for it, or nothing to verify those of clients with.
    pub(super) fn transport_socket(
        &mut self,
        tls: &ServerTLSSettings,
        protocols: &[&str],
    ) -> Result<Value, Unusable> {
        use ServerTLSMode::{IstioMutual, Mutual, OptionalMutual};
        let mut common = Map::new();
        common.insert("alpn_protocols".into(), json!(protocols));
        common.insert("tls_params".into(), parameters(tls));
        let (key, own) = self.own(tls)?;
        common.insert(key.into(), Value::Array(own));
        if matches!(tls.mode, Mutual | IstioMutual | OptionalMutual) {
            let (key, validation) = self.validation(tls)?;
            common.insert(key.into(), validation);
        }
        let context = json!({
            "common_tls_context": common,
            "require_client_certificate": matches!(tls.mode, Mutual | IstioMutual),
        });
        Ok(json!({
            "name": "envoy.transport_sockets.tls",
            "typed_config":
                typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", context),
        }))
    }

    /// The certificates of the server, and the field of Envoy that they belong into.
    fn own(&mut self, tls: &ServerTLSSettings) -> Result<(&'static str, Vec<Value>), Unusable> {
        if tls.mode == ServerTLSMode::IstioMutual {
            let (chain, key) = ISTIO_CERTIFICATE;
            return Ok(("tls_certificates", Vec::from([in_files(chain, key)])));
        }
        let names = credentials(tls);
        if names.is_empty() {
            return files_of(tls).map(|files| ("tls_certificates", files));
        }
        let given: Option<Vec<Value>> = names
            .iter()
            .map(|name| self.options.certificates.get(*name))
            .map(|files| files.map(|files| in_files(&files.chain, &files.key)))
            .collect();
        if let Some(files) = given {
            return Ok(("tls_certificates", files));
        }
        let field = if tls.credential_names.is_empty() {
            ".credentialName"
        } else {
            ".credentialNames"
        };
        let secrets = names.into_iter().map(|name| {
            let pair = self.key_pair(name);
            pair.map_err(|reason| Unusable { field, reason })
        });
        let secrets: Result<Vec<Value>, Unusable> = secrets.collect();
        Ok(("tls_certificate_sds_secret_configs", secrets?))
    }

    /// What certificates of clients are held against, and the field of Envoy that it belongs into.
    fn validation(&mut self, tls: &ServerTLSSettings) -> Result<(&'static str, Value), Unusable> {
        let mut context = conditions(tls);
        if tls.mode == ServerTLSMode::IstioMutual {
            context.insert("trusted_ca".into(), json!({"filename": ISTIO_AUTHORITIES}));
            return Ok(("validation_context", Value::Object(context)));
        }
        let credential = match tls.ca_cert_credential_name.as_str() {
            "" => credentials(tls).into_iter().next().unwrap_or_default(),
            name => name,
        };
        if credential.is_empty() {
            let of_certificates = tls.tls_certificates.iter().map(|files| &files.ca_certificates);
            let mut all = core::iter::once(&tls.ca_certificates).chain(of_certificates);
            let authorities = all.find(|path| !path.is_empty()).ok_or_else(|| Unusable {
                field: "",
                reason: "`caCertificates` is missing, by which certificates of clients are verified".into(),
            })?;
            context.insert("trusted_ca".into(), json!({"filename": authorities}));
            return Ok(("validation_context", Value::Object(context)));
        }
        let secret = self.authorities(credential, tls.ca_crl.is_empty());
        let secret = secret.map_err(|reason| Unusable {
            field: "",
            reason: format!("no authorities to verify certificates of clients with: {reason}"),
        })?;
        let combined = json!({
            "default_validation_context": context,
            "validation_context_sds_secret_config": secret,
        });
        Ok(("combined_validation_context", combined))
    }

    /// The certificate in a Secret.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn key_pair(&mut self, name: &str) -> Result<Value, String> {
        let pair = self.secrets.key_pair(name)?;
        let certificate = json!({
            "certificate_chain": {"inline_string": pair.chain},
            "private_key": {"inline_string": pair.key},
        });
        Ok(self.secret(name, "tls_certificate", &certificate))
    }

    /// The authorities that belong to a Secret, and what they have revoked, if that is to be known.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) fn authorities(&mut self, credential: &str, with_revoked: bool) -> Result<Value, String> {
        let found = self.secrets.authorities(credential)?;
        let mut authorities = Map::new();
        authorities.insert("trusted_ca".into(), json!({"inline_string": found.certificates}));
        if let Some(revoked) = found.revoked.filter(|_| with_revoked) {
            authorities.insert("crl".into(), json!({"inline_string": revoked}));
        }
        let name = format!("{credential}-cacert");
        Ok(self.secret(&name, "validation_context", &Value::Object(authorities)))
    }

    /// Puts a secret into a file of its own, and says where that is. A new certificate then needs no new listener.
    fn secret(&mut self, name: &str, field: &str, content: &Value) -> Value {
        let name = format!("{}/{name}", self.secrets.namespace);
        let file = files::secret(&name);
        let resource = json!({"name": name, field: content});
        let resource = typed("envoy.extensions.transport_sockets.tls.v3.Secret", resource);
        let source = files::config_source(&self.options.directory, &file);
        self.files.insert(file, files::discovery(&[resource]));
        json!({"name": name, "sds_config": source})
    }
}

/// The Secrets with the certificates of the server.
fn credentials(tls: &ServerTLSSettings) -> Vec<&str> {
    if tls.credential_names.is_empty() {
        let name = Some(tls.credential_name.as_str());
        return name.filter(|name| !name.is_empty()).into_iter().collect();
    }
    tls.credential_names.iter().map(String::as_str).collect()
}

/// The certificates that the server has in files, as Envoy sees them.
fn files_of(tls: &ServerTLSSettings) -> Result<Vec<Value>, Unusable> {
    let own = (&tls.server_certificate, &tls.private_key);
    let several = tls.tls_certificates.iter();
    let several = several.map(|files| (&files.server_certificate, &files.private_key));
    let pairs: Vec<_> = if tls.tls_certificates.is_empty() {
        Vec::from([own])
    } else {
        several.collect()
    };
    if pairs
        .iter()
        .any(|(chain, key)| chain.is_empty() || key.is_empty())
    {
        return Err(Unusable {
            field: "",
            reason:
                "there is no certificate: neither `credentialName` nor `serverCertificate` and `privateKey`"
                    .into(),
        });
    }
    Ok(pairs
        .into_iter()
        .map(|(chain, key)| in_files(chain, key))
        .collect())
}

/// A certificate and its key, as Envoy sees them.
pub(super) fn in_files(chain: &str, key: &str) -> Value {
    json!({"certificate_chain": {"filename": chain}, "private_key": {"filename": key}})
}

/// What certificates of clients have to be, apart from who has signed them.
fn conditions(tls: &ServerTLSSettings) -> Map<String, Value> {
    let names = tls.subject_alt_names.iter().map(|name| subject_name(name));
    let lists = [
        ("match_typed_subject_alt_names", names.collect()),
        ("verify_certificate_spki", texts(&tls.verify_certificate_spki)),
        ("verify_certificate_hash", texts(&tls.verify_certificate_hash)),
    ];
    let lists = lists
        .into_iter()
        .filter(|(_, list): &(_, Vec<Value>)| !list.is_empty());
    let mut conditions: Map<String, Value> = lists
        .map(|(field, list)| (field.into(), Value::Array(list)))
        .collect();
    if !tls.ca_crl.is_empty() {
        conditions.insert("crl".into(), json!({"filename": tls.ca_crl}));
    }
    conditions
}

fn texts(list: &[String]) -> Vec<Value> {
    list.iter().map(|text| json!(text)).collect()
}

/// A name that a certificate may carry; Envoy wants to know which kind of name it is.
pub(super) fn subject_name(name: &str) -> Value {
    let kind = if name.contains("://") {
        "URI"
    } else if name.parse::<IpAddr>().is_ok() {
        "IP_ADDRESS"
    } else if name.contains('@') {
        "EMAIL"
    } else {
        "DNS"
    };
    json!({"san_type": kind, "matcher": {"exact": name}})
}

/// Versions and ciphers.
fn parameters(tls: &ServerTLSSettings) -> Value {
    let mut ciphers: Vec<&String> = Vec::new();
    for suite in tls.cipher_suites.iter().filter(|suite| is_cipher(suite)) {
        if !ciphers.contains(&suite) {
            ciphers.push(suite);
        }
    }
    json!({
        "tls_minimum_protocol_version": version(tls.min_protocol_version, "TLSv1_2"),
        "tls_maximum_protocol_version": version(tls.max_protocol_version, "TLSv1_3"),
        "cipher_suites": ciphers,
    })
}

fn version(version: TLSProtocol, default: &'static str) -> &'static str {
    match version {
        TLSProtocol::TlsAuto => default,
        TLSProtocol::TlsV1_0 => "TLSv1_0",
        TLSProtocol::TlsV1_1 => "TLSv1_1",
        TLSProtocol::TlsV1_2 => "TLSv1_2",
        TLSProtocol::TlsV1_3 => "TLSv1_3",
    }
}

/// Reads the name that the client asks for.
pub(super) fn inspector() -> Value {
    json!({
        "name": "envoy.filters.listener.tls_inspector",
        "typed_config":
            typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", json!({})),
    })
}
