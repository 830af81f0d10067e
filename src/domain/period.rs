//! Reporting periods: five granularities that nest exactly, each told by its form.
//!
//! year 2010 · semester 2010-S1 · quarter 2010-Q1 · month 2010-02 · fortnight 2010-02-1. Years 2000 to 2099.
//! Every period is a run of whole fortnights, and that is how it is held against stored figures.

use std::cmp::Ordering;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, TimeZone};
use thiserror::Error;

use super::fortnight::Fortnight;
use super::message::Explained;
use super::semester::Semester;
use super::vocabulary::Granularity;

pub(super) const FIRST_YEAR: i32 = 2000;
pub(super) const YEARS: i32 = 100;

/// Why a text or a day gives no period.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PeriodFault {
    /// The text has none of the forms of a period.
    #[error(
        "ce n’est pas une période : il faut une année (2010), un semestre (2010-S1), un trimestre (2010-Q1), un mois (2010-02) ou une quinzaine (2010-02-1)"
    )]
    Form,
    /// A semester is asked for, and the text has not its form.
    #[error("ce n’est pas un semestre : il faut une année et sa moitié (2010-S1 ou 2010-S2)")]
    Semester,
    /// A fortnight is asked for, and the text has not its form.
    #[error("ce n’est pas une quinzaine : il faut un mois et sa moitié (2010-02-1 ou 2010-02-2)")]
    Fortnight,
    /// The year is before 2000 or after 2099.
    #[error("les périodes vont de 2000 à 2099")]
    Range,
}

impl Explained for PeriodFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::Form | Self::Semester | Self::Fortnight => "PERIOD_FORM",
            Self::Range => "PERIOD_RANGE",
        }
    }
}

/// A year, semester, quarter, month or fortnight. Ordered by first day; of those that begin together the longer comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    granularity: Granularity,
    /// Counts periods of its granularity from the beginning of 2000; kept within 2000 to 2099.
    index: i32,
}

impl Period {
    /// The period of a granularity in which a day lies.
    pub fn of(day: NaiveDate, granularity: Granularity) -> Result<Self, PeriodFault> {
        Ok(Self::around(Fortnight::of(day)?, granularity))
    }

    /// The period of a granularity that holds a fortnight.
    pub const fn around(fortnight: Fortnight, granularity: Granularity) -> Self {
        Self { granularity, index: fortnight.ordinal() / granularity.fortnights() }
    }

    fn from_index(granularity: Granularity, index: i32) -> Option<Self> {
        (0..YEARS * granularity.per_year()).contains(&index).then_some(Self { granularity, index })
    }

    fn in_year(year: i32, granularity: Granularity, number: i32) -> Result<Self, PeriodFault> {
        if !(1..=granularity.per_year()).contains(&number) {
            return Err(PeriodFault::Form);
        }
        Self::from_index(granularity, (year - FIRST_YEAR) * granularity.per_year() + number - 1).ok_or(PeriodFault::Range)
    }

    /// How long it is.
    pub const fn granularity(self) -> Granularity {
        self.granularity
    }

    /// Its year.
    pub const fn year(self) -> i32 {
        FIRST_YEAR + self.index / self.granularity.per_year()
    }

    /// Its place among those of its granularity in its year, from 1.
    const fn number(self) -> i32 {
        self.index % self.granularity.per_year() + 1
    }

    /// The stored numbers of its fortnights (see [`Fortnight::ordinal`]).
    pub const fn ordinals(self) -> RangeInclusive<i32> {
        let length = self.granularity.fortnights();
        let first = self.index * length;
        first..=first + length - 1
    }

    /// Its fortnights, in order.
    pub fn fortnights(self) -> impl Iterator<Item = Fortnight> {
        self.ordinals().filter_map(|ordinal| Fortnight::from_ordinal(ordinal).ok())
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        Fortnight::from_ordinal(*self.ordinals().start()).map(Fortnight::first_day).unwrap_or_default()
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        Fortnight::from_ordinal(*self.ordinals().end()).map(Fortnight::last_day).unwrap_or_default()
    }

    /// Whether a fortnight lies in it.
    pub fn contains(self, fortnight: Fortnight) -> bool {
        self.ordinals().contains(&fortnight.ordinal())
    }

