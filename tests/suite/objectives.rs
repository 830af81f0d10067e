//! The objectives of a draft: who writes which, what they may name, ranks.

use serde_json::{Value, json};

use crate::harness::plans::{Revision, meeting, objective, sector};
use crate::harness::{Answer, App, Client};

fn objectives(app: &App, revision: &Revision) -> Value {
    let query = "query($id: ID!) { planRevision(id: $id) { objectives { code rank leadService } } }";
    app.prefecture("13").run(query, json!({ "id": revision.id })).at("/planRevision/objectives").clone()
}

fn order(app: &App, revision: &Revision) -> Vec<(String, i64)> {
    let all = objectives(app, revision);
    let each = all.as_array().unwrap().iter();
    each.map(|one| (one["code"].as_str().unwrap().to_owned(), one["rank"].as_i64().unwrap())).collect()
}

fn ranked(codes: &[&str]) -> Vec<(String, i64)> {
    codes.iter().zip(1..).map(|(code, rank)| ((*code).to_owned(), rank)).collect()
}

fn draft(app: &App) -> Revision {
    let mut revision = Revision::open(app, "13", "2010-S1");
    revision.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [sector("13", "S1", 0, "POLICE")] }));
    revision
}

fn led_by(code: &str, service: &str) -> Value {
    let mut input = objective(code, "REPRESSION", &["S1"]);
    input["leadService"] = json!(service);
    input
}

#[test]
fn an_objective_is_read_as_it_was_written() {
    let app = App::start();
    let mut revision = draft(&app);
    let prefecture = app.prefecture("13");
    let mut input = objective("O1", "DETERRENCE", &["S1"]);
    input["partnerServices"] = json!(["TAX", "PARQUET", "TAX"]);
    input["modesOfAction"] = json!(["Présence « visible »", "Opérations coups de poing"]);
    input["dueOn"] = json!("2010-06-30");
    revision.step(&prefecture, "upsertObjective", input);
    let fields =
        "axis: objectives(axis: DETERRENCE) { id code rank axis title description leadService partnerServices departmentWide
        sectors { code name severity } schools { uai } schoolUais modesOfAction targets { baseline target latest } dueOn }
        none: objectives(axis: REPRESSION) { code }";
    let answer =
        prefecture.run(&format!("query($id: ID!) {{ planRevision(id: $id) {{ {fields} }} }}"), json!({ "id": revision.id }));
    assert_eq!(answer.at("/planRevision/none"), &json!([]));
    let mut found = answer.at("/planRevision/axis/0").clone();
    let id = found.as_object_mut().unwrap().remove("id").unwrap();
    let expected = json!({
        "code": "O1", "rank": 1, "axis": "DETERRENCE", "title": "Objectif O1", "description": "Objectif d'essai.",
        "leadService": "POLICE", "partnerServices": ["PARQUET", "TAX"], "departmentWide": false,
        "sectors": [{ "code": "S1", "name": "Secteur S1", "severity": 3 }], "schools": [], "schoolUais": [],
        "modesOfAction": ["Présence « visible »", "Opérations coups de poing"], "targets": [], "dueOn": "2010-06-30",
    });
    assert_eq!(found, expected);
    let node = |by: &Client| by.run("query($id: ID!) { node(id: $id) { ... on Objective { code } } }", json!({ "id": id }));
    assert_eq!(node(&prefecture).text("/node/code"), "O1");
    assert_eq!(node(&app.prefecture("93")).at("/node"), &json!(null), "elsewhere it does not exist");
    assert_eq!(node(&app.secretariat()).at("/node"), &json!(null), "nor is a draft seen from outside");
}

