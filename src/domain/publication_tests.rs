//! Tests of what publications show, on the real territories of today.

use super::*;
use crate::domain::suppression::determined;
use crate::domain::territory::{DefenceZone, Department, Parquet, Region};

fn decide(territories: &Territories, period: Period, measures: i32, all: &[Series]) -> BTreeMap<String, BTreeSet<Place>> {
    super::decide(territories, period, measures, &[], all, Deadline::NEVER).unwrap()
}

/// One zone and two regions: three departments in one, one in the other.
fn territories() -> Territories {
    of_regions(&[("04", "93"), ("05", "93"), ("13", "93"), ("2A", "94")])
}

/// One zone, and departments with their regions.
fn of_regions(codes: &[(&str, &str)]) -> Territories {
    let region = |code: &str| Region { code: code.parse().unwrap(), name: code.to_owned() };
    let zone = DefenceZone { code: "SUD".parse().unwrap(), name: "Sud".to_owned(), seat: "Marseille".to_owned() };
    let regions: BTreeSet<&str> = codes.iter().map(|(_, region)| *region).collect();
    let parquet = Parquet {
        code: "TJ-X".parse().unwrap(),
        name: "Parquet".to_owned(),
        court_of_appeal: "Aix-en-Provence".to_owned(),
        departments: codes.iter().map(|(code, _)| code.parse().unwrap()).collect(),
    };
    let department = |(code, region): (&str, &str)| Department {
        code: code.parse().unwrap(),
        name: code.to_owned(),
        region: region.parse().unwrap(),
        zone: "SUD".parse().unwrap(),
        since: None,
        prefecture_town: code.to_owned(),
        prefecture: (0.0, 0.0),
        bounding_box: [0.0; 4],
        coordinating_parquet: "TJ-X".parse().unwrap(),
    };
    let regions = regions.into_iter().map(region).collect();
    Territories::new(regions, vec![zone], vec![parquet], codes.iter().copied().map(department).collect()).unwrap()
}

fn place(axis: RollupAxis, code: &str) -> Place {
    (axis, code.to_owned())
}

