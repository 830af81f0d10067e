//! What setting the membership of a national list does to the rows that there are. Not for whether the members exist.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::codes::DepartmentCode;
use crate::domain::vocabulary::NationalList;
use crate::store::national_lists::{Entry, Member};

/// Who is to be a member.
pub(super) type Wanted = BTreeSet<(DepartmentCode, Member)>;

/// What setting a membership does to the rows that there are.
pub(super) struct Change {
    /// Memberships that began before and go on.
    pub(super) staying: Vec<Entry>,
    /// Ids of those of them that had an end.
    pub(super) prolonged: Vec<i64>,
    /// New ones.
    pub(super) joining: Vec<Entry>,
    /// Ids of those that end on the day.
    pub(super) ending: Vec<i64>,
    /// Ids of those that had been set for today or a day to come, and are replaced.
    pub(super) forgotten: Vec<i64>,
    /// Those that should leave on the very day on which they joined, though they were in force before today.
    pub(super) standing: Vec<Entry>,
}

impl Change {
    pub(super) fn between(history: &[Entry], list: NationalList, from: NaiveDate, today: NaiveDate, wanted: &Wanted) -> Self {
        let mut missing = wanted.clone();
        let mut change =
            Self { staying: vec![], prolonged: vec![], joining: vec![], ending: vec![], forgotten: vec![], standing: vec![] };
        for entry in history {
            let key = (entry.department.clone(), entry.member.clone());
            if entry.since > from {
                change.forgotten.push(entry.id);
            } else if entry.until.is_none_or(|until| until >= from) && missing.remove(&key) {
                // One that was to end on that very day goes on without a gap.
                change.prolonged.extend(entry.until.map(|_| entry.id));
                change.staying.push(Entry { until: None, ..entry.clone() });
            } else if entry.since == from && from < today {
                change.standing.push(entry.clone());
            } else if entry.since == from {
                change.forgotten.push(entry.id);
            } else if entry.until.is_none_or(|until| until > from) {
                change.ending.push(entry.id);
            }
        }
        let joining = missing.into_iter();
        let join = |(department, member)| Entry { id: 0, list, department, member, since: from, until: None };
        change.joining = joining.map(join).collect();
        change
    }

    pub(super) fn membership(&self) -> Vec<Entry> {
        let mut all: Vec<Entry> = self.staying.iter().chain(&self.joining).cloned().collect();
        all.sort_by(|a, b| (&a.department, &a.member).cmp(&(&b.department, &b.member)));
        all
    }

    pub(super) fn left(&self) -> usize {
        self.ending.len()
    }

    /// Whether everything stays as it is.
    pub(super) fn is_none(&self) -> bool {
        let Self { prolonged, joining, ending, forgotten, .. } = self;
        joining.is_empty() && prolonged.is_empty() && ending.is_empty() && forgotten.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::codes::SectorCode;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn entry(id: i64, code: &str, since: &str, until: Option<&str>) -> Entry {
        Entry {
            id,
            list: NationalList::TaxProtocol,
            department: DepartmentCode::parse("13").unwrap(),
            member: Member::Sector(SectorCode::parse(code).unwrap()),
            since: day(since),
            until: until.map(day),
        }
    }

    fn wanted(codes: &[&str]) -> Wanted {
        codes.iter().map(|code| (DepartmentCode::parse("13").unwrap(), entry(0, code, "2010-01-01", None).member)).collect()
    }

    #[test]
    fn a_new_membership_keeps_what_was_in_force_before_its_day() {
        let history = [
            entry(1, "A", "2010-03-01", Some("2010-06-01")),
            entry(2, "B", "2010-03-01", None),
            entry(3, "C", "2010-03-01", None),
            entry(4, "D", "2010-09-01", None),
        ];
        let change =
            Change::between(&history, NationalList::TaxProtocol, day("2010-09-01"), day("2010-07-01"), &wanted(&["A", "B", "E"]));
        assert_eq!(change.staying.iter().map(|entry| entry.id).collect::<Vec<_>>(), [2]);
        assert_eq!(change.ending, [3]);
        assert_eq!(change.forgotten, [4]);
        let joining: Vec<_> = change.joining.iter().map(|entry| entry.member.clone()).collect();
        assert_eq!(joining, wanted(&["A", "E"]).into_iter().map(|(_, member)| member).collect::<Vec<_>>());
    }

    #[test]
    fn setting_the_same_membership_again_changes_nothing() {
        let history = [entry(1, "A", "2010-03-01", None)];
        let change = Change::between(&history, NationalList::TaxProtocol, day("2010-09-01"), day("2010-07-01"), &wanted(&["A"]));
        assert!(change.is_none());
    }

    #[test]
    fn what_was_in_force_before_today_is_never_forgotten() {
        let history = [entry(1, "A", "2010-03-01", None), entry(2, "B", "2010-03-01", None)];
        let set = |today: &str, codes: &[&str]| {
            Change::between(&history, NationalList::TaxProtocol, day("2010-03-01"), day(today), &wanted(codes))
        };
        let later = set("2010-03-05", &["A"]);
        assert_eq!(later.standing.iter().map(|entry| entry.id).collect::<Vec<_>>(), [2]);
        assert!(later.forgotten.is_empty());
        let more = set("2010-03-05", &["A", "B", "C"]);
        assert_eq!((more.staying.len(), more.joining.len(), more.standing.len()), (2, 1, 0));
        assert_eq!(set("2010-03-01", &["A"]).forgotten, [2], "a slip of the same day is mended");
    }
}
