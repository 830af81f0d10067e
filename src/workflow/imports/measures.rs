//! Measures from a file, by the million: all or nothing, in one transaction, by the very rules under which a service records them at a meeting.
//!
//! The file is read twice. First to see which departments it names, so that their locks are taken in order and everything that is known of them
//! is read in a fixed number of statements; then to check each row and write it. Measures go in batches: what is held at once grows neither
//! with the file nor with what is stored. That no two measures share a place is the unique index's to find; only when it has refused a batch
//! are rows looked at one by one. In the end the cells of the years touched are made anew and verified.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::BufRead;
use std::sync::Arc;

use chrono::NaiveDate;

use super::report::{Beyond, Outcome, Report, Subject};
use super::told::Fault;
use crate::access::{Capability, Scope};
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::message::{Explained, Message};
use crate::exchange::measures::{MeasureFileFault, MeasureReader, MeasureRow};
use crate::exchange::properties::PropertyUse;
use crate::exchange::rows::RowFault;
use crate::store::bulk::{self, measures as store};
use crate::store::measures::NewMeasure;
use crate::store::{StoreError, declarations, indicators};
use crate::workflow::measures::check::{Known, MeasureFault, Row, bounded, in_time};
use crate::workflow::rollups::verify;
use crate::workflow::{Act, Call, Result};

/// Measures that are written at once: as many as a statement's cost disappears behind, and no more memory than a request may take.
const BATCH: usize = 20_000;
/// Faults that are listed; the rest is counted.
const LISTED: usize = 100;

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Rows are checked and written.
    Writing,
    /// Department after department, cells are made anew and verified.
    AddingUp,
}

/// Told how much of how much is done, and of what.
pub type Progress<'p> = &'p mut dyn FnMut(Stage, usize, usize);

/// Measures under meetings that are recorded already.
#[derive(Clone, Copy, Debug)]
pub struct MeasureImport {
    /// Only says what would be done.
    pub dry_run: bool,
}

/// What a first reading of a file tells.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Rows of each department.
    departments: BTreeMap<DepartmentCode, usize>,
    /// The first and the last day of a meeting.
    days: Option<(NaiveDate, NaiveDate)>,
    /// Rows, sound or not.
    rows: usize,
    /// What is wrong with the file as a whole.
    fault: Option<Message>,
    /// Columns that nothing is read from.
    unread: Vec<String>,
    /// What is to be known of how the file was read.
    notices: Vec<Message>,
}

impl MeasureImport {
    /// Reads a file for the first time.
    #[must_use]
    pub fn survey(&self, file: impl BufRead) -> Survey {
        let mut survey = Survey::default();
        if let Err(fault) = survey.read(file) {
            survey.fault = Some(fault.message());
        } else if survey.rows == 0 {
            survey.fault = Some(Message::new("NO_ROW", "le fichier n’a aucune ligne sous son en-tête"));
        }
        survey
    }

