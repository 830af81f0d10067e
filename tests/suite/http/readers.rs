//! Answers that nobody reads: they are given up, and what they hold is bounded meanwhile.

use std::io::Read as _;
use std::net::TcpStream;
use std::time::Duration;

use palts::graphql;
use palts::http::Settings;
use serde_json::json;

use super::raw::{JSON, finish, open, send, wait_until};
use crate::harness::{App, Client, Setup};

/// Some megabytes, more than the system keeps for a connection on both sides.
fn long_query(tag: &str) -> String {
    let fields = "code name region { code name departments { code name } }";
    let aliases: String = (0..90).map(|index| format!("{tag}{index}: departments {{ {fields} }} ")).collect();
    json!({ "query": format!("{{ {aliases} }}") }).to_string()
}

fn ask(app: &App, by: &Client, body: &str) -> TcpStream {
    use std::io::Write as _;
    let (bearer, length) = (format!("Bearer {}", by.token().expect("signed in")), body.len().to_string());
    let mut stream = open(app, "POST", "/graphql", &[JSON, ("authorization", &bearer), ("content-length", &length)]);
    stream.write_all(body.as_bytes()).expect("sent");
    stream
}

fn with(http: Settings) -> App {
    let limits = graphql::Settings { cached_answer_bytes: 0, ..graphql::Settings::default() };
    App::with(Setup { http, limits, ..Setup::default() })
}

#[test]
fn a_client_that_never_reads_is_cut_off_and_holds_nothing() {
    let app = with(Settings { answer_grace_ms: 1_000, ..Settings::default() });
    let by = app.prefecture("13");
    let mut idle = ask(&app, &by, &long_query("a"));
    wait_until("an answer under way", || app.edge.answers.held() > 1 << 20);
    wait_until("an end to it", || app.edge.answers.held() == 0);
    assert_eq!(app.edge.connections.stalled(), 1);
    // What the system had taken comes yet, then the end; never the whole.
    let mut got = Vec::new();
    let _ = idle.read_to_end(&mut got);
    let head = String::from_utf8_lossy(&got[..got.len().min(1_000)]).to_ascii_lowercase();
    let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).expect("a length");
    assert!(got.len() < length, "{} of {length}", got.len());
}

#[test]
fn assets_of_the_explorer_that_nobody_reads_are_given_up_too() {
    let app = with(Settings { answer_grace_ms: 500, ..Settings::default() });
    let held: Vec<TcpStream> = (0..3).map(|_| open(&app, "GET", "/graphiql/app.js", &[("content-length", "0")])).collect();
    // Some systems take a megabyte without a reader: three requests on each connection are too much for any.
    for stream in &held {
        use std::io::Write as _;
        let again = "GET /graphiql/app.js HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(8);
        (&*stream).write_all(again.as_bytes()).expect("sent");
    }
    wait_until("three that are cut off", || app.edge.connections.stalled() == 3);
}

#[test]
fn a_client_that_reads_slowly_but_steadily_has_its_whole_answer() {
    let app = with(Settings { answer_grace_ms: 1_000, min_answer_bytes_per_s: 1_000, ..Settings::default() });
    let by = app.prefecture("13");
    let mut stream = ask(&app, &by, &long_query("a"));
    let (mut got, mut piece) = (Vec::new(), vec![0; 128 << 10]);
    let mut length = usize::MAX;
    while got.len() < length {
        std::thread::sleep(Duration::from_millis(100));
        let count = stream.read(&mut piece).expect("it goes on");
        assert!(count > 0, "cut off after {}", got.len());
        got.extend_from_slice(&piece[..count]);
        if length == usize::MAX
            && let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&got[..end]).to_ascii_lowercase();
            length = end
                + 4
                + head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok()).expect("a length");
        }
    }
    assert!(length > 2 << 20, "long enough to wait for its reader: {length}");
    assert_eq!((app.edge.connections.stalled(), app.edge.answers.held()), (0, 0));
}

#[test]
fn what_nobody_reads_is_bounded_for_each_and_others_have_their_answers() {
    let app = with(Settings { max_unread_bytes: 20 << 20, ..Settings::default() });
    let (one, other) = (app.prefecture("13"), app.prefecture("93"));
    let held = ask(&app, &one, &long_query("a"));
    wait_until("an answer under way", || app.edge.answers.held() > 1 << 20);
    let refused = finish(ask(&app, &one, &long_query("b")));
    assert_eq!((refused.status, refused.code().as_str()), (429, "LIMIT"), "{}", refused.body.len());
    assert_eq!(refused.json()["errors"][0]["extensions"]["reason"], "ANSWERS_UNREAD");
    assert_eq!(refused.header("retry-after"), Some("5"));
    let bearer = format!("Bearer {}", other.token().expect("signed in"));
    assert_eq!(send(&app, "POST", "/graphql", &[JSON, ("authorization", &bearer)], &long_query("c")).status, 200);
    drop(held);
    wait_until("what was held", || app.edge.answers.held() == 0);
    assert_eq!(finish(ask(&app, &one, &long_query("d"))).status, 200);
}

#[test]
fn what_is_sent_compressed_counts_as_it_is_sent() {
    // Far less than the answer, and far more than it takes compressed.
    let app = App::with(Setup { http: Settings { max_unread_bytes: 4 << 20, ..Settings::default() }, ..Setup::default() });
    let by = app.prefecture("13");
    let bearer = format!("Bearer {}", by.token().expect("signed in"));
    let ask = |coding: &str| {
        send(&app, "POST", "/graphql", &[JSON, ("authorization", &bearer), ("accept-encoding", coding)], &long_query("a"))
    };
    // It is made, and kept, however it is answered.
    ask("identity");
    let small = ask("gzip");
    assert_eq!((small.status, small.header("content-encoding")), (200, Some("gzip")), "{}", small.body.len());
    let plain = ask("identity");
    assert_eq!((plain.status, plain.code().as_str()), (429, "LIMIT"), "{}", plain.body.len());
}
