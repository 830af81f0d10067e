//! Given rings that meet in points at most: whether holes are inside their exterior and outside each other, parts outside each
//! other, and every interior in one piece.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use geo::coordinate_position::{CoordPos, coord_pos_relative_to_ring};
use geo::{BoundingRect, Coord, Intersects, Rect};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{RTree, RTreeObject as _};

use super::MAX_FAULTS;
use super::arrangement::{Arrangement, Ring, Touch};
use crate::geometry::effort::{Effort, Stopped};
use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind};
use crate::geometry::search;

pub(super) fn faults(arrangement: &Arrangement, touches: &[Touch], effort: &mut Effort) -> Result<Vec<GeometryFault>, Stopped> {
    // Touches are few, and each is sorted among those of its edge.
    effort.spend(touches.len().saturating_mul(16))?;
    let samples = samples(arrangement, touches);
    let rings: Vec<Sampled<'_>> = arrangement
        .rings
        .iter()
        .zip(samples)
        .filter_map(|(ring, samples)| Some(Sampled { ring, samples, bounds: ring.line.bounding_rect()? }))
        .collect();
    let mut nesting = Nesting { faults: Vec::new(), effort };
    nesting.examine(&rings)?;
    if nesting.faults.is_empty() {
        nesting.faults.extend(disconnected(arrangement, touches));
    }
    Ok(nesting.faults)
}

/// A ring with points of it that tell on which side of another ring it lies. Rings meet in points only, so between two of those
/// a ring does not change sides: one point of each stretch is enough.
struct Sampled<'a> {
    ring: &'a Ring,
    samples: Vec<Coord<f64>>,
    bounds: Rect<f64>,
}

struct Nesting<'e> {
    faults: Vec<GeometryFault>,
    effort: &'e mut Effort,
}

