//! What can be wrong with one sector of a list, typed, so that an import reports every fault by feature, code and place.

use crate::domain::codes::{CodeFault, CommuneCode, DepartmentCode, ParquetCode};
use crate::domain::{Explained, Message};
use crate::geometry::{GeometryFault, LonLat};
use crate::workflow::Error;

/// What is wrong with one field of a sector.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SectorFault {
    /// The code has not the form of one.
    #[error(transparent)]
    Code(CodeFault),
    /// The same code stands earlier in the list.
    #[error("figure déjà dans la liste, à la place {first}")]
    Twice {
        /// The earlier place.
        first: usize,
    },
    /// The name is empty, too long or holds a NUL.
    #[error("{}", .0.text)]
    Name(Message),
    /// The description is too long or holds a NUL.
    #[error("{}", .0.text)]
    Description(Message),
    /// The code of the priority neighbourhood is too long or holds a NUL.
    #[error("{}", .0.text)]
    PriorityNeighbourhood(Message),
    /// The parquet's code has not the form of one.
    #[error(transparent)]
    ParquetForm(CodeFault),
    /// The parquet does not reach into the department.
    #[error("le parquet {parquet} n’a pas de ressort dans le département {department}")]
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
    #[error("la commune {commune} n’est pas du département {department}")]
    CommuneElsewhere {
        /// The commune named.
        commune: CommuneCode,
        /// The department.
        department: DepartmentCode,
    },
    /// More communes than a sector can lie in.
    #[error("doit avoir au plus {most} éléments")]
    TooManyCommunes {
        /// The bound.
        most: usize,
    },
    /// Not from 1 to 5.
    #[error("doit aller de 1 (le moins touché) à 5, et non être {0}")]
    Severity(i32),
    /// No shape, and the revision has none under this code.
    #[error("est nécessaire pour un secteur que la révision n’a pas encore")]
    NoGeometry,
    /// The shape is not valid, or lies elsewhere.
    #[error(transparent)]
    Geometry(GeometryFault),
}

impl Explained for SectorFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::Code(fault) | Self::ParquetForm(fault) | Self::Commune(fault) => fault.reason(),
            Self::Twice { .. } => "TWICE",
            Self::Name(message) | Self::Description(message) | Self::PriorityNeighbourhood(message) => message.reason,
            Self::Parquet { .. } => "PARQUET_ELSEWHERE",
            Self::CommuneElsewhere { .. } => "COMMUNE_ELSEWHERE",
            Self::TooManyCommunes { .. } => "TOO_MANY",
            Self::Severity(_) => "SEVERITY",
            Self::NoGeometry => "NO_GEOMETRY",
            Self::Geometry(fault) => fault.reason(),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Code(fault) | Self::ParquetForm(fault) | Self::Commune(fault) => fault.parameters(),
            Self::Twice { first } => vec![("first", first.to_string())],
            Self::Name(message) | Self::Description(message) | Self::PriorityNeighbourhood(message) => message.parameters.clone(),
            Self::Parquet { parquet, department } => {
                vec![("parquet", parquet.to_string()), ("department", department.to_string())]
            }
            Self::CommuneElsewhere { commune, department } => {
                vec![("commune", commune.to_string()), ("department", department.to_string())]
            }
            Self::TooManyCommunes { most } => vec![("most", most.to_string())],
            Self::Severity(severity) => vec![("severity", severity.to_string())],
            Self::NoGeometry => Vec::new(),
            Self::Geometry(fault) => fault.parameters(),
        }
    }
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
pub(in crate::workflow) fn refusal(faults: impl IntoIterator<Item = (String, String, Message)>) -> Option<Error> {
    const SHOWN: usize = 20;
    let mut faults = faults.into_iter();
    let (field, code, message) = faults.next()?;
    let others: Vec<String> = faults.map(|(field, code, message)| format!("{field} ({code}) : {}", message.text)).collect();
    let mut text = format!("({code}) {}", message.text);
    for other in others.iter().take(SHOWN) {
        text.push_str(" ; ");
        text.push_str(other);
    }
    if let Some(more) = others.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!(" ; et {more} autres défauts"));
    }
    Some(Error::Invalid { field, message: Message { text, ..message } })
}
