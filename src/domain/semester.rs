//! The semester: the rhythm of the plans, 'actualisé chaque semestre' (circular of 2010).

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use super::fortnight::Fortnight;
use super::period::{FIRST_YEAR, Period, PeriodFault, YEARS, read_year, serde_as_text};

/// Half a year: 2010-S1 (January to June) or 2010-S2 (July to December). Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Semester(i32);

impl Semester {
    /// The semester in which a day lies.
    pub fn of(day: NaiveDate) -> Result<Self, PeriodFault> {
        Self::new(day.year(), if day.month() <= 6 { 1 } else { 2 })
    }

    /// A year's half, 1 or 2.
    pub fn new(year: i32, half: u32) -> Result<Self, PeriodFault> {
        let half = i32::try_from(half).ok().filter(|half| (1..=2).contains(half)).ok_or(PeriodFault::Semester)?;
        let years = year.checked_sub(FIRST_YEAR).filter(|years| (0..YEARS).contains(years)).ok_or(PeriodFault::Range)?;
        Ok(Self(years * 2 + half - 1))
    }

    /// The semester that holds a fortnight.
    pub const fn of_fortnight(fortnight: Fortnight) -> Self {
        Self(fortnight.ordinal() / 12)
    }

    /// The number under which it is stored: years since 2000, times two, plus one in the second half.
    pub const fn ordinal(self) -> i32 {
        self.0
    }

    /// The semester of a stored number.
    pub fn from_ordinal(ordinal: i32) -> Result<Self, PeriodFault> {
        if (0..YEARS * 2).contains(&ordinal) { Ok(Self(ordinal)) } else { Err(PeriodFault::Range) }
    }

    /// Its year.
    pub const fn year(self) -> i32 {
        FIRST_YEAR + self.0 / 2
    }

    /// Its half of the year, 1 or 2.
    pub const fn half(self) -> u32 {
        (self.0 % 2 + 1).unsigned_abs()
    }

    /// 1 January or 1 July.
    pub fn first_day(self) -> NaiveDate {
        Period::from(self).first_day()
    }

    /// 30 June or 31 December.
    pub fn last_day(self) -> NaiveDate {
        Period::from(self).last_day()
    }

    /// True from the day after its last day on.
    pub fn ended(self, today: NaiveDate) -> bool {
        self.last_day() < today
    }

    /// Its twelve fortnights, in order.
    pub fn fortnights(self) -> impl Iterator<Item = Fortnight> {
        Period::from(self).fortnights()
    }

    /// The stored numbers of its fortnights.
    pub fn ordinals(self) -> RangeInclusive<i32> {
        Period::from(self).ordinals()
    }

    /// Whether a fortnight lies in it.
    pub fn contains(self, fortnight: Fortnight) -> bool {
        fortnight.semester() == self
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

impl fmt::Display for Semester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-S{}", self.year(), self.half())
    }
}

impl FromStr for Semester {
    type Err = PeriodFault;
    fn from_str(text: &str) -> Result<Self, PeriodFault> {
        let (year, rest) = read_year(text).ok_or(PeriodFault::Semester)?;
        match rest {
            "-S1" => Self::new(year, 1),
            "-S2" => Self::new(year, 2),
            _ => Err(PeriodFault::Semester),
        }
    }
}

serde_as_text!(Semester);
