//! Sessions and their refresh tokens. A session is one row from login to its end; its refresh tokens, one row for each ever given, are of one
//! family and kept by the hash of the token.

use chrono::NaiveDateTime;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::schema::{refresh_tokens, sessions};
use super::{Reader, StoreResult, Writer};

/// A session, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    /// Database id; access tokens bear it.
    pub id: i64,
    /// The family of its refresh tokens.
    pub family: String,
    /// Whose.
    pub user_id: i64,
    /// The mark of where it was opened.
    pub place: String,
    /// When it was opened.
    pub opened_at: NaiveDateTime,
    /// The last login or refresh.
    pub seen_at: NaiveDateTime,
    /// When it ends, whatever is refreshed.
    pub expires_at: NaiveDateTime,
    /// When it was ended.
    pub ended_at: Option<NaiveDateTime>,
}

/// A refresh token, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct RefreshRow {
    /// Database id.
    pub id: i64,
    /// When it was exchanged for the next one.
    pub used_at: Option<NaiveDateTime>,
    /// The mark of where it was exchanged from; empty until then.
    pub used_from: String,
    /// What the next token was made with, beside this one; empty until it was exchanged.
    pub salt: String,
}

/// A session to open.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// The family of its refresh tokens.
    pub family: &'a str,
    /// Whose.
    pub user_id: i64,
    /// The mark of where it is opened.
    pub place: &'a str,
    /// Now.
    pub opened_at: NaiveDateTime,
    /// When it ends.
    pub expires_at: NaiveDateTime,
}

/// Opens a session; answers its id.
///
/// # Errors
/// Those of the database.
pub fn open(writer: &mut Writer, new: &NewSession<'_>) -> StoreResult<i64> {
    Ok(diesel::insert_into(sessions::table)
        .values((
            sessions::family.eq(new.family),
            sessions::user_id.eq(new.user_id),
            sessions::place.eq(new.place),
            sessions::opened_at.eq(new.opened_at),
            sessions::seen_at.eq(new.opened_at),
            sessions::expires_at.eq(new.expires_at),
        ))
        .returning(sessions::id)
        .get_result(writer.writing())?)
}

/// The row of a token, and its session.
///
/// # Errors
/// Those of the database.
pub fn by_hash(reader: &mut Reader, token_hash: &str) -> StoreResult<Option<(RefreshRow, SessionRow)>> {
    Ok(refresh_tokens::table
        .inner_join(sessions::table.on(sessions::family.eq(refresh_tokens::family)))
        .filter(refresh_tokens::token_hash.eq(token_hash))
        .select((
            (refresh_tokens::id, refresh_tokens::used_at, refresh_tokens::used_from, refresh_tokens::salt),
            SessionRow::as_select(),
        ))
        .first(reader.reading())
        .optional()?)
}

/// Keeps a new token of a session.
///
/// # Errors
/// Those of the database.
pub fn add(writer: &mut Writer, session: &SessionRow, token_hash: &str, now: NaiveDateTime) -> StoreResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::family.eq(&session.family),
            refresh_tokens::user_id.eq(session.user_id),
            refresh_tokens::token_hash.eq(token_hash),
            refresh_tokens::issued_at.eq(now),
            refresh_tokens::expires_at.eq(session.expires_at),
        ))
        .execute(writer.writing())?;
    Ok(())
}

/// Marks a token as exchanged from a place, for one made with that salt, and its session as seen; false when it was exchanged already, or its
/// session is over: somebody else was first.
///
/// # Errors
/// Those of the database.
pub fn mark_used(
    writer: &mut Writer,
    (token, session): (i64, i64),
    place: &str,
    salt: &str,
    now: NaiveDateTime,
) -> StoreResult<bool> {
    let changed = diesel::update(
        refresh_tokens::table
            .filter(refresh_tokens::id.eq(token))
            .filter(refresh_tokens::used_at.is_null())
            .filter(refresh_tokens::revoked_at.is_null()),
    )
    .set((refresh_tokens::used_at.eq(Some(now)), refresh_tokens::used_from.eq(place), refresh_tokens::salt.eq(salt)))
    .execute(writer.writing())?;
    diesel::update(sessions::table.filter(sessions::id.eq(session))).set(sessions::seen_at.eq(now)).execute(writer.writing())?;
    Ok(changed == 1)
}

