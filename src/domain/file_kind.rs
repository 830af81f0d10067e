//! What a file is by its first bytes, where it is neither text nor what was asked for: said by name to who sends it. Not for reading it.

/// Kinds of files that are sent in place of a table or of GeoJSON, each with its article.
const KINDS: [(&[u8], &str); 7] = [
    (b"%PDF-", "un fichier PDF"),
    (&[0x1f, 0x8b], "un fichier compressé (gzip)"),
    (&[0xd0, 0xcf, 0x11, 0xe0], "un classeur Excel (xls)"),
    (b"SQLite format 3\0", "un GeoPackage"),
    (&[0, 0, 0x27, 0x0a], "un shapefile"),
    (b"7z\xbc\xaf\x27\x1c", "une archive 7z"),
    (b"{\\rtf", "un document RTF"),
];

/// How far into an archive the names of its parts are looked for.
const ARCHIVE: usize = 4_096;

/// What a file is, with its article; none where its first bytes are those of no such kind.
#[must_use]
pub fn of(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(of_archive(bytes.get(..ARCHIVE).unwrap_or(bytes)));
    }
    KINDS.iter().find(|(begins, _)| bytes.starts_with(begins)).map(|(_, kind)| *kind)
}

/// An archive, or the document that its first parts show it to be.
fn of_archive(head: &[u8]) -> &'static str {
    let holds = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    if holds(b"opendocument.spreadsheet") {
        "un classeur OpenDocument (ods)"
    } else if holds(b"xl/") || holds(b"[Content_Types].xml") {
        "un classeur Excel (xlsx)"
    } else if holds(b".kml") {
        "un KMZ"
    } else if holds(b".shp") || holds(b".dbf") {
        "un shapefile compressé (ZIP)"
    } else {
        "une archive ZIP"
    }
}

/// Whether a file is text in UTF-32: by its mark, or by three zeros in every four bytes.
#[must_use]
pub fn is_utf32(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return true;
    }
    let head = bytes.get(..400).unwrap_or(bytes);
    let fours = head.chunks_exact(4);
    let is_one = |four: &[u8]| matches!(four, [0, 0, _, 1..=255] | [1..=255, _, 0, 0]);
    fours.len() > 1 && head.chunks_exact(4).all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        for (bytes, kind) in [
            (&b"%PDF-1.7\n"[..], Some("un fichier PDF")),
            (b"\x1f\x8b\x08\x00", Some("un fichier compressé (gzip)")),
            (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml", Some("un classeur Excel (xlsx)")),
            (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", Some("un classeur OpenDocument (ods)")),
            (b"PK\x03\x04\x14\0communes.shp", Some("un shapefile compressé (ZIP)")),
            (b"PK\x03\x04xx", Some("une archive ZIP")),
            (b"uai;nom\n", None),
            (b"{\"type\":1}", None),
            (b"", None),
        ] {
            assert_eq!(of(bytes), kind, "{bytes:?}");
        }
    }

    #[test]
    fn utf_32_is_known_by_its_mark_or_by_its_zeros() {
        let utf32 = |text: &str, little: bool| -> Vec<u8> {
            let each = |c: char| if little { u32::from(c).to_le_bytes() } else { u32::from(c).to_be_bytes() };
            text.chars().flat_map(each).collect()
        };
        for little in [true, false] {
            assert!(is_utf32(&utf32("\u{feff}uai;nom", little)) && is_utf32(&utf32("uai;Été", little)));
        }
        let utf16: Vec<u8> = "\u{feff}uai;nom".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!is_utf32(&utf16) && !is_utf32(&utf16[2..]) && !is_utf32(b"uai;nom\n") && !is_utf32(b""));
    }
}
