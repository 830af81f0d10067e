//! Publications through the public API: what the secretariat freezes, what dashboards then see, and that nothing hidden follows from it. By
//! random figures in `derivation`.

mod attacker;
mod derivation;
mod nation;
mod publishing;
mod subtraction;
mod worlds;

use serde_json::{Value, json};

use crate::harness::plans::{meeting, recorder};
use crate::harness::{Answer, App, Client};

const AXES: [&str; 4] = ["NATIONAL", "DEFENCE_ZONE", "REGION", "DEPARTMENT"];

fn publish(app: &App, period: &str) -> Answer {
    try_publish(&app.secretariat(), period)
}

fn try_publish(by: &Client, period: &str) -> Answer {
    let query = "mutation($p: Period!) { publishPeriod(period: $p) { period version publishedBy } }";
    by.run(query, json!({ "p": period }))
}

fn ask(by: &Client, indicator: &str, period: &str, axis: &str) -> Answer {
    by.run(
        "query($i: String!, $p: Period!, $a: RollupAxis!) { rollup(indicator: $i, period: $p, axis: $a) {
            provisional publication { period version } total { key value suppressed }
            cells { key value suppressed measureCount reporting expected previous yearEarlier } } }",
        json!({ "i": indicator, "p": period, "a": axis }),
    )
}

/// The cells of an axis that say anything, or hide something.
fn cells(by: &Client, indicator: &str, period: &str, axis: &str) -> Vec<Value> {
    let answer = ask(by, indicator, period, axis);
    let cells = answer.at("/rollup/cells").as_array().expect("cells").clone();
    cells.into_iter().filter(|cell| !cell["value"].is_null() || cell["suppressed"] == true).collect()
}

fn cell(by: &Client, indicator: &str, period: &str, axis: &str, key: &str) -> Value {
    let found = cells(by, indicator, period, axis).into_iter().find(|cell| cell["key"] == key);
    found.unwrap_or_else(|| panic!("no cell {key}"))
}

/// The keys of the hidden cells of an axis.
fn hidden(by: &Client, indicator: &str, period: &str, axis: &str) -> Vec<String> {
    let cells = cells(by, indicator, period, axis).into_iter().filter(|cell| cell["suppressed"] == true);
    cells.map(|cell| cell["key"].as_str().expect("a key").to_owned()).collect()
}

/// Four measures of persons in a department and quarter, two meetings of police and gendarmerie; a tenth of them for use alone. Answers the id
/// of the first.
fn quarter(app: &App, department: &str, days: [&str; 2], persons: [f64; 4]) -> String {
    let by = recorder(app, department);
    let of = |service: &str, value: f64| {
        let measure = |indicator: &str, value: f64| json!({ "indicator": indicator, "service": service, "value": value });
        [measure("ILS_TOTAL", value), measure("ILS_USAGE", (value / 10.0).floor())]
    };
    let [one, two, three, four] = persons;
    let first = meeting(&by, department, days[0], json!([of("POLICE", one), of("GENDARMERIE", two)].concat()));
    meeting(&by, department, days[1], json!([of("POLICE", three), of("GENDARMERIE", four)].concat()));
    let answer = by.run(
        "query($id: ID!) { node(id: $id) { ... on Meeting { measures(first: 10) { nodes { id value indicator { code } } } } } }",
        json!({ "id": first }),
    );
    let measures = answer.at("/node/measures/nodes").as_array().expect("measures");
    let found = measures.iter().find(|measure| measure["indicator"]["code"] == "ILS_TOTAL" && measure["value"] == one);
    found.expect("the first measure")["id"].as_str().expect("an id").to_owned()
}

const FIRST: [&str; 2] = ["2010-02-03", "2010-03-03"];
const SECOND: [&str; 2] = ["2010-04-07", "2010-05-05"];

/// Bouches-du-Rhône (eight measures), Var and Vaucluse in one region, Seine-Saint-Denis in another; the Var has 3 persons. Answers the id of the Var's first
/// measure.
fn first_quarter(app: &App) -> String {
    quarter(app, "13", FIRST, [100.0, 50.0, 120.0, 30.0]);
    quarter(app, "13", ["2010-02-17", "2010-03-17"], [10.0, 10.0, 10.0, 10.0]);
    quarter(app, "84", FIRST, [10.0, 10.0, 20.0, 10.0]);
    quarter(app, "93", FIRST, [100.0, 100.0, 100.0, 100.0]);
    quarter(app, "83", FIRST, [1.0, 0.0, 2.0, 0.0])
}

