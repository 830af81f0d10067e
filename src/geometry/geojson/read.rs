//! Reads one geometry object. Checks numbers, ranges, lengths and closure; not whether rings cross.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde_json::{Map, Value};

use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat};

/// How much one geometry may weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub max_bytes: usize,
    /// Positions, the closing one of each ring included.
    pub max_positions: usize,
}

impl Limits {
    /// Enough for any outline of a department at full resolution; sectors have tighter rules of their own.
    pub const DEFAULT: Self = Self { max_bytes: 8 * 1024 * 1024, max_positions: 200_000 };

    /// Room for so many positions, generously written: with altitude, full decimals and indentation.
    pub fn for_positions(max_positions: usize) -> Self {
        Self { max_bytes: max_positions.saturating_mul(200).saturating_add(1024).min(Self::DEFAULT.max_bytes), max_positions }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Reads the text of a GeoJSON geometry within `Limits::DEFAULT`.
///
/// # Errors
/// The first fault met: not JSON, unknown type, a position out of range, a ring open or too short, empty, too large.
pub fn parse(text: &str) -> Result<Geometry<f64>, GeometryFault> {
    parse_within(text, Limits::DEFAULT)
}

/// Reads the text of a GeoJSON Point, such as a school's position.
///
/// # Errors
/// As `parse`, and `NotAPoint` for another geometry.
pub fn parse_point(text: &str) -> Result<LonLat, GeometryFault> {
    // A Point is short, whatever is written around it.
    let limits = Limits { max_bytes: 10_000, max_positions: 1_000 };
    match parse_within(text, limits)? {
        Geometry::Point(point) => Ok((point.x(), point.y())),
        _other => Err(GeometryFault::new(Kind::NotAPoint, "a Point is needed, not another geometry")),
    }
}

/// As `parse`, within the given limits. Altitudes are dropped. GeometryCollections are refused: nothing in a plan is one.
///
/// # Errors
/// As `parse`.
pub fn parse_within(text: &str, limits: Limits) -> Result<Geometry<f64>, GeometryFault> {
    if text.len() > limits.max_bytes {
        let message = format!("the geometry has {} bytes, more than the {} allowed", text.len(), limits.max_bytes);
        return Err(GeometryFault::new(Kind::TooLarge, message));
    }
    // serde_json refuses nesting beyond 128 levels, so that hostile text cannot exhaust the stack here or below.
    let value: Value = serde_json::from_str(text).map_err(|error| malformed(format!("the geometry is not JSON: {error}")))?;
    from_value(&value, limits)
}

/// Reads a geometry from JSON already parsed.
pub(super) fn from_value(value: &Value, limits: Limits) -> Result<Geometry<f64>, GeometryFault> {
    let Value::Object(object) = value else {
        return Err(malformed(format!("a geometry is a JSON object, not {}", name_of(value))));
    };
    let Some(Value::String(kind)) = object.get("type") else {
        return Err(malformed("the geometry has no \"type\""));
    };
    let mut reader = Reader { left: limits.max_positions, limit: limits.max_positions };
    match kind.as_str() {
        "Point" => Ok(Geometry::Point(Point(reader.position(coordinates(object)?)?))),
        "MultiPoint" => {
            let points = reader.positions(coordinates(object)?, "MultiPoint")?;
            Ok(Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect())))
        }
        "LineString" => Ok(Geometry::LineString(reader.line(coordinates(object)?)?)),
        "MultiLineString" => {
            let lines = items(coordinates(object)?, "MultiLineString")?;
            let lines = lines.iter().map(|line| reader.line(line)).collect::<Result<_, _>>()?;
            Ok(Geometry::MultiLineString(MultiLineString(lines)))
        }
        "Polygon" => Ok(Geometry::Polygon(reader.polygon(coordinates(object)?)?)),
        "MultiPolygon" => {
            let parts = items(coordinates(object)?, "MultiPolygon")?;
            let parts = parts.iter().map(|part| reader.polygon(part)).collect::<Result<_, _>>()?;
            Ok(Geometry::MultiPolygon(MultiPolygon(parts)))
        }
        other => Err(GeometryFault::new(Kind::UnknownType, unknown_type(other))),
    }
}

/// Counts positions against the limit while reading.
struct Reader {
    left: usize,
    limit: usize,
}

