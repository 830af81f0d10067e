//! What measures keep of a department's sectors, in the plan in force and in the pending revision. Not for the sectors themselves.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::store::backend::corrupt;
use crate::store::schema::{plans, sectors};
use crate::store::{Reader, StoreResult};

/// What a measure keeps of its sector as of recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectorMark {
    /// The sector's authority.
    pub authority: String,
    /// The sector's parquet; empty without one.
    pub parquet: String,
}

/// The marks of one sector, as the plan in force and the pending revision have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// In the plan in force.
    pub in_force: Option<SectorMark>,
    /// In the pending revision.
    pub pending: Option<SectorMark>,
}

impl Marks {
    /// What a new measure keeps: as in the plan in force, else as in the pending revision. For whom does not see drafts, a sector of the pending
    /// revision is like one that does not exist.
    #[must_use]
    pub fn seen(&self, sees_drafts: bool) -> Option<&SectorMark> {
        self.in_force.as_ref().or(self.pending.as_ref().filter(|_| sees_drafts))
    }
}

/// The marks of a department's sectors, by their codes.
///
/// # Errors
/// Those of the database.
pub fn of_department(reader: &mut Reader, department: &DepartmentCode) -> StoreResult<HashMap<SectorCode, Marks>> {
    type Marked = (Option<i32>, i32, String, String, Option<String>);
    let number = sectors::number.nullable();
    let rows: Vec<Marked> = plans::table
        .inner_join(sectors::table.on(sectors::department_code.eq(plans::department_code)))
        .filter(plans::department_code.eq(department.as_str()))
        .filter(plans::current_number.eq(number).or(plans::pending_number.eq(number)))
        .select((plans::current_number, sectors::number, sectors::code, sectors::authority, sectors::parquet_code))
        .load(reader.reading())?;
    let mut found: HashMap<SectorCode, Marks> = HashMap::new();
    for (current, number, code, authority, parquet) in rows {
        let marks = found.entry(corrupt("sectors.code", code.parse())?).or_default();
        let place = if Some(number) == current { &mut marks.in_force } else { &mut marks.pending };
        *place = Some(SectorMark { authority, parquet: parquet.unwrap_or_default() });
    }
    Ok(found)
}
