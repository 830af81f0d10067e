//! Random measures, corrections and declarations, with a sector that changes hands on the way: every axis and every period against a naive
//! recomputation, what was to be reported too, and the kept cells against the measures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use palts::access::{Caller, Grant, Identity, Territory};
use palts::domain::DepartmentCode;
use palts::domain::fortnight::Fortnight;
use palts::domain::keys::{MeasureKey, RevisionKey, SectorKey};
use palts::domain::period::Period;
use palts::domain::vocabulary::{Authority, Granularity, Role, RollupAxis, SectorKind, ServiceKind};
use palts::store::audit::{self, Category, Chain, DONE, NewEntry};
use palts::store::measures::lists::Part;
use palts::store::sectors::{self, Sector};
use palts::workflow::operation::{self, Kind};
use palts::workflow::rollups::Rollup;
use palts::workflow::{Call, Office, Result, Rules, SessionSettings, indicators, measures, meetings, revisions, rollups};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::harness::{TestDatabase, office};

pub(super) const DEPARTMENTS: [&str; 3] = ["13", "83", "93"];
pub(super) const INDICATORS: [&str; 5] = ["ILS_TOTAL", "PHYSIONOMIE", "POINTS_DEAL", "EFFECTIF_MAX", "ILS_USAGE"];
/// A ratio, what it divides, and by what.
const RATIO: (&str, &str, &str) = ("PART_USAGE", "ILS_USAGE", "ILS_TOTAL");
pub(super) const SECTORS: [Option<&str>; 3] = [None, Some("S1"), Some("S2")];
pub(super) const SERVICES: [ServiceKind; 2] = [ServiceKind::Police, ServiceKind::Gendarmerie];
/// From November 2009 on: two years, three semesters and all quarters are crossed.
pub(super) const FIRST: i32 = (9 * 12 + 10) * 2;
const FORTNIGHTS: i32 = 30;

/// What is drawn for one measure: places in the lists above, and a value of ten-thousandths.
pub(super) type Drawn = (usize, i32, usize, usize, usize, i64);

/// A measure as the model keeps it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) department: &'static str,
    pub(super) fortnight: i32,
    pub(super) indicator: &'static str,
    pub(super) sector: Option<&'static str>,
    pub(super) authority: &'static str,
    pub(super) parquet: &'static str,
    pub(super) service: ServiceKind,
    pub(super) value: i64,
    pub(super) id: i64,
}

pub(super) fn caller(name: &str, grants: &[(Role, Territory)]) -> Caller {
    let since = NaiveDate::from_ymd_opt(2009, 1, 1).expect("a day");
    let grants = grants.iter().map(|(role, territory)| Grant { role: *role, territory: territory.clone(), since, until: None });
    Caller::Known(Identity::User {
        id: 1,
        username: name.parse().expect("a name"),
        display_name: name.to_owned(),
        version: 1,
        grants: grants.collect(),
        session: None,
        must_change_password: false,
    })
}

pub(super) fn run<T>(office: &Arc<Office>, kind: Kind, caller: Caller, work: impl FnOnce(&mut Call) -> Result<T>) -> T {
    operation::run_as(office, kind, caller, Instant::now() + Duration::from_secs(60), work).expect("it is allowed")
}

pub(super) fn local(department: &str) -> Caller {
    let at = || Territory::Department(department.parse().expect("a code"));
    caller("releves", &[(Role::Prefecture, at()), (Role::Police, at()), (Role::Gendarmerie, at())])
}

pub(super) fn nation() -> Caller {
    caller("secretariat", &[(Role::NationalSecretariat, Territory::Nation)])
}

