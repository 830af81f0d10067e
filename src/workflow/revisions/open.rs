//! Opening the next revision: 'actualisé chaque semestre' (circular of 2010). It begins as a copy of the last one.

use super::{Seen, log, plan_to_write, seen};
use crate::access::{Capability, Scope};
use crate::domain::Message;
use crate::domain::codes::DepartmentCode;
use crate::domain::due::DueDates;
use crate::domain::keys::RevisionKey;
use crate::domain::semester::Semester;
use crate::domain::vocabulary::{RevisionStatus, RevisionStep};
use crate::store;
use crate::store::remarks::Remark;
use crate::store::revisions::{NewRevision, Plan, Revision};
use crate::workflow::{Act, Call, Error, Result, Rules, Write};

/// Opens a DRAFT for a semester. It copies the last revision that is kept, contributions and their dates included; when that one was
/// returned, the remarks that nobody has replied to come along, to be replied to on the copy. The due date is frozen now. What was returned
/// of an earlier semester may still be corrected, whatever has been opened since.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT while another revision is being worked on, INVALID for a semester before the last revision's of which
/// nothing was returned, or after the next one.
pub fn open(call: &mut Call, department: &DepartmentCode, semester: Semester) -> Result<Seen> {
    let mut write =
        call.begin(Act::local("openRevision", department, format!("plan {department}, {semester}")), Capability::EditPlan)?;
    let scope = write.scope();
    let plan = plan_to_write(&mut write, &scope, &RevisionKey { department: department.clone(), number: 0 })?;
    if let Some(pending) = plan.pending {
        let key = plan.key(pending);
        let message = Message::new("REVISION_PENDING", format!("la révision {key} est en cours ; il n’y en a qu’une à la fois"));
        return Err(Error::conflict(message.with("revision", key)));
    }
    let before = origin(&mut write, &scope, department, semester)?;
    // A semester of the far future, transmitted by mistake, would bar every nearer one.
    let next = Semester::of(write.today()).ok().and_then(Semester::next);
    if let Some(next) = next.filter(|next| semester > *next) {
        let text = format!("ne doit pas suivre {next}, le semestre prochain");
        return Err(Error::invalid("semester", Message::new("SEMESTER_TOO_FAR", text).with("latest", next)));
    }
    let key = plan.key(plan.last + 1);
    let opened_by = write.caller().name();
    let new = NewRevision {
        key: &key,
        semester,
        diagnosis: before.as_ref().map_or("", |before| before.diagnosis.as_str()),
        uncovered_schools_reason: before.as_ref().map_or("", |before| before.uncovered_schools_reason.as_str()),
        due_on: due_dates(&write.office().rules)?.due_on(semester),
        opened_at: write.now(),
        opened_by: &opened_by,
        copied_from: before.as_ref().map(|before| before.key.number),
    };
    store::revisions::insert(write.writer()?, &scope, &new)?;
    if let Some(before) = &before {
        copy(&mut write, &scope, before, &key)?;
    }
    store::revisions::set_plan(write.writer()?, &scope, &Plan { pending: Some(key.number), last: key.number, ..plan })?;
    log(&mut write, &scope, &key, RevisionStep::Edit)?;
    let opened = seen(&mut write, &key)?;
    let origin = before.map_or_else(|| "empty".to_owned(), |before| format!("copy of {}", before.key));
    write.done(format!("revision {key}, {origin}"))?;
    Ok(opened)
}

/// The revision that a new one of a semester is a copy of: the last of the latest semester. An earlier semester is open to a correction of
/// what was returned of it, and that is then what is copied.
fn origin(call: &mut Call, scope: &Scope, department: &DepartmentCode, semester: Semester) -> Result<Option<Revision>> {
    let last = store::revisions::latest(call.db()?, scope, department, None)?;
    let Some(later) = last.as_ref().map(|last| last.semester).filter(|later| semester < *later) else { return Ok(last) };
    let returned = store::revisions::latest(call.db()?, scope, department, Some(semester))?;
    match returned.filter(|own| own.status == RevisionStatus::Returned) {
        Some(own) => Ok(Some(own)),
        None => {
            let text = format!(
                "ne doit pas précéder {later}, celui de la dernière révision, sauf si sa propre révision a été retournée"
            );
            Err(Error::invalid("semester", Message::new("SEMESTER_BEFORE_LAST", text).with("last", later)))
        }
    }
}

fn copy(write: &mut Write<'_>, scope: &Scope, before: &Revision, to: &RevisionKey) -> Result<()> {
    store::content::copy(write.writer()?, scope, &before.key, to.number)?;
    store::contributions::copy(write.writer()?, scope, &before.key, to.number)?;
    if before.status != RevisionStatus::Returned {
        return Ok(());
    }
    let listed = store::remarks::of_revisions(write.db()?, scope, std::slice::from_ref(&before.key))?;
    let open: Vec<Remark> = (0..)
        .zip(listed.into_iter().map(|(_, remark)| remark).filter(|remark| remark.reply.is_none()))
        .map(|(position, remark)| Remark { position, ..remark })
        .collect();
    Ok(store::remarks::add(write.writer()?, scope, to, &open)?)
}

/// The due dates under the configured exceptions.
pub(in crate::workflow) fn due_dates(rules: &Rules) -> Result<DueDates> {
    let exceptions = rules
        .due_dates
        .iter()
        .map(|(semester, day)| Ok((semester.parse()?, *day)))
        .collect::<Result<Vec<(Semester, _)>, crate::domain::PeriodFault>>()
        .map_err(|fault| Error::Internal(format!("due_dates: {fault}")))?;
    Ok(DueDates::with(exceptions))
}