fn series(code: &str, aggregation: Aggregation, values: [f64; 4]) -> Series {
    let [alps, high_alps, bouches, corsica] = values;
    let add = |parts: &[f64]| -> f64 { parts.iter().sum() };
    let rows = [
        (place(RollupAxis::Department, "04"), alps),
        (place(RollupAxis::Department, "05"), high_alps),
        (place(RollupAxis::Department, "13"), bouches),
        (place(RollupAxis::Department, "2A"), corsica),
        (place(RollupAxis::Region, "93"), add(&[alps, high_alps, bouches])),
        (place(RollupAxis::Region, "94"), corsica),
        (place(RollupAxis::DefenceZone, "SUD"), add(&values)),
        (place(RollupAxis::National, "FR"), add(&values)),
    ];
    Series {
        code: code.to_owned(),
        aggregation,
        persons: true,
        has_counted_persons: true,
        whole: true,
        terms: None,
        published: true,
        figures: rows.into_iter().map(|(place, value)| (place, Figure { value: Some(value), measures: 10 })).collect(),
        versions: Versions::default(),
        earlier: BTreeMap::new(),
        worlds: BTreeMap::new(),
    }
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn codes(hidden: &BTreeSet<Place>) -> Vec<&str> {
    hidden.iter().map(|(_, code)| code.as_str()).collect()
}

#[test]
fn a_small_count_takes_the_smaller_neighbour_with_it() {
    let decided = decide(&territories(), period("2010-Q1"), 3, &[series("A", Aggregation::Sum, [3.0, 20.0, 90.0, 30.0])]);
    assert_eq!(codes(&decided["A"]), ["04", "05"]);
}

#[test]
fn a_ratio_is_hidden_where_one_of_its_terms_is() {
    let mut ratio = series("R", Aggregation::Ratio, [0.5, 0.5, 0.5, 0.5]);
    (ratio.persons, ratio.has_counted_persons) = (false, false);
    ratio.terms = Some(("A".to_owned(), "B".to_owned()));
    let terms = [series("A", Aggregation::Sum, [3.0, 20.0, 90.0, 30.0]), series("B", Aggregation::Sum, [6.0, 40.0, 180.0, 60.0])];
    let decided = decide(&territories(), period("2010-Q1"), 3, &[terms[0].clone(), terms[1].clone(), ratio]);
    assert_eq!(codes(&decided["R"]), ["04", "05"]);
    assert!(decided["B"].is_empty());
}

#[test]
fn the_unpublished_term_of_a_ratio_is_protected_too() {
    let mut ratio = series("R", Aggregation::Ratio, [0.5, 0.5, 0.5, 0.5]);
    (ratio.persons, ratio.has_counted_persons) = (false, false);
    ratio.terms = Some(("A".to_owned(), "B".to_owned()));
    let mut above = series("A", Aggregation::Sum, [3.0, 20.0, 90.0, 30.0]);
    above.published = false;
    let below = series("B", Aggregation::Sum, [6.0, 40.0, 180.0, 60.0]);
    let decided = decide(&territories(), period("2010-Q1"), 3, &[above, below, ratio]);
    assert_eq!(codes(&decided["R"]), ["04", "05"], "the ratio of 05 goes with that of 04, or 04 would follow");
    assert!(!decided.contains_key("A"), "A is not published");
}

#[test]
fn a_ratio_without_a_value_is_hidden_with_its_term() {
    let mut ratio = series("R", Aggregation::Ratio, [0.5, 0.5, 0.5, 0.5]);
    (ratio.persons, ratio.has_counted_persons) = (false, false);
    ratio.terms = Some(("A".to_owned(), "B".to_owned()));
    ratio.figures.insert(place(RollupAxis::Department, "04"), Figure { value: None, measures: 4 });
    let terms = [series("A", Aggregation::Sum, [3.0, 20.0, 90.0, 30.0]), series("B", Aggregation::Sum, [0.0, 40.0, 180.0, 60.0])];
    let decided = decide(&territories(), period("2010-Q1"), 3, &[terms[0].clone(), terms[1].clone(), ratio]);
    assert!(codes(&decided["R"]).contains(&"04"), "its number of measures would say something");
}

#[test]
fn a_semester_does_not_give_the_unpublished_quarter_away() {
    assert_eq!(remainders(period("2010-S1"), &[period("2010-Q1")]), [period("2010-Q2")]);
    assert_eq!(remainders(period("2010-S1"), &[]), [], "two quarters are missing");
    let mut semester = series("A", Aggregation::Sum, [9.0, 40.0, 180.0, 60.0]);
    let first: BTreeMap<Place, Earlier> = semester.figures.keys().map(|place| (place.clone(), Earlier::Shown)).collect();
    let rest = unpublished(&series("A", Aggregation::Sum, [2.0, 20.0, 90.0, 30.0]).figures, 3, true);
    semester.earlier = BTreeMap::from([(period("2010-Q1"), first), (period("2010-Q2"), rest)]);
    let decided = decide(&territories(), period("2010-S1"), 3, &[semester]);
    assert!(codes(&decided["A"]).contains(&"04"), "S1 less Q1 would be the 2 of Q2: {:?}", decided["A"]);
    assert!(!codes(&decided["A"]).contains(&"2A"), "the others are not dragged along: {:?}", decided["A"]);
}

#[test]
fn an_empty_cell_of_the_quarter_to_come_hides_nothing_of_the_semester() {
    // The second quarter is published; the first will show that 05 reported nothing in it, so that its semester is its second quarter.
    let mut semester = series("A", Aggregation::Sum, [22.0, 40.0, 140.0, 60.0]);
    let second: BTreeMap<Place, Earlier> = semester.figures.keys().map(|place| (place.clone(), Earlier::Shown)).collect();
    let mut first = series("A", Aggregation::Sum, [2.0, 0.0, 50.0, 30.0]).figures;
    first.insert(place(RollupAxis::Department, "05"), Figure { value: None, measures: 0 });
    semester.earlier = BTreeMap::from([(period("2010-Q2"), second), (period("2010-Q1"), unpublished(&first, 3, true))]);
    let decided = decide(&territories(), period("2010-S1"), 3, &[semester]);
    assert_eq!(codes(&decided["A"]), ["04", "13"], "the 2 of 04 need another than 05 at their side");
}

#[test]
fn what_cannot_be_saved_any_more_drags_nothing_down() {
    // Q1 and S1 were published whole; the small Q2 follows from them, whatever is hidden now.
    let mut quarter = series("A", Aggregation::Sum, [2.0, 20.0, 90.0, 30.0]);
    let shown: BTreeMap<Place, Earlier> = quarter.figures.keys().map(|place| (place.clone(), Earlier::Shown)).collect();
    quarter.earlier = BTreeMap::from([(period("2010-Q1"), shown.clone()), (period("2010-S1"), shown)]);
    let said = |values| live(&series("A", Aggregation::Sum, values).figures, &quarter.earlier[&period("2010-Q1")]);
    let (first, whole) = (said([10.0, 20.0, 30.0, 40.0]), said([12.0, 40.0, 120.0, 70.0]));
    quarter.worlds = BTreeMap::from([((period("2010-Q1"), 1), first), ((period("2010-S1"), 1), whole)]);
    let decided = decide(&territories(), period("2010-Q2"), 3, &[quarter]);
    assert_eq!(codes(&decided["A"]), ["04"]);
}

#[test]
fn a_semester_yields_to_the_quarters_published_before() {
    let mut semester = series("A", Aggregation::Sum, [9.0, 40.0, 180.0, 60.0]);
    let shown = |hidden: &[&str]| -> BTreeMap<Place, Earlier> {
        semester
            .figures
            .keys()
            .map(|place| (place.clone(), if hidden.contains(&place.1.as_str()) { Earlier::Withheld } else { Earlier::Shown }))
            .collect()
    };
    let earlier = BTreeMap::from([(period("2010-Q1"), shown(&["04", "05"])), (period("2010-Q2"), shown(&[]))]);
    semester.earlier = earlier;
    let decided = decide(&territories(), period("2010-S1"), 3, &[semester]);
    assert!(decided["A"].contains(&place(RollupAxis::Department, "04")), "S1 less Q2 would be Q1: {:?}", decided["A"]);
}

fn figure(value: f64) -> Figure {
    Figure { value: Some(value), measures: 10 }
}

#[test]
fn what_was_withheld_and_has_not_changed_stays_withheld() {
    let mut again = series("A", Aggregation::Sum, [30.0, 20.0, 90.0, 30.0]);
    again.versions.withheld.insert(place(RollupAxis::Department, "13"), vec![figure(90.0)]);
    again.versions.withheld.insert(place(RollupAxis::Department, "2A"), vec![figure(2.0)]);
    let decided = decide(&territories(), period("2010-Q1"), 3, &[again]);
    assert_eq!(codes(&decided["A"]), ["04", "13"], "13 is what it was, 2A has changed; 04 goes with 13");
}

#[test]
fn what_an_older_version_told_is_no_complement() {
    // Published whole once; then 04 was corrected from 10 to 3, and with it every whole that holds it.
    let before = series("A", Aggregation::Sum, [10.0, 20.0, 90.0, 30.0]);
    let mut again = series("A", Aggregation::Sum, [3.0, 20.0, 90.0, 30.0]);
    again.versions.shown = before.figures.iter().map(|(place, figure)| (place.clone(), vec![*figure])).collect();
    let decided = decide(&territories(), period("2010-Q1"), 3, &[again.clone()]);
    assert_eq!(codes(&decided["A"]), ["FR", "SUD", "93", "04"], "05 and 13 are known from version 1, and protect nothing");
    // Had 05 been corrected as well, it would have sufficed.
    again.versions.shown.insert(place(RollupAxis::Department, "05"), vec![figure(21.0)]);
    let decided = decide(&territories(), period("2010-Q1"), 3, &[again]);
    assert_eq!(codes(&decided["A"]), ["04", "05"]);
}

#[test]
fn a_term_that_is_not_published_is_protected_over_periods_too() {
    let ratio = |shown: Earlier| {
        let mut ratio = series("R", Aggregation::Ratio, [0.5, 0.5, 0.5, 0.5]);
        (ratio.persons, ratio.has_counted_persons) = (false, false);
        ratio.terms = Some(("A".to_owned(), "B".to_owned()));
        let said = |other: Earlier| ratio.figures.keys().map(|place| (place.clone(), other)).collect::<BTreeMap<_, _>>();
        let mut first = said(Earlier::Shown);
        first.insert(place(RollupAxis::Department, "04"), shown);
        first.insert(place(RollupAxis::Department, "05"), shown);
        ratio.earlier = BTreeMap::from([(period("2010-Q1"), first), (period("2010-Q2"), said(Earlier::Shown))]);
        ratio
    };
    let mut above = series("A", Aggregation::Sum, [12.0, 40.0, 180.0, 60.0]);
    above.published = false;
    let below = series("B", Aggregation::Sum, [24.0, 80.0, 360.0, 120.0]);
    let decide = |ratio| decide(&territories(), period("2010-S1"), 3, &[above.clone(), below.clone(), ratio]);
    assert!(codes(&decide(ratio(Earlier::Withheld))["R"]).contains(&"04"), "S1 less Q2 would be the hidden Q1");
    assert!(decide(ratio(Earlier::Shown))["R"].is_empty());
}

#[test]
fn nothing_hidden_follows_on_the_axes_of_one_publication() {
    let territories = territories();
    let series = series("A", Aggregation::Sum, [3.0, 20.0, 90.0, 2.0]);
    let decided = decide(&territories, period("2010-Q1"), 3, std::slice::from_ref(&series));
    let map = Map::of(&territories);
    let cell = |territory: usize| CellId { period: 0, territory };
    let hidden: Vec<CellId> = decided["A"].iter().map(|place| cell(map.index[place])).collect();
    let sums: Vec<Sum> =
        map.sums.iter().map(|(whole, parts)| (cell(*whole), parts.iter().map(|part| cell(*part)).collect())).collect();
    assert!(determined(&hidden, &sums, Deadline::NEVER).unwrap().is_empty());
}

#[test]
fn the_kindred_of_a_quarter_are_the_other_periods_of_its_year() {
    let found: Vec<String> = kindred(period("2010-Q1")).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["2010", "2010-S1", "2010-S2", "2010-Q2", "2010-Q3", "2010-Q4"]);
}

