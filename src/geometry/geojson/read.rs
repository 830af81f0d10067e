//! Reads one geometry object. Checks numbers, ranges, lengths and closure; not whether rings cross.

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde_json::{Map, Value};

use crate::geometry::Reference;
use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat, round7};
use crate::geometry::validity::MAX_FAULTS;

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
/// The first fault met: not JSON, unknown type, another reference system, a position out of range, a ring open or too short, empty, too large.
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
        _other => Err(GeometryFault::new(Kind::NotAPoint, "il faut un Point, et non une autre géométrie")),
    }
}

/// As `parse`, within the given limits. Altitudes are dropped. The members of a GeometryCollection are read one by one.
///
/// # Errors
/// As `parse`; what else is wrong stands in [`more`](GeometryFault::more).
pub fn parse_within(text: &str, limits: Limits) -> Result<Geometry<f64>, GeometryFault> {
    if text.len() > limits.max_bytes {
        let message = format!("la géométrie fait {} octets, plus que les {} permis", text.len(), limits.max_bytes);
        return Err(GeometryFault::new(Kind::TooLarge, message));
    }
    // serde_json refuses nesting beyond 128 levels, so that hostile text cannot exhaust the stack here or below.
    let value: Value = serde_json::from_str(text).map_err(|error| not_json("la géométrie", &error))?;
    from_value(&value, limits)
}

/// Collections in collections, at most: a few are drawn by programs, more by nobody.
const MAX_COLLECTIONS: usize = 8;

/// Reads a geometry from JSON already parsed.
pub(super) fn from_value(value: &Value, limits: Limits) -> Result<Geometry<f64>, GeometryFault> {
    let mut reader = Reader { left: limits.max_positions, limit: limits.max_positions, faults: Vec::new() };
    let read = reader.geometry(value, 0);
    match (read, GeometryFault::first_of(reader.faults)) {
        (_, Some(fault)) => Err(fault),
        (Ok(Some(geometry)), None) => Ok(geometry),
        // Nothing is passed over without its fault.
        (Ok(None) | Err(Halted), None) => Err(malformed("la géométrie ne peut pas être lue")),
    }
}

/// The rest is not read: it is too much, or enough is wrong already.
struct Halted;

/// Counts positions against the limit while reading, and notes every fault.
struct Reader {
    left: usize,
    limit: usize,
    faults: Vec<GeometryFault>,
}

/// What could be read: none where a fault was noted.
type Read<T> = Result<Option<T>, Halted>;

impl Reader {
    fn note(&mut self, fault: GeometryFault) -> Result<(), Halted> {
        self.faults.push(fault);
        if self.faults.len() < MAX_FAULTS { Ok(()) } else { Err(Halted) }
    }

