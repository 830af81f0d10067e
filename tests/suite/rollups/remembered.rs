//! What rollups remember of departments: believed for as long as nothing was written there, by nobody who may not read it, and no longer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use palts::access::{Access, Caller, Territory};
use palts::domain::fortnight::Fortnight;
use palts::domain::period::Period;
use palts::domain::vocabulary::{Authority, Granularity, Role, RollupAxis};
use palts::graphql::Settings;
use palts::store::epochs::{EpochReader, State};
use palts::workflow::operation::{self, Kind};
use palts::workflow::rollups::Rollup;
use palts::workflow::{Call, Office, Result, Rules, SessionSettings, revisions, rollups};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::recomputed::{
    DEPARTMENTS, Drawn, FIRST, INDICATORS, caller, correct, declare, local, map, measure as drawn, nation, record, run,
};
use super::{ask, measure, recorder, values};
use crate::harness::plans::meeting;
use crate::harness::{App, Client, Setup, TestDatabase, office};

const AXES: [&str; 7] = ["NATIONAL", "DEFENCE_ZONE", "REGION", "DEPARTMENT", "SERVICE", "PARQUET", "AUTHORITY"];

/// Answers are not kept, so that each question is answered anew.
fn without_answers() -> Setup {
    let limits = Settings { cached_answer_bytes: 0, ..Settings::default() };
    Setup { day: Some("2010-07-02"), limits, ..Setup::default() }
}

fn filled() -> App {
    let app = App::with(without_answers());
    for (department, value) in [("13", 1.0), ("83", 10.0), ("93", 100.0)] {
        let figures = ["ILS_TOTAL", "ILS_USAGE", "POINTS_DEAL", "PHYSIONOMIE", "EFFECTIF_MAX"];
        let figures: Vec<Value> = figures.into_iter().map(|indicator| measure(indicator, "POLICE", value)).collect();
        meeting(&recorder(&app, department), department, "2010-03-03", json!(figures));
    }
    app
}

fn counted(app: &App, by: &Client, indicator: &str, axis: &str) -> (Value, u64) {
    let (answer, statements) = app.statements(|| ask(by, indicator, "2010-S1", axis, None));
    (answer.at("/rollup").clone(), statements)
}

#[test]
fn a_rollup_is_read_once_and_after_a_write_in_one_department_of_that_one() {
    let app = filled();
    let (nation, by) = (app.secretariat(), app.prefecture("13"));
    nation.ask("{ viewer { username } }").data();
    let (first, _) = counted(&app, &nation, "ILS_TOTAL", "REGION");
    assert_eq!(counted(&app, &nation, "ILS_TOTAL", "REGION"), (first.clone(), 0));
    // The same sums, along other axes and as a part of a ratio.
    for axis in ["NATIONAL", "DEFENCE_ZONE", "DEPARTMENT"] {
        assert_eq!(counted(&app, &nation, "ILS_TOTAL", axis).1, 0, "{axis}");
    }
    assert_eq!(counted(&app, &nation, "PART_USAGE", "NATIONAL").1, 2);
    meeting(&by, "13", "2010-06-20", json!([measure("ILS_TOTAL", "POLICE", 1000.0)]));
    let (second, statements) = counted(&app, &nation, "ILS_TOTAL", "REGION");
    assert_eq!(second["total"]["value"], json!(1111.0));
    // The sums of one department, and its declarations.
    assert_eq!(statements, 2);
    assert_eq!(counted(&app, &nation, "ILS_TOTAL", "REGION"), (second, 0));
    app.prefecture("75")
        .run(
            "mutation($i: DeclareNotApplicableInput!) { declareNotApplicable(input: $i) { reason } }",
            json!({ "i": { "departmentCode": "75", "indicator": "ILS_TOTAL", "from": "2009-01-1", "reason": "Sans objet." } }),
        )
        .data();
    let (third, _) = counted(&app, &nation, "ILS_TOTAL", "REGION");
    assert_eq!((&third["total"]["expected"], &third["total"]["value"]), (&json!(99), &json!(1111.0)));
    assert_eq!(counted(&app, &nation, "ILS_TOTAL", "REGION"), (third, 0));
}