#[test]
fn a_year_is_made_of_published_halves_and_quarters_in_every_way() {
    let periods = ["2010", "2010-S1", "2010-Q3", "2010-Q4"].map(period);
    assert_eq!(decompositions(&periods), [(0, vec![1, 2, 3])]);
}

/// What a version of a period said of a series: all of it shown, but for some departments.
fn said(values: [f64; 4], hidden: &[&str]) -> BTreeMap<Place, Stated> {
    let figures = series("A", Aggregation::Sum, values).figures;
    let stated = |(place, figure): (Place, Figure)| {
        let shown = !hidden.contains(&place.1.as_str());
        (place, Stated { figure, shown })
    };
    figures.into_iter().map(stated).collect()
}

/// A series that says so much now, and said before what these versions say.
fn after(values: [f64; 4], before: &[(&str, i32, [f64; 4])]) -> Series {
    let mut now = series("A", Aggregation::Sum, values);
    for (name, version, values) in before {
        now.worlds.insert((period(name), *version), said(*values, &[]));
        now.earlier.insert(period(name), now.figures.keys().map(|place| (place.clone(), Earlier::Shown)).collect());
    }
    now
}

#[test]
fn a_year_does_not_give_the_semester_that_nobody_published_away() {
    // 12 in the year, 10 in the first semester: 2 in the second.
    let year = after([12.0, 40.0, 180.0, 60.0], &[("2010-S1", 1, [10.0, 20.0, 90.0, 30.0])]);
    let decided = decide(&territories(), period("2010"), 3, &[year]);
    assert!(codes(&decided["A"]).contains(&"04"), "{:?}", decided["A"]);
    assert!(!codes(&decided["A"]).contains(&"FR"), "{:?}", decided["A"]);
}

