//! Imports: whole files into the plan, the directory, the outlines and the national lists. Each comes in two parts: a file is read and its
//! shapes are examined outside any transaction; then one write transaction checks it against what there is, writes, and is audited.
//! What a sector or a school must be is their own workflow's to say; here files meet it, and every fault is reported by feature. Measures come
//! by the million: their file is read twice, and never held ([`MeasureImport`]).

mod boundaries;
mod measures;
mod mend;
mod national_lists;
mod places;
mod report;
mod schools;
mod sectors;
mod told;

pub use boundaries::{BoundaryFile, BoundaryImport};
pub use measures::{MeasureImport, Stage, Survey};
pub use mend::Mend;
pub use national_lists::{ListFile, ListImport};
pub use report::{Beyond, LeftOut, Outcome, Report, Subject, Warning, settle};
pub use schools::{SchoolFile, SchoolImport};
pub use sectors::{SectorFile, SectorImport, Target};
pub use told::{Changed, Common, Fault, FieldChange, Notice};

use super::{Call, Kind, Result, Rules, Source};
use crate::domain::Deadline;

/// Told how many features of how many have been examined.
pub type Progress<'p> = &'p mut dyn FnMut(usize, usize);

/// An import: what is asked for, and how it goes about it.
pub trait Import {
    /// A file as read, outside any transaction. A copy of it is written, so that it may be written again where it was overtaken.
    type File: Clone;

    /// Reads a file and examines its shapes. Every fault is kept with the file, also those of the file as a whole: who may import at all
    /// is told before what is wrong with the file.
    ///
    /// # Errors
    /// UNAVAILABLE past the deadline.
    fn read(&self, rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<Self::File>;

    /// Asks for the rights that [`write`](Self::write) will need, before anybody sends or reads a file. Announces the act, so that a refusal
    /// is audited as one of it.
    ///
    /// # Errors
    /// FORBIDDEN, or NOT_FOUND outside the caller's territory.
    fn admit(&self, call: &mut Call) -> Result<()>;

    /// Checks a file against what there is and, unless it is refused or on trial, writes it, as one act that says which file it was. A refusal for the file's faults is a report,
    /// whose [`verdict`](Report::verdict) ends the operation.
    ///
    /// # Errors
    /// Those of the area's own workflow: FORBIDDEN, NOT_FOUND, CONFLICT, INVALID.
    fn write(&self, call: &mut Call, file: Self::File, source: &Source) -> Result<Report>;

    /// Whether it only says what would be done: then it reads, as a query does, and makes nobody wait.
    fn is_trial(&self) -> bool;

    /// The kind of operation in which the file is [written](Self::write).
    fn kind(&self) -> Kind {
        if self.is_trial() { Kind::Query } else { Kind::Mutation }
    }

    /// The largest file, in bytes.
    fn max_bytes(&self) -> usize {
        crate::geometry::geojson::FeatureLimits::DEFAULT.max_bytes
    }
}

/// How a file is taken, for the audit.
fn mode(asked: &[(bool, &'static str)]) -> String {
    let asked: Vec<&str> = asked.iter().filter(|(is_asked, _)| *is_asked).map(|(_, word)| *word).collect();
    if asked.is_empty() { "all or nothing".to_owned() } else { asked.join(", ") }
}