/// One session.
///
/// # Errors
/// Those of the database.
pub fn by_id(reader: &mut Reader, id: i64) -> StoreResult<Option<SessionRow>> {
    Ok(sessions::table.find(id).select(SessionRow::as_select()).first(reader.reading()).optional()?)
}

/// The sessions of some accounts that were not ended, do not end by themselves before now, and were seen since a moment: newest first, at most
/// so many together.
///
/// # Errors
/// Those of the database.
pub fn standing(
    reader: &mut Reader,
    users: &[i64],
    now: NaiveDateTime,
    seen_since: NaiveDateTime,
    limit: i64,
) -> StoreResult<Vec<SessionRow>> {
    Ok(sessions::table
        .filter(sessions::user_id.eq_any(users.to_vec()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::seen_at.gt(seen_since))
        .order(sessions::id.desc())
        .limit(limit)
        .select(SessionRow::as_select())
        .load(reader.reading())?)
}

/// Ends some sessions of an account, or all but one; answers how many stood.
///
/// # Errors
/// Those of the database.
pub fn end(writer: &mut Writer, user_id: i64, which: Ended, now: NaiveDateTime) -> StoreResult<usize> {
    let families = families(writer, user_id, which, now)?;
    end_families(writer, &families, now)
}

/// The token families of some sessions of an account that stand.
///
/// # Errors
/// Those of the database.
pub fn families(reader: &mut Reader, user_id: i64, which: Ended, now: NaiveDateTime) -> StoreResult<Vec<String>> {
    let mut ended = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(sessions::family)
        .into_boxed();
    ended = match which {
        Ended::All => ended,
        Ended::One(id) => ended.filter(sessions::id.eq(id)),
        Ended::AllBut(id) => ended.filter(sessions::id.ne(id)),
        Ended::Before(id) => ended.filter(sessions::id.le(id)),
    };
    Ok(ended.load(reader.reading())?)
}

/// Ends the sessions of these token families; answers how many.
///
/// # Errors
/// Those of the database.
pub fn end_families(writer: &mut Writer, families: &[String], now: NaiveDateTime) -> StoreResult<usize> {
    if families.is_empty() {
        return Ok(0);
    }
    diesel::update(refresh_tokens::table.filter(refresh_tokens::family.eq_any(families)))
        .filter(refresh_tokens::revoked_at.is_null())
        .set(refresh_tokens::revoked_at.eq(Some(now)))
        .execute(writer.writing())?;
    Ok(diesel::update(sessions::table.filter(sessions::family.eq_any(families)))
        .set(sessions::ended_at.eq(Some(now)))
        .execute(writer.writing())?)
}

/// Which sessions of an account are ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All.
    All,
    /// The one of that id.
    One(i64),
    /// All but the one of that id.
    AllBut(i64),
    /// Those opened before the one of that id, and itself.
    Before(i64),
}

/// Whether the account opened a session at that place since a moment.
///
/// # Errors
/// Those of the database.
pub fn is_familiar(reader: &mut Reader, user_id: i64, place: &str, since: NaiveDateTime) -> StoreResult<bool> {
    let opened = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::place.eq(place))
        .filter(sessions::opened_at.gt(since));
    Ok(diesel::select(exists(opened)).get_result(reader.reading())?)
}

/// Forgets an account's sessions that expired before that moment: their tokens can do no more, and their misuse shows nothing.
///
/// # Errors
/// Those of the database.
pub fn forget_expired(writer: &mut Writer, user_id: i64, before: NaiveDateTime) -> StoreResult<()> {
    diesel::delete(
        refresh_tokens::table.filter(refresh_tokens::user_id.eq(user_id)).filter(refresh_tokens::expires_at.lt(before)),
    )
    .execute(writer.writing())?;
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::expires_at.lt(before)))
        .execute(writer.writing())?;
    Ok(())
}
