//! Signing in and out: tokens that are no good, refresh tokens used twice, throttling, and what leaves no trace.

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use palts::keys::ThrottleSettings;
use palts::workflow::{SessionSettings, audit};
use serde_json::{Value, json};

use crate::harness::{Answer, App, PASSWORD, Setup};

fn refresh(app: &App, token: &str) -> Answer {
    let query = "mutation($t: String!) { refreshSession(refreshToken: $t) { accessToken refreshToken viewer { username } } }";
    app.anonymous().run(query, json!({ "t": token }))
}

fn logout(app: &App, token: &str) -> bool {
    let answer = app.anonymous().run("mutation($t: String!) { logout(refreshToken: $t) }", json!({ "t": token }));
    answer.at("/logout").as_bool().expect("a boolean")
}

fn pass(app: &App, time: TimeDelta) {
    app.office.clock.set(app.office.clock.now() + time);
}

fn who(app: &App, token: &str) -> Answer {
    app.bearing(token).ask("{ viewer { username } }")
}

fn with_throttle(per_account: u32, per_address: u32) -> App {
    let throttle = ThrottleSettings { per_account, per_address, ..ThrottleSettings::default() };
    App::with(Setup { sessions: SessionSettings { throttle, ..SessionSettings::default() }, ..Setup::default() })
}

/// The audit of accounts, oldest first: actor, act, subject, outcome, detail.
fn access_audit(app: &App) -> Vec<[String; 5]> {
    let answer = app.administrator().ask("{ auditEntries(first: 500) { nodes { actor act subject outcome detail } } }");
    let mut entries: Vec<[String; 5]> = answer
        .at("/auditEntries/nodes")
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| ["actor", "act", "subject", "outcome", "detail"].map(|name| entry[name].as_str().unwrap_or("").to_owned()))
        .collect();
    entries.reverse();
    entries
}

#[test]
fn a_session_shows_who_signed_in_and_what_they_may_do() {
    let app = App::start();
    app.prefecture("13");
    let answer = app.anonymous().run(
        "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken expiresAt
           viewer { username displayName capabilities grants { role department { code name } defenceZone { code } since until } } } }",
        json!({ "u": "PREFECTURE-13", "p": PASSWORD }),
    );
    assert_eq!(answer.text("/login/viewer/username"), "prefecture-13");
    assert_eq!(answer.text("/login/viewer/grants/0/role"), "PREFECTURE");
    assert_eq!(answer.text("/login/viewer/grants/0/department/code"), "13");
    assert_eq!(answer.text("/login/expiresAt"), "2010-03-10T08:15:00.000Z");
    let capabilities = answer.at("/login/viewer/capabilities").to_string();
    assert!(capabilities.contains("EDIT_PLAN") && !capabilities.contains("SIGN_AS_PREFECT"), "{capabilities}");
    let token = answer.text("/login/accessToken");
    assert_eq!(who(&app, &token).text("/viewer/username"), "prefecture-13");
    assert_eq!(app.anonymous().ask("{ viewer { username } }").at("/viewer"), &Value::Null);
}

#[test]
fn wrong_password_unknown_name_and_disabled_account_get_the_same_answer() {
    let app = App::start();
    app.prefecture("13");
    app.police("13");
    let disable = "mutation { disableUser(username: \"police-13\") { disabled } }";
    assert_eq!(app.administrator().ask(disable).at("/disableUser/disabled"), &json!(true));
    let answers = [
        app.login("prefecture-13", "un autre mot de passe"),
        app.login("nobody-at-all", PASSWORD),
        app.login("pas un nom !", PASSWORD),
        app.login("police-13", PASSWORD),
        app.login("prefecture-13", &"x".repeat(10_000)),
        app.login("prefecture-13", ""),
    ];
    for answer in &answers {
        assert_eq!(answer.code(), "UNAUTHENTICATED");
        assert_eq!(answer.message(), answers[0].message());
    }
}

#[test]
fn an_access_token_ends_after_fifteen_minutes() {
    let app = App::start();
    app.prefecture("13");
    let token = app.login("prefecture-13", PASSWORD).text("/login/accessToken");
    pass(&app, TimeDelta::seconds(899));
    assert_eq!(who(&app, &token).text("/viewer/username"), "prefecture-13");
    pass(&app, TimeDelta::seconds(1));
    let late = who(&app, &token);
    assert_eq!(late.code(), "UNAUTHENTICATED");
    assert!(late.message().contains("a expiré"), "{}", late.message());
}

