//! Meetings through the public API: recorded once, completed by the services, seen by whom it concerns.

use palts::graphql::Settings;
use serde_json::{Value, json};

use crate::harness::plans::{Revision, meeting, recorder};
use crate::harness::{Answer, App, Client, Setup};

const WHOLE: &str = "{ id kind heldOn fortnight attendance minutes decisions { text owner dueOn state }
    measures { totalCount nodes { indicator { code } sector { code } sectorCode service fortnight value meeting { id } history { value } } } }";

fn record(by: &Client, input: Value) -> Answer {
    by.run(&format!("mutation($i: RecordMeetingInput!) {{ recordMeeting(input: $i) {WHOLE} }}"), json!({ "i": input }))
}

fn add(by: &Client, id: &str, measures: Value) -> Answer {
    by.run(
        "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id measures { totalCount } } }",
        json!({ "i": { "meetingId": id, "measures": measures } }),
    )
}

fn input(day: &str) -> Value {
    json!({
        "departmentCode": "13", "heldOn": day, "attendance": ["POLICE", "PREFECTURE", "POLICE"], "minutes": " Compte rendu. ",
        "decisions": [{ "text": "Renforcer la présence.", "owner": "POLICE", "dueOn": "2010-04-01" }],
        "measures": [{ "indicator": "CANNABIS_KG", "service": "CUSTOMS", "value": 12.5 }],
    })
}

#[test]
fn a_meeting_is_recorded_with_its_decisions_and_figures() {
    let app = App::start();
    let by = app.prefecture("13");
    let answer = record(&by, input("2010-03-03"));
    let recorded = answer.at("/recordMeeting");
    assert_eq!(recorded["kind"], "PLENARY");
    assert_eq!(recorded["fortnight"], "2010-03-1");
    assert_eq!(recorded["attendance"], json!(["POLICE", "PREFECTURE"]));
    assert_eq!(recorded["minutes"], "Compte rendu.");
    assert_eq!(
        recorded["decisions"],
        json!([{ "text": "Renforcer la présence.", "owner": "POLICE", "dueOn": "2010-04-01", "state": "OPEN" }])
    );
    let measure = &recorded["measures"]["nodes"][0];
    assert_eq!(measure["value"], 12.5);
    assert_eq!(measure["sector"], Value::Null);
    assert_eq!(measure["meeting"]["id"], recorded["id"]);
    let id = recorded["id"].as_str().expect("an id");
    let node = by.run(&format!("query($id: ID!) {{ node(id: $id) {{ ... on Meeting {WHOLE} }} }}"), json!({ "id": id }));
    assert_eq!(node.at("/node"), recorded);
}

#[test]
fn a_meeting_of_the_future_or_elsewhere_is_refused() {
    let app = App::on("2010-03-10");
    let by = app.prefecture("13");
    assert_eq!(record(&by, input("2010-03-11")).field(), "heldOn");
    record(&by, input("2010-03-10")).data();
    assert_eq!(record(&app.police("13"), input("2010-03-03")).code(), "FORBIDDEN");
    assert_eq!(record(&app.prefecture("93"), input("2010-03-03")).code(), "NOT_FOUND");
    assert_eq!(record(&app.anonymous(), input("2010-03-03")).code(), "UNAUTHENTICATED");
    let mut many = input("2010-03-03");
    many["decisions"] = json!(vec![json!({ "text": "Encore." }); 101]);
    assert_eq!(record(&by, many).field(), "decisions");
}

#[test]
fn the_same_request_sent_again_records_nothing_twice() {
    let app = App::start();
    let by = app.prefecture("13");
    let mut keyed = input("2010-03-03");
    keyed["idempotencyKey"] = json!("cle-1");
    let first = record(&by, keyed.clone());
    let again = record(&by, keyed.clone());
    assert_eq!(again.data(), first.data());
    let count = by.ask("{ department(code: \"13\") { meetings { totalCount nodes { measures { totalCount } } } } }");
    assert_eq!(count.at("/department/meetings"), &json!({ "totalCount": 1, "nodes": [{ "measures": { "totalCount": 1 } }] }));
    keyed["minutes"] = json!("Un autre compte rendu.");
    assert_eq!(record(&by, keyed.clone()).code(), "CONFLICT");
    // The key is the user's own: another user may have the same.
    keyed["departmentCode"] = json!("93");
    record(&app.prefecture("93"), keyed).data();
}

