//! Loading the reference: what every database needs before anything else can be written. Part of `palts migrate`, and safe to repeat.

use super::Result;
use crate::domain::indicators::Indicator;
use crate::domain::territory::Territories;
use crate::exchange::reference::ReferenceIndicator;
use crate::store::{self, AnyConnection};

/// Writes the territories, plans, audit chains and national indicators that the database lacks, and brings names up to date. Indicators that
/// are there stay as the secretariat defined them since.
///
/// # Errors
/// Those of the database.
pub fn load(connection: &mut AnyConnection, territories: &Territories, indicators: &[ReferenceIndicator]) -> Result<()> {
    store::territory::load(connection, territories)?;
    let national: Vec<Indicator> = indicators.iter().map(national).collect();
    store::indicators::load_missing(connection, &national)?;
    Ok(())
}

fn national(row: &ReferenceIndicator) -> Indicator {
    Indicator {
        code: row.code.clone(),
        label: row.label.clone(),
        unit: row.unit.clone(),
        definition: row.definition.clone(),
        aggregation: row.aggregation,
        numerator: row.numerator.clone(),
        denominator: row.denominator.clone(),
        department: None,
        recorded_by: row.recorded_by.clone(),
        published: row.published,
    }
}
