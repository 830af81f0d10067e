//! Who calls: nobody, a person with grants, or a machine with a token. Not for how they proved it.

use chrono::NaiveDate;

use crate::domain::codes::{DepartmentCode, ParquetCode, Username, ZoneCode};
use crate::domain::vocabulary::Role;

/// Where a grant holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Territory {
    /// Everywhere.
    Nation,
    /// One department.
    Department(DepartmentCode),
    /// The departments of a defence zone.
    Zone(ZoneCode),
    /// The departments that a parquet reaches into.
    Parquet(ParquetCode),
}

/// The kind of a territory, as the policy names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TerritoryKind {
    /// Everywhere.
    Nation,
    /// One department.
    Department,
    /// A defence zone.
    Zone,
    /// A parquet.
    Parquet,
}

impl Territory {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> TerritoryKind {
        match self {
            Self::Nation => TerritoryKind::Nation,
            Self::Department(_) => TerritoryKind::Department,
            Self::Zone(_) => TerritoryKind::Zone,
            Self::Parquet(_) => TerritoryKind::Parquet,
        }
    }
}

/// A role in a territory, in force today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where.
    pub territory: Territory,
    /// First day.
    pub since: NaiveDate,
    /// Last day, if any.
    pub until: Option<NaiveDate>,
}

/// A person or machine that proved who it is, with the grants in force today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// An account.
    User {
        /// Database id.
        id: i64,
        /// Unique name.
        username: Username,
        /// What people read.
        display_name: String,
        /// Grows when its password changes or it is disabled: tokens of before are over.
        version: i32,
        /// Grants in force today; none as long as the password has to be changed first.
        grants: Vec<Grant>,
        /// The session that the call is of; none on the command line.
        session: Option<i64>,
        /// Whether somebody else chose the password, so that it has to be changed first.
        must_change_password: bool,
    },
    /// A long-lived token of a machine.
    Machine {
        /// Database id of the token.
        id: i64,
        /// What the administrator called it.
        label: String,
        /// One grant over the nation.
        grants: Vec<Grant>,
    },
    /// Whoever runs the server's own command line: there is no account in an empty database. Administers access, and nothing else.
    Operator,
}

/// What the operator may: what an administrator may.
static OPERATOR: [Grant; 1] =
    [Grant { role: Role::Administrator, territory: Territory::Nation, since: NaiveDate::MIN, until: None }];

impl Identity {
    /// The grants in force today.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        match self {
            Self::User { grants, .. } | Self::Machine { grants, .. } => grants,
            Self::Operator => &OPERATOR,
        }
    }

    /// Whether publications are all that it reads: every grant is a dashboard's.
    #[must_use]
    pub fn is_dashboard(&self) -> bool {
        let grants = self.grants();
        !grants.is_empty() && grants.iter().all(|grant| grant.role == Role::Dashboard)
    }

    /// The name under which acts are attributed and audited.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::User { username, .. } => username.to_string(),
            Self::Machine { id, .. } => format!("token:{id}"),
            Self::Operator => "operator".to_owned(),
        }
    }
}

/// Who makes the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody signed in.
    Anonymous,
    /// Somebody.
    Known(Identity),
}

impl Caller {
    /// The identity, if somebody is signed in.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Anonymous => None,
            Self::Known(identity) => Some(identity),
        }
    }

    /// The name for the audit.
    #[must_use]
    pub fn name(&self) -> String {
        self.identity().map_or_else(|| "anonymous".to_owned(), Identity::name)
    }
}