#[test]
fn forged_tokens_are_refused() {
    let app = App::start();
    app.prefecture("13");
    app.administrator();
    let token = app.login("prefecture-13", PASSWORD).text("/login/accessToken");
    let parts: Vec<&str> = token.split('.').collect();
    let decode = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON") };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (header, claims) = (decode(parts[0]), decode(parts[1]));
    assert_eq!(header["alg"], "EdDSA");
    let named: Vec<&String> = claims.as_object().expect("an object").keys().collect();
    assert_eq!(named, ["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "ver"], "nothing of rights or names");

    let mut administrator = claims.clone();
    administrator["sub"] = json!("1");
    let mut machine = claims.clone();
    machine["aud"] = json!("palts-machine");
    let mut none = header.clone();
    none["alg"] = json!("none");
    let mut hmac = header.clone();
    hmac["alg"] = json!("HS256");
    let mut stranger = header.clone();
    stranger["kid"] = json!("0000000000000000");
    let forged = [
        format!("{}.{}.{}", parts[0], encode(&administrator), parts[2]),
        format!("{}.{}.{}", parts[0], encode(&machine), parts[2]),
        format!("{}.{}.", encode(&none), parts[1]),
        format!("{}.{}.{}", encode(&none), parts[1], parts[2]),
        format!("{}.{}.{}", encode(&hmac), parts[1], parts[2]),
        format!("{}.{}.{}", encode(&stranger), parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        "a.b.c".to_owned(),
    ];
    for token in forged {
        assert_eq!(who(&app, &token).code(), "UNAUTHENTICATED", "{token}");
    }
    // Those of another server, signed by its own key.
    let other = App::start();
    other.prefecture("13");
    let foreign = other.login("prefecture-13", PASSWORD).text("/login/accessToken");
    assert_eq!(who(&app, &foreign).code(), "UNAUTHENTICATED");
}

#[test]
fn a_refresh_token_is_good_once_and_reuse_ends_the_session() {
    let app = App::start();
    app.prefecture("13");
    let first = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
    let other_session = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
    let answer = refresh(&app, &first);
    assert_eq!(answer.text("/refreshSession/viewer/username"), "prefecture-13");
    let second = answer.text("/refreshSession/refreshToken");
    assert_ne!(first, second);
    pass(&app, TimeDelta::seconds(10));
    // The thief, or the one that was robbed, comes with the old one: the revocation is kept although the answer is a refusal.
    assert_eq!(refresh(&app, &first).code(), "UNAUTHENTICATED");
    assert_eq!(refresh(&app, &second).code(), "UNAUTHENTICATED");
    refresh(&app, &other_session).data();
    let reused = access_audit(&app);
    assert!(reused.iter().any(|[_, act, subject, outcome, detail]| act == "refreshSession"
        && subject == "account prefecture-13"
        && outcome == "UNAUTHENTICATED"
        && detail.contains("used twice")));
}

#[test]
fn a_session_ends_with_its_day_however_often_it_is_refreshed() {
    let sessions = SessionSettings { idle_minutes: 300 + 1, ..SessionSettings::default() };
    let app = App::with(Setup { sessions, ..Setup::default() });
    app.prefecture("13");
    let mut token = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
    for _ in 0..2 {
        pass(&app, TimeDelta::hours(5));
        token = refresh(&app, &token).text("/refreshSession/refreshToken");
    }
    pass(&app, TimeDelta::hours(2));
    assert_eq!(refresh(&app, &token).code(), "UNAUTHENTICATED");
}

#[test]
fn an_access_token_ends_with_its_session_at_the_latest() {
    let sessions = SessionSettings { idle_minutes: 1_000, ..SessionSettings::default() };
    let app = App::with(Setup { sessions: sessions.clone(), ..Setup::default() });
    app.prefecture("13");
    let ends = app.office.clock.now() + TimeDelta::hours(sessions.session_hours.into());
    let token = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
    pass(&app, TimeDelta::hours(sessions.session_hours.into()) - TimeDelta::minutes(5));
    let session = palts::workflow::sessions::refresh(&app.office, &token, "192.0.2.1").expect("it stands");
    assert_eq!(session.expires_at, ends);
    pass(&app, TimeDelta::minutes(4));
    assert_eq!(who(&app, &session.access_token).text("/viewer/username"), "prefecture-13");
    pass(&app, TimeDelta::minutes(1));
    let late = who(&app, &session.access_token);
    assert!(late.code() == "UNAUTHENTICATED" && late.error()["extensions"]["reason"] == "TOKEN_EXPIRED", "{}", late.message());
}

#[test]
fn every_refused_refresh_is_audited_whatever_ended_the_session() {
    for how in ["revoked", "expired", "disabled"] {
        let app = App::start();
        app.prefecture("13");
        app.administrator();
        let token = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
        match how {
            "revoked" => assert!(logout(&app, &token)),
            "expired" => pass(&app, TimeDelta::hours(12)),
            _ => drop(app.administrator().ask("mutation { disableUser(username: \"prefecture-13\") { id } }").data().clone()),
        }
        assert_eq!(refresh(&app, &token).code(), "UNAUTHENTICATED", "{how}");
        assert_eq!(refresh(&app, "jamais-vu").code(), "UNAUTHENTICATED", "{how}");
        // The same clients again, whose tokens may have run out meanwhile.
        app.set_day(&app.today());
        let audit = access_audit(&app);
        for subject in ["session over", "unknown token"] {
            let found = audit.iter().filter(|[_, act, on, ..]| act == "refreshSession" && on == subject).collect::<Vec<_>>();
            assert_eq!(found.len(), 1, "{how}: {audit:?}");
            assert_eq!((found[0][0].as_str(), found[0][3].as_str()), ("anonymous", "UNAUTHENTICATED"), "{how}");
        }
        assert!(!audit.iter().any(|[_, act, _, outcome, _]| act == "refreshSession" && outcome == "DONE"), "{how}: {audit:?}");
    }
}

#[test]
fn accounts_of_the_demonstration_are_refused_outside_of_it() {
    let app = App::with(Setup { production: true, ..Setup::default() });
    app.prefecture("13");
    app.prefect("13");
    app.as_operator(|call| palts::workflow::users::mark_demonstration(call, "prefecture-13"));
    assert_eq!(
        app.prefecture("13").ask("{ viewer { username } }").code(),
        "UNAUTHENTICATED",
        "a token from before is none either"
    );
    let refused = app.login("prefecture-13", PASSWORD);
    assert_eq!(refused.code(), "UNAUTHENTICATED");
    assert_eq!(refused.message(), app.login("prefecture-13", "un autre mot de passe").message());
    assert_eq!(app.login("prefet-13", PASSWORD).text("/login/viewer/username"), "prefet-13");
    assert!(palts::workflow::sessions::impersonate(&app.office, "prefecture-13").is_err(), "nor by --as at the command line");

    let demonstration = App::start();
    demonstration.prefecture("13");
    demonstration.as_operator(|call| palts::workflow::users::mark_demonstration(call, "prefecture-13"));
    demonstration.login("prefecture-13", PASSWORD).data();
}

#[test]
fn logging_out_ends_the_session_and_only_that_one() {
    let app = App::start();
    app.prefecture("13");
    let one = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
    let two = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
    assert!(logout(&app, &one));
    assert!(!logout(&app, &one), "it was over already");
    assert!(!logout(&app, "not a token"));
    assert_eq!(refresh(&app, &one).code(), "UNAUTHENTICATED");
    refresh(&app, &two).data();
}

#[test]
fn disabling_an_account_ends_its_tokens_at_once() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let session = app.login("prefecture-13", PASSWORD).text("/login/refreshToken");
    prefecture.ask("{ department(code: \"13\") { name } }").data();
    app.administrator().ask("mutation { disableUser(username: \"prefecture-13\") { id } }").data();
    assert_eq!(prefecture.ask("{ department(code: \"13\") { name } }").code(), "UNAUTHENTICATED");
    assert_eq!(refresh(&app, &session).code(), "UNAUTHENTICATED");
}

#[test]
fn too_many_failures_make_an_account_wait_even_with_the_right_password() {
    let app = with_throttle(3, 100);
    app.prefecture("13");
    app.police("13");
    for _ in 0..3 {
        assert_eq!(app.login("prefecture-13", "un mauvais mot de passe").code(), "UNAUTHENTICATED");
    }
    let throttled = app.login("prefecture-13", PASSWORD);
    assert_eq!(throttled.code(), "LIMIT");
    assert!(throttled.message().contains("900 secondes"), "{}", throttled.message());
    app.login("police-13", PASSWORD).data();
    // A name that does not exist waits alike: nothing shows that it does not.
    for _ in 0..3 {
        assert_eq!(app.login("nobody-at-all", "un mauvais mot de passe").code(), "UNAUTHENTICATED");
    }
    assert_eq!(app.login("nobody-at-all", PASSWORD).code(), "LIMIT");
    pass(&app, TimeDelta::minutes(15));
    app.login("prefecture-13", PASSWORD).data();
}

#[test]
fn too_many_failures_make_an_address_wait_whatever_name_it_tries() {
    let app = with_throttle(100, 4);
    app.prefecture("13");
    for number in 0..4 {
        assert_eq!(app.login(&format!("name-{number}"), PASSWORD).code(), "UNAUTHENTICATED");
    }
    assert_eq!(app.login("name-4", PASSWORD).code(), "LIMIT");
    // Who signed in from there before is held to the account's own bound.
    app.login("prefecture-13", PASSWORD).data();
}

#[test]
fn failed_logins_are_audited_once_with_a_count_and_unknown_names_never() {
    let app = with_throttle(100, 100);
    app.prefecture("13");
    for _ in 0..5 {
        app.login("prefecture-13", "un mauvais mot de passe");
        app.login("my-secret-password", "x");
    }
    pass(&app, TimeDelta::minutes(6));
    audit::flush_refusals(&app.office, false);
    app.set_day("2010-03-10");
    let entries = access_audit(&app);
    let failed: Vec<_> =
        entries.iter().filter(|[_, act, _, outcome, _]| act == "login" && outcome == "UNAUTHENTICATED").collect();
    let of = |subject: &str| failed.iter().filter(|entry| entry[2] == subject).map(|entry| entry[4].clone()).collect::<Vec<_>>();
    let known = of("account prefecture-13");
    assert_eq!(known.len(), 2, "{failed:?}");
    assert!(known[1].starts_with("4 more between"), "{known:?}");
    assert_eq!(of("unknown account").len(), 2);
    assert_eq!(failed.len(), 4);
    assert!(!format!("{entries:?}").contains("my-secret-password"));
}

#[test]
fn credentials_come_in_variables_and_alone() {
    let app = App::start();
    app.prefecture("13");
    let literal = format!("mutation {{ login(username: \"prefecture-13\", password: \"{PASSWORD}\") {{ accessToken }} }}");
    assert_eq!(app.anonymous().ask(&literal).code(), "INVALID");
    let twice = "mutation($u: String!, $p: String!) { a: login(username: $u, password: $p) { accessToken }
                 b: login(username: $u, password: $p) { accessToken } }";
    let variables = json!({ "u": "prefecture-13", "p": PASSWORD });
    assert_eq!(app.anonymous().run(twice, variables.clone()).code(), "INVALID");
    let preset = format!(
        "mutation($u: String! = \"prefecture-13\", $p: String! = \"{PASSWORD}\") {{ login(username: $u, password: $p) {{ accessToken }} }}"
    );
    assert_eq!(app.anonymous().ask(&preset).code(), "INVALID");
}

#[test]
fn logins_leave_no_secret_in_logs_errors_or_audit() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    // For all threads of the server; another test may have been first when they share a process, and then this one sees less.
    let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).try_init();
    let app = App::start();
    app.prefecture("13");
    let session = app.login("prefecture-13", PASSWORD);
    let wrong = "Un-Tout-Autre-Secret-42";
    let failed = app.login("prefecture-13", wrong);
    let token = session.text("/login/refreshToken");
    let next = refresh(&app, &token);
    refresh(&app, &token);
    let access = session.text("/login/accessToken");
    who(&app, &format!("{access}x"));
    let logged = String::from_utf8_lossy(&lines.0.lock().expect("no panic")).into_owned();
    let audited = format!("{:?}", access_audit(&app));
    for secret in [PASSWORD, wrong, &token, &access, &next.text("/refreshSession/refreshToken")] {
        assert!(!logged.contains(secret), "a secret in the log");
        assert!(!audited.contains(secret), "a secret in the audit");
        assert!(!failed.body.to_string().contains(secret), "a secret in an error");
    }
}
