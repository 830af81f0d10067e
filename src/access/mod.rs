//! Access: who may do what, and where.
//!
//! Turns a [`Caller`] and a [`Capability`] into a [`Scope`] that the store puts into its WHERE clauses, or into a [`Refusal`]. The policy is
//! one table, `config/access.toml`. No I/O: grants are handed in, territories are looked up in memory.

pub mod caller;
pub mod capability;
pub mod policy;
pub mod scope;
pub mod sight;

pub use caller::{Caller, Grant, Identity, Territory, TerritoryKind};
pub use capability::Capability;
pub use policy::{Policy, PolicyFault};
pub use scope::Scope;
pub use sight::PlanSight;

use crate::domain::codes::DepartmentCode;
use crate::domain::territory::Territories;

/// Why a caller may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in.
    #[error("identifiez-vous d’abord")]
    Unauthenticated,
    /// No grant gives the capability anywhere.
    #[error("le droit {0} n’est pas le vôtre")]
    Forbidden(Capability),
    /// The account has no grant in force as long as the password that somebody else chose is not changed.
    #[error("changez d’abord votre mot de passe")]
    PasswordFirst(Capability),
    /// The capability reaches elsewhere, and nothing shows that this department exists for the caller.
    #[error("ce département n’est pas de ceux que vous voyez")]
    OutOfScope,
}

/// What one operation may do: the caller under the policy, over the territories of today.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    caller: &'a Caller,
    policy: &'a Policy,
    territories: &'a Territories,
}

impl<'a> Access<'a> {
    /// Binds a caller to the policy.
    #[must_use]
    pub fn new(caller: &'a Caller, policy: &'a Policy, territories: &'a Territories) -> Self {
        Self { caller, policy, territories }
    }

    /// Where the caller has the capability.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`], or [`Refusal::Forbidden`] when it is given nowhere.
    pub fn scope(&self, capability: Capability) -> Result<Scope, Refusal> {
        let identity = self.caller.identity().ok_or(Refusal::Unauthenticated)?;
        let mut scope = Scope::nowhere();
        for grant in identity.grants() {
            if self.policy.gives(grant.role, grant.territory.kind(), capability) {
                scope = scope.or(self.reach(&grant.territory));
            }
        }
        if scope.is_nowhere() { Err(self.refusal(capability)) } else { Ok(scope) }
    }

    /// Why a capability is refused that the caller has nowhere, or not there.
    #[must_use]
    pub fn refusal(&self, capability: Capability) -> Refusal {
        match self.caller.identity() {
            // Its grants are not in force yet: that it lacks one would be said of the wrong thing.
            Some(Identity::User { must_change_password: true, .. }) => Refusal::PasswordFirst(capability),
            Some(Identity::User { .. } | Identity::Machine { .. } | Identity::Operator) => Refusal::Forbidden(capability),
            None => Refusal::Unauthenticated,
        }
    }

    /// As [`scope`](Self::scope), but nowhere rather than refused: for queries that add up what several capabilities show.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`].
    pub fn scope_or_nowhere(&self, capability: Capability) -> Result<Scope, Refusal> {
        match self.scope(capability) {
            Err(Refusal::Forbidden(_) | Refusal::PasswordFirst(_)) => Ok(Scope::nowhere()),
            other => other,
        }
    }

    /// Requires the capability in one department. A department in the territory of the caller's grants answers
    /// FORBIDDEN; one outside of it does not exist. To who has no grant nothing is outside: he is refused, as
    /// everywhere, and not shown a nation without data.
    ///
    /// # Errors
    /// Each [`Refusal`].
    pub fn require(&self, capability: Capability, department: &DepartmentCode) -> Result<Scope, Refusal> {
        if self.scope_or_nowhere(capability)?.holds(department) {
            return Ok(Scope::department(department.clone()));
        }
        let has_grants = self.caller.identity().is_some_and(|identity| !identity.grants().is_empty());
        let is_told = !has_grants || self.reaches(department)?;
        Err(if is_told { self.refusal(capability) } else { Refusal::OutOfScope })
    }

    /// Requires the capability over the nation.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] or [`Refusal::Forbidden`].
    pub fn require_nation(&self, capability: Capability) -> Result<(), Refusal> {
        match self.scope(capability)? {
            Scope::Nation => Ok(()),
            Scope::Departments(_) => Err(self.refusal(capability)),
        }
    }

    /// Whether the department is in the territory of any grant of the caller, whatever that grant gives.
    fn reaches(&self, department: &DepartmentCode) -> Result<bool, Refusal> {
        let identity = self.caller.identity().ok_or(Refusal::Unauthenticated)?;
        Ok(identity.grants().iter().any(|grant| self.reach(&grant.territory).holds(department)))
    }

    /// Everywhere that anything of departments may be read by any grant. What a caller reads lies here, or is the nation's.
    #[must_use]
    pub fn sphere(&self) -> Scope {
        let grants = self.caller.identity().map(Identity::grants).unwrap_or_default();
        let reading = grants.iter().filter(|grant| self.policy.reads_departments(grant.role, grant.territory.kind()));
        reading.fold(Scope::nowhere(), |sphere, grant| sphere.or(self.reach(&grant.territory)))
    }

    /// The caller's grants that give the capability in the department: their roles say for which services, their parquets for whom.
    #[must_use]
    pub fn grants_for(&self, capability: Capability, department: &DepartmentCode) -> Vec<&'a Grant> {
        let Some(identity) = self.caller.identity() else { return Vec::new() };
        identity
            .grants()
            .iter()
            .filter(|grant| {
                self.policy.gives(grant.role, grant.territory.kind(), capability)
                    && self.reach(&grant.territory).holds(department)
            })
            .collect()
    }

    /// Every capability that the caller has somewhere, sorted.
    #[must_use]
    pub fn capabilities(&self) -> Vec<Capability> {
        Capability::ALL.iter().copied().filter(|capability| self.scope(*capability).is_ok()).collect()
    }

    fn reach(&self, territory: &Territory) -> Scope {
        match territory {
            Territory::Nation => Scope::Nation,
            Territory::Department(code) => Scope::department(code.clone()),
            Territory::Zone(code) => Scope::departments(self.territories.departments_of_zone(code)),
            Territory::Parquet(code) => Scope::departments(self.territories.departments_of_parquet(code)),
        }
    }
}
