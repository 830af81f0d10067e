//! Measures through the public API: what may be recorded, by whom, where; corrections; what is not applicable.

use serde_json::{Value, json};

use crate::harness::plans::{Revision, meeting, sector};
use crate::harness::{Answer, App, Client};

fn add(by: &Client, id: &str, measures: Value) -> Answer {
    by.run(
        "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id measures { nodes { id value sector { code name } sectorCode } } } }",
        json!({ "i": { "meetingId": id, "measures": measures } }),
    )
}

fn one(indicator: &str, service: &str, value: f64) -> Value {
    json!([{ "indicator": indicator, "service": service, "value": value }])
}

fn correct(by: &Client, id: &Value, value: f64, reason: &str) -> Answer {
    by.run(
        "mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { value recordedBy history { value recordedBy reason correctedBy } } }",
        json!({ "i": { "measureId": id, "value": value, "reason": reason } }),
    )
}

fn declare(by: &Client, indicator: &str, from: &str, until: Option<&str>) -> Answer {
    by.run(
        "mutation($i: DeclareNotApplicableInput!) { declareNotApplicable(input: $i) { from until reason indicator { code } } }",
        json!({ "i": { "departmentCode": "13", "indicator": indicator, "from": from, "until": until, "reason": "Sans objet." } }),
    )
}

/// A department with a meeting, for its police.
fn met(app: &App) -> String {
    meeting(&app.prefecture("13"), "13", "2010-03-03", json!([]))
}

#[test]
fn a_measure_is_recorded_once_and_the_refusal_names_its_row() {
    let app = App::start();
    let (id, by) = (met(&app), app.police("13"));
    add(&by, &id, one("OPS_CP", "POLICE", 1.0)).data();
    let both = json!([
        { "indicator": "ARMES", "service": "POLICE", "value": 1 },
        { "indicator": "OPS_CP", "service": "POLICE", "value": 1 },
    ]);
    let refused = add(&by, &id, both);
    assert_eq!(refused.code(), "CONFLICT");
    assert!(refused.message().starts_with("measures[1]"), "{}", refused.message());
    let twice = json!([
        { "indicator": "ARMES", "service": "POLICE", "value": 1 },
        { "indicator": "ARMES", "service": "POLICE", "value": 2, "fortnight": "2010-03-1" },
    ]);
    assert_eq!(add(&by, &id, twice).field(), "measures[1]");
    // Nothing of either was kept.
    assert_eq!(add(&by, &id, one("ARMES", "POLICE", 3.0)).at("/recordMeasures/measures/nodes").as_array().map(Vec::len), Some(2));
}

#[test]
fn values_are_exact_to_four_decimals_and_bounded() {
    let app = App::start();
    let (id, by) = (met(&app), app.police("13"));
    for wrong in [0.12345, -1.0, 1e10 + 1.0, 1e300] {
        assert_eq!(add(&by, &id, one("CANNABIS_KG", "POLICE", wrong)).field(), "measures[0].value", "{wrong}");
    }
    let kept = add(&by, &id, one("CANNABIS_KG", "POLICE", 1234.5678));
    assert_eq!(kept.at("/recordMeasures/measures/nodes/0/value"), 1234.5678);
    add(&by, &id, one("COCAINE_KG", "POLICE", 0.0)).data();
}

#[test]
fn only_recorded_indicators_and_services_that_record_them_are_accepted() {
    let app = App::start();
    let (id, by) = (met(&app), app.police("13"));
    assert_eq!(add(&by, &id, one("PART_USAGE", "POLICE", 1.0)).field(), "measures[0].indicator");
    assert_eq!(add(&by, &id, one("NOWHERE", "POLICE", 1.0)).field(), "measures[0].indicator");
    assert_eq!(add(&by, &id, one("ENQUETES", "POLICE", 1.0)).field(), "measures[0].service");
    let foreign = add(&by, &id, one("OPS_CP", "GENDARMERIE", 1.0));
    assert_eq!(foreign.code(), "FORBIDDEN");
    assert!(foreign.message().contains("measures[0].service"));
    assert_eq!(add(&app.prefecture("13"), &id, one("OPS_CP", "POLICE", 1.0)).code(), "FORBIDDEN");
    add(&app.prefecture("13"), &id, one("CANNABIS_KG", "CUSTOMS", 1.0)).data();
    add(&app.prosecutor("13"), &id, one("ENQUETES", "PARQUET", 1.0)).data();
}

