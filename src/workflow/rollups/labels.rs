//! What cells are called, and which departments stand behind each key.

use std::collections::{BTreeSet, HashMap};

use super::{Field, Question, View};
use crate::domain::codes::{DepartmentCode, RegionCode, SectorCode, ZoneCode};
use crate::domain::rollup::table::{Figures, NATION, NONE};
use crate::domain::territory::Territories;
use crate::domain::vocabulary::{Authority, RollupAxis, ServiceKind};
use crate::workflow::{Call, Result, sectors};

/// The names of an answer's keys, and the territories that its axis lists whether or not they reported.
pub(super) struct Labels {
    total: String,
    by_key: HashMap<String, String>,
    territories: Option<Vec<String>>,
    behind: HashMap<String, BTreeSet<DepartmentCode>>,
}

impl Labels {
    /// Names every key of an answer.
    pub(super) fn load(call: &mut Call, view: &View, question: &Question, figures: &Figures) -> Result<Self> {
        let mut labels = Self {
            total: name_of(&call.office().territories, &view.field),
            by_key: HashMap::new(),
            territories: None,
            behind: HashMap::new(),
        };
        let axis = question.axis;
        match axis {
            RollupAxis::National | RollupAxis::DefenceZone | RollupAxis::Region | RollupAxis::Department => {
                labels.name_territories(&call.office().territories, view, axis);
            }
            RollupAxis::Service => {
                labels.name(ServiceKind::ALL.iter().map(|service| (service.as_str(), service.label_fr())));
            }
            RollupAxis::Authority => {
                labels.name(Authority::ALL.iter().map(|authority| (authority.as_str(), authority.label_fr())));
                labels.name([(NONE, "Hors secteur")]);
            }
            RollupAxis::Parquet => {
                labels.name_parquets(&call.office().territories, view);
                labels.name([(NONE, "Sans parquet désigné")]);
            }
            RollupAxis::Sector => {
                labels.name([(NONE, "Ensemble du département")]);
                if let Field::Department(department) = &view.field {
                    labels.name_sectors(call, department, question, figures)?;
                }
            }
        }
        Ok(labels)
    }

    /// What a key (none: the total) is called; the key itself where nothing has that name any more.
    pub(super) fn of(&self, key: Option<&str>) -> String {
        match key {
            None => self.total.clone(),
            Some(key) => self.by_key.get(key).cloned().unwrap_or_else(|| key.to_owned()),
        }
    }

    /// The territories that the axis lists; none for the axes that list what has measures.
    pub(super) fn territories(&self, axis: RollupAxis) -> Option<&[String]> {
        match axis {
            RollupAxis::National | RollupAxis::DefenceZone | RollupAxis::Region | RollupAxis::Department => {
                self.territories.as_deref()
            }
            RollupAxis::Sector | RollupAxis::Service | RollupAxis::Parquet | RollupAxis::Authority => None,
        }
    }

    /// Of the departments that were to report, those behind a key.
    pub(super) fn expected_of(
        &self,
        axis: RollupAxis,
        key: &str,
        to_report: &BTreeSet<DepartmentCode>,
    ) -> BTreeSet<DepartmentCode> {
        match axis {
            RollupAxis::DefenceZone | RollupAxis::Region | RollupAxis::Department | RollupAxis::Parquet if key != NONE => {
                self.behind.get(key).map(|behind| behind & to_report).unwrap_or_default()
            }
            RollupAxis::DefenceZone
            | RollupAxis::Region
            | RollupAxis::Department
            | RollupAxis::Parquet
            | RollupAxis::National
            | RollupAxis::Sector
            | RollupAxis::Service
            | RollupAxis::Authority => to_report.clone(),
        }
    }

    fn name<'a>(&mut self, names: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.by_key.extend(names.into_iter().map(|(key, name)| (key.to_owned(), name.to_owned())));
    }

    fn name_territories(&mut self, territories: &Territories, view: &View, axis: RollupAxis) {
        let mut listed = Vec::new();
        let mut list = |key: &str, name: &str, behind: BTreeSet<DepartmentCode>| {
            // A zone without departments is listed for the nation only.
            if view.field == Field::Nation || !behind.is_disjoint(&view.departments) {
                listed.push(key.to_owned());
                self.by_key.insert(key.to_owned(), name.to_owned());
                self.behind.insert(key.to_owned(), behind);
            }
        };
        match axis {
            RollupAxis::National => list(NATION, &name_of(territories, &Field::Nation), view.departments.clone()),
            RollupAxis::DefenceZone => territories.zones().for_each(|zone| {
                list(zone.code.as_str(), &zone.name, territories.departments_of_zone(&zone.code).collect());
            }),
            RollupAxis::Region => territories.regions().for_each(|region| {
                list(region.code.as_str(), &region.name, territories.departments_of_region(&region.code).collect());
            }),
            RollupAxis::Department => territories.departments().for_each(|department| {
                list(department.code.as_str(), &department.name, BTreeSet::from([department.code.clone()]));
            }),
            RollupAxis::Sector | RollupAxis::Service | RollupAxis::Parquet | RollupAxis::Authority => {}
        }
        self.territories = Some(listed);
    }

    fn name_parquets(&mut self, territories: &Territories, view: &View) {
        for parquet in territories.parquets() {
            let behind: BTreeSet<DepartmentCode> = parquet.departments.iter().cloned().collect();
            if !behind.is_disjoint(&view.departments) {
                self.by_key.insert(parquet.code.to_string(), parquet.name.clone());
                self.behind.insert(parquet.code.to_string(), behind);
            }
        }
    }

    /// Sectors bear the name of the plan in force, else of the last revision that held them and that the caller sees, else their code.
    fn name_sectors(
        &mut self,
        call: &mut Call,
        department: &DepartmentCode,
        question: &Question,
        figures: &Figures,
    ) -> Result<()> {
        let codes: BTreeSet<String> = question.periods.iter().flat_map(|period| figures.keys(*period)).collect();
        let codes: Vec<(DepartmentCode, SectorCode)> =
            codes.iter().filter_map(|code| Some((department.clone(), code.parse().ok()?))).collect();
        if codes.is_empty() {
            return Ok(());
        }
        let found = sectors::last_known(call, &codes)?;
        self.by_key.extend(found.into_iter().map(|((_, code), seen)| (code.to_string(), seen.name().to_owned())));
        Ok(())
    }
}

fn name_of(territories: &Territories, field: &Field) -> String {
    let zone = |code: &ZoneCode| territories.zone(code).map(|zone| zone.name.clone());
    let region = |code: &RegionCode| territories.region(code).map(|region| region.name.clone());
    let department = |code: &DepartmentCode| territories.department(code).map(|department| department.name.clone());
    match field {
        Field::Nation => Some("France entière".to_owned()),
        Field::Zone(code) => zone(code),
        Field::Region(code) => region(code),
        Field::Department(code) => department(code),
    }
    .unwrap_or_default()
}
