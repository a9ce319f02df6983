//! The judge: a real Envoy reads every cluster of every fact.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::row::{clusters, rows};

/// Files that the rules name are not on the machine of the test, and texts of Secrets are none: where they are instead.
fn with_files(value: &mut Value, directory: &Path) {
    match value {
        Value::Object(fields) => {
            let named = fields
                .remove("filename")
                .or_else(|| fields.remove("inline_string"));
            if let Some(Value::String(named)) = named {
                let name = match named.to_ascii_lowercase().as_str() {
                    key if key.contains("key") => "key.pem",
                    list if list.contains("crl") => "crl.pem",
                    _ => "certificate.pem",
                };
                fields.insert("filename".into(), json!(directory.join(name)));
            }
            if let Some(Value::String(path)) = fields.get_mut("path") {
                *path = directory.join(&*path).display().to_string();
            }
            fields.values_mut().for_each(|value| with_files(value, directory));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| with_files(value, directory)),
        _ => {}
    }
}

/// Every cluster of every row, with a name of its own, and its endpoints in place.
fn all_clusters(directory: &Path) -> Vec<Value> {
    let mut all = Vec::new();
    for (number, row) in rows().into_iter().enumerate() {
        let made = row.made();
        for (name, secret) in &made.secrets {
            let mut secret = secret.clone();
            with_files(&mut secret, directory);
            std::fs::write(directory.join(name), secret.to_string()).unwrap();
        }
        let assignments: BTreeMap<&str, &Value> = made
            .endpoints
            .iter()
            .map(|(_, file)| &file["resources"][0])
            .map(|assignment| (assignment["cluster_name"].as_str().unwrap(), assignment))
            .collect();
        for (name, cluster) in clusters(&made) {
            let mut cluster = cluster.clone();
            let fields = cluster.as_object_mut().unwrap();
            fields.remove("@type");
            fields.insert("name".into(), json!(format!("{number} {name}")));
            if let Some(config) = fields.remove("eds_cluster_config") {
                let service = config["service_name"].as_str().unwrap();
                let mut assignment = (*assignments[service]).clone();
                assignment.as_object_mut().unwrap().remove("@type");
                fields.insert("type".into(), json!("STATIC"));
                fields.insert("load_assignment".into(), assignment);
            }
            with_files(&mut cluster, directory);
            all.push(cluster);
        }
    }
    all
}

fn openssl(directory: &Path, arguments: &[&str]) {
    let run = Command::new("openssl")
        .args(arguments)
        .current_dir(directory)
        .output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// A certificate with its key, and a list of those that it revokes.
fn certificates(directory: &Path) {
    let subject = [
        "-subj",
        "/CN=a.test",
        "-keyout",
        "key.pem",
        "-out",
        "certificate.pem",
    ];
    let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"];
    openssl(directory, &[request.as_slice(), &subject].concat());
    let authority = "[ca]\ndefault_ca=own\n[own]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=1\n";
    std::fs::write(directory.join("ca.conf"), authority).unwrap();
    std::fs::write(directory.join("index"), "").unwrap();
    let list = ["ca", "-config", "ca.conf", "-gencrl", "-out", "crl.pem"];
    let by = ["-keyfile", "key.pem", "-cert", "certificate.pem"];
    openssl(directory, &[list.as_slice(), &by].concat());
}

#[test]
#[ignore = "runs the Envoy at MAINSHEET_ENVOY, and openssl"]
fn envoy_takes_every_cluster() {
    let envoy = std::env::var_os("MAINSHEET_ENVOY").expect("MAINSHEET_ENVOY is the path of an Envoy");
    let directory = std::env::temp_dir().join(format!("mainsheet-clusters-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    certificates(&directory);
    let clusters = all_clusters(&directory);
    let node = json!({"id": "judge", "cluster": "judge"});
    let internal = "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener";
    let internal = json!({"name": "envoy.bootstrap.internal_listener", "typed_config": {"@type": internal}});
    let bootstrap = json!({
        "node": node,
        "bootstrap_extensions": [internal],
        "static_resources": {"clusters": clusters},
    });
    let file = directory.join("bootstrap.json");
    std::fs::write(&file, format!("{bootstrap:#}")).unwrap();
    let run = Command::new(envoy)
        .args(["--mode", "validate", "--log-level", "warn", "--config-path"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    // Fields that Envoy is going to drop are said, and nothing more.
    assert!(!said.contains("deprecated"), "{said}");
    std::fs::remove_dir_all(&directory).unwrap();
}
