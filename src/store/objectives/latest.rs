//! The last reported figures behind the targets of objectives, from the rollup cells of fortnights.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::max;
use diesel::prelude::*;

use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::vocabulary::Aggregation;
use crate::store::backend::corrupt;
use crate::store::rollups::trusted;
use crate::store::schema::{indicators, rollup_cells};
use crate::store::{Reader, StoreError, StoreResult};

/// How an indicator is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Database id.
    pub id: i32,
    /// How it adds up.
    pub aggregation: Aggregation,
    /// For a RATIO: numerator and denominator.
    pub quotient: Option<(IndicatorCode, IndicatorCode)>,
}

/// A department's figures of one fortnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Ordinal of the fortnight.
    pub fortnight: i32,
    /// Sum of the values, in ten-thousandths.
    pub total: i128,
    /// How many measures.
    pub measures: i32,
    /// The greatest value.
    pub maximum: Amount,
}

/// How some indicators are read, and those that they are the ratio of.
///
/// # Errors
/// Those of the database.
pub fn indicators(reader: &mut Reader, codes: &BTreeSet<IndicatorCode>) -> StoreResult<HashMap<IndicatorCode, Reading>> {
    let mut known = readings(reader, codes)?;
    let parts: BTreeSet<IndicatorCode> = known
        .values()
        .filter_map(|reading| reading.quotient.as_ref())
        .flat_map(|(above, below)| [above.clone(), below.clone()])
        .filter(|part| !known.contains_key(part))
        .collect();
    if !parts.is_empty() {
        known.extend(readings(reader, &parts)?);
    }
    Ok(known)
}

type ReadingRow = (i32, String, String, Option<String>, Option<String>);

fn readings(reader: &mut Reader, codes: &BTreeSet<IndicatorCode>) -> StoreResult<HashMap<IndicatorCode, Reading>> {
    let rows: Vec<ReadingRow> = indicators::table
        .filter(indicators::code.eq_any(codes.iter().map(IndicatorCode::as_str)))
        .select((indicators::id, indicators::code, indicators::aggregation, indicators::numerator, indicators::denominator))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(id, code, aggregation, above, below)| {
            let quotient = match (above, below) {
                (Some(above), Some(below)) => {
                    Some((corrupt("indicators.numerator", above.parse())?, corrupt("indicators.denominator", below.parse())?))
                }
                (None, None) => None,
                (Some(_), None) | (None, Some(_)) => {
                    return Err(StoreError::corrupt("indicators", format!("{code} has half a quotient")));
                }
            };
            let aggregation = corrupt("indicators.aggregation", aggregation.parse())?;
            Ok((corrupt("indicators.code", code.parse())?, Reading { id, aggregation, quotient }))
        })
        .collect()
}

/// The figures of the last fortnight that has any, by department and indicator. Two statements, however many.
///
/// # Errors
/// Those of the database.
pub fn last_fortnights(
    reader: &mut Reader,
    scope: &Scope,
    departments: &BTreeSet<DepartmentCode>,
    indicators: &BTreeSet<i32>,
) -> StoreResult<HashMap<(DepartmentCode, i32), Figures>> {
    let departments: Vec<&str> = departments.iter().filter(|code| scope.holds(code)).map(DepartmentCode::as_str).collect();
    let indicators: Vec<i32> = indicators.iter().copied().collect();
    let last: Vec<(String, i32, Option<i32>)> = rollup_cells::table
        .filter(rollup_cells::granularity.eq("F"))
        .filter(rollup_cells::department_code.eq_any(&departments))
        .filter(rollup_cells::indicator_id.eq_any(&indicators))
        .group_by((rollup_cells::department_code, rollup_cells::indicator_id))
        .select((rollup_cells::department_code, rollup_cells::indicator_id, max(rollup_cells::period)))
        .load(reader.reading())?;
    let periods: BTreeSet<i32> = last.iter().filter_map(|(_, _, period)| *period).collect();
    let last: BTreeSet<(String, i32, Option<i32>)> = last.into_iter().collect();
    let cells: Vec<(String, i32, i32, i64, i32, i64)> = rollup_cells::table
        .filter(rollup_cells::granularity.eq("F"))
        .filter(rollup_cells::department_code.eq_any(&departments))
        .filter(rollup_cells::indicator_id.eq_any(&indicators))
        .filter(rollup_cells::period.eq_any(periods))
        .select((
            rollup_cells::department_code,
            rollup_cells::indicator_id,
            rollup_cells::period,
            rollup_cells::total,
            rollup_cells::measures,
            rollup_cells::maximum,
        ))
        .load(reader.reading())?;
    let mut all: HashMap<(DepartmentCode, i32), Figures> = HashMap::new();
    for (department, id, period, total, measures, maximum) in cells {
        let code = corrupt("rollup_cells.department_code", department.parse())?;
        if !last.contains(&(department, id, Some(period))) {
            continue;
        }
        trusted(total)?;
        let maximum = Amount::from_scaled(maximum);
        let start = Figures { fortnight: period, total: 0, measures: 0, maximum };
        let figures = all.entry((code, id)).or_insert(start);
        figures.total += i128::from(total);
        figures.measures += measures;
        figures.maximum = figures.maximum.max(maximum);
    }
    Ok(all)
}
