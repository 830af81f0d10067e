//! Behind proxies: every client is told apart, whatever the proxy writes; and nobody names an address for himself.

use std::collections::HashMap;

use palts::config::Config;
use palts::http::Settings;
use palts::workflow::SessionSettings;
use serde_json::json;

use super::raw::{JSON, open, send, wait_until};
use crate::harness::{App, PASSWORD, Setup};

const LOGIN: &str = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }";

fn behind(trusted: &[&str]) -> App {
    let http = Settings { trusted_proxies: trusted.iter().map(|&text| text.to_owned()).collect(), ..Settings::default() };
    let mut sessions = SessionSettings::default();
    sessions.throttle.per_address = 3;
    App::with(Setup { http, sessions, ..Setup::default() })
}

/// Signs in under these headers; whether it was let in.
fn signs_in(app: &App, headers: &[(&str, &str)], username: &str, password: &str) -> bool {
    let body = json!({ "query": LOGIN, "variables": { "u": username, "p": password } }).to_string();
    let headers: Vec<_> = [JSON].into_iter().chain(headers.iter().copied()).collect();
    let reply = send(app, "POST", "/graphql", &headers, &body);
    reply.json()["data"]["login"]["accessToken"].is_string()
}

/// Whether, after a client failed to sign in until nobody at its address may, another client still may.
fn tells_apart(trusted: &[&str], one: &[(&str, &str)], other: &[(&str, &str)]) -> bool {
    let app = behind(trusted);
    // It never signed in: an address from which an account did is not locked out by others.
    let document = "mutation($i: CreateUserInput!) { createUser(input: $i) { id } }";
    let account = json!({ "i": { "username": "nouveau", "displayName": "Nouveau", "password": PASSWORD } });
    app.administrator().run(document, account).data();
    for account in 0..4 {
        assert!(!signs_in(&app, one, &format!("nobody-{account}"), "a wrong password"));
    }
    assert!(!signs_in(&app, one, "nouveau", PASSWORD), "its own address is throttled");
    signs_in(&app, other, "nouveau", PASSWORD)
}

#[test]
fn clients_behind_a_proxy_are_told_apart_in_every_notation() {
    let x = "x-forwarded-for";
    for (one, other) in [
        ((x, "192.0.2.10:51324"), (x, "192.0.2.11:40000")),
        ((x, "[2001:db8::1]:443"), (x, "[2001:db8:1::1]:443")),
        ((x, "2001:db8:0:1::1"), (x, "2001:db8:0:2::1")),
        ((x, "192.0.2.1, 198.51.100.7"), (x, "192.0.2.1, 198.51.100.8")),
        (("forwarded", "for=192.0.2.1;proto=https"), ("forwarded", "for=192.0.2.2")),
        (("forwarded", "for=\"[2001:db8::1]:443\""), ("forwarded", "for=\"[2001:db8:1::1]:443\"")),
    ] {
        assert!(tells_apart(&["127.0.0.0/8"], &[one], &[other]), "{one:?} {other:?}");
    }
}

#[test]
fn one_client_is_one_whatever_port_and_notation_it_comes_under() {
    let x = "x-forwarded-for";
    for (one, other) in [
        ((x, "192.0.2.10:51324"), (x, "192.0.2.10:51325")),
        ((x, "192.0.2.1"), (x, "::ffff:192.0.2.1")),
        ((x, "2001:db8::1"), (x, "[2001:db8:0::1]:9")),
        // One customer has a whole network of IPv6.
        ((x, "2001:db8:0:1::1"), (x, "2001:db8:0:1:ffff:ffff:ffff:fffe")),
        // What it adds itself stands before what the proxy adds.
        ((x, "192.0.2.1"), (x, "203.0.113.9, 192.0.2.1")),
    ] {
        assert!(!tells_apart(&["127.0.0.1"], &[one], &[other]), "{one:?} {other:?}");
    }
    // Without a trusted proxy the header is anybody's.
    assert!(!tells_apart(&[], &[(x, "192.0.2.1")], &[(x, "192.0.2.2")]));
    assert!(!tells_apart(&["192.0.2.0/24"], &[(x, "192.0.2.1")], &[(x, "192.0.2.2")]));
}

#[test]
fn one_client_of_a_proxy_has_so_many_requests_under_way() {
    let http = Settings {
        trusted_proxies: vec!["127.0.0.1".to_owned()],
        connections_per_address: 2,
        requests_per_s: 0,
        ..Settings::default()
    };
    let app = App::with(Setup { http, ..Setup::default() });
    let slow = |address: &str| open(&app, "POST", "/graphql", &[JSON, ("content-length", "50"), ("x-forwarded-for", address)]);
    let held = (slow("192.0.2.1"), slow("192.0.2.1"));
    let address = "192.0.2.1".parse().expect("an address");
    wait_until("both are under way", || app.edge.forwarded.held(address) == 2);
    let body = r#"{"query": "{ __typename }"}"#;
    let ask = |address: &str| send(&app, "POST", "/graphql", &[JSON, ("x-forwarded-for", address)], body);
    let own = ask("192.0.2.1");
    assert_eq!((own.status, own.json()["errors"][0]["extensions"]["reason"].as_str()), (429, Some("ADDRESS_REQUESTS")));
    assert_eq!(ask("192.0.2.2").status, 200);
    drop(held);
    wait_until("both have gone", || app.edge.forwarded.held(address) == 0);
    assert_eq!(ask("192.0.2.1").status, 200);
}

#[test]
fn a_wrong_proxy_is_named_by_its_setting_and_blanks_are_passed_over() {
    let read = |value: &str| Config::read(None, HashMap::from([("PALTS_HTTP__TRUSTED_PROXIES".to_owned(), value.to_owned())]));
    let config = read("127.0.0.1, 10.0.0.0/8 ,[::1],fd00::/8,").expect("understood");
    let networks: Vec<String> = config.http.networks().expect("understood").iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"]);
    let faults = read("127.0.0.1,10.0.0.0/33").expect_err("a mistake").to_string();
    assert!(faults.contains("http.trusted_proxies (PALTS_HTTP__TRUSTED_PROXIES) :"), "{faults}");
    assert!(faults.contains("« 10.0.0.0/33 » n’est ni"), "{faults}");
}