    /// Reads the file for the second time and, unless it is refused or on trial, records what it brings. A refusal for the file's faults is a
    /// report, whose [`verdict`](Report::verdict) ends the operation and undoes what was written.
    ///
    /// # Errors
    /// FORBIDDEN or NOT_FOUND for a department where the caller records no measures; those of the database.
    pub fn write(&self, call: &mut Call, mut survey: Survey, file: impl BufRead, progress: Progress<'_>) -> Result<Report> {
        let acts: Vec<(DepartmentCode, Act)> = survey
            .departments
            .iter()
            .map(|(code, rows)| (code.clone(), Act::local("importMeasures", code, format!("{rows} measures"))))
            .collect();
        let target = format!("the meetings of {} departments", acts.len());
        let whole = Act::national("importMeasures", format!("{} measures, {target}", survey.rows));
        let scope = call.begin_all(&acts, whole, Capability::RecordMeasures)?;
        let mut report = Report::new(Subject::Measures, target, self.dry_run, survey.rows);
        report.properties = PropertyUse { unread: std::mem::take(&mut survey.unread), ..PropertyUse::default() };
        report.notices = survey.notices.drain(..).map(Into::into).collect();
        if let Some(fault) = survey.fault {
            report.faults.push(Fault::of_file(fault));
            return Ok(report);
        }
        bulk::prepare(call.db()?)?;
        bulk::mark(call.db()?)?;
        let mut loading = Loading::begin(call, &scope, &survey)?;
        let end = loading.all(call, &survey, file, progress)?;
        let Loading { faults, written, fortnights, .. } = loading;
        report.take(faults.listed, false);
        report.joined_rows = faults.joined_rows;
        report.beyond = (faults.beyond.faults > 0).then_some(faults.beyond);
        report.faults.extend(end.map(Fault::of_file));
        if report.faults.is_empty() {
            report.outcome = Outcome::Imported;
            report.added = written.values().sum();
        }
        if self.dry_run || report.is_refused() {
            bulk::undo(call.db()?)?;
            return Ok(report);
        }
        bulk::keep(call.db()?)?;
        if let Some((first, last)) = fortnights {
            let years = verify::years(first, last);
            for (done, department) in written.keys().enumerate() {
                progress(Stage::AddingUp, done, written.len());
                verify::renew(call.db()?, department, &years)?;
            }
        }
        let detail = |(code, act): (DepartmentCode, Act)| {
            let count = written.get(&code).copied().unwrap_or_default();
            (act, format!("{count} measures"))
        };
        let done: Vec<(Act, String)> = acts.into_iter().map(detail).collect();
        call.done_all(&done)?;
        Ok(report)
    }
}

impl Survey {
    fn read(&mut self, file: impl BufRead) -> Result<(), MeasureFileFault> {
        let mut reader = MeasureReader::open(file)?;
        while let Some(row) = reader.row()? {
            self.rows += 1;
            let Ok(row) = row else { continue };
            match self.departments.get_mut(&row.department) {
                Some(rows) => *rows += 1,
                None => {
                    self.departments.insert(row.department, 1);
                }
            }
            let (first, last) = self.days.unwrap_or((row.held_on, row.held_on));
            self.days = Some((first.min(row.held_on), last.max(row.held_on)));
        }
        (self.unread, self.notices) = (reader.unread(), reader.notices());
        Ok(())
    }
}

/// What is known of a department of the file.
struct Home {
    since: Option<NaiveDate>,
    known: Known,
    /// By day; of several on one day the one that was recorded first.
    meetings: HashMap<NaiveDate, (i64, Fortnight)>,
}

