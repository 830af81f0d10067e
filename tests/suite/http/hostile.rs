//! Requests that mean harm: lengths told in two ways, methods that echo, texts that other programs would run.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use serde_json::json;

use super::raw::{Reply, connect, read, send};
use crate::harness::{App, PASSWORD};

const TYPENAME: &str = r#"{"query":"{ __typename }"}"#;

/// Posts a body under these headers, which alone say how long it is.
fn framed(app: &App, version: &str, framing: &str, body: &str) -> Reply {
    let mut stream = connect(app);
    let head = format!("POST /graphql {version}\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n");
    stream.write_all(format!("{head}{framing}\r\n\r\n{body}").as_bytes()).expect("it is sent");
    read(stream)
}

#[test]
fn a_body_whose_length_is_told_in_two_ways_or_in_none_that_is_known_is_refused() {
    let app = App::start();
    let chunked = format!("{:x}\r\n{TYPENAME}\r\n0\r\n\r\n", TYPENAME.len());
    let length = format!("content-length: {}", TYPENAME.len());
    assert_eq!(framed(&app, "HTTP/1.1", &length, TYPENAME).status, 200);
    for (version, framing, body) in [
        ("HTTP/1.1", "content-length: 5\r\ntransfer-encoding: chunked".to_owned(), chunked.as_str()),
        ("HTTP/1.1", "transfer-encoding: chunked\r\ntransfer-encoding: identity".to_owned(), chunked.as_str()),
        ("HTTP/1.0", "transfer-encoding: chunked".to_owned(), chunked.as_str()),
        ("HTTP/1.1", "transfer-encoding: xchunked".to_owned(), TYPENAME),
        ("HTTP/1.1", format!("{length}\r\ncontent-length: 5"), TYPENAME),
        ("HTTP/1.1", format!("content-length: +{}", TYPENAME.len()), TYPENAME),
    ] {
        assert_eq!(framed(&app, version, &framing, body).status, 400, "{version} {framing}");
    }
}

#[test]
fn a_connection_ends_after_a_request_that_brought_much() {
    let app = App::start();
    let head = |more: usize| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-filler: {}\r\n\r\n", "x".repeat(more));
    let body = |more: usize| {
        let text = format!("{}{TYPENAME}", " ".repeat(more));
        format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )
    };
    let ahead = |more: usize| head(100).repeat(more / 150);
    let kinds: [(&str, &dyn Fn(usize) -> String); 3] = [("head", &head), ("body", &body), ("ahead", &ahead)];
    for (kind, request) in kinds {
        for (size, ends) in [(12 << 10, false), (40 << 10, true)] {
            let mut stream = connect(&app);
            stream.write_all(request(size).as_bytes()).expect("it is sent");
            // What was sent ahead and not read is waited for before the end.
            stream.set_read_timeout(Some(Duration::from_secs(if ends { 20 } else { 1 }))).expect("a timeout");
            let mut answer = Vec::new();
            // Up to its end, or until the server waits for another request. What was sent ahead and not read any more ends it roughly.
            let read = stream.read_to_end(&mut answer);
            let has_ended = read.map_or_else(|error| error.kind() == ErrorKind::ConnectionReset, |_| true);
            let answer = String::from_utf8_lossy(&answer).to_lowercase();
            assert!(answer.starts_with("http/1.1 "), "{kind} {size}: {answer}");
            assert_eq!((has_ended, answer.contains("connection: close")), (ends, ends), "{kind} {size}: {answer}");
        }
    }
}

#[test]
fn trace_is_refused_and_nothing_is_sent_back() {
    let app = App::start();
    for path in ["/graphql", "/healthz", "/graphiql", "/imports/boundaries"] {
        let reply = send(&app, "TRACE", path, &[("x-marker", "to-be-echoed")], "");
        assert!(matches!(reply.status, 404 | 405), "{path}: {}", reply.status);
        assert!(!reply.body.contains("to-be-echoed"), "{path}: {}", reply.body);
    }
}

#[test]
fn nobody_is_led_elsewhere_but_from_the_root_to_the_explorer() {
    let app = App::start();
    let told = [("x-forwarded-proto", "http"), ("x-forwarded-host", "elsewhere.example")];
    for path in
        ["/graphql?query=%7B__typename%7D", "/healthz", "/imports/boundaries", "/graphiql", "/nowhere", "//elsewhere.example"]
    {
        let reply = send(&app, "GET", path, &told, "");
        assert!(!(300..400).contains(&reply.status) && reply.header("location").is_none(), "{path}: {}", reply.status);
    }
    let root = send(&app, "GET", "/", &told, "");
    assert_eq!((root.status, root.header("location")), (303, Some("/graphiql")));
}

#[test]
fn every_text_says_its_kind_and_its_charset() {
    let app = App::start();
    let pages = ["/graphiql", "/graphiql/app.js", "/graphiql/icon.svg", "/graphiql/none.js"];
    for path in ["/healthz", "/readyz", "/nowhere", "/graphql?query=%7B__typename%7D"].into_iter().chain(pages) {
        let reply = send(&app, "GET", path, &[], "");
        let kind = reply.header("content-type").unwrap_or_default();
        assert!(kind.contains('/') && kind.ends_with("; charset=utf-8"), "{path}: {kind:?}");
    }
}

#[test]
fn what_other_programs_would_run_is_kept_as_it_came() {
    let app = App::start();
    let name = "Robert'); DROP TABLE users; -- <script>alert(1)</script> {{7*7}} %s $(id)";
    let input = json!({ "username": "robert", "displayName": name, "password": PASSWORD });
    let made = app
        .administrator()
        .run("mutation($i: CreateUserInput!) { createUser(input: $i) { displayName } }", json!({ "i": input }));
    assert_eq!(made.text("/createUser/displayName"), name);
    let listed = app.administrator().ask("{ users { nodes { username displayName } } }");
    let nodes = listed.at("/users/nodes").as_array().expect("a list").clone();
    assert!(nodes.iter().any(|one| one["username"] == "robert" && one["displayName"] == name), "{nodes:?}");
    let harmful = "x'; DROP TABLE users; --";
    assert_eq!(app.login(harmful, harmful).code(), "UNAUTHENTICATED");
    app.login("robert", PASSWORD).data();
}
