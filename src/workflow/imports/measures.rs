//! Measures from a file, by the million: in one transaction, all or nothing unless faulty rows are skipped, by the very rules under which a service
//! records them at a meeting.
//!
//! The file is read twice. First to see which departments it names, so that their locks are taken in order and everything that is known of them
//! is read in a fixed number of statements; then to check each row and write it. Measures go in batches: what is held at once grows neither
//! with the file nor with what is stored. That no two measures share a place is the unique index's to find; only when it has refused a batch
//! are rows looked at one by one. In the end the cells of the years touched are made anew and verified.

mod faults;
mod survey;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::BufRead;
use std::sync::Arc;

use chrono::NaiveDate;

use self::faults::{Elsewhere, Faults, LISTED};
pub use self::survey::Survey;
use super::mode;
use super::report::{Outcome, Report, Subject};
use super::told::Fault;
use crate::access::{Capability, Scope};
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::fortnight::Fortnight;
use crate::domain::french::counted;
use crate::domain::message::{Explained, Message};
use crate::exchange::measures::{FaultyRow, MeasureReader, MeasureRow};
use crate::exchange::properties::is_no_text;
use crate::exchange::rows::RowFault;
use crate::store::bulk::{self, measures as store};
use crate::store::measures::NewMeasure;
use crate::store::{StoreError, declarations, indicators};
use crate::workflow::measures::check::{Known, MeasureFault, Parts, Row, bounded, in_time};
use crate::workflow::rollups::verify;
use crate::workflow::{Act, Call, Error, Result, Source, Write, audit};

/// Measures that are written at once: as many as a statement's cost disappears behind, and no more memory than a request may take.
const BATCH: usize = 20_000;

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
    /// Leaves faulty rows out, and those of departments where the caller records nothing, instead of all.
    pub skip_invalid: bool,
    /// Only says what would be done.
    pub dry_run: bool,
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
    pub fn write(
        &self,
        call: &mut Call,
        mut survey: Survey,
        file: impl BufRead,
        source: &Source,
        progress: Progress<'_>,
    ) -> Result<Report> {
        let mode = mode(&[(self.skip_invalid, "skip-invalid")]);
        let elsewhere = self.elsewhere(call, &survey);
        let own = survey.departments.iter().filter(|(code, _)| !elsewhere.departments.contains(*code));
        let acts: Vec<(DepartmentCode, Act)> =
            own.map(|(code, rows)| (code.clone(), act_of(code, *rows).from_file(source, &mode))).collect();
        let target = format!("réunions de {}", counted(acts.len(), "département"));
        let whole = format!("{} measures, the meetings of {} departments", survey.rows, acts.len());
        let whole = Act::national("importMeasures", whole).from_file(source, &mode);
        let mut write = call.begin_all(&acts, whole, Capability::RecordMeasures)?;
        let scope = write.scope();
        let mut report = Report::new(Subject::Measures, target, self.dry_run, survey.rows);
        report.properties = std::mem::take(&mut survey.properties);
        report.notices = survey.notices.drain(..).map(Into::into).collect();
        if let Some(fault) = survey.fault {
            report.faults.push(Fault::of_file(fault));
            if self.dry_run {
                write.unchanged();
            }
            return Ok(report);
        }
        bulk::prepare(write.writer()?)?;
        bulk::mark(write.writer()?)?;
        let own: Vec<&DepartmentCode> = acts.iter().map(|(code, _)| code).collect();
        let mut loading = Loading::begin(&mut write, &scope, &survey, &own, elsewhere)?;
        let end = loading.all(&mut write, &survey, file, progress)?;
        let Loading { faults, written, fortnights, by_word, .. } = loading;
        if by_word > 0 {
            let words =
                "le secteur de certaines lignes est un mot pour « rien » (NULL, NA) : elles comptent pour tout le département";
            report.notices.push(Message::new("WORD_FOR_NO_SECTOR", words).with("count", by_word).into());
        }
        report.take(faults.listed, false);
        report.joined_rows = faults.joined_rows;
        report.beyond = (faults.beyond.faults > 0).then_some(faults.beyond);
        let (total, is_whole): (usize, bool) = (written.values().sum(), end.is_none());
        if self.skip_invalid {
            report.leaves_out(faults.left_out);
            let beyond = report.left_out_beyond.unwrap_or_default() + faults.left_out_beyond;
            report.left_out_beyond = (beyond > 0).then_some(beyond);
        }
        report.faults.extend(end.map(Fault::of_file));
        if is_whole && (report.faults.is_empty() || self.skip_invalid && total > 0) {
            report.outcome = Outcome::Imported;
            report.added = total;
        }
        if self.dry_run {
            write.undone()?;
            return Ok(report);
        }
        if report.is_refused() {
            // Without an end: the verdict ends the operation, and is audited under this act.
            return Ok(report);
        }
        bulk::keep(write.writer()?)?;
        if let Some((first, last)) = fortnights {
            let years = verify::years(first, last);
            for (done, department) in written.keys().enumerate() {
                progress(Stage::AddingUp, done, written.len());
                verify::renew(write.writer()?, department, &years)?;
            }
        }
        let detail = |(code, act): (DepartmentCode, Act)| written.get(&code).map(|count| (act, format!("{count} measures")));
        let done: Vec<(Act, String)> = acts.into_iter().filter_map(detail).collect();
        write.done_all(&done)?;
        Ok(report)
    }

    /// The departments of the file where the caller records nothing, unless it records nowhere: then it is refused as a whole. An attempt is a
    /// refusal of its own, as if it stood alone; rows that are to be left out are none.
    fn elsewhere(&self, call: &mut Call, survey: &Survey) -> Elsewhere {
        const SHOWN: usize = 5;
        const AUDITED: usize = 20;
        let Ok(scope) = call.access().scope_or_nowhere(Capability::RecordMeasures) else { return Elsewhere::default() };
        let departments: HashSet<DepartmentCode> = survey.departments.keys().filter(|code| !scope.holds(code)).cloned().collect();
        if scope.is_nowhere() {
            return Elsewhere::default();
        }
        let codes = scope.codes().unwrap_or_default();
        let expected = if codes.len() <= SHOWN { codes.join(", ") } else { format!("{}…", codes[..SHOWN].join(", ")) };
        if !self.skip_invalid && call.holds_nothing() {
            let (office, name) = (Arc::clone(call.office()), call.caller().name());
            for (code, rows) in survey.departments.iter().filter(|(code, _)| departments.contains(*code)).take(AUDITED) {
                if let Err(error) = call.require(Capability::RecordMeasures, code) {
                    audit::refused(&office, &name, &act_of(code, *rows), &error);
                }
            }
        }
        call.forgive(Capability::RecordMeasures);
        Elsewhere { departments, expected, skips: self.skip_invalid }
    }
}

