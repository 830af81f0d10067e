//! What is wrong with the rows of a file of measures, as they are read: kept as far as there is room, the rest counted. Not for what is right.

use std::collections::{HashMap, HashSet};

use crate::domain::codes::DepartmentCode;
use crate::domain::message::Message;
use crate::exchange::rows::RowFault;
use crate::workflow::imports::report::{Beyond, LEFT_OUT, LeftOut};
use crate::workflow::imports::told::{Fault, Kin};

/// Faults that are listed; the rest is counted.
pub(super) const LISTED: usize = 100;

/// Departments of a file where the caller records nothing.
#[derive(Default)]
pub(super) struct Elsewhere {
    pub departments: HashSet<DepartmentCode>,
    /// Where it does, in short.
    pub expected: String,
    /// Whether faulty rows are left out.
    pub skips: bool,
}

impl Elsewhere {
    /// What is said at a row of that department: what was found, what was expected, what to do.
    pub fn message(&self, found: &DepartmentCode) -> Message {
        let words = format!(
            "{found} trouvé, {} attendu : ce département n’est pas du ressort de ce compte (--skip-invalid laisse ces lignes de côté)",
            self.expected
        );
        let message = Message::new("OTHER_DEPARTMENT", words).with("department", found);
        message.with("found", found).with("expected", &self.expected)
    }
}

/// The faults found so far.
#[derive(Default)]
pub(super) struct Faults {
    pub listed: Vec<Fault>,
    /// Whether rows with faults are left out, and the others written.
    pub skips: bool,
    pub left_out: Vec<LeftOut>,
    /// How many more were left out.
    pub left_out_beyond: usize,
    /// Those that are told once for all rows that have them: where they are listed.
    pub common: HashMap<Kin, usize>,
    /// Rows whose faults were all told with those of others.
    pub joined_rows: usize,
    pub beyond: Beyond,
}

impl Faults {
    /// Keeps the faults of a row: one that many rows have is told once, and the list is cut off.
    pub fn take(&mut self, row: Vec<RowFault>, department: Option<&DepartmentCode>) {
        let name = department.map(ToString::to_string).unwrap_or_default();
        let full = self.listed.len() >= LISTED;
        let (mut listed, mut joined, mut beyond) = (0, 0, 0);
        for (at, fault) in row.into_iter().enumerate() {
            let fault = Fault::of_row(fault, name.clone());
            if self.skips && at == 0 {
                if self.left_out.len() < LEFT_OUT {
                    self.left_out.extend(LeftOut::of(&fault));
                } else {
                    self.left_out_beyond += 1;
                }
            }
            let key = fault.kin();
            let first = key.as_ref().and_then(|key| self.common.get(key).copied());
            match first.and_then(|at| self.listed.get_mut(at)) {
                Some(first) => {
                    first.join(&fault);
                    joined += 1;
                }
                None if full => beyond += 1,
                None => {
                    self.common.extend(key.map(|key| (key, self.listed.len())));
                    self.listed.push(fault);
                    listed += 1;
                }
            }
        }
        self.beyond.faults += beyond;
        if listed == 0 && joined > 0 {
            self.joined_rows += 1;
        } else if listed == 0 && beyond > 0 {
            self.beyond.rows += 1;
        }
    }
}
