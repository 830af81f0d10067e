//! Tests of periods, semesters and fortnights together.

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

#[test]
fn the_five_forms_are_told_apart() {
    for (text, granularity, first, last) in [
        ("2010", Granularity::Year, "2010-01-01", "2010-12-31"),
        ("2010-S1", Granularity::Semester, "2010-01-01", "2010-06-30"),
        ("2010-S2", Granularity::Semester, "2010-07-01", "2010-12-31"),
        ("2010-Q1", Granularity::Quarter, "2010-01-01", "2010-03-31"),
        ("2010-02", Granularity::Month, "2010-02-01", "2010-02-28"),
        ("2012-02", Granularity::Month, "2012-02-01", "2012-02-29"),
        ("2010-02-1", Granularity::Fortnight, "2010-02-01", "2010-02-15"),
        ("2010-02-2", Granularity::Fortnight, "2010-02-16", "2010-02-28"),
        ("2010-12-2", Granularity::Fortnight, "2010-12-16", "2010-12-31"),
        ("2099-12-2", Granularity::Fortnight, "2099-12-16", "2099-12-31"),
    ] {
        let period = period(text);
        assert_eq!(period.granularity(), granularity, "{text}");
        assert_eq!(period.to_string(), text);
        assert_eq!(period.first_day(), day(first), "{text}");
        assert_eq!(period.last_day(), day(last), "{text}");
    }
}

#[test]
fn other_forms_and_other_centuries_are_refused() {
    for wrong in [
        "",
        "10",
        "2010-",
        "2010-S0",
        "2010-S3",
        "2010-Q5",
        "2010-00",
        "2010-13",
        "2010-2",
        "2010-02-0",
        "2010-02-3",
        "2010-13-1",
        "2010-02-01",
        "2010-s1",
        " 2010",
        "2010 ",
        "+201",
        "2010-S1-1",
        "2010-02-1x",
        "²010",
        "201é",
    ] {
        assert_eq!(wrong.parse::<Period>(), Err(PeriodFault::Form), "{wrong}");
        assert!(wrong.parse::<Semester>().is_err() && wrong.parse::<Fortnight>().is_err(), "{wrong}");
    }
    assert_eq!("1999".parse::<Period>(), Err(PeriodFault::Range));
    assert_eq!("2100-S1".parse::<Semester>(), Err(PeriodFault::Range));
    assert_eq!("2100-01-1".parse::<Fortnight>(), Err(PeriodFault::Range));
    assert_eq!(Fortnight::of(day("1999-12-31")), Err(PeriodFault::Range));
}

#[test]
fn a_month_has_two_fortnights_and_the_fifteenth_is_in_the_first() {
    assert_eq!(Fortnight::of(day("2010-02-15")).unwrap().to_string(), "2010-02-1");
    assert_eq!(Fortnight::of(day("2010-02-16")).unwrap().to_string(), "2010-02-2");
    assert_eq!(period("2010").fortnights().count(), 24);
    assert_eq!(Fortnight::from_ordinal(0).unwrap().to_string(), "2000-01-1");
    assert!(Fortnight::from_ordinal(-1).is_err() && Fortnight::from_ordinal(2400).is_err());
}

#[test]
fn a_period_has_ended_on_the_day_after_its_last() {
    assert!(!period("2010-S1").ended(day("2010-06-30")));
    assert!(period("2010-S1").ended(day("2010-07-01")));
}

#[test]
fn time_stops_at_both_ends() {
    assert_eq!(period("2000").previous(), None);
    assert_eq!(period("2000-Q4").year_earlier(), None);
    assert_eq!(period("2099-12-2").next(), None);
    assert_eq!(period("2010-S1").previous(), Some(period("2009-S2")));
    assert_eq!(period("2010-02-1").year_earlier(), Some(period("2009-02-1")));
}

#[test]
fn enclosing_periods_come_before_what_they_enclose() {
    let mut shuffled: Vec<Period> =
        ["2010-01-2", "2010-01", "2010-Q1", "2010-02", "2010", "2010-01-1", "2010-S1"].map(period).into();
    shuffled.sort();
    let sorted: Vec<String> = shuffled.iter().map(ToString::to_string).collect();
    assert_eq!(sorted, ["2010", "2010-S1", "2010-Q1", "2010-01", "2010-01-1", "2010-01-2", "2010-02"]);
}

