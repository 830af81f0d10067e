//! Meetings of the état-major de sécurité: 'réunions bimensuelles', twice a month (circular of 2010). Recorded once, even when the request
//! is sent twice. The education service sees when its department met; what was said there is not its business.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::call::reading::most;
use super::measures::{self, NewMeasure};
use super::pages::Listed;
use super::{Act, Call, Error, Result, Write, input};
use crate::access::{Capability, Refusal, Scope};
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::keys::MeetingKey;
use crate::domain::period::Period;
use crate::domain::vocabulary::{DecisionState, MeetingKind, ServiceKind};
use crate::domain::{Explained, Message};
use crate::store::meetings::{self as store, Decision, Meeting, MeetingPart};
use crate::store::weights;

/// Decisions of one meeting, at most.
const MOST_DECISIONS: usize = 100;
/// Longest idempotency key, in characters.
const LONGEST_KEY: usize = 200;

/// A decision as it is sent.
#[derive(Clone, Debug, serde::Serialize)]
pub struct NewDecision {
    /// What was decided.
    pub text: String,
    /// Which service carries it out.
    pub owner: Option<ServiceKind>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

/// A meeting as it is sent.
#[derive(Clone, Debug, serde::Serialize)]
pub struct NewMeeting {
    /// The department.
    pub department: DepartmentCode,
    /// Its kind; none: plenary.
    pub kind: Option<MeetingKind>,
    /// The day; not in the future.
    pub held_on: NaiveDate,
    /// The services that came.
    pub attendance: Vec<ServiceKind>,
    /// The minutes.
    pub minutes: String,
    /// What was decided.
    pub decisions: Vec<NewDecision>,
    /// The figures that it brings.
    pub measures: Vec<NewMeasure>,
    /// Under which the request may be sent again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Whether the caller sees anything of a department's meetings. False: the department is outside its territory, and has none for it.
///
/// # Errors
/// FORBIDDEN in scope without the capability; UNAUTHENTICATED.
pub fn sees(call: &mut Call, department: &DepartmentCode) -> Result<bool> {
    if call.access().scope_or_nowhere(Capability::RecordMeasures)?.holds(department) {
        return Ok(true);
    }
    match call.access().require(Capability::ReadMeetings, department) {
        Ok(_) => Ok(true),
        Err(Refusal::OutOfScope) => Ok(false),
        Err(Refusal::Forbidden(_) | Refusal::PasswordFirst(_) | Refusal::Unauthenticated) => {
            call.require(Capability::ReadMeetings, department)?;
            Ok(false)
        }
    }
}

/// Where the caller sees that a meeting was held.
fn headers(call: &mut Call) -> Result<Scope> {
    Ok(measures::sight(call)?.anywhere())
}

/// One meeting.
///
/// # Errors
/// NOT_FOUND where the caller does not see it; those of the database.
pub fn find(call: &mut Call, key: &MeetingKey) -> Result<Meeting> {
    let scope = headers(call)?;
    store::meeting(call.db()?, &scope, key)?.ok_or_else(|| Error::not_found("réunion"))
}

/// Meetings by id, as far as the caller sees them.
///
/// # Errors
/// FORBIDDEN for a caller who sees none anywhere; those of the database.
pub fn by_ids(call: &mut Call, ids: &[i64]) -> Result<HashMap<i64, Meeting>> {
    let scope = headers(call)?;
    call.may_read(most(ids.len(), input::DOCUMENT), |connection| weights::minutes(connection, &scope, ids))?;
    let found = store::by_ids(call.db()?, &scope, ids)?;
    call.has_read(found.len(), found.values().map(|meeting| meeting.minutes.len()).sum());
    Ok(found)
}

/// A part of each department's meetings, newest first.
///
/// # Errors
/// FORBIDDEN for a caller who sees none anywhere; those of the database.
pub fn parts(
    call: &mut Call,
    departments: &[DepartmentCode],
    period: Option<Period>,
    part: &MeetingPart,
) -> Result<Vec<Arc<Meeting>>> {
    let scope = headers(call)?;
    let read = |call: &mut Call, codes: &[DepartmentCode]| {
        let rows = usize::try_from(part.limit).unwrap_or(0).saturating_mul(codes.len());
        let size = |connection: &mut _| weights::minutes_of_parts(connection, &scope, codes, period, part);
        call.may_read(most(rows, input::DOCUMENT), size)?;
        let found = store::parts(call.db()?, &scope, codes, period, part)?;
        call.has_read(found.len(), found.iter().map(|meeting| meeting.minutes.len()).sum());
        Ok(found)
    };
    if period.is_some() || part.after.is_some() {
        return Ok(read(call, departments)?.into_iter().map(Arc::new).collect());
    }
    let seen: Vec<DepartmentCode> = departments.iter().filter(|code| scope.holds(code)).cloned().collect();
    LAST.first_pages(call, &seen, part.limit, read)
}

/// The last meetings of departments.
const LAST: Listed<DepartmentCode, Meeting> =
    Listed { shelf: |heads| &heads.meetings, department: |code| code, of: |meeting| meeting.key.department.clone() };

/// How many meetings each of some departments held.
///
/// # Errors
/// As of [`parts`].
pub fn counts(call: &mut Call, departments: &[DepartmentCode], period: Option<Period>) -> Result<HashMap<DepartmentCode, i64>> {
    let scope = headers(call)?;
    Ok(store::counts(call.db()?, &scope, departments, period)?)
}

/// Requires that the caller reads what was said in a department's meetings, not their dates only.
///
/// # Errors
/// FORBIDDEN, or NOT_FOUND outside the caller's territory.
pub fn require_content(call: &mut Call, department: &DepartmentCode) -> Result<()> {
    call.require(Capability::ReadMeetings, department).map(|_| ())
}

/// The decisions of meetings that the caller was given, by meeting id.
///
/// # Errors
/// FORBIDDEN for a caller who reads no meetings; those of the database.
pub fn decisions(call: &mut Call, ids: &[i64]) -> Result<HashMap<i64, Vec<Decision>>> {
    let scope = call.scope(Capability::ReadMeetings)?;
    let longest = most(ids.len().saturating_mul(MOST_DECISIONS), input::REASON);
    call.may_read(longest, |connection| weights::decisions(connection, &scope, ids))?;
    let found = store::decisions(call.db()?, &scope, ids)?;
    let all = || found.values().flatten();
    call.has_read(all().count(), all().map(|decision| decision.text.len()).sum());
    Ok(found)
}

/// Records a meeting with its decisions and measures. Sent again under the same key with the same content, the same meeting comes back and
/// nothing is recorded twice.
///
/// # Errors
/// INVALID naming the field or row; CONFLICT for a key used for another request, or a measure that is there already; FORBIDDEN,
/// NOT_FOUND; those of the database.
pub fn record(call: &mut Call, sent: &NewMeeting) -> Result<Meeting> {
    let department = &sent.department;
    let mut write = call
        .begin(Act::recording("recordMeeting", department, format!("meeting of {}", sent.held_on)), Capability::RecordMeetings)?;
    measures::require_services(&write, department, &sent.measures)?;
    let request = Request::of(&write, "recordMeeting", sent.idempotency_key.as_deref(), sent, &Meant::of(sent)?)?;
    if let Some(earlier) = request.earlier(&mut write)? {
        let meeting = find(&mut write, &earlier)?;
        write.unchanged();
        return Ok(meeting);
    }
    let fortnight = fortnight(&write, department, sent.held_on)?;
    input::bounded("attendance", &sent.attendance, 100)?;
    let attendance: BTreeSet<ServiceKind> = sent.attendance.iter().copied().collect();
    let attendance: Vec<ServiceKind> = attendance.into_iter().collect();
    let minutes = input::optional_text("minutes", &sent.minutes, input::DOCUMENT)?;
    let decisions = decided(&sent.decisions)?;
    let (name, now) = (write.caller().name(), write.now());
    let kind = sent.kind.unwrap_or(MeetingKind::Plenary);
    let new = store::NewMeeting {
        department,
        kind,
        held_on: sent.held_on,
        fortnight,
        attendance: &attendance,
        minutes: &minutes,
        recorded_by: &name,
        recorded_at: now,
    };
    let measures = measures::checked(&mut write, department, fortnight, &sent.measures)?;
    let id = measures::bring(&mut write, &new, &measures)?;
    let key = MeetingKey { department: department.clone(), id };
    store::insert_decisions(write.writer()?, &key, &decisions)?;
    let meeting = Meeting { key: key.clone(), kind, held_on: sent.held_on, fortnight, attendance, minutes };
    request.remember(&mut write, &key)?;
    write.done(format!("meeting {id}, {} decisions, {} measures", decisions.len(), sent.measures.len()))?;
    Ok(meeting)
}

/// Adds a service's measures to a meeting that is recorded already.
///
/// # Errors
/// As of [`record`].
pub fn add_measures(call: &mut Call, key: &MeetingKey, sent: &[NewMeasure], idempotency_key: Option<&str>) -> Result<Meeting> {
    let mut write = call.begin(
        Act::recording("recordMeasures", &key.department, format!("meeting {}/{}", key.department, key.id)),
        Capability::RecordMeasures,
    )?;
    measures::require_services(&write, &key.department, sent)?;
    let meeting = find(&mut write, key)?;
    let meant = (&key.department, key.id, meant(sent, Some(meeting.fortnight)));
    let request = Request::of(&write, "recordMeasures", idempotency_key, &(&key.department, key.id, sent), &meant)?;
    if let Some(earlier) = request.earlier(&mut write)? {
        let meeting = find(&mut write, &earlier)?;
        write.unchanged();
        return Ok(meeting);
    }
    if sent.is_empty() {
        return Err(Error::invalid("measures", Message::new("EMPTY", "ne doit pas être vide")));
    }
    let measures = measures::checked(&mut write, &key.department, meeting.fortnight, sent)?;
    measures::add(&mut write, key, &measures)?;
    request.remember(&mut write, key)?;
    write.done(format!("{} measures", sent.len()))?;
    Ok(meeting)
}

fn fortnight(call: &Call, department: &DepartmentCode, held_on: NaiveDate) -> Result<Fortnight> {
    if held_on > call.today() {
        return Err(Error::invalid("heldOn", Message::new("IN_FUTURE", "la date est à venir")));
    }
    let existed = call.office().territories.department(department).is_some_and(|found| found.existed_on(held_on));
    if !existed {
        return Err(Error::invalid("heldOn", Message::new("NO_DEPARTMENT_THEN", "ce n’était pas encore un département")));
    }
    Fortnight::of(held_on).map_err(|fault| Error::invalid("heldOn", fault.message()))
}

fn decided(sent: &[NewDecision]) -> Result<Vec<Decision>> {
    input::bounded("decisions", sent, MOST_DECISIONS)?;
    sent.iter()
        .enumerate()
        .map(|(index, decision)| {
            Ok(Decision {
                text: input::text(&format!("decisions[{index}].text"), &decision.text, input::REASON)?,
                owner: decision.owner,
                due_on: decision.due_on,
                state: DecisionState::Open,
            })
        })
        .collect()
}

/// A request that may be sent again: the user's key for it, and what it asks for.
struct Request {
    username: String,
    key: Option<String>,
    /// Of what it means: two requests that mean the same are one, however they are written.
    hash: String,
    /// Of how it is written: what earlier versions of the program kept.
    hash_as_written: String,
}

impl Request {
    fn of(
        call: &Call,
        act: &str,
        key: Option<&str>,
        written: &impl serde::Serialize,
        meant: &impl serde::Serialize,
    ) -> Result<Self> {
        let key = key.map(|key| input::text("idempotencyKey", key, LONGEST_KEY)).transpose()?;
        Ok(Self {
            username: call.caller().name(),
            key,
            hash: hash(&(act, "meant", meant))?,
            hash_as_written: hash(&(act, written))?,
        })
    }

