//! Accounts, grants and machines' tokens, as the administrator handles them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client, PASSWORD};

fn create(by: &Client, username: &str, password: &str) -> Answer {
    by.run(
        "mutation($i: CreateUserInput!) { createUser(input: $i) { id username displayName disabled grants { role } } }",
        json!({ "i": { "username": username, "displayName": "Un service", "password": password } }),
    )
}

fn grant(by: &Client, mutation: &str, input: Value) -> Answer {
    let query = format!(
        "mutation($i: GrantInput!) {{ {mutation}(input: $i) {{ username grants {{ role until department {{ code }} }} }} }}"
    );
    by.run(&query, json!({ "i": input }))
}

fn issue(by: &Client, role: &str, expires_at: &str) -> Answer {
    by.run(
        "mutation($i: IssueTokenInput!) { issueToken(input: $i) { token apiToken { id label role expiresAt revoked } } }",
        json!({ "i": { "label": "Tableau national", "role": role, "expiresAt": expires_at } }),
    )
}

#[test]
fn the_administrator_creates_accounts_without_grants_and_passwords_have_rules() {
    let app = App::start();
    let administrator = app.administrator();
    let made = create(&administrator, "Service.13", PASSWORD);
    assert_eq!(made.text("/createUser/username"), "service.13");
    assert_eq!(made.at("/createUser/grants"), &json!([]));
    assert_eq!(create(&administrator, "service.13", PASSWORD).code(), "CONFLICT");
    let refused = |username: &str, password: &str| {
        let answer = create(&administrator, username, password);
        (answer.code().to_owned(), answer.field().to_owned())
    };
    let invalid = |field: &str| ("INVALID".to_owned(), field.to_owned());
    assert_eq!(refused("ab", PASSWORD), invalid("username"));
    assert_eq!(refused("operator", PASSWORD), invalid("username"));
    assert_eq!(refused("autre.13", "onze signes"), invalid("password"));
    assert_eq!(refused("autre.13", &"abcde".repeat(26)), invalid("password"));
    assert_eq!(refused("autre.13", "autre.13autre.13"), invalid("password"));
    assert_eq!(refused("autre.13", "aaaaaaaaaaaaaaaa"), invalid("password"));
}

#[test]
fn nobody_but_the_administrator_administers() {
    let app = App::start();
    for client in [app.prefecture("13"), app.secretariat(), app.national("AUDITOR")] {
        assert_eq!(create(&client, "intrus", PASSWORD).code(), "FORBIDDEN");
        assert_eq!(grant(&client, "grantRole", json!({ "username": "secretariat", "role": "PREFECT" })).code(), "FORBIDDEN");
        assert_eq!(client.ask("mutation { disableUser(username: \"administrateur\") { id } }").code(), "FORBIDDEN");
        assert_eq!(issue(&client, "DASHBOARD", "2010-06-01T00:00:00Z").code(), "FORBIDDEN");
        assert_eq!(client.ask("{ users { nodes { username } } }").code(), "FORBIDDEN");
        assert_eq!(client.ask("{ apiTokens { nodes { id } } }").code(), "FORBIDDEN");
    }
    assert_eq!(create(&app.anonymous(), "intrus", PASSWORD).code(), "UNAUTHENTICATED");
    assert_eq!(app.anonymous().ask("{ users { nodes { username } } }").code(), "UNAUTHENTICATED");
}

#[test]
fn the_administrator_reads_no_plan() {
    let app = App::start();
    let answer = app.administrator().ask("{ plan(departmentCode: \"13\") { id } }");
    assert!(answer.body.pointer("/data/plan/id").is_none(), "{}", answer.body);
}