#[test]
fn sectors_are_those_of_the_plan_in_force_else_of_the_pending_one() {
    let app = App::start();
    let (id, by) = (met(&app), app.police("13"));
    let at = |code: &str| json!([{ "indicator": "OPS_CP", "service": "POLICE", "sectorCode": code, "value": 1 }]);
    assert_eq!(add(&by, &id, at("S1")).field(), "measures[0].sectorCode");
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.step(&app.prefecture("13"), "upsertSectors", json!({ "sectors": [sector("13", "S1", 0, "POLICE")] }));
    let answer = add(&by, &id, at("S1"));
    assert_eq!(answer.at("/recordMeasures/measures/nodes/0/sector/name"), "Secteur S1");
    assert_eq!(add(&by, &id, at("S2")).field(), "measures[0].sectorCode");
    let listed = by.run(
        "query($id: ID!) { planRevision(id: $id) { sectors { nodes { code measures(indicator: \"OPS_CP\", period: \"2010-S1\") { totalCount nodes { value } } } } } }",
        json!({ "id": revision.id }),
    );
    assert_eq!(listed.at("/planRevision/sectors/nodes/0/measures"), &json!({ "totalCount": 1, "nodes": [{ "value": 1.0 }] }));
}

#[test]
fn who_sees_no_drafts_cannot_tell_their_sectors_from_none_at_all() {
    let app = App::start();
    let (id, by) = (met(&app), app.education("13"));
    let at = |code: &str| json!([{ "indicator": "REUNIONS_ECOLE", "service": "EDUCATION", "sectorCode": code, "value": 1 }]);
    let mut revision = Revision::open(&app, "13", "2010-S1");
    revision.fill(&app);
    let (draft, unknown) = (add(&by, &id, at("S1")), add(&by, &id, at("S9")));
    assert_eq!((draft.code(), draft.field()), ("INVALID", "measures[0].sectorCode"));
    assert_eq!(draft.message().replace("S1", "S9"), unknown.message());
    assert_eq!((unknown.code(), unknown.field()), (draft.code(), draft.field()));
    // Nor by naming a service that is not theirs.
    let other = |code: &str| json!([{ "indicator": "OPS_CP", "service": "POLICE", "sectorCode": code, "value": 1 }]);
    let (draft, unknown) = (add(&by, &id, other("S1")), add(&by, &id, other("S9")));
    assert_eq!(draft.message().replace("S1", "S9"), unknown.message());
    revision.submit(&app);
    revision.sign(&app);
    revision.transmit(&app);
    add(&by, &id, at("S1")).data();
}

#[test]
fn a_prosecutor_records_for_its_own_parquet() {
    let app = App::start();
    let id = met(&app);
    Revision::open(&app, "13", "2010-S1").step(
        &app.prefecture("13"),
        "upsertSectors",
        json!({ "sectors": [sector("13", "S1", 0, "POLICE")] }),
    );
    let at = json!([{ "indicator": "RESEAUX", "service": "PARQUET", "sectorCode": "S1", "value": 1 }]);
    assert_eq!(add(&app.parquet("TJ-TARASCON"), &id, at.clone()).code(), "FORBIDDEN");
    add(&app.parquet("TJ-MARSEILLE"), &id, at).data();
}

