//! What came of an import: counts, every fault by feature, code and place, what was left out, mended and warned of. The same for all imports,
//! for people and, as JSON, for programs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::mend::Mend;
use super::told::{Changed, Fault, Kin, Notice};
use crate::domain::french::counted;
use crate::domain::message::Message;
use crate::exchange::properties::PropertyUse;
use crate::exchange::rows::RowFault;
use crate::geometry::Reference;
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

    /// What the parts of its files are called in French, one of them.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::Sectors | Self::Schools | Self::Boundaries => "objet",
            Self::NationalList | Self::Measures => "ligne",
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

/// What was left out is listed as far as this; the rest is counted.
pub(super) const LEFT_OUT: usize = 1_000;
/// Faults of features that are listed; the rest is counted.
const FAULTS: usize = 2_000;
/// Faults of one feature that are listed; the rest is counted.
const FAULTS_OF_ONE: usize = 20;
/// Features that were mended, and warnings, that are listed; the rest is counted.
const OTHERS: usize = 1_000;
/// Characters of a code.
const CODE: usize = 48;
/// Objects whose changes are listed; the rest is counted.
const CHANGED: usize = 200;

/// How much more is wrong than is listed: a file of millions of rows may be wrong in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Beyond {
    /// Faults that are not listed.
    pub faults: usize,
    /// The rows that they are in, none of which is listed.
    pub rows: usize,
}

/// A feature that was not imported although others were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The line of the file, from 1; of rows only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Why, for people.
    pub message: String,
    /// The same for programs.
    pub reason: &'static str,
}

impl LeftOut {
    /// A feature (or row) that is left out for a reason.
    pub(super) fn new(index: usize, line: Option<usize>, code: &str, name: String, why: Message) -> Self {
        Self { index, line, code: code.chars().take(CODE).collect(), name, message: why.text, reason: why.reason }
    }

