//! Long-lived tokens of machines. The token itself is not kept, only its name (`jti`).

use chrono::NaiveDateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::error::StoreError;
use super::schema::api_tokens;
use super::{Reader, StoreResult, Writer};
use crate::domain::vocabulary::Role;

/// A machine's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Database id.
    pub id: i64,
    /// What the administrator called it.
    pub label: String,
    /// What it may do, over the nation.
    pub role: Role,
    /// The token's own name.
    pub jti: String,
    /// When it was issued.
    pub issued_at: NaiveDateTime,
    /// When it ends.
    pub expires_at: NaiveDateTime,
    /// When it was taken back.
    pub revoked_at: Option<NaiveDateTime>,
}

type Columns = (i64, String, String, String, NaiveDateTime, NaiveDateTime, Option<NaiveDateTime>);

const COLUMNS: (
    api_tokens::id,
    api_tokens::label,
    api_tokens::role,
    api_tokens::jti,
    api_tokens::issued_at,
    api_tokens::expires_at,
    api_tokens::revoked_at,
) = (
    api_tokens::id,
    api_tokens::label,
    api_tokens::role,
    api_tokens::jti,
    api_tokens::issued_at,
    api_tokens::expires_at,
    api_tokens::revoked_at,
);

fn token((id, label, role, jti, issued_at, expires_at, revoked_at): Columns) -> StoreResult<TokenRow> {
    let role = role.parse().map_err(|fault| StoreError::corrupt("api_tokens.role", fault))?;
    Ok(TokenRow { id, label, role, jti, issued_at, expires_at, revoked_at })
}

/// A token to keep.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// What the administrator calls it.
    pub label: &'a str,
    /// What it may do.
    pub role: Role,
    /// Its own name.
    pub jti: &'a str,
    /// Now.
    pub issued_at: NaiveDateTime,
    /// When it ends.
    pub expires_at: NaiveDateTime,
    /// Who issued it.
    pub issued_by: &'a str,
}

/// Keeps a token; answers its id.
///
/// # Errors
/// Those of the database.
pub fn add(writer: &mut Writer, new: &NewToken<'_>) -> StoreResult<i64> {
    Ok(diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::label.eq(new.label),
            api_tokens::role.eq(new.role.as_str()),
            api_tokens::jti.eq(new.jti),
            api_tokens::issued_at.eq(new.issued_at),
            api_tokens::expires_at.eq(new.expires_at),
            api_tokens::issued_by.eq(new.issued_by),
        ))
        .returning(api_tokens::id)
        .get_result(writer.writing())?)
}

/// One token.
///
/// # Errors
/// Those of the database.
pub fn by_id(reader: &mut Reader, id: i64) -> StoreResult<Option<TokenRow>> {
    let row: Option<Columns> =
        api_tokens::table.filter(api_tokens::id.eq(id)).select(COLUMNS).first(reader.reading()).optional()?;
    row.map(token).transpose()
}

/// Takes a token back; one that was taken back before keeps its date.
///
/// # Errors
/// Those of the database.
pub fn revoke(writer: &mut Writer, id: i64, now: NaiveDateTime) -> StoreResult<usize> {
    Ok(diesel::update(api_tokens::table.filter(api_tokens::id.eq(id)).filter(api_tokens::revoked_at.is_null()))
        .set(api_tokens::revoked_at.eq(Some(now)))
        .execute(writer.writing())?)
}

/// Tokens in the order in which they were issued, newest first, before one of them.
///
/// # Errors
/// Those of the database.
pub fn list(reader: &mut Reader, before: Option<i64>, limit: i64) -> StoreResult<Vec<TokenRow>> {
    let mut query = api_tokens::table.order(api_tokens::id.desc()).limit(limit).select(COLUMNS).into_boxed();
    if let Some(before) = before {
        query = query.filter(api_tokens::id.lt(before));
    }
    query.load::<Columns>(reader.reading())?.into_iter().map(token).collect()
}

/// How many tokens were ever issued.
///
/// # Errors
/// Those of the database.
pub fn count(reader: &mut Reader) -> StoreResult<i64> {
    Ok(api_tokens::table.select(count_star()).first(reader.reading())?)
}