#[test]
fn a_year_does_not_give_nine_months_or_two_quarters_apart_away() {
    // No period is the three quarters after the first, and none is the second and the fourth.
    let nine = after([12.0, 80.0, 360.0, 120.0], &[("2010-Q1", 1, [10.0, 20.0, 90.0, 30.0])]);
    let apart =
        after([22.0, 80.0, 360.0, 120.0], &[("2010-Q1", 1, [10.0, 20.0, 90.0, 30.0]), ("2010-Q3", 1, [10.0, 20.0, 90.0, 30.0])]);
    for year in [nine, apart] {
        let decided = decide(&territories(), period("2010"), 3, &[year]);
        assert!(codes(&decided["A"]).contains(&"04"), "{:?}", decided["A"]);
    }
}

#[test]
fn a_superseded_version_is_subtracted_from_as_well() {
    // The first version said 10, the second 6 after a correction; the year is 12 either way.
    let before = [("2010-S1", 1, [10.0, 20.0, 90.0, 30.0]), ("2010-S1", 2, [6.0, 20.0, 90.0, 30.0])];
    let decided = decide(&territories(), period("2010"), 3, &[after([12.0, 40.0, 180.0, 60.0], &before)]);
    assert!(codes(&decided["A"]).contains(&"04"), "{:?}", decided["A"]);
}

