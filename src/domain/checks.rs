//! What stands in the way of a revision's submission, one check after the other. Messages are French, for the préfecture.
//!
//! The list is house; what it asks for is the circular's of 2010: a shared and updated diagnosis, a mapping, ranked objectives of both
//! axes, deterrence at every listed school.

use super::codes::{SectorCode, Uai};
use super::content::RevisionContent;
use super::coverage::Coverage;
use super::normal::shows_nothing;
use super::ranks::gapless;
use super::vocabulary::{ObjectiveAxis, ServiceKind, vocabulary};

/// The services whose contribution to the diagnosis submission asks for.
pub const CONTRIBUTORS: [ServiceKind; 3] = [ServiceKind::Police, ServiceKind::Gendarmerie, ServiceKind::Parquet];

vocabulary! {
    /// The checks, in the order in which they are shown. The names are stable.
    CheckCode {
        DiagnosisPresent = "DIAGNOSIS_PRESENT", "Diagnostic rédigé";
        PoliceContribution = "POLICE_CONTRIBUTION", "Contribution de la police nationale";
        GendarmerieContribution = "GENDARMERIE_CONTRIBUTION", "Contribution de la gendarmerie nationale";
        ParquetContribution = "PARQUET_CONTRIBUTION", "Contribution du parquet";
        SectorPresent = "SECTOR_PRESENT", "Cartographie";
        DeterrenceObjectivePresent = "DETERRENCE_OBJECTIVE_PRESENT", "Objectif de dissuasion";
        RepressionObjectivePresent = "REPRESSION_OBJECTIVE_PRESENT", "Objectif de répression";
        ObjectivesPlaced = "OBJECTIVES_PLACED", "Objectifs rattachés";
        ListedSchoolsCovered = "LISTED_SCHOOLS_COVERED", "Établissements sensibles couverts";
        SectorsRanked = "SECTORS_RANKED", "Classement des secteurs";
        ObjectivesRanked = "OBJECTIVES_RANKED", "Classement des objectifs";
    }
}

/// A check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub code: CheckCode,
    /// Whether submission may go on.
    pub passed: bool,
    /// What was found, in French.
    pub message: String,
}

/// A school of the department that is on the national list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSchool {
    /// Its UAI.
    pub uai: Uai,
    /// Its name.
    pub name: String,
    /// The sectors of this revision that contain it or lie near.
    pub sectors: Vec<SectorCode>,
}

/// Runs every check, in the order of [`CheckCode`].
///
/// `contributors`: those of [`CONTRIBUTORS`] that are at work in the department, and so must have contributed. Of the others a stale
/// contribution still fails, a missing one does not. `listed`: the department's listed schools.
#[must_use]
pub fn checks(content: &RevisionContent, contributors: &[ServiceKind], listed: &[ListedSchool]) -> Vec<Check> {
    CheckCode::ALL
        .iter()
        .map(|code| {
            let (passed, message) = outcome(*code, content, contributors, listed);
            Check { code: *code, passed, message }
        })
        .collect()
}

/// Whether nothing stands in the way.
#[must_use]
pub fn all_passed(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.passed)
}

fn outcome(code: CheckCode, content: &RevisionContent, contributors: &[ServiceKind], listed: &[ListedSchool]) -> (bool, String) {
    match code {
        CheckCode::DiagnosisPresent => {
            either(!shows_nothing(&content.diagnosis), "Le diagnostic est rédigé.", "Le diagnostic est vide.")
        }
        CheckCode::PoliceContribution => contribution(content, ServiceKind::Police, "de la police nationale", contributors),
        CheckCode::GendarmerieContribution => {
            contribution(content, ServiceKind::Gendarmerie, "de la gendarmerie nationale", contributors)
        }
        CheckCode::ParquetContribution => contribution(content, ServiceKind::Parquet, "du parquet", contributors),
        CheckCode::SectorPresent => match content.sectors.len() {
            0 => (false, "La cartographie ne comporte aucun secteur.".into()),
            1 => (true, "La cartographie comporte un secteur.".into()),
            count => (true, format!("La cartographie comporte {count} secteurs.")),
        },
        CheckCode::DeterrenceObjectivePresent => axis(content, ObjectiveAxis::Deterrence, "dissuasion"),
        CheckCode::RepressionObjectivePresent => axis(content, ObjectiveAxis::Repression, "répression"),
        CheckCode::ObjectivesPlaced => placed(content),
        CheckCode::ListedSchoolsCovered => covered(content, listed),
        CheckCode::SectorsRanked => either(
            gapless(content.sectors.iter().map(|sector| sector.rank)),
            "Les secteurs sont classés sans lacune.",
            "Le classement des secteurs présente des lacunes ou des doublons.",
        ),
        CheckCode::ObjectivesRanked => either(
            gapless(content.objectives.iter().map(|objective| objective.rank)),
            "Les objectifs sont classés sans lacune.",
            "Le classement des objectifs présente des lacunes ou des doublons.",
        ),
    }
}

