//! Indicators: who sees them, and how they are defined. 'Recensées et quantifiées à l'aide d'indicateurs locaux' (circular of 2010): national
//! ones are the secretariat's to define, a department's own are its préfecture's. Not for measures.

use std::collections::HashMap;
use std::sync::Arc;

use super::call::reading::most;
use super::heads::Catalogue;
use super::{Act, Call, Error, Result, input};
use crate::access::{Capability, Scope};
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::indicators::{
    DefinitionFault, Indicator, LONGEST_DEFINITION, LONGEST_LABEL, LONGEST_UNIT, check_definition, check_redefinition,
};
use crate::domain::vocabulary::{Aggregation, Counts, ServiceKind};
use crate::store::audit;
use crate::store::indicators::{self as store, IndicatorSight, StoredIndicator};
use crate::store::publications;

/// Indicators of the nation, about: the secretariat defines them.
pub const NATIONAL: usize = 50;

/// A definition as it is sent.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Unique; a department's own begins with its code and a hyphen.
    pub code: String,
    /// French label.
    pub label: String,
    /// Unit, in French.
    pub unit: String,
    /// What it counts; none: as [`Indicator::counts_unsaid`] says.
    pub counts: Option<Counts>,
    /// What it counts, and what it does not.
    pub definition: String,
    /// How its measures add up.
    pub aggregation: Aggregation,
    /// For RATIO: code of what is divided.
    pub numerator: Option<String>,
    /// For RATIO: code of what it is divided by.
    pub denominator: Option<String>,
    /// Whose own it is; none: national.
    pub department: Option<DepartmentCode>,
    /// Which services record it; empty: any. None: as before.
    pub recorded_by: Option<Vec<ServiceKind>>,
    /// Whether it is part of publications; none: as before.
    pub published: Option<bool>,
}

impl From<DefinitionFault> for Error {
    fn from(fault: DefinitionFault) -> Self {
        Self::invalid(fault.field(), fault)
    }
}

/// Which indicators the caller sees: national ones (dashboards: those that are published), and those of departments of which it sees
/// anything.
///
/// # Errors
/// UNAUTHENTICATED.
pub fn sight(call: &Call) -> Result<IndicatorSight> {
    call.require_signed_in()?;
    let published_only = call.is_dashboard();
    Ok(IndicatorSight { published_only, local: call.access().sphere() })
}

/// The indicators that the caller sees, national ones first; of local ones, those of the department if one is named.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn list(call: &mut Call, department: Option<&DepartmentCode>) -> Result<Vec<StoredIndicator>> {
    let mut sight = sight(call)?;
    if let Some(code) = department {
        sight.local = sight.local.and(&Scope::department(code.clone()));
    }
    let departments = sight.local.codes().map_or_else(|| call.office().territories.departments().count(), |codes| codes.len());
    let rows = departments.saturating_mul(call.office().rules.max_local_indicators).saturating_add(NATIONAL);
    call.may_read(most(rows, LONGEST_DEFINITION), |connection| store::size_of_all(connection, &sight))?;
    let found = store::all(call.db()?, &sight)?;
    call.has_read(found.len(), found.iter().map(|one| one.indicator.definition.len()).sum());
    Ok(found)
}

/// Indicators by code, as far as the caller sees them.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn by_codes(call: &mut Call, codes: &[IndicatorCode]) -> Result<HashMap<IndicatorCode, Arc<StoredIndicator>>> {
    let sight = sight(call)?;
    let known = catalogue(call)?;
    let (mut found, mut others) = (HashMap::with_capacity(codes.len()), Vec::new());
    for code in codes {
        match known.as_ref().and_then(|known| known.by_code(code)).filter(|one| one.indicator.published || !sight.published_only)
        {
            Some(indicator) => {
                found.insert(code.clone(), Arc::clone(indicator));
            }
            None => others.push(code.clone()),
        }
    }
    if !others.is_empty() {
        let read = store::by_codes(call.db()?, &sight, &others)?;
        call.has_read(read.len(), read.values().map(|one| one.indicator.definition.len()).sum());
        found.extend(read.into_iter().map(|(code, indicator)| (code, Arc::new(indicator))));
    }
    Ok(found)
}

/// All national indicators, where they may be remembered: they are asked for again and again, and change a few times in a year.
pub(super) fn catalogue(call: &mut Call) -> Result<Option<Arc<Catalogue>>> {
    if !call.may_learn() {
        return Ok(None);
    }
    if let Some(known) = call.recalled(|heads, epochs| heads.indicators.find(&(), epochs.nation)) {
        return Ok(Some(known));
    }
    let read = read_catalogue(call)?;
    let learnt = Arc::clone(&read);
    call.learn(move |heads, epochs| heads.indicators.keep((), epochs.nation, learnt));
    Ok(Some(read))
}

