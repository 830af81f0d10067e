//! Measures in GraphQL, with the values that corrections replaced.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use juniper::{ID, graphql_object};

use super::enums::ServiceKind;
use super::indicators::{Indicator, department};
use super::meetings::Meeting;
use super::node::NodeValue;
use super::sectors::Sector;
use super::territory::Department;
use crate::connection;
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::keys::{MeasureKey, MeetingKey};
use crate::graphql::connection::{Page, PageRequest, Total, foreign};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{DateTime, Fortnight, Period};
use crate::graphql::value::PaltsScalar;
use crate::store::corrections::Correction;
use crate::store::measures as store;
use crate::store::measures::lists::Part;
use crate::workflow::{Error, measures, sectors};

/// A figure of one indicator, service and fortnight, in a sector or for the whole department.
#[derive(Clone)]
pub struct Measure(pub Arc<store::Measure>);

connection!(MeasureConnection, MeasureEdge, Measure);

impl Measure {
    /// A measure by its key, if the viewer sees it.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who sees no measure anywhere.
    pub fn of(context: &Context, key: &MeasureKey) -> ApiResult<Option<Self>> {
        let loaders = &context.loaders.meetings;
        let found = loaders.measures.load(&key.id, |ids| {
            let found = context.read(|call| measures::by_ids(call, &ids))?;
            Self::hand_out(context, found.values());
            Ok(found.into_iter().map(|(id, measure)| (id, Some(Arc::new(measure)))).collect())
        })?;
        Ok(found.filter(|found| found.key == *key).map(Self))
    }

    /// Says which measures are handed out together, and so load what hangs on them together.
    fn hand_out<'a>(context: &Context, measures: impl Iterator<Item = &'a store::Measure> + Clone) {
        let loaders = &context.loaders.meetings;
        loaders.history.expect(measures.clone().map(|measure| measure.key.id));
        loaders.indicators.expect(measures.clone().map(|measure| measure.indicator_id));
        loaders.meetings.expect(measures.clone().map(|measure| measure.meeting_id));
        loaders.sectors.expect(measures.filter_map(place_of));
    }

    /// The part of a list that a page shows, and one more.
    ///
    /// # Errors
    /// INVALID for the cursor.
    pub fn part(request: &PageRequest) -> ApiResult<Part> {
        Ok(Part { after: after_place(request)?, limit: request.first + 1 })
    }

    /// Groups what was loaded into lists, and expects what hangs on the measures that pages show: each sibling is about to be asked for its page.
    pub fn grouped<K: Eq + Hash>(
        context: &Context,
        request: &PageRequest,
        found: Vec<Arc<store::Measure>>,
        group: impl Fn(&store::Measure) -> K,
    ) -> HashMap<K, Arc<[Arc<store::Measure>]>> {
        let mut lists: HashMap<K, Vec<Arc<store::Measure>>> = HashMap::new();
        for measure in found {
            lists.entry(group(&measure)).or_default().push(measure);
        }
        let shown = lists.values().flat_map(|list| list.iter().take(request.shown()));
        Self::hand_out(context, shown.clone().map(Arc::as_ref));
        context.loaders.meetings.measures.know(shown.map(|measure| (measure.key.id, Some(Arc::clone(measure)))));
        lists.into_iter().map(|(key, list)| (key, list.into())).collect()
    }

    /// The page that a list makes.
    pub fn page(list: &[Arc<store::Measure>], request: &PageRequest, total: Total) -> MeasureConnection {
        let key = |measure: &Self| format!("{}:{}", measure.0.fortnight.ordinal(), measure.0.key.id);
        MeasureConnection(Page::new(request, list.iter().cloned().map(Self).collect(), key, total))
    }

    /// A page of a sector's measures, whatever the revision; of an indicator or a period if named.
    ///
    /// # Errors
    /// NOT_FOUND for an indicator that the viewer does not see; FORBIDDEN for a viewer who sees no measures; INVALID or LIMIT for the page.
    pub fn of_sector(
        context: &Context,
        sector: &(DepartmentCode, SectorCode),
        indicator: Option<String>,
        period: Option<Period>,
        request: &PageRequest,
    ) -> ApiResult<MeasureConnection> {
        let loaders = &context.loaders.meetings;
        let period = period.map(|period| period.0);
        let siblings = || context.loaders.sectors.handed_out();
        let arguments = (indicator.clone(), period, request.clone());
        let list = loaders.of_sectors.load_with(sector, &arguments, siblings, |sectors| {
            let part = Self::part(request)?;
            let found = context.read(|call| measures::of_sectors(call, &sectors, indicator.as_deref(), period, &part))?;
            let lists = Self::grouped(context, request, found, place_of);
            Ok(lists.into_iter().filter_map(|(sector, list)| Some((sector?, list))).collect())
        })?;
        let sector = sector.clone();
        let total = move |context: &Context| {
            let counts = &context.loaders.meetings.counts_of_sectors;
            let siblings = || context.loaders.sectors.handed_out();
            let count = counts.load_with(&sector, &(indicator.clone(), period), siblings, |sectors| {
                context.read(|call| measures::counts_of_sectors(call, &sectors, indicator.as_deref(), period))
            })?;
            Ok(i32::try_from(count).unwrap_or(i32::MAX))
        };
        Ok(Self::page(&list, request, Box::new(total)))
    }
}

