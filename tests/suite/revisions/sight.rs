//! Who sees which revision, and which steps each viewer is offered.

use serde_json::{Value, json};

use super::{read, remarks, submitted};
use crate::harness::plans::Revision;
use crate::harness::{App, Client};

const PLAN: &str =
    r#"{ plan(departmentCode: "13") { current { number } pending { number } revisions { totalCount nodes { number } } } }"#;

fn sees(by: &Client) -> Value {
    by.ask(PLAN).at("/plan").clone()
}

fn seen(current: Option<i32>, pending: Option<i32>, numbers: &[i32]) -> Value {
    let head = |number: Option<i32>| number.map(|number| json!({ "number": number }));
    let nodes: Vec<Value> = numbers.iter().map(|number| json!({ "number": number })).collect();
    json!({ "current": head(current), "pending": head(pending), "revisions": { "totalCount": numbers.len(), "nodes": nodes } })
}

#[test]
fn each_viewer_sees_the_revisions_of_its_sight() {
    let app = App::start();
    let mut first = Revision::in_force(&app, "13", "2010-S1");
    first.step(&app.secretariat(), "returnRevision", remarks(&["À revoir."]));
    let mut second = Revision::open(&app, "13", "2010-S1");
    second.submit(&app);
    second.sign(&app);
    second.transmit(&app);
    let third = Revision::open(&app, "13", "2010-S1");

    for by in [app.prefecture("13"), app.prefect("13"), app.prosecutor("13"), app.police("13"), app.gendarmerie("13")] {
        assert_eq!(sees(&by), seen(Some(2), Some(3), &[3, 2, 1]));
    }
    for by in [app.secretariat(), app.national("AUDITOR")] {
        assert_eq!(sees(&by), seen(Some(2), None, &[2, 1]));
    }
    assert_eq!(sees(&app.national("OCRTIS")), seen(Some(2), None, &[2]));
    assert_eq!(sees(&app.education("13")), seen(Some(2), Some(3), &[3, 2]));
    for by in [app.prefecture("93"), app.police("93"), app.education("93")] {
        assert_eq!(by.ask(PLAN).at("/plan"), &Value::Null);
        assert_eq!(read(&by, &third, "id").at("/planRevision"), &Value::Null);
    }
    assert_eq!(read(&app.secretariat(), &third, "id").at("/planRevision"), &Value::Null);
    assert_eq!(read(&app.national("OCRTIS"), &first, "id").at("/planRevision"), &Value::Null);
    assert_eq!(app.national("DASHBOARD").ask(PLAN).code(), "FORBIDDEN");
    assert_eq!(app.anonymous().ask(PLAN).code(), "UNAUTHENTICATED");
}

#[test]
fn the_education_service_reads_the_head_and_its_own_contribution_only() {
    let app = App::start();
    let by = app.education("13");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let whole = "contributions { service text datedOn contributedBy }";
    assert_eq!(read(&by, &revision, whole).at("/planRevision/contributions"), &json!([]));
    revision.contribute(&app, &by, "EDUCATION", "Des abords inquiétants.");
    revision.submit(&app);
    let answer = read(&by, &revision, &format!("id number semester status version {whole} availableSteps dueOn plan {{ id }}"));
    let own = json!([{
        "service": "EDUCATION", "text": "Des abords inquiétants.", "datedOn": app.today(), "contributedBy": "education-13",
    }]);
    assert_eq!(answer.at("/planRevision/contributions"), &own);
    for field in [
        "contentHash",
        "diagnosis",
        "uncoveredSchoolsReason",
        "signatures { role }",
        "remarks { text }",
        "checks { code }",
        "changes { against { id } }",
        "steps { step }",
    ] {
        assert_eq!(read(&by, &revision, field).code(), "FORBIDDEN", "{field}");
    }
    // In force or not makes no difference.
    revision.sign(&app);
    revision.transmit(&app);
    assert_eq!(read(&by, &revision, "diagnosis").code(), "FORBIDDEN");
    assert_eq!(read(&by, &revision, whole).at("/planRevision/contributions"), &own);
    let others = read(&app.police("13"), &revision, "diagnosis contributions { service }");
    assert_eq!(others.at("/planRevision/diagnosis"), "Diagnostic partagé du département.");
    assert_eq!(others.at("/planRevision/contributions").as_array().map(Vec::len), Some(4));
}

#[test]
fn whoever_holds_another_grant_there_reads_by_that_one() {
    let app = App::start();
    let revision = submitted(&app, "13");
    app.education("13");
    app.grant("education-13", "POLICE", json!({ "departmentCode": "13" }));
    let answer = read(&app.education("13"), &revision, "diagnosis contributions { service }");
    assert_eq!(answer.at("/planRevision/contributions").as_array().map(Vec::len), Some(3));
}

