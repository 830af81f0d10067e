//! Over which territory who may ask: a cell that reaches beyond what the viewer reads is refused, never summed in part.

use serde_json::json;

use super::{ask, measure, recorder, values};
use crate::harness::plans::meeting;
use crate::harness::{App, Client};

const AXES: [&str; 8] = ["NATIONAL", "DEFENCE_ZONE", "REGION", "DEPARTMENT", "SECTOR", "SERVICE", "PARQUET", "AUTHORITY"];

fn filled() -> App {
    let app = App::on("2010-07-02");
    for (department, value) in [("13", 1.0), ("83", 10.0), ("93", 100.0), ("68", 1000.0), ("67", 10000.0)] {
        meeting(&recorder(&app, department), department, "2010-06-20", json!([measure("ILS_TOTAL", "POLICE", value)]));
    }
    app
}

#[test]
fn a_department_reads_its_own_cells_and_no_wider_ones() {
    let app = filled();
    for by in [app.prefecture("13"), app.prefect("13"), app.police("13"), app.auditor("13")] {
        for axis in AXES {
            for department in [Some("13"), None] {
                let answer = ask(&by, "ILS_TOTAL", "2010-S1", axis, department);
                match axis {
                    "NATIONAL" | "DEFENCE_ZONE" | "REGION" => assert_eq!(answer.code(), "FORBIDDEN", "{axis}"),
                    "SECTOR" if department.is_none() => assert_eq!(answer.field(), "departmentCode"),
                    _ => {
                        assert_eq!(answer.at("/rollup/total/value"), 1.0, "{axis}");
                        assert_eq!(answer.at("/rollup/total/key"), "13", "{axis}");
                    }
                }
            }
        }
        assert_eq!(ask(&by, "ILS_TOTAL", "2010-S1", "DEPARTMENT", Some("93")).code(), "NOT_FOUND");
    }
}

#[test]
fn a_zone_prefect_reads_cells_wholly_within_the_zone() {
    let app = filled();
    let by = app.zone_prefect("SUD");
    let of = |axis: &str, department: Option<&str>| ask(&by, "ILS_TOTAL", "2010-S1", axis, department);
    assert_eq!(of("NATIONAL", None).code(), "FORBIDDEN");
    assert_eq!(values(&of("DEFENCE_ZONE", None)), json!({ "SUD": 11.0 }));
    assert_eq!(values(&of("REGION", None)), json!({ "93": 11.0 }));
    assert_eq!(values(&of("DEPARTMENT", None)), json!({ "13": 1.0, "83": 10.0 }));
    assert_eq!(values(&of("SERVICE", None)), json!({ "POLICE": 11.0 }));
    let total = of("SERVICE", None);
    assert_eq!((total.text("/rollup/total/key"), total.at("/rollup/total/value")), ("SUD".to_owned(), &json!(11.0)));
    assert_eq!(of("REGION", Some("13")).at("/rollup/total/key"), "93");
    assert_eq!(of("SECTOR", Some("13")).at("/rollup/total/value"), 1.0);
    assert_eq!(of("DEPARTMENT", Some("93")).code(), "NOT_FOUND");
    assert_eq!(of("SECTOR", None).field(), "departmentCode");
}

#[test]
fn a_prosecutor_of_two_departments_names_one() {
    let app = filled();
    let by = app.parquet("TJ-COLMAR");
    assert_eq!(ask(&by, "ILS_TOTAL", "2010-S1", "SERVICE", None).field(), "departmentCode");
    assert_eq!(ask(&by, "ILS_TOTAL", "2010-S1", "SERVICE", Some("68")).at("/rollup/total/value"), 1000.0);
    assert_eq!(ask(&by, "ILS_TOTAL", "2010-S1", "DEFENCE_ZONE", Some("68")).code(), "FORBIDDEN");
}

#[test]
fn a_parquet_of_two_departments_is_summed_whole_or_refused() {
    let app = filled();
    let of = |by: &Client| ask(by, "ILS_TOTAL", "2010-S1", "PARQUET", Some("68"));
    for by in [app.prefecture("68"), app.parquet("TJ-COLMAR")] {
        let refused = of(&by);
        assert_eq!((refused.code(), &refused.error()["extensions"]["reason"]), ("FORBIDDEN", &json!("AXIS_TOO_WIDE")));
        assert!(refused.message().contains("TJ-COLMAR s’étend sur les départements 67 et 68"), "{}", refused.message());
        assert_eq!(ask(&by, "ILS_TOTAL", "2010-S1", "SERVICE", Some("68")).at("/rollup/total/value"), 1000.0);
    }
    assert_eq!(ask(&app.prefecture("13"), "ILS_TOTAL", "2010-S1", "PARQUET", None).at("/rollup/total/value"), 1.0);
    let schema = palts::graphql::schema::sdl();
    assert!(
        schema.contains("67 and 68 share TJ-COLMAR"),
        "the schema says what is answered for departments that share a parquet"
    );
    // Who reads the region is answered for the region, which holds both.
    for by in [app.zone_prefect("EST"), app.secretariat()] {
        let answer = of(&by);
        assert_eq!(answer.at("/rollup/total/key"), "44", "{}", by.username);
        assert_eq!(answer.at("/rollup/total/value"), 11000.0, "{}", by.username);
    }
}

#[test]
fn the_nation_is_read_by_those_who_read_the_nation() {
    let app = filled();
    let nation = [app.secretariat(), app.national("OCRTIS"), app.national("AUDITOR"), app.national("POLICE")];
    for by in nation {
        let answer = ask(&by, "ILS_TOTAL", "2010-S1", "NATIONAL", None);
        assert_eq!(values(&answer), json!({ "FR": 11111.0 }), "{}", by.username);
        assert_eq!(answer.at("/rollup/publication"), &json!(null));
        // With a department named, the zone that holds it, whole.
        assert_eq!(values(&ask(&by, "ILS_TOTAL", "2010-S1", "DEFENCE_ZONE", Some("13"))), json!({ "SUD": 11.0 }));
    }
    let zones = ask(&app.secretariat(), "ILS_TOTAL", "2010-S1", "DEFENCE_ZONE", None);
    assert_eq!(zones.at("/rollup/cells").as_array().map(Vec::len), Some(12));
    assert_eq!(ask(&app.anonymous(), "ILS_TOTAL", "2010-S1", "NATIONAL", None).code(), "UNAUTHENTICATED");
}
