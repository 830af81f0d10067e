//! Outlines of departments: loaded by the secretariat, served at tolerances, and what sectors and schools are held against.

use std::sync::Arc;
use std::time::{Duration, Instant};

use palts::access::{Caller, Grant, Identity, Territory};
use palts::domain::vocabulary::Role;
use palts::geometry::geojson;
use palts::store;
use palts::store::audit::Chain;
use palts::workflow::boundaries::{self, BoundariesReport, Options};
use palts::workflow::operation::{self, Kind};
use palts::workflow::{Act, Error, Office, Rules, SessionSettings};
use serde_json::{Value, json};

use crate::harness::plans::{Revision, sector};
use crate::harness::{App, office};

/// Sets outlines as a user of one role over the nation.
fn set(office: &Arc<Office>, role: Role, outlines: &[(&str, Value)]) -> Result<BoundariesReport, Error> {
    let since = "2010-01-01".parse().unwrap();
    let caller = Caller::Known(Identity::User {
        id: 1,
        username: "carte".parse().unwrap(),
        display_name: "Carte".to_owned(),
        version: 1,
        grants: vec![Grant { role, territory: Territory::Nation, since, until: None }],
        session: None,
        must_change_password: false,
    });
    let outlines =
        outlines.iter().map(|(code, shape)| (code.parse().unwrap(), geojson::parse(&shape.to_string()).unwrap())).collect();
    let deadline = Instant::now() + Duration::from_secs(60);
    operation::run_as(office, Kind::Mutation, caller, deadline, move |call| {
        let act = Act::national("importBoundaries", "outlines");
        boundaries::set(call, act, outlines, Options { accept_outside: true, ..Options::default() })
    })
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Value {
    json!({ "type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]] })
}

fn outline(app: &App) -> Value {
    app.prefecture("93").ask("{ department(code: \"13\") { boundary } }").at("/department/boundary").clone()
}

#[test]
fn sectors_are_held_against_the_outline_that_is_loaded_now_whoever_loaded_it() {
    let app = App::start();
    let mut revision = Revision::open(&app, "13", "2010-S1");
    let prefecture = app.prefecture("13");
    let mut write = |code: &str| {
        let answer = revision.try_step(&prefecture, "upsertSectors", json!({ "sectors": [sector("13", code, 0, "POLICE")] }));
        if answer.body.get("errors").is_none() {
            revision.version += 1;
            return "written".to_owned();
        }
        assert_eq!(answer.field(), "sectors[0].geometry");
        answer.code().to_owned()
    };
    assert_eq!(outline(&app), json!(null));
    assert_eq!(write("A"), "written", "inside the bounding box");
    set(&app.office, Role::NationalSecretariat, &[("13", rectangle(4.9, 43.2, 5.2, 43.6))]).unwrap();
    assert_eq!(write("B"), "INVALID", "outside the outline");
    // Another process loads another outline.
    let elsewhere = office(app.database(), "2010-03-10", Rules::default(), SessionSettings::default());
    let wide = rectangle(5.0, 43.1, 5.8, 43.7);
    set(&elsewhere, Role::NationalSecretariat, &[("13", wide.clone())]).unwrap();
    assert_eq!(write("C"), "written");
    assert_eq!(outline(&app)["coordinates"][0].as_array().unwrap().len(), wide["coordinates"][0].as_array().unwrap().len());
    // And back again: what this process remembers of the first is not taken for the second.
    set(&elsewhere, Role::NationalSecretariat, &[("13", rectangle(4.9, 43.2, 5.2, 43.6))]).unwrap();
    assert_eq!(write("D"), "INVALID");
}

#[test]
fn only_the_secretariat_sets_outlines_and_a_faulty_one_stops_all() {
    let app = App::start();
    for role in [Role::Auditor, Role::Ocrtis, Role::Administrator] {
        assert_eq!(set(&app.office, role, &[("13", rectangle(5.0, 43.1, 5.8, 43.7))]).unwrap_err().code(), "FORBIDDEN");
    }
    let bow_tie =
        json!({ "type": "Polygon", "coordinates": [[[5.0, 43.0], [6.0, 44.0], [6.0, 43.0], [5.0, 44.0], [5.0, 43.0]]] });
    let outlines = [("13", rectangle(5.0, 43.1, 5.8, 43.7)), ("93", bow_tie)];
    let report = set(&app.office, Role::NationalSecretariat, &outlines).unwrap();
    assert_eq!(report.faults.len(), 1);
    assert_eq!((report.faults[0].index, report.faults[0].department.as_str()), (1, "93"));
    assert_eq!(report.faults[0].what.place(), Some((5.5, 43.5)));
    assert_eq!(outline(&app), json!(null), "nothing was written");
}

#[test]
fn a_boundary_is_served_at_the_coarsest_tolerance_that_is_fine_enough() {
    let app = App::start();
    // A coast of teeth 100 m deep.
    let mut ring: Vec<[f64; 2]> =
        (0..200).map(|step| [5.0 + f64::from(step) * 0.001, if step % 2 == 0 { 43.2 } else { 43.201 }]).collect();
    ring.extend([[5.2, 43.6], [5.0, 43.6], [5.0, 43.2]]);
    let shape = json!({ "type": "Polygon", "coordinates": [ring] });
    set(&app.office, Role::NationalSecretariat, &[("13", shape)]).unwrap();
    let query =
        "{ department(code: \"13\") { full: boundary fine: boundary(tolerance: 49.9) coarse: boundary(tolerance: 500) } }";
    let answer = app.education("93").ask(query);
    let positions = |name: &str| answer.at(&format!("/department/{name}/coordinates/0")).as_array().unwrap().len();
    assert_eq!((positions("full"), positions("fine")), (203, 203));
    assert!(positions("coarse") < 10, "{}", positions("coarse"));
    assert_eq!(app.anonymous().ask(query).code(), "UNAUTHENTICATED");
}

#[test]
fn outlines_are_held_against_the_plans_while_others_hold_the_nation_s_lock() {
    let app = App::start();
    app.office
        .database
        .write(|connection| {
            // Whoever had to wait for it would wait for ever: the lock is given back after the outlines were judged.
            store::audit::lock(connection, &Chain::Nation)?;
            let elsewhere = office(app.database(), "2010-03-10", Rules::default(), SessionSettings::default());
            let bow_tie =
                json!({ "type": "Polygon", "coordinates": [[[5.0, 43.0], [6.0, 44.0], [6.0, 43.0], [5.0, 44.0], [5.0, 43.0]]] });
            let outlines = [("13", rectangle(5.0, 43.1, 5.8, 43.7)), ("93", bow_tie)];
            assert_eq!(set(&elsewhere, Role::NationalSecretariat, &outlines).unwrap().faults.len(), 1);
            Ok::<_, Error>(())
        })
        .unwrap();
}

#[test]
fn outlines_that_were_held_against_what_has_changed_since_are_not_written() {
    let app = App::start();
    let refused = std::thread::scope(|scope| {
        let waiting = app
            .office
            .database
            .write(|connection| {
                store::audit::lock(connection, &Chain::Nation)?;
                let waiting = scope.spawn(|| {
                    set(&app.office, Role::NationalSecretariat, &[("13", rectangle(5.0, 43.1, 5.8, 43.7))]).map(|_| ())
                });
                // Time to be judged on the snapshot; then it waits for the lock, under which there is another outline.
                std::thread::sleep(Duration::from_secs(3));
                let other = rectangle(4.9, 43.2, 5.2, 43.6).to_string();
                let department = "13".parse().unwrap();
                store::boundaries::set(
                    connection,
                    &[store::boundaries::Boundary { department, texts: vec![(0, other)], digest: "0".repeat(64) }],
                )?;
                Ok::<_, Error>(waiting)
            })
            .unwrap();
        waiting.join().unwrap()
    });
    assert_eq!(refused.map_err(|error| error.code()), Err("UNAVAILABLE"));
    assert_eq!(outline(&app)["coordinates"][0][0], json!([4.9, 43.2]));
}
