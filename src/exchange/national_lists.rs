//! National lists from CSV: a department and a school's UAI, or a department and a sector's code, a row.

use super::rows::{RowFault, department_code};
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};

/// One member of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its department.
    pub department: DepartmentCode,
    /// What it is.
    pub member: Member,
}

/// A school or a sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// By its UAI.
    School(Uai),
    /// By its code in its department.
    Sector(SectorCode),
}

/// The columns of a row, each empty where the row or the file has none.
struct Row<'r> {
    department: &'r str,
    uai: &'r str,
    sector_code: &'r str,
}

/// Rows of a list, at most.
pub const MAX_ROWS: usize = 5_000;

const DEPARTMENT: &[&str] = &["department", "code_departement", "departement"];
const UAI: &[&str] = &["uai", "numero_uai"];
const SECTOR: &[&str] = &["sector_code", "sectorCode", "code_qp", "CODE_QP"];

/// Why a file as a whole is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFileFault {
    /// Not CSV in UTF-8.
    #[error("the file is not CSV in UTF-8: {0}")]
    Malformed(String),
    /// Columns that are needed and not there.
    #[error("the file needs a header with department, and uai or sector_code")]
    NoHeader,
    /// A header alone.
    #[error("the file has no row")]
    Empty,
    /// More rows than any list has.
    #[error("the file has more than {MAX_ROWS} rows")]
    TooManyRows,
}

/// Reads a file with the columns `department` and `uai` or `sector_code`, under these names or those of the ministries' files, between
/// commas or semicolons.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn read(bytes: &[u8]) -> Result<(Vec<MemberRow>, Vec<RowFault>), ListFileFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if header.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).from_reader(bytes);
    let headers = reader.headers().map_err(|error| ListFileFault::Malformed(error.to_string()))?.clone();
    let column = |names: &[&str]| headers.iter().position(|header| names.contains(&header));
    let (Some(department), uai, sector) = (column(DEPARTMENT), column(UAI), column(SECTOR)) else {
        return Err(ListFileFault::NoHeader);
    };
    if uai.is_none() && sector.is_none() {
        return Err(ListFileFault::NoHeader);
    }
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (index, record) in reader.records().enumerate() {
        if index >= MAX_ROWS {
            return Err(ListFileFault::TooManyRows);
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(RowFault::new(index, "", "row", error));
                continue;
            }
        };
        let field = |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default();
        let row = Row { department: field(Some(department)), uai: field(uai), sector_code: field(sector) };
        match member(index, &row) {
            Ok(row) => rows.push(row),
            Err(fault) => faults.push(fault),
        }
    }
    if rows.is_empty() && faults.is_empty() { Err(ListFileFault::Empty) } else { Ok((rows, faults)) }
}

fn member(index: usize, row: &Row<'_>) -> Result<MemberRow, RowFault> {
    let code = if row.uai.is_empty() { row.sector_code } else { row.uai };
    let department = DepartmentCode::parse(department_code(row.department))
        .map_err(|fault| RowFault::new(index, code, "department", fault))?;
    let member = match (row.uai.is_empty(), row.sector_code.is_empty()) {
        (false, true) => Member::School(Uai::parse(row.uai).map_err(|fault| RowFault::new(index, code, "uai", fault))?),
        (true, false) => {
            Member::Sector(SectorCode::parse(row.sector_code).map_err(|fault| RowFault::new(index, code, "sector_code", fault))?)
        }
        (true, true) | (false, false) => {
            return Err(RowFault::new(index, code, "uai", "either uai or sector_code must be given, not both"));
        }
    };
    Ok(MemberRow { index, department, member })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_faults_name_theirs() {
        let file = "department,uai,sector_code\n013,0130007M,\n13,,QP013001\n13,,\n99,0130007M,\n";
        let (rows, faults) = read(file.as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        let places: Vec<(usize, &str)> = faults.iter().map(|fault| (fault.index, fault.field.as_str())).collect();
        assert_eq!(places, [(2, "uai"), (3, "department")]);
    }

    #[test]
    fn a_file_without_its_columns_is_refused() {
        assert_eq!(read(b"a,b\n1,2\n"), Err(ListFileFault::NoHeader));
        assert_eq!(read(b"department\n13\n"), Err(ListFileFault::NoHeader));
    }

    #[test]
    fn a_list_of_nobody_is_taken_for_a_mistake() {
        assert_eq!(read(b"department,uai\n"), Err(ListFileFault::Empty));
    }

    #[test]
    fn a_spreadsheet_writes_semicolons_a_byte_order_mark_and_columns_of_its_own() {
        let file = "\u{feff}nom;numero_uai;code_departement\nJas de Bouffan;0130007M;013\n";
        let (rows, faults) = read(file.as_bytes()).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!((rows[0].department.as_str(), rows.len()), ("13", 1));
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_of_its_own() {
        let (rows, faults) = read(b"department,uai\n13,0130007M,x\n13,0130007M\n").unwrap();
        assert_eq!((rows.len(), faults.len(), faults[0].index), (1, 1, 0));
    }
}
