//! Refresh tokens: one row per token ever given, by the hash of the token. A family is one session, from login to logout.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::refresh_tokens;
use super::{AnyConnection, StoreResult};

/// A refresh token, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct RefreshRow {
    /// Database id.
    pub id: i64,
    /// The session.
    pub family: String,
    /// Whose.
    pub user_id: i64,
    /// When the session ends, whatever is refreshed.
    pub expires_at: NaiveDateTime,
    /// When it was exchanged for the next one.
    pub used_at: Option<NaiveDateTime>,
    /// When the session was ended.
    pub revoked_at: Option<NaiveDateTime>,
}

/// The row of a token.
///
/// # Errors
/// Those of the database.
pub fn by_hash(connection: &mut AnyConnection, token_hash: &str) -> StoreResult<Option<RefreshRow>> {
    Ok(refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(token_hash))
        .select((
            refresh_tokens::id,
            refresh_tokens::family,
            refresh_tokens::user_id,
            refresh_tokens::expires_at,
            refresh_tokens::used_at,
            refresh_tokens::revoked_at,
        ))
        .first(connection)
        .optional()?)
}

/// Keeps a new token.
///
/// # Errors
/// Those of the database.
pub fn add(
    connection: &mut AnyConnection,
    family: &str,
    user_id: i64,
    token_hash: &str,
    now: NaiveDateTime,
    expires_at: NaiveDateTime,
) -> StoreResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::family.eq(family),
            refresh_tokens::user_id.eq(user_id),
            refresh_tokens::token_hash.eq(token_hash),
            refresh_tokens::issued_at.eq(now),
            refresh_tokens::expires_at.eq(expires_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Marks a token as exchanged; false when it was already, or its session is over: somebody else was first.
///
/// # Errors
/// Those of the database.
pub fn mark_used(connection: &mut AnyConnection, id: i64, now: NaiveDateTime) -> StoreResult<bool> {
    let changed = diesel::update(
        refresh_tokens::table
            .filter(refresh_tokens::id.eq(id))
            .filter(refresh_tokens::used_at.is_null())
            .filter(refresh_tokens::revoked_at.is_null()),
    )
    .set(refresh_tokens::used_at.eq(Some(now)))
    .execute(connection)?;
    Ok(changed == 1)
}

/// Ends a session; answers how many of its tokens were still alive or used up.
///
/// # Errors
/// Those of the database.
pub fn revoke_family(connection: &mut AnyConnection, family: &str, now: NaiveDateTime) -> StoreResult<usize> {
    Ok(diesel::update(
        refresh_tokens::table.filter(refresh_tokens::family.eq(family)).filter(refresh_tokens::revoked_at.is_null()),
    )
    .set(refresh_tokens::revoked_at.eq(Some(now)))
    .execute(connection)?)
}

/// Ends all sessions of an account.
///
/// # Errors
/// Those of the database.
pub fn revoke_all(connection: &mut AnyConnection, user_id: i64, now: NaiveDateTime) -> StoreResult<usize> {
    Ok(diesel::update(
        refresh_tokens::table.filter(refresh_tokens::user_id.eq(user_id)).filter(refresh_tokens::revoked_at.is_null()),
    )
    .set(refresh_tokens::revoked_at.eq(Some(now)))
    .execute(connection)?)
}

/// Forgets an account's tokens that expired before that moment: they can do no more, and their misuse shows nothing.
///
/// # Errors
/// Those of the database.
pub fn forget_expired(connection: &mut AnyConnection, user_id: i64, before: NaiveDateTime) -> StoreResult<usize> {
    Ok(diesel::delete(
        refresh_tokens::table.filter(refresh_tokens::user_id.eq(user_id)).filter(refresh_tokens::expires_at.lt(before)),
    )
    .execute(connection)?)
}
