//! The act of publishing, through the public API: what differences of publications tell, what is absent rather than hidden, and that an act that
//! takes too long or is overtaken leaves nothing half done.

use std::collections::BTreeMap;

use palts::graphql::Settings;
use palts::store::Mode;
use palts::store::audit::Chain;
use serde_json::{Value, json};

use super::derivation::territories;
use super::{AXES, ask, cell, hidden, publish, try_publish};
use crate::harness::plans::{meeting, recorder};
use crate::harness::{App, Client, Setup};

/// Meetings of each quarter of 2010 from February on.
const QUARTERS: [[&str; 3]; 4] = [
    ["2010-02-03", "2010-02-17", "2010-03-03"],
    ["2010-04-07", "2010-05-05", "2010-06-02"],
    ["2010-07-07", "2010-08-04", "2010-09-01"],
    ["2010-10-06", "2010-11-03", "2010-12-01"],
];

/// Three measures of a quarter that come to a number.
fn quarter(app: &App, department: &str, quarter: usize, indicator: &str, number: u32) {
    let by = recorder(app, department);
    let shares = [number - number / 3 * 2, number / 3, number / 3];
    for (day, value) in QUARTERS[quarter].into_iter().zip(shares) {
        meeting(&by, department, day, json!([{ "indicator": indicator, "service": "POLICE", "value": value }]));
    }
}

/// What is shown of a period, by axis and key. Where nobody reported anything, that is nothing.
fn shown(by: &Client, indicator: &str, period: &str) -> BTreeMap<(&'static str, String), f64> {
    let mut all = BTreeMap::new();
    for axis in AXES {
        for cell in ask(by, indicator, period, axis).at("/rollup/cells").as_array().expect("cells") {
            if cell["suppressed"] == false {
                all.insert((axis, cell["key"].as_str().expect("a key").to_owned()), cell["value"].as_f64().unwrap_or_default());
            }
        }
    }
    all
}

#[test]
fn a_published_year_less_what_is_published_of_it_leaves_no_small_count() {
    for published in [["2010-S1", "2010"].as_slice(), &["2010", "2010-S1"], &["2010-Q1", "2010-Q3", "2010"], &["2010-Q1", "2010"]]
    {
        let app = App::on("2011-01-10");
        for (department, numbers) in
            [("83", [6, 4, 1, 1]), ("13", [60, 70, 80, 90]), ("84", [30, 30, 30, 30]), ("93", [90, 90, 90, 90])]
        {
            for (place, number) in numbers.into_iter().enumerate() {
                quarter(&app, department, place, "ILS_TOTAL", number);
            }
        }
        // Of the Var the year is 12, the first semester 10; the first quarter is 6, so that six are left in nine months.
        for period in published {
            publish(&app, period).data();
        }
        let dashboard = app.national("DASHBOARD");
        let parts: Vec<_> =
            published.iter().filter(|period| **period != "2010").map(|period| shown(&dashboard, "ILS_TOTAL", period)).collect();
        for (place, year) in shown(&dashboard, "ILS_TOTAL", "2010") {
            let known: Option<f64> = parts.iter().map(|part| part.get(&place)).sum();
            let left = known.map(|known| year - known);
            assert!(!left.is_some_and(|left| (1.0..5.0).contains(&left)), "{published:?} {place:?}: {left:?} is left");
        }
        assert!(hidden(&dashboard, "ILS_TOTAL", "2010", "NATIONAL").is_empty(), "{published:?}");
    }
}

#[test]
fn a_ratio_whose_numerator_nobody_reported_is_absent_and_not_suppressed() {
    let app = App::on("2010-07-02");
    // Investigations are opened, and two are too few to be shown; nobody says how many look at assets.
    for (department, values) in [("83", [1.0, 0.0, 1.0]), ("13", [30.0, 40.0, 50.0]), ("84", [9.0, 9.0, 9.0])] {
        for (day, value) in QUARTERS[0].into_iter().zip(values) {
            let of = |indicator: &str, value: f64| json!({ "indicator": indicator, "service": "PARQUET", "value": value });
            let id = meeting(&app.prefecture(department), department, day, json!([]));
            let measures = [of("ENQUETES", value), of("ENQUETES_GIR", (value / 2.0).floor())];
            app.prosecutor(department)
                .run(
                    "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }",
                    json!({ "i": { "meetingId": id, "measures": measures } }),
                )
                .data();
        }
    }
    publish(&app, "2010-Q1").data();
    let dashboard = app.national("DASHBOARD");
    for axis in AXES {
        let answer = ask(&dashboard, "TAUX_PATRIMOINE", "2010-Q1", axis);
        for cell in answer.at("/rollup/cells").as_array().expect("cells") {
            let said = (&cell["value"], &cell["suppressed"], &cell["measureCount"]);
            assert_eq!(said, (&Value::Null, &json!(false), &json!(0)), "{axis} {cell}");
        }
    }
    assert_eq!(
        cell(&dashboard, "TAUX_GIR", "2010-Q1", "DEPARTMENT", "83")["suppressed"],
        true,
        "both terms of this were reported"
    );
}

