//! Rollups through the public API: how figures add up, who reported, and over which territory who may ask. Against a recomputation from random
//! measures in `recomputed`; what is remembered in `remembered`.

mod bounded;
mod bulk;
mod recomputed;
mod remembered;
mod territory;

use serde_json::{Value, json};

use palts::workflow::rollups::verify;

use crate::harness::plans::{Revision, meeting, objective, recorder, sector};
use crate::harness::{Answer, App, Client};

/// Asks for a rollup.
pub fn ask(by: &Client, indicator: &str, period: &str, axis: &str, department: Option<&str>) -> Answer {
    by.run(
        "query($i: String!, $p: Period!, $a: RollupAxis!, $d: DepartmentCode) {
            rollup(indicator: $i, period: $p, axis: $a, departmentCode: $d) {
                provisional publication { id } total { ...cell } cells { ...cell } } }
         fragment cell on RollupCell { key label value measureCount reporting expected previous yearEarlier suppressed }",
        json!({ "i": indicator, "p": period, "a": axis, "d": department }),
    )
}

/// The values of the cells that have one, by key.
#[track_caller]
pub fn values(answer: &Answer) -> Value {
    let cells = answer.at("/rollup/cells").as_array().expect("cells");
    let filled = cells.iter().filter(|cell| !cell["value"].is_null());
    Value::Object(filled.map(|cell| (cell["key"].as_str().expect("a key").to_owned(), cell["value"].clone())).collect())
}

fn measure(indicator: &str, service: &str, value: f64) -> Value {
    json!({ "indicator": indicator, "service": service, "value": value })
}

fn at(sector: &str, mut measure: Value) -> Value {
    measure["sectorCode"] = json!(sector);
    measure
}

/// Two sectors in a draft of department 13: S1 of the police, S2 of the gendarmerie, both of the parquet of Marseille.
fn mapped(app: &App) -> Client {
    Revision::open(app, "13", "2010-S1").fill(app);
    recorder(app, "13")
}

#[test]
fn every_axis_of_a_sum_adds_up_to_the_same_total() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    let figures = json!([
        measure("ILS_TOTAL", "POLICE", 10.0),
        at("S1", measure("ILS_TOTAL", "POLICE", 5.0)),
        at("S2", measure("ILS_TOTAL", "POLICE", 2.5)),
        at("S2", measure("ILS_TOTAL", "GENDARMERIE", 1.0)),
    ]);
    meeting(&by, "13", "2010-03-03", figures.clone());
    meeting(&by, "13", "2010-06-17", figures);
    meeting(&recorder(&app, "93"), "93", "2010-06-17", json!([measure("ILS_TOTAL", "POLICE", 100.0)]));

    let of = |axis: &str| values(&ask(&by, "ILS_TOTAL", "2010-S1", axis, Some("13")));
    assert_eq!(of("DEPARTMENT"), json!({ "13": 37.0 }));
    assert_eq!(of("SERVICE"), json!({ "GENDARMERIE": 2.0, "POLICE": 35.0 }));
    assert_eq!(of("SECTOR"), json!({ "-": 20.0, "S1": 10.0, "S2": 7.0 }));
    assert_eq!(of("AUTHORITY"), json!({ "-": 20.0, "POLICE": 10.0, "GENDARMERIE": 7.0 }));
    assert_eq!(of("PARQUET"), json!({ "-": 20.0, "TJ-MARSEILLE": 17.0 }));
    let nation = app.secretariat();
    for axis in ["NATIONAL", "DEFENCE_ZONE", "REGION", "DEPARTMENT", "SERVICE", "PARQUET", "AUTHORITY"] {
        let answer = ask(&nation, "ILS_TOTAL", "2010", axis, None);
        assert_eq!(answer.at("/rollup/total/value"), 137.0, "{axis}");
        assert_eq!(answer.at("/rollup/total/measureCount"), 9, "{axis}");
        let sum: f64 = values(&answer).as_object().expect("cells").values().filter_map(Value::as_f64).sum();
        assert_eq!(sum, 137.0, "{axis}");
    }
    assert_eq!(values(&ask(&nation, "ILS_TOTAL", "2010-Q2", "REGION", None)), json!({ "93": 18.5, "11": 100.0 }));
    let sector = ask(&by, "ILS_TOTAL", "2010-S1", "SECTOR", Some("13"));
    assert_eq!(sector.at("/rollup/cells/0/label"), "Secteur S1");
    assert_eq!(sector.at("/rollup/cells/2/label"), "Ensemble du département");
}