#[test]
fn a_correction_keeps_the_value_before_with_who_and_why() {
    let app = App::start();
    let (id, by) = (met(&app), app.police("13"));
    let measure = add(&by, &id, one("OPS_CP", "POLICE", 2.0)).at("/recordMeasures/measures/nodes/0/id").clone();
    correct(&by, &measure, 3.0, "Une opération oubliée.").data();
    app.user("police-13-b", "POLICE", json!({ "departmentCode": "13" }));
    let second = app.user("police-13-b", "POLICE", json!({}));
    let answer = correct(&second, &measure, 4.0, "Encore une.");
    assert_eq!(
        answer.at("/correctMeasure"),
        &json!({ "value": 4.0, "recordedBy": "police-13-b", "history": [
            { "value": 3.0, "recordedBy": "police-13", "reason": "Encore une.", "correctedBy": "police-13-b" },
            { "value": 2.0, "recordedBy": "police-13", "reason": "Une opération oubliée.", "correctedBy": "police-13" },
        ] })
    );
    assert_eq!(correct(&by, &measure, 4.0, "Rien.").field(), "value");
    assert_eq!(correct(&by, &measure, 5.0, " ").field(), "reason");
    assert_eq!(correct(&by, &measure, 0.00001, "Trop fin.").field(), "value");
    assert_eq!(correct(&app.prefecture("13"), &measure, 5.0, "Pas la sienne.").code(), "FORBIDDEN");
    assert_eq!(correct(&app.prefect("13"), &measure, 5.0, "Pas la sienne.").code(), "FORBIDDEN");
    assert_eq!(correct(&app.education("13"), &measure, 5.0, "Pas la sienne.").code(), "NOT_FOUND");
    assert_eq!(correct(&app.police("93"), &measure, 5.0, "Pas la sienne.").code(), "NOT_FOUND");
}

#[test]
fn a_measure_is_corrected_as_often_as_needed_and_tells_its_last_values() {
    let app = App::start();
    let (id, by) = (met(&app), app.police("13"));
    let measure = add(&by, &id, one("OPS_CP", "POLICE", 0.0)).at("/recordMeasures/measures/nodes/0/id").clone();
    for value in 1..=53 {
        correct(&by, &measure, f64::from(value), "Encore une.").data();
    }
    for by in [&by, &app.prefecture("13")] {
        let kept =
            by.run("query($id: ID!) { node(id: $id) { ... on Measure { value history { value } } } }", json!({ "id": measure }));
        let history = kept.at("/node/history").as_array().expect("a list").clone();
        let values: Vec<f64> = history.iter().map(|earlier| earlier["value"].as_f64().expect("a value")).collect();
        assert_eq!((kept.at("/node/value"), values), (&json!(53.0), (3..=52).rev().map(f64::from).collect()));
    }
}

#[test]
fn an_indicator_is_declared_not_applicable_so_often_and_no_more() {
    let app = App::start();
    let by = app.prefecture("13");
    let fortnight = |number: u32| format!("{}-{:02}-{}", 2000 + number / 24, number % 24 / 2 + 1, number % 2 + 1);
    for number in 0..50 {
        declare(&by, "FISCAL_EUR", &fortnight(number), Some(&fortnight(number))).data();
    }
    let refused = declare(&by, "FISCAL_EUR", &fortnight(50), Some(&fortnight(50)));
    assert_eq!((refused.code(), refused.field()), ("INVALID", "from"));
    assert_eq!(refused.error()["extensions"]["reason"], "TOO_MANY");
    // One that there is may be given another end, and others are declared still.
    declare(&by, "FISCAL_EUR", &fortnight(49), Some(&fortnight(60))).data();
    declare(&by, "ARMES", &fortnight(50), None).data();
    // More of them, from before there was a bound: each may be given another end still.
    app.execute(
        "INSERT INTO not_applicable (department_code, indicator_id, from_fortnight, until_fortnight, reason, declared_by, declared_at)
         SELECT department_code, indicator_id, from_fortnight + 500, until_fortnight + 500, reason, declared_by, declared_at
         FROM not_applicable",
    );
    declare(&by, "FISCAL_EUR", &fortnight(49), Some(&fortnight(61))).data();
}

