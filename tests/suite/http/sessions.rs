//! Documents that hand in credentials: they stand alone, take them from variables, and open their own transactions.

use serde_json::json;

use crate::harness::{App, PASSWORD};

const LOGIN: &str = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }";

#[test]
fn credentials_come_in_variables_only() {
    let app = App::start();
    let nobody = app.anonymous();
    for document in [
        r#"mutation { login(username: "a", password: "b") { accessToken } }"#,
        r#"mutation($u: String!) { login(username: $u, password: "b") { accessToken } }"#,
        r#"mutation($u: String!, $p: String! = "b") { login(username: $u, password: $p) { accessToken } }"#,
        r#"mutation { refreshSession(refreshToken: "b") { accessToken } }"#,
        r#"mutation { logout(refreshToken: "b") }"#,
        r#"mutation { createUser(input: { username: "a", displayName: "a", password: "b" }) { id } }"#,
        r#"mutation { ...F } fragment F on Mutation { logout(refreshToken: "b") }"#,
    ] {
        let answer = nobody.run(document, json!({ "u": "a" }));
        assert_eq!((answer.code(), answer.field()), ("INVALID", "query"), "{document}");
        assert!(answer.message().contains("que par les variables"), "{document}: {}", answer.message());
    }
}

#[test]
fn a_login_stands_alone_in_its_document() {
    let app = App::start();
    for document in [
        "mutation($u: String!, $p: String!) { a: login(username: $u, password: $p) { accessToken } b: login(username: $u, password: $p) { accessToken } }",
        "mutation A($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } } query B { __typename }",
        "mutation($u: String!, $p: String!) { ...F disableUser(username: $u) { id } } fragment F on Mutation { login(username: $u, password: $p) { accessToken } }",
    ] {
        let body = json!({ "query": document, "operationName": document.starts_with("mutation A").then_some("A"), "variables": { "u": "a", "p": "b" } });
        let (_, text) = app.anonymous().post_json("/graphql", &body);
        assert!(text.contains("\"ALONE\""), "{document}: {text}");
    }
}

#[test]
fn an_expired_token_does_not_keep_anybody_from_signing_in() {
    let app = App::start();
    app.administrator();
    let answer = app.bearing("expired").run(LOGIN, json!({ "u": "administrateur", "p": PASSWORD }));
    assert!(!answer.text("/login/accessToken").is_empty());
}

#[test]
fn a_login_that_is_called_like_a_change_of_password_asks_for_no_token_either() {
    let app = App::start();
    app.administrator();
    for document in [
        LOGIN.replace("mutation(", "mutation changePassword("),
        format!("# not changePassword\n{LOGIN}"),
        LOGIN.replace("login(", "changePassword: login("),
    ] {
        let answer = app.bearing("expired").run(&document, json!({ "u": "administrateur", "p": PASSWORD }));
        assert!(answer.body.get("errors").is_none(), "{document}: {}", answer.body);
    }
}