fn correct(by: &Client, measure: &str, value: f64) {
    by.run(
        "mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { id } }",
        json!({ "i": { "measureId": measure, "value": value, "reason": "Erreur de saisie." } }),
    )
    .data();
}

#[test]
fn a_first_publication_hides_the_small_and_what_would_give_it_away() {
    let app = App::on("2010-07-02");
    first_quarter(&app);
    let dashboard = app.national("DASHBOARD");
    assert_eq!(ask(&dashboard, "ILS_TOTAL", "2010-Q1", "DEPARTMENT").code(), "NOT_FOUND", "nothing is published");
    let published = publish(&app, "2010-Q1");
    assert_eq!(published.at("/publishPeriod"), &json!({ "period": "2010-Q1", "version": 1, "publishedBy": "secretariat" }));
    // Three persons in the Var; without the Vaucluse, region less the others would say so.
    assert_eq!(hidden(&dashboard, "ILS_TOTAL", "2010-Q1", "DEPARTMENT"), ["83", "84"]);
    let shown: Vec<(&str, Value)> =
        AXES.into_iter().map(|axis| (axis, ask(&dashboard, "ILS_TOTAL", "2010-Q1", axis).at("/rollup").clone())).collect();
    let shown: serde_json::Map<String, Value> = shown
        .into_iter()
        .map(|(axis, mut rollup)| {
            let cells = rollup["cells"].as_array_mut().expect("cells");
            cells.retain(|cell| !cell["value"].is_null() || cell["suppressed"] == true);
            (axis.to_owned(), rollup)
        })
        .collect();
    insta::assert_json_snapshot!(shown);
}

#[test]
fn a_ratio_is_hidden_where_a_term_is_and_shown_where_both_are() {
    let app = App::on("2010-07-02");
    first_quarter(&app);
    publish(&app, "2010-Q1").data();
    let dashboard = app.national("DASHBOARD");
    let terms =
        [hidden(&dashboard, "ILS_TOTAL", "2010-Q1", "DEPARTMENT"), hidden(&dashboard, "ILS_USAGE", "2010-Q1", "DEPARTMENT")];
    let ratio = hidden(&dashboard, "PART_USAGE", "2010-Q1", "DEPARTMENT");
    assert!(terms.concat().iter().all(|key| ratio.contains(key)), "{ratio:?} {terms:?}");
    let shown = cell(&dashboard, "PART_USAGE", "2010-Q1", "DEPARTMENT", "93");
    assert_eq!((&shown["value"], &shown["measureCount"]), (&json!(0.1), &json!(8)));
    let none = cell(&dashboard, "PART_USAGE", "2010-Q1", "DEPARTMENT", "83");
    assert_eq!((&none["value"], &none["measureCount"], &none["reporting"]), (&json!(null), &json!(0), &json!(0)));
}

#[test]
fn publishing_again_after_a_correction_makes_a_version_that_does_not_betray_the_first() {
    let app = App::on("2010-07-02");
    let measure = first_quarter(&app);
    publish(&app, "2010-Q1").data();
    let dashboard = app.national("DASHBOARD");
    correct(&recorder(&app, "83"), &measure, 40.0);
    let frozen = cell(&dashboard, "ILS_TOTAL", "2010-Q1", "NATIONAL", "FR");
    assert_eq!(frozen["value"], 793.0, "a correction changes no publication");
    assert_eq!(publish(&app, "2010-Q1").at("/publishPeriod/version"), 2);
    let again = ask(&dashboard, "ILS_TOTAL", "2010-Q1", "NATIONAL");
    assert_eq!(again.at("/rollup/publication/version"), 2);
    assert_eq!(again.at("/rollup/total/value"), 832.0);
    // The Vaucluse is what it was: shown now, it would give the 3 persons of version 1. The Var alone goes with it, since version 1 told
    // the Bouches-du-Rhône.
    assert_eq!(hidden(&dashboard, "ILS_TOTAL", "2010-Q1", "DEPARTMENT"), ["83", "84"]);
    let versions = dashboard.ask("{ publications(first: 5) { nodes { period version } } }");
    assert_eq!(
        versions.at("/publications/nodes"),
        &json!([{ "period": "2010-Q1", "version": 2 }, { "period": "2010-Q1", "version": 1 }])
    );
}

