//! What siblings ask for together: the sectors of plans, and their outlines, each in one statement whether they are of one plan or of thirty.

use criterion::Criterion;
use palts::access::Scope;
use palts::domain::keys::{RevisionKey, SectorKey};
use palts::domain::vocabulary::{Authority, SectorKind};
use palts::store::revisions::{self, NewRevision, Plan};
use palts::store::sectors::{self, Sector, outlines};
use palts::store::{Database, Mode};
use std::hint::black_box;

use crate::database;

const PLANS: usize = 30;
const SECTORS: i32 = 30;

/// Thirty plans of thirty sectors, with outlines of 49 positions.
fn fill(database: &Database) -> Vec<SectorKey> {
    let codes = palts::domain::codes::DepartmentCode::all();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let mut keys = Vec::new();
    for department in codes.into_iter().take(PLANS) {
        let key = RevisionKey { department: department.clone(), number: 1 };
        let all: Vec<Sector> = (1..=SECTORS).map(|rank| sector(&key, rank)).collect();
        let drawn: Vec<_> =
            all.iter().map(|sector| (sector.key.clone(), outlines::at_every_tolerance(&outline(), &[]))).collect();
        let new = NewRevision {
            key: &key,
            semester: "2026-S1".parse().unwrap(),
            diagnosis: "",
            uncovered_schools_reason: "",
            due_on: day,
            opened_at: day.and_hms_opt(0, 0, 0).unwrap(),
            opened_by: "bench",
            copied_from: None,
        };
        let plan = Plan { department, current: Some(1), pending: None, last: 1 };
        let filled: Result<(), palts::store::StoreError> = database.write(|connection| {
            revisions::set_plan(connection, &Scope::Nation, &plan)?;
            revisions::insert(connection, &Scope::Nation, &new)?;
            sectors::upsert(connection, &Scope::Nation, &all)?;
            outlines::upsert(connection, &Scope::Nation, &drawn)
        });
        filled.unwrap();
        keys.extend(all.into_iter().map(|sector| sector.key));
    }
    keys
}

fn outline() -> String {
    let ring: Vec<String> = (0..49).map(|corner| format!("[5.{corner:02}1234,43.{corner:02}5678]")).collect();
    format!("{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}}", ring.join(","))
}

fn sector(revision: &RevisionKey, rank: i32) -> Sector {
    Sector {
        key: SectorKey { revision: revision.clone(), code: format!("S{rank:02}").parse().unwrap() },
        name: format!("Secteur {rank}"),
        kind: SectorKind::HousingEstate,
        authority: Authority::Police,
        parquet: None,
        communes: Vec::new(),
        priority_neighbourhood: None,
        severity: 3,
        rank,
        description: String::new(),
        area_km2: 1.0,
        centroid: (5.2, 43.2),
        bbox: [5.0, 43.0, 5.4, 43.4],
    }
}

pub fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cohorts");
    for fresh in database::all() {
        let keys = fill(&fresh.database);
        let mut conn = fresh.database.checkout(Mode::Read).unwrap();
        for (name, plans) in [("one plan", 1), ("thirty plans", PLANS)] {
            let some = keys.get(..plans * 30).unwrap();
            group.bench_function(format!("sectors of {name}, {}", fresh.name), |bencher| {
                bencher.iter(|| sectors::by_keys(conn.reader(), &Scope::Nation, black_box(some)).unwrap().len());
            });
            group.bench_function(format!("outlines of {name}, {}", fresh.name), |bencher| {
                bencher.iter(|| outlines::of_sectors(conn.reader(), &Scope::Nation, black_box(some), 0).unwrap().len());
            });
        }
    }
    group.finish();
}
