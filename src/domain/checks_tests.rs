//! Tests of the submission checks.

use super::*;
use crate::domain::content::samples::{complete, contribution as contributed};

fn school(uai: &str, sectors: &[&str]) -> ListedSchool {
    ListedSchool {
        uai: uai.parse().unwrap(),
        name: "Collège".into(),
        sectors: sectors.iter().map(|code| code.parse().unwrap()).collect(),
    }
}

/// UAIs need a right check letter.
fn uai(number: u32) -> String {
    ('A'..='Z').map(|letter| format!("{number:07}{letter}")).find(|text| text.parse::<Uai>().is_ok()).unwrap()
}

fn failed(content: &RevisionContent, listed: &[ListedSchool]) -> Vec<&'static str> {
    let checks = checks(content, &CONTRIBUTORS, listed);
    assert_eq!(checks.len(), CheckCode::ALL.len());
    checks.iter().filter(|check| !check.passed).map(|check| check.code.as_str()).collect()
}

fn failed_after(change: impl Fn(&mut RevisionContent)) -> Vec<&'static str> {
    let mut content = complete();
    change(&mut content);
    failed(&content, &[])
}

#[test]
fn a_complete_revision_passes() {
    assert!(all_passed(&checks(&complete(), &CONTRIBUTORS, &[])));
}

#[test]
fn an_empty_revision_fails_what_asks_for_something() {
    let empty = RevisionContent {
        diagnosis: "  \n".into(),
        contributions: Vec::new(),
        sectors: Vec::new(),
        objectives: Vec::new(),
        ..complete()
    };
    assert_eq!(
        failed(&empty, &[]),
        [
            "DIAGNOSIS_PRESENT",
            "POLICE_CONTRIBUTION",
            "GENDARMERIE_CONTRIBUTION",
            "PARQUET_CONTRIBUTION",
            "SECTOR_PRESENT",
            "DETERRENCE_OBJECTIVE_PRESENT",
            "REPRESSION_OBJECTIVE_PRESENT",
        ]
    );
}

#[test]
fn a_contribution_of_before_the_semester_is_stale() {
    let stale = |content: &mut RevisionContent| content.contributions[1] = contributed(ServiceKind::Gendarmerie, "2009-12-31");
    assert_eq!(failed_after(stale), ["GENDARMERIE_CONTRIBUTION"]);
    let fresh = |content: &mut RevisionContent| content.contributions[1] = contributed(ServiceKind::Gendarmerie, "2010-01-01");
    assert!(failed_after(fresh).is_empty());
}

#[test]
fn a_service_that_is_not_at_work_in_the_department_need_not_contribute() {
    let mut content = complete();
    content.contributions.remove(1);
    let without_gendarmerie = [ServiceKind::Police, ServiceKind::Parquet];
    assert!(all_passed(&checks(&content, &without_gendarmerie, &[])));
    content.contributions.push(contributed(ServiceKind::Gendarmerie, "2009-12-31"));
    assert!(!all_passed(&checks(&content, &without_gendarmerie, &[])));
}

#[test]
fn stale_contributions_of_other_services_do_not_matter() {
    let with_customs =
        |content: &mut RevisionContent| content.contributions.push(contributed(ServiceKind::Customs, "2001-01-01"));
    assert!(failed_after(with_customs).is_empty());
}

#[test]
fn both_axes_are_asked_for() {
    assert_eq!(failed_after(|content| content.objectives[0].axis = ObjectiveAxis::Repression), ["DETERRENCE_OBJECTIVE_PRESENT"]);
    assert_eq!(failed_after(|content| content.objectives[1].axis = ObjectiveAxis::Deterrence), ["REPRESSION_OBJECTIVE_PRESENT"]);
}

#[test]
fn an_objective_aims_at_a_sector_a_school_or_the_department() {
    assert_eq!(failed_after(|content| content.objectives[1].sector_codes.clear()), ["OBJECTIVES_PLACED"]);
    let wide = |content: &mut RevisionContent| {
        content.objectives[1].sector_codes.clear();
        content.objectives[1].department_wide = true;
    };
    assert!(failed_after(wide).is_empty());
    let at_school = |content: &mut RevisionContent| {
        content.objectives[1].sector_codes.clear();
        content.objectives[1].school_uais.push(uai(130_001).parse().unwrap());
    };
    assert!(failed_after(at_school).is_empty());
}

#[test]
fn a_listed_school_is_covered_by_name_or_through_its_sector_or_explained() {
    let mut content = complete();
    // Sector A has a deterrence objective, B one of repression only.
    assert!(failed(&content, &[school(&uai(130_001), &["A"])]).is_empty());
    let uncovered = [school(&uai(130_001), &["B"]), school(&uai(130_002), &[])];
    assert_eq!(failed(&content, &uncovered), ["LISTED_SCHOOLS_COVERED"]);
    content.objectives[0].department_wide = true;
    assert_eq!(failed(&content, &uncovered), ["LISTED_SCHOOLS_COVERED"]);
    content.objectives[0].school_uais = uncovered.iter().map(|school| school.uai.clone()).collect();
    assert!(failed(&content, &uncovered).is_empty());
    content.objectives[0].school_uais.clear();
    content.uncovered_schools_reason = "Établissement en travaux.".into();
    assert!(failed(&content, &uncovered).is_empty());
}

#[test]
fn uncovered_schools_are_named_but_not_without_end() {
    let many: Vec<ListedSchool> = (0..50).map(|number| school(&uai(130_000 + number), &[])).collect();
    let check = checks(&complete(), &CONTRIBUTORS, &many).into_iter().find(|check| !check.passed).unwrap();
    assert!(check.message.contains(&uai(130_000)));
    assert!(check.message.ends_with("et 40 autres."), "{}", check.message);
}

#[test]
fn gaps_in_the_ranks_are_seen() {
    assert_eq!(failed_after(|content| content.sectors[2].rank = 4), ["SECTORS_RANKED"]);
    assert_eq!(failed_after(|content| content.objectives[1].rank = 1), ["OBJECTIVES_RANKED"]);
}
