//! The example configurations, which travel with the command.

use include_dir::{Dir, include_dir};

use crate::input::InputFile;

static BOOKINFO: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/examples/bookinfo");

/// What all scenes share.
const BASE: [&str; 3] = ["bookinfo.yaml", "destination-rules.yaml", "gateway.yaml"];
/// Every service has the routes of one file: its own first version unless the scene says otherwise.
const SERVICES: [&str; 4] = ["productpage", "details", "ratings", "reviews"];

/// The input of a scene: one file replaces the routes of the service that it is named after.
pub(super) fn input(scene: Option<&str>) -> Vec<InputFile> {
    let mut names: Vec<String> = BASE.iter().map(|name| (*name).to_owned()).collect();
    names.extend(SERVICES.iter().map(|service| match scene {
        Some(scene) if scene.starts_with(&format!("{service}-")) => scene.to_owned(),
        _ => format!("{service}-v1.yaml"),
    }));
    names.into_iter().map(file).collect()
}

fn file(name: String) -> InputFile {
    let text = BOOKINFO.get_file(&name).and_then(|file| file.contents_utf8());
    InputFile {
        text: text.unwrap_or_default().to_owned(),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_loads_without_findings() {
        let names = BOOKINFO.files().filter_map(|file| file.path().to_str());
        for name in names.filter(|name| !name.ends_with(".test.yaml")) {
            let files = input(Some(name));
            assert_eq!(files.len(), 7);
            let loaded = mainsheet_core::yaml::load(files.into_iter().map(|file| (file.name, file.text)));
            assert!(loaded.diagnostics.is_empty(), "{name}: {:?}", loaded.diagnostics);
            assert_eq!(
                (loaded.bundle.services.len(), loaded.bundle.virtual_services.len()),
                (4, 5),
                "{name}"
            );
        }
    }
}