/// The faults found so far.
#[derive(Default)]
struct Faults {
    listed: Vec<Fault>,
    /// Those that are told once for all rows that have them: where they are listed.
    common: HashMap<(&'static str, String), usize>,
    /// Rows whose faults were all told with those of others.
    joined_rows: usize,
    beyond: Beyond,
}

impl Faults {
    /// Keeps the faults of a row: one that many rows have is told once, and the list is cut off.
    fn take(&mut self, row: Vec<RowFault>, department: Option<&DepartmentCode>) {
        let name = department.map(ToString::to_string).unwrap_or_default();
        let full = self.listed.len() >= LISTED;
        let (mut listed, mut joined, mut beyond) = (0, 0, 0);
        for fault in row {
            let fault = Fault::of_row(fault, name.clone());
            let key = fault.is_common().then(|| (fault.reason, fault.field.clone()));
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

/// The second reading.
struct Loading {
    homes: HashMap<DepartmentCode, Home>,
    faults: Faults,
    /// Sound rows that are not written yet, with their places in the file.
    batch: Vec<store::Brought>,
    places: Vec<(usize, usize)>,
    /// The highest id of a measure before the import.
    before: i64,
    /// A batch was refused: from then on rows are looked at one by one.
    careful: bool,
    written: BTreeMap<DepartmentCode, usize>,
    fortnights: Option<(Fortnight, Fortnight)>,
}

impl Loading {
    /// Reads what is known of the departments, each thing in one statement.
    fn begin(call: &mut Call, scope: &Scope, survey: &Survey) -> Result<Self> {
        let codes: Vec<&DepartmentCode> = survey.departments.keys().collect();
        let all: Vec<Arc<_>> = indicators::all_for_measuring(call.db()?, &codes)?.into_iter().map(Arc::new).collect();
        let ids: Vec<i32> = all.iter().map(|found| found.id).collect();
        let mut declared: HashMap<DepartmentCode, Vec<_>> = HashMap::new();
        for declaration in declarations::of(call.db()?, scope, &ids)? {
            declared.entry(declaration.department.clone()).or_default().push(declaration);
        }
        let drafts = call.access().scope_or_nowhere(Capability::ReadPlan)?;
        let mut marks = store::sector_marks(call.db()?, scope, &drafts)?;
        let mut held: HashMap<DepartmentCode, HashMap<NaiveDate, (i64, Fortnight)>> = HashMap::new();
        if let Some((first, last)) = survey.days {
            for meeting in store::meetings(call.db()?, scope, first, last)? {
                let days = held.entry(meeting.department).or_default();
                days.entry(meeting.held_on).or_insert((meeting.id, meeting.fortnight));
            }
        }
        let before = store::highest_id(call.db()?)?;
        let home = |code: &DepartmentCode| {
            let own = all.iter().filter(|found| found.indicator.is_of(code));
            let known = Known {
                indicators: own.map(|found| (found.indicator.code.clone(), Arc::clone(found))).collect(),
                sectors: marks.remove(code).unwrap_or_default(),
                declared: declared.remove(code).unwrap_or_default(),
                grants: call.access().grants_for(Capability::RecordMeasures, code).into_iter().cloned().collect(),
            };
            let since = call.office().territories.department(code).and_then(|found| found.since);
            (code.clone(), Home { since, known, meetings: held.remove(code).unwrap_or_default() })
        };
        Ok(Self {
            homes: codes.into_iter().map(home).collect(),
            faults: Faults::default(),
            batch: Vec::with_capacity(BATCH),
            places: Vec::with_capacity(BATCH),
            before,
            careful: false,
            written: BTreeMap::new(),
            fortnights: None,
        })
    }

    /// Checks and writes every row. Answers why the file could not be read to its end, if it could not.
    fn all(&mut self, call: &mut Call, survey: &Survey, file: impl BufRead, progress: Progress<'_>) -> Result<Option<Message>> {
        let mut reader = match MeasureReader::open(file) {
            Ok(reader) => reader,
            Err(fault) => return Ok(Some(fault.message())),
        };
        let mut rows = 0;
        loop {
            match reader.row() {
                Err(fault) => return Ok(Some(fault.message())),
                Ok(None) => break,
                Ok(Some(Err(faults))) => self.faults.take(faults, None),
                Ok(Some(Ok(row))) => self.take(row),
            }
            rows += 1;
            if self.batch.len() == BATCH {
                progress(Stage::Writing, rows, survey.rows);
                self.flush(call)?;
            }
        }
        self.flush(call)?;
        Ok((rows != survey.rows).then(|| Message::new("FILE_CHANGED", "le fichier a changé pendant sa lecture")))
    }

    /// Checks one row; keeps it for the next batch, or its faults.
    fn take(&mut self, row: MeasureRow) {
        let (index, line, code) = (row.index, row.line, row.indicator.to_string());
        let fault = |field: &str, message: Message| RowFault::new(index, &code, field, message).on(Some(line));
        let Some(home) = self.homes.get(&row.department) else {
            let message = Message::new("FILE_CHANGED", "n’était pas dans le fichier à sa première lecture");
            self.faults.take(vec![fault("department", message)], None);
            return;
        };
        let mut faults = Vec::new();
        let of_measure = |found: &MeasureFault| fault(column(found), found.message());
        let meeting = home.meetings.get(&row.held_on);
        match meeting {
            None => {
                let words = format!("aucune réunion du {} n’est enregistrée", row.held_on.format("%d/%m/%Y"));
                faults.push(fault("meeting", Message::new("NO_MEETING", words).with("day", row.held_on)));
            }
            Some((_, held)) => faults.extend(in_time(*held, home.since, row.fortnight).err().as_ref().map(of_measure)),
        }
        faults.extend(bounded(row.value).err().as_ref().map(of_measure));
        let MeasureRow { department, indicator, sector, service, value, fortnight, .. } = row;
        let checked = home.known.check(Row { indicator, sector, service, value, fortnight });
        match (meeting, checked) {
            (Some((meeting_id, _)), Ok((indicator, entry))) if faults.is_empty() => {
                let (first, last) = self.fortnights.unwrap_or((fortnight, fortnight));
                self.fortnights = Some((first.min(fortnight), last.max(fortnight)));
                let measure = NewMeasure { indicator_id: indicator.id, entry };
                self.batch.push(store::Brought { department, meeting_id: *meeting_id, measure });
                self.places.push((index, line));
            }
            (_, checked) => {
                faults.extend(checked.err().as_ref().map(of_measure));
                self.faults.take(faults, Some(&department));
            }
        }
    }

    /// Writes the batch.
    fn flush(&mut self, call: &mut Call) -> Result<()> {
        let (name, now) = (call.caller().name(), call.now());
        if !self.careful {
            bulk::mark(call.db()?)?;
            match store::write(call.db()?, &self.batch, &name, now) {
                Ok(()) => bulk::keep(call.db()?)?,
                Err(StoreError::Duplicate(_)) => {
                    bulk::undo(call.db()?)?;
                    self.careful = true;
                }
                Err(other) => return Err(other.into()),
            }
        }
        if self.careful {
            self.flush_carefully(call, &name)?;
        }
        for brought in &self.batch {
            match self.written.get_mut(&brought.department) {
                Some(count) => *count += 1,
                None => {
                    self.written.insert(brought.department.clone(), 1);
                }
            }
        }
        self.batch.clear();
        self.places.clear();
        Ok(())
    }

    /// Writes what of the batch has a place of its own, and names the rows that have not: the import is refused by then, but every such row is
    /// to be told.
    fn flush_carefully(&mut self, call: &mut Call, name: &str) -> Result<()> {
        let now = call.now();
        let mut seen: HashSet<store::Place> = HashSet::with_capacity(self.batch.len());
        let again: Vec<bool> = self.batch.iter().map(|brought| !seen.insert(brought.place())).collect();
        drop(seen);
        let written = store::write_missing(call.db()?, &self.batch, name, now)?;
        let refused: Vec<(usize, store::Place)> = again
            .into_iter()
            .enumerate()
            .map(|(at, again)| (at, again, self.batch[at].place()))
            .filter(|(_, again, place)| *again || !written.contains(place))
            .map(|(at, _, place)| (at, place))
            .collect();
        let room = LISTED.saturating_sub(self.faults.listed.len());
        let asked: Vec<&store::Place> = refused.iter().take(room).map(|(_, place)| place).collect();
        let standing = if asked.is_empty() { HashSet::new() } else { store::standing(call.db()?, &asked, self.before)? };
        for (at, place) in &refused {
            let brought = &self.batch[*at];
            let code = self.code(brought);
            let message = if standing.contains(place) {
                Message::new("ALREADY_RECORDED", "est déjà enregistrée : corrigez-la")
            } else {
                Message::new("TWICE", "figure deux fois dans le fichier")
            };
            let (index, line) = self.places[*at];
            let row = vec![RowFault::new(index, &code, "row", message).on(Some(line))];
            self.faults.take(row, Some(&brought.department));
        }
        Ok(())
    }

    /// Code of the indicator of a measure.
    fn code(&self, brought: &store::Brought) -> String {
        let home = self.homes.get(&brought.department);
        let all = home.into_iter().flat_map(|home| home.known.indicators.values());
        let mut found = all.filter(|found| found.id == brought.measure.indicator_id);
        found.next().map(|found| found.indicator.code.to_string()).unwrap_or_default()
    }
}

/// The column of a fault.
fn column(fault: &MeasureFault) -> &'static str {
    match fault.field() {
        "sectorCode" => "sector",
        same => same,
    }
}
