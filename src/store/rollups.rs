//! The cells that add measures up: kept in the transaction of each write, read by every rollup. Each belongs to one department, so that
//! writers of different departments never meet. What a cell holds is the domain's to say.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use diesel::dsl::max;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text};
use serde_json::{Value, json};

use super::backend::corrupt;
use super::schema::rollup_cells;
use super::words::{Column, Plain, Words};
use super::{AnyConnection, MultiBackend, Reader, StoreError, StoreResult, Writer};
use crate::access::Scope;
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::period::Period;
use crate::domain::rollup::Tally;
use crate::domain::rollup::cells::{CellKey, GREATEST_TOTAL, may_hold};
use crate::domain::vocabulary::{Granularity, ServiceKind};
use crate::{among, insert_all, upsert_all};

/// The cells of one department, by indicator id and key.
pub type Cells = BTreeMap<(i32, CellKey), Tally>;

/// As a cell keeps the length of its period.
pub(super) fn letter(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Year => "Y",
        Granularity::Semester => "S",
        Granularity::Quarter => "Q",
        Granularity::Month => "M",
        Granularity::Fortnight => "F",
    }
}

fn granularity(letter: &str) -> Option<Granularity> {
    Granularity::ALL.iter().copied().find(|granularity| self::letter(*granularity) == letter)
}

#[derive(Insertable)]
#[diesel(table_name = rollup_cells, treat_none_as_default_value = false)]
struct NewRow<'a> {
    indicator_id: i32,
    granularity: &'static str,
    period: i32,
    department_code: &'a str,
    service: &'static str,
    authority: &'a str,
    parquet_code: &'a str,
    total: i64,
    measures: i32,
    maximum: i64,
}

fn rows<'a>(department: &'a DepartmentCode, cells: &'a Cells) -> StoreResult<Vec<NewRow<'a>>> {
    cells
        .iter()
        .map(|((indicator_id, key), tally)| {
            Ok(NewRow {
                indicator_id: *indicator_id,
                granularity: letter(key.period.granularity()),
                period: *key.period.ordinals().start(),
                department_code: department.as_str(),
                service: key.service.as_str(),
                authority: &key.authority,
                parquet_code: &key.parquet,
                total: corrupt("rollup_cells.total", i64::try_from(tally.total))?,
                measures: corrupt("rollup_cells.measures", i32::try_from(tally.measures))?,
                maximum: tally.maximum.unwrap_or_default(),
            })
        })
        .collect()
}

/// What is done with a list of rows of any number, prepared once: `greatest` is the greater of two numbers.
fn add_words(rows: &str, greatest: &str) -> String {
    format!(
        "INSERT INTO rollup_cells AS kept \
         (department_code, indicator_id, granularity, period, service, authority, parquet_code, total, measures, maximum) {rows} \
         ON CONFLICT (indicator_id, granularity, period, department_code, service, authority, parquet_code) DO UPDATE SET \
         total = kept.total + excluded.total, measures = kept.measures + excluded.measures, \
         maximum = {greatest}(kept.maximum, excluded.maximum) \
         WHERE kept.total <= ? - excluded.total"
    )
}

static ADD_IN_POSTGRES: LazyLock<String> =
    LazyLock::new(|| add_words("SELECT ?, * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?)", "greatest"));

static ADD_IN_SQLITE: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<String> = (0..9).map(|column| format!("json_extract(value, '$[{column}]')")).collect();
    add_words(&format!("SELECT ?, {} FROM json_each(?) WHERE true", columns.join(", ")), "max")
});

/// Adds new measures' cells, each of which holds no more than it may, to those kept. Answers whether all fitted: where a sum would be greater than
/// a cell may hold, that cell stays as it was, and the caller gives the transaction up.
///
/// # Errors
/// Those of the database.
pub fn add(writer: &mut Writer, department: &DepartmentCode, cells: &Cells) -> StoreResult<bool> {
    let (rows, most) = (rows(department, cells)?, GREATEST_TOTAL.scaled());
    let added = match writer.writing() {
        AnyConnection::Postgres(c) => {
            let values = vec![
                Column::Text(department.as_str()),
                Column::Integers(rows.iter().map(|row| row.indicator_id).collect()),
                Column::Texts(rows.iter().map(|row| row.granularity).collect()),
                Column::Integers(rows.iter().map(|row| row.period).collect()),
                Column::Texts(rows.iter().map(|row| row.service).collect()),
                Column::Texts(rows.iter().map(|row| row.authority).collect()),
                Column::Texts(rows.iter().map(|row| row.parquet_code).collect()),
                Column::Wholes(rows.iter().map(|row| row.total).collect()),
                Column::Integers(rows.iter().map(|row| row.measures).collect()),
                Column::Wholes(rows.iter().map(|row| row.maximum).collect()),
                Column::Whole(most),
            ];
            Words::new(ADD_IN_POSTGRES.as_str(), values).execute(c)?
        }
        AnyConnection::Sqlite(c) => {
            let list: Vec<_> = rows
                .iter()
                .map(|row| {
                    let NewRow { indicator_id, granularity, period, service, authority, parquet_code, .. } = row;
                    let NewRow { total, measures, maximum, .. } = row;
                    json!([indicator_id, granularity, period, service, authority, parquet_code, total, measures, maximum])
                })
                .collect();
            let list = Value::Array(list).to_string();
            let values = vec![Plain::Text(department.as_str()), Plain::Text(&list), Plain::Whole(most)];
            Words::new(ADD_IN_SQLITE.as_str(), values).execute(c)?
        }
    };
    Ok(added == rows.len())
}