fn place_of(measure: &store::Measure) -> Option<(DepartmentCode, SectorCode)> {
    measure.sector.clone().map(|code| (measure.key.department.clone(), code))
}

type Cursor = Option<(i32, i64)>;

fn after_place(request: &PageRequest) -> ApiResult<Cursor> {
    let read = |text: &str| {
        let (fortnight, id) = text.split_once(':')?;
        Some((fortnight.parse().ok()?, id.parse().ok()?))
    };
    match request.after.as_deref() {
        None => Ok(None),
        Some(text) => Ok(Some(read(text).ok_or_else(foreign)?)),
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A figure of one indicator, service and fortnight, in a sector or for the whole department.
impl Measure {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Measure(self.0.key.department.clone(), self.0.key.id).into()
    }
    /// What was measured.
    pub fn indicator(&self, context: &Context) -> ApiResult<Indicator> {
        Indicator::of_row(context, self.0.indicator_id)
    }
    /// Where.
    pub fn department(&self, context: &Context) -> ApiResult<Department> {
        department(context, &self.0.key.department)
    }
    /// Absent: the measure is for the whole department. Shown as in the plan in force, else as in the last revision that held it.
    pub fn sector(&self, context: &Context) -> ApiResult<Option<Sector>> {
        let Some(key) = place_of(&self.0) else { return Ok(None) };
        let seen = context.loaders.meetings.sectors.load(&key, |keys| {
            let found = context.read(|call| sectors::last_known(call, &keys))?;
            context.loaders.sectors.expect(found.values().filter_map(|seen| seen.whole().ok()).map(|sector| &sector.key));
            Ok(found.into_iter().map(|(key, seen)| (key, Some(seen))).collect())
        })?;
        Ok(seen.map(Sector))
    }
    /// Code of the sector, also where the viewer sees no more of it.
    pub fn sector_code(&self) -> Option<&str> {
        self.0.sector.as_ref().map(SectorCode::as_str)
    }
    /// Whose figure it is.
    pub fn service(&self) -> ServiceKind {
        self.0.service.into()
    }
    /// The fortnight that it is of.
    pub fn fortnight(&self) -> Fortnight {
        Fortnight(self.0.fortnight)
    }
    /// 0 is a figure ('néant'); what was not reported has no measure. Exact to four decimals.
    pub fn value(&self) -> f64 {
        self.0.value.to_f64()
    }
    /// The meeting that brought it.
    pub fn meeting(&self, context: &Context) -> ApiResult<Meeting> {
        let key = MeetingKey { department: self.0.key.department.clone(), id: self.0.meeting_id };
        Meeting::of(context, &key)?.ok_or_else(|| Error::Internal(format!("no meeting {}", key.id)).into())
    }
    /// When this value was recorded.
    pub fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
    /// By whom.
    pub fn recorded_by(&self) -> &str {
        &self.0.recorded_by
    }
    /// Earlier values, newest first, when the measure was corrected: the last 50. All of them stand in the audit.
    pub fn history(&self, context: &Context) -> ApiResult<Vec<MeasureCorrection>> {
        let load = |ids: Vec<i64>| context.read(|call| measures::history(call, &ids));
        let found = context.loaders.meetings.history.load(&self.0.key.id, load)?;
        Ok(found.into_iter().map(MeasureCorrection).collect())
    }
}

/// A value that a correction replaced: what it was, when and by whom it had been recorded, and why it was replaced, when and by whom.
pub struct MeasureCorrection(Correction);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A value that a correction replaced: what it was, when and by whom it had been recorded, and why it was replaced, when and by whom.
impl MeasureCorrection {
    /// The earlier value.
    pub fn value(&self) -> f64 {
        self.0.value.to_f64()
    }
    /// When that was recorded.
    pub fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
    /// By whom.
    pub fn recorded_by(&self) -> &str {
        &self.0.recorded_by
    }
    /// Why it was replaced.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }
    /// When it was replaced.
    pub fn corrected_at(&self) -> DateTime {
        DateTime(self.0.corrected_at)
    }
    /// By whom.
    pub fn corrected_by(&self) -> &str {
        &self.0.corrected_by
    }
}
