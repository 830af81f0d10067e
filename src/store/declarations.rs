//! What departments declare not applicable: an indicator that has no object there leaves what is expected.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::backend::corrupt;
use super::schema::not_applicable;
use super::{Reader, StoreError, StoreResult, Writer};
use crate::access::Scope;
use crate::among;
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;

/// Fortnights in which an indicator has no object in a department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The department.
    pub department: DepartmentCode,
    /// The indicator's database id.
    pub indicator_id: i32,
    /// The first of them.
    pub from: Fortnight,
    /// The last of them; none while it lasts.
    pub until: Option<Fortnight>,
}

impl Declaration {
    /// Whether it holds in a fortnight.
    #[must_use]
    pub fn covers(&self, fortnight: Fortnight) -> bool {
        self.from <= fortnight && self.until.is_none_or(|until| fortnight <= until)
    }
}

type Columns = (String, i32, i32, Option<i32>);
type Selection = (
    not_applicable::department_code,
    not_applicable::indicator_id,
    not_applicable::from_fortnight,
    not_applicable::until_fortnight,
);
const COLUMNS: Selection = (
    not_applicable::department_code,
    not_applicable::indicator_id,
    not_applicable::from_fortnight,
    not_applicable::until_fortnight,
);

/// What is declared not applicable of some indicators, as far as the scope reaches.
///
/// # Errors
/// Those of the database.
pub fn of(reader: &mut Reader, scope: &Scope, indicators: &[i32]) -> StoreResult<Vec<Declaration>> {
    let mut query = not_applicable::table
        .filter(among!(not_applicable::table, not_applicable::indicator_id, indicators.iter().copied()))
        .select(COLUMNS)
        .order(not_applicable::id)
        .into_boxed();
    if let Some(codes) = scope.codes() {
        query = query.filter(among!(not_applicable::table, not_applicable::department_code, codes));
    }
    read(query.load(reader.reading())?)
}

/// All that a department declared not applicable.
///
/// # Errors
/// Those of the database.
pub fn of_department(reader: &mut Reader, department: &DepartmentCode) -> StoreResult<Vec<Declaration>> {
    let query = not_applicable::table
        .filter(not_applicable::department_code.eq(department.as_str()))
        .select(COLUMNS)
        .order(not_applicable::id);
    read(query.load(reader.reading())?)
}

fn read(rows: Vec<Columns>) -> StoreResult<Vec<Declaration>> {
    let fortnight = |ordinal| corrupt("not_applicable.from_fortnight", Fortnight::from_ordinal(ordinal));
    rows.into_iter()
        .map(|(code, indicator_id, from, until)| {
            Ok(Declaration {
                department: corrupt("not_applicable.department_code", code.parse())?,
                indicator_id,
                from: fortnight(from)?,
                until: until.map(fortnight).transpose()?,
            })
        })
        .collect()
}

/// How many declarations of an indicator a department has; none is counted where one of them is taken the place of by this one.
///
/// # Errors
/// Those of the database.
pub fn count_for_another(reader: &mut Reader, declaration: &Declaration) -> StoreResult<usize> {
    let begin: Vec<i32> = not_applicable::table
        .filter(not_applicable::department_code.eq(declaration.department.as_str()))
        .filter(not_applicable::indicator_id.eq(declaration.indicator_id))
        .select(not_applicable::from_fortnight)
        .load(reader.reading())?;
    Ok(if begin.contains(&declaration.from.ordinal()) { 0 } else { begin.len() })
}

/// Keeps a declaration, with its reason. One of the same indicator that begins in the same fortnight takes the place of the one before: so an open one gets
/// its end.
///
/// # Errors
/// Those of the database; a department out of scope is a fault of ours.
pub fn declare(
    writer: &mut Writer,
    scope: &Scope,
    declaration: &Declaration,
    reason: &str,
    declared_by: &str,
    declared_at: NaiveDateTime,
) -> StoreResult<()> {
    if !scope.holds(&declaration.department) {
        return Err(StoreError::Query(format!("department {} is out of scope", declaration.department)));
    }
    diesel::delete(
        not_applicable::table
            .filter(not_applicable::department_code.eq(declaration.department.as_str()))
            .filter(not_applicable::indicator_id.eq(declaration.indicator_id))
            .filter(not_applicable::from_fortnight.eq(declaration.from.ordinal())),
    )
    .execute(writer.writing())?;
    diesel::insert_into(not_applicable::table)
        .values((
            not_applicable::department_code.eq(declaration.department.as_str()),
            not_applicable::indicator_id.eq(declaration.indicator_id),
            not_applicable::from_fortnight.eq(declaration.from.ordinal()),
            not_applicable::until_fortnight.eq(declaration.until.map(Fortnight::ordinal)),
            not_applicable::reason.eq(reason),
            not_applicable::declared_by.eq(declared_by),
            not_applicable::declared_at.eq(declared_at),
        ))
        .execute(writer.writing())?;
    Ok(())
}