/// Writes cells as they are, in the place of those kept under the same keys.
///
/// # Errors
/// Those of the database.
pub fn replace(writer: &mut Writer, department: &DepartmentCode, cells: &Cells) -> StoreResult<()> {
    let rows = rows(department, cells)?;
    upsert_all!(
        writer.writing(),
        rollup_cells::table,
        rows,
        rollup_cells::table.primary_key(),
        rollup_cells::total,
        rollup_cells::measures,
        rollup_cells::maximum
    )
}

/// Removes the cells of some indicators, services and periods of a department and writes others in their place.
///
/// # Errors
/// Those of the database.
pub fn renew(
    writer: &mut Writer,
    department: &DepartmentCode,
    indicators: &[i32],
    services: &[ServiceKind],
    periods: &[Period],
    cells: &Cells,
) -> StoreResult<()> {
    type Clause = Box<dyn BoxableExpression<rollup_cells::table, MultiBackend, SqlType = Bool>>;
    let none: Clause = Box::new(rollup_cells::period.lt(0));
    let in_periods = Granularity::ALL.iter().fold(none, |clause, granularity| {
        let starts: Vec<i32> = periods
            .iter()
            .filter(|period| period.granularity() == *granularity)
            .map(|period| *period.ordinals().start())
            .collect();
        if starts.is_empty() {
            return clause;
        }
        Box::new(clause.or(rollup_cells::granularity.eq(letter(*granularity)).and(rollup_cells::period.eq_any(starts))))
    });
    diesel::delete(
        rollup_cells::table
            .filter(rollup_cells::department_code.eq(department.as_str()))
            .filter(rollup_cells::indicator_id.eq_any(indicators))
            .filter(rollup_cells::service.eq_any(services.iter().map(|service| service.as_str())))
            .filter(in_periods),
    )
    .execute(writer.writing())?;
    let rows = rows(department, cells)?;
    insert_all!(writer.writing(), rollup_cells::table, rows)
}

/// Removes all cells of a department and writes others in their place.
///
/// # Errors
/// Those of the database.
pub fn rewrite(writer: &mut Writer, department: &DepartmentCode, cells: &Cells) -> StoreResult<()> {
    diesel::delete(rollup_cells::table.filter(rollup_cells::department_code.eq(department.as_str())))
        .execute(writer.writing())?;
    let rows = rows(department, cells)?;
    insert_all!(writer.writing(), rollup_cells::table, rows)
}

/// Holds a cell's total against what it may be: beyond it, it was no longer counted right.
///
/// # Errors
/// CORRUPT.
pub(super) fn trusted(total: i64) -> StoreResult<()> {
    if may_hold(total.into()) {
        return Ok(());
    }
    Err(StoreError::corrupt("rollup_cells.total", format!("{total} is more than a cell may hold")))
}

type CellColumns = (i32, String, i32, String, String, String, i64, i32, i64);

/// All cells of a department whose periods begin in some fortnights.
///
/// # Errors
/// Those of the database.
pub fn of_department(reader: &mut Reader, department: &DepartmentCode, fortnights: &RangeInclusive<i32>) -> StoreResult<Cells> {
    let rows: Vec<CellColumns> = rollup_cells::table
        .filter(rollup_cells::department_code.eq(department.as_str()))
        .filter(rollup_cells::period.between(*fortnights.start(), *fortnights.end()))
        .select((
            rollup_cells::indicator_id,
            rollup_cells::granularity,
            rollup_cells::period,
            rollup_cells::service,
            rollup_cells::authority,
            rollup_cells::parquet_code,
            rollup_cells::total,
            rollup_cells::measures,
            rollup_cells::maximum,
        ))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(indicator, letter, period, service, authority, parquet, total, measures, maximum)| {
            let granularity =
                granularity(&letter).ok_or_else(|| StoreError::corrupt("rollup_cells.granularity", format!("{letter:?}")))?;
            let start = corrupt("rollup_cells.period", Fortnight::from_ordinal(period))?;
            let service = corrupt("rollup_cells.service", service.parse())?;
            let key = CellKey { period: Period::around(start, granularity), service, authority, parquet };
            let tally = Tally { total: total.into(), measures: measures.into(), maximum: Some(maximum) };
            Ok(((indicator, key), tally))
        })
        .collect()
}

