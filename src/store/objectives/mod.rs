//! Objectives of revisions in the database: the rows here, what they name (sectors, schools, targets) in [`links`]. Whether a revision is in
//! sight is known before its objectives are asked for; the scope stands in every WHERE clause all the same.

pub mod latest;
pub mod links;
mod write;

use chrono::NaiveDate;
use diesel::prelude::*;

pub use write::{close_gap, delete, rank, upsert};

use super::backend::corrupt;
use super::schema::{objective_schools, objective_sectors, objectives, plans, sector_schools};
use super::sectors::{GROUPS, by_revision};
use super::{Reader, StoreResult};
use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::codes::{IndicatorCode, SectorCode, Uai};
use crate::domain::keys::{ObjectiveKey, RevisionKey};
use crate::domain::vocabulary::{ObjectiveAxis, ServiceKind};

/// An objective as it stands in a revision, without what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objective {
    /// Revision and code.
    pub key: ObjectiveKey,
    /// The order of priority, 1 is most urgent.
    pub rank: i32,
    /// Deterrence or repression.
    pub axis: ObjectiveAxis,
    /// In one line.
    pub title: String,
    /// In words.
    pub description: String,
    /// Whose objective it is.
    pub lead_service: ServiceKind,
    /// Who takes part.
    pub partner_services: Vec<ServiceKind>,
    /// For what no sector or school holds.
    pub department_wide: bool,
    /// How it is to be reached.
    pub modes_of_action: Vec<String>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

impl Objective {
    /// Bytes of its longer texts, as they are kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.description.len() + listed(&self.modes_of_action).len()
    }
}

/// Texts as they are kept in one column.
fn listed(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// What an objective names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Sectors of the same revision.
    pub sectors: Vec<SectorCode>,
    /// Schools of the directory; one that left it later is still named.
    pub schools: Vec<Uai>,
    /// Figures to reach.
    pub targets: Vec<Target>,
}

/// A figure to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Of which indicator.
    pub indicator: IndicatorCode,
    /// Where it stood.
    pub baseline: Option<Amount>,
    /// Where it is to stand.
    pub target: Amount,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = objectives, treat_none_as_default_value = false)]
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

impl Row {
    fn of(objective: &Objective) -> Self {
        let partners: Vec<&str> = objective.partner_services.iter().map(|service| service.as_str()).collect();
        Self {
            department_code: objective.key.revision.department.to_string(),
            number: objective.key.revision.number,
            code: objective.key.code.to_string(),
            rank: objective.rank,
            axis: objective.axis.as_str().to_owned(),
            title: objective.title.clone(),
            description: objective.description.clone(),
            lead_service: objective.lead_service.as_str().to_owned(),
            partner_services: partners.join(" "),
            department_wide: objective.department_wide,
            modes_of_action: listed(&objective.modes_of_action),
            due_on: objective.due_on,
        }
    }

    fn read(self) -> StoreResult<Objective> {
        let partners = self.partner_services.split_whitespace().map(str::parse).collect::<Result<Vec<ServiceKind>, _>>();
        Ok(Objective {
            key: read_key(&self.department_code, self.number, &self.code)?,
            rank: self.rank,
            axis: corrupt("objectives.axis", self.axis.parse())?,
            title: self.title,
            description: self.description,
            lead_service: corrupt("objectives.lead_service", self.lead_service.parse())?,
            partner_services: corrupt("objectives.partner_services", partners)?,
            department_wide: self.department_wide,
            modes_of_action: corrupt("objectives.modes_of_action", serde_json::from_str(&self.modes_of_action))?,
            due_on: self.due_on,
        })
    }
}

/// The key that three columns make.
fn read_key(department: &str, number: i32, code: &str) -> StoreResult<ObjectiveKey> {
    let department = corrupt("objectives.department_code", department.parse())?;
    Ok(ObjectiveKey { revision: RevisionKey { department, number }, code: corrupt("objectives.code", code.parse())? })
}