#[test]
fn what_is_not_applicable_is_not_measured_and_what_is_measured_is_applicable() {
    let app = App::start();
    let (id, by) = (met(&app), app.prefecture("13"));
    assert_eq!(declare(&by, "FISCAL_EUR", "2010-02-1", None).text("/declareNotApplicable/indicator/code"), "FISCAL_EUR");
    assert_eq!(add(&by, &id, one("FISCAL_EUR", "TAX", 1.0)).field(), "measures[0].indicator");
    // The same first fortnight again: the declaration gets its end.
    declare(&by, "FISCAL_EUR", "2010-02-1", Some("2010-02-2")).data();
    add(&by, &id, one("FISCAL_EUR", "TAX", 1.0)).data();
    assert_eq!(declare(&by, "FISCAL_EUR", "2010-02-1", None).code(), "CONFLICT");
    assert_eq!(declare(&by, "FISCAL_EUR", "2010-04-1", Some("2010-03-2")).field(), "until");
    assert_eq!(declare(&by, "PART_USAGE", "2010-02-1", None).field(), "indicator");
    assert_eq!(declare(&by, "NOWHERE", "2010-02-1", None).code(), "NOT_FOUND");
    assert_eq!(declare(&app.police("13"), "ARMES", "2010-02-1", None).code(), "FORBIDDEN");
    assert_eq!(declare(&app.prefecture("93"), "ARMES", "2010-02-1", None).code(), "NOT_FOUND");
}

#[test]
fn mayotte_is_not_measured_before_it_was_a_department() {
    let app = App::on("2011-04-20");
    let by = app.prefecture("976");
    let record = |day: &str, fortnight: Option<&str>| {
        by.run(
            "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }",
            json!({ "i": { "departmentCode": "976", "heldOn": day, "attendance": [], "measures": [
                { "indicator": "CANNABIS_KG", "service": "CUSTOMS", "value": 1, "fortnight": fortnight }] } }),
        )
    };
    assert_eq!(record("2011-03-30", None).field(), "heldOn");
    assert_eq!(record("2011-03-31", Some("2011-03-1")).field(), "measures[0].fortnight");
    record("2011-03-31", None).data();
}

#[test]
fn an_indicator_is_not_defined_anew_while_it_is_being_declared() {
    let app = App::start();
    let (prefecture, secretariat) = (app.prefecture("13"), app.secretariat());
    let define = |code: &str, aggregation: Value| {
        let mut input = json!({ "code": code, "label": "Essai", "unit": "faits", "definition": "Un essai.", "published": false });
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), aggregation) {
            input.extend(more);
        }
        secretariat
            .run("mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { aggregation } }", json!({ "i": input }))
    };
    for number in 0..6 {
        let code = format!("ESSAI_{number}");
        define(&code, json!({ "aggregation": "SUM" })).data();
        let ratio = json!({ "aggregation": "RATIO", "numerator": "ENQUETES_PATRIMOINE", "denominator": "ENQUETES" });
        let (declared, defined) = std::thread::scope(|scope| {
            let declaring = scope.spawn(|| declare(&prefecture, &code, "2010-03-1", None));
            let defining = scope.spawn(|| define(&code, ratio));
            (declaring.join().expect("an answer"), defining.join().expect("an answer"))
        });
        let refused = [&declared, &defined].iter().filter(|answer| answer.body.get("errors").is_some()).count();
        assert_eq!(refused, 1, "{}\n{}", declared.body, defined.body);
    }
}

#[test]
fn the_store_corrects_one_measure_of_the_scope_or_none() {
    use palts::access::Scope;
    use palts::store::measures::{MeasureSight, by_ids};

    let app = App::start();
    let (id, by) = (met(&app), app.police("13"));
    add(&by, &id, one("OPS_CP", "POLICE", 2.0)).data();
    let sight = MeasureSight { full: Scope::Nation, own: Default::default() };
    let database = &app.office.database;
    let found = database.read(|connection| by_ids(connection, &sight, &[1])).expect("readable").remove(&1).expect("the measure");
    let mut elsewhere = found.clone();
    elsewhere.key.department = "93".parse().expect("a department");
    let [here, there] = ["13", "93"].map(|code| Scope::department(code.parse().expect("a department")));
    for (scope, measure) in [(&there, &found), (&there, &elsewhere), (&here, &elsewhere)] {
        let now = app.office.clock.now();
        let refused = database.write(|connection| {
            palts::store::corrections::correct(connection, scope, measure, palts::domain::amount::Amount::ZERO, "Non.", "x", now)
        });
        assert!(refused.is_err());
    }
    let kept = database.read(|connection| by_ids(connection, &sight, &[1])).expect("readable").remove(&1);
    assert_eq!(kept, Some(found));
}
