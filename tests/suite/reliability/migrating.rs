//! Two programs at once, a program that is too old, and a demonstration that was cut off.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use palts::store::{Mode, audit, marks, users};
use serde_json::json;

use crate::harness::{App, Setup, TestDatabase, command, past_palts};

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn migrate(database: &TestDatabase, folder: &tempfile::TempDir) -> Command {
    let mut program = command(&database.url, folder.path());
    program.arg("migrate");
    program
}

#[test]
fn migrations_started_at_once_wait_for_each_other() {
    let (database, folder) = (TestDatabase::empty(), tempfile::tempdir().expect("a folder"));
    let running: Vec<_> = (0..3)
        .map(|_| migrate(&database, &folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs"))
        .collect();
    let outputs: Vec<Output> = running.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect();
    for output in &outputs {
        assert!(output.status.success(), "{}", said(output));
    }
    let migrated = outputs.iter().filter(|output| said(output).contains("migration faite")).count();
    assert_eq!(migrated, 1, "one did it all: {outputs:?}");
}

#[test]
fn a_schema_newer_than_the_program_is_refused_by_name() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let opened = database.open();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')";
    past_palts(opened.checkout(Mode::Write).expect("a connection").get(), newer).expect("written");
    opened.close(Duration::from_secs(10));
    for arguments in [&["serve"][..], &["migrate"], &["demo"], &["user", "list"], &["rollup", "rebuild"]] {
        let refused = command(&database.url, folder.path()).args(arguments).output().expect("it runs");
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {}", said(&refused));
        assert!(said(&refused).contains("29991231000001"), "{arguments:?}: {}", said(&refused));
    }
    // A server that runs while it is migrated is no longer ready.
    let app = App::over(database, Setup::default());
    assert_eq!(app.anonymous().get("/readyz").0, 503);
}

#[test]
fn a_demonstration_that_was_cut_off_is_made_anew() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let mut demo = command(&database.url, folder.path());
    demo.arg("demo").stdout(Stdio::null());
    let mut cut = demo.spawn().expect("it runs");
    let opened = database.open();
    let end = Instant::now() + Duration::from_secs(120);
    let last = "gendarmerie-93".parse().expect("a username");
    while opened.read(|c| users::by_name(c, &last)).expect("readable").is_none() {
        assert!(Instant::now() < end && cut.try_wait().expect("known").is_none(), "it never came to the last account");
        std::thread::sleep(Duration::from_millis(10));
    }
    cut.kill().expect("killed");
    cut.wait().expect("ended");
    opened.close(Duration::from_secs(10));
    let run = || command(&database.url, folder.path()).arg("demo").output().expect("it runs");
    let anew = run();
    assert!(anew.status.success() && said(&anew).contains("La démonstration est chargée."), "{}", said(&anew));
    let again = run();
    assert!(again.status.success() && said(&again).contains("déjà chargée"), "{}", said(&again));
    let app = App::over(database, Setup::default());
    let published = app.office.database.read(palts::store::publications::count).expect("readable");
    assert_eq!(published, 1);
    let read = app.office.database.read(|c| audit::epochs(c, None)).expect("readable");
    assert!(read.len() > 100, "every chain is there: {}", json!(read.len()));
}

#[test]
fn demonstrations_loaded_at_once_wait_for_each_other() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let load = || command(&database.url, folder.path()).arg("demo").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let running: Vec<_> = (0..2).map(|_| load().expect("it runs")).collect();
    let outputs: Vec<Output> = running.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect();
    for output in &outputs {
        assert!(output.status.success(), "{}", said(output));
        assert!(!said(output).contains("cut off"), "{}", said(output));
    }
    let loaded = outputs.iter().filter(|output| said(output).contains("La démonstration est chargée.")).count();
    let found = outputs.iter().filter(|output| said(output).contains("déjà chargée")).count();
    assert_eq!((loaded, found), (1, 1), "{outputs:?}");
    let published = database.open().read(palts::store::publications::count).expect("readable");
    assert_eq!(published, 1);
}

#[test]
fn a_demonstration_is_not_loaded_over_what_others_did() {
    let app = App::start();
    app.prefecture("13");
    let folder = tempfile::tempdir().expect("a folder");
    let refused = command(&app.database().url, folder.path()).arg("demo").output().expect("it runs");
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(said(&refused).contains("base vide"), "{}", said(&refused));
    // No mark by which a second try would take the whole for one of its own, and remove it.
    let mark = app.office.database.read(|c| marks::find(c, marks::DEMONSTRATION)).expect("readable");
    assert_eq!(mark, None);
}
