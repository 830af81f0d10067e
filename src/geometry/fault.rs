//! What can be wrong with a shape, and where: one value per fault, so that an import can list them all by feature and place.
//! Not for faults of a file as a whole, which are in `geojson::CollectionFault`.

use std::fmt;

use thiserror::Error;

/// A longitude and a latitude in degrees, WGS 84, in that order.
pub type LonLat = (f64, f64);

/// The rule that a shape breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum GeometryFaultKind {
    /// Not JSON, or JSON that is not a GeoJSON geometry.
    #[error("is not a GeoJSON geometry")]
    Malformed,
    /// More bytes or positions than the caller allows, or too tangled to be examined in bounded time.
    #[error("is too large")]
    TooLarge,
    /// A geometry type that is not known or not supported.
    #[error("has a type that is not supported")]
    UnknownType,
    /// No coordinates at all.
    #[error("is empty")]
    Empty,
    /// A longitude outside [-180, 180], a latitude outside [-90, 90], or a number that is not finite.
    #[error("has a coordinate out of range")]
    OutOfRange,
    /// A line of fewer than two positions, a ring of fewer than four, or of fewer than three distinct ones.
    #[error("has too few positions")]
    TooFewPositions,
    /// The last position of a ring differs from its first.
    #[error("has a ring that is not closed")]
    RingNotClosed,
    /// Something other than a Polygon or a MultiPolygon where an area is needed.
    #[error("is not a polygon")]
    NotAPolygon,
    /// Something other than a Point where a position is needed.
    #[error("is not a point")]
    NotAPoint,
    /// A ring that crosses, touches or retraces itself, or two rings of a polygon that cross or share a line.
    #[error("intersects itself")]
    SelfIntersection,
    /// A hole that is not inside its polygon.
    #[error("has a hole outside its exterior")]
    HoleOutside,
    /// Two holes of a polygon, one in the other.
    #[error("has holes that overlap")]
    HolesOverlap,
    /// Two polygons of a multipolygon that overlap or share a line.
    #[error("has parts that overlap")]
    PartsOverlap,
    /// Rings that touch in so many places that the inside falls apart.
    #[error("has an interior that is not connected")]
    InteriorDisconnected,
    /// No area to speak of: below `measure::MIN_AREA_M2`.
    #[error("has no area")]
    AreaZero,
    /// More area than the rules allow.
    #[error("has too large an area")]
    AreaTooLarge,
    /// Outside the outline, or the bounding box, of the department.
    #[error("is outside its department")]
    OutsideDepartment,
    /// Another reference system than WGS 84 is named inside the geometry.
    #[error("is in another reference system")]
    OtherReference,
    /// Lines or points beside the polygons, where nobody would be told that they were left aside.
    #[error("holds more than polygons")]
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

impl fmt::Display for GeometryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.place {
            Some((longitude, latitude)) => write!(f, " at {}, {}", round7(longitude), round7(latitude)),
            None => Ok(()),
        }
    }
}

/// Rounded to seven decimals of a degree, about a centimetre; never negative zero.
pub(crate) fn round7(degrees: f64) -> f64 {
    let rounded = (degrees * 1e7).round() / 1e7;
    if rounded == 0.0 { 0.0 } else { rounded }
}
