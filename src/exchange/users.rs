//! Accounts with their grants as CSV: one row for each grant, or one for an account without any. The columns stand in any order; how
//! spreadsheets write tables is `table`'s. Not for what the cells mean.

use std::collections::BTreeMap;

use super::properties::column_of;
use super::rows::{on_one_line, shown};
use super::table::{At, Table, TableFault, row_width};
use crate::domain::message::Message;
use crate::domain::normal::folded;

/// The longest file that is read, in bytes: far more than a thousand accounts.
pub const LONGEST: u64 = 4 << 20;
/// Rows in a file, at most.
const MOST_ROWS: usize = 10_000;
/// Bytes of a row, at most.
const MAX_ROW: usize = 4_000;

/// A row, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountRow {
    /// The line of the file on which it begins, from 1.
    pub row: usize,
    /// Whose.
    pub username: String,
    /// What people read.
    pub display_name: String,
    /// The role; empty for none.
    pub role: String,
    /// Code of a department, if the grant is over one.
    pub department: String,
    /// Code of a defence zone.
    pub zone: String,
    /// Code of a parquet.
    pub parquet: String,
    /// Last day, if any.
    pub until: String,
}

/// A file as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFile {
    /// Rows that can be read.
    pub rows: Vec<AccountRow>,
    /// What is wrong with the others.
    pub faults: Vec<AccountFault>,
    /// What is to be known of how the file was read.
    pub notices: Vec<Message>,
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFault {
    /// The line of the file; 0 for the file as a whole.
    pub row: usize,
    /// The column.
    pub column: String,
    /// What is wrong.
    pub message: String,
}

/// Lines that a fault of many rows names.
const NAMED: usize = 5;