impl Nesting<'_> {
    fn examine(&mut self, rings: &[Sampled<'_>]) -> Result<(), Stopped> {
        // The rings of one part stand together, its exterior first.
        let parts: Vec<&[Sampled<'_>]> = rings.chunk_by(|a, b| a.ring.part == b.ring.part).collect();
        for part in &parts {
            let Some((exterior, holes)) = part.split_first() else { continue };
            for hole in holes {
                if let Some(place) = self.sample(hole, exterior, CoordPos::Outside)? {
                    self.fault(Kind::HoleOutside, place, format!("{} est hors de l’anneau extérieur", hole.ring.name()));
                }
            }
            for (a, b) in self.meeting(holes, |hole| Some(hole.bounds))? {
                let (a, b) = (&holes[a], &holes[b]);
                if self.inside(a, b)?.is_some() || self.inside(b, a)?.is_some() {
                    let message = format!("{} et {} se recouvrent", a.ring.name(), b.ring.name());
                    self.fault(Kind::HolesOverlap, a.bounds.center(), message);
                }
                if self.faults.len() >= MAX_FAULTS {
                    return Ok(());
                }
            }
        }
        if self.faults.len() >= MAX_FAULTS {
            return Ok(());
        }
        for (a, b) in self.meeting(&parts, |part| part.first().map(|exterior| exterior.bounds))? {
            let (a, b) = (parts[a], parts[b]);
            let place = match self.inside_part(a, b)? {
                Some(place) => Some(place),
                None => self.inside_part(b, a)?,
            };
            if let (Some(place), Some(first), Some(second)) = (place, a.first(), b.first()) {
                let (one, two) = (first.ring.part + 1, second.ring.part + 1);
                self.fault(Kind::PartsOverlap, place, format!("les parties {one} et {two} se recouvrent"));
                if self.faults.len() >= MAX_FAULTS {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn fault(&mut self, kind: Kind, place: Coord<f64>, message: String) {
        self.faults.push(GeometryFault::at(kind, (place.x, place.y), message));
    }

    /// A sample of `a` inside ring `b`.
    fn inside(&mut self, a: &Sampled<'_>, b: &Sampled<'_>) -> Result<Option<Coord<f64>>, Stopped> {
        self.sample(a, b, CoordPos::Inside)
    }

    /// A sample of the exterior of `a` in the interior of part `b`, that is not in one of its holes.
    fn inside_part(&mut self, a: &[Sampled<'_>], b: &[Sampled<'_>]) -> Result<Option<Coord<f64>>, Stopped> {
        let (Some(ring), Some((exterior, holes))) = (a.first(), b.split_first()) else { return Ok(None) };
        for sample in &ring.samples {
            let mut within = self.position(*sample, exterior)? == CoordPos::Inside;
            for hole in holes {
                within = within && self.position(*sample, hole)? == CoordPos::Outside;
            }
            if within {
                return Ok(Some(*sample));
            }
        }
        Ok(None)
    }

    fn sample(&mut self, a: &Sampled<'_>, b: &Sampled<'_>, wanted: CoordPos) -> Result<Option<Coord<f64>>, Stopped> {
        for sample in &a.samples {
            if self.position(*sample, b)? == wanted {
                return Ok(Some(*sample));
            }
        }
        Ok(None)
    }

    fn position(&mut self, place: Coord<f64>, ring: &Sampled<'_>) -> Result<CoordPos, Stopped> {
        if !ring.bounds.intersects(&place) {
            self.spend(1)?;
            return Ok(CoordPos::Outside);
        }
        self.spend(ring.ring.line.0.len())?;
        Ok(coord_pos_relative_to_ring(place, &ring.ring.line))
    }

    /// The pairs whose boxes meet, in order.
    fn meeting<T>(&mut self, items: &[T], bounds: impl Fn(&T) -> Option<Rect<f64>>) -> Result<Vec<(usize, usize)>, Stopped> {
        let boxes = items.iter().enumerate().filter_map(|(index, item)| {
            let rect = bounds(item)?;
            Some(GeomWithData::new(Rectangle::from_corners(rect.min().into(), rect.max().into()), index))
        });
        self.spend(items.len().saturating_mul(search::TO_INDEX))?;
        let tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>> = RTree::bulk_load(boxes.collect());
        let mut pairs = Vec::new();
        for one in &tree {
            search::meeting(&tree, one.envelope(), self.effort, |other, effort| {
                if one.data < other.data {
                    // They are held in memory: counted for more than a comparison.
                    effort.spend(8)?;
                    pairs.push((one.data, other.data));
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        pairs.sort_unstable();
        Ok(pairs)
    }

    fn spend(&mut self, work: usize) -> Result<(), Stopped> {
        self.effort.spend(work)
    }
}

/// For each ring: its first position where it touches no other, else the middles of the pieces of its edges next to a touch.
fn samples(arrangement: &Arrangement, touches: &[Touch]) -> Vec<Vec<Coord<f64>>> {
    let mut cuts: HashMap<usize, Vec<Coord<f64>>> = HashMap::new();
    let mut touched: Vec<Vec<usize>> = vec![Vec::new(); arrangement.rings.len()];
    for touch in touches {
        for (edge, ring) in touch.edges.into_iter().zip(touch.rings) {
            cuts.entry(edge).or_default().push(touch.place);
            touched[ring].push(edge);
        }
    }
    let middles = |edge: usize| {
        let line = arrangement.edge(edge);
        let mut stops = vec![line.start, line.end];
        stops.extend(cuts.get(&edge).into_iter().flatten());
        let along = |at: &Coord<f64>| (at.x - line.start.x).abs() + (at.y - line.start.y).abs();
        stops.sort_by(|a, b| along(a).total_cmp(&along(b)));
        stops.dedup();
        let pieces: Vec<_> = stops.windows(2).filter_map(|pair| Some((*pair.first()? + *pair.last()?) / 2.0)).collect();
        pieces
    };
    let each = touched.into_iter().zip(&arrangement.rings).map(|(mut edges, ring)| {
        edges.sort_unstable();
        edges.dedup();
        if edges.is_empty() {
            ring.line.0.first().copied().into_iter().collect()
        } else {
            edges.into_iter().flat_map(middles).collect()
        }
    });
    each.collect()
}

/// Rings and the points where they touch form a graph; a cycle in it encloses a piece of the interior.
fn disconnected(arrangement: &Arrangement, touches: &[Touch]) -> Option<GeometryFault> {
    let mut nodes = Forest { parent: (0..arrangement.rings.len()).collect() };
    let mut points: HashMap<(usize, u64, u64), usize> = HashMap::new();
    let mut joined = HashSet::new();
    for touch in touches {
        let [a, b] = touch.rings;
        let part = arrangement.rings[a].part;
        if part != arrangement.rings[b].part {
            continue;
        }
        let key = (part, touch.place.x.to_bits(), touch.place.y.to_bits());
        let point = *points.entry(key).or_insert_with(|| nodes.add());
        for ring in [a, b] {
            if joined.insert((ring, point)) && !nodes.join(ring, point) {
                let place = (touch.place.x, touch.place.y);
                let message = "des anneaux se touchent de sorte que l’intérieur est en plusieurs morceaux";
                return Some(GeometryFault::at(Kind::InteriorDisconnected, place, message));
            }
        }
    }
    None
}

/// Union and find.
struct Forest {
    parent: Vec<usize>,
}

impl Forest {
    fn add(&mut self) -> usize {
        self.parent.push(self.parent.len());
        self.parent.len() - 1
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    /// False when they were joined already.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a] = b;
        a != b
    }
}