#[test]
fn what_a_first_version_told_protects_nothing_in_the_second() {
    let app = App::on("2010-07-02");
    quarter(&app, "13", FIRST, [100.0, 50.0, 120.0, 30.0]);
    quarter(&app, "84", FIRST, [10.0, 10.0, 20.0, 10.0]);
    quarter(&app, "93", FIRST, [100.0, 100.0, 100.0, 100.0]);
    let measure = quarter(&app, "83", FIRST, [20.0, 0.0, 2.0, 0.0]);
    publish(&app, "2010-Q1").data();
    let dashboard = app.national("DASHBOARD");
    assert!(hidden(&dashboard, "ILS_TOTAL", "2010-Q1", "DEPARTMENT").is_empty());
    correct(&recorder(&app, "83"), &measure, 1.0);
    publish(&app, "2010-Q1").data();
    let hidden = |axis: &str| hidden(&dashboard, "ILS_TOTAL", "2010-Q1", axis);
    assert_eq!(hidden("DEPARTMENT"), ["83"], "its neighbours are known from version 1");
    assert_eq!(
        (hidden("REGION"), hidden("DEFENCE_ZONE"), hidden("NATIONAL")),
        (vec!["93".into()], vec!["SUD".into()], vec!["FR".into()])
    );
}

#[test]
fn previous_and_year_earlier_are_what_was_published_then() {
    let app = App::on("2010-07-02");
    first_quarter(&app);
    for department in ["13", "83", "84", "93"] {
        quarter(&app, department, SECOND, [50.0, 50.0, 50.0, 50.0]);
    }
    let dashboard = app.national("DASHBOARD");
    publish(&app, "2010-Q2").data();
    let before = |period: &str, key: &str| cell(&dashboard, "ILS_TOTAL", period, "DEPARTMENT", key)["previous"].clone();
    assert_eq!(before("2010-Q2", "13"), json!(null), "the first quarter is not published yet");
    publish(&app, "2010-Q1").data();
    publish(&app, "2010-Q2").data();
    assert_eq!(before("2010-Q2", "13"), 340.0);
    assert_eq!(before("2010-Q2", "83"), json!(null), "it was hidden then");

    app.set_day("2011-04-20");
    for department in ["13", "83", "84", "93"] {
        quarter(&app, department, ["2011-02-03", "2011-03-03"], [25.0, 25.0, 25.0, 25.0]);
    }
    publish(&app, "2011-Q1").data();
    let dashboard = app.national("DASHBOARD");
    let of = |key: &str| cell(&dashboard, "ILS_TOTAL", "2011-Q1", "DEPARTMENT", key);
    assert_eq!((&of("13")["yearEarlier"], &of("13")["previous"]), (&json!(340.0), &json!(null)));
    assert_eq!((&of("83")["value"], &of("83")["yearEarlier"]), (&json!(100.0), &json!(null)));
}

#[test]
fn a_maximum_is_never_published() {
    let app = App::on("2010-07-02");
    let secretariat = app.secretariat();
    let define = |code: &str| {
        secretariat.run(
            "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { id } }",
            json!({ "i": { "code": code, "label": "Effectif", "unit": "agents", "definition": "Le plus grand effectif.",
                "aggregation": "MAXIMUM", "published": true } }),
        )
    };
    for code in ["EFFECTIF_MAX", "EFFECTIF_PLUS"] {
        let answer = define(code);
        assert_eq!((answer.code(), answer.field()), ("INVALID", "published"), "{}", answer.body);
    }
    let by = recorder(&app, "13");
    meeting(&by, "13", "2010-02-03", json!([{ "indicator": "EFFECTIF_MAX", "service": "POLICE", "value": 30 }]));
    publish(&app, "2010-Q1").data();
    assert_eq!(ask(&app.national("DASHBOARD"), "EFFECTIF_MAX", "2010-Q1", "NATIONAL").code(), "NOT_FOUND");
}