/// Puts the two sectors into the pending revision: S1 of the police or of the gendarmerie, S2 of the gendarmerie in a parquet of its own.
pub(super) fn map(office: &Arc<Office>, department: &str, first: Authority) {
    let sector = |code: &str, rank, authority, parquet: Option<&str>| Sector {
        key: format_key(department, code),
        name: code.to_owned(),
        kind: SectorKind::Neighbourhood,
        authority,
        parquet: parquet.map(|code| code.parse().expect("a parquet")),
        communes: Vec::new(),
        priority_neighbourhood: None,
        severity: 3,
        rank,
        description: String::new(),
        area_km2: 1.0,
        centroid: (5.0, 43.0),
        bbox: [5.0, 43.0, 5.1, 43.1],
    };
    let parquet = (department == "13").then_some("TJ-TARASCON");
    let both = [sector("S1", 1, first, None), sector("S2", 2, Authority::Gendarmerie, parquet)];
    // An act like any other: what is remembered of the department is not believed after it.
    let chain = Chain::Department(department.parse().expect("a code"));
    let act = ("upsertSectors", "both sectors");
    let entry = NewEntry::of(&chain, Category::Plan, office.clock.now(), "essai", act.0, act.1, DONE, "");
    let written = office.database.write(|connection| {
        sectors::upsert(connection, &palts::access::Scope::Nation, &both)?;
        audit::append(connection, &entry)
    });
    written.expect("sectors can be written");
}

fn format_key(department: &str, code: &str) -> SectorKey {
    let revision = RevisionKey { department: department.parse().expect("a code"), number: 1 };
    SectorKey { revision, code: code.parse().expect("a code") }
}

