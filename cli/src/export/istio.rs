//! Objects that bring the filter into a mesh that Istio runs, as YAML.

use std::path::Path;

use mainsheet_core::export::ProxyExport;
use mainsheet_core::export::manifests::{Manifest, ManifestKind, ManifestOptions, ModuleSource, manifests};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::yaml::Loaded;
use mainsheet_tests::artifact;

use super::args::{ExportArgs, Form, Phase};
use super::{is_stdout, put};
use crate::error::{Error, Result};
use crate::package;
use crate::resolve::accept;
use crate::{findings, output};

/// Writes the objects.
pub(super) fn write(args: &ExportArgs, loaded: &Loaded, mesh: &Mesh, proxies: &[ProxyExport]) -> Result<()> {
    let module = args.module()?;
    let sha256 = match &args.sha256 {
        Some(sha256) => Some(sha256.clone()),
        None => own_sha256(&module)?,
    };
    let options = ManifestOptions {
        kind: match args.to {
            Form::WasmPlugin => ManifestKind::WasmPlugin,
            Form::TrafficExtension => ManifestKind::TrafficExtension,
            _ => ManifestKind::EnvoyFilter,
        },
        module,
        sha256,
        phase: args.phase.map(Phase::name),
        trace: args.trace,
    };
    let all = manifests(mesh, &loaded.bundle, proxies, &options);
    accept(loaded, all.diagnostics)?;
    put(&args.output, &text(&all.manifests)?)?;
    if !is_stdout(&args.output) {
        say(&args.output, &all.manifests, &options);
    }
    Ok(())
}

/// What this build's filter has where it is fetched: Istio and Envoy refuse any other then.
fn own_sha256(module: &ModuleSource) -> Result<Option<String>> {
    match module {
        // The path leads to the file itself.
        ModuleSource::File(_) => Ok(None),
        ModuleSource::Web(_) => Ok(Some(artifact::sha256().to_owned())),
        // The reference says it already.
        ModuleSource::Image(image) if image.contains('@') => Ok(None),
        ModuleSource::Image(_) => package::image_digest().map(Some),
    }
}

/// YAML documents, each with what is to be known about it.
fn text(manifests: &[Manifest]) -> Result<String> {
    let mut text = String::new();
    for manifest in manifests {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        for remark in &manifest.remarks {
            text.push_str(&format!("# {remark}\n"));
        }
        let document = serde_saphyr::to_string(&manifest.object);
        text.push_str(&document.map_err(|error| Error::Failed(error.to_string()))?);
    }
    Ok(text)
}

fn say(path: &Path, manifests: &[Manifest], options: &ManifestOptions) {
    let count = findings::counted(manifests.len(), "object");
    output::line(format_args!("wrote {count} to {}", path.display()));
    if let ModuleSource::File(file) = &options.module {
        output::line(format_args!(
            "The filter has to be at {file} in the proxies' containers before: mainsheet package --form file"
        ));
    }
    if matches!(options.module, ModuleSource::Image(_)) {
        output::line("The image has to be in the registry before: mainsheet package");
    }
    output::line(format_args!(
        "  kubectl apply --server-side -f {}",
        path.display()
    ));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_read_back_as_they_were() {
        let awkward =
            json!({"value": "{\"a\": \"b: #c\", \"d\": '…'}\n", "yes": "no", "number": "1e3", "prefix": ""});
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "annotations": awkward}});
        let manifest = |object| Manifest {
            remarks: vec!["A remark.".to_owned()],
            object,
        };
        let written = text(&[manifest(service.clone()), manifest(service)]).unwrap();
        assert_eq!(written.matches("# A remark.\n").count(), 2, "{written}");
        let loaded = mainsheet_core::yaml::load([("a.yaml", written.as_str())]);
        assert_eq!(
            loaded.bundle.services.len(),
            2,
            "{:?}\n{written}",
            loaded.diagnostics
        );
        for service in &loaded.bundle.services {
            let annotations = serde_json::to_value(&service.metadata.annotations).unwrap();
            assert_eq!(annotations, awkward, "{written}");
        }
    }
}
