//! Reference systems of files, by all the names that programs give them: WGS 84 itself, systems that are the same to a metre (RGF93 and
//! its sisters overseas), and the projections in which French services draw. Not for shapes already read, which are WGS 84.

use proj4rs::Proj;
use serde_json::Value;

use super::fault::LonLat;

/// A reference system that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its EPSG code; 4326 for CRS84, too.
    pub code: u32,
    /// Its name for people.
    pub name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// WGS 84, longitude first.
    Wgs84,
    /// Degrees on an ellipsoid that differs from WGS 84's by less than a metre.
    Near,
    /// Metres in a projection of such a system, as PROJ writes it.
    Projected(&'static str),
}

macro_rules! utm {
    ($zone:literal) => {
        concat!("+proj=utm +zone=", $zone, " +ellps=GRS80 +units=m +no_defs")
    };
    ($zone:literal south) => {
        concat!("+proj=utm +zone=", $zone, " +south +ellps=GRS80 +units=m +no_defs")
    };
}

macro_rules! conic {
    ($origin:literal, $first:literal, $second:literal, $north:literal) => {
        concat!(
            "+proj=lcc +lat_0=",
            $origin,
            " +lon_0=3 +lat_1=",
            $first,
            " +lat_2=",
            $second,
            " +x_0=1700000 +y_0=",
            $north,
            " +ellps=GRS80 +units=m +no_defs"
        )
    };
}

const LAMBERT_93: &str =
    "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 +units=m +no_defs";

const fn near(code: u32, name: &'static str) -> Reference {
    Reference { code, name, kind: Kind::Near }
}

const fn projected(code: u32, name: &'static str, proj: &'static str) -> Reference {
    Reference { code, name, kind: Kind::Projected(proj) }
}

const WGS_84: Reference = Reference { code: 4326, name: "WGS 84", kind: Kind::Wgs84 };

/// Codes of the EPSG register, <https://epsg.org>.
const KNOWN: &[Reference] = &[
    WGS_84,
    Reference { code: 4979, name: "WGS 84", kind: Kind::Wgs84 },
    near(4258, "ETRS89"),
    near(4937, "ETRS89"),
    near(4171, "RGF93"),
    near(4965, "RGF93"),
    near(9777, "RGF93 v2"),
    near(9784, "RGF93 v2b"),
    near(5489, "RGAF09"),
    near(5488, "RGAF09"),
    near(4558, "RRAF 1991"),
    near(4557, "RRAF 1991"),
    near(4624, "RGFG95"),
    near(4967, "RGFG95"),
    near(4627, "RGR92"),
    near(4971, "RGR92"),
    near(4470, "RGM04"),
    near(4469, "RGM04"),
    near(4463, "RGSPM06"),
    projected(2154, "RGF93 / Lambert-93", LAMBERT_93),
    projected(9793, "RGF93 v2 / Lambert-93", LAMBERT_93),
    projected(9794, "RGF93 v2b / Lambert-93", LAMBERT_93),
    projected(3942, "RGF93 / CC42", conic!(42, 41.25, 42.75, 1200000)),
    projected(3943, "RGF93 / CC43", conic!(43, 42.25, 43.75, 2200000)),
    projected(3944, "RGF93 / CC44", conic!(44, 43.25, 44.75, 3200000)),
    projected(3945, "RGF93 / CC45", conic!(45, 44.25, 45.75, 4200000)),
    projected(3946, "RGF93 / CC46", conic!(46, 45.25, 46.75, 5200000)),
    projected(3947, "RGF93 / CC47", conic!(47, 46.25, 47.75, 6200000)),
    projected(3948, "RGF93 / CC48", conic!(48, 47.25, 48.75, 7200000)),
    projected(3949, "RGF93 / CC49", conic!(49, 48.25, 49.75, 8200000)),
    projected(3950, "RGF93 / CC50", conic!(50, 49.25, 50.75, 9200000)),
    projected(5490, "RGAF09 / UTM 20N", utm!(20)),
    projected(4559, "RRAF 1991 / UTM 20N", utm!(20)),
    projected(2972, "RGFG95 / UTM 22N", utm!(22)),
    projected(2975, "RGR92 / UTM 40S", utm!(40 south)),
    projected(4471, "RGM04 / UTM 38S", utm!(38 south)),
    projected(32620, "WGS 84 / UTM 20N", utm!(20)),
    projected(32622, "WGS 84 / UTM 22N", utm!(22)),
    projected(32630, "WGS 84 / UTM 30N", utm!(30)),
    projected(32631, "WGS 84 / UTM 31N", utm!(31)),
    projected(32632, "WGS 84 / UTM 32N", utm!(32)),
    projected(32738, "WGS 84 / UTM 38S", utm!(38 south)),
    projected(32740, "WGS 84 / UTM 40S", utm!(40 south)),
    projected(
        3857,
        "WGS 84 / Pseudo-Mercator",
        "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +units=m +no_defs",
    ),
];

