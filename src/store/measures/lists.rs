//! Lists of measures, page by page: of meetings and of sectors, by fortnight, then as recorded. Pages are cut in the database, for all siblings
//! at once.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::RangeInclusive;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{Clause, Measure, MeasureSight, Row, SeenServices, visible};
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::keys::MeetingKey;
use crate::domain::vocabulary::ServiceKind;
use crate::store::backend::{corrupt, page_of_each};
use crate::store::meetings::IDS;
use crate::store::schema::measures;
use crate::store::words::Plain;
use crate::store::{Reader, StoreError, StoreResult};

/// What narrows a list.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// Of one indicator, by database id.
    pub indicator_id: Option<i32>,
    /// Of some fortnights, by their stored numbers.
    pub fortnights: Option<RangeInclusive<i32>>,
}

/// Which part of a list.
#[derive(Clone, Debug)]
pub struct Part {
    /// Fortnight and id of the last measure before it.
    pub after: Option<(i32, i64)>,
    /// How many, at most.
    pub limit: i64,
}

/// Something that has a list of measures.
pub trait Parent: Ord + Hash + Clone {
    /// Its department.
    fn department(&self) -> &DepartmentCode;
    /// As one of the parents in the statement: two values.
    fn value(&self) -> serde_json::Value;
    /// What says that a measure is in the list of `parent`, in SQL.
    const OWNS: &'static str;
    /// The same of this one.
    fn owns(&self) -> Clause;
}

impl Parent for MeetingKey {
    const OWNS: &'static str = "t.meeting_id = CAST(parent.b AS BIGINT) AND t.department_code = parent.a";

    fn department(&self) -> &DepartmentCode {
        &self.department
    }

    fn value(&self) -> serde_json::Value {
        serde_json::json!([self.department, self.id])
    }

    fn owns(&self) -> Clause {
        Box::new(measures::meeting_id.eq(self.id).and(measures::department_code.eq(self.department.to_string())))
    }
}

impl Parent for (DepartmentCode, SectorCode) {
    const OWNS: &'static str = "t.department_code = parent.a AND t.sector_code = parent.b";

    fn department(&self) -> &DepartmentCode {
        &self.0
    }

    fn value(&self) -> serde_json::Value {
        serde_json::json!([self.0, self.1])
    }

    fn owns(&self) -> Clause {
        Box::new(measures::department_code.eq(self.0.to_string()).and(measures::sector_code.eq(self.1.to_string())))
    }
}

const COLUMNS: &str = "t.id, t.department_code, t.meeting_id, t.indicator_id, t.fortnight, t.sector_code, t.authority, t.parquet_code, t.service, \
                       t.value, t.recorded_at, t.recorded_by";

/// A part of the list of each parent, as far as the viewer sees it: one statement for all parents where the viewer sees the same services, which
/// for most viewers are all.
///
/// # Errors
/// Those of the database.
pub fn parts<P: Parent>(
    reader: &mut Reader,
    sight: &MeasureSight,
    parents: &[P],
    narrowed: &Narrowed,
    part: &Part,
) -> StoreResult<Vec<Measure>> {
    if let [parent] = parents {
        return part_of_one(reader, sight, parent, narrowed, part);
    }
    let mut by_services: BTreeMap<SeenServices, Vec<serde_json::Value>> = BTreeMap::new();
    for parent in parents {
        by_services.entry(sight.services(parent.department())).or_default().push(parent.value());
    }
    let mut measures = Vec::new();
    for (services, parents) in by_services {
        let (fortnight, id) = part.after.unwrap_or((-1, -1));
        let parents = serde_json::Value::Array(parents).to_string();
        let mut values = vec![Plain::Text(&parents), Plain::Integer(fortnight), Plain::Whole(id)];
        let mut owns = format!("{} AND (t.fortnight, t.id) > (?, ?)", P::OWNS);
        if let SeenServices::Some(services) = services {
            if services.is_empty() {
                continue;
            }
            // Words of a closed vocabulary.
            let words: Vec<String> = services.iter().map(|service| format!("'{service}'")).collect();
            owns.push_str(&format!(" AND t.service IN ({})", words.join(", ")));
        }
        if let Some(id) = narrowed.indicator_id {
            owns.push_str(" AND t.indicator_id = ?");
            values.push(Plain::Integer(id));
        }
        if let Some(range) = &narrowed.fortnights {
            owns.push_str(" AND t.fortnight BETWEEN ? AND ?");
            values.extend([Plain::Integer(*range.start()), Plain::Integer(*range.end())]);
        }
        values.push(Plain::Whole(part.limit));
        let rows: Vec<Row> = page_of_each(reader.reading(), "measures", COLUMNS, &owns, "t.fortnight, t.id", values)?;
        for row in rows {
            measures.push(row.read()?);
        }
    }
    Ok(measures)
}

