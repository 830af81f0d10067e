//! Which property of a feature holds what of a sector, and what is said for all features at once. Not for the features themselves.

use super::SectorFileFault;
use crate::domain::vocabulary::{Authority, SectorKind};
use crate::exchange::rows::Names;
use crate::geometry::geojson::Feature;

/// Which property holds what, and what the file lacks.
#[derive(Clone, Debug)]
pub struct SectorMapping {
    /// The sector's code.
    pub code: Names,
    /// Its name.
    pub name: Names,
    /// INSEE codes of its communes.
    pub communes: Names,
    /// Its kind.
    pub kind: Names,
    /// Who polices it.
    pub authority: Names,
    /// Its severity.
    pub severity: Names,
    /// Its parquet.
    pub parquet: Names,
    /// Its description.
    pub description: Names,
    /// Code of the priority neighbourhood that it follows.
    pub neighbourhood: Names,
    /// For every feature without one of its own.
    pub default_kind: Option<SectorKind>,
    /// For every feature without one of its own.
    pub default_authority: Option<Authority>,
    /// For every feature without one of its own.
    pub default_severity: Option<i32>,
    /// For every feature without one of its own.
    pub default_parquet: Option<String>,
}

/// The mapping as a user gives it, in flags or parameters: property names, and what holds for every feature without a word of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // The names are those of the mapping.
pub struct Given {
    pub code_property: Option<String>,
    pub name_property: Option<String>,
    pub communes_property: Option<String>,
    pub kind_property: Option<String>,
    pub authority_property: Option<String>,
    pub severity_property: Option<String>,
    pub parquet_property: Option<String>,
    pub description_property: Option<String>,
    pub neighbourhood_property: Option<String>,
    pub kind: Option<String>,
    pub authority: Option<String>,
    pub severity: Option<String>,
    pub parquet: Option<String>,
}

const CODE: &[&str] = &["CODE_QP", "code_qp", "code"];
const NAME: &[&str] = &["NOM_QP", "nom_qp", "lib_qp", "name", "nom"];
const COMMUNES: &[&str] = &["communeCodes", "code_commune", "insee_com"];
const KIND: &[&str] = &["kind"];
const AUTHORITY: &[&str] = &["authority"];
const SEVERITY: &[&str] = &["severity"];
const PARQUET: &[&str] = &["parquetCode", "parquet"];
const DESCRIPTION: &[&str] = &["description"];
const NEIGHBOURHOOD: &[&str] = &["priorityNeighbourhoodCode", "CODE_QP", "code_qp"];

impl SectorMapping {
    /// The mapping that a user gives, the usual names standing in for those left out.
    ///
    /// # Errors
    /// The option at fault, and what is wrong with it.
    pub fn of(given: Given) -> Result<Self, (&'static str, String)> {
        Ok(Self {
            code: Names::given_or(given.code_property, CODE),
            name: Names::given_or(given.name_property, NAME),
            communes: Names::given_or(given.communes_property, COMMUNES),
            kind: Names::given_or(given.kind_property, KIND),
            authority: Names::given_or(given.authority_property, AUTHORITY),
            severity: Names::given_or(given.severity_property, SEVERITY),
            parquet: Names::given_or(given.parquet_property, PARQUET),
            description: Names::given_or(given.description_property, DESCRIPTION),
            neighbourhood: Names::given_or(given.neighbourhood_property, NEIGHBOURHOOD),
            default_kind: optional("kind", given.kind.as_deref())?,
            default_authority: optional("authority", given.authority.as_deref())?,
            default_severity: optional("severity", given.severity.as_deref())?,
            default_parquet: given.parquet,
        })
    }

    /// What no feature says although every sector needs it, and was not said for all.
    pub(super) fn lacks(&self, features: &[Feature]) -> Vec<SectorFileFault> {
        let needed = [
            ("kind", &self.kind, self.default_kind.is_some()),
            ("authority", &self.authority, self.default_authority.is_some()),
            ("severity", &self.severity, self.default_severity.is_some()),
        ];
        let absent = |names: &Names| features.iter().all(|feature| names.text(&feature.properties).is_none());
        let lacking = needed.into_iter().filter(|(_, names, said)| !said && absent(names));
        lacking.map(|(what, names, _)| SectorFileFault::Lacks { what, names: names.to_string() }).collect()
    }
}

impl Default for SectorMapping {
    fn default() -> Self {
        Self {
            code: Names::usual(CODE),
            name: Names::usual(NAME),
            communes: Names::usual(COMMUNES),
            kind: Names::usual(KIND),
            authority: Names::usual(AUTHORITY),
            severity: Names::usual(SEVERITY),
            parquet: Names::usual(PARQUET),
            description: Names::usual(DESCRIPTION),
            neighbourhood: Names::usual(NEIGHBOURHOOD),
            default_kind: None,
            default_authority: None,
            default_severity: None,
            default_parquet: None,
        }
    }
}

fn optional<T: std::str::FromStr<Err: std::fmt::Display>>(
    option: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, (&'static str, String)> {
    text.map(|text| text.parse().map_err(|fault: T::Err| (option, fault.to_string()))).transpose()
}