#[test]
fn each_aggregation_goes_its_own_way_over_time_and_territory() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    let other = recorder(&app, "93");
    let of = |sector: f64, whole: f64, note: f64, staff: f64| {
        json!([
            at("S1", measure("POINTS_DEAL", "POLICE", sector)),
            measure("POINTS_DEAL", "GENDARMERIE", whole),
            at("S1", measure("PHYSIONOMIE", "POLICE", note)),
            measure("EFFECTIF_MAX", "POLICE", staff),
        ])
    };
    meeting(&by, "13", "2010-02-03", of(7.0, 1.0, 1.0, 30.0));
    meeting(
        &by,
        "13",
        "2010-03-03",
        json!([at("S1", measure("POINTS_DEAL", "POLICE", 4.0)), at("S1", measure("PHYSIONOMIE", "POLICE", 2.0))]),
    );
    meeting(
        &other,
        "93",
        "2010-03-03",
        json!([
            measure("POINTS_DEAL", "POLICE", 9.0),
            measure("PHYSIONOMIE", "POLICE", 5.0),
            measure("EFFECTIF_MAX", "POLICE", 80.0)
        ]),
    );
    let nation = app.secretariat();
    let total =
        |indicator: &str, period: &str| ask(&nation, indicator, period, "NATIONAL", None).at("/rollup/total/value").clone();
    // The last value of S1, that of the gendarmerie a month before, and that of 93.
    assert_eq!(total("POINTS_DEAL", "2010-Q1"), 4.0 + 1.0 + 9.0);
    assert_eq!(total("POINTS_DEAL", "2010-02"), 8.0);
    assert_eq!(total("POINTS_DEAL", "2010-03"), 13.0);
    assert_eq!(total("POINTS_DEAL", "2010"), 14.0);
    assert_eq!(total("PHYSIONOMIE", "2010"), 8.0 / 3.0);
    assert_eq!(total("EFFECTIF_MAX", "2010-S1"), 80.0);
    assert_eq!(total("EFFECTIF_MAX", "2010-Q2"), Value::Null);
    let last = ask(&by, "POINTS_DEAL", "2010", "SECTOR", Some("13"));
    assert_eq!(values(&last), json!({ "S1": 4.0, "-": 1.0 }));
    assert_eq!(last.at("/rollup/total/measureCount"), 2);
}

#[test]
fn a_sector_that_was_split_is_not_counted_beside_its_parts() {
    let app = App::on("2024-03-11");
    Revision::in_force(&app, "13", "2024-S1");
    let by = recorder(&app, "13");
    meeting(&by, "13", "2024-03-11", json!([at("S1", measure("POINTS_DEAL", "POLICE", 5.0))]));
    let total = |period: &str| {
        let answer = ask(&app.secretariat(), "POINTS_DEAL", period, "DEPARTMENT", Some("13"));
        answer.at("/rollup/total/value").clone()
    };
    assert_eq!([total("2024-03-1"), total("2024-03"), total("2024")], [5.0, 5.0, 5.0]);

    app.set_day("2024-03-18");
    split(&app);
    assert_eq!([total("2024-03-1"), total("2024-03")], [json!(5.0), Value::Null], "nobody has said what stands in its place");
    let by = recorder(&app, "13");
    let parts = json!([at("A1", measure("POINTS_DEAL", "POLICE", 3.0)), at("A2", measure("POINTS_DEAL", "POLICE", 2.0))]);
    meeting(&by, "13", "2024-03-18", parts);
    for period in ["2024-03-1", "2024-03-2", "2024-03", "2024-Q1", "2024-S1", "2024"] {
        assert_eq!(total(period), 5.0, "{period}");
    }
    let by_sector = ask(&by, "POINTS_DEAL", "2024-03", "SECTOR", Some("13"));
    assert_eq!(values(&by_sector), json!({ "A1": 3.0, "A2": 2.0 }));
    hold_cells(&app);
}

