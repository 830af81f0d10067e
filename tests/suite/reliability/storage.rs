//! Databases that take no writes.

use diesel::connection::SimpleConnection as _;
use palts::store::{AnyConnection, Mode};
use serde_json::json;

use crate::harness::{Answer, App, Client, on_postgres};

fn record(by: &Client) -> Answer {
    let input = json!({ "departmentCode": "13", "heldOn": "2010-03-03", "attendance": ["POLICE"], "minutes": "x".repeat(9_000), "measures": [] });
    by.run("mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }", json!({ "i": input }))
}

/// Runs SQL on the one connection that writes.
fn on_the_writer(app: &App, sql: &str) {
    let mut conn = app.office.database.checkout(Mode::Write).expect("a connection");
    let AnyConnection::Sqlite(sqlite) = conn.get() else { panic!("for tests on SQLite") };
    sqlite.batch_execute(sql).expect("the statement runs");
}

/// Asks until what was found before no longer holds.
fn readiness(app: &App, path: &str) -> u16 {
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    app.anonymous().get(path).0
}

fn refuses_writes_and_goes_on_reading(app: &App, by: &Client) {
    // What is free in the file is used up first.
    let refused = (0..100).map(|_| record(by)).find(|answer| answer.body.get("errors").is_some()).expect("it is full at last");
    assert_eq!(refused.code(), "UNAVAILABLE", "{}", refused.body);
    assert_eq!(refused.error()["extensions"]["reason"], "STORAGE");
    by.ask("{ department(code: \"13\") { meetings { totalCount } } }").data();
    assert_eq!(readiness(app, "/readyz"), 503);
    assert_eq!(readiness(app, "/readyz?reads"), 200);
}

fn takes_writes_again(app: &App, by: &Client) {
    assert_eq!(readiness(app, "/readyz"), 200);
    record(by).data();
}

#[test]
fn on_a_full_disk_writes_are_unavailable_and_reads_go_on() {
    if on_postgres() {
        return;
    }
    let app = App::start();
    let by = app.prefecture("13");
    on_the_writer(&app, "PRAGMA max_page_count = 1");
    refuses_writes_and_goes_on_reading(&app, &by);
    on_the_writer(&app, "PRAGMA max_page_count = 1000000");
    takes_writes_again(&app, &by);
}

#[test]
fn a_read_only_file_is_told_as_such() {
    if on_postgres() {
        return;
    }
    let app = App::start();
    let by = app.prefecture("13");
    on_the_writer(&app, "PRAGMA query_only = ON");
    refuses_writes_and_goes_on_reading(&app, &by);
    on_the_writer(&app, "PRAGMA query_only = OFF");
    takes_writes_again(&app, &by);
}

#[test]
fn a_read_only_server_is_told_as_such() {
    if !on_postgres() {
        return;
    }
    let app = App::start();
    let by = app.prefecture("13");
    let set = |value: &str| {
        // Who sets it is read-only himself.
        app.database().execute(&format!(
            "BEGIN READ WRITE; \
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {value}', current_database()); \
             PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$; COMMIT"
        ));
        // Connections of before were cut: each is found out by who uses it.
        for _ in 0..20 {
            if by.ask("{ department(code: \"13\") { code } }").body.get("errors").is_none() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    };
    set("on");
    refuses_writes_and_goes_on_reading(&app, &by);
    set("off");
    takes_writes_again(&app, &by);
}
