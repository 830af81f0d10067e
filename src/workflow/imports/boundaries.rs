//! Outlines of departments from a file.

use std::collections::HashMap;

use super::report::{Fault, Outcome, Places, Report, Subject, Warning, left_aside, of_file};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::codes::DepartmentCode;
use crate::exchange::boundaries as exchange;
use crate::exchange::rows::{Names, RowFault};
use crate::geometry::geojson::FeatureLimits;
use crate::geometry::sector;
use crate::workflow::boundaries;
use crate::workflow::{Act, Call, Result, Rules};

/// Outlines: those of departments that the file names are replaced, others stay.
#[derive(Clone, Debug)]
pub struct BoundaryImport {
    /// Only says what would be done.
    pub dry_run: bool,
    /// The property with the department's code.
    pub code: Names,
}

impl BoundaryImport {
    /// The property with the department's code: the user's, or the usual ones.
    #[must_use]
    pub fn code_property(given: Option<String>) -> Names {
        Names::given_or(given, &["code", "code_insee", "INSEE_DEP", "code_departement"])
    }
}

/// A file of outlines.
#[derive(Clone, Debug, Default)]
pub struct BoundaryFile {
    outlines: Vec<(DepartmentCode, geo::Geometry<f64>)>,
    places: Places,
    faults: Vec<Fault>,
    warnings: Vec<Warning>,
    read: usize,
}

impl Import for BoundaryImport {
    type File = BoundaryFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<BoundaryFile> {
        deadline.check()?;
        let mut file = BoundaryFile::default();
        let (rows, faults) = match exchange::read(bytes, FeatureLimits::DEFAULT, &self.code) {
            Ok(read) => read,
            Err(fault) => {
                file.faults.push(of_file(fault));
                return Ok(file);
            }
        };
        file.read = rows.len() + faults.len();
        if file.read == 0 {
            file.faults.push(of_file("the file has no feature"));
        }
        file.faults.extend(faults.into_iter().map(|fault| file.places.fault(fault)));
        let mut first_at = HashMap::new();
        for row in rows {
            if let Some(first) = first_at.insert(row.department.clone(), row.index) {
                let message = format!("stands in the file already, as feature {first}");
                file.faults.push(file.places.fault(RowFault::new(row.index, row.department.as_str(), "code", message)));
                continue;
            }
            file.places.list(row.index);
            let (shape, aside) = sector::polygons_of_collection(row.shape);
            file.warnings.extend(left_aside(row.department.as_str(), &aside));
            file.outlines.push((row.department, shape));
        }
        progress(file.read, file.read);
        Ok(file)
    }

    fn write(&self, call: &mut Call, file: BoundaryFile) -> Result<Report> {
        let BoundaryFile { outlines, places, mut faults, warnings, read } = file;
        // The lock is taken once the shapes are examined.
        call.announce(Act::national("importBoundaries", format!("{read} outlines")));
        call.require_nation(Capability::KeepTerritories)?;
        let mut report = Report::new(Subject::Boundaries, "the outlines of departments".to_owned(), self.dry_run, read);
        report.warnings = warnings;
        if !outlines.is_empty() {
            let trial = self.dry_run || !faults.is_empty();
            let came = boundaries::set(call, outlines, false, trial)?;
            faults.extend(came.faults.into_iter().map(|boundaries::BoundaryFault { index, department, fault }| {
                places.fault(RowFault::of_shape(places.feature(index), department.as_str(), "geometry", &fault))
            }));
            if faults.is_empty() {
                report.outcome = Outcome::Imported;
                report.replaced = came.written.len();
            }
        }
        report.take(faults, false);
        Ok(report)
    }
}
