//! Contributions of the services to the shared diagnosis. Who may contribute for which service is the policy's business.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::backend::corrupt;
use super::revisions::{columns, read_key};
use super::schema::contributions;
use super::{Reader, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::ServiceKind;
use crate::upsert_all;

/// A service's part of the diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The service.
    pub service: ServiceKind,
    /// What it says.
    pub text: String,
    /// The day of which it speaks.
    pub dated_on: NaiveDate,
    /// The account that brought it.
    pub contributed_by: String,
}

/// The contributions to some revisions, by revision and in the services' order. Rows of other revisions may be among them.
///
/// # Errors
/// Those of the database.
pub fn of_revisions(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<Vec<(RevisionKey, Contribution)>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<(String, i32, String, String, NaiveDate, String)> = contributions::table
        .filter(contributions::department_code.eq_any(departments))
        .filter(contributions::number.eq_any(numbers))
        .load(reader.reading())?;
    let mut found = rows
        .into_iter()
        .map(|(department, number, service, text, dated_on, contributed_by)| {
            let service = corrupt("contributions.service", service.parse())?;
            Ok((read_key(&department, number)?, Contribution { service, text, dated_on, contributed_by }))
        })
        .collect::<StoreResult<Vec<_>>>()?;
    found.sort_by(|(one, left), (two, right)| (one, left.service).cmp(&(two, right.service)));
    Ok(found)
}

/// Writes a service's contribution, in the place of an earlier one.
///
/// # Errors
/// Those of the database.
pub fn put(writer: &mut Writer, scope: &Scope, key: &RevisionKey, contribution: &Contribution) -> StoreResult<()> {
    let (department, number) = super::revisions::held(scope, key)?;
    let rows = [(
        contributions::department_code.eq(department),
        contributions::number.eq(number),
        contributions::service.eq(contribution.service.as_str()),
        contributions::text.eq(&contribution.text),
        contributions::dated_on.eq(contribution.dated_on),
        contributions::contributed_by.eq(&contribution.contributed_by),
    )];
    upsert_all!(
        writer.writing(),
        contributions::table,
        &rows,
        (contributions::department_code, contributions::number, contributions::service),
        contributions::text,
        contributions::dated_on,
        contributions::contributed_by
    )
}

/// Copies the contributions of a revision to another of the same department, with their dates.
///
/// # Errors
/// Those of the database.
pub fn copy(writer: &mut Writer, scope: &Scope, from: &RevisionKey, to: i32) -> StoreResult<()> {
    let (department, number) = super::revisions::held(scope, from)?;
    let source = contributions::table
        .filter(contributions::department_code.eq(department))
        .filter(contributions::number.eq(number))
        .select((
            contributions::department_code,
            to.into_sql::<diesel::sql_types::Integer>(),
            contributions::service,
            contributions::text,
            contributions::dated_on,
            contributions::contributed_by,
        ));
    source.insert_into(contributions::table).into_columns(contributions::all_columns).execute(writer.writing())?;
    Ok(())
}
