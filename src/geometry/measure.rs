//! Measures on the WGS 84 ellipsoid: areas, distances, centres, boxes.
//! Edges are straight in longitude and latitude, as RFC 7946 has it. Not for comparing shapes (`index`, `outline`).

use geo::{
    Area, BoundingRect, Centroid, Coord, Distance, Geodesic, GeodesicArea, Intersects, Line, LineString, MapCoords, MultiPolygon,
    Point, Polygon,
};

use super::edges::rings;
use super::fault::LonLat;

/// Below this an area is an artefact of drawing.
pub const MIN_AREA_M2: f64 = 1.0;

/// West, south, east, north, in degrees.
pub type BBox = [f64; 4];

/// Geodesic area in square metres (Karney), positive whatever the order of the rings.
///
/// For an invalid shape it is the sum of the parts, each the absolute value of what its exterior ring encloses as drawn, less its
/// holes: the lobes of a figure of eight subtract from each other.
pub fn area_m2(shape: &MultiPolygon<f64>) -> f64 {
    let ring = |line: &LineString<f64>| Polygon::new(line.clone(), Vec::new()).geodesic_area_signed().abs();
    let part = |polygon: &Polygon<f64>| ring(polygon.exterior()) - polygon.interiors().iter().map(ring).sum::<f64>();
    shape.0.iter().map(part).sum::<f64>().abs()
}

/// Geodesic area in square kilometres, as `area_m2`.
pub fn area_km2(shape: &MultiPolygon<f64>) -> f64 {
    area_m2(shape) / 1e6
}

/// Whether the shape has at least `MIN_AREA_M2`. Measured flat: the geodesics along a straight line drawn twice, once with a position
/// on its way, enclose some square metres themselves.
pub fn has_area(shape: &MultiPolygon<f64>) -> bool {
    let Some(centre) = centroid(shape) else { return false };
    let plane = LocalPlane::at(centre);
    let flat = shape.map_coords(|at| plane.metres(at).into());
    flat.unsigned_area() >= MIN_AREA_M2
}

/// The centre of mass. It is not always inside: that of a crescent is not. None for an empty shape.
pub fn centroid(shape: &MultiPolygon<f64>) -> Option<LonLat> {
    shape.centroid().map(|point| (point.x(), point.y()))
}

/// The smallest box around the shape. None for an empty shape.
pub fn bbox(shape: &MultiPolygon<f64>) -> Option<BBox> {
    let rect = shape.bounding_rect()?;
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}

/// Metres on the ellipsoid between two points.
pub fn metres_between(a: LonLat, b: LonLat) -> f64 {
    Geodesic.distance(Point::new(a.0, a.1), Point::new(b.0, b.1))
}

/// Whether the point lies in the shape or on its boundary. The polygons are asked one by one: asked as a whole, the shape would find its box
/// anew each time, which takes longer than the answer.
pub(crate) fn holds(shape: &MultiPolygon<f64>, at: Coord<f64>) -> bool {
    shape.0.iter().any(|polygon| polygon.intersects(&at))
}

/// Metres on the ellipsoid from a point to a shape: 0 inside and on the boundary, infinite when the shape is empty.
///
/// The nearest edges are sought in a plane that is true to the ellipsoid at the point asked about; the distance to each is geodesic. For
/// many questions of one shape, `edges::Edges` answers faster.
pub fn distance_m(point: LonLat, shape: &MultiPolygon<f64>) -> f64 {
    let at = Coord { x: point.0, y: point.1 };
    if holds(shape, at) { 0.0 } else { to_lines(point, || rings(shape).flat_map(LineString::lines)) }
}

/// Up to here, in metres, a plane is true to the ellipsoid within a centimetre.
const PLANE_M: f64 = 5_000.0;

/// Edges that are measured on the ellipsoid, at most: those that the plane calls the nearest.
const MEASURED: usize = 32;

/// Steps that [`to_lines`] costs for so many edges: each is measured in the plane twice, those left are sorted, and few are measured on the
/// ellipsoid, which takes a microsecond.
pub(super) fn steps_to_lines(count: usize) -> usize {
    count.saturating_mul(4).saturating_add(count.min(MEASURED) * 20)
}

