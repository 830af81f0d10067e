//! The cells of a department, made anew by the database itself. What a cell holds is the domain's to say (`domain::rollup::cells`); here it is
//! said once more, in SQL, and the workflow holds the one against the other before it keeps them.

use std::ops::RangeInclusive;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::domain::codes::DepartmentCode;
use crate::domain::rollup::cells::{GREATEST_TOTAL, kept};
use crate::domain::vocabulary::Aggregation;
use crate::store::rollups::letter;
use crate::store::schema::rollup_cells;
use crate::store::{StoreResult, Writer};

/// The lengths of period of which cells of an aggregation are kept, as a table of letters and fortnights.
fn lengths(aggregation: Aggregation) -> String {
    let rows =
        kept(aggregation).iter().map(|length| format!("SELECT '{}' AS letter, {} AS span", letter(*length), length.fortnights()));
    rows.collect::<Vec<_>>().join(" UNION ALL ")
}

const INTO: &str = "INSERT INTO rollup_cells \
    (indicator_id, granularity, period, department_code, service, authority, parquet_code, total, measures, maximum) ";
/// Sum, number and greatest. The sum of halves, so that none of them passes 64 bits; where it is by far more than a cell may hold, one more than that.
fn sums() -> String {
    let greatest = GREATEST_TOTAL.scaled();
    format!(
        "CASE WHEN SUM(value >> 32) <= {} \
         THEN CAST(SUM(value >> 32) AS BIGINT) * 4294967296 + CAST(SUM(value & 4294967295) AS BIGINT) ELSE {} END, \
         CAST(COUNT(*) AS INTEGER), MAX(value)",
        greatest >> 32,
        greatest + 1,
    )
}

const KEY: &str = "indicator_id, letter, period, department_code, service, authority, parquet_code";

/// Every measure counts in every period that holds it.
fn additive() -> String {
    let (lengths, sums) = (lengths(Aggregation::Sum), sums());
    format!(
        "{INTO} SELECT {KEY}, {sums} FROM ( \
           SELECT m.*, l.letter, m.fortnight / l.span * l.span AS period \
           FROM measures m JOIN indicators i ON i.id = m.indicator_id CROSS JOIN ({lengths}) l \
           WHERE m.department_code = $1 AND m.fortnight BETWEEN $2 AND $3 AND i.aggregation IN ('{}', '{}', '{}') \
         ) counted GROUP BY {KEY}",
        Aggregation::Sum,
        Aggregation::Average,
        Aggregation::Maximum,
    )
}

/// Of each sector and service the last measure in the period counts: always in its fortnight, and in longer periods unless the sector had left at
/// their end. No two are of the same fortnight.
fn latest() -> String {
    let (lengths, sums) = (lengths(Aggregation::Latest), sums());
    format!(
        "{INTO} SELECT {KEY}, {sums} FROM ( \
           SELECT m.*, l.letter, m.fortnight / l.span * l.span AS period, row_number() OVER ( \
             PARTITION BY m.indicator_id, l.letter, m.fortnight / l.span, m.sector_code, m.service ORDER BY m.fortnight DESC \
           ) AS place \
           FROM measures m JOIN indicators i ON i.id = m.indicator_id CROSS JOIN ({lengths}) l \
           WHERE m.department_code = $1 AND m.fortnight BETWEEN $2 AND $3 AND i.aggregation = '{}' \
             AND (l.span = 1 OR NOT EXISTS ( \
               SELECT 1 FROM retired_sectors r WHERE r.department_code = m.department_code AND r.sector_code = m.sector_code \
               AND r.fortnight BETWEEN m.fortnight AND m.fortnight / l.span * l.span + l.span - 1 \
               AND (r.back IS NULL OR r.back > m.fortnight / l.span * l.span + l.span - 1))) \
         ) counted WHERE place = 1 GROUP BY {KEY}",
        Aggregation::Latest,
    )
}

/// Makes the cells of a department anew from its measures, for the periods within some fortnights: whole years, because every length of period
/// ends with one. Answers how many there are; none where a sum is greater
/// than a cell may hold, and then the caller gives the transaction up. The department's chain must be locked.
///
/// # Errors
/// Those of the database.
pub fn build(writer: &mut Writer, department: &DepartmentCode, fortnights: &RangeInclusive<i32>) -> StoreResult<Option<usize>> {
    let (from, until) = (*fortnights.start(), *fortnights.end());
    diesel::delete(
        rollup_cells::table
            .filter(rollup_cells::department_code.eq(department.as_str()))
            .filter(rollup_cells::period.between(from, until)),
    )
    .execute(writer.writing())?;
    let mut run = |sql: String| {
        diesel::sql_query(sql)
            .bind::<Text, _>(department.as_str())
            .bind::<Integer, _>(from)
            .bind::<Integer, _>(until)
            .execute(writer.writing())
    };
    let built = run(additive())? + run(latest())?;
    let beyond: i64 = rollup_cells::table
        .filter(rollup_cells::department_code.eq(department.as_str()))
        .filter(rollup_cells::period.between(from, until))
        .filter(rollup_cells::total.gt(GREATEST_TOTAL.scaled()))
        .count()
        .get_result(writer.writing())?;
    Ok((beyond == 0).then_some(built))
}
