//! Meetings of the état-major de sécurité and their decisions, and the keys under which requests to record them were sent. Measures have a
//! file of their own.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::backend::{corrupt, page_of_each};
use super::indicators::{joined, services};
use super::schema::{decisions, idempotency_keys, meetings};
use super::words::{AtMost, Plain};
use super::{MultiBackend, Reader, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::keys::MeetingKey;
use crate::domain::period::Period;
use crate::domain::vocabulary::{DecisionState, MeetingKind, ServiceKind};
use crate::{among, insert_all};

/// How many ids are bound in one statement: SQLite binds 32 766 values at most.
pub(super) const IDS: usize = 10_000;

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Department and id.
    pub key: MeetingKey,
    /// Its kind.
    pub kind: MeetingKind,
    /// The day.
    pub held_on: NaiveDate,
    /// The fortnight of that day.
    pub fortnight: Fortnight,
    /// The services that came.
    pub attendance: Vec<ServiceKind>,
    /// The minutes.
    pub minutes: String,
}

/// A meeting to record.
#[derive(Clone, Debug)]
pub struct NewMeeting<'a> {
    /// The department.
    pub department: &'a DepartmentCode,
    /// Its kind.
    pub kind: MeetingKind,
    /// The day.
    pub held_on: NaiveDate,
    /// The fortnight of that day.
    pub fortnight: Fortnight,
    /// The services that came.
    pub attendance: &'a [ServiceKind],
    /// The minutes.
    pub minutes: &'a str,
    /// Who recorded it.
    pub recorded_by: &'a str,
    /// When, UTC.
    pub recorded_at: NaiveDateTime,
}

/// A decision of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub text: String,
    /// Which service carries it out.
    pub owner: Option<ServiceKind>,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// Where it stands.
    pub state: DecisionState,
}

const COLUMNS: &str = "t.id, t.department_code, t.kind, t.held_on, t.fortnight, t.attendance, t.minutes";

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = meetings)]
struct Row {
    id: i64,
    department_code: String,
    kind: String,
    held_on: NaiveDate,
    fortnight: i32,
    attendance: String,
    minutes: String,
}

impl Row {
    fn read(self) -> StoreResult<Meeting> {
        Ok(Meeting {
            key: MeetingKey { department: corrupt("meetings.department_code", self.department_code.parse())?, id: self.id },
            kind: corrupt("meetings.kind", self.kind.parse())?,
            held_on: self.held_on,
            fortnight: corrupt("meetings.fortnight", Fortnight::from_ordinal(self.fortnight))?,
            attendance: services("meetings.attendance", &self.attendance)?,
            minutes: self.minutes,
        })
    }
}

pub(super) type Clause = Box<dyn BoxableExpression<meetings::table, MultiBackend, SqlType = Bool>>;

pub(super) fn within(scope: &Scope) -> Clause {
    match scope.codes() {
        None => Box::new(meetings::id.is_not_null()),
        Some(codes) => among!(meetings::table, meetings::department_code, codes),
    }
}

/// Writes a meeting; answers its id.
///
/// # Errors
/// Those of the database.
pub fn insert(writer: &mut Writer, new: &NewMeeting<'_>) -> StoreResult<i64> {
    Ok(diesel::insert_into(meetings::table)
        .values((
            meetings::department_code.eq(new.department.as_str()),
            meetings::kind.eq(new.kind.as_str()),
            meetings::held_on.eq(new.held_on),
            meetings::fortnight.eq(new.fortnight.ordinal()),
            meetings::attendance.eq(joined(new.attendance)),
            meetings::minutes.eq(new.minutes),
            meetings::recorded_by.eq(new.recorded_by),
            meetings::recorded_at.eq(new.recorded_at),
        ))
        .returning(meetings::id)
        .get_result(writer.writing())?)
}

#[derive(Insertable)]
#[diesel(table_name = decisions, treat_none_as_default_value = false)]
struct NewDecision<'a> {
    department_code: &'a str,
    meeting_id: i64,
    position: i32,
    text: &'a str,
    owner: Option<&'static str>,
    due_on: Option<NaiveDate>,
    state: &'static str,
}

/// Writes the decisions of a meeting, in their order.
///
/// # Errors
/// Those of the database.
pub fn insert_decisions(writer: &mut Writer, meeting: &MeetingKey, new: &[Decision]) -> StoreResult<()> {
    let rows: Vec<NewDecision<'_>> = (1_i32..)
        .zip(new)
        .map(|(position, decision)| NewDecision {
            department_code: meeting.department.as_str(),
            meeting_id: meeting.id,
            position,
            text: &decision.text,
            owner: decision.owner.map(ServiceKind::as_str),
            due_on: decision.due_on,
            state: decision.state.as_str(),
        })
        .collect();
    insert_all!(writer.writing(), decisions::table, rows)
}