    /// One that is left out for a fault of it.
    pub(super) fn of(fault: &Fault) -> Option<Self> {
        let Fault { index, line, code, name, message, reason, .. } = fault;
        let (code, name, message) = (code.clone(), name.clone(), message.clone());
        Some(Self { index: (*index)?, line: *line, code, name, message, reason })
    }
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
    /// What it was imported into, in short: `révision 13/4`.
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
    /// Known ones that stay as they are: nothing is written of them.
    pub unchanged: usize,
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
    /// How many more there are of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out_beyond: Option<usize>,
    /// What was mended, in the file's order.
    pub mended: Vec<Mend>,
    /// How many more were mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mended_beyond: Option<usize>,
    /// What is to be looked at.
    pub warnings: Vec<Warning>,
    /// How many more warnings there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings_beyond: Option<usize>,
    /// What was read from which property (or column), and which were not read.
    pub properties: PropertyUse,
    /// What changes of the objects that were there, in the file's order.
    pub changed: Vec<Changed>,
    /// How many more objects change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_beyond: Option<usize>,
    /// What is to be known of how the file was read.
    pub notices: Vec<Notice>,
    /// Rows whose faults are told with those of others.
    #[serde(skip)]
    pub joined_rows: usize,
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
            unchanged: 0,
            removed: None,
            faults: Vec::new(),
            beyond: None,
            left_out: Vec::new(),
            left_out_beyond: None,
            mended: Vec::new(),
            mended_beyond: None,
            warnings: Vec::new(),
            warnings_beyond: None,
            properties: PropertyUse::default(),
            changed: Vec::new(),
            changed_beyond: None,
            notices: Vec::new(),
            joined_rows: 0,
        }
    }

    /// Says that the file was in another reference system than WGS 84.
    pub(super) fn read_in(&mut self, reference: Reference) {
        if reference.is_wgs84() {
            return;
        }
        let words = if reference.is_projected() {
            format!("le fichier est en {} (EPSG:{}) : il a été converti en WGS 84", reference.name, reference.code)
        } else {
            format!(
                "le fichier est en {} (EPSG:{}), égal à WGS 84 à moins d’un mètre : il est pris tel quel",
                reference.name, reference.code
            )
        };
        let notice = Message::new("REFERENCE", words).with("code", reference.code).with("name", reference.name);
        self.notices.push(notice.into());
    }

    /// Lists changes, as far as there is room.
    pub(super) fn changes(&mut self, changed: Vec<Changed>) {
        (self.changed, self.changed_beyond) = bounded(changed, CHANGED);
    }

    /// Lists what was mended, as far as there is room.
    pub(super) fn mends(&mut self, mended: Vec<Mend>) {
        (self.mended, self.mended_beyond) = bounded(mended, OTHERS);
    }

    /// Lists warnings, as far as there is room.
    pub(super) fn warnings(&mut self, warnings: Vec<Warning>) {
        (self.warnings, self.warnings_beyond) = bounded(warnings, OTHERS);
    }

    /// Lists what was left out, in the file's order, as far as there is room.
    pub(super) fn leaves_out(&mut self, mut left_out: Vec<LeftOut>) {
        left_out.sort_by_key(|each| each.index);
        (self.left_out, self.left_out_beyond) = bounded(left_out, LEFT_OUT);
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
        indexes.len() + self.joined_rows + self.beyond.map_or(0, |beyond| beyond.rows)
    }

    /// How many faults there are.
    #[must_use]
    pub fn faulted(&self) -> usize {
        self.faults.iter().map(Fault::count).sum::<usize>() + self.beyond.map_or(0, |beyond| beyond.faults)
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
            None => Error::invalid(field, self.nothing()),
            Some(Fault { index: None, message, reason, parameters, .. }) => {
                Error::invalid(field, Message { text: message.clone(), reason, parameters: parameters.clone() })
            }
            Some(Fault { index: Some(index), line, code, message, reason, parameters, .. }) => {
                let (all, faulty, part) = (self.faulted(), self.faulty(), self.subject.part());
                let place = line.map_or_else(|| format!("{part} {index}"), |line| format!("ligne {line}"));
                let (all, faulty) = (counted(all, "défaut"), counted(faulty, part));
                let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
                let text = format!("{place}{code} : {message} ; en tout {all} dans {faulty} sur {}", self.read);
                Error::invalid(field, Message { text, reason, parameters: parameters.clone() })
            }
        })
    }

    /// Why a file without any fault brings nothing: what it has is left out, for each of these reasons.
    fn nothing(&self) -> Message {
        let mut why: BTreeMap<&'static str, (&str, usize)> = BTreeMap::new();
        for each in &self.left_out {
            why.entry(each.reason).or_insert((each.message.as_str(), 0)).1 += 1;
        }
        let told: Vec<String> = why.values().map(|(message, count)| format!("{message} ({count})")).collect();
        let words = match told.as_slice() {
            [] => "il n’y a rien à importer".to_owned(),
            told => {
                format!("il n’y a rien à importer, tout ce qui est dans le fichier est laissé de côté : {}", told.join(" ; "))
            }
        };
        Message::new("NOTHING_TO_IMPORT", words).with("read", self.read).with("leftOut", self.left_out.len())
    }

    /// Ends the report with the file's faults, once the outcome is known: what is refused has one.
    pub(super) fn ends(&mut self, mut faults: Vec<Fault>, skipped: bool) {
        if faults.is_empty() && self.is_refused() {
            faults.push(Fault::of_file(self.nothing()));
        }
        self.take(faults, skipped);
    }

    /// Sorts faults by feature, says what they leave out when they are skipped, and tells those that many features have in common once.
    pub(super) fn take(&mut self, mut faults: Vec<Fault>, skipped: bool) {
        faults.sort_by_key(|fault| fault.index);
        if skipped {
            let mut known: BTreeSet<usize> = self.left_out.iter().map(|each| each.index).collect();
            for fault in &faults {
                if fault.index.is_some_and(|index| known.insert(index)) {
                    self.left_out.extend(LeftOut::of(fault));
                }
            }
        }
        let left_out = std::mem::take(&mut self.left_out);
        self.leaves_out(left_out);

        let (mut told, mut at): (Vec<Fault>, BTreeMap<Kin, usize>) = (Vec::new(), BTreeMap::new());
        let (mut alone, mut joined) = (BTreeSet::new(), BTreeSet::new());
        let mut more = Beyond::default();
        let mut beyond = BTreeSet::new();
        let (mut one, mut of_one) = (None, 0);
        for fault in faults {
            of_one = if fault.index.is_some() && fault.index == one { of_one + 1 } else { 1 };
            one = fault.index;
            let key = fault.kin();
            let full = told.len() >= FAULTS || fault.index.is_some() && of_one > FAULTS_OF_ONE;
            let first = key.as_ref().and_then(|key| at.get(key).copied()).and_then(|place| told.get_mut(place));
            match (first, key) {
                (Some(first), _) => {
                    first.join(&fault);
                    joined.extend(fault.index);
                }
                (None, None) if full => {
                    more.faults += 1;
                    beyond.extend(fault.index);
                }
                (None, key) => {
                    at.extend(key.map(|key| (key, told.len())));
                    alone.extend(fault.index);
                    told.push(fault);
                }
            }
        }
        self.joined_rows = joined.iter().filter(|index| !alone.contains(*index)).count();
        more.rows = beyond.iter().filter(|index| !alone.contains(*index) && !joined.contains(*index)).count();
        self.beyond = (more.faults > 0).then_some(more);
        self.faults = told;
    }
}

/// As much of a list as there is room for, and how much more there is.
fn bounded<T>(mut list: Vec<T>, room: usize) -> (Vec<T>, Option<usize>) {
    let beyond = list.len().saturating_sub(room);
    list.truncate(room);
    (list, (beyond > 0).then_some(beyond))
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
    listed: Vec<(usize, Option<usize>)>,
}

impl Places {
    /// Notes a feature's name.
    pub(super) fn name(&mut self, index: usize, name: &str) {
        self.names.insert(index, name.chars().take(100).collect());
    }

    /// Notes that a feature is the next of the list.
    pub(super) fn list(&mut self, index: usize, line: Option<usize>) {
        self.listed.push((index, line));
    }

    /// The feature at a place of the list.
    pub(super) fn feature(&self, listed: usize) -> usize {
        self.listed.get(listed).map_or(listed, |(index, _)| *index)
    }

    /// The line at a place of the list.
    pub(super) fn line(&self, listed: usize) -> Option<usize> {
        self.listed.get(listed).and_then(|(_, line)| *line)
    }

    /// That the same thing stands earlier in the file, in words.
    pub(super) fn twice(&self, first: usize) -> Message {
        let feature = self.feature(first);
        let words = match self.line(first) {
            Some(line) => format!("figure déjà dans le fichier, à la ligne {line}"),
            None => format!("figure déjà dans le fichier (objet {feature})"),
        };
        Message::new("TWICE", words).with("first", self.line(first).unwrap_or(feature))
    }

    /// A fault of a feature, under its name.
    pub(super) fn fault(&self, row: RowFault) -> Fault {
        let name = self.names.get(&row.index).cloned().unwrap_or_default();
        Fault::of_row(row, name)
    }
}
