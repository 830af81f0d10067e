//! The table behind an answer: sums by period and key, and from them the cells. Periods are those asked for and those that they are held
//! against; keys are codes of territories, services, sectors, parquets or authorities.

use std::collections::{BTreeMap, BTreeSet};

use super::{Quotient, Tally, ratio};
use crate::domain::departments::{DepartmentPlace, DepartmentSet};
use crate::domain::fortnight::Fortnight;
use crate::domain::period::Period;
use crate::domain::vocabulary::Aggregation;

/// The key of what belongs to no sector, parquet or authority.
pub const NONE: &str = "-";
pub use crate::domain::territory::NATION;

/// A sum and the departments that it came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    /// What the measures come to.
    pub tally: Tally,
    /// Those that reported.
    pub departments: DepartmentSet,
}

impl Sum {
    fn add(&mut self, department: DepartmentPlace, tally: &Tally) {
        self.tally.add(tally);
        if tally.measures > 0 {
            self.departments.insert(department);
        }
    }
}

/// The sums of one recorded indicator in one period.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    by_key: BTreeMap<String, Sum>,
    total: Sum,
}

impl Ledger {
    /// Takes in measures of a department that are disjoint from all before.
    pub fn add(&mut self, key: &str, department: DepartmentPlace, tally: &Tally) {
        if let Some(sum) = self.by_key.get_mut(key) {
            sum.add(department, tally);
        } else {
            self.by_key.entry(key.to_owned()).or_default().add(department, tally);
        }
        self.total.add(department, tally);
    }
}

/// The sums of one recorded indicator.
#[derive(Clone, Debug)]
pub struct Table {
    aggregation: Aggregation,
    periods: BTreeMap<Period, Ledger>,
}

impl Table {
    /// An empty one.
    #[must_use]
    pub fn new(aggregation: Aggregation) -> Self {
        Self { aggregation, periods: BTreeMap::new() }
    }

    /// The sums of a period, to be added to.
    pub fn ledger(&mut self, period: Period) -> &mut Ledger {
        self.periods.entry(period).or_default()
    }

    /// The keys that have measures in a period.
    fn keys(&self, period: Period) -> impl Iterator<Item = &str> {
        self.periods.get(&period).into_iter().flat_map(|ledger| ledger.by_key.keys().map(String::as_str))
    }

    /// A key's sum, or the total.
    fn sum(&self, period: Period, key: Option<&str>) -> Option<&Sum> {
        let ledger = self.periods.get(&period)?;
        key.map_or(Some(&ledger.total), |key| ledger.by_key.get(key))
    }

    /// Whether anything was reported of a key in a period.
    #[must_use]
    pub fn is_reported(&self, period: Period, key: &str) -> bool {
        self.sum(period, Some(key)).is_some_and(|sum| sum.tally.measures > 0)
    }

    fn value(&self, period: Period, key: Option<&str>) -> Option<Quotient> {
        self.sum(period, key)?.tally.value(self.aggregation)
    }
}

/// The figures of an indicator: recorded, or the ratio of two recorded ones.
#[derive(Clone, Debug)]
pub enum Figures {
    /// Recorded.
    Recorded(Table),
    /// Computed.
    Ratio {
        /// What is divided.
        numerator: Table,
        /// By what.
        denominator: Table,
    },
}

impl Figures {
    /// The keys that have measures in a period; '-' stands last.
    #[must_use]
    pub fn keys(&self, period: Period) -> Vec<String> {
        let keys: BTreeSet<&str> = match self {
            Self::Recorded(table) => table.keys(period).collect(),
            Self::Ratio { numerator, denominator } => numerator.keys(period).chain(denominator.keys(period)).collect(),
        };
        let named = keys.iter().filter(|key| **key != NONE);
        named.chain(keys.get(NONE)).map(|key| (*key).to_owned()).collect()
    }

    /// The value of a key (none: the total) in a period.
    #[must_use]
    pub fn value(&self, period: Period, key: Option<&str>) -> Option<Quotient> {
        match self {
            Self::Recorded(table) => table.value(period, key),
            Self::Ratio { numerator, denominator } => ratio(numerator.value(period, key), denominator.value(period, key)),
        }
    }

    /// How many measures a figure rests on; for a ratio those of both parts.
    #[must_use]
    pub fn measures(&self, period: Period, key: Option<&str>) -> i64 {
        let of = |table: &Table| table.sum(period, key).map_or(0, |sum| sum.tally.measures);
        match self {
            Self::Recorded(table) => of(table),
            Self::Ratio { numerator, denominator } => of(numerator) + of(denominator),
        }
    }

    /// The departments that reported, among those that were to; for a ratio those that reported both parts.
    #[must_use]
    pub fn reporting(&self, period: Period, key: Option<&str>, expected: DepartmentSet) -> usize {
        let of = |table: &Table| table.sum(period, key).map(|sum| sum.departments).unwrap_or_default();
        let reported = match self {
            Self::Recorded(table) => of(table),
            Self::Ratio { numerator, denominator } => of(numerator) & of(denominator),
        };
        (reported & expected).len()
    }
}

/// Fortnights in which an indicator has no object in a department: from the first to the last, which may be open.
pub type Exemption = (Fortnight, Option<Fortnight>);

/// Whether exemptions cover the whole of a period, together.
#[must_use]
pub fn is_exempt(exemptions: &[Exemption], period: Period) -> bool {
    let covered = |fortnight: Fortnight| {
        exemptions.iter().any(|(from, until)| *from <= fortnight && until.is_none_or(|until| fortnight <= until))
    };
    !exemptions.is_empty() && period.fortnights().all(covered)
}

/// The periods that successive ones are held against: those themselves, the one before each, and the one a year earlier.
#[must_use]
pub fn with_comparisons(periods: &[Period]) -> BTreeSet<Period> {
    periods.iter().flat_map(|period| [Some(*period), period.previous(), period.year_earlier()]).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Amount;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn exemptions_that_follow_each_other_cover_a_month_together() {
        let fortnight = |text: &str| text.parse::<Fortnight>().unwrap();
        let halves = [(fortnight("2010-02-1"), Some(fortnight("2010-02-1"))), (fortnight("2010-02-2"), None)];
        assert!(is_exempt(&halves, period("2010-02")));
        assert!(is_exempt(&halves, period("2012")));
        assert!(!is_exempt(&halves, period("2010-Q1")));
        assert!(!is_exempt(&halves[..1], period("2010-02")));
        assert!(!is_exempt(&[], period("2010-02")));
    }

    #[test]
    fn who_reported_without_being_expected_is_not_counted() {
        let department = DepartmentPlace::at(12).unwrap();
        let mut table = Table::new(Aggregation::Sum);
        table.ledger(period("2010")).add(NONE, department, &Tally::of(Amount::ZERO));
        table.ledger(period("2010")).add("A", department, &Tally::of(Amount::from_scaled(5)));
        let figures = Figures::Recorded(table);
        assert_eq!(figures.keys(period("2010")), ["A", NONE]);
        assert_eq!(figures.reporting(period("2010"), None, DepartmentSet::one(department)), 1);
        assert_eq!(figures.reporting(period("2010"), None, DepartmentSet::default()), 0);
        assert_eq!(figures.measures(period("2010"), None), 2);
        assert_eq!(figures.value(period("2011"), None), None);
    }
}
