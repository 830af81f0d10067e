//! The cells that are kept beside the measures: their grain, which of them an aggregation needs, and what they hold.
//!
//! A cell is of one indicator, department, service, authority and parquet, and of a fortnight or a semester: months and quarters add up
//! fortnights, years add up semesters, coarser territory adds up departments. LATEST does not nest in time, so it has cells of every
//! length. Not for reading or writing them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::{Entry, Tally, counted};
use crate::domain::amount::{Amount, SCALE};
use crate::domain::fortnight::Fortnight;
use crate::domain::period::Period;
use crate::domain::vocabulary::{Aggregation, Granularity, ServiceKind};

/// The greatest sum that a cell may hold (house), ten thousand times the greatest value of one measure: two of them add up within 64 bits in
/// either database, and none comes near by figures that are meant.
pub const GREATEST_TOTAL: Amount = Amount::from_scaled(100_000_000_000_000 * SCALE);

/// Whether a cell may hold such a sum.
#[must_use]
pub fn may_hold(total: i128) -> bool {
    total <= i128::from(GREATEST_TOTAL.scaled())
}

/// Names a kept cell within its indicator and department.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    /// The period.
    pub period: Period,
    /// The service.
    pub service: ServiceKind,
    /// Authority as of recording; empty without a sector.
    pub authority: String,
    /// Parquet as of recording; empty without one.
    pub parquet: String,
}

/// The lengths of period of which cells are kept.
#[must_use]
pub fn kept(aggregation: Aggregation) -> &'static [Granularity] {
    match aggregation {
        Aggregation::Sum | Aggregation::Average | Aggregation::Maximum => &[Granularity::Fortnight, Granularity::Semester],
        Aggregation::Latest => Granularity::ALL,
        Aggregation::Ratio => &[],
    }
}

/// The length of the kept cells from which a period of the given length is made.
#[must_use]
pub fn source(aggregation: Aggregation, granularity: Granularity) -> Granularity {
    match (aggregation, granularity) {
        (Aggregation::Latest, same) => same,
        (_, Granularity::Year | Granularity::Semester) => Granularity::Semester,
        (_, Granularity::Quarter | Granularity::Month | Granularity::Fortnight) => Granularity::Fortnight,
    }
}

/// The first fortnights of the kept cells of a length that make up some periods.
#[must_use]
pub fn starts<'a>(periods: impl IntoIterator<Item = &'a Period>, length: Granularity) -> Vec<i32> {
    let step = usize::try_from(length.fortnights()).unwrap_or(1);
    let all: BTreeSet<i32> = periods.into_iter().flat_map(|period| period.ordinals().step_by(step)).collect();
    all.into_iter().collect()
}

/// The kept periods that a measure of this fortnight touches.
pub fn touched(aggregation: Aggregation, fortnight: Fortnight) -> impl Iterator<Item = Period> {
    kept(aggregation).iter().map(move |granularity| Period::around(fortnight, *granularity))
}

/// The fortnights from the first of some periods to the last: those whose measures must be read to make their cells anew.
#[must_use]
pub fn fortnights_of(periods: &[Period]) -> Option<RangeInclusive<i32>> {
    let first = periods.iter().map(|period| *period.ordinals().start()).min()?;
    let last = periods.iter().map(|period| *period.ordinals().end()).max()?;
    Some(first..=last)
}