#[test]
fn services_add_their_figures_for_the_meetings_fortnight_or_the_one_before() {
    let app = App::start();
    let id = meeting(&app.prefecture("13"), "13", "2010-03-03", json!([]));
    let police = app.police("13");
    let of =
        |fortnight: Option<&str>| json!([{ "indicator": "OPS_CP", "service": "POLICE", "value": 2, "fortnight": fortnight }]);
    assert_eq!(add(&police, &id, of(None)).at("/recordMeasures/measures/totalCount"), 1);
    assert_eq!(add(&police, &id, of(Some("2010-02-2"))).at("/recordMeasures/measures/totalCount"), 2);
    for wrong in ["2010-02-1", "2010-03-2"] {
        assert_eq!(add(&police, &id, of(Some(wrong))).field(), "measures[0].fortnight");
    }
    assert_eq!(add(&police, &id, json!([])).field(), "measures");
    assert_eq!(add(&app.police("93"), &id, of(None)).code(), "NOT_FOUND");
    assert_eq!(add(&app.prefect("13"), &id, of(None)).code(), "FORBIDDEN");
}

#[test]
fn meetings_are_listed_newest_first_page_by_page_and_period_by_period() {
    let app = App::on("2010-07-10");
    let by = app.prefecture("13");
    for day in ["2010-03-03", "2010-03-17", "2010-03-17", "2010-06-30", "2010-07-02"] {
        meeting(&by, "13", day, json!([]));
    }
    let page = |after: Option<&str>| {
        by.run(
            "query($a: String) { department(code: \"13\") { meetings(first: 2, after: $a) {
                totalCount pageInfo { hasNextPage endCursor } nodes { heldOn } } } }",
            json!({ "a": after }),
        )
    };
    let first = page(None);
    assert_eq!(first.at("/department/meetings/totalCount"), 5);
    assert_eq!(first.at("/department/meetings/nodes"), &json!([{ "heldOn": "2010-07-02" }, { "heldOn": "2010-06-30" }]));
    let second = page(Some(&first.text("/department/meetings/pageInfo/endCursor")));
    assert_eq!(second.at("/department/meetings/nodes"), &json!([{ "heldOn": "2010-03-17" }, { "heldOn": "2010-03-17" }]));
    let last = page(Some(&second.text("/department/meetings/pageInfo/endCursor")));
    assert_eq!(last.at("/department/meetings/nodes"), &json!([{ "heldOn": "2010-03-03" }]));
    assert_eq!(last.at("/department/meetings/pageInfo/hasNextPage"), false);
    assert_eq!(page(Some("bm9uc2Vuc2U")).field(), "after");
    let of = |period: &str| {
        let query = "query($p: Period) { department(code: \"13\") { meetings(period: $p) { totalCount } } }";
        by.run(query, json!({ "p": period })).at("/department/meetings/totalCount").clone()
    };
    assert_eq!((of("2010-S1"), of("2010-Q3"), of("2010-03-2"), of("2009")), (json!(4), json!(1), json!(2), json!(0)));
}

#[test]
fn the_education_service_sees_when_a_meeting_was_and_its_own_figures() {
    let app = App::start();
    let id = meeting(
        &app.prefecture("13"),
        "13",
        "2010-03-03",
        json!([{ "indicator": "CANNABIS_KG", "service": "CUSTOMS", "value": 1 }]),
    );
    let education = app.education("13");
    let own = json!([{ "indicator": "REUNIONS_ECOLE", "service": "EDUCATION", "value": 4 }]);
    assert_eq!(add(&education, &id, own).at("/recordMeasures/measures/totalCount"), 1);
    let seen = education.ask(
        "{ department(code: \"13\") { meetings { nodes { id kind heldOn fortnight department { code }
            measures { totalCount nodes { value indicator { code } } } } } } }",
    );
    let node = seen.at("/department/meetings/nodes/0");
    assert_eq!(
        node["measures"],
        json!({ "totalCount": 1, "nodes": [{ "value": 4.0, "indicator": { "code": "REUNIONS_ECOLE" } }] })
    );
    for field in ["minutes", "attendance", "decisions { text }"] {
        let query = format!("{{ department(code: \"13\") {{ meetings {{ nodes {{ {field} }} }} }} }}");
        assert_eq!(education.ask(&query).code(), "FORBIDDEN", "{field}");
    }
    let custom =
        app.prefecture("13").ask("{ department(code: \"13\") { meetings { nodes { measures { nodes { id service } } } } } }");
    let nodes = custom.at("/department/meetings/nodes/0/measures/nodes").as_array().expect("a list").clone();
    let of = |service: &str| nodes.iter().find(|node| node["service"] == service).expect("one")["id"].clone();
    let node = |id: Value| education.run("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).at("/node").clone();
    assert_eq!(node(of("CUSTOMS")), Value::Null);
    assert_ne!(node(of("EDUCATION")), Value::Null);
}

