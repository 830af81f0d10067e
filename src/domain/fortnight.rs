//! The fortnight: half a month, the rhythm of the circular's 'réunions bimensuelles' (twice a month, circular of 2010).
//!
//! Days 1 to 15 are the first half of a month, the rest is the second. Stored as an integer that counts from January 2000.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::period::{FIRST_YEAR, PeriodFault, YEARS, read_year, serde_as_text};
use super::semester::Semester;

/// Half a month: 2010-02-1 (days 1 to 15) or 2010-02-2 (from the 16th on). Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fortnight(i32);

impl Fortnight {
    /// The fortnight in which a day lies.
    pub fn of(day: NaiveDate) -> Result<Self, PeriodFault> {
        Self::new(day.year(), day.month(), if day.day() <= 15 { 1 } else { 2 })
    }

    /// A month's half, 1 or 2.
    pub fn new(year: i32, month: u32, half: u32) -> Result<Self, PeriodFault> {
        let month = i32::try_from(month).ok().filter(|month| (1..=12).contains(month)).ok_or(PeriodFault::Fortnight)?;
        let half = i32::try_from(half).ok().filter(|half| (1..=2).contains(half)).ok_or(PeriodFault::Fortnight)?;
        let years = year.checked_sub(FIRST_YEAR).filter(|years| (0..YEARS).contains(years)).ok_or(PeriodFault::Range)?;
        Ok(Self((years * 12 + month - 1) * 2 + half - 1))
    }

    /// The number under which it is stored: months since January 2000, times two, plus one in the second half.
    pub const fn ordinal(self) -> i32 {
        self.0
    }

    /// The fortnight of a stored number.
    pub fn from_ordinal(ordinal: i32) -> Result<Self, PeriodFault> {
        if (0..YEARS * 24).contains(&ordinal) { Ok(Self(ordinal)) } else { Err(PeriodFault::Range) }
    }

    /// Its year.
    pub const fn year(self) -> i32 {
        FIRST_YEAR + self.0 / 24
    }

    /// Its month, 1 to 12.
    pub const fn month(self) -> u32 {
        (self.0 / 2 % 12 + 1).unsigned_abs()
    }

    /// Its half of the month, 1 or 2.
    pub const fn half(self) -> u32 {
        (self.0 % 2 + 1).unsigned_abs()
    }

    /// The semester that holds it.
    pub fn semester(self) -> Semester {
        Semester::of_fortnight(self)
    }

    /// The 1st or the 16th.
    pub fn first_day(self) -> NaiveDate {
        // Year, month and day are in range by construction, so that the default is never taken.
        NaiveDate::from_ymd_opt(self.year(), self.month(), if self.half() == 1 { 1 } else { 16 }).unwrap_or_default()
    }

    /// The 15th, or the last day of the month.
    pub fn last_day(self) -> NaiveDate {
        if self.half() == 1 { self.first_day() + Days::new(14) } else { self.first_day() + Months::new(1) - Days::new(16) }
    }

    /// True from the day after its last day on.
    pub fn ended(self, today: NaiveDate) -> bool {
        self.last_day() < today
    }

    /// The one before; `None` before 2000.
    pub fn previous(self) -> Option<Self> {
        Self::from_ordinal(self.0 - 1).ok()
    }

    /// The one after; `None` after 2099.
    pub fn next(self) -> Option<Self> {
        Self::from_ordinal(self.0 + 1).ok()
    }
}

impl fmt::Display for Fortnight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{}", self.year(), self.month(), self.half())
    }
}

impl FromStr for Fortnight {
    type Err = PeriodFault;
    fn from_str(text: &str) -> Result<Self, PeriodFault> {
        let (year, rest) = read_year(text).ok_or(PeriodFault::Fortnight)?;
        match rest.as_bytes() {
            [b'-', tens @ b'0'..=b'1', units @ b'0'..=b'9', b'-', half @ b'1'..=b'2'] => {
                Self::new(year, u32::from(tens - b'0') * 10 + u32::from(units - b'0'), u32::from(half - b'0'))
            }
            _ => Err(PeriodFault::Fortnight),
        }
    }
}

serde_as_text!(Fortnight);
