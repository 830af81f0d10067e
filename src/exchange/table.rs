//! Tables as spreadsheets write them: commas, semicolons, tabs or bars; UTF-8 with or without a mark, UTF-16, Windows-1252; `sep=;` before the
//! header; quoted fields that hold the delimiter or a line's end; rows of delimiters, passed over. Read record by record into buffers of a
//! fixed size, so that memory does not grow with the file. Not for what the columns mean.

mod input;

use std::borrow::Cow;
use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use self::input::{Head, Input};
use super::rows::shown;
use crate::domain::french::counted;
use crate::domain::message::Message;
use crate::domain::normal::{folded, nfc};

/// Columns of a table, at most.
const MAX_COLUMNS: usize = 400;

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TableFault {
    /// The file cannot be read.
    #[error("le fichier ne peut pas être lu : {0}")]
    Unreadable(#[from] io::Error),
    /// Nothing in it.
    #[error("le fichier est vide")]
    Empty,
    /// The first row is longer than any header.
    #[error("la première ligne est trop longue pour un en-tête de CSV")]
    NoHeader,
    /// A file of another kind.
    #[error("le fichier n’est pas un CSV (ceci est {0}) ; enregistrez-le en « CSV UTF-8 »")]
    OtherFormat(&'static str),
    /// A title, or notes, stand above the header.
    #[error("l’en-tête est à la ligne {line}, sous un titre (« {title} ») : supprimez les lignes qui sont au-dessus de lui")]
    Title {
        /// The line of the header.
        line: usize,
        /// What stands in its place.
        title: String,
    },
    /// A record after which, or in which, nobody knows which rows there are.
    #[error("ligne {line} : {}", fault.text)]
    Row {
        /// The line on which it begins.
        line: usize,
        /// What is wrong with it.
        fault: Message,
    },
    /// Columns that are needed and not there.
    #[error("il manque la colonne {} ; l’en-tête lu est : {}", missing.join(", "), header.join(" | "))]
    MissingColumns {
        /// Each by the name that palts gives it.
        missing: Vec<&'static str>,
        /// The header as read.
        header: Vec<String>,
    },
}

impl TableFault {
    /// In words, with a reason.
    #[must_use]
    pub fn message(&self) -> Message {
        let text = self.to_string();
        match self {
            Self::Unreadable(_) => Message::new("UNREADABLE", text),
            Self::Empty => Message::new("EMPTY_FILE", text),
            Self::NoHeader => Message::new("NO_HEADER", text),
            Self::Title { line, .. } => Message::new("TITLE_ABOVE_HEADER", text).with("line", line),
            Self::Row { line, fault } => Message { text, ..fault.clone() }.with("line", line),
            Self::OtherFormat(looks_like) => Message::new("NOT_CSV", text).with("looksLike", looks_like),
            Self::MissingColumns { missing, header } => {
                Message::new("COLUMN_MISSING", text).with("missing", missing.join(", ")).with("header", header.join(" | "))
            }
        }
    }
}

/// A table under way.
pub struct Table<R> {
    input: Input<R>,
    reader: Reader,
    delimiter: u8,
    header: Vec<String>,
    /// The fields of the record, one after the other, and where each ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    width: usize,
    next: usize,
    latin: bool,
}

/// How a record was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Whole.
    Whole,
    /// Longer than is kept: a quote left open, or no row of such a table.
    TooLong,
    /// A quote in it is closed on another line than it should be: further rows are in one of its fields.
    Several,
}

impl Record {
    /// Why nothing of it is read; `limit` is the bytes that a row may have.
    #[must_use]
    pub fn fault(self, limit: usize) -> Option<Message> {
        match self {
            Self::Whole => None,
            Self::TooLong => {
                let words = format!("cette ligne dépasse {limit} octets : un guillemet ouvert ici n’est peut-être pas refermé");
                Some(Message::new("ROW_TOO_LONG", words).with("limit", limit))
            }
            Self::Several => {
                let words = "d’autres lignes sont dans un champ de celle-ci : un guillemet n’est pas refermé à sa place";
                Some(Message::new("LINE_END", words))
            }
        }
    }
}

/// That a row has another number of fields than the header, in words.
#[must_use]
pub fn row_width(width: usize, header: usize) -> String {
    format!("cette ligne a {}, l’en-tête en a {header}", counted(width, "champ"))
}

/// What is said of a record whose quote is closed nowhere.
fn unclosed() -> Message {
    let words =
        "un guillemet ouvert dans cette ligne n’est jamais refermé : tout ce qui suit, jusqu’à la fin du fichier, n’est pas lu";
    Message::new("UNCLOSED_QUOTE", words)
}

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Where in a field a record has come to, as the reader of records sees quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// At its beginning, where alone a quote opens.
    Start,
    /// In one without quotes; another quote there is a character.
    Bare,
    /// Between quotes.
    Open,
    /// After a quote that closes it, or is the first of two.
    Closed,
}

