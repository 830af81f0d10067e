//! Reads one geometry object. Checks numbers, ranges, lengths and closure; not whether rings cross.

use std::fmt;
use std::marker::PhantomData;

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{NoMembers, Scalar, members, not_json, text_of};
use crate::geometry::Reference;
use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat, round7};
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
struct Halted;

/// Counts positions against the limit while reading, and notes every fault.
struct Reader<'t> {
    place: Place<'t>,
    left: usize,
    faults: Vec<GeometryFault>,
    halted: bool,
}

/// What could be read: none where a fault was noted.
type Read<T> = Result<Option<T>, Halted>;

impl Reader<'_> {
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

    fn geometry(&mut self, text: &str, collections: usize) -> Read<Geometry<f64>> {
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
    fn told<T, E: Error>(&mut self, read: Read<T>) -> Result<Option<T>, E> {
        read.map_err(|Halted| {
            self.halted = true;
            E::custom("assez lu")
        })
    }

    /// Takes one more position.
    fn count(&mut self) -> Result<(), Halted> {
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

    fn in_degrees(&self, position: LonLat) -> Result<Coord<f64>, GeometryFault> {
        let turned = self.place.transform.map_or(Some(position), |transform| transform.degrees(position));
        in_range(turned.ok_or_else(|| {
            let message =
                format!("la position {}, {} n’existe pas dans le système de référence du fichier", position.0, position.1);
            GeometryFault::at(Kind::OutOfRange, position, message)
        })?)
    }
}

/// What coordinates are read as. How deep they nest is a matter of its type, so that text cannot make the reader go deeper.
trait Shape: Sized {
    /// Reads the next value; `index` is its place in the list around it. None where a fault was noted.
    fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, index: usize, from: D) -> Result<Option<Self>, D::Error>;

    /// What a list of it is called.
    const LIST: &'static str;
}

/// The members of a MultiPoint, MultiLineString or MultiPolygon.
struct Listed<S>(Vec<S>);

/// A closed line.
struct Ring(LineString<f64>);

impl<S: Shape> Shape for Listed<S> {
    const LIST: &'static str = S::LIST;

    fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, _: usize, from: D) -> Result<Option<Self>, D::Error> {
        Ok(list(reader, S::LIST, from)?.map(Self))
    }
}

impl Shape for Coord<f64> {
    const LIST: &'static str = "MultiPoint";

    fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, _: usize, from: D) -> Result<Option<Self>, D::Error> {
        let counted = reader.count().map(Some);
        reader.told(counted)?;
        from.deserialize_any(Position { reader })
    }
}

impl Shape for LineString<f64> {
    const LIST: &'static str = "MultiLineString";

    fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, _: usize, from: D) -> Result<Option<Self>, D::Error> {
        let Some(positions): Option<Vec<Coord<f64>>> = list(reader, "LineString", from)? else { return Ok(None) };
        let line = reader.kept(match positions.as_slice() {
            [only] => Err(GeometryFault::at(Kind::TooFewPositions, (only.x, only.y), "une ligne n’a qu’une position")),
            _ => Ok(Self(positions)),
        });
        reader.told(line)
    }
}

impl Shape for Ring {
    const LIST: &'static str = "Polygon";

    fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, index: usize, from: D) -> Result<Option<Self>, D::Error> {
        let Some(positions) = list(reader, "anneau", from)? else { return Ok(None) };
        let ring = reader.kept(closed(positions, index));
        Ok(reader.told(ring)?.map(Self))
    }
}

impl Shape for Polygon<f64> {
    const LIST: &'static str = "MultiPolygon";

    fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, _: usize, from: D) -> Result<Option<Self>, D::Error> {
        let Some(rings): Option<Vec<Ring>> = list(reader, Ring::LIST, from)? else { return Ok(None) };
        let mut rings = rings.into_iter().map(|ring| ring.0);
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Some(Self::new(exterior, rings.collect())))
    }
}

/// The members of a non-empty array, each read; none when one has a fault.
fn list<'de, S: Shape, D: Deserializer<'de>>(
    reader: &mut Reader<'_>,
    of: &'static str,
    from: D,
) -> Result<Option<Vec<S>>, D::Error> {
    from.deserialize_any(List { reader, of, member: Part(PhantomData) })
}

/// How a member of a list is read.
trait Item<'de> {
    type Read;

    fn next<A: SeqAccess<'de>>(&self, reader: &mut Reader<'_>, index: usize, from: &mut A) -> Next<Self::Read, A::Error>;
}

/// The next member of a list, none at its end; none of it where a fault was noted.
type Next<T, E> = Result<Option<Option<T>>, E>;

struct Part<S>(PhantomData<S>);

