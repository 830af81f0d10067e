//! Data that can no longer be read as it was written.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::Output;

use palts::store::DatabaseUrl;
use serde_json::json;

use crate::harness::plans::{meeting, recorder};
use crate::harness::{App, TestDatabase, command, on_postgres};

fn run(database: &TestDatabase, folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    command(&database.url, folder.path()).args(arguments).output().expect("it runs")
}

#[test]
fn verify_looks_at_pages_chains_and_cells_in_one_command() {
    let app = App::start();
    let measures = json!([{ "indicator": "ILS_TOTAL", "service": "POLICE", "value": 12.0 }]);
    meeting(&recorder(&app, "13"), "13", "2010-03-02", measures);
    let folder = tempfile::tempdir().expect("a folder");
    let whole = run(app.database(), &folder, &["verify"]);
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    for part in ["les données stockées sont intactes", "le journal d’audit est intact", "les totaux sont ceux"] {
        assert!(said.contains(part), "{said}");
    }
    let department = "13".parse().expect("a code");
    let broken = app.office.database.write(|connection| {
        let mut cells = palts::store::rollups::of_department(connection, &department, &palts::workflow::rollups::verify::ALWAYS)?;
        cells.values_mut().for_each(|tally| tally.total += 1);
        palts::store::rollups::rewrite(connection, &department, &cells)
    });
    broken.expect("cells can be written");
    let found = run(app.database(), &folder, &["verify"]);
    assert_eq!(found.status.code(), Some(1));
    let said = String::from_utf8_lossy(&found.stderr).into_owned();
    let place = |part: &str| said.find(part).unwrap_or_else(|| panic!("{part} in {said}"));
    assert!(place("cellules qui diffèrent") < place("les données stockées sont intactes"), "the damage first: {said}");
    assert!(place("cellules qui diffèrent") < place("le journal d’audit est intact"), "the damage first: {said}");
    assert!(found.stdout.is_empty(), "one place: {}", String::from_utf8_lossy(&found.stdout));
}

#[test]
fn a_damaged_file_is_found_by_verify_and_not_served() {
    if on_postgres() {
        return;
    }
    let database = TestDatabase::fresh();
    let folder = tempfile::tempdir().expect("a folder");
    let DatabaseUrl::Sqlite(path) = &database.url else { panic!("for tests on SQLite") };
    let mut file = OpenOptions::new().write(true).open(path).expect("the file");
    let pages = file.metadata().expect("its size").len() / 4096;
    for page in (pages / 3)..(pages * 2 / 3) {
        file.seek(SeekFrom::Start(page * 4096)).expect("a place in it");
        file.write_all(&[0xa5; 512]).expect("written");
    }
    drop(file);
    for arguments in [&["verify"][..], &["serve"]] {
        let found = run(&database, &folder, arguments);
        assert_eq!(found.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8_lossy(&found.stderr).into_owned();
        assert!(said.contains("damaged") || said.contains("malformed"), "{arguments:?}: {said}");
        assert!(found.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&found.stdout));
    }
}