/// Puts a plan in force in which A1 and A2 stand in the place of S1.
fn split(app: &App) -> Revision {
    let prefecture = app.prefecture("13");
    let mut split = Revision::open(app, "13", "2024-S1");
    let sectors = json!([sector("13", "A1", 2, "POLICE"), sector("13", "A2", 3, "POLICE")]);
    split.step(&prefecture, "upsertSectors", json!({ "sectors": sectors }));
    for (code, axis) in [("O1", "DETERRENCE"), ("O2", "REPRESSION")] {
        split.step(&prefecture, "upsertObjective", objective(code, axis, &["A1"]));
    }
    split.step(&prefecture, "removeSector", json!({ "code": "S1" }));
    split.submit(app);
    split.sign(app);
    split.transmit(app);
    split
}

/// Puts the returned plan in force as it was.
fn once_more(app: &App) -> Revision {
    let mut copy = Revision::open(app, "13", "2024-S1");
    copy.submit(app);
    copy.sign(app);
    copy.transmit(app);
    copy
}

/// Holds the cells of department 13 against its measures, and against what the database makes of them.
#[track_caller]
fn hold_cells(app: &App) {
    let department: palts::domain::DepartmentCode = "13".parse().expect("a code");
    let database = app.database().open();
    let kept = database.read(|connection| verify::verify(connection, std::slice::from_ref(&department), &verify::ALWAYS));
    assert_eq!(kept.expect("readable"), []);
    database.write(|connection| verify::renew(connection, &department, &verify::ALWAYS)).expect("made by the database alike");
}

/// The last values of the sectors of department 13 in a period.
#[track_caller]
fn points(app: &App, period: &str) -> Value {
    values(&ask(&app.secretariat(), "POINTS_DEAL", period, "SECTOR", Some("13")))
}

#[track_caller]
fn give_back(app: &App, revision: &mut Revision) {
    revision.step(&app.secretariat(), "returnRevision", json!({ "remarks": [{ "text": "À revoir." }] }));
}

#[test]
fn after_a_return_the_sectors_that_come_back_count_again_and_those_that_leave_do_not() {
    let app = App::on("2024-03-11");
    Revision::in_force(&app, "13", "2024-S1");
    let report = |day: &str, figures: Value| meeting(&recorder(&app, "13"), "13", day, figures);
    report("2024-03-11", json!([at("S1", measure("POINTS_DEAL", "POLICE", 5.0))]));
    app.set_day("2024-03-18");
    let mut parts = split(&app);
    let both = json!([at("A1", measure("POINTS_DEAL", "POLICE", 3.0)), at("A2", measure("POINTS_DEAL", "POLICE", 4.0))]);
    report("2024-03-18", both);
    let (whole, split) = (json!({ "S1": 5.0 }), json!({ "A1": 3.0, "A2": 4.0 }));
    assert_eq!([points(&app, "2024-03"), points(&app, "2024")], [split.clone(), split.clone()]);

    app.set_day("2024-04-02");
    give_back(&app, &mut parts);
    // What has ended is as it was; what goes on is what the plan that is in force again says.
    assert_eq!([points(&app, "2024-03-1"), points(&app, "2024-03-2")], [whole.clone(), split.clone()]);
    assert_eq!([points(&app, "2024-03"), points(&app, "2024-Q1")], [split.clone(), split]);
    assert_eq!([points(&app, "2024-S1"), points(&app, "2024")], [whole.clone(), whole]);
    hold_cells(&app);
    report("2024-04-02", json!([at("S1", measure("POINTS_DEAL", "POLICE", 7.0))]));
    assert_eq!([points(&app, "2024-04"), points(&app, "2024")], [json!({ "S1": 7.0 }), json!({ "S1": 7.0 })]);
    assert_eq!(points(&app, "2024-03"), json!({ "A1": 3.0, "A2": 4.0 }));
    hold_cells(&app);
}

