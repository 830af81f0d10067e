//! The school directory in the database, and what the plans in force and the national list of sensitive schools say of each school. Not for
//! distances, which `sectors::near` keeps.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};

use super::backend::corrupt;
use super::schema::{national_list_entries, objective_schools, objective_sectors, objectives, plans, schools, sector_schools};
use super::{MultiBackend, Reader, StoreError, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::vocabulary::{NationalList, ObjectiveAxis, SchoolKind};
use crate::upsert_all;

/// A school of the directory.
#[derive(Clone, Debug, PartialEq)]
pub struct School {
    /// The department that keeps it.
    pub department: DepartmentCode,
    /// Its code, unique in the country.
    pub uai: Uai,
    /// Its name.
    pub name: String,
    /// What kind of school.
    pub kind: SchoolKind,
    /// Longitude and latitude, WGS 84.
    pub location: (f64, f64),
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schools, treat_none_as_default_value = false)]
struct Row {
    department_code: String,
    uai: String,
    name: String,
    kind: String,
    lon: f64,
    lat: f64,
}

impl Row {
    fn of(school: &School) -> Self {
        Self {
            department_code: school.department.to_string(),
            uai: school.uai.to_string(),
            name: school.name.clone(),
            kind: school.kind.as_str().to_owned(),
            lon: school.location.0,
            lat: school.location.1,
        }
    }

    fn read(self) -> StoreResult<School> {
        Ok(School {
            department: corrupt("schools.department_code", self.department_code.parse())?,
            uai: corrupt("schools.uai", self.uai.parse())?,
            name: self.name,
            kind: corrupt("schools.kind", self.kind.parse())?,
            location: (self.lon, self.lat),
        })
    }
}

/// Who sees which schools: the whole directory in some departments, the listed ones alone in others.
#[derive(Clone, Debug)]
pub struct SchoolSight {
    /// Where the whole directory is seen.
    pub directory: Scope,
    /// Where listed schools are seen (the education service).
    pub listed: Scope,
    /// The day on which the list is read.
    pub on: NaiveDate,
}

impl SchoolSight {
    /// Wherever a school is seen.
    #[must_use]
    pub fn anywhere(&self) -> Scope {
        self.directory.clone().or(self.listed.clone())
    }
}

/// Which schools are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolFilter {
    /// On the national list of sensitive schools today, or not.
    pub listed: Option<bool>,
    /// Covered by a deterrence objective of the plan in force, or not.
    pub covered: Option<bool>,
}

type Clause = Box<dyn BoxableExpression<schools::table, MultiBackend, SqlType = Nullable<Bool>>>;

fn within(scope: &Scope) -> Clause {
    match scope.codes() {
        None => Box::new(schools::uai.is_not_null().nullable()),
        Some(codes) => Box::new(schools::department_code.eq_any(codes).nullable()),
    }
}

fn is_listed(on: NaiveDate) -> Clause {
    Box::new(
        exists(
            national_list_entries::table
                .filter(national_list_entries::list.eq(NationalList::SensitiveSchools.as_str()))
                .filter(national_list_entries::department_code.eq(schools::department_code))
                .filter(national_list_entries::uai.eq(schools::uai.nullable()))
                .filter(national_list_entries::since.le(on))
                .filter(national_list_entries::until.is_null().or(national_list_entries::until.gt(on))),
        )
        .nullable(),
    )
}

/// A deterrence objective of the plan in force names the school, or a sector near it (circular of 2010: the 184 listed schools must
/// benefit from deterrence actions).
fn is_covered() -> Clause {
    let named = objective_schools::table
        .inner_join(
            objectives::table.on(objectives::department_code
                .eq(objective_schools::department_code)
                .and(objectives::number.eq(objective_schools::number))
                .and(objectives::code.eq(objective_schools::objective_code))),
        )
        .inner_join(
            plans::table.on(plans::department_code
                .eq(objective_schools::department_code)
                .and(plans::current_number.eq(objective_schools::number.nullable()))),
        )
        .filter(objectives::axis.eq(ObjectiveAxis::Deterrence.as_str()))
        .filter(objective_schools::department_code.eq(schools::department_code))
        .filter(objective_schools::uai.eq(schools::uai));
    let near = sector_schools::table
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
        .filter(objectives::axis.eq(ObjectiveAxis::Deterrence.as_str()))
        .filter(sector_schools::department_code.eq(schools::department_code))
        .filter(sector_schools::uai.eq(schools::uai));
    Box::new(exists(named).or(exists(near)).nullable())
}

fn visible(sight: &SchoolSight) -> Clause {
    let directory = within(&sight.directory);
    if sight.listed.is_nowhere() {
        return directory;
    }
    Box::new(directory.or(within(&sight.listed).and(is_listed(sight.on))))
}

fn wanted(sight: &SchoolSight, filter: &SchoolFilter) -> Clause {
    let mut clause = visible(sight);
    match filter.listed {
        Some(true) => clause = Box::new(clause.and(is_listed(sight.on))),
        Some(false) => clause = Box::new(clause.and(not(is_listed(sight.on)))),
        None => {}
    }
    match filter.covered {
        Some(true) => Box::new(clause.and(is_covered())),
        Some(false) => Box::new(clause.and(not(is_covered()))),
        None => clause,
    }
}

