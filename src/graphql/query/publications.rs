//! Questions about publications.

use crate::graphql::connection::{Page, PageRequest};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::types::publications::{Publication, PublicationConnection};
use crate::workflow::publications;

/// Publications, newest first.
pub fn publications(context: &Context, first: Option<i32>, after: Option<String>) -> ApiResult<PublicationConnection> {
    let request = PageRequest::new("publications", first, after.as_deref(), &context.office().rules)?;
    let before = request.after_key::<i64>()?;
    let found = context.read(|call| publications::page(call, before, request.first + 1))?;
    let nodes = found.into_iter().map(Publication).collect();
    let total = Box::new(|context: &Context| context.read(publications::count));
    Ok(PublicationConnection(Page::new(&request, nodes, |node: &Publication| node.0.id.to_string(), total)))
}