/// Faults in words, one and the same fault of a column once, with the lines that have it.
#[must_use]
pub fn told(faults: &[AccountFault]) -> Vec<String> {
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut groups: Vec<(&AccountFault, Vec<usize>)> = Vec::new();
    for fault in faults {
        let place = *places.entry((&fault.column, &fault.message)).or_insert_with(|| {
            groups.push((fault, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, rows)) = groups.get_mut(place) {
            rows.push(fault.row);
        }
    }
    let told = |(AccountFault { column, message, .. }, rows): (&AccountFault, Vec<usize>)| {
        let column = if column.is_empty() { String::new() } else { format!(", colonne {column}") };
        match rows.as_slice() {
            [] | [0] => message.clone(),
            [row] => format!("ligne {row}{column} : {message}"),
            many => {
                let named: Vec<String> = many.iter().take(NAMED).map(ToString::to_string).collect();
                let more = if many.len() > NAMED { format!("… ({} lignes)", many.len()) } else { String::new() };
                format!("lignes {}{more}{column} : {message}", named.join(", "))
            }
        }
    };
    groups.into_iter().map(told).collect()
}

/// The columns, each with the names that it may bear.
const COLUMNS: [(&str, &[&str]); 7] = [
    ("username", &["username", "identifiant", "compte", "utilisateur", "nom_d_utilisateur"]),
    ("display_name", &["display_name", "nom", "libellé", "nom_affiché"]),
    ("role", &["role", "rôle"]),
    ("department", &["department", "département", "code_departement", "dep"]),
    ("zone", &["zone", "zone_de_défense"]),
    ("parquet", &["parquet", "code_parquet"]),
    ("until", &["until", "jusqu_au", "fin", "date_de_fin"]),
];

/// Reads a file.
///
/// # Errors
/// Faults of the file as a whole: no table, a header without the columns that must be there or with others, nothing under it, too many rows.
pub fn read(bytes: &[u8]) -> Result<AccountFile, Vec<AccountFault>> {
    let fault = |row, column: &str, message: String| AccountFault { row, column: column.to_owned(), message };
    let known: Vec<&[&str]> = COLUMNS.iter().map(|(_, names)| *names).collect();
    let whole = |error: TableFault| vec![fault(0, "", error.to_string())];
    let mut table = Table::open(bytes, MAX_ROW, &known).map_err(whole)?;
    let places = columns(table.header())?;
    let mut file = AccountFile::default();
    while let Some(At { index, line, record }) = table.record().map_err(whole)? {
        if index == MOST_ROWS {
            return Err(vec![fault(line, "", format!("au plus {MOST_ROWS} lignes par fichier"))]);
        }
        let (width, header) = (table.width(), table.header().len());
        if let Some(message) = record.fault(MAX_ROW) {
            file.faults.push(fault(line, "", message.text));
            continue;
        }
        if width != header {
            file.faults.push(fault(line, "", row_width(width, header)));
            continue;
        }
        let mut cell = |place: Option<usize>| place.map(|place| table.field(place).into_owned()).unwrap_or_default();
        let [username, display_name, role, department, zone, parquet, until] = places;
        let name = cell(display_name);
        if let Err(message) = on_one_line(&name) {
            file.faults.push(fault(line, "display_name", message.text));
            continue;
        }
        file.rows.push(AccountRow {
            row: line,
            username: cell(username),
            display_name: name,
            role: cell(role),
            department: cell(department),
            zone: cell(zone),
            parquet: cell(parquet),
            until: cell(until),
        });
    }
    if file.rows.is_empty() && file.faults.is_empty() {
        return Err(vec![fault(
            0,
            "",
            "le fichier n’a aucune ligne sous son en-tête : il n’y a aucun compte à créer".to_owned(),
        )]);
    }
    file.notices = table.notices();
    Ok(file)
}

/// Where the columns stand in a header.
///
/// # Errors
/// Every column that lacks, is there twice, or is none.
fn columns(header: &[String]) -> Result<[Option<usize>; COLUMNS.len()], Vec<AccountFault>> {
    let fault = |column: &str, message: String| AccountFault { row: 1, column: column.to_owned(), message };
    let (mut places, mut faults) = ([None; COLUMNS.len()], Vec::new());
    for (place, (column, names)) in places.iter_mut().zip(COLUMNS) {
        let (found, several) = column_of(header, column, names);
        *place = found;
        faults.extend(several.map(|_| fault(column, "cette colonne est là deux fois".to_owned())));
    }
    let names: Vec<String> = COLUMNS.iter().flat_map(|(_, names)| names.iter()).map(|name| folded(name)).collect();
    let all: Vec<&str> = COLUMNS.iter().map(|(column, _)| *column).collect();
    let unknown = header.iter().filter(|name| !name.is_empty() && !names.contains(&folded(name)));
    faults.extend(unknown.map(|name| fault(&shown(name), format!("colonne inconnue ; il y a {}", all.join(", ")))));
    let lacks = COLUMNS.iter().zip(places).take(2).filter(|(_, place)| place.is_none());
    faults.extend(lacks.map(|((column, _), _)| fault(column, "cette colonne manque".to_owned())));
    if faults.is_empty() { Ok(places) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order_under_either_name_and_rows_are_counted_as_a_spreadsheet_counts() {
        let file = "\u{feff}nom;identifiant;rôle;département\nPréfecture;prefecture-13;PREFECTURE;13\n;;;\nAutre;autre;;\n";
        let rows = read(file.as_bytes()).unwrap().rows;
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].row, rows[0].username.as_str(), rows[0].department.as_str()), (2, "prefecture-13", "13"));
        assert_eq!((rows[1].row, rows[1].role.as_str()), (4, ""));
    }

    #[test]
    fn a_header_that_is_none_is_told_column_by_column() {
        let faults = read(b"username,usernme,role,role\n").unwrap_err();
        let told: Vec<(usize, &str)> = faults.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
        assert_eq!(told, [(1, "role"), (1, "usernme"), (1, "display_name")]);
        let faults = read(b"username,display_name\na,b,c\nd\n").unwrap().faults;
        assert_eq!(faults.iter().map(|fault| fault.row).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn a_quote_that_is_not_closed_where_it_should_be_is_told() {
        let read = |rows: &str| read(format!("identifiant;nom\n{rows}").as_bytes());
        let open = told(&read("a;\"A\nb;B\n").unwrap_err()).join("");
        assert!(open.starts_with("ligne 2 : ") && open.contains("jamais refermé"), "{open}");
        let late = read("a;\"A\nb\"\nc;C\n").unwrap().faults;
        assert!(matches!(late.as_slice(), [fault] if fault.row == 2 && fault.column == "display_name"), "{late:?}");
        let late = read("a;\"A\nb;B\"\nc;C\n").unwrap().faults;
        assert!(matches!(late.as_slice(), [fault] if fault.row == 2 && fault.column.is_empty()), "{late:?}");
    }

    #[test]
    fn a_header_alone_names_nobody() {
        let faults = read("identifiant;nom;rôle\n;;\n".as_bytes()).unwrap_err();
        assert!(faults[0].message.contains("aucune ligne sous son en-tête"), "{faults:?}");
    }

    #[test]
    fn accounts_are_read_however_a_spreadsheet_writes_them() {
        let text = "identifiant\tnom\tdépartement\r\nautre\tPréfet\t13\r\n";
        let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes().to_vec(), utf16, encoding_rs::WINDOWS_1252.encode(text).0.into_owned()] {
            let file = read(&bytes).unwrap();
            assert_eq!((file.rows[0].display_name.as_str(), file.rows[0].department.as_str()), ("Préfet", "13"));
        }
    }

    #[test]
    fn one_fault_of_many_rows_is_told_once_with_its_lines() {
        let fault = |row, message: &str| AccountFault { row, column: "role".to_owned(), message: message.to_owned() };
        let mut faults: Vec<AccountFault> = (2..9).map(|row| fault(row, "ROI n’est pas un rôle")).collect();
        faults.push(fault(9, "DUC n’est pas un rôle"));
        let expected = [
            "lignes 2, 3, 4, 5, 6… (7 lignes), colonne role : ROI n’est pas un rôle",
            "ligne 9, colonne role : DUC n’est pas un rôle",
        ];
        assert_eq!(told(&faults), expected);
    }
}
