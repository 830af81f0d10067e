//! Holding the kept cells against the measures, and making them anew: for imports, and for operators through the command line. Department after
//! department, so that memory does not grow with the nation. Cells are made by the database and held against what the domain makes of the same
//! measures: nothing is kept on which the two do not agree.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::period::Period;
use crate::domain::rollup::Tally;
use crate::domain::rollup::cells::CellKey;
use crate::domain::vocabulary::{Aggregation, Granularity};
use crate::store::audit::{Category, Chain, NewEntry};
use crate::store::rollups::Cells;
use crate::store::{Reader, Writer, audit, bulk, indicators, measures, rollups};
use crate::workflow::{Error, Result};

/// A cell that does not hold what its measures come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The department.
    pub department: DepartmentCode,
    /// The indicator's database id.
    pub indicator_id: i32,
    /// The cell.
    pub cell: CellKey,
    /// What is kept; none: the cell is missing.
    pub kept: Option<Tally>,
    /// What the measures come to; none: the cell should not be.
    pub measured: Option<Tally>,
}

/// The years that hold some fortnights: what must be made anew, and verified, when measures of those came in. Every length of period ends with
/// a year.
#[must_use]
pub fn years(first: Fortnight, last: Fortnight) -> RangeInclusive<i32> {
    let year = |fortnight| Period::around(fortnight, Granularity::Year).ordinals();
    *year(first).start()..=*year(last).end()
}

/// All fortnights that there are.
pub const ALWAYS: RangeInclusive<i32> = 0..=i32::MAX;

/// The cells of some departments, of periods within some whole years, that differ from what their measures come to.
///
/// # Errors
/// Those of the database.
pub fn verify(reader: &mut Reader, departments: &[DepartmentCode], years: &RangeInclusive<i32>) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for department in departments {
        let mut measured = from_measures(reader, department, years)?;
        for ((indicator_id, cell), kept) in rollups::of_department(reader, department, years)? {
            let found = measured.remove(&(indicator_id, cell.clone()));
            if found != Some(kept) {
                let department = department.clone();
                differences.push(Difference { department, indicator_id, cell, kept: Some(kept), measured: found });
            }
        }
        differences.extend(measured.into_iter().map(|((indicator_id, cell), tally)| {
            let department = department.clone();
            Difference { department, indicator_id, cell, kept: None, measured: Some(tally) }
        }));
    }
    Ok(differences)
}

/// Makes the cells of a department within some whole years anew from its measures, and verifies them. The department's chain is locked by then.
/// Answers how many there are.
///
/// # Errors
/// INVALID where a sum is greater than a cell may hold; INTERNAL where what was made is not what the measures come to; those of the database.
pub fn renew(writer: &mut Writer, department: &DepartmentCode, years: &RangeInclusive<i32>) -> Result<usize> {
    let built = bulk::rollups::build(writer, department, years)?;
    let cells = built.ok_or_else(|| super::keep::too_large("measures", department))?;
    let differences = verify(writer, std::slice::from_ref(department), years)?;
    match differences.first() {
        None => Ok(cells),
        Some(first) => Err(Error::Internal(format!("{} cells were made wrong, the first: {first:?}", differences.len()))),
    }
}

/// Makes all cells of a department anew, under its lock; `operator` is who is said to have done it. Answers how many there are.
///
/// # Errors
/// As of [`renew`].
pub fn rebuild(writer: &mut Writer, department: &DepartmentCode, operator: &str, now: chrono::NaiveDateTime) -> Result<usize> {
    let chain = Chain::Department(department.clone());
    audit::lock(writer, &chain)?;
    bulk::prepare(writer)?;
    let cells = renew(writer, department, &ALWAYS)?;
    let detail = format!("{cells} cells");
    let subject = format!("rollups of {department}");
    let entry = NewEntry::of(&chain, Category::Plan, now, operator, "rebuildRollups", &subject, "DONE", &detail);
    audit::append(writer, &entry)?;
    Ok(cells)
}

fn from_measures(reader: &mut Reader, department: &DepartmentCode, years: &RangeInclusive<i32>) -> Result<Cells> {
    let entries = measures::all_entries(reader, department, years)?;
    let mut ids: Vec<i32> = entries.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = indicators::by_ids(reader, &ids)?;
    let aggregations: HashMap<i32, Aggregation> =
        found.into_iter().map(|(id, stored)| (id, stored.indicator.aggregation)).collect();
    Ok(super::keep::of_entries(entries, &aggregations))
}
