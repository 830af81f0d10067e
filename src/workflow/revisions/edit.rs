//! The texts of a draft: the diagnosis that the préfecture writes, and what each service contributes to it ('diagnostic partagé, précis et
//! actualisé', circular of 2010).

use chrono::NaiveDate;

use super::read::contributes_for;
use super::{Seen, bounded, draft_for_edit, seen, size, touch};
use crate::access::Capability;
use crate::domain::Message;
use crate::domain::french::Noun;
use crate::domain::keys::RevisionKey;
use crate::domain::vocabulary::ServiceKind;
use crate::store;
use crate::store::contributions::Contribution;
use crate::workflow::input::{DESCRIPTION, DOCUMENT, optional_text, text};
use crate::workflow::{Act, Call, Error, Result};

/// Writes the diagnosis, and (unless left out) why listed schools are not covered.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, INVALID for a text that is too long, CONFLICT for an old version or a revision that is no DRAFT.
pub fn update_diagnosis(
    call: &mut Call,
    key: &RevisionKey,
    version: i32,
    diagnosis: &str,
    uncovered_schools_reason: Option<&str>,
) -> Result<Seen> {
    let mut write =
        call.begin(Act::local("updateDiagnosis", &key.department, format!("revision {key}")), Capability::EditPlan)?;
    let scope = write.scope();
    draft_for_edit(&mut write, &scope, key, version)?;
    let diagnosis = optional_text("diagnosis", diagnosis, DOCUMENT)?;
    let reason =
        uncovered_schools_reason.map(|reason| optional_text("uncoveredSchoolsReason", reason, DESCRIPTION)).transpose()?;
    let before = size(&mut write, key)?;
    store::revisions::set_diagnosis(write.writer()?, &scope, key, &diagnosis, reason.as_deref())?;
    bounded(&mut write, key, before, diagnosis.len() + reason.map_or(0, |reason| reason.len()))?;
    let after = touch(&mut write, key)?;
    write.done(format!("version {}", after.revision.version))?;
    Ok(after)
}

/// Writes a service's part of the diagnosis, in the place of an earlier one. The version grows, but who contributes may still sign.
///
/// # Errors
/// FORBIDDEN, also for a service that none of the caller's grants stands for; NOT_FOUND; INVALID for an empty text or a day to come;
/// CONFLICT for an old version or a revision that is no DRAFT.
pub fn contribute(
    call: &mut Call,
    key: &RevisionKey,
    version: i32,
    service: ServiceKind,
    said: &str,
    dated_on: NaiveDate,
) -> Result<Seen> {
    let mut write = call.begin(
        Act::local("contributeToDiagnosis", &key.department, format!("revision {key}, {service}")),
        Capability::Contribute,
    )?;
    let scope = write.scope();
    if !contributes_for(&write, &key.department, service) {
        let text = format!("vos habilitations ne sont pas celles {}", Noun::of_service(service).of_the());
        return Err(Error::forbidden(Message::new("SERVICE_NOT_YOURS", text).with("service", service)));
    }
    draft_for_edit(&mut write, &scope, key, version)?;
    if dated_on > write.today() {
        return Err(Error::invalid("datedOn", Message::new("IN_FUTURE", "la date est à venir")));
    }
    let contribution =
        Contribution { service, text: text("text", said, DOCUMENT)?, dated_on, contributed_by: write.caller().name() };
    let before = size(&mut write, key)?;
    store::contributions::put(write.writer()?, &scope, key, &contribution)?;
    bounded(&mut write, key, before, contribution.text.len())?;
    store::revisions::grow(write.writer()?, &scope, key)?;
    let after = seen(&mut write, key)?;
    write.done(format!("version {}", after.revision.version))?;
    Ok(after)
}
