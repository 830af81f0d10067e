//! The custom scalars of the contract. Each is a thin newtype over a domain type; parsing and its messages are the domain's.

use chrono::{NaiveDate, NaiveDateTime};
use juniper::{ScalarValue as _, graphql_scalar};

use super::value::{PaltsScalar, RawJson};
use crate::domain::{codes, fortnight, period, semester};

/// A calendar day in Europe/Paris, ISO 8601: 2010-02-11.
#[graphql_scalar]
#[graphql(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6", scalar = PaltsScalar, to_output_with = date_out, from_input_with = date_in, parse_token(String))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

fn date_out(value: &Date) -> String {
    value.0.format("%Y-%m-%d").to_string()
}

fn date_in(text: &str) -> Result<Date, String> {
    if text.len() != 10 {
        return Err(format!("« {text} » n’est pas un jour de la forme 2010-02-11"));
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map(Date)
        .map_err(|_| format!("« {text} » n’est pas un jour de la forme 2010-02-11"))
}

/// An instant in UTC, RFC 3339.
#[graphql_scalar]
#[graphql(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6", scalar = PaltsScalar, to_output_with = instant_out, from_input_with = instant_in, parse_token(String))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub NaiveDateTime);

fn instant_out(value: &DateTime) -> String {
    value.0.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn instant_in(text: &str) -> Result<DateTime, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|instant| DateTime(instant.naive_utc()))
        .map_err(|_| format!("« {text} » n’est pas un instant de la forme 2010-02-11T08:00:00Z"))
}

macro_rules! text_scalar {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $out:ident, $in:ident, $url:literal) => {
        $(#[$doc])*
        #[graphql_scalar]
        #[graphql(specified_by_url = $url, scalar = PaltsScalar, to_output_with = $out, from_input_with = $in, parse_token(String))]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(pub $inner);

        fn $out(value: &$name) -> String {
            value.0.to_string()
        }

        fn $in(text: &str) -> Result<$name, String> {
            text.parse().map($name).map_err(|fault: <$inner as std::str::FromStr>::Err| fault.to_string())
        }
    };
}

text_scalar!(
    /// A reporting period. Five granularities that nest exactly, told apart by their form:
    /// year 2010 · semester 2010-S1 · quarter 2010-Q1 · month 2010-02 · fortnight 2010-02-1 (days 1-15) or 2010-02-2 (16-end).
    /// The first four are SDMX's time periods; the fortnight is the house's.
    Period, period::Period, period_out, period_in, "https://sdmx.org/wp-content/uploads/SDMX_3-0-0_SECTION_6_FINAL-1_0.pdf"
);
text_scalar!(
    /// A semester, as SDMX writes it: 2010-S1 (January-June) or 2010-S2 (July-December).
    Semester, semester::Semester, semester_out, semester_in, "https://sdmx.org/wp-content/uploads/SDMX_3-0-0_SECTION_6_FINAL-1_0.pdf"
);
text_scalar!(
    /// Half a month, the rhythm of the circular's meetings ('réunions bimensuelles' = twice a month): 2010-02-1 or 2010-02-2.
    /// The month is ISO 8601's; which half of it follows.
    Fortnight, fortnight::Fortnight, fortnight_out, fortnight_in, "https://www.iso.org/iso-8601-date-and-time-format.html"
);
text_scalar!(
    /// INSEE code of a department: 01 … 19, 2A, 2B, 21 … 95, 971, 972, 973, 974, 976.
    DepartmentCode, codes::DepartmentCode, department_out, department_in, "https://www.insee.fr/fr/information/2560452"
);

/// A GeoJSON geometry (RFC 7946, WGS 84 longitude/latitude). Written out as a JSON object; read in as a JSON object in variables, or as its
/// text anywhere.
#[graphql_scalar]
#[graphql(name = "GeoJSON", specified_by_url = "https://datatracker.ietf.org/doc/html/rfc7946#section-3.1", scalar = PaltsScalar, to_output_with = geojson_out, from_input_with = geojson_in, parse_token(String))]
#[derive(Clone, Debug, PartialEq)]
pub struct GeoJson(pub RawJson);

fn geojson_out(value: &GeoJson) -> PaltsScalar {
    value.0.clone().into()
}

fn geojson_in(value: &juniper::Scalar<PaltsScalar>) -> Result<GeoJson, String> {
    if let Some(raw) = value.downcast_type::<RawJson>() {
        return Ok(GeoJson(raw.clone()));
    }
    let text: String = value.try_to_string().ok_or("une géométrie GeoJSON est attendue : un objet, ou son texte")?;
    RawJson::new(text).map(GeoJson).map_err(|error| {
        // serde says in English what is wrong: where is enough.
        format!("ce n’est pas du JSON (ligne {}, colonne {})", error.line(), error.column())
    })
}
