//! What real clients send: names and variables that are empty, `__typename` everywhere, numbers with a point, marks before the text, cursors that
//! were kept for long; and that what they are told names the place.

use serde_json::{Value, json};

use crate::harness::plans::{Revision, sector};
use crate::harness::{App, Client, PASSWORD};

#[test]
fn typename_may_stand_beside_login_refresh_and_logout() {
    let app = App::start();
    app.prefecture("13");
    let nobody = app.anonymous();
    let login = "mutation L($u: String!, $p: String!) { __typename login(username: $u, password: $p) { __typename accessToken refreshToken } \
                 ...T } fragment T on Mutation { t: __typename }";
    let session = nobody.run(login, json!({ "u": "prefecture-13", "p": PASSWORD }));
    assert_eq!((session.text("/__typename"), session.text("/t")), ("Mutation".into(), "Mutation".into()));
    let refreshed = nobody.run(
        "mutation($t: String!) { refreshSession(refreshToken: $t) { __typename refreshToken } __typename }",
        json!({ "t": session.text("/login/refreshToken") }),
    );
    let ended = nobody.run(
        "mutation($t: String!) { __typename logout(refreshToken: $t) }",
        json!({ "t": refreshed.text("/refreshSession/refreshToken") }),
    );
    assert_eq!(ended.at("/logout"), &json!(true));
    // Two of them still are two acts.
    let twice = "mutation($u: String!, $p: String!) { a: login(username: $u, password: $p) { accessToken } \
                 b: login(username: $u, password: $p) { accessToken } }";
    assert_eq!(nobody.run(twice, json!({ "u": "prefecture-13", "p": PASSWORD })).code(), "INVALID");
}

#[test]
fn what_is_empty_is_none_by_post_and_by_get() {
    let app = App::start();
    let by = app.prefecture("13");
    let expected = json!({ "data": { "viewer": { "username": "prefecture-13" } } });
    let asked = json!("query A { viewer { username } }");
    for more in [
        json!({ "operationName": "" }),
        json!({ "operationName": null }),
        json!({ "variables": "" }),
        json!({ "variables": null }),
        json!({ "extensions": "" }),
        json!({ "extensions": null }),
        json!({ "operationName": "A", "variables": {}, "extensions": {} }),
    ] {
        let mut body = more.clone();
        body["query"] = asked.clone();
        let (_, answer) = by.post_json("/graphql", &body);
        assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON"), expected, "{more}");
        let (_, answer) = by.post("/graphql", "application/json", format!("\u{feff}{body}").as_bytes());
        assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON"), expected, "a mark before {more}");
    }
    for more in ["", "&operationName=", "&variables=", "&extensions=", "&variables=null&operationName=A"] {
        let (_, answer) = by.get(&format!("/graphql?query=query%20A%20%7Bviewer%7Busername%7D%7D{more}"));
        assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON"), expected, "{more}");
    }
}

#[test]
fn a_whole_number_may_have_a_point_and_anything_else_names_its_place() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let page = "query($n: Int) { plan(departmentCode: \"13\") { revisions(first: $n) { nodes { number } } } }";
    assert_eq!(by.run(page, json!({ "n": 5.0 })).at("/plan/revisions/nodes/0/number"), &json!(1));
    by.ask("{ plan(departmentCode: \"13\") { revisions(first: 5.0) { nodes { number } } } }").data();
    let wrong = by.run(page, json!({ "n": 5.5 }));
    assert_eq!((wrong.code(), wrong.field()), ("INVALID", "n"));
    let step = |version: Value| {
        by.run(
            "mutation($input: RevisionStepInput!) { submitRevision(input: $input) { id } }",
            json!({ "input": { "revisionId": revision.id, "version": version } }),
        )
    };
    assert_eq!(step(json!(7.0)).code(), "CONFLICT", "understood, and stale");
    for wrong in [json!(1.5), json!("1"), json!(4_294_967_296_u64), json!(null), json!([1]), json!({})] {
        let answer = step(wrong.clone());
        assert_eq!((answer.code(), answer.field()), ("INVALID", "input.version"), "{wrong}");
    }
    let absent = by.run("mutation($input: RevisionStepInput!) { submitRevision(input: $input) { id } }", json!({}));
    assert_eq!((absent.code(), absent.field()), ("INVALID", "input"));
}

