//! The acts on indicators, meetings and measures.

use std::sync::Arc;

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::types::indicators::{Indicator, NotApplicable};
use crate::graphql::types::inputs::meetings::{
    CorrectMeasureInput, DeclareNotApplicableInput, DefineIndicatorInput, MeasureInput, RecordMeasuresInput, RecordMeetingInput,
};
use crate::graphql::types::measures::Measure;
use crate::graphql::types::meetings::Meeting;
use crate::workflow::{indicators, measures, meetings};

/// Defines an indicator.
pub fn define_indicator(context: &Context, input: DefineIndicatorInput) -> ApiResult<Indicator> {
    let sent = indicators::Definition {
        code: input.code,
        label: input.label,
        unit: input.unit,
        counts: input.counts.map(Into::into),
        definition: input.definition,
        aggregation: input.aggregation.into(),
        numerator: input.numerator,
        denominator: input.denominator,
        department: input.department_code.map(|code| code.0),
        recorded_by: input.recorded_by.map(|services| services.into_iter().map(Into::into).collect()),
        published: input.published,
    };
    Ok(Indicator(Arc::new(context.write(|call| indicators::define(call, sent))?)))
}

fn measure(input: MeasureInput) -> measures::NewMeasure {
    measures::NewMeasure {
        indicator: input.indicator,
        sector_code: input.sector_code,
        service: input.service.into(),
        value: input.value,
        fortnight: input.fortnight.map(|fortnight| fortnight.0),
    }
}

/// Records a meeting.
pub fn record_meeting(context: &Context, input: RecordMeetingInput) -> ApiResult<Meeting> {
    let decisions = input.decisions.unwrap_or_default().into_iter().map(|decision| meetings::NewDecision {
        text: decision.text,
        owner: decision.owner.map(Into::into),
        due_on: decision.due_on.map(|day| day.0),
    });
    let sent = meetings::NewMeeting {
        department: input.department_code.0,
        kind: input.kind.map(Into::into),
        held_on: input.held_on.0,
        attendance: input.attendance.into_iter().map(Into::into).collect(),
        minutes: input.minutes.unwrap_or_default(),
        decisions: decisions.collect(),
        measures: input.measures.into_iter().map(measure).collect(),
        idempotency_key: input.idempotency_key,
    };
    Ok(Meeting(Arc::new(context.write(|call| meetings::record(call, &sent))?)))
}

/// Adds measures to a meeting.
pub fn record_measures(context: &Context, input: RecordMeasuresInput) -> ApiResult<Meeting> {
    let key = NodeId::meeting(&input.meeting_id)?;
    let sent: Vec<measures::NewMeasure> = input.measures.into_iter().map(measure).collect();
    let meeting = context.write(|call| meetings::add_measures(call, &key, &sent, input.idempotency_key.as_deref()))?;
    Ok(Meeting(Arc::new(meeting)))
}

/// Corrects a measure.
pub fn correct_measure(context: &Context, input: CorrectMeasureInput) -> ApiResult<Measure> {
    let key = NodeId::measure(&input.measure_id)?;
    Ok(Measure(Arc::new(context.write(|call| measures::correct(call, &key, input.value, &input.reason))?)))
}

/// Declares an indicator not applicable.
pub fn declare_not_applicable(context: &Context, input: DeclareNotApplicableInput) -> ApiResult<NotApplicable> {
    let sent = measures::NotApplicable {
        department: input.department_code.0,
        indicator: input.indicator,
        from: input.from.0,
        until: input.until.map(|fortnight| fortnight.0),
        reason: input.reason,
    };
    Ok(NotApplicable(context.write(|call| measures::declare_not_applicable(call, sent))?))
}
