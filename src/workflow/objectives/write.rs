//! Writing the objectives of a draft: services append and edit those that they lead, the préfecture edits all, removes and ranks.

use std::collections::BTreeMap;

use super::ObjectiveInput;
use super::check::check;
use crate::access::Capability;
use crate::domain::codes::ObjectiveCode;
use crate::domain::keys::{ObjectiveKey, RevisionKey};
use crate::domain::ranks;
use crate::store::objectives::{self, links};
use crate::workflow::editing::Editor;
use crate::workflow::revisions::{self, Seen};
use crate::workflow::{Act, Call, Error, Result, input};

/// Writes an objective into a draft. A known code is replaced and keeps its rank; a new one is ranked last. Police and gendarmerie write the
/// objectives that their own services lead, and leave the lead with them.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID naming the field.
pub fn upsert(call: &mut Call, key: &RevisionKey, version: i32, input: &ObjectiveInput) -> Result<Seen> {
    call.begin(Act::local("upsertObjective", &key.department, format!("revision {key}")))?;
    let editor = Editor::of(call, &key.department, Capability::EditOwnObjectives)?;
    let scope = editor.scope();
    revisions::draft_for_edit(call, &scope, key, version)?;
    let existing = objectives::of_revisions(call.db()?, &scope, std::slice::from_ref(key))?;
    let before = existing.iter().find(|objective| objective.key.code.as_str() == input.code);
    let leads = before.map(|objective| objective.lead_service).into_iter().chain([input.lead_service]);
    if let Some(lead) = leads.into_iter().find(|lead| !editor.keeps_objectives_of(*lead)) {
        return Err(editor.refusal(call, format!("objectives that {lead} leads are not yours to write")));
    }
    let most = call.office().rules.max_items_per_revision;
    if before.is_none() && existing.len() >= most {
        return Err(Error::invalid("code", format!("a revision has at most {most} objectives")));
    }
    let (mut objective, named) = check(call, key, input)?;
    objective.rank = before.map_or_else(|| ranks::appended(existing.len()), |before| before.rank);
    objectives::upsert(call.db()?, &scope, &objective)?;
    links::replace(call.db()?, &scope, &objective.key, &named)?;
    let seen = revisions::touch(call, key)?;
    let what = if before.is_some() { "replaced" } else { "added" };
    call.done(format!("objective {} {what}", objective.key.code))?;
    Ok(seen)
}

/// Takes an objective out of a draft, and closes the gap in the ranks. The préfecture's.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT.
pub fn remove(call: &mut Call, key: &RevisionKey, version: i32, code: &str) -> Result<Seen> {
    call.begin(Act::local("removeObjective", &key.department, format!("revision {key}")))?;
    let scope = call.require(Capability::EditPlan, &key.department)?;
    revisions::draft_for_edit(call, &scope, key, version)?;
    let objective_key = ObjectiveKey { revision: key.clone(), code: input::parse("code", code)? };
    let objective = objectives::by_keys(call.db()?, &scope, std::slice::from_ref(&objective_key))?.pop();
    let objective = objective.ok_or_else(|| Error::not_found("objective"))?;
    objectives::delete(call.db()?, &scope, &objective_key)?;
    objectives::close_gap(call.db()?, &scope, key, objective.rank)?;
    let seen = revisions::touch(call, key)?;
    call.done(format!("objective {}", objective_key.code))?;
    Ok(seen)
}

/// Ranks all objectives of a draft, most urgent first, at once. The préfecture's.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID when the list is not exactly the objectives that there are.
pub fn rank(call: &mut Call, key: &RevisionKey, version: i32, codes: &[String]) -> Result<Seen> {
    call.begin(Act::local("rankObjectives", &key.department, format!("revision {key}")))?;
    let scope = call.require(Capability::EditPlan, &key.department)?;
    revisions::draft_for_edit(call, &scope, key, version)?;
    input::bounded("codes", codes, call.office().rules.max_items_per_revision)?;
    let wanted = codes
        .iter()
        .enumerate()
        .map(|(index, code)| input::parse::<ObjectiveCode>(&format!("codes[{index}]"), code))
        .collect::<Result<Vec<_>>>()?;
    let mut rows = objectives::of_revisions(call.db()?, &scope, std::slice::from_ref(key))?;
    let current: Vec<ObjectiveCode> = rows.iter().map(|row| row.key.code.clone()).collect();
    let order = ranks::reorder(&current, &wanted).map_err(|fault| Error::invalid("codes", fault))?;
    let order: BTreeMap<ObjectiveCode, i32> = order.into_iter().collect();
    for row in &mut rows {
        if let Some(rank) = order.get(&row.key.code) {
            row.rank = *rank;
        }
    }
    objectives::rank(call.db()?, &scope, &rows)?;
    let seen = revisions::touch(call, key)?;
    call.done(format!("{} objectives", rows.len()))?;
    Ok(seen)
}
