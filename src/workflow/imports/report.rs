//! What came of an import: counts, every fault by feature, code and place, what was left out, mended and warned of. The same for all imports,
//! for people and, as JSON, for programs.

use std::collections::HashMap;

use serde::Serialize;

use super::mend::Mend;
use crate::exchange::rows::RowFault;
use crate::geometry::sector::Aside;
use crate::workflow::{Error, Result};

/// What was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Subject {
    /// Sectors of a draft.
    Sectors,
    /// Schools of a department's directory.
    Schools,
    /// Outlines of departments.
    Boundaries,
    /// The membership of a national list.
    NationalList,
    /// Measures under meetings.
    Measures,
}

impl Subject {
    /// What one of its items is called.
    #[must_use]
    pub fn items(self) -> &'static str {
        match self {
            Self::Sectors => "sectors",
            Self::Schools => "schools",
            Self::Boundaries => "outlines",
            Self::NationalList => "entries",
            Self::Measures => "measures",
        }
    }

    /// What the parts of its files are called, one of them.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::Sectors | Self::Schools | Self::Boundaries => "feature",
            Self::NationalList | Self::Measures => "row",
        }
    }
}

/// Whether anything was, or on trial would be, written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// Yes.
    Imported,
    /// No, because of the faults.
    Refused,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The feature's (or row's) place in the file, from 0; none for a fault of the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// Its code, as the file has it; empty where it has none.
    pub code: String,
    /// Its name, as the file has it; empty where it has none.
    pub name: String,
    /// The field at fault.
    pub field: String,
    /// The rule of geometry broken, such as SELF_INTERSECTION.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// What is wrong, in English, without the place.
    pub message: String,
    /// Longitude and latitude of the fault, where it has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<(f64, f64)>,
}

/// How much more is wrong than is listed: a file of millions of rows may be wrong in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Beyond {
    /// Faults that are not listed.
    pub faults: usize,
    /// The rows that they are in, none of which is listed.
    pub rows: usize,
}

/// A feature that was not imported although others were.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Why, in short.
    pub reason: String,
}

/// What is to be looked at, and is no reason to refuse.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// The codes concerned.
    pub codes: Vec<String>,
    /// What it is.
    pub message: String,
    /// Square metres shared, where sectors overlap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_m2: Option<f64>,
}

