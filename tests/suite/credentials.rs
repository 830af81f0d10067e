//! Credentials and sessions: what tells nothing of accounts, what ends when a session ends, and what people do with their own.

use chrono::TimeDelta;
use palts::access::{Caller, Identity};
use palts::keys::ThrottleSettings;
use palts::store::audit::Chain;
use palts::store::{self, DatabaseUrl};
use palts::workflow::{Error, SessionSettings, audit, sessions, users};
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client, PASSWORD, Setup};

const OTHER: &str = "une tout autre phrase de test";

fn pass(app: &App, time: TimeDelta) {
    app.office.clock.set(app.office.clock.now() + time);
}

fn with(sessions: SessionSettings) -> App {
    App::with(Setup { sessions, ..Setup::default() })
}

/// Signs in from an address.
fn login_from(app: &App, password: &str, address: &str) -> Result<sessions::Session, &'static str> {
    sessions::login(&app.office, "prefecture-13", password, address).map_err(|error| error.code())
}

fn is_good(app: &App, token: &str) -> bool {
    app.bearing(token).ask("{ viewer { username } }").body.pointer("/data/viewer/username").is_some()
}

/// A session of the préfecture: its access and its refresh token.
fn session(app: &App) -> (String, String) {
    let answer = app.login("prefecture-13", PASSWORD);
    (answer.text("/login/accessToken"), answer.text("/login/refreshToken"))
}

fn refresh(app: &App, token: &str) -> Answer {
    let query = "mutation($t: String!) { refreshSession(refreshToken: $t) { accessToken refreshToken } }";
    app.anonymous().run(query, json!({ "t": token }))
}

fn logout(app: &App, token: &str) {
    app.anonymous().run("mutation($t: String!) { logout(refreshToken: $t) }", json!({ "t": token })).data();
}

fn own_sessions(by: &Client) -> Vec<Value> {
    by.ask("{ viewer { sessions { id openedAt seenAt expiresAt current } } }")
        .at("/viewer/sessions")
        .as_array()
        .expect("a list")
        .clone()
}

#[test]
fn an_attempt_to_sign_in_costs_the_same_whether_there_is_an_account_or_not() {
    let throttle = ThrottleSettings { per_account: 2, per_address: 100, ..ThrottleSettings::default() };
    let app = with(SessionSettings { throttle, ..SessionSettings::default() });
    app.prefecture("13");
    app.police("13");
    app.administrator().ask("mutation { disableUser(username: \"police-13\") { id } }").data();
    let cost = |name: &str, password: &str| {
        let before = app.office.desk.hashes_computed();
        let (answer, statements) = app.statements(|| app.login(name, password));
        (answer.code().to_owned(), app.office.desk.hashes_computed() - before, statements)
    };
    for password in ["un mauvais mot de passe", "un mauvais mot de passe\u{301}", ""] {
        // Every attempt costs the same: the first of a name, one more, and one too many.
        pass(&app, TimeDelta::hours(2));
        palts::workflow::audit::flush_refusals(&app.office, true);
        for attempt in ["first", "second", "throttled"] {
            let due = cost("personne-13", password);
            for name in ["prefecture-13", "police-13"] {
                assert_eq!(cost(name, password), due, "{name}, {attempt}, {password:?}");
            }
            assert_eq!(due.1, if attempt == "throttled" { 0 } else { 1 + u64::from(!password.is_ascii()) });
        }
    }
}

