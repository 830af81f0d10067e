//! Loading the reference: what every database needs before anything else can be written. Part of `palts migrate`, and safe to repeat.

use super::{Error, Result};
use crate::domain::territory::Territories;
use crate::exchange::reference::ReferenceIndicator;
use crate::store::{self, AnyConnection};

/// Writes the territories, plans, audit chains and national indicators that the database lacks, and brings names up to date.
///
/// # Errors
/// Those of the database.
pub fn load(connection: &mut AnyConnection, territories: &Territories, indicators: &[ReferenceIndicator]) -> Result<()> {
    store::territory::load(connection, territories)?;
    let _ = indicators; // loaded with the indicators' area
    Ok::<(), Error>(())
}
