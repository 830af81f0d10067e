//! What a measure must be to be recorded, held against what is known of its department. Requests and imports ask the same questions; each says
//! in its own words which row was at fault.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{GREATEST, stands_for};
use crate::access::Grant;
use crate::domain::amount::{Amount, AmountFault};
use crate::domain::codes::{CodeFault, IndicatorCode, SectorCode};
use crate::domain::compliance::is_department_on;
use crate::domain::fortnight::Fortnight;
use crate::domain::french::Noun;
use crate::domain::rollup::{Entry, is_recorded};
use crate::domain::vocabulary::ServiceKind;
use crate::domain::{Explained, Message};
use crate::store::declarations::Declaration;
use crate::store::indicators::StoredIndicator;
use crate::store::measures::marks::SectorMark;
use crate::workflow::Error;

/// A measure that reads well by itself.
#[derive(Clone, Debug)]
pub struct Row {
    /// Code of the indicator.
    pub indicator: IndicatorCode,
    /// Code of the sector; none: the whole department.
    pub sector: Option<SectorCode>,
    /// Whose figure it is.
    pub service: ServiceKind,
    /// The figure.
    pub value: Amount,
    /// The fortnight that it is of.
    pub fortnight: Fortnight,
}

/// Why a measure is not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureFault {
    /// The meeting brings figures of its own fortnight and of the one before (circular of 2010: what came in since the last one).
    #[error("la réunion est de la quinzaine {0} : elle peut apporter des chiffres de {0} et de la quinzaine précédente")]
    OtherFortnight(Fortnight),
    /// The department began later.
    #[error("ce n’était pas encore un département")]
    NoDepartmentThen,
    /// The indicator's code has not the form of one.
    #[error("{0}")]
    IndicatorCode(CodeFault),
    /// The sector's code has not the form of one.
    #[error("{0}")]
    SectorCode(CodeFault),
    /// The value is no decimal number of four decimals.
    #[error("{0}")]
    Value(AmountFault),
    /// Less than nothing.
    #[error("ne doit pas être négatif")]
    Negative,
    /// Beyond the greatest value of one measure.
    #[error("dépasse {GREATEST}")]
    TooGreat,
    /// Neither the nation nor the department has such an indicator.
    #[error("il n’y a pas d’indicateur {0}")]
    UnknownIndicator(IndicatorCode),
    /// A ratio.
    #[error("{0} est un ratio : il se calcule et ne se saisit pas")]
    Ratio(IndicatorCode),
    /// Another service's indicator.
    #[error("{} ne {} pas {}", Noun::of_service(*.0).the(), Noun::of_service(*.0).verb("renseigne", "renseignent"), .1)]
    OtherService(ServiceKind, IndicatorCode),
    /// Declared not applicable.
    #[error("{0} est déclaré sans objet pour {1}")]
    NotApplicable(IndicatorCode, Fortnight),
    /// The plan in force has no such sector, nor has the pending one as far as the caller sees it: both have one answer.
    #[error("il n’y a pas de secteur {0} dans le plan en vigueur, ni dans un projet que vous voyez")]
    UnknownSector(SectorCode),
    /// The caller does not stand for the service there.
    #[error("les chiffres {} ne sont pas les vôtres ici", Noun::of_service(*.0).of_the())]
    NotYours(ServiceKind),
}

impl Explained for MeasureFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::OtherFortnight(_) => "OTHER_FORTNIGHT",
            Self::NoDepartmentThen => "NO_DEPARTMENT_THEN",
            Self::IndicatorCode(fault) | Self::SectorCode(fault) => fault.reason(),
            Self::Value(fault) => fault.reason(),
            Self::Negative => "NEGATIVE",
            Self::TooGreat => "TOO_GREAT",
            Self::UnknownIndicator(_) => "UNKNOWN_INDICATOR",
            Self::Ratio(_) => "RATIO_IS_COMPUTED",
            Self::OtherService(..) => "OTHER_SERVICE",
            Self::NotApplicable(..) => "NOT_APPLICABLE",
            Self::UnknownSector(_) => "UNKNOWN_SECTOR",
            Self::NotYours(_) => "SERVICE_NOT_YOURS",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::OtherFortnight(fortnight) => vec![("fortnight", fortnight.to_string())],
            Self::IndicatorCode(fault) | Self::SectorCode(fault) => fault.parameters(),
            Self::UnknownIndicator(code) | Self::Ratio(code) => vec![("indicator", code.to_string())],
            Self::OtherService(service, code) => vec![("service", service.to_string()), ("indicator", code.to_string())],
            Self::NotApplicable(code, fortnight) => {
                vec![("indicator", code.to_string()), ("fortnight", fortnight.to_string())]
            }
            Self::UnknownSector(code) => vec![("sector", code.to_string())],
            Self::NotYours(service) => vec![("service", service.to_string())],
            Self::TooGreat => vec![("greatest", GREATEST.to_string())],
            Self::NoDepartmentThen | Self::Value(_) | Self::Negative => Vec::new(),
        }
    }
}