#[test]
fn the_end_of_a_session_is_the_end_of_its_access_tokens_at_the_next_request() {
    let app = App::start();
    app.prefecture("13");
    app.administrator();
    let elsewhere = app.beside(Setup::default());
    let (staying, _) = session(&app);
    for how in ["logout", "reuse", "endSession", "endSessions elsewhere"] {
        let (access, refresh_token) = session(&app);
        assert!(is_good(&app, &access) && is_good(&app, &access), "{how}: known, and remembered");
        match how {
            "logout" => logout(&app, &refresh_token),
            "reuse" => {
                refresh(&app, &refresh_token).data();
                pass(&app, TimeDelta::seconds(11));
                assert_eq!(refresh(&app, &refresh_token).code(), "UNAUTHENTICATED");
            }
            "endSession" => {
                let by = app.bearing(&access);
                let own = own_sessions(&by);
                let current = own.iter().find(|one| one["current"] == true).expect("this one");
                let ended = by.run("mutation($i: ID!) { endSession(id: $i) }", json!({ "i": current["id"] }));
                assert_eq!(ended.at("/endSession"), &json!(true));
            }
            _ => {
                let ended = elsewhere.administrator().ask("mutation { endSessions(username: \"prefecture-13\") }");
                assert!(ended.at("/endSessions").as_i64().is_some_and(|ended| ended >= 2), "{}", ended.body);
            }
        }
        assert!(!is_good(&app, &access), "{how}");
        assert_eq!(is_good(&app, &staying), !how.ends_with("elsewhere"), "{how}: another session of the account");
    }
}

#[test]
fn people_list_and_end_their_own_sessions_and_nobody_else_s() {
    let app = App::start();
    app.prefecture("13");
    let police = app.police("13");
    let (access, _) = session(&app);
    let (other, _) = session(&app);
    let by = app.bearing(&access);
    let own = own_sessions(&by);
    assert_eq!(own.len(), 3);
    assert_eq!(own.iter().filter(|one| one["current"] == true).count(), 1);
    let foreign = own_sessions(&police)[0]["id"].clone();
    // Another's, one that there is not ("c:999999"), a plain number, none at all: whether there is one is not told.
    let mut told = Vec::new();
    for id in [foreign.clone(), json!("Yzo5OTk5OTk"), json!("999999"), json!("nonsense")] {
        let refused = by.run("mutation($i: ID!) { endSession(id: $i) }", json!({ "i": id }));
        assert_eq!(refused.code(), "NOT_FOUND", "{id}");
        told.push(refused.message().to_owned());
    }
    assert!(told.iter().all(|one| *one == told[0]) && !told[0].contains("ADMINISTER"), "{told:?}");
    assert!(own.iter().all(|one| one["id"].as_str().is_some_and(|id| id.parse::<i64>().is_err())), "opaque: {own:?}");
    assert_eq!(by.ask("mutation { endSessions(username: \"police-13\") }").code(), "FORBIDDEN");
    let ended = by.run("mutation { endSessions }", json!({}));
    assert_eq!(ended.at("/endSessions"), &json!(2));
    assert!(is_good(&app, &access) && !is_good(&app, &other));
    assert!(own_sessions(&police).iter().any(|one| one["id"] == foreign));
    // Administrators see and end anybody's.
    let seen = app.administrator().ask("{ users { nodes { username sessions { id current } } } }");
    let nodes = seen.at("/users/nodes").as_array().expect("a list").clone();
    assert!(nodes.iter().any(|one| one["username"] == "police-13" && one["sessions"][0]["id"] == foreign));
    let ended = app.administrator().run("mutation($i: ID!) { endSession(id: $i) }", json!({ "i": foreign }));
    assert_eq!(ended.at("/endSession"), &json!(true));
    assert_eq!(police.ask("{ viewer { username } }").code(), "UNAUTHENTICATED");
    // Machines have none, and strangers see none.
    assert_eq!(app.anonymous().ask("mutation { endSessions }").code(), "UNAUTHENTICATED");
}

#[test]
fn lists_of_sessions_and_accounts_cost_a_fixed_number_of_statements() {
    let app = App::start();
    app.prefecture("13");
    let administrator = app.administrator();
    let question = "{ users { nodes { username sessions { id } grants { role } } } }";
    // The first asking finds out that such answers are not kept.
    administrator.ask(question).data();
    app.police("13");
    let (_, few) = app.statements(|| administrator.ask(question).data().clone());
    for department in ["93", "75", "2A"] {
        app.prefecture(department);
    }
    let (_, more) = app.statements(|| administrator.ask(question).data().clone());
    assert_eq!(more, few);
}