/// Warns of what stood beside the polygons of a feature, and is not kept.
pub(super) fn left_aside(code: &str, aside: &[Aside]) -> Vec<Warning> {
    const SHOWN: usize = 20;
    let warn = |message: String| Warning { codes: vec![code.chars().take(48).collect()], message, area_m2: None };
    let mut warnings: Vec<Warning> = aside
        .iter()
        .take(SHOWN)
        .map(|each| match each {
            Aside::Line(_) => warn(format!("{each} a été laissée de côté")),
            Aside::Point(_) => warn(format!("{each} a été laissé de côté")),
        })
        .collect();
    if let Some(more) = aside.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        warnings.push(warn(format!("et {more} autres lignes ou points laissés de côté")));
    }
    warnings
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What was imported.
    pub subject: Subject,
    /// What it was imported into, in short: `revision 13/4`.
    pub target: String,
    /// Whether it was, or on trial would be.
    pub outcome: Outcome,
    /// Whether nothing was to be written in any case.
    pub dry_run: bool,
    /// The revision's version now: the one that the next mutation names. Sectors only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Features (or rows) in the file.
    pub read: usize,
    /// New ones written.
    pub added: usize,
    /// Known ones written anew.
    pub replaced: usize,
    /// Members that a national list no longer has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<usize>,
    /// Every fault, in the file's order.
    pub faults: Vec<Fault>,
    /// How many more there are, where the list is cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beyond: Option<Beyond>,
    /// What was left out, in the file's order.
    pub left_out: Vec<LeftOut>,
    /// What was mended, in the file's order.
    pub mended: Vec<Mend>,
    /// What is to be looked at.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// An empty report on a file of so many features.
    pub(super) fn new(subject: Subject, target: String, dry_run: bool, read: usize) -> Self {
        Self {
            subject,
            target,
            outcome: Outcome::Refused,
            dry_run,
            version: None,
            read,
            added: 0,
            replaced: 0,
            removed: None,
            faults: Vec::new(),
            beyond: None,
            left_out: Vec::new(),
            mended: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether the file's faults kept it out, or on trial would.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.outcome == Outcome::Refused
    }

    /// Whether anything was written.
    #[must_use]
    pub fn is_written(&self) -> bool {
        !self.is_refused() && !self.dry_run
    }

    /// How many features are faulty.
    #[must_use]
    pub fn faulty(&self) -> usize {
        let mut indexes: Vec<usize> = self.faults.iter().filter_map(|fault| fault.index).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes.len() + self.beyond.map_or(0, |beyond| beyond.rows)
    }

    /// How many faults there are.
    #[must_use]
    pub fn faulted(&self) -> usize {
        self.faults.len() + self.beyond.map_or(0, |beyond| beyond.faults)
    }

    /// How the operation ends: a file that is refused is a refused operation, which is audited; a trial is not.
    ///
    /// # Errors
    /// INVALID with the first fault.
    pub fn verdict(&self) -> Result<()> {
        if !self.is_refused() || self.dry_run {
            return Ok(());
        }
        let field = self.subject.items();
        Err(match self.faults.first() {
            None => Error::invalid(field, "nothing to import"),
            Some(Fault { index: None, message, .. }) => Error::invalid(field, message),
            Some(Fault { index: Some(index), code, message, .. }) => {
                let (all, faulty, part) = (self.faulted(), self.faulty(), self.subject.part());
                let text =
                    format!("{part} {index} ({code}): {message}; in all {all} faults in {faulty} of {} {part}s", self.read);
                Error::invalid(field, text)
            }
        })
    }

    /// Sorts faults by feature and, when they are skipped, says what they leave out.
    pub(super) fn take(&mut self, mut faults: Vec<Fault>, skipped: bool) {
        faults.sort_by_key(|fault| fault.index);
        self.faults = faults;
        if !skipped {
            return;
        }
        for fault in &self.faults {
            let Some(index) = fault.index else { continue };
            match self.left_out.iter_mut().find(|each| each.index == index) {
                Some(_) => {}
                None => self.left_out.push(LeftOut {
                    index,
                    code: fault.code.clone(),
                    name: fault.name.clone(),
                    reason: fault.message.clone(),
                }),
            }
        }
        self.left_out.sort();
    }
}

/// What an operation came to: the report also when it was refused for the faults in it.
///
/// # Errors
/// The operation's own.
pub fn settle(done: Result<()>, report: Option<Report>) -> Result<Report> {
    match (done, report) {
        (Ok(()), Some(report)) => Ok(report),
        (Err(Error::Invalid { .. }), Some(report)) if report.is_refused() => Ok(report),
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err(Error::Internal("an import without a report".to_owned())),
    }
}

/// The names of features by their place in the file, and the places of those that were handed on as a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    names: HashMap<usize, String>,
    listed: Vec<usize>,
}

impl Places {
    /// Notes a feature's name.
    pub(super) fn name(&mut self, index: usize, name: &str) {
        self.names.insert(index, name.chars().take(100).collect());
    }

    /// Notes that a feature is the next of the list.
    pub(super) fn list(&mut self, index: usize) {
        self.listed.push(index);
    }

    /// The feature at a place of the list.
    pub(super) fn feature(&self, listed: usize) -> usize {
        self.listed.get(listed).copied().unwrap_or(listed)
    }

    /// A fault of a feature, under its name.
    pub(super) fn fault(&self, row: RowFault) -> Fault {
        Fault {
            index: Some(row.index),
            code: row.code.chars().take(48).collect(),
            name: self.names.get(&row.index).cloned().unwrap_or_default(),
            field: row.field,
            rule: row.rule,
            message: row.message,
            place: row.place,
        }
    }
}

/// A fault of the file as a whole.
pub(super) fn of_file(message: impl ToString) -> Fault {
    Fault {
        index: None,
        code: String::new(),
        name: String::new(),
        field: "file".to_owned(),
        rule: None,
        message: message.to_string(),
        place: None,
    }
}
