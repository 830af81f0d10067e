//! The acts on the mapping of a draft.

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::mutation::revisions::on_revision;
use crate::graphql::types::inputs::sectors::{RankInput, RemoveSectorInput, SectorInput, UpsertSectorsInput};
use crate::graphql::types::revisions::PlanRevision;
use crate::workflow::sectors::{self, Options, Shape, UpsertReport};

fn sector(input: SectorInput) -> sectors::SectorInput {
    sectors::SectorInput {
        code: input.code,
        name: input.name,
        kind: input.kind.into(),
        authority: input.authority.into(),
        parquet_code: input.parquet_code,
        commune_codes: input.commune_codes.unwrap_or_default(),
        priority_neighbourhood_code: input.priority_neighbourhood_code,
        severity: input.severity,
        description: input.description.unwrap_or_default(),
        geometry: input.geometry.map(|geometry| Shape::Text(geometry.0.get().to_owned())),
        is_faulty: false,
    }
}

/// Adds or replaces sectors.
pub fn upsert_sectors(context: &Context, input: UpsertSectorsInput) -> ApiResult<PlanRevision> {
    let list: Vec<sectors::SectorInput> = input.sectors.into_iter().map(sector).collect();
    on_revision(context, &input.revision_id, |call, key| {
        sectors::upsert(call, key, input.version, list, Options::default()).and_then(UpsertReport::into_revision)
    })
}

/// Takes a sector out.
pub fn remove_sector(context: &Context, input: RemoveSectorInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| sectors::remove(call, key, input.version, &input.code))
}

/// Ranks all sectors.
pub fn rank_sectors(context: &Context, input: RankInput) -> ApiResult<PlanRevision> {
    on_revision(context, &input.revision_id, |call, key| sectors::rank(call, key, input.version, &input.codes))
}