/// Records what was drawn, one meeting for each department and fortnight, and keeps it in the model.
pub(super) fn record(office: &Arc<Office>, drawn: &[Drawn], first: Authority, model: &mut Vec<Kept>) {
    let mut meetings: BTreeMap<(&'static str, i32), Vec<Kept>> = BTreeMap::new();
    for (department, fortnight, indicator, sector, service, value) in drawn.iter().copied() {
        let sector = SECTORS[sector];
        let kept = Kept {
            department: DEPARTMENTS[department],
            fortnight: FIRST + fortnight,
            indicator: INDICATORS[indicator],
            sector,
            authority: match sector {
                None => "-",
                Some("S1") => first.as_str(),
                Some(_) => "GENDARMERIE",
            },
            parquet: if sector == Some("S2") && DEPARTMENTS[department] == "13" { "TJ-TARASCON" } else { "-" },
            service: SERVICES[service],
            value,
            id: 0,
        };
        let same = |other: &Kept| {
            (other.department, other.fortnight, other.indicator, other.sector, other.service)
                == (kept.department, kept.fortnight, kept.indicator, kept.sector, kept.service)
        };
        if !model.iter().any(same) {
            model.push(kept.clone());
            meetings.entry((kept.department, kept.fortnight)).or_default().push(kept);
        }
    }
    for ((department, fortnight), kept) in meetings {
        let sent = meetings::NewMeeting {
            department: department.parse().expect("a code"),
            kind: None,
            held_on: Fortnight::from_ordinal(fortnight).expect("a fortnight").first_day(),
            attendance: Vec::new(),
            minutes: String::new(),
            decisions: Vec::new(),
            measures: kept
                .iter()
                .map(|kept| measures::NewMeasure {
                    indicator: kept.indicator.to_owned(),
                    sector_code: kept.sector.map(str::to_owned),
                    service: kept.service,
                    value: kept.value as f64 / 1e4,
                    fortnight: None,
                })
                .collect(),
            idempotency_key: None,
        };
        let (meeting, stored) = run(office, Kind::Mutation, local(department), |call| {
            let meeting = meetings::record(call, &sent)?;
            let part = Part { after: None, limit: 1_000 };
            let places = measures::of_meetings(call, std::slice::from_ref(&meeting.key), &part)?;
            let ids: Vec<i64> = places.iter().map(|place| place.key.id).collect();
            Ok((meeting, measures::by_ids(call, &ids)?))
        });
        let indicators = run(office, Kind::Query, nation(), |call| indicators::list(call, None));
        let code = |id: i32| indicators.iter().find(|found| found.id == id).expect("an indicator").indicator.code.clone();
        for measure in stored.into_values().filter(|measure| measure.meeting_id == meeting.key.id) {
            let found = model.iter_mut().find(|kept| {
                kept.department == department
                    && kept.fortnight == fortnight
                    && kept.indicator == code(measure.indicator_id).as_str()
                    && kept.sector == measure.sector.as_ref().map(palts::domain::SectorCode::as_str)
                    && kept.service == measure.service
            });
            found.expect("it is in the model").id = measure.key.id;
        }
    }
}

/// Corrects some measures, here and in the model.
pub(super) fn correct(office: &Arc<Office>, corrections: &[(usize, i64)], model: &mut [Kept]) {
    for (place, value) in corrections {
        let count = model.len();
        let Some(kept) = model.get_mut(place % count.max(1)) else { return };
        if kept.value != *value {
            kept.value = *value;
            let key = MeasureKey { department: kept.department.parse().expect("a code"), id: kept.id };
            run(office, Kind::Mutation, local(kept.department), |call| {
                measures::correct(call, &key, *value as f64 / 1e4, "Tirage.")
            });
        }
    }
}

/// An indicator declared to have no object in a department, from one fortnight to another or on.
pub(super) struct Declared {
    department: &'static str,
    indicator: &'static str,
    from: i32,
    until: Option<i32>,
}

/// Declares what was drawn, where nothing was measured; of the same indicator and first fortnight the last holds.
pub(super) fn declare(office: &Arc<Office>, drawn: &[(usize, usize, i32, Option<i32>)]) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    for (department, indicator, from, length) in drawn.iter().copied() {
        let (department, indicator) = (DEPARTMENTS[department], INDICATORS[indicator]);
        let from = FIRST + from;
        let until = length.map(|length| from + length);
        let fortnight = |ordinal| Fortnight::from_ordinal(ordinal).expect("a fortnight");
        let sent = measures::NotApplicable {
            department: department.parse().expect("a code"),
            indicator: indicator.to_owned(),
            from: fortnight(from),
            until: until.map(fortnight),
            reason: "Sans objet ici.".to_owned(),
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        let done = operation::run_as(office, Kind::Mutation, local(department), deadline, |call| {
            measures::declare_not_applicable(call, sent)
        });
        match done {
            Ok(_) => {
                declared.retain(|one| (one.department, one.indicator, one.from) != (department, indicator, from));
                declared.push(Declared { department, indicator, from, until });
            }
            Err(error) => assert_eq!(error.code(), "CONFLICT", "{error}"),
        }
    }
    declared
}

/// How many departments were to report: those that were departments by the period's end, less those that declared all of it away.
fn expected(office: &Office, declared: &[Declared], indicator: &str, department: Option<&str>, period: Period) -> i32 {
    let parts = if indicator == RATIO.0 { vec![RATIO.1, RATIO.2] } else { vec![indicator] };
    let away = |code: &str, part: &str| {
        let covers = |fortnight: i32| {
            declared.iter().any(|one| {
                (one.department, one.indicator) == (code, part)
                    && one.from <= fortnight
                    && one.until.is_none_or(|until| fortnight <= until)
            })
        };
        period.ordinals().all(covers)
    };
    let departments = office.territories.departments().filter(|one| {
        let code = one.code.as_str();
        department.is_none_or(|department| department == code)
            && one.since.is_none_or(|since| since <= period.last_day())
            && !parts.iter().any(|part| away(code, part))
    });
    i32::try_from(departments.count()).expect("few")
}

/// What the measures under a cell come to: the value and how many it rests on; none without any.
fn naive(indicator: &str, measures: &[&Kept]) -> Option<(f64, i32)> {
    if indicator == RATIO.0 {
        let sum = |part: &str| -> Option<i64> {
            let values: Vec<i64> = measures.iter().filter(|kept| kept.indicator == part).map(|kept| kept.value).collect();
            (!values.is_empty()).then(|| values.iter().sum())
        };
        let below = sum(RATIO.2).filter(|below| *below != 0)?;
        return Some((sum(RATIO.1)? as f64 / below as f64, i32::try_from(measures.len()).expect("few")));
    }
    let count = i32::try_from(measures.len()).expect("few");
    let sum: i64 = measures.iter().map(|kept| kept.value).sum();
    let value = match indicator {
        "PHYSIONOMIE" => sum as f64 / (f64::from(count) * 1e4),
        "EFFECTIF_MAX" => measures.iter().map(|kept| kept.value).max()? as f64 / 1e4,
        _ => sum as f64 / 1e4,
    };
    (count > 0).then_some((value, count))
}

/// The measures that count in a period: for the last values, the last of each sector and service of a department.
fn counted<'a>(model: &'a [Kept], indicator: &str, period: Period, department: Option<&str>) -> Vec<&'a Kept> {
    let within = |kept: &&Kept| {
        (kept.indicator == indicator || (indicator == RATIO.0 && [RATIO.1, RATIO.2].contains(&kept.indicator)))
            && period.ordinals().contains(&kept.fortnight)
            && department.is_none_or(|department| kept.department == department)
    };
    let all: Vec<&Kept> = model.iter().filter(within).collect();
    if indicator != "POINTS_DEAL" {
        return all;
    }
    let later = |one: &Kept, other: &Kept| {
        (one.department, one.sector, one.service) == (other.department, other.sector, other.service)
            && one.fortnight < other.fortnight
    };
    all.iter().copied().filter(|kept| !all.iter().any(|other| later(kept, other))).collect()
}