#[test]
fn an_account_has_so_many_sessions_and_the_oldest_goes() {
    let app = App::start();
    app.prefecture("13");
    let (first, _) = session(&app);
    let opened: Vec<String> = (0..50).map(|_| session(&app).0).collect();
    assert!(!is_good(&app, &first));
    assert!(is_good(&app, &opened[0]));
    assert_eq!(own_sessions(&app.bearing(&opened[49])).len(), 50);
}

#[test]
fn an_idle_session_is_over() {
    let app = App::start();
    app.prefecture("13");
    let (_, mut token) = session(&app);
    for _ in 0..3 {
        pass(&app, TimeDelta::minutes(59));
        token = refresh(&app, &token).text("/refreshSession/refreshToken");
    }
    pass(&app, TimeDelta::minutes(60));
    assert_eq!(refresh(&app, &token).code(), "UNAUTHENTICATED");
    let (access, _) = session(&app);
    assert_eq!(own_sessions(&app.bearing(&access)).len(), 1, "it is no longer listed");
}

#[test]
fn the_same_refresh_sent_twice_is_answered_twice_from_one_address_for_some_seconds() {
    let app = App::start();
    app.prefecture("13");
    let office = &app.office;
    let again = |token: &str, address: &str| sessions::refresh(office, token, address).map_err(|error: Error| error.code());
    let first = login_from(&app, PASSWORD, "192.0.2.1").expect("signed in").refresh_token;
    let next = again(&first, "192.0.2.1").expect("refreshed");
    pass(&app, TimeDelta::seconds(9));
    let same = again(&first, "192.0.2.1").expect("an answer that was lost");
    assert_eq!(same.refresh_token, next.refresh_token);
    assert!(is_good(&app, &next.access_token) && is_good(&app, &same.access_token));
    let third = again(&next.refresh_token, "192.0.2.1").expect("the pair is good");
    // Once the next token was used, whoever comes with the first is late.
    assert_eq!(again(&first, "192.0.2.1").err(), Some("UNAUTHENTICATED"));
    assert_eq!(again(&third.refresh_token, "192.0.2.1").err(), Some("UNAUTHENTICATED"));
    for (how, address, seconds) in [("from elsewhere", "192.0.2.2", 1), ("late", "192.0.2.1", 10)] {
        let first = login_from(&app, PASSWORD, "192.0.2.1").expect("signed in").refresh_token;
        let next = again(&first, "192.0.2.1").expect("refreshed");
        pass(&app, TimeDelta::seconds(seconds));
        assert_eq!(again(&first, address).err(), Some("UNAUTHENTICATED"), "{how}");
        assert_eq!(again(&next.refresh_token, "192.0.2.1").err(), Some("UNAUTHENTICATED"), "{how}: the session is over");
    }
}

#[test]
fn strangers_who_fail_do_not_lock_out_who_signed_in_from_there_before() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    login_from(&app, PASSWORD, "192.0.2.1").expect("signed in");
    for _ in 0..6 {
        let _ = login_from(&app, "un mauvais mot de passe", "203.0.113.9");
    }
    assert_eq!(login_from(&app, PASSWORD, "203.0.113.9").err(), Some("LIMIT"));
    assert_eq!(login_from(&app, PASSWORD, "198.51.100.7").err(), Some("LIMIT"), "nor from an address that is not known");
    assert!(login_from(&app, PASSWORD, "192.0.2.1").is_ok());
    prefecture.ask("{ viewer { username } }").data();
    // The familiar address is held to the same bound, by itself.
    for _ in 0..5 {
        assert_eq!(login_from(&app, "un mauvais mot de passe", "192.0.2.1").err(), Some("UNAUTHENTICATED"));
    }
    assert_eq!(login_from(&app, PASSWORD, "192.0.2.1").err(), Some("LIMIT"));
}