#[test]
fn services_append_and_edit_the_objectives_that_they_lead() {
    let app = App::start();
    let mut revision = draft(&app);
    revision.step(&app.prefecture("13"), "upsertObjective", led_by("O1", "PREFECTURE"));
    revision.step(&app.police("13"), "upsertObjective", led_by("O2", "JUDICIAL_POLICE"));
    revision.step(&app.gendarmerie("13"), "upsertObjective", led_by("O3", "MARITIME_GENDARMERIE"));
    revision.step(&app.police("13"), "upsertObjective", led_by("O2", "POLICE"));
    assert_eq!(order(&app, &revision), ranked(&["O1", "O2", "O3"]));
    let refused = |by: &Client, input: Value| {
        let answer = revision.try_step(by, "upsertObjective", input);
        assert_eq!(answer.code(), "FORBIDDEN", "{}", answer.body);
    };
    refused(&app.police("13"), led_by("O4", "GENDARMERIE"));
    refused(&app.police("13"), led_by("O3", "POLICE"));
    refused(&app.police("13"), led_by("O2", "PREFECTURE"));
    refused(&app.police("13"), led_by("O1", "POLICE"));
    refused(&app.prosecutor("13"), led_by("O4", "PARQUET"));
    refused(&app.education("13"), led_by("O4", "EDUCATION"));
    for (act, input) in [("removeObjective", json!({ "code": "O2" })), ("rankObjectives", json!({ "codes": ["O2", "O1", "O3"] }))]
    {
        assert_eq!(revision.try_step(&app.police("13"), act, input).code(), "FORBIDDEN", "{act} is the préfecture's");
    }
    assert_eq!(revision.try_step(&app.police("93"), "upsertObjective", led_by("O4", "POLICE")).code(), "NOT_FOUND");
    assert_eq!(order(&app, &revision), ranked(&["O1", "O2", "O3"]));
}

#[test]
fn an_objective_names_only_what_is_there() {
    let app = App::start();
    let revision = draft(&app);
    let cases: &[(&str, &str, Value)] = &[
        ("code", "code", json!("")),
        ("title", "title", json!(" ")),
        ("partnerServices", "partnerServices", json!(["POLICE"])),
        ("sectorCodes", "sectorCodes", json!(["S1", "S9"])),
        ("sectorCodes[0]", "sectorCodes", json!(["é"])),
        ("schoolUais", "schoolUais", json!(["0750652B"])),
        ("schoolUais[0]", "schoolUais", json!(["0750652A"])),
        ("modesOfAction[1]", "modesOfAction", json!(["Présence", ""])),
        ("targets", "targets", json!([{ "indicator": "NOTHING_OF_THE_KIND", "target": 1 }])),
        ("targets", "targets", json!([{ "indicator": "93-LOCAL", "target": 1 }])),
        ("targets[0].target", "targets", json!([{ "indicator": "SEIZURES", "target": 0.123_45 }])),
        ("targets[0].baseline", "targets", json!([{ "indicator": "SEIZURES", "target": 1, "baseline": 1e15 }])),
    ];
    for (field, name, value) in cases {
        let mut input = objective("O1", "DETERRENCE", &["S1"]);
        input[*name] = value.clone();
        let answer = revision.try_step(&app.prefecture("13"), "upsertObjective", input);
        assert_eq!((answer.code(), answer.field()), ("INVALID", *field), "{}", answer.body);
    }
    assert_eq!(objectives(&app, &revision), json!([]));
}

#[test]
fn what_an_objective_named_before_is_forgotten_when_it_is_replaced() {
    let app = App::start();
    let mut revision = draft(&app);
    let prefecture = app.prefecture("13");
    revision.step(&prefecture, "upsertObjective", objective("O1", "DETERRENCE", &["S1"]));
    let mut replaced = objective("O1", "REPRESSION", &[]);
    replaced["departmentWide"] = json!(true);
    revision.step(&prefecture, "upsertObjective", replaced);
    let query = "query($id: ID!) { planRevision(id: $id) { objectives { axis departmentWide sectors { code } } } }";
    let found = prefecture.run(query, json!({ "id": revision.id }));
    let expected = json!([{ "axis": "REPRESSION", "departmentWide": true, "sectors": [] }]);
    assert_eq!(found.at("/planRevision/objectives"), &expected);
}

#[test]
fn removing_and_ranking_leave_no_gap() {
    let app = App::start();
    let mut revision = draft(&app);
    let prefecture = app.prefecture("13");
    for code in ["O1", "O2", "O3"] {
        revision.step(&prefecture, "upsertObjective", objective(code, "DETERRENCE", &["S1"]));
    }
    let wrong: Answer = revision.try_step(&prefecture, "rankObjectives", json!({ "codes": ["O1", "O2"] }));
    assert_eq!((wrong.code(), wrong.field()), ("INVALID", "codes"));
    revision.step(&prefecture, "rankObjectives", json!({ "codes": ["O3", "O1", "O2"] }));
    assert_eq!(order(&app, &revision), ranked(&["O3", "O1", "O2"]));
    revision.step(&prefecture, "removeObjective", json!({ "code": "O3" }));
    assert_eq!(order(&app, &revision), ranked(&["O1", "O2"]));
    assert_eq!(revision.try_step(&prefecture, "removeObjective", json!({ "code": "O3" })).code(), "NOT_FOUND");
}

