//! Measures: which a caller sees, how they are corrected, and what is declared not applicable. Recording is in `record`. Every service's action
//! on a site counts (circular of 2010); a value that was replaced is kept, with who and why.

pub mod check;
mod declare;
pub mod frame;
mod record;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::access::{Capability, Grant, Scope, Territory};
use crate::domain::Message;
use crate::domain::amount::{Amount, SCALE};
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::french::Noun;
use crate::domain::keys::{MeasureKey, MeetingKey};
use crate::domain::period::Period;
use crate::domain::vocabulary::ServiceKind;
use crate::store::corrections::{self, Correction};
use crate::store::measures::lists::{self, Narrowed, Part};
use crate::store::measures::{self as store, Measure, MeasureSight};
use crate::store::weights;
use crate::workflow::call::reading::most;
use crate::workflow::pages::Listed;
use crate::workflow::{Act, Call, Error, Result, indicators, input, rollups};

use check::MeasureFault;
pub use declare::{Declared, NotApplicable, declare_not_applicable};
pub use record::{NewMeasure, add, bring, checked, require_services};

/// The greatest value of one measure (house): so great that none is greater. What sums may come to is bounded by itself: see
/// [`GREATEST_TOTAL`](crate::domain::rollup::cells::GREATEST_TOTAL).
pub const GREATEST: Amount = Amount::from_scaled(10_000_000_000 * SCALE);

/// Corrections of one measure, at most (house): all of them are kept, and read whenever its history is.
pub const MOST_CORRECTIONS: usize = 50;

/// Which measures the caller sees: all where it reads meetings; elsewhere those of the services for which it records.
///
/// # Errors
/// UNAUTHENTICATED, or FORBIDDEN for a caller who sees no measure anywhere.
pub fn sight(call: &mut Call) -> Result<MeasureSight> {
    let access = call.access();
    let full = access.scope_or_nowhere(Capability::ReadMeetings)?;
    let recording = access.scope_or_nowhere(Capability::RecordMeasures)?;
    let mut own: BTreeMap<ServiceKind, Scope> = BTreeMap::new();
    for department in call.office().territories.departments() {
        if recording.holds(&department.code) && !full.holds(&department.code) {
            for service in services(call, &department.code) {
                let scope = own.remove(&service).unwrap_or_else(Scope::nowhere);
                own.insert(service, scope.or(Scope::department(department.code.clone())));
            }
        }
    }
    let sight = MeasureSight { full, own };
    if sight.anywhere().is_nowhere() {
        call.scope(Capability::ReadMeetings)?;
    }
    Ok(sight)
}

/// The services for which the caller records measures in a department.
pub fn services(call: &Call, department: &DepartmentCode) -> BTreeSet<ServiceKind> {
    call.access()
        .grants_for(Capability::RecordMeasures, department)
        .iter()
        .flat_map(|grant| grant.role.services().iter().copied())
        .collect()
}

/// Whether one of the grants stands for the service there. A prosecutor stands for its own parquet: not for a sector of another one.
fn stands_for<G: std::borrow::Borrow<Grant>>(grants: &[G], service: ServiceKind, parquet: &str) -> bool {
    grants.iter().map(std::borrow::Borrow::borrow).any(|grant| {
        grant.role.services().contains(&service)
            && match &grant.territory {
                Territory::Parquet(code) => parquet.is_empty() || code.as_str() == parquet,
                Territory::Nation | Territory::Department(_) | Territory::Zone(_) => true,
            }
    })
}

/// Reads a value: exact to four decimals, not negative, within bounds.
fn value(value: f64) -> Result<Amount, MeasureFault> {
    Amount::from_f64(value).map_err(MeasureFault::Value).and_then(check::bounded)
}

/// One measure.
///
/// # Errors
/// NOT_FOUND where the caller does not see it; those of [`sight`] and of the database.
pub fn find(call: &mut Call, key: &MeasureKey) -> Result<Measure> {
    let sight = sight(call)?;
    store::measure(call.db()?, &sight, key)?.ok_or_else(|| Error::not_found("mesure"))
}

/// Measures by id, as far as the caller sees them.
///
/// # Errors
/// Those of [`sight`] and of the database.
pub fn by_ids(call: &mut Call, ids: &[i64]) -> Result<HashMap<i64, Measure>> {
    let sight = sight(call)?;
    Ok(store::by_ids(call.db()?, &sight, ids)?)
}

/// A part of the measures of each of some meetings, in order.
///
/// # Errors
/// Those of [`sight`] and of the database.
pub fn of_meetings(call: &mut Call, meetings: &[MeetingKey], part: &Part) -> Result<Vec<Arc<Measure>>> {
    let sight = sight(call)?;
    let read = |call: &mut Call, keys: &[MeetingKey]| Ok(lists::parts(call.db()?, &sight, keys, &Narrowed::default(), part)?);
    let (whole, others): (Vec<MeetingKey>, Vec<MeetingKey>) =
        meetings.iter().cloned().partition(|key| part.after.is_none() && sight.full.holds(&key.department));
    let mut found = BROUGHT.first_pages(call, &whole, part.limit, read)?;
    if !others.is_empty() {
        found.extend(read(call, &others)?.into_iter().map(Arc::new));
    }
    Ok(found)
}

