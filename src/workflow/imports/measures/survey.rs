//! What a first reading of a file of measures tells: which departments and which days it names. Not for whether its rows are right.

use std::collections::BTreeMap;
use std::io::BufRead;

use chrono::NaiveDate;

use crate::domain::codes::DepartmentCode;
use crate::domain::message::Message;
use crate::exchange::measures::{MeasureFileFault, MeasureReader};
use crate::exchange::properties::PropertyUse;

/// What a first reading of a file tells.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Rows of each department.
    pub(super) departments: BTreeMap<DepartmentCode, usize>,
    /// The first and the last day of a meeting.
    pub(super) days: Option<(NaiveDate, NaiveDate)>,
    /// Rows, sound or not.
    pub(super) rows: usize,
    /// What is wrong with the file as a whole.
    pub(super) fault: Option<Message>,
    /// What is read from which column.
    pub(super) properties: PropertyUse,
    /// What is to be known of how the file was read.
    pub(super) notices: Vec<Message>,
}

impl Survey {
    pub(super) fn read(&mut self, file: impl BufRead) -> Result<(), MeasureFileFault> {
        let mut reader = MeasureReader::open(file)?;
        let read = self.all_of(&mut reader);
        // Also where the file cannot be read to its end.
        (self.properties, self.notices) = (reader.properties(), reader.notices());
        read
    }

    fn all_of(&mut self, reader: &mut MeasureReader<impl BufRead>) -> Result<(), MeasureFileFault> {
        while let Some(row) = reader.row()? {
            self.rows += 1;
            let (department, held_on) = match row {
                Ok(row) => (Some(row.department), Some(row.held_on)),
                Err(faulty) => (faulty.department, faulty.held_on),
            };
            if let Some(department) = department {
                match self.departments.get_mut(&department) {
                    Some(rows) => *rows += 1,
                    None => {
                        self.departments.insert(department, 1);
                    }
                }
            }
            if let Some(held_on) = held_on {
                let (first, last) = self.days.unwrap_or((held_on, held_on));
                self.days = Some((first.min(held_on), last.max(held_on)));
            }
        }
        Ok(())
    }
}
