//! Sectors that overlap: a warning to whoever draws them, never a refusal, since neighbourhoods are drawn from different sources.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Sound;
use crate::domain::codes::SectorCode;
use crate::domain::keys::SectorKey;
use crate::geometry::AreaIndex;
use crate::store::sectors::{Sector, outlines};
use crate::workflow::boundaries::stored_shape;
use crate::workflow::editing::Editor;
use crate::workflow::{Call, Result};

/// Below this an overlap is an artefact of rounding to seven decimals, in square metres.
const NEGLIGIBLE_M2: f64 = 0.1;

/// Two sectors of a revision that share ground.
#[derive(Clone, Debug, PartialEq)]
pub struct SectorOverlap {
    /// One that was written.
    pub one: SectorCode,
    /// Another, written or already there.
    pub other: SectorCode,
    /// What they share, in square metres.
    pub area_m2: f64,
}

/// The overlaps of newly drawn sectors with each other and with those that stay.
pub(super) fn of_drawn(
    call: &mut Call,
    editor: &Editor,
    existing: &BTreeMap<SectorCode, Sector>,
    sound: &[Sound],
) -> Result<Vec<SectorOverlap>> {
    let drawn: BTreeSet<&SectorCode> =
        sound.iter().filter(|each| each.area.is_some()).map(|each| &each.sector.key.code).collect();
    let boxes: Vec<[f64; 4]> = sound.iter().filter_map(|each| each.area.as_ref()).map(|area| area.bbox).collect();
    let neighbours: Vec<SectorKey> = existing
        .values()
        .filter(|sector| !drawn.contains(&sector.key.code) && boxes.iter().any(|bbox| meet(*bbox, sector.bbox)))
        .map(|sector| sector.key.clone())
        .collect();
    let texts = outlines::of_sectors(call.db()?, &editor.scope(), &neighbours, 0)?;
    let mut areas = Vec::new();
    for each in sound {
        if let Some(area) = &each.area {
            areas.push((each.sector.key.code.clone(), area.shape.clone()));
        }
    }
    for (key, text) in texts {
        areas.push((key.code, stored_shape(&text)?));
    }
    let index = AreaIndex::new(areas);
    let found = index.overlaps(NEGLIGIBLE_M2).into_iter().filter(|overlap| drawn.contains(overlap.first));
    Ok(found.map(|pair| SectorOverlap { one: pair.first.clone(), other: pair.second.clone(), area_m2: pair.area_m2 }).collect())
}

fn meet(a: [f64; 4], b: [f64; 4]) -> bool {
    let ([west, south, east, north], [w, s, e, n]) = (a, b);
    west <= e && w <= east && south <= n && s <= north
}