#[test]
fn an_ended_quarter_or_longer_is_published_by_the_secretariat_alone() {
    let app = App::on("2010-06-30");
    for period in ["2010-Q2", "2010-S1", "2010", "2010-Q3", "2010-02", "2010-02-1"] {
        let answer = publish(&app, period);
        assert_eq!((answer.code(), answer.field()), ("INVALID", "period"), "{period}: {}", answer.body);
    }
    for by in [app.national("DASHBOARD"), app.national("AUDITOR"), app.prefecture("13"), app.administrator()] {
        assert_eq!(try_publish(&by, "2010-Q1").code(), "FORBIDDEN", "{}", by.username);
    }
    assert_eq!(try_publish(&app.anonymous(), "2010-Q1").code(), "UNAUTHENTICATED");
    publish(&app, "2010-Q1").data();
    app.set_day("2010-07-01");
    publish(&app, "2010-Q2").data();
    publish(&app, "2010-S1").data();
}

#[test]
fn a_dashboard_never_sees_live_figures() {
    let app = App::on("2010-07-02");
    let measure = first_quarter(&app);
    publish(&app, "2010-Q1").data();
    quarter(&app, "13", SECOND, [50.0, 50.0, 50.0, 50.0]);
    correct(&recorder(&app, "83"), &measure, 40.0);
    let dashboard = app.national("DASHBOARD");
    for axis in AXES {
        assert_eq!(ask(&dashboard, "ILS_TOTAL", "2010-Q2", axis).code(), "NOT_FOUND", "{axis}");
        assert_eq!(ask(&dashboard, "ILS_TOTAL", "2010-02", axis).code(), "NOT_FOUND", "{axis}");
        assert_eq!(ask(&dashboard, "PRESENCE_H", "2010-Q1", axis).code(), "NOT_FOUND", "{axis}");
        assert_eq!(ask(&dashboard, "ILS_TOTAL", "2010-Q1", axis).at("/rollup/publication/version"), 1, "{axis}");
    }
    for axis in ["SERVICE", "PARQUET", "AUTHORITY", "SECTOR"] {
        assert_eq!(ask(&dashboard, "ILS_TOTAL", "2010-Q1", axis).code(), "FORBIDDEN", "{axis}");
    }
    let named =
        r#"{ rollup(indicator: "ILS_TOTAL", period: "2010-Q1", axis: DEPARTMENT, departmentCode: "83") { total { value } } }"#;
    assert_eq!(dashboard.ask(named).code(), "FORBIDDEN");
    let series = dashboard.ask(
        r#"{ rollupSeries(indicator: "ILS_TOTAL", axis: NATIONAL, from: "2010-Q1", until: "2010-Q2") { period total { value } } }"#,
    );
    assert_eq!(series.at("/rollupSeries"), &json!([{ "period": "2010-Q1", "total": { "value": 793.0 } }]));
}

fn define(by: &Client, code: &str, unit: &str, more: Value) -> Answer {
    let mut input = json!({ "code": code, "label": "Essai", "unit": unit, "definition": "Un essai.", "aggregation": "SUM",
        "published": true });
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    by.run("mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { code unit counts } }", json!({ "i": input }))
}

/// Four measures of an indicator that come to 2 in the Var, and to much in its neighbours, all in one quarter.
fn two_in_the_var(app: &App, indicator: &str, service: &str) {
    for (department, values) in [("83", [1.0, 0.0, 1.0]), ("13", [30.0, 40.0, 50.0]), ("84", [9.0, 9.0, 9.0])] {
        let by = recorder(app, department);
        if service == "PARQUET" {
            let _ = app.try_grant(&by.username, "PUBLIC_PROSECUTOR", json!({ "departmentCode": department }));
        }
        for (day, value) in ["2010-02-03", "2010-02-17", "2010-03-03"].into_iter().zip(values) {
            meeting(&by, department, day, json!([{ "indicator": indicator, "service": service, "value": value }]));
        }
    }
}

