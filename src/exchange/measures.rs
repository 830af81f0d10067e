//! Measures from CSV, millions of rows: read record by record, so that memory does not grow with the file. A row names the department, the day
//! of the meeting that brings the figure, the fortnight, the indicator, the sector (or nothing), the service, and the value. How spreadsheets
//! write tables is `table`'s, how they write days and numbers `cells`'.

use std::io::BufRead;

use chrono::NaiveDate;

use super::cells;
use super::properties::{PropertyUse, column_of, is_no_text, of_table};
use super::rows::{RowFault, department_code, on_one_line, shown};
use super::table::{At, Table, TableFault, row_width};
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, IndicatorCode, SectorCode};
use crate::domain::fortnight::Fortnight;
use crate::domain::message::Message;
use crate::domain::normal::folded;
use crate::domain::vocabulary::ServiceKind;

/// Rows of a file, at most: more than the nation's services record in fifteen years.
pub const MAX_ROWS: usize = 10_000_000;
/// Bytes of a row, at most.
pub const MAX_ROW: usize = 1_000;

/// The columns, in the order in which a row keeps them. A file may have them in any order.
const COLUMNS: [&str; 7] = ["department", "meeting", "fortnight", "indicator", "sector", "service", "value"];
/// The place of the sector, the one that may be empty.
const SECTOR: usize = 4;
/// The names of each in a file.
const NAMES: [&[&str]; 7] = [
    &["department", "département", "code_departement", "dep"],
    &["meeting", "réunion", "date_reunion"],
    &["fortnight", "quinzaine"],
    &["indicator", "indicateur"],
    &["sector", "secteur", "sector_code", "code_secteur"],
    &["service"],
    &["value", "valeur"],
];

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The line of the file on which it begins.
    pub line: usize,
    /// The department.
    pub department: DepartmentCode,
    /// The day of the meeting that brings it.
    pub held_on: NaiveDate,
    /// The fortnight that it is of.
    pub fortnight: Fortnight,
    /// The indicator.
    pub indicator: IndicatorCode,
    /// The sector; none: the whole department.
    pub sector: Option<SectorCode>,
    /// In place of a sector, a word for nothing that a sector may be called as well: `NA`.
    pub word: Option<SectorCode>,
    /// Whose figure it is.
    pub service: ServiceKind,
    /// The figure.
    pub value: Amount,
}

/// A row with faults: as much of it as could be read, so that it is held against what is known all the same.
#[derive(Clone, Debug)]
pub struct FaultyRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The line of the file on which it begins.
    pub line: usize,
    /// The indicator as the file has it, cut short.
    pub code: String,
    /// The department.
    pub department: Option<DepartmentCode>,
    /// The day of the meeting that brings it.
    pub held_on: Option<NaiveDate>,
    /// The fortnight that it is of.
    pub fortnight: Option<Fortnight>,
    /// The indicator.
    pub indicator: Option<IndicatorCode>,
    /// The sector, or the whole department.
    pub sector: Option<Option<SectorCode>>,
    /// In place of a sector, a word for nothing that a sector may be called as well.
    pub word: Option<SectorCode>,
    /// Whose figure it is.
    pub service: Option<ServiceKind>,
    /// The figure.
    pub value: Option<Amount>,
    /// Everything that could not be read of it.
    pub faults: Vec<RowFault>,
}

impl FaultyRow {
    /// A row of which nothing could be read.
    fn whole(at: At, message: Message) -> Box<Self> {
        let At { index, line, .. } = at;
        let faults = vec![RowFault::new(index, "", "row", message).on(Some(line))];
        let (code, department, held_on, fortnight) = (String::new(), None, None, None);
        Box::new(Self {
            index,
            line,
            code,
            department,
            held_on,
            fortnight,
            indicator: None,
            sector: None,
            word: None,
            service: None,
            value: None,
            faults,
        })
    }
}

/// Why a file as a whole is refused.
#[derive(Debug, thiserror::Error)]
pub enum MeasureFileFault {
    /// It is no table, or not this one, or cannot be read on.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// More rows than are taken at once.
    #[error("le fichier a plus de {MAX_ROWS} lignes")]
    TooManyRows,
}

impl MeasureFileFault {
    /// In words, with a reason.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Table(fault) => fault.message(),
            Self::TooManyRows => Message::new("TOO_MANY_ROWS", self.to_string()).with("limit", MAX_ROWS),
        }
    }
}

/// A file under way.
pub struct MeasureReader<R> {
    table: Table<R>,
    /// Where each of [`COLUMNS`] stands in a row.
    places: [usize; COLUMNS.len()],
    /// In how many rows each held something.
    counts: [usize; COLUMNS.len()],
    /// Fields that several columns may hold.
    several: Vec<Message>,
}

