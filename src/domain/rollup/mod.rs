//! Rolled-up figures, pure: how measures become cells, cells become sums over time and territory, and sums become values.
//!
//! Time and territory aggregate separately. SUM adds up both; AVERAGE averages the measures; LATEST takes the last value in the period per
//! sector and service and adds those up over the territory; MAXIMUM takes the greatest of both; RATIO divides two rolled-up indicators.
//! Everything is exact until [`Quotient::to_f64`]. Not for which measures a viewer may see.

pub mod cells;
pub mod table;

use std::collections::BTreeMap;

use super::amount::{Amount, SCALE};
use super::fortnight::Fortnight;
use super::period::Period;
use super::vocabulary::{Aggregation, Granularity, ServiceKind};

/// What a set of measures comes to, whichever way it is aggregated: sum, number and greatest of the values that it rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sum of the values, in ten-thousandths.
    pub total: i128,
    /// How many values it rests on; for LATEST the last ones only.
    pub measures: i64,
    /// The greatest value, in ten-thousandths; absent without any.
    pub maximum: Option<i64>,
}

impl Tally {
    /// Of one measure.
    #[must_use]
    pub fn of(value: Amount) -> Self {
        Self { total: value.scaled().into(), measures: 1, maximum: Some(value.scaled()) }
    }

    /// Takes another set of measures in, disjoint from this one.
    pub fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.measures += other.measures;
        self.maximum = self.maximum.max(other.maximum);
    }

    /// The value; absent where nothing was reported. A RATIO has no tally of its own: see [`ratio`].
    #[must_use]
    pub fn value(&self, aggregation: Aggregation) -> Option<Quotient> {
        if self.measures == 0 {
            return None;
        }
        let scale = i128::from(SCALE);
        match aggregation {
            Aggregation::Sum | Aggregation::Latest => Some(Quotient { numerator: self.total, denominator: scale }),
            Aggregation::Average => Some(Quotient { numerator: self.total, denominator: scale * i128::from(self.measures) }),
            Aggregation::Maximum => self.maximum.map(|value| Quotient { numerator: value.into(), denominator: scale }),
            Aggregation::Ratio => None,
        }
    }
}

/// An exact value: a quotient whose denominator is positive.
#[derive(Clone, Copy, Debug)]
pub struct Quotient {
    numerator: i128,
    denominator: i128,
}

impl PartialEq for Quotient {
    fn eq(&self, other: &Self) -> bool {
        match (self.numerator.checked_mul(other.denominator), other.numerator.checked_mul(self.denominator)) {
            (Some(one), Some(two)) => one == two,
            _ => self.numerator == other.numerator && self.denominator == other.denominator,
        }
    }
}

impl Quotient {
    /// The nearest floating-point number.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // The one place where figures leave exactness, on their way out.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// One rolled-up indicator divided by another; absent, not zero or infinite, where either is absent or the denominator is 0.
#[must_use]
pub fn ratio(numerator: Option<Quotient>, denominator: Option<Quotient>) -> Option<Quotient> {
    let (above, below) = (numerator?, denominator?);
    let (numerator, denominator) = if above.denominator == below.denominator {
        (above.numerator, below.numerator)
    } else {
        (above.numerator.checked_mul(below.denominator)?, above.denominator.checked_mul(below.numerator)?)
    };
    match denominator.signum() {
        0 => None,
        1 => Some(Quotient { numerator, denominator }),
        _ => Some(Quotient { numerator: -numerator, denominator: -denominator }),
    }
}

/// Whether measures of such an indicator are recorded; a RATIO is computed.
#[must_use]
pub const fn is_recorded(aggregation: Aggregation) -> bool {
    match aggregation {
        Aggregation::Sum | Aggregation::Average | Aggregation::Latest | Aggregation::Maximum => true,
        Aggregation::Ratio => false,
    }
}

/// A measure as a rollup sees it. Sector, authority and parquet are as of recording; empty where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The fortnight that the figure is of.
    pub fortnight: Fortnight,
    /// Code of the sector; empty: the whole department.
    pub sector: String,
    /// Whose figure it is.
    pub service: ServiceKind,
    /// Authority of the sector.
    pub authority: String,
    /// Parquet of the sector.
    pub parquet: String,
    /// The figure.
    pub value: Amount,
    /// When its sector was not of the plan in force.
    pub absences: Vec<Absence>,
}

