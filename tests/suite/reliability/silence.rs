//! A PostgreSQL that falls silent, is gone, or loses an answer.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{App, Client, PASSWORD, Proxy, Server, on_postgres};

/// Limits so short that a test need not wait.
const SHORT: [(&str, &str); 5] = [
    ("PALTS_DATABASE__STATEMENT_TIMEOUT_MS", "1000"),
    ("PALTS_DATABASE__CHECKOUT_TIMEOUT_MS", "1000"),
    ("PALTS_GRAPHQL__OPERATION_TIMEOUT_MS", "2000"),
    ("PALTS_HTTP__SHUTDOWN_TIMEOUT_S", "5"),
    ("PALTS_LOG__LEVEL", "error"),
];
/// Far less than for ever, and more generous than a machine is slow.
const LONG: Duration = Duration::from_secs(40);
const READ: &str = "{ department(code: \"13\") { meetings { totalCount } } }";

/// A server that reaches its database through a proxy, and a préfecture that is signed in there.
fn behind_a_proxy() -> (App, Proxy, tempfile::TempDir, Server, Client) {
    let app = App::start();
    app.prefecture("13");
    let proxy = Proxy::to(&app.database().url);
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(&proxy.url(), folder.path(), &SHORT, std::process::Stdio::inherit());
    let client = server.client("prefecture-13", PASSWORD);
    client.ask(READ).data();
    (app, proxy, folder, server, client)
}

fn record(day: &str) -> (&'static str, serde_json::Value) {
    let input = json!({ "departmentCode": "13", "heldOn": day, "attendance": ["POLICE"], "measures": [] });
    ("mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }", json!({ "i": input }))
}

/// Runs them all at once; the answers, once all have come.
fn at_once<T: Send + 'static>(what: Vec<Box<dyn FnOnce() -> T + Send>>) -> Vec<T> {
    let (done, answers) = mpsc::channel();
    let count = what.len();
    for one in what {
        let done = done.clone();
        std::thread::spawn(move || done.send(one()));
    }
    (0..count).map(|_| answers.recv_timeout(LONG).expect("everybody is answered")).collect()
}

fn recovers(client: &Client) {
    let end = Instant::now() + LONG;
    loop {
        let answer = client.ask(READ);
        if answer.body.get("errors").is_none() && client.get("/readyz").0 == 200 {
            return;
        }
        assert!(Instant::now() < end, "it does not recover: {}", answer.body);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_database_that_falls_silent_hangs_neither_requests_nor_readiness_and_is_found_again() {
    if !on_postgres() {
        return;
    }
    let (_app, proxy, _folder, server, client) = behind_a_proxy();
    for _ in 0..2 {
        proxy.fall_silent();
        let mut asked: Vec<Box<dyn FnOnce() -> String + Send>> = Vec::new();
        for turn in 0..12 {
            let client = client.clone();
            asked.push(Box::new(move || {
                let (document, variables) = record("2010-03-03");
                let answer = if turn % 3 == 0 { client.run(document, variables) } else { client.ask(READ) };
                answer.code().to_owned()
            }));
        }
        let (ready, base) = (client.clone(), server.base.clone());
        asked.push(Box::new(move || {
            // What was found before holds for a second.
            std::thread::sleep(Duration::from_millis(1_200));
            let status = ready.get("/readyz").0;
            if status == 503 { "UNAVAILABLE".to_owned() } else { format!("{status} from {base}") }
        }));
        assert_eq!(at_once(asked), vec!["UNAVAILABLE"; 13]);
        proxy.speak();
        recovers(&client);
    }
}

#[test]
fn connections_that_are_silent_for_ever_are_replaced() {
    if !on_postgres() {
        return;
    }
    let (_app, proxy, _folder, server, client) = behind_a_proxy();
    proxy.forget();
    let asked = (0..6).map(|_| {
        let client = client.clone();
        Box::new(move || client.ask(READ).status) as Box<dyn FnOnce() -> u16 + Send>
    });
    at_once(asked.collect());
    recovers(&client);
    let end = Instant::now() + LONG;
    while server.figure("palts_database_connections_abandoned") < 1.0 {
        assert!(Instant::now() < end, "no connection was given up");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_server_whose_database_is_silent_stops_in_time() {
    if !on_postgres() {
        return;
    }
    let (_app, proxy, _folder, mut server, client) = behind_a_proxy();
    proxy.fall_silent();
    for _ in 0..3 {
        let client = client.clone();
        std::thread::spawn(move || client.ask(READ));
    }
    std::thread::sleep(Duration::from_millis(300));
    // Its time is five seconds.
    let ended = server.stop(Duration::from_secs(20)).expect("it ends");
    assert!(ended.success(), "{ended}");
}

#[test]
fn while_the_database_refuses_connections_a_request_learns_it_at_once() {
    if !on_postgres() {
        return;
    }
    let (_app, proxy, _folder, _server, client) = behind_a_proxy();
    proxy.refuse();
    let began = Instant::now();
    for _ in 0..40 {
        assert_eq!(client.ask(READ).code(), "UNAVAILABLE");
    }
    // Each of them waited five seconds for a connection, once.
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    assert_eq!(client.get("/readyz").0, 503);
    proxy.accept();
    recovers(&client);
}

#[test]
fn a_write_whose_commit_was_not_answered_is_of_unknown_outcome_and_can_be_sent_again() {
    if !on_postgres() {
        return;
    }
    let (_app, proxy, _folder, _server, client) = behind_a_proxy();
    let (document, variables) = record("2010-03-03");
    proxy.lose_next_commit();
    let lost = client.run_under("une-cle", document, variables.clone());
    assert_eq!(lost.code(), "UNAVAILABLE");
    assert_eq!(lost.error()["extensions"]["outcome"], "UNKNOWN");
    assert_eq!(lost.error()["extensions"]["reason"], "OUTCOME_UNKNOWN");
    let again = client.run_under("une-cle", document, variables);
    assert!(again.at("/recordMeeting/id").is_string());
    assert_eq!(client.ask(READ).at("/department/meetings/totalCount"), 1);
    // What was not begun is told as it was: nothing is unknown.
    proxy.refuse();
    let (document, variables) = record("2010-03-04");
    let refused = client.run_under("une-autre", document, variables);
    assert_eq!(refused.code(), "UNAVAILABLE");
    assert!(refused.error()["extensions"].get("outcome").is_none(), "{}", refused.body);
}

#[test]
fn a_write_that_the_database_was_not_asked_to_keep_is_told_as_not_done_and_is_not_done() {
    if !on_postgres() {
        return;
    }
    let (_app, proxy, _folder, _server, client) = behind_a_proxy();
    proxy.fall_silent();
    let (document, variables) = record("2010-03-03");
    let late = client.run_under("une-cle", document, variables.clone());
    assert_eq!(late.code(), "UNAVAILABLE");
    assert!(late.error()["extensions"].get("outcome").is_none(), "{}", late.body);
    proxy.speak();
    recovers(&client);
    assert_eq!(client.ask(READ).at("/department/meetings/totalCount"), 0);
    assert!(client.run_under("une-cle", document, variables).at("/recordMeeting/id").is_string());
}

#[test]
fn a_command_does_not_wait_for_ever_for_a_silent_database() {
    if !on_postgres() {
        return;
    }
    let app = App::start();
    let proxy = Proxy::to(&app.database().url);
    proxy.fall_silent();
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = crate::harness::command(&proxy.url(), folder.path());
    let status = command.args(["rollup", "verify"]).stderr(std::process::Stdio::null()).status().expect("it ends");
    assert_eq!(status.code(), Some(1));
}
