//! Accounts and their grants. Not for credentials beyond the password's hash; sessions and tokens are in their own files.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{grants, sessions, users};
use super::{Reader, StoreResult, Writer};
use crate::access::{Grant, Territory};
use crate::domain::codes::Username;
use crate::domain::vocabulary::Role;
use crate::insert_all;

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
    /// Whether its password is one that somebody else chose: it may do nothing before it has another.
    pub must_change_password: bool,
    /// When an operator lifted the waiting time after failed logins.
    pub unlocked_at: Option<NaiveDateTime>,
}

/// The columns of [`UserRow`], as stored.
type Columns = (i64, String, String, bool, bool, i32, bool, Option<NaiveDateTime>);

const COLUMNS: (
    users::id,
    users::username,
    users::display_name,
    users::disabled,
    users::demonstration,
    users::token_version,
    users::must_change_password,
    users::unlocked_at,
) = (
    users::id,
    users::username,
    users::display_name,
    users::disabled,
    users::demonstration,
    users::token_version,
    users::must_change_password,
    users::unlocked_at,
);

fn user(columns: Columns) -> StoreResult<UserRow> {
    let (id, username, display_name, disabled, demonstration, token_version, must_change_password, unlocked_at) = columns;
    let username = Username::parse(&username).map_err(|fault| StoreError::corrupt("users.username", fault))?;
    Ok(UserRow { id, username, display_name, disabled, demonstration, token_version, must_change_password, unlocked_at })
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

/// An account to create.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct NewUser<'a> {
    /// Unique name.
    pub username: &'a str,
    /// What people read.
    pub display_name: &'a str,
    /// The hash of its password.
    pub password_hash: &'a str,
    /// Whether the password is to be changed first.
    pub must_change_password: bool,
    /// Now.
    pub created_at: NaiveDateTime,
}

/// Creates an account; answers its id.
///
/// # Errors
/// [`StoreError::Duplicate`] when the name is taken.
pub fn create(writer: &mut Writer, new: &NewUser<'_>) -> StoreResult<i64> {
    Ok(diesel::insert_into(users::table).values(new).returning(users::id).get_result(writer.writing())?)
}

/// Creates accounts, in a number of statements that does not grow with theirs but by the thousand.
///
/// # Errors
/// [`StoreError::Duplicate`] when a name is taken.
pub fn create_all(writer: &mut Writer, new: &[NewUser<'_>]) -> StoreResult<()> {
    insert_all!(writer.writing(), users::table, new)
}

/// The ids of the accounts of some names; those that there are.
///
/// # Errors
/// Those of the database.
pub fn ids(reader: &mut Reader, names: &[&str]) -> StoreResult<Vec<(String, i64)>> {
    Ok(users::table.filter(users::username.eq_any(names.to_vec())).select((users::username, users::id)).load(reader.reading())?)
}

#[derive(Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
struct GrantRow<'a> {
    user_id: i64,
    role: &'a str,
    department_code: Option<&'a str>,
    zone_code: Option<&'a str>,
    parquet_code: Option<&'a str>,
    since: NaiveDate,
    until: Option<NaiveDate>,
}

/// Gives grants to accounts.
///
/// # Errors
/// Those of the database.
pub fn add_grants(writer: &mut Writer, all: &[(i64, Grant)]) -> StoreResult<()> {
    let rows: Vec<GrantRow<'_>> = all
        .iter()
        .map(|(user_id, grant)| {
            let (department_code, zone_code, parquet_code) = territory_codes(&grant.territory);
            let role = grant.role.as_str();
            GrantRow { user_id: *user_id, role, department_code, zone_code, parquet_code, since: grant.since, until: grant.until }
        })
        .collect();
    insert_all!(writer.writing(), grants::table, rows)
}

/// The account of that name.
///
/// # Errors
/// Those of the database.
pub fn by_name(reader: &mut Reader, username: &Username) -> StoreResult<Option<UserRow>> {
    let row: Option<Columns> =
        users::table.filter(users::username.eq(username.as_str())).select(COLUMNS).first(reader.reading()).optional()?;
    row.map(user).transpose()
}

/// The account of that name, with the hash of its password.
///
/// # Errors
/// Those of the database.
pub fn with_password(reader: &mut Reader, username: &Username) -> StoreResult<Option<(UserRow, String)>> {
    let row: Option<(Columns, String)> = users::table
        .filter(users::username.eq(username.as_str()))
        .select((COLUMNS, users::password_hash))
        .first(reader.reading())
        .optional()?;
    row.map(|(columns, hash)| Ok((user(columns)?, hash))).transpose()
}

/// Marks an account as one of the demonstration.
///
/// # Errors
/// Those of the database.
pub fn mark_demonstration(writer: &mut Writer, id: i64) -> StoreResult<()> {
    diesel::update(users::table.find(id)).set(users::demonstration.eq(true)).execute(writer.writing())?;
    Ok(())
}

/// The account with the grants in force on a day, in one statement.
///
/// # Errors
/// Those of the database.
pub fn with_grants(reader: &mut Reader, id: i64, day: NaiveDate) -> StoreResult<Option<(UserRow, Vec<Grant>)>> {
    of(reader, id, day, None)
}

/// The same, if that session of the account stands at a moment.
///
/// # Errors
/// Those of the database.
pub fn of_session(
    reader: &mut Reader,
    id: i64,
    day: NaiveDate,
    session: i64,
    now: NaiveDateTime,
) -> StoreResult<Option<(UserRow, Vec<Grant>)>> {
    of(reader, id, day, Some((session, now)))
}