#[test]
fn the_day_in_paris_is_ahead_of_the_day_in_utc() {
    let at = |text: &str| paris_day(text.parse().unwrap());
    assert_eq!(at("2010-04-30T21:59:59"), day("2010-04-30"));
    assert_eq!(at("2010-04-30T22:00:00"), day("2010-05-01"));
    assert_eq!(at("2010-12-31T22:59:59"), day("2010-12-31"));
    assert_eq!(at("2010-12-31T23:00:00"), day("2011-01-01"));
}

#[test]
fn a_period_of_one_length_names_its_own_form_and_no_other() {
    let semester = |text: &str| text.parse::<Semester>().unwrap_err().to_string();
    let fortnight = |text: &str| text.parse::<Fortnight>().unwrap_err().to_string();
    for wrong in ["2010", "2010-Q1", "2010-02", "2010-S3", "hier", ""] {
        let (half_year, half_month) = (semester(wrong), fortnight(wrong));
        assert!(half_year.contains("2010-S1") && !half_year.contains("une année (2010)"), "{wrong}: {half_year}");
        assert!(half_month.contains("2010-02-1") && !half_month.contains("2010-S1"), "{wrong}: {half_month}");
    }
    assert!("2010-02-3".parse::<Period>().unwrap_err().to_string().contains("une année (2010)"));
    assert_eq!("1999-S1".parse::<Semester>(), Err(PeriodFault::Range));
    assert_eq!("1999-02-1".parse::<Period>(), Err(PeriodFault::Range));
}

#[test]
fn periods_are_text_in_json() {
    assert_eq!(serde_json::to_string(&period("2010-02-1")).unwrap(), "\"2010-02-1\"");
    assert_eq!(serde_json::from_str::<Semester>("\"2010-S2\"").unwrap(), Semester::new(2010, 2).unwrap());
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..36_525).prop_map(|days| NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::Days::new(days))
}

fn any_granularity() -> impl Strategy<Value = Granularity> {
    proptest::sample::select(Granularity::ALL)
}

proptest! {
    #[test]
    fn periods_nest_exactly(day in any_day(), one in any_granularity(), other in any_granularity()) {
        let (a, b) = (Period::of(day, one).unwrap(), Period::of(day, other).unwrap());
        prop_assert!(a.first_day() <= day && day <= a.last_day());
        prop_assert!(a.encloses(b) || b.encloses(a));
        prop_assert_eq!(a.encloses(b), a.first_day() <= b.first_day() && b.last_day() <= a.last_day());
        let covered: i64 = a.fortnights().map(|f| (f.last_day() - f.first_day()).num_days() + 1).sum();
        prop_assert_eq!(covered, (a.last_day() - a.first_day()).num_days() + 1);
        prop_assert!(a.fortnights().all(|fortnight| a.contains(fortnight)));
    }

    #[test]
    fn previous_and_next_are_inverse_and_adjacent(day in any_day(), granularity in any_granularity()) {
        let period = Period::of(day, granularity).unwrap();
        if let Some(next) = period.next() {
            prop_assert_eq!(next.previous(), Some(period));
            prop_assert_eq!(next.first_day(), period.last_day() + chrono::Days::new(1));
            prop_assert!(period < next);
        }
        if let Some(earlier) = period.year_earlier() {
            prop_assert_eq!(earlier.year() + 1, period.year());
            prop_assert_eq!(earlier.number(), period.number());
        }
    }

    #[test]
    fn periods_read_back_as_they_are_shown(day in any_day(), granularity in any_granularity()) {
        let period = Period::of(day, granularity).unwrap();
        prop_assert_eq!(period.to_string().parse(), Ok(period));
        prop_assert_eq!(period.as_semester().is_some(), granularity == Granularity::Semester);
        let (semester, fortnight) = (Semester::of(day).unwrap(), Fortnight::of(day).unwrap());
        prop_assert_eq!(semester.to_string().parse(), Ok(semester));
        prop_assert_eq!(fortnight.to_string().parse(), Ok(fortnight));
        prop_assert_eq!(Period::from(fortnight).to_string(), fortnight.to_string());
        prop_assert_eq!(Fortnight::from_ordinal(fortnight.ordinal()), Ok(fortnight));
        prop_assert_eq!(Semester::from_ordinal(semester.ordinal()), Ok(semester));
        prop_assert!(semester.contains(fortnight));
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,12}") {
        let _ = (text.parse::<Period>(), text.parse::<Semester>(), text.parse::<Fortnight>());
    }
}
