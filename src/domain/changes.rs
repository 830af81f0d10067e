//! What changed from one revision to the next: sectors and objectives added, dropped, altered, re-ranked.
//!
//! An item that is altered and moved gives two changes. An insertion or removal moves nothing by itself: only the fewest items that
//! explain the new order are MOVED. Texts are French, for reading.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::content::{ObjectiveContent, RevisionContent, SectorContent, words};
use super::normal::nfc;
use super::ranks::settled;
use super::vocabulary::ChangeKind;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The code of the sector or objective.
    pub code: String,
    /// Its name or title; the former one when it was removed.
    pub label: String,
    /// The contract's names of the fields that differ; of ALTERED only.
    pub fields: Vec<&'static str>,
    /// As it was: the fields that differ, or the rank.
    pub before: Option<String>,
    /// As it is.
    pub after: Option<String>,
}

/// The differences of two contents, each list in the new order, what was removed at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Of the mapping.
    pub sectors: Vec<Change>,
    /// Of the objectives.
    pub objectives: Vec<Change>,
}

/// Compares a revision's content with that of the revision before; against none, everything is new.
#[must_use]
pub fn changes(before: Option<&RevisionContent>, after: &RevisionContent) -> Changes {
    let sectors = before.map_or(&[][..], |content| &content.sectors);
    let objectives = before.map_or(&[][..], |content| &content.objectives);
    Changes {
        sectors: differences(&items(sectors, sector_item), &items(&after.sectors, sector_item)),
        objectives: differences(&items(objectives, objective_item), &items(&after.objectives, objective_item)),
    }
}

/// A field as it is compared, and as it is shown.
struct Field<'a> {
    name: &'static str,
    label_fr: &'static str,
    /// Borrowed where it can be: outlines are large.
    value: Cow<'a, str>,
    /// Shown in place of values that are not for reading.
    unreadable: bool,
}

struct Item<'a> {
    code: &'a str,
    label: &'a str,
    rank: i32,
    fields: Vec<Field<'a>>,
}

/// Items in the order of their ranks.
fn items<'a, T>(contents: &'a [T], item: impl Fn(&'a T) -> Item<'a>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = contents.iter().map(item).collect();
    items.sort_by(|a, b| (a.rank, a.code).cmp(&(b.rank, b.code)));
    items
}

fn differences(before: &[Item<'_>], after: &[Item<'_>]) -> Vec<Change> {
    let former: BTreeMap<&str, (usize, &Item<'_>)> =
        before.iter().enumerate().map(|(position, item)| (item.code, (position, item))).collect();
    let kept: Vec<(&str, usize)> =
        after.iter().filter_map(|item| former.get(item.code).map(|(position, _)| (item.code, *position))).collect();
    let positions: Vec<usize> = kept.iter().map(|(_, position)| *position).collect();
    let stayed: BTreeMap<&str, bool> = kept.iter().map(|(code, _)| *code).zip(settled(&positions)).collect();

    let mut changes = Vec::new();
    for item in after {
        match former.get(item.code) {
            None => changes.push(plain(ChangeKind::Added, item, None, Some(rank(item)))),
            Some((_, was)) => {
                changes.extend(altered(was, item));
                if stayed.get(item.code) == Some(&false) {
                    changes.push(plain(ChangeKind::Moved, item, Some(rank(was)), Some(rank(item))));
                }
            }
        }
    }
    let removed = before.iter().filter(|item| !after.iter().any(|now| now.code == item.code));
    changes.extend(removed.map(|item| plain(ChangeKind::Removed, item, Some(rank(item)), None)));
    changes
}

fn rank(item: &Item<'_>) -> String {
    format!("rang {}", item.rank)
}

fn plain(kind: ChangeKind, item: &Item<'_>, before: Option<String>, after: Option<String>) -> Change {
    Change { kind, code: item.code.to_owned(), label: item.label.to_owned(), fields: Vec::new(), before, after }
}

fn altered(was: &Item<'_>, is: &Item<'_>) -> Option<Change> {
    let differing: Vec<(&Field<'_>, &Field<'_>)> =
        was.fields.iter().zip(&is.fields).filter(|(was, is)| was.value != is.value).collect();
    if differing.is_empty() {
        return None;
    }
    let shown = |fields: Vec<String>| Some(fields.join(" ; "));
    Some(Change {
        fields: differing.iter().map(|(_, is)| is.name).collect(),
        before: shown(differing.iter().map(|(was, _)| show(was, "ancienne version")).collect()),
        after: shown(differing.iter().map(|(_, is)| show(is, "nouvelle version")).collect()),
        ..plain(ChangeKind::Altered, is, None, None)
    })
}

/// `gravité : 3`; long texts are cut.
fn show(field: &Field<'_>, version: &str) -> String {
    const LONGEST: usize = 200;
    let label = field.label_fr;
    if field.unreadable {
        return format!("{label} : {version}");
    }
    if field.value.is_empty() {
        return format!("{label} : (vide)");
    }
    let value: String = field.value.chars().take(LONGEST).collect();
    let cut = if value.len() < field.value.len() { "…" } else { "" };
    format!("{label} : {value}{cut}")
}

/// A field as it is compared: texts that were kept before they were brought into NFC differ in nothing that can be seen.
fn field<'a>(name: &'static str, label_fr: &'static str, value: impl Into<Cow<'a, str>>) -> Field<'a> {
    let value = match value.into() {
        Cow::Borrowed(text) => nfc(text),
        Cow::Owned(text) => match nfc(&text) {
            Cow::Owned(normal) => Cow::Owned(normal),
            Cow::Borrowed(_) => Cow::Owned(text),
        },
    };
    Field { name, label_fr, value, unreadable: false }
}