/// Up to `limit` schools in sight, by UAI, after `after`; of some departments, or of all.
///
/// # Errors
/// Those of the database.
pub fn page(
    reader: &mut Reader,
    sight: &SchoolSight,
    departments: Option<&[DepartmentCode]>,
    filter: &SchoolFilter,
    after: Option<&Uai>,
    limit: i64,
) -> StoreResult<Vec<School>> {
    let mut query = schools::table.filter(wanted(sight, filter)).select(Row::as_select()).into_boxed();
    if let Some(departments) = departments {
        query = query.filter(schools::department_code.eq_any(departments.iter().map(DepartmentCode::as_str)));
    }
    if let Some(after) = after {
        query = query.filter(schools::uai.gt(after.as_str()));
    }
    let rows: Vec<Row> = query.order(schools::uai).limit(limit).load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// How many schools there are in sight.
///
/// # Errors
/// Those of the database.
pub fn count(
    reader: &mut Reader,
    sight: &SchoolSight,
    department: Option<&DepartmentCode>,
    filter: &SchoolFilter,
) -> StoreResult<i64> {
    let mut query = schools::table.filter(wanted(sight, filter)).count().into_boxed();
    if let Some(department) = department {
        query = query.filter(schools::department_code.eq(department.as_str()));
    }
    Ok(query.get_result(reader.reading())?)
}

/// Those of some schools that are in sight, by UAI.
///
/// # Errors
/// Those of the database.
pub fn by_uai(reader: &mut Reader, sight: &SchoolSight, uais: &[Uai]) -> StoreResult<Vec<School>> {
    let rows: Vec<Row> = schools::table
        .filter(visible(sight))
        .filter(schools::uai.eq_any(uais.iter().map(Uai::as_str)))
        .order(schools::uai)
        .select(Row::as_select())
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// All schools of the scope: for distances, where none may be left out.
///
/// # Errors
/// Those of the database.
pub fn all(reader: &mut Reader, scope: &Scope) -> StoreResult<Vec<School>> {
    let rows: Vec<Row> =
        schools::table.filter(within(scope)).order(schools::uai).select(Row::as_select()).load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// Which department keeps each of some schools, wherever it is, for whom writes: a UAI belongs to one department only.
///
/// # Errors
/// Those of the database.
pub fn keepers(reader: &mut Reader, uais: &[Uai]) -> StoreResult<Vec<(Uai, DepartmentCode)>> {
    let rows: Vec<(String, String)> = schools::table
        .filter(schools::uai.eq_any(uais.iter().map(Uai::as_str)))
        .select((schools::uai, schools::department_code))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(uai, department)| {
            Ok((corrupt("schools.uai", uai.parse())?, corrupt("schools.department_code", department.parse())?))
        })
        .collect()
}

/// Those of some schools of the scope that are on the national list on a day.
///
/// # Errors
/// Those of the database.
pub fn listed(reader: &mut Reader, scope: &Scope, uais: &[Uai], on: NaiveDate) -> StoreResult<BTreeSet<Uai>> {
    read_uais(schools_where(is_listed(on), uais).filter(within(scope)).load(reader.reading())?)
}

/// Those of some schools of the scope that the plan in force covers.
///
/// # Errors
/// Those of the database.
pub fn covered(reader: &mut Reader, scope: &Scope, uais: &[Uai]) -> StoreResult<BTreeSet<Uai>> {
    read_uais(schools_where(is_covered(), uais).filter(within(scope)).load(reader.reading())?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn schools_where<'a>(clause: Clause, uais: &'a [Uai]) -> _ {
    let wanted: Vec<&'a str> = uais.iter().map(Uai::as_str).collect::<Vec<&'a str>>();
    schools::table.filter(clause).filter(schools::uai.eq_any(wanted)).select(schools::uai)
}

fn read_uais(rows: Vec<String>) -> StoreResult<BTreeSet<Uai>> {
    rows.into_iter().map(|uai| corrupt("schools.uai", uai.parse())).collect()
}

/// Writes schools, new or known.
///
/// # Errors
/// [`StoreError::Duplicate`] when another department keeps one of them.
pub fn upsert(writer: &mut Writer, scope: &Scope, all: &[School]) -> StoreResult<()> {
    let rows: Vec<Row> = all.iter().filter(|school| scope.holds(&school.department)).map(Row::of).collect();
    if rows.len() != all.len() {
        return Err(StoreError::Query("a school is out of scope".to_owned()));
    }
    upsert_all!(
        writer.writing(),
        schools::table,
        rows,
        (schools::department_code, schools::uai),
        schools::name,
        schools::kind,
        schools::lon,
        schools::lat
    )
}

/// Takes a school out of the directory.
///
/// # Errors
/// Those of the database.
pub fn delete(writer: &mut Writer, scope: &Scope, school: &School) -> StoreResult<()> {
    diesel::delete(schools::table.filter(schools::uai.eq(school.uai.as_str())).filter(within(scope)))
        .execute(writer.writing())?;
    Ok(())
}

/// The objectives of the plan in force and of the pending revision that name a school: number and code.
///
/// # Errors
/// Those of the database.
pub fn named_by(reader: &mut Reader, scope: &Scope, school: &School) -> StoreResult<Vec<(i32, String)>> {
    if !scope.holds(&school.department) {
        return Ok(Vec::new());
    }
    let living = plans::current_number
        .eq(objective_schools::number.nullable())
        .or(plans::pending_number.eq(objective_schools::number.nullable()));
    Ok(objective_schools::table
        .inner_join(plans::table.on(plans::department_code.eq(objective_schools::department_code)))
        .filter(objective_schools::department_code.eq(school.department.as_str()))
        .filter(objective_schools::uai.eq(school.uai.as_str()))
        .filter(living)
        .order((objective_schools::number.desc(), objective_schools::objective_code))
        .select((objective_schools::number, objective_schools::objective_code))
        .load(reader.reading())?)
}
