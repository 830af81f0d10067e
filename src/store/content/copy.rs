//! Copying the mapping and the objectives of a revision to the next one: one INSERT … SELECT per table, so that nothing passes through the
//! program.

use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::access::Scope;
use crate::domain::keys::RevisionKey;
use crate::store::revisions::held;
use crate::store::schema::{
    objective_schools, objective_sectors, objective_targets, objectives, sector_outlines, sector_schools, sectors,
};
use crate::store::{StoreResult, Writer};

/// Copies the rows of one table from a number to another; the columns are named in the table's order, the number aside.
macro_rules! copy_table {
    ($connection:expr, $from:expr, $to:expr, $table:ident: $($column:ident),+) => {{
        let (department, number) = $from;
        $table::table
            .filter($table::department_code.eq(department))
            .filter($table::number.eq(number))
            .select(($table::department_code, $to.into_sql::<Integer>(), $($table::$column),+))
            .insert_into($table::table)
            .into_columns(($table::department_code, $table::number, $($table::$column),+))
            .execute($connection)?
    }};
}

/// Copies sectors with their outlines and schools, and objectives with all that they name, to the revision of number `to` of the same
/// department.
///
/// # Errors
/// Those of the database.
pub fn copy(writer: &mut Writer, scope: &Scope, from: &RevisionKey, to: i32) -> StoreResult<()> {
    let from = held(scope, from)?;
    copy_table!(
        writer.writing(), from, to,
        sectors: code, name, kind, authority, parquet_code, commune_codes, priority_neighbourhood_code, severity, rank,
        description, area_km2, centroid_lon, centroid_lat, west, south, east, north
    );
    copy_table!(writer.writing(), from, to, sector_outlines: code, tolerance, geometry);
    copy_table!(writer.writing(), from, to, sector_schools: sector_code, uai, distance_m);
    copy_table!(
        writer.writing(), from, to,
        objectives: code, rank, axis, title, description, lead_service, partner_services, department_wide, modes_of_action,
        due_on
    );
    copy_table!(writer.writing(), from, to, objective_sectors: objective_code, sector_code);
    copy_table!(writer.writing(), from, to, objective_schools: objective_code, uai);
    copy_table!(writer.writing(), from, to, objective_targets: objective_code, indicator_code, baseline, target);
    Ok(())
}
