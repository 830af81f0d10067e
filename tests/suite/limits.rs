//! Limits of documents and operations: depth, tokens, fields, cost, introspection and time.

use std::time::Duration;

use base64::Engine as _;
use palts::domain::vocabulary::Role;
use palts::graphql::{Introspection, Settings};
use palts::workflow::users::{self, GrantRequest, NewUser};
use serde_json::json;

use crate::harness::{App, PASSWORD, Setup};

fn with(limits: Settings) -> App {
    App::with(Setup { limits, ..Setup::default() })
}

#[test]
fn a_document_too_deep_too_long_or_too_wide_is_refused() {
    let app = with(Settings { max_depth: 5, max_tokens: 200, max_fields: 40, ..Settings::default() });
    let nobody = app.anonymous();
    let deep = "{ departments { region { departments { region { departments { code } } } } } }";
    assert_eq!((nobody.ask(deep).code(), nobody.ask(deep).message().contains("nesting")), ("LIMIT", true));
    let long = format!("{{ {} }}", "__typename ".repeat(300));
    assert_eq!(nobody.ask(&long).code(), "LIMIT");
    let wide = "{ ...A ...A ...A } fragment A on Query { ...B ...B ...B ...B } fragment B on Query { ...C ...C ...C ...C } fragment C on Query { __typename }";
    assert_eq!(nobody.ask(wide).code(), "LIMIT");
    assert_eq!(nobody.ask("{ __typename }").at("/__typename"), &json!("Query"));
}

#[test]
fn the_cost_multiplies_pages_and_lists_and_aliases() {
    let app = with(Settings { max_cost: 500, list_size: 10, ..Settings::default() });
    let nobody = app.anonymous();
    // 1 + 10 x (1 + 1 + 10 x 1)
    let nested = "{ departments { code region { departments { code } } } }";
    assert_eq!(nobody.ask(nested).code(), "UNAUTHENTICATED", "cheap enough to be judged otherwise");
    let aliased = "{ a: departments { region { departments { code name } } } b: departments { region { departments { code name } } } \
                   c: departments { region { departments { code name } } } }";
    let answer = nobody.ask(aliased);
    assert_eq!(answer.code(), "LIMIT", "{}", answer.body);
    assert!(answer.message().contains("la limite est de 500"), "{}", answer.message());
    assert!(answer.body.get("data").is_none());
}

#[test]
fn page_sizes_in_variables_count_for_each_request() {
    let app = with(Settings { max_cost: 500, ..Settings::default() });
    let nobody = app.anonymous();
    let query = "query($n: Int = 400) { plan(departmentCode: \"13\") { revisions(first: $n) { nodes { number status } } } }";
    assert_eq!(nobody.run(query, json!({ "n": 10 })).code(), "UNAUTHENTICATED");
    assert_eq!(nobody.run(query, json!({ "n": 400 })).code(), "LIMIT");
    assert_eq!(nobody.run(query, json!({})).code(), "LIMIT");
    let literal = "{ plan(departmentCode: \"13\") { revisions(first: 400) { edges { node { number } } } } }";
    assert_eq!(nobody.ask(literal).code(), "LIMIT");
}

#[test]
fn introspection_is_bounded_and_can_be_switched_off() {
    let nested = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    let app = App::start();
    assert_eq!(app.prefecture("13").ask(nested).code(), "LIMIT");
    let plain = "{ __schema { queryType { name } types { name fields { name type { ofType { ofType { name } } } } } } }";
    assert_eq!(app.prefecture("13").ask(plain).at("/__schema/queryType/name"), &json!("Query"));
    let closed = with(Settings { introspection: Introspection::Nobody, ..Settings::default() });
    assert_eq!(closed.prefecture("13").ask(plain).code(), "INVALID");
    assert_eq!(closed.anonymous().ask("{ __typename }").at("/__typename"), &json!("Query"));
}

#[test]
fn the_schema_is_told_to_who_is_signed_in_unless_it_is_set_otherwise() {
    let alone = "{ __schema { queryType { name } } __typename }";
    let beside = "query($n: String!) { regions { code } __type(name: $n) { name } }";
    let hidden = "{ ...F } fragment F on Query { __type(name: \"Query\") { name } }";
    let app = App::start();
    for query in [alone, hidden] {
        let refused = app.anonymous().ask(query);
        assert_eq!((refused.code(), &refused.error()["extensions"]["reason"]), ("UNAUTHENTICATED", &json!("INTROSPECTION")));
        // Twice: the second answer is the one that is kept.
        for _ in 0..2 {
            app.prefecture("13").ask(query).data();
        }
        assert_eq!(app.anonymous().ask(query).code(), "UNAUTHENTICATED", "what is kept is not told to nobody");
    }
    let named = |name: &str| app.prefecture("13").run(beside, json!({ "n": name })).at("/__type/name").clone();
    assert_eq!((named("Query"), named("Region")), (json!("Query"), json!("Region")));
    let named = |name: &str| app.prefecture("13").run("query($n: String!) { __type(name: $n) { name } }", json!({ "n": name }));
    assert_eq!((named("Query").text("/__type/name"), named("Region").text("/__type/name")), ("Query".into(), "Region".into()));
    assert_eq!(app.anonymous().ask("{ __typename }").at("/__typename"), &json!("Query"));
    let open = with(Settings { introspection: Introspection::Everybody, ..Settings::default() });
    assert_eq!(open.anonymous().ask(alone).at("/__schema/queryType/name"), &json!("Query"));
}

