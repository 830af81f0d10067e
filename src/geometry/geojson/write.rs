//! Writes geometries as RFC 7946 wants them: exterior rings counter-clockwise, holes clockwise, seven decimals, no altitude.
//! Not for reading, and not for mending: an invalid shape is written as it is.

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

/// The shape as `write` would put it: rounded to seven decimals, repeated positions dropped, rings in RFC 7946 order.
/// Parts and holes that rounding shrinks to nothing remain, for `validity` to judge.
pub fn canonical(shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    MultiPolygon(shape.0.iter().map(canonical_polygon).collect())
}

fn canonical_polygon(polygon: &Polygon<f64>) -> Polygon<f64> {
    let polygon = polygon.map_coords(|Coord { x, y }| Coord { x: round7(x), y: round7(y) });
    let (mut exterior, mut holes) = polygon.into_inner();
    exterior.0.dedup();
    holes.iter_mut().for_each(|hole| hole.0.dedup());
    Polygon::new(exterior, holes).orient(Direction::Default)
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
