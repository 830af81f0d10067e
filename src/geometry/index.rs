//! Areas with their ids in a tree, for questions by place: which contain a point, which are near, which overlap.
//! Built for one department's sectors at a time, from shapes that are valid. Not for storing them.

use std::ops::ControlFlow;

use geo::{BooleanOps, BoundingRect, Contains, Coord, Intersects, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree, RTreeObject};

use super::fault::LonLat;
use super::measure::{self, LocalPlane};

/// An index over areas.
#[derive(Debug)]
pub struct AreaIndex<Id> {
    areas: Vec<(Id, MultiPolygon<f64>)>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

/// Two areas whose interiors overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap<'i, Id> {
    /// The one that was given first.
    pub first: &'i Id,
    /// The other.
    pub second: &'i Id,
    /// What they share, in square metres.
    pub area_m2: f64,
    /// The centre of what they share.
    pub place: LonLat,
}

impl<Id> AreaIndex<Id> {
    /// Indexes the areas. Empty shapes are never found.
    pub fn new(areas: Vec<(Id, MultiPolygon<f64>)>) -> Self {
        let boxes = areas.iter().enumerate().filter_map(|(at, (_, shape))| {
            let rect = shape.bounding_rect()?;
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
            if self.areas.get(each.data).is_some_and(|(_, shape)| measure::holds(shape, at)) {
                found.push(each.data);
            }
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        found.into_iter().filter_map(|at| self.areas.get(at)).map(|(id, _)| id).collect()
    }

    /// The areas that contain a point or lie within so many metres of it, with their distance, nearest first.
    pub fn near(&self, point: LonLat, metres: f64) -> Vec<(&Id, f64)> {
        // One in a hundred more than needed: the box is a filter, the distance decides.
        let (east, north) = LocalPlane::at(point).degrees(metres.max(0.0) * 1.01);
        let envelope = AABB::from_corners([point.0 - east, point.1 - north], [point.0 + east, point.1 + north]);
        let with_distance = self.candidates(envelope).into_iter();
        let mut found: Vec<(&Id, f64)> = with_distance
            .map(|(id, shape)| (id, measure::distance_m(point, shape)))
            .filter(|(_, distance)| *distance <= metres)
            .collect();
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        found
    }

    /// The areas that share at least a point with a shape, in the order given to `new`.
    pub fn intersecting(&self, shape: &MultiPolygon<f64>) -> Vec<&Id> {
        self.meeting(shape).into_iter().filter(|(_, area)| area.intersects(shape)).map(|(id, _)| id).collect()
    }

    /// The areas that lie wholly inside a shape, in the order given to `new`.
    pub fn within(&self, shape: &MultiPolygon<f64>) -> Vec<&Id> {
        self.meeting(shape).into_iter().filter(|(_, area)| shape.contains(area)).map(|(id, _)| id).collect()
    }

    /// The pairs of areas that share more than so many square metres, in the order given to `new`. Areas that touch share none.
    pub fn overlaps(&self, more_than_m2: f64) -> Vec<Overlap<'_, Id>> {
        let pairs = self.tree.intersection_candidates_with_other_tree(&self.tree);
        let mut pairs: Vec<(usize, usize)> =
            pairs.map(|(a, b)| (a.data, b.data)).filter(|(first, second)| first < second).collect();
        pairs.sort_unstable();
        let shared = pairs.into_iter().filter_map(|(first, second)| {
            let ((first, a), (second, b)) = (self.areas.get(first)?, self.areas.get(second)?);
            if !a.intersects(b) {
                return None;
            }
            let shared = a.intersection(b);
            let area_m2 = measure::area_m2(&shared);
            let place = measure::centroid(&shared)?;
            (area_m2 > more_than_m2).then_some(Overlap { first, second, area_m2, place })
        });
        shared.collect()
    }

    fn meeting(&self, shape: &MultiPolygon<f64>) -> Vec<&(Id, MultiPolygon<f64>)> {
        let Some(rect) = shape.bounding_rect() else { return Vec::new() };
        self.candidates(Rectangle::from_corners(rect.min().into(), rect.max().into()).envelope())
    }

    /// Areas whose boxes meet the envelope, in the order given to `new`.
    fn candidates(&self, envelope: AABB<[f64; 2]>) -> Vec<&(Id, MultiPolygon<f64>)> {
        let mut found: Vec<usize> = self.tree.locate_in_envelope_intersecting(envelope).map(|each| each.data).collect();
        found.sort_unstable();
        found.into_iter().filter_map(|at| self.areas.get(at)).collect()
    }
}