#[test]
fn an_account_is_unlocked_on_every_server() {
    let app = App::start();
    app.prefecture("13");
    let elsewhere = app.beside(Setup::default());
    for _ in 0..6 {
        let _ = login_from(&app, "un mauvais mot de passe", "203.0.113.9");
    }
    assert_eq!(login_from(&app, PASSWORD, "203.0.113.9").err(), Some("LIMIT"));
    elsewhere.as_operator(|call| users::unlock(call, "prefecture-13"));
    assert!(login_from(&app, PASSWORD, "203.0.113.9").is_ok());
    assert_eq!(app.prefecture("13").ask("mutation { unlockUser(username: \"prefecture-13\") { id } }").code(), "FORBIDDEN");
    assert_eq!(app.administrator().ask("mutation { unlockUser(username: \"personne\") { id } }").code(), "NOT_FOUND");
}

const CHANGE: &str = "mutation($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) { accessToken refreshToken viewer { username mustChangePassword capabilities } } }";

fn change(by: &Client, current: &str, new: &str) -> Answer {
    by.run(CHANGE, json!({ "c": current, "n": new }))
}

#[test]
fn people_change_their_own_password_and_their_other_sessions_end() {
    let app = App::start();
    app.prefecture("13");
    let (access, refresh_token) = session(&app);
    let (other, _) = session(&app);
    let by = app.bearing(&access);
    let shown = app.anonymous().run(
        "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { viewer { username sessions { id } } } }",
        json!({ "u": "prefecture-13", "p": PASSWORD }),
    );
    assert_eq!(shown.at("/login/viewer/sessions"), &Value::Null);
    let refused = |current: &str, new: &str| {
        let answer = change(&by, current, new);
        (answer.code().to_owned(), answer.field().to_owned())
    };
    let invalid = |field: &str| ("INVALID".to_owned(), field.to_owned());
    assert_eq!(refused("pas celui-là du tout", OTHER), invalid("currentPassword"));
    assert_eq!(refused(PASSWORD, "court"), invalid("newPassword"));
    assert_eq!(refused(PASSWORD, "Motdepasse2010!"), invalid("newPassword"));
    assert_eq!(refused(PASSWORD, PASSWORD), invalid("newPassword"));
    assert_eq!(change(&app.anonymous(), PASSWORD, OTHER).code(), "UNAUTHENTICATED");
    let changed = change(&by, PASSWORD, OTHER);
    assert_eq!(changed.text("/changePassword/viewer/username"), "prefecture-13");
    assert!(is_good(&app, &changed.text("/changePassword/accessToken")));
    for token in [&access, &other] {
        assert!(!is_good(&app, token));
    }
    assert_eq!(refresh(&app, &refresh_token).code(), "UNAUTHENTICATED");
    assert_eq!(app.login("prefecture-13", PASSWORD).code(), "UNAUTHENTICATED");
    app.login("prefecture-13", OTHER).data();
    let audit = app.administrator().ask("{ auditEntries(first: 100) { nodes { actor act outcome detail } } }").body.to_string();
    assert!(audit.contains("changePassword") && !audit.contains(OTHER) && !audit.contains("court"), "{audit}");
}

#[test]
fn a_change_of_password_stands_alone_takes_variables_only_and_is_throttled() {
    let app = App::start();
    let by = app.prefecture("13");
    let literal =
        format!("mutation {{ changePassword(currentPassword: \"{PASSWORD}\", newPassword: \"{OTHER}\") {{ accessToken }} }}");
    assert_eq!((by.ask(&literal).code(), by.ask(&literal).field()), ("INVALID", "query"));
    let twice =
        "mutation($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) { accessToken } endSessions }";
    assert_eq!(by.run(twice, json!({ "c": PASSWORD, "n": OTHER })).code(), "INVALID");
    for _ in 0..5 {
        assert_eq!(change(&by, "pas celui-là du tout", OTHER).code(), "INVALID");
    }
    assert_eq!(change(&by, PASSWORD, OTHER).code(), "LIMIT");
}

