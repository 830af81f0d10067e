//! Signatures and visas on revisions. Whether one is in order is the domain's business.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::backend::corrupt;
use super::revisions::{columns, held, read_key};
use super::schema::signatures;
use super::{Reader, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::keys::RevisionKey;
use crate::domain::signing::Seat;
use crate::domain::vocabulary::{SignatoryRole, SignatureCapacity};

/// A signature or visa.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// In whose name.
    pub seat: Seat,
    /// Put by another parquet than the coordinating one of then.
    pub visa: bool,
    /// The account that signed.
    pub signed_by: String,
    /// By what right.
    pub capacity: SignatureCapacity,
    /// The act that gives the right; absent IN_PERSON.
    pub act_reference: Option<String>,
    /// The date of that act.
    pub act_date: Option<NaiveDate>,
    /// What was signed.
    pub content_hash: String,
    /// When, UTC.
    pub signed_at: NaiveDateTime,
}

#[derive(Queryable)]
struct Row {
    department_code: String,
    number: i32,
    role: String,
    parquet_code: String,
    visa: bool,
    signed_by: String,
    capacity: String,
    act_reference: Option<String>,
    act_date: Option<NaiveDate>,
    content_hash: String,
    signed_at: NaiveDateTime,
}

impl Row {
    fn read(self) -> StoreResult<(RevisionKey, Signature)> {
        let seat = match corrupt("signatures.role", self.role.parse())? {
            SignatoryRole::Prefect => Seat::Prefect,
            SignatoryRole::PublicProsecutor => Seat::Prosecutor(corrupt("signatures.parquet_code", self.parquet_code.parse())?),
        };
        let signature = Signature {
            seat,
            visa: self.visa,
            signed_by: self.signed_by,
            capacity: corrupt("signatures.capacity", self.capacity.parse())?,
            act_reference: self.act_reference,
            act_date: self.act_date,
            content_hash: self.content_hash,
            signed_at: self.signed_at,
        };
        Ok((read_key(&self.department_code, self.number)?, signature))
    }
}

/// The signatures on some revisions, in the order in which they were put. Rows of other revisions may be among them.
///
/// # Errors
/// Those of the database.
pub fn of_revisions(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<Vec<(RevisionKey, Signature)>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<Row> = signatures::table
        .filter(signatures::department_code.eq_any(departments))
        .filter(signatures::number.eq_any(numbers))
        .order((signatures::signed_at, signatures::role, signatures::parquet_code))
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// Puts a signature.
///
/// # Errors
/// Those of the database; a duplicate when the seat has signed.
pub fn put(writer: &mut Writer, scope: &Scope, key: &RevisionKey, signature: &Signature) -> StoreResult<()> {
    let (department, number) = held(scope, key)?;
    let parquet = match &signature.seat {
        Seat::Prefect => "",
        Seat::Prosecutor(code) => code.as_str(),
    };
    diesel::insert_into(signatures::table)
        .values((
            signatures::department_code.eq(department),
            signatures::number.eq(number),
            signatures::role.eq(signature.seat.role().as_str()),
            signatures::parquet_code.eq(parquet),
            signatures::visa.eq(signature.visa),
            signatures::signed_by.eq(&signature.signed_by),
            signatures::capacity.eq(signature.capacity.as_str()),
            signatures::act_reference.eq(&signature.act_reference),
            signatures::act_date.eq(signature.act_date),
            signatures::content_hash.eq(&signature.content_hash),
            signatures::signed_at.eq(signature.signed_at),
        ))
        .execute(writer.writing())?;
    Ok(())
}

/// Voids all signatures of a revision: after a recall.
///
/// # Errors
/// Those of the database.
pub fn void(writer: &mut Writer, scope: &Scope, key: &RevisionKey) -> StoreResult<usize> {
    let (department, number) = held(scope, key)?;
    Ok(diesel::delete(signatures::table.filter(signatures::department_code.eq(department)).filter(signatures::number.eq(number)))
        .execute(writer.writing())?)
}
