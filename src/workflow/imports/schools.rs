//! Schools from a file into a department's directory. Those without a position are left out, and said to be.

use super::report::{Fault, LeftOut, Outcome, Places, Report, Subject, of_file};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::codes::DepartmentCode;
use crate::exchange::rows::RowFault;
use crate::exchange::schools::{self as exchange, SchoolMapping, SchoolRow, Unplaced};
use crate::geometry::geojson::FeatureLimits;
use crate::workflow::schools::{self, Location, Options, SchoolFault, SchoolInput, SchoolItemFault};
use crate::workflow::sectors::OnFault;
use crate::workflow::{Act, Call, Result, Rules};

/// Schools in a file, at most: more than any department has.
const MAX_SCHOOLS: usize = 10_000;

/// Schools into a directory: UAIs that it has are replaced, others added.
#[derive(Clone, Debug)]
pub struct SchoolImport {
    /// The department.
    pub department: DepartmentCode,
    /// Only says what would be done.
    pub dry_run: bool,
    /// Which property holds what.
    pub mapping: SchoolMapping,
}

/// A file of schools.
#[derive(Clone, Debug, Default)]
pub struct SchoolFile {
    inputs: Vec<SchoolInput>,
    places: Places,
    faults: Vec<Fault>,
    left_out: Vec<LeftOut>,
    read: usize,
}

impl Import for SchoolImport {
    type File = SchoolFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<SchoolFile> {
        deadline.check()?;
        let limits = FeatureLimits { max_features: MAX_SCHOOLS, ..FeatureLimits::DEFAULT };
        let mut file = SchoolFile::default();
        let read = match exchange::read(bytes, limits, &self.mapping) {
            Ok(read) => read,
            Err(fault) => {
                file.faults.push(of_file(fault));
                return Ok(file);
            }
        };
        file.read = read.features;
        if read.features == 0 {
            file.faults.push(of_file("the file has no feature"));
        }
        file.faults.extend(read.faults.into_iter().map(|fault| file.places.fault(fault)));
        for Unplaced { index, uai, name, department } in read.without_position {
            file.places.name(index, &name);
            if self.is_theirs(&department, index, uai.as_str(), &mut file) {
                let reason = "the school has no position".to_owned();
                file.left_out.push(LeftOut { index, code: uai.to_string(), name, reason });
            }
        }
        for row in read.rows {
            file.places.name(row.index, &row.name);
            if self.is_theirs(&row.department, row.index, row.uai.as_str(), &mut file) {
                file.take(row);
            }
        }
        progress(read.features, read.features);
        Ok(file)
    }

    fn write(&self, call: &mut Call, file: SchoolFile) -> Result<Report> {
        let SchoolFile { inputs, places, mut faults, left_out, read } = file;
        let target = format!("the directory of department {}", self.department);
        call.begin(Act::local("importSchools", &self.department, format!("{read} schools")))?;
        call.require(Capability::KeepSchools, &self.department)?;
        let mut report = Report::new(Subject::Schools, target, self.dry_run, read);
        report.left_out = left_out;
        if !inputs.is_empty() {
            let options = Options { on_fault: OnFault::Refuse, trial: self.dry_run || !faults.is_empty() };
            let came = schools::upsert(call, inputs, options)?;
            faults.extend(came.faults.into_iter().map(|fault| of_item(&places, fault)));
            if faults.is_empty() {
                report.outcome = Outcome::Imported;
                report.added = came.added;
                report.replaced = came.schools.len() - came.added;
            }
        }
        report.take(faults, false);
        Ok(report)
    }
}

impl SchoolImport {
    /// Whether a school is of the directory's department; it is a fault when not.
    fn is_theirs(&self, department: &DepartmentCode, index: usize, uai: &str, file: &mut SchoolFile) -> bool {
        if *department == self.department {
            return true;
        }
        let message = format!("a school of department {department}, not of {}", self.department);
        file.faults.push(file.places.fault(RowFault::new(index, uai, "department", message)));
        false
    }
}

impl SchoolFile {
    fn take(&mut self, row: SchoolRow) {
        self.places.list(row.index);
        self.inputs.push(SchoolInput {
            uai: row.uai.to_string(),
            name: row.name,
            kind: row.kind,
            department: row.department,
            location: Location::At(row.position),
        });
    }
}

fn of_item(places: &Places, SchoolItemFault { index, uai, fault }: SchoolItemFault) -> Fault {
    let index = places.feature(index);
    let field = fault.field();
    places.fault(match fault {
        SchoolFault::Location(fault) => RowFault::of_shape(index, &uai, field, &fault),
        SchoolFault::Twice { first } => {
            RowFault::new(index, &uai, field, format!("stands in the file already, as feature {}", places.feature(first)))
        }
        fault => RowFault::new(index, &uai, field, fault),
    })
}