/// Names without a code, folded to their letters and digits.
const NAMES: &[(&str, u32)] = &[
    ("crs84", 4326),
    ("crs84h", 4326),
    ("ogccrs84", 4326),
    ("wgs84", 4326),
    ("gcswgs1984", 4326),
    ("wgs1984", 4326),
    ("etrs89", 4258),
    ("rgf93", 4171),
    ("rgf93v1", 4171),
    ("gcsrgf1993", 4171),
    ("lambert93", 2154),
    ("rgf93lambert93", 2154),
    ("rgf93v1lambert93", 2154),
    ("rgf1993lambert93", 2154),
    ("wgs1984webmercatorauxiliarysphere", 3857),
];

impl Reference {
    /// WGS 84, longitude first: what RFC 7946 says where nothing is said.
    pub const WGS_84: Self = WGS_84;
    /// What French files in metres mostly are in.
    pub const LAMBERT_93: Self = projected(2154, "RGF93 / Lambert-93", LAMBERT_93);

    /// The system of an EPSG code.
    #[must_use]
    pub fn of_code(code: u32) -> Option<Self> {
        // Esri's code of Web Mercator.
        let code = if code == 102_100 || code == 900_913 { 3857 } else { code };
        KNOWN.iter().find(|known| known.code == code).copied()
    }

    /// The system of a name: `EPSG:2154`, `urn:ogc:def:crs:EPSG:6.9:4326`, `urn:x-ogc:def:crs:EPSG:4326`, `http://www.opengis.net/def/crs/…`,
    /// `http://spatialreference.org/ref/epsg/4326/proj4/`, `CRS84`, `RGF93 / Lambert-93`, `2154`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let lower = name.trim().to_ascii_lowercase();
        if let Some((_, rest)) = lower.rsplit_once("epsg") {
            // The code is the last number after the authority; a version such as 6.9 may stand between.
            let mut numbers = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').filter(|part| !part.is_empty());
            let code = numbers.rfind(|part| part.bytes().all(|c| c.is_ascii_digit()))?;
            return Self::of_code(code.parse().ok()?);
        }
        if let Ok(code) = lower.parse() {
            return Self::of_code(code);
        }
        let last = lower.rsplit([':', '#']).next().unwrap_or(&lower);
        let last = if lower.starts_with("http") { last.rsplit('/').find(|part| !part.is_empty()).unwrap_or(last) } else { last };
        let bare: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
        let (_, code) = NAMES.iter().find(|(known, _)| *known == bare)?;
        Self::of_code(*code)
    }

    /// The system that a `crs` member names: by name, by EPSG code, or by a link.
    ///
    /// # Errors
    /// The name of a system that is not known, as the file has it.
    pub fn of_member(crs: &Value) -> Result<Self, String> {
        if crs.is_null() {
            return Ok(WGS_84);
        }
        let named = |value: &Value| match value {
            Value::String(name) => Some(name.clone()),
            Value::Number(code) => Some(code.to_string()),
            _ => None,
        };
        let places = ["/properties/name", "/properties/code", "/properties/href", "/name", ""];
        let name = places.iter().find_map(|place| crs.pointer(place).and_then(named)).unwrap_or_else(|| crs.to_string());
        Self::of_name(&name).ok_or_else(|| name.chars().take(80).collect())
    }

    /// Whether positions are WGS 84 as they stand.
    #[must_use]
    pub fn is_wgs84(self) -> bool {
        self.kind == Kind::Wgs84
    }

    /// Whether positions are metres.
    #[must_use]
    pub fn is_projected(self) -> bool {
        matches!(self.kind, Kind::Projected(_))
    }

    /// What turns positions into longitudes and latitudes.
    ///
    /// # Errors
    /// The projection is not known to the library, in its words; a test shows that all are.
    pub fn transform(self) -> Result<Transform, String> {
        match self.kind {
            Kind::Wgs84 | Kind::Near => Ok(Transform(None)),
            Kind::Projected(written) => {
                let projected = Proj::from_proj_string(written).map_err(|fault| fault.to_string())?;
                let degrees = Proj::from_proj_string("+proj=longlat +ellps=GRS80 +no_defs").map_err(|fault| fault.to_string())?;
                Ok(Transform(Some(Box::new((projected, degrees)))))
            }
        }
    }
}

/// Turns positions into longitudes and latitudes.
pub struct Transform(Option<Box<(Proj, Proj)>>);

impl Transform {
    /// A position in degrees; none where the projection has no such place.
    #[must_use]
    pub fn degrees(&self, (x, y): (f64, f64)) -> Option<LonLat> {
        let Some(systems) = &self.0 else { return Some((x, y)) };
        if !x.is_finite() || !y.is_finite() {
            return None;
        }
        let mut point = (x, y, 0.0);
        proj4rs::transform::transform(&systems.0, &systems.1, &mut point).ok()?;
        let place = (point.0.to_degrees(), point.1.to_degrees());
        (place.0.is_finite() && place.1.is_finite()).then_some(place)
    }
}
