//! What can be wrong with one sector of a list, typed, so that an import reports every fault by feature, code and place.

use crate::domain::codes::{CodeFault, CommuneCode, DepartmentCode, ParquetCode};
use crate::geometry::{GeometryFault, LonLat};
use crate::workflow::Error;

/// What is wrong with one field of a sector.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SectorFault {
    /// The code has not the form of one.
    #[error(transparent)]
    Code(CodeFault),
    /// The same code stands earlier in the list.
    #[error("stands in the list already, at place {first}")]
    Twice {
        /// The earlier place.
        first: usize,
    },
    /// The name is empty, too long or holds a NUL.
    #[error("{0}")]
    Name(String),
    /// The description is too long or holds a NUL.
    #[error("{0}")]
    Description(String),
    /// The code of the priority neighbourhood is too long or holds a NUL.
    #[error("{0}")]
    PriorityNeighbourhood(String),
    /// The parquet's code has not the form of one.
    #[error(transparent)]
    ParquetForm(CodeFault),
    /// The parquet does not reach into the department.
    #[error("no parquet {parquet} reaches into department {department}")]
    Parquet {
        /// The parquet named.
        parquet: ParquetCode,
        /// The department.
        department: DepartmentCode,
    },
    /// A commune's code has not the form of one.
    #[error(transparent)]
    Commune(CodeFault),
    /// A commune of another department.
    #[error("commune {commune} does not lie in department {department}")]
    CommuneElsewhere {
        /// The commune named.
        commune: CommuneCode,
        /// The department.
        department: DepartmentCode,
    },
    /// More communes than a sector can lie in.
    #[error("must have at most {most} items")]
    TooManyCommunes {
        /// The bound.
        most: usize,
    },
    /// Not from 1 to 5.
    #[error("must be from 1 (least affected) to 5, not {0}")]
    Severity(i32),
    /// No shape, and the revision has none under this code.
    #[error("is needed for a sector that the revision does not have yet")]
    NoGeometry,
    /// The shape is not valid, or lies elsewhere.
    #[error(transparent)]
    Geometry(GeometryFault),
}

impl SectorFault {
    /// The field of the input that is at fault.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Code(_) | Self::Twice { .. } => "code",
            Self::Name(_) => "name",
            Self::Description(_) => "description",
            Self::PriorityNeighbourhood(_) => "priorityNeighbourhoodCode",
            Self::ParquetForm(_) | Self::Parquet { .. } => "parquetCode",
            Self::Commune(_) | Self::CommuneElsewhere { .. } | Self::TooManyCommunes { .. } => "communeCodes",
            Self::Severity(_) => "severity",
            Self::NoGeometry | Self::Geometry(_) => "geometry",
        }
    }
}

/// A fault of one item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemFault {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Its code as sent, cut short.
    pub code: String,
    /// What is wrong.
    pub fault: SectorFault,
}

impl ItemFault {
    pub(super) fn new(index: usize, code: &str, fault: SectorFault) -> Self {
        Self { index, code: code.chars().take(48).collect(), fault }
    }

    /// Longitude and latitude of the fault, where it has a place.
    #[must_use]
    pub fn place(&self) -> Option<LonLat> {
        match &self.fault {
            SectorFault::Geometry(fault) => fault.place,
            SectorFault::Code(_)
            | SectorFault::Twice { .. }
            | SectorFault::Name(_)
            | SectorFault::Description(_)
            | SectorFault::PriorityNeighbourhood(_)
            | SectorFault::ParquetForm(_)
            | SectorFault::Parquet { .. }
            | SectorFault::Commune(_)
            | SectorFault::CommuneElsewhere { .. }
            | SectorFault::TooManyCommunes { .. }
            | SectorFault::Severity(_)
            | SectorFault::NoGeometry => None,
        }
    }

    /// The field as a path: `sectors[3].geometry`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("sectors[{}].{}", self.index, self.fault.field())
    }
}

/// The message of a list's refusal: the first fault, and where the others are.
pub(in crate::workflow) fn refusal(faults: impl IntoIterator<Item = (String, String, String)>) -> Option<Error> {
    const SHOWN: usize = 20;
    let mut faults = faults.into_iter();
    let (field, code, message) = faults.next()?;
    let others: Vec<String> = faults.map(|(field, code, message)| format!("{field} ({code}): {message}")).collect();
    let mut text = format!("({code}) {message}");
    for other in others.iter().take(SHOWN) {
        text.push_str("; ");
        text.push_str(other);
    }
    if let Some(more) = others.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("; and {more} more faults"));
    }
    Some(Error::Invalid { field, message: text.into() })
}