fn sector_item(sector: &SectorContent) -> Item<'_> {
    Item {
        code: sector.code.as_str(),
        label: &sector.name,
        rank: sector.rank,
        fields: vec![
            field("name", "nom", &sector.name),
            field("kind", "nature", sector.kind.label_fr()),
            field("authority", "compétence", sector.authority.label_fr()),
            field("parquet", "parquet", sector.parquet.as_ref().map_or("", |parquet| parquet.as_str())),
            field("communeCodes", "communes", words(&sector.commune_codes, |code| code.as_str()).join(", ")),
            field(
                "priorityNeighbourhoodCode",
                "quartier prioritaire",
                sector.priority_neighbourhood_code.as_deref().unwrap_or_default(),
            ),
            field("severity", "gravité", sector.severity.to_string()),
            field("description", "description", &sector.description),
            Field { unreadable: true, ..field("geometry", "contour", &sector.geometry) },
        ],
    }
}

fn objective_item(objective: &ObjectiveContent) -> Item<'_> {
    let mut targets: Vec<String> = objective
        .targets
        .iter()
        .map(|target| match target.baseline {
            Some(baseline) => format!("{} de {baseline} à {}", target.indicator, target.target),
            None => format!("{} à {}", target.indicator, target.target),
        })
        .collect();
    targets.sort();
    Item {
        code: objective.code.as_str(),
        label: &objective.title,
        rank: objective.rank,
        fields: vec![
            field("axis", "axe", objective.axis.label_fr()),
            field("title", "intitulé", &objective.title),
            field("description", "description", &objective.description),
            field("leadService", "service pilote", objective.lead_service.label_fr()),
            field("partnerServices", "partenaires", words(&objective.partner_services, |service| service.label_fr()).join(", ")),
            field("departmentWide", "portée départementale", if objective.department_wide { "oui" } else { "non" }),
            field("sectors", "secteurs", words(&objective.sector_codes, |code| code.as_str()).join(", ")),
            field("schools", "établissements", words(&objective.school_uais, |uai| uai.as_str()).join(", ")),
            field("modesOfAction", "modes d’action", objective.modes_of_action.join(", ")),
            field("targets", "cibles", targets.join(", ")),
            field("dueOn", "échéance", objective.due_on.map(|day| day.format("%d/%m/%Y").to_string()).unwrap_or_default()),
        ],
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