/// A time in which a sector was not of the plan in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// The fortnight in which it left.
    pub since: Fortnight,
    /// The fortnight in which it came back because the revision that left it out was returned; none: not that way. A later plan that draws a
    /// sector of the code again does not end the absence: what was reported before is not of that one.
    pub until: Option<Fortnight>,
}

impl Entry {
    /// Whether a last value may stand for a period: always for the fortnight that it was reported for, and for longer periods at whose end its
    /// sector has not left the plan since. Where it has, the sectors in its place say what there is, or nobody does (house).
    fn is_carried_through(&self, period: Period) -> bool {
        let end = *period.ordinals().end();
        let is_away = |absence: &Absence| {
            self.fortnight <= absence.since
                && absence.since.ordinal() <= end
                && absence.until.is_none_or(|until| end < until.ordinal())
        };
        period.granularity() == Granularity::Fortnight || !self.absences.iter().any(is_away)
    }
}

/// Of the measures of one indicator, department and period, those that count: the last per sector and service for LATEST, where the sector was
/// not replaced since; else all.
pub fn counted<'a>(aggregation: Aggregation, period: Period, entries: impl IntoIterator<Item = &'a Entry>) -> Vec<&'a Entry> {
    match aggregation {
        Aggregation::Latest => {
            let mut last: BTreeMap<(&str, ServiceKind), &Entry> = BTreeMap::new();
            for entry in entries.into_iter().filter(|entry| entry.is_carried_through(period)) {
                let kept = last.entry((&entry.sector, entry.service)).or_insert(entry);
                if kept.fortnight < entry.fortnight {
                    *kept = entry;
                }
            }
            last.into_values().collect()
        }
        Aggregation::Sum | Aggregation::Average | Aggregation::Maximum | Aggregation::Ratio => entries.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(values: &[f64]) -> Tally {
        let mut tally = Tally::default();
        for value in values {
            tally.add(&Tally::of(Amount::from_f64(*value).unwrap()));
        }
        tally
    }

    fn value(aggregation: Aggregation, values: &[f64]) -> Option<f64> {
        tally(values).value(aggregation).map(Quotient::to_f64)
    }

    #[test]
    fn tenths_add_up_exactly() {
        assert_eq!(value(Aggregation::Sum, &[0.1, 0.2]), Some(0.3));
        assert_eq!(value(Aggregation::Average, &[1.0, 2.0, 2.0]), Some(5.0 / 3.0));
        assert_eq!(value(Aggregation::Maximum, &[-1.0, -2.0]), Some(-1.0));
    }

    #[test]
    fn nothing_reported_is_absent_and_nothing_found_is_zero() {
        assert_eq!(value(Aggregation::Sum, &[]), None);
        assert_eq!(value(Aggregation::Maximum, &[]), None);
        assert_eq!(value(Aggregation::Sum, &[0.0]), Some(0.0));
        assert_eq!(value(Aggregation::Ratio, &[1.0]), None);
    }

    #[test]
    fn a_ratio_is_absent_where_its_denominator_is_zero_or_absent() {
        let of = |above: &[f64], below: &[f64]| {
            ratio(tally(above).value(Aggregation::Sum), tally(below).value(Aggregation::Average)).map(Quotient::to_f64)
        };
        assert_eq!(of(&[1.0], &[2.0, 4.0]), Some(1.0 / 3.0));
        assert_eq!(of(&[1.0], &[0.0]), None);
        assert_eq!(of(&[1.0], &[]), None);
        assert_eq!(of(&[], &[1.0]), None);
        assert_eq!(of(&[0.0], &[1.0]), Some(0.0));
        assert_eq!(of(&[1.0], &[-2.0]), Some(-0.5));
    }

    #[test]
    fn sums_beyond_64_bits_are_sums_still() {
        let greatest = Amount::from_scaled(i64::MAX);
        let mut sum = Tally::of(greatest);
        sum.add(&Tally::of(greatest));
        assert_eq!(sum.total, i128::from(i64::MAX) * 2);
    }
}