/// The act of one department.
fn act_of(department: &DepartmentCode, rows: usize) -> Act {
    Act::local("importMeasures", department, format!("{rows} measures"))
}

/// What is known of a department of the file.
struct Home {
    since: Option<NaiveDate>,
    known: Known,
    /// By day; of several on one day the one that was recorded first.
    meetings: HashMap<NaiveDate, (i64, Fortnight)>,
    /// Its sectors that are called as programs write nothing: `NA`.
    called_nothing: Vec<SectorCode>,
}

impl Home {
    /// A sector in whose place a word for nothing stands: where one is called so, in whatever case, it is that sector, or none that there is.
    fn called(&self, word: Option<SectorCode>) -> Option<SectorCode> {
        word.filter(|word| self.called_nothing.iter().any(|code| code.as_str().eq_ignore_ascii_case(word.as_str())))
    }

    /// All that is wrong with a measure, as far as it could be read, each with its column.
    fn faults(&self, held_on: Option<NaiveDate>, value: Option<Amount>, parts: Parts<'_>) -> Vec<(&'static str, Message)> {
        let mut faults = Vec::new();
        let of_measure = |found: MeasureFault| (column(&found), found.message());
        match held_on.map(|day| (day, self.meetings.get(&day))) {
            None => {}
            Some((day, None)) => {
                let words = format!("aucune réunion du {} n’est enregistrée", day.format("%d/%m/%Y"));
                faults.push(("meeting", Message::new("NO_MEETING", words).with("day", day)));
            }
            Some((_, Some((_, held)))) => {
                let in_time = parts.fortnight.map_or(Ok(()), |fortnight| in_time(*held, self.since, fortnight));
                faults.extend(in_time.err().map(of_measure));
            }
        }
        faults.extend(value.and_then(|value| bounded(value).err()).map(of_measure));
        faults.extend(self.known.faults(parts).into_iter().map(of_measure));
        faults
    }
}