impl<'de, S: Shape> Item<'de> for Part<S> {
    type Read = S;

    fn next<A: SeqAccess<'de>>(&self, reader: &mut Reader<'_>, index: usize, from: &mut A) -> Next<S, A::Error> {
        from.next_element_seed(Seed { reader, index, shape: PhantomData })
    }
}

struct Seed<'r, 't, S> {
    reader: &'r mut Reader<'t>,
    index: usize,
    shape: PhantomData<S>,
}

impl<'de, S: Shape> DeserializeSeed<'de> for Seed<'_, '_, S> {
    type Value = Option<S>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<S>, D::Error> {
        S::read(self.reader, self.index, from)
    }
}

/// A member of a collection, so many collections down.
struct Member {
    collections: usize,
}

impl<'de> Item<'de> for Member {
    type Read = Geometry<f64>;

    fn next<A: SeqAccess<'de>>(&self, reader: &mut Reader<'_>, _: usize, from: &mut A) -> Next<Geometry<f64>, A::Error> {
        let Some(member) = from.next_element::<&'de RawValue>()? else { return Ok(None) };
        let read = reader.geometry(member.get(), self.collections);
        reader.told(read).map(Some)
    }
}

struct List<'r, 't, I> {
    reader: &'r mut Reader<'t>,
    of: &'static str,
    member: I,
}

impl<I> List<'_, '_, I> {
    fn other<T, E: Error>(self, name: &str) -> Result<Option<T>, E> {
        let noted = self.reader.kept(Err(malformed(format!("les coordonnées d’un {} sont une liste, et non {name}", self.of))));
        self.reader.told(noted)
    }
}

/// What is not a list is a fault, whatever it is.
macro_rules! others_are_faults {
    ($value:ty) => {
        fn visit_unit<E: Error>(self) -> Result<$value, E> {
            self.other("null")
        }

        fn visit_bool<E: Error>(self, _: bool) -> Result<$value, E> {
            self.other("un booléen")
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<$value, E> {
            self.other("un nombre")
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<$value, E> {
            self.other("un nombre")
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<$value, E> {
            self.other("un nombre")
        }

        fn visit_str<E: Error>(self, _: &str) -> Result<$value, E> {
            self.other("un texte")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            self.other("un objet")
        }
    };
}

impl<'de, I: Item<'de>> Visitor<'de> for List<'_, '_, I> {
    type Value = Option<Vec<I::Read>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("une liste")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let (mut all, mut index) = (Some(Vec::new()), 0);
        while let Some(item) = self.member.next(self.reader, index, &mut sequence)? {
            match (item, &mut all) {
                (Some(item), Some(all)) => all.push(item),
                (Some(_) | None, _) => all = None,
            }
            index += 1;
        }
        if index == 0 {
            let fault = GeometryFault::new(Kind::Empty, format!("les coordonnées d’un {} sont vides", self.of));
            let noted = self.reader.kept(Err(fault));
            return self.reader.told(noted);
        }
        // A ring keeps the room of its positions, and no more.
        Ok(all.map(|mut all| {
            all.shrink_to_fit();
            all
        }))
    }

    others_are_faults!(Self::Value);
}

struct Position<'r, 't> {
    reader: &'r mut Reader<'t>,
}

impl Position<'_, '_> {
    fn other<E: Error>(self, name: &str) -> Result<Option<Coord<f64>>, E> {
        let noted = self.reader.kept(Err(malformed(format!("une position est une liste de nombres, et non {name}"))));
        self.reader.told(noted)
    }
}

impl<'de> Visitor<'de> for Position<'_, '_> {
    type Value = Option<Coord<f64>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("une position")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let (mut read, mut count, mut fault) = ([0.0_f64; 2], 0_usize, None);
        let incomplete = || malformed("une position est une longitude et une latitude, en nombres");
        while let Some(item) = sequence.next_element::<Scalar>()? {
            // What follows longitude and latitude is altitude or worse: it must be numbers, and is dropped.
            match (item, read.get_mut(count)) {
                (Scalar::Number(number), Some(slot)) => *slot = number,
                (Scalar::Number(_), None) => {}
                (Scalar::Other(name), Some(_)) => {
                    fault.get_or_insert_with(|| malformed(format!("une coordonnée est un nombre, et non {name}")));
                }
                (Scalar::Other(_), None) => {
                    fault.get_or_insert_with(incomplete);
                }
            }
            count += 1;
        }
        if count < 2 {
            fault.get_or_insert_with(incomplete);
        }
        let position = fault.map_or_else(|| self.reader.in_degrees((read[0], read[1])), Err);
        let kept = self.reader.kept(position);
        self.reader.told(kept)
    }

    others_are_faults!(Self::Value);
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