    /// Notes a fault in place of a value.
    fn kept<T>(&mut self, read: Result<T, GeometryFault>) -> Read<T> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(fault) => self.note(fault).map(|()| None),
        }
    }

    fn geometry(&mut self, value: &Value, collections: usize) -> Read<Geometry<f64>> {
        let Value::Object(object) = value else {
            return self.kept(Err(malformed(format!("une géométrie est un objet JSON, et non {}", name_of(value)))));
        };
        let Some(Value::String(kind)) = object.get("type") else {
            return self.kept(Err(malformed("la géométrie n’a pas de « type »")));
        };
        if let Some(name) = object.get("crs").and_then(other_reference) {
            self.note(in_other_reference(&name))?;
        }
        let points = |points: Vec<Coord<f64>>| Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect()));
        let coordinates = match kind.as_str() {
            "GeometryCollection" => return self.collection(object, collections),
            "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon" => coordinates(object),
            other => Err(GeometryFault::new(Kind::UnknownType, unknown_type(other))),
        };
        let Some(coordinates) = self.kept(coordinates)? else { return Ok(None) };
        Ok(match kind.as_str() {
            "Point" => self.position(coordinates)?.map(|at| Geometry::Point(Point(at))),
            "MultiPoint" => self.each(coordinates, "MultiPoint", |this, _, at| this.position(at))?.map(points),
            "LineString" => self.line(coordinates)?.map(Geometry::LineString),
            "MultiLineString" => self
                .each(coordinates, "MultiLineString", |this, _, line| this.line(line))?
                .map(|lines| Geometry::MultiLineString(MultiLineString(lines))),
            "Polygon" => self.polygon(coordinates)?.map(Geometry::Polygon),
            _ => self
                .each(coordinates, "MultiPolygon", |this, _, part| this.polygon(part))?
                .map(|parts| Geometry::MultiPolygon(MultiPolygon(parts))),
        })
    }

    fn collection(&mut self, object: &Map<String, Value>, collections: usize) -> Read<Geometry<f64>> {
        if collections == MAX_COLLECTIONS {
            let message = format!("des GeometryCollection sont emboîtées sur plus de {MAX_COLLECTIONS} niveaux");
            return self.kept(Err(GeometryFault::new(Kind::TooLarge, message)));
        }
        let Some(members) = object.get("geometries") else {
            return self.kept(Err(malformed("la GeometryCollection n’a pas de « geometries »")));
        };
        let members = self.each(members, "GeometryCollection", |this, _, member| this.geometry(member, collections + 1))?;
        Ok(members.map(|members| Geometry::GeometryCollection(GeometryCollection(members))))
    }

    /// The members of a non-empty array, each read; none when one has a fault.
    fn each<T>(&mut self, value: &Value, of: &str, mut read: impl FnMut(&mut Self, usize, &Value) -> Read<T>) -> Read<Vec<T>> {
        let Some(items) = self.kept(items(value, of))? else { return Ok(None) };
        let mut all = Some(Vec::new());
        for (index, item) in items.iter().enumerate() {
            match (read(self, index, item)?, &mut all) {
                (Some(item), Some(all)) => all.push(item),
                (Some(_) | None, _) => all = None,
            }
        }
        Ok(all)
    }

    fn position(&mut self, value: &Value) -> Read<Coord<f64>> {
        let Some(left) = self.left.checked_sub(1) else {
            let message = format!("la géométrie a plus de {} positions", self.limit);
            self.note(GeometryFault::new(Kind::TooLarge, message))?;
            return Err(Halted);
        };
        self.left = left;
        self.kept(position(value))
    }

    fn line(&mut self, value: &Value) -> Read<LineString<f64>> {
        let Some(positions) = self.each(value, "LineString", |this, _, at| this.position(at))? else { return Ok(None) };
        self.kept(match positions.as_slice() {
            [only] => Err(GeometryFault::at(Kind::TooFewPositions, (only.x, only.y), "une ligne n’a qu’une position")),
            _ => Ok(LineString(positions)),
        })
    }

    fn polygon(&mut self, value: &Value) -> Read<Polygon<f64>> {
        let Some(mut rings) = self.each(value, "Polygon", |this, index, ring| this.ring(ring, index))? else { return Ok(None) };
        let holes = rings.split_off(1.min(rings.len()));
        let exterior = rings.pop().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Some(Polygon::new(exterior, holes)))
    }

    fn ring(&mut self, value: &Value, index: usize) -> Read<LineString<f64>> {
        let Some(positions) = self.each(value, "anneau", |this, _, at| this.position(at))? else { return Ok(None) };
        self.kept(closed(positions, index))
    }
}

/// A ring whose ends are one position at the decimals that are kept: then they are made one.
fn closed(mut positions: Vec<Coord<f64>>, index: usize) -> Result<LineString<f64>, GeometryFault> {
    let count = positions.len();
    let first = positions.first().copied();
    let (Some(first), Some(last)) = (first, positions.last_mut()) else {
        return Err(GeometryFault::new(Kind::Empty, "un anneau n’a pas de position"));
    };
    let name = if index == 0 { "l’anneau extérieur".to_owned() } else { format!("le trou {index}") };
    if !(is_same(first.x, last.x) && is_same(first.y, last.y)) {
        let message = format!("{name} n’est pas fermé : sa dernière position n’est pas la première");
        return Err(GeometryFault::at(Kind::RingNotClosed, (first.x, first.y), message));
    }
    *last = first;
    if count < 4 {
        let message = format!("{name} a {count} positions, il en faut au moins quatre");
        return Err(GeometryFault::at(Kind::TooFewPositions, (first.x, first.y), message));
    }
    Ok(LineString(positions))
}

