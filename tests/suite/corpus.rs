//! The corpus of the fuzz targets, replayed: every input that taught something is read again, as the server would read it.

use std::path::Path;

#[path = "../fuzz/inputs.rs"]
mod inputs;

/// A target and what it does with an input.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 11] = [
    ("geojson", inputs::geojson),
    ("sectors", inputs::sectors),
    ("schools", inputs::schools),
    ("boundaries", inputs::boundaries),
    ("measures", inputs::measures),
    ("national_list", inputs::national_list),
    ("users", inputs::users),
    ("request", inputs::request),
    ("variables", inputs::variables),
    ("ids", inputs::ids),
    ("token", inputs::token),
];

fn folder(of: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(of)
}

#[test]
fn every_input_of_the_corpus_is_read_without_a_panic() {
    for (name, target) in TARGETS {
        let files = std::fs::read_dir(folder("corpus").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut read = 0;
        for file in files {
            target(&std::fs::read(file.expect("an entry").path()).expect("readable"));
            read += 1;
        }
        assert!(read >= 3, "{name}: a corpus begins with some inputs of every kind");
    }
}

#[test]
fn every_target_has_its_corpus_and_its_place_in_the_manifest() {
    let manifest = std::fs::read_to_string(folder("Cargo.toml")).expect("a manifest");
    let mut targets: Vec<String> = std::fs::read_dir(folder("targets"))
        .expect("targets")
        .map(|file| file.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    targets.sort();
    let mut known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(targets, known);
    for name in known {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
    }
}