impl Quotes {
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Start | Self::Closed, b'"') => Self::Open,
            (Self::Open, b'"') => Self::Closed,
            (Self::Open, _) => Self::Open,
            (_, byte) if ends_line(byte) => Self::Start,
            (_, byte) if byte == delimiter => Self::Start,
            _ => Self::Bare,
        }
    }
}

/// The place of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Among the rows after the header, from 0; empty ones do not count.
    pub index: usize,
    /// The line of the file on which it begins, from 1.
    pub line: usize,
    /// Whether it is whole.
    pub record: Record,
}

impl<R: BufRead> Table<R> {
    /// Opens a table: finds out its encoding and its delimiter (the one that makes most names of the header known), and reads the header.
    ///
    /// # Errors
    /// There is no header.
    pub fn open(input: R, max_row: usize, known: &[&[&str]]) -> Result<Self, TableFault> {
        let mut input = Input::open(input)?;
        let Head { text, looks_like } = input.head();
        if let Some(looks_like) = looks_like {
            return Err(TableFault::OtherFormat(looks_like));
        }
        if let Some(fault) = title_above(&text, known) {
            return Err(fault);
        }
        let delimiter = delimiter(&text, known);
        let says = text.lines().next().is_some_and(|line| said_delimiter(line).is_some());
        if says {
            input.skip_line()?;
        }
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        let (fields, ends) = (vec![0; max_row.max(HEADER)], vec![0; MAX_COLUMNS]);
        let mut table = Self { input, reader, delimiter, header: Vec::new(), fields, ends, width: 0, next: 0, latin: false };
        match table.record()? {
            None => return Err(TableFault::Empty),
            Some(At { record: Record::TooLong, .. }) => return Err(TableFault::NoHeader),
            Some(At { record: Record::Whole | Record::Several, .. }) => {}
        }
        table.header = (0..table.width).map(|column| table.field(column).into_owned()).collect();
        table.fields.truncate(max_row);
        table.next = 0;
        Ok(table)
    }

    /// The next row that is not empty; its fields are had by [`field`](Self::field).
    ///
    /// # Errors
    /// The file cannot be read on; a quote that is closed nowhere holds all the rest of it.
    pub fn record(&mut self) -> Result<Option<At>, TableFault> {
        loop {
            self.input.skip_line_ends()?;
            let line = self.input.line();
            let (mut length, mut width, mut record) = (0, 0, Record::Whole);
            let mut quotes = Quotes::Start;
            loop {
                let chunk = self.input.fill()?;
                let (result, read, written, ended) =
                    self.reader.read_record(chunk, &mut self.fields[length..], &mut self.ends[width..]);
                let ends_here = chunk.is_empty();
                let seen = chunk.get(..read).unwrap_or_default();
                quotes = seen.iter().fold(quotes, |quotes, byte| quotes.after(*byte, self.delimiter));
                self.input.consume(read);
                length += written;
                width += ended;
                match result {
                    ReadRecordResult::InputEmpty => {}
                    ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                        record = Record::TooLong;
                        (length, width) = (0, 0);
                    }
                    ReadRecordResult::Record => {
                        if ends_here && quotes == Quotes::Open {
                            return Err(TableFault::Row { line, fault: unclosed() });
                        }
                        break;
                    }
                    ReadRecordResult::End => return Ok(None),
                }
            }
            self.width = width;
            if record == Record::Whole && self.holds_rows() {
                record = Record::Several;
            }
            let is_blank =
                record == Record::Whole && (0..width).all(|column| self.raw(column).iter().all(u8::is_ascii_whitespace));
            if is_blank {
                continue;
            }
            let index = self.next;
            self.next += 1;
            return Ok(Some(At { index, line, record }));
        }
    }

    /// Whether further rows are in one of the record's fields: its first line goes on to the last column, and its last line comes from the first.
    fn holds_rows(&self) -> bool {
        let columns = self.header.len();
        let parted = |line: &[u8]| line.iter().filter(|byte| **byte == self.delimiter).count();
        (0..self.width.min(columns)).any(|column| {
            let mut lines = self.raw(column).split(|byte| ends_line(*byte));
            let (first, last) = (lines.next(), lines.next_back());
            first.zip(last).is_some_and(|(first, last)| parted(first) + column + 1 >= columns && parted(last) >= column)
        })
    }

    /// Why nothing is read of the record: it is not whole, or has more fields than the header.
    #[must_use]
    pub fn unread(&self, record: Record) -> Option<Message> {
        let (width, header) = (self.width(), self.header.len());
        let too_wide = || Message::new("ROW_WIDTH", row_width(width, header));
        record.fault(self.fields.len()).or_else(|| (width > header).then(too_wide))
    }

    /// The header as read, cut short for a message.
    #[must_use]
    pub fn header_shown(&self) -> Vec<String> {
        self.header.iter().take(40).map(|name| shown(name)).collect()
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How many fields the row has; further ones that are empty do not count.
    #[must_use]
    pub fn width(&self) -> usize {
        let beyond = (self.header.len()..self.width).rev().find(|column| !self.raw(*column).trim_ascii().is_empty());
        beyond.map_or(self.width.min(self.header.len()), |column| column + 1)
    }

    /// A field of the row, trimmed and in NFC; empty where the row is shorter. A formula that is but a text is that text.
    pub fn field(&mut self, column: usize) -> Cow<'_, str> {
        let latin = std::str::from_utf8(self.raw(column)).is_err();
        self.latin |= latin;
        if latin {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(self.raw(column));
            return Cow::Owned(nfc(of_formula(text.trim())).into_owned());
        }
        nfc(of_formula(std::str::from_utf8(self.raw(column)).unwrap_or_default().trim()))
    }

    fn raw(&self, column: usize) -> &[u8] {
        if column >= self.width {
            return &[];
        }
        let start = if column == 0 { 0 } else { self.ends.get(column - 1).copied().unwrap_or_default() };
        let end = self.ends.get(column).copied().unwrap_or_default();
        self.fields.get(start..end).unwrap_or_default()
    }

    /// Whether a comma parts the fields, so that a decimal comma is not expected.
    #[must_use]
    pub fn parted_by_commas(&self) -> bool {
        self.delimiter == b','
    }

    /// What is to be known of how the file was read.
    #[must_use]
    pub fn notices(&self) -> Vec<Message> {
        let encoding = if self.latin { Some("Windows-1252") } else { self.input.encoding() };
        let said = |encoding: &str| {
            Message::new("ENCODING", format!("le fichier n’est pas en UTF-8 : il a été lu comme {encoding}"))
                .with("encoding", encoding)
        };
        encoding.map(said).into_iter().collect()
    }
}