fn key(axis: RollupAxis, kept: &Kept) -> &'static str {
    let southern = kept.department != "93";
    match axis {
        RollupAxis::National => "FR",
        RollupAxis::DefenceZone => {
            if southern {
                "SUD"
            } else {
                "PARIS"
            }
        }
        RollupAxis::Region => {
            if southern {
                "93"
            } else {
                "11"
            }
        }
        RollupAxis::Department => kept.department,
        RollupAxis::Sector => kept.sector.unwrap_or("-"),
        RollupAxis::Service => kept.service.as_str(),
        RollupAxis::Parquet => kept.parquet,
        RollupAxis::Authority => kept.authority,
    }
}

/// Holds an answer against the model.
fn hold(
    model: &[Kept],
    indicator: &str,
    axis: RollupAxis,
    department: Option<&str>,
    answer: &Rollup,
) -> std::result::Result<(), TestCaseError> {
    let place = format!("{indicator} {axis} {}", answer.period);
    let counted = counted(model, indicator, answer.period, department);
    let keys: BTreeSet<&str> = counted.iter().map(|kept| key(axis, kept)).collect();
    for cell in &answer.cells {
        let under: Vec<&Kept> = counted.iter().copied().filter(|kept| key(axis, kept) == cell.key).collect();
        let found = cell.value.map(|value| (value, cell.measures));
        prop_assert_eq!(found, naive(indicator, &under), "{} {}", &place, &cell.key);
        prop_assert!(cell.reporting <= cell.expected, "{} {}", &place, &cell.key);
        let reported = |part: &str| -> BTreeSet<&str> {
            under.iter().filter(|kept| kept.indicator == part).map(|kept| kept.department).collect()
        };
        let reported = if indicator == RATIO.0 { &reported(RATIO.1) & &reported(RATIO.2) } else { reported(indicator) };
        prop_assert_eq!(cell.reporting, i32::try_from(reported.len()).expect("few"), "{} {}", &place, &cell.key);
    }
    let shown: BTreeSet<&str> = answer.cells.iter().map(|cell| cell.key.as_str()).collect();
    prop_assert!(keys.is_subset(&shown), "{}", &place);
    let total = answer.total.value.map(|value| (value, answer.total.measures));
    prop_assert_eq!(total, naive(indicator, &counted), "{}", &place);
    Ok(())
}

/// All periods of a length over which measures were drawn.
fn span(granularity: Granularity) -> (Period, Period) {
    let at = |ordinal| Period::around(Fortnight::from_ordinal(ordinal).expect("a fortnight"), granularity);
    (at(FIRST), at(FIRST + FORTNIGHTS - 1))
}

