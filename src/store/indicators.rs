//! Indicators in the database. Who may see or define them is the workflow's to say.

use std::collections::HashMap;

use diesel::dsl::sum;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::backend::corrupt;
use super::schema::{indicators, not_applicable, rollup_cells};
use super::weights::octet_length;
use super::{Reader, StoreError, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::indicators::Indicator;
use crate::domain::vocabulary::{Counts, ServiceKind};
use crate::{among, insert_missing};

/// An indicator and the number under which its measures and cells are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIndicator {
    /// Database id.
    pub id: i32,
    /// The indicator.
    pub indicator: Indicator,
}

#[derive(Queryable)]
struct Row {
    id: i32,
    code: String,
    label: String,
    unit: String,
    definition: String,
    aggregation: String,
    numerator: Option<String>,
    denominator: Option<String>,
    department_code: Option<String>,
    recorded_by: String,
    published: bool,
    counts: Option<String>,
    has_counted_persons: bool,
}

impl TryFrom<Row> for StoredIndicator {
    type Error = StoreError;
    fn try_from(row: Row) -> StoreResult<Self> {
        let code = |text: String| corrupt("indicators.code", IndicatorCode::parse(&text));
        let indicator = Indicator {
            code: code(row.code)?,
            label: row.label,
            unit: row.unit,
            counts: row.counts.map(|word| corrupt("indicators.counts", word.parse())).transpose()?,
            has_counted_persons: row.has_counted_persons,
            definition: row.definition,
            aggregation: corrupt("indicators.aggregation", row.aggregation.parse())?,
            numerator: row.numerator.map(code).transpose()?,
            denominator: row.denominator.map(code).transpose()?,
            department: row.department_code.map(|text| corrupt("indicators.department_code", text.parse())).transpose()?,
            recorded_by: services("indicators.recorded_by", &row.recorded_by)?,
            published: row.published,
        };
        Ok(Self { id: row.id, indicator })
    }
}

fn keyed(rows: Vec<Row>) -> StoreResult<HashMap<IndicatorCode, StoredIndicator>> {
    rows.into_iter().map(|row| StoredIndicator::try_from(row).map(|found| (found.indicator.code.clone(), found))).collect()
}

/// Reads a space-separated list of services.
pub(super) fn services(column: &'static str, text: &str) -> StoreResult<Vec<ServiceKind>> {
    text.split_whitespace().map(|word| word.parse().map_err(|fault| StoreError::corrupt(column, fault))).collect()
}

/// Writes a list of services, separated by spaces.
pub(super) fn joined(services: &[ServiceKind]) -> String {
    services.iter().map(|service| service.as_str()).collect::<Vec<_>>().join(" ")
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = indicators, treat_none_as_default_value = false, treat_none_as_null = true)]
struct NewRow<'a> {
    code: &'a str,
    label: &'a str,
    unit: &'a str,
    definition: &'a str,
    aggregation: &'a str,
    numerator: Option<&'a str>,
    denominator: Option<&'a str>,
    department_code: Option<&'a str>,
    recorded_by: String,
    published: bool,
    counts: Option<&'static str>,
    has_counted_persons: bool,
}

impl<'a> From<&'a Indicator> for NewRow<'a> {
    fn from(new: &'a Indicator) -> Self {
        Self {
            code: new.code.as_str(),
            label: &new.label,
            unit: &new.unit,
            definition: &new.definition,
            aggregation: new.aggregation.as_str(),
            numerator: new.numerator.as_ref().map(IndicatorCode::as_str),
            denominator: new.denominator.as_ref().map(IndicatorCode::as_str),
            department_code: new.department.as_ref().map(DepartmentCode::as_str),
            recorded_by: joined(&new.recorded_by),
            published: new.published,
            counts: new.counts.map(Counts::as_str),
            has_counted_persons: new.has_counted_persons,
        }
    }
}

/// Writes the indicators whose codes the database lacks; what the secretariat changed since stays as it is.
///
/// # Errors
/// Those of the database.
pub fn load_missing(writer: &mut Writer, new: &[Indicator]) -> StoreResult<()> {
    let rows: Vec<NewRow<'_>> = new.iter().map(NewRow::from).collect();
    insert_missing!(writer.writing(), indicators::table, rows)
}

