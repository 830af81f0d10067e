//! Which property of a feature holds what of a sector, and what is said for all features at once. Not for the features themselves.

use crate::domain::message::{Explained, Message};
use crate::domain::vocabulary::{Authority, SectorKind};
use crate::exchange::properties::{Column, Keys, Names};

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
    /// What is emptied where the file has nothing for it.
    pub clear: Clear,
}

/// Fields that the user asks to be emptied, by name, where the file has nothing for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, missing_docs)] // One for each field of that name.
pub struct Clear {
    pub communes: bool,
    pub parquet: bool,
    pub description: bool,
    pub neighbourhood: bool,
}

impl Clear {
    fn of(names: &str) -> Result<Self, Message> {
        let mut clear = Self::default();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "communes" | "communeCodes" => clear.communes = true,
                "parquet" | "parquetCode" => clear.parquet = true,
                "description" => clear.description = true,
                "neighbourhood" | "priorityNeighbourhoodCode" => clear.neighbourhood = true,
                other => {
                    let other: String = other.chars().take(60).collect();
                    let text = format!("« {other} » ne peut pas être vidé : communes, parquet, description ou neighbourhood");
                    return Err(Message::new("WRONG_VALUE", text).with("found", other));
                }
            }
        }
        Ok(clear)
    }
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
    pub clear: Option<String>,
}

const CODE: &[&str] =
    &["code", "code_secteur", "sector_code", "code_du_secteur", "id_secteur", "CODE_QP", "code_qpv", "identifiant"];
const NAME: &[&str] = &[
    "NOM_QP",
    "lib_qp",
    "name",
    "nom",
    "nom_secteur",
    "libellé",
    "libellé_secteur",
    "nom_du_secteur",
    "intitulé",
    "désignation",
    "dénomination",
    "lib_qpv",
    "nom_qpv",
];
const COMMUNES: &[&str] = &[
    "communeCodes",
    "code_commune",
    "insee_com",
    "code_insee",
    "communes",
    "codes_communes",
    "code_insee_commune",
    "codes_insee",
    "insee_commune",
];
const KIND: &[&str] = &["kind", "genre", "nature", "nature_du_secteur", "nature_secteur", "type_secteur", "type_de_secteur"];
const AUTHORITY: &[&str] =
    &["authority", "autorité", "compétence", "autorité_compétente", "force_compétente", "zone_de_compétence"];
const SEVERITY: &[&str] =
    &["severity", "gravité", "sévérité", "niveau_de_gravité", "niveau_gravité", "niveau_de_sévérité", "degré_de_gravité"];
const PARQUET: &[&str] = &["parquetCode", "parquet", "code_parquet", "code_du_parquet"];
/// Comments and observations are read by name alone: they are notes of those who drew the file, and not for others.
const DESCRIPTION: &[&str] = &["description", "descriptif"];
const NEIGHBOURHOOD: &[&str] = &["priorityNeighbourhoodCode", "neighbourhood"];
/// Where national files of priority neighbourhoods and French ones have it; only what has the form of such a code counts.
const QP: &[&str] =
    &["CODE_QP", "code_qpv", "code_quartier_prioritaire", "code_du_quartier_prioritaire", "quartier_prioritaire", "qpv"];

impl SectorMapping {
    /// The mapping that a user gives, the usual names standing in for those left out.
    ///
    /// # Errors
    /// The option at fault, and what is wrong with it.
    pub fn of(given: Given) -> Result<Self, (&'static str, Message)> {
        Ok(Self {
            default_kind: optional("kind", given.kind.as_deref())?,
            default_authority: optional("authority", given.authority.as_deref())?,
            default_severity: severity(given.severity.as_deref())?,
            clear: given.clear.as_deref().map_or(Ok(Clear::default()), Clear::of).map_err(|fault| ("clear", fault))?,
            ..Self::named(given)
        })
    }

    /// What is read as it is given; the usual names stand in for those left out.
    fn named(given: Given) -> Self {
        Self {
            code: Names::given_or(given.code_property, CODE),
            name: Names::given_or(given.name_property, NAME),
            communes: Names::given_or(given.communes_property, COMMUNES),
            kind: Names::given_or(given.kind_property, KIND),
            authority: Names::given_or(given.authority_property, AUTHORITY),
            severity: Names::given_or(given.severity_property, SEVERITY),
            parquet: Names::given_or(given.parquet_property, PARQUET),
            description: Names::given_or(given.description_property, DESCRIPTION),
            neighbourhood: Names::given_or(given.neighbourhood_property, NEIGHBOURHOOD),
            default_kind: None,
            default_authority: None,
            default_severity: None,
            default_parquet: given.parquet,
            clear: Clear::default(),
        }
    }
}

/// The columns of a file that the mapping names.
pub(super) struct Columns {
    pub code: Column,
    pub name: Column,
    pub communes: Column,
    pub kind: Column,
    pub authority: Column,
    pub severity: Column,
    pub parquet: Column,
    pub description: Column,
    pub neighbourhood: Column,
    /// The code of a priority neighbourhood under its national name.
    pub qp: Column,
}

impl Columns {
    /// The columns of a file.
    ///
    /// # Errors
    /// Each property that the user named and no feature has.
    pub(super) fn of(keys: &Keys<'_>, mapping: &SectorMapping) -> Result<Self, Vec<Message>> {
        let mut faults = Vec::new();
        let mut column = |field, names| keys.column(field, names).map_err(|fault| faults.push(fault)).ok();
        let code = column("code", &mapping.code);
        let name = column("name", &mapping.name);
        let communes = column("communeCodes", &mapping.communes);
        let kind = column("kind", &mapping.kind);
        let authority = column("authority", &mapping.authority);
        let severity = column("severity", &mapping.severity);
        let parquet = column("parquetCode", &mapping.parquet);
        let description = column("description", &mapping.description);
        let neighbourhood = column("priorityNeighbourhoodCode", &mapping.neighbourhood);
        let qp = column("priorityNeighbourhoodCode", &Names::usual(QP));
        match (code, name, communes, kind, authority, severity, parquet, description, neighbourhood.zip(qp)) {
            (
                Some(code),
                Some(name),
                Some(communes),
                Some(kind),
                Some(authority),
                Some(severity),
                Some(parquet),
                Some(description),
                Some((neighbourhood, qp)),
            ) => Ok(Self { code, name, communes, kind, authority, severity, parquet, description, neighbourhood, qp }),
            _ => Err(faults),
        }
    }

    /// All of them, in the order in which they are told.
    pub(super) fn all(&self) -> [&Column; 10] {
        let Self { code, name, communes, kind, authority, severity, parquet, description, neighbourhood, qp } = self;
        [code, name, communes, kind, authority, severity, parquet, description, neighbourhood, qp]
    }
}

impl Default for SectorMapping {
    fn default() -> Self {
        Self::named(Given::default())
    }
}

fn severity(text: Option<&str>) -> Result<Option<i32>, (&'static str, Message)> {
    let message = || Message::new("NOT_A_NUMBER", "un entier de 1 à 5 est attendu");
    text.map(|text| text.parse().map_err(|_| ("severity", message()))).transpose()
}

fn optional<T: std::str::FromStr<Err: Explained>>(
    option: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, (&'static str, Message)> {
    text.map(|text| text.parse().map_err(|fault: T::Err| (option, fault.message()))).transpose()
}