#[test]
fn who_reads_less_is_shown_less_whoever_asked_before() {
    let app = filled();
    let (nation, zone, own) = (app.secretariat(), app.zone_prefect("SUD"), app.prefecture("13"));
    own.ask("{ viewer { username } }").data();
    let shown = |by: &Client| values(&ask(by, "ILS_TOTAL", "2010-S1", "DEPARTMENT", None));
    let everything = json!({ "13": 1.0, "83": 10.0, "93": 100.0 });
    for _ in 0..2 {
        assert_eq!(shown(&own), json!({ "13": 1.0 }));
        assert_eq!(shown(&zone), json!({ "13": 1.0, "83": 10.0 }));
        assert_eq!(shown(&nation), everything);
    }
    let answer = ask(&own, "ILS_TOTAL", "2010-S1", "SERVICE", None);
    assert_eq!((answer.at("/rollup/total/value"), answer.at("/rollup/total/expected")), (&json!(1.0), &json!(1)));
    assert_eq!(ask(&own, "ILS_TOTAL", "2010-S1", "DEPARTMENT", Some("93")).code(), "NOT_FOUND");
    assert_eq!(ask(&own, "ILS_TOTAL", "2010-S1", "NATIONAL", None).code(), "FORBIDDEN");
    // What was read for one department is known, and the nation lacks the others still.
    meeting(&recorder(&app, "83"), "83", "2010-06-20", json!([measure("ILS_TOTAL", "POLICE", 5.0)]));
    assert_eq!(shown(&own), json!({ "13": 1.0 }));
    assert_eq!(shown(&nation), json!({ "13": 1.0, "83": 15.0, "93": 100.0 }));
    assert_eq!(shown(&zone), json!({ "13": 1.0, "83": 15.0 }));
}

#[test]
fn what_one_instance_remembers_another_outdates() {
    let writing = filled();
    let reading = writing.beside(without_answers());
    let (by, here) = (writing.prefecture("13"), reading.secretariat());
    for axis in AXES {
        for indicator in ["ILS_TOTAL", "PART_USAGE", "POINTS_DEAL", "PHYSIONOMIE", "EFFECTIF_MAX"] {
            let (first, _) = counted(&reading, &here, indicator, axis);
            assert_eq!(counted(&reading, &here, indicator, axis), (first, 0), "{indicator} {axis}");
        }
    }
    for (day, value) in [("2010-04-07", 2.0), ("2010-05-05", 4.0), ("2010-06-02", 8.0)] {
        meeting(&by, "13", day, json!([measure("ILS_TOTAL", "POLICE", value), measure("POINTS_DEAL", "POLICE", value)]));
        // An instance that knows nothing yet.
        let fresh = writing.beside(without_answers());
        let there = fresh.secretariat();
        for axis in AXES {
            for indicator in ["ILS_TOTAL", "PART_USAGE", "POINTS_DEAL"] {
                let (seen, _) = counted(&reading, &here, indicator, axis);
                assert_eq!(seen, counted(&fresh, &there, indicator, axis).0, "{indicator} {axis} {day}");
            }
        }
    }
}

/// What happens, one after the other.
#[derive(Clone, Debug)]
enum Step {
    Record(Vec<Drawn>),
    Correct(usize, i64),
    Declare(usize, usize, i32, Option<i32>),
    Ask { by: usize, indicator: usize, axis: usize, granularity: usize, at: i32, length: i32, department: Option<usize> },
}

fn step() -> impl Strategy<Value = Step> {
    let question = (
        0..6_usize,
        0..6_usize,
        0..RollupAxis::ALL.len(),
        0..Granularity::ALL.len(),
        0..30_i32,
        0..12_i32,
        prop::option::of(0..DEPARTMENTS.len()),
    );
    prop_oneof![
        2 => prop::collection::vec(drawn(), 1..6).prop_map(Step::Record),
        1 => (0..100_usize, 0..90_000_i64).prop_map(|(place, value)| Step::Correct(place, value)),
        1 => (0..DEPARTMENTS.len(), 0..INDICATORS.len(), 0..30_i32, prop::option::of(0..20_i32))
            .prop_map(|(department, indicator, from, length)| Step::Declare(department, indicator, from, length)),
        8 => question.prop_map(|(by, indicator, axis, granularity, at, length, department)| Step::Ask {
            by, indicator, axis, granularity, at, length, department
        }),
    ]
}

