//! Reads a FeatureCollection feature by feature, so that nothing of the file is held twice but the feature at hand.
//! Not for what the properties mean: that belongs to the import.

use std::collections::BTreeSet;
use std::fmt;

use geo::CoordsIter as _;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use super::feature::{self, Feature, Reading};
use super::json::{NoMembers, members, text_of, what_is};
use super::properties::{MAX_NAMES, Names};
use super::read::{Limits, MAX_POSITIONS, reference_of};
use crate::domain::file_kind;
use crate::geometry::reference::{Reference, Transform};

/// How much one file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureLimits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Features in it.
    pub max_features: usize,
    /// Bytes and positions of each feature.
    pub each: Limits,
}

impl FeatureLimits {
    /// Enough for a department's sectors, or the outlines of all departments.
    pub const DEFAULT: Self = Self { max_bytes: 64 * 1024 * 1024, max_features: 20_000, each: Limits::DEFAULT };
}

impl Default for FeatureLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A file, its features still as they stand in its text: they are read one after the other, so that memory holds one at a time.
pub struct Collection<'t> {
    /// The reference system that it names; WGS 84 where it names none.
    pub reference: Reference,
    /// The names of all properties of its features; long ones are cut.
    pub names: BTreeSet<String>,
    features: Vec<&'t RawValue>,
    limits: Limits,
    transform: Transform,
}

impl fmt::Debug for Collection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("reference", &self.reference).field("features", &self.features.len()).finish()
    }
}

impl Collection<'_> {
    /// How many features it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Its features, in its order, with the properties that are wanted.
    pub fn features<'c>(&'c self, wanted: &'c BTreeSet<String>) -> impl Iterator<Item = Feature> + 'c {
        let mut left = MAX_POSITIONS;
        self.features.iter().enumerate().map(move |(index, raw)| {
            let reading = Reading { limits: self.limits, transform: &self.transform, wanted, left };
            let feature = feature::read(index, raw.get(), &reading);
            if let Some(Ok(geometry)) = &feature.geometry {
                left = left.saturating_sub(geometry.coords_count());
            }
            feature
        })
    }
}

/// Why a file as a whole is refused. In French, for people; [`reason`](CollectionFault::reason) is for programs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CollectionFault {
    /// Not JSON, or not of the form of a FeatureCollection.
    #[error("le fichier n’est pas une FeatureCollection GeoJSON : {0}")]
    Malformed(String),
    /// Text in another encoding.
    #[error("le fichier n’est pas en UTF-8 (il semble être en {looks_like}) ; enregistrez-le en UTF-8, comme GeoJSON le demande")]
    NotText {
        /// The encoding that it seems to be in.
        looks_like: &'static str,
    },
    /// A file of another kind.
    #[error("le fichier n’est pas du GeoJSON (ceci est {looks_like}) ; exportez-le en GeoJSON, en WGS 84")]
    OtherFormat {
        /// What it seems to be, with its article.
        looks_like: &'static str,
    },
    /// More bytes than allowed.
    #[error("le fichier fait {bytes} octets, plus que les {limit} permis")]
    TooManyBytes {
        /// Bytes in the file.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More features than allowed.
    #[error("le fichier a {features} objets, plus que les {limit} permis")]
    TooManyFeatures {
        /// Features in the file.
        features: usize,
        /// Features allowed.
        limit: usize,
    },
    /// More different properties than any file has.
    #[error("les objets du fichier ont plus de {limit} propriétés différentes")]
    TooManyProperties {
        /// Different names allowed.
        limit: usize,
    },
    /// A `crs` member that names a reference system that is not read.
    #[error(
        "le fichier est dans le système de référence « {0} », qui n’est pas lu ; exportez-le en WGS 84 (EPSG:4326), longitude d’abord \
         (RFC 7946), ou en RGF93 / Lambert-93 (EPSG:2154)"
    )]
    OtherReference(String),
}

impl CollectionFault {
    /// A stable name for programs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "NOT_A_FEATURE_COLLECTION",
            Self::NotText { .. } => "NOT_UTF8",
            Self::OtherFormat { .. } => "NOT_GEOJSON",
            Self::TooManyBytes { .. } => "TOO_MANY_BYTES",
            Self::TooManyFeatures { .. } => "TOO_MANY_FEATURES",
            Self::TooManyProperties { .. } => "TOO_MANY_PROPERTIES",
            Self::OtherReference(_) => "OTHER_REFERENCE",
        }
    }
}

/// Members of an array up to a limit; beyond it they are counted and not kept, so that a file of a million nothings costs nothing.
struct Members {
    limit: usize,
}

impl<'de> Visitor<'de> for Members {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("une liste de « Feature »")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.limit {
            match sequence.next_element()? {
                Some(member) => kept.push(member),
                None => return Ok((kept, 0)),
            }
        }
        let mut beyond = 0;
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            beyond += 1;
        }
        Ok((kept, beyond))
    }
}

/// Reads a FeatureCollection with all properties of its features. A byte order mark is skipped.
///
/// # Errors
/// Only what concerns the whole file; the faults of one feature are kept with it.
pub fn read_features(bytes: &[u8], limits: FeatureLimits) -> Result<Vec<Feature>, CollectionFault> {
    read_collection(bytes, limits).map(|collection| collection.features(&collection.names).collect())
}

