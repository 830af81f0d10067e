//! What can be wrong with a shape, and where: one value per fault, so that an import can list them all by feature and place.
//! Not for faults of a file as a whole, which are in `geojson::CollectionFault`.

use std::fmt;

use thiserror::Error;

use crate::domain::{Explained, Message};

/// A longitude and a latitude in degrees, WGS 84, in that order.
pub type LonLat = (f64, f64);

/// The rule that a shape breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum GeometryFaultKind {
    /// Not JSON, or JSON that is not a GeoJSON geometry.
    #[error("ce n’est pas une géométrie GeoJSON")]
    Malformed,
    /// More bytes or positions than the caller allows, or too tangled to be examined in bounded time.
    #[error("le tracé est trop grand")]
    TooLarge,
    /// A geometry type that is not known or not supported.
    #[error("ce type de géométrie n’est pas lu")]
    UnknownType,
    /// No coordinates at all.
    #[error("la géométrie est vide")]
    Empty,
    /// A longitude outside [-180, 180], a latitude outside [-90, 90], or a number that is not finite.
    #[error("une coordonnée est hors des bornes")]
    OutOfRange,
    /// A line of fewer than two positions, a ring of fewer than four, or of fewer than three distinct ones.
    #[error("le tracé a trop peu de positions")]
    TooFewPositions,
    /// The last position of a ring differs from its first.
    #[error("un anneau n’est pas fermé")]
    RingNotClosed,
    /// Something other than a Polygon or a MultiPolygon where an area is needed.
    #[error("ce n’est pas un polygone")]
    NotAPolygon,
    /// Something other than a Point where a position is needed.
    #[error("ce n’est pas un point")]
    NotAPoint,
    /// A ring that crosses, touches or retraces itself, or two rings of a polygon that cross or share a line.
    #[error("le tracé se recoupe")]
    SelfIntersection,
    /// A hole that is not inside its polygon.
    #[error("un trou est hors de son polygone")]
    HoleOutside,
    /// Two holes of a polygon, one in the other.
    #[error("des trous se recouvrent")]
    HolesOverlap,
    /// Two polygons of a multipolygon that overlap or share a line.
    #[error("des parties se recouvrent")]
    PartsOverlap,
    /// Rings that touch in so many places that the inside falls apart.
    #[error("l’intérieur est en plusieurs morceaux")]
    InteriorDisconnected,
    /// No area to speak of: below `measure::MIN_AREA_M2`.
    #[error("le tracé n’a pas de surface")]
    AreaZero,
    /// More area than the rules allow.
    #[error("la surface est trop grande")]
    AreaTooLarge,
    /// Outside the outline, or the bounding box, of the department.
    #[error("le tracé est hors de son département")]
    OutsideDepartment,
    /// Another reference system than WGS 84 is named inside the geometry.
    #[error("le système de référence n’est pas WGS 84")]
    OtherReference,
    /// Lines or points beside the polygons, where nobody would be told that they were left aside.
    #[error("il n’y a pas que des polygones")]
    MoreThanPolygons,
}

impl GeometryFaultKind {
    /// A stable name for reports and programs, such as `SELF_INTERSECTION`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::TooLarge => "TOO_LARGE",
            Self::UnknownType => "UNKNOWN_TYPE",
            Self::Empty => "EMPTY",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::TooFewPositions => "TOO_FEW_POSITIONS",
            Self::RingNotClosed => "RING_NOT_CLOSED",
            Self::NotAPolygon => "NOT_A_POLYGON",
            Self::NotAPoint => "NOT_A_POINT",
            Self::SelfIntersection => "SELF_INTERSECTION",
            Self::HoleOutside => "HOLE_OUTSIDE",
            Self::HolesOverlap => "HOLES_OVERLAP",
            Self::PartsOverlap => "PARTS_OVERLAP",
            Self::InteriorDisconnected => "INTERIOR_DISCONNECTED",
            Self::AreaZero => "AREA_ZERO",
            Self::AreaTooLarge => "AREA_TOO_LARGE",
            Self::OutsideDepartment => "OUTSIDE_DEPARTMENT",
            Self::OtherReference => "OTHER_REFERENCE",
            Self::MoreThanPolygons => "MORE_THAN_POLYGONS",
        }
    }

    /// Whether `repair` may mend it: the coordinates are sound, only the way in which they are joined is not.
    pub fn mendable(self) -> bool {
        match self {
            Self::SelfIntersection
            | Self::HoleOutside
            | Self::HolesOverlap
            | Self::PartsOverlap
            | Self::InteriorDisconnected
            | Self::TooFewPositions => true,
            Self::Malformed
            | Self::TooLarge
            | Self::UnknownType
            | Self::Empty
            | Self::OutOfRange
            | Self::RingNotClosed
            | Self::NotAPolygon
            | Self::NotAPoint
            | Self::AreaZero
            | Self::AreaTooLarge
            | Self::OutsideDepartment
            | Self::OtherReference
            | Self::MoreThanPolygons => false,
        }
    }
}

/// One fault of one shape.
#[derive(Clone, Debug, PartialEq, Error)]
pub struct GeometryFault {
    /// The rule broken.
    pub kind: GeometryFaultKind,
    /// Where, when the fault has a place. For `OutOfRange`, the pair as read.
    pub place: Option<LonLat>,
    /// What is wrong, for people, without the place.
    pub message: String,
    /// What else is wrong with the same geometry, where all of it is read at once. None of these has more of its own.
    pub more: Vec<GeometryFault>,
}

impl GeometryFault {
    /// A fault without a place.
    pub fn new(kind: GeometryFaultKind, message: impl Into<String>) -> Self {
        Self { kind, place: None, message: message.into(), more: Vec::new() }
    }

    /// A fault at a place.
    pub fn at(kind: GeometryFaultKind, place: LonLat, message: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::new(kind, message) }
    }

    /// All faults of one geometry as one: the first, and what else there is. None for none.
    pub(super) fn first_of(faults: Vec<Self>) -> Option<Self> {
        let mut faults = faults.into_iter();
        let mut first = faults.next()?;
        first.more.extend(faults);
        Some(first)
    }

    /// This one, and what else is wrong.
    #[must_use]
    pub fn all(mut self) -> Vec<Self> {
        let more = std::mem::take(&mut self.more);
        std::iter::once(self).chain(more).collect()
    }
}

/// Its reason is the name of its kind.
impl Explained for GeometryFault {
    fn reason(&self) -> &'static str {
        self.kind.code()
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        self.place.map_or_else(Vec::new, |(longitude, latitude)| {
            vec![("longitude", round7(longitude).to_string()), ("latitude", round7(latitude).to_string())]
        })
    }
}

impl GeometryFault {
    /// What is said of it where its place is told apart.
    #[must_use]
    pub fn message_without_place(&self) -> Message {
        Message { text: self.message.clone(), ..Explained::message(self) }
    }
}

impl fmt::Display for GeometryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.place {
            Some((longitude, latitude)) => write!(f, " en {}, {}", round7(longitude), round7(latitude)),
            None => Ok(()),
        }
    }
}

/// Rounded to seven decimals of a degree, about a centimetre; never negative zero.
pub(crate) fn round7(degrees: f64) -> f64 {
    let rounded = (degrees * 1e7).round() / 1e7;
    if rounded == 0.0 { 0.0 } else { rounded }
}
