//! The bytes of a table, made UTF-8 where they are UTF-16, with the line that they have come to. Windows-1252 goes through as it is.

use std::io::{self, BufRead, Cursor, Read as _};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};

use crate::domain::file_kind;

/// Bytes looked at before anything is read.
const PEEK: u64 = 64 * 1024;
/// Bytes decoded at once.
const DECODED: usize = 64 * 1024;

type Source<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// What the beginning of a file shows.
pub(super) struct Head {
    /// Its text, as far as it can be read.
    pub text: String,
    /// Another kind of file that it seems to be.
    pub looks_like: Option<&'static str>,
}

/// A file under way.
pub(super) struct Input<R> {
    source: Source<R>,
    peeked: Vec<u8>,
    utf16: Option<Utf16>,
    line: usize,
    after_return: bool,
}

struct Utf16 {
    encoding: &'static Encoding,
    decoder: Decoder,
    decoded: Vec<u8>,
    at: usize,
    length: usize,
    ended: bool,
}

impl<R: BufRead> Input<R> {
    pub(super) fn open(mut input: R) -> io::Result<Self> {
        let mut peeked = Vec::new();
        input.by_ref().take(PEEK).read_to_end(&mut peeked)?;
        let encoding = if file_kind::is_utf32(&peeked) { None } else { utf16(&peeked) };
        let marked = match encoding {
            Some(_) if peeked.starts_with(b"\xff\xfe") || peeked.starts_with(b"\xfe\xff") => 2,
            None if peeked.starts_with(b"\xef\xbb\xbf") => 3,
            Some(_) | None => 0,
        };
        let mut first = Cursor::new(peeked.clone());
        first.set_position(marked);
        let utf16 = encoding.map(|encoding| Utf16 {
            encoding,
            decoder: encoding.new_decoder_without_bom_handling(),
            decoded: vec![0; DECODED],
            at: 0,
            length: 0,
            ended: false,
        });
        peeked.drain(..usize::try_from(marked).unwrap_or_default().min(peeked.len()));
        Ok(Self { source: first.chain(input), peeked, utf16, line: 1, after_return: false })
    }

    pub(super) fn head(&mut self) -> Head {
        let peeked = std::mem::take(&mut self.peeked);
        let text = match &self.utf16 {
            Some(utf16) => utf16.encoding.decode_without_bom_handling(&peeked).0.into_owned(),
            None => String::from_utf8_lossy(&peeked).into_owned(),
        };
        let of_text = || match text.trim_start().chars().next() {
            Some('{') => Some("du JSON ou du GeoJSON"),
            Some('<') => Some("du XML ou une page web"),
            Some(_) | None => None,
        };
        let of_encoding = || file_kind::is_utf32(&peeked).then_some("un texte en UTF-32");
        let looks_like = file_kind::of(&peeked).or_else(of_encoding).or_else(of_text);
        Head { text, looks_like }
    }

    /// The line that the next byte stands on, from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The encoding, where it is not UTF-8.
    pub(super) fn encoding(&self) -> Option<&'static str> {
        self.utf16.as_ref().map(|utf16| utf16.encoding.name())
    }

    /// The next bytes, none at the end.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        match &mut self.utf16 {
            None => self.source.fill_buf(),
            Some(utf16) => utf16.fill(&mut self.source),
        }
    }

    /// Goes past so many of them, and counts their lines. A return and a line feed after it end one line.
    pub(super) fn consume(&mut self, bytes: usize) {
        let read = match &self.utf16 {
            None => self.source.fill_buf().unwrap_or_default(),
            Some(utf16) => &utf16.decoded[utf16.at..utf16.length],
        };
        for byte in read.iter().take(bytes) {
            match byte {
                b'\r' => self.line += 1,
                b'\n' if !self.after_return => self.line += 1,
                _ => {}
            }
            self.after_return = *byte == b'\r';
        }
        match &mut self.utf16 {
            None => self.source.consume(bytes),
            Some(utf16) => utf16.at += bytes,
        }
    }

    pub(super) fn skip_line_ends(&mut self) -> io::Result<()> {
        loop {
            let chunk = self.fill()?;
            let ends = chunk.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let (all, empty) = (ends == chunk.len(), chunk.is_empty());
            self.consume(ends);
            if empty || !all {
                return Ok(());
            }
        }
    }

    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let chunk = self.fill()?;
            let length = chunk.len();
            let end = chunk.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            self.consume(end.unwrap_or(length));
            if length == 0 || end.is_some() {
                return self.skip_line_ends();
            }
        }
    }
}

impl Utf16 {
    fn fill(&mut self, source: &mut impl BufRead) -> io::Result<&[u8]> {
        while self.at == self.length && !self.ended {
            let bytes = source.fill_buf()?;
            let last = bytes.is_empty();
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.decoded, last);
            source.consume(read);
            (self.at, self.length) = (0, written);
            self.ended = last && result == CoderResult::InputEmpty;
        }
        Ok(&self.decoded[self.at..self.length])
    }
}

/// UTF-16, by its mark or by zeros at every other place.
fn utf16(peeked: &[u8]) -> Option<&'static Encoding> {
    if peeked.starts_with(b"\xff\xfe") {
        return Some(UTF_16LE);
    }
    if peeked.starts_with(b"\xfe\xff") {
        return Some(UTF_16BE);
    }
    let head = peeked.get(..400.min(peeked.len())).unwrap_or_default();
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), head.len() / 2);
    if half > 0 && odd > half / 2 && even == 0 {
        return Some(UTF_16LE);
    }
    (half > 0 && even > half / 2 && odd == 0).then_some(UTF_16BE)
}
