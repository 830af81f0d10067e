//! What objectives name: sectors of their revision, schools of the directory, and the figures that they want to reach.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::{Named, Objective, Target, read_key};
use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::keys::{ObjectiveKey, SectorKey};
use crate::insert_all;
use crate::store::backend::corrupt;
use crate::store::schema::{indicators, objective_schools, objective_sectors, objective_targets, objectives};
use crate::store::sectors::{GROUPS, by_revision};
use crate::store::{Reader, StoreError, StoreResult, Writer};

/// Loads rows of a table of what objectives name, for some objectives.
macro_rules! named_rows {
    ($connection:expr, $scope:expr, $keys:expr, $table:ident, $order:expr) => {{
        let mut found = Vec::new();
        for part in by_revision($scope, $keys.iter().map(|key| (&key.revision, key.code.as_str()))).chunks(GROUPS) {
            let mut query = $table::table.into_boxed();
            for (revision, codes) in part {
                let some = $table::department_code
                    .eq(revision.department.as_str())
                    .and($table::number.eq(revision.number))
                    .and($table::objective_code.eq_any(codes));
                query = query.or_filter(some);
            }
            found.extend(query.order($order).load($connection)?);
        }
        found
    }};
}

type TargetRow = (String, i32, String, String, Option<i64>, i64);

/// What some objectives name. Three statements, however many objectives.
///
/// # Errors
/// Those of the database.
pub fn of(reader: &mut Reader, scope: &Scope, keys: &[ObjectiveKey]) -> StoreResult<HashMap<ObjectiveKey, Named>> {
    let mut all: HashMap<ObjectiveKey, Named> = HashMap::new();
    let sectors: Vec<(String, i32, String, String)> =
        named_rows!(reader.reading(), scope, keys, objective_sectors, objective_sectors::sector_code);
    for (department, number, code, sector) in sectors {
        let named = all.entry(read_key(&department, number, &code)?).or_default();
        named.sectors.push(corrupt("objective_sectors.sector_code", sector.parse())?);
    }
    let schools: Vec<(String, i32, String, String)> =
        named_rows!(reader.reading(), scope, keys, objective_schools, objective_schools::uai);
    for (department, number, code, uai) in schools {
        let named = all.entry(read_key(&department, number, &code)?).or_default();
        named.schools.push(corrupt("objective_schools.uai", uai.parse())?);
    }
    let targets: Vec<TargetRow> =
        named_rows!(reader.reading(), scope, keys, objective_targets, objective_targets::indicator_code);
    for (department, number, code, indicator, baseline, target) in targets {
        let named = all.entry(read_key(&department, number, &code)?).or_default();
        named.targets.push(Target {
            indicator: corrupt("objective_targets.indicator_code", indicator.parse())?,
            baseline: baseline.map(Amount::from_scaled),
            target: Amount::from_scaled(target),
        });
    }
    Ok(all)
}

/// The objectives that name some sectors, most urgent first.
///
/// # Errors
/// Those of the database.
pub fn naming_sectors(reader: &mut Reader, scope: &Scope, keys: &[SectorKey]) -> StoreResult<Vec<(SectorKey, Objective)>> {
    let mut found: Vec<(String, super::Row)> = Vec::new();
    for part in by_revision(scope, keys.iter().map(|key| (&key.revision, key.code.as_str()))).chunks(GROUPS) {
        let mut query = objective_sectors::table
            .inner_join(
                objectives::table.on(objectives::department_code
                    .eq(objective_sectors::department_code)
                    .and(objectives::number.eq(objective_sectors::number))
                    .and(objectives::code.eq(objective_sectors::objective_code))),
            )
            .select((objective_sectors::sector_code, super::Row::as_select()))
            .into_boxed();
        for (revision, codes) in part {
            let some = objective_sectors::department_code
                .eq(revision.department.as_str())
                .and(objective_sectors::number.eq(revision.number))
                .and(objective_sectors::sector_code.eq_any(codes));
            query = query.or_filter(some);
        }
        found.extend(query.order((objectives::rank, objectives::code)).load::<(String, super::Row)>(reader.reading())?);
    }
    found
        .into_iter()
        .map(|(sector, row)| {
            let objective = row.read()?;
            let code = corrupt("objective_sectors.sector_code", sector.parse())?;
            Ok((SectorKey { revision: objective.key.revision.clone(), code }, objective))
        })
        .collect()
}

/// Replaces what an objective names.
///
/// # Errors
/// Those of the database.
pub fn replace(writer: &mut Writer, scope: &Scope, key: &ObjectiveKey, named: &Named) -> StoreResult<()> {
    if !scope.holds(&key.revision.department) {
        return Err(StoreError::Query(format!("revision {} is out of scope", key.revision)));
    }
    let (department, number, code) = (key.revision.department.as_str(), key.revision.number, key.code.as_str());
    macro_rules! clear {
        ($table:ident) => {
            diesel::delete(
                $table::table
                    .filter($table::department_code.eq(department))
                    .filter($table::number.eq(number))
                    .filter($table::objective_code.eq(code)),
            )
            .execute(writer.writing())?
        };
    }
    clear!(objective_sectors);
    clear!(objective_schools);
    clear!(objective_targets);

    let rows: Vec<_> = named
        .sectors
        .iter()
        .map(|sector| {
            (
                objective_sectors::department_code.eq(department),
                objective_sectors::number.eq(number),
                objective_sectors::objective_code.eq(code),
                objective_sectors::sector_code.eq(sector.as_str()),
            )
        })
        .collect();
    insert_all!(writer.writing(), objective_sectors::table, rows)?;
    let rows: Vec<_> = named
        .schools
        .iter()
        .map(|uai| {
            (
                objective_schools::department_code.eq(department),
                objective_schools::number.eq(number),
                objective_schools::objective_code.eq(code),
                objective_schools::uai.eq(uai.as_str()),
            )
        })
        .collect();
    insert_all!(writer.writing(), objective_schools::table, rows)?;
    let rows: Vec<NewTarget<'_>> = named
        .targets
        .iter()
        .map(|target| NewTarget {
            department_code: department,
            number,
            objective_code: code,
            indicator_code: target.indicator.as_str(),
            baseline: target.baseline.map(Amount::scaled),
            target: target.target.scaled(),
        })
        .collect();
    insert_all!(writer.writing(), objective_targets::table, rows)
}

#[derive(Insertable)]
#[diesel(table_name = objective_targets, treat_none_as_default_value = false)]
struct NewTarget<'a> {
    department_code: &'a str,
    number: i32,
    objective_code: &'a str,
    indicator_code: &'a str,
    baseline: Option<i64>,
    target: i64,
}

/// Those of some indicators that a department may name: the national ones and its own.
///
/// # Errors
/// Those of the database.
pub fn indicators_of(
    reader: &mut Reader,
    department: &DepartmentCode,
    codes: &[IndicatorCode],
) -> StoreResult<BTreeSet<IndicatorCode>> {
    let rows: Vec<String> = indicators::table
        .filter(indicators::code.eq_any(codes.iter().map(IndicatorCode::as_str)))
        .filter(indicators::department_code.is_null().or(indicators::department_code.eq(department.as_str())))
        .select(indicators::code)
        .load(reader.reading())?;
    rows.into_iter().map(|code| corrupt("indicators.code", code.parse())).collect()
}
