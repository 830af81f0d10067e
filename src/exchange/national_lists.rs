//! National lists from CSV: a department and a school's UAI, or a department and a sector's code, a row.

use serde::Deserialize;

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

#[derive(Deserialize)]
struct Row {
    department: String,
    #[serde(default)]
    uai: String,
    #[serde(default)]
    sector_code: String,
}

/// Rows of a list, at most.
pub const MAX_ROWS: usize = 5_000;

/// Reads a file with the columns `department` and `uai` or `sector_code`.
///
/// # Errors
/// What is wrong with the file as a whole: no header, or too many rows.
pub fn read(bytes: &[u8]) -> Result<(Vec<MemberRow>, Vec<RowFault>), String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let has = |name: &str| headers.iter().any(|header| header == name);
    if !has("department") || !(has("uai") || has("sector_code")) {
        return Err("the file needs a header with department and uai or sector_code".to_owned());
    }
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (index, record) in reader.deserialize::<Row>().enumerate() {
        if index >= MAX_ROWS {
            return Err(format!("the file has more than {MAX_ROWS} rows"));
        }
        match record.map_err(|error| RowFault::new(index, "", "row", error)).and_then(|row| member(index, &row)) {
            Ok(row) => rows.push(row),
            Err(fault) => faults.push(fault),
        }
    }
    Ok((rows, faults))
}

fn member(index: usize, row: &Row) -> Result<MemberRow, RowFault> {
    let code = if row.uai.is_empty() { &row.sector_code } else { &row.uai };
    let department = DepartmentCode::parse(department_code(&row.department))
        .map_err(|fault| RowFault::new(index, code, "department", fault))?;
    let member = match (row.uai.is_empty(), row.sector_code.is_empty()) {
        (false, true) => Member::School(Uai::parse(&row.uai).map_err(|fault| RowFault::new(index, code, "uai", fault))?),
        (true, false) => {
            Member::Sector(SectorCode::parse(&row.sector_code).map_err(|fault| RowFault::new(index, code, "sector_code", fault))?)
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
        assert!(read(b"a,b\n1,2\n").is_err());
    }
}
