//! Acceptance on real data: priority neighbourhoods, schools and outlines as their producers publish them. The folder is named by
//! `PALTS_TEST_DATA`; without it these tests say so and end.

mod imports;
mod life;

use std::path::PathBuf;

/// A file of the real data, or nothing where there is none to be had.
pub fn data(file: &str) -> Option<Vec<u8>> {
    let Some(folder) = std::env::var_os("PALTS_TEST_DATA").map(PathBuf::from) else {
        eprintln!("PALTS_TEST_DATA names no folder with the real data: not tested");
        return None;
    };
    let path = folder.join(file);
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