#[test]
fn a_whole_less_regions_and_less_departments_of_the_others_gives_nothing_away() {
    // The first version showed 05 and 2B, and hid 59. Since then 04 and 2A have become small: their regions are hidden, and the nation less 32,
    // 05 and 2B would be both of them together.
    let codes = [("04", "93"), ("05", "93"), ("2A", "94"), ("2B", "94"), ("59", "32"), ("62", "32")];
    let rolled_up = |values: [(f64, i32); 6]| {
        let mut figures: BTreeMap<Place, Figure> = BTreeMap::new();
        for ((department, region), (value, measures)) in codes.iter().zip(values) {
            let [region, zone, nation] =
                [(RollupAxis::Region, *region), (RollupAxis::DefenceZone, "SUD"), (RollupAxis::National, "FR")];
            for (axis, code) in [(RollupAxis::Department, *department), region, zone, nation] {
                let figure = figures.entry(place(axis, code)).or_insert(Figure { value: Some(0.0), measures: 0 });
                *figure = Figure { value: figure.value.map(|sum| sum + value), measures: figure.measures + measures };
            }
        }
        figures
    };
    let of_persons = [10.0, 20.0, 10.0, 30.0, 3.0, 40.0, 1.0, 3.0].map(|value| (value, 10));
    let of_few = [(300.0, 10), (200.0, 10), (400.0, 10), (300.0, 10), (100.0, 1), (400.0, 10), (100.0, 1), (200.0, 1)];
    for (persons, [first, second, third, fourth, fifth, sixth, small, other]) in [(true, of_persons), (false, of_few)] {
        let before = rolled_up([first, second, third, fourth, fifth, sixth]);
        let mut now = series("A", Aggregation::Sum, [0.0; 4]);
        (now.persons, now.has_counted_persons) = (persons, persons);
        now.figures = rolled_up([small, second, other, fourth, fifth, sixth]);
        for (at, figure) in before {
            let shown = !["59", "62"].contains(&at.1.as_str());
            let said = if shown { &mut now.versions.shown } else { &mut now.versions.withheld };
            said.insert(at.clone(), vec![figure]);
            now.worlds.entry((period("2010-Q1"), 1)).or_default().insert(at, Stated { figure, shown });
        }
        let decided = decide(&of_regions(&codes), period("2010-Q1"), 3, &[now]);
        let hidden = self::codes(&decided["A"]);
        assert!(["04", "2A", "93", "94", "59"].iter().all(|code| hidden.contains(code)), "{hidden:?}");
        assert!(hidden.contains(&"32") || (hidden.contains(&"FR") && hidden.contains(&"SUD")), "{hidden:?}");
    }
}