/// One meeting; `None` outside the scope.
///
/// # Errors
/// Those of the database.
pub fn meeting(reader: &mut Reader, scope: &Scope, key: &MeetingKey) -> StoreResult<Option<Meeting>> {
    Ok(by_ids(reader, scope, &[key.id])?.remove(&key.id).filter(|found| found.key == *key))
}

/// Meetings by id, as far as the scope reaches.
///
/// # Errors
/// Those of the database.
pub fn by_ids(reader: &mut Reader, scope: &Scope, ids: &[i64]) -> StoreResult<HashMap<i64, Meeting>> {
    let mut found = HashMap::new();
    for part in ids.chunks(IDS) {
        let rows: Vec<Row> = meetings::table
            .filter(among!(meetings::table, meetings::id, part.iter().copied()))
            .filter(within(scope))
            .select(Row::as_select())
            .load(reader.reading())?;
        for row in rows {
            let meeting = row.read()?;
            found.insert(meeting.key.id, meeting);
        }
    }
    Ok(found)
}

/// Which part of departments' lists of meetings.
#[derive(Clone, Debug)]
pub struct MeetingPart {
    /// Day and id of the last meeting before it.
    pub after: Option<(NaiveDate, i64)>,
    /// How many, at most.
    pub limit: i64,
}

/// Whose list a meeting is in; takes what [`page_values`] gives after the parents.
pub(super) const OF_DEPARTMENT: &str =
    "t.department_code = parent.a AND (t.held_on, t.id) < (?, ?) AND t.fortnight BETWEEN ? AND ?";
/// The order of these lists.
pub(super) const ORDER: &str = "t.held_on DESC, t.id DESC";

/// Departments whose lists are asked for, as one value.
pub(super) fn parents<'a>(departments: impl Iterator<Item = &'a DepartmentCode>) -> String {
    let parents: Vec<[&str; 2]> = departments.map(|code| [code.as_str(), ""]).collect();
    serde_json::json!(parents).to_string()
}

/// What the statement of a page of each of them takes.
pub(super) fn page_values<'a>(parents: &'a str, period: Option<Period>, part: &MeetingPart) -> Vec<Plain<'a>> {
    let (from, until) = period.map_or((0, i32::MAX), |period| (*period.ordinals().start(), *period.ordinals().end()));
    // The day after the last fortnight that there is.
    let (day, id) = part.after.unwrap_or((NaiveDate::from_ymd_opt(2100, 1, 1).unwrap_or_default(), 0));
    vec![
        Plain::Text(parents),
        Plain::Day(day),
        Plain::Whole(id),
        Plain::Integer(from),
        Plain::Integer(until),
        Plain::Whole(part.limit),
    ]
}

/// A part of each department's meetings, newest first. Departments outside the scope have none.
///
/// # Errors
/// Those of the database.
pub fn parts(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
    period: Option<Period>,
    part: &MeetingPart,
) -> StoreResult<Vec<Meeting>> {
    let seen: Vec<&DepartmentCode> = departments.iter().filter(|code| scope.holds(code)).collect();
    let rows: Vec<Row> = match seen.as_slice() {
        [] => Vec::new(),
        // One department's in a statement that is prepared once for all.
        [department] => {
            let mut query = meetings::table
                .filter(meetings::department_code.eq(department.as_str()))
                .select(Row::as_select())
                .order((meetings::held_on.desc(), meetings::id.desc()))
                .into_boxed();
            if let Some((day, id)) = part.after {
                let earlier = meetings::held_on.lt(day).or(meetings::held_on.eq(day).and(meetings::id.lt(id)));
                query = query.filter(meetings::held_on.le(day)).filter(earlier);
            }
            if let Some(range) = period.map(Period::ordinals) {
                query = query.filter(meetings::fortnight.between(*range.start(), *range.end()));
            }
            match part.limit {
                // The last meeting, and whether there is one before it: what most ask for.
                rows @ 2 => AtMost { query, rows }.load(reader.reading())?,
                rows => query.limit(rows).load(reader.reading())?,
            }
        }
        several => {
            let parents = parents(several.iter().copied());
            page_of_each(reader.reading(), "meetings", COLUMNS, OF_DEPARTMENT, ORDER, page_values(&parents, period, part))?
        }
    };
    rows.into_iter().map(Row::read).collect()
}