/// What meetings brought, to those who see all of it.
const BROUGHT: Listed<MeetingKey, Measure> = Listed {
    shelf: |heads| &heads.measures,
    department: |key| &key.department,
    of: |measure| MeetingKey { department: measure.key.department.clone(), id: measure.meeting_id },
};

/// How many measures of each of some meetings the caller sees.
///
/// # Errors
/// Those of [`sight`] and of the database.
pub fn counts_of_meetings(call: &mut Call, meetings: &[MeetingKey]) -> Result<HashMap<MeetingKey, i64>> {
    let sight = sight(call)?;
    Ok(lists::counts_of_meetings(call.db()?, &sight, meetings)?)
}

/// A part of the measures of each of some sectors, in order; of one indicator or period if named. For departments in which the
/// caller sees no measures there are none.
///
/// # Errors
/// NOT_FOUND for an indicator that the caller does not see; UNAUTHENTICATED, or those of the database.
pub fn of_sectors(
    call: &mut Call,
    sectors: &[(DepartmentCode, SectorCode)],
    indicator: Option<&str>,
    period: Option<Period>,
    part: &Part,
) -> Result<Vec<Arc<Measure>>> {
    let narrowed = narrowed(call, indicator, period)?;
    let sight = sight(call)?;
    Ok(lists::parts(call.db()?, &sight, sectors, &narrowed, part)?.into_iter().map(Arc::new).collect())
}

/// How many measures of each of some sectors the caller sees, of one indicator or period if named.
///
/// # Errors
/// As of [`of_sectors`].
pub fn counts_of_sectors(
    call: &mut Call,
    sectors: &[(DepartmentCode, SectorCode)],
    indicator: Option<&str>,
    period: Option<Period>,
) -> Result<HashMap<(DepartmentCode, SectorCode), i64>> {
    let narrowed = narrowed(call, indicator, period)?;
    let sight = sight(call)?;
    Ok(lists::counts_of_sectors(call.db()?, &sight, sectors, &narrowed)?)
}

fn narrowed(call: &mut Call, indicator: Option<&str>, period: Option<Period>) -> Result<Narrowed> {
    let indicator_id = match indicator {
        Some(code) => Some(indicators::find(call, &input::parse("indicator", code)?)?.id),
        None => None,
    };
    Ok(Narrowed { indicator_id, fortnights: period.map(Period::ordinals) })
}

/// The earlier values of measures that the caller was given, newest first, by measure id.
///
/// # Errors
/// Those of [`sight`] and of the database.
pub fn history(call: &mut Call, ids: &[i64]) -> Result<HashMap<i64, Vec<Correction>>> {
    let scope = sight(call)?.anywhere();
    let longest = most(ids.len().saturating_mul(MOST_CORRECTIONS), input::REASON);
    call.may_read(longest, |connection| weights::corrections(connection, &scope, ids, MOST_CORRECTIONS))?;
    let found = corrections::of(call.db()?, &scope, ids, MOST_CORRECTIONS)?;
    let all = || found.values().flatten();
    call.has_read(all().count(), all().map(|correction| correction.reason.len()).sum());
    Ok(found)
}

/// A measure of a service that the caller stands for.
fn own(call: &mut Call, key: &MeasureKey) -> Result<Measure> {
    let measure = find(call, key)?;
    let grants = call.access().grants_for(Capability::RecordMeasures, &key.department);
    if stands_for(&grants, measure.service, &measure.parquet) {
        return Ok(measure);
    }
    let text = format!("les chiffres {} ne sont pas à vous ici", Noun::of_service(measure.service).of_the());
    Err(Error::forbidden(Message::new("SERVICE_NOT_YOURS", text).with("service", measure.service)))
}

/// Replaces the value of a measure. The earlier one is kept, with who had recorded it, who replaced it and why.
///
/// # Errors
/// INVALID naming the field; FORBIDDEN for a service that the caller does not stand for; NOT_FOUND; those of the database.
pub fn correct(call: &mut Call, key: &MeasureKey, new: f64, reason: &str) -> Result<Measure> {
    let mut write = call.begin(
        Act::recording("correctMeasure", &key.department, format!("measure {}/{}", key.department, key.id)),
        Capability::RecordMeasures,
    )?;
    let scope = write.scope();
    // Whose figure it is never changes: who may not correct it is told without a lock.
    if write.holds_nothing() {
        write.on_a_snapshot(|call| own(call, key))?;
    }
    let measure = own(&mut write, key)?;
    let new = value(new).map_err(|fault| fault.refusal("value".to_owned()))?;
    let reason = input::text("reason", reason, input::REASON)?;
    if new == measure.value {
        return Err(Error::invalid("value", Message::new("UNCHANGED", format!("la valeur est déjà {new}"))));
    }
    let indicator = indicators::of_rows(&mut write, &[measure.indicator_id])?.remove(&measure.indicator_id);
    let indicator = &indicator.ok_or_else(|| Error::Internal(format!("no indicator {}", measure.indicator_id)))?.indicator;
    let (name, now) = (write.caller().name(), write.now());
    corrections::correct(write.writer()?, &scope, &measure, new, &reason, &name, now)?;
    rollups::keep::corrected(
        &mut write,
        &key.department,
        measure.indicator_id,
        indicator.aggregation,
        &measure.entry(),
        new > measure.value,
    )?;
    write.done(format!("{} {}: {} -> {new}; {reason}", indicator.code, measure.fortnight, measure.value))?;
    find(call, key)
}
