//! Where schools have their position when they have no geometry: latitude and longitude, one text with both, or coordinates whose reference system
//! is named beside them; in the columns of a table, or in the properties of features. Not for what the positions mean.

use std::collections::{BTreeSet, HashMap};

use geo::{Geometry, Point};
use serde_json::Value;

use crate::domain::normal::folded;
use crate::exchange::properties::{is_no_text, text};
use crate::exchange::rows::shown;
use crate::geometry::fault::{GeometryFault, GeometryFaultKind};
use crate::geometry::geojson::Feature;
use crate::geometry::reference::Transform;
use crate::geometry::{LonLat, Reference};

pub(super) const LATITUDE: &[&str] = &["latitude", "lat"];
pub(super) const LONGITUDE: &[&str] = &["longitude", "lon", "lng", "long"];
/// Latitude and longitude, as the ministry's portal exports them.
pub(super) const POSITION: &[&str] = &["position", "geo_point_2d", "geolocalisation", "coordonnees_gps"];
const EAST: &[&str] = &["coordx_origine", "coordonnee_x", "coordx", "x"];
const NORTH: &[&str] = &["coordy_origine", "coordonnee_y", "coordy", "y"];
const SYSTEM: &[&str] = &["epsg_origine", "epsg", "code_epsg"];

/// Where a row, or the properties of a feature, have their position.
pub(super) struct Places {
    degrees: Option<(usize, usize)>,
    both: Option<usize>,
    metres: Option<(usize, usize)>,
    system: Option<usize>,
    /// What turns the positions of a system into degrees, by its name in the file.
    systems: HashMap<String, Option<Transform>>,
}

impl Places {
    /// The columns of a header, each under the best of its names.
    pub(super) fn of(header: &[String]) -> Self {
        let bare: Vec<String> = header.iter().map(|name| folded(name)).collect();
        let column = |names: &[&str]| names.iter().find_map(|name| bare.iter().position(|column| *column == folded(name)));
        Self {
            degrees: column(LONGITUDE).zip(column(LATITUDE)),
            both: column(POSITION),
            metres: column(EAST).zip(column(NORTH)),
            system: column(SYSTEM),
            systems: HashMap::new(),
        }
    }

    /// Whether there are none.
    pub(super) fn is_none(&self) -> bool {
        self.degrees.is_none() && self.both.is_none() && self.metres.is_none()
    }

    /// All of them.
    pub(super) fn columns(&self) -> Vec<usize> {
        let pairs = [self.degrees, self.metres].into_iter().flatten().flat_map(|(one, other)| [one, other]);
        pairs.chain(self.both).chain(self.system).collect()
    }

    /// The position of a row, of which a function gives the fields; none where there is none.
    pub(super) fn place(&mut self, mut field: impl FnMut(usize) -> String) -> Option<Result<Geometry<f64>, GeometryFault>> {
        let mut pair = |(first, second): (usize, usize)| {
            Some((field(first), field(second))).filter(|pair| !is_no_text(&pair.0) && !is_no_text(&pair.1))
        };
        if let Some((x, y)) = self.degrees.and_then(&mut pair) {
            return Some(numbers(&x, &y).and_then(in_degrees));
        }
        let metres = self.metres.and_then(&mut pair);
        if let Some(text) = self.both.map(&mut field).filter(|text| !is_no_text(text)) {
            return Some(pair_of(&text).and_then(|(x, y)| numbers(x, y)).and_then(in_degrees));
        }
        let Some((x, y)) = metres else {
            let mut is_empty = |column| is_no_text(&field(column));
            let half = self.degrees.or(self.metres).filter(|(one, other)| is_empty(*one) != is_empty(*other));
            let words = "la position est à moitié vide : il faut deux coordonnées";
            return half.map(|_| Err(GeometryFault::new(GeometryFaultKind::Malformed, words)));
        };
        let system = self.system.map(field).filter(|text| !is_no_text(text)).unwrap_or_default();
        let metres = numbers(&x, &y);
        // No position, which a reference system would turn into one.
        if metres == Ok((0.0, 0.0)) {
            return None;
        }
        Some(metres.and_then(|metres| self.turned(&system, metres)).and_then(in_degrees))
    }

    fn turned(&mut self, system: &str, position: (f64, f64)) -> Result<LonLat, GeometryFault> {
        let fault = |words: String| GeometryFault::at(GeometryFaultKind::OutOfRange, position, words);
        if system.is_empty() {
            return Ok(position);
        }
        if !self.systems.contains_key(system) && self.systems.len() < 100 {
            let transform = Reference::of_name(system).and_then(|known| known.transform().ok());
            self.systems.insert(system.to_owned(), transform);
        }
        let Some(Some(transform)) = self.systems.get(system) else {
            return Err(fault(format!("le système de référence « {} » n’est pas lu", shown(system))));
        };
        transform.degrees(position).ok_or_else(|| fault(format!("la position n’existe pas dans {}", shown(system))))
    }
}