#[test]
fn the_return_of_the_only_plan_takes_no_last_value_away_and_the_next_plan_is_held_against_it() {
    let app = App::on("2024-03-11");
    let mut only = Revision::open(&app, "13", "2024-S1");
    only.fill(&app);
    only.submit(&app);
    only.sign(&app);
    only.transmit(&app);
    let report = |day: &str, figures: Value| meeting(&recorder(&app, "13"), "13", day, figures);
    report("2024-03-11", json!([at("S1", measure("POINTS_DEAL", "POLICE", 5.0))]));
    let whole = json!({ "S1": 5.0 });
    app.set_day("2024-04-02");
    give_back(&app, &mut only);
    for period in ["2024-03", "2024-Q1", "2024-S1", "2024"] {
        assert_eq!(points(&app, period), whole, "{period}: nobody has said that the sector left");
    }
    hold_cells(&app);

    app.set_day("2024-04-18");
    let mut parts = split(&app);
    assert_eq!([points(&app, "2024-03"), points(&app, "2024")], [whole.clone(), json!({})]);
    report("2024-04-18", json!([at("A1", measure("POINTS_DEAL", "POLICE", 3.0))]));
    assert_eq!([points(&app, "2024-04"), points(&app, "2024")], [json!({ "A1": 3.0 }), json!({ "A1": 3.0 })]);
    hold_cells(&app);

    app.set_day("2024-05-02");
    give_back(&app, &mut parts);
    assert_eq!([points(&app, "2024-04"), points(&app, "2024")], [json!({ "A1": 3.0 }), whole]);
    hold_cells(&app);
}

#[test]
fn a_plan_that_comes_and_goes_within_one_fortnight_leaves_no_sector_out() {
    let app = App::on("2024-03-18");
    Revision::in_force(&app, "13", "2024-S1");
    let report = |figures: Value| meeting(&recorder(&app, "13"), "13", &app.today(), figures);
    report(json!([at("S1", measure("POINTS_DEAL", "POLICE", 5.0))]));
    // Transmitted and returned twice: nothing of the first time is in the way of the second.
    for day in ["2024-03-19", "2024-03-21"] {
        app.set_day(day);
        let mut parts = if day == "2024-03-19" { split(&app) } else { once_more(&app) };
        assert_eq!(points(&app, "2024-03"), json!({}), "{day}");
        give_back(&app, &mut parts);
        for period in ["2024-03-2", "2024-03", "2024-Q1", "2024-S1", "2024"] {
            assert_eq!(points(&app, period), json!({ "S1": 5.0 }), "{day}, {period}");
        }
        hold_cells(&app);
    }
}

#[test]
fn a_sector_that_a_next_plan_takes_up_again_within_the_fortnight_is_not_left_out() {
    let app = App::on("2024-03-11");
    Revision::in_force(&app, "13", "2024-S1");
    meeting(&recorder(&app, "13"), "13", "2024-03-11", json!([at("S1", measure("POINTS_DEAL", "POLICE", 5.0))]));
    split(&app);
    assert_eq!(points(&app, "2024"), json!({}));
    let prefecture = app.prefecture("13");
    let mut mended = Revision::open(&app, "13", "2024-S1");
    mended.step(&prefecture, "upsertSectors", json!({ "sectors": [sector("13", "S1", 0, "POLICE")] }));
    mended.submit(&app);
    mended.sign(&app);
    mended.transmit(&app);
    assert_eq!([points(&app, "2024-03"), points(&app, "2024")], [json!({ "S1": 5.0 }), json!({ "S1": 5.0 })]);
    hold_cells(&app);
}

