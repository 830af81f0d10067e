//! A directory as CSV, as the ministry publishes it: each row becomes a feature, its columns the properties, its position read as `places` finds
//! it. Not for what the columns mean.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::places::{LATITUDE, LONGITUDE, POSITION, Places};
use super::{DEPARTMENT, Item, KIND, NAME, SchoolMapping, UAI};
use crate::domain::message::Message;
use crate::exchange::properties::is_no_text;
use crate::exchange::rows::{of_collection, on_one_line, shown};
use crate::exchange::table::{At, Table};
use crate::geometry::geojson::{CollectionFault, Feature, FeatureLimits};

/// Bytes of a row, at most: the annuaire's rows have some 1 500.
const MAX_ROW: usize = 32 * 1024;

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
    // What is of another kind is told by either reader; of maps, the one of GeoJSON knows what to ask for.
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
        let places = Places::of(&header);
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
        let mut feature = Feature { index: at.index, properties: Map::new(), geometry: None, excess: Vec::new() };
        let (line, unread) = (Some(at.line), self.unread(at, wanted));
        // Of a row that is not one of the table nothing is known, nor what its columns hold.
        if unread.is_some() {
            return Ok(Some(Item { feature, line, unread }));
        }
        for (column, name) in self.header.iter().enumerate().filter(|(_, name)| wanted.contains(*name)) {
            let field = self.table.field(column);
            // Of two columns of one name the first that holds something is read.
            if !field.is_empty() && !feature.properties.contains_key(name) {
                feature.properties.insert(name.clone(), Value::String(field.into_owned()));
            }
        }
        let table = &mut self.table;
        for (count, column) in self.counts.iter_mut().zip(self.places.columns()) {
            *count += usize::from(!is_no_text(&table.field(column)));
        }
        feature.geometry = self.places.place(|column| table.field(column).into_owned());
        Ok(Some(Item { feature, line, unread }))
    }

    /// Why nothing of a row is read: it is no row of the table, or further rows may be in it, in a cell that is read or in another.
    fn unread(&mut self, at: At, wanted: &BTreeSet<String>) -> Option<Message> {
        let named = self.header.iter().enumerate().filter(|(_, name)| wanted.contains(*name)).map(|(column, _)| column);
        let cells: Vec<usize> = named.chain(self.places.columns()).collect();
        let table = &mut self.table;
        let fault = table.unread(at.record);
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
        if self.places.is_none() {
            let words = format!(
                "aucune colonne de position : « latitude » et « longitude » sont attendues ; l’en-tête lu est : {}",
                self.table.header_shown().join(" | ")
            );
            notices.push(Message::new("NO_POSITION_COLUMN", words));
        }
        notices
    }
}