/// `="0130001A"`, by which Excel keeps a text from being made a number, is the text.
fn of_formula(text: &str) -> &str {
    let inner = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).map_or(text, str::trim)
}

/// Bytes of a header, at most.
const HEADER: usize = 64 * 1024;

/// `sep=;`, which Excel writes and reads before the header.
fn said_delimiter(line: &str) -> Option<u8> {
    match line.trim().trim_matches('"').to_ascii_lowercase().strip_prefix("sep=")?.as_bytes() {
        [delimiter] => Some(*delimiter),
        [] => line.trim_end_matches(['\r', '\n', '"']).ends_with('\t').then_some(b'\t'),
        _ => None,
    }
}

/// The delimiter that makes most names of the first row known, or else is found most often there, quotes left out.
fn delimiter(text: &str, known: &[&[&str]]) -> u8 {
    let mut lines = text.lines().flat_map(|line| line.split('\r')).filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    if let Some(said) = said_delimiter(first) {
        return said;
    }
    parted(first, &bare(known)).2
}

/// Known names of columns, as they are compared.
fn bare(known: &[&[&str]]) -> Vec<String> {
    known.iter().flat_map(|names| names.iter()).map(|name| folded(name)).collect()
}

/// How many known names, and how many parts, a line has by the delimiter that makes most of them known; and that delimiter.
fn parted(line: &str, known: &[String]) -> (usize, usize, u8) {
    let mut best = (0, 0, b',');
    for delimiter in [';', ',', '\t', '|'] {
        let mut quoted = false;
        let parts = line.split(|c: char| {
            quoted ^= c == '"';
            c == delimiter && !quoted
        });
        let parts: Vec<String> = parts.map(folded).collect();
        let names = parts.iter().filter(|part| known.contains(part)).count();
        let byte = u8::try_from(delimiter).unwrap_or(b',');
        if (names, parts.len()) > (best.0, best.1) {
            best = (names, parts.len(), byte);
        }
    }
    best
}

/// That a title stands above the header: the first row has no known name, and one of the next has several.
fn title_above(text: &str, known: &[&[&str]]) -> Option<TableFault> {
    const SOUGHT: usize = 20;
    let known = bare(known);
    let is_blank = |line: &str| line.chars().all(|c| c.is_whitespace() || matches!(c, ';' | ',' | '|' | '"'));
    let mut lines = text.lines().enumerate().filter(|(_, line)| !is_blank(line) && said_delimiter(line).is_none());
    let (_, title) = lines.next().filter(|(_, first)| parted(first, &known).0 == 0)?;
    let (at, _) = lines.take(SOUGHT).find(|(_, line)| parted(line, &known).0 > 1)?;
    Some(TableFault::Title { line: at + 1, title: shown(title.trim_matches([';', ',', '|', '"', '\t', ' '])) })
}

#[cfg(test)]
mod tests;
