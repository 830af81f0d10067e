//! Mutations on sessions, accounts, grants and tokens. login, refreshSession and logout stand alone in their document and run outside the
//! transaction of other operations: the runner sees to it.

use juniper::ID;

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::types::access::{ApiToken, IssuedToken, Session, User};
use crate::graphql::types::inputs::access::{CreateUserInput, GrantInput, IssueTokenInput};
use crate::store::users::UserRow;
use crate::workflow::users::{GrantRequest, NewUser};
use crate::workflow::{Call, Error, Result, sessions, tokens, users};

/// Where the call comes from, for the throttle; those that cannot be told apart share one place.
fn address(call: &Call) -> String {
    call.address().map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}

/// Signs in.
pub fn login(context: &Context, username: &str, password: &str) -> ApiResult<Session> {
    context.read(|call| sessions::login(call.office(), username, password, &address(call))).map(Session)
}

/// Exchanges a refresh token.
pub fn refresh_session(context: &Context, refresh_token: &str) -> ApiResult<Session> {
    context.read(|call| sessions::refresh(call.office(), refresh_token)).map(Session)
}

/// Ends a session.
pub fn logout(context: &Context, refresh_token: &str) -> ApiResult<bool> {
    context.read(|call| sessions::logout(call.office(), refresh_token))
}

fn user(context: &Context, work: impl FnOnce(&mut Call) -> Result<UserRow>) -> ApiResult<User> {
    Ok(User(context.write(work)?))
}

/// Creates an account.
pub fn create_user(context: &Context, input: &CreateUserInput) -> ApiResult<User> {
    let new = NewUser { username: &input.username, display_name: &input.display_name, password: &input.password };
    user(context, |call| users::create(call, &new))
}

/// Disables an account.
pub fn disable_user(context: &Context, username: &str) -> ApiResult<User> {
    user(context, |call| users::disable(call, username))
}

fn request(input: &GrantInput) -> GrantRequest<'_> {
    GrantRequest {
        username: &input.username,
        role: input.role.into(),
        department: input.department_code.as_ref().map(|code| code.0.clone()),
        zone: input.defence_zone_code.as_deref(),
        parquet: input.parquet_code.as_deref(),
        until: input.until.map(|day| day.0),
    }
}

/// Gives a role.
pub fn grant_role(context: &Context, input: &GrantInput) -> ApiResult<User> {
    user(context, |call| users::grant(call, &request(input)))
}

/// Takes a role away.
pub fn revoke_role(context: &Context, input: &GrantInput) -> ApiResult<User> {
    user(context, |call| users::revoke(call, &request(input)))
}

/// Issues a machine's token.
pub fn issue_token(context: &Context, input: &IssueTokenInput) -> ApiResult<IssuedToken> {
    let issued = context.write(|call| tokens::issue(call, &input.label, input.role.into(), input.expires_at.0))?;
    Ok(IssuedToken(issued))
}

/// Takes a machine's token back.
pub fn revoke_token(context: &Context, id: &ID) -> ApiResult<ApiToken> {
    let row = context.write(|call| match NodeId::read(id) {
        Ok(NodeId::ApiToken(id)) => tokens::revoke(call, id),
        Ok(_) | Err(_) => {
            call.require_nation(crate::access::Capability::AdministerAccess)?;
            Err(Error::not_found("token"))
        }
    })?;
    Ok(ApiToken(row))
}
