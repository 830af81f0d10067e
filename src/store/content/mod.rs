//! The content of revisions as a whole: read for hashes, checks and changes in a number of statements that does not grow, and copied when a
//! revision is opened. Editing one sector or objective is its area's business.

mod copy;
mod listed;
mod objectives;
mod sectors;
mod size;

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

pub use copy::copy;
pub use listed::{Listed, listed_schools, sectors_of_schools};
pub use size::sizes;

use super::backend::corrupt;
use super::revisions::{columns, held, read_key};
use super::schema::revisions;
use super::{Reader, StoreResult, contributions};
use crate::access::Scope;
use crate::domain::codes::{ObjectiveCode, SectorCode};
use crate::domain::content::{ContributionContent, RevisionContent};
use crate::domain::keys::RevisionKey;
use crate::domain::semester::Semester;

/// Whether the outlines of sectors are read: they are by far the largest part of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlines {
    /// Read, as the hash and the changes need them.
    Read,
    /// Left empty.
    LeftOut,
}

/// Reads what some revisions say; one statement per table, whatever their number.
///
/// # Errors
/// Those of the database.
pub fn of_revisions(
    reader: &mut Reader,
    scope: &Scope,
    keys: &[RevisionKey],
    outlines: Outlines,
) -> StoreResult<HashMap<RevisionKey, RevisionContent>> {
    let mut found = heads(reader, scope, keys)?;
    for (key, one) in contributions::of_revisions(reader, scope, keys)? {
        if let Some(content) = found.get_mut(&key) {
            content.contributions.push(ContributionContent {
                service: one.service,
                text: one.text,
                dated_on: one.dated_on,
                contributed_by: one.contributed_by,
            });
        }
    }
    for (key, sector) in sectors::of_revisions(reader, scope, keys, outlines)? {
        if let Some(content) = found.get_mut(&key) {
            content.sectors.push(sector);
        }
    }
    for (key, objective) in objectives::of_revisions(reader, scope, keys)? {
        if let Some(content) = found.get_mut(&key) {
            content.objectives.push(objective);
        }
    }
    Ok(found)
}

type Head = (String, i32, i32, String, String);

fn heads(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<HashMap<RevisionKey, RevisionContent>> {
    let wanted: BTreeSet<&RevisionKey> = keys.iter().collect();
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<Head> = revisions::table
        .filter(revisions::department_code.eq_any(departments))
        .filter(revisions::number.eq_any(numbers))
        .select((
            revisions::department_code,
            revisions::number,
            revisions::semester,
            revisions::diagnosis,
            revisions::uncovered_schools_reason,
        ))
        .load(reader.reading())?;
    let mut found = HashMap::with_capacity(keys.len());
    for (department, number, semester, diagnosis, uncovered_schools_reason) in rows {
        let key = read_key(&department, number)?;
        if wanted.contains(&key) {
            let content = RevisionContent {
                department: key.department.clone(),
                semester: corrupt("revisions.semester", Semester::from_ordinal(semester))?,
                number,
                diagnosis,
                uncovered_schools_reason,
                contributions: Vec::new(),
                sectors: Vec::new(),
                objectives: Vec::new(),
            };
            found.insert(key, content);
        }
    }
    Ok(found)
}

/// The codes of a revision's sectors and objectives.
///
/// # Errors
/// Those of the database.
pub fn codes(
    reader: &mut Reader,
    scope: &Scope,
    key: &RevisionKey,
) -> StoreResult<(BTreeSet<SectorCode>, BTreeSet<ObjectiveCode>)> {
    use super::schema::{objectives, sectors};
    let (department, number) = held(scope, key)?;
    let found_sectors: Vec<String> = sectors::table
        .filter(sectors::department_code.eq(department))
        .filter(sectors::number.eq(number))
        .select(sectors::code)
        .load(reader.reading())?;
    let found_objectives: Vec<String> = objectives::table
        .filter(objectives::department_code.eq(department))
        .filter(objectives::number.eq(number))
        .select(objectives::code)
        .load(reader.reading())?;
    Ok((
        found_sectors.iter().map(|code| corrupt("sectors.code", code.parse())).collect::<StoreResult<_>>()?,
        found_objectives.iter().map(|code| corrupt("objectives.code", code.parse())).collect::<StoreResult<_>>()?,
    ))
}

/// Reads a list of words separated by spaces.
fn words<T: std::str::FromStr<Err: std::fmt::Display>>(table: &'static str, text: &str) -> StoreResult<Vec<T>> {
    text.split_whitespace().map(|word| corrupt(table, word.parse())).collect()
}
