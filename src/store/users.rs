//! Accounts and their grants. Not for credentials beyond the password's hash; sessions and tokens are in their own files.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{grants, users};
use super::{AnyConnection, StoreResult};
use crate::access::{Grant, Territory};
use crate::domain::codes::Username;
use crate::domain::vocabulary::Role;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// Database id.
    pub id: i64,
    /// Unique name.
    pub username: Username,
    /// What people read.
    pub display_name: String,
    /// Whether it may no longer sign in.
    pub disabled: bool,
    /// Whether it is an account of the demonstration, whose password everybody knows.
    pub demonstration: bool,
    /// Grows when every token of the account must die.
    pub token_version: i32,
}

/// The columns of [`UserRow`], as stored.
type Columns = (i64, String, String, bool, bool, i32);

const COLUMNS: (users::id, users::username, users::display_name, users::disabled, users::demonstration, users::token_version) =
    (users::id, users::username, users::display_name, users::disabled, users::demonstration, users::token_version);

fn user((id, username, display_name, disabled, demonstration, token_version): Columns) -> StoreResult<UserRow> {
    let username = Username::parse(&username).map_err(|fault| StoreError::corrupt("users.username", fault))?;
    Ok(UserRow { id, username, display_name, disabled, demonstration, token_version })
}

/// The columns of a grant, as stored.
type GrantColumns = (String, Option<String>, Option<String>, Option<String>, NaiveDate, Option<NaiveDate>);

const GRANT: (grants::role, grants::department_code, grants::zone_code, grants::parquet_code, grants::since, grants::until) =
    (grants::role, grants::department_code, grants::zone_code, grants::parquet_code, grants::since, grants::until);

fn grant((role, department, zone, parquet, since, until): GrantColumns) -> StoreResult<Grant> {
    let role: Role = role.parse().map_err(|fault| StoreError::corrupt("grants.role", fault))?;
    let code = |fault| StoreError::corrupt("grants: territory", fault);
    let territory = match (department, zone, parquet) {
        (None, None, None) => Territory::Nation,
        (Some(department), None, None) => Territory::Department(department.parse().map_err(code)?),
        (None, Some(zone), None) => Territory::Zone(zone.parse().map_err(code)?),
        (None, None, Some(parquet)) => Territory::Parquet(parquet.parse().map_err(code)?),
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
            return Err(StoreError::corrupt("grants", "a grant over two territories"));
        }
    };
    Ok(Grant { role, territory, since, until })
}

/// The three columns of a territory.
fn territory_codes(territory: &Territory) -> (Option<&str>, Option<&str>, Option<&str>) {
    match territory {
        Territory::Nation => (None, None, None),
        Territory::Department(code) => (Some(code.as_str()), None, None),
        Territory::Zone(code) => (None, Some(code.as_str()), None),
        Territory::Parquet(code) => (None, None, Some(code.as_str())),
    }
}

/// Creates an account; answers its id.
///
/// # Errors
/// [`StoreError::Duplicate`] when the name is taken.
pub fn create(
    connection: &mut AnyConnection,
    username: &Username,
    display_name: &str,
    password_hash: &str,
    now: NaiveDateTime,
) -> StoreResult<i64> {
    Ok(diesel::insert_into(users::table)
        .values((
            users::username.eq(username.as_str()),
            users::display_name.eq(display_name),
            users::password_hash.eq(password_hash),
            users::disabled.eq(false),
            users::demonstration.eq(false),
            users::token_version.eq(1),
            users::created_at.eq(now),
        ))
        .returning(users::id)
        .get_result(connection)?)
}

/// The account of that name.
///
/// # Errors
/// Those of the database.
pub fn by_name(connection: &mut AnyConnection, username: &Username) -> StoreResult<Option<UserRow>> {
    let row: Option<Columns> =
        users::table.filter(users::username.eq(username.as_str())).select(COLUMNS).first(connection).optional()?;
    row.map(user).transpose()
}

/// The account of that name, with the hash of its password.
///
/// # Errors
/// Those of the database.
pub fn with_password(connection: &mut AnyConnection, username: &Username) -> StoreResult<Option<(UserRow, String)>> {
    let row: Option<(Columns, String)> = users::table
        .filter(users::username.eq(username.as_str()))
        .select((COLUMNS, users::password_hash))
        .first(connection)
        .optional()?;
    row.map(|(columns, hash)| Ok((user(columns)?, hash))).transpose()
}

/// Marks an account as one of the demonstration.
///
/// # Errors
/// Those of the database.
pub fn mark_demonstration(connection: &mut AnyConnection, id: i64) -> StoreResult<()> {
    diesel::update(users::table.find(id)).set(users::demonstration.eq(true)).execute(connection)?;
    Ok(())
}

/// The account with the grants in force on a day, in one statement.
///
/// # Errors
/// Those of the database.
pub fn with_grants(connection: &mut AnyConnection, id: i64, day: NaiveDate) -> StoreResult<Option<(UserRow, Vec<Grant>)>> {
    let in_force = grants::user_id
        .eq(users::id)
        .and(grants::revoked_at.is_null())
        .and(grants::since.le(day))
        .and(grants::until.is_null().or(grants::until.assume_not_null().ge(day)));
    let rows: Vec<(Columns, Option<GrantColumns>)> = users::table
        .left_join(grants::table.on(in_force))
        .filter(users::id.eq(id))
        .order(grants::id)
        .select((COLUMNS, GRANT.nullable()))
        .load(connection)?;
    let mut found = None;
    let mut held = Vec::new();
    for (columns, row) in rows {
        if found.is_none() {
            found = Some(user(columns)?);
        }
        if let Some(row) = row {
            held.push(grant(row)?);
        }
    }
    Ok(found.map(|user| (user, held)))
}

