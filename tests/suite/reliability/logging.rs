//! Logs that nobody takes.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{App, PASSWORD, Server, TestDatabase};

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

#[test]
fn requests_that_are_no_http_are_counted_and_said_once_and_not_as_errors() {
    use std::io::{Read as _, Write as _};
    let (database, folder) = (TestDatabase::fresh(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("log");
    let log = File::create(&path).expect("a log");
    let mut server = Server::start(&database.url, folder.path(), &[("PALTS_LOG__LEVEL", "info")], log);
    let address = server.base.trim_start_matches("http://").to_owned();
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "a".repeat(200_000));
    let kinds = [
        "\u{0}\u{1}\u{2} what is this\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nhost x\r\n\r\n",
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n",
        "POST /graphql HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n",
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        long.as_str(),
    ];
    for _ in 0..5 {
        for sent in kinds {
            let mut stream = std::net::TcpStream::connect(&address).expect("the server listens");
            stream.set_read_timeout(Some(LONG)).expect("a timeout");
            // It may hang up before it has read everything.
            let _ = stream.write_all(sent.as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }
    assert!(server.figure("palts_http_malformed_total") >= 30.0, "{}", server.figure("palts_http_malformed_total"));
    assert!(server.stop(LONG).expect("it ends").success());
    let text = std::fs::read_to_string(path).expect("a log");
    assert!(!text.contains("ERROR") && !text.contains("\"level\":\"ERROR\""), "{text}");
    assert_eq!(text.matches("send what is no HTTP").count(), 1, "{text}");
}

#[test]
fn a_fault_of_ours_stands_in_the_log_under_the_id_that_its_sender_was_told() {
    let app = App::start();
    app.prefecture("13");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let settings = [("PALTS_LOG__LEVEL", "error"), ("PALTS_LOG__FORMAT", "json")];
    let server = Server::start(&app.database().url, folder.path(), &settings, File::create(&path).expect("a log"));
    let by = server.client("prefecture-13", PASSWORD);
    app.execute("ALTER TABLE meetings RENAME TO meetings_of_before");
    let answer = by.ask("{ department(code: \"13\") { meetings { nodes { heldOn } } } }");
    assert_eq!((answer.code(), answer.message()), ("INTERNAL", "erreur interne"));
    let id = answer.error()["extensions"]["requestId"].as_str().expect("an id").to_owned();
    assert!(!answer.body.to_string().contains("meetings_of_before") && !answer.body.to_string().contains("no such table"));
    let text = std::fs::read_to_string(path).expect("a log");
    let line = text.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("no line for {id} in {text}"));
    assert!(line.contains("\"ERROR\"") && line.contains("meetings"), "{line}");
}
