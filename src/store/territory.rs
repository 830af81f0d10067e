//! Territories in the database: the reference rows that other tables point to. Lookups by code go to the memory of
//! [`Territories`](crate::domain::territory::Territories) instead.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::schema::{chains, defence_zones, department_parquets, departments, parquets, plans, regions};
use super::{StoreResult, Writer};
use crate::domain::territory::{Department, Territories};
use crate::{insert_missing, upsert_all};

/// Writes the reference territories, with an empty plan and an audit chain for each department and one for the nation. Rows that are
/// there already are brought up to date; none is removed.
///
/// # Errors
/// Those of the database.
pub fn load(writer: &mut Writer, territories: &Territories) -> StoreResult<()> {
    let rows: Vec<_> =
        territories.regions().map(|row| (regions::code.eq(row.code.as_str()), regions::name.eq(&row.name))).collect();
    upsert_all!(writer.writing(), regions::table, rows, regions::code, regions::name)?;

    let rows: Vec<_> = territories
        .zones()
        .map(|row| {
            (defence_zones::code.eq(row.code.as_str()), defence_zones::name.eq(&row.name), defence_zones::seat.eq(&row.seat))
        })
        .collect();
    upsert_all!(writer.writing(), defence_zones::table, rows, defence_zones::code, defence_zones::name, defence_zones::seat)?;

    let rows: Vec<_> = territories
        .parquets()
        .map(|row| {
            (
                parquets::code.eq(row.code.as_str()),
                parquets::name.eq(&row.name),
                parquets::court_of_appeal.eq(&row.court_of_appeal),
            )
        })
        .collect();
    upsert_all!(writer.writing(), parquets::table, rows, parquets::code, parquets::name, parquets::court_of_appeal)?;

    load_departments(writer, territories)?;

    let mut keys: Vec<String> = territories.departments().map(|row| row.code.to_string()).collect();
    let rows: Vec<_> = keys.iter().map(|code| (plans::department_code.eq(code), plans::last_number.eq(0))).collect();
    insert_missing!(writer.writing(), plans::table, rows)?;
    keys.push("FR".to_owned());
    let rows: Vec<_> = keys.iter().map(|chain| (chains::chain.eq(chain), chains::seq.eq(0), chains::hash.eq(""))).collect();
    insert_missing!(writer.writing(), chains::table, rows)
}

fn load_departments(writer: &mut Writer, territories: &Territories) -> StoreResult<()> {
    let rows: Vec<_> = territories.departments().map(DepartmentRow::of).collect();
    upsert_all!(
        writer.writing(),
        departments::table,
        rows,
        departments::code,
        departments::name,
        departments::region_code,
        departments::zone_code,
        departments::department_since,
        departments::prefecture_town,
        departments::prefecture_lon,
        departments::prefecture_lat,
        departments::west,
        departments::south,
        departments::east,
        departments::north,
        departments::coordinating_parquet_code
    )?;
    let rows: Vec<_> = territories
        .parquets()
        .flat_map(|parquet| {
            parquet.departments.iter().map(|code| {
                (
                    department_parquets::department_code.eq(code.as_str()),
                    department_parquets::parquet_code.eq(parquet.code.as_str()),
                )
            })
        })
        .collect();
    insert_missing!(writer.writing(), department_parquets::table, rows)
}

#[derive(Insertable)]
#[diesel(table_name = departments, treat_none_as_default_value = false)]
struct DepartmentRow<'a> {
    code: &'a str,
    name: &'a str,
    region_code: &'a str,
    zone_code: &'a str,
    department_since: Option<NaiveDate>,
    prefecture_town: &'a str,
    prefecture_lon: f64,
    prefecture_lat: f64,
    west: f64,
    south: f64,
    east: f64,
    north: f64,
    coordinating_parquet_code: &'a str,
}

impl<'a> DepartmentRow<'a> {
    fn of(row: &'a Department) -> Self {
        let [west, south, east, north] = row.bounding_box;
        Self {
            code: row.code.as_str(),
            name: &row.name,
            region_code: row.region.as_str(),
            zone_code: row.zone.as_str(),
            department_since: row.since,
            prefecture_town: &row.prefecture_town,
            prefecture_lon: row.prefecture.0,
            prefecture_lat: row.prefecture.1,
            west,
            south,
            east,
            north,
            coordinating_parquet_code: row.coordinating_parquet.as_str(),
        }
    }
}
