//! What a cell may hold at most: nothing is recorded by which a sum would pass it, and no sum of sums is wrong.

use palts::workflow::Error;
use palts::workflow::rollups::verify::rebuild;
use serde_json::{Value, json};

use super::{ask, at, mapped, measure, values};
use crate::harness::plans::meeting;
use crate::harness::{Answer, App, Client};

/// The most that a cell may hold, in ten-thousandths.
const MOST: i64 = 1_000_000_000_000_000_000;

fn record(by: &Client, id: &str, measures: &Value) -> Answer {
    by.run(
        "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { measures { nodes { id indicator { code } } } } }",
        json!({ "i": { "meetingId": id, "measures": measures } }),
    )
}

#[track_caller]
fn is_too_large(answer: &Answer, field: &str) {
    let reason = &answer.error()["extensions"]["reason"];
    assert_eq!((answer.code(), reason, answer.field()), ("INVALID", &json!("SUM_TOO_LARGE"), field), "{}", answer.message());
    assert!(answer.message().contains("100 000 milliards"), "{}", answer.message());
}

#[test]
fn a_measure_by_which_a_sum_would_pass_what_a_cell_holds_is_refused_and_nothing_of_it_is_kept() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    let figures = json!([measure("ILS_TOTAL", "POLICE", 1.0), measure("OPS_CP", "POLICE", 1.0)]);
    meeting(&by, "13", "2010-03-03", figures);
    let id = meeting(&by, "13", "2010-03-17", json!([]));
    app.execute(&format!("UPDATE rollup_cells SET total = {}", MOST - 20_000));
    let both = |full: f64| json!([at("S1", measure("OPS_CP", "POLICE", 5.0)), measure("ILS_TOTAL", "POLICE", full)]);
    is_too_large(&record(&by, &id, &both(2.0001)), "measures");
    is_too_large(
        &by.run(
            "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }",
            json!({ "i": { "departmentCode": "13", "heldOn": "2010-04-07", "attendance": ["POLICE"], "measures": both(1e10) } }),
        ),
        "measures",
    );
    // Nothing of either was kept: up to the bound all of it is recorded.
    record(&by, &id, &both(2.0)).data();
    let sum = values(&ask(&by, "ILS_TOTAL", "2010-S1", "DEPARTMENT", Some("13")));
    assert_eq!(sum, json!({ "13": 1e14 }));
}

#[test]
fn a_correction_or_a_last_value_by_which_a_sum_would_pass_what_a_cell_holds_is_refused() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    let id = meeting(&by, "13", "2010-03-03", json!([at("S1", measure("POINTS_DEAL", "POLICE", 1.0))]));
    let kept = record(&by, &id, &json!([measure("ILS_TOTAL", "POLICE", 1.0)]));
    let of = |node: &&Value| node["indicator"]["code"] == "ILS_TOTAL";
    let nodes = kept.at("/recordMeasures/measures/nodes").as_array().expect("a list");
    let measured = nodes.iter().find(of).expect("it is listed")["id"].clone();
    let next = meeting(&by, "13", "2010-03-17", json!([measure("ILS_TOTAL", "POLICE", 1.0)]));
    // As very many measures might come to, beside the second.
    let others = "id <> (SELECT id FROM measures ORDER BY id LIMIT 1 OFFSET 1)";
    app.execute(&format!("UPDATE measures SET value = {} WHERE {others}", MOST + 1));
    let correction = json!({ "measureId": measured, "value": 7.0, "reason": "Saisie." });
    let correct = "mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { value } }";
    is_too_large(&by.run(correct, json!({ "i": correction })), "value");
    is_too_large(&record(&by, &next, &json!([at("S2", measure("POINTS_DEAL", "POLICE", 1.0))])), "measures");
}

#[test]
fn a_sum_that_is_too_large_already_may_become_less() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    let id = meeting(&by, "13", "2010-03-03", json!([]));
    let kept = record(&by, &id, &json!([measure("ILS_TOTAL", "POLICE", 1.0), measure("ILS_TOTAL", "GENDARMERIE", 1.0)]));
    let measured = kept.at("/recordMeasures/measures/nodes/0/id").clone();
    let more = MOST + 90_000;
    app.execute(&format!("UPDATE measures SET value = {more}"));
    app.execute(&format!("UPDATE rollup_cells SET total = {more}"));
    let correct = |value: f64| {
        let correction = json!({ "measureId": measured, "value": value, "reason": "Saisie." });
        by.run("mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { value } }", json!({ "i": correction }))
    };
    correct(7.0).data();
    correct(8.0).data();
    app.execute(&format!("UPDATE rollup_cells SET total = 10000 WHERE total = {more}"));
    let sum = ask(&by, "ILS_TOTAL", "2010-S1", "DEPARTMENT", Some("13"));
    assert_eq!(values(&sum), json!({ "13": 9.0 }));
}

#[test]
fn cells_that_would_hold_too_much_are_not_made_anew() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    for day in ["2010-03-03", "2010-03-17", "2010-04-07"] {
        meeting(&by, "13", day, json!([measure("ILS_TOTAL", "POLICE", 1.0)]));
    }
    let code = "13".parse().expect("a code");
    let now = app.office.clock.now();
    for value in [MOST / 2, i64::MAX] {
        app.execute(&format!("UPDATE measures SET value = {value}"));
        let made = app.office.database.write(|connection| rebuild(connection, &code, "operator", now));
        let Err(Error::Invalid { message, .. }) = made else { panic!("{value}: {made:?}") };
        assert_eq!(message.reason, "SUM_TOO_LARGE");
    }
    app.execute("UPDATE rollup_cells SET total = total + 1");
    let sum = ask(&by, "ILS_TOTAL", "2010-S1", "DEPARTMENT", Some("13"));
    assert_eq!(values(&sum), json!({ "13": 3.0001 }), "they are as they were");
}

#[test]
fn sums_of_full_cells_are_right_beyond_64_bits() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    let services = ["POLICE", "GENDARMERIE"];
    let each = |place: Option<&str>| -> Vec<Value> {
        let of = |service: &&str| measure("ILS_TOTAL", service, 1.0);
        services.iter().map(|service| place.map_or_else(|| of(service), |code| at(code, of(service)))).collect()
    };
    let all: Vec<Value> = [None, Some("S1"), Some("S2")].into_iter().flat_map(each).collect();
    for day in ["2010-02-03", "2010-03-03"] {
        meeting(&by, "13", day, json!(all));
    }
    meeting(&by, "13", "2010-07-01", json!(all));
    app.execute(&format!("UPDATE rollup_cells SET total = {MOST}"));
    app.execute(
        "INSERT INTO rollup_cells (indicator_id, granularity, period, department_code, service, authority, parquet_code, total, measures, maximum)
         SELECT indicator_id, granularity, period, department_code, service, authority, 'TJ-' || parquet_code, total, measures, maximum
         FROM rollup_cells",
    );
    let total = |period: &str| ask(&app.secretariat(), "ILS_TOTAL", period, "NATIONAL", None).at("/rollup/total/value").clone();
    assert_eq!(total("2010-S1"), 12e14, "twelve cells: more than 64 bits hold");
    assert_eq!(total("2010-Q1"), 24e14);
    assert_eq!(total("2010"), 24e14);
}
