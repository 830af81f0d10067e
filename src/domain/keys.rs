//! Natural keys: how revisions, sectors, objectives, meetings and measures are named in every room. Each carries its department first, the
//! key by which the tables can be distributed.

use super::codes::{DepartmentCode, ObjectiveCode, SectorCode};

/// A revision: its department and its number there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionKey {
    /// The department.
    pub department: DepartmentCode,
    /// 1, 2, 3 … in the order in which they were opened.
    pub number: i32,
}

/// A sector as it stands in a revision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectorKey {
    /// The revision.
    pub revision: RevisionKey,
    /// The sector's code, stable across revisions.
    pub code: SectorCode,
}

/// An objective as it stands in a revision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectiveKey {
    /// The revision.
    pub revision: RevisionKey,
    /// The objective's code, stable across revisions.
    pub code: ObjectiveCode,
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingKey {
    /// The department.
    pub department: DepartmentCode,
    /// Database id.
    pub id: i64,
}

/// A measure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureKey {
    /// The department.
    pub department: DepartmentCode,
    /// Database id.
    pub id: i64,
}

impl std::fmt::Display for RevisionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.department, self.number)
    }
}
