//! Remarks of the secretariat on revisions that it returned, and the replies given on the copy. Positions count from 0, as listed.

use diesel::prelude::*;

use super::backend::corrupt;
use super::revisions::{columns, held, read_key};
use super::schema::remarks;
use super::{Reader, StoreError, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::codes::{ObjectiveCode, SectorCode};
use crate::domain::keys::RevisionKey;
use crate::insert_all;

const SECTOR: &str = "SECTOR";
const OBJECTIVE: &str = "OBJECTIVE";

/// What a remark is about, in the revision that it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A sector.
    Sector(SectorCode),
    /// An objective.
    Objective(ObjectiveCode),
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its place in the list, from 0.
    pub position: i32,
    /// What the secretariat said.
    pub text: String,
    /// About what; the whole revision when absent.
    pub subject: Option<Subject>,
    /// What the préfecture answered.
    pub reply: Option<String>,
}

type Row = (String, i32, i32, String, Option<String>, Option<String>, Option<String>);

fn read((department, number, position, text, kind, code, reply): Row) -> StoreResult<(RevisionKey, Remark)> {
    let subject = match (kind.as_deref(), code) {
        (None, None) => None,
        (Some(SECTOR), Some(code)) => Some(Subject::Sector(corrupt("remarks.subject_code", code.parse())?)),
        (Some(OBJECTIVE), Some(code)) => Some(Subject::Objective(corrupt("remarks.subject_code", code.parse())?)),
        (kind, _) => return Err(StoreError::corrupt("remarks.subject_kind", kind.unwrap_or("none"))),
    };
    Ok((read_key(&department, number)?, Remark { position, text, subject, reply }))
}

/// The remarks on some revisions, as listed. Rows of other revisions may be among them.
///
/// # Errors
/// Those of the database.
pub fn of_revisions(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<Vec<(RevisionKey, Remark)>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<Row> = remarks::table
        .filter(remarks::department_code.eq_any(departments))
        .filter(remarks::number.eq_any(numbers))
        .order((remarks::department_code, remarks::number, remarks::position))
        .load(reader.reading())?;
    rows.into_iter().map(read).collect()
}

/// Adds remarks to a revision, under their positions.
///
/// # Errors
/// Those of the database.
pub fn add(writer: &mut Writer, scope: &Scope, key: &RevisionKey, new: &[Remark]) -> StoreResult<()> {
    let (department, number) = held(scope, key)?;
    let rows: Vec<_> = new
        .iter()
        .map(|remark| {
            let (kind, code) = match &remark.subject {
                None => (None, None),
                Some(Subject::Sector(code)) => (Some(SECTOR), Some(code.as_str())),
                Some(Subject::Objective(code)) => (Some(OBJECTIVE), Some(code.as_str())),
            };
            NewRow {
                department_code: department,
                number,
                position: remark.position,
                text: &remark.text,
                subject_kind: kind,
                subject_code: code,
                reply: remark.reply.as_deref(),
            }
        })
        .collect();
    insert_all!(writer.writing(), remarks::table, rows)
}

#[derive(Insertable)]
#[diesel(table_name = remarks, treat_none_as_default_value = false)]
struct NewRow<'a> {
    department_code: &'a str,
    number: i32,
    position: i32,
    text: &'a str,
    subject_kind: Option<&'a str>,
    subject_code: Option<&'a str>,
    reply: Option<&'a str>,
}

/// Writes the reply to a remark; `false` when there is no remark at that position.
///
/// # Errors
/// Those of the database.
pub fn reply(writer: &mut Writer, scope: &Scope, key: &RevisionKey, position: i32, reply: &str) -> StoreResult<bool> {
    let (department, number) = held(scope, key)?;
    let written = diesel::update(remarks::table.find((department, number, position)))
        .set(remarks::reply.eq(reply))
        .execute(writer.writing())?;
    Ok(written == 1)
}
