//! Writing measures: those of a meeting that is recorded with them, or was before. Each takes a slot of its own; one that is taken undoes all.
//! Not for millions at once, which come through [`bulk`](crate::store::bulk).

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::BigInt;

use super::{NewMeasure, NewRow, Slot};
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::MeetingKey;
use crate::store::backend::corrupt;
use crate::store::indicators::joined;
use crate::store::meetings::{self, NewMeeting};
use crate::store::schema::measures;
use crate::store::words::{Column, Words};
use crate::store::{AnyConnection, StoreError, StoreResult, Writer};

/// Lists of rows of any number, prepared once.
const ADD: &str = "INSERT INTO measures \
    (department_code, meeting_id, recorded_by, recorded_at, indicator_id, fortnight, sector_code, authority, parquet_code, service, value) \
    SELECT ?, ?, ?, ?, * FROM unnest(?, ?, ?, ?, ?, ?, ?)";

/// A meeting and what it brings in one round trip, because nearly every meeting brings something.
const BRING: &str = "WITH meeting AS (INSERT INTO meetings \
    (department_code, recorded_by, recorded_at, kind, held_on, fortnight, attendance, minutes) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
    RETURNING id, department_code, recorded_by, recorded_at), \
    brought AS (INSERT INTO measures \
    (department_code, meeting_id, recorded_by, recorded_at, indicator_id, fortnight, sector_code, authority, parquet_code, service, value) \
    SELECT department_code, id, recorded_by, recorded_at, new.* FROM meeting, unnest(?, ?, ?, ?, ?, ?, ?) AS new) \
    SELECT id FROM meeting";

/// The unique index of slots.
const SLOTS: &str = "one_measure";

/// What came of writing: done, or the slots that were taken. Then nothing may be kept of the transaction, and PostgreSQL takes no more
/// statements in it.
pub type Written<T> = Result<T, Vec<Slot>>;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Writes a meeting with the measures that it brings; answers its id.
///
/// # Errors
/// Those of the database.
pub fn bring(writer: &mut Writer, meeting: &NewMeeting<'_>, new: &[NewMeasure]) -> StoreResult<Written<i64>> {
    let AnyConnection::Postgres(c) = writer.writing() else {
        let id = meetings::insert(writer, meeting)?;
        let key = MeetingKey { department: meeting.department.clone(), id };
        return Ok(add(writer, &key, new, meeting.recorded_by, meeting.recorded_at)?.map(|()| id));
    };
    let attendance = joined(meeting.attendance);
    let mut values = vec![
        Column::Text(meeting.department.as_str()),
        Column::Text(meeting.recorded_by),
        Column::Moment(meeting.recorded_at),
        Column::Text(meeting.kind.as_str()),
        Column::Day(meeting.held_on),
        Column::Integer(meeting.fortnight.ordinal()),
        Column::Text(&attendance),
        Column::Text(meeting.minutes),
    ];
    values.extend(columns(new));
    written(Words::new(BRING, values).get_result(c).map(|Id { id }| id))
}

/// Writes the measures that a meeting brings which was recorded before.
///
/// # Errors
/// Those of the database.
pub fn add(
    writer: &mut Writer,
    meeting: &MeetingKey,
    new: &[NewMeasure],
    recorded_by: &str,
    recorded_at: NaiveDateTime,
) -> StoreResult<Written<()>> {
    let department = &meeting.department;
    match writer.writing() {
        AnyConnection::Postgres(c) => {
            let mut values = vec![
                Column::Text(department.as_str()),
                Column::Whole(meeting.id),
                Column::Text(recorded_by),
                Column::Moment(recorded_at),
            ];
            values.extend(columns(new));
            written(Words::new(ADD, values).execute(c).map(|_| ()))
        }
        // A statement that fails may be followed by others here, but says of no row that it was the one: looked up before.
        AnyConnection::Sqlite(c) => {
            let doubles = taken(c, department, new)?;
            if !doubles.is_empty() {
                return Ok(Err(doubles));
            }
            let rows: Vec<NewRow<'_>> =
                new.iter().map(|measure| NewRow::of(department, meeting.id, measure, recorded_by, recorded_at)).collect();
            diesel::insert_into(measures::table).values(&rows).execute(c)?;
            Ok(Ok(()))
        }
    }
}

