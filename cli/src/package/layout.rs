//! An image as a directory. Source: the OCI Image Layout Specification.

use std::fs;
use std::path::Path;

use mainsheet_core::wire::FILTER_NAME;
use serde_json::{Value, json};

use super::image::Image;
use crate::claim::claim;
use crate::error::{Error, Result};

const INDEX: &str = "index.json";
const LAYOUT: &str = "oci-layout";
const BLOBS: &str = "blobs/sha256";
/// Names an image in a layout.
const TAG: &str = "org.opencontainers.image.ref.name";
/// Tells our layouts from others.
const TITLE: &str = "org.opencontainers.image.title";

/// Writes a layout with one image, in place of an older one.
pub(super) fn write(path: &Path, image: &Image, tag: &str, force: bool) -> Result<()> {
    let (own, blobs) = (is_own(path), path.join(BLOBS));
    claim(path, own, force)?;
    if own {
        fs::remove_dir_all(&blobs).map_err(Error::io(format!("removing {}", blobs.display())))?;
    }
    fs::create_dir_all(&blobs).map_err(Error::io(format!("creating {}", blobs.display())))?;
    for (hash, bytes) in &image.blobs {
        put(&blobs.join(hash), bytes)?;
    }
    let mut manifest = image.manifest.clone();
    if let Some(fields) = manifest.as_object_mut() {
        fields.insert("annotations".to_owned(), json!({TAG: tag}));
    }
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest],
        "annotations": {TITLE: FILTER_NAME},
    });
    let layout = json!({"imageLayoutVersion": "1.0.0"});
    put(&path.join(LAYOUT), layout.to_string().as_bytes())?;
    put(&path.join(INDEX), index.to_string().as_bytes())
}

/// Whether it is a layout of ours, whose blobs may go.
fn is_own(path: &Path) -> bool {
    let text = fs::read(path.join(INDEX)).unwrap_or_default();
    let index: Value = serde_json::from_slice(&text).unwrap_or_default();
    let title = index
        .get("annotations")
        .and_then(|annotations| annotations.get(TITLE));
    title.and_then(Value::as_str) == Some(FILTER_NAME) && path.join(BLOBS).is_dir()
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(Error::io(format!("writing {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_names_its_image_and_takes_the_place_of_an_older_one() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("image");
        let (old, new) = (Image::compat(b"old").unwrap(), Image::compat(b"new").unwrap());
        write(&path, &old, "1", false).unwrap();
        write(&path, &new, "2", false).unwrap();
        let index: Value = serde_json::from_slice(&fs::read(path.join(INDEX)).unwrap()).unwrap();
        assert_eq!(index["manifests"][0]["digest"], new.digest());
        assert_eq!(index["manifests"][0]["annotations"][TAG], "2");
        assert_eq!(fs::read_dir(path.join(BLOBS)).unwrap().count(), 3);
        let layout = fs::read_to_string(path.join(LAYOUT)).unwrap();
        assert_eq!(layout, r#"{"imageLayoutVersion":"1.0.0"}"#);

        let foreign = temporary.path().join("foreign");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join(INDEX), "{}").unwrap();
        assert_eq!(write(&foreign, &new, "1", false).unwrap_err().exit_code(), 2);
        write(&foreign, &new, "1", true).unwrap();
    }
}
