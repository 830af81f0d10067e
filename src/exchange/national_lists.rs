//! National lists from CSV: a department and a school's UAI, or a department and a sector's code, a row.

use super::properties::{PropertyUse, column_of, is_no_text, of_table};
use super::rows::{RowFault, department_code, on_one_line};
use super::table::{At, Table, TableFault};
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
    /// What was read from which column.
    pub properties: PropertyUse,
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
    /// It is no table, or not this one, or cannot be read on.
    #[error(transparent)]
    Table(#[from] TableFault),
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
            Self::Empty => Message::new("NO_ROW", self.to_string()),
            Self::TooManyRows => Message::new("TOO_MANY_ROWS", self.to_string()).with("limit", MAX_ROWS),
        }
    }
}

/// Reads a file with the columns `department` and `uai` or `sector_code`, under these names or those of the ministries' files. The file is the
/// whole of a list: a record that may hold further rows, which nobody looked at, is no row to leave out but a fault of the file.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn read(bytes: &[u8]) -> Result<ListFile, ListFileFault> {
    let mut table = Table::open(bytes, MAX_ROW, &[DEPARTMENT, UAI, SECTOR])?;
    let mut several = Vec::new();
    let mut column = |field: &'static str, names: &[&str]| {
        let (place, ambiguity) = column_of(table.header(), field, names);
        several.extend(ambiguity);
        place
    };
    let (department, uai, sector) = (column("department", DEPARTMENT), column("uai", UAI), column("sector_code", SECTOR));
    let missing =
        [department.is_none().then_some("department"), (uai.is_none() && sector.is_none()).then_some("uai ou sector_code")];
    let missing: Vec<&'static str> = missing.into_iter().flatten().collect();
    let Some(department) = department.filter(|_| missing.is_empty()) else {
        return Err(TableFault::MissingColumns { missing, header: table.header_shown() }.into());
    };
    let mut file = ListFile::default();
    let mut counts = [0; 3];
    while let Some(at) = table.record()? {
        if at.index >= MAX_ROWS {
            return Err(ListFileFault::TooManyRows);
        }
        let line = at.line;
        // The list is a whole: rows that nobody can tell apart are a fault of the file.
        let mut fault = at.record.fault(MAX_ROW);
        for column in [Some(department), uai, sector].into_iter().flatten() {
            fault = fault.or_else(|| on_one_line(&table.field(column)).err());
        }
        if let Some(fault) = fault {
            return Err(TableFault::Row { line, fault }.into());
        }
        if let Some(message) = table.unread(at.record) {
            file.faults.push(RowFault::new(at.index, "", "row", message).on(Some(line)));
            continue;
        }
        for (count, column) in counts.iter_mut().zip([Some(department), uai, sector]) {
            *count += usize::from(column.is_some_and(|column| !is_no_text(&table.field(column))));
        }
        match member(&mut table, at, department, uai, sector) {
            Ok(row) => file.rows.push(row),
            Err(faults) => file.faults.extend(faults.into_iter().map(|fault| fault.on(Some(line)))),
        }
    }
    if file.rows.is_empty() && file.faults.is_empty() {
        return Err(ListFileFault::Empty);
    }
    let places = [Some(department), uai, sector];
    file.properties = of_table(table.header(), &["department", "uai", "sector_code"], &places, &counts);
    file.notices = table.notices();
    file.notices.extend(several);
    Ok(file)
}

