//! The reference tables of `config/reference`, embedded in the binary: territories, parquets and national indicators. Not for files that
//! users bring.

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::codes::IndicatorCode;
use crate::domain::publication::Identity;
use crate::domain::territory::{DefenceZone, Department, Parquet, Region, Territories, TerritoryFault};
use crate::domain::vocabulary::{Aggregation, Counts, ServiceKind};

/// What is wrong with a reference table; names the file and the row.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceFault {
    /// A row that does not parse.
    #[error("config/reference/{file}, row {row}: {message}")]
    Row {
        /// File name.
        file: &'static str,
        /// 1 is the first row after the header.
        row: usize,
        /// What is wrong.
        message: String,
    },
    /// The tables contradict each other.
    #[error("config/reference: {0}")]
    Territory(#[from] TerritoryFault),
}

/// A national indicator as `indicators.csv` defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceIndicator {
    /// Code.
    pub code: IndicatorCode,
    /// French label.
    pub label: String,
    /// Unit, in French.
    pub unit: String,
    /// What it counts; none: a RATIO.
    pub counts: Option<Counts>,
    /// What it counts and does not.
    pub definition: String,
    /// How it adds up.
    pub aggregation: Aggregation,
    /// For RATIO.
    pub numerator: Option<IndicatorCode>,
    /// For RATIO.
    pub denominator: Option<IndicatorCode>,
    /// Services that record it; empty: any.
    pub recorded_by: Vec<ServiceKind>,
    /// Part of publications.
    pub published: bool,
}

#[derive(Deserialize)]
struct RegionRow {
    code: String,
    name: String,
}

#[derive(Deserialize)]
struct ZoneRow {
    code: String,
    name: String,
    seat: String,
}

#[derive(Deserialize)]
struct ParquetRow {
    code: String,
    name: String,
    court_of_appeal: String,
    departments: String,
}

#[derive(Deserialize)]
struct DepartmentRow {
    code: String,
    name: String,
    region: String,
    defence_zone: String,
    since: Option<NaiveDate>,
    prefecture_town: String,
    prefecture_lon: f64,
    prefecture_lat: f64,
    west: f64,
    south: f64,
    east: f64,
    north: f64,
    coordinating_parquet: String,
}

#[derive(Deserialize)]
struct IndicatorRow {
    code: String,
    label: String,
    unit: String,
    counts: String,
    aggregation: String,
    numerator: String,
    denominator: String,
    recorded_by: String,
    published: String,
    definition: String,
}

#[derive(Deserialize)]
struct IdentityRow {
    whole: String,
    parts: String,
    complete: String,
}

/// The territories of today.
///
/// # Errors
/// Each [`ReferenceFault`]; a test shows that there is none.
pub fn territories() -> Result<Territories, ReferenceFault> {
    let regions = read("regions.csv", include_str!("../../config/reference/regions.csv"), |row: RegionRow| {
        Ok(Region { code: parse(&row.code)?, name: row.name })
    })?;
    let zones = read("defence_zones.csv", include_str!("../../config/reference/defence_zones.csv"), |row: ZoneRow| {
        Ok(DefenceZone { code: parse(&row.code)?, name: row.name, seat: row.seat })
    })?;
    let parquets = read("parquets.csv", include_str!("../../config/reference/parquets.csv"), |row: ParquetRow| {
        let departments = row.departments.split('|').map(parse).collect::<Result<_, _>>()?;
        Ok(Parquet { code: parse(&row.code)?, name: row.name, court_of_appeal: row.court_of_appeal, departments })
    })?;
    let departments = read("departments.csv", include_str!("../../config/reference/departments.csv"), |row: DepartmentRow| {
        Ok(Department {
            code: parse(&row.code)?,
            name: row.name,
            region: parse(&row.region)?,
            zone: parse(&row.defence_zone)?,
            since: row.since,
            prefecture_town: row.prefecture_town,
            prefecture: (row.prefecture_lon, row.prefecture_lat),
            bounding_box: [row.west, row.south, row.east, row.north],
            coordinating_parquet: parse(&row.coordinating_parquet)?,
        })
    })?;
    Ok(Territories::new(regions, zones, parquets, departments)?)
}

/// The national indicators that every installation begins with.
///
/// # Errors
/// Each [`ReferenceFault`]; a test shows that there is none.
pub fn indicators() -> Result<Vec<ReferenceIndicator>, ReferenceFault> {
    read("indicators.csv", include_str!("../../config/reference/indicators.csv"), |row: IndicatorRow| {
        let optional = |code: &str| if code.is_empty() { Ok(None) } else { parse(code).map(Some) };
        let services = row.recorded_by.split('|').filter(|name| !name.is_empty()).map(parse);
        Ok(ReferenceIndicator {
            code: parse(&row.code)?,
            label: row.label,
            unit: row.unit,
            counts: if row.counts.is_empty() { None } else { Some(parse(&row.counts)?) },
            definition: row.definition,
            aggregation: parse(&row.aggregation)?,
            numerator: optional(&row.numerator)?,
            denominator: optional(&row.denominator)?,
            recorded_by: services.collect::<Result<_, _>>()?,
            published: yes("published", &row.published)?,
        })
    })
}

/// The identities between indicators that everybody knows. A part may name an indicator that does not exist yet.
///
/// # Errors
/// Each [`ReferenceFault`]; a test shows that there is none.
pub fn identities() -> Result<Vec<Identity>, ReferenceFault> {
    read("identities.csv", include_str!("../../config/reference/identities.csv"), |row: IdentityRow| {
        let code = |text: &str| parse::<IndicatorCode>(text).map(|code| code.to_string());
        Ok(Identity {
            whole: code(&row.whole)?,
            parts: row.parts.split('|').map(code).collect::<Result<_, _>>()?,
            complete: yes("complete", &row.complete)?,
        })
    })
}

fn yes(column: &str, word: &str) -> Result<bool, String> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("{column} is yes or no, not {other}")),
    }
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|fault: T::Err| fault.to_string())
}

fn read<R: DeserializeOwned, T>(
    file: &'static str,
    text: &str,
    build: impl Fn(R) -> Result<T, String>,
) -> Result<Vec<T>, ReferenceFault> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize::<R>()
        .enumerate()
        .map(|(index, row)| {
            let fault = |message: String| ReferenceFault::Row { file, row: index + 1, message };
            build(row.map_err(|error| fault(error.to_string()))?).map_err(fault)
        })
        .collect()
}