#[test]
fn an_operation_past_its_time_is_stopped_and_keeps_nothing() {
    let app = with(Settings { operation_timeout_ms: 0, ..Settings::default() });
    app.as_operator(|call| {
        let new =
            NewUser { username: "prefecture", display_name: "Préfecture", password: PASSWORD, must_change_password: false };
        users::create(call, &new)?;
        let department = Some("13".parse().expect("a department"));
        let request =
            GrantRequest { username: "prefecture", role: Role::Prefecture, department, zone: None, parquet: None, until: None };
        users::grant(call, &request)
    });
    let token = app.login("prefecture", PASSWORD).text("/login/accessToken");
    let late = app.bearing(&token);
    let opened = late.run(
        "mutation($i: OpenRevisionInput!) { openRevision(input: $i) { number } }",
        json!({ "i": { "departmentCode": "13", "semester": "2010-S1" } }),
    );
    assert_eq!((opened.code(), &opened.body["data"]), ("UNAVAILABLE", &json!(null)));
    assert_eq!(late.ask("{ plan(departmentCode: \"13\") { id pending { number } } }").code(), "UNAVAILABLE");
}

#[test]
fn beyond_the_queue_operations_are_turned_away_at_once() {
    let app = with(Settings { queue: 0, caller_queue: 0, ..Settings::default() });
    let administrator = app.administrator();
    // Known once, the document and the caller are kept: what follows does not queue for them.
    let asked = "mutation { disableUser(username: \"absent\") { id } }";
    assert_eq!(administrator.ask(asked).code(), "NOT_FOUND");
    let places = app.office.database.connections(true);
    let mut held: Vec<_> =
        (0..places).map(|_| app.office.database.checkout(palts::store::Mode::Write).expect("a connection")).collect();
    // On PostgreSQL those who write for one territory, the nation here, stand in its line before they take a connection.
    let inside = if app.office.database.is_postgres() { 1 } else { places };
    let extra = 3;
    let (tell, told) = std::sync::mpsc::channel();
    let asking: Vec<_> = (0..inside + extra)
        .map(|_| {
            let (administrator, tell) = (administrator.clone(), tell.clone());
            std::thread::spawn(move || tell.send(administrator.ask(asked)).expect("the test waits"))
        })
        .collect();
    // Those inside wait for the connections that this test holds; the others have their answer.
    for _ in 0..extra {
        let refused = told.recv_timeout(Duration::from_secs(15)).expect("an answer at once");
        assert_eq!((refused.status, refused.code()), (503, "LIMIT"));
    }
    held.clear();
    for _ in 0..inside {
        let done = told.recv_timeout(Duration::from_secs(15)).expect("an answer");
        assert_eq!(done.code(), "NOT_FOUND");
    }
    for thread in asking {
        thread.join().expect("nobody panicked");
    }
}

#[test]
fn a_nul_in_an_id_or_a_cursor_is_refused_before_any_database_sees_it() {
    let app = App::start();
    let (by, administrator) = (app.prefecture("13"), app.administrator());
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    // An id that is none of ours names nothing, as any other; a cursor is INVALID.
    for id in ["a:F\0R:1", "u:1\0", "s:13:1:S\0", "\0", "i:\0"] {
        let node = administrator.run("query($id: ID!) { node(id: $id) { id } }", json!({ "id": encode(id) }));
        assert_eq!(node.at("/node"), &serde_json::Value::Null, "{id:?}");
    }
    let step = by.run(
        "mutation($i: RevisionStepInput!) { submitRevision(input: $i) { id } }",
        json!({ "i": { "revisionId": encode("v:13:1\0"), "version": 1 } }),
    );
    assert_eq!(step.code(), "NOT_FOUND");
    for (list, query) in [
        ("users", "users(first: 1, after: $a) { totalCount nodes { id } }"),
        ("tokens", "apiTokens(first: 1, after: $a) { nodes { id } }"),
        ("audit", "auditEntries(first: 1, after: $a) { nodes { id } }"),
        ("publications", "publications(first: 1, after: $a) { nodes { id } }"),
    ] {
        for cursor in ["\0", "prefecture\0", "1\0"] {
            let answer = administrator
                .run(&format!("query($a: String) {{ {query} }}"), json!({ "a": encode(&format!("{list}|{cursor}")) }));
            assert_eq!((answer.code(), answer.field()), ("INVALID", "after"), "{query}");
        }
    }
    for list in ["schools", "sectors"] {
        let query = format!("query($a: String) {{ {list}(after: $a) {{ nodes {{ id }} }} }}");
        let answer = by.run(&query, json!({ "a": encode(&format!("{list}|0130001F\0")) }));
        assert_eq!((answer.code(), answer.field()), ("INVALID", "after"), "{list}");
    }
}
