//! Measures on the WGS 84 ellipsoid: areas, distances, centres, boxes.
//! Edges are straight in longitude and latitude, as RFC 7946 has it. Not for comparing shapes (`index`, `outline`).

use geo::{
    Area, BoundingRect, Centroid, Coord, Distance, Geodesic, GeodesicArea, Intersects, LineString, MapCoords, MultiPolygon,
    Point, Polygon,
};

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
/// The nearest point is sought in a plane that is true to the ellipsoid at the point asked about, and the distance to it is
/// geodesic. Better than a metre up to 5 km.
pub fn distance_m(point: LonLat, shape: &MultiPolygon<f64>) -> f64 {
    let at = Coord { x: point.0, y: point.1 };
    if holds(shape, at) {
        return 0.0;
    }
    let plane = LocalPlane::at(point);
    let rings = shape.0.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    let nearest =
        rings.flat_map(LineString::lines).map(|line| plane.nearest(line.start, line.end)).min_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map_or(f64::INFINITY, |(_, place)| metres_between(point, place))
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