#[test]
fn a_publication_past_its_time_is_unavailable_and_leaves_nothing() {
    let app = App::on("2010-07-02");
    quarter(&app, "13", 0, "ILS_TOTAL", 90);
    let secretariat = app.secretariat();
    let hurried = app.beside(Setup {
        day: Some("2010-07-02"),
        limits: Settings { publishing_timeout_ms: 0, ..Settings::default() },
        ..Setup::default()
    });
    let token = hurried.login(&secretariat.username, crate::harness::PASSWORD).text("/login/accessToken");
    let answer = try_publish(&hurried.bearing(&token), "2010-Q1");
    assert_eq!((answer.code(), &answer.body["data"]), ("UNAVAILABLE", &Value::Null), "{}", answer.body);
    let error = &answer.body["errors"][0];
    let setting = &error["extensions"]["parameters"]["setting"];
    assert_eq!(
        (&error["extensions"]["reason"], setting),
        (&json!("PUBLICATION_TOO_LONG"), &json!("graphql.publishing_timeout_ms"))
    );
    assert!(error["message"].as_str().is_some_and(|text| text.contains("graphql.publishing_timeout_ms")), "{error}");
    assert_eq!(secretariat.ask("{ publications { totalCount } }").at("/publications/totalCount"), 0);
    assert_eq!(publish(&app, "2010-Q1").at("/publishPeriod/version"), 1);
}

/// Two acts decide over the same past, without a lock; the departments are held meanwhile. Then one is first, and the other decides again over
/// what the first has published.
#[test]
fn a_publication_that_was_overtaken_is_decided_again() {
    let app = App::on("2010-07-02");
    for (department, number) in [("83", 3), ("13", 60), ("84", 30), ("93", 90)] {
        quarter(&app, department, 0, "ILS_TOTAL", number);
    }
    let secretariat = app.secretariat();
    secretariat.ask("{ viewer { username } }").data();
    let mut holding = app.office.database.checkout(Mode::Write).expect("a connection");
    holding.begin().expect("a transaction");
    palts::store::audit::lock(holding.writer().expect("a writer"), &Chain::Department("01".parse().expect("a code")))
        .expect("the lock");
    let acts: Vec<_> = (0..2)
        .map(|_| {
            let by = app.secretariat();
            std::thread::spawn(move || try_publish(&by, "2010-Q1"))
        })
        .collect();
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert!(acts.iter().all(|act| !act.is_finished()), "the departments are held");
    holding.rollback();
    drop(holding);
    let mut versions: Vec<i64> = acts
        .into_iter()
        .map(|act| act.join().expect("an answer").at("/publishPeriod/version").as_i64().expect("a version"))
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [1, 2]);
    let dashboard = app.national("DASHBOARD");
    // Every department has as many measures: of those in the Var's region the first is hidden besides.
    assert_eq!(hidden(&dashboard, "ILS_TOTAL", "2010-Q1", "DEPARTMENT"), ["13", "83"]);
}

/// The departments are held for longer than other operations may last.
#[test]
fn a_publication_by_itself_has_a_time_of_its_own() {
    let app = App::on("2010-07-02");
    quarter(&app, "13", 0, "ILS_TOTAL", 90);
    let secretariat = app.secretariat();
    let hurried = app.beside(Setup {
        day: Some("2010-07-02"),
        limits: Settings { operation_timeout_ms: 300, ..Settings::default() },
        ..Setup::default()
    });
    let token = hurried.login(&secretariat.username, crate::harness::PASSWORD).text("/login/accessToken");
    let mut holding = app.office.database.checkout(Mode::Write).expect("a connection");
    holding.begin().expect("a transaction");
    palts::store::audit::lock(holding.writer().expect("a writer"), &Chain::Department("01".parse().expect("a code")))
        .expect("the lock");
    let by = hurried.bearing(&token);
    let alone = std::thread::spawn(move || try_publish(&by, "2010-Q1"));
    let by = hurried.bearing(&token);
    let twice =
        "mutation { a: publishPeriod(period: \"2010-Q1\") { version } b: publishPeriod(period: \"2010-Q1\") { version } }";
    let beside = std::thread::spawn(move || by.ask(twice));
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    holding.rollback();
    drop(holding);
    let beside = beside.join().expect("an answer");
    assert_eq!(beside.code(), "UNAVAILABLE", "{}", beside.body);
    assert_eq!(alone.join().expect("an answer").at("/publishPeriod/version"), 1);
}

