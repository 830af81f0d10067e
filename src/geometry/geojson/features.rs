//! Reads a FeatureCollection feature by feature, and keeps the faults with the feature that has them.
//! Not for what the properties mean: that belongs to the import.

use std::fmt;

use geo::Geometry;
use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use thiserror::Error;

use super::read::{Limits, from_value, malformed, name_of, not_json};
use crate::geometry::fault::{GeometryFault, GeometryFaultKind};
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

/// One feature as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its position in the file, from 0.
    pub index: usize,
    /// Its properties; empty where the file has null.
    pub properties: Map<String, Value>,
    /// Its geometry: absent where the file has null or none, a fault where it cannot be read.
    pub geometry: Option<Result<Geometry<f64>, GeometryFault>>,
}

/// A file as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Its features, in its order.
    pub features: Vec<Feature>,
    /// The reference system that it names; WGS 84 where it names none.
    pub reference: Reference,
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
    #[error("le fichier n’est pas du GeoJSON (il semble être {looks_like}) ; exportez-le en GeoJSON, en WGS 84")]
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
            Self::OtherReference(_) => "OTHER_REFERENCE",
        }
    }
}

#[derive(Deserialize)]
struct Written<'t> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    crs: Option<Value>,
    #[serde(borrow)]
    features: &'t RawValue,
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

/// Reads a FeatureCollection. A byte order mark is skipped.
///
/// # Errors
/// Only what concerns the whole file; the faults of one feature are kept with it.
pub fn read_features(bytes: &[u8], limits: FeatureLimits) -> Result<Vec<Feature>, CollectionFault> {
    read_collection(bytes, limits).map(|collection| collection.features)
}

/// Reads a FeatureCollection and its reference system; positions are WGS 84 degrees whatever they were written in.
///
/// # Errors
/// Only what concerns the whole file; the faults of one feature are kept with it.
pub fn read_collection(bytes: &[u8], limits: FeatureLimits) -> Result<Collection, CollectionFault> {
    if bytes.len() > limits.max_bytes {
        return Err(CollectionFault::TooManyBytes { bytes: bytes.len(), limit: limits.max_bytes });
    }
    let text = text(bytes)?;
    let written: Written<'_> = serde_json::from_str(text).map_err(|error| CollectionFault::Malformed(error.to_string()))?;
    if written.kind != "FeatureCollection" {
        let shown: String = written.kind.chars().take(40).collect();
        return Err(CollectionFault::Malformed(format!("son type est {shown:?}")));
    }
    let reference = written.crs.as_ref().map_or(Ok(Reference::WGS_84), Reference::of_member);
    let reference = reference.map_err(CollectionFault::OtherReference)?;
    let (features, beyond) = serde_json::Deserializer::from_str(written.features.get())
        .deserialize_seq(Members { limit: limits.max_features })
        .map_err(|error| CollectionFault::Malformed(error.to_string()))?;
    if beyond > 0 {
        return Err(CollectionFault::TooManyFeatures { features: features.len() + beyond, limit: limits.max_features });
    }
    let transform = reference.transform().map_err(|_| CollectionFault::OtherReference(reference.name.to_owned()))?;
    let features = features.iter().enumerate().map(|(index, raw)| feature(index, raw.get(), limits.each, &transform)).collect();
    Ok(Collection { features, reference })
}

/// The file's text, or what it seems to be instead.
fn text(bytes: &[u8]) -> Result<&str, CollectionFault> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let other = |looks_like| Err(CollectionFault::OtherFormat { looks_like });
    if starts(b"PK\x03\x04") {
        return other("une archive ZIP : un shapefile compressé, ou un classeur");
    }
    if starts(b"SQLite format 3\0") {
        return other("un GeoPackage");
    }
    if starts(&[0, 0, 0x27, 0x0a]) {
        return other("un shapefile");
    }
    if starts(&[0x1f, 0x8b]) {
        return other("un fichier compressé");
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

fn feature(index: usize, text: &str, limits: Limits, transform: &Transform) -> Feature {
    let faulty = |fault| Feature { index, properties: Map::new(), geometry: Some(Err(fault)) };
    if text.len() > limits.max_bytes {
        let message = format!("l’objet fait {} octets, plus que les {} permis", text.len(), limits.max_bytes);
        return faulty(GeometryFault::new(GeometryFaultKind::TooLarge, message));
    }
    let mut object = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => object,
        Ok(other) => return faulty(malformed(format!("un « Feature » est un objet JSON, et non {}", name_of(&other)))),
        Err(error) => return faulty(not_json("l’objet", &error)),
    };
    if object.get("type").and_then(Value::as_str) != Some("Feature") {
        return faulty(malformed("ce membre n’est pas de type « Feature »"));
    }
    let properties = match object.remove("properties") {
        Some(Value::Object(properties)) => properties,
        Some(Value::Null) | None => Map::new(),
        Some(other) => return faulty(malformed(format!("« properties » est un objet ou null, et non {}", name_of(&other)))),
    };
    let own = object.remove("crs");
    let geometry = match object.remove("geometry") {
        Some(mut written) if !is_nowhere(&written) => Some(place(&mut written, own, limits, transform)),
        Some(_) | None => None,
    };
    Feature { index, properties, geometry }
}

/// A geometry in degrees. A reference system of the feature's or the geometry's own counts before that of the file.
fn place(written: &mut Value, own: Option<Value>, limits: Limits, transform: &Transform) -> Result<Geometry<f64>, GeometryFault> {
    // Taken out: what is read below is in degrees.
    let of_geometry = if let Value::Object(members) = &mut *written { members.remove("crs") } else { None };
    let own = of_geometry.or(own);
    let own = match &own {
        None => None,
        Some(crs) => {
            let unknown = |name: String| {
                let message = format!("le système de référence « {name} » n’est pas lu ; exportez en WGS 84 (EPSG:4326)");
                GeometryFault::new(GeometryFaultKind::Malformed, message)
            };
            let reference = Reference::of_member(crs).map_err(unknown)?;
            Some(reference.transform().map_err(unknown)?)
        }
    };
    own.as_ref().unwrap_or(transform).turn(written).map_err(|at| {
        let message = format!("la position {}, {} n’existe pas dans le système de référence du fichier", at.0, at.1);
        GeometryFault::at(GeometryFaultKind::OutOfRange, at, message)
    })?;
    from_value(written, limits)
}

/// Null, `[]`, `[null, null]`, `["", ""]`, and the text `POINT EMPTY`: the ways in which programs write that there is no place. Looks at
/// the first of each list only, so that it costs nothing.
fn is_nowhere(written: &Value) -> bool {
    let nothing = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text.eq_ignore_ascii_case("nan"),
        Value::Array(_) | Value::Object(_) | Value::Bool(_) | Value::Number(_) => false,
    };
    match written {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text.trim().to_ascii_uppercase().ends_with("EMPTY"),
        Value::Object(members) if members.is_empty() => true,
        Value::Object(members) => {
            if let Some(Value::Array(parts)) = members.get("geometries") {
                return parts.iter().all(is_nowhere);
            }
            match members.get("coordinates") {
                Some(Value::Null) => true,
                Some(Value::Array(items)) => {
                    let mut items = items;
                    while let [Value::Array(inner)] = items.as_slice() {
                        items = inner;
                    }
                    items.iter().all(nothing)
                }
                Some(_) | None => false,
            }
        }
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
