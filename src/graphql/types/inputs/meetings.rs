//! Inputs of indicators, meetings and measures.
#![allow(missing_docs)] // The fields say what they are; what is not plain is said on the input.

use juniper::{GraphQLInputObject, ID};

use crate::graphql::scalars::{Date, DepartmentCode, Fortnight};
use crate::graphql::types::enums::{Aggregation, Counts, MeetingKind, ServiceKind};
use crate::graphql::value::PaltsScalar;

/// With a departmentCode: the department's own, its code begins with the department's and a hyphen. Without: national. numerator and
/// denominator are for RATIO, which no service records. A code that exists is defined anew; its aggregation stays once measured.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct DefineIndicatorInput {
    pub code: String,
    pub label: String,
    pub unit: String,
    /// What it counts, whatever its unit is called: publications hide numbers from 1 to 4 of PERSONS and ACTS_ON_PERSONS. Left out:
    /// PERSONS, or what it counted before if the unit stays. Not for a RATIO, of which its terms decide.
    pub counts: Option<Counts>,
    pub definition: String,
    pub aggregation: Aggregation,
    pub numerator: Option<String>,
    pub denominator: Option<String>,
    pub department_code: Option<DepartmentCode>,
    pub recorded_by: Option<Vec<ServiceKind>>,
    /// Left out: not part of publications.
    pub published: Option<bool>,
}

/// fortnight: the meeting's own unless said; a meeting may bring the figures of the fortnight before. One measure per fortnight, indicator,
/// sector and service. value: not negative, at most four decimals, at most 10 000 000 000.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct MeasureInput {
    pub indicator: String,
    pub sector_code: Option<String>,
    pub service: ServiceKind,
    pub value: f64,
    pub fortnight: Option<Fortnight>,
}

/// What was decided, which service carries it out, and by when.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct DecisionInput {
    pub text: String,
    pub owner: Option<ServiceKind>,
    pub due_on: Option<Date>,
}

/// kind: PLENARY unless said. heldOn: not in the future. At most 100 decisions and 1000 measures. idempotencyKey is per user: sent again
/// with the same key and content, the same meeting comes back and nothing is recorded twice; other content is a CONFLICT.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RecordMeetingInput {
    pub department_code: DepartmentCode,
    pub kind: Option<MeetingKind>,
    pub held_on: Date,
    pub attendance: Vec<ServiceKind>,
    pub minutes: Option<String>,
    pub decisions: Option<Vec<DecisionInput>>,
    pub measures: Vec<MeasureInput>,
    pub idempotency_key: Option<String>,
}

/// At most 1000 measures, of services that the caller's roles stand for.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RecordMeasuresInput {
    pub meeting_id: ID,
    pub measures: Vec<MeasureInput>,
    pub idempotency_key: Option<String>,
}

/// The value before is kept, with who and why.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct CorrectMeasureInput {
    pub measure_id: ID,
    pub value: f64,
    pub reason: String,
}

/// until: inclusive; left out while it lasts. Refused where the indicator was measured. The same first fortnight again takes the place of
/// the declaration before, so that one that lasts can be given its end.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct DeclareNotApplicableInput {
    pub department_code: DepartmentCode,
    pub indicator: String,
    pub from: Fortnight,
    pub until: Option<Fortnight>,
    pub reason: String,
}