#[test]
fn a_grant_needs_a_role_that_has_a_meaning_there() {
    let app = App::start();
    let administrator = app.administrator();
    create(&administrator, "service.13", PASSWORD).data();
    let refused = |input: Value| {
        let mut all = json!({ "username": "service.13" });
        all.as_object_mut().expect("an object").extend(input.as_object().expect("an object").clone());
        let answer = grant(&administrator, "grantRole", all);
        (answer.code().to_owned(), answer.field().to_owned())
    };
    let invalid = |field: &str| ("INVALID".to_owned(), field.to_owned());
    assert_eq!(refused(json!({ "role": "PREFECTURE" })), invalid("role"));
    assert_eq!(refused(json!({ "role": "PREFECTURE", "defenceZoneCode": "SUD" })).0, "INVALID");
    assert_eq!(refused(json!({ "role": "PUBLIC_PROSECUTOR", "departmentCode": "13" })), invalid("role"));
    assert_eq!(refused(json!({ "role": "ADMINISTRATOR", "departmentCode": "13" })), invalid("role"));
    assert_eq!(refused(json!({ "role": "PUBLIC_PROSECUTOR", "parquetCode": "TJ-NOWHERE" })), invalid("parquetCode"));
    assert_eq!(
        refused(json!({ "role": "PREFECT", "departmentCode": "13", "parquetCode": "TJ-MARSEILLE" })),
        invalid("territory")
    );
    assert_eq!(refused(json!({ "role": "PREFECT", "departmentCode": "13", "until": "2010-03-09" })), invalid("until"));
    let unknown =
        grant(&administrator, "grantRole", json!({ "username": "personne", "role": "PREFECT", "departmentCode": "13" }));
    assert_eq!(unknown.code(), "NOT_FOUND");
}

#[test]
fn taking_a_grant_away_acts_on_the_next_request() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let input = json!({ "username": "prefecture-13", "role": "PREFECTURE", "departmentCode": "13" });
    let sees = || prefecture.ask("{ plan(departmentCode: \"13\") { id } }").body.pointer("/data/plan/id").is_some();
    assert!(sees());
    assert_eq!(grant(&app.administrator(), "grantRole", input.clone()).code(), "CONFLICT");
    let after = grant(&app.administrator(), "revokeRole", input.clone());
    assert_eq!(after.at("/revokeRole/grants"), &json!([]));
    assert!(!sees());
    assert_eq!(grant(&app.administrator(), "revokeRole", input.clone()).code(), "NOT_FOUND");
    grant(&app.administrator(), "grantRole", input).data();
    assert!(sees());
}

#[test]
fn a_grant_ends_after_its_last_day() {
    let app = App::start();
    app.user("interim-13", "PREFECT", json!({ "departmentCode": "13", "until": "2010-03-11" }));
    let grants = |app: &App| {
        let client = app.user("interim-13", "", json!({}));
        client.ask("{ viewer { grants { role until } } }").at("/viewer/grants").clone()
    };
    assert_eq!(grants(&app), json!([{ "role": "PREFECT", "until": "2010-03-11" }]));
    app.set_day("2010-03-11");
    assert_eq!(grants(&app), json!([{ "role": "PREFECT", "until": "2010-03-11" }]));
    app.set_day("2010-03-12");
    assert_eq!(grants(&app), json!([]));
}

#[test]
fn the_last_administrator_stays() {
    let app = App::start();
    let administrator = app.administrator();
    let disable = "mutation { disableUser(username: \"administrateur\") { disabled } }";
    let revoke = json!({ "username": "administrateur", "role": "ADMINISTRATOR" });
    assert_eq!(administrator.ask(disable).code(), "CONFLICT");
    assert_eq!(grant(&administrator, "revokeRole", revoke.clone()).code(), "CONFLICT");
    // One whose grant will end does not count.
    app.user("passager", "ADMINISTRATOR", json!({ "until": "2010-12-31" }));
    assert_eq!(administrator.ask(disable).code(), "CONFLICT");
    app.user("successeur", "ADMINISTRATOR", json!({}));
    grant(&administrator, "revokeRole", revoke).data();
    assert_eq!(administrator.ask("{ users { totalCount } }").code(), "FORBIDDEN");
}

