//! Writes geometries as RFC 7946 wants them: exterior rings counter-clockwise, holes clockwise, seven decimals, no altitude.
//! A shape has one canonical form: equal shapes are equal texts. Not for reading, and not for mending: an invalid shape is written as it is.

use std::cmp::Ordering;
use std::fmt::Write as _;

use geo::orient::{Direction, Orient};
use geo::{Coord, Geometry, LineString, MapCoords, MultiPolygon, Point, Polygon};

use crate::geometry::fault::{LonLat, round7};

/// The text of a geometry, without spaces. The same shape always gives the same text.
pub fn write(geometry: &Geometry<f64>) -> String {
    let mut out = String::new();
    geometry_into(&mut out, geometry);
    out
}

/// The text of a Point, such as a centroid.
pub fn write_point((longitude, latitude): LonLat) -> String {
    write(&Geometry::Point(Point::new(longitude, latitude)))
}

/// The one form of a shape, however it was drawn: as [`rounded`], each ring from its south-westernmost position (the west before the south),
/// holes and parts in the order of their positions. Two texts of the same shape give the same form.
pub fn canonical(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    let mut parts: Vec<Polygon<f64>> = shape.0.iter().map(canonical_polygon).collect();
    parts.sort_by(|a, b| {
        let rings = |part: &Polygon<f64>| std::iter::once(part.exterior()).chain(part.interiors()).cloned().collect::<Vec<_>>();
        in_order(a.exterior(), b.exterior()).then_with(|| {
            let (a, b) = (rings(a), rings(b));
            let differing = a.iter().zip(&b).map(|(a, b)| in_order(a, b)).find(|order| order.is_ne());
            differing.unwrap_or_else(|| a.len().cmp(&b.len()))
        })
    });
    MultiPolygon(parts)
}

/// The shape with its positions as they are kept, and still in their order as drawn: rounded to seven decimals, repeated ones dropped, rings
/// turned to the directions of RFC 7946. Parts and holes that rounding shrinks to nothing remain, for `validity` to judge.
pub fn rounded(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    MultiPolygon(shape.0.iter().map(rounded_polygon).collect())
}

/// Any geometry with its positions at the decimals that are kept: what it is compared with has no more.
#[must_use]
pub fn at_kept_decimals(geometry: &Geometry<f64>) -> Geometry<f64> {
    geometry.map_coords(|Coord { x, y }| Coord { x: round7(x), y: round7(y) })
}

fn rounded_polygon(polygon: &Polygon<f64>) -> Polygon<f64> {
    let polygon = polygon.map_coords(|Coord { x, y }| Coord { x: round7(x), y: round7(y) });
    let (mut exterior, mut holes) = polygon.into_inner();
    exterior.0.dedup();
    holes.iter_mut().for_each(|hole| hole.0.dedup());
    Polygon::new(exterior, holes).orient(Direction::Default)
}

fn canonical_polygon(polygon: &Polygon<f64>) -> Polygon<f64> {
    let (exterior, holes) = rounded_polygon(polygon).into_inner();
    let mut holes: Vec<LineString<f64>> = holes.into_iter().map(from_the_south_west).collect();
    holes.sort_by(in_order);
    Polygon::new(from_the_south_west(exterior), holes)
}

/// A closed ring that begins at its westernmost position; of several, at the southernmost of them.
fn from_the_south_west(mut ring: LineString<f64>) -> LineString<f64> {
    if ring.0.len() < 2 || ring.0.first() != ring.0.last() {
        // No ring of a polygon.
        return ring;
    }
    ring.0.pop();
    let first = ring.0.iter().enumerate().min_by(|(_, a), (_, b)| position_order(a, b)).map_or(0, |(at, _)| at);
    ring.0.rotate_left(first);
    ring.0.extend(ring.0.first().copied());
    ring
}

fn in_order(a: &LineString<f64>, b: &LineString<f64>) -> Ordering {
    let differing = a.0.iter().zip(&b.0).map(|(a, b)| position_order(a, b)).find(|order| order.is_ne());
    differing.unwrap_or_else(|| a.0.len().cmp(&b.0.len()))
}

fn position_order(a: &Coord<f64>, b: &Coord<f64>) -> Ordering {
    a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
}

fn geometry_into(out: &mut String, geometry: &Geometry<f64>) {
    match geometry {
        Geometry::Point(point) => object(out, "Point", |out| position(out, point.0)),
        Geometry::MultiPoint(points) => {
            object(out, "MultiPoint", |out| list(out, &points.0, |out, point| position(out, point.0)));
        }
        Geometry::Line(line) => {
            object(out, "LineString", |out| list(out, &[line.start, line.end], |out, c| position(out, *c)));
        }
        Geometry::LineString(line) => object(out, "LineString", |out| positions(out, line)),
        Geometry::MultiLineString(lines) => {
            object(out, "MultiLineString", |out| list(out, &lines.0, positions));
        }
        Geometry::Polygon(polygon) => object(out, "Polygon", |out| rings(out, polygon)),
        Geometry::MultiPolygon(parts) => object(out, "MultiPolygon", |out| list(out, &parts.0, rings)),
        Geometry::Rect(rect) => object(out, "Polygon", |out| rings(out, &rect.to_polygon())),
        Geometry::Triangle(triangle) => object(out, "Polygon", |out| rings(out, &triangle.to_polygon())),
        Geometry::GeometryCollection(members) => {
            out.push_str("{\"type\":\"GeometryCollection\",\"geometries\":");
            list(out, &members.0, geometry_into);
            out.push('}');
        }
    }
}

fn object(out: &mut String, kind: &str, coordinates: impl FnOnce(&mut String)) {
    // Writing into a String does not fail.
    let _ = write!(out, "{{\"type\":\"{kind}\",\"coordinates\":");
    coordinates(out);
    out.push('}');
}

fn rings(out: &mut String, polygon: &Polygon<f64>) {
    let polygon = canonical_polygon(polygon);
    let rings: Vec<&LineString<f64>> = std::iter::once(polygon.exterior()).chain(polygon.interiors()).collect();
    list(out, &rings, |out, ring| positions(out, ring));
}

fn positions(out: &mut String, line: &LineString<f64>) {
    list(out, &line.0, |out, coord| position(out, *coord));
}

fn position(out: &mut String, coord: Coord<f64>) {
    let _ = write!(out, "[{},{}]", round7(coord.x), round7(coord.y));
}

fn list<T>(out: &mut String, items: &[T], mut item: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (index, each) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        item(out, each);
    }
    out.push(']');
}
