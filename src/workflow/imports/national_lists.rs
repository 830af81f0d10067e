//! The membership of a national list from a CSV file: the whole of it, from a day on.

use chrono::NaiveDate;

use super::report::{Fault, Outcome, Places, Report, Subject, of_file};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::vocabulary::NationalList;
use crate::exchange::national_lists::{self as exchange, Member};
use crate::exchange::rows::RowFault;
use crate::workflow::national_lists::{self, EntryFault, EntryInput};
use crate::workflow::{Act, Call, Result, Rules};

/// The whole membership of a list from a day on.
#[derive(Clone, Debug)]
pub struct ListImport {
    /// The list.
    pub list: NationalList,
    /// Its first day.
    pub from: NaiveDate,
    /// Only says what would be done.
    pub dry_run: bool,
}

/// A file of members.
#[derive(Clone, Debug, Default)]
pub struct ListFile {
    inputs: Vec<EntryInput>,
    places: Places,
    faults: Vec<Fault>,
    read: usize,
}

impl Import for ListImport {
    type File = ListFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<ListFile> {
        deadline.check()?;
        let mut file = ListFile::default();
        let (rows, faults) = match exchange::read(bytes) {
            Ok(read) => read,
            Err(fault) => {
                file.faults.push(of_file(fault));
                return Ok(file);
            }
        };
        let mut faulty: Vec<usize> = faults.iter().map(|fault| fault.index).collect();
        faulty.dedup();
        file.read = rows.len() + faulty.len();
        file.faults.extend(faults.into_iter().map(|fault| file.places.fault(fault)));
        for row in rows {
            file.places.list(row.index);
            let (sector_code, uai) = match row.member {
                Member::Sector(code) => (Some(code.to_string()), None),
                Member::School(uai) => (None, Some(uai.to_string())),
            };
            file.inputs.push(EntryInput { department: row.department, sector_code, uai });
        }
        progress(file.read, file.read);
        Ok(file)
    }

    fn write(&self, call: &mut Call, file: ListFile) -> Result<Report> {
        let ListFile { inputs, places, mut faults, read } = file;
        call.begin(Act::national("importNationalList", self.list.as_str()))?;
        call.require_nation(Capability::KeepNationalLists)?;
        let mut report = Report::new(Subject::NationalList, format!("{} from {}", self.list, self.from), self.dry_run, read);
        if !inputs.is_empty() {
            let trial = self.dry_run || !faults.is_empty();
            let came = national_lists::set(call, self.list, self.from, &inputs, trial)?;
            faults.extend(came.faults.into_iter().map(|item| {
                let (index, field) = (places.feature(item.index), item.fault.field(self.list));
                let message = match item.fault {
                    EntryFault::Twice { first } => format!("stands in the file already, as row {}", places.feature(first)),
                    fault => fault.to_string(),
                };
                places.fault(RowFault::new(index, &item.code, field, message))
            }));
            if faults.is_empty() {
                report.outcome = Outcome::Imported;
                report.added = came.joined;
                report.replaced = came.entries.len() - came.joined;
                report.removed = Some(came.left);
            }
        }
        report.take(faults, false);
        Ok(report)
    }
}
