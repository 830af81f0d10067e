//! Areas with their ids in a tree, for questions by place: which contain a point, which are near, which overlap.
//! Built for one department's sectors at a time, from shapes that are valid. Not for storing them.

use std::cell::OnceCell;
use std::ops::ControlFlow;

use geo::line_intersection::LineIntersection;
use geo::{BooleanOps, BoundingRect, Coord, Intersects, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::edges::Edges;
use super::effort::{Effort, Stopped};
use super::fault::LonLat;
use super::measure::{self, LocalPlane};
use super::search;
use crate::domain::PastDeadline;

/// Places in which the edges of two areas may cut each other for what they share to be measured: all are held in memory.
const MAX_CUTS: usize = 20_000;

/// Overlaps that are listed, at most.
pub const MAX_OVERLAPS: usize = 1_000;

/// An index over areas.
#[derive(Debug)]
pub struct AreaIndex<Id> {
    areas: Vec<Indexed<Id>>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

#[derive(Debug)]
struct Indexed<Id> {
    id: Id,
    shape: MultiPolygon<f64>,
    /// Made when a question first needs them.
    edges: OnceCell<Edges>,
}

impl<Id> Indexed<Id> {
    fn edges(&self, effort: &mut Effort) -> Result<&Edges, Stopped> {
        if self.edges.get().is_none() {
            effort.spend(Edges::steps_to_make(&self.shape))?;
        }
        Ok(self.edges.get_or_init(|| Edges::of(&self.shape)))
    }
}

/// Two areas whose interiors overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap<'i, Id> {
    /// The one that was given first.
    pub first: &'i Id,
    /// The other.
    pub second: &'i Id,
    /// What they share, in square metres. None where they cut each other in too many places to be measured.
    pub area_m2: Option<f64>,
}

/// Overlaps that were found.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlaps<'i, Id> {
    /// At most [`MAX_OVERLAPS`], in the order given to `new`.
    pub found: Vec<Overlap<'i, Id>>,
    /// Whether all pairs were compared. Not, when that would have cost too much, or there were too many.
    pub complete: bool,
}

impl<Id> AreaIndex<Id> {
    /// Indexes the areas. Empty shapes are never found.
    pub fn new(areas: Vec<(Id, MultiPolygon<f64>)>) -> Self {
        let areas: Vec<Indexed<Id>> =
            areas.into_iter().map(|(id, shape)| Indexed { id, shape, edges: OnceCell::new() }).collect();
        let boxes = areas.iter().enumerate().filter_map(|(at, area)| {
            let rect = area.shape.bounding_rect()?;
            Some(GeomWithData::new(Rectangle::from_corners(rect.min().into(), rect.max().into()), at))
        });
        let tree = RTree::bulk_load(boxes.collect());
        Self { areas, tree }
    }

