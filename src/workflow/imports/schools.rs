//! Schools from a file into a department's directory. Those without a position are left out, and said to be.

use super::report::{Fault, LeftOut, Outcome, Places, Report, Subject, of_file};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::codes::DepartmentCode;
use crate::exchange::rows::RowFault;
use crate::exchange::schools::{self as exchange, SchoolMapping, SchoolRow};
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
    without_position: Vec<RowFault>,
    read: usize,
}

impl Import for SchoolImport {
    type File = SchoolFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], progress: Progress<'_>) -> SchoolFile {
        let limits = FeatureLimits { max_features: MAX_SCHOOLS, ..FeatureLimits::DEFAULT };
        let mut file = SchoolFile::default();
        let read = match exchange::read(bytes, limits, &self.mapping) {
            Ok(read) => read,
            Err(fault) => {
                file.faults.push(of_file(fault));
                return file;
            }
        };
        file.read = read.features;
        if read.features == 0 {
            file.faults.push(of_file("the file has no feature"));
        }
        file.faults.extend(read.faults.into_iter().map(|fault| file.places.fault(fault)));
        file.without_position = read.without_position;
        for row in read.rows {
            file.take(&self.department, row);
        }
        progress(read.features, read.features);
        file
    }

    fn write(&self, call: &mut Call, file: SchoolFile) -> Result<Report> {
        let SchoolFile { inputs, places, mut faults, without_position, read } = file;
        let target = format!("the directory of department {}", self.department);
        call.begin(Act::local("importSchools", &self.department, format!("{read} schools")))?;
        call.require(Capability::KeepSchools, &self.department)?;
        let mut report = Report::new(Subject::Schools, target, self.dry_run, read);
        report.left_out = without_position
            .into_iter()
            .map(|fault| LeftOut { index: fault.index, code: fault.code, name: String::new(), reason: fault.message })
            .collect();
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

impl SchoolFile {
    fn take(&mut self, department: &DepartmentCode, row: SchoolRow) {
        self.places.name(row.index, &row.name);
        if row.department != *department {
            let message = format!("a school of department {}, not of {department}", row.department);
            self.faults.push(self.places.fault(RowFault::new(row.index, row.uai.as_str(), "department", message)));
            return;
        }
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