/// The grants of some accounts in force on a day, oldest first.
///
/// # Errors
/// Those of the database.
pub fn grants_of(connection: &mut AnyConnection, ids: &[i64], day: NaiveDate) -> StoreResult<Vec<(i64, Grant)>> {
    let rows: Vec<(i64, GrantColumns)> = grants::table
        .filter(grants::user_id.eq_any(ids.to_vec()))
        .filter(grants::revoked_at.is_null())
        .filter(grants::since.le(day))
        .filter(grants::until.is_null().or(grants::until.assume_not_null().ge(day)))
        .order(grants::id)
        .select((grants::user_id, GRANT))
        .load(connection)?;
    rows.into_iter().map(|(id, row)| Ok((id, grant(row)?))).collect()
}

/// Gives a grant.
///
/// # Errors
/// Those of the database.
pub fn add_grant(connection: &mut AnyConnection, user_id: i64, grant: &Grant) -> StoreResult<()> {
    let (department, zone, parquet) = territory_codes(&grant.territory);
    diesel::insert_into(grants::table)
        .values((
            grants::user_id.eq(user_id),
            grants::role.eq(grant.role.as_str()),
            grants::department_code.eq(department),
            grants::zone_code.eq(zone),
            grants::parquet_code.eq(parquet),
            grants::since.eq(grant.since),
            grants::until.eq(grant.until),
        ))
        .execute(connection)?;
    Ok(())
}

/// The grants of one account that are not over on a day, with their ids.
///
/// # Errors
/// Those of the database.
pub fn standing_grants(connection: &mut AnyConnection, user_id: i64, day: NaiveDate) -> StoreResult<Vec<(i64, Grant)>> {
    let rows: Vec<(i64, GrantColumns)> = grants::table
        .filter(grants::user_id.eq(user_id))
        .filter(grants::revoked_at.is_null())
        .filter(grants::until.is_null().or(grants::until.assume_not_null().ge(day)))
        .select((grants::id, GRANT))
        .load(connection)?;
    rows.into_iter().map(|(id, row)| Ok((id, grant(row)?))).collect()
}

/// Takes grants away. They stay in the table, for the record.
///
/// # Errors
/// Those of the database.
pub fn revoke_grants(connection: &mut AnyConnection, ids: &[i64], now: NaiveDateTime) -> StoreResult<usize> {
    Ok(diesel::update(grants::table.filter(grants::id.eq_any(ids.to_vec())).filter(grants::revoked_at.is_null()))
        .set(grants::revoked_at.eq(Some(now)))
        .execute(connection)?)
}

/// Disables an account and kills its tokens.
///
/// # Errors
/// Those of the database.
pub fn disable(connection: &mut AnyConnection, id: i64) -> StoreResult<()> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((users::disabled.eq(true), users::token_version.eq(users::token_version + 1)))
        .execute(connection)?;
    Ok(())
}

/// Sets another password and kills the account's tokens.
///
/// # Errors
/// Those of the database.
pub fn set_password(connection: &mut AnyConnection, id: i64, password_hash: &str) -> StoreResult<()> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((users::password_hash.eq(password_hash), users::token_version.eq(users::token_version + 1)))
        .execute(connection)?;
    Ok(())
}

/// Accounts other than this one that are enabled and hold the role over the nation, without an end, on a day.
///
/// # Errors
/// Those of the database.
pub fn others_with(connection: &mut AnyConnection, role: Role, except: i64, day: NaiveDate) -> StoreResult<i64> {
    let holds = grants::table
        .filter(grants::user_id.eq(users::id))
        .filter(grants::role.eq(role.as_str()))
        .filter(grants::department_code.is_null())
        .filter(grants::zone_code.is_null())
        .filter(grants::parquet_code.is_null())
        .filter(grants::revoked_at.is_null())
        .filter(grants::since.le(day))
        .filter(grants::until.is_null());
    Ok(users::table
        .filter(users::id.ne(except))
        .filter(not(users::disabled))
        .filter(exists(holds))
        .select(count_star())
        .first(connection)?)
}

/// Accounts in the order of their names, after one of them.
///
/// # Errors
/// Those of the database.
pub fn list(connection: &mut AnyConnection, after: Option<&str>, limit: i64) -> StoreResult<Vec<UserRow>> {
    let mut query = users::table.order(users::username).limit(limit).select(COLUMNS).into_boxed();
    if let Some(after) = after {
        query = query.filter(users::username.gt(after.to_owned()));
    }
    query.load::<Columns>(connection)?.into_iter().map(user).collect()
}

/// One account by its id.
///
/// # Errors
/// Those of the database.
pub fn by_id(connection: &mut AnyConnection, id: i64) -> StoreResult<Option<UserRow>> {
    let row: Option<Columns> = users::table.filter(users::id.eq(id)).select(COLUMNS).first(connection).optional()?;
    row.map(user).transpose()
}

/// How many accounts there are.
///
/// # Errors
/// Those of the database.
pub fn count(connection: &mut AnyConnection) -> StoreResult<i64> {
    Ok(users::table.select(count_star()).first(connection)?)
}
