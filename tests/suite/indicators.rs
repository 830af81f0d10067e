//! Indicators through the public API: who sees them, who defines them, and what stays once they are measured.

use palts::workflow::Rules;
use serde_json::{Value, json};

use crate::harness::plans::meeting;
use crate::harness::{Answer, App, Client, Setup};

const ALL: &str = "{ indicators { code scope published aggregation recordedBy department { code } } }";

fn codes(answer: &Answer) -> Vec<String> {
    let list = answer.at("/indicators").as_array().expect("a list");
    list.iter().map(|indicator| indicator["code"].as_str().expect("a code").to_owned()).collect()
}

fn define(by: &Client, code: &str, more: Value) -> Answer {
    let mut input = json!({
        "code": code, "label": "Halls", "unit": "halls", "definition": "Halls occupés.", "aggregation": "SUM", "published": false,
    });
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    by.run("mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { id code aggregation } }", json!({ "i": input }))
}

#[test]
fn everyone_signed_in_sees_national_indicators_and_dashboards_the_published_ones_only() {
    let app = App::start();
    let all = codes(&app.education("13").ask(ALL));
    assert_eq!(all.len(), 27);
    assert_eq!(codes(&app.administrator().ask(ALL)), all);
    let published = app.national("DASHBOARD").ask(ALL);
    let list = published.at("/indicators").as_array().expect("a list");
    assert!(list.len() < 27 && list.iter().all(|indicator| indicator["published"] == json!(true)));
    assert_eq!(app.anonymous().ask(ALL).code(), "UNAUTHENTICATED");
}

#[test]
fn a_departments_own_indicator_is_seen_where_the_department_is_seen() {
    let app = App::start();
    define(&app.prefecture("13"), "13-HALLS", json!({ "departmentCode": "13" })).data();
    for by in [app.prefecture("13"), app.police("13"), app.education("13"), app.zone_prefect("SUD"), app.secretariat()] {
        assert!(codes(&by.ask(ALL)).contains(&"13-HALLS".to_owned()), "{}", by.username);
    }
    for by in [app.prefecture("93"), app.zone_prefect("NORD"), app.national("DASHBOARD"), app.administrator()] {
        assert!(!codes(&by.ask(ALL)).contains(&"13-HALLS".to_owned()), "{}", by.username);
    }
    let named = app.secretariat().ask("{ indicators(departmentCode: \"93\") { code } }");
    assert!(!codes(&named).contains(&"13-HALLS".to_owned()));
    let seen = "{ rollup(indicator: \"13-HALLS\", period: \"2010\", axis: DEPARTMENT, departmentCode: \"93\") { period } }";
    assert_eq!(app.prefecture("93").ask(seen).code(), "NOT_FOUND");
}

#[test]
fn a_prefecture_defines_indicators_of_its_own_and_the_secretariat_national_ones() {
    let app = App::start();
    let prefecture = app.prefecture("13");
    let own = json!({ "departmentCode": "13" });
    assert_eq!(define(&prefecture, "HALLS", own.clone()).field(), "code");
    assert_eq!(define(&prefecture, "93-HALLS", own.clone()).field(), "code");
    assert_eq!(define(&prefecture, "HALLS", json!({})).code(), "FORBIDDEN");
    assert_eq!(define(&prefecture, "93-HALLS", json!({ "departmentCode": "93" })).code(), "NOT_FOUND");
    assert_eq!(define(&app.police("13"), "13-HALLS", own.clone()).code(), "FORBIDDEN");
    assert_eq!(define(&app.secretariat(), "13-HALLS", own).code(), "FORBIDDEN");
    assert_eq!(define(&app.secretariat(), "HALLS", json!({})).text("/defineIndicator/code"), "HALLS");
    assert_eq!(define(&app.secretariat(), "93-HALLS", json!({})).field(), "code");
}

#[test]
fn a_ratio_divides_two_indicators_that_are_recorded() {
    let app = App::start();
    let by = app.secretariat();
    let ratio = |numerator: &str, denominator: &str| {
        define(&by, "TAUX", json!({ "aggregation": "RATIO", "numerator": numerator, "denominator": denominator }))
    };
    assert_eq!(ratio("OPS_CP", "PART_USAGE").field(), "denominator");
    assert_eq!(ratio("NOWHERE", "OPS_CP").field(), "numerator");
    assert_eq!(define(&by, "TAUX", json!({ "aggregation": "RATIO" })).field(), "numerator");
    assert_eq!(define(&by, "TAUX", json!({ "numerator": "OPS_CP" })).field(), "numerator");
    ratio("OPS_CP", "PRESENCE_H").data();
    assert_eq!(define(&by, "OPS_CP", json!({ "aggregation": "AVERAGE" })).field(), "aggregation");
}

#[test]
fn the_aggregation_of_a_measured_indicator_stays() {
    let app = App::start();
    let by = app.prefecture("13");
    let own = |aggregation: &str| define(&by, "13-HALLS", json!({ "departmentCode": "13", "aggregation": aggregation }));
    own("SUM").data();
    own("LATEST").data();
    meeting(&by, "13", "2010-03-03", json!([{ "indicator": "13-HALLS", "service": "PREFECTURE", "value": 3 }]));
    assert_eq!(own("SUM").field(), "aggregation");
    assert_eq!(own("LATEST").text("/defineIndicator/aggregation"), "LATEST");
}

#[test]
fn a_department_has_so_many_indicators_of_its_own_and_no_more() {
    let app = App::with(Setup { rules: Rules { max_local_indicators: 2, ..Rules::default() }, ..Setup::default() });
    let (own, by) = (json!({ "departmentCode": "13" }), app.prefecture("13"));
    define(&by, "13-A", own.clone()).data();
    define(&by, "13-B", own.clone()).data();
    let refused = define(&by, "13-C", own.clone());
    assert_eq!((refused.code(), refused.field()), ("INVALID", "code"));
    assert_eq!(refused.error()["extensions"]["reason"], "TOO_MANY");
    assert_eq!(refused.error()["extensions"]["parameters"]["most"], "2");
    // What is there may be defined anew, other departments and the nation have room, and figures are recorded as before.
    define(&by, "13-B", json!({ "departmentCode": "13", "unit": "lieux" })).data();
    define(&app.prefecture("93"), "93-A", json!({ "departmentCode": "93" })).data();
    define(&app.secretariat(), "NATIONAL_A", json!({})).data();
    let figure = json!([{ "indicator": "13-B", "service": "PREFECTURE", "value": 4 }]);
    meeting(&by, "13", "2010-03-03", figure);
    assert_eq!(codes(&by.ask(ALL)).iter().filter(|code| code.starts_with("13-")).count(), 2);
    assert_eq!(
        by.ask("{ indicators(departmentCode: \"13\") { code definition } }").at("/indicators/28/definition"),
        "Halls occupés."
    );
}
