//! The reference: counts that are facts, and that the embedded files hold them.

use palts::access::{Capability, Policy, TerritoryKind};
use palts::domain::vocabulary::Role;
use palts::exchange::reference;

#[test]
fn there_are_101_departments_18_regions_12_zones_and_164_tribunaux_judiciaires() {
    let territories = reference::territories().expect("the reference is sound");
    assert_eq!(territories.departments().count(), 101);
    assert_eq!(territories.regions().count(), 18);
    assert_eq!(territories.zones().count(), 12);
    assert_eq!(territories.parquets().count(), 164);
}

#[test]
fn seven_zones_are_metropolitan_and_two_overseas_ones_hold_no_department() {
    let territories = reference::territories().expect("the reference is sound");
    let empty: Vec<&str> = territories
        .zones()
        .filter(|zone| territories.departments_of_zone(&zone.code).next().is_none())
        .map(|zone| zone.code.as_str())
        .collect();
    assert_eq!(empty, ["NOUVELLE-CALEDONIE", "POLYNESIE-FRANCAISE"]);
    let metropolitan = territories
        .zones()
        .filter(|zone| territories.departments_of_zone(&zone.code).any(|code| !code.as_str().starts_with("97")));
    assert_eq!(metropolitan.count(), 7);
}

#[test]
fn colmar_alone_reaches_over_two_departments_and_each_department_has_a_parquet() {
    let territories = reference::territories().expect("the reference is sound");
    let wide: Vec<&str> =
        territories.parquets().filter(|parquet| parquet.departments.len() > 1).map(|parquet| parquet.code.as_str()).collect();
    assert_eq!(wide, ["TJ-COLMAR"]);
    for department in territories.departments() {
        assert!(territories.parquets_of(&department.code).next().is_some(), "{} has no parquet", department.code);
        let [west, south, east, north] = department.bounding_box;
        let (lon, lat) = department.prefecture;
        assert!((west..=east).contains(&lon) && (south..=north).contains(&lat), "{}'s préfecture lies outside", department.code);
    }
}

#[test]
fn mayotte_alone_became_a_department_later() {
    let territories = reference::territories().expect("the reference is sound");
    let later: Vec<String> = territories
        .departments()
        .filter_map(|department| department.since.map(|since| format!("{} {since}", department.code)))
        .collect();
    assert_eq!(later, ["976 2011-03-31"]);
}

#[test]
fn the_27_national_indicators_are_defined_and_every_ratio_divides_two_of_them() {
    let indicators = reference::indicators().expect("the indicators are sound");
    assert_eq!(indicators.len(), 27);
    for indicator in &indicators {
        assert!(!indicator.definition.is_empty(), "{} has no definition", indicator.code);
        for term in [&indicator.numerator, &indicator.denominator].into_iter().flatten() {
            assert!(indicators.iter().any(|other| other.code == *term), "{} names {term}", indicator.code);
        }
    }
}

#[test]
fn every_role_has_a_rule_and_every_capability_is_given_to_somebody() {
    let policy = Policy::embedded().expect("the policy is sound");
    let kinds = [TerritoryKind::Nation, TerritoryKind::Department, TerritoryKind::Zone, TerritoryKind::Parquet];
    for role in Role::ALL {
        assert!(kinds.iter().any(|kind| policy.knows(*role, *kind)), "{role} has no rule");
    }
    for capability in Capability::ALL {
        let given = Role::ALL.iter().any(|role| kinds.iter().any(|kind| policy.gives(*role, *kind, *capability)));
        assert!(given, "{capability} is given to nobody");
    }
}

#[test]
fn a_policy_that_names_what_does_not_exist_is_refused() {
    let rule = |role: &str, territory: &str, may: &str| {
        format!("[[rule]]\nrole = \"{role}\"\nterritory = \"{territory}\"\nmay = [\"{may}\"]\n")
    };
    assert!(Policy::parse(&rule("MAYOR", "department", "READ_PLAN")).is_err());
    assert!(Policy::parse(&rule("PREFECT", "town", "READ_PLAN")).is_err());
    assert!(Policy::parse(&rule("PREFECT", "department", "FLY")).is_err());
    let twice = rule("PREFECT", "department", "READ_PLAN").repeat(2);
    assert!(Policy::parse(&twice).is_err());
}