/// The same of one parent, in a statement that is prepared once for all: a dashboard asks for the last meeting's measures again and again.
fn part_of_one<P: Parent>(
    reader: &mut Reader,
    sight: &MeasureSight,
    parent: &P,
    narrowed: &Narrowed,
    part: &Part,
) -> StoreResult<Vec<Measure>> {
    let mut query = measures::table
        .filter(parent.owns())
        .select(Row::as_select())
        .order((measures::fortnight, measures::id))
        .limit(part.limit)
        .into_boxed();
    if let SeenServices::Some(services) = sight.services(parent.department()) {
        query = query.filter(measures::service.eq_any(services.into_iter().map(ServiceKind::as_str)));
    }
    if let Some((fortnight, id)) = part.after {
        let later = measures::fortnight.gt(fortnight).or(measures::fortnight.eq(fortnight).and(measures::id.gt(id)));
        query = query.filter(measures::fortnight.ge(fortnight)).filter(later);
    }
    if let Some(id) = narrowed.indicator_id {
        query = query.filter(measures::indicator_id.eq(id));
    }
    if let Some(range) = &narrowed.fortnights {
        query = query.filter(measures::fortnight.between(*range.start(), *range.end()));
    }
    query.load::<Row>(reader.reading())?.into_iter().map(Row::read).collect()
}

/// How many measures of each meeting the viewer sees.
///
/// # Errors
/// Those of the database.
pub fn counts_of_meetings(
    reader: &mut Reader,
    sight: &MeasureSight,
    meetings: &[MeetingKey],
) -> StoreResult<HashMap<MeetingKey, i64>> {
    let ids: Vec<i64> = meetings.iter().map(|meeting| meeting.id).collect();
    let mut counts = HashMap::new();
    for part in ids.chunks(IDS) {
        let rows: Vec<(String, i64, i64)> = measures::table
            .filter(measures::meeting_id.eq_any(part))
            .filter(visible(sight))
            .group_by((measures::department_code, measures::meeting_id))
            .select((measures::department_code, measures::meeting_id, count_star()))
            .load(reader.reading())?;
        for (code, id, count) in rows {
            counts.insert(MeetingKey { department: corrupt("measures.department_code", code.parse())?, id }, count);
        }
    }
    Ok(counts)
}

/// How many measures of each sector the viewer sees, narrowed.
///
/// # Errors
/// Those of the database.
pub fn counts_of_sectors(
    reader: &mut Reader,
    sight: &MeasureSight,
    sectors: &[(DepartmentCode, SectorCode)],
    narrowed: &Narrowed,
) -> StoreResult<HashMap<(DepartmentCode, SectorCode), i64>> {
    let fortnights = narrowed.fortnights.clone().unwrap_or(0..=i32::MAX);
    let mut clause = visible(sight);
    if let Some(id) = narrowed.indicator_id {
        clause = Box::new(clause.and(measures::indicator_id.eq(id)));
    }
    let rows: Vec<(String, String, i64)> = measures::table
        .filter(measures::department_code.eq_any(sectors.iter().map(|(department, _)| department.as_str())))
        .filter(measures::sector_code.eq_any(sectors.iter().map(|(_, code)| code.as_str())))
        .filter(measures::fortnight.between(*fortnights.start(), *fortnights.end()))
        .filter(clause)
        .group_by((measures::department_code, measures::sector_code))
        .select((measures::department_code, measures::sector_code, count_star()))
        .load(reader.reading())?;
    rows.into_iter()
        .map(|(department, sector, count)| {
            let department = corrupt("measures.department_code", department.parse())?;
            Ok::<_, StoreError>(((department, corrupt("measures.sector_code", sector.parse())?), count))
        })
        .collect()
}
