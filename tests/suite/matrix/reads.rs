//! What each role reads, in department 13 and in 93.

use std::collections::BTreeSet;

use serde_json::Value;

use super::world::{DAY, Place, SERVICES, in_force, listed_and_published, with_drafts};
use super::{WHO, compare, everybody, none, refusal, without_a_row};
use crate::harness::plans::Revision;
use crate::harness::{Answer, App, Client, PASSWORD};

/// The columns, in the order of `WHO`: préfecture, préfet, parquets, police, gendarmerie, education, auditor and zone of department 13; police,
/// gendarmerie, secretariat, OCRTIS, dashboard, auditor and administrator of the nation; nobody.
///
/// `y` reads it, `o` reads some of it only, `-` finds nothing (null, an empty list or NOT_FOUND), `F` FORBIDDEN, `U` UNAUTHENTICATED.
#[rustfmt::skip] // One line for each row: it is a table.
const TABLE: &[(&str, &str, &str)] = &[
    // what                  in 13                                          in 93
    ("plan in force",        "y y y y y y y y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("diagnosis in force",   "y y y y y y F y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("pending plan",         "y y y y y y y y -  - - - - F - F  U",         "- - - - - - - - -  - - - - F - F  U"),
    ("draft by id",          "y y y y y y y y -  - - - - F - F  U",         "- - - - - - - - -  - - - - F - F  U"),
    ("draft's diagnosis",    "y y y y y y F y -  - - - - F - F  U",         "- - - - - - - - -  - - - - F - F  U"),
    ("its contributions",    "y y y y y y o y -  - - - - F - F  U",         "- - - - - - - - -  - - - - F - F  U"),
    ("draft's sectors",      "y y y y y y F y -  - - - - F - F  U",         "- - - - - - - - -  - - - - F - F  U"),
    ("draft's checks",       "y y y y y y F y -  - - - - F - F  U",         "- - - - - - - - -  - - - - F - F  U"),
    ("returned revision",    "y y y y y y - y -  - - y - F y F  U",         "- - - - - - - - -  - - y - F y F  U"),
    ("sectors",              "y y y y y y F y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("schools",              "y y y y y y o y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("sensitive schools",    "y y y y y y y y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("meetings held",        "y y y y y y y F F  F F F F F F F  U",         "- - - - - - - - -  F F F F F F F  U"),
    ("meetings' minutes",    "y y y y y y F F F  F F F F F F F  U",         "- - - - - - - - -  F F F F F F F  U"),
    ("measures",             "y y y y y y o F F  F F F F F F F  U",         "- - - - - - - - -  F F F F F F F  U"),
    ("department's rollup",  "y y y y y y F y y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("its zone's rollup",    "F F F F F F F F y  y y y y F y F  U",         "- - - - - - - - -  y y y y F y F  U"),
    ("compliance",           "y y y y y y F y F  F F y F F y F  U",         "- - - - - - - - -  F F y F F y F  U"),
    ("department's audit",   "y y F F F F F y F  F F F F F y F  U",         "- - - - - - - - -  F F F F F y F  U"),
];

/// The same for what is no department's. Live figures of the nation are not published: whoever reads publications only finds none.
#[rustfmt::skip]
const NATION: &[(&str, &str)] = &[
    ("nation's rollup",      "F F F F F F - F F  y y y y - y -  U"),
    ("published rollup",     "y y y y y y y y y  y y y y y y y  U"),
    ("viewer",               "y y y y y y y y y  y y y y y y y  -"),
    ("departments",          "y y y y y y y y y  y y y y y y y  U"),
    ("regions",              "y y y y y y y y y  y y y y y y y  U"),
    ("defence zones",        "y y y y y y y y y  y y y y y y y  U"),
    ("indicators",           "y y y y y y y y y  y y y y y y y  U"),
    ("nation's series",      "F F F F F F - F F  y y y y - y -  U"),
    ("publications",         "y y y y y y y y y  y y y y y y y  U"),
    ("national overview",    "F F F F F F F F F  F F y F F y F  U"),
    ("accounts",             "F F F F F F F F F  F F F F F F y  U"),
    ("others' sessions",     "F F F F F F F F F  F F F F F F y  U"),
    ("tokens",               "F F F F F F F F F  F F F F F F y  U"),
    ("audit of publishing",  "- - F F F F F - F  F F y F F y -  U"),
    ("audit of accounts",    "- - F F F F F - F  F F - F F y y  U"),
];

/// The question of a row, where its answer lies, and how much there is to see.
fn question(row: &str, place: &Place, returned: &Revision) -> (String, &'static str, usize) {
    let (code, draft, returned) = (place.code, &place.revision.id, &returned.id);
    let (query, pointer, whole) = match row {
        "plan in force" => (format!("plan(departmentCode: {code:?}) {{ current {{ number }} }}"), "/plan/current", 1),
        "diagnosis in force" => {
            (format!("plan(departmentCode: {code:?}) {{ current {{ diagnosis }} }}"), "/plan/current/diagnosis", 1)
        }
        "pending plan" => (format!("plan(departmentCode: {code:?}) {{ pending {{ number }} }}"), "/plan/pending", 1),
        "draft by id" => (format!("planRevision(id: {draft:?}) {{ number }}"), "/planRevision", 1),
        "draft's diagnosis" => (format!("planRevision(id: {draft:?}) {{ diagnosis }}"), "/planRevision/diagnosis", 1),
        "its contributions" => {
            (format!("planRevision(id: {draft:?}) {{ contributions {{ service }} }}"), "/planRevision/contributions", 4)
        }
        "draft's sectors" => {
            (format!("planRevision(id: {draft:?}) {{ sectors {{ nodes {{ code }} }} }}"), "/planRevision/sectors/nodes", 2)
        }
        "draft's checks" => (format!("planRevision(id: {draft:?}) {{ checks {{ code }} }}"), "/planRevision/checks", 1),
        "returned revision" => (format!("planRevision(id: {returned:?}) {{ number }}"), "/planRevision", 1),
        "sectors" => (format!("sectors(departmentCode: {code:?}) {{ nodes {{ code }} }}"), "/sectors/nodes", 2),
        "schools" => (format!("schools(departmentCode: {code:?}) {{ nodes {{ uai }} }}"), "/schools/nodes", 2),
        "sensitive schools" => {
            ("nationalList(list: SENSITIVE_SCHOOLS) { uai department { code } }".to_owned(), "/nationalList", 1)
        }
        "meetings held" => {
            let query = format!("department(code: {code:?}) {{ meetings {{ nodes {{ heldOn }} }} }}");
            (query, "/department/meetings/nodes", 1)
        }
        "meetings' minutes" => {
            let query = format!("department(code: {code:?}) {{ meetings {{ nodes {{ minutes }} }} }}");
            (query, "/department/meetings/nodes", 1)
        }
        "measures" => {
            let query = format!("department(code: {code:?}) {{ meetings {{ nodes {{ measures {{ nodes {{ value }} }} }} }} }}");
            (query, "/department/meetings/nodes/0/measures/nodes", SERVICES.len())
        }
        "department's rollup" => (rollup("2010-02", "SERVICE", Some(code)), "/rollup/total", 1),
        "its zone's rollup" => (rollup("2010-02", "DEFENCE_ZONE", Some(code)), "/rollup/total", 1),
        "compliance" => (
            format!("department(code: {code:?}) {{ compliance(semester: \"2010-S1\") {{ semester }} }}"),
            "/department/compliance",
            1,
        ),
        "department's audit" => {
            (format!("auditEntries(departmentCode: {code:?}, first: 1) {{ nodes {{ act }} }}"), "/auditEntries/nodes", 1)
        }
        "viewer" => ("viewer { username }".to_owned(), "/viewer", 1),
        "departments" => ("departments { code }".to_owned(), "/departments", 101),
        "regions" => ("regions { code }".to_owned(), "/regions", 18),
        "defence zones" => ("defenceZones { code }".to_owned(), "/defenceZones", 12),
        "indicators" => ("indicators { code }".to_owned(), "/indicators", 1),
        "nation's series" => {
            let query =
                "rollupSeries(indicator: \"ESSAI_A\", axis: NATIONAL, from: \"2010-02\", until: \"2010-02\") { total { key } }";
            (query.to_owned(), "/rollupSeries", 1)
        }
        "nation's rollup" => (rollup("2010-02", "NATIONAL", None), "/rollup/total", 1),
        "published rollup" => (rollup("2010-Q1", "NATIONAL", None), "/rollup/total", 1),
        "publications" => ("publications { nodes { period } }".to_owned(), "/publications/nodes", 1),
        "national overview" => ("nationalOverview(semester: \"2010-S1\") { semester }".to_owned(), "/nationalOverview", 1),
        "accounts" => ("users { nodes { username } }".to_owned(), "/users/nodes", 1),
        "others' sessions" => ("users { nodes { sessions { id } } }".to_owned(), "/users/nodes/0/sessions", 1),
        "tokens" => ("apiTokens { nodes { id } }".to_owned(), "/apiTokens/nodes", 1),
        other => panic!("no question for {other}"),
    };
    (format!("{{ {query} }}"), pointer, whole)
}

fn rollup(period: &str, axis: &str, department: Option<&str>) -> String {
    let department = department.map(|code| format!(", departmentCode: {code:?}")).unwrap_or_default();
    format!("rollup(indicator: \"ESSAI_A\", period: {period:?}, axis: {axis}{department}) {{ total {{ key }} }}")
}

/// What somebody got of it.
fn cell(by: &Client, place: &Place, (query, pointer, whole): &(String, &'static str, usize)) -> String {
    let answer = by.ask(query);
    if let Some(refused) = refusal(&answer) {
        return refused;
    }
    let seen = match answer.at("").pointer(pointer) {
        None | Some(Value::Null) => 0,
        Some(Value::Array(all)) => {
            all.iter().filter(|one| one["department"].is_null() || one["department"]["code"] == place.code).count()
        }
        Some(_) => 1,
    };
    match seen {
        0 => "-",
        some if some < *whole => "o",
        _ => "y",
    }
    .to_owned()
}

/// Whether an act of the log is seen, on any page of it.
fn finds(by: &Client, act: &str) -> String {
    let (mut acts, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let query =
            "query($a: String) { auditEntries(first: 500, after: $a) { nodes { act } pageInfo { hasNextPage endCursor } } }";
        let answer = by.run(query, serde_json::json!({ "a": after }));
        if let Some(refused) = refusal(&answer) {
            return refused;
        }
        let page = answer.at("/auditEntries");
        acts.extend(page["nodes"].as_array().expect("entries").iter().map(|entry| entry["act"].to_string()));
        if page["pageInfo"]["hasNextPage"] != true {
            return if acts.contains(&format!("{act:?}")) { "y" } else { "-" }.to_owned();
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[test]
fn each_role_reads_what_the_policy_grants_in_its_territory() {
    let app = App::on(DAY);
    let everybody = everybody(&app);
    let mut places = in_force(&app);
    let returned = with_drafts(&app, &mut places);
    listed_and_published(&app, &places);
    app.administrator()
        .ask("mutation { issueToken(input: { label: \"Tableau\", role: DASHBOARD, expiresAt: \"2010-06-01T00:00:00Z\" }) { token } }")
        .data();

    let mut faults = Vec::new();
    let rows = NATION.iter().map(|(row, _)| *row).chain(TABLE.iter().map(|(row, ..)| *row));
    let asked = rows.map(|row| match row {
        "audit of publishing" | "audit of accounts" => "auditEntries".to_owned(),
        row => question(row, &places[0], &returned[0])
            .0
            .split(|c: char| !c.is_alphanumeric())
            .find(|word| !word.is_empty())
            .expect("a field")
            .to_owned(),
    });
    // Nodes have a table of their own.
    without_a_row(&app, "Query", &asked.collect(), &["node"], &mut faults);
    let mut walk = |row: &str, due: &str, place: &Place, ask: &dyn Fn(&Client) -> String| {
        assert_eq!(everybody.len(), WHO.len());
        let due: Vec<&str> = due.split_whitespace().collect();
        let got: Vec<String> = everybody.iter().map(ask).collect();
        compare(&format!("{row}, {}", place.code), &due, &got, &mut faults);
    };
    for (row, due) in NATION {
        let act = match *row {
            "audit of publishing" => Some("publishPeriod"),
            "audit of accounts" => Some("createUser"),
            _ => None,
        };
        match act {
            Some(act) => walk(row, due, &places[0], &|by| finds(by, act)),
            None => {
                let question = question(row, &places[0], &returned[0]);
                walk(row, due, &places[0], &|by| cell(by, &places[0], &question));
            }
        }
    }
    for (row, here, there) in TABLE {
        for (index, due) in [here, there].into_iter().enumerate() {
            let question = question(row, &places[index], &returned[index]);
            walk(row, due, &places[index], &|by| cell(by, &places[index], &question));
        }
    }
    lists_have_one_rule(&app, &everybody, &places, &mut faults);
    none(&faults);
}

/// Every list with a total, where it is asked for and where it lies. `WHAT` stands for what is asked of it.
const LISTS: [(&str, &str, &str); 12] = [
    ("Query.sectors", "sectors(departmentCode: CODE) { WHAT }", "/sectors"),
    ("Query.schools", "schools(departmentCode: CODE) { WHAT }", "/schools"),
    ("Query.publications", "publications { WHAT }", "/publications"),
    ("Query.users", "users { WHAT }", "/users"),
    ("Query.apiTokens", "apiTokens { WHAT }", "/apiTokens"),
    ("Query.auditEntries", "auditEntries(departmentCode: CODE) { WHAT }", "/auditEntries"),
    ("Department.schools", "department(code: CODE) { schools { WHAT } }", "/department/schools"),
    ("Department.meetings", "department(code: CODE) { meetings { WHAT } }", "/department/meetings"),
    (
        "Meeting.measures",
        "department(code: CODE) { meetings { nodes { measures { WHAT } } } }",
        "/department/meetings/nodes/0/measures",
    ),
    ("Plan.revisions", "plan(departmentCode: CODE) { revisions { WHAT } }", "/plan/revisions"),
    ("PlanRevision.sectors", "planRevision(id: DRAFT) { sectors { WHAT } }", "/planRevision/sectors"),
    ("Sector.measures", "sectors(departmentCode: CODE) { nodes { measures { WHAT } } }", "/sectors/nodes/0/measures"),
];

/// A list is refused with its total, or neither is: nobody is told that there is nothing where he may not look. Who has
/// no grant is refused every list.
fn lists_have_one_rule(app: &App, everybody: &[Client], places: &[Place], faults: &mut Vec<String>) {
    let types = "{ __schema { types { name fields { name type { name ofType { name } } } } } }";
    let answer = app.secretariat().ask(types);
    for one in answer.at("/__schema/types").as_array().expect("types") {
        for field in one["fields"].as_array().into_iter().flatten() {
            let is_list = [&field["type"]["name"], &field["type"]["ofType"]["name"]]
                .iter()
                .any(|name| name.as_str().is_some_and(|name| name.ends_with("Connection")));
            let name = format!("{}.{}", one["name"].as_str().expect("a name"), field["name"].as_str().expect("a name"));
            if is_list && !LISTS.iter().any(|(known, ..)| *known == name) {
                faults.push(format!("{name}: no row in the table says how it is asked for"));
            }
        }
    }
    let document = "mutation($i: CreateUserInput!) { createUser(input: $i) { id } }";
    let account = serde_json::json!({ "i": { "username": "sans-droits", "displayName": "Sans droits", "password": PASSWORD } });
    app.administrator().run(document, account).data();
    let without = app.bearing(&app.login("sans-droits", PASSWORD).text("/login/accessToken"));
    let who = WHO.iter().copied().chain(["without a grant"]);
    for (name, query, pointer) in LISTS {
        for place in places {
            let query = query.replace("CODE", &format!("{:?}", place.code)).replace("DRAFT", &format!("{:?}", place.revision.id));
            for (by, who) in everybody.iter().chain([&without]).zip(who.clone()) {
                let ask = |what: &str| by.ask(&format!("{{ {} }}", query.replace("WHAT", what)));
                let (total, nodes) = (ask("totalCount"), ask("nodes { __typename }"));
                let (refused, items) = (refusal(&total), refusal(&nodes));
                let seen = |answer: &Answer, end: &str| answer.body["data"].pointer(&format!("{pointer}{end}")).cloned();
                let is_empty = seen(&nodes, "/nodes").is_none_or(|nodes| nodes.as_array().is_none_or(Vec::is_empty));
                let is_none = seen(&total, "/totalCount").is_none_or(|total| total == 0);
                if refused != items || (refused.is_none() && is_none != is_empty) {
                    faults.push(format!(
                        "{name}, {}: {who} gets the total {}, and of the items {}",
                        place.code, total.body, nodes.body
                    ));
                }
                // What is published is for whoever has signed in.
                let is_public = name == "Query.publications";
                if who == "without a grant" && !is_public && refused.as_deref() != Some("F") {
                    faults.push(format!("{name}, {}: {who} is not refused: {}", place.code, total.body));
                }
            }
        }
    }
}
