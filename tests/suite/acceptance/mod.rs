//! Acceptance on real data: priority neighbourhoods, schools and outlines as their producers publish them. `tests/data`
//! holds extracts, so that these tests run in every clone; where `PALTS_TEST_DATA` names the folder with the whole
//! files, they run on those.

mod imports;
mod life;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of the real data: whole where it is at hand, an extract otherwise.
pub fn data(file: &str) -> Vec<u8> {
    let extracts = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let path = std::env::var_os("PALTS_TEST_DATA").map_or_else(extracts, PathBuf::from).join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The features of a file, and how many of them have a geometry.
pub fn features(file: &str) -> (usize, usize) {
    let collection: Value = serde_json::from_slice(&data(file)).expect("JSON");
    let features = collection["features"].as_array().expect("features");
    (features.len(), features.iter().filter(|feature| !feature["geometry"].is_null()).count())
}

#[test]
#[ignore = "needs the whole files: make acceptance DATA=FOLDER"]
fn the_whole_files_hold_what_their_producers_published() {
    assert!(std::env::var_os("PALTS_TEST_DATA").is_some(), "PALTS_TEST_DATA names the folder of the whole files");
    let whole = [
        ("departements.geojson", (101, 101)),
        ("qpv2015_13.geojson", (65, 65)),
        ("qpv2015_75.geojson", (20, 20)),
        ("qpv2015_93.geojson", (63, 63)),
        ("colleges_13.geojson", (211, 211)),
        ("colleges_93.geojson", (173, 173)),
        ("lycees_paris.geojson", (229, 226)),
    ];
    for (file, expected) in whole {
        assert_eq!(features(file), expected, "{file}");
    }
}
