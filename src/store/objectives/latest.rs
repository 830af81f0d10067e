//! The last reported figures behind the targets of objectives, from the rollup cells of fortnights.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::max;
use diesel::prelude::*;

use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::vocabulary::Aggregation;
use crate::store::backend::corrupt;
use crate::store::schema::{indicators, rollup_cells};
use crate::store::{AnyConnection, StoreError, StoreResult};

/// How an indicator is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How it adds up.
    pub aggregation: Aggregation,
    /// For a RATIO: numerator and denominator.
    pub quotient: Option<(IndicatorCode, IndicatorCode)>,
}

impl Reading {
    /// The indicators whose figures are needed: the two parts of a RATIO, else the indicator itself.
    #[must_use]
    pub fn parts(&self, code: &IndicatorCode) -> Vec<IndicatorCode> {
        match &self.quotient {
            Some((above, below)) => vec![above.clone(), below.clone()],
            None => vec![code.clone()],
        }
    }
}

/// A department's figures of one fortnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Ordinal of the fortnight.
    pub fortnight: i32,
    /// Sum of the values.
    pub total: Amount,
    /// How many measures.
    pub measures: i32,
    /// The greatest value.
    pub maximum: Amount,
}

/// How some indicators are read.
///
/// # Errors
/// Those of the database.
pub fn indicators(
    connection: &mut AnyConnection,
    keys: &[(DepartmentCode, IndicatorCode)],
) -> StoreResult<HashMap<IndicatorCode, Reading>> {
    let codes: BTreeSet<&str> = keys.iter().map(|(_, code)| code.as_str()).collect();
    let rows: Vec<(String, String, Option<String>, Option<String>)> = indicators::table
        .filter(indicators::code.eq_any(codes))
        .select((indicators::code, indicators::aggregation, indicators::numerator, indicators::denominator))
        .load(connection)?;
    rows.into_iter()
        .map(|(code, aggregation, above, below)| {
            let quotient = match (above, below) {
                (Some(above), Some(below)) => Some((
                    corrupt("indicators.numerator", above.parse())?,
                    corrupt("indicators.denominator", below.parse())?,
                )),
                (None, None) => None,
                (Some(_), None) | (None, Some(_)) => {
                    return Err(StoreError::corrupt("indicators", format!("{code} has half a quotient")));
                }
            };
            let aggregation = corrupt("indicators.aggregation", aggregation.parse())?;
            Ok((corrupt("indicators.code", code.parse())?, Reading { aggregation, quotient }))
        })
        .collect()
}

/// The figures of the last fortnight that has any, by department and indicator. Two statements, however many.
///
/// # Errors
/// Those of the database.
pub fn last_fortnights(
    connection: &mut AnyConnection,
    scope: &Scope,
    keys: &[(DepartmentCode, IndicatorCode)],
) -> StoreResult<HashMap<(DepartmentCode, IndicatorCode), Figures>> {
    let held = || keys.iter().filter(|(department, _)| scope.holds(department));
    let departments: BTreeSet<&str> = held().map(|(department, _)| department.as_str()).collect();
    let codes: BTreeSet<&str> = held().map(|(_, code)| code.as_str()).collect();
    let last: Vec<(String, i32, String, Option<i32>)> = rollup_cells::table
        .inner_join(indicators::table.on(indicators::id.eq(rollup_cells::indicator_id)))
        .filter(rollup_cells::granularity.eq("F"))
        .filter(rollup_cells::department_code.eq_any(departments.iter().copied()))
        .filter(indicators::code.eq_any(codes))
        .group_by((rollup_cells::department_code, rollup_cells::indicator_id, indicators::code))
        .select((rollup_cells::department_code, rollup_cells::indicator_id, indicators::code, max(rollup_cells::period)))
        .load(connection)?;
    let names: HashMap<(String, i32, i32), String> = last
        .into_iter()
        .filter_map(|(department, id, code, period)| period.map(|period| ((department, id, period), code)))
        .collect();
    let ids: BTreeSet<i32> = names.keys().map(|(_, id, _)| *id).collect();
    let periods: BTreeSet<i32> = names.keys().map(|(_, _, period)| *period).collect();
    let cells: Vec<(String, i32, i32, i64, i32, i64)> = rollup_cells::table
        .filter(rollup_cells::granularity.eq("F"))
        .filter(rollup_cells::department_code.eq_any(departments))
        .filter(rollup_cells::indicator_id.eq_any(ids))
        .filter(rollup_cells::period.eq_any(periods))
        .select((
            rollup_cells::department_code,
            rollup_cells::indicator_id,
            rollup_cells::period,
            rollup_cells::total,
            rollup_cells::measures,
            rollup_cells::maximum,
        ))
        .load(connection)?;
    let mut all: HashMap<(DepartmentCode, IndicatorCode), Figures> = HashMap::new();
    for (department, id, period, total, measures, maximum) in cells {
        let Some(code) = names.get(&(department.clone(), id, period)) else { continue };
        let key = (corrupt("rollup_cells.department_code", department.parse())?, corrupt("indicators.code", code.parse())?);
        let (total, maximum) = (Amount::from_scaled(total), Amount::from_scaled(maximum));
        let figures = all.entry(key).or_insert(Figures { fortnight: period, total: Amount::ZERO, measures: 0, maximum });
        let sum = figures.total.checked_add(total);
        figures.total = sum.ok_or_else(|| StoreError::corrupt("rollup_cells.total", "a sum beyond 64 bits"))?;
        figures.measures += measures;
        figures.maximum = figures.maximum.max(maximum);
    }
    Ok(all)
}
