//! Objectives as content: with the sectors, schools and targets that they name.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::words;
use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::content::{ObjectiveContent, TargetContent};
use crate::domain::keys::RevisionKey;
use crate::store::backend::corrupt;
use crate::store::revisions::{columns, read_key};
use crate::store::schema::{objective_schools, objective_sectors, objective_targets, objectives};
use crate::store::{Reader, StoreResult};

#[derive(Queryable, Selectable)]
#[diesel(table_name = objectives)]
struct Row {
    department_code: String,
    number: i32,
    code: String,
    rank: i32,
    axis: String,
    title: String,
    description: String,
    lead_service: String,
    partner_services: String,
    department_wide: bool,
    modes_of_action: String,
    due_on: Option<NaiveDate>,
}

/// An objective's place: department, number, code, as stored.
type Place = (String, i32, String);
/// What the objectives name, by their place.
type Named<T> = HashMap<Place, Vec<T>>;

fn gather<R, T>(rows: Vec<R>, read: impl Fn(R) -> StoreResult<(Place, T)>) -> StoreResult<Named<T>> {
    let mut named = Named::new();
    for row in rows {
        let (place, value) = read(row)?;
        named.entry(place).or_default().push(value);
    }
    Ok(named)
}

/// The objectives of some revisions, by rank. Rows of other revisions may be among them.
pub(super) fn of_revisions(
    reader: &mut Reader,
    scope: &Scope,
    keys: &[RevisionKey],
) -> StoreResult<Vec<(RevisionKey, ObjectiveContent)>> {
    let (departments, numbers) = columns(scope, keys);
    let rows: Vec<Row> = objectives::table
        .filter(objectives::department_code.eq_any(&departments))
        .filter(objectives::number.eq_any(&numbers))
        .order((objectives::department_code, objectives::number, objectives::rank, objectives::code))
        .select(Row::as_select())
        .load(reader.reading())?;
    let sectors: Vec<(String, i32, String, String)> = objective_sectors::table
        .filter(objective_sectors::department_code.eq_any(&departments))
        .filter(objective_sectors::number.eq_any(&numbers))
        .order(objective_sectors::sector_code)
        .load(reader.reading())?;
    let mut sectors = gather(sectors, |(department, number, objective, sector)| {
        Ok(((department, number, objective), corrupt("objective_sectors.sector_code", sector.parse())?))
    })?;
    let schools: Vec<(String, i32, String, String)> = objective_schools::table
        .filter(objective_schools::department_code.eq_any(&departments))
        .filter(objective_schools::number.eq_any(&numbers))
        .order(objective_schools::uai)
        .load(reader.reading())?;
    let mut schools = gather(schools, |(department, number, objective, uai)| {
        Ok(((department, number, objective), corrupt("objective_schools.uai", uai.parse())?))
    })?;
    let targets: Vec<(String, i32, String, String, Option<i64>, i64)> = objective_targets::table
        .filter(objective_targets::department_code.eq_any(departments))
        .filter(objective_targets::number.eq_any(numbers))
        .order(objective_targets::indicator_code)
        .load(reader.reading())?;
    let mut targets = gather(targets, |(department, number, objective, indicator, baseline, target)| {
        let target = TargetContent {
            indicator: corrupt("objective_targets.indicator_code", indicator.parse())?,
            baseline: baseline.map(Amount::from_scaled),
            target: Amount::from_scaled(target),
        };
        Ok(((department, number, objective), target))
    })?;
    rows.into_iter()
        .map(|row| {
            let place = (row.department_code.clone(), row.number, row.code.clone());
            let mut objective = row.read()?;
            objective.1.sector_codes = sectors.remove(&place).unwrap_or_default();
            objective.1.school_uais = schools.remove(&place).unwrap_or_default();
            objective.1.targets = targets.remove(&place).unwrap_or_default();
            Ok(objective)
        })
        .collect()
}

impl Row {
    fn read(self) -> StoreResult<(RevisionKey, ObjectiveContent)> {
        let objective = ObjectiveContent {
            code: corrupt("objectives.code", self.code.parse())?,
            rank: self.rank,
            axis: corrupt("objectives.axis", self.axis.parse())?,
            title: self.title,
            description: self.description,
            lead_service: corrupt("objectives.lead_service", self.lead_service.parse())?,
            partner_services: words("objectives.partner_services", &self.partner_services)?,
            department_wide: self.department_wide,
            sector_codes: Vec::new(),
            school_uais: Vec::new(),
            modes_of_action: corrupt("objectives.modes_of_action", serde_json::from_str(&self.modes_of_action))?,
            targets: Vec::new(),
            due_on: self.due_on,
        };
        Ok((read_key(&self.department_code, self.number)?, objective))
    }
}