#[test]
fn meetings_are_for_those_of_the_department() {
    let app = App::start();
    let id = meeting(&app.prefecture("13"), "13", "2010-03-03", json!([]));
    let list = "{ department(code: \"13\") { meetings { totalCount } } }";
    for by in [app.prefect("13"), app.prosecutor("13"), app.police("13"), app.gendarmerie("13")] {
        assert_eq!(by.ask(list).at("/department/meetings/totalCount"), 1);
    }
    for by in [app.zone_prefect("SUD"), app.secretariat(), app.auditor("13")] {
        assert_eq!(by.ask(list).code(), "FORBIDDEN", "{}", by.username);
    }
    let node = "query($id: ID!) { node(id: $id) { id } }";
    let elsewhere = app.prefecture("93");
    assert_eq!(elsewhere.ask(list).at("/department/meetings/totalCount"), 0);
    assert_eq!(elsewhere.run(node, json!({ "id": id })).at("/node"), &Value::Null);
}

#[test]
fn a_meeting_costs_as_many_statements_with_twenty_figures_as_with_two() {
    // Nothing is remembered from one reading to the next.
    let limits = Settings { remembers: false, max_cost: 1_000_000, ..Settings::default() };
    let app = App::with(Setup { day: Some("2010-06-30"), limits, ..Setup::default() });
    let by = app.prefecture("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    app.grant("prefecture-13", "POLICE", json!({ "departmentCode": "13" }));
    let measures = |count: usize| {
        let indicators = ["OPS_CP", "POINTS_DEAL", "ILS_TOTAL", "EFFECTIF_MAX", "PHYSIONOMIE", "ARMES", "GAV_ILS"];
        let of = |index: usize| {
            let sector = [json!("S1"), json!("S2"), json!(null)][index / indicators.len()].clone();
            json!({ "indicator": indicators[index % indicators.len()], "service": "POLICE", "sectorCode": sector, "value": index })
        };
        Value::Array((0..count).map(of).collect())
    };
    let cost = |day: &str, count: usize| {
        let mut input = input(day);
        input["measures"] = measures(count);
        let (answer, statements) = app.statements(|| record(&by, input));
        answer.data();
        statements
    };
    cost("2010-03-03", 5);
    assert_eq!(cost("2010-03-17", 2), cost("2010-04-03", 20));
    let read = |first: i32| {
        let query = format!("query($n: Int) {{ departments {{ meetings(first: $n) {{ nodes {WHOLE} }} }} }}");
        let (answer, statements) = app.statements(|| by.run(&query, json!({ "n": first })));
        answer.data();
        statements
    };
    // Revisions in force, which never change, are.
    read(2);
    assert_eq!(read(1), read(3));
}

#[test]
fn a_figure_that_is_there_already_keeps_nothing_of_the_meeting_that_brings_it_again() {
    let app = App::on("2010-06-30");
    let by = recorder(&app, "13");
    let figure = |indicator: &str| json!({ "indicator": indicator, "service": "POLICE", "value": 3.0 });
    meeting(&by, "13", "2010-03-03", json!([figure("ILS_TOTAL")]));
    let mut again = input("2010-03-04");
    again["measures"] = json!([figure("ARMES"), figure("ILS_TOTAL")]);
    let refused = record(&by, again);
    assert_eq!(refused.code(), "CONFLICT");
    assert!(refused.body.to_string().contains("measures[1]"), "{}", refused.body);
    let kept = by.ask(
        r#"{ department(code: "13") { meetings { totalCount } }
            rollup(indicator: "ARMES", period: "2010-S1", axis: DEPARTMENT, departmentCode: "13") { total { value } } }"#,
    );
    assert_eq!((kept.at("/department/meetings/totalCount"), kept.at("/rollup/total/value")), (&json!(1), &Value::Null));
}

#[test]
fn a_cursor_of_a_day_that_no_meeting_can_be_of_is_invalid() {
    let app = App::start();
    // "-5000-01-01:1": a day that PostgreSQL does not know.
    let query = r#"{ department(code: "13") { meetings(after: "LTUwMDAtMDEtMDE6MQ") { totalCount nodes { id } } } }"#;
    assert_eq!(app.prefecture("13").ask(query).field(), "after");
}
