//! Reads one geometry object. Checks numbers, ranges, lengths and closure; not whether rings cross.

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde::de::{Deserializer as _, Error};
use serde_json::value::RawValue;

use super::coordinates::{List, Listed, Member, Shape, in_range};
use super::json::{NoMembers, members, not_json, text_of};
use crate::geometry::Reference;
use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat};
use crate::geometry::reference::Transform;
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
    read(text, Place { what: "la géométrie", whole: text, limits, left: usize::MAX, transform: None })
}

/// Positions in a file, at most: at sixteen bytes of text each, as many as the longest file has.
pub(super) const MAX_POSITIONS: usize = 4_000_000;

/// Collections in collections, at most: a few are drawn by programs, more by nobody.
pub(super) const MAX_COLLECTIONS: usize = 8;

/// Where a geometry stands, and how it is to be read.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    /// What stands around it, with its article, for faults of the text.
    pub what: &'static str,
    /// Its text.
    pub whole: &'t str,
    /// How much it may weigh.
    pub limits: Limits,
    /// Positions that the file around it may still have.
    pub left: usize,
    /// What turns its positions into degrees; none where its own reference system is not looked at yet.
    pub transform: Option<&'t Transform>,
}

/// Reads a geometry where it stands: nothing is built but what is kept, and positions are counted as they are read.
pub(super) fn read(text: &str, place: Place<'_>) -> Result<Geometry<f64>, GeometryFault> {
    let mut reader = Reader { left: place.limits.max_positions.min(place.left), place, faults: Vec::new(), halted: false };
    let read = reader.geometry(text, 0);
    match (read, GeometryFault::first_of(reader.faults)) {
        (_, Some(fault)) => Err(fault),
        (Ok(Some(geometry)), None) => Ok(geometry),
        // Nothing is passed over without its fault.
        (Ok(None) | Err(Halted), None) => Err(malformed("la géométrie ne peut pas être lue")),
    }
}

/// The rest is not read: it is too much, or enough is wrong already.
pub(super) struct Halted;

/// Counts positions against the limit while reading, and notes every fault.
pub(super) struct Reader<'t> {
    place: Place<'t>,
    left: usize,
    faults: Vec<GeometryFault>,
    halted: bool,
}

/// What could be read: none where a fault was noted.
pub(super) type Read<T> = Result<Option<T>, Halted>;

