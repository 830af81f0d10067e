//! The policy file against a copy of the documentation's table: a change of one alone fails.

use palts::access::{Capability, Policy, TerritoryKind};
use palts::domain::vocabulary::Role;

/// Reading a department, drafts included.
const WHOLE: &str = "READ_PLAN READ_SCHOOLS READ_MEETINGS READ_ROLLUPS READ_COMPLIANCE";
/// Reading from above: plans in force and rollups.
const ABOVE: &str = "READ_PLANS_IN_FORCE READ_SCHOOLS READ_ROLLUPS";
/// A service with force on the ground.
const SERVICE: &str = "CONTRIBUTE EDIT_OWN_SECTORS EDIT_OWN_OBJECTIVES RECORD_MEASURES";

const TABLE: &[(&str, TerritoryKind, &[&str])] = &[
    (
        "PREFECTURE",
        TerritoryKind::Department,
        &[
            WHOLE,
            "READ_DEPARTMENT_AUDIT EDIT_PLAN CONTRIBUTE SUBMIT_PLAN TRANSMIT_PLAN KEEP_SCHOOLS RECORD_MEETINGS RECORD_MEASURES",
            "DEFINE_LOCAL_INDICATORS DECLARE_NOT_APPLICABLE",
        ],
    ),
    ("PREFECT", TerritoryKind::Department, &[WHOLE, "READ_DEPARTMENT_AUDIT SIGN_AS_PREFECT"]),
    ("PUBLIC_PROSECUTOR", TerritoryKind::Parquet, &[WHOLE, "CONTRIBUTE SIGN_AS_PROSECUTOR RECORD_MEASURES"]),
    ("POLICE", TerritoryKind::Department, &[WHOLE, SERVICE]),
    ("POLICE", TerritoryKind::Nation, &[ABOVE]),
    ("GENDARMERIE", TerritoryKind::Department, &[WHOLE, SERVICE]),
    ("GENDARMERIE", TerritoryKind::Nation, &[ABOVE]),
    ("EDUCATION", TerritoryKind::Department, &["READ_SCHOOL_SHEET CONTRIBUTE RECORD_MEASURES"]),
    ("ZONE_PREFECT", TerritoryKind::Zone, &[ABOVE]),
    (
        "NATIONAL_SECRETARIAT",
        TerritoryKind::Nation,
        &[
            "READ_TRANSMITTED_PLANS READ_SCHOOLS READ_ROLLUPS READ_COMPLIANCE READ_NATIONAL_AUDIT",
            "ACKNOWLEDGE_PLAN DEFINE_NATIONAL_INDICATORS KEEP_NATIONAL_LISTS KEEP_TERRITORIES PUBLISH",
        ],
    ),
    ("OCRTIS", TerritoryKind::Nation, &[ABOVE]),
    ("DASHBOARD", TerritoryKind::Nation, &[]),
    (
        "AUDITOR",
        TerritoryKind::Nation,
        &[
            "READ_TRANSMITTED_PLANS READ_SCHOOLS READ_ROLLUPS READ_COMPLIANCE",
            "READ_DEPARTMENT_AUDIT READ_NATIONAL_AUDIT READ_ACCESS_AUDIT",
        ],
    ),
    ("AUDITOR", TerritoryKind::Department, &["READ_PLAN READ_SCHOOLS READ_ROLLUPS READ_COMPLIANCE READ_DEPARTMENT_AUDIT"]),
    ("ADMINISTRATOR", TerritoryKind::Nation, &["ADMINISTER_ACCESS READ_ACCESS_AUDIT"]),
];

const KINDS: [TerritoryKind; 4] = [TerritoryKind::Nation, TerritoryKind::Department, TerritoryKind::Zone, TerritoryKind::Parquet];

#[test]
fn the_policy_file_gives_what_the_table_says_and_nothing_else() {
    let policy = Policy::embedded().expect("the policy is sound");
    let mut faults = Vec::new();
    for role in Role::ALL {
        for kind in KINDS {
            let due = TABLE.iter().find(|(name, territory, _)| *name == role.as_str() && *territory == kind);
            if policy.knows(*role, kind) != due.is_some() {
                faults.push(format!("{role} over a {kind:?}: due {}", due.is_some()));
            }
            for capability in Capability::ALL {
                let may = due.is_some_and(|(_, _, may)| {
                    may.iter().flat_map(|part| part.split_whitespace()).any(|name| name == capability.as_str())
                });
                if policy.gives(*role, kind, *capability) != may {
                    faults.push(format!("{role} over a {kind:?}, {capability}: due {may}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "the policy file differs from the table:\n{}", faults.join("\n"));
}

#[test]
fn every_name_of_the_table_is_a_capability() {
    for name in TABLE.iter().flat_map(|(_, _, may)| may.iter().flat_map(|part| part.split_whitespace())) {
        assert!(Capability::ALL.iter().any(|capability| capability.as_str() == name), "{name}");
    }
}
