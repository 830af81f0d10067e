//! The edge: sizes, times, headers, ids, health, metrics and the explorer.

use std::io::Write as _;
use std::time::{Duration, Instant};

use palts::http::{Explorer, Settings};

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
    let app = with(Settings { head_timeout_ms: 300, body_grace_ms: 300, ..Settings::default() });
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
    palts::store::migrate::alone(conn.writer().expect("a writer"), palts::store::migrate::down).expect("taken back");
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
    // A tag that a server in between has added to is still ours.
    let added = format!("{}-gzip\"", tag.trim_end_matches('"'));
    assert_eq!(send(&app, "GET", "/graphiql/app.js", &[("if-none-match", &added)], "").status, 304);
    for path in ["/graphiql/../Cargo.toml", "/graphiql/%2e%2e/%2e%2e/Cargo.toml", "/graphiql/none.js"] {
        assert_eq!(send(&app, "GET", path, &[], "").status, 404, "{path}");
    }
    let without = with(Settings { graphiql: Explorer::Never, ..Settings::default() });
    assert_eq!(without.anonymous().get("/graphiql").0, 404);
}

#[test]
fn a_browser_that_has_an_asset_is_told_the_same_of_it_as_one_that_has_not() {
    let app = App::start();
    for path in ["/graphiql", "/graphiql/app.js", "/graphiql/app.css", "/graphiql/icon.svg", "/graphiql/LICENSES.txt"] {
        let first = send(&app, "GET", path, &[], "");
        let tag = first.header("etag").expect("a tag").to_owned();
        let second = send(&app, "GET", path, &[("if-none-match", &tag)], "");
        assert_eq!((first.status, second.status), (200, 304), "{path}");
        let told = [
            "etag",
            "cache-control",
            "content-security-policy",
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
            "cross-origin-resource-policy",
        ];
        for name in told {
            assert!(first.header(name).is_some(), "{path}: {name}");
            assert_eq!(first.header(name), second.header(name), "{path}: {name}");
        }
        assert!(second.header("content-security-policy").is_some_and(|policy| policy.contains("script-src 'self'")), "{path}");
    }
}

#[test]
fn the_explorer_is_for_demonstrations_unless_the_configuration_says_otherwise() {
    let start = |graphiql, production| {
        App::with(Setup { http: Settings { graphiql, ..Settings::default() }, production, ..Setup::default() })
    };
    for (graphiql, production, status) in
        [(Explorer::Auto, false, 200), (Explorer::Auto, true, 404), (Explorer::Always, true, 200), (Explorer::Never, false, 404)]
    {
        let app = start(graphiql, production);
        assert_eq!(app.anonymous().get("/graphiql").0, status, "{graphiql:?}, production: {production}");
    }
    let read = |value: &str| {
        let variables = std::collections::HashMap::from([("PALTS_HTTP__GRAPHIQL".to_owned(), value.to_owned())]);
        palts::config::Config::read(None, variables).map(|config| config.http.graphiql)
    };
    assert_eq!(read("true").expect("understood"), Explorer::Always);
    assert_eq!(read("false").expect("understood"), Explorer::Never);
    assert_eq!(read("auto").expect("understood"), Explorer::Auto);
    assert!(read("perhaps").expect_err("a mistake").to_string().contains("graphiql"));
}

#[test]
fn preflights_allow_the_headers_of_tracing_and_those_that_are_configured() {
    let preflight = |app: &App, headers: &str| {
        let headers = [
            ("origin", "https://palts.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", headers),
        ];
        send(app, "OPTIONS", "/graphql", &headers, "").status
    };
    let origins = vec!["https://palts.example".to_owned()];
    let app = with(Settings { cors_origins: origins.clone(), ..Settings::default() });
    assert_eq!(preflight(&app, "authorization,content-type,traceparent,baggage,apollographql-client-name"), 200);
    assert_eq!(
        preflight(&app, "accept, if-none-match, x-request-id, tracestate, idempotency-key, apollo-require-preflight"),
        200
    );
    assert_eq!(preflight(&app, "x-house"), 400);
    let app = with(Settings { cors_origins: origins, cors_headers: vec![" X-House ".to_owned()], ..Settings::default() });
    assert_eq!((preflight(&app, "x-house"), preflight(&app, "authorization")), (200, 400));
}

#[test]
fn whom_to_tell_of_a_weakness_is_told_where_it_is_configured() {
    let path = "/.well-known/security.txt";
    assert_eq!(App::start().anonymous().get(path).0, 404);
    let app = with(Settings {
        security_contact: "mailto:securite@palts.example".to_owned(),
        security_expires: "2027-06-30".to_owned(),
        security_policy: "https://palts.example/securite".to_owned(),
        ..Settings::default()
    });
    let reply = send(&app, "GET", path, &[], "");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert_eq!(
        reply.body,
        "Contact: mailto:securite@palts.example\nExpires: 2027-06-30T23:59:59Z\nPreferred-Languages: fr, en\nPolicy: https://palts.example/securite\n"
    );
    let head = send(&app, "HEAD", path, &[], "");
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    app.set_day("2027-06-30");
    assert_eq!(send(&app, "GET", path, &[], "").status, 200, "on its last day");
    app.set_day("2027-07-01");
    assert_eq!((send(&app, "GET", path, &[], "").status, send(&app, "HEAD", path, &[], "").status), (404, 404));
    let faults = |contact: &str, expires: &str| {
        let mut faults = Vec::new();
        let (security_contact, security_expires) = (contact.to_owned(), expires.to_owned());
        Settings { security_contact, security_expires, ..Settings::default() }.check(&mut faults);
        faults.len()
    };
    assert_eq!(faults("mailto:a@b.example", "2027-06-30"), 0);
    assert_eq!(faults("mailto:a@b.example", ""), 1);
    assert_eq!(faults("a@b.example", "2027-06-30"), 1);
    assert_eq!(faults("mailto:a@b.example\nHiring: x", "2027-06-30"), 1);
}