/// The cells that measures of one indicator and department come to, of every kept length. For LATEST the entries must be all those of the
/// periods wanted; the others add up, so that cells of new measures may be added to the kept ones.
#[must_use]
pub fn cells(aggregation: Aggregation, entries: &[Entry]) -> BTreeMap<CellKey, Tally> {
    let mut cells: BTreeMap<CellKey, Tally> = BTreeMap::new();
    for granularity in kept(aggregation) {
        let mut by_period: BTreeMap<Period, Vec<&Entry>> = BTreeMap::new();
        for entry in entries {
            by_period.entry(Period::around(entry.fortnight, *granularity)).or_default().push(entry);
        }
        for (period, entries) in by_period {
            for entry in counted(aggregation, period, entries) {
                let key = CellKey {
                    period,
                    service: entry.service,
                    authority: entry.authority.clone(),
                    parquet: entry.parquet.clone(),
                };
                cells.entry(key).or_default().add(&Tally::of(entry.value));
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rollup::Absence;

    fn entry(fortnight: &str, sector: &str, authority: &str, value: i64) -> Entry {
        Entry {
            fortnight: fortnight.parse().unwrap(),
            sector: sector.to_owned(),
            service: ServiceKind::Police,
            authority: authority.to_owned(),
            parquet: String::new(),
            value: Amount::from_scaled(value),
            absences: Vec::new(),
        }
    }

    fn total(cells: &BTreeMap<CellKey, Tally>, period: &str, authority: &str) -> Option<i128> {
        let period: Period = period.parse().unwrap();
        cells.iter().find(|(key, _)| key.period == period && key.authority == authority).map(|(_, tally)| tally.total)
    }

    #[test]
    fn sums_are_kept_for_fortnights_and_semesters() {
        let cells = cells(Aggregation::Sum, &[entry("2010-02-1", "A", "POLICE", 1), entry("2010-02-2", "A", "POLICE", 2)]);
        assert_eq!(cells.len(), 3);
        assert_eq!(total(&cells, "2010-02-2", "POLICE"), Some(2));
        assert_eq!(total(&cells, "2010-S1", "POLICE"), Some(3));
    }

    #[test]
    fn a_quarter_is_made_of_six_fortnights_and_a_year_of_two_semesters() {
        let period: Period = "2000-Q2".parse().unwrap();
        assert_eq!(starts(&[period], Granularity::Fortnight), [6, 7, 8, 9, 10, 11]);
        let period: Period = "2001".parse().unwrap();
        assert_eq!(starts(&[period], Granularity::Semester), [24, 36]);
        assert_eq!(starts(&[period], Granularity::Year), [24]);
    }

    #[test]
    fn the_last_value_of_a_sector_that_changed_hands_counts_with_its_new_authority_alone() {
        let entries = [
            entry("2010-02-1", "A", "POLICE", 5),
            entry("2010-03-1", "A", "GENDARMERIE", 7),
            entry("2010-02-2", "B", "POLICE", 1),
        ];
        let cells = cells(Aggregation::Latest, &entries);
        assert_eq!(total(&cells, "2010-Q1", "POLICE"), Some(1));
        assert_eq!(total(&cells, "2010", "GENDARMERIE"), Some(7));
        assert_eq!(total(&cells, "2010-02", "POLICE"), Some(6));
        assert_eq!(total(&cells, "2010-03", "POLICE"), None);
    }

    #[test]
    fn a_sector_that_was_split_is_not_counted_beside_its_parts() {
        let left = |fortnight: &str| vec![Absence { since: fortnight.parse().unwrap(), until: None }];
        let retired = |fortnight: &str| Entry { absences: left(fortnight), ..entry("2024-03-1", "A", "POLICE", 5) };
        let parts = [entry("2024-03-2", "A1", "POLICE", 3), entry("2024-03-2", "A2", "POLICE", 2)];
        for when in ["2024-03-1", "2024-03-2"] {
            let cells = cells(Aggregation::Latest, &[&[retired(when)], parts.as_slice()].concat());
            for (period, right) in [("2024-03-1", 5), ("2024-03-2", 5), ("2024-03", 5), ("2024-Q1", 5), ("2024", 5)] {
                assert_eq!(total(&cells, period, "POLICE"), Some(right), "{period}, split in {when}");
            }
        }
        let later = cells(Aggregation::Latest, &[retired("2024-04-1")]);
        assert_eq!(total(&later, "2024-03", "POLICE"), Some(5), "the month had ended when it was split");
        assert_eq!(total(&later, "2024-S1", "POLICE"), None, "nobody says what stands in its place");
    }

    #[test]
    fn a_sector_that_left_with_the_end_of_a_period_counts_in_its_fortnight_alone() {
        let absences = vec![Absence { since: "2024-03-2".parse().unwrap(), until: None }];
        let cells = cells(Aggregation::Latest, &[Entry { absences, ..entry("2024-03-2", "A", "POLICE", 5) }]);
        assert_eq!((total(&cells, "2024-03-2", "POLICE"), total(&cells, "2024-03", "POLICE")), (Some(5), None));
    }

    #[test]
    fn a_sector_that_came_back_counts_again_from_then_on_and_not_before() {
        let away = Absence { since: "2024-03-2".parse().unwrap(), until: "2024-04-1".parse().ok() };
        let of =
            |absences: Vec<Absence>| cells(Aggregation::Latest, &[Entry { absences, ..entry("2024-03-1", "A", "POLICE", 5) }]);
        let back = of(vec![away]);
        for (period, right) in
            [("2024-03-1", Some(5)), ("2024-03", None), ("2024-Q1", None), ("2024-S1", Some(5)), ("2024", Some(5))]
        {
            assert_eq!(total(&back, period, "POLICE"), right, "{period}");
        }
        let twice = of(vec![away, Absence { since: "2024-06-2".parse().unwrap(), until: None }]);
        assert_eq!((total(&twice, "2024-S1", "POLICE"), total(&twice, "2024", "POLICE")), (None, None));
    }
}
