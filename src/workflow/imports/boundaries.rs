//! Outlines of departments from a file.

use std::collections::HashMap;

use super::report::{Fault, Outcome, Places, Report, Subject, of_file};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::codes::DepartmentCode;
use crate::exchange::boundaries as exchange;
use crate::exchange::rows::{Names, RowFault};
use crate::geometry::geojson::FeatureLimits;
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
    read: usize,
}

impl Import for BoundaryImport {
    type File = BoundaryFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], progress: Progress<'_>) -> BoundaryFile {
        let mut file = BoundaryFile::default();
        let (rows, faults) = match exchange::read(bytes, FeatureLimits::DEFAULT, &self.code) {
            Ok(read) => read,
            Err(fault) => {
                file.faults.push(of_file(fault));
                return file;
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
            file.outlines.push((row.department, row.shape));
        }
        progress(file.read, file.read);
        file
    }

    fn admit(&self, call: &mut Call) -> Result<()> {
        call.announce(Act::national("importBoundaries", "before the file"));
        call.require_nation(Capability::KeepTerritories)
    }

    fn write(&self, call: &mut Call, file: BoundaryFile) -> Result<Report> {
        let BoundaryFile { outlines, places, mut faults, read } = file;
        call.begin(Act::national("importBoundaries", format!("{read} outlines")))?;
        call.require_nation(Capability::KeepTerritories)?;
        let mut report = Report::new(Subject::Boundaries, "the outlines of departments".to_owned(), self.dry_run, read);
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
