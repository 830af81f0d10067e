//! Questions about the viewer, accounts and tokens.

use crate::graphql::connection::{Page, PageRequest};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::types::access::{ApiToken, ApiTokenConnection, User, UserConnection, Viewer};
use crate::workflow::{tokens, users};

fn total(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Who asks.
pub fn viewer(context: &Context) -> ApiResult<Option<Viewer>> {
    context.read(|call| Ok(Viewer::of(call.caller())))
}

/// Accounts by name.
pub fn users(context: &Context, first: Option<i32>, after: Option<String>) -> ApiResult<UserConnection> {
    let request = PageRequest::new("users", first, after.as_deref(), &context.office().rules)?;
    let rows = context.read(|call| users::list(call, request.after.as_deref(), request.first + 1))?;
    let count = Box::new(|context: &Context| Ok(total(context.read(users::count)?)));
    let nodes = User::hand_out(context, rows);
    Ok(UserConnection(Page::new(&request, nodes, |user| user.0.username.to_string(), count)))
}

/// Tokens of machines, newest first.
pub fn api_tokens(context: &Context, first: Option<i32>, after: Option<String>) -> ApiResult<ApiTokenConnection> {
    let request = PageRequest::new("tokens", first, after.as_deref(), &context.office().rules)?;
    let before = request.after_key()?;
    let rows = context.read(|call| tokens::list(call, before, request.first + 1))?;
    let count = Box::new(|context: &Context| Ok(total(context.read(tokens::count)?)));
    let nodes = rows.into_iter().map(ApiToken).collect();
    Ok(ApiTokenConnection(Page::new(&request, nodes, |token| token.0.id.to_string(), count)))
}
