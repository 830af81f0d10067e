//! Reads coordinates where they stand in the text: positions, lines, rings and lists of them, each fault noted with the reader and nothing built
//! but what is kept. Not for what kind of geometry they are of.

use std::fmt;
use std::marker::PhantomData;

use geo::{Coord, Geometry, LineString, Polygon};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json::Scalar;
use super::read::{Reader, malformed};
use crate::geometry::fault::{GeometryFault, GeometryFaultKind as Kind, LonLat, round7};

/// What coordinates are read as. How deep they nest is a matter of its type, so that text cannot make the reader go deeper.
pub(super) trait Shape: Sized {
    /// Reads the next value; `index` is its place in the list around it. None where a fault was noted.
    fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, index: usize, from: D) -> Result<Option<Self>, D::Error>;

    /// What a list of it is called.
    const LIST: &'static str;
}

/// The members of a MultiPoint, MultiLineString or MultiPolygon.
pub(super) struct Listed<S>(pub Vec<S>);

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
pub(super) trait Item<'de> {
    type Read;

    fn next<A: SeqAccess<'de>>(&self, reader: &mut Reader<'_>, index: usize, from: &mut A) -> Next<Self::Read, A::Error>;
}

/// The next member of a list, none at its end; none of it where a fault was noted.
pub(super) type Next<T, E> = Result<Option<Option<T>>, E>;

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
pub(super) struct Member {
    pub collections: usize,
}

impl<'de> Item<'de> for Member {
    type Read = Geometry<f64>;

    fn next<A: SeqAccess<'de>>(&self, reader: &mut Reader<'_>, _: usize, from: &mut A) -> Next<Geometry<f64>, A::Error> {
        let Some(member) = from.next_element::<&'de RawValue>()? else { return Ok(None) };
        let read = reader.geometry(member.get(), self.collections);
        reader.told(read).map(Some)
    }
}

/// A list under way.
pub(super) struct List<'r, 't, I> {
    pub reader: &'r mut Reader<'t>,
    /// Of what, for faults.
    pub of: &'static str,
    pub member: I,
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
                // An altitude that is not known.
                (Scalar::Number(_) | Scalar::Other("null"), None) => {}
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

pub(super) fn in_range((longitude, latitude): LonLat) -> Result<Coord<f64>, GeometryFault> {
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