#[test]
fn rollups_series_and_publications_say_the_first_and_last_day_of_their_period() {
    let app = App::on("2010-07-02");
    let secretariat = app.secretariat();
    let days = "period firstDay lastDay";
    let rollup = format!("{{ rollup(indicator: \"ILS_TOTAL\", period: \"2010-02-2\", axis: NATIONAL) {{ {days} }} }}");
    assert_eq!(
        secretariat.ask(&rollup).at("/rollup"),
        &json!({ "period": "2010-02-2", "firstDay": "2010-02-16", "lastDay": "2010-02-28" })
    );
    let series = format!(
        "{{ rollupSeries(indicator: \"ILS_TOTAL\", axis: NATIONAL, from: \"2010-Q1\", until: \"2010-Q2\") {{ {days} }} }}"
    );
    assert_eq!(
        secretariat.ask(&series).at("/rollupSeries"),
        &json!([
            { "period": "2010-Q1", "firstDay": "2010-01-01", "lastDay": "2010-03-31" },
            { "period": "2010-Q2", "firstDay": "2010-04-01", "lastDay": "2010-06-30" }
        ])
    );
    let publish = format!("mutation {{ publishPeriod(period: \"2010-S1\") {{ {days} }} }}");
    assert_eq!(
        secretariat.ask(&publish).at("/publishPeriod"),
        &json!({ "period": "2010-S1", "firstDay": "2010-01-01", "lastDay": "2010-06-30" })
    );
}

#[test]
fn a_ratio_divides_what_its_parts_come_to() {
    let app = App::on("2010-07-02");
    meeting(
        &recorder(&app, "13"),
        "13",
        "2010-03-03",
        json!([measure("ILS_TOTAL", "POLICE", 10.0), measure("ILS_USAGE", "POLICE", 5.0)]),
    );
    meeting(
        &recorder(&app, "93"),
        "93",
        "2010-03-03",
        json!([measure("ILS_TOTAL", "POLICE", 30.0), measure("ILS_USAGE", "POLICE", 5.0)]),
    );
    meeting(
        &recorder(&app, "75"),
        "75",
        "2010-03-03",
        json!([measure("ILS_TOTAL", "POLICE", 0.0), measure("ILS_USAGE", "POLICE", 0.0)]),
    );
    meeting(&recorder(&app, "68"), "68", "2010-03-03", json!([measure("ILS_USAGE", "POLICE", 3.0)]));
    let answer = ask(&app.secretariat(), "PART_USAGE", "2010", "DEPARTMENT", None);
    assert_eq!(values(&answer), json!({ "13": 0.5, "93": 5.0 / 30.0 }));
    assert_eq!(answer.at("/rollup/total/value"), 13.0 / 40.0);
    // Who reported one part only has not reported the ratio.
    assert_eq!(answer.at("/rollup/total/reporting"), 3);
}