/// The second reading.
struct Loading {
    homes: HashMap<DepartmentCode, Home>,
    elsewhere: Elsewhere,
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
    /// Rows that count for their whole department by a word that a sector may be called as well.
    by_word: usize,
}

impl Loading {
    /// Reads what is known of the departments, each thing in one statement.
    fn begin(call: &mut Call, scope: &Scope, survey: &Survey, codes: &[&DepartmentCode], elsewhere: Elsewhere) -> Result<Self> {
        let all: Vec<Arc<_>> = indicators::all_for_measuring(call.db()?, codes)?.into_iter().map(Arc::new).collect();
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
            let called_nothing = known.sectors.keys().filter(|code| is_no_text(code.as_str())).cloned().collect();
            (code.clone(), Home { since, known, meetings: held.remove(code).unwrap_or_default(), called_nothing })
        };
        Ok(Self {
            homes: codes.iter().copied().map(home).collect(),
            faults: Faults { skips: elsewhere.skips, ..Faults::default() },
            elsewhere,
            batch: Vec::with_capacity(BATCH),
            places: Vec::with_capacity(BATCH),
            before,
            careful: false,
            written: BTreeMap::new(),
            fortnights: None,
            by_word: 0,
        })
    }

    /// Checks and writes every row. Answers why the file could not be read to its end, if it could not.
    fn all(
        &mut self,
        write: &mut Write<'_>,
        survey: &Survey,
        file: impl BufRead,
        progress: Progress<'_>,
    ) -> Result<Option<Message>> {
        let mut reader = match MeasureReader::open(file) {
            Ok(reader) => reader,
            Err(fault) => return Ok(Some(fault.message())),
        };
        let mut rows = 0;
        loop {
            match reader.row() {
                Err(fault) => return Ok(Some(fault.message())),
                Ok(None) => break,
                Ok(Some(Err(faulty))) => self.take_faulty(*faulty),
                Ok(Some(Ok(row))) => self.take(row)?,
            }
            rows += 1;
            if self.batch.len() == BATCH {
                progress(Stage::Writing, rows, survey.rows);
                self.flush(write)?;
            }
        }
        self.flush(write)?;
        Ok((rows != survey.rows).then(|| Message::new("FILE_CHANGED", "le fichier a changé pendant sa lecture")))
    }

    /// Checks one row; keeps it for the next batch, or its faults.
    fn take(&mut self, row: MeasureRow) -> Result<()> {
        let (index, line, code) = (row.index, row.line, row.indicator.to_string());
        let fault = |field, message| RowFault::new(index, &code, field, message).on(Some(line));
        let Some(home) = self.homes.get(&row.department) else {
            let message = self.stranger(&row.department);
            self.faults.take(vec![fault("department", message)], Some(&row.department));
            return Ok(());
        };
        let MeasureRow { department, held_on, indicator, sector, word, service, value, fortnight, .. } = row;
        let is_word = word.is_some();
        let sector = sector.or_else(|| home.called(word));
        let meeting = home.meetings.get(&held_on).filter(|(_, held)| in_time(*held, home.since, fortnight).is_ok());
        let row = Row { indicator: indicator.clone(), sector: sector.clone(), service, value, fortnight };
        if let (Some((meeting_id, _)), Ok(_), Ok((found, entry))) = (meeting, bounded(value), home.known.check(row)) {
            let (first, last) = self.fortnights.unwrap_or((fortnight, fortnight));
            self.fortnights = Some((first.min(fortnight), last.max(fortnight)));
            self.by_word += usize::from(is_word && sector.is_none());
            let measure = NewMeasure { indicator_id: found.id, entry };
            self.batch.push(store::Brought { department, meeting_id: *meeting_id, measure });
            self.places.push((index, line));
            return Ok(());
        }
        let (sector, service, fortnight) = (Some(sector.as_ref()), Some(service), Some(fortnight));
        let parts = Parts { indicator: Some(&indicator), sector, service, fortnight };
        let faults = home.faults(Some(held_on), Some(value), parts);
        if faults.is_empty() {
            return Err(Error::Internal(format!("line {line} of a file of measures is refused, and nothing is wrong with it")));
        }
        self.faults.take(faults.into_iter().map(|(field, message)| fault(field, message)).collect(), Some(&department));
        Ok(())
    }

    /// Holds what could be read of a row against what is known, so that all of its faults are told at once.
    fn take_faulty(&mut self, row: FaultyRow) {
        let FaultyRow { index, line, code, department, held_on, fortnight, indicator, sector, word, .. } = row;
        let FaultyRow { service, value, mut faults, .. } = row;
        let found = match department.as_ref().map(|code| (code, self.homes.get(code))) {
            None => Vec::new(),
            Some((code, None)) => vec![("department", self.stranger(code))],
            Some((_, Some(home))) => {
                let sector = sector.map(|sector| sector.or_else(|| home.called(word)));
                let sector = sector.as_ref().map(Option::as_ref);
                home.faults(held_on, value, Parts { indicator: indicator.as_ref(), sector, service, fortnight })
            }
        };
        faults.extend(found.into_iter().map(|(field, message)| RowFault::new(index, &code, field, message).on(Some(line))));
        self.faults.take(faults, department.as_ref());
    }

    /// Why a department is not one of those that are written to.
    fn stranger(&self, department: &DepartmentCode) -> Message {
        if self.elsewhere.departments.contains(department) {
            return self.elsewhere.message(department);
        }
        Message::new("FILE_CHANGED", "ce département n’était pas dans le fichier à sa première lecture")
    }

    /// Writes the batch.
    fn flush(&mut self, write: &mut Write<'_>) -> Result<()> {
        let (name, now) = (write.caller().name(), write.now());
        if !self.careful {
            bulk::mark(write.writer()?)?;
            match store::write(write.writer()?, &self.batch, &name, now) {
                Ok(()) => bulk::keep(write.writer()?)?,
                Err(StoreError::Duplicate(_)) => {
                    bulk::undo(write.writer()?)?;
                    self.careful = true;
                }
                Err(other) => return Err(other.into()),
            }
        }
        let refused = if self.careful { self.flush_carefully(write, &name)? } else { HashSet::new() };
        for (_, brought) in self.batch.iter().enumerate().filter(|(at, _)| !refused.contains(at)) {
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

    /// Writes what of the batch has a place of its own, and names the rows that have not: all of them, whether the import is refused for them or
    /// leaves them out. Answers which of the batch they are.
    fn flush_carefully(&mut self, write: &mut Write<'_>, name: &str) -> Result<HashSet<usize>> {
        let now = write.now();
        let mut seen: HashSet<store::Place> = HashSet::with_capacity(self.batch.len());
        let again: Vec<bool> = self.batch.iter().map(|brought| !seen.insert(brought.place())).collect();
        drop(seen);
        let written = store::write_missing(write.writer()?, &self.batch, name, now)?;
        let refused: Vec<(usize, store::Place)> = again
            .into_iter()
            .enumerate()
            .map(|(at, again)| (at, again, self.batch[at].place()))
            .filter(|(_, again, place)| *again || !written.contains(place))
            .map(|(at, _, place)| (at, place))
            .collect();
        let room = LISTED.saturating_sub(self.faults.listed.len());
        let asked: Vec<&store::Place> = refused.iter().take(room).map(|(_, place)| place).collect();
        let standing = if asked.is_empty() { HashSet::new() } else { store::standing(write.db()?, &asked, self.before)? };
        for (nth, (at, place)) in refused.iter().enumerate() {
            let brought = &self.batch[*at];
            let code = self.code(brought);
            let message = if standing.contains(place) {
                Message::new("ALREADY_RECORDED", "cette mesure est déjà enregistrée : corrigez-la")
            } else if nth >= room {
                // Beyond what is listed nobody asks which.
                Message::new("ALREADY_RECORDED", "cette mesure est déjà enregistrée, ou figure plus haut dans le fichier")
            } else {
                Message::new("TWICE", "cette mesure figure deux fois dans le fichier")
            };
            let (index, line) = self.places[*at];
            let row = vec![RowFault::new(index, &code, "row", message).on(Some(line))];
            self.faults.take(row, Some(&brought.department));
        }
        Ok(refused.into_iter().map(|(at, _)| at).collect())
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
