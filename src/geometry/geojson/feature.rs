//! One feature of a file: its geometry in degrees, the properties that are asked for, and what is wrong with it. Not for the file around it.

use std::collections::BTreeSet;

use geo::Geometry;
use serde::Deserializer as _;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::json::{NoMembers, each_is, is_hollow, is_void, members, not_json, text_of, what_is};
use super::properties::{Names, Wanted};
use super::read::{self, Limits, MAX_COLLECTIONS, Place, malformed, reference_of};
use crate::geometry::fault::{GeometryFault, GeometryFaultKind};
use crate::geometry::reference::Transform;

/// One feature as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its position in the file, from 0.
    pub index: usize,
    /// Its properties, as far as they were asked for; empty where the file has null.
    pub properties: Map<String, Value>,
    /// Its geometry: absent where the file has null or none, a fault where it cannot be read.
    pub geometry: Option<Result<Geometry<f64>, GeometryFault>>,
    /// Properties that were asked for, and hold more than is read.
    pub excess: Vec<Excess>,
}

/// A property that holds more than is read of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Its name.
    pub property: String,
    /// What is too much, in words: `a un texte de 100000 octets, plus que les 65536 permis`.
    pub words: String,
}

/// How features are to be read.
pub(super) struct Reading<'r> {
    pub limits: Limits,
    pub transform: &'r Transform,
    pub wanted: &'r BTreeSet<String>,
    /// Positions that the file may still have.
    pub left: usize,
}

/// Notes the names of a feature's properties; what cannot be read is told when it is.
pub(super) fn names(text: &str, names: Names<'_>) {
    if let Ok([Some(properties)]) = members(text, ["properties"])
        && properties.get().starts_with('{')
    {
        let _ = serde_json::Deserializer::from_str(properties.get()).deserialize_map(names);
    }
}

/// Reads a feature; its faults are its own.
pub(super) fn read(index: usize, text: &str, reading: &Reading<'_>) -> Feature {
    let faulty = |fault| Feature { index, properties: Map::new(), geometry: Some(Err(fault)), excess: Vec::new() };
    if text.len() > reading.limits.max_bytes {
        let message = format!("l’objet fait {} octets, plus que les {} permis", text.len(), reading.limits.max_bytes);
        return faulty(GeometryFault::new(GeometryFaultKind::TooLarge, message));
    }
    let [kind, properties, geometry, crs] = match members(text, ["type", "properties", "geometry", "crs"]) {
        Ok(members) => members,
        Err(NoMembers::Text(error)) => return faulty(not_json("l’objet", text, text, &error)),
        Err(NoMembers::Other(name)) => return faulty(malformed(format!("un « Feature » est un objet JSON, et non {name}"))),
    };
    if kind.and_then(text_of).as_deref() != Some("Feature") {
        return faulty(malformed("ce membre n’est pas de type « Feature »"));
    }
    let mut excess = Vec::new();
    let properties = match properties.map(RawValue::get) {
        None | Some("null") => Map::new(),
        Some(written) if written.starts_with('{') => {
            let wanted = Wanted { names: reading.wanted, excess: &mut excess };
            match serde_json::Deserializer::from_str(written).deserialize_map(wanted) {
                Ok(properties) => properties,
                Err(error) => return faulty(not_json("l’objet", text, written, &error)),
            }
        }
        Some(_) => {
            let name = properties.map_or("null", what_is);
            return faulty(malformed(format!("« properties » est un objet ou null, et non {name}")));
        }
    };
    let geometry = geometry.filter(|written| !is_nowhere(written, 0)).map(|written| place(text, written, crs, reading));
    Feature { index, properties, geometry, excess }
}

/// A geometry in degrees. A reference system of the geometry's or the feature's own counts before that of the file; null is none of its own.
fn place(
    text: &str,
    written: &RawValue,
    of_feature: Option<&RawValue>,
    reading: &Reading<'_>,
) -> Result<Geometry<f64>, GeometryFault> {
    let of_geometry = members(written.get(), ["crs"]).ok().and_then(|[crs]| crs);
    let is_said = |crs: &&RawValue| crs.get() != "null";
    let own = match of_geometry.filter(is_said).or(of_feature.filter(is_said)) {
        None => None,
        Some(crs) => {
            let unknown = |name: String| {
                let message = format!("le système de référence « {name} » n’est pas lu ; exportez en WGS 84 (EPSG:4326)");
                GeometryFault::new(GeometryFaultKind::Malformed, message)
            };
            let reference = reference_of(crs).map_err(unknown)?;
            Some(reference.transform().map_err(unknown)?)
        }
    };
    let transform = Some(own.as_ref().unwrap_or(reading.transform));
    read::read(written.get(), Place { what: "l’objet", whole: text, limits: reading.limits, left: reading.left, transform })
}

/// Null, `[]`, `[null, null]`, `["", ""]`, and the text `POINT EMPTY`: the ways in which programs write that there is no place. A collection
/// of nothing but such is nowhere, too.
fn is_nowhere(written: &RawValue, collections: usize) -> bool {
    if let Some(text) = text_of(written) {
        return text.trim().is_empty() || text.trim().to_ascii_uppercase().ends_with("EMPTY");
    }
    match written.get().bytes().next() {
        Some(b'n') => true,
        Some(b'[') => is_hollow(written),
        Some(b'{') => match members(written.get(), ["coordinates", "geometries"]) {
            Ok([_, Some(parts)]) if what_is(parts) == "une liste" => {
                collections < MAX_COLLECTIONS && each_is(parts, |part| is_nowhere(part, collections + 1))
            }
            Ok([Some(coordinates), _]) => matches!(what_is(coordinates), "null" | "une liste") && is_void(coordinates),
            Ok([None, _]) => is_hollow(written),
            Err(_) => false,
        },
        Some(_) | None => false,
    }
}