impl MeasureFault {
    /// The field at fault, as requests name it.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::OtherFortnight(_) | Self::NoDepartmentThen => "fortnight",
            Self::IndicatorCode(_) | Self::UnknownIndicator(_) | Self::Ratio(_) | Self::NotApplicable(..) => "indicator",
            Self::SectorCode(_) | Self::UnknownSector(_) => "sectorCode",
            Self::Value(_) | Self::Negative | Self::TooGreat => "value",
            Self::OtherService(..) | Self::NotYours(_) => "service",
        }
    }

    /// As the refusal of a request, under the field's full name.
    pub fn refusal(&self, field: String) -> Error {
        match self {
            Self::NotYours(_) => Error::forbidden(Message { text: format!("{field}: {self}"), ..self.message() }),
            Self::OtherFortnight(_)
            | Self::NoDepartmentThen
            | Self::IndicatorCode(_)
            | Self::SectorCode(_)
            | Self::Value(_)
            | Self::Negative
            | Self::TooGreat
            | Self::UnknownIndicator(_)
            | Self::Ratio(_)
            | Self::OtherService(..)
            | Self::NotApplicable(..)
            | Self::UnknownSector(_) => Error::invalid(field, self.message()),
        }
    }
}

/// Whether a meeting of one fortnight may bring figures of another, of a department that began on a day.
///
/// # Errors
/// That it may not.
pub fn in_time(meeting: Fortnight, since: Option<NaiveDate>, fortnight: Fortnight) -> Result<(), MeasureFault> {
    if fortnight != meeting && Some(fortnight) != meeting.previous() {
        return Err(MeasureFault::OtherFortnight(meeting));
    }
    if is_department_on(since, fortnight.last_day()) { Ok(()) } else { Err(MeasureFault::NoDepartmentThen) }
}

/// Whether a value is within the bounds of a measure.
///
/// # Errors
/// That it is not.
pub fn bounded(value: Amount) -> Result<Amount, MeasureFault> {
    if value < Amount::ZERO {
        return Err(MeasureFault::Negative);
    }
    if value > GREATEST { Err(MeasureFault::TooGreat) } else { Ok(value) }
}

/// What is known of a department when its measures are recorded.
pub struct Known {
    /// Its indicators and the nation's.
    pub indicators: HashMap<IndicatorCode, Arc<StoredIndicator>>,
    /// Its sectors, with what a measure keeps of them.
    pub sectors: HashMap<SectorCode, SectorMark>,
    /// What it declared not applicable.
    pub declared: Vec<Declaration>,
    /// The caller's grants to record there.
    pub grants: Vec<Grant>,
}

/// As much of a measure as could be read.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'p> {
    /// Code of the indicator.
    pub indicator: Option<&'p IndicatorCode>,
    /// Code of the sector; none within: the whole department.
    pub sector: Option<Option<&'p SectorCode>>,
    /// Whose figure it is.
    pub service: Option<ServiceKind>,
    /// The fortnight that it is of.
    pub fortnight: Option<Fortnight>,
}

/// What is found of a measure, as far as it could be read.
struct Held<'k> {
    indicator: Option<&'k StoredIndicator>,
    /// What it keeps of its sector.
    mark: Option<SectorMark>,
    faults: Vec<MeasureFault>,
}

impl Known {
    /// All that is wrong with a measure, as far as it could be read: what [`check`](Self::check) says first, and the rest.
    #[must_use]
    pub fn faults(&self, parts: Parts<'_>) -> Vec<MeasureFault> {
        self.hold(parts).faults
    }

    fn hold(&self, parts: Parts<'_>) -> Held<'_> {
        let mut faults = Vec::new();
        let indicator = parts.indicator.map(|code| (code, self.indicators.get(code)));
        match indicator {
            None => {}
            Some((code, None)) => faults.push(MeasureFault::UnknownIndicator(code.clone())),
            Some((code, Some(found))) if !is_recorded(found.indicator.aggregation) => {
                faults.push(MeasureFault::Ratio(code.clone()));
            }
            Some((code, Some(found))) => {
                let other = parts.service.filter(|service| !found.indicator.is_recorded_by(*service));
                faults.extend(other.map(|service| MeasureFault::OtherService(service, code.clone())));
                let covers = |fortnight: &Fortnight| {
                    self.declared.iter().any(|declared| declared.indicator_id == found.id && declared.covers(*fortnight))
                };
                let covered = parts.fortnight.filter(covers);
                faults.extend(covered.map(|fortnight| MeasureFault::NotApplicable(code.clone(), fortnight)));
            }
        }
        let mark = match parts.sector {
            None => None,
            Some(None) => Some(SectorMark::default()),
            Some(Some(code)) => {
                let mark = self.sectors.get(code).cloned();
                if mark.is_none() {
                    faults.push(MeasureFault::UnknownSector(code.clone()));
                }
                mark
            }
        };
        if let (Some(service), Some(mark)) = (parts.service, &mark)
            && !stands_for(&self.grants, service, &mark.parquet)
        {
            faults.push(MeasureFault::NotYours(service));
        }
        Held { indicator: indicator.and_then(|(_, found)| found).map(Arc::as_ref), mark, faults }
    }

    /// Holds one row against what is known; answers its indicator and the figure as it will stand.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn check(&self, row: Row) -> Result<(&StoredIndicator, Entry), MeasureFault> {
        let (sector, service, fortnight) = (Some(row.sector.as_ref()), Some(row.service), Some(row.fortnight));
        let Held { indicator, mark, faults } = self.hold(Parts { indicator: Some(&row.indicator), sector, service, fortnight });
        if let Some(fault) = faults.into_iter().next() {
            return Err(fault);
        }
        let (Some(indicator), Some(mark)) = (indicator, mark) else {
            return Err(MeasureFault::UnknownIndicator(row.indicator));
        };
        let entry = Entry {
            fortnight: row.fortnight,
            sector: row.sector.map(String::from).unwrap_or_default(),
            service: row.service,
            authority: mark.authority,
            parquet: mark.parquet,
            value: row.value,
            absences: Vec::new(),
        };
        Ok((indicator, entry))
    }
}
