//! What the circular expects of a department in a semester: a revision in time, and meetings twice a month.
//!
//! 'Réunions bimensuelles' are two a month (circular of 2010). What was expected and what was held are counted over the same months, so
//! that a rate is never above 100 %.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::fortnight::Fortnight;
use super::period::Period;
use super::semester::Semester;
use super::vocabulary::Granularity;

/// The first month in which something was expected: that of the circular.
const FIRST_MONTH: (i32, u32) = (2010, 2);
/// Meetings expected in a month, and the most that count.
const MEETINGS_A_MONTH: usize = 2;

/// Meetings of a department in a semester, as expected and as held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeetingCompliance {
    /// Two for each month that has ended and in which they were expected.
    pub expected: usize,
    /// Meetings of those months, at most two of each.
    pub held: usize,
    /// Fortnights that have ended, in which a meeting was expected and none was held.
    pub missing: Vec<Fortnight>,
}

/// Whether a territory was a department on a day. `since` is absent for those older than the circular.
#[must_use]
pub fn is_department_on(since: Option<NaiveDate>, day: NaiveDate) -> bool {
    since.is_none_or(|since| since <= day)
}

/// Whether figures of a period are expected from a department: it was one by the period's last day, so that all from which figures can
/// come are expected, and reporting never exceeds it (house).
#[must_use]
pub fn is_expected_in(since: Option<NaiveDate>, period: Period) -> bool {
    is_department_on(since, period.last_day())
}

/// Whether a semester's revision is expected from a department: not before the circular, and not from a territory that was no
/// department by the semester's end (house).
#[must_use]
pub fn is_revision_expected(since: Option<NaiveDate>, semester: Semester) -> bool {
    semester.year() >= FIRST_MONTH.0 && is_department_on(since, semester.last_day())
}

/// Whether meetings are expected in a month: from February 2010 on, in months that begin with the territory a department already. So
/// Mayotte, a department since 2011-03-31, is expected to meet from April 2011 on (house).
fn meetings_expected_in(since: Option<NaiveDate>, month: Period) -> bool {
    let first = month.first_day();
    NaiveDate::from_ymd_opt(FIRST_MONTH.0, FIRST_MONTH.1, 1).is_some_and(|begin| begin <= first) && is_department_on(since, first)
}

/// Holds the meetings of a department against what a semester expects.
///
/// `held`: the fortnight of each meeting, one entry per meeting, in any order; those of other semesters are passed over.
pub fn meetings(
    semester: Semester,
    since: Option<NaiveDate>,
    held: impl IntoIterator<Item = Fortnight>,
    today: NaiveDate,
) -> MeetingCompliance {
    let month_of = |fortnight| Period::around(fortnight, Granularity::Month);
    let mut met = BTreeSet::new();
    let mut per_month: BTreeMap<Period, usize> = BTreeMap::new();
    for fortnight in held {
        met.insert(fortnight);
        *per_month.entry(month_of(fortnight)).or_default() += 1;
    }
    let expected: Vec<Fortnight> =
        semester.fortnights().filter(|fortnight| meetings_expected_in(since, month_of(*fortnight))).collect();
    let months: BTreeSet<Period> = expected.iter().copied().map(month_of).filter(|month| month.ended(today)).collect();
    MeetingCompliance {
        expected: months.len() * MEETINGS_A_MONTH,
        held: months.iter().filter_map(|month| per_month.get(month)).map(|held| (*held).min(MEETINGS_A_MONTH)).sum(),
        missing: expected.into_iter().filter(|fortnight| fortnight.ended(today) && !met.contains(fortnight)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn fortnights(texts: &[&str]) -> Vec<Fortnight> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn first_of_2010(held: &[&str], today: &str) -> MeetingCompliance {
        meetings("2010-S1".parse().unwrap(), None, fortnights(held), day(today))
    }

    #[test]
    fn twice_a_month_from_february_2010_on() {
        assert_eq!(first_of_2010(&[], "2010-02-11").expected, 0);
        assert_eq!(first_of_2010(&[], "2010-02-28").expected, 0);
        assert_eq!(first_of_2010(&[], "2010-03-01").expected, 2);
        assert_eq!(first_of_2010(&[], "2010-07-01").expected, 10);
        assert_eq!(meetings("2010-S2".parse().unwrap(), None, [], day("2011-01-01")).expected, 12);
        assert_eq!(meetings("2009-S2".parse().unwrap(), None, [], day("2011-01-01")), MeetingCompliance::default());
    }

    #[test]
    fn more_than_two_meetings_a_month_count_as_two() {
        let found = first_of_2010(&["2010-02-1", "2010-02-1", "2010-02-1", "2010-03-2", "2010-01-1"], "2010-04-01");
        assert_eq!((found.expected, found.held), (4, 2 + 1));
        assert_eq!(found.missing, fortnights(&["2010-02-2", "2010-03-1"]));
    }

    #[test]
    fn a_month_that_goes_on_is_not_counted_but_its_ended_fortnight_may_be_missing() {
        let found = first_of_2010(&["2010-03-1"], "2010-03-16");
        assert_eq!((found.expected, found.held), (2, 0));
        assert_eq!(found.missing, fortnights(&["2010-02-1", "2010-02-2"]));
        let found = first_of_2010(&["2010-02-1", "2010-02-2"], "2010-03-16");
        assert_eq!(found.missing, fortnights(&["2010-03-1"]));
    }

    #[test]
    fn mayotte_is_expected_to_meet_from_april_2011_on() {
        let since = Some(day("2011-03-31"));
        let found = meetings("2011-S1".parse().unwrap(), since, fortnights(&["2011-03-2"]), day("2011-07-01"));
        assert_eq!((found.expected, found.held), (6, 0));
        assert_eq!(found.missing.len(), 6);
        assert!(!is_revision_expected(since, "2010-S2".parse().unwrap()));
        assert!(is_revision_expected(since, "2011-S1".parse().unwrap()));
        assert!(!is_revision_expected(None, "2009-S2".parse().unwrap()));
        assert!(is_expected_in(since, "2011-03".parse().unwrap()));
        assert!(!is_expected_in(since, "2011-03-1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn never_more_held_than_expected(
            held in proptest::collection::vec(230_i32..300, 0..60),
            semester in 19_i32..25,
            days in 0_u64..900,
            since in proptest::option::of(0_u64..900),
        ) {
            let start = day("2010-01-01");
            let held: Vec<Fortnight> = held.into_iter().filter_map(|ordinal| Fortnight::from_ordinal(ordinal).ok()).collect();
            let since = since.map(|days| start + chrono::Days::new(days));
            let found = meetings(Semester::from_ordinal(semester).unwrap(), since, held, start + chrono::Days::new(days));
            prop_assert!(found.held <= found.expected);
            prop_assert!(found.missing.len() <= 12);
        }
    }
}
