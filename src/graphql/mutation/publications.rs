//! Acts on publications.

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::scalars::Period;
use crate::graphql::types::publications::Publication;
use crate::workflow::publications;

/// Publishes an ended period.
pub fn publish_period(context: &Context, period: Period) -> ApiResult<Publication> {
    Ok(Publication(context.write(|call| publications::publish(call, period.0))?))
}
