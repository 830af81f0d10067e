//! The edges of all rings in one tree, and where they meet. Crossings are faults; touches between rings are kept for `nesting`.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Line, LineString, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::MAX_FAULTS;
use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind};

/// One ring and whose it is.
pub(super) struct Ring {
    /// The part of the multipolygon, from 0.
    pub part: usize,
    /// 0 for the exterior, else the number of the hole.
    pub hole: usize,
    /// Its positions, closed, none repeated in a row.
    pub line: LineString<f64>,
}

impl Ring {
    pub(super) fn name(&self) -> String {
        if self.hole == 0 { "the exterior ring".to_owned() } else { format!("hole {}", self.hole) }
    }

    fn edges(&self) -> usize {
        self.line.0.len().saturating_sub(1)
    }
}

struct Edge {
    ring: usize,
    line: Line<f64>,
}

/// A point shared by two rings that do not cross there, or cross in a vertex: `nesting` tells.
pub(super) struct Touch {
    /// The two edges that meet.
    pub edges: [usize; 2],
    /// Their rings.
    pub rings: [usize; 2],
    /// Where.
    pub place: Coord<f64>,
}

pub(super) struct Crossings {
    pub faults: Vec<GeometryFault>,
    pub touches: Vec<Touch>,
    pub work_left: usize,
}

pub(super) struct Arrangement {
    pub rings: Vec<Ring>,
    edges: Vec<Edge>,
}

impl Arrangement {
    /// The rings and edges of a shape, with the faults of rings that are none.
    pub(super) fn of(shape: &MultiPolygon<f64>) -> (Self, Vec<GeometryFault>) {
        let mut this = Self { rings: Vec::new(), edges: Vec::new() };
        let mut faults = Vec::new();
        if shape.0.is_empty() {
            faults.push(GeometryFault::new(Kind::Empty, "the shape has no polygon"));
        }
        for (part, polygon) in shape.0.iter().enumerate() {
            for (hole, line) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
                let mut line = line.clone();
                line.0.dedup();
                let ring = Ring { part, hole, line };
                match ring.line.0.as_slice() {
                    [] => faults.push(GeometryFault::new(Kind::Empty, format!("{} is empty", ring.name()))),
                    [first, ..] if ring.edges() < 3 => {
                        let message = format!("{} has fewer than three distinct positions", ring.name());
                        faults.push(GeometryFault::at(Kind::TooFewPositions, (first.x, first.y), message));
                    }
                    _ => {}
                }
                let number = this.rings.len();
                this.edges.extend(ring.line.lines().map(|line| Edge { ring: number, line }));
                this.rings.push(ring);
            }
        }
        (this, faults)
    }

    pub(super) fn edge(&self, index: usize) -> Line<f64> {
        self.edges[index].line
    }

    /// Examines every pair of edges whose boxes meet.
    pub(super) fn crossings(&self, max_work: usize) -> Crossings {
        let mut result = Crossings { faults: Vec::new(), touches: Vec::new(), work_left: max_work };
        let boxes = self.edges.iter().enumerate().map(|(index, edge)| GeomWithData::new(corners(edge.line), index));
        let tree = RTree::bulk_load(boxes.collect());
        for (index, edge) in self.edges.iter().enumerate() {
            let near = tree.locate_in_envelope_intersecting(envelope(edge.line));
            // Each pair once; sorted, so that the list of faults does not depend on the tree.
            let mut others: Vec<usize> = near.map(|each| each.data).filter(|other| *other > index).collect();
            others.sort_unstable();
            match result.work_left.checked_sub(others.len() + 1) {
                Some(left) => result.work_left = left,
                None => {
                    result.faults.push(too_tangled());
                    return result;
                }
            }
            for other in others {
                self.meet(index, other, &mut result);
                // Twice as many as are listed, since one place may be found four times over.
                if result.faults.len() >= 4 * MAX_FAULTS {
                    return result;
                }
            }
        }
        result
    }

    fn meet(&self, a: usize, b: usize, result: &mut Crossings) {
        let (first, second) = (&self.edges[a], &self.edges[b]);
        let Some(meeting) = line_intersection(first.line, second.line) else {
            return;
        };
        let (ring_a, ring_b) = (&self.rings[first.ring], &self.rings[second.ring]);
        let (place, on_a_line, proper) = match meeting {
            LineIntersection::SinglePoint { intersection, is_proper } => (intersection, false, is_proper),
            LineIntersection::Collinear { intersection } => (intersection.start, true, false),
        };
        let mut fault = |kind, message: String| {
            result.faults.push(GeometryFault::at(kind, (place.x, place.y), message));
        };
        if first.ring == second.ring {
            let adjacent = b - a == 1 || b - a + 1 == ring_a.edges();
            if on_a_line {
                fault(Kind::SelfIntersection, format!("{} runs back over itself", ring_a.name()));
            } else if proper {
                fault(Kind::SelfIntersection, format!("{} crosses itself", ring_a.name()));
            } else if !adjacent {
                fault(Kind::SelfIntersection, format!("{} touches itself", ring_a.name()));
            }
        } else if on_a_line || proper {
            let verb = if on_a_line { "share a line" } else { "cross" };
            if ring_a.part == ring_b.part {
                fault(Kind::SelfIntersection, format!("{} and {} {verb}", ring_a.name(), ring_b.name()));
            } else {
                let (one, two) = (ring_a.part + 1, ring_b.part + 1);
                fault(Kind::PartsOverlap, format!("parts {one} and {two} {verb}"));
            }
        } else {
            result.touches.push(Touch { edges: [a, b], rings: [first.ring, second.ring], place });
        }
    }
}

pub(super) fn too_tangled() -> GeometryFault {
    GeometryFault::new(Kind::TooLarge, "the shape is too tangled to be examined")
}

fn corners(line: Line<f64>) -> Rectangle<[f64; 2]> {
    Rectangle::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y])
}

fn envelope(line: Line<f64>) -> AABB<[f64; 2]> {
    AABB::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y])
}