/// The objectives of some revisions, most urgent first within each.
///
/// # Errors
/// Those of the database.
pub fn of_revisions(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<Vec<Objective>> {
    let mut found = Vec::new();
    for part in by_revision(scope, keys.iter().map(|key| (key, ()))).chunks(GROUPS) {
        let mut query = objectives::table.select(Row::as_select()).into_boxed();
        for (revision, _) in part {
            let one = objectives::department_code.eq(revision.department.as_str()).and(objectives::number.eq(revision.number));
            query = query.or_filter(one);
        }
        let order = (objectives::department_code, objectives::number, objectives::rank, objectives::code);
        let rows: Vec<Row> = query.order(order).load(reader.reading())?;
        found.extend(rows);
    }
    found.into_iter().map(Row::read).collect()
}

/// Some objectives by their keys.
///
/// # Errors
/// Those of the database.
pub fn by_keys(reader: &mut Reader, scope: &Scope, keys: &[ObjectiveKey]) -> StoreResult<Vec<Objective>> {
    let mut found = Vec::new();
    for part in by_revision(scope, keys.iter().map(|key| (&key.revision, key.code.as_str()))).chunks(GROUPS) {
        let mut query = objectives::table.select(Row::as_select()).into_boxed();
        for (revision, codes) in part {
            let some = objectives::department_code
                .eq(revision.department.as_str())
                .and(objectives::number.eq(revision.number))
                .and(objectives::code.eq_any(codes));
            query = query.or_filter(some);
        }
        let order = (objectives::department_code, objectives::number, objectives::rank, objectives::code);
        let rows: Vec<Row> = query.order(order).load(reader.reading())?;
        found.extend(rows);
    }
    found.into_iter().map(Row::read).collect()
}

/// The objectives of plans in force that concern some schools: that name one, or name a sector near it. Most urgent first.
///
/// # Errors
/// Those of the database.
pub fn concerning_schools(reader: &mut Reader, scope: &Scope, uais: &[Uai]) -> StoreResult<Vec<(Uai, Objective)>> {
    let wanted: Vec<&str> = uais.iter().map(Uai::as_str).collect();
    let mut named = objective_schools::table
        .inner_join(
            plans::table.on(plans::department_code
                .eq(objective_schools::department_code)
                .and(plans::current_number.eq(objective_schools::number.nullable()))),
        )
        .inner_join(
            objectives::table.on(objectives::department_code
                .eq(objective_schools::department_code)
                .and(objectives::number.eq(objective_schools::number))
                .and(objectives::code.eq(objective_schools::objective_code))),
        )
        .filter(objective_schools::uai.eq_any(wanted.clone()))
        .select((objective_schools::uai, Row::as_select()))
        .into_boxed();
    let mut near = sector_schools::table
        .inner_join(
            plans::table.on(plans::department_code
                .eq(sector_schools::department_code)
                .and(plans::current_number.eq(sector_schools::number.nullable()))),
        )
        .inner_join(
            objective_sectors::table.on(objective_sectors::department_code
                .eq(sector_schools::department_code)
                .and(objective_sectors::number.eq(sector_schools::number))
                .and(objective_sectors::sector_code.eq(sector_schools::sector_code))),
        )
        .inner_join(
            objectives::table.on(objectives::department_code
                .eq(objective_sectors::department_code)
                .and(objectives::number.eq(objective_sectors::number))
                .and(objectives::code.eq(objective_sectors::objective_code))),
        )
        .filter(sector_schools::uai.eq_any(wanted))
        .select((sector_schools::uai, Row::as_select()))
        .into_boxed();
    if let Some(codes) = scope.codes() {
        named = named.filter(objective_schools::department_code.eq_any(codes.clone()));
        near = near.filter(sector_schools::department_code.eq_any(codes));
    }
    let mut rows: Vec<(String, Row)> = named.load(reader.reading())?;
    rows.extend(near.load::<(String, Row)>(reader.reading())?);
    rows.sort_by(|(a, x), (b, y)| (a, x.rank, &x.code).cmp(&(b, y.rank, &y.code)));
    rows.dedup_by(|(a, x), (b, y)| a == b && x.code == y.code);
    rows.into_iter().map(|(uai, row)| Ok((corrupt("objective_schools.uai", uai.parse())?, row.read()?))).collect()
}
