//! National lists from CSV: a department and a school's UAI, or a department and a sector's code, a row.

use super::rows::{RowFault, department_code};
use super::table::{At, Record, Table, TableFault};
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};
use crate::domain::message::Message;

/// One member of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The line of the file on which it begins.
    pub line: usize,
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

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct ListFile {
    /// Rows that can be read.
    pub rows: Vec<MemberRow>,
    /// What is wrong with the others.
    pub faults: Vec<RowFault>,
    /// The columns that nothing was read from.
    pub unread: Vec<String>,
    /// What is to be known of how the file was read.
    pub notices: Vec<Message>,
}

/// Rows of a list, at most.
pub const MAX_ROWS: usize = 5_000;

/// Bytes of a row, at most: the annuaire's are long.
const MAX_ROW: usize = 16 * 1024;

const DEPARTMENT: &[&str] = &["department", "code_departement", "département", "dep"];
const UAI: &[&str] = &["uai", "numero_uai", "identifiant_de_l_etablissement", "code_uai"];
const SECTOR: &[&str] = &["sector_code", "code_qp", "sector", "code_secteur", "secteur"];

/// Why a file as a whole is refused.
#[derive(Debug, thiserror::Error)]
pub enum ListFileFault {
    /// It is no table, or not this one.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// It cannot be read on.
    #[error("le fichier ne peut pas être lu : {0}")]
    Unreadable(#[from] std::io::Error),
    /// A header alone.
    #[error("le fichier n’a aucune ligne sous son en-tête")]
    Empty,
    /// More rows than any list has.
    #[error("le fichier a plus de {MAX_ROWS} lignes")]
    TooManyRows,
}

impl ListFileFault {
    /// In words, with a reason.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Table(fault) => fault.message(),
            Self::Unreadable(_) => Message::new("UNREADABLE", self.to_string()),
            Self::Empty => Message::new("NO_ROW", self.to_string()),
            Self::TooManyRows => Message::new("TOO_MANY_ROWS", self.to_string()).with("limit", MAX_ROWS),
        }
    }
}

/// Reads a file with the columns `department` and `uai` or `sector_code`, under these names or those of the ministries' files.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn read(bytes: &[u8]) -> Result<ListFile, ListFileFault> {
    let mut table = Table::open(bytes, MAX_ROW, &[DEPARTMENT, UAI, SECTOR])?;
    let (department, uai, sector) = (table.column(DEPARTMENT), table.column(UAI), table.column(SECTOR));
    let missing =
        [department.is_none().then_some("department"), (uai.is_none() && sector.is_none()).then_some("uai ou sector_code")];
    let missing: Vec<&'static str> = missing.into_iter().flatten().collect();
    let Some(department) = department.filter(|_| missing.is_empty()) else {
        return Err(TableFault::MissingColumns { missing, header: table.header_shown() }.into());
    };
    let mut file = ListFile::default();
    while let Some(at) = table.record()? {
        if at.index >= MAX_ROWS {
            return Err(ListFileFault::TooManyRows);
        }
        match member(&mut table, at, department, uai, sector) {
            Ok(row) => file.rows.push(row),
            Err(fault) => file.faults.push(fault.on(Some(at.line))),
        }
    }
    if file.rows.is_empty() && file.faults.is_empty() {
        return Err(ListFileFault::Empty);
    }
    let read = [Some(department), uai, sector];
    let unread =
        table.header_shown().into_iter().enumerate().filter(|(place, name)| !read.contains(&Some(*place)) && !name.is_empty());
    file.unread = unread.map(|(_, name)| name).collect();
    file.notices = table.notices();
    Ok(file)
}

fn member(
    table: &mut Table<&[u8]>,
    at: At,
    department: usize,
    uai: Option<usize>,
    sector: Option<usize>,
) -> Result<MemberRow, Box<RowFault>> {
    let At { index, line, record } = at;
    let (width, header) = (table.width(), table.header().len());
    if record == Record::TooLong || width > header {
        let words = match record {
            Record::TooLong => "est trop longue : un guillemet ouvert ici n’est peut-être pas refermé".to_owned(),
            Record::Whole => format!("a {width} champs, l’en-tête en a {header}"),
        };
        return Err(Box::new(RowFault::new(index, "", "row", Message::new("ROW_WIDTH", words))));
    }
    let mut field = |column: Option<usize>| column.map(|column| table.field(column).into_owned()).unwrap_or_default();
    let (department, uai, sector) = (field(Some(department)), field(uai), field(sector));
    let code = if uai.is_empty() { sector.clone() } else { uai.clone() };
    let fault = |field: &str, message: Message| Box::new(RowFault::new(index, &code, field, message));
    let department = DepartmentCode::parse(&department_code(&department)).map_err(|error| fault("department", error.into()))?;
    let member = match (uai.is_empty(), sector.is_empty()) {
        (false, true) => Member::School(Uai::parse(&uai).map_err(|error| fault("uai", error.into()))?),
        (true, false) => Member::Sector(SectorCode::parse(&sector).map_err(|error| fault("sector_code", error.into()))?),
        (true, true) | (false, false) => {
            let words = "il faut un UAI ou un code de secteur, et pas les deux";
            return Err(fault("uai", Message::new("ONE_MEMBER_EXPECTED", words)));
        }
    };
    Ok(MemberRow { index, line, department, member })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_faults_name_theirs() {
        let file = read(b"department,uai,sector_code\n013,0130007M,\n13,,QP013001\n13,,\n99,0130007M,\n").unwrap();
        assert_eq!(file.rows.len(), 2);
        let places: Vec<_> = file.faults.iter().map(|fault| (fault.index, fault.line, fault.field.as_str())).collect();
        assert_eq!(places, [(2, Some(4), "uai"), (3, Some(5), "department")]);
    }

    #[test]
    fn a_file_without_its_columns_is_refused_and_they_are_named() {
        let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(said(b"a,b\n1,2\n").contains("department, uai ou sector_code"), "{}", said(b"a,b\n1,2\n"));
        assert!(said(b"department\n13\n").contains("colonne uai ou sector_code"));
        assert!(said(b"a,b\n1,2\n").contains("a | b"));
    }

    #[test]
    fn a_list_of_nobody_is_taken_for_a_mistake() {
        assert!(matches!(read(b"department,uai\n"), Err(ListFileFault::Empty)));
    }

    #[test]
    fn headers_of_the_ministries_and_of_spreadsheets_are_read() {
        for file in [
            "\u{feff}nom;numero_uai;code_departement\nJas de Bouffan;0130007M;013\n",
            "\u{feff}identifiant_de_l_etablissement;nom_etablissement;code_departement\r\n0130007M;Collège;013\r\n;;\r\n",
            "\u{feff}UAI;Département\r\n0130007M;13\r\n",
            "uai\tdépartement\n0130007M\t13\n",
        ] {
            let read = read(file.as_bytes()).unwrap();
            assert!(read.faults.is_empty(), "{:?}", read.faults);
            assert_eq!((read.rows[0].department.as_str(), read.rows.len()), ("13", 1), "{file}");
        }
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_of_its_own() {
        let file = read(b"department,uai\n13,0130007M,x\n13,0130007M\n").unwrap();
        assert_eq!((file.rows.len(), file.faults.len(), file.faults[0].index), (1, 1, 0));
    }
}