/// How many meetings each of some departments held; of a period if one is named.
///
/// # Errors
/// Those of the database.
pub fn counts(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
    period: Option<Period>,
) -> StoreResult<HashMap<DepartmentCode, i64>> {
    let (from, until) = period.map_or((0, i32::MAX), |period| (*period.ordinals().start(), *period.ordinals().end()));
    let rows: Vec<(String, i64)> = meetings::table
        .filter(meetings::department_code.eq_any(departments.iter().map(DepartmentCode::as_str)))
        .filter(meetings::fortnight.between(from, until))
        .filter(within(scope))
        .group_by(meetings::department_code)
        .select((meetings::department_code, diesel::dsl::count_star()))
        .load(reader.reading())?;
    rows.into_iter().map(|(code, count)| Ok((corrupt("meetings.department_code", code.parse())?, count))).collect()
}

/// The fortnights of the meetings that some departments held in a period, one entry per meeting.
///
/// # Errors
/// Those of the database.
pub fn held(
    reader: &mut Reader,
    scope: &Scope,
    departments: &[DepartmentCode],
    period: Period,
) -> StoreResult<Vec<(DepartmentCode, Fortnight)>> {
    let wanted: Vec<&str> = departments.iter().map(DepartmentCode::as_str).collect();
    let rows: Vec<(String, i32)> = meetings::table
        .filter(meetings::department_code.eq_any(wanted))
        .filter(meetings::fortnight.between(*period.ordinals().start(), *period.ordinals().end()))
        .filter(within(scope))
        .select((meetings::department_code, meetings::fortnight))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(code, fortnight)| {
            let department = corrupt("meetings.department_code", code.parse())?;
            Ok((department, corrupt("meetings.fortnight", Fortnight::from_ordinal(fortnight))?))
        })
        .collect()
}

type DecisionColumns = (i64, String, Option<String>, Option<NaiveDate>, String);

/// The decisions of some meetings, in their order, by meeting id.
///
/// # Errors
/// Those of the database.
pub fn decisions(reader: &mut Reader, scope: &Scope, ids: &[i64]) -> StoreResult<HashMap<i64, Vec<Decision>>> {
    let mut found: HashMap<i64, Vec<Decision>> = HashMap::new();
    for part in ids.chunks(IDS) {
        let mut query = decisions::table
            .filter(decisions::meeting_id.eq_any(part))
            .select((decisions::meeting_id, decisions::text, decisions::owner, decisions::due_on, decisions::state))
            .order((decisions::meeting_id, decisions::position))
            .into_boxed();
        if let Some(codes) = scope.codes() {
            query = query.filter(decisions::department_code.eq_any(codes));
        }
        let rows: Vec<DecisionColumns> = query.load(reader.reading())?;
        for (meeting, text, owner, due_on, state) in rows {
            let owner = owner.map(|word| corrupt("decisions.owner", word.parse())).transpose()?;
            let state = corrupt("decisions.state", state.parse())?;
            found.entry(meeting).or_default().push(Decision { text, owner, due_on, state });
        }
    }
    Ok(found)
}

/// What an earlier request under a user's key asked for (its hash), and the meeting that it led to.
///
/// # Errors
/// Those of the database.
pub fn request(reader: &mut Reader, username: &str, key: &str) -> StoreResult<Option<(String, MeetingKey)>> {
    let row: Option<(String, String, i64)> = idempotency_keys::table
        .find((username, key))
        .select((idempotency_keys::request_hash, idempotency_keys::department_code, idempotency_keys::meeting_id))
        .first(reader.reading())
        .optional()?;
    row.map(|(hash, code, id)| {
        let department = corrupt("idempotency_keys.department_code", code.parse())?;
        Ok((hash, MeetingKey { department, id }))
    })
    .transpose()
}

/// Remembers what a request under a user's key asked for, and the meeting that it led to.
///
/// # Errors
/// Those of the database; [`StoreError::Duplicate`](super::StoreError::Duplicate) when the key was used meanwhile.
pub fn remember_request(
    writer: &mut Writer,
    username: &str,
    key: &str,
    hash: &str,
    meeting: &MeetingKey,
    at: NaiveDateTime,
) -> StoreResult<()> {
    diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::username.eq(username),
            idempotency_keys::idempotency_key.eq(key),
            idempotency_keys::request_hash.eq(hash),
            idempotency_keys::department_code.eq(meeting.department.as_str()),
            idempotency_keys::meeting_id.eq(meeting.id),
            idempotency_keys::created_at.eq(at),
        ))
        .execute(writer.writing())?;
    Ok(())
}