#[test]
fn small_counts_are_hidden_whatever_their_unit_is_called() {
    let app = App::on("2010-07-02");
    let secretariat = app.secretariat();
    let units = ["Personnes", "personne", "mineurs", "élèves", "gardes à vue", "mis en cause"];
    let codes: Vec<String> = (0..units.len()).map(|number| format!("ESSAI_{number}")).collect();
    for (code, unit) in codes.iter().zip(units) {
        assert_eq!(define(&secretariat, code, unit, json!({})).at("/defineIndicator/counts"), "PERSONS", "{unit}");
    }
    define(&secretariat, "ESSAI_KG", "kg", json!({ "counts": "MASS" })).data();
    for code in codes.iter().map(String::as_str).chain(["ESSAI_KG", "GAV_ILS", "AFD_USAGE"]) {
        two_in_the_var(&app, code, "POLICE");
    }
    publish(&app, "2010-Q1").data();
    let dashboard = app.national("DASHBOARD");
    for code in codes.iter().map(String::as_str).chain(["GAV_ILS", "AFD_USAGE"]) {
        let hidden = hidden(&dashboard, code, "2010-Q1", "DEPARTMENT");
        assert!(hidden.contains(&"83".to_owned()), "{code}: {hidden:?}");
    }
    assert_eq!(cell(&dashboard, "ESSAI_KG", "2010-Q1", "DEPARTMENT", "83")["value"], 2.0, "kilograms are not persons");
}

#[test]
fn a_definition_that_lowers_protection_does_not_lay_open_what_an_earlier_version_hid() {
    let app = App::on("2010-07-02");
    let secretariat = app.secretariat();
    define(&secretariat, "ESSAI", "mineurs", json!({})).data();
    two_in_the_var(&app, "ESSAI", "POLICE");
    publish(&app, "2010-Q1").data();
    // Without a word on what is counted it stays as it is; the unit of published figures stays in any case.
    assert_eq!(define(&secretariat, "ESSAI", "mineurs", json!({})).at("/defineIndicator/counts"), "PERSONS");
    assert_eq!(define(&secretariat, "ESSAI", "mineurs", json!({ "counts": "ACTS" })).at("/defineIndicator/counts"), "ACTS");
    assert_eq!(define(&secretariat, "ESSAI", "faits", json!({})).field(), "unit");
    assert_eq!(define(&secretariat, "ESSAI", "mineurs", json!({})).at("/defineIndicator/counts"), "ACTS");
    meeting(&recorder(&app, "83"), "83", "2010-05-05", json!([{ "indicator": "ESSAI", "service": "POLICE", "value": 40 }]));
    for period in ["2010-Q1", "2010-S1", "2010-Q2"] {
        publish(&app, period).data();
    }
    let dashboard = app.national("DASHBOARD");
    assert!(hidden(&dashboard, "ESSAI", "2010-Q1", "DEPARTMENT").contains(&"83".to_owned()));
    let shown = |period: &str| cell(&dashboard, "ESSAI", period, "DEPARTMENT", "83")["value"].as_f64();
    assert!(shown("2010-S1").is_none() || shown("2010-Q2").is_none(), "the semester less the second quarter is the first");
    let refused = define(
        &secretariat,
        "RAPPORT",
        "ratio",
        json!({ "aggregation": "RATIO", "numerator": "ESSAI", "denominator": "ILS_TOTAL", "counts": "PERSONS" }),
    );
    assert_eq!((refused.code(), refused.field()), ("INVALID", "counts"), "{}", refused.body);
}

#[test]
fn a_published_nought_does_not_give_the_other_quarter_away() {
    let app = App::on("2010-07-02");
    let by = recorder(&app, "83");
    let of = |value: f64| json!([{ "indicator": "ILS_TOTAL", "service": "POLICE", "value": value }]);
    for day in ["2010-02-03", "2010-02-17", "2010-03-03"] {
        meeting(&by, "83", day, of(0.0));
    }
    meeting(&by, "83", "2010-04-07", of(4.0));
    meeting(&by, "83", "2010-05-05", of(2.0));
    for department in ["13", "84", "06", "93"] {
        quarter(&app, department, FIRST, [20.0, 30.0, 40.0, 50.0]);
        quarter(&app, department, SECOND, [20.0, 30.0, 40.0, 50.0]);
    }
    // The semester is 6 on five measures, the second quarter 6 on two: a first quarter of 0 would say so.
    for period in ["2010-S1", "2010-Q1", "2010-Q2"] {
        publish(&app, period).data();
    }
    let dashboard = app.national("DASHBOARD");
    let suppressed = |period: &str| hidden(&dashboard, "ILS_TOTAL", period, "DEPARTMENT").contains(&"83".to_owned());
    assert!(suppressed("2010-Q2"), "it rests on two measures");
    assert!(suppressed("2010-S1") || suppressed("2010-Q1"));
}