/// Which indicators a viewer sees: national ones, perhaps published ones only, and those of some departments.
#[derive(Clone, Debug)]
pub struct IndicatorSight {
    /// National ones that are part of publications only.
    pub published_only: bool,
    /// Whose local indicators.
    pub local: Scope,
}

/// A query over indicators, as far as a viewer sees them. A macro, because the type of a boxed query on the common backend is not one to spell.
macro_rules! seen {
    ($sight:expr) => {{
        let mut query = indicators::table.into_boxed();
        query = query.filter(indicators::department_code.is_null());
        if $sight.published_only {
            query = query.filter(indicators::published.eq(true));
        }
        match $sight.local.codes() {
            None => query.or_filter(indicators::department_code.is_not_null()),
            Some(codes) => {
                let own = among!(indicators::table, indicators::department_code.assume_not_null(), codes);
                query.or_filter(indicators::department_code.is_not_null().and(own))
            }
        }
    }};
}

/// The columns of a [`Row`] whose definition stays empty. A macro, as [`seen`] is.
macro_rules! undefined {
    () => {
        (
            indicators::id,
            indicators::code,
            indicators::label,
            indicators::unit,
            "".into_sql::<Text>(),
            indicators::aggregation,
            indicators::numerator,
            indicators::denominator,
            indicators::department_code,
            indicators::recorded_by,
            indicators::published,
            indicators::counts,
            indicators::has_counted_persons,
        )
    };
}

/// All indicators that the viewer sees, national ones first, in the order in which they were defined.
///
/// # Errors
/// Those of the database.
pub fn all(reader: &mut Reader, sight: &IndicatorSight) -> StoreResult<Vec<StoredIndicator>> {
    let rows: Vec<Row> = seen!(sight).order(indicators::id).load(reader.reading())?;
    let mut found = rows.into_iter().map(StoredIndicator::try_from).collect::<StoreResult<Vec<_>>>()?;
    found.sort_by_key(|indicator| indicator.indicator.department.clone());
    Ok(found)
}

/// Bytes of the definitions of all indicators that the viewer sees.
///
/// # Errors
/// Those of the database.
pub fn size_of_all(reader: &mut Reader, sight: &IndicatorSight) -> StoreResult<u64> {
    let bytes: Option<i64> = seen!(sight).select(sum(octet_length(indicators::definition))).first(reader.reading())?;
    Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
}

/// Bytes of the definitions of some indicators, by their database ids.
///
/// # Errors
/// Those of the database.
pub fn size_of(reader: &mut Reader, ids: &[i32]) -> StoreResult<u64> {
    let query = indicators::table.filter(among!(indicators::table, indicators::id, ids.iter().copied()));
    let bytes: Option<i64> = query.select(sum(octet_length(indicators::definition))).first(reader.reading())?;
    Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
}

/// Indicators by their codes; those that the viewer does not see are not there.
///
/// # Errors
/// Those of the database.
pub fn by_codes(
    reader: &mut Reader,
    sight: &IndicatorSight,
    codes: &[IndicatorCode],
) -> StoreResult<HashMap<IndicatorCode, StoredIndicator>> {
    let codes: Vec<&str> = codes.iter().map(IndicatorCode::as_str).collect();
    let rows: Vec<Row> = seen!(sight).filter(among!(indicators::table, indicators::code, codes)).load(reader.reading())?;
    keyed(rows)
}

/// Indicators by their database ids: for children of rows that the viewer was given.
///
/// # Errors
/// Those of the database.
pub fn by_ids(reader: &mut Reader, ids: &[i32]) -> StoreResult<HashMap<i32, StoredIndicator>> {
    let rows: Vec<Row> =
        indicators::table.filter(among!(indicators::table, indicators::id, ids.iter().copied())).load(reader.reading())?;
    rows.into_iter().map(|row| StoredIndicator::try_from(row).map(|found| (found.id, found))).collect()
}

/// A department's own indicators, for a writer who holds its lock, without their definitions: as [`all_for_measuring`].
///
/// # Errors
/// Those of the database.
pub fn of_department(reader: &mut Reader, department: &DepartmentCode) -> StoreResult<Vec<StoredIndicator>> {
    let own = indicators::table.filter(indicators::department_code.eq(department.as_str()));
    let rows: Vec<Row> = own.select(undefined!()).order(indicators::id).load(reader.reading())?;
    rows.into_iter().map(StoredIndicator::try_from).collect()
}