#[test]
fn a_correction_moves_every_cell_above_the_measure() {
    let app = App::on("2010-07-02");
    let by = recorder(&app, "13");
    for day in ["2010-03-03", "2010-03-17"] {
        meeting(
            &by,
            "13",
            day,
            json!([
                measure("ILS_TOTAL", "POLICE", 10.0),
                measure("EFFECTIF_MAX", "POLICE", 50.0),
                measure("POINTS_DEAL", "POLICE", 6.0),
                measure("PHYSIONOMIE", "POLICE", 4.0),
            ]),
        );
    }
    let first = by.ask(r#"{ department(code: "13") { meetings(period: "2010-03-1") { nodes { measures { nodes { id } } } } } }"#);
    let ids = first.at("/department/meetings/nodes/0/measures/nodes").as_array().expect("a list").clone();
    for id in ids {
        by.run(
            "mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { value } }",
            json!({ "i": { "measureId": id["id"], "value": 2, "reason": "Erreur de saisie." } }),
        )
        .data();
    }
    for (indicator, fortnight, year) in
        [("ILS_TOTAL", 2.0, 12.0), ("EFFECTIF_MAX", 2.0, 50.0), ("POINTS_DEAL", 2.0, 6.0), ("PHYSIONOMIE", 2.0, 3.0)]
    {
        let of = |period: &str| ask(&by, indicator, period, "SERVICE", Some("13")).at("/rollup/total/value").clone();
        assert_eq!((of("2010-03-1"), of("2010")), (json!(fortnight), json!(year)), "{indicator}");
    }
}

#[test]
fn figures_are_held_against_the_period_before_and_the_year_before() {
    let app = App::on("2011-04-02");
    let by = recorder(&app, "13");
    for (day, value) in [("2010-01-20", 1.0), ("2010-12-20", 2.0), ("2011-01-20", 4.0)] {
        meeting(&by, "13", day, json!([measure("ILS_TOTAL", "POLICE", value)]));
    }
    let of = |period: &str| {
        let answer = ask(&by, "ILS_TOTAL", period, "DEPARTMENT", Some("13"));
        let cell = answer.at("/rollup/cells/0").clone();
        assert_eq!(&cell, answer.at("/rollup/total"));
        (cell["value"].clone(), cell["previous"].clone(), cell["yearEarlier"].clone())
    };
    assert_eq!(of("2011-01-2"), (json!(4.0), json!(null), json!(1.0)));
    assert_eq!(of("2011-01"), (json!(4.0), json!(2.0), json!(1.0)));
    assert_eq!(of("2011-Q1"), (json!(4.0), json!(2.0), json!(1.0)));
    assert_eq!(of("2011-S1"), (json!(4.0), json!(2.0), json!(1.0)));
    assert_eq!(of("2011"), (json!(4.0), json!(3.0), json!(3.0)));
    assert_eq!(of("2000"), (json!(null), json!(null), json!(null)));
}

#[test]
fn zero_not_reported_and_not_applicable_are_three_things() {
    let app = App::on("2010-07-02");
    let by = recorder(&app, "13");
    meeting(&by, "13", "2010-06-20", json!([measure("ARMES", "POLICE", 0.0)]));
    let declare = |department: &str, from: &str| {
        app.prefecture(department).run(
            "mutation($i: DeclareNotApplicableInput!) { declareNotApplicable(input: $i) { reason } }",
            json!({ "i": { "departmentCode": department, "indicator": "ARMES", "from": from, "reason": "Sans objet." } }),
        )
    };
    declare("93", "2010-01-1").data();
    declare("75", "2010-06-2").data();
    let answer = ask(&app.secretariat(), "ARMES", "2010-06", "DEPARTMENT", None);
    let cell = |code: &str| {
        let cells = answer.at("/rollup/cells").as_array().expect("cells");
        let cell = cells.iter().find(|cell| cell["key"] == code).expect("a cell");
        (cell["value"].clone(), cell["reporting"].clone(), cell["expected"].clone())
    };
    assert_eq!(cell("13"), (json!(0.0), json!(1), json!(1)));
    assert_eq!(cell("92"), (json!(null), json!(0), json!(1)));
    assert_eq!(cell("93"), (json!(null), json!(0), json!(0)));
    // Half of the month only: something is expected of the other half.
    assert_eq!(cell("75"), (json!(null), json!(0), json!(1)));
    // Mayotte was no department then.
    assert_eq!(cell("976"), (json!(null), json!(0), json!(0)));
    assert_eq!(answer.at("/rollup/total/expected"), 99);
    assert_eq!(answer.at("/rollup/provisional"), true);
    let own = ask(&by, "ARMES", "2010-06", "DEPARTMENT", Some("13"));
    assert_eq!(own.at("/rollup/provisional"), false);
    assert_eq!(ask(&by, "ARMES", "2010", "DEPARTMENT", Some("13")).at("/rollup/provisional"), true);
}

#[test]
fn a_local_indicator_is_expected_of_its_department_alone() {
    let app = App::on("2010-07-02");
    let by = app.prefecture("13");
    by.run(
        "mutation($i: DefineIndicatorInput!) { defineIndicator(input: $i) { id } }",
        json!({ "i": { "code": "13-HALLS", "label": "Halls", "unit": "halls", "definition": "Halls occupés.", "aggregation": "SUM",
            "published": false, "departmentCode": "13" } }),
    )
    .data();
    meeting(&by, "13", "2010-06-20", json!([measure("13-HALLS", "PREFECTURE", 3.0)]));
    let answer = ask(&app.secretariat(), "13-HALLS", "2010-S1", "REGION", None);
    assert_eq!(values(&answer), json!({ "93": 3.0 }));
    assert_eq!((answer.at("/rollup/total/reporting"), answer.at("/rollup/total/expected")), (&json!(1), &json!(1)));
}

#[test]
fn a_series_costs_as_many_statements_as_a_single_period() {
    let app = App::on("2010-07-02");
    let by = mapped(&app);
    meeting(
        &by,
        "13",
        "2010-06-20",
        json!([at("S1", measure("ILS_TOTAL", "POLICE", 3.0)), measure("POINTS_DEAL", "POLICE", 3.0)]),
    );
    let nation = app.secretariat();
    nation.ask("{ viewer { username } }").data();
    let series = |by: &Client, indicator: &str, axis: &str, from: &str, until: &str, department: Option<&str>| {
        by.run(
            "query($i: String!, $f: Period!, $u: Period!, $a: RollupAxis!, $d: DepartmentCode) {
                rollupSeries(indicator: $i, from: $f, until: $u, axis: $a, departmentCode: $d) {
                    period indicator { code } total { value previous } cells { key value reporting expected } } }",
            json!({ "i": indicator, "f": from, "u": until, "a": axis, "d": department }),
        )
    };
    // Definitions and declarations are read once, by the first question; sums are those of other periods in each of the following.
    series(&nation, "PART_USAGE", "NATIONAL", "2005-01-1", "2005-01-1", None).data();
    for (axis, department) in [("NATIONAL", None), ("SERVICE", None), ("SECTOR", Some("13"))] {
        let cost = |from: &str| {
            let (answer, statements) = app.statements(|| series(&nation, "PART_USAGE", axis, from, "2010-06-2", department));
            answer.data();
            statements
        };
        let (one, many) = (cost("2010-06-2"), cost("2008-01-1"));
        // The heads behind names of sectors are read by the first.
        assert!(many <= one, "{axis}: {many} after {one}");
    }
    let months = series(&nation, "POINTS_DEAL", "NATIONAL", "2010-01", "2010-07", None);
    let list = months.at("/rollupSeries").as_array().expect("a series");
    assert_eq!(list.len(), 7);
    assert_eq!((&list[5]["period"], &list[5]["total"]["value"]), (&json!("2010-06"), &json!(3.0)));
    assert_eq!(list[6]["total"], json!({ "value": null, "previous": 3.0 }));
    assert_eq!(series(&nation, "ILS_TOTAL", "NATIONAL", "2010", "2010-S2", None).field(), "until");
    assert_eq!(series(&nation, "ILS_TOTAL", "NATIONAL", "2010-02", "2010-01", None).field(), "until");
    assert_eq!(series(&nation, "ILS_TOTAL", "NATIONAL", "2000-01-1", "2010-01-1", None).code(), "LIMIT");
    assert_eq!(
        series(&nation, "ILS_TOTAL", "NATIONAL", "2000-01-1", "2009-12-2", None).at("/rollupSeries").as_array().map(Vec::len),
        Some(240)
    );
}
