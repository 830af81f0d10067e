//! Who edits what of a draft's mapping and objectives: the préfecture everything; police and gendarmerie sectors of their own authority and
//! objectives that their own services lead. Not for whether the revision may be edited at all, which is `revisions::draft_for_edit`.

use super::{Act, Call, Error, Result, Write};
use crate::access::{Capability, Scope};
use crate::domain::Message;
use crate::domain::codes::DepartmentCode;
use crate::domain::vocabulary::{Authority, ServiceKind};

/// What the caller may edit in a department's draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    department: DepartmentCode,
    everything: bool,
    services: Vec<ServiceKind>,
}

impl Editor {
    /// The caller as an editor: of everything, or of what `own` gives to its services.
    ///
    /// # Errors
    /// FORBIDDEN, or NOT_FOUND outside the caller's territory.
    pub fn of(call: &mut Call, department: &DepartmentCode, own: Capability) -> Result<Self> {
        let everything = call.access().scope_or_nowhere(Capability::EditPlan)?.holds(department);
        let services = if everything {
            Vec::new()
        } else {
            call.require(own, department)?;
            let grants = call.access().grants_for(own, department);
            grants.iter().flat_map(|grant| grant.role.services().iter().copied()).collect()
        };
        Ok(Self { department: department.clone(), everything, services })
    }

    /// Begins a write as an editor.
    ///
    /// # Errors
    /// As of [`of`](Self::of) and of [`Call::begin`].
    pub fn begin<'call>(
        call: &'call mut Call,
        act: Act,
        department: &DepartmentCode,
        own: Capability,
    ) -> Result<(Self, Write<'call>)> {
        call.announce(act.clone());
        call.require_signed_in()?;
        let editor = Self::of(call, department, own)?;
        let scope = editor.scope();
        Ok((editor, call.begin_within(act, scope)?))
    }

    /// The scope of what is edited.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::department(self.department.clone())
    }

    /// Whether sectors of an authority are the caller's to write.
    #[must_use]
    pub fn keeps_sectors_of(&self, authority: Authority) -> bool {
        self.everything || self.services.iter().any(|service| Authority::of_service(*service) == Some(authority))
    }

    /// Whether objectives that a service leads are the caller's to write.
    #[must_use]
    pub fn keeps_objectives_of(&self, lead: ServiceKind) -> bool {
        self.everything || self.services.contains(&lead)
    }

    /// The refusal of what only the préfecture may edit; remembered for the audit.
    pub fn refusal(&self, call: &mut Call, message: impl Into<Message>) -> Error {
        match call.require(Capability::EditPlan, &self.department) {
            Ok(_) | Err(Error::Forbidden(_)) => Error::forbidden(message),
            Err(other) => other,
        }
    }
}
