//! Publications and their frozen cells. Everyone who is signed in may read them, so there is no scope here; what was withheld leaves this room
//! only to decide the suppression of a next version.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{publication_cells, publications};
use super::{Reader, StoreError, StoreResult, Writer};
use crate::domain::codes::IndicatorCode;
use crate::domain::period::Period;
use crate::domain::vocabulary::RollupAxis;
use crate::insert_all;

/// A publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationRow {
    /// Database id.
    pub id: i64,
    /// The period that it publishes.
    pub period: Period,
    /// 1, 2, 3 … for each period.
    pub version: i32,
    /// UTC.
    pub published_at: NaiveDateTime,
    /// Username.
    pub published_by: String,
}

/// A published cell as its readers see it.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedCell {
    /// Code of the indicator.
    pub indicator: String,
    /// NATIONAL, DEFENCE_ZONE, REGION or DEPARTMENT.
    pub axis: RollupAxis,
    /// Code of the territory.
    pub key: String,
    /// Its name.
    pub label: String,
    /// Absent where nothing was reported, and where it is suppressed.
    pub value: Option<f64>,
    /// Whether it is hidden.
    pub suppressed: bool,
    /// Number of measures; 0 when suppressed.
    pub measures: i32,
    /// Departments that reported; 0 when suppressed.
    pub reporting: i32,
    /// Departments that were to report.
    pub expected: i32,
    /// As published for the period before.
    pub previous: Option<f64>,
    /// As published for a year earlier.
    pub year_earlier: Option<f64>,
}

/// What a suppressed cell held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Withheld {
    /// The value.
    pub value: Option<f64>,
    /// The number of measures.
    pub measures: i32,
}

type Head = (i64, String, i32, NaiveDateTime, String);
const HEAD: (
    publications::id,
    publications::period,
    publications::version,
    publications::published_at,
    publications::published_by,
) = (publications::id, publications::period, publications::version, publications::published_at, publications::published_by);

fn head((id, period, version, published_at, published_by): Head) -> StoreResult<PublicationRow> {
    let period = period.parse().map_err(|fault| StoreError::corrupt("publications.period", fault))?;
    Ok(PublicationRow { id, period, version, published_at, published_by })
}

/// One publication by its id.
///
/// # Errors
/// Those of the database.
pub fn by_id(reader: &mut Reader, id: i64) -> StoreResult<Option<PublicationRow>> {
    publications::table.find(id).select(HEAD).first::<Head>(reader.reading()).optional()?.map(head).transpose()
}

/// Up to `limit` publications, newest first, below the id `before`.
///
/// # Errors
/// Those of the database.
pub fn page(reader: &mut Reader, before: Option<i64>, limit: i64) -> StoreResult<Vec<PublicationRow>> {
    let mut query = publications::table.select(HEAD).order(publications::id.desc()).limit(limit).into_boxed();
    if let Some(before) = before {
        query = query.filter(publications::id.lt(before));
    }
    query.load::<Head>(reader.reading())?.into_iter().map(head).collect()
}

/// How many there are.
///
/// # Errors
/// Those of the database.
pub fn count(reader: &mut Reader) -> StoreResult<i64> {
    Ok(publications::table.count().get_result(reader.reading())?)
}

/// The latest version for each of some periods; periods never published are absent.
///
/// # Errors
/// Those of the database.
pub fn latest(reader: &mut Reader, periods: &[Period]) -> StoreResult<Vec<PublicationRow>> {
    let wanted: Vec<String> = periods.iter().map(ToString::to_string).collect();
    let rows = publications::table
        .filter(publications::period.eq_any(wanted))
        .order((publications::period, publications::version.desc()))
        .select(HEAD)
        .load::<Head>(reader.reading())?;
    let mut found: Vec<PublicationRow> = rows.into_iter().map(head).collect::<StoreResult<_>>()?;
    found.dedup_by(|later, first| later.period == first.period);
    Ok(found)
}

type Cell = (i64, String, String, String, String, Option<f64>, bool, i32, i32, i32, Option<f64>, Option<f64>);

fn cell(row: Cell) -> StoreResult<(i64, PublishedCell)> {
    let (publication, indicator, axis, key, label, value, suppressed, measures, reporting, expected, previous, year_earlier) =
        row;
    let axis = axis.parse().map_err(|fault| StoreError::corrupt("publication_cells.axis", fault))?;
    let cell =
        PublishedCell { indicator, axis, key, label, value, suppressed, measures, reporting, expected, previous, year_earlier };
    Ok((publication, cell))
}

/// The cells of some publications, each with its publication's id; of one indicator, or of all.
///
/// # Errors
/// Those of the database.
pub fn cells(reader: &mut Reader, ids: &[i64], indicator: Option<&str>) -> StoreResult<Vec<(i64, PublishedCell)>> {
    let mut query = publication_cells::table
        .filter(publication_cells::publication_id.eq_any(ids.to_vec()))
        .order((
            publication_cells::publication_id,
            publication_cells::indicator_code,
            publication_cells::axis,
            publication_cells::cell_key,
        ))
        .select((
            publication_cells::publication_id,
            publication_cells::indicator_code,
            publication_cells::axis,
            publication_cells::cell_key,
            publication_cells::label,
            publication_cells::value,
            publication_cells::suppressed,
            publication_cells::measures,
            publication_cells::reporting,
            publication_cells::expected,
            publication_cells::previous,
            publication_cells::year_earlier,
        ))
        .into_boxed();
    if let Some(indicator) = indicator {
        query = query.filter(publication_cells::indicator_code.eq(indicator.to_owned()));
    }
    query.load::<Cell>(reader.reading())?.into_iter().map(cell).collect()
}