/// What of measures differs from row to row, column by column.
fn columns(new: &[NewMeasure]) -> [Column<'_>; 7] {
    let entries = || new.iter().map(|measure| &measure.entry);
    [
        Column::Integers(new.iter().map(|measure| measure.indicator_id).collect()),
        Column::Integers(entries().map(|entry| entry.fortnight.ordinal()).collect()),
        Column::Texts(entries().map(|entry| entry.sector.as_str()).collect()),
        Column::Texts(entries().map(|entry| entry.authority.as_str()).collect()),
        Column::Texts(entries().map(|entry| entry.parquet.as_str()).collect()),
        Column::Texts(entries().map(|entry| entry.service.as_str()).collect()),
        Column::Wholes(entries().map(|entry| entry.value.scaled()).collect()),
    ]
}

/// Rather than look up each slot before it is taken, which took as long as writing, PostgreSQL is asked which one stood in the way.
fn written<T>(done: QueryResult<T>) -> StoreResult<Written<T>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, said)) if said.constraint_name() == Some(SLOTS) => {
            let slot = said.details().and_then(slot);
            let unread = || StoreError::Duplicate(said.message().to_owned());
            slot.map(|slot| Err(vec![slot])).ok_or_else(unread)
        }
        Err(error) => Err(error.into()),
    }
}

/// The slot in `Key (department_code, indicator_id, fortnight, sector_code, service)=(13, 7, 272, S1, POLICE) already exists.`: no code holds
/// a comma.
fn slot(details: &str) -> Option<Slot> {
    let (_, values) = details.split_once(")=(")?;
    let (values, _) = values.rsplit_once(')')?;
    let mut values = values.split(", ").skip(1);
    let slot =
        (values.next()?.parse().ok()?, values.next()?.parse().ok()?, values.next()?.to_owned(), values.next()?.parse().ok()?);
    values.next().is_none().then_some(slot)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = measures)]
struct SlotRow {
    indicator_id: i32,
    fortnight: i32,
    sector_code: String,
    service: String,
}

fn taken(connection: &mut SqliteConnection, department: &DepartmentCode, new: &[NewMeasure]) -> StoreResult<Vec<Slot>> {
    let indicators: BTreeSet<i32> = new.iter().map(|measure| measure.indicator_id).collect();
    let fortnights: BTreeSet<i32> = new.iter().map(|measure| measure.entry.fortnight.ordinal()).collect();
    let rows: Vec<SlotRow> = measures::table
        .filter(measures::department_code.eq(department.as_str()))
        .filter(measures::indicator_id.eq_any(indicators))
        .filter(measures::fortnight.eq_any(fortnights))
        .select(SlotRow::as_select())
        .load(connection)?;
    let read = |row: SlotRow| -> StoreResult<Slot> {
        Ok((row.indicator_id, row.fortnight, row.sector_code, corrupt("measures.service", row.service.parse())?))
    };
    let taken = rows.into_iter().map(read).collect::<StoreResult<HashSet<Slot>>>()?;
    Ok(new.iter().map(NewMeasure::slot).filter(|slot| taken.contains(slot)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabulary::ServiceKind;

    #[test]
    fn the_slot_that_is_taken_is_read_from_what_postgresql_says() {
        let said = |values: &str| {
            slot(&format!("Key (department_code, indicator_id, fortnight, sector_code, service)=({values}) already exists."))
        };
        assert_eq!(said("2A, 7, 272, 2A-S1/b, POLICE"), Some((7, 272, "2A-S1/b".to_owned(), ServiceKind::Police)));
        assert_eq!(said("13, 7, 272, , POLICE"), Some((7, 272, String::new(), ServiceKind::Police)));
        for other in ["13, 7, 272, S1", "13, 7, 272, S1, POLICE, POLICE", "13, seven, 272, S1, POLICE", ""] {
            assert_eq!(said(other), None, "{other}");
        }
        assert_eq!(slot("the key exists"), None);
    }
}
