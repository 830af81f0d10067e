//! Loading the reference: what every database needs before anything else can be written. Part of `palts migrate`, and safe to repeat.

use chrono::NaiveDateTime;

use super::Result;
use crate::domain::indicators::Indicator;
use crate::domain::territory::Territories;
use crate::domain::vocabulary::Counts;
use crate::exchange::reference::ReferenceIndicator;
use crate::store::audit::{Category, Chain, DONE, LOAD_REFERENCE, NewEntry};
use crate::store::{self, Writer};

/// Writes the territories, plans, audit chains and national indicators that the database lacks, and brings names up to date. Indicators that
/// are there stay as the secretariat defined them since.
///
/// # Errors
/// Those of the database.
pub fn load(writer: &mut Writer, territories: &Territories, indicators: &[ReferenceIndicator]) -> Result<()> {
    store::territory::load(writer, territories)?;
    let national: Vec<Indicator> = indicators.iter().map(national).collect();
    store::indicators::load_missing(writer, &national)?;
    Ok(())
}

/// As [`load`], of a database that may be served already: an act like any other, so that what is remembered of it anywhere is not believed any
/// longer.
///
/// # Errors
/// Those of the database.
pub fn refresh(
    writer: &mut Writer,
    territories: &Territories,
    indicators: &[ReferenceIndicator],
    now: NaiveDateTime,
) -> Result<()> {
    load(writer, territories, indicators)?;
    let detail = format!("{} departments, {} national indicators", territories.departments().count(), indicators.len());
    let entry = NewEntry::of(&Chain::Nation, Category::National, now, "operator", LOAD_REFERENCE, "the reference", DONE, &detail);
    store::audit::append(writer, &entry)?;
    Ok(())
}

fn national(row: &ReferenceIndicator) -> Indicator {
    Indicator {
        code: row.code.clone(),
        label: row.label.clone(),
        unit: row.unit.clone(),
        counts: row.counts,
        has_counted_persons: row.counts.is_some_and(Counts::is_of_persons),
        definition: row.definition.clone(),
        aggregation: row.aggregation,
        numerator: row.numerator.clone(),
        denominator: row.denominator.clone(),
        department: None,
        recorded_by: row.recorded_by.clone(),
        published: row.published,
    }
}