/// How many indicators of its own a department has.
///
/// # Errors
/// Those of the database.
pub fn count_of_department(reader: &mut Reader, department: &DepartmentCode) -> StoreResult<i64> {
    Ok(indicators::table.filter(indicators::department_code.eq(department.as_str())).count().get_result(reader.reading())?)
}

/// Indicators by their codes, national and the department's own. For a writer who holds the department's lock: who defines an indicator anew
/// holds it too, so that how one adds up stays as it is until the commit.
///
/// # Errors
/// Those of the database.
pub fn by_codes_under_lock(
    writer: &mut Writer,
    department: &DepartmentCode,
    codes: &[IndicatorCode],
) -> StoreResult<HashMap<IndicatorCode, StoredIndicator>> {
    let codes: Vec<&str> = codes.iter().map(IndicatorCode::as_str).collect();
    let query = indicators::table
        .filter(indicators::code.eq_any(codes))
        .filter(indicators::department_code.is_null().or(indicators::department_code.eq(department.as_str())));
    keyed(query.load(writer.writing())?)
}

/// All indicators of the nation and those of some departments: as [`by_codes_under_lock`], without their definitions, which measuring never asks
/// for and which are most of what they weigh.
///
/// # Errors
/// Those of the database.
pub fn all_for_measuring(reader: &mut Reader, departments: &[&DepartmentCode]) -> StoreResult<Vec<StoredIndicator>> {
    let query = indicators::table
        .filter(
            indicators::department_code
                .is_null()
                .or(indicators::department_code.eq_any(departments.iter().map(|department| department.as_str()))),
        )
        .select(undefined!())
        .order(indicators::id);
    let rows: Vec<Row> = query.load(reader.reading())?;
    rows.into_iter().map(StoredIndicator::try_from).collect()
}

/// One indicator by its code, whoever's it is: for who defines it.
///
/// # Errors
/// Those of the database.
pub fn for_definition(reader: &mut Reader, code: &IndicatorCode) -> StoreResult<Option<StoredIndicator>> {
    let row: Option<Row> = indicators::table.filter(indicators::code.eq(code.as_str())).first(reader.reading()).optional()?;
    row.map(StoredIndicator::try_from).transpose()
}

/// Writes a new indicator.
///
/// # Errors
/// Those of the database; [`StoreError::Duplicate`] when the code exists.
pub fn insert(writer: &mut Writer, new: &Indicator) -> StoreResult<()> {
    diesel::insert_into(indicators::table).values(NewRow::from(new)).execute(writer.writing())?;
    Ok(())
}

/// Brings an indicator up to date.
///
/// # Errors
/// Those of the database.
pub fn update(writer: &mut Writer, id: i32, new: &Indicator) -> StoreResult<()> {
    diesel::update(indicators::table.filter(indicators::id.eq(id))).set(NewRow::from(new)).execute(writer.writing())?;
    Ok(())
}

/// Whether anything was measured, or declared not applicable, under an indicator.
///
/// # Errors
/// Those of the database.
pub fn is_used(reader: &mut Reader, id: i32) -> StoreResult<bool> {
    // Every measure is in a cell, and cells are found by their indicator; of measures all would be read.
    let measured = rollup_cells::table.filter(rollup_cells::indicator_id.eq(id)).select(rollup_cells::period).limit(1);
    let declared = not_applicable::table.filter(not_applicable::indicator_id.eq(id)).select(not_applicable::id).limit(1);
    let first: Option<i32> = measured.first(reader.reading()).optional()?;
    if first.is_some() {
        return Ok(true);
    }
    let first: Option<i64> = declared.first(reader.reading()).optional()?;
    Ok(first.is_some())
}

/// The RATIO indicators that divide by, or into, this one.
///
/// # Errors
/// Those of the database.
pub fn ratios_of(reader: &mut Reader, code: &IndicatorCode) -> StoreResult<Vec<String>> {
    Ok(indicators::table
        .filter(indicators::numerator.eq(code.as_str()).or(indicators::denominator.eq(code.as_str())))
        .select(indicators::code)
        .order(indicators::code)
        .load(reader.reading())?)
}
