//! How many bytes of what people wrote one operation may still read. An answer has a bound of its own, but what is read for it has to be held
//! whether or not it is shown. Not for rows whose texts are short, nor for what is remembered, which all operations share.

use super::Call;
use crate::domain::Message;
use crate::store::{Reader, StoreResult};
use crate::workflow::{Error, Result};

/// What a row takes beside its long texts, about.
pub const ROW: u64 = 256;
/// Bytes of a character, at most.
const CHARACTER: u64 = 4;

/// The most that so many rows take, whose long texts have so many characters together.
#[must_use]
pub fn most(rows: usize, characters: usize) -> u64 {
    let of_one = (characters as u64).saturating_mul(CHARACTER).saturating_add(ROW);
    (rows as u64).saturating_mul(of_one)
}

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    most: u64,
    left: u64,
}

impl Default for Reading {
    /// Without a bound: the command line's.
    fn default() -> Self {
        Self { most: u64::MAX, left: u64::MAX }
    }
}

impl Call {
    /// Bounds what is read from here on.
    pub fn read_at_most(&mut self, bytes: u64) {
        self.reading = Reading { most: bytes, left: bytes };
    }

    /// Requires room for what is to be read, which takes `most` bytes at most. Only where that is more than is left, the database is asked what
    /// it takes really.
    ///
    /// # Errors
    /// LIMIT where there is no room; those of the database.
    pub fn may_read(&mut self, most: u64, size: impl FnOnce(&mut Reader) -> StoreResult<u64>) -> Result<()> {
        if most <= self.reading.left {
            return Ok(());
        }
        let bytes = size(self.db()?)?;
        if bytes <= self.reading.left {
            return Ok(());
        }
        let most = self.reading.most;
        let text = format!(
            "il faudrait lire {bytes} octets de textes de plus, alors qu’une demande en lit {most} au plus : en demander moins à la fois, par \
             pages plus courtes"
        );
        Err(Error::limit(Message::new("READ_TOO_LARGE", text).with("bytes", bytes).with("most", most)))
    }

    /// Counts what was read: so many rows with texts of so many bytes.
    pub fn has_read(&mut self, rows: usize, bytes: usize) {
        let taken = (rows as u64).saturating_mul(ROW).saturating_add(bytes as u64);
        self.reading.left = self.reading.left.saturating_sub(taken);
    }
}