impl<R: BufRead> MeasureReader<R> {
    /// Reads the header: the columns' names in any order, case and delimiter.
    ///
    /// # Errors
    /// Columns are missing (all are named, with the header as read), or it cannot be read.
    pub fn open(input: R) -> Result<Self, MeasureFileFault> {
        let table = Table::open(input, MAX_ROW, &NAMES)?;
        let (mut places, mut missing, mut several) = ([0; COLUMNS.len()], Vec::new(), Vec::new());
        for ((place, names), column) in places.iter_mut().zip(NAMES).zip(COLUMNS) {
            let (found, ambiguity) = column_of(table.header(), column, names);
            several.extend(ambiguity);
            match found {
                Some(found) => *place = found,
                None => missing.push(column),
            }
        }
        if !missing.is_empty() {
            return Err(TableFault::MissingColumns { missing, header: table.header_shown() }.into());
        }
        Ok(Self { table, places, counts: [0; COLUMNS.len()], several })
    }

    /// What is to be known of how the file was read so far.
    #[must_use]
    pub fn notices(&self) -> Vec<Message> {
        let mut notices = self.table.notices();
        notices.extend(self.several.iter().cloned());
        notices
    }

    /// What was read from which column so far.
    #[must_use]
    pub fn properties(&self) -> PropertyUse {
        of_table(self.table.header(), &COLUMNS, &self.places.map(Some), &self.counts)
    }

    /// The next row, or everything that is wrong with it; `None` at the end.
    ///
    /// # Errors
    /// That the file cannot be read on, or has too many rows.
    pub fn row(&mut self) -> Result<Option<Result<MeasureRow, Box<FaultyRow>>>, MeasureFileFault> {
        let Some(at) = self.table.record()? else { return Ok(None) };
        if at.index == MAX_ROWS {
            return Err(MeasureFileFault::TooManyRows);
        }
        Ok(Some(self.parse(at)))
    }

    fn parse(&mut self, at: At) -> Result<MeasureRow, Box<FaultyRow>> {
        let whole = |message| FaultyRow::whole(at, message);
        if let Some(message) = at.record.fault(MAX_ROW) {
            return Err(whole(message));
        }
        let (width, header) = (self.table.width(), self.table.header().len());
        let lacks = self.places.iter().enumerate().any(|(column, place)| *place >= width && column != SECTOR);
        if width > header || lacks {
            return Err(whole(Message::new("ROW_WIDTH", row_width(width, header)).with("found", width).with("expected", header)));
        }
        let commas = self.table.parted_by_commas();
        for (count, place) in self.counts.iter_mut().zip(self.places) {
            *count += usize::from(!is_no_text(&self.table.field(place)));
        }
        let mut faults = Vec::new();
        let [department, meeting, fortnight, indicator, sector, service, value] = self.places;
        let code: String = self.table.field(indicator).chars().take(48).collect();
        let mut noted = Noted { faults: &mut faults, at, code: &code };
        let text = self.table.field(department);
        let department = noted.take(COLUMNS[0], DepartmentCode::parse(&department_code(&text)));
        let held_on = noted.take(COLUMNS[1], cells::day(&self.table.field(meeting)));
        let fortnight = noted.take(COLUMNS[2], cells::fortnight(&self.table.field(fortnight)));
        let indicator = noted.take(COLUMNS[3], IndicatorCode::parse(&self.table.field(indicator)));
        let text = self.table.field(sector);
        let read = SectorCode::parse(&text);
        let (sector, word) = if is_no_text(&text) { (Ok(None), read.ok()) } else { (read.map(Some), None) };
        let sector = noted.take(COLUMNS[SECTOR], sector);
        let service = noted.take(COLUMNS[5], service_kind(&self.table.field(service)));
        let text = self.table.field(value);
        let value = noted.take(COLUMNS[6], on_one_line(&text).and_then(|()| cells::amount(&text, commas)));
        let At { index, line, .. } = at;
        match (department, held_on, fortnight, indicator, sector, service, value) {
            (Some(department), Some(held_on), Some(fortnight), Some(indicator), Some(sector), Some(service), Some(value)) => {
                Ok(MeasureRow { index, line, department, held_on, fortnight, indicator, sector, word, service, value })
            }
            (department, held_on, fortnight, indicator, sector, service, value) => Err(Box::new(FaultyRow {
                index,
                line,
                code,
                department,
                held_on,
                fortnight,
                indicator,
                sector,
                word,
                service,
                value,
                faults,
            })),
        }
    }
}

/// A service by its name or its French label, in either case.
fn service_kind(text: &str) -> Result<ServiceKind, Message> {
    text.parse().or_else(|_| {
        let bare = folded(text);
        let found = ServiceKind::ALL.iter().find(|kind| folded(kind.as_str()) == bare || folded(kind.label_fr()) == bare);
        found.copied().ok_or_else(|| {
            let known: Vec<&str> = ServiceKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let words = format!("« {} » n’est pas un service : {}", shown(text), known.join(", "));
            Message::new("UNKNOWN_SERVICE", words).with("found", shown(text)).with("expected", known.join(", "))
        })
    })
}

/// Keeps the faults of a row under its place and code.
struct Noted<'n> {
    faults: &'n mut Vec<RowFault>,
    at: At,
    code: &'n str,
}