#[test]
fn a_total_does_not_give_what_its_parts_leave_away() {
    let [total, part] = [("TOTAL", [30.0, 40.0, 180.0, 60.0]), ("PART", [28.0, 20.0, 90.0, 30.0])]
        .map(|(code, values)| series(code, Aggregation::Sum, values));
    let identity = Identity { whole: "TOTAL".to_owned(), parts: vec!["PART".to_owned()], complete: false };
    let decide = |identities: &[Identity]| {
        let all = [total.clone(), part.clone()];
        super::decide(&territories(), period("2010-Q1"), 3, identities, &all, Deadline::NEVER).unwrap()
    };
    let decided = decide(&[identity]);
    assert!(codes(&decided["TOTAL"]).contains(&"04") || codes(&decided["PART"]).contains(&"04"), "30 less 28: {decided:?}");
    // And then the share of the part is hidden as well, which gives the same by multiplication.
    assert!(decide(&[]).values().all(BTreeSet::is_empty), "without the identity nobody knows that it is a part");
}

#[test]
fn a_share_is_hidden_where_it_would_give_the_rest_of_the_total() {
    let mut share = series("SHARE", Aggregation::Ratio, [0.93, 0.5, 0.5, 0.5]);
    (share.persons, share.has_counted_persons) = (false, false);
    share.terms = Some(("PART".to_owned(), "TOTAL".to_owned()));
    let [total, part] = [("TOTAL", [30.0, 40.0, 180.0, 60.0]), ("PART", [28.0, 20.0, 90.0, 30.0])]
        .map(|(code, values)| series(code, Aggregation::Sum, values));
    let identity = Identity { whole: "TOTAL".to_owned(), parts: vec!["PART".to_owned()], complete: false };
    let all = [total, part, share];
    let decided = super::decide(&territories(), period("2010-Q1"), 3, &[identity], &all, Deadline::NEVER).unwrap();
    assert!(codes(&decided["SHARE"]).contains(&"04"), "{decided:?}");
}

#[test]
fn a_rate_gives_no_hidden_numerator_however_it_is_rounded() {
    // So many for a hundred thousand inhabitants: everybody knows the inhabitants, and nobody publishes them.
    let inhabitants = [164_000.0, 141_000.0, 2_050_000.0, 160_000.0];
    let counted = [3.0, 20.0, 900.0, 30.0];
    let rates: Vec<f64> = counted.iter().zip(inhabitants).map(|(count, people)| count / people).collect();
    for published in [true, false] {
        let mut rate = series("RATE", Aggregation::Ratio, [rates[0], rates[1], rates[2], rates[3]]);
        (rate.persons, rate.has_counted_persons) = (false, false);
        rate.terms = Some(("COUNT".to_owned(), "PEOPLE".to_owned()));
        let mut people = series("PEOPLE", Aggregation::Sum, inhabitants);
        people.published = published;
        let mut count = series("COUNT", Aggregation::Sum, counted);
        count.published = !published;
        let decided = decide(&territories(), period("2010-Q1"), 3, &[count, people, rate.clone()]);
        for (number, code) in ["04", "05", "13", "2A"].into_iter().enumerate() {
            if !codes(&decided["RATE"]).contains(&code) {
                for digits in 0..12 {
                    let scale = 10_f64.powi(digits);
                    let rounded = (rates[number] * 100_000.0 * scale).round() / scale;
                    let guessed = (rounded * inhabitants[number] / 100_000.0).round();
                    assert!(counted[number] >= 5.0, "{code} shown: {guessed} of {inhabitants:?}");
                }
            }
        }
        assert_eq!(codes(&decided["RATE"]), ["04", "05"], "the rate of 05 goes with that of 04");
    }
}