fn member(
    table: &mut Table<&[u8]>,
    at: At,
    department: usize,
    uai: Option<usize>,
    sector: Option<usize>,
) -> Result<MemberRow, Vec<RowFault>> {
    let At { index, line, .. } = at;
    let mut field = |column: Option<usize>| {
        let text = column.map(|column| table.field(column).into_owned());
        text.filter(|text| !is_no_text(text)).unwrap_or_default()
    };
    let (department, uai, sector) = (field(Some(department)), field(uai), field(sector));
    let code = if uai.is_empty() { sector.clone() } else { uai.clone() };
    let mut faults = Vec::new();
    let mut note = |field: &'static str, message: Message| faults.push(RowFault::new(index, &code, field, message));
    let department = DepartmentCode::parse(&department_code(&department)).map_err(|error| note("department", error.into())).ok();
    let member = match (uai.is_empty(), sector.is_empty()) {
        (false, true) => Uai::parse(&uai).map(Member::School).map_err(|error| note("uai", error.into())).ok(),
        (true, false) => SectorCode::parse(&sector).map(Member::Sector).map_err(|error| note("sector_code", error.into())).ok(),
        (true, true) | (false, false) => {
            let words = "il faut un UAI ou un code de secteur, et pas les deux";
            note("uai", Message::new("ONE_MEMBER_EXPECTED", words));
            None
        }
    };
    match (department, member) {
        (Some(department), Some(member)) => Ok(MemberRow { index, line, department, member }),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_faults_name_theirs() {
        let file = read(b"department,uai,sector_code\n013,0130007M,\n13,,QP013001\n13,,\n99,0130007X,\n").unwrap();
        assert_eq!(file.rows.len(), 2);
        let places: Vec<_> = file.faults.iter().map(|fault| (fault.index, fault.line, fault.field)).collect();
        assert_eq!(places, [(2, Some(4), "uai"), (3, Some(5), "department"), (3, Some(5), "uai")]);
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
    fn rows_that_nobody_looked_at_are_a_fault_of_the_file() {
        let told = |rows: &str| {
            let fault = read(format!("department,uai,name\n13,0130007M,\n{rows}").as_bytes()).unwrap_err().message();
            (fault.reason, fault.parameters.into_iter().find(|(name, _)| *name == "line").map(|(_, line)| line))
        };
        let on_line_3 = |reason| (reason, Some("3".to_owned()));
        assert_eq!(told("13,\"0139901S,\n13,0139902T,\n"), on_line_3("UNCLOSED_QUOTE"));
        assert_eq!(told("13,\"0139901S\n13,0139902T\",\n"), on_line_3("LINE_END"));
        assert_eq!(told("13,0139901S,\"A\n13,0139902T,\"B\n"), on_line_3("LINE_END"));
        assert_eq!(told(&format!("13,0139901S,\"{}\"\n", "x\n".repeat(MAX_ROW))), on_line_3("ROW_TOO_LONG"));
    }

    #[test]
    fn a_word_for_nothing_is_no_member() {
        let file = read(b"department,uai,sector_code\n13,0130007M,NULL\n13,n/a,QP013001\n13,#N/A,-\n").unwrap();
        let told: Vec<_> = file.faults.iter().map(|fault| fault.message.reason).collect();
        assert_eq!((file.rows.len(), told), (2, vec!["ONE_MEMBER_EXPECTED"]));
    }

    #[test]
    fn every_column_is_told_and_rows_that_cannot_be_read_change_nothing_of_it() {
        let far: Vec<String> = (0..60).map(|column| format!("c{column}")).collect();
        let header = format!("{},département,uai", far.join(","));
        let sound = format!("{},13,0130007M\n", vec![""; 60].join(","));
        let uses = |rows: &str| read(format!("{header}\n{rows}").as_bytes()).unwrap().properties;
        let expected = uses(&sound);
        assert_eq!((expected.unread.clone(), expected.missing.clone()), (far, vec!["sector_code"]));
        let counts: Vec<_> = expected.read.iter().map(|read| (read.property.as_str(), read.count)).collect();
        assert_eq!(counts, [("département", 1), ("uai", 1)]);
        let wide = format!("{},x\n", sound.trim_end());
        assert_eq!(uses(&format!("{sound}{wide}")), expected);
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_of_its_own() {
        let file = read(b"department,uai\n13,0130007M,x\n13,0130007M\n").unwrap();
        assert_eq!((file.rows.len(), file.faults.len(), file.faults[0].index), (1, 1, 0));
    }
}
