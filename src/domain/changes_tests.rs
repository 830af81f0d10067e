//! Tests of the differences between revisions.

use proptest::prelude::*;

use super::*;
use crate::domain::content::samples::{complete, sector};
use crate::domain::vocabulary::SectorKind;

fn with_sectors(codes: &[&str]) -> RevisionContent {
    RevisionContent { sectors: codes.iter().zip(1..).map(|(code, rank)| sector(code, rank)).collect(), ..complete() }
}

fn kinds(before: &[&str], after: &[&str]) -> Vec<(ChangeKind, String)> {
    let found = changes(Some(&with_sectors(before)), &with_sectors(after));
    assert!(found.objectives.is_empty());
    found.sectors.into_iter().map(|change| (change.kind, change.code)).collect()
}

#[test]
fn a_copy_has_no_changes() {
    let copy = RevisionContent { number: 2, ..complete() };
    assert_eq!(changes(Some(&complete()), &copy), Changes::default());
}

#[test]
fn accents_that_were_kept_apart_are_no_change() {
    let mut apart = complete();
    let mut joined = RevisionContent { number: 2, ..complete() };
    apart.sectors[0].name = "Cite\u{301} de l'E\u{301}toile".to_owned();
    joined.sectors[0].name = "Cité de l'Étoile".to_owned();
    assert_eq!(changes(Some(&apart), &joined), Changes::default());
}

#[test]
fn against_nothing_everything_is_new() {
    let found = changes(None, &complete());
    assert_eq!(found.sectors.len(), 3);
    assert!(found.sectors.iter().chain(&found.objectives).all(|change| change.kind == ChangeKind::Added));
    assert_eq!(found.sectors[0].after.as_deref(), Some("rang 1"));
}

#[test]
fn an_insertion_or_removal_moves_nothing_else() {
    assert_eq!(kinds(&["A", "B", "C"], &["N", "A", "B", "C"]), [(ChangeKind::Added, "N".into())]);
    assert_eq!(kinds(&["A", "B", "C"], &["B", "C"]), [(ChangeKind::Removed, "A".into())]);
}

#[test]
fn the_item_that_was_re_ranked_is_the_one_that_moved() {
    assert_eq!(kinds(&["A", "B", "C", "D"], &["D", "A", "B", "C"]), [(ChangeKind::Moved, "D".into())]);
    assert_eq!(kinds(&["A", "B", "C", "D"], &["B", "C", "D", "A"]), [(ChangeKind::Moved, "A".into())]);
    let found = changes(Some(&with_sectors(&["A", "B", "C"])), &with_sectors(&["C", "A", "B"]));
    assert_eq!(found.sectors[0].before.as_deref(), Some("rang 3"));
    assert_eq!(found.sectors[0].after.as_deref(), Some("rang 1"));
}

#[test]
fn an_alteration_says_which_fields_and_from_what_to_what() {
    let before = complete();
    let mut after = before.clone();
    after.sectors[0].kind = SectorKind::HousingEstate;
    after.sectors[0].severity = 5;
    after.sectors[0].geometry = "other".into();
    after.objectives[1].description = "é".repeat(500);
    let found = changes(Some(&before), &after);
    let [change] = &found.sectors[..] else { panic!("{:?}", found.sectors) };
    assert_eq!((change.kind, change.label.as_str()), (ChangeKind::Altered, "Secteur A"));
    assert_eq!(change.fields, ["kind", "severity", "geometry"]);
    assert_eq!(change.before.as_deref(), Some("nature : Quartier ; gravité : 3 ; contour : ancienne version"));
    assert_eq!(change.after.as_deref(), Some("nature : Grand ensemble ; gravité : 5 ; contour : nouvelle version"));
    let [change] = &found.objectives[..] else { panic!("{:?}", found.objectives) };
    assert_eq!(change.before.as_deref(), Some("description : (vide)"));
    assert!(change.after.as_deref().is_some_and(|text| text.chars().count() < 230 && text.ends_with('…')));
}

#[test]
fn an_item_altered_and_moved_gives_both() {
    let before = with_sectors(&["A", "B", "C"]);
    let mut after = with_sectors(&["C", "A", "B"]);
    after.sectors[0].name = "Autre nom".into();
    let found: Vec<_> = changes(Some(&before), &after).sectors.into_iter().map(|change| change.kind).collect();
    assert_eq!(found, [ChangeKind::Altered, ChangeKind::Moved]);
}

#[test]
fn the_order_of_rows_is_no_change() {
    let mut shuffled = complete();
    shuffled.sectors.reverse();
    shuffled.objectives[0].targets.reverse();
    shuffled.objectives[0].partner_services.reverse();
    assert_eq!(changes(Some(&complete()), &shuffled), Changes::default());
}

proptest! {
    #[test]
    fn every_item_that_comes_or_goes_is_told_once(
        before in proptest::sample::subsequence(vec!["A", "B", "C", "D", "E", "F"], 0..=6).prop_shuffle(),
        after in proptest::sample::subsequence(vec!["A", "B", "C", "D", "E", "F"], 0..=6).prop_shuffle(),
    ) {
        let found = kinds(&before, &after);
        let told = |kind| found.iter().filter(|(k, _)| *k == kind).count();
        prop_assert_eq!(told(ChangeKind::Added), after.iter().filter(|code| !before.contains(code)).count());
        prop_assert_eq!(told(ChangeKind::Removed), before.iter().filter(|code| !after.contains(code)).count());
        prop_assert_eq!(told(ChangeKind::Altered), 0);
        let common = after.iter().filter(|code| before.contains(code)).count();
        prop_assert!(told(ChangeKind::Moved) <= common.saturating_sub(1));
    }
}
