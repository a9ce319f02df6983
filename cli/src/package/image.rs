//! The filter as an image: a manifest, and the blobs that it names. The same filter gives the same bytes.
//!
//! Source: the Wasm Image Specification (`solo-io/wasm`, variants `compat` and `oci`), and Istio's
//! `pkg/wasm/imagefetcher.go`, which reads both.

use std::io;

use flate2::{Compression, GzBuilder};
use mainsheet_core::wire::FILTER_NAME;
use mainsheet_tests::artifact::hex_sha256;
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// The file in the layer of an image.
const PLUGIN: &str = "plugin.wasm";
/// What is in the layer of an artifact.
const CONTENT: &str = "application/vnd.module.wasm.content.layer.v1+wasm";
/// What the filter wants of its host, beside it.
const CONFIG: &str = "application/vnd.module.wasm.config.v1+json";
/// What container tools want to know of an image.
const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// A compressed archive.
const IMAGE_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// What names the blobs.
const IMAGE_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What proxies and filter speak.
const ABI: &str = "0.2.1";

/// A manifest, and the blobs that it names.
pub(super) struct Image {
    /// The descriptor of the manifest.
    pub(super) manifest: Value,
    /// Everything, by digest in hexadecimal.
    pub(super) blobs: Vec<(String, Vec<u8>)>,
}

impl Image {
    /// An image with one layer, in which the filter is a file.
    pub(super) fn compat(wasm: &[u8]) -> Result<Self> {
        let archive = archive(wasm).map_err(Error::io("packing the filter"))?;
        let layer = compress(&archive).map_err(Error::io("packing the filter"))?;
        let mut blobs = Blobs::default();
        let layer = blobs.add(IMAGE_LAYER, layer);
        let config = blobs.add(IMAGE_CONFIG, image_config(&archive).to_string().into_bytes());
        Ok(blobs.finish("compat", &config, &[layer]))
    }

    /// An artifact with two layers: what the filter wants, and the filter itself.
    pub(super) fn artifact(wasm: &[u8]) -> Self {
        let runtime = json!({
            "type": "envoy_proxy",
            "abiVersions": [ABI],
            "config": {"root_ids": [FILTER_NAME]},
        });
        let runtime = runtime.to_string().into_bytes();
        let mut blobs = Blobs::default();
        let config = blobs.add(CONFIG, runtime.clone());
        let layers = [
            titled(blobs.add(CONFIG, runtime), "runtime-config.json"),
            titled(blobs.add(CONTENT, wasm.to_vec()), PLUGIN),
        ];
        blobs.finish("oci", &config, &layers)
    }

    /// The digest by which registries know it.
    pub(super) fn digest(&self) -> &str {
        let digest = self.manifest.get("digest").and_then(Value::as_str);
        digest.unwrap_or_default()
    }
}

/// An archive with the filter. Nothing in it says who made it when.
fn archive(wasm: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(wasm.len()).map_err(io::Error::other)?);
    header.set_mode(0o644);
    header.set_mtime(0);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, PLUGIN, wasm)?;
    archive.into_inner()
}

fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    // Neither a time nor the name of a system.
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    io::Write::write_all(&mut encoder, bytes)?;
    encoder.finish()
}

/// What container tools want to know. They pull what is for Linux on this processor where nobody says otherwise,
/// and so does `docker build`; a filter runs on all. Source: OCI Image Configuration.
fn image_config(archive: &[u8]) -> Value {
    json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", hex_sha256(archive))]},
    })
}

fn titled(mut descriptor: Value, title: &str) -> Value {
    if let Some(fields) = descriptor.as_object_mut() {
        let annotations = json!({"org.opencontainers.image.title": title});
        fields.insert("annotations".to_owned(), annotations);
    }
    descriptor
}

/// Blobs on their way into an image.
#[derive(Default)]
struct Blobs {
    all: Vec<(String, Vec<u8>)>,
}

impl Blobs {
    /// Adds a blob, and gives its descriptor. Source: OCI Content Descriptors.
    fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let hash = hex_sha256(&bytes);
        let descriptor = json!({
            "mediaType": media_type,
            "digest": format!("sha256:{hash}"),
            "size": bytes.len(),
        });
        if self.all.iter().all(|(known, _)| *known != hash) {
            self.all.push((hash, bytes));
        }
        descriptor
    }

    fn finish(mut self, variant: &str, config: &Value, layers: &[Value]) -> Image {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": IMAGE_MANIFEST,
            "config": config,
            "layers": layers,
            "annotations": {
                "module.wasm.image/variant": variant,
                "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
                "org.opencontainers.image.source": env!("CARGO_PKG_REPOSITORY"),
                "org.opencontainers.image.title": FILTER_NAME,
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
            },
        });
        let manifest = self.add(IMAGE_MANIFEST, manifest.to_string().into_bytes());
        Image {
            manifest,
            blobs: self.all,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn blob<'i>(image: &'i Image, digest: &str) -> &'i [u8] {
        let hash = digest.trim_start_matches("sha256:");
        let (_, bytes) = image.blobs.iter().find(|(known, _)| known == hash).unwrap();
        assert_eq!(hex_sha256(bytes), hash);
        bytes
    }

    fn manifest(image: &Image) -> Value {
        serde_json::from_slice(blob(image, image.digest())).unwrap()
    }

    #[test]
    fn an_image_holds_the_filter_as_istio_looks_for_it() {
        let image = Image::compat(b"\0asm").unwrap();
        let manifest = manifest(&image);
        assert_eq!(manifest["annotations"]["module.wasm.image/variant"], "compat");
        assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
        let layer = &manifest["layers"][0];
        assert_eq!(layer["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
        let compressed = blob(&image, layer["digest"].as_str().unwrap());
        assert_eq!(layer["size"], compressed.len());
        let mut archive = Vec::new();
        flate2::read::GzDecoder::new(compressed)
            .read_to_end(&mut archive)
            .unwrap();
        let config: Value =
            serde_json::from_slice(blob(&image, manifest["config"]["digest"].as_str().unwrap())).unwrap();
        assert_eq!(
            config["rootfs"]["diff_ids"][0],
            format!("sha256:{}", hex_sha256(&archive))
        );
        let mut archive = tar::Archive::new(archive.as_slice());
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        let mut wasm = Vec::new();
        entry.read_to_end(&mut wasm).unwrap();
        assert_eq!(
            (entry.path().unwrap().to_str(), wasm.as_slice()),
            (Some(PLUGIN), &b"\0asm"[..])
        );
    }

    #[test]
    fn an_artifact_holds_the_filter_itself() {
        let image = Image::artifact(b"\0asm");
        let manifest = manifest(&image);
        let layers = manifest["layers"].as_array().unwrap();
        let types: Vec<&str> = layers
            .iter()
            .map(|layer| layer["mediaType"].as_str().unwrap())
            .collect();
        assert_eq!(types, [CONFIG, CONTENT], "Istio wants two of them");
        assert_eq!(blob(&image, layers[1]["digest"].as_str().unwrap()), b"\0asm");
    }

    #[test]
    fn the_same_filter_gives_the_same_bytes() {
        let both = [Image::artifact(b"\0asm"), Image::artifact(b"\0asm")];
        assert_eq!(both[0].blobs, both[1].blobs);
        // Objects name images by such hashes, so it is seen when a compressor begins to write other bytes.
        let image = Image::compat(&b"\0asm".repeat(10_000)).unwrap();
        let (layer, _) = image.blobs.first().unwrap();
        assert_eq!(
            layer,
            "9c567b80befe9fb42fdc240bfc8ac29f9c5c9a448be370a505c75e75daa56e38"
        );
    }
}