#[test]
fn a_password_that_somebody_else_chose_has_to_be_changed_first() {
    let app = App::start();
    let input = json!({ "username": "nouveau", "displayName": "Nouveau", "password": PASSWORD, "mustChangePassword": true });
    app.administrator()
        .run("mutation($i: CreateUserInput!) { createUser(input: $i) { mustChangePassword } }", json!({ "i": input }))
        .data();
    app.grant("nouveau", "PREFECTURE", json!({ "departmentCode": "13" }));
    let by = app.bearing(&app.login("nouveau", PASSWORD).text("/login/accessToken"));
    let viewer = by.ask("{ viewer { mustChangePassword grants { role } capabilities } }");
    assert_eq!(viewer.at("/viewer"), &json!({ "mustChangePassword": true, "grants": [], "capabilities": [] }));
    // Whatever is asked for: it is not a grant that lacks.
    for query in [
        "{ plan(departmentCode: \"13\") { id } }",
        "{ schools { totalCount } }",
        "{ users { totalCount } }",
        "{ nationalOverview(semester: \"2010-S1\") { departments { revisionDueOn } } }",
        "mutation { openRevision(input: { departmentCode: \"13\", semester: \"2010-S1\" }) { id } }",
    ] {
        let refused = by.ask(query);
        assert_eq!(
            (refused.code(), &refused.error()["extensions"]["reason"]),
            ("FORBIDDEN", &json!("PASSWORD_FIRST")),
            "{query}"
        );
    }
    let (status, body) = by.post("/imports/schools?department=13", "application/geo+json", b"{}");
    assert!(status == 403 && body.contains("PASSWORD_FIRST"), "{status} {body}");
    let changed = change(&by, PASSWORD, OTHER);
    assert_eq!(changed.at("/changePassword/viewer/mustChangePassword"), &json!(false));
    let by = app.bearing(&changed.text("/changePassword/accessToken"));
    by.ask("{ plan(departmentCode: \"13\") { id } }").data();
}

#[test]
fn a_password_is_the_same_however_its_accents_are_typed() {
    let app = App::start();
    let composed = "\u{c9}v\u{ea}ch\u{e9}-\u{e0}-la-plage-2024";
    let decomposed = "E\u{301}ve\u{302}che\u{301}-a\u{300}-la-plage-2024";
    let input = json!({ "username": "eveche", "displayName": "Évêché", "password": composed });
    app.administrator().run("mutation($i: CreateUserInput!) { createUser(input: $i) { id } }", json!({ "i": input })).data();
    app.login("eveche", composed).data();
    app.login("eveche", decomposed).data();
    assert_eq!(app.login("eveche", &composed.replace('-', "\u{2019}")).code(), "UNAUTHENTICATED");
}

#[test]
fn a_long_password_of_any_characters_is_taken_whole() {
    let app = App::start();
    let password: String = "Évêché ☂ à la plage, trois tasses vertes ; ".chars().cycle().take(128).collect();
    let input = json!({ "username": "longue", "displayName": "Longue phrase", "password": password });
    app.administrator().run("mutation($i: CreateUserInput!) { createUser(input: $i) { id } }", json!({ "i": input })).data();
    app.login("longue", &password).data();
    let cut: String = password.chars().take(127).collect();
    for other in [cut.as_str(), &format!("{cut}x"), &password.to_uppercase(), &format!("{password} ")] {
        assert_eq!(app.login("longue", other).code(), "UNAUTHENTICATED", "{other}");
    }
}

#[test]
fn passwords_that_everybody_tries_first_are_refused() {
    let app = App::start();
    for bad in ["Motdepasse2024!", "azertyuiop123", "Gendarmerie-2010", "Marseille13013"] {
        let input = json!({ "username": "nouveau", "displayName": "Nouveau", "password": bad });
        let refused =
            app.administrator().run("mutation($i: CreateUserInput!) { createUser(input: $i) { id } }", json!({ "i": input }));
        assert_eq!((refused.code(), refused.field()), ("INVALID", "password"), "{bad}");
        assert_eq!(refused.error()["extensions"]["reason"], "KNOWN_BAD_PASSWORD", "{}", refused.body);
    }
}

