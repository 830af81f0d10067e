//! The policy: the table of `config/access.toml`, read once at start. Refuses to start on a role, territory or capability that it does not know.

use std::collections::{BTreeMap, BTreeSet};

use super::{Capability, TerritoryKind};
use crate::domain::vocabulary::Role;

/// Role x kind of territory -> capabilities. Anything absent is refused.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: BTreeMap<(Role, TerritoryKind), BTreeSet<Capability>>,
}

/// What is wrong with the policy file.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFault {
    /// Not TOML of the right shape.
    #[error("access policy: {0}")]
    Malformed(#[from] toml::de::Error),
    /// A role that does not exist.
    #[error("access policy: unknown role {0}")]
    UnknownRole(String),
    /// A capability that does not exist.
    #[error("access policy, {role}: {fault}")]
    UnknownCapability {
        /// The rule's role.
        role: String,
        /// The name that is not one.
        fault: super::capability::UnknownCapability,
    },
    /// Two rules for the same role and territory.
    #[error("access policy: two rules for {0}")]
    Twice(String),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<RuleEntry>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    role: String,
    territory: TerritoryKind,
    may: Vec<String>,
}

impl Policy {
    /// The policy that comes with the program.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse); a test shows that there is none.
    pub fn embedded() -> Result<Self, PolicyFault> {
        Self::parse(include_str!("../../config/access.toml"))
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// Each [`PolicyFault`].
    pub fn parse(text: &str) -> Result<Self, PolicyFault> {
        let file: File = toml::from_str(text)?;
        let mut rules = BTreeMap::new();
        for entry in file.rule {
            let role: Role = entry.role.parse().map_err(|_| PolicyFault::UnknownRole(entry.role.clone()))?;
            let may = entry
                .may
                .iter()
                .map(|name| name.parse())
                .collect::<Result<BTreeSet<Capability>, _>>()
                .map_err(|fault| PolicyFault::UnknownCapability { role: entry.role.clone(), fault })?;
            if rules.insert((role, entry.territory), may).is_some() {
                return Err(PolicyFault::Twice(entry.role));
            }
        }
        Ok(Self { rules })
    }

    /// Whether the role has the capability over that kind of territory.
    #[must_use]
    pub fn gives(&self, role: Role, territory: TerritoryKind, capability: Capability) -> bool {
        self.rules.get(&(role, territory)).is_some_and(|may| may.contains(&capability))
    }

    /// Whether a grant of the role over that kind of territory has a meaning at all.
    #[must_use]
    pub fn knows(&self, role: Role, territory: TerritoryKind) -> bool {
        self.rules.contains_key(&(role, territory))
    }

    /// Whether the role sees anything of departments there; accounts and publications are no department's.
    #[must_use]
    pub fn reads_departments(&self, role: Role, territory: TerritoryKind) -> bool {
        self.rules.get(&(role, territory)).is_some_and(|may| {
            may.iter().any(|capability| !matches!(capability, Capability::AdministerAccess | Capability::ReadAccessAudit))
        })
    }
}