impl Reader {
    fn position(&mut self, value: &Value) -> Result<Coord<f64>, GeometryFault> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| GeometryFault::new(Kind::TooLarge, format!("the geometry has more than {} positions", self.limit)))?;
        let Value::Array(numbers) = value else {
            return Err(malformed(format!("a position is an array of numbers, not {}", name_of(value))));
        };
        let mut read = [0.0_f64; 2];
        for (slot, number) in read.iter_mut().zip(numbers) {
            *slot = number.as_f64().ok_or_else(|| malformed(format!("a coordinate is a number, not {}", name_of(number))))?;
        }
        // What follows longitude and latitude is altitude or worse: it must be numbers, and is dropped.
        if numbers.len() < 2 || numbers.iter().any(|number| !number.is_number()) {
            return Err(malformed("a position is a longitude and a latitude, as numbers"));
        }
        in_range((read[0], read[1]))
    }

    fn positions(&mut self, value: &Value, of: &str) -> Result<Vec<Coord<f64>>, GeometryFault> {
        items(value, of)?.iter().map(|position| self.position(position)).collect()
    }

    fn line(&mut self, value: &Value) -> Result<LineString<f64>, GeometryFault> {
        let positions = self.positions(value, "LineString")?;
        match positions.as_slice() {
            [only] => Err(GeometryFault::at(Kind::TooFewPositions, (only.x, only.y), "a line has a single position")),
            _ => Ok(LineString(positions)),
        }
    }

    fn polygon(&mut self, value: &Value) -> Result<Polygon<f64>, GeometryFault> {
        let mut rings = Vec::new();
        for (index, ring) in items(value, "Polygon")?.iter().enumerate() {
            rings.push(self.ring(ring, index)?);
        }
        let holes = rings.split_off(1.min(rings.len()));
        let exterior = rings.pop().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, holes))
    }

    fn ring(&mut self, value: &Value, index: usize) -> Result<LineString<f64>, GeometryFault> {
        let positions = self.positions(value, "ring")?;
        let (Some(first), Some(last)) = (positions.first(), positions.last()) else {
            return Err(GeometryFault::new(Kind::Empty, "a ring has no positions"));
        };
        let name = if index == 0 { "the exterior ring".to_owned() } else { format!("hole {index}") };
        if first != last {
            let message = format!("{name} is not closed: its last position differs from its first");
            return Err(GeometryFault::at(Kind::RingNotClosed, (first.x, first.y), message));
        }
        if positions.len() < 4 {
            let message = format!("{name} has {} positions, fewer than four", positions.len());
            return Err(GeometryFault::at(Kind::TooFewPositions, (first.x, first.y), message));
        }
        Ok(LineString(positions))
    }
}

fn in_range((longitude, latitude): LonLat) -> Result<Coord<f64>, GeometryFault> {
    let out = |what: &str, value: f64, bound: u8| {
        let message =
            format!("the {what} {value} is outside -{bound}..{bound} (coordinates must be WGS 84 degrees, longitude first)");
        Err(GeometryFault::at(Kind::OutOfRange, (longitude, latitude), message))
    };
    // `contains` is false for what is not finite, too.
    if !(-180.0..=180.0).contains(&longitude) {
        return out("longitude", longitude, 180);
    }
    if !(-90.0..=90.0).contains(&latitude) {
        return out("latitude", latitude, 90);
    }
    Ok(Coord { x: longitude, y: latitude })
}

fn coordinates(object: &Map<String, Value>) -> Result<&Value, GeometryFault> {
    object.get("coordinates").ok_or_else(|| malformed("the geometry has no \"coordinates\""))
}

/// The members of a non-empty array.
fn items<'v>(value: &'v Value, of: &str) -> Result<&'v [Value], GeometryFault> {
    match value {
        Value::Array(items) if items.is_empty() => {
            Err(GeometryFault::new(Kind::Empty, format!("the coordinates of a {of} are empty")))
        }
        Value::Array(items) => Ok(items),
        other => Err(malformed(format!("the coordinates of a {of} are an array, not {}", name_of(other)))),
    }
}

fn unknown_type(name: &str) -> String {
    match name {
        "GeometryCollection" => "a GeometryCollection is not supported".to_owned(),
        "Feature" | "FeatureCollection" => format!("a geometry is needed, not a {name}"),
        other => {
            // What the user wrote comes back to them, but never at length.
            let shown: String = other.chars().take(40).collect();
            format!("the geometry type {shown:?} is unknown")
        }
    }
}

pub(super) fn malformed(message: impl Into<String>) -> GeometryFault {
    GeometryFault::new(Kind::Malformed, message)
}

pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