#[test]
fn a_part_does_not_follow_from_a_small_total() {
    let app = App::on("2010-07-02");
    // Three persons for trafficking of five in all, and two for use: the total would bound both.
    for (department, total, traffic, usage) in [("83", 5.0, 3.0, 2.0), ("13", 90.0, 40.0, 50.0), ("84", 60.0, 30.0, 20.0)] {
        let by = recorder(&app, department);
        for (day, share) in ["2010-02-03", "2010-02-17", "2010-03-03"].into_iter().zip([1.0, 0.0, 0.0]) {
            let of = |indicator: &str, value: f64| json!({ "indicator": indicator, "service": "POLICE", "value": value * share });
            meeting(
                &by,
                department,
                day,
                json!([of("ILS_TOTAL", total), of("ILS_TRAFIC", traffic), of("ILS_USAGE", usage), of("ILS_REVENTE", 0.0)]),
            );
        }
    }
    publish(&app, "2010-Q1").data();
    let dashboard = app.national("DASHBOARD");
    let shown = |code: &str| {
        let hidden = hidden(&dashboard, code, "2010-Q1", "DEPARTMENT");
        !hidden.contains(&"83".to_owned())
    };
    assert!(!shown("ILS_TRAFIC") && !shown("ILS_USAGE"));
}

#[test]
fn what_was_published_means_the_same_for_good_and_what_is_not_said_of_an_indicator_stays() {
    let app = App::on("2010-07-02");
    let secretariat = app.secretariat();
    define(&secretariat, "ESSAI", "kg", json!({ "counts": "MASS", "recordedBy": ["POLICE"] })).data();
    let ratio = |more: Value| {
        let mut input = json!({ "code": "TAUX", "label": "Taux", "unit": "ratio", "definition": "Un taux.", "aggregation": "RATIO",
            "numerator": "ESSAI", "denominator": "OPS_CP" });
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
            input.extend(more);
        }
        secretariat.run(
            "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { published recordedBy } }",
            json!({ "i": input }),
        )
    };
    ratio(json!({ "published": true })).data();
    // Nothing rests on it yet.
    ratio(json!({ "denominator": "ARMES" })).data();
    ratio(json!({})).data();
    two_in_the_var(&app, "ESSAI", "POLICE");
    publish(&app, "2010-Q1").data();
    for (more, field) in [
        (json!({ "unit": "%" }), "unit"),
        (json!({ "numerator": "ARMES" }), "numerator"),
        (json!({ "denominator": "ARMES" }), "denominator"),
    ] {
        let refused = ratio(more);
        assert_eq!(
            (refused.code(), refused.field(), &refused.error()["extensions"]["reason"]),
            ("INVALID", field, &json!("FROZEN"))
        );
    }
    // Words may be mended; what they do not mention stays.
    let renamed = ratio(json!({ "label": "Taux d’essai" }));
    assert_eq!(renamed.at("/defineIndicator/published"), true);
    let input =
        json!({ "code": "ESSAI", "label": "Essai mieux dit", "unit": "kg", "definition": "Un essai.", "aggregation": "SUM" });
    let defined = secretariat.run(
        "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { published recordedBy counts } }",
        json!({ "i": input }),
    );
    assert_eq!(defined.at("/defineIndicator"), &json!({ "published": true, "recordedBy": ["POLICE"], "counts": "MASS" }));
    let query = "{ auditEntries(first: 20) { nodes { act detail } } }";
    let nodes = app.national("AUDITOR").ask(query).at("/auditEntries/nodes").as_array().expect("a list").clone();
    let told = |text: &str| nodes.iter().any(|node| node["detail"].as_str().is_some_and(|detail| detail.contains(text)));
    assert!(told("label: \"Essai\" -> \"Essai mieux dit\""), "{nodes:?}");
}