#[test]
fn a_ratio_of_which_nobody_reported_a_term_is_absent_and_not_hidden() {
    let mut ratio = series("R", Aggregation::Ratio, [0.5, 0.5, 0.5, 0.5]);
    (ratio.persons, ratio.has_counted_persons) = (false, false);
    ratio.terms = Some(("A".to_owned(), "B".to_owned()));
    ratio.figures.insert(place(RollupAxis::Department, "04"), Figure { value: None, measures: 4 });
    let mut above = series("A", Aggregation::Sum, [0.0, 20.0, 90.0, 30.0]);
    above.figures.insert(place(RollupAxis::Department, "04"), Figure { value: None, measures: 0 });
    let below = series("B", Aggregation::Sum, [3.0, 40.0, 180.0, 60.0]);
    let decided = decide(&territories(), period("2010-Q1"), 3, &[above, below, ratio]);
    assert!(codes(&decided["B"]).contains(&"04"), "its denominator is small");
    assert!(!codes(&decided["R"]).contains(&"04"), "nobody reported its numerator: {:?}", decided["R"]);
}

#[test]
fn a_last_value_of_a_semester_does_not_give_its_last_quarter_away() {
    // The second quarter is withheld in 04; where everybody reported again, the semester ends with the same value.
    let mut semester = after([3.0, 20.0, 90.0, 30.0], &[]);
    semester.aggregation = Aggregation::Latest;
    semester.worlds.insert((period("2010-Q2"), 1), said([3.0, 20.0, 90.0, 30.0], &["04", "05"]));
    let mut other = after([8.0, 20.0, 90.0, 30.0], &[]);
    other.aggregation = Aggregation::Latest;
    other.worlds.insert((period("2010-Q2"), 1), said([6.0, 20.0, 90.0, 30.0], &[]));
    // What the first quarter said and the second did not: 2.
    for one in [semester, other] {
        let decided = decide(&territories(), period("2010-S1"), 3, &[one]);
        assert!(codes(&decided["A"]).contains(&"04"), "{:?}", decided["A"]);
        assert!(codes(&decided["A"]).len() > 1, "04 alone would follow from its region: {:?}", decided["A"]);
    }
}

#[test]
fn an_average_times_its_measures_gives_no_small_sum_away() {
    // The mean and the number of measures give the sum behind it.
    let average = |values: [f64; 4], measures: i32| {
        let mut sums = series("A", Aggregation::Sum, values.map(|value| value * f64::from(measures)));
        let count = |place: &Place| match place.1.as_str() {
            "93" => 3 * measures,
            "SUD" | "FR" => 4 * measures,
            _ => measures,
        };
        for (place, figure) in &mut sums.figures {
            *figure = Figure { value: figure.value.map(|sum| sum / f64::from(count(place))), measures: count(place) };
        }
        sums.aggregation = Aggregation::Average;
        sums
    };
    let first = average([12.0, 20.0, 90.0, 30.0], 10);
    let mut year = average([8.0, 20.0, 90.0, 30.0], 20);
    let shown = |(place, figure): (&Place, &Figure)| (place.clone(), Stated { figure: *figure, shown: true });
    year.worlds.insert((period("2010-S1"), 1), first.figures.iter().map(shown).collect());
    year.earlier.insert(period("2010-S1"), first.figures.keys().map(|place| (place.clone(), Earlier::Shown)).collect());
    // (8 x 20 - 12 x 10) / 10 = 4 in 04.
    let decided = decide(&territories(), period("2010"), 3, &[year]);
    assert!(codes(&decided["A"]).contains(&"04"), "{:?}", decided["A"]);
}
