//! Small contents for tests of the domain.

use super::*;

/// A sector, in every respect ordinary.
pub fn sector(code: &str, rank: i32) -> SectorContent {
    SectorContent {
        code: code.parse().unwrap(),
        name: format!("Secteur {code}"),
        kind: SectorKind::Neighbourhood,
        authority: Authority::Police,
        parquet: "MARSEILLE".parse().ok(),
        commune_codes: vec!["13055".parse().unwrap()],
        priority_neighbourhood_code: None,
        severity: 3,
        rank,
        description: String::new(),
        geometry: r#"{"type":"Polygon","coordinates":[]}"#.into(),
    }
}

/// An objective of an axis that names one sector.
pub fn objective(code: &str, rank: i32, axis: ObjectiveAxis, sector: &str) -> ObjectiveContent {
    ObjectiveContent {
        code: code.parse().unwrap(),
        rank,
        axis,
        title: format!("Objectif {code}"),
        description: String::new(),
        lead_service: ServiceKind::Police,
        partner_services: vec![ServiceKind::Gendarmerie, ServiceKind::Customs],
        department_wide: false,
        sector_codes: vec![sector.parse().unwrap()],
        school_uais: Vec::new(),
        modes_of_action: vec!["Présence visible".into(), "Contrôles".into()],
        targets: vec![
            TargetContent { indicator: "OPS_CP".parse().unwrap(), baseline: None, target: Amount::parse("12.5").unwrap() },
            TargetContent {
                indicator: "ARMES".parse().unwrap(),
                baseline: Some(Amount::ZERO),
                target: Amount::parse("3").unwrap(),
            },
        ],
        due_on: None,
    }
}

/// A contribution of a service, of a day.
pub fn contribution(service: ServiceKind, dated_on: &str) -> ContributionContent {
    ContributionContent {
        service,
        text: "Constat du service.".into(),
        dated_on: dated_on.parse().unwrap(),
        contributed_by: "police13".into(),
    }
}

/// A revision of 13 for 2010-S1 that passes every check.
pub fn complete() -> RevisionContent {
    RevisionContent {
        department: "13".parse().unwrap(),
        semester: "2010-S1".parse().unwrap(),
        number: 1,
        diagnosis: "Diagnostic partagé.".into(),
        uncovered_schools_reason: String::new(),
        contributions: [ServiceKind::Police, ServiceKind::Gendarmerie, ServiceKind::Parquet]
            .map(|service| contribution(service, "2010-02-15"))
            .into(),
        sectors: vec![sector("A", 1), sector("B", 2), sector("C", 3)],
        objectives: vec![objective("D1", 1, ObjectiveAxis::Deterrence, "A"), objective("R1", 2, ObjectiveAxis::Repression, "B")],
    }
}
