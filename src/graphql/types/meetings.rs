//! Meetings in GraphQL. The education service reads when and where; the fields of what was said begin with [`meetings::require_content`].

use std::collections::HashMap;
use std::sync::Arc;

use juniper::{ID, graphql_object};

use super::enums::{DecisionState, MeetingKind, ServiceKind};
use super::indicators::department;
use super::measures::{Measure, MeasureConnection};
use super::node::NodeValue;
use super::territory::Department;
use crate::connection;
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight as PeriodFortnight;
use crate::domain::keys::MeetingKey;
use crate::graphql::connection::{Page, PageRequest, foreign};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{Date, Fortnight, Period};
use crate::graphql::value::PaltsScalar;
use crate::store::measures::Measure as StoredMeasure;
use crate::store::meetings::{self as store, MeetingPart};
use crate::workflow::{measures, meetings};

/// A meeting of the état-major de sécurité, which préfet and procureur lead together.
#[derive(Clone)]
pub struct Meeting(pub Arc<store::Meeting>);

connection!(MeetingConnection, MeetingEdge, Meeting);

impl Meeting {
    /// A meeting by its key, if the viewer sees it.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who sees no meeting anywhere.
    pub fn of(context: &Context, key: &MeetingKey) -> ApiResult<Option<Self>> {
        let loaders = &context.loaders.meetings;
        let found = loaders.meetings.load(&key.id, |ids| {
            let found = context.read(|call| meetings::by_ids(call, &ids))?;
            Self::hand_out(context, found.values());
            Ok(found.into_iter().map(|(id, meeting)| (id, Some(Arc::new(meeting)))).collect())
        })?;
        Ok(found.filter(|found| found.key == *key).map(Self))
    }

    /// Says which meetings are handed out together, and so load what hangs on them together.
    fn hand_out<'a>(context: &Context, meetings: impl Iterator<Item = &'a store::Meeting> + Clone) {
        let loaders = &context.loaders.meetings;
        loaders.of_meetings.expect(meetings.clone().map(|meeting| meeting.key.clone()));
        loaders.counts_of_meetings.expect(meetings.clone().map(|meeting| meeting.key.clone()));
        loaders.decisions.expect(meetings.map(|meeting| meeting.key.id));
    }

    /// A page of a department's meetings, newest first; of a period if one is named.
    ///
    /// # Errors
    /// FORBIDDEN in scope without the capability; INVALID or LIMIT for the page.
    pub fn of_department(
        context: &Context,
        code: &DepartmentCode,
        period: Option<Period>,
        first: Option<i32>,
        after: Option<&str>,
    ) -> ApiResult<MeetingConnection> {
        let request = PageRequest::new("meetings", first, after, &context.office().rules)?;
        let cursor = after_place(&request)?;
        let period = period.map(|period| period.0);
        let loaders = &context.loaders.meetings;
        let sees = context.read(|call| meetings::sees(call, code))?;
        let list: Arc<[Arc<store::Meeting>]> = if sees {
            loaders.of_departments.load(code, &(None, period, request.clone()), |codes| {
                let part = MeetingPart { after: cursor, limit: request.first + 1 };
                let mut lists: HashMap<DepartmentCode, Vec<Arc<store::Meeting>>> = HashMap::new();
                for meeting in context.read(|call| meetings::parts(call, &codes, period, &part))? {
                    lists.entry(meeting.key.department.clone()).or_default().push(meeting);
                }
                let shown = lists.values().flat_map(|list| list.iter().take(request.shown()));
                Self::hand_out(context, shown.clone().map(Arc::as_ref));
                loaders.meetings.know(shown.map(|meeting| (meeting.key.id, Some(Arc::clone(meeting)))));
                Ok(lists.into_iter().map(|(code, list)| (code, list.into())).collect())
            })?
        } else {
            Arc::default()
        };
        let key = |meeting: &Self| format!("{}:{}", meeting.0.held_on, meeting.0.key.id);
        let code = code.clone();
        let total = move |context: &Context| {
            if !sees {
                return Ok(0);
            }
            let counts = &context.loaders.meetings.counts_of_departments;
            let count = counts.load(&code, &period, |codes| context.read(|call| meetings::counts(call, &codes, period)))?;
            Ok(i32::try_from(count).unwrap_or(i32::MAX))
        };
        Ok(MeetingConnection(Page::new(&request, list.iter().cloned().map(Self).collect(), key, Box::new(total))))
    }
}

