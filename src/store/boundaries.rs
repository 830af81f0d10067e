//! Outlines of departments in the database, as GeoJSON text at each of the stored tolerances. A digest of the full outline tells other
//! processes that it has changed.

use diesel::prelude::*;

use super::backend::corrupt;
use super::schema::boundaries;
use super::{Reader, StoreResult, Writer};
use crate::domain::codes::DepartmentCode;
use crate::upsert_all;

/// An outline to write: one text for each stored tolerance, and the digest of the full one.
#[derive(Clone, Debug)]
pub struct Boundary {
    /// The department.
    pub department: DepartmentCode,
    /// Tolerance in metres, and the text; 0 is the outline as loaded.
    pub texts: Vec<(i32, String)>,
    /// SHA-256 of the full text, hexadecimal.
    pub digest: String,
}

#[derive(Insertable)]
#[diesel(table_name = boundaries, treat_none_as_default_value = false)]
struct Row<'a> {
    department_code: &'a str,
    tolerance: i32,
    geometry: &'a str,
    digest: &'a str,
}

/// The outlines of some departments at one of the stored tolerances; those that have none are absent.
///
/// # Errors
/// Those of the database.
pub fn outlines(
    reader: &mut Reader,
    departments: &[DepartmentCode],
    tolerance: i32,
) -> StoreResult<Vec<(DepartmentCode, String)>> {
    let rows: Vec<(String, String)> = boundaries::table
        .filter(boundaries::department_code.eq_any(departments.iter().map(DepartmentCode::as_str)))
        .filter(boundaries::tolerance.eq(tolerance))
        .select((boundaries::department_code, boundaries::geometry))
        .load(reader.reading())?;
    rows.into_iter().map(|(code, text)| Ok((corrupt("boundaries.department_code", code.parse())?, text))).collect()
}

/// The digest of a department's full outline, if one is loaded.
///
/// # Errors
/// Those of the database.
pub fn digest(reader: &mut Reader, department: &DepartmentCode) -> StoreResult<Option<String>> {
    Ok(boundaries::table.find((department.as_str(), 0)).select(boundaries::digest).first(reader.reading()).optional()?)
}

/// The digests of the full outlines of some departments, in the order of their codes; those that have none are absent.
///
/// # Errors
/// Those of the database.
pub fn digests(reader: &mut Reader, departments: &[DepartmentCode]) -> StoreResult<Vec<(String, String)>> {
    Ok(boundaries::table
        .filter(boundaries::department_code.eq_any(departments.iter().map(DepartmentCode::as_str)))
        .filter(boundaries::tolerance.eq(0))
        .order(boundaries::department_code)
        .select((boundaries::department_code, boundaries::digest))
        .load(reader.reading())?)
}

/// Writes outlines, in place of those there were.
///
/// # Errors
/// Those of the database.
pub fn set(writer: &mut Writer, all: &[Boundary]) -> StoreResult<()> {
    let rows: Vec<Row<'_>> = all
        .iter()
        .flat_map(|boundary| {
            boundary.texts.iter().map(|(tolerance, text)| Row {
                department_code: boundary.department.as_str(),
                tolerance: *tolerance,
                geometry: text,
                digest: &boundary.digest,
            })
        })
        .collect();
    upsert_all!(
        writer.writing(),
        boundaries::table,
        rows,
        (boundaries::department_code, boundaries::tolerance),
        boundaries::geometry,
        boundaries::digest
    )
}
