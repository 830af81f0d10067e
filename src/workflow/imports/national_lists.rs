//! The membership of a national list from a CSV file: the whole of it, from a day on.

use chrono::NaiveDate;

use super::report::{Outcome, Places, Report, Subject};
use super::told::{Changed, Fault, FieldChange};
use super::{Import, Progress, mode};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::message::{Explained, Message};
use crate::domain::vocabulary::NationalList;
use crate::exchange::national_lists::{self as exchange, Member};
use crate::exchange::properties::PropertyUse;
use crate::exchange::rows::RowFault;
use crate::store::national_lists::{Entry, Member as Standing};
use crate::workflow::national_lists::{self, EntryFault, EntryInput, Options};
use crate::workflow::{Act, Call, Result, Rules, Source};

/// The whole membership of a list from a day on.
#[derive(Clone, Debug)]
pub struct ListImport {
    /// The list.
    pub list: NationalList,
    /// Its first day.
    pub from: NaiveDate,
    /// Leaves faulty rows out, instead of all.
    pub skip_invalid: bool,
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
    properties: PropertyUse,
    notices: Vec<Message>,
}

impl Import for ListImport {
    type File = ListFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<ListFile> {
        deadline.check()?;
        let mut file = ListFile::default();
        let exchange::ListFile { rows, faults, properties, notices } = match exchange::read(bytes) {
            Ok(read) => read,
            Err(fault) => {
                file.faults.push(Fault::of_file(fault.message()));
                return Ok(file);
            }
        };
        let mut faulty: Vec<usize> = faults.iter().map(|fault| fault.index).collect();
        faulty.dedup();
        file.read = rows.len() + faulty.len();
        (file.properties, file.notices) = (properties, notices);
        // The reader takes either member; a list has one of them, and the other lacks nowhere.
        let other = if national_lists::holds_schools(self.list) { "sector_code" } else { "uai" };
        file.properties.missing.retain(|field| *field != other);
        file.faults.extend(faults.into_iter().map(|fault| file.places.fault(fault)));
        for row in rows {
            file.places.list(row.index, Some(row.line));
            let (sector_code, uai) = match row.member {
                Member::Sector(code) => (Some(code.to_string()), None),
                Member::School(uai) => (None, Some(uai.to_string())),
            };
            file.inputs.push(EntryInput { department: row.department, sector_code, uai });
        }
        progress(file.read, file.read);
        Ok(file)
    }

    fn is_trial(&self) -> bool {
        self.dry_run
    }

    fn admit(&self, call: &mut Call) -> Result<()> {
        call.announce(Act::national("importNationalList", self.list.as_str()));
        call.require_nation(Capability::KeepNationalLists)
    }

    fn write(&self, call: &mut Call, file: ListFile, source: &Source) -> Result<Report> {
        let ListFile { inputs, places, mut faults, read, properties, notices } = file;
        let mode = mode(&[(self.skip_invalid, "skip-invalid")]);
        let act = Act::national("importNationalList", self.list.as_str()).from_file(source, &mode);
        call.announce(act.clone());
        call.require_nation(Capability::KeepNationalLists)?;
        let target = format!("liste nationale {} à partir du {}", self.list, self.from);
        let mut report = Report::new(Subject::NationalList, target, self.dry_run, read);
        report.properties = properties;
        report.notices = notices.into_iter().map(Into::into).collect();
        // A file is the whole of a list: of what could not be read of it nobody knows whether it is left out.
        let skips = self.skip_invalid && faults.iter().all(|fault| fault.index.is_some());
        if !inputs.is_empty() {
            let already_refused = !faults.is_empty() && !skips;
            let options = Options { skip_faulty: skips, trial: self.dry_run || already_refused, leave_unchanged: true };
            let came = national_lists::set_as(call, act, self.list, self.from, &inputs, options)?;
            faults.extend(came.faults.into_iter().map(|item| {
                let (index, field) = (places.feature(item.index), item.fault.field(self.list));
                let message = match item.fault {
                    EntryFault::Twice { first } => places.twice(first),
                    fault => fault.message(),
                };
                places.fault(RowFault::new(index, &item.code, field, message).on(places.line(item.index)))
            }));
            if faults.is_empty() || (skips && !came.entries.is_empty()) {
                report.outcome = Outcome::Imported;
                report.added = came.joined;
                report.unchanged = came.entries.len() - came.joined;
                report.removed = Some(came.left);
            }
            report.changes(came.moved.iter().map(changed).collect());
        }
        report.ends(faults, skips);
        Ok(report)
    }
}

/// A member that joins or leaves.
fn changed((entry, joins): &(Entry, bool)) -> Changed {
    let (before, after) = if *joins { ("", "membre") } else { ("membre", "") };
    let code = match &entry.member {
        Standing::Sector(code) => format!("{} {code}", entry.department),
        Standing::School(uai) => format!("{} {uai}", entry.department),
    };
    let fields = FieldChange::between("membership", before, after).into_iter().collect();
    Changed { index: None, code, fields }
}