#[test]
fn steps_are_offered_to_those_who_may_take_them() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let offered =
        |revision: &Revision, by: &Client| read(by, revision, "availableSteps").at("/planRevision/availableSteps").clone();
    assert_eq!(offered(&revision, &app.prefecture("13")), json!(["EDIT", "DISCARD"]));
    assert_eq!(offered(&revision, &app.police("13")), json!(["EDIT"]));
    assert_eq!(offered(&revision, &app.education("13")), json!(["EDIT"]));
    assert_eq!(offered(&revision, &app.prefect("13")), json!([]));
    revision.fill(&app);
    assert_eq!(offered(&revision, &app.prefecture("13")), json!(["EDIT", "SUBMIT", "DISCARD"]));
    revision.submit(&app);
    assert_eq!(offered(&revision, &app.prefecture("13")), json!(["RECALL"]));
    assert_eq!(offered(&revision, &app.prefect("13")), json!(["SIGN"]));
    assert_eq!(offered(&revision, &app.prosecutor("13")), json!(["SIGN"]));
    assert_eq!(offered(&revision, &app.parquet("TJ-TARASCON")), json!(["SIGN"]));
    revision.sign(&app);
    assert_eq!(offered(&revision, &app.prefecture("13")), json!(["RECALL", "TRANSMIT"]));
    assert_eq!(offered(&revision, &app.prefect("13")), json!([]));
    assert_eq!(offered(&revision, &app.parquet("TJ-TARASCON")), json!(["SIGN"]));
    revision.transmit(&app);
    assert_eq!(offered(&revision, &app.secretariat()), json!(["ACKNOWLEDGE", "RETURN"]));
    assert_eq!(offered(&revision, &app.prefecture("13")), json!([]));
}

#[test]
fn an_id_leads_back_to_its_object_and_a_wrong_one_to_nothing() {
    let app = App::start();
    let revision = Revision::open(&app, "13", "2010-S1");
    let by = app.prefecture("13");
    let answer =
        by.ask(r#"{ department(code: "13") { id plan { id } region { id } defenceZone { id } coordinatingParquet { id } } }"#);
    let node = |by: &Client, id: &str| {
        by.run("query($id: ID!) { node(id: $id) { id __typename } }", json!({ "id": id })).at("/node").clone()
    };
    for (pointer, kind) in [
        ("/department/id", "Department"),
        ("/department/plan/id", "Plan"),
        ("/department/region/id", "Region"),
        ("/department/defenceZone/id", "DefenceZone"),
        ("/department/coordinatingParquet/id", "Parquet"),
    ] {
        let id = answer.text(pointer);
        assert_eq!(node(&by, &id), json!({ "id": id, "__typename": kind }));
    }
    assert_eq!(node(&by, &revision.id), json!({ "id": revision.id, "__typename": "PlanRevision" }));
    for wrong in ["", "x", "cDo5OQ", "djoxMzo5OTk"] {
        assert_eq!(node(&by, wrong), Value::Null, "{wrong}");
    }
    assert_eq!(node(&app.prefecture("93"), &revision.id), Value::Null);
    assert_eq!(
        read(&by, &Revision { id: answer.text("/department/id"), ..revision.clone() }, "id").at("/planRevision"),
        &Value::Null
    );
}

const NESTED: &str = "{ departments { code plan { id current { number contentHash availableSteps diagnosis
    contributions { service } signatures { role parquet { code } } remarks { text } steps { step } checks { passed }
    changes { against { number } } } pending { id } } } }";

#[test]
fn statements_do_not_grow_with_the_number_of_plans() {
    let app = App::start();
    Revision::in_force(&app, "13", "2010-S1");
    let secretariat = app.secretariat();
    let count = || app.statements(|| drop(secretariat.ask(NESTED).data().clone())).1;
    let one = count();
    Revision::in_force(&app, "93", "2010-S1");
    Revision::in_force(&app, "75", "2010-S1");
    assert_eq!(count(), one);
    let whole = secretariat.ask(NESTED);
    assert_eq!(whole.at("/departments").as_array().unwrap().iter().filter(|one| !one["plan"]["current"].is_null()).count(), 3);
}

#[test]
fn revisions_are_paged_latest_first() {
    let app = App::start();
    for _ in 0..3 {
        let revision = Revision::in_force(&app, "13", "2010-S1");
        assert!(revision.version > 1);
    }
    let page = |after: Option<String>| {
        app.prefecture("13")
            .run(
                "query($after: String) { plan(departmentCode: \"13\") { revisions(first: 2, after: $after) {
                    totalCount nodes { number } pageInfo { hasNextPage endCursor } } } }",
                json!({ "after": after }),
            )
            .at("/plan/revisions")
            .clone()
    };
    let first = page(None);
    assert_eq!(first["nodes"], json!([{ "number": 3 }, { "number": 2 }]));
    assert_eq!(first["totalCount"], 3);
    let second = page(first["pageInfo"]["endCursor"].as_str().map(str::to_owned));
    assert_eq!(second["nodes"], json!([{ "number": 1 }]));
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
}
