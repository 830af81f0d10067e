//! Logs that nobody takes.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{Server, TestDatabase};

/// More generous than any machine is slow.
const LONG: Duration = Duration::from_secs(60);
/// Everything is logged.
const LOUD: [(&str, &str); 2] = [("PALTS_LOG__LEVEL", "trace"), ("PALTS_LOG__FORMAT", "json")];

fn ask(server: &Server, times: usize) {
    for _ in 0..times {
        assert_eq!(server.anonymous().get("/healthz").0, 200);
    }
    assert_eq!(server.anonymous().get("/readyz").0, 200);
    assert_eq!(server.anonymous().ask("{ __typename }").at("/__typename"), "Query");
}

#[test]
fn a_log_on_a_full_disk_is_counted_and_ends_nothing() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let full = File::options().write(true).open("/dev/full").expect("the full device");
    let mut server = Server::start(&database.url, folder.path(), &LOUD, full);
    ask(&server, 50);
    assert!(server.figure("palts_log_lines_dropped_total") > 0.0);
    assert!(server.runs());
    assert!(server.stop(LONG).expect("it ends").success());
}

#[test]
fn a_log_whose_reader_is_gone_ends_nothing() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let mut server = Server::start(&database.url, folder.path(), &LOUD, Stdio::piped());
    drop(server.child.stderr.take());
    ask(&server, 50);
    assert!(server.figure("palts_log_lines_dropped_total") > 0.0);
    assert!(server.runs());
    assert!(server.stop(LONG).expect("it ends").success());
}

#[test]
fn a_log_whose_reader_stands_still_stops_nothing() {
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let mut server = Server::start(&database.url, folder.path(), &LOUD, Stdio::piped());
    // A pipe holds 64 kB, which is some hundreds of lines.
    ask(&server, 1_500);
    assert!(server.runs());
    assert!(server.stop(LONG).expect("it ends").success());
}

#[test]
fn a_command_whose_complaint_nobody_hears_ends_with_its_exit_code() {
    let (database, folder) = (TestDatabase::empty(), tempfile::tempdir().expect("a folder"));
    let full = File::options().write(true).open("/dev/full").expect("the full device");
    let refused = crate::harness::command(&database.url, folder.path()).arg("serve").stderr(full).status().expect("it runs");
    assert_eq!(refused.code(), Some(1));
}
