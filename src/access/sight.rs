//! What of a plan a caller sees, department by department: everything, what was transmitted, what is in force, or the school sheet of the
//! education service. The store turns it into WHERE clauses; drafts are seen inside the department only.

use super::{Access, Capability, Refusal, Scope};
use crate::domain::codes::DepartmentCode;
use crate::domain::vocabulary::RevisionStatus;

/// The scopes of plan reading, side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSight {
    /// Everything, drafts included.
    pub everything: Scope,
    /// Revisions once transmitted (TRANSMITTED, ACKNOWLEDGED, RETURNED), whether in force or not.
    pub transmitted: Scope,
    /// The revision in force only.
    pub in_force: Scope,
    /// The education service: head of the pending and current revisions, and what concerns listed schools.
    pub school_sheet: Scope,
}

impl PlanSight {
    /// The caller's.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`]; that of [`Access::refusal`] for a caller who reads no plan at all.
    pub fn of(access: &Access<'_>) -> Result<Self, Refusal> {
        let sight = Self {
            everything: access.scope_or_nowhere(Capability::ReadPlan)?,
            transmitted: access.scope_or_nowhere(Capability::ReadTransmittedPlans)?,
            in_force: access.scope_or_nowhere(Capability::ReadPlansInForce)?,
            school_sheet: access.scope_or_nowhere(Capability::ReadSchoolSheet)?,
        };
        if sight.anything().is_nowhere() { Err(access.refusal(Capability::ReadPlansInForce)) } else { Ok(sight) }
    }

    /// Where the content of the plan in force may be read whole: the school sheet aside.
    #[must_use]
    pub fn plans_in_force(&self) -> Scope {
        self.everything.clone().or(self.transmitted.clone()).or(self.in_force.clone())
    }

    /// Where anything of a plan is seen.
    #[must_use]
    pub fn anything(&self) -> Scope {
        self.plans_in_force().or(self.school_sheet.clone())
    }

    /// Whether a revision of that status is in sight by it alone: not, where which one is in force or pending has to be known too.
    #[must_use]
    pub fn shows(&self, department: &DepartmentCode, status: RevisionStatus) -> bool {
        self.everything.holds(department) || (self.transmitted.holds(department) && status.was_transmitted())
    }

    /// Whether a revision that is in sight is read whole: by one grant that shows all of this very revision. A grant that shows its head, beside
    /// one that reads plans in force, does not make a draft readable that neither shows.
    ///
    /// A revision in sight that is in force by its status is shown as such wherever it is not shown by its status: see [`shows`](Self::shows).
    #[must_use]
    pub fn shows_whole(&self, department: &DepartmentCode, status: RevisionStatus) -> bool {
        self.shows(department, status) || (self.in_force.holds(department) && status.is_in_force())
    }

    /// Whether the grants show some revisions of the department whole, and of others the head only: what of a revision is read has to be
    /// decided by its status there.
    #[must_use]
    pub fn is_mixed(&self, department: &DepartmentCode) -> bool {
        self.school_sheet.holds(department) && !self.everything.holds(department) && self.plans_in_force().holds(department)
    }

    /// Whether drafts of the department are seen whole.
    #[must_use]
    pub fn sees_drafts(&self, department: &DepartmentCode) -> bool {
        self.everything.holds(department)
    }
}