fn read_catalogue(call: &mut Call) -> Result<Arc<Catalogue>> {
    let nation = IndicatorSight { published_only: false, local: Scope::nowhere() };
    Ok(Arc::new(Catalogue::of(store::all(call.db()?, &nation)?)))
}

/// All national indicators, for a write that holds a department's lock: from memory, if that has them as of the nation's epoch under the lock.
/// How one adds up stays so until the commit: who changes that locks all departments.
pub(super) fn under_lock(call: &mut Call) -> Result<Arc<Catalogue>> {
    call.db()?;
    let Some(nation) = call.nation_under_lock() else { return read_catalogue(call) };
    if let Some(known) = call.office().heads.indicators.find(&(), nation) {
        return Ok(known);
    }
    let read = read_catalogue(call)?;
    // Whoever holds a department does not hold the nation: what was read is as of that epoch only if the epoch stands after it. Then it is true
    // there whatever becomes of this write, which has changed no indicator.
    if audit::nation(call.db()?)? == nation {
        call.office().heads.indicators.keep((), nation, Arc::clone(&read));
    }
    Ok(read)
}

/// One indicator by its code.
///
/// # Errors
/// NOT_FOUND when the caller does not see it; UNAUTHENTICATED, or those of the database.
pub fn find(call: &mut Call, code: &IndicatorCode) -> Result<Arc<StoredIndicator>> {
    let found = by_codes(call, std::slice::from_ref(code))?.remove(code);
    found.ok_or_else(|| Error::not_found(format!("indicateur {code}")))
}

/// The indicators of rows that the caller was given, by database id.
///
/// # Errors
/// UNAUTHENTICATED; LIMIT for more than an operation may read; those of the database.
pub fn of_rows(call: &mut Call, ids: &[i32]) -> Result<HashMap<i32, Arc<StoredIndicator>>> {
    call.require_signed_in()?;
    let known = catalogue(call)?;
    let (mut found, mut others) = (HashMap::with_capacity(ids.len()), Vec::new());
    for id in ids {
        match known.as_ref().and_then(|known| known.by_id(*id)) {
            Some(indicator) => {
                found.insert(*id, Arc::clone(indicator));
            }
            None => others.push(*id),
        }
    }
    if !others.is_empty() {
        call.may_read(most(others.len(), LONGEST_DEFINITION), |connection| store::size_of(connection, &others))?;
        let read = store::by_ids(call.db()?, &others)?;
        call.has_read(read.len(), read.values().map(|one| one.indicator.definition.len()).sum());
        found.extend(read.into_iter().map(|(id, indicator)| (id, Arc::new(indicator))));
    }
    Ok(found)
}

/// Defines an indicator, or defines it anew. The aggregation stays once figures or ratios rest on it.
///
/// # Errors
/// INVALID naming the field; FORBIDDEN, or NOT_FOUND outside the caller's territory; those of the database.
pub fn define(call: &mut Call, sent: Definition) -> Result<StoredIndicator> {
    let subject = format!("indicator {}", sent.code.chars().take(48).collect::<String>());
    let mut departments_wait = sent.department.is_some();
    let (act, capability) = match &sent.department {
        Some(department) => (Act::local("defineIndicator", department, subject), Capability::DefineLocalIndicators),
        None => {
            let act = Act::national("defineIndicator", subject);
            call.announce(act.clone());
            call.require_nation(Capability::DefineNationalIndicators)?;
            if adds_up_otherwise(call, &sent)? {
                // Nobody records meanwhile.
                call.lock_departments()?;
                departments_wait = true;
            }
            (act, Capability::DefineNationalIndicators)
        }
    };
    let mut write = call.begin(act, capability)?;
    let code: IndicatorCode = input::parse("code", &sent.code)?;
    let before = store::for_definition(write.db()?, &code)?;
    let indicator = read(sent, before.as_ref().map(|before| &before.indicator))?;
    let parts: Vec<IndicatorCode> = indicator.numerator.iter().chain(&indicator.denominator).cloned().collect();
    let parts = if parts.is_empty() {
        HashMap::new()
    } else {
        let local = indicator.department.clone().map_or_else(Scope::nowhere, Scope::department);
        store::by_codes(write.db()?, &IndicatorSight { published_only: false, local }, &parts)?
    };
    check_definition(&indicator, |code| parts.get(code).map(|found| &found.indicator))?;
    let mut changed = String::new();
    match before {
        Some(before) => {
            if before.indicator.aggregation != indicator.aggregation && !departments_wait {
                let text = format!("aggregation : {} vient d’être défini ; renvoyez la demande", indicator.code);
                let message = Message::new("WRITTEN_MEANWHILE", text).with("indicator", &indicator.code);
                return Err(Error::conflict(message));
            }
            let in_use = store::is_used(write.db()?, before.id)?
                || !store::ratios_of(write.db()?, &indicator.code)?.is_empty()
                || publications::tells(write.db()?, &indicator.code)?;
            check_redefinition(&before.indicator, &indicator, in_use)?;
            changed = changes(&before.indicator, &indicator);
            store::update(write.writer()?, before.id, &indicator)?;
        }
        None => {
            if let Some(department) = &indicator.department {
                room(&mut write, department)?;
            }
            store::insert(write.writer()?, &indicator)?;
        }
    }
    let counts = indicator.counts.map_or("nothing of its own", Counts::as_str);
    let published = if indicator.published { "published" } else { "not published" };
    write.done(format!("{}, counts {counts}, {published}{changed}", indicator.aggregation))?;
    let stored = store::for_definition(call.db()?, &indicator.code)?;
    stored.ok_or_else(|| Error::Internal(format!("indicator {} was not kept", indicator.code)))
}