    /// How many areas there are.
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The areas that contain a point, their boundary included, in the order given to `new`.
    pub fn containing(&self, point: LonLat) -> Vec<&Id> {
        let at = Coord { x: point.0, y: point.1 };
        let mut found: Vec<usize> = Vec::new();
        // A visitor, which needs no memory of its own, and each area looked at as it is met: most points lie in one or in none.
        let _: ControlFlow<()> = self.tree.locate_in_envelope_intersecting_int(AABB::from_point([at.x, at.y]), |each| {
            if self.areas.get(each.data).is_some_and(|area| measure::holds(&area.shape, at)) {
                found.push(each.data);
            }
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        found.into_iter().filter_map(|at| self.areas.get(at)).map(|area| &area.id).collect()
    }

    /// The areas that contain a point or lie within so many metres of it, with their distance, nearest first.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn near(&self, point: LonLat, metres: f64, effort: &mut Effort) -> Result<Vec<(&Id, f64)>, Stopped> {
        let at = Coord { x: point.0, y: point.1 };
        // One in a hundred more than needed: the box is a filter, the distance decides.
        let (east, north) = LocalPlane::at(point).degrees(metres.max(0.0) * 1.01);
        let envelope = AABB::from_corners([point.0 - east, point.1 - north], [point.0 + east, point.1 + north]);
        let mut found = Vec::new();
        for area in self.candidates(envelope, effort)? {
            let edges = area.edges(effort)?;
            if edges.covers(at, effort)? {
                found.push((&area.id, 0.0));
            } else if let Some(distance) = edges.nearest_within(at, metres, effort)? {
                found.push((&area.id, distance));
            }
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        Ok(found)
    }

    /// The pairs of areas that share more than so many square metres. Areas that touch share none. Pairs that are not wanted are not compared.
    ///
    /// # Errors
    /// [`PastDeadline`]. Too much work is none: then not all was compared.
    pub fn overlaps(
        &self,
        more_than_m2: f64,
        wanted: impl Fn(&Id, &Id) -> bool,
        effort: &mut Effort,
    ) -> Result<Overlaps<'_, Id>, PastDeadline> {
        let mut found = Vec::new();
        for (at, first) in self.areas.iter().enumerate() {
            let Some(rect) = first.shape.bounding_rect() else { continue };
            let envelope = AABB::from_corners(rect.min().into(), rect.max().into());
            let others = match search::all_meeting(&self.tree, envelope, effort) {
                Ok(others) => others,
                Err(Stopped::TooMuch) => return Ok(Overlaps { found, complete: false }),
                Err(Stopped::Late(past)) => return Err(past),
            };
            let mut others: Vec<usize> = others.into_iter().map(|each| each.data).filter(|other| *other > at).collect();
            others.sort_unstable();
            for second in others.into_iter().filter_map(|other| self.areas.get(other)) {
                if !wanted(&first.id, &second.id) {
                    continue;
                }
                match shared_m2(first, second, effort) {
                    Ok(Shared::Nothing) => {}
                    Ok(Shared::Measured(area_m2)) if area_m2 <= more_than_m2 => {}
                    Ok(Shared::Measured(area_m2)) => {
                        found.push(Overlap { first: &first.id, second: &second.id, area_m2: Some(area_m2) });
                    }
                    Ok(Shared::Unmeasured) => found.push(Overlap { first: &first.id, second: &second.id, area_m2: None }),
                    Err(Stopped::TooMuch) => return Ok(Overlaps { found, complete: false }),
                    Err(Stopped::Late(past)) => return Err(past),
                }
                if found.len() == MAX_OVERLAPS {
                    return Ok(Overlaps { found, complete: false });
                }
            }
        }
        Ok(Overlaps { found, complete: true })
    }

    /// Areas whose boxes meet the envelope, in the order given to `new`.
    fn candidates(&self, envelope: AABB<[f64; 2]>, effort: &mut Effort) -> Result<Vec<&Indexed<Id>>, Stopped> {
        let met = search::all_meeting(&self.tree, envelope, effort)?;
        let mut found: Vec<usize> = met.into_iter().map(|each| each.data).collect();
        found.sort_unstable();
        Ok(found.into_iter().filter_map(|at| self.areas.get(at)).collect())
    }
}

/// What two areas share.
enum Shared {
    Nothing,
    /// Square metres.
    Measured(f64),
    /// Something, cut into too many pieces.
    Unmeasured,
}

fn shared_m2<Id>(a: &Indexed<Id>, b: &Indexed<Id>, effort: &mut Effort) -> Result<Shared, Stopped> {
    let Some(bounds) = a.shape.bounding_rect() else { return Ok(Shared::Nothing) };
    let (mut cuts, mut touches) = (0, 0);
    let (edges_a, edges_b) = (a.edges(effort)?, b.edges(effort)?);
    for line in edges_b.lines() {
        effort.spend(1)?;
        if !line.bounding_rect().intersects(&bounds) {
            continue;
        }
        for (edge, meeting) in edges_a.meetings(line, effort)? {
            let is_corner = |at: Coord<f64>| (at == edge.start || at == edge.end) && (at == line.start || at == line.end);
            match meeting {
                LineIntersection::SinglePoint { intersection, .. } if is_corner(intersection) => touches += 1,
                LineIntersection::Collinear { intersection } if is_corner(intersection.start) && is_corner(intersection.end) => {
                    touches += 1;
                }
                LineIntersection::SinglePoint { .. } | LineIntersection::Collinear { .. } => cuts += 1,
            }
            if cuts > MAX_CUTS {
                return Ok(Shared::Unmeasured);
            }
        }
    }
    if cuts == 0 && touches == 0 {
        // Beside each other, or one in the other.
        let start =
            |of: &Indexed<Id>| of.shape.0.iter().filter_map(|part| part.exterior().0.first().copied()).collect::<Vec<_>>();
        let mut inside = false;
        for (points, edges) in [(start(a), edges_b), (start(b), edges_a)] {
            for at in points {
                inside = inside || edges.contains(at, effort)?;
            }
        }
        if !inside {
            return Ok(Shared::Nothing);
        }
    }
    // What the library holds of edges and cuts, and the time that it takes, grow with their number.
    effort.spend((edges_a.count() + edges_b.count() + cuts).saturating_mul(16))?;
    Ok(Shared::Measured(measure::area_m2(&a.shape.intersection(&b.shape))))
}
