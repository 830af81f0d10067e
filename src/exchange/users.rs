//! Accounts with their grants as CSV: one row for each grant, or one for an account without any. Commas or semicolons, UTF-8, a header in any
//! order. Not for what the cells mean.

use std::collections::BTreeMap;

/// The longest file that is read, in bytes: far more than a thousand accounts.
pub const LONGEST: u64 = 4 << 20;
/// Rows in a file, at most.
const MOST_ROWS: usize = 10_000;

/// A row, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountRow {
    /// Its line number as a spreadsheet shows it: the header is 1.
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

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFault {
    /// The row, as a spreadsheet shows it.
    pub row: usize,
    /// The column.
    pub column: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for AccountFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ligne {}, colonne {} : {}", self.row, self.column, self.message)
    }
}

/// The columns, each with the names that it may bear.
const COLUMNS: [(&str, &[&str]); 7] = [
    ("username", &["username", "identifiant", "compte"]),
    ("display_name", &["display_name", "displayname", "nom", "libelle", "libellé"]),
    ("role", &["role", "rôle"]),
    ("department", &["department", "departement", "département"]),
    ("zone", &["zone"]),
    ("parquet", &["parquet"]),
    ("until", &["until", "jusqu_au", "fin"]),
];

/// Reads a file.
///
/// # Errors
/// Faults of its form: no UTF-8, a header without the columns that must be there, or with others, rows that are no rows, too many.
pub fn read(bytes: &[u8]) -> Result<Vec<AccountRow>, Vec<AccountFault>> {
    let fault = |row, column: &str, message: String| AccountFault { row, column: column.to_owned(), message };
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).map_err(|error| {
        let row = bytes.get(..error.valid_up_to()).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1;
        vec![fault(row, "", "le fichier n’est pas en UTF-8 : enregistrez-le en « CSV UTF-8 »".to_owned())]
    })?;
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.matches(';').count() > header.matches(',').count() { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| vec![fault(1, "", error.to_string())])?.clone();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (place, name) in headers.iter().enumerate() {
        let lower = name.to_lowercase();
        match COLUMNS.iter().find(|(_, names)| names.contains(&lower.as_str())) {
            Some((column, _)) if places.insert(column, place).is_some() => {
                faults.push(fault(1, column, "cette colonne est là deux fois".to_owned()));
            }
            Some(_) => {}
            None => {
                let all: Vec<&str> = COLUMNS.iter().map(|(column, _)| *column).collect();
                let shown: String = name.chars().take(40).collect();
                faults.push(fault(1, &shown, format!("colonne inconnue ; il y a {}", all.join(", "))));
            }
        }
    }
    for needed in ["username", "display_name"] {
        if !places.contains_key(needed) {
            faults.push(fault(1, needed, "cette colonne manque".to_owned()));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
                return Err(vec![fault(row, "", "cette ligne n’a pas autant de colonnes que l’en-tête".to_owned())]);
            }
        };
        let row = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        if rows.len() == MOST_ROWS {
            return Err(vec![fault(row, "", format!("au plus {MOST_ROWS} lignes par fichier"))]);
        }
        let cell = |column: &str| places.get(column).and_then(|place| record.get(*place)).unwrap_or_default().to_owned();
        if record.iter().all(str::is_empty) {
            continue;
        }
        rows.push(AccountRow {
            row,
            username: cell("username"),
            display_name: cell("display_name"),
            role: cell("role"),
            department: cell("department"),
            zone: cell("zone"),
            parquet: cell("parquet"),
            until: cell("until"),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order_under_either_name_and_rows_are_counted_as_a_spreadsheet_counts() {
        let rows = read(
            "\u{feff}nom;identifiant;rôle;département\nPréfecture;prefecture-13;PREFECTURE;13\n;;;\nAutre;autre;;\n".as_bytes(),
        )
        .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].row, rows[0].username.as_str(), rows[0].department.as_str()), (2, "prefecture-13", "13"));
        assert_eq!((rows[1].row, rows[1].role.as_str()), (4, ""));
    }

    #[test]
    fn a_header_that_is_none_is_told_column_by_column() {
        let faults = read(b"username,usernme,role,role\n").unwrap_err();
        let told: Vec<(usize, &str)> = faults.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
        assert_eq!(told, [(1, "usernme"), (1, "role"), (1, "display_name")]);
        assert_eq!(read(b"username,display_name\na,b,c\n").unwrap_err()[0].row, 2);
        assert_eq!(read(b"username,display_name\na,\xE9\n").unwrap_err()[0].row, 2);
    }
}