    /// The meeting that the same request led to before.
    fn earlier(&self, call: &mut Call) -> Result<Option<MeetingKey>> {
        let Some(key) = &self.key else { return Ok(None) };
        match store::request(call.db()?, &self.username, key)? {
            None => Ok(None),
            Some((hash, meeting)) if hash == self.hash || hash == self.hash_as_written => Ok(Some(meeting)),
            Some(_) => Err(Error::conflict(Message::new(
                "KEY_USED",
                "idempotencyKey : cette clé a déjà servi pour une demande au contenu différent",
            ))),
        }
    }

    fn remember(&self, write: &mut Write<'_>, meeting: &MeetingKey) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let now = write.now();
        store::remember_request(write.writer()?, &self.username, key, &self.hash, meeting, now)?;
        Ok(())
    }
}

fn hash(content: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_vec(content).map_err(|fault| Error::Internal(fault.to_string()))?;
    Ok(crate::keys::secret::fingerprint(&text))
}

/// What a meeting that is sent means: with everything said that may be left out, and in one order what has none.
#[derive(serde::Serialize)]
struct Meant<'a> {
    department: &'a DepartmentCode,
    kind: MeetingKind,
    held_on: NaiveDate,
    attendance: BTreeSet<ServiceKind>,
    minutes: String,
    decisions: Vec<(String, Option<ServiceKind>, Option<NaiveDate>)>,
    measures: Vec<String>,
}

impl<'a> Meant<'a> {
    fn of(sent: &'a NewMeeting) -> Result<Self> {
        let decision = |decision: Decision| (decision.text, decision.owner, decision.due_on);
        Ok(Self {
            department: &sent.department,
            kind: sent.kind.unwrap_or(MeetingKind::Plenary),
            held_on: sent.held_on,
            attendance: sent.attendance.iter().copied().collect(),
            minutes: input::optional_text("minutes", &sent.minutes, input::DOCUMENT)?,
            decisions: decided(&sent.decisions)?.into_iter().map(decision).collect(),
            measures: meant(&sent.measures, Fortnight::of(sent.held_on).ok()),
        })
    }
}

/// What measures mean, each in one text, in one order. The texts are hashed, and their hashes kept for ever: never write them otherwise.
fn meant(sent: &[NewMeasure], meeting: Option<Fortnight>) -> Vec<String> {
    let one = |measure: &NewMeasure| {
        let fortnight = measure.fortnight.or(meeting).map(Fortnight::ordinal);
        let NewMeasure { indicator, sector_code, service, value, fortnight: _ } = measure;
        let sector = some(sector_code.as_deref().map(quoted));
        format!("{} {sector} {} {} {value}", quoted(indicator), in_one_word(service.as_str()), some(fortnight))
    };
    let mut all: Vec<String> = sent.iter().map(one).collect();
    all.sort();
    all
}

/// As JSON writes a text.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn some(value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

/// `JUDICIAL_POLICE` as `JudicialPolice`.
fn in_one_word(name: &str) -> String {
    let capital =
        |part: &str| part.get(..1).unwrap_or_default().to_owned() + &part.get(1..).unwrap_or_default().to_ascii_lowercase();
    name.split('_').map(capital).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_measures_mean_hashes_as_it_always_did() {
        let of = |indicator: &str, sector: Option<&str>, service, value| NewMeasure {
            indicator: indicator.to_owned(),
            sector_code: sector.map(str::to_owned),
            service,
            value,
            fortnight: None,
        };
        let sent = [
            of("ILS_TOTAL", Some("S-1"), ServiceKind::AirTransportGendarmerie, 3.0),
            of("CANNABIS_KG", None, ServiceKind::Gir, 0.25),
        ];
        let fortnight = Fortnight::of(NaiveDate::from_ymd_opt(2010, 3, 3).unwrap()).unwrap();
        let meant = meant(&sent, Some(fortnight));
        let (first, second) =
            (r#""CANNABIS_KG" None Gir Some(244) 0.25"#, r#""ILS_TOTAL" Some("S-1") AirTransportGendarmerie Some(244) 3"#);
        assert_eq!(meant, [first, second]);
        let department: DepartmentCode = "13".parse().unwrap();
        let hashed = hash(&("recordMeasures", "meant", (&department, 4_i64, &meant))).unwrap();
        // Kept in databases since the first of them: it may not change.
        assert_eq!(hashed, "4f0fdcf81d3d0a10289c0eb450434efd4d5e5c50648449ae4702ac3a8437bf0a");
    }
}