impl Reader<'_> {
    pub(super) fn note(&mut self, fault: GeometryFault) -> Result<(), Halted> {
        self.faults.push(fault);
        if self.faults.len() < MAX_FAULTS { Ok(()) } else { Err(Halted) }
    }

    /// Notes a fault in place of a value.
    pub(super) fn kept<T>(&mut self, read: Result<T, GeometryFault>) -> Read<T> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(fault) => self.note(fault).map(|()| None),
        }
    }

    pub(super) fn geometry(&mut self, text: &str, collections: usize) -> Read<Geometry<f64>> {
        let [kind, coordinates, geometries, crs] = match members(text, ["type", "coordinates", "geometries", "crs"]) {
            Ok(members) => members,
            Err(NoMembers::Text(error)) => return self.kept(Err(self.not_json(text, &error))),
            Err(NoMembers::Other(name)) => {
                return self.kept(Err(malformed(format!("une géométrie est un objet JSON, et non {name}"))));
            }
        };
        let Some(kind) = kind.and_then(text_of) else {
            return self.kept(Err(malformed("la géométrie n’a pas de « type »")));
        };
        let is_looked_at = collections == 0 && self.place.transform.is_some();
        if let Some(name) = crs.filter(|_| !is_looked_at).and_then(other_reference) {
            self.note(in_other_reference(&name))?;
        }
        let kind = match kind.as_ref() {
            "GeometryCollection" => return self.collection(geometries, collections),
            kind @ ("Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon") => kind,
            other => return self.kept(Err(GeometryFault::new(Kind::UnknownType, unknown_type(other)))),
        };
        let coordinates = coordinates.ok_or_else(|| malformed("la géométrie n’a pas de « coordinates »"));
        let Some(coordinates) = self.kept(coordinates)? else { return Ok(None) };
        let points = |points: Vec<Coord<f64>>| Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect()));
        Ok(match kind {
            "Point" => self.all::<Coord<f64>>(coordinates)?.map(|at| Geometry::Point(Point(at))),
            "MultiPoint" => self.all::<Listed<Coord<f64>>>(coordinates)?.map(|all| points(all.0)),
            "LineString" => self.all(coordinates)?.map(Geometry::LineString),
            "MultiLineString" => {
                self.all::<Listed<LineString<f64>>>(coordinates)?.map(|all| Geometry::MultiLineString(MultiLineString(all.0)))
            }
            "Polygon" => self.all(coordinates)?.map(Geometry::Polygon),
            _ => self.all::<Listed<Polygon<f64>>>(coordinates)?.map(|all| Geometry::MultiPolygon(MultiPolygon(all.0))),
        })
    }

    fn collection(&mut self, geometries: Option<&RawValue>, collections: usize) -> Read<Geometry<f64>> {
        if collections == MAX_COLLECTIONS {
            let message = format!("des GeometryCollection sont emboîtées sur plus de {MAX_COLLECTIONS} niveaux");
            return self.kept(Err(GeometryFault::new(Kind::TooLarge, message)));
        }
        let Some(geometries) = geometries else {
            return self.kept(Err(malformed("la GeometryCollection n’a pas de « geometries »")));
        };
        let list = List { reader: self, of: "GeometryCollection", member: Member { collections: collections + 1 } };
        let mut deserializer = serde_json::Deserializer::from_str(geometries.get());
        let members = deserializer.deserialize_any(list);
        let members = self.came(geometries.get(), members)?;
        Ok(members.map(|members| Geometry::GeometryCollection(GeometryCollection(members))))
    }

    /// All of the coordinates of a geometry.
    fn all<S: Shape>(&mut self, coordinates: &RawValue) -> Read<S> {
        let read = S::read(self, 0, &mut serde_json::Deserializer::from_str(coordinates.get()));
        self.came(coordinates.get(), read)
    }

    /// What a deserializer made of a part of the text.
    fn came<T>(&mut self, part: &str, read: Result<Option<T>, serde_json::Error>) -> Read<T> {
        match read {
            Ok(read) => Ok(read),
            Err(_) if self.halted => Err(Halted),
            Err(error) => self.kept(Err(self.not_json(part, &error))),
        }
    }

    fn not_json(&self, part: &str, error: &serde_json::Error) -> GeometryFault {
        not_json(self.place.what, self.place.whole, part, error)
    }

    /// Tells the deserializer to stop.
    pub(super) fn told<T, E: Error>(&mut self, read: Read<T>) -> Result<Option<T>, E> {
        read.map_err(|Halted| {
            self.halted = true;
            E::custom("assez lu")
        })
    }

    /// Takes one more position.
    pub(super) fn count(&mut self) -> Result<(), Halted> {
        let Some(left) = self.left.checked_sub(1) else {
            let limit = self.place.limits.max_positions;
            let message = if self.place.left < limit {
                format!("le fichier a plus de {MAX_POSITIONS} positions ; envoyez-le en plusieurs fois, ou simplifié")
            } else {
                format!("la géométrie a plus de {limit} positions")
            };
            self.note(GeometryFault::new(Kind::TooLarge, message))?;
            return Err(Halted);
        };
        self.left = left;
        Ok(())
    }

    pub(super) fn in_degrees(&self, position: LonLat) -> Result<Coord<f64>, GeometryFault> {
        // What programs write where there is no position is none in any system: turned, it would be one.
        let is_none = position == (0.0, 0.0);
        let transform = self.place.transform.filter(|_| !is_none);
        let turned = transform.map_or(Some(position), |transform| transform.degrees(position));
        in_range(turned.ok_or_else(|| {
            let message =
                format!("la position {}, {} n’existe pas dans le système de référence du fichier", position.0, position.1);
            GeometryFault::at(Kind::OutOfRange, position, message)
        })?)
    }
}

/// Bytes of a `crs` member, at most: a description in JSON of a projection has some five thousand.
const MAX_REFERENCE: usize = 64 * 1024;

/// The reference system that a `crs` member names.
///
/// # Errors
/// The name of a system that is not known, or the beginning of what names none.
pub(super) fn reference_of(crs: &RawValue) -> Result<Reference, String> {
    let text = crs.get();
    let read = if text.len() > MAX_REFERENCE { None } else { serde_json::from_str(text).ok() };
    read.map_or_else(|| Err(text.chars().take(80).collect()), |crs| Reference::of_member(&crs))
}

/// The name of a reference system whose positions are not those of WGS 84 as they stand.
fn other_reference(crs: &RawValue) -> Option<String> {
    match reference_of(crs) {
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
