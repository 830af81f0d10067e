//! The same random measures twice, recorded at meetings one by one and imported from a file: the same cells, to the last number.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use palts::domain::DepartmentCode;
use palts::domain::fortnight::Fortnight;
use palts::domain::vocabulary::Authority;
use palts::store::rollups::{Cells, of_department};
use palts::workflow::imports::MeasureImport;
use palts::workflow::operation::{self, Kind};
use palts::workflow::rollups::verify::{ALWAYS, rebuild};
use palts::workflow::{Office, Rules, SessionSettings, Source, Way, meetings, revisions};
use proptest::prelude::*;

use super::recomputed::{DEPARTMENTS, Drawn, Kept, caller, local, map, measure, record, run};
use crate::harness::{TestDatabase, office};

/// An office whose departments have both sectors in a draft.
fn opened(database: &TestDatabase) -> Arc<Office> {
    let office = office(database, "2011-06-30", Rules::default(), SessionSettings::default());
    for department in DEPARTMENTS {
        let code = department.parse().expect("a code");
        let semester = "2009-S2".parse().expect("a semester");
        run(&office, Kind::Mutation, local(department), |call| revisions::open(call, &code, semester));
        map(&office, department, Authority::Police);
    }
    office
}

/// Records meetings without figures, then imports the figures.
fn import(office: &Arc<Office>, kept: &[Kept]) {
    let mut days: Vec<(&str, i32)> = kept.iter().map(|kept| (kept.department, kept.fortnight)).collect();
    days.sort_unstable();
    days.dedup();
    let mut file = "department,meeting,fortnight,indicator,sector,service,value\n".to_owned();
    let fortnight = |ordinal| Fortnight::from_ordinal(ordinal).expect("a fortnight");
    for (department, ordinal) in days {
        let sent = meetings::NewMeeting {
            department: department.parse().expect("a code"),
            kind: None,
            held_on: fortnight(ordinal).first_day(),
            attendance: Vec::new(),
            minutes: String::new(),
            decisions: Vec::new(),
            measures: Vec::new(),
            idempotency_key: None,
        };
        run(office, Kind::Mutation, local(department), |call| meetings::record(call, &sent));
    }
    for Kept { department, fortnight: ordinal, indicator, sector, service, value, .. } in kept {
        let (sector, fortnight) = (sector.unwrap_or_default(), fortnight(*ordinal));
        let day = fortnight.first_day();
        let value = format!("{}.{:04}", value / 10_000, value % 10_000);
        writeln!(file, "{department},{day},{fortnight},{indicator},{sector},{service},{value}").expect("it is a text");
    }
    let import = MeasureImport { skip_invalid: false, dry_run: false };
    let survey = import.survey(file.as_bytes());
    let everywhere = DEPARTMENTS.map(|department| {
        let at = || palts::access::Territory::Department(department.parse().expect("a code"));
        use palts::domain::vocabulary::Role;
        [(Role::Prefecture, at()), (Role::Police, at()), (Role::Gendarmerie, at())]
    });
    let source = Source::of(None, file.as_bytes(), Way::CommandLine);
    let report = operation::run_as(
        office,
        Kind::Mutation,
        caller("releves", everywhere.as_flattened()),
        Instant::now() + Duration::from_secs(60),
        |call| import.write(call, survey, file.as_bytes(), &source, &mut |_, _, _| ()),
    );
    let report = report.expect("it is allowed");
    assert_eq!((report.is_refused(), report.added), (kept.is_empty(), kept.len()), "{:?}", report.faults);
}

fn cells(office: &Arc<Office>) -> Vec<Cells> {
    let of = |department: &str| {
        let code: DepartmentCode = department.parse().expect("a code");
        office.database.read(|connection| of_department(connection, &code, &ALWAYS)).expect("readable")
    };
    DEPARTMENTS.map(of).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_makes_the_cells_that_its_measures_make_one_by_one(
        before in prop::collection::vec(measure(), 0..40),
        after in prop::collection::vec(measure(), 1..60),
    ) {
        let (one, other): (TestDatabase, TestDatabase) = (TestDatabase::fresh(), TestDatabase::fresh());
        let (singly, in_bulk) = (opened(&one), opened(&other));
        let mut model: Vec<Kept> = Vec::new();
        let kept_before = |drawn: &[Drawn], authority, model: &mut Vec<Kept>| {
            let already = model.len();
            record(&singly, drawn, authority, model);
            model[already..].to_vec()
        };
        let first = kept_before(&before, Authority::Police, &mut model);
        import(&in_bulk, &first);
        // A sector changes hands in between: the second file meets cells that are there already.
        for department in DEPARTMENTS {
            map(&singly, department, Authority::Gendarmerie);
            map(&in_bulk, department, Authority::Gendarmerie);
        }
        let second = kept_before(&after, Authority::Gendarmerie, &mut model);
        import(&in_bulk, &second);
        let expected = cells(&singly);
        prop_assert_eq!(cells(&in_bulk), expected.clone());

        let now = singly.clock.now();
        for department in DEPARTMENTS {
            let code: DepartmentCode = department.parse().expect("a code");
            let made = singly.database.write(|connection| rebuild(connection, &code, "operator", now)).expect("it is made anew");
            prop_assert!(made > 0 || !model.iter().any(|kept| kept.department == department));
        }
        prop_assert_eq!(cells(&singly), expected);
    }
}