impl Noted<'_> {
    fn take<T, E: Into<Message>>(&mut self, column: &'static str, read: Result<T, E>) -> Option<T> {
        let At { index, line, .. } = self.at;
        read.map_err(|fault| self.faults.push(RowFault::new(index, self.code, column, fault).on(Some(line)))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "department,meeting,fortnight,indicator,sector,service,value\n";

    type Read = Result<MeasureRow, Box<FaultyRow>>;

    fn read(file: &str) -> Vec<Read> {
        let mut reader = MeasureReader::open(file.as_bytes()).unwrap();
        std::iter::from_fn(|| reader.row().unwrap()).collect()
    }

    fn fields(row: &Read) -> Vec<&str> {
        row.as_ref().err().into_iter().flat_map(|bad| &bad.faults).map(|fault| fault.field).collect()
    }

    #[test]
    fn a_row_is_read_and_one_without_a_sector_is_of_the_department() {
        let rows = read(&format!(
            "{HEADER}13,2010-03-03,2010-03-1,ILS_TOTAL,S1,POLICE,12.5\n013,2010-03-03,2010-02-2,ILS_TOTAL,,POLICE,0\n"
        ));
        let first = rows[0].as_ref().unwrap();
        assert_eq!((first.index, first.department.as_str(), first.value.scaled()), (0, "13", 125_000));
        let second = rows[1].as_ref().unwrap();
        assert_eq!((second.index, second.department.as_str(), second.sector.as_ref()), (1, "13", None));
    }

    #[test]
    fn a_spreadsheet_writes_semicolons_quotes_decimal_commas_and_columns_in_its_own_order() {
        let file = "\u{feff}value;note;department;meeting;fortnight;indicator;sector;service\r\n\
                    \"1,5\";x;\"13\";\"2010-03-03\";2010-03-1;ILS_TOTAL;;POLICE\r\n\r\n";
        let rows = read(file);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].as_ref().unwrap().value.scaled(), 15_000);
    }

    #[test]
    fn every_fault_of_a_row_is_named_by_its_column() {
        let rows = read(&format!("{HEADER}99,hier,2010-3,x y,@,ARMY,many\n13,2010-03-03\n13,2010-03-03,2010-03-1,ILS,,POLICE,1"));
        assert_eq!(fields(&rows[0]), COLUMNS);
        assert_eq!(fields(&rows[1]), ["row"]);
        assert!(rows[2].is_ok(), "the last line needs no end");
    }

    #[test]
    fn a_quote_left_open_swallows_no_row_in_silence() {
        let open = format!("{HEADER}13,2010-03-03,2010-03-1,ILS,,POLICE,\"1\n13,2010-03-03,2010-03-1,ILS,,POLICE,2\n");
        let fault = MeasureReader::open(open.as_bytes()).unwrap().row().unwrap_err().message();
        assert_eq!((fault.reason, fault.parameters), ("UNCLOSED_QUOTE", vec![("line", "2".to_owned())]));
        let rows = read(&format!("{HEADER}13,2010-03-03,2010-03-1,ILS,,POLICE,\"1\n13,2010-03-03,2010-03-1,ILS,,POLICE,\"2\n"));
        assert_eq!((rows.len(), fields(&rows[0])), (1, vec!["row"]));
        let rows = read(&format!("{HEADER}13,2010-03-03,2010-03-1,ILS,,POLICE,\"1\n234\"\n"));
        assert_eq!(fields(&rows[0]), ["value"]);
    }

    #[test]
    fn a_word_for_nothing_is_no_sector_and_is_kept_where_a_sector_may_be_called_so() {
        for (text, word) in [("NULL", Some("NULL")), ("N/A", Some("N/A")), ("#N/A", None), ("-", None), ("", None)] {
            let rows = read(&format!("{HEADER}13,2010-03-03,2010-03-1,ILS,{text},POLICE,1\n"));
            let row = rows[0].as_ref().unwrap();
            assert_eq!((row.sector.as_ref(), row.word.as_ref().map(SectorCode::as_str)), (None, word));
        }
    }

    #[test]
    fn a_line_too_long_is_one_fault_and_never_kept() {
        let rows = read(&format!("{HEADER}{}\n13,2010-03-03,2010-03-1,ILS,,POLICE,1\n", "x".repeat(100_000)));
        assert_eq!(fields(&rows[0]), ["row"]);
        assert_eq!(rows[1].as_ref().unwrap().index, 1);
    }

    #[test]
    fn a_file_without_its_columns_is_refused_and_they_are_named() {
        assert!(matches!(MeasureReader::open(&b""[..]), Err(MeasureFileFault::Table(TableFault::Empty))));
        for file in ["a,b\n", "Department,Meeting,fortnight,indicator,service,value\n"] {
            let fault = MeasureReader::open(file.as_bytes()).err().unwrap().message();
            assert_eq!(fault.reason, "COLUMN_MISSING");
            assert!(fault.text.contains("sector") && fault.text.contains(&file.trim().replace(',', " | ")), "{}", fault.text);
        }
    }
}
