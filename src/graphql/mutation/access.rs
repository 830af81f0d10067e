//! Mutations on sessions, accounts, grants and tokens. login, refreshSession, logout and changePassword stand alone in their document and run outside the
//! transaction of other operations: the runner sees to it.

use juniper::ID;

use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::shares::Counted;
use crate::graphql::types::access::{ApiToken, IssuedToken, Session, User};
use crate::graphql::types::inputs::access::{CreateUserInput, GrantInput, IssueTokenInput};
use crate::store::users::UserRow;
use crate::workflow::users::{GrantRequest, NewUser};
use crate::workflow::{Call, Error, Result, sessions, tokens, users};

/// Where the call comes from, for the throttle and for places that an account is known to sign in from: the network
/// that limits count, because one customer has 2^64 addresses of IPv6. Those that cannot be told apart share one place.
fn address(call: &Call) -> String {
    match Counted::network(call.address()) {
        Counted::Network(network) => network.to_string(),
        Counted::Account(_) | Counted::Machine(_) | Counted::Nobody => "unknown".to_owned(),
    }
}

/// Signs in.
pub fn login(context: &Context, username: &str, password: &str) -> ApiResult<Session> {
    context.read(|call| sessions::login(call.office(), username, password, &address(call))).map(Session)
}

/// Exchanges a refresh token.
pub fn refresh_session(context: &Context, refresh_token: &str) -> ApiResult<Session> {
    context.read(|call| sessions::refresh(call.office(), refresh_token, &address(call))).map(Session)
}

/// Ends a session.
pub fn logout(context: &Context, refresh_token: &str) -> ApiResult<bool> {
    context.read(|call| sessions::logout(call.office(), refresh_token))
}

/// Changes the caller's own password.
pub fn change_password(context: &Context, current: &str, new: &str) -> ApiResult<Session> {
    context.read(|call| sessions::change_password(call.office(), call.caller(), current, new, &address(call))).map(Session)
}

/// Ends one session.
pub fn end_session(context: &Context, id: &ID) -> ApiResult<bool> {
    // What is no session's id is refused as one that is nobody's, which zero is.
    let id = NodeId::session(id).unwrap_or(0);
    context.write(|call| sessions::end(call, id))
}

/// Ends an account's sessions, or the caller's others.
pub fn end_sessions(context: &Context, username: Option<&str>) -> ApiResult<i32> {
    let ended = context.write(|call| sessions::end_all(call, username))?;
    Ok(i32::try_from(ended).unwrap_or(i32::MAX))
}

fn user(context: &Context, work: impl FnOnce(&mut Call) -> Result<UserRow>) -> ApiResult<User> {
    Ok(User(context.write(work)?))
}

/// Creates an account.
pub fn create_user(context: &Context, input: &CreateUserInput) -> ApiResult<User> {
    let new = NewUser {
        username: &input.username,
        display_name: &input.display_name,
        password: &input.password,
        must_change_password: input.must_change_password.unwrap_or(false),
    };
    user(context, |call| users::create(call, &new))
}

/// Disables an account.
pub fn disable_user(context: &Context, username: &str) -> ApiResult<User> {
    user(context, |call| users::disable(call, username))
}

/// Lets an account sign in again.
pub fn enable_user(context: &Context, username: &str) -> ApiResult<User> {
    user(context, |call| users::enable(call, username))
}

/// Lifts the waiting time after failed logins.
pub fn unlock_user(context: &Context, username: &str) -> ApiResult<User> {
    user(context, |call| users::unlock(call, username))
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
            Err(Error::not_found("jeton"))
        }
    })?;
    Ok(ApiToken(row))
}
