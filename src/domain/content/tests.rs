//! Tests of the canonical form and of the hash.

use proptest::prelude::*;

use super::samples::complete;
use super::*;

#[test]
fn the_canonical_form_of_a_small_content_is_this() {
    let mut content = complete();
    content.contributions.truncate(1);
    content.sectors.truncate(1);
    content.objectives.truncate(1);
    let expected = concat!(
        r#"{"contributions":[{"contributedBy":"police13","datedOn":"2010-02-15","service":"POLICE","text":"Constat du service."}],"#,
        r#""department":"13","diagnosis":"Diagnostic partagé.","number":1,"#,
        r#""objectives":[{"axis":"DETERRENCE","code":"D1","departmentWide":false,"description":"","dueOn":null,"#,
        r#""leadService":"POLICE","modesOfAction":["Présence visible","Contrôles"],"partnerServices":["CUSTOMS","GENDARMERIE"],"#,
        r#""rank":1,"schools":[],"sectors":["A"],"targets":[{"baseline":"0","indicator":"ARMES","target":"3"},"#,
        r#"{"baseline":null,"indicator":"OPS_CP","target":"12.5"}],"title":"Objectif D1"}],"#,
        r#""sectors":[{"authority":"POLICE","code":"A","communeCodes":["13055"],"description":"","#,
        r#""geometry":"{\"type\":\"Polygon\",\"coordinates\":[]}","kind":"NEIGHBOURHOOD","name":"Secteur A","#,
        r#""parquet":"MARSEILLE","priorityNeighbourhoodCode":null,"rank":1,"severity":3}],"#,
        r#""semester":"2010-S1","uncoveredSchoolsReason":""}"#,
    );
    assert_eq!(content.canonical_json(), expected);
    assert_eq!(content.content_hash(), canonical::sha256_hex(expected));
    assert_eq!(content.content_hash().len(), 64);
}

#[test]
fn any_change_of_what_the_plan_says_changes_the_hash() {
    let before = complete();
    let changes: [fn(&mut RevisionContent); 12] = [
        |content| content.number = 2,
        |content| content.semester = "2010-S2".parse().unwrap(),
        |content| content.department = "93".parse().unwrap(),
        |content| content.diagnosis.push(' '),
        |content| content.uncovered_schools_reason.push('x'),
        |content| content.contributions[0].text.push('x'),
        |content| content.sectors[0].severity = 5,
        |content| content.sectors[0].geometry.push(' '),
        |content| content.sectors[1].parquet = None,
        |content| content.objectives[0].modes_of_action.reverse(),
        |content| content.objectives[0].targets[0].baseline = Some(Amount::ZERO),
        |content| content.objectives.swap_remove(0).rank = 9,
    ];
    for change in changes {
        let mut after = before.clone();
        change(&mut after);
        assert_ne!(after.content_hash(), before.content_hash());
    }
}

proptest! {
    #[test]
    fn the_hash_does_not_depend_on_the_order_in_which_rows_came(
        sectors in Just(complete().sectors).prop_shuffle(),
        objectives in Just(complete().objectives).prop_shuffle(),
        contributions in Just(complete().contributions).prop_shuffle(),
        targets in Just(complete().objectives[0].targets.clone()).prop_shuffle(),
        partners in Just(complete().objectives[0].partner_services.clone()).prop_shuffle(),
    ) {
        let mut shuffled = RevisionContent { sectors, objectives, contributions, ..complete() };
        for objective in &mut shuffled.objectives {
            objective.targets.clone_from(&targets);
            objective.partner_services.clone_from(&partners);
        }
        prop_assert_eq!(shuffled.content_hash(), complete().content_hash());
    }
}