fn either(passed: bool, yes: &str, no: &str) -> (bool, String) {
    (passed, if passed { yes } else { no }.to_owned())
}

/// A contribution is stale when dated before the semester's first day: copies keep their dates, so an old one must be renewed.
fn contribution(content: &RevisionContent, service: ServiceKind, whose: &str, contributors: &[ServiceKind]) -> (bool, String) {
    let found = content
        .contributions
        .iter()
        .filter(|contribution| contribution.service == service && !shows_nothing(&contribution.text))
        .max_by_key(|contribution| contribution.dated_on);
    let first_day = content.semester.first_day();
    match found {
        None if contributors.contains(&service) => (false, format!("La contribution {whose} au diagnostic manque.")),
        None => (true, format!("Aucune contribution {whose} n’est attendue dans ce département.")),
        Some(found) => {
            let day = found.dated_on.format("%d/%m/%Y");
            if found.dated_on < first_day {
                let first_day = first_day.format("%d/%m/%Y");
                let message = format!(
                    "La contribution {whose} date du {day}, avant le début du semestre ({first_day}) : elle est à actualiser."
                );
                (false, message)
            } else {
                (true, format!("La contribution {whose} date du {day}."))
            }
        }
    }
}

fn axis(content: &RevisionContent, axis: ObjectiveAxis, name: &str) -> (bool, String) {
    match content.objectives.iter().filter(|objective| objective.axis == axis).count() {
        0 => (false, format!("Le plan ne comporte aucun objectif de {name}.")),
        1 => (true, format!("Le plan comporte un objectif de {name}.")),
        count => (true, format!("Le plan comporte {count} objectifs de {name}.")),
    }
}

fn placed(content: &RevisionContent) -> (bool, String) {
    let adrift: Vec<&str> = content
        .objectives
        .iter()
        .filter(|objective| !objective.department_wide && objective.sector_codes.is_empty() && objective.school_uais.is_empty())
        .map(|objective| objective.code.as_str())
        .collect();
    if adrift.is_empty() {
        let message = "Chaque objectif vise un secteur, un établissement ou tout le département.";
        return (true, message.into());
    }
    (false, format!("Objectifs sans secteur, sans établissement et sans portée départementale : {}.", enumerated(&adrift)))
}

fn covered(content: &RevisionContent, listed: &[ListedSchool]) -> (bool, String) {
    if listed.is_empty() {
        return (true, "Aucun établissement du département n’est sur la liste nationale.".into());
    }
    let coverage = Coverage::of(&content.objectives);
    let uncovered: Vec<String> = listed
        .iter()
        .filter(|school| !coverage.covers(&school.uai, &school.sectors))
        .map(|school| format!("{} ({})", school.name, school.uai))
        .collect();
    let names: Vec<&str> = uncovered.iter().map(String::as_str).collect();
    match (names.is_empty(), shows_nothing(&content.uncovered_schools_reason)) {
        (true, _) => (true, "Chaque établissement de la liste nationale est couvert par un objectif de dissuasion.".into()),
        (false, false) => (true, format!("Établissements non couverts, avec explication : {}.", enumerated(&names))),
        (false, true) => (false, format!("Établissements non couverts, sans explication : {}.", enumerated(&names))),
    }
}

/// The first ten, and how many more.
fn enumerated(names: &[&str]) -> String {
    const SHOWN: usize = 10;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(1) => format!("{shown} et un autre"),
        Some(more @ 2..) => format!("{shown} et {more} autres"),
        Some(0) | None => shown,
    }
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
