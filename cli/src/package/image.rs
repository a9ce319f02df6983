//! The filter as an image: a manifest, and the blobs that it names. The same filter gives the same bytes.
//!
//! Source: the Wasm Image Specification (`solo-io/wasm`, variants `compat` and `oci`), and Istio's
//! `pkg/wasm/imagefetcher.go`, which reads both.

use std::collections::HashMap;
use std::io;
use std::str::FromStr;

use flate2::{Compression, GzBuilder};
use mainsheet_core::wire::FILTER_NAME;
use mainsheet_tests::artifact::hex_sha256;
use oci_spec::OciSpecError;
use oci_spec::image::{
    Arch, ConfigBuilder, Descriptor, DescriptorBuilder, Digest, ImageConfigurationBuilder, ImageManifest,
    ImageManifestBuilder, MediaType, Os, RootFsBuilder,
};
use serde::Serialize;
use serde_json::json;

use crate::error::{Error, Result};

/// The file in the layer of an image.
const PLUGIN: &str = "plugin.wasm";
/// What is in the layer of an artifact.
const CONTENT: &str = "application/vnd.module.wasm.content.layer.v1+wasm";
/// What the filter wants of its host, beside it.
const CONFIG: &str = "application/vnd.module.wasm.config.v1+json";
/// What proxies and filter speak.
const ABI: &str = "0.2.1";

/// A manifest, and the blobs that it names.
pub(super) struct Image {
    /// The descriptor of the manifest.
    pub(super) manifest: Descriptor,
    /// Everything, by digest in hexadecimal.
    pub(super) blobs: Vec<(String, Vec<u8>)>,
}

impl Image {
    /// An image with one layer, in which the filter is a file.
    pub(super) fn compat(wasm: &[u8]) -> Result<Self> {
        let archive = archive(wasm).map_err(Error::io("packing the filter"))?;
        let layer = compress(&archive).map_err(Error::io("packing the filter"))?;
        let mut blobs = Blobs::default();
        let layer = blobs.add(MediaType::ImageLayerGzip, layer, HashMap::new())?;
        let config = image_config(&archive).map_err(failed)?;
        let config = blobs.add_json(MediaType::ImageConfig, &config)?;
        blobs.finish("compat", config, vec![layer])
    }

    /// An artifact with two layers: what the filter wants, and the filter itself.
    pub(super) fn artifact(wasm: &[u8]) -> Result<Self> {
        let runtime = json!({
            "type": "envoy_proxy",
            "abiVersions": [ABI],
            "config": {"root_ids": [FILTER_NAME]},
        });
        let titled =
            |title: &str| HashMap::from([("org.opencontainers.image.title".to_owned(), title.to_owned())]);
        let mut blobs = Blobs::default();
        let runtime = json_bytes(&runtime)?;
        let config = blobs.add(MediaType::from(CONFIG), runtime.clone(), HashMap::new())?;
        let layers = vec![
            blobs.add(MediaType::from(CONFIG), runtime, titled("runtime-config.json"))?,
            blobs.add(MediaType::from(CONTENT), wasm.to_vec(), titled(PLUGIN))?,
        ];
        blobs.finish("oci", config, layers)
    }

    /// The digest by which registries know it.
    pub(super) fn digest(&self) -> String {
        self.manifest.digest().to_string()
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
/// and so does `docker build`; a filter runs on all.
fn image_config(archive: &[u8]) -> std::result::Result<impl Serialize, OciSpecError> {
    let root = RootFsBuilder::default()
        .typ("layers")
        .diff_ids(vec![format!("sha256:{}", hex_sha256(archive))])
        .build()?;
    ImageConfigurationBuilder::default()
        .architecture(Arch::Amd64)
        .os(Os::Linux)
        .config(ConfigBuilder::default().build()?)
        .rootfs(root)
        .build()
}

/// Blobs on their way into an image.
#[derive(Default)]
struct Blobs {
    all: Vec<(String, Vec<u8>)>,
}

impl Blobs {
    fn add(
        &mut self,
        media_type: MediaType,
        bytes: Vec<u8>,
        annotations: HashMap<String, String>,
    ) -> Result<Descriptor> {
        let hash = hex_sha256(&bytes);
        let digest = Digest::from_str(&format!("sha256:{hash}")).map_err(failed)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut descriptor = DescriptorBuilder::default()
            .media_type(media_type)
            .digest(digest)
            .size(size);
        if !annotations.is_empty() {
            descriptor = descriptor.annotations(annotations);
        }
        if self.all.iter().all(|(known, _)| *known != hash) {
            self.all.push((hash, bytes));
        }
        descriptor.build().map_err(failed)
    }

    fn add_json(&mut self, media_type: MediaType, value: &impl Serialize) -> Result<Descriptor> {
        self.add(media_type, json_bytes(value)?, HashMap::new())
    }

    fn finish(mut self, variant: &str, config: Descriptor, layers: Vec<Descriptor>) -> Result<Image> {
        let manifest = manifest(variant, config, layers).map_err(failed)?;
        let manifest = self.add_json(MediaType::ImageManifest, &manifest)?;
        Ok(Image {
            manifest,
            blobs: self.all,
        })
    }
}

fn manifest(
    variant: &str,
    config: Descriptor,
    layers: Vec<Descriptor>,
) -> std::result::Result<ImageManifest, OciSpecError> {
    let annotations = [
        ("module.wasm.image/variant", variant),
        ("org.opencontainers.image.licenses", env!("CARGO_PKG_LICENSE")),
        ("org.opencontainers.image.source", env!("CARGO_PKG_REPOSITORY")),
        ("org.opencontainers.image.title", FILTER_NAME),
        ("org.opencontainers.image.version", env!("CARGO_PKG_VERSION")),
    ];
    let annotations = annotations.map(|(name, value)| (name.to_owned(), value.to_owned()));
    ImageManifestBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageManifest)
        .config(config)
        .layers(layers)
        .annotations(HashMap::from(annotations))
        .build()
}

/// By way of a value, whose maps are sorted.
pub(super) fn json_bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    let value = serde_json::to_value(value).map_err(failed)?;
    Ok(value.to_string().into_bytes())
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Failed(format!("the filter cannot be packed: {error}"))
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

    fn manifest(image: &Image) -> serde_json::Value {
        serde_json::from_slice(blob(image, &image.digest())).unwrap()
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
        let config: serde_json::Value =
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
        let image = Image::artifact(b"\0asm").unwrap();
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
        for pack in [Image::compat, Image::artifact] {
            assert_eq!(pack(b"\0asm").unwrap().blobs, pack(b"\0asm").unwrap().blobs);
        }
        // Objects name images by such hashes, so it is seen when a compressor begins to write other bytes.
        let image = Image::compat(&b"\0asm".repeat(10_000)).unwrap();
        let (layer, _) = image.blobs.first().unwrap();
        assert_eq!(
            layer,
            "9c567b80befe9fb42fdc240bfc8ac29f9c5c9a448be370a505c75e75daa56e38"
        );
    }
}