/// Metres on the ellipsoid from a point to the nearest of some edges; infinite where there is none.
pub(super) fn to_lines<Lines: Iterator<Item = Line<f64>>>(point: LonLat, lines: impl Fn() -> Lines) -> f64 {
    let plane = LocalPlane::at(point);
    let flat = |line: Line<f64>| plane.nearest(line.start, line.end).0.sqrt();
    let least = lines().map(flat).fold(f64::INFINITY, f64::min);
    // Far away the plane is not true, and the edge that it calls the nearest may be another.
    let most = if least <= PLANE_M { least * 1.001 } else { least * 1.25 };
    let mut near: Vec<(f64, Line<f64>)> = lines().map(|line| (flat(line), line)).filter(|(flat, _)| *flat <= most).collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    near.into_iter().take(MEASURED).fold(f64::INFINITY, |best, (_, line)| best.min(to_line(point, line, &plane, best)))
}

/// Metres on the ellipsoid from a point to an edge, which is straight in longitude and latitude. Where that cannot be less than the best that
/// is known, it may be an end's distance instead.
fn to_line(point: LonLat, edge: Line<f64>, plane: &LocalPlane, best: f64) -> f64 {
    let (squared, place) = plane.nearest(edge.start, edge.end);
    if squared <= PLANE_M * PLANE_M {
        return metres_between(point, place);
    }
    let metres = |along: f64| {
        let at = edge.start + edge.delta() * along;
        metres_between(point, (at.x, at.y))
    };
    let (start, end) = (metres(0.0), metres(1.0));
    // A hundredth more than the geodesic, for an edge that is straight on the map.
    let length = metres_between(edge.start.x_y(), edge.end.x_y()) * 1.01;
    let ends = start.min(end);
    // Whoever walks from one end to the other comes nearer by no more than the way.
    if (start + end - length) / 2.0 >= best.min(ends) {
        return ends;
    }
    ends.min(metres(lowest(metres, NEAR_ENOUGH_M / length)))
}

/// Along an edge that is farther than [`PLANE_M`], a place known to so many metres gives the distance to a millimetre.
const NEAR_ENOUGH_M: f64 = 1.0;

/// Where between 0 and 1 a value is least that falls and then rises, to so much: the golden section's search, one value for each step.
fn lowest(value: impl Fn(f64) -> f64, precision: f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut from, mut to) = (0.0, 1.0);
    let (mut left, mut right) = (1.0 - golden, golden);
    let (mut at_left, mut at_right) = (value(left), value(right));
    // Each step leaves 0.618 of the stretch: 64 are more than any edge on Earth needs.
    for _ in 0..64 {
        if to - from <= precision {
            break;
        }
        if at_left <= at_right {
            (to, right, at_right) = (right, left, at_left);
            left = to - golden * (to - from);
            at_left = value(left);
        } else {
            (from, left, at_left) = (left, right, at_right);
            right = from + golden * (to - from);
            at_right = value(right);
        }
    }
    (from + to) / 2.0
}

/// A plane in metres around a point, true to the ellipsoid's two radii of curvature there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalPlane {
    origin: LonLat,
    east: f64,
    north: f64,
}

impl LocalPlane {
    pub(crate) fn at(origin: LonLat) -> Self {
        const EQUATORIAL_RADIUS: f64 = 6_378_137.0;
        const ECCENTRICITY_SQUARED: f64 = 0.006_694_379_990_141_316;
        let latitude = origin.1.to_radians();
        let flattened = 1.0 - ECCENTRICITY_SQUARED * latitude.sin().powi(2);
        let prime_vertical = EQUATORIAL_RADIUS / flattened.sqrt();
        let meridional = prime_vertical * (1.0 - ECCENTRICITY_SQUARED) / flattened;
        // At a pole a degree of longitude has no length; a hair of it keeps divisions finite.
        let east = (prime_vertical * latitude.cos()).max(1.0).to_radians();
        Self { origin, east, north: meridional.to_radians() }
    }

    /// Metres east and north of the origin.
    pub(crate) fn metres(&self, place: Coord<f64>) -> (f64, f64) {
        ((place.x - self.origin.0) * self.east, (place.y - self.origin.1) * self.north)
    }

    /// Degrees of longitude and latitude that span this many metres.
    pub(crate) fn degrees(&self, metres: f64) -> (f64, f64) {
        (metres / self.east, metres / self.north)
    }

    /// The point of a segment nearest to the origin, with its squared distance in the plane.
    pub(crate) fn nearest(&self, start: Coord<f64>, end: Coord<f64>) -> (f64, LonLat) {
        let (ax, ay) = self.metres(start);
        let (bx, by) = self.metres(end);
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 { (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (ax + along * dx, ay + along * dy);
        let place = (start.x + along * (end.x - start.x), start.y + along * (end.y - start.y));
        (x * x + y * y, place)
    }
}
