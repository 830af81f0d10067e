//! A directory as CSV, as the ministry publishes it: each row becomes a feature, its columns the properties, its position from latitude and
//! longitude, from one column with both, or from coordinates whose reference system the row names. Not for what the columns mean.

use std::collections::{BTreeSet, HashMap};

use geo::{Geometry, Point};
use serde_json::{Map, Value};

use super::{DEPARTMENT, Item, KIND, NAME, SchoolMapping, UAI};
use crate::domain::message::Message;
use crate::exchange::properties::is_no_text;
use crate::exchange::rows::{of_collection, on_one_line, shown};
use crate::exchange::table::{At, Table};
use crate::geometry::fault::{GeometryFault, GeometryFaultKind};
use crate::geometry::geojson::{CollectionFault, Feature, FeatureLimits};
use crate::geometry::reference::Transform;
use crate::geometry::{LonLat, Reference};

/// Bytes of a row, at most: the annuaire's rows have some 1 500.
const MAX_ROW: usize = 32 * 1024;

const LATITUDE: &[&str] = &["latitude", "lat"];
const LONGITUDE: &[&str] = &["longitude", "lon", "lng", "long"];
/// Latitude and longitude, as the ministry's portal exports them.
const POSITION: &[&str] = &["position", "geo_point_2d", "geolocalisation", "coordonnees_gps"];
const EAST: &[&str] = &["coordx_origine", "coordonnee_x", "coordx", "x"];
const NORTH: &[&str] = &["coordy_origine", "coordonnee_y", "coordy", "y"];
const SYSTEM: &[&str] = &["epsg_origine", "epsg", "code_epsg"];

/// A table under way.
pub(super) struct Directory<'t> {
    table: Table<&'t [u8]>,
    header: Vec<String>,
    places: Places,
    /// In how many rows each of the columns of positions held something.
    counts: Vec<usize>,
    limits: FeatureLimits,
}

/// Whether a file is to be read as a table: it begins as no GeoJSON does, but is text.
pub(super) fn is_table(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let unmarked = [b"\xff\xfe", b"\xfe\xff"].iter().find_map(|mark| bytes.strip_prefix(*mark)).unwrap_or(bytes);
    let first = unmarked.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != 0);
    !matches!(first, None | Some(b'{' | b'[' | b'<'))
        && !bytes.starts_with(b"PK\x03\x04")
        && !bytes.starts_with(b"SQLite format 3\0")
}

impl<'t> Directory<'t> {
    /// Reads the header.
    ///
    /// # Errors
    /// Only what concerns the whole file.
    pub(super) fn open(bytes: &'t [u8], limits: FeatureLimits, mapping: &SchoolMapping) -> Result<Self, Message> {
        if bytes.len() > limits.max_bytes {
            return Err(of_collection(&CollectionFault::TooManyBytes { bytes: bytes.len(), limit: limits.max_bytes }));
        }
        let given = [&mapping.uai, &mapping.name, &mapping.department, &mapping.kind].map(ToString::to_string);
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let known = [UAI, NAME, DEPARTMENT, KIND, LATITUDE, LONGITUDE, POSITION, &given];
        let table = Table::open(bytes, MAX_ROW, &known).map_err(|fault| fault.message())?;
        let header: Vec<String> = table.header().to_vec();
        let places = Places {
            degrees: table.column(LONGITUDE).zip(table.column(LATITUDE)),
            both: table.column(POSITION),
            metres: table.column(EAST).zip(table.column(NORTH)),
            system: table.column(SYSTEM),
            systems: HashMap::new(),
        };
        let counts = vec![0; places.columns().len()];
        Ok(Self { table, header, places, counts, limits })
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.header.iter().filter(|name| !name.is_empty()).cloned().collect()
    }

