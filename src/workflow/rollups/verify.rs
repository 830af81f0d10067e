//! Holding the kept cells against the measures, and making them anew: for operators, through the command line. Department after department, so
//! that neither memory nor locks grow with the nation.

use std::collections::HashMap;

use crate::domain::codes::DepartmentCode;
use crate::domain::rollup::Tally;
use crate::domain::rollup::cells::CellKey;
use crate::domain::vocabulary::Aggregation;
use crate::store::audit::{Category, Chain, NewEntry};
use crate::store::rollups::Cells;
use crate::store::{AnyConnection, audit, indicators, measures, rollups};
use crate::workflow::Result;

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

/// The cells of some departments that differ from what their measures come to.
///
/// # Errors
/// Those of the database.
pub fn verify(connection: &mut AnyConnection, departments: &[DepartmentCode]) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for department in departments {
        let mut measured = from_measures(connection, department)?;
        for ((indicator_id, cell), kept) in rollups::of_department(connection, department)? {
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

/// Makes the cells of a department anew from its measures, under its lock; `operator` is who is said to have done it.
///
/// # Errors
/// Those of the database.
pub fn rebuild(
    connection: &mut AnyConnection,
    department: &DepartmentCode,
    operator: &str,
    now: chrono::NaiveDateTime,
) -> Result<usize> {
    let chain = Chain::Department(department.clone());
    audit::lock(connection, &chain)?;
    let cells = from_measures(connection, department)?;
    rollups::rewrite(connection, department, &cells)?;
    let detail = format!("{} cells", cells.len());
    let subject = format!("rollups of {department}");
    let entry = NewEntry::of(&chain, Category::Plan, now, operator, "rebuildRollups", &subject, "DONE", &detail);
    audit::append(connection, entry)?;
    Ok(cells.len())
}

fn from_measures(connection: &mut AnyConnection, department: &DepartmentCode) -> Result<Cells> {
    let entries = measures::all_entries(connection, department)?;
    let mut ids: Vec<i32> = entries.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = indicators::by_ids(connection, &ids)?;
    let aggregations: HashMap<i32, Aggregation> =
        found.into_iter().map(|(id, stored)| (id, stored.indicator.aggregation)).collect();
    Ok(super::keep::of_entries(entries, &aggregations))
}