#[test]
fn what_does_not_fit_names_its_place_and_is_not_sent_back() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let ring: Vec<[f64; 2]> = (0..9_000).map(|index| [5.4 + f64::from(index) * 1e-6, 43.3]).collect();
    let polygon = json!({ "type": "Polygon", "coordinates": [ring] });
    let feature = json!({ "type": "Feature", "properties": {}, "geometry": polygon });
    let collection = json!({ "type": "FeatureCollection", "features": [feature] });
    let upsert = |change: &dyn Fn(&mut Value)| {
        let mut second = sector("13", "S2", 1, "POLICE");
        change(&mut second);
        let input = json!({ "revisionId": revision.id, "version": revision.version, "sectors": [sector("13", "S1", 0, "POLICE"), second] });
        let answer = by
            .run("mutation($input: UpsertSectorsInput!) { upsertSectors(input: $input) { version } }", json!({ "input": input }));
        let length = answer.body.to_string().len();
        assert!(length < 2_000, "{length} bytes");
        answer
    };
    for geometry in [&feature, &collection, &json!(feature.to_string())] {
        let answer = upsert(&|sector| sector["geometry"] = geometry.clone());
        assert_eq!((answer.code(), answer.field()), ("INVALID", "sectors[1].geometry"));
    }
    let long = "é".repeat(100_000);
    for (member, value) in [
        ("code", json!({ "a": long })),
        ("kind", json!(long)),
        ("authority", json!("NOBODY")),
        ("severity", json!("high")),
        ("geometry", json!([long])),
        ("name", json!(null)),
        ("nonsense", json!(long)),
    ] {
        let answer = upsert(&|sector| sector[member] = value.clone());
        let place = format!("input.sectors[1].{member}");
        assert_eq!((answer.code(), answer.field()), ("INVALID", place.as_str()));
        assert!(!answer.body.to_string().contains(&"é".repeat(250)));
    }
    // Scalars of the house, everywhere: in variables, in literals, and where the workflow reads them.
    for (declared, argument) in [
        ("DepartmentCode!", "department(code: $v) { code }"),
        ("Semester!", "nationalOverview(semester: $v) { semester }"),
        ("Period!", "rollup(indicator: \"ILS_TOTAL\", period: $v, axis: NATIONAL) { period }"),
        ("String!", "rollup(indicator: $v, period: \"2010\", axis: NATIONAL) { period }"),
        ("ID!", "planRevision(id: $v) { id }"),
        ("DateTime", "auditEntries(from: $v) { totalCount }"),
        ("String", "users(after: $v) { totalCount }"),
    ] {
        let given = app.administrator().run(&format!("query($v: {declared}) {{ {argument} }}"), json!({ "v": long }));
        let literal = app.administrator().ask(&format!("{{ {} }}", argument.replace("$v", &json!(long).to_string())));
        for answer in [given, literal] {
            let text = answer.body.to_string();
            assert!(text.len() < 2_000 && !text.contains(&"é".repeat(250)), "{argument}: {} bytes", text.len());
        }
    }
}

fn page(by: &Client, revision: &Revision, after: &Value) -> (Vec<String>, Value) {
    let query = "query($id: ID!, $a: String) { planRevision(id: $id) { sectors(first: 2, after: $a) { nodes { code } pageInfo { endCursor } } } }";
    let page = by.run(query, json!({ "id": revision.id, "a": after })).at("/planRevision/sectors").clone();
    let codes = page["nodes"].as_array().expect("nodes").iter().map(|node| node["code"].as_str().expect("a code").to_owned());
    (codes.collect(), page["pageInfo"]["endCursor"].clone())
}

#[test]
fn a_cursor_whose_sector_is_gone_goes_on_with_what_follows() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let sectors: Vec<Value> = (0..5).map(|index| sector("13", &format!("S{index}"), index, "POLICE")).collect();
    revision.step(&by, "upsertSectors", json!({ "sectors": sectors }));
    let (first, cursor) = page(&by, &revision, &Value::Null);
    assert_eq!(first, ["S0", "S1"]);
    revision.step(&by, "removeSector", json!({ "code": "S1" }));
    assert_eq!(page(&by, &revision, &cursor).0, ["S2", "S3"]);
    // Of a sector that moved, what follows it now.
    let (_, cursor) = page(&by, &revision, &Value::Null);
    revision.step(&by, "rankSectors", json!({ "codes": ["S2", "S0", "S3", "S4"] }));
    assert_eq!(page(&by, &revision, &cursor).0, ["S0", "S3"]);
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let app = App::start();
    let revision = Revision::in_force(&app, "13", "2010-S1");
    let administrator = app.administrator();
    let by = app.prefecture("13");
    let cursor = |who: &Client, query: &str, at: &str| who.ask(query).text(at);
    let mapping = by
        .run("query($id: ID!) { planRevision(id: $id) { sectors { pageInfo { endCursor } } } }", json!({ "id": revision.id }))
        .text("/planRevision/sectors/pageInfo/endCursor");
    let users = cursor(&administrator, "{ users { pageInfo { endCursor } } }", "/users/pageInfo/endCursor");
    let sectors = cursor(&by, "{ sectors { pageInfo { endCursor } } }", "/sectors/pageInfo/endCursor");
    let revisions = cursor(
        &by,
        "{ plan(departmentCode: \"13\") { revisions { pageInfo { endCursor } } } }",
        "/plan/revisions/pageInfo/endCursor",
    );
    let all = [mapping.as_str(), &users, &sectors, &revisions, "", "nonsense", "é"];
    for (who, list, own) in [
        (&administrator, "users(after: $a) { totalCount }", users.as_str()),
        (&administrator, "apiTokens(after: $a) { totalCount }", "-"),
        (&administrator, "publications(after: $a) { totalCount }", "-"),
        (&administrator, "auditEntries(after: $a) { totalCount }", "-"),
        (&by, "sectors(after: $a) { totalCount }", sectors.as_str()),
        (&by, "schools(after: $a) { totalCount }", "-"),
        (&by, "plan(departmentCode: \"13\") { revisions(after: $a) { totalCount } }", revisions.as_str()),
        (&by, "plan(departmentCode: \"13\") { current { sectors(after: $a) { totalCount } } }", mapping.as_str()),
        (&by, "department(code: \"13\") { meetings(after: $a) { totalCount } }", "-"),
        (&by, "plan(departmentCode: \"13\") { current { sectors { nodes { measures(after: $a) { totalCount } } } } }", "-"),
    ] {
        for cursor in all {
            let answer = who.run(&format!("query($a: String) {{ {list} }}"), json!({ "a": cursor }));
            if cursor == own {
                answer.data();
            } else {
                assert_eq!((answer.code(), answer.field()), ("INVALID", "after"), "{list}: {cursor}");
            }
        }
    }
}