/// Positions that stand in the properties of features without a geometry.
pub(super) struct InProperties {
    header: Vec<String>,
    places: Places,
    /// Of how many features each of the columns gave the position.
    counts: Vec<usize>,
}

impl InProperties {
    /// Those of features with these properties. Metres are read only where a property names their reference system: `x` and `y` may be anything.
    pub(super) fn of(names: &BTreeSet<String>) -> Self {
        let header: Vec<String> = names.iter().cloned().collect();
        let mut places = Places::of(&header);
        places.metres = places.metres.filter(|_| places.system.is_some());
        places.system = places.system.filter(|_| places.metres.is_some());
        let counts = vec![0; places.columns().len()];
        Self { header, places, counts }
    }

    /// The properties that hold them.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.places.columns().into_iter().filter_map(|column| self.header.get(column))
    }

    /// Gives a feature that has no place the one in its properties.
    pub(super) fn give(&mut self, feature: &mut Feature) {
        let is_nowhere = match &feature.geometry {
            None => true,
            Some(Ok(Geometry::Point(point))) => (point.x(), point.y()) == (0.0, 0.0),
            Some(_) => false,
        };
        if !is_nowhere {
            return;
        }
        let (header, properties) = (&self.header, &feature.properties);
        let field = |column: usize| header.get(column).and_then(|name| properties.get(name)).map(written).unwrap_or_default();
        if let Some(place) = self.places.place(field) {
            for (count, column) in self.counts.iter_mut().zip(self.places.columns()) {
                *count += usize::from(!is_no_text(&field(column)));
            }
            feature.geometry = Some(place);
        }
    }

    /// The properties that positions were read from, and of how many features.
    pub(super) fn read(&self) -> Vec<(String, usize)> {
        let read = self.names().cloned().zip(self.counts.iter().copied());
        read.filter(|(_, count)| *count > 0).collect()
    }
}

/// A property as a table has it: `[43.5, 5.4]` and `{"lat": 43.5, "lon": 5.4}`, as the ministry's portal exports them, as one text.
fn written(value: &Value) -> String {
    let both = |latitude: Option<&Value>, longitude: Option<&Value>| {
        let number = |value: Option<&Value>| value.and_then(|value| text(value).ok());
        number(latitude).zip(number(longitude)).map(|(latitude, longitude)| format!("{latitude} ; {longitude}"))
    };
    let pair = match value {
        Value::Array(items) if items.len() == 2 => both(items.first(), items.get(1)),
        Value::Object(members) => both(members.get("lat"), members.get("lon")),
        _ => None,
    };
    pair.or_else(|| text(value).ok()).unwrap_or_default()
}

/// Longitude and latitude of one text: `43.52, 5.44` as the ministry writes it, also with decimal commas (`43,52 ; 5,44`), or in brackets; in a
/// `POINT (5.44 43.52)` longitude is first.
fn pair_of(text: &str) -> Result<(&str, &str), GeometryFault> {
    let text = text.trim();
    let point = text.get(..5).filter(|word| word.eq_ignore_ascii_case("POINT")).and_then(|_| text.get(5..));
    let inner = point.unwrap_or(text).trim().trim_matches(['(', ')', '[', ']', ' ']);
    let commas = inner.matches(',').count();
    let parts = inner.split_once([';', '|', '/']).or_else(|| inner.split_once(", "));
    let parts = parts.or_else(|| if commas == 1 && !inner.contains(' ') { inner.split_once(',') } else { None });
    let parts = parts.or_else(|| inner.split_once(char::is_whitespace)).map(|(one, other)| (one.trim(), other.trim()));
    match parts {
        Some((longitude, latitude)) if point.is_some() => Ok((longitude, latitude)),
        Some((latitude, longitude)) => Ok((longitude, latitude)),
        None => {
            let words = format!("« {} » n’est pas une position : « 43.52, 5.44 » (latitude, longitude) est attendu", shown(text));
            Err(GeometryFault::new(GeometryFaultKind::Malformed, words))
        }
    }
}

fn numbers(x: &str, y: &str) -> Result<(f64, f64), GeometryFault> {
    let number = |text: &str| {
        let plain: String = text.trim().replace(',', ".").chars().filter(|c| !c.is_whitespace()).collect();
        plain.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(|| {
            let words = format!("« {} » n’est pas une coordonnée", shown(text));
            GeometryFault::new(GeometryFaultKind::Malformed, words)
        })
    };
    Ok((number(x)?, number(y)?))
}

fn in_degrees((longitude, latitude): (f64, f64)) -> Result<Geometry<f64>, GeometryFault> {
    if (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude) {
        return Ok(Geometry::Point(Point::new(longitude, latitude)));
    }
    let words = format!("{longitude}, {latitude} n’est pas une position en degrés WGS 84 (longitude, latitude)");
    Err(GeometryFault::at(GeometryFaultKind::OutOfRange, (longitude, latitude), words))
}
