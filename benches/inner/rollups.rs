//! The cells of a meeting with 20 measures: made from the measures, and added to those kept, which takes one statement. The write is rolled
//! back each time, so that every one meets the same table.

use criterion::Criterion;
use palts::domain::amount::Amount;
use palts::domain::codes::DepartmentCode;
use palts::domain::rollup::Entry;
use palts::domain::rollup::cells::cells;
use palts::domain::vocabulary::{Aggregation, ServiceKind};
use palts::store::rollups::{self, Cells};
use palts::store::{Mode, indicators};
use std::hint::black_box;

use crate::database;

/// What 20 indicators were measured to be, each in one sector.
fn measured(indicators: &[i32]) -> Vec<(i32, Entry)> {
    let entry = |number: usize| Entry {
        fortnight: "2026-03-1".parse().unwrap(),
        sector: format!("13-S{number:02}"),
        service: ServiceKind::Police,
        authority: if number.is_multiple_of(3) { "GENDARMERIE" } else { "POLICE" }.to_owned(),
        parquet: "TJ-MARSEILLE".to_owned(),
        value: Amount::from_scaled(12_345 * i64::try_from(number).unwrap()),
        absences: Vec::new(),
    };
    indicators.iter().enumerate().map(|(number, id)| (*id, entry(number))).collect()
}

fn cells_of(measured: &[(i32, Entry)]) -> Cells {
    let each = measured.iter().map(|(id, entry)| (*id, cells(Aggregation::Sum, std::slice::from_ref(entry))));
    each.flat_map(|(id, cells)| cells.into_iter().map(move |(key, tally)| ((id, key), tally))).collect()
}

pub fn benches(criterion: &mut Criterion) {
    let department: DepartmentCode = "13".parse().unwrap();
    let mut group = criterion.benchmark_group("rollups");
    for fresh in database::all() {
        let sight = indicators::IndicatorSight { published_only: false, local: palts::access::Scope::nowhere() };
        let ids: Vec<i32> = fresh
            .database
            .read(|connection| indicators::all(connection, &sight))
            .unwrap()
            .iter()
            .map(|one| one.id)
            .take(20)
            .collect();
        let measured = measured(&ids);
        if fresh.name == "sqlite" {
            group.bench_function("the cells of 20 measures", |bencher| bencher.iter(|| cells_of(black_box(&measured)).len()));
        }
        let made = cells_of(&measured);
        fresh.database.write(|connection| rollups::add(connection, &department, &made)).unwrap();
        let mut conn = fresh.database.checkout(Mode::Write).unwrap();
        group.bench_function(format!("adding them to those kept, {}", fresh.name), |bencher| {
            bencher.iter(|| {
                conn.begin().unwrap();
                rollups::add(conn.writer().unwrap(), &department, &made).unwrap();
                conn.rollback();
            });
        });
    }
    group.finish();
}