#[test]
fn instants_have_one_width() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let entries = app.auditor("13").ask("{ auditEntries(first: 50) { nodes { at } } }");
    let nodes = entries.at("/auditEntries/nodes").as_array().expect("nodes").clone();
    assert!(!nodes.is_empty());
    for node in nodes {
        let at = node["at"].as_str().expect("an instant");
        assert!(at.len() == "2010-02-11T08:00:00.000Z".len() && at.ends_with('Z'), "{at}");
    }
    let answer = app.login("prefecture-13", PASSWORD);
    assert_eq!(answer.text("/login/expiresAt").len(), 24);
}

#[test]
fn a_directive_that_is_given_null_is_named_and_nothing_panics() {
    let app = App::start();
    let nobody = app.anonymous();
    for (document, variables) in [
        ("query($x: Boolean = null) { __typename @include(if: $x) }", json!({})),
        ("query($x: Boolean = true) { __typename @skip(if: $x) }", json!({ "x": null })),
        ("query($x: Boolean = true) { ... @include(if: $x) { __typename } }", json!({ "x": null })),
        ("query($x: Boolean = true) { ...f @skip(if: $x) } fragment f on Query { __typename }", json!({ "x": null })),
        ("query($x: Boolean = true) { ...f } fragment f on Query { __typename @include(if: $x) }", json!({ "x": null })),
        ("mutation($x: Boolean = true) { __typename @include(if: $x) }", json!({ "x": null })),
    ] {
        let answer = nobody.run(document, variables);
        let error = answer.error();
        assert_eq!((answer.code(), error["extensions"]["reason"].as_str()), ("INVALID", Some("MISSING")), "{document}: {error}");
        assert_eq!(error["extensions"]["field"], "x", "{error}");
    }
    let asked = nobody.run("query($x: Boolean = true) { __typename @include(if: $x) }", json!({}));
    assert_eq!(asked.at("/__typename"), "Query");
}

#[test]
fn a_variable_of_a_type_that_there_is_not_is_a_fault_of_the_document() {
    let app = App::start();
    let nobody = app.anonymous();
    for document in [
        "query($x: Nothing) { __typename }",
        "query($x: Nothing = 2) { __typename }",
        "query($x: [Nothing!]! = [A, \"b\"]) { __typename @include(if: $x) }",
        "query a { __typename } query b($x: Nothing = { y: null }) { __typename }",
    ] {
        let answer = nobody.run(document, json!({}));
        let error = answer.error();
        assert_eq!((answer.code(), error["extensions"]["reason"].as_str()), ("INVALID", Some("DOCUMENT")), "{document}: {error}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains("Nothing")), "{document}: {error}");
    }
    // Of a type that is no input, in every place where the library meets it.
    for document in ["query($x: Department = 2) { __typename }", "query($x: Node! = { id: 1 }) { __typename @skip(if: $x) }"] {
        assert_eq!(nobody.run(document, json!({ "x": { "id": 1 } })).code(), "INVALID", "{document}");
    }
}

#[test]
fn an_argument_that_is_given_the_null_of_a_variable_with_a_default_is_said_to_lack() {
    let app = App::start();
    let by = app.prefecture("13");
    for (document, variables) in [
        ("query($c: DepartmentCode = \"13\") { department(code: $c) { name } }", json!({ "c": null })),
        (
            "query($p: Period = \"2010\") { rollup(indicator: \"ARMES\", period: $p, axis: NATIONAL) { axis } }",
            json!({ "p": null }),
        ),
    ] {
        let answer = by.run(document, variables);
        let error = answer.error();
        assert_eq!((answer.code(), error["extensions"]["reason"].as_str()), ("INVALID", Some("MISSING")), "{document}: {error}");
        assert!(answer.message().contains("obligatoire"), "{error}");
    }
}
