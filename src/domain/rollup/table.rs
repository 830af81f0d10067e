//! The table behind an answer: sums by period and key, and from them the cells. Periods are those asked for and those that they are held
//! against; keys are codes of territories, services, sectors, parquets or authorities.

use std::collections::{BTreeMap, BTreeSet};

use super::{Quotient, Tally, ratio};
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::period::Period;
use crate::domain::vocabulary::Aggregation;

/// The key of what belongs to no sector, parquet or authority.
pub const NONE: &str = "-";
/// The key of the nation.
pub const NATION: &str = "FR";

/// A sum and the departments that it came from.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// What the measures come to.
    pub tally: Tally,
    /// Those that reported.
    pub departments: BTreeSet<DepartmentCode>,
}

impl Sum {
    fn add(&mut self, department: &DepartmentCode, tally: &Tally) {
        self.tally.add(tally);
        if tally.measures > 0 && !self.departments.contains(department) {
            self.departments.insert(department.clone());
        }
    }
}

/// The sums of one recorded indicator.
#[derive(Clone, Debug)]
pub struct Table {
    aggregation: Aggregation,
    by_key: BTreeMap<Period, BTreeMap<String, Sum>>,
    totals: BTreeMap<Period, Sum>,
}

impl Table {
    /// An empty one.
    #[must_use]
    pub fn new(aggregation: Aggregation) -> Self {
        Self { aggregation, by_key: BTreeMap::new(), totals: BTreeMap::new() }
    }

    /// Takes in measures of a department that are disjoint from all before.
    pub fn add(&mut self, period: Period, key: &str, department: &DepartmentCode, tally: &Tally) {
        let keys = self.by_key.entry(period).or_default();
        if let Some(sum) = keys.get_mut(key) {
            sum.add(department, tally);
        } else {
            keys.entry(key.to_owned()).or_default().add(department, tally);
        }
        self.totals.entry(period).or_default().add(department, tally);
    }

    /// The keys that have measures in a period.
    fn keys(&self, period: Period) -> impl Iterator<Item = &str> {
        self.by_key.get(&period).into_iter().flat_map(|keys| keys.keys().map(String::as_str))
    }

    /// A key's sum, or the total.
    fn sum(&self, period: Period, key: Option<&str>) -> Option<&Sum> {
        match key {
            Some(key) => self.by_key.get(&period)?.get(key),
            None => self.totals.get(&period),
        }
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
    pub fn reporting(&self, period: Period, key: Option<&str>, expected: &BTreeSet<DepartmentCode>) -> usize {
        let of = |table: &Table| -> BTreeSet<DepartmentCode> {
            let reported = table.sum(period, key).map(|sum| &sum.departments);
            reported.into_iter().flatten().filter(|code| expected.contains(*code)).cloned().collect()
        };
        match self {
            Self::Recorded(table) => of(table).len(),
            Self::Ratio { numerator, denominator } => of(numerator).intersection(&of(denominator)).count(),
        }
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
        let department: DepartmentCode = "13".parse().unwrap();
        let mut table = Table::new(Aggregation::Sum);
        table.add(period("2010"), NONE, &department, &Tally::of(Amount::ZERO));
        table.add(period("2010"), "A", &department, &Tally::of(Amount::from_scaled(5)));
        let figures = Figures::Recorded(table);
        assert_eq!(figures.keys(period("2010")), ["A", NONE]);
        assert_eq!(figures.reporting(period("2010"), None, &BTreeSet::from([department])), 1);
        assert_eq!(figures.reporting(period("2010"), None, &BTreeSet::new()), 0);
        assert_eq!(figures.measures(period("2010"), None), 2);
        assert_eq!(figures.value(period("2011"), None), None);
    }
}