/// Names a published cell: indicator, axis and key, as stored.
pub type CellName = (String, String, String);

/// What some publications withheld, each cell with its publication's id.
///
/// # Errors
/// Those of the database.
pub fn withheld(reader: &mut Reader, ids: &[i64]) -> StoreResult<Vec<(i64, CellName, Withheld)>> {
    type Columns = (i64, String, String, String, Option<f64>, Option<i32>);
    let rows: Vec<Columns> = publication_cells::table
        .filter(publication_cells::publication_id.eq_any(ids.to_vec()))
        .filter(publication_cells::suppressed.eq(true))
        .select((
            publication_cells::publication_id,
            publication_cells::indicator_code,
            publication_cells::axis,
            publication_cells::cell_key,
            publication_cells::withheld_value,
            publication_cells::withheld_measures,
        ))
        .load(reader.reading())?;
    let withheld = |(id, indicator, axis, key, value, measures): Columns| {
        (id, (indicator, axis, key), Withheld { value, measures: measures.unwrap_or(0) })
    };
    Ok(rows.into_iter().map(withheld).collect())
}

/// What a version said of a cell: a figure, shown or withheld.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Of which period.
    pub period: Period,
    /// Which version.
    pub version: i32,
    /// Of which cell.
    pub cell: CellName,
    /// Whether the version showed it.
    pub shown: bool,
    /// The value, as it was then.
    pub value: Option<f64>,
    /// The number of measures, as it was then.
    pub measures: i32,
}

/// All that the versions of some periods ever said, superseded ones included.
///
/// # Errors
/// Those of the database.
pub fn said(reader: &mut Reader, periods: &[Period]) -> StoreResult<Vec<Said>> {
    type Columns = (String, i32, String, String, String, bool, Option<f64>, Option<f64>, i32, Option<i32>);
    let wanted: Vec<String> = periods.iter().map(ToString::to_string).collect();
    let rows: Vec<Columns> = publication_cells::table
        .inner_join(publications::table.on(publications::id.eq(publication_cells::publication_id)))
        .filter(publications::period.eq_any(wanted))
        .select((
            publications::period,
            publications::version,
            publication_cells::indicator_code,
            publication_cells::axis,
            publication_cells::cell_key,
            publication_cells::suppressed,
            publication_cells::value,
            publication_cells::withheld_value,
            publication_cells::measures,
            publication_cells::withheld_measures,
        ))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(period, version, indicator, axis, key, suppressed, value, withheld, measures, withheld_measures)| {
            Ok(Said {
                period: period.parse().map_err(|fault| StoreError::corrupt("publications.period", fault))?,
                version,
                cell: (indicator, axis, key),
                shown: !suppressed,
                value: if suppressed { withheld } else { value },
                measures: if suppressed { withheld_measures.unwrap_or(0) } else { measures },
            })
        })
        .collect()
}

/// Writes the head of a publication; answers its id.
///
/// # Errors
/// [`StoreError::Duplicate`] when the version exists already.
pub fn insert(writer: &mut Writer, period: Period, version: i32, at: NaiveDateTime, by: &str) -> StoreResult<i64> {
    Ok(diesel::insert_into(publications::table)
        .values((
            publications::period.eq(period.to_string()),
            publications::version.eq(version),
            publications::published_at.eq(at),
            publications::published_by.eq(by),
        ))
        .returning(publications::id)
        .get_result(writer.writing())?)
}

#[derive(Insertable)]
#[diesel(table_name = publication_cells, treat_none_as_default_value = false)]
struct NewCell<'a> {
    publication_id: i64,
    indicator_code: &'a str,
    axis: &'a str,
    cell_key: &'a str,
    label: &'a str,
    value: Option<f64>,
    suppressed: bool,
    withheld_value: Option<f64>,
    withheld_measures: Option<i32>,
    measures: i32,
    reporting: i32,
    expected: i32,
    previous: Option<f64>,
    year_earlier: Option<f64>,
}

/// Freezes the cells of a publication, each with what it withholds.
///
/// # Errors
/// Those of the database.
pub fn insert_cells(writer: &mut Writer, id: i64, cells: &[(PublishedCell, Option<Withheld>)]) -> StoreResult<()> {
    let rows: Vec<NewCell<'_>> = cells
        .iter()
        .map(|(cell, withheld)| NewCell {
            publication_id: id,
            indicator_code: &cell.indicator,
            axis: cell.axis.as_str(),
            cell_key: &cell.key,
            label: &cell.label,
            value: cell.value,
            suppressed: cell.suppressed,
            withheld_value: withheld.and_then(|withheld| withheld.value),
            withheld_measures: withheld.map(|withheld| withheld.measures),
            measures: cell.measures,
            reporting: cell.reporting,
            expected: cell.expected,
            previous: cell.previous,
            year_earlier: cell.year_earlier,
        })
        .collect();
    insert_all!(writer.writing(), publication_cells::table, rows)
}

/// Whether any publication has cells of an indicator, shown or hidden.
///
/// # Errors
/// Those of the database.
pub fn tells(reader: &mut Reader, indicator: &IndicatorCode) -> StoreResult<bool> {
    let cells = publication_cells::table.filter(publication_cells::indicator_code.eq(indicator.as_str()));
    let first: Option<i64> = cells.select(publication_cells::publication_id).limit(1).first(reader.reading()).optional()?;
    Ok(first.is_some())
}
