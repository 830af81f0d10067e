//! Measures from CSV, millions of rows: read line by line, so that memory does not grow with the file. A row names the department, the day of
//! the meeting that brings the figure, the fortnight, the indicator, the sector (or nothing), the service, and the value.
//!
//! No field of such a row holds a delimiter or a line's end, so that a line is a row, quoted or not, and a quote left open spoils one row only.

use std::io::{self, BufRead};

use chrono::NaiveDate;

use super::rows::{RowFault, department_code};
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, IndicatorCode, SectorCode};
use crate::domain::fortnight::Fortnight;
use crate::domain::vocabulary::ServiceKind;

/// Rows of a file, at most: more than the nation's services record in fifteen years.
pub const MAX_ROWS: usize = 10_000_000;
/// Bytes of a row, at most.
pub const MAX_ROW: usize = 1_000;

/// The columns, in the order in which a row keeps them. A file may have them in any order.
const COLUMNS: [&str; 7] = ["department", "meeting", "fortnight", "indicator", "sector", "service", "value"];

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureRow {
    /// Its place in the file, from 0.
    pub index: usize,
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
    /// Whose figure it is.
    pub service: ServiceKind,
    /// The figure.
    pub value: Amount,
}

/// Why a file as a whole is refused.
#[derive(Debug, thiserror::Error)]
pub enum MeasureFileFault {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Columns that are needed and not there.
    #[error("the file needs a header with {}", COLUMNS.join(", "))]
    NoHeader,
    /// More rows than are taken at once.
    #[error("the file has more than {MAX_ROWS} rows")]
    TooManyRows,
}

/// A file under way.
pub struct MeasureReader<R> {
    input: R,
    /// Where each of [`COLUMNS`] stands in a row.
    places: [usize; COLUMNS.len()],
    width: usize,
    delimiter: char,
    next: usize,
    line: Vec<u8>,
}

/// What a line turned out to be.
enum Line {
    End,
    TooLong,
    Read,
}

impl<R: BufRead> MeasureReader<R> {
    /// Reads the header: the columns' names, between commas or semicolons, in any order.
    ///
    /// # Errors
    /// [`MeasureFileFault::NoHeader`], or that it cannot be read.
    pub fn open(mut input: R) -> Result<Self, MeasureFileFault> {
        let mut line = Vec::new();
        let header = match read_line(&mut input, &mut line)? {
            Line::Read => std::str::from_utf8(&line).map_err(|_| MeasureFileFault::NoHeader)?,
            Line::End | Line::TooLong => return Err(MeasureFileFault::NoHeader),
        };
        let header = header.strip_prefix('\u{feff}').unwrap_or(header);
        let delimiter = if header.contains(';') { ';' } else { ',' };
        let names: Vec<&str> = header.split(delimiter).map(unquoted).collect();
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = names.iter().position(|name| *name == column).ok_or(MeasureFileFault::NoHeader)?;
        }
        let width = names.len();
        Ok(Self { input, places, width, delimiter, next: 0, line })
    }

    /// The next row, or everything that is wrong with it; `None` at the end.
    ///
    /// # Errors
    /// That the file cannot be read on, or has too many rows.
    pub fn row(&mut self) -> Result<Option<Result<MeasureRow, Vec<RowFault>>>, MeasureFileFault> {
        loop {
            let read = read_line(&mut self.input, &mut self.line)?;
            if matches!(read, Line::Read) && self.line.is_empty() {
                continue;
            }
            let index = self.next;
            if !matches!(read, Line::End) {
                if index == MAX_ROWS {
                    return Err(MeasureFileFault::TooManyRows);
                }
                self.next += 1;
            }
            let whole = |message: String| vec![RowFault::new(index, "", "row", message)];
            return Ok(match read {
                Line::End => None,
                Line::TooLong => Some(Err(whole(format!("has more than {MAX_ROW} bytes")))),
                Line::Read => Some(match std::str::from_utf8(&self.line) {
                    Ok(text) => self.parse(index, text),
                    Err(_) => Err(whole("is not UTF-8".to_owned())),
                }),
            });
        }
    }

    fn parse(&self, index: usize, text: &str) -> Result<MeasureRow, Vec<RowFault>> {
        let mut fields = [""; COLUMNS.len()];
        let mut width = 0;
        for field in text.split(self.delimiter) {
            if let Some(column) = self.places.iter().position(|place| *place == width) {
                fields[column] = unquoted(field);
            }
            width += 1;
        }
        if width != self.width {
            let message = format!("has {width} fields, the header has {}", self.width);
            return Err(vec![RowFault::new(index, "", "row", message)]);
        }
        let [department, meeting, fortnight, indicator, sector, service, value] = fields;
        let mut faults = Vec::new();
        let code: String = indicator.chars().take(48).collect();
        let department = noted(&mut faults, index, &code, COLUMNS[0], DepartmentCode::parse(department_code(department)));
        let held_on = noted(&mut faults, index, &code, COLUMNS[1], day(meeting));
        let fortnight = noted(&mut faults, index, &code, COLUMNS[2], fortnight.parse());
        let indicator = noted(&mut faults, index, &code, COLUMNS[3], IndicatorCode::parse(indicator));
        let sector = if sector.is_empty() { Ok(None) } else { SectorCode::parse(sector).map(Some) };
        let sector = noted(&mut faults, index, &code, COLUMNS[4], sector);
        let service = noted(&mut faults, index, &code, COLUMNS[5], service.parse());
        // Where semicolons part the fields, a French spreadsheet wrote commas into its numbers.
        let value = if self.delimiter == ';' { Amount::parse(&value.replace(',', ".")) } else { Amount::parse(value) };
        let value = noted(&mut faults, index, &code, COLUMNS[6], value);
        match (department, held_on, fortnight, indicator, sector, service, value) {
            (Some(department), Some(held_on), Some(fortnight), Some(indicator), Some(sector), Some(service), Some(value)) => {
                Ok(MeasureRow { index, department, held_on, fortnight, indicator, sector, service, value })
            }
            _ => Err(faults),
        }
    }
}