#[test]
fn a_disabled_account_is_enabled_again_with_its_grants_and_without_its_tokens() {
    let app = App::start();
    let before = app.prefecture("13");
    let act = |mutation: &str| {
        let query = format!("mutation {{ {mutation}(username: \"prefecture-13\") {{ disabled grants {{ role }} }} }}");
        app.administrator().ask(&query).at(&format!("/{mutation}")).clone()
    };
    assert_eq!(act("disableUser")["disabled"], true);
    assert_eq!(app.login("prefecture-13", PASSWORD).code(), "UNAUTHENTICATED");
    assert_eq!(act("enableUser"), json!({ "disabled": false, "grants": [{ "role": "PREFECTURE" }] }));
    assert_eq!(act("enableUser")["disabled"], false, "it is enabled already");
    assert_eq!(before.ask("{ viewer { username } }").code(), "UNAUTHENTICATED");
    let (access, _) = session(&app);
    app.bearing(&access).ask("{ plan(departmentCode: \"13\") { id } }").data();
    assert_eq!(app.bearing(&access).ask("mutation { enableUser(username: \"prefecture-13\") { id } }").code(), "FORBIDDEN");
}

/// What the audit says of an act: its outcomes with their subjects.
fn audited(app: &App, act: &str) -> Vec<String> {
    audit::flush_refusals(&app.office, true);
    let answer = app.administrator().ask("{ auditEntries(first: 200) { nodes { act subject outcome } } }");
    let entries = answer.at("/auditEntries/nodes").as_array().expect("a list").clone();
    let of = |name: &str, entry: &Value| entry[name].as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .filter(|entry| entry["act"] == act)
        .map(|entry| format!("{} {}", of("outcome", entry), of("subject", entry)))
        .collect()
}

#[test]
fn a_login_is_refused_with_an_entry_when_the_password_changed_while_it_was_verified() {
    let app = App::start();
    app.prefecture("13");
    let id = sessions::login(&app.office, "prefecture-13", PASSWORD, "192.0.2.1").expect("signed in");
    let Caller::Known(Identity::User { id, .. }) = id.caller else { panic!("an account") };
    let refused = std::thread::scope(|scope| {
        let waiting = app
            .office
            .database
            .write(|connection| {
                store::audit::lock(connection, &Chain::Nation)?;
                let waiting = scope.spawn(|| login_from(&app, PASSWORD, "192.0.2.1").map(|_| ()));
                // It reads the account as it was, verifies, and waits for the lock; if it is slower, it is refused all the same.
                std::thread::sleep(std::time::Duration::from_millis(1_500));
                store::users::set_password(connection, id, "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA", false)?;
                Ok::<_, Error>(waiting)
            })
            .expect("written");
        waiting.join().expect("it ends")
    });
    assert_eq!(refused, Err("UNAUTHENTICATED"));
    assert!(audited(&app, "login").contains(&"UNAUTHENTICATED account prefecture-13".to_owned()), "{:?}", audited(&app, "login"));
}

#[test]
fn another_password_for_an_account_that_is_gone_is_refused_with_an_entry() {
    let app = App::start();
    let gone = Caller::Known(Identity::User {
        id: 4_711,
        username: "partie".parse().expect("a name"),
        display_name: "Partie".to_owned(),
        version: 1,
        grants: Vec::new(),
        session: None,
        must_change_password: false,
    });
    let refused = sessions::change_password(&app.office, &gone, PASSWORD, OTHER, "192.0.2.1").map(|_| ());
    assert_eq!(refused.map_err(|error| error.code()), Err("UNAUTHENTICATED"));
    assert_eq!(audited(&app, "changePassword"), ["UNAUTHENTICATED account partie"]);
}

