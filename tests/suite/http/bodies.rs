//! Bodies on their way: how large, how slow and how many, of whom.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use palts::http::Settings;
use serde_json::json;

use super::raw::{JSON, Reply, connect, finish, open, post, read, send, wait_until};
use crate::harness::{App, Setup};

const TYPENAME: &str = r#"{"query": "{ __typename }"}"#;

fn with(http: Settings) -> App {
    App::with(Setup { http, ..Setup::default() })
}

/// A request to nobody in particular, as long as that.
fn padded(bytes: usize) -> String {
    format!(r#"{{"query": "{{ __typename }} #{}"}}"#, "x".repeat(bytes - 30))
}

fn reason(reply: &Reply) -> String {
    reply.json()["errors"][0]["extensions"]["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn only_who_signed_in_sends_a_long_body() {
    let app = App::start();
    let (by, long) = (app.prefecture("13"), padded(20_000));
    let unknown = post(&app, &long);
    assert_eq!((unknown.status, unknown.code().as_str(), reason(&unknown).as_str()), (413, "LIMIT", "BODY_NEEDS_SIGN_IN"));
    assert_eq!(post(&app, &padded(15_000)).status, 200);
    let bearer = format!("Bearer {}", by.token().expect("signed in"));
    assert_eq!(send(&app, "POST", "/graphql", &[JSON, ("authorization", &bearer)], &long).status, 200);
    // A body in chunks says no length: the same holds.
    let chunked = |authorization: Option<&str>| {
        let mut headers = vec![JSON, ("transfer-encoding", "chunked")];
        headers.extend(authorization.map(|value| ("authorization", value)));
        let mut stream = open(&app, "POST", "/graphql", &headers);
        let _ = stream.write_all(format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len()).as_bytes());
        read(stream)
    };
    assert_eq!(chunked(None).status, 413);
    assert_eq!(chunked(Some(&bearer)).status, 200);
}

#[test]
fn a_token_that_is_not_valid_is_refused_before_a_long_body_is_sent() {
    let app = App::start();
    for token in ["Bearer forged", "Basic dXNlcjpwYXNz"] {
        let stream = open(&app, "POST", "/graphql", &[JSON, ("authorization", token), ("content-length", "500000")]);
        let reply = finish(stream);
        assert_eq!((reply.status, reply.code().as_str()), (401, "UNAUTHENTICATED"), "{token}");
    }
}

#[test]
fn a_body_that_trickles_is_cut_and_one_that_moves_takes_its_time() {
    let app = with(Settings { min_body_bytes_per_s: 1_000, body_grace_ms: 1_000, ..Settings::default() });
    let body = padded(12_000);
    let length = body.len().to_string();
    let headers = [JSON, ("content-length", length.as_str())];
    // Ten bytes a second, as long as it takes.
    let mut trickle = open(&app, "POST", "/graphql", &headers);
    let mut sent = 0;
    let began = Instant::now();
    while sent < 600 && trickle.write_all(&body.as_bytes()[sent..=sent]).is_ok() && !has_answer(&trickle) {
        sent += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(sent < 600, "cut before a minute is over");
    let cut = finish(trickle);
    assert_eq!((cut.status, cut.code().as_str(), reason(&cut).as_str()), (408, "LIMIT", "BODY_TOO_SLOW"));
    assert!(began.elapsed() < Duration::from_secs(45));
    // Three times the grace in all, and never slower than it must be.
    let mut steady = open(&app, "POST", "/graphql", &headers);
    for piece in body.as_bytes().chunks(2_000) {
        steady.write_all(piece).expect("it is still read");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(finish(steady).status, 200);
}

#[test]
fn slow_senders_hold_no_more_than_their_share_and_others_are_answered() {
    // A quarter of it is for requests: 256 kB; 64 kB of that for all who are unknown, 32 kB for each address.
    let app = with(Settings {
        max_buffered_bytes: 1 << 20,
        body_grace_ms: 20_000,
        trusted_proxies: vec!["127.0.0.1".to_owned()],
        ..Settings::default()
    });
    let by = app.prefecture("13");
    let slow = |address: &str| {
        let mut stream = open(&app, "POST", "/graphql", &[JSON, ("content-length", "16000"), ("x-forwarded-for", address)]);
        stream.write_all(&padded(16_000).as_bytes()[..15_000]).expect("sent");
        stream
    };
    let mut held: Vec<TcpStream> = (0..2).map(|_| slow("192.0.2.1")).collect();
    wait_for(&app, 30_000);
    let own = finish(slow("192.0.2.1"));
    assert_eq!((own.status, reason(&own).as_str(), own.header("retry-after")), (429, "CALLER_BODIES", Some("1")));
    held.extend((0..2).map(|_| slow("192.0.2.2")));
    wait_for(&app, 60_000);
    let all = finish(slow("192.0.2.3"));
    assert_eq!((all.status, reason(&all).as_str(), all.header("retry-after")), (503, "BODIES", Some("1")));
    // Whoever is known has a share of his own.
    let bearer = format!("Bearer {}", by.token().expect("signed in"));
    assert_eq!(send(&app, "POST", "/graphql", &[JSON, ("authorization", &bearer)], &padded(30_000)).status, 200);
    drop(held);
    wait_for(&app, 0);
    assert_eq!(post(&app, TYPENAME).json(), json!({ "data": { "__typename": "Query" } }));
}

/// Until so many bytes are held, as far as the system hands them on.
fn wait_for(app: &App, bytes: usize) {
    wait_until(&format!("{bytes} bytes are held"), || app.edge.bodies.held() == bytes);
}

fn has_answer(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a socket");
    let there = stream.peek(&mut [0]).is_ok();
    stream.set_nonblocking(false).expect("a socket");
    there
}

#[test]
fn whatever_ends_a_request_gives_its_bytes_back() {
    // What is held is given back by every end of a request, the refused ones included.
    let app = App::start();
    for body in [TYPENAME, "", "{", r#"{"query": "{ nonsense }"}"#] {
        post(&app, body);
    }
    drop(connect(&app));
    wait_for(&app, 0);
}

#[test]
fn a_sender_who_is_named_in_a_way_that_is_no_token_leaves_an_entry_whatever_is_sent() {
    let app = App::start();
    let basic = ("authorization", "Basic dXNlcjpwYXNz");
    for document in ["{ publications { nodes { id } } }", "mutation { endSessions }"] {
        let body = serde_json::json!({ "query": document }).to_string();
        let reply = send(&app, "POST", "/graphql", &[JSON, basic], &body);
        assert_eq!((reply.status, reply.code().as_str()), (401, "UNAUTHENTICATED"), "{document}");
    }
    assert_eq!(send(&app, "POST", "/imports/schools?department=13", &[basic], "uai").status, 401);
    assert_eq!(finish(open(&app, "POST", "/graphql", &[JSON, basic, ("content-length", "500000")])).status, 401);
    app.office.clock.set(app.office.clock.now() + chrono::TimeDelta::minutes(5));
    palts::workflow::audit::flush_refusals(&app.office, true);
    let answer = app.administrator().ask("{ auditEntries(first: 100) { nodes { actor act outcome detail } } }");
    let entries = answer.at("/auditEntries/nodes").as_array().expect("a list").clone();
    let refused: Vec<_> = entries.iter().filter(|entry| entry["act"] == "token").collect();
    assert_eq!(refused.len(), 2, "{entries:?}");
    assert!(refused[0]["detail"].as_str().is_some_and(|detail| detail.starts_with("3 more between")), "{refused:?}");
}