fn of(
    reader: &mut Reader,
    id: i64,
    day: NaiveDate,
    session: Option<(i64, NaiveDateTime)>,
) -> StoreResult<Option<(UserRow, Vec<Grant>)>> {
    let in_force = grants::user_id
        .eq(users::id)
        .and(grants::revoked_at.is_null())
        .and(grants::since.le(day))
        .and(grants::until.is_null().or(grants::until.assume_not_null().ge(day)));
    let mut query = users::table
        .left_join(grants::table.on(in_force))
        .filter(users::id.eq(id))
        .order(grants::id)
        .select((COLUMNS, GRANT.nullable()))
        .into_boxed();
    if let Some((session, now)) = session {
        let stands = sessions::table
            .filter(sessions::id.eq(session))
            .filter(sessions::user_id.eq(id))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now));
        query = query.filter(exists(stands));
    }
    let rows: Vec<(Columns, Option<GrantColumns>)> = query.load(reader.reading())?;
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
pub fn grants_of(reader: &mut Reader, ids: &[i64], day: NaiveDate) -> StoreResult<Vec<(i64, Grant)>> {
    let rows: Vec<(i64, GrantColumns)> = grants::table
        .filter(grants::user_id.eq_any(ids.to_vec()))
        .filter(grants::revoked_at.is_null())
        .filter(grants::since.le(day))
        .filter(grants::until.is_null().or(grants::until.assume_not_null().ge(day)))
        .order(grants::id)
        .select((grants::user_id, GRANT))
        .load(reader.reading())?;
    rows.into_iter().map(|(id, row)| Ok((id, grant(row)?))).collect()
}

/// Gives a grant.
///
/// # Errors
/// Those of the database.
pub fn add_grant(writer: &mut Writer, user_id: i64, grant: &Grant) -> StoreResult<()> {
    add_grants(writer, &[(user_id, grant.clone())])
}

/// The grants of one account that are not over on a day, with their ids.
///
/// # Errors
/// Those of the database.
pub fn standing_grants(reader: &mut Reader, user_id: i64, day: NaiveDate) -> StoreResult<Vec<(i64, Grant)>> {
    let rows: Vec<(i64, GrantColumns)> = grants::table
        .filter(grants::user_id.eq(user_id))
        .filter(grants::revoked_at.is_null())
        .filter(grants::until.is_null().or(grants::until.assume_not_null().ge(day)))
        .select((grants::id, GRANT))
        .load(reader.reading())?;
    rows.into_iter().map(|(id, row)| Ok((id, grant(row)?))).collect()
}

/// Takes grants away. They stay in the table, for the record.
///
/// # Errors
/// Those of the database.
pub fn revoke_grants(writer: &mut Writer, ids: &[i64], now: NaiveDateTime) -> StoreResult<usize> {
    Ok(diesel::update(grants::table.filter(grants::id.eq_any(ids.to_vec())).filter(grants::revoked_at.is_null()))
        .set(grants::revoked_at.eq(Some(now)))
        .execute(writer.writing())?)
}

/// Disables an account and kills its tokens.
///
/// # Errors
/// Those of the database.
pub fn disable(writer: &mut Writer, id: i64) -> StoreResult<()> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((users::disabled.eq(true), users::token_version.eq(users::token_version + 1)))
        .execute(writer.writing())?;
    Ok(())
}

/// Lets a disabled account sign in again. Its old tokens stay dead.
///
/// # Errors
/// Those of the database.
pub fn enable(writer: &mut Writer, id: i64) -> StoreResult<()> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::disabled.eq(false)).execute(writer.writing())?;
    Ok(())
}

/// Lifts the waiting time after failed logins.
///
/// # Errors
/// Those of the database.
pub fn unlock(writer: &mut Writer, id: i64, now: NaiveDateTime) -> StoreResult<()> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::unlocked_at.eq(Some(now))).execute(writer.writing())?;
    Ok(())
}

/// Keeps the same password under another hash.
///
/// # Errors
/// Those of the database.
pub fn rehash(writer: &mut Writer, id: i64, password_hash: &str) -> StoreResult<()> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set(users::password_hash.eq(password_hash))
        .execute(writer.writing())?;
    Ok(())
}

/// Sets another password and kills the account's tokens.
///
/// # Errors
/// Those of the database.
pub fn set_password(writer: &mut Writer, id: i64, password_hash: &str, must_change: bool) -> StoreResult<()> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((
            users::password_hash.eq(password_hash),
            users::token_version.eq(users::token_version + 1),
            users::must_change_password.eq(must_change),
        ))
        .execute(writer.writing())?;
    Ok(())
}

/// Accounts other than this one that are enabled and hold the role over the nation, without an end, on a day.
///
/// # Errors
/// Those of the database.
pub fn others_with(reader: &mut Reader, role: Role, except: i64, day: NaiveDate) -> StoreResult<i64> {
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
        .first(reader.reading())?)
}

/// Accounts in the order of their names, after one of them.
///
/// # Errors
/// Those of the database.
pub fn list(reader: &mut Reader, after: Option<&str>, limit: i64) -> StoreResult<Vec<UserRow>> {
    let mut query = users::table.order(users::username).limit(limit).select(COLUMNS).into_boxed();
    if let Some(after) = after {
        query = query.filter(users::username.gt(after.to_owned()));
    }
    query.load::<Columns>(reader.reading())?.into_iter().map(user).collect()
}

/// One account by its id.
///
/// # Errors
/// Those of the database.
pub fn by_id(reader: &mut Reader, id: i64) -> StoreResult<Option<UserRow>> {
    let row: Option<Columns> = users::table.filter(users::id.eq(id)).select(COLUMNS).first(reader.reading()).optional()?;
    row.map(user).transpose()
}

/// How many accounts there are.
///
/// # Errors
/// Those of the database.
pub fn count(reader: &mut Reader) -> StoreResult<i64> {
    Ok(users::table.select(count_star()).first(reader.reading())?)
}