type Cursor = Option<(chrono::NaiveDate, i64)>;

fn after_place(request: &PageRequest) -> ApiResult<Cursor> {
    let read = |text: &str| {
        let (day, id) = text.split_once(':')?;
        // A day that no meeting can be of is none that a list of ours named, and may be none that a database knows.
        let day = day.parse().ok().filter(|day| PeriodFortnight::of(*day).is_ok())?;
        Some((day, id.parse().ok()?))
    };
    match request.after.as_deref() {
        None => Ok(None),
        Some(text) => Ok(Some(read(text).ok_or_else(foreign)?)),
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A meeting of the état-major de sécurité, which préfet and procureur lead together.
impl Meeting {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Meeting(self.0.key.department.clone(), self.0.key.id).into()
    }
    /// Whose meeting it was.
    pub fn department(&self, context: &Context) -> ApiResult<Department> {
        department(context, &self.0.key.department)
    }
    /// Its kind.
    pub fn kind(&self) -> MeetingKind {
        self.0.kind.into()
    }
    /// The day.
    pub fn held_on(&self) -> Date {
        Date(self.0.held_on)
    }
    /// The fortnight of that day.
    pub fn fortnight(&self) -> Fortnight {
        Fortnight(self.0.fortnight)
    }
    /// The services that came.
    pub fn attendance(&self, context: &Context) -> ApiResult<Vec<ServiceKind>> {
        context.read(|call| meetings::require_content(call, &self.0.key.department))?;
        Ok(self.0.attendance.iter().copied().map(ServiceKind::from).collect())
    }
    /// The minutes.
    pub fn minutes(&self, context: &Context) -> ApiResult<&str> {
        context.read(|call| meetings::require_content(call, &self.0.key.department))?;
        Ok(&self.0.minutes)
    }
    /// What was decided.
    pub fn decisions(&self, context: &Context) -> ApiResult<Vec<Decision>> {
        context.read(|call| meetings::require_content(call, &self.0.key.department))?;
        let load = |ids: Vec<i64>| context.read(|call| meetings::decisions(call, &ids));
        let found = context.loaders.meetings.decisions.load(&self.0.key.id, load)?;
        Ok(found.into_iter().map(Decision).collect())
    }
    /// The figures that it brought, by fortnight, then as recorded; those that the viewer sees.
    pub fn measures(
        &self,
        context: &Context,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<MeasureConnection> {
        let request = PageRequest::new("measures", first, after.as_deref(), &context.office().rules)?;
        let loaders = &context.loaders.meetings;
        let list = loaders.of_meetings.load(&self.0.key, &(None, None, request.clone()), |keys| {
            let part = Measure::part(&request)?;
            let found = context.read(|call| measures::of_meetings(call, &keys, &part))?;
            let meeting =
                |measure: &StoredMeasure| MeetingKey { department: measure.key.department.clone(), id: measure.meeting_id };
            Ok(Measure::grouped(context, &request, found, meeting))
        })?;
        let key = self.0.key.clone();
        let total = move |context: &Context| {
            let counts = &context.loaders.meetings.counts_of_meetings;
            let count = counts.load(&key, &(), |keys| context.read(|call| measures::counts_of_meetings(call, &keys)))?;
            Ok(i32::try_from(count).unwrap_or(i32::MAX))
        };
        Ok(Measure::page(&list, &request, Box::new(total)))
    }
}

/// What a meeting decided.
pub struct Decision(store::Decision);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// What a meeting decided.
impl Decision {
    /// What was decided.
    pub fn text(&self) -> &str {
        &self.0.text
    }
    /// Which service carries it out.
    pub fn owner(&self) -> Option<ServiceKind> {
        self.0.owner.map(ServiceKind::from)
    }
    /// By when.
    pub fn due_on(&self) -> Option<Date> {
        self.0.due_on.map(Date)
    }
    /// Where it stands.
    pub fn state(&self) -> DecisionState {
        self.0.state.into()
    }
}
