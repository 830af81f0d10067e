//! The acts on the objectives of a draft.

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::mutation::revisions::on_revision;
use crate::graphql::types::inputs::sectors::{ObjectiveTargetInput, RankInput, RemoveObjectiveInput, UpsertObjectiveInput};
use crate::graphql::types::revisions::PlanRevision;
use crate::workflow::objectives::{self, ObjectiveInput, TargetInput};

fn target(input: ObjectiveTargetInput) -> TargetInput {
    TargetInput { indicator: input.indicator, baseline: input.baseline, target: input.target }
}

/// Adds or replaces an objective.
pub fn upsert_objective(context: &Context, input: UpsertObjectiveInput) -> ApiResult<PlanRevision> {
    let objective = ObjectiveInput {
        code: input.code,
        axis: input.axis.into(),
        title: input.title,
        description: input.description.unwrap_or_default(),
        lead_service: input.lead_service.into(),
        partner_services: input.partner_services.unwrap_or_default().into_iter().map(Into::into).collect(),
        department_wide: input.department_wide.unwrap_or_default(),
        sector_codes: input.sector_codes.unwrap_or_default(),
        school_uais: input.school_uais.unwrap_or_default(),
        modes_of_action: input.modes_of_action.unwrap_or_default(),
        targets: input.targets.unwrap_or_default().into_iter().map(target).collect(),
        due_on: input.due_on.map(|date| date.0),
    };
    on_revision(context, &input.revision_id, |call, key| objectives::upsert(call, key, input.version, &objective))
}

/// Takes an objective out.
pub fn remove_objective(context: &Context, input: RemoveObjectiveInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| objectives::remove(call, key, input.version, &input.code))
}

/// Ranks all objectives.
pub fn rank_objectives(context: &Context, input: RankInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| objectives::rank(call, key, input.version, &input.codes))
}
