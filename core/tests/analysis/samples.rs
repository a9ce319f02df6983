//! Istio's samples, file by file and folder by folder: our own analyzers raise no false alarm about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainsheet_core::check::analysis::{ANALYZERS, analyze_with};
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;

/// What is right to say: Bookinfo's two rules for `ratings` have a subset `v2`, of which there are pods of `reviews` only;
/// and two VirtualServices of Istio's own test data share hosts of a Gateway, two
/// of its DestinationRules have the same subsets, and a ServiceEntry has a name that only files can have.
const EXPECTED: &[&str] = &[
    "file tests/testdata/networking/ingress-gateway/configs.yaml: warning invalid-resource-name ServiceEntry istio-system/BACKEND",
    "folder samples: warning subset-of-other-pods DestinationRule default/ratings",
    "folder samples: warning subset-of-other-pods DestinationRule default/ratings",
    "folder samples/bookinfo: warning subset-of-other-pods DestinationRule default/ratings",
    "folder samples/bookinfo: warning subset-of-other-pods DestinationRule default/ratings",
    "folder tests: info joined-virtual-services VirtualService testns/default-route-2",
    "folder tests: warning ignored-destination-rule DestinationRule testns/c-weighted",
    "folder tests: warning ignored-destination-rule DestinationRule testns/c-weighted",
    "folder tests: warning invalid-resource-name ServiceEntry istio-system/BACKEND",
    "folder tests/testdata: info joined-virtual-services VirtualService testns/default-route-2",
    "folder tests/testdata: warning ignored-destination-rule DestinationRule testns/c-weighted",
    "folder tests/testdata: warning ignored-destination-rule DestinationRule testns/c-weighted",
    "folder tests/testdata: warning invalid-resource-name ServiceEntry istio-system/BACKEND",
    "folder tests/testdata/config: info joined-virtual-services VirtualService testns/default-route-2",
    "folder tests/testdata/config: warning ignored-destination-rule DestinationRule testns/c-weighted",
    "folder tests/testdata/config: warning ignored-destination-rule DestinationRule testns/c-weighted",
    "folder tests/testdata/networking: warning invalid-resource-name ServiceEntry istio-system/BACKEND",
    "folder tests/testdata/networking/ingress-gateway: warning invalid-resource-name ServiceEntry istio-system/BACKEND",
];

/// A folder beside the workspace; says so where it is not there.
fn beside(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/conformance")
        .join(name);
    let found = path.exists().then(|| path.clone());
    if found.is_none() {
        eprintln!("{} is not there: its cases were left out", path.display());
    }
    found
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap();
    for entry in entries.map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            walk(&entry, files);
        } else if entry.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(entry);
        }
    }
}

/// Every file alone, and all files of a folder together with those of the folders in it.
fn sets(root: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut files = Vec::new();
    walk(root, &mut files);
    files.sort();
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    let mut sets: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        sets.insert(format!("file {}", name(&file)), vec![file.clone()]);
        let folders = file.ancestors().skip(1).take_while(|folder| *folder != root);
        for folder in folders {
            let folder = format!("folder {}", name(folder));
            sets.entry(folder).or_default().push(file.clone());
        }
    }
    sets
}

#[test]
fn our_own_analyzers_are_silent_about_istios_samples() {
    let Some(root) = beside("inputs") else { return };
    let sets = sets(&root);
    assert!(sets.len() > 100, "{} sets", sets.len());
    let mut found = Vec::new();
    for (name, files) in &sets {
        let texts = files
            .iter()
            .map(|file| (file.display().to_string(), std::fs::read_to_string(file).unwrap()));
        let loaded = yaml::load(texts);
        for analyzer in ANALYZERS.iter().filter(|one| one.name.starts_with("mainsheet.")) {
            let diagnostics = analyze_with(analyzer.name, &loaded.bundle, &MeshConfig::default());
            found.extend(diagnostics.unwrap().iter().map(|one| {
                let resource = one.resource.as_ref().unwrap();
                format!("{name}: {} {} {resource}", one.severity, one.code)
            }));
        }
    }
    eprintln!("{} files and folders", sets.len());
    assert_eq!(found, EXPECTED, "{found:#?}");
}
