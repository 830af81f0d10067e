//! Sectors of plans in force, by place and by national list. Boxes are compared in SQL; whether shapes really contain each other is decided
//! above, with the outlines.

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Row, Sector};
use crate::access::Scope;
use crate::domain::codes::DepartmentCode;
use crate::domain::vocabulary::NationalList;
use crate::store::schema::{national_list_entries, plans, sectors};
use crate::store::{MultiBackend, Reader, StoreResult};

/// Which sectors are wanted.
#[derive(Clone, Debug, Default)]
pub struct PlaceFilter {
    /// Of one department.
    pub department: Option<DepartmentCode>,
    /// Those whose box lies in this one: west, south, east, north.
    pub within: Option<[f64; 4]>,
    /// Those whose box holds this one.
    pub containing: Option<[f64; 4]>,
    /// Those on a national list on a day.
    pub on_list: Option<(NationalList, NaiveDate)>,
}

/// Where a sector stands in the order of these lists: by department, worst hit first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The department.
    pub department: DepartmentCode,
    /// The rank.
    pub rank: i32,
}

type Joined = diesel::dsl::InnerJoinQuerySource<sectors::table, plans::table, OnPlan>;
type OnPlan = diesel::dsl::And<
    diesel::dsl::Eq<plans::department_code, sectors::department_code>,
    diesel::dsl::Eq<plans::current_number, diesel::dsl::Nullable<sectors::number>>,
>;
type Clause = Box<dyn BoxableExpression<Joined, MultiBackend, SqlType = diesel::sql_types::Bool>>;

fn clauses(scope: &Scope, filter: &PlaceFilter) -> Vec<Clause> {
    let mut all: Vec<Clause> = Vec::new();
    if let Some(codes) = scope.codes() {
        all.push(Box::new(sectors::department_code.eq_any(codes)));
    }
    if let Some(department) = &filter.department {
        all.push(Box::new(sectors::department_code.eq(department.to_string())));
    }
    if let Some([west, south, east, north]) = filter.within {
        let inside = sectors::west.ge(west).and(sectors::south.ge(south));
        all.push(Box::new(inside.and(sectors::east.le(east)).and(sectors::north.le(north))));
    }
    if let Some([west, south, east, north]) = filter.containing {
        let around = sectors::west.le(west).and(sectors::south.le(south));
        all.push(Box::new(around.and(sectors::east.ge(east)).and(sectors::north.ge(north))));
    }
    all
}

fn on_list(list: NationalList, on: NaiveDate) -> Clause {
    Box::new(exists(
        national_list_entries::table
            .filter(national_list_entries::list.eq(list.as_str()))
            .filter(national_list_entries::department_code.eq(sectors::department_code))
            .filter(national_list_entries::sector_code.eq(sectors::code.nullable()))
            .filter(national_list_entries::since.le(on))
            .filter(national_list_entries::until.is_null().or(national_list_entries::until.gt(on)).assume_not_null()),
    ))
}

/// Up to `limit` such sectors, by department and rank, after a place.
///
/// # Errors
/// Those of the database.
pub fn find(
    reader: &mut Reader,
    scope: &Scope,
    filter: &PlaceFilter,
    after: Option<&Place>,
    limit: i64,
) -> StoreResult<Vec<Sector>> {
    let on_plan: OnPlan =
        plans::department_code.eq(sectors::department_code).and(plans::current_number.eq(sectors::number.nullable()));
    let mut query = sectors::table.inner_join(plans::table.on(on_plan)).select(Row::as_select()).into_boxed();
    for clause in clauses(scope, filter) {
        query = query.filter(clause);
    }
    if let Some((list, on)) = filter.on_list {
        query = query.filter(on_list(list, on));
    }
    if let Some(after) = after {
        let same = sectors::department_code.eq(after.department.to_string()).and(sectors::rank.gt(after.rank));
        query = query.filter(sectors::department_code.gt(after.department.to_string()).or(same));
    }
    let rows: Vec<Row> = query.order((sectors::department_code, sectors::rank)).limit(limit).load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// How many such sectors there are, shapes aside.
///
/// # Errors
/// Those of the database.
pub fn count(reader: &mut Reader, scope: &Scope, filter: &PlaceFilter) -> StoreResult<i64> {
    let on_plan: OnPlan =
        plans::department_code.eq(sectors::department_code).and(plans::current_number.eq(sectors::number.nullable()));
    let mut query = sectors::table.inner_join(plans::table.on(on_plan)).count().into_boxed();
    for clause in clauses(scope, filter) {
        query = query.filter(clause);
    }
    if let Some((list, on)) = filter.on_list {
        query = query.filter(on_list(list, on));
    }
    Ok(query.get_result(reader.reading())?)
}
