//! Writing an objective into a draft: services append and edit those that they lead, the préfecture edits all.

use super::ObjectiveInput;
use super::check::check;
use crate::access::Capability;
use crate::domain::Message;
use crate::domain::french::Noun;
use crate::domain::keys::RevisionKey;
use crate::domain::ranks;
use crate::domain::vocabulary::ServiceKind;
use crate::store::objectives::{self, links};
use crate::workflow::editing::Editor;
use crate::workflow::revisions::{self, Seen};
use crate::workflow::{Act, Call, Error, Result};

/// Writes an objective into a draft. A known code is replaced and keeps its rank; a new one is ranked last. Police and gendarmerie write the
/// objectives that their own services lead, and leave the lead with them.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID naming the field.
pub fn upsert(call: &mut Call, key: &RevisionKey, version: i32, input: &ObjectiveInput) -> Result<Seen> {
    let act = Act::local("upsertObjective", &key.department, format!("revision {key}"));
    let (editor, mut write) = Editor::begin(call, act, &key.department, Capability::EditOwnObjectives)?;
    let scope = editor.scope();
    if !editor.keeps_objectives_of(input.lead_service) {
        return Err(not_yours(&mut write, &editor, input.lead_service));
    }
    revisions::draft_for_edit(&mut write, &scope, key, version)?;
    let existing = objectives::of_revisions(write.db()?, &scope, std::slice::from_ref(key))?;
    let before = existing.iter().find(|objective| objective.key.code.as_str() == input.code);
    let led = before.map(|objective| objective.lead_service);
    if let Some(lead) = led.filter(|lead| !editor.keeps_objectives_of(*lead)) {
        return Err(not_yours(&mut write, &editor, lead));
    }
    let most = write.office().rules.max_items_per_revision;
    if before.is_none() && existing.len() >= most {
        return Err(Error::invalid(
            "code",
            Message::new("TOO_MANY", format!("une révision a au plus {most} objectifs")).with("most", most),
        ));
    }
    let (mut objective, named) = check(&mut write, key, input)?;
    objective.rank = before.map_or_else(|| ranks::appended(existing.len()), |before| before.rank);
    let bytes = revisions::size(&mut write, key)?;
    objectives::upsert(write.writer()?, &scope, &objective)?;
    links::replace(write.writer()?, &scope, &objective.key, &named)?;
    revisions::bounded(&mut write, key, bytes, objective.bytes())?;
    let seen = revisions::touch(&mut write, key)?;
    let what = if before.is_some() { "replaced" } else { "added" };
    write.done(format!("objective {} {what}", objective.key.code))?;
    Ok(seen)
}

fn not_yours(call: &mut Call, editor: &Editor, lead: ServiceKind) -> Error {
    let noun = Noun::of_service(lead);
    let text = format!("les objectifs que {} {} ne sont pas les vôtres", noun.verb("pilote", "pilotent"), noun.the());
    editor.refusal(call, Message::new("OBJECTIVE_NOT_YOURS", text).with("service", lead))
}