/// A figure that can be worked out: of an indicator less others, and a period less others.
type Shown<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<(&'static str, String), f64>>;

/// What is left of some periods of a year, in every way: the whole, and what is taken from it.
fn spans() -> Vec<(usize, Vec<usize>)> {
    // The year, its semesters and its quarters, by the quarters that they are made of.
    const MADE_OF: [u32; 7] = [0b1111, 0b0011, 0b1100, 1, 2, 4, 8];
    let mut all = Vec::new();
    for (whole, mask) in MADE_OF.into_iter().enumerate() {
        for bits in 0_u32..1 << MADE_OF.len() {
            let parts: Vec<usize> = (0..MADE_OF.len()).filter(|part| bits >> part & 1 == 1).collect();
            let (sum, union) = parts.iter().fold((0, 0), |(sum, union), part| (sum + MADE_OF[*part], union | MADE_OF[*part]));
            if sum == union && union & mask == union && union != mask {
                all.push((whole, parts));
            }
        }
    }
    all
}

/// Subtracts whatever is shown from whatever it is part of, and from what is left the same again over territories.
#[test]
fn differences_of_the_demonstration_lay_nobody_open() {
    let (database, _keys) = crate::demonstration::loaded();
    let today = palts::workflow::Clock::system().today();
    let before = palts::domain::Semester::of(today).ok().and_then(palts::domain::Semester::previous).expect("a semester");
    let year = before.first_day().format("%Y").to_string();
    let next: i32 = year.parse::<i32>().expect("a year") + 1;
    let day: &'static str = format!("{next}-07-10").leak();
    let app = App::over(database, Setup { day: Some(day), ..Setup::default() });
    let token = app.login("secretariat", "demonstration-2010").text("/login/accessToken");
    let secretariat = app.bearing(&token);
    let periods: Vec<String> =
        ["", "-S1", "-S2", "-Q1", "-Q2", "-Q3", "-Q4"].iter().map(|suffix| format!("{year}{suffix}")).collect();
    let token = app.login("tableau-de-bord", "demonstration-2010").text("/login/accessToken");
    let dashboard = app.bearing(&token);
    let wholes = territories(&secretariat);
    let codes = ["ILS_TOTAL", "ILS_TRAFIC", "ILS_USAGE", "DEFERES", "RESEAUX"];
    let counts: [(&str, &[&str]); 8] = [
        ("ILS_TOTAL", &[]),
        ("ILS_TRAFIC", &[]),
        ("ILS_USAGE", &[]),
        ("DEFERES", &[]),
        ("RESEAUX", &[]),
        ("ILS_TOTAL", &["ILS_TRAFIC"]),
        ("ILS_TOTAL", &["ILS_USAGE"]),
        ("ILS_TOTAL", &["ILS_TRAFIC", "ILS_USAGE"]),
    ];
    let mut known: Shown<'_> = BTreeMap::new();
    // Short ones last, so that what is left of the long ones is not published at first.
    for period in &periods {
        let answer = try_publish(&secretariat, period);
        answer.data();
        for code in codes {
            known.insert((code, period.as_str()), shown(&dashboard, code, period));
        }
        for (whole, parts) in counts {
            for (of, less) in spans() {
                let mut terms = Vec::new();
                for (code, sign) in std::iter::once((whole, 1.0)).chain(parts.iter().map(|part| (*part, -1.0))) {
                    terms.push((code, periods[of].as_str(), sign));
                    terms.extend(less.iter().map(|part| (code, periods[*part].as_str(), -sign)));
                }
                let at = |place: &(&'static str, String)| -> Option<f64> {
                    terms.iter().map(|(code, period, sign)| Some(sign * known.get(&(*code, *period))?.get(place)?)).sum()
                };
                let is_small = |value: f64| (0.5..4.5).contains(&value);
                for (outer, inner) in &wholes {
                    for place in inner.iter().chain([outer]) {
                        assert!(
                            !at(place).is_some_and(is_small),
                            "{whole} less {parts:?}, {of} less {less:?}, {place:?}: {:?}",
                            at(place)
                        );
                    }
                    let left = at(outer).map(|total| total - inner.iter().filter_map(at).sum::<f64>());
                    assert!(!left.is_some_and(is_small), "{whole} less {parts:?}, {of} less {less:?}, {outer:?}: {left:?}");
                }
            }
        }
    }
}