/// Whether two numbers are one at seven decimals, or differ by less than half of the last of them: rounding may fall between.
fn is_same(a: f64, b: f64) -> bool {
    round7(a).total_cmp(&round7(b)).is_eq() || (a - b).abs() < 0.5e-7
}

fn position(value: &Value) -> Result<Coord<f64>, GeometryFault> {
    let Value::Array(numbers) = value else {
        return Err(malformed(format!("une position est une liste de nombres, et non {}", name_of(value))));
    };
    let mut read = [0.0_f64; 2];
    for (slot, number) in read.iter_mut().zip(numbers) {
        *slot = number.as_f64().ok_or_else(|| malformed(format!("une coordonnée est un nombre, et non {}", name_of(number))))?;
    }
    // What follows longitude and latitude is altitude or worse: it must be numbers, and is dropped.
    if numbers.len() < 2 || numbers.iter().any(|number| !number.is_number()) {
        return Err(malformed("une position est une longitude et une latitude, en nombres"));
    }
    in_range((read[0], read[1]))
}

/// The name of a reference system whose positions are not those of WGS 84 as they stand.
fn other_reference(crs: &Value) -> Option<String> {
    match Reference::of_member(crs) {
        Ok(reference) if !reference.is_projected() => None,
        Ok(reference) => Some(format!("{} (EPSG:{})", reference.name, reference.code)),
        Err(name) => Some(name),
    }
}

fn in_other_reference(name: &str) -> GeometryFault {
    let message = format!(
        "la géométrie nomme le système de référence {name} ; il faut des longitudes et latitudes WGS 84 (RFC 7946), sans membre « crs »"
    );
    GeometryFault::new(Kind::OtherReference, message)
}

fn in_range((longitude, latitude): LonLat) -> Result<Coord<f64>, GeometryFault> {
    let out = |what: &str, value: f64, bound: u8| {
        let message =
            format!("la {what} {value} n’est pas entre -{bound} et {bound} (il faut des degrés WGS 84, la longitude d’abord)");
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
    object.get("coordinates").ok_or_else(|| malformed("la géométrie n’a pas de « coordinates »"))
}

/// The members of a non-empty array.
fn items<'v>(value: &'v Value, of: &str) -> Result<&'v [Value], GeometryFault> {
    match value {
        Value::Array(items) if items.is_empty() => {
            Err(GeometryFault::new(Kind::Empty, format!("les coordonnées d’un {of} sont vides")))
        }
        Value::Array(items) => Ok(items),
        other => Err(malformed(format!("les coordonnées d’un {of} sont une liste, et non {}", name_of(other)))),
    }
}

fn unknown_type(name: &str) -> String {
    match name {
        "Feature" | "FeatureCollection" => format!("il faut une géométrie, pas une {name}"),
        other => {
            // What the user wrote comes back to them, but never at length.
            let shown: String = other.chars().take(40).collect();
            format!("le type de géométrie « {shown} » n’est pas connu")
        }
    }
}

pub(super) fn malformed(message: impl Into<String>) -> GeometryFault {
    GeometryFault::new(Kind::Malformed, message)
}

/// Where the text stops being JSON.
pub(super) fn not_json(what: &str, error: &serde_json::Error) -> GeometryFault {
    malformed(format!("{what} n’est pas du JSON : ligne {}, colonne {}", error.line(), error.column()))
}

pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "un booléen",
        Value::Number(_) => "un nombre",
        Value::String(_) => "un texte",
        Value::Array(_) => "une liste",
        Value::Object(_) => "un objet",
    }
}