fn callers() -> [Caller; 6] {
    let zone = |code: &str| Territory::Zone(code.parse().expect("a zone"));
    [
        nation(),
        caller("zone-sud", &[(Role::ZonePrefect, zone("SUD"))]),
        caller("zone-paris", &[(Role::ZonePrefect, zone("PARIS"))]),
        local("13"),
        local("93"),
        caller("procureur", &[(Role::PublicProsecutor, Territory::Parquet("TJ-MARSEILLE".parse().expect("a parquet")))]),
    ]
}

/// What a rollup shows, or why it is refused.
fn shown(answer: &Result<Vec<Rollup>>) -> std::result::Result<String, &'static str> {
    match answer {
        Ok(found) => {
            Ok(found.iter().map(|one| format!("{} {} {:?} {:?}\n", one.period, one.provisional, one.total, one.cells)).collect())
        }
        Err(error) => Err(error.code()),
    }
}

/// Asks as a query does that believes what is remembered, and notes what it learnt.
fn glanced<T>(office: &Arc<Office>, epochs: &mut EpochReader, caller: Caller, work: impl FnOnce(&mut Call) -> T) -> T {
    let epochs = epochs.read().expect("readable");
    let sphere = Access::new(&caller, &office.policy, &office.territories).sphere();
    let state = State { epochs: Arc::clone(&epochs), sphere };
    let mut call = Call::glance(Arc::clone(office), caller, state, Instant::now() + Duration::from_secs(60));
    let answer = work(&mut call);
    for lesson in call.lessons() {
        lesson(&office.heads, &epochs);
    }
    answer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_remembered_is_what_would_be_read(steps in prop::collection::vec(step(), 20..80)) {
        let database = TestDatabase::fresh();
        let office = office(&database, "2011-06-30", Rules::default(), SessionSettings::default());
        for department in DEPARTMENTS {
            let code = department.parse().expect("a code");
            let semester = "2009-S2".parse().expect("a semester");
            run(&office, Kind::Mutation, local(department), |call| revisions::open(call, &code, semester));
            map(&office, department, Authority::Police);
        }
        let mut epochs = EpochReader::new(office.database.clone());
        let callers = callers();
        let mut model = Vec::new();
        let mut away: Vec<(usize, usize, i32, Option<i32>)> = Vec::new();
        for step in steps {
            match step {
                Step::Record(mut drawn) => {
                    // Of what may be declared away nothing is recorded: it would be refused.
                    drawn.retain(|(department, fortnight, indicator, ..)| !away.iter().any(|(there, what, from, length)| {
                        (there, what) == (department, indicator) && from <= fortnight && length.is_none_or(|length| *fortnight <= from + length)
                    }));
                    record(&office, &drawn, Authority::Police, &mut model);
                }
                Step::Correct(place, value) => correct(&office, &[(place, value)], &mut model),
                Step::Declare(department, indicator, from, length) => {
                    declare(&office, &[(department, indicator, from, length)]);
                    away.push((department, indicator, from, length));
                }
                Step::Ask { by, indicator, axis, granularity, at, length, department } => {
                    let indicator = INDICATORS.get(indicator).copied().unwrap_or("PART_USAGE");
                    let period = |at| {
                        Period::around(Fortnight::from_ordinal(FIRST + at).expect("a fortnight"), Granularity::ALL[granularity])
                    };
                    let asking = |call: &mut Call| {
                        let department = department.map(|index| DEPARTMENTS[index].parse().expect("a code"));
                        let indicator = indicator.parse().expect("a code");
                        rollups::series(call, indicator, RollupAxis::ALL[axis], period(at), period(at + length), department, true)
                    };
                    let believed = glanced(&office, &mut epochs, callers[by].clone(), asking);
                    let deadline = Instant::now() + Duration::from_secs(60);
                    let read = operation::run_as(&office, Kind::Query, callers[by].clone(), deadline, asking);
                    prop_assert_eq!(shown(&believed), shown(&read), "{} {:?}", indicator, RollupAxis::ALL[axis]);
                }
            }
        }
    }
}
