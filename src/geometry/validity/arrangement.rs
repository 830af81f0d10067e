//! The edges of all rings in one tree, and where they meet. Crossings are faults; touches between rings are kept for `nesting`.

use std::ops::ControlFlow;

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Line, LineString, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::MAX_FAULTS;
use crate::geometry::effort::{Effort, Stopped};
use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind};
use crate::geometry::search;

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
        if self.hole == 0 { "l’anneau extérieur".to_owned() } else { format!("le trou {}", self.hole) }
    }

    /// Whether two of its edges, the first before the second, follow one another.
    fn neighbours(&self, a: usize, b: usize) -> bool {
        b - a == 1 || b - a + 1 == self.edges()
    }

    fn edges(&self) -> usize {
        self.line.0.len().saturating_sub(1)
    }
}

/// Points shared by two rings that are kept, at most: thousands of rings through one point share it in millions of pairs.
const MAX_TOUCHES: usize = 100_000;

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
            faults.push(GeometryFault::new(Kind::Empty, "le tracé n’a pas de polygone"));
        }
        for (part, polygon) in shape.0.iter().enumerate() {
            for (hole, line) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
                let mut line = line.clone();
                line.0.dedup();
                let ring = Ring { part, hole, line };
                match ring.line.0.as_slice() {
                    [] => faults.push(GeometryFault::new(Kind::Empty, format!("{} est vide", ring.name()))),
                    [first, ..] if ring.edges() < 3 => {
                        let message = format!("{} a moins de trois positions distinctes", ring.name());
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
    ///
    /// # Errors
    /// [`Stopped`]: also for too many touches, which would take memory.
    pub(super) fn crossings(&self, effort: &mut Effort) -> Result<Crossings, Stopped> {
        let mut result = Crossings { faults: Vec::new(), touches: Vec::new() };
        self.pairs(effort, |a, b| {
            self.meet(a, b, &mut result);
            if result.touches.len() > MAX_TOUCHES {
                return Err(Stopped::TooMuch);
            }
            // Four times as many as are listed, since one place may be found four times over.
            Ok(if result.faults.len() >= 4 * MAX_FAULTS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(result)
    }

    /// Counts the pairs of edges that meet, but for neighbours in a ring that share only their common position.
    ///
    /// # Errors
    /// [`Stopped`]: also for more than `most`.
    pub(super) fn meetings(&self, most: usize, effort: &mut Effort) -> Result<usize, Stopped> {
        let mut count = 0;
        self.pairs(effort, |a, b| {
            let (first, second) = (&self.edges[a], &self.edges[b]);
            let neighbours = first.ring == second.ring && self.rings[first.ring].neighbours(a, b);
            match line_intersection(first.line, second.line) {
                None => {}
                Some(LineIntersection::SinglePoint { .. }) if neighbours => {}
                Some(LineIntersection::SinglePoint { .. } | LineIntersection::Collinear { .. }) => count += 1,
            }
            if count > most { Err(Stopped::TooMuch) } else { Ok(ControlFlow::Continue(())) }
        })?;
        Ok(count)
    }

    /// Each pair of edges whose boxes meet, once, in an order that does not depend on the tree.
    fn pairs(
        &self,
        effort: &mut Effort,
        mut examine: impl FnMut(usize, usize) -> Result<ControlFlow<()>, Stopped>,
    ) -> Result<(), Stopped> {
        effort.spend(self.edges.len().saturating_mul(search::TO_INDEX))?;
        let boxes = self.edges.iter().enumerate().map(|(index, edge)| GeomWithData::new(corners(edge.line), index));
        let tree = RTree::bulk_load(boxes.collect());
        for (index, edge) in self.edges.iter().enumerate() {
            let mut others: Vec<usize> = Vec::new();
            search::meeting(&tree, envelope(edge.line), effort, |each, _| {
                others.extend(Some(each.data).filter(|other| *other > index));
                Ok(ControlFlow::Continue(()))
            })?;
            others.sort_unstable();
            effort.spend(others.len() + 1)?;
            for other in others {
                if examine(index, other)?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
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
            let adjacent = ring_a.neighbours(a, b);
            if on_a_line {
                fault(Kind::SelfIntersection, format!("{} revient sur lui-même", ring_a.name()));
            } else if proper {
                fault(Kind::SelfIntersection, format!("{} se recoupe", ring_a.name()));
            } else if !adjacent {
                fault(Kind::SelfIntersection, format!("{} se touche lui-même", ring_a.name()));
            }
        } else if on_a_line || proper {
            let verb = if on_a_line { "partagent une ligne" } else { "se croisent" };
            if ring_a.part == ring_b.part {
                fault(Kind::SelfIntersection, format!("{} et {} {verb}", ring_a.name(), ring_b.name()));
            } else {
                let (one, two) = (ring_a.part + 1, ring_b.part + 1);
                fault(Kind::PartsOverlap, format!("les parties {one} et {two} {verb}"));
            }
        } else {
            result.touches.push(Touch { edges: [a, b], rings: [first.ring, second.ring], place });
        }
    }
}

pub(super) fn too_tangled() -> GeometryFault {
    GeometryFault::new(Kind::TooLarge, "le tracé est trop enchevêtré pour être examiné")
}

fn corners(line: Line<f64>) -> Rectangle<[f64; 2]> {
    Rectangle::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y])
}

fn envelope(line: Line<f64>) -> AABB<[f64; 2]> {
    AABB::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y])
}