    /// Whether the whole of another period lies in it.
    pub fn encloses(self, other: Self) -> bool {
        self.ordinals().contains(other.ordinals().start()) && self.ordinals().contains(other.ordinals().end())
    }

    /// True from the day after its last day on.
    pub fn ended(self, today: NaiveDate) -> bool {
        self.last_day() < today
    }

    /// The period of the same length before it; `None` before 2000.
    pub fn previous(self) -> Option<Self> {
        Self::from_index(self.granularity, self.index - 1)
    }

    /// The period of the same length after it; `None` after 2099.
    pub fn next(self) -> Option<Self> {
        Self::from_index(self.granularity, self.index + 1)
    }

    /// The same period a year earlier; `None` before 2000.
    pub fn year_earlier(self) -> Option<Self> {
        Self::from_index(self.granularity, self.index - self.granularity.per_year())
    }

    /// The semester that it is, if it is one.
    pub fn as_semester(self) -> Option<Semester> {
        match self.granularity {
            Granularity::Semester => Semester::from_ordinal(self.index).ok(),
            Granularity::Year | Granularity::Quarter | Granularity::Month | Granularity::Fortnight => None,
        }
    }

    /// The fortnight that it is, if it is one.
    pub fn as_fortnight(self) -> Option<Fortnight> {
        match self.granularity {
            Granularity::Fortnight => Fortnight::from_ordinal(self.index).ok(),
            Granularity::Year | Granularity::Semester | Granularity::Quarter | Granularity::Month => None,
        }
    }
}

impl From<Semester> for Period {
    fn from(semester: Semester) -> Self {
        Self { granularity: Granularity::Semester, index: semester.ordinal() }
    }
}

impl From<Fortnight> for Period {
    fn from(fortnight: Fortnight) -> Self {
        Self { granularity: Granularity::Fortnight, index: fortnight.ordinal() }
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, others) = (self.ordinals(), other.ordinals());
        mine.start().cmp(others.start()).then_with(|| others.end().cmp(mine.end()))
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, number) = (self.year(), self.number());
        match self.granularity {
            Granularity::Year => write!(f, "{year:04}"),
            Granularity::Semester => write!(f, "{year:04}-S{number}"),
            Granularity::Quarter => write!(f, "{year:04}-Q{number}"),
            Granularity::Month => write!(f, "{year:04}-{number:02}"),
            Granularity::Fortnight => write!(f, "{year:04}-{:02}-{}", (number + 1) / 2, (number + 1) % 2 + 1),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodFault;
    fn from_str(text: &str) -> Result<Self, PeriodFault> {
        let (year, rest) = read_year(text).ok_or(PeriodFault::Form)?;
        let digit = |c: u8| i32::from(c - b'0');
        match rest.as_bytes() {
            [] => Self::in_year(year, Granularity::Year, 1),
            [b'-', b'S', half @ b'1'..=b'2'] => Self::in_year(year, Granularity::Semester, digit(*half)),
            [b'-', b'Q', quarter @ b'1'..=b'4'] => Self::in_year(year, Granularity::Quarter, digit(*quarter)),
            [b'-', tens @ b'0'..=b'1', units @ b'0'..=b'9'] => {
                Self::in_year(year, Granularity::Month, digit(*tens) * 10 + digit(*units))
            }
            // Of a text that is no period at all every form is said, not that of the last one tried.
            _ => text.parse::<Fortnight>().map(Self::from).map_err(|fault| match fault {
                PeriodFault::Range => fault,
                PeriodFault::Form | PeriodFault::Semester | PeriodFault::Fortnight => PeriodFault::Form,
            }),
        }
    }
}

/// Splits off a four-digit year; none where the text begins with none.
pub(super) fn read_year(text: &str) -> Option<(i32, &str)> {
    let (year, rest) = text.split_at_checked(4)?;
    let is_year = year.bytes().all(|c| c.is_ascii_digit());
    Some((year.parse().ok().filter(|_| is_year)?, rest))
}

/// In JSON, a period is its text.
macro_rules! serde_as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use serde_as_text;
serde_as_text!(Period);

/// The day in Europe/Paris at an instant in UTC: deadlines and fortnights are those of the wall clock there (house; overseas too).
pub fn paris_day(utc: NaiveDateTime) -> NaiveDate {
    chrono_tz::Europe::Paris.from_utc_datetime(&utc).date_naive()
}

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
