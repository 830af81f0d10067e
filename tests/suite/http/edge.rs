//! The edge: sizes, times, headers, ids, health, metrics and the explorer.

use std::io::Write as _;
use std::time::{Duration, Instant};

use palts::http::Settings;

use super::raw::{JSON, connect, post, read, send};
use crate::harness::{App, Setup};

const TYPENAME: &str = r#"{"query": "{ __typename }"}"#;

fn with(http: Settings) -> App {
    App::with(Setup { http, ..Setup::default() })
}

#[test]
fn a_body_beyond_the_limit_is_not_read() {
    let app = with(Settings { max_body_bytes: 1_000, ..Settings::default() });
    let large = format!(r#"{{"query": "{{ __typename }} #{}"}}"#, "x".repeat(1_000));
    let reply = send(&app, "POST", "/graphql", &[JSON], &large);
    assert_eq!((reply.status, reply.code().as_str()), (413, "LIMIT"));
    assert_eq!(post(&app, TYPENAME).status, 200);
}

#[test]
fn nobody_holds_a_connection_by_sending_slowly() {
    let app = with(Settings { head_timeout_ms: 300, body_timeout_ms: 300, ..Settings::default() });
    let began = Instant::now();
    let mut slow_body = connect(&app);
    slow_body
        .write_all(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"query\"")
        .expect("sent");
    let mut slow_head = connect(&app);
    slow_head.write_all(b"POST /graphql HT").expect("sent");
    assert_eq!(read(slow_body).status, 408);
    assert!(matches!(read(slow_head).status, 0 | 408));
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn every_answer_bears_the_id_of_its_request() {
    let app = App::start();
    let own = post(&app, TYPENAME);
    assert!(own.header("x-request-id").is_some_and(|id| id.len() > 8));
    let given = send(&app, "POST", "/graphql", &[JSON, ("x-request-id", "balancer-0042")], TYPENAME);
    assert_eq!(given.header("x-request-id"), Some("balancer-0042"));
    let harmful = send(&app, "POST", "/graphql", &[JSON, ("x-request-id", "a b; c=\"d\"")], TYPENAME);
    assert!(harmful.header("x-request-id").is_some_and(|id| !id.contains(' ')));
}

#[test]
fn browsers_are_told_what_not_to_do() {
    let app = App::start();
    for path in ["/graphql?query=%7B__typename%7D", "/healthz", "/nowhere", "/graphiql"] {
        let reply = send(&app, "GET", path, &[], "");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(
            reply.header("content-security-policy").is_some_and(|policy| policy.contains("frame-ancestors 'none'")),
            "{path}"
        );
        assert_eq!(reply.header("strict-transport-security"), None, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), None, "{path}");
    }
    let secure = with(Settings { hsts: true, ..Settings::default() });
    assert!(send(&secure, "GET", "/healthz", &[], "").header("strict-transport-security").is_some());
}

#[test]
fn only_configured_origins_may_call_from_a_browser() {
    let app = with(Settings { cors_origins: vec!["https://palts.example".to_owned()], ..Settings::default() });
    let preflight = |origin: &str| {
        let headers =
            [("origin", origin), ("access-control-request-method", "POST"), ("access-control-request-headers", "authorization")];
        send(&app, "OPTIONS", "/graphql", &headers, "")
    };
    let ours = preflight("https://palts.example");
    assert_eq!((ours.status, ours.header("access-control-allow-origin")), (200, Some("https://palts.example")));
    assert_eq!(preflight("https://other.example").header("access-control-allow-origin"), None);
    let reply = send(&app, "POST", "/graphql", &[JSON, ("origin", "https://palts.example")], TYPENAME);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://palts.example"));
}

#[test]
fn health_says_whether_the_server_can_serve() {
    let app = App::start();
    assert_eq!(app.anonymous().get("/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(app.anonymous().get("/readyz"), (200, "ready\n".to_owned()));
    let mut conn = app.office.database.checkout(palts::store::Mode::Write).expect("a connection");
    palts::store::migrate::down(conn.get()).expect("taken back");
    drop(conn);
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(app.anonymous().get("/healthz").0, 200);
    assert_eq!(app.anonymous().get("/readyz"), (503, "not ready\n".to_owned()));
}

#[test]
fn metrics_are_not_served_where_the_api_is() {
    assert_eq!(App::start().anonymous().get("/metrics").0, 404);
}

#[test]
fn the_explorer_is_served_from_our_own_assets() {
    let app = App::start();
    let page = send(&app, "GET", "/graphiql", &[], "");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(!page.body.contains("http://") && !page.body.contains("https://"), "the page loads nothing from elsewhere");
    let script = send(&app, "GET", "/graphiql/app.js", &[], "");
    assert_eq!(script.status, 200);
    let tag = script.header("etag").expect("a tag").to_owned();
    assert_eq!(send(&app, "GET", "/graphiql/app.js", &[("if-none-match", &tag)], "").status, 304);
    for path in ["/graphiql/../Cargo.toml", "/graphiql/%2e%2e/%2e%2e/Cargo.toml", "/graphiql/none.js"] {
        assert_eq!(send(&app, "GET", path, &[], "").status, 404, "{path}");
    }
    let without = with(Settings { graphiql: false, ..Settings::default() });
    assert_eq!(without.anonymous().get("/graphiql").0, 404);
}