/// What, beside time and department, sums are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// Nothing.
    Whole,
    /// The service.
    Service,
    /// The authority as of recording.
    Authority,
    /// The parquet as of recording.
    Parquet,
}

/// Sums of cells of one length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The indicator's database id.
    pub indicator_id: i32,
    /// First fortnight of the period.
    pub start: Fortnight,
    /// The department.
    pub department: DepartmentCode,
    /// Service, authority or parquet; empty for the whole, and where there is none.
    pub part: String,
    /// What they come to.
    pub tally: Tally,
}

/// A sum of whole numbers as a whole number of 64 bits: both databases would widen it to another type. In words of diesel's, so that the
/// statement is prepared once.
#[derive(Clone, Copy, Debug, QueryId)]
struct WholeSum<C, O>(C, O);

/// What of a number is summed. A sum of totals may pass 64 bits, of which one database makes an error and another another type: their upper and
/// lower halves are summed apart, and put together where there is room.
trait Of {
    const WORDS: &'static str;
}

#[derive(Clone, Copy, Debug, QueryId)]
struct All;

#[derive(Clone, Copy, Debug, QueryId)]
struct Upper;

#[derive(Clone, Copy, Debug, QueryId)]
struct Lower;

impl Of for All {
    const WORDS: &'static str = "";
}

impl Of for Upper {
    const WORDS: &'static str = " >> 32";
}

impl Of for Lower {
    const WORDS: &'static str = " & 4294967295";
}

impl<C: Expression, O> Expression for WholeSum<C, O> {
    type SqlType = BigInt;
}

impl<C: Expression, O, G> ValidGrouping<G> for WholeSum<C, O> {
    type IsAggregate = is_aggregate::Yes;
}

impl<C: AppearsOnTable<T>, O, T> AppearsOnTable<T> for WholeSum<C, O> {}

impl<C: SelectableExpression<T>, O, T> SelectableExpression<T> for WholeSum<C, O> {}

impl<C: QueryFragment<DB>, O: Of, DB: diesel::backend::Backend> QueryFragment<DB> for WholeSum<C, O> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("CAST(SUM(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(O::WORDS);
        out.push_sql(") AS BIGINT)");
        Ok(())
    }
}

/// The cells of some indicators that begin in given fortnights (their stored numbers), summed by period, department and part, in one statement.
///
/// # Errors
/// Those of the database; that a cell holds more than it may, rather than a figure that may be wrong.
pub fn sums(
    reader: &mut Reader,
    scope: &Scope,
    indicators: &[i32],
    granularity: Granularity,
    starts: &[i32],
    cut: Cut,
) -> StoreResult<Vec<Sum>> {
    type Clause = Box<dyn BoxableExpression<rollup_cells::table, MultiBackend, SqlType = Bool>>;
    type Columns = (i32, i32, String, String, (i64, i64, Option<i64>), i64, Option<i64>);
    let within: Clause = match scope.codes() {
        None => Box::new(rollup_cells::department_code.is_not_null()),
        Some(codes) => among!(rollup_cells::table, rollup_cells::department_code, codes),
    };
    macro_rules! grouped {
        ($part:expr, ($($by:expr),*)) => {
            rollup_cells::table
                .filter(among!(rollup_cells::table, rollup_cells::indicator_id, indicators.iter().copied()))
                .filter(rollup_cells::granularity.eq(letter(granularity)))
                .filter(among!(rollup_cells::table, rollup_cells::period, starts.iter().copied()))
                .filter(within)
                .group_by((rollup_cells::indicator_id, rollup_cells::period, rollup_cells::department_code, $($by,)*))
                .select((
                    rollup_cells::indicator_id,
                    rollup_cells::period,
                    rollup_cells::department_code,
                    $part,
                    (
                        WholeSum(rollup_cells::total, Upper),
                        WholeSum(rollup_cells::total, Lower),
                        max(rollup_cells::total),
                    ),
                    WholeSum(rollup_cells::measures, All),
                    max(rollup_cells::maximum),
                ))
                .load::<Columns>(reader.reading())?
        };
    }
    let rows = match cut {
        Cut::Whole => grouped!("".into_sql::<Text>(), ()),
        Cut::Service => grouped!(rollup_cells::service, (rollup_cells::service)),
        Cut::Authority => grouped!(rollup_cells::authority, (rollup_cells::authority)),
        Cut::Parquet => grouped!(rollup_cells::parquet_code, (rollup_cells::parquet_code)),
    };
    rows.into_iter()
        .map(|(indicator_id, start, code, part, (upper, lower, greatest), measures, maximum)| {
            trusted(greatest.unwrap_or_default())?;
            Ok(Sum {
                indicator_id,
                start: corrupt("rollup_cells.period", Fortnight::from_ordinal(start))?,
                department: corrupt("rollup_cells.department_code", code.parse())?,
                part,
                tally: Tally { total: (i128::from(upper) << 32) + i128::from(lower), measures, maximum },
            })
        })
        .collect()
}
