//! What writing a list changes of the sectors that there are, field by field, before and after: for reports of imports. What changed between
//! two revisions is the domain's.

use std::collections::{BTreeMap, HashMap};

use super::check::Sound;
use crate::domain::codes::SectorCode;
use crate::store::sectors::Sector;
use crate::workflow::imports::FieldChange;

/// The sectors that change, of those with these outlines: place in the list, code, and the fields that differ. Shapes are compared as they are stored;
/// `redrawn` says of those that differ how they do.
pub(super) fn of(
    stored: &HashMap<SectorCode, String>,
    redrawn: &HashMap<SectorCode, String>,
    existing: &BTreeMap<SectorCode, Sector>,
    sound: &[Sound],
) -> Vec<(usize, SectorCode, Vec<FieldChange>)> {
    let change = |each: &Sound| {
        let code = &each.sector.key.code;
        let before = existing.get(code)?;
        let mut fields = fields(before, &each.sector);
        let outline = each.area.as_ref().filter(|area| !each.is_redrawn && stored.get(code) != Some(&area.geojson));
        fields.extend(outline.map(|area| FieldChange {
            field: "geometry",
            before: format!("{:.6} km²", before.area_km2),
            after: match redrawn.get(code) {
                Some(how) => format!("{:.6} km², {how}", area.area_km2),
                None => format!("{:.6} km²", area.area_km2),
            },
        }));
        (!fields.is_empty()).then(|| (each.index, code.clone(), fields))
    };
    sound.iter().filter_map(change).collect()
}

fn fields(before: &Sector, after: &Sector) -> Vec<FieldChange> {
    let words = |sector: &Sector| sector.communes.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (mut former, mut latter) = (words(before), words(after));
    let communes = (former.join(" "), latter.join(" "));
    former.sort_unstable();
    latter.sort_unstable();
    // A set: in another order they are the same.
    let communes = if former == latter { (String::new(), String::new()) } else { communes };
    let parquet = |sector: &Sector| sector.parquet.as_ref().map(ToString::to_string).unwrap_or_default();
    let neighbourhood = |sector: &Sector| sector.priority_neighbourhood.clone().unwrap_or_default();
    let all: [(&'static str, String, String); 8] = [
        ("name", before.name.clone(), after.name.clone()),
        ("kind", before.kind.to_string(), after.kind.to_string()),
        ("authority", before.authority.to_string(), after.authority.to_string()),
        ("severity", before.severity.to_string(), after.severity.to_string()),
        ("parquetCode", parquet(before), parquet(after)),
        ("communeCodes", communes.0, communes.1),
        ("priorityNeighbourhoodCode", neighbourhood(before), neighbourhood(after)),
        ("description", before.description.clone(), after.description.clone()),
    ];
    all.into_iter().filter_map(|(field, before, after)| FieldChange::between(field, &before, &after)).collect()
}
