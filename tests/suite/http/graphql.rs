//! What a GraphQL request may be, and under which status it is answered.

use serde_json::json;

use super::raw::{JSON, post, send};
use crate::harness::App;

const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");

#[test]
fn the_media_type_decides_the_status_of_a_wrong_document() {
    let app = App::start();
    let body = r#"{"query": "{ nonsense }"}"#;
    let new = send(&app, "POST", "/graphql", &[JSON, GRAPHQL], body);
    assert_eq!((new.status, new.code().as_str()), (400, "INVALID"));
    assert!(new.header("content-type").is_some_and(|kind| kind.starts_with("application/graphql-response+json")));
    assert!(new.json().get("data").is_none());
    let old = send(&app, "POST", "/graphql", &[JSON], body);
    assert_eq!((old.status, old.code().as_str()), (200, "INVALID"));
    assert!(old.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    assert_eq!(send(&app, "POST", "/graphql", &[JSON, ("accept", "text/html")], body).status, 406);
}

#[test]
fn an_accept_with_empty_parameters_is_understood() {
    let app = App::start();
    for accept in ["application/json;", "application/json; ", "application/graphql-response+json;, application/json;q=0.5;"] {
        let reply = send(
            &app,
            "POST",
            "/graphql",
            &[("content-type", "application/json;"), ("accept", accept)],
            r#"{"query": "{ __typename }"}"#,
        );
        assert_eq!(reply.status, 200, "{accept}");
    }
}

#[test]
fn a_tag_comes_back_as_servers_in_between_make_it() {
    let app = App::start();
    let bearer = format!("Bearer {}", app.prefecture("13").token().expect("signed in"));
    let ask = |tag: Option<&str>| {
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(tag.map(|tag| ("if-none-match", tag)));
        send(&app, "GET", "/graphql?query=%7Bregions%7Bname%7D%7D", &headers, "")
    };
    let first = ask(None);
    let tag = first.header("etag").expect("a tag").trim_start_matches("W/").trim_matches('"').to_owned();
    for form in [
        "W/\"TAG\"",
        "\"TAG\"",
        "W/\"TAG-gzip\"",
        "\"TAG-gzip\"",
        "\"TAG;gzip\"",
        "\"TAG--gzip\"",
        "\"TAG-br\"",
        "\"x\", W/\"TAG-gzip\"",
    ] {
        let again = ask(Some(&form.replace("TAG", &tag)));
        assert_eq!((again.status, again.length), (304, 0), "{form}");
    }
    assert_eq!(ask(Some("\"other-gzip\"")).status, 200);
}

#[test]
fn what_is_no_request_is_refused_in_both_media_types() {
    let app = App::start();
    for body in
        ["", "{", "[]", r#"[{"query": "{ __typename }"}]"#, "{}", r#"{"query": 1}"#, r#"{"query": "{a}", "variables": 1}"#]
    {
        assert_eq!(send(&app, "POST", "/graphql", &[JSON], body).status, 400, "{body}");
        assert_eq!(send(&app, "POST", "/graphql", &[JSON, GRAPHQL], body).status, 400, "{body}");
    }
    let plain = send(&app, "POST", "/graphql", &[("content-type", "text/plain")], r#"{"query": "{ __typename }"}"#);
    assert_eq!(plain.status, 415);
    let zipped = send(&app, "POST", "/graphql", &[JSON, ("content-encoding", "gzip")], "zip");
    assert_eq!(zipped.status, 415);
}

#[test]
fn a_get_reads_and_never_writes() {
    let app = App::start();
    let read = send(&app, "GET", "/graphql?query=%7B__typename%7D", &[GRAPHQL], "");
    assert_eq!((read.status, read.json()), (200, json!({ "data": { "__typename": "Query" } })));
    let write = send(&app, "GET", "/graphql?query=mutation%7B__typename%7D", &[GRAPHQL], "");
    assert_eq!((write.status, write.header("allow")), (405, Some("POST")));
    let put = send(&app, "PUT", "/graphql", &[], "");
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, POST")));
}

#[test]
fn a_document_with_several_operations_runs_the_one_that_is_named() {
    let app = App::start();
    let ask = |name: serde_json::Value| {
        let body = json!({ "query": "query A { a: __typename } query B { b: __typename }", "operationName": name });
        post(&app, &body.to_string())
    };
    assert_eq!(ask(json!("B")).json(), json!({ "data": { "b": "Query" } }));
    assert_eq!(ask(json!("A")).json(), json!({ "data": { "a": "Query" } }));
    let unnamed = ask(json!(null));
    assert_eq!((unnamed.status, unnamed.json()["errors"][0]["extensions"]["field"].clone()), (400, json!("operationName")));
    assert_eq!(ask(json!("C")).status, 400);
}

#[test]
fn nul_is_refused_in_documents_and_variables() {
    let app = App::start();
    let nobody = app.anonymous();
    let in_variable = nobody.run("query($r: String) { departments(regionCode: $r) { code } }", json!({ "r": "a\u{0}b" }));
    assert_eq!((in_variable.code(), in_variable.field()), ("INVALID", "variables.r"));
    let in_literal = nobody.ask(r#"{ departments(regionCode: "a\u0000b") { code } }"#);
    assert_eq!((in_literal.code(), in_literal.field()), ("INVALID", "query"));
    assert_eq!(nobody.ask("{ __typename } \u{0}").code(), "INVALID");
}

#[test]
fn a_token_that_is_not_valid_is_told_so() {
    let app = App::start();
    let query = r#"{"query": "{ regions { name } }"}"#;
    for token in ["Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer", "Bearer a b"] {
        let reply = send(&app, "POST", "/graphql", &[JSON, ("authorization", token)], query);
        assert_eq!((reply.status, reply.code().as_str()), (401, "UNAUTHENTICATED"), "{token}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    let none = send(&app, "POST", "/graphql", &[JSON], query);
    assert_eq!((none.status, none.code().as_str()), (200, "UNAUTHENTICATED"));
}

#[test]
fn a_mutation_that_is_refused_in_part_is_refused_in_whole() {
    let app = App::start();
    let open = "mutation($a: OpenRevisionInput!, $b: OpenRevisionInput!) { a: openRevision(input: $a) { number } b: openRevision(input: $b) { number } }";
    let input = json!({ "departmentCode": "13", "semester": "2010-S1" });
    // The second is a conflict: one revision is in preparation already.
    let answer = app.prefecture("13").run(open, json!({ "a": input, "b": input }));
    assert_eq!(answer.body["data"], json!(null));
    assert!(answer.body["errors"].is_array());
    let plan = app.prefecture("13").ask(r#"{ plan(departmentCode: "13") { pending { number } } }"#);
    assert_eq!(plan.at("/plan/pending"), &json!(null));
}
