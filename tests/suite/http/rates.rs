//! Limits for each caller: of requests, and of operations at once.

use std::sync::mpsc;
use std::time::Duration;

use palts::graphql;
use palts::http::Settings;
use serde_json::{Value, json};

use super::raw::{JSON, Reply, send};
use crate::harness::{App, Client, Setup};

const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");

fn ask(app: &App, by: Option<&Client>, accept: (&str, &str), query: &str) -> Reply {
    let bearer = by.map(|by| format!("Bearer {}", by.token().expect("signed in")));
    let mut headers = vec![JSON, accept];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    send(app, "POST", "/graphql", &headers, &json!({ "query": query }).to_string())
}

fn reason(body: &Value) -> &str {
    body["errors"][0]["extensions"]["reason"].as_str().unwrap_or_default()
}

#[test]
fn beyond_its_rate_a_caller_is_told_when_to_come_again_and_others_are_not_concerned() {
    // Slow enough for any machine: one request a second, after the first forty.
    let http = Settings { requests_per_s: 1, requests_burst: 40, ..Settings::default() };
    let app = App::with(Setup { http, ..Setup::default() });
    let (one, other) = (app.prefecture("13"), app.prefecture("93"));
    // A token counts for its account once it was verified.
    for by in [&one, &other] {
        by.ask("{ viewer { username } }").data();
    }
    // What is answered with an error is never from memory.
    let absent = "{ absent }";
    let mut first = None;
    for _ in 0..200 {
        let reply = ask(&app, Some(&one), GRAPHQL, absent);
        if reply.status == 429 {
            first = Some(reply);
            break;
        }
        assert_eq!(reply.status, 400);
    }
    let refused = first.expect("refused in the end");
    assert_eq!((refused.code().as_str(), reason(&refused.json())), ("LIMIT", "REQUEST_RATE"));
    let wait: u64 = refused.header("retry-after").expect("when to come again").parse().expect("seconds");
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(refused.json()["errors"][0]["extensions"]["parameters"]["retryAfterSeconds"], json!(wait.to_string()));
    assert!(refused.json().get("data").is_none());
    // In the older media type as well, by GET and for uploads.
    while ask(&app, Some(&one), ("accept", "application/json"), absent).status != 429 {}
    let bearer = format!("Bearer {}", one.token().expect("signed in"));
    while send(&app, "GET", "/graphql?query=%7Babsent%7D", &[GRAPHQL, ("authorization", &bearer)], "").status != 429 {}
    let upload = "/imports/sectors?department=13&revision=pending";
    let mut last = send(&app, "POST", upload, &[("authorization", &bearer)], "");
    while last.status != 429 {
        last = send(&app, "POST", upload, &[("authorization", &bearer)], "");
    }
    assert!(last.header("retry-after").is_some());
    assert_eq!(ask(&app, Some(&other), GRAPHQL, absent).status, 400);
    // Signing in does not count against the account that is throttled.
    assert_eq!(app.login("prefecture-13", crate::harness::PASSWORD).status, 200);
    assert!(app.edge.throttled() >= 4);
}

#[test]
fn answers_from_memory_count_a_quarter() {
    let http = Settings { requests_per_s: 1, requests_burst: 60, ..Settings::default() };
    let app = App::with(Setup { http, ..Setup::default() });
    let by = app.prefecture("13");
    let asked = (0..100).filter(|_| ask(&app, Some(&by), GRAPHQL, "{ regions { name } }").status == 200).count();
    assert_eq!(asked, 100);
}

#[test]
fn who_has_too_much_under_way_waits_behind_himself_and_others_find_a_place() {
    let limits = graphql::Settings { caller_queue: 1, caller_places: 1, ..graphql::Settings::default() };
    let app = App::with(Setup { limits, ..Setup::default() });
    let administrator = app.administrator();
    let other = app.prefecture("13");
    let asked = "mutation { disableUser(username: \"absent\") { id } }";
    assert_eq!(administrator.ask(asked).code(), "NOT_FOUND");
    // What the operation waits for, held by this test.
    let places = app.office.database.connections(true);
    let mut held: Vec<_> =
        (0..places).map(|_| app.office.database.checkout(palts::store::Mode::Write).expect("a connection")).collect();
    let (tell, told) = mpsc::channel();
    let threads: Vec<_> = (0..5)
        .map(|_| {
            let (administrator, tell) = (administrator.clone(), tell.clone());
            std::thread::spawn(move || tell.send(administrator.ask(asked)).expect("the test waits"))
        })
        .collect();
    // One is at it, one waits; the others have their answer.
    for _ in 0..3 {
        let refused = told.recv_timeout(Duration::from_secs(15)).expect("an answer at once");
        assert_eq!((refused.status, refused.code(), reason(&refused.body)), (429, "LIMIT", "CALLER_QUEUE"));
    }
    if !app.office.database.is_postgres() {
        // Readers have connections of their own there: somebody else is answered meanwhile.
        assert!(other.ask("{ plan(departmentCode: \"13\") { id } }").body.get("errors").is_none());
    }
    held.clear();
    for _ in 0..2 {
        assert_eq!(told.recv_timeout(Duration::from_secs(15)).expect("an answer").code(), "NOT_FOUND");
    }
    for thread in threads {
        thread.join().expect("nobody panicked");
    }
}

#[test]
fn who_works_the_server_too_long_is_told_when_to_come_again() {
    let limits = graphql::Settings {
        caller_work_ms_per_s: 1,
        // Enough to make the account.
        caller_work_burst_ms: 1_500,
        cached_answer_bytes: 0,
        ..graphql::Settings::default()
    };
    let app = App::with(Setup { limits, ..Setup::default() });
    let by = app.prefecture("13");
    let aliases: String =
        (0..40).map(|index| format!("a{index}: departments {{ code region {{ code departments {{ code }} }} }} ")).collect();
    let heavy = format!("{{ {aliases} }}");
    let refused =
        (0..2_000).map(|_| ask(&app, Some(&by), GRAPHQL, &heavy)).find(|reply| reply.status == 429).expect("refused in the end");
    assert_eq!((refused.code().as_str(), reason(&refused.json())), ("LIMIT", "CALLER_WORK"));
    assert!(refused.header("retry-after").is_some());
}
