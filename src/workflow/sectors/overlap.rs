//! Sectors that overlap: a warning to whoever draws them, never a refusal, since neighbourhoods are drawn from different sources. Those of one
//! file are compared with each other, and with what the revision holds, before others have to wait.

use std::collections::BTreeSet;

use geo::MultiPolygon;

use super::check::Sound;
use super::{SectorInput, Shape};
use crate::domain::codes::SectorCode;
use crate::domain::{Deadline, PastDeadline};
use crate::geometry::{AreaIndex, Effort};
use crate::store::sectors::Sector;
use crate::workflow::Result;
use crate::workflow::boundaries::stored_shape;

/// Below this an overlap is an artefact of rounding to seven decimals, in square metres.
const NEGLIGIBLE_M2: f64 = 0.1;

/// Steps that comparing shapes may cost: some seconds, while nobody waits for it.
const BEFORE: usize = 50_000_000;
/// The same in a document that has written before, for which others wait: a third of a second.
const LOCKED: usize = 5_000_000;

/// Two sectors of a revision that share ground.
#[derive(Clone, Debug, PartialEq)]
pub struct SectorOverlap {
    /// One that was written.
    pub one: SectorCode,
    /// Another, written or already there.
    pub other: SectorCode,
    /// What they share, in square metres; none where it is cut into too many pieces to be measured.
    pub area_m2: Option<f64>,
}

/// Which shapes of a list share ground.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedGround {
    /// The places of two in the list, and the square metres that they share; none where they could not be measured.
    pub pairs: Vec<(usize, usize, Option<f64>)>,
    /// Whether all were compared.
    pub complete: bool,
}

impl Default for SharedGround {
    fn default() -> Self {
        Self { pairs: Vec::new(), complete: true }
    }
}

/// Compares shapes with each other, each under its place in a list.
///
/// # Errors
/// [`PastDeadline`].
pub fn among(shapes: Vec<(usize, MultiPolygon<f64>)>, deadline: Deadline) -> Result<SharedGround, PastDeadline> {
    let index = AreaIndex::new(shapes);
    let overlaps = index.overlaps(NEGLIGIBLE_M2, |_, _| true, &mut Effort::new(BEFORE, deadline))?;
    let pairs = overlaps.found.iter().map(|pair| (*pair.first, *pair.second, pair.area_m2)).collect();
    Ok(SharedGround { pairs, complete: overlaps.complete })
}

/// Those of some sectors whose boxes meet those of shapes that were examined.
pub(super) fn beside<'a>(inputs: &[SectorInput], others: impl Iterator<Item = &'a Sector>) -> impl Iterator<Item = &'a Sector> {
    let bbox = |input: &SectorInput| match &input.geometry {
        Some(Shape::Examined(Ok(area))) => Some(area.bbox),
        Some(Shape::Examined(Err(_)) | Shape::Text(_)) | None => None,
    };
    let boxes: Vec<[f64; 4]> = inputs.iter().filter_map(bbox).collect();
    others.filter(move |sector| boxes.iter().any(|bbox| meet(*bbox, sector.bbox)))
}

/// The overlaps of newly drawn sectors with those that stay, whose outlines these are, and whether all were compared.
pub(super) fn with_existing(
    neighbours: &[(SectorCode, String)],
    sound: &[Sound],
    is_ahead: bool,
    deadline: Deadline,
) -> Result<(Vec<SectorOverlap>, bool)> {
    let drawn: BTreeSet<&SectorCode> =
        sound.iter().filter(|each| each.area.is_some()).map(|each| &each.sector.key.code).collect();
    if neighbours.is_empty() || drawn.is_empty() {
        return Ok((Vec::new(), true));
    }
    let mut areas = Vec::new();
    for each in sound {
        if let Some(area) = &each.area {
            areas.push((each.sector.key.code.clone(), area.shape.clone()));
        }
    }
    for (code, text) in neighbours {
        deadline.check()?;
        areas.push((code.clone(), stored_shape(text)?));
    }
    let index = AreaIndex::new(areas);
    let mut effort = Effort::new(if is_ahead { BEFORE } else { LOCKED }, deadline);
    let one_of_each = |one: &SectorCode, other: &SectorCode| drawn.contains(one) != drawn.contains(other);
    let overlaps = index.overlaps(NEGLIGIBLE_M2, one_of_each, &mut effort)?;
    let found = overlaps.found.iter().map(|pair| SectorOverlap {
        one: pair.first.clone(),
        other: pair.second.clone(),
        area_m2: pair.area_m2,
    });
    Ok((found.collect(), overlaps.complete))
}

fn meet(a: [f64; 4], b: [f64; 4]) -> bool {
    let ([west, south, east, north], [w, s, e, n]) = (a, b);
    west <= e && w <= east && south <= n && s <= north
}