/// Keeps a field's fault, under the row's place and code.
fn noted<T, E: ToString>(faults: &mut Vec<RowFault>, index: usize, code: &str, column: &str, read: Result<T, E>) -> Option<T> {
    read.map_err(|fault| faults.push(RowFault::new(index, code, column, fault))).ok()
}

/// A day as ISO 8601 writes it, and in no shorter way.
fn day(text: &str) -> Result<NaiveDate, &'static str> {
    let fault = "is not a day such as 2010-03-01";
    if text.len() == 10 { text.parse().map_err(|_| fault) } else { Err(fault) }
}

fn unquoted(field: &str) -> &str {
    let field = field.trim();
    field.strip_prefix('"').and_then(|field| field.strip_suffix('"')).unwrap_or(field).trim()
}

/// Reads a line without its end; one that is too long is passed over, never kept.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let (mut any, mut long) = (false, false);
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        long = long || line.len() + part.len() > MAX_ROW;
        if !long {
            line.extend_from_slice(part);
        }
        let used = end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(if !any {
        Line::End
    } else if long {
        Line::TooLong
    } else {
        Line::Read
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "department,meeting,fortnight,indicator,sector,service,value\n";

    type Read = Result<MeasureRow, Vec<RowFault>>;

    fn read(file: &str) -> Vec<Read> {
        let mut reader = MeasureReader::open(file.as_bytes()).unwrap();
        std::iter::from_fn(|| reader.row().unwrap()).collect()
    }

    fn fields(row: &Read) -> Vec<&str> {
        row.as_ref().err().into_iter().flatten().map(|fault| fault.field.as_str()).collect()
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
        let rows =
            read(&format!("{HEADER}99,3/3/2010,2010-3,x y,@,ARMY,many\n13,2010-03-03\n13,2010-03-03,2010-03-1,ILS,,POLICE,1"));
        assert_eq!(fields(&rows[0]), COLUMNS);
        assert_eq!(fields(&rows[1]), ["row"]);
        assert!(rows[2].is_ok(), "the last line needs no end");
    }

    #[test]
    fn a_line_too_long_is_one_fault_and_never_kept() {
        let rows = read(&format!("{HEADER}{}\n13,2010-03-03,2010-03-1,ILS,,POLICE,1\n", "x".repeat(100_000)));
        assert_eq!(fields(&rows[0]), ["row"]);
        assert_eq!(rows[1].as_ref().unwrap().index, 1);
    }

    #[test]
    fn a_file_without_its_columns_is_refused() {
        for file in ["", "a,b\n", "department,meeting,fortnight,indicator,service,value\n"] {
            assert!(matches!(MeasureReader::open(file.as_bytes()), Err(MeasureFileFault::NoHeader)), "{file:?}");
        }
    }
}
