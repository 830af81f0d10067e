//! Reads a FeatureCollection feature by feature, and keeps the faults with the feature that has them.
//! Not for what the properties mean: that belongs to the import.

use std::fmt;

use geo::Geometry;
use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use thiserror::Error;

use super::read::{Limits, from_value, malformed, name_of};
use crate::geometry::fault::{GeometryFault, GeometryFaultKind};

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

/// Why a file as a whole is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CollectionFault {
    /// Not JSON, or not of the form of a FeatureCollection.
    #[error("the file is not a GeoJSON FeatureCollection: {0}")]
    Malformed(String),
    /// More bytes than allowed.
    #[error("the file has {bytes} bytes, more than the {limit} allowed")]
    TooManyBytes {
        /// Bytes in the file.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More features than allowed.
    #[error("the file has {features} features, more than the {limit} allowed")]
    TooManyFeatures {
        /// Features in the file.
        features: usize,
        /// Features allowed.
        limit: usize,
    },
    /// A `crs` member that names another reference than WGS 84 longitude and latitude.
    #[error("the file is in the reference system {0}; only WGS 84 longitude and latitude is read (RFC 7946)")]
    OtherReference(String),
}

#[derive(Deserialize)]
struct Collection<'t> {
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
        f.write_str("an array of features")
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
    if bytes.len() > limits.max_bytes {
        return Err(CollectionFault::TooManyBytes { bytes: bytes.len(), limit: limits.max_bytes });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let collection: Collection<'_> =
        serde_json::from_slice(bytes).map_err(|error| CollectionFault::Malformed(error.to_string()))?;
    if collection.kind != "FeatureCollection" {
        let shown: String = collection.kind.chars().take(40).collect();
        return Err(CollectionFault::Malformed(format!("its type is {shown:?}")));
    }
    if let Some(crs) = &collection.crs {
        check_reference(crs)?;
    }
    let (features, beyond) = serde_json::Deserializer::from_str(collection.features.get())
        .deserialize_seq(Members { limit: limits.max_features })
        .map_err(|error| CollectionFault::Malformed(error.to_string()))?;
    if beyond > 0 {
        return Err(CollectionFault::TooManyFeatures { features: features.len() + beyond, limit: limits.max_features });
    }
    Ok(features.iter().enumerate().map(|(index, raw)| feature(index, raw.get(), limits.each)).collect())
}

fn feature(index: usize, text: &str, limits: Limits) -> Feature {
    let faulty = |fault| Feature { index, properties: Map::new(), geometry: Some(Err(fault)) };
    if text.len() > limits.max_bytes {
        let message = format!("the feature has {} bytes, more than the {} allowed", text.len(), limits.max_bytes);
        return faulty(GeometryFault::new(GeometryFaultKind::TooLarge, message));
    }
    let mut object = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => object,
        Ok(other) => return faulty(malformed(format!("a feature is a JSON object, not {}", name_of(&other)))),
        Err(error) => return faulty(malformed(format!("the feature is not JSON: {error}"))),
    };
    if object.get("type").and_then(Value::as_str) != Some("Feature") {
        return faulty(malformed("the member is not of type \"Feature\""));
    }
    let properties = match object.remove("properties") {
        Some(Value::Object(properties)) => properties,
        Some(Value::Null) | None => Map::new(),
        Some(other) => return faulty(malformed(format!("properties are an object or null, not {}", name_of(&other)))),
    };
    let geometry = match object.get("geometry") {
        None | Some(Value::Null) => None,
        Some(value) => Some(from_value(value, limits)),
    };
    Feature { index, properties, geometry }
}

/// Files written before RFC 7946 name their reference in `crs`; most name WGS 84 all the same.
pub(super) fn check_reference(crs: &Value) -> Result<(), CollectionFault> {
    if crs.is_null() {
        return Ok(());
    }
    let name = crs.pointer("/properties/name").and_then(Value::as_str).unwrap_or("without a name");
    let known = [
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "OGC:CRS84",
        "CRS84",
        "EPSG:4326",
        "urn:ogc:def:crs:EPSG::4326",
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "WGS84",
        "WGS 84",
    ];
    if known.iter().any(|each| each.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    Err(CollectionFault::OtherReference(name.chars().take(80).collect()))
}
