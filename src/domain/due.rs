//! When a revision is due, and when it is late. Late is computed, never typed.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeZone as _};
use chrono_tz::Europe::Paris;

use super::semester::Semester;

/// The months, as a date in French has them.
const MONTHS: [&str; 12] =
    ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];

/// The due dates of revisions: the last day of the semester (house), but for the exceptions held here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDates {
    exceptions: BTreeMap<Semester, NaiveDate>,
}

impl Default for DueDates {
    /// The first plans were due before the end of April 2010 (circular of 2010).
    fn default() -> Self {
        let first = Semester::new(2010, 1).ok().zip(NaiveDate::from_ymd_opt(2010, 4, 30));
        Self { exceptions: first.into_iter().collect() }
    }
}

impl DueDates {
    /// The circular's rule with exceptions from the configuration, which win.
    #[must_use]
    pub fn with(exceptions: impl IntoIterator<Item = (Semester, NaiveDate)>) -> Self {
        let mut dates = Self::default();
        dates.exceptions.extend(exceptions);
        dates
    }

    /// The last day on which the revision of a semester is in time. Frozen on a revision when it is opened.
    #[must_use]
    pub fn due_on(&self, semester: Semester) -> NaiveDate {
        self.exceptions.get(&semester).copied().unwrap_or_else(|| semester.last_day())
    }
}

/// Whether a semester's revision is late: none was first transmitted by the due date. Days are those of Europe/Paris. A return does not
/// make it late, so only the first transmission counts.
#[must_use]
pub fn is_late(due_on: NaiveDate, first_transmitted_on: Option<NaiveDate>, today: NaiveDate) -> bool {
    due_on < first_transmitted_on.unwrap_or(today)
}

/// The moment, in UTC, from which on a revision that is due on that day is late: midnight in Paris at the day's end.
/// The hour of Paris counts overseas too (house), where that is another hour of the day, or already the next day.
#[must_use]
pub fn late_from(due_on: NaiveDate) -> NaiveDateTime {
    let midnight = due_on.succ_opt().unwrap_or(due_on).and_time(NaiveTime::MIN);
    // Clocks in Paris are changed at another hour: there is one such midnight.
    Paris.from_local_datetime(&midnight).earliest().map_or(midnight, |moment| moment.naive_utc())
}

/// The same for people, with its hour and zone: `30 juin 2024 à 24 h, heure de Paris (UTC+2)`.
#[must_use]
pub fn due_in_words(due_on: NaiveDate) -> String {
    let hours = Paris.offset_from_utc_datetime(&late_from(due_on)).fix().local_minus_utc() / 3600;
    let month = MONTHS.get(due_on.month0() as usize).copied().unwrap_or_default();
    let day = if due_on.day() == 1 { "1er".to_owned() } else { due_on.day().to_string() };
    format!("{day} {month} {} à 24 h, heure de Paris (UTC{hours:+})", due_on.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn semester(text: &str) -> Semester {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_plans_are_due_at_the_end_of_april_2010() {
        let dates = DueDates::default();
        assert_eq!(dates.due_on(semester("2010-S1")), day("2010-04-30"));
        assert_eq!(dates.due_on(semester("2010-S2")), day("2010-12-31"));
        assert_eq!(dates.due_on(semester("2011-S1")), day("2011-06-30"));
    }

    #[test]
    fn configured_exceptions_win() {
        let dates = DueDates::with([(semester("2020-S1"), day("2020-09-30"))]);
        assert_eq!(dates.due_on(semester("2020-S1")), day("2020-09-30"));
        assert_eq!(dates.due_on(semester("2010-S1")), day("2010-04-30"));
    }

    #[test]
    fn the_due_day_ends_at_midnight_in_paris_in_summer_and_in_winter() {
        assert_eq!(late_from(day("2024-06-30")).to_string(), "2024-06-30 22:00:00");
        assert_eq!(late_from(day("2024-12-31")).to_string(), "2024-12-31 23:00:00");
        // Clocks go forward in the night before, and back in the night of the day.
        assert_eq!(late_from(day("2024-03-31")).to_string(), "2024-03-31 22:00:00");
        assert_eq!(late_from(day("2024-10-26")).to_string(), "2024-10-26 22:00:00");
        assert_eq!(due_in_words(day("2024-06-30")), "30 juin 2024 à 24 h, heure de Paris (UTC+2)");
        assert_eq!(due_in_words(day("2010-02-01")), "1er février 2010 à 24 h, heure de Paris (UTC+1)");
    }

    #[test]
    fn the_due_day_itself_is_in_time() {
        let due = day("2010-04-30");
        assert!(!is_late(due, None, due));
        assert!(is_late(due, None, day("2010-05-01")));
        assert!(!is_late(due, Some(due), day("2011-01-01")));
        assert!(is_late(due, Some(day("2010-05-01")), day("2010-05-01")));
    }
}