#[test]
fn accounts_are_listed_page_by_page_with_their_grants_in_a_fixed_number_of_statements() {
    let app = App::start();
    for department in ["13", "75", "93"] {
        app.prefecture(department);
    }
    let administrator = app.administrator();
    let query = "query($n: Int!, $a: String) { users(first: $n, after: $a) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id username grants { role department { code } } } } }";
    let first = administrator.run(query, json!({ "n": 3 }));
    assert_eq!(first.at("/users/totalCount"), &json!(4));
    let names = |answer: &Answer| -> Vec<String> {
        let nodes = answer.at("/users/nodes").as_array().expect("a list").clone();
        nodes.iter().map(|node| node["username"].as_str().unwrap_or("").to_owned()).collect()
    };
    assert_eq!(names(&first), ["administrateur", "prefecture-13", "prefecture-75"]);
    let rest = administrator.run(query, json!({ "n": 3, "a": first.text("/users/pageInfo/endCursor") }));
    assert_eq!(names(&rest), ["prefecture-93"]);
    assert_eq!(rest.at("/users/pageInfo/hasNextPage"), &json!(false));
    let (_, few) = app.statements(|| administrator.run(query, json!({ "n": 1 })));
    let (_, many) = app.statements(|| administrator.run(query, json!({ "n": 4 })));
    assert_eq!(few, many);
    let id = first.text("/users/nodes/1/id");
    let node = |by: &Client| by.run("query($id: ID!) { node(id: $id) { ... on User { username } } }", json!({ "id": id }));
    assert_eq!(node(&administrator).text("/node/username"), "prefecture-13");
    assert_eq!(node(&app.prefecture("13")).at("/node"), &Value::Null);
}

#[test]
fn a_machine_reads_with_its_token_until_it_is_revoked() {
    let app = App::start();
    let administrator = app.administrator();
    let issued = issue(&administrator, "AUDITOR", "2010-06-01T00:00:00Z");
    let machine = app.bearing(&issued.text("/issueToken/token"));
    let viewer = machine.ask("{ viewer { username displayName grants { role } } }");
    assert_eq!(viewer.text("/viewer/displayName"), "Tableau national");
    assert_eq!(viewer.text("/viewer/grants/0/role"), "AUDITOR");
    assert!(viewer.text("/viewer/username").starts_with("token:"));
    assert_eq!(create(&machine, "intrus", PASSWORD).code(), "FORBIDDEN");
    let listed = administrator.ask("{ apiTokens { totalCount nodes { id label revoked } } }");
    assert_eq!(listed.at("/apiTokens/totalCount"), &json!(1));
    assert!(!listed.body.to_string().contains(machine.token().unwrap_or("-")));
    let revoke = "mutation($id: ID!) { revokeToken(id: $id) { revoked } }";
    let id = issued.text("/issueToken/apiToken/id");
    assert_eq!(administrator.run(revoke, json!({ "id": id })).at("/revokeToken/revoked"), &json!(true));
    assert_eq!(machine.ask("{ viewer { username } }").code(), "UNAUTHENTICATED");
    assert_eq!(administrator.run(revoke, json!({ "id": "nonsense" })).code(), "NOT_FOUND");
}

#[test]
fn machines_have_roles_that_only_read_and_a_year_at_most() {
    let app = App::start();
    let administrator = app.administrator();
    for role in ["PREFECTURE", "ADMINISTRATOR", "NATIONAL_SECRETARIAT", "POLICE"] {
        assert_eq!(issue(&administrator, role, "2010-06-01T00:00:00Z").field(), "role");
    }
    assert_eq!(issue(&administrator, "DASHBOARD", "2010-03-10T08:00:00Z").field(), "expiresAt");
    assert_eq!(issue(&administrator, "DASHBOARD", "2011-04-01T00:00:00Z").field(), "expiresAt");
    let issued = issue(&administrator, "DASHBOARD", "2010-03-10T09:00:00Z");
    let machine = app.bearing(&issued.text("/issueToken/token"));
    machine.ask("{ viewer { username } }").data();
    app.office.clock.set(app.office.clock.now() + TimeDelta::hours(1));
    assert_eq!(machine.ask("{ viewer { username } }").code(), "UNAUTHENTICATED");
}

#[test]
fn authentication_costs_one_statement() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let question = "{ viewer { username grants { role department { code } } } }";
    let (_, nobody) = app.statements(|| app.anonymous().ask(question).data().clone());
    let (_, somebody) = app.statements(|| prefecture.ask(question).data().clone());
    assert_eq!(somebody, nobody + 1);
}
