//! Keys under which requests that write may be sent again, and what they were answered. Not for the keys of meetings, which are these for ever.

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::request_keys;
use super::{AnyConnection, Reader, StoreResult, Writer};

/// A request that was made under a key.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Kept {
    /// A keyed hash of the document and its variables.
    pub fingerprint: String,
    /// A keyed hash of the rights that it was answered with.
    pub rights: String,
    /// The answer; none when it was too long to be kept.
    pub answer: Option<String>,
}

/// A request to remember.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// A keyed hash of the account and its key.
    pub key: &'a str,
    /// The account.
    pub account: &'a str,
    /// As [`Kept::fingerprint`].
    pub fingerprint: &'a str,
    /// As [`Kept::rights`].
    pub rights: &'a str,
    /// When, UTC.
    pub at: NaiveDateTime,
}

/// Takes a key until the end of the transaction, unless it was used after `since`: then what was done under it. Waits for whoever else is using
/// it.
///
/// # Errors
/// Those of the database.
pub fn claim(writer: &mut Writer, new: &New<'_>, since: NaiveDateTime) -> StoreResult<Option<Kept>> {
    let old = request_keys::table.filter(request_keys::request_key.eq(new.key)).filter(request_keys::created_at.lt(since));
    diesel::delete(old).execute(writer.writing())?;
    let row = (
        request_keys::request_key.eq(new.key),
        request_keys::account.eq(new.account),
        request_keys::fingerprint.eq(new.fingerprint),
        request_keys::rights.eq(new.rights),
        request_keys::created_at.eq(new.at),
    );
    let insert = diesel::insert_into(request_keys::table).values(row).on_conflict_do_nothing();
    let inserted = match writer.writing() {
        AnyConnection::Postgres(c) => insert.execute(c)?,
        AnyConnection::Sqlite(c) => insert.execute(c)?,
    };
    if inserted > 0 {
        return Ok(None);
    }
    let kept = request_keys::table
        .find(new.key)
        .select((request_keys::fingerprint, request_keys::rights, request_keys::answer))
        .first(writer.writing())?;
    Ok(Some(kept))
}

/// What was done under a key after `since`, if it was kept. Waits for nobody.
///
/// # Errors
/// Those of the database.
pub fn find(reader: &mut Reader, key: &str, since: NaiveDateTime) -> StoreResult<Option<Kept>> {
    let kept = request_keys::table
        .find(key)
        .filter(request_keys::created_at.ge(since))
        .select((request_keys::fingerprint, request_keys::rights, request_keys::answer))
        .first(reader.reading())
        .optional()?;
    Ok(kept)
}

/// Writes the answer under a key that was [claimed](claim).
///
/// # Errors
/// Those of the database.
pub fn keep(writer: &mut Writer, key: &str, answer: Option<&str>) -> StoreResult<()> {
    diesel::update(request_keys::table.find(key)).set(request_keys::answer.eq(answer)).execute(writer.writing())?;
    Ok(())
}

/// Forgets a key that was [claimed](claim): nothing was done under it.
///
/// # Errors
/// Those of the database.
pub fn forget(writer: &mut Writer, key: &str) -> StoreResult<()> {
    diesel::delete(request_keys::table.find(key)).execute(writer.writing())?;
    Ok(())
}

/// How many keys an account has used since then, and how many bytes of answers are kept under them.
///
/// # Errors
/// Those of the database.
pub fn held(reader: &mut Reader, account: &str, since: NaiveDateTime) -> StoreResult<(i64, i64)> {
    let of_account = request_keys::table.filter(request_keys::account.eq(account)).filter(request_keys::created_at.ge(since));
    let bytes = sql::<BigInt>("coalesce(sum(octet_length(answer)), 0)");
    Ok(of_account.select((diesel::dsl::count_star(), bytes)).first(reader.reading())?)
}

/// Removes the keys of before that moment; answers how many.
///
/// # Errors
/// Those of the database.
pub fn purge(writer: &mut Writer, before: NaiveDateTime) -> StoreResult<usize> {
    Ok(diesel::delete(request_keys::table.filter(request_keys::created_at.lt(before))).execute(writer.writing())?)
}

/// How many keys are kept.
///
/// # Errors
/// Those of the database.
pub fn all(reader: &mut Reader) -> StoreResult<i64> {
    Ok(request_keys::table.count().get_result(reader.reading())?)
}
