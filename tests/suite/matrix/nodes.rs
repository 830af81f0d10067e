//! By whom each kind of node is found by its id, in department 13 and in 93. A node that somebody does not see does not
//! exist.

use serde_json::json;

use super::world::{DAY, Place, in_force, listed_and_published, with_drafts};
use super::{WHO, compare, everybody, none, refusal, schema_names};
use crate::harness::{App, Client};

/// The columns and cells of [`reads`](super::reads). The sector and the objective are those of the plan in force that
/// concern the listed school, which the education service sees.
#[rustfmt::skip] // One line for each row: it is a table.
const TABLE: &[(&str, &str, &str)] = &[
    // kind             in 13                                          in 93
    ("DefenceZone",     "y y y y y y y y y  y y y y y y y  U",         "y y y y y y y y y  y y y y y y y  U"),
    ("Region",          "y y y y y y y y y  y y y y y y y  U",         "y y y y y y y y y  y y y y y y y  U"),
    ("Parquet",         "y y y y y y y y y  y y y y y y y  U",         "y y y y y y y y y  y y y y y y y  U"),
    ("Department",      "y y y y y y y y y  y y y y y y y  U",         "y y y y y y y y y  y y y y y y y  U"),
    ("Plan",            "y y y y y y y y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("PlanRevision",    "y y y y y y y y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("Sector",          "y y y y y y y y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("Objective",       "y y y y y y y y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("School",          "y y y y y y y y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("Meeting",         "y y y y y y y F F  F F F F F F F  U",         "- - - - - - - F F  F F F F F F F  U"),
    ("Measure",         "y y y y y y - F F  F F F F F F F  U",         "- - - - - - - F F  F F F F F F F  U"),
    ("Indicator",       "y y y y y y y y y  y y y y y y y  U",         "y y y y y y y y y  y y y y y y y  U"),
    ("Publication",     "y y y y y y y y y  y y y y y y y  U",         "y y y y y y y y y  y y y y y y y  U"),
    ("User",            "- - - - - - - - -  - - - - - - y  U",         "- - - - - - - - -  - - - - - - y  U"),
    ("ApiToken",        "- - - - - - - - -  - - - - - - y  U",         "- - - - - - - - -  - - - - - - y  U"),
    ("AuditEntry",      "y y - - - - - y -  - - - - - y -  U",         "- - - - - - - - -  - - - - - y -  U"),
];

/// The id of a node of that kind, as somebody finds it who sees it.
fn id(app: &App, place: &Place, kind: &str) -> String {
    let code = place.code;
    let administrator = app.administrator();
    let (by, query, pointer) = match kind {
        "DefenceZone" => {
            (app.prefecture(code), format!("department(code: {code:?}) {{ defenceZone {{ id }} }}"), "/department/defenceZone/id")
        }
        "Region" => (app.prefecture(code), format!("department(code: {code:?}) {{ region {{ id }} }}"), "/department/region/id"),
        "Parquet" => {
            (app.prefecture(code), format!("department(code: {code:?}) {{ parquets {{ id }} }}"), "/department/parquets/0/id")
        }
        "Department" => (app.prefecture(code), format!("department(code: {code:?}) {{ id }}"), "/department/id"),
        "Plan" => (app.prefecture(code), format!("plan(departmentCode: {code:?}) {{ id }}"), "/plan/id"),
        "PlanRevision" => {
            (app.prefecture(code), format!("plan(departmentCode: {code:?}) {{ current {{ id }} }}"), "/plan/current/id")
        }
        "Sector" => (
            app.prefecture(code),
            format!("plan(departmentCode: {code:?}) {{ current {{ sectors(first: 1) {{ nodes {{ id }} }} }} }}"),
            "/plan/current/sectors/nodes/0/id",
        ),
        "Objective" => (
            app.prefecture(code),
            format!("plan(departmentCode: {code:?}) {{ current {{ objectives(axis: DETERRENCE) {{ id }} }} }}"),
            "/plan/current/objectives/0/id",
        ),
        "School" => (
            app.prefecture(code),
            format!("schools(departmentCode: {code:?}, listed: true) {{ nodes {{ id }} }}"),
            "/schools/nodes/0/id",
        ),
        "Meeting" => return place.meeting.clone(),
        "Measure" => return place.measures["POLICE"].clone(),
        "Indicator" => (app.prefecture(code), "indicators { id }".to_owned(), "/indicators/0/id"),
        "Publication" => (app.prefecture(code), "publications(first: 1) { nodes { id } }".to_owned(), "/publications/nodes/0/id"),
        "User" => (administrator, "users(first: 1) { nodes { id } }".to_owned(), "/users/nodes/0/id"),
        "ApiToken" => (administrator, "apiTokens(first: 1) { nodes { id } }".to_owned(), "/apiTokens/nodes/0/id"),
        "AuditEntry" => (
            app.prefecture(code),
            format!("auditEntries(departmentCode: {code:?}, first: 1) {{ nodes {{ id }} }}"),
            "/auditEntries/nodes/0/id",
        ),
        other => panic!("no node of kind {other}"),
    };
    by.ask(&format!("{{ {query} }}")).text(pointer)
}

fn found(by: &Client, id: &str, kind: &str) -> String {
    let answer = by.run("query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": id }));
    if let Some(refused) = refusal(&answer) {
        return refused;
    }
    let node = answer.at("/node");
    if node.is_null() {
        return "-".to_owned();
    }
    if node["__typename"] == kind && node["id"] == id { "y".to_owned() } else { node.to_string() }
}

#[test]
fn each_kind_of_node_is_found_by_those_who_may_read_it_and_exists_for_nobody_else() {
    let app = App::on(DAY);
    let everybody = everybody(&app);
    let mut places = in_force(&app);
    with_drafts(&app, &mut places);
    listed_and_published(&app, &places);
    app.administrator()
        .ask("mutation { issueToken(input: { label: \"Tableau\", role: DASHBOARD, expiresAt: \"2010-06-01T00:00:00Z\" }) { token } }")
        .data();

    let mut faults = Vec::new();
    let kinds = schema_names(&app, "{ __type(name: \"Node\") { possibleTypes { name } } }", "/__type/possibleTypes");
    for kind in kinds.iter().filter(|kind| !TABLE.iter().any(|(row, ..)| row == kind)) {
        faults.push(format!("{kind}: a kind of node without a row in this table"));
    }
    for (kind, here, there) in TABLE {
        assert!(kinds.contains(*kind), "{kind} is no kind of node any more");
        for (place, due) in places.iter().zip([here, there]) {
            assert_eq!(everybody.len(), WHO.len());
            let id = id(&app, place, kind);
            let got: Vec<String> = everybody.iter().map(|by| found(by, &id, kind)).collect();
            compare(&format!("{kind}, {}", place.code), &due.split_whitespace().collect::<Vec<_>>(), &got, &mut faults);
        }
    }
    none(&faults);
}