/// Reads a FeatureCollection and its reference system; positions are WGS 84 degrees whatever they were written in.
///
/// # Errors
/// Only what concerns the whole file; the faults of one feature are kept with it.
pub fn read_collection(bytes: &[u8], limits: FeatureLimits) -> Result<Collection<'_>, CollectionFault> {
    if bytes.len() > limits.max_bytes {
        return Err(CollectionFault::TooManyBytes { bytes: bytes.len(), limit: limits.max_bytes });
    }
    let text = text(bytes)?;
    let [kind, crs, features] = match members(text, ["type", "crs", "features"]) {
        Ok(members) => members,
        Err(NoMembers::Text(error)) => return Err(no_json(text, &error)),
        Err(NoMembers::Other(name)) => return Err(malformed(format!("c’est {name}, et non un objet"))),
    };
    match kind.map(|kind| text_of(kind).ok_or_else(|| what_is(kind))) {
        Some(Ok(kind)) if kind == "FeatureCollection" => {}
        Some(Ok(kind)) => {
            let shown: String = kind.chars().take(40).collect();
            return Err(malformed(format!("son type est {shown:?}")));
        }
        Some(Err(name)) => return Err(malformed(format!("son « type » est {name}, et non un texte"))),
        None => return Err(malformed("il n’a pas de « type »")),
    }
    let reference = crs.map_or(Ok(Reference::WGS_84), reference_of).map_err(CollectionFault::OtherReference)?;
    let features = features.ok_or_else(|| malformed("il n’a pas de « features »"))?;
    if !features.get().starts_with('[') {
        return Err(malformed(format!("ses « features » sont {}, et non une liste de « Feature »", what_is(features))));
    }
    let (features, beyond) = serde_json::Deserializer::from_str(features.get())
        .deserialize_seq(Members { limit: limits.max_features })
        .map_err(|error| no_json(features.get(), &error))?;
    if beyond > 0 {
        return Err(CollectionFault::TooManyFeatures { features: features.len() + beyond, limit: limits.max_features });
    }
    let transform = reference.transform().map_err(|_| CollectionFault::OtherReference(reference.name.to_owned()))?;
    let names = names(&features, limits.each)?;
    Ok(Collection { reference, names, features, limits: limits.each, transform })
}

/// The names of all properties.
fn names(features: &[&RawValue], each: Limits) -> Result<BTreeSet<String>, CollectionFault> {
    let (mut known, mut too_many) = (BTreeSet::new(), false);
    for text in features.iter().map(|raw| raw.get()).filter(|text| text.len() <= each.max_bytes) {
        feature::names(text, Names { known: &mut known, too_many: &mut too_many });
        if too_many {
            return Err(CollectionFault::TooManyProperties { limit: MAX_NAMES });
        }
    }
    Ok(known)
}

fn malformed(what: impl fmt::Display) -> CollectionFault {
    CollectionFault::Malformed(what.to_string())
}

/// That a text is no JSON, and where it ceases to be; `NaN` and its like by name, which programs write and JSON does not know.
fn no_json(text: &str, error: &serde_json::Error) -> CollectionFault {
    let (line, column) = (error.line(), error.column());
    let rest = text.lines().nth(line.saturating_sub(1)).and_then(|text| text.get(column.saturating_sub(2)..));
    let rest = rest.unwrap_or_default().trim_start_matches([':', ',', '[', ' ', '-']);
    let word = ["NaN", "nan", "Infinity", "Inf", "inf"].into_iter().find(|word| rest.starts_with(*word));
    malformed(match word {
        Some(word) => format!("« {word} » n’est pas une valeur de JSON : écrivez null (ligne {line}, colonne {column})"),
        None if error.is_eof() => format!("le JSON s’arrête avant sa fin (ligne {line}, colonne {column})"),
        None => format!("ce n’est pas du JSON (ligne {line}, colonne {column})"),
    })
}

/// The file's text, or what it seems to be instead.
fn text(bytes: &[u8]) -> Result<&str, CollectionFault> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let other = |looks_like| Err(CollectionFault::OtherFormat { looks_like });
    if let Some(kind) = file_kind::of(bytes) {
        return other(kind);
    }
    if file_kind::is_utf32(bytes) {
        return Err(CollectionFault::NotText { looks_like: "UTF-32" });
    }
    if starts(&[0xff, 0xfe]) || starts(&[0xfe, 0xff]) || bytes.iter().take(200).any(|byte| *byte == 0) {
        return Err(CollectionFault::NotText { looks_like: "UTF-16" });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| CollectionFault::NotText { looks_like: "Windows-1252" })?;
    match text.trim_start().chars().next() {
        Some('{') => Ok(text),
        Some('<') => other("du XML : un KML, un GML ou une page web"),
        None => Err(CollectionFault::Malformed("il est vide".to_owned())),
        Some(_) if text.lines().next().is_some_and(|line| line.contains([';', ',', '\t']) && !line.starts_with('[')) => {
            other("un CSV")
        }
        Some(_) => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_said_in_french_with_its_place() {
        let said = |text: &str| read_features(text.as_bytes(), FeatureLimits::DEFAULT).unwrap_err().to_string();
        let nan = said("{\"type\":\"FeatureCollection\",\n\"features\":[{\"a\":NaN}]}");
        assert!(nan.contains("« NaN »") && nan.contains("ligne 2"), "{nan}");
        let cut = said("{\"type\":\"FeatureCollection\",\n\"features\":[");
        assert!(cut.contains("s’arrête avant sa fin (ligne 2"), "{cut}");
        let other = said("{\"type\":\"FeatureCollection\",,}");
        assert!(other.contains("ce n’est pas du JSON (ligne 1"), "{other}");
    }

    #[test]
    fn an_altitude_that_is_null_is_dropped() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},
            "geometry":{"type":"Point","coordinates":[5.37,43.33,null]}}]}"#;
        let features = read_features(text.as_bytes(), FeatureLimits::DEFAULT).unwrap();
        assert!(matches!(features[0].geometry, Some(Ok(_))), "{:?}", features[0].geometry);
    }
}