/// Requires room for one more of a department's own, whose lock is held. None is ever removed, and whoever lists, records or checks there reads
/// all of them.
fn room(call: &mut Call, department: &DepartmentCode) -> Result<()> {
    let most = call.office().rules.max_local_indicators;
    let there = store::count_of_department(call.db()?, department)?;
    if usize::try_from(there).is_ok_and(|there| there < most) {
        return Ok(());
    }
    let text = format!(
        "{department} a déjà {there} indicateurs locaux, {most} au plus : en redéfinir un qui ne sert plus, sous le même code"
    );
    let message = Message::new("TOO_MANY", text).with("most", most).with("department", department);
    Err(Error::invalid("code", message))
}

/// Whether a definition changes how an indicator that exists adds up.
fn adds_up_otherwise(call: &mut Call, sent: &Definition) -> Result<bool> {
    let Ok(code) = IndicatorCode::parse(&sent.code) else { return Ok(false) };
    let before = store::for_definition(call.db()?, &code)?;
    Ok(before.is_some_and(|before| before.indicator.aggregation != sent.aggregation))
}

fn read(sent: Definition, before: Option<&Indicator>) -> Result<Indicator> {
    let part = |field: &str, code: Option<String>| code.map(|code| input::parse(field, &code)).transpose();
    // What is not said stays as it is stored.
    let mut recorded_by = sent.recorded_by.or_else(|| Some(before?.recorded_by.clone())).unwrap_or_default();
    recorded_by.sort_unstable();
    recorded_by.dedup();
    let unit = input::text("unit", &sent.unit, LONGEST_UNIT)?;
    let counts = sent.counts.or_else(|| Indicator::counts_unsaid(sent.aggregation, &unit, before));
    Ok(Indicator {
        code: input::parse("code", &sent.code)?,
        label: input::text("label", &sent.label, LONGEST_LABEL)?,
        unit,
        counts,
        has_counted_persons: counts.is_some_and(Counts::is_of_persons) || before.is_some_and(|before| before.has_counted_persons),
        definition: input::text("definition", &sent.definition, LONGEST_DEFINITION)?,
        aggregation: sent.aggregation,
        numerator: part("numerator", sent.numerator)?,
        denominator: part("denominator", sent.denominator)?,
        department: sent.department,
        recorded_by,
        published: sent.published.or_else(|| Some(before?.published)).unwrap_or(false),
    })
}

/// What a definition changes of the one before, for the audit: figures are read by it.
fn changes(before: &Indicator, after: &Indicator) -> String {
    let code = |code: &Option<IndicatorCode>| code.as_ref().map_or_else(String::new, ToString::to_string);
    let services = |of: &Indicator| of.recorded_by.iter().map(|service| service.as_str()).collect::<Vec<_>>().join(" ");
    let counts = |of: &Indicator| of.counts.map_or("", Counts::as_str).to_owned();
    let fields = [
        ("label", before.label.clone(), after.label.clone()),
        ("unit", before.unit.clone(), after.unit.clone()),
        ("counts", counts(before), counts(after)),
        ("aggregation", before.aggregation.to_string(), after.aggregation.to_string()),
        ("numerator", code(&before.numerator), code(&after.numerator)),
        ("denominator", code(&before.denominator), code(&after.denominator)),
        ("recordedBy", services(before), services(after)),
        ("published", before.published.to_string(), after.published.to_string()),
        ("definition", before.definition.clone(), after.definition.clone()),
    ];
    let differing = fields.into_iter().filter(|(_, before, after)| before != after);
    differing.map(|(field, before, after)| format!("; {field}: {before:?} -> {after:?}")).collect()
}
