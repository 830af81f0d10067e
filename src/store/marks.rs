//! Marks: a few named values that belong to the database as a whole and to no area. Not for data.

use diesel::prelude::*;

use super::schema::marks;
use super::{Reader, StoreResult, Writer};
use crate::{insert_missing, upsert_all};

/// The state of the demonstration.
pub const DEMONSTRATION: &str = "demonstration";
/// The last write that tried whether the database takes any.
pub const WRITABLE: &str = "writable";
/// The key under which clients' keys of requests are hashed.
pub const REQUEST_KEY: &str = "request-key";

/// A mark, if it is set.
///
/// # Errors
/// Those of the database.
pub fn find(reader: &mut Reader, name: &str) -> StoreResult<Option<String>> {
    Ok(marks::table.find(name).select(marks::value).first(reader.reading()).optional()?)
}

/// Sets a mark.
///
/// # Errors
/// Those of the database.
pub fn set(writer: &mut Writer, name: &str, value: &str) -> StoreResult<()> {
    let rows = [(marks::name.eq(name), marks::value.eq(value))];
    upsert_all!(writer.writing(), marks::table, rows, marks::name, marks::value)
}

/// The mark, which is set to that value if it was not set before.
///
/// # Errors
/// Those of the database.
pub fn found_or_set(writer: &mut Writer, name: &str, value: &str) -> StoreResult<String> {
    if let Some(found) = find(writer, name)? {
        return Ok(found);
    }
    let rows = [(marks::name.eq(name), marks::value.eq(value))];
    insert_missing!(writer.writing(), marks::table, rows)?;
    // Somebody else may have been first.
    Ok(find(writer, name)?.unwrap_or_else(|| value.to_owned()))
}
