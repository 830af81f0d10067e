//! Inputs of indicators, meetings and measures.

use juniper::{GraphQLInputObject, ID};

use crate::graphql::scalars::{Date, DepartmentCode, Fortnight};
use crate::graphql::types::enums::{Aggregation, Counts, MeetingKind, ServiceKind};
use crate::graphql::value::PaltsScalar;

/// With a departmentCode: the department's own, its code begins with the department's and a hyphen. Without: national. numerator and
/// denominator are for RATIO, which no service records. A code that exists is defined anew; its aggregation stays once measured.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct DefineIndicatorInput {
    /// Capital letters, digits and underscores; a local one begins with its department’s code and a hyphen: 13-HALLS.
    pub code: String,
    /// What people read.
    pub label: String,
    /// In what it is counted; stays once measured.
    pub unit: String,
    /// What it counts, whatever its unit is called: publications hide numbers from 1 to 4 of PERSONS and ACTS_ON_PERSONS. Left out:
    /// PERSONS, or what it counted before if the unit stays. Not for a RATIO, of which its terms decide.
    pub counts: Option<Counts>,
    /// What exactly is counted.
    pub definition: String,
    /// How measures add up; stays once measured.
    pub aggregation: Aggregation,
    /// For RATIO: code of the indicator above the line; stays once published.
    pub numerator: Option<String>,
    /// For RATIO: code of the indicator below the line; stays once published.
    pub denominator: Option<String>,
    /// The department whose own it is; left out, it is national.
    pub department_code: Option<DepartmentCode>,
    /// The services that record it. Left out: as they were; of a new one, every one.
    pub recorded_by: Option<Vec<ServiceKind>>,
    /// Whether it is part of publications. Left out: as it was; a new one is not.
    pub published: Option<bool>,
}

/// fortnight: the meeting's own unless said; a meeting may bring the figures of the fortnight before. One measure per fortnight, indicator,
/// sector and service. value: not negative, at most four decimals, at most 10 000 000 000.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct MeasureInput {
    /// Code of the indicator.
    pub indicator: String,
    /// Code of the sector; left out, the whole department.
    pub sector_code: Option<String>,
    /// The service whose figure it is.
    pub service: ServiceKind,
    /// Not negative, at most four decimals, at most 10 000 000 000.
    pub value: f64,
    /// The meeting’s fortnight unless said, or the one before.
    pub fortnight: Option<Fortnight>,
}

/// What was decided, which service carries it out, and by when.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct DecisionInput {
    /// What was decided.
    pub text: String,
    /// Which service carries it out.
    pub owner: Option<ServiceKind>,
    /// By when.
    pub due_on: Option<Date>,
}

/// kind: PLENARY unless said. heldOn: not in the future. At most 100 decisions and 1000 measures. idempotencyKey is per user: sent again
/// with the same key and content, the same meeting comes back and nothing is recorded twice; other content is a CONFLICT.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RecordMeetingInput {
    /// Which état-major met.
    pub department_code: DepartmentCode,
    /// PLENARY unless said.
    pub kind: Option<MeetingKind>,
    /// The day, not in the future.
    pub held_on: Date,
    /// The services that were there.
    pub attendance: Vec<ServiceKind>,
    /// What was said.
    pub minutes: Option<String>,
    /// At most 100.
    pub decisions: Option<Vec<DecisionInput>>,
    /// The figures that it brought, at most 1000.
    pub measures: Vec<MeasureInput>,
    /// Of the caller’s own making: sent again with the same content nothing is recorded twice; with other content it is a CONFLICT.
    pub idempotency_key: Option<String>,
}

/// At most 1000 measures, of services that the caller's roles stand for.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RecordMeasuresInput {
    /// Opaque id of the meeting.
    pub meeting_id: ID,
    /// At most 1000.
    pub measures: Vec<MeasureInput>,
    /// Of the caller’s own making: sent again with the same content nothing is recorded twice; with other content it is a CONFLICT.
    pub idempotency_key: Option<String>,
}

/// The value before is kept, with who and why.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct CorrectMeasureInput {
    /// Opaque id of the measure.
    pub measure_id: ID,
    /// The right value; bounds as when it is recorded.
    pub value: f64,
    /// Why; kept with the value before.
    pub reason: String,
}

/// until: inclusive; left out while it lasts. Refused where the indicator was measured. The same first fortnight again takes the place of
/// the declaration before, so that one that lasts can be given its end.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct DeclareNotApplicableInput {
    /// Where it does not apply.
    pub department_code: DepartmentCode,
    /// Code of the indicator.
    pub indicator: String,
    /// The first fortnight.
    pub from: Fortnight,
    /// The last fortnight; left out while it lasts.
    pub until: Option<Fortnight>,
    /// Why.
    pub reason: String,
}