pub(super) fn measure() -> impl Strategy<Value = Drawn> {
    (0..DEPARTMENTS.len(), 0..FORTNIGHTS, 0..INDICATORS.len(), 0..SECTORS.len(), 0..SERVICES.len(), 0_i64..90_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_axis_and_period_is_what_the_measures_come_to(
        before in prop::collection::vec(measure(), 0..40),
        after in prop::collection::vec(measure(), 0..40),
        corrections in prop::collection::vec((0_usize..100, 0_i64..90_000), 0..12),
        declarations in prop::collection::vec(
            (0..DEPARTMENTS.len(), 0..INDICATORS.len(), 0..FORTNIGHTS, prop::option::of(0..20_i32)), 0..12),
    ) {
        let database = TestDatabase::fresh();
        let office = office(&database, "2011-06-30", Rules::default(), SessionSettings::default());
        for department in DEPARTMENTS {
            let code = department.parse().expect("a code");
            let semester = "2009-S2".parse().expect("a semester");
            run(&office, Kind::Mutation, local(department), |call| revisions::open(call, &code, semester));
            map(&office, department, Authority::Police);
        }
        let mut model = Vec::new();
        record(&office, &before, Authority::Police, &mut model);
        for department in DEPARTMENTS {
            map(&office, department, Authority::Gendarmerie);
        }
        record(&office, &after, Authority::Gendarmerie, &mut model);
        correct(&office, &corrections, &mut model);
        let declared = declare(&office, &declarations);

        let all: Vec<DepartmentCode> = DEPARTMENTS.iter().map(|code| code.parse().expect("a code")).collect();
        let differences = office.database.read(|connection| rollups::verify::verify(connection, &all, &rollups::verify::ALWAYS)).expect("readable");
        prop_assert_eq!(differences, Vec::new());
        for indicator in INDICATORS.into_iter().chain([RATIO.0]) {
            for axis in RollupAxis::ALL.iter().copied() {
                let departments = if axis == RollupAxis::Sector { DEPARTMENTS.map(Some).to_vec() } else { vec![None, Some("13")] };
                for department in departments {
                    let wide = [RollupAxis::National, RollupAxis::DefenceZone, RollupAxis::Region].contains(&axis);
                    if wide && department.is_some() {
                        continue;
                    }
                    for granularity in Granularity::ALL.iter().copied() {
                        let (from, until) = span(granularity);
                        let answers = run(&office, Kind::Query, nation(), |call| {
                            let department = department.map(|code| code.parse().expect("a code"));
                            rollups::series(call, indicator.parse().expect("a code"), axis, from, until, department, true)
                        });
                        for answer in &answers {
                            hold(&model, indicator, axis, department, answer)?;
                            let to_report = expected(&office, &declared, indicator, department, answer.period);
                            prop_assert_eq!(answer.total.expected, to_report, "{} {} {}", indicator, axis, answer.period);
                            prop_assert!(answer.total.reporting <= to_report);
                        }
                        for pair in answers.windows(2) {
                            prop_assert_eq!(pair[1].total.previous, pair[0].total.value);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_cell_that_differs_is_found_and_made_anew() {
    let database = TestDatabase::fresh();
    let office = office(&database, "2011-06-30", Rules::default(), SessionSettings::default());
    let mut model = Vec::new();
    record(&office, &[(0, 3, 0, 0, 0, 70_000), (0, 4, 2, 0, 1, 20_000)], Authority::Police, &mut model);
    let department: DepartmentCode = "13".parse().expect("a code");
    let verify = || {
        let one = std::slice::from_ref(&department);
        office.database.read(|connection| rollups::verify::verify(connection, one, &rollups::verify::ALWAYS)).expect("readable")
    };
    assert_eq!(verify(), Vec::new());
    let broken = office.database.write(|connection| {
        let mut cells = palts::store::rollups::of_department(connection, &department, &rollups::verify::ALWAYS)?;
        if let Some(tally) = cells.values_mut().next() {
            tally.total += 1;
        }
        cells.pop_last();
        palts::store::rollups::rewrite(connection, &department, &cells)
    });
    broken.expect("cells can be written");
    assert_eq!(verify().len(), 2);
    let now = office.clock.now();
    office
        .database
        .write(|connection| rollups::verify::rebuild(connection, &department, "operator", now))
        .expect("it is made anew");
    assert_eq!(verify(), Vec::new());
}