    /// The next row, with the columns that are wanted.
    ///
    /// # Errors
    /// The file has too many rows, or cannot be read on.
    pub(super) fn next(&mut self, wanted: &BTreeSet<String>) -> Result<Option<Item>, Message> {
        let Some(at) = self.table.record().map_err(|fault| fault.message())? else { return Ok(None) };
        let limit = self.limits.max_features;
        if at.index == limit {
            return Err(of_collection(&CollectionFault::TooManyFeatures { features: at.index + 1, limit }));
        }
        let (mut properties, mut geometry) = (Map::new(), None);
        let unread = self.unread(at, wanted);
        if unread.is_some() {
            let feature = Feature { index: at.index, properties, geometry };
            return Ok(Some(Item { feature, line: Some(at.line), unread }));
        }
        let (width, columns) = (self.table.width(), self.header.len());
        if width > columns {
            let words = format!("la ligne a {width} champs, l’en-tête en a {columns}");
            geometry = Some(Err(GeometryFault::new(GeometryFaultKind::Malformed, words)));
        }
        for (column, name) in self.header.iter().enumerate().filter(|(_, name)| wanted.contains(*name)) {
            let field = self.table.field(column);
            // Of two columns of one name the first that holds something is read.
            if !field.is_empty() && !properties.contains_key(name) {
                properties.insert(name.clone(), Value::String(field.into_owned()));
            }
        }
        let table = &mut self.table;
        for (count, column) in self.counts.iter_mut().zip(self.places.columns()) {
            *count += usize::from(!is_no_text(&table.field(column)));
        }
        geometry = geometry.or_else(|| self.places.place(|column| table.field(column).into_owned()));
        Ok(Some(Item { feature: Feature { index: at.index, properties, geometry }, line: Some(at.line), unread }))
    }

    /// Why nothing of a row is read: further rows may be in it, in a cell that is read or in another.
    fn unread(&mut self, at: At, wanted: &BTreeSet<String>) -> Option<Message> {
        let named = self.header.iter().enumerate().filter(|(_, name)| wanted.contains(*name)).map(|(column, _)| column);
        let cells: Vec<usize> = named.chain(self.places.columns()).collect();
        let table = &mut self.table;
        let fault = at.record.fault(MAX_ROW);
        fault.or_else(|| cells.into_iter().find_map(|column| on_one_line(&table.field(column)).err()))
    }

    /// The columns that positions are read from, and in how many rows each held something.
    pub(super) fn positions(&self) -> Vec<(String, usize)> {
        let columns = self.places.columns().into_iter().zip(&self.counts);
        columns.filter_map(|(column, count)| Some((self.header.get(column)?.clone(), *count))).collect()
    }

    /// Names that several columns bear.
    fn twice(&self) -> impl Iterator<Item = Message> {
        const TOLD: usize = 10;
        let (mut known, mut told) = (BTreeSet::new(), BTreeSet::new());
        let twice = self.header.iter().filter(move |name| !name.is_empty() && !known.insert(*name) && told.insert(*name));
        twice.take(TOLD).map(|name| {
            let name = shown(name);
            let words = format!("plusieurs colonnes portent le nom « {name} » : la première qui n’est pas vide est lue");
            Message::new("AMBIGUOUS_PROPERTY", words).with("field", &name).with("read", &name).with("unread", name)
        })
    }

    /// What is to be known of how the table was read.
    pub(super) fn notices(&self) -> Vec<Message> {
        let mut notices = self.table.notices();
        notices.extend(self.twice());
        let places = &self.places;
        if places.degrees.is_none() && places.both.is_none() && places.metres.is_none() {
            let words = format!(
                "aucune colonne de position : « latitude » et « longitude » sont attendues ; l’en-tête lu est : {}",
                self.table.header_shown().join(" | ")
            );
            notices.push(Message::new("NO_POSITION_COLUMN", words));
        }
        notices
    }
}

/// Where a row has its position.
struct Places {
    degrees: Option<(usize, usize)>,
    both: Option<usize>,
    metres: Option<(usize, usize)>,
    system: Option<usize>,
    /// What turns the positions of a system into degrees, by its name in the file.
    systems: HashMap<String, Option<Transform>>,
}

impl Places {
    fn columns(&self) -> Vec<usize> {
        let pairs = [self.degrees, self.metres].into_iter().flatten().flat_map(|(one, other)| [one, other]);
        pairs.chain(self.both).chain(self.system).collect()
    }

    fn place(&mut self, mut field: impl FnMut(usize) -> String) -> Option<Result<Geometry<f64>, GeometryFault>> {
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
