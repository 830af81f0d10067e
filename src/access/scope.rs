//! A scope: the departments that a capability reaches. The store puts it into its WHERE clauses.

use std::collections::BTreeSet;

use crate::domain::codes::DepartmentCode;

/// The nation, or some departments (perhaps none).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Nation,
    /// These departments only.
    Departments(BTreeSet<DepartmentCode>),
}

impl Scope {
    /// No department at all.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::Departments(BTreeSet::new())
    }

    /// One department.
    #[must_use]
    pub fn department(code: DepartmentCode) -> Self {
        Self::Departments(BTreeSet::from([code]))
    }

    /// Some departments.
    #[must_use]
    pub fn departments(codes: impl IntoIterator<Item = DepartmentCode>) -> Self {
        Self::Departments(codes.into_iter().collect())
    }

    /// Whether it reaches nothing.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        matches!(self, Self::Departments(codes) if codes.is_empty())
    }

    /// Whether it reaches the department.
    #[must_use]
    pub fn holds(&self, code: &DepartmentCode) -> bool {
        match self {
            Self::Nation => true,
            Self::Departments(codes) => codes.contains(code),
        }
    }

    /// Whether it reaches all of the other scope.
    #[must_use]
    pub fn holds_all<'a>(&self, codes: impl IntoIterator<Item = &'a DepartmentCode>) -> bool {
        codes.into_iter().all(|code| self.holds(code))
    }

    /// Both together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Departments(mut one), Self::Departments(two)) => {
                one.extend(two);
                Self::Departments(one)
            }
            (Self::Nation, _) | (_, Self::Nation) => Self::Nation,
        }
    }

    /// What both reach.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Nation, other) => other.clone(),
            (one, Self::Nation) => one,
            (Self::Departments(one), Self::Departments(two)) => Self::Departments(one.intersection(two).cloned().collect()),
        }
    }

    /// The codes to put into `department_code IN (…)`; `None` for the nation, where no filter is needed.
    #[must_use]
    pub fn codes(&self) -> Option<Vec<String>> {
        match self {
            Self::Nation => None,
            Self::Departments(codes) => Some(codes.iter().map(ToString::to_string).collect()),
        }
    }
}
