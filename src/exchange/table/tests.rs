//! Reading tables: delimiters, encodings, quotes, titles, files of another kind.

use super::*;

const KNOWN: &[&[&str]] = &[&["uai"], &["département"]];

fn rows(bytes: &[u8]) -> Vec<(usize, Vec<String>)> {
    let mut table = Table::open(bytes, 1_000, KNOWN).unwrap();
    let mut rows = Vec::new();
    while let Some(at) = table.record().unwrap() {
        let fields = (0..table.width()).map(|column| table.field(column).into_owned()).collect();
        rows.push((at.line, if at.record == Record::Whole { fields } else { vec!["…".to_owned()] }));
    }
    rows
}

fn row(line: usize, fields: &[&str]) -> (usize, Vec<String>) {
    (line, fields.iter().map(|field| (*field).to_owned()).collect())
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[test]
fn every_delimiter_encoding_and_line_end_of_a_spreadsheet_is_read() {
    let expected = [row(2, &["0139901S", "Collège"]), row(3, &["0139902T", "Été"])];
    let text = "uai;nom\n0139901S;Collège\n0139902T;Été\n";
    let mut written: Vec<Vec<u8>> = Vec::new();
    for delimiter in [";", ",", "\t", "|"] {
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace(';', delimiter).replace('\n', end);
            written.push(text.clone().into_bytes());
            written.push(format!("\u{feff}{text}").into_bytes());
            written.push(text.trim_end().as_bytes().to_vec());
            for little in [true, false] {
                written.push(utf16(&format!("\u{feff}{text}"), little));
                written.push(utf16(&text, little));
            }
            written.push(encoding_rs::WINDOWS_1252.encode(&text).0.into_owned());
        }
    }
    for bytes in written {
        assert_eq!(rows(&bytes), expected, "{:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn quoted_fields_hold_delimiters_quotes_and_line_ends() {
    let text = "uai,nom\n1,\"a, \"\"b\"\"\nc\"\n2,d\n";
    assert_eq!(rows(text.as_bytes()), [row(2, &["1", "a, \"b\"\nc"]), row(4, &["2", "d"])]);
}

#[test]
fn a_formula_that_is_but_a_text_is_that_text() {
    let text = "uai;nom\n=\"0130001A\";\"=\"\"a;b\"\"\"\n=\"\";=1+1\n=\"a\"&\"b\";=\n";
    let expected = [row(2, &["0130001A", "a;b"]), row(3, &["", "=1+1"]), row(4, &["=\"a\"&\"b\"", "="])];
    assert_eq!(rows(text.as_bytes()), expected);
}

#[test]
fn a_line_that_says_the_delimiter_is_believed() {
    assert_eq!(rows(b"sep=;\r\nuai;nom\r\n1;a,b,c\r\n"), [row(3, &["1", "a,b,c"])]);
    assert_eq!(rows(b"\xef\xbb\xbfsep=,\nuai,nom\n1,a\n"), [row(3, &["1", "a"])]);
}

#[test]
fn rows_of_delimiters_and_empty_lines_are_passed_over_and_lines_counted() {
    assert_eq!(rows(b"\n;;\nuai;nom;x\n\n;;\n1;a;\n ; ;\n2;b;\n"), [row(6, &["1", "a", ""]), row(8, &["2", "b", ""])]);
}

#[test]
fn a_title_above_the_header_is_told_with_the_headers_line() {
    let known: &[&[&str]] = &[&["uai"], &["département"], &["nom"]];
    for (text, expected) in [
        ("Établissements 2024;;\n;;\nUAI;Nom;x\n1;a;b\n", Some("3")),
        ("Liste\r\nExtrait du 3 mars\r\nuai,département\r\n", Some("3")),
        ("code;libellé\n1;a\n", None),
        ("uai;x\nnom;uai\n", None),
        ("sep=;\nuai;nom\nnom;uai\n", None),
    ] {
        let fault = Table::open(text.as_bytes(), 1_000, known).err().map(|fault| fault.message());
        let line = fault.as_ref().and_then(|fault| fault.parameters.first()).map(|(_, line)| line.as_str());
        assert_eq!(line, expected, "{text}: {fault:?}");
        assert!(fault.is_none_or(|fault| fault.reason == "TITLE_ABOVE_HEADER"));
    }
}

#[test]
fn a_delimiter_within_quotes_of_the_header_does_not_count() {
    assert_eq!(rows(b"\"a;b;c;d\",uai\n1,2\n"), [row(2, &["1", "2"])]);
}

#[test]
fn a_long_record_takes_no_memory() {
    let text = format!("uai;nom\n1;\"{}\"\n", "x;y\n".repeat(100_000));
    assert_eq!(rows(text.as_bytes()), [row(2, &["…"])]);
}

#[test]
fn a_quote_closed_nowhere_ends_the_file_on_the_line_where_it_was_opened() {
    for (text, rows, opened) in [
        ("uai;nom\n1;a\n2;\"b\n3;c\n", 1, 3),
        ("uai;nom\n2;\"b\"\"\n3;c", 0, 2),
        ("uai;nom\n2;\"\n", 0, 2),
        ("uai;nom\n2;\"b\"\n3;\"\"\"c\n", 1, 3),
    ] {
        let mut table = Table::open(text.as_bytes(), 1_000, KNOWN).unwrap();
        assert_eq!((0..rows).filter(|_| table.record().unwrap().unwrap().record == Record::Whole).count(), rows, "{text}");
        let message = table.record().unwrap_err().message();
        assert_eq!((message.reason, message.parameters), ("UNCLOSED_QUOTE", vec![("line", opened.to_string())]), "{text}");
    }
    for text in ["uai;nom\n1;\"a\"", "uai;nom\n1;CE 5\"", "uai;nom\n1;\"a\"\"b\"\n", "uai;nom\n1;\"a\"x\"\n"] {
        let mut table = Table::open(text.as_bytes(), 1_000, KNOWN).unwrap();
        assert_eq!(table.record().unwrap().unwrap().record, Record::Whole, "{text}");
    }
    assert!(matches!(Table::open(&b"uai;\"nom\n1;a\n"[..], 1_000, KNOWN), Err(TableFault::Row { line: 1, .. })));
}

#[test]
fn a_field_that_holds_further_rows_is_told_from_one_of_several_lines() {
    let record = |rows: &str| {
        let text = format!("uai;nom;note\n{rows}");
        Table::open(text.as_bytes(), 1_000, KNOWN).unwrap().record().unwrap().unwrap().record
    };
    for rows in ["1;a;\"x\n2;b;\"y\n", "\"1;a;x\n2\";b;y\n", "1;\"a;x\r\n2;\"b;y\n", "1;a;\"x\n2;b;y\n3;c;\"z\n"] {
        assert_eq!(record(rows), Record::Several, "{rows}");
    }
    for rows in ["1;a;\"x\ny\"\n", "1;a;\"x; y\nz; t\"\n", "1;\"a\nb\";x\n", "1;\"a;b\nc\";x\n"] {
        assert_eq!(record(rows), Record::Whole, "{rows}");
    }
}

#[test]
fn further_fields_that_are_empty_do_not_count_others_do() {
    assert_eq!(rows(b"uai;nom\n1;a;;\n1;a;;x\n1\n").iter().map(|(_, row)| row.len()).collect::<Vec<_>>(), [2, 4, 1]);
}

#[test]
fn windows_1252_and_utf_16_are_said() {
    let mut table = Table::open(&b"uai;nom\n1;Coll\xe8ge\n"[..], 1_000, KNOWN).unwrap();
    table.record().unwrap();
    assert_eq!(table.field(1), "Collège");
    assert!(table.notices()[0].text.contains("Windows-1252"));
    let table = Table::open(std::io::Cursor::new(utf16("\u{feff}uai;nom\n", true)), 1_000, KNOWN).unwrap();
    assert!(table.notices()[0].text.contains("UTF-16"));
}

#[test]
fn other_files_are_said_for_what_they_look_like() {
    for (bytes, said) in [
        (&b"PK\x03\x04xx"[..], "ZIP"),
        (b"PK\x03\x04\x14\0xl/workbook.xml", "xlsx"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"u\0\0\0;\0\0\0n\0\0\0", "UTF-32"),
        (b"{\"type\":1}", "GeoJSON"),
        (b"<html>", "XML"),
        (b"\xd0\xcf\x11\xe0", "Excel"),
    ] {
        let fault = Table::open(bytes, 1_000, KNOWN).err().unwrap();
        assert!(fault.to_string().contains(said), "{fault}");
    }
    assert!(matches!(Table::open(&b"\n;;\n"[..], 1_000, KNOWN), Err(TableFault::Empty)));
}
