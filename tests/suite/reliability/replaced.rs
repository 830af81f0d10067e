//! SQLite files that are removed or replaced under a running server.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use palts::store::{DatabaseUrl, Mode, StoreError};
use serde_json::json;

use crate::harness::{Answer, App, Client, PASSWORD, Server, on_postgres};

struct Here {
    _app: App,
    folder: tempfile::TempDir,
    server: Server,
    by: Client,
    database: PathBuf,
}

/// A real server, and a préfecture that has written there.
fn here() -> Here {
    let app = App::start();
    app.prefecture("13");
    let DatabaseUrl::Sqlite(database) = app.database().url.clone() else { panic!("for tests on SQLite") };
    let folder = tempfile::tempdir().expect("a folder");
    let log = File::create(folder.path().join("log")).expect("a log");
    let server = Server::start(&app.database().url, folder.path(), &[], log);
    let by = server.client("prefecture-13", PASSWORD);
    record(&by, "2010-03-03").data();
    Here { _app: app, folder, server, by, database }
}

fn record(by: &Client, day: &str) -> Answer {
    let input = json!({ "departmentCode": "13", "heldOn": day, "attendance": ["POLICE"], "measures": [] });
    by.run("mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }", json!({ "i": input }))
}

fn readiness(by: &Client) -> u16 {
    // What was found before holds for a second.
    std::thread::sleep(Duration::from_millis(1_100));
    by.get("/readyz").0
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Nothing is acknowledged, and nobody is sent there.
fn refuses(here: &Here) {
    for day in ["2010-03-04", "2010-03-05"] {
        let refused = record(&here.by, day);
        assert_eq!((refused.code(), &refused.error()["extensions"]["reason"]), ("UNAVAILABLE", &json!("STORAGE")));
    }
    // Signing in writes, too.
    let login = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }";
    let who = json!({ "u": "prefecture-13", "p": PASSWORD });
    assert_eq!(here.server.anonymous().run(login, who).code(), "UNAVAILABLE");
    assert_eq!(readiness(&here.by), 503);
    assert_eq!(here.by.get("/readyz?reads").0, 503);
    let log = fs::read_to_string(here.folder.path().join("log")).expect("a log");
    assert!(log.contains("STORAGE") && log.contains("was removed or replaced under the running program"), "{log}");
}

fn goes_on(here: &Here) {
    assert_eq!(readiness(&here.by), 200);
    record(&here.by, "2010-03-08").data();
    // The one from before, and this one.
    let held = here.by.ask("{ department(code: \"13\") { meetings { totalCount } } }");
    assert_eq!(held.at("/department/meetings/totalCount"), 2);
}

#[test]
fn nothing_is_acknowledged_while_the_database_s_file_is_gone_and_none_is_made() {
    if on_postgres() {
        return;
    }
    let here = here();
    let held = beside(&here.database, "-held");
    fs::rename(&here.database, &held).expect("moved");
    refuses(&here);
    assert!(!here.database.exists(), "nobody made a file");
    fs::rename(&held, &here.database).expect("put back");
    goes_on(&here);
}

#[test]
fn nothing_is_acknowledged_while_another_file_stands_in_the_place_of_the_database() {
    if on_postgres() {
        return;
    }
    let here = here();
    let held = beside(&here.database, "-held");
    fs::rename(&here.database, &held).expect("moved");
    // As a restored backup would.
    fs::copy(&held, &here.database).expect("replaced");
    let before = fs::read(&here.database).expect("readable");
    refuses(&here);
    assert!(fs::read(&here.database).expect("readable") == before, "nobody wrote into it");
    fs::rename(&held, &here.database).expect("put back");
    goes_on(&here);
}

#[test]
fn nothing_is_acknowledged_while_the_log_of_the_database_is_gone() {
    if on_postgres() {
        return;
    }
    for suffix in ["-wal", "-shm"] {
        let here = here();
        let (file, held) = (beside(&here.database, suffix), beside(&here.database, "-held"));
        fs::rename(&file, &held).expect("moved");
        refuses(&here);
        assert!(!file.exists(), "nobody made another {suffix}");
        fs::rename(&held, &file).expect("put back");
        goes_on(&here);
    }
}

#[test]
fn a_write_under_way_is_not_kept_in_a_file_that_is_gone() {
    if on_postgres() {
        return;
    }
    let app = App::start();
    let DatabaseUrl::Sqlite(file) = app.database().url.clone() else { panic!("for tests on SQLite") };
    let mut writing = app.office.database.checkout(Mode::Write).expect("a connection");
    writing.begin().expect("a transaction");
    let held = beside(&file, "-held");
    fs::rename(&file, &held).expect("moved");
    assert!(matches!(writing.commit(), Err(StoreError::Replaced(_))));
    let begun = app.office.database.checkout(Mode::Write).and_then(|mut conn| conn.begin());
    assert!(begun.is_err());
    fs::rename(&held, &file).expect("put back");
}

#[test]
fn commands_make_no_database_but_migrate_does() {
    if on_postgres() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("é ?#%.sqlite");
    let url = DatabaseUrl::Sqlite(file.clone());
    for arguments in [vec!["user", "list"], vec!["verify"], vec!["serve"], vec!["audit", "verify"]] {
        let output = crate::harness::command(&url, folder.path()).args(&arguments).output().expect("the program runs");
        assert!(!output.status.success() && !file.exists(), "{arguments:?}");
    }
    let migrated = crate::harness::command(&url, folder.path()).arg("migrate").status().expect("the program runs");
    assert!(migrated.success() && file.exists());
    let listed = crate::harness::command(&url, folder.path()).args(["user", "list"]).status().expect("the program runs");
    assert!(listed.success());
}