#[test]
fn a_target_shows_where_its_indicator_stands_in_the_department() {
    let app = App::start();
    let mut revision = draft(&app);
    let prefecture = app.prefecture("13");
    let mut input = objective("O1", "REPRESSION", &["S1"]);
    input["targets"] = json!([{ "indicator": "ILS_TOTAL", "baseline": 12.5, "target": 40 }]);
    revision.step(&prefecture, "upsertObjective", input);
    let targets = |by: &Client| {
        let query = "{ plan(departmentCode: \"13\") { pending { objectives { targets { indicator { code } baseline target latest } } } } }";
        by.ask(query).at("/plan/pending/objectives/0/targets").clone()
    };
    let expected =
        |latest: Value| json!([{ "indicator": { "code": "ILS_TOTAL" }, "baseline": 12.5, "target": 40.0, "latest": latest }]);
    assert_eq!(targets(&prefecture), expected(json!(null)), "nothing was reported yet");
    let figure = |service: &str, value: i32| json!({ "indicator": "ILS_TOTAL", "service": service, "value": value });
    let record = |meeting: &str, by: &Client, measure: Value| {
        let query = "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }";
        by.run(query, json!({ "i": { "meetingId": meeting, "measures": [measure] } })).data();
    };
    let first = meeting(&prefecture, "13", "2010-02-20", json!([]));
    record(&first, &app.police("13"), figure("POLICE", 30));
    let second = meeting(&prefecture, "13", "2010-03-10", json!([]));
    record(&second, &app.police("13"), figure("POLICE", 7));
    record(&second, &app.gendarmerie("13"), figure("GENDARMERIE", 4));
    assert_eq!(targets(&prefecture), expected(json!(11.0)), "the last fortnight, all services together");
}

#[test]
fn a_ratio_of_averages_stands_where_the_rollup_of_that_fortnight_has_it() {
    let app = App::start();
    let mut revision = draft(&app);
    let (prefecture, secretariat) = (app.prefecture("13"), app.secretariat());
    let input = json!({ "code": "TAUX", "label": "Taux", "unit": "%", "definition": "Essai.", "aggregation": "RATIO",
        "numerator": "PHYSIONOMIE", "denominator": "OPS_CP", "recordedBy": [], "published": false });
    let define = "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { code } }";
    secretariat.run(define, json!({ "i": input })).data();
    let mut input = objective("O1", "REPRESSION", &["S1"]);
    input["targets"] = json!([{ "indicator": "TAUX", "baseline": 1, "target": 2 }]);
    revision.step(&prefecture, "upsertObjective", input);
    let figure =
        |indicator: &str, service: &str, value: i32| json!({ "indicator": indicator, "service": service, "value": value });
    for role in ["POLICE", "GENDARMERIE"] {
        app.grant(&prefecture.username, role, json!({ "departmentCode": "13" }));
    }
    let figures = [
        figure("PHYSIONOMIE", "POLICE", 3),
        figure("PHYSIONOMIE", "GENDARMERIE", 5),
        figure("OPS_CP", "POLICE", 6),
        figure("OPS_CP", "GENDARMERIE", 2),
    ];
    meeting(&prefecture, "13", "2010-03-03", json!(figures));
    let plan = prefecture.ask("{ plan(departmentCode: \"13\") { pending { objectives { targets { latest } } } } }");
    // The average of 3 and 5, by the sum of 6 and 2.
    assert_eq!(plan.at("/plan/pending/objectives/0/targets/0/latest"), &json!(0.5));
    let rollup = prefecture.ask(
        "{ rollup(indicator: \"TAUX\", period: \"2010-03\", axis: DEPARTMENT, departmentCode: \"13\") { total { value } } }",
    );
    assert_eq!(rollup.at("/rollup/total/value"), &json!(0.5));
}
