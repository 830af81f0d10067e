//! What cells are called, and which departments stand behind each key.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::{Field, Question, View};
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::departments::DepartmentSet;
use crate::domain::rollup::table::{Figures, NONE};
use crate::domain::territory::{Territories, Unit, unit};
use crate::domain::vocabulary::{Authority, RollupAxis, ServiceKind};
use crate::workflow::{Call, Result, sectors};

/// A cell to be filled.
pub(super) struct Line<'a> {
    /// Its key.
    pub key: Cow<'a, str>,
    /// What it is called.
    pub label: Cow<'a, str>,
    /// The departments behind it, whether or not they were to report.
    pub behind: DepartmentSet,
}

/// The names of an answer's keys, and the territories that its axis lists whether or not they reported.
pub(super) struct Labels<'a> {
    territories: &'a Territories,
    axis: RollupAxis,
    within: DepartmentSet,
    /// Of the whole territory.
    pub total: &'a str,
    listed: Option<Vec<&'a Unit>>,
    sectors: HashMap<String, String>,
}

impl<'a> Labels<'a> {
    /// Names every key of an answer.
    pub(super) fn load(
        call: &mut Call,
        territories: &'a Territories,
        view: &View,
        question: &Question,
        figures: &Figures,
    ) -> Result<Self> {
        // A zone without departments is listed for the nation only.
        let is_listed = |unit: &&Unit| view.field == Field::Nation || unit.departments.meets(view.departments);
        let listed = match question.axis {
            RollupAxis::National => Some(territories.nation()),
            RollupAxis::DefenceZone => Some(territories.zone_units()),
            RollupAxis::Region => Some(territories.region_units()),
            RollupAxis::Department => Some(territories.department_units()),
            RollupAxis::Sector | RollupAxis::Service | RollupAxis::Parquet | RollupAxis::Authority => None,
        };
        let sectors = match (question.axis, &view.field) {
            (RollupAxis::Sector, Field::Department(department)) => names_of_sectors(call, department, question, figures)?,
            _ => HashMap::new(),
        };
        Ok(Self {
            territories,
            axis: question.axis,
            within: view.departments,
            total: name_of(territories, &view.field),
            listed: listed.map(|units| units.iter().filter(is_listed).collect()),
            sectors,
        })
    }

    /// The cells of a period whose keys with measures are these: every territory that the axis lists, or what has measures.
    pub(super) fn lines(&self, keys: impl FnOnce() -> Vec<String>) -> Vec<Line<'_>> {
        match &self.listed {
            Some(units) => units
                .iter()
                .map(|unit| Line {
                    key: Cow::from(&unit.key),
                    label: Cow::from(&unit.name),
                    behind: unit.departments & self.within,
                })
                .collect(),
            None => keys().into_iter().map(|key| self.line(key)).collect(),
        }
    }

    /// A key is called itself where nothing has that name any more.
    fn line(&self, key: String) -> Line<'_> {
        let prosecuting =
            |key: &str| unit(self.territories.parquet_units(), key).filter(|unit| unit.departments.meets(self.within));
        let (name, behind): (Option<&str>, DepartmentSet) = match self.axis {
            RollupAxis::Service => (key.parse().ok().map(ServiceKind::label_fr), self.within),
            RollupAxis::Authority if key == NONE => (Some("Hors secteur"), self.within),
            RollupAxis::Authority => (key.parse().ok().map(Authority::label_fr), self.within),
            RollupAxis::Parquet if key == NONE => (Some("Sans parquet désigné"), self.within),
            RollupAxis::Parquet => match prosecuting(&key) {
                Some(unit) => (Some(&unit.name), unit.departments & self.within),
                None => (None, DepartmentSet::default()),
            },
            RollupAxis::Sector if key == NONE => (Some("Ensemble du département"), self.within),
            RollupAxis::Sector => (self.sectors.get(&key).map(String::as_str), self.within),
            RollupAxis::National | RollupAxis::DefenceZone | RollupAxis::Region | RollupAxis::Department => (None, self.within),
        };
        let label = name.map_or_else(|| Cow::from(key.clone()), Cow::from);
        Line { key: Cow::from(key), label, behind }
    }
}

/// Sectors bear the name of the plan in force, else of the last revision that held them and that the caller sees, else their code.
fn names_of_sectors(
    call: &mut Call,
    department: &DepartmentCode,
    question: &Question,
    figures: &Figures,
) -> Result<HashMap<String, String>> {
    let codes: BTreeSet<String> = question.periods.iter().flat_map(|period| figures.keys(*period)).collect();
    let codes: Vec<(DepartmentCode, SectorCode)> =
        codes.iter().filter_map(|code| Some((department.clone(), code.parse().ok()?))).collect();
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sectors::last_known(call, &codes)?;
    Ok(found.into_iter().map(|((_, code), seen)| (code.to_string(), seen.name().to_owned())).collect())
}

fn name_of<'a>(territories: &'a Territories, field: &Field) -> &'a str {
    let unit = match field {
        Field::Nation => territories.nation().first(),
        Field::Zone(code) => unit(territories.zone_units(), code.as_str()),
        Field::Region(code) => unit(territories.region_units(), code.as_str()),
        Field::Department(code) => unit(territories.department_units(), code.as_str()),
    };
    unit.map(|unit| unit.name.as_str()).unwrap_or_default()
}