#[test]
fn what_is_refused_after_an_act_that_had_nothing_to_do_is_not_that_act() {
    let app = App::start();
    app.prefecture("13");
    app.prefecture("93");
    app.administrator().ask("mutation { disableUser(username: \"prefecture-93\") { id } }").data();
    for idle in ["enableUser(username: \"prefecture-13\")", "disableUser(username: \"prefecture-93\")"] {
        let document = format!(
            "mutation {{ {idle} {{ id }} grantRole(input: {{ username: \"pas un nom\", role: ADMINISTRATOR }}) {{ id }} }}"
        );
        assert_eq!(app.administrator().ask(&document).code(), "INVALID", "{idle}");
    }
    assert_eq!(audited(&app, "enableUser"), Vec::<String>::new());
    assert_eq!(audited(&app, "disableUser"), ["DONE account prefecture-93"]);
    assert_eq!(audited(&app, "mutation").len(), 2);
}

/// How many cells of the database hold a text, whatever their table; of SQLite, of its files too.
fn cells_with(app: &App, text: &str) -> Vec<String> {
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Text};
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    if let DatabaseUrl::Sqlite(path) = &app.database().url {
        let found = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            let bytes = std::fs::read(&name).expect("readable");
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        };
        return ["", "-wal"].into_iter().filter(|suffix| found(suffix)).map(|suffix| format!("the file{suffix}")).collect();
    }
    let mut conn = app.office.database.checkout(store::Mode::Read).expect("a connection");
    let store::AnyConnection::Postgres(c) = conn.get() else { panic!("SQLite has files") };
    let tables: Vec<Name> =
        diesel::sql_query("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
            .load(c)
            .expect("readable");
    assert!(tables.len() > 20);
    let has = |c: &mut PgConnection, table: &str| {
        let query = format!("SELECT count(*) AS count FROM {table} t WHERE position($1 in t::text) > 0");
        diesel::sql_query(query).bind::<Text, _>(text).get_result::<Count>(c).expect("readable").count > 0
    };
    tables.into_iter().map(|table| table.name).filter(|table| has(c, table)).collect()
}

#[test]
fn no_secret_stands_in_the_database_as_it_was_given_out_or_typed() {
    let app = App::start();
    app.prefecture("13");
    let (access, first) = session(&app);
    let second = refresh(&app, &first).text("/refreshSession/refreshToken");
    let issue = "mutation($i: IssueTokenInput!) { issueToken(input: $i) { token } }";
    let input = json!({ "i": { "label": "tableau", "role": "DASHBOARD", "expiresAt": "2010-06-01T00:00:00Z" } });
    let machine = app.administrator().run(issue, input).text("/issueToken/token");
    app.bearing(&machine).ask("{ viewer { username } }");
    let document = "mutation($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) { accessToken } }";
    let changed = app.bearing(&access).run(document, json!({ "c": PASSWORD, "n": OTHER })).text("/changePassword/accessToken");
    // Wrong ones, and one that is typed where the name should be.
    app.login("prefecture-13", "un mauvais mot de passe");
    app.login("Tapé au mauvais endroit 42", "x");
    let record = "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }";
    let meeting = json!({ "i": { "departmentCode": "13", "heldOn": "2010-03-03", "attendance": ["POLICE"], "measures": [] } });
    app.bearing(&changed).run_under("une-cle-de-requete-secrete", record, meeting).data();
    audit::flush_refusals(&app.office, true);
    // What is there is found.
    assert!(!cells_with(&app, "prefecture-13").is_empty());
    let signature = |token: &str| token.rsplit('.').next().expect("a part").to_owned();
    for secret in [
        PASSWORD,
        OTHER,
        "un mauvais mot de passe",
        "Tapé au mauvais endroit 42",
        &first,
        &second,
        &signature(&access),
        &signature(&changed),
        &signature(&machine),
        "une-cle-de-requete-secrete",
    ] {
        assert_eq!(cells_with(&app, secret), [""; 0], "{secret}");
    }
}
