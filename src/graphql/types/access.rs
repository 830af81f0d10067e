//! Viewer, sessions, accounts, grants and machines' tokens in GraphQL.

use std::collections::HashMap;

use juniper::{ID, graphql_object};

use super::enums::Role;
use super::node::NodeValue;
use super::territory::{DefenceZone, Department, Parquet};
use crate::access::{self, Access, Caller, Identity, Territory};
use crate::connection;
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::lists::List;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{Date, DateTime};
use crate::graphql::value::PaltsScalar;
use crate::store::sessions::SessionRow;
use crate::store::tokens::TokenRow;
use crate::store::users::UserRow;
use crate::workflow::{sessions, tokens, users};

/// A role in a territory. No territory: the nation.
#[derive(Clone)]
pub struct Grant(pub access::Grant);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A role in a territory. No territory: the nation.
impl Grant {
    /// The role.
    fn role(&self) -> Role {
        self.0.role.into()
    }
    /// The department where it holds, if it is one.
    fn department(&self, context: &Context) -> Option<Department> {
        match &self.0.territory {
            Territory::Department(code) => context.office().territories.department(code).cloned().map(Department),
            Territory::Nation | Territory::Zone(_) | Territory::Parquet(_) => None,
        }
    }
    /// The defence zone where it holds, if it is one.
    fn defence_zone(&self, context: &Context) -> Option<DefenceZone> {
        match &self.0.territory {
            Territory::Zone(code) => context.office().territories.zone(code).cloned().map(DefenceZone),
            Territory::Nation | Territory::Department(_) | Territory::Parquet(_) => None,
        }
    }
    /// The parquet where it holds, if it is one.
    fn parquet(&self, context: &Context) -> Option<Parquet> {
        match &self.0.territory {
            Territory::Parquet(code) => context.office().territories.parquet(code).cloned().map(Parquet),
            Territory::Nation | Territory::Department(_) | Territory::Zone(_) => None,
        }
    }
    /// First day.
    fn since(&self) -> Date {
        Date(self.0.since)
    }
    /// Last day; absent: until it is revoked.
    fn until(&self) -> Option<Date> {
        self.0.until.map(Date)
    }
}

/// Grants that are handed out together.
fn hand_out(context: &Context, grants: Vec<access::Grant>) -> Vec<Grant> {
    let codes = grants.iter().filter_map(|grant| match &grant.territory {
        Territory::Department(code) => Some(code),
        Territory::Nation | Territory::Zone(_) | Territory::Parquet(_) => None,
    });
    context.loaders.expect_departments(codes);
    grants.into_iter().map(Grant).collect()
}

/// A session that stands. Where it was opened from is not kept.
#[derive(Clone)]
pub struct OpenSession {
    row: SessionRow,
    current: bool,
}

/// A session that stands. Where it was opened from is not kept.
#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
impl OpenSession {
    /// For endSession.
    fn id(&self) -> ID {
        NodeId::Session(self.row.id).into()
    }
    /// When somebody signed in.
    fn opened_at(&self) -> DateTime {
        DateTime(self.row.opened_at)
    }
    /// When it was last refreshed.
    fn seen_at(&self) -> DateTime {
        DateTime(self.row.seen_at)
    }
    /// When it ends at the latest.
    fn expires_at(&self) -> DateTime {
        DateTime(self.row.expires_at)
    }
    /// Whether it is the one of this request.
    fn current(&self) -> bool {
        self.current
    }
}

/// Whoever is signed in.
#[derive(Clone)]
pub struct Viewer(pub Identity);

impl Viewer {
    /// Of a caller, unless it is nobody.
    #[must_use]
    pub fn of(caller: &Caller) -> Option<Self> {
        caller.identity().cloned().map(Self)
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// Whoever is signed in.
impl Viewer {
    /// Under which acts are attributed and audited.
    fn username(&self) -> String {
        self.0.name()
    }
    /// What people read.
    fn display_name(&self) -> String {
        match &self.0 {
            Identity::User { display_name, .. } => display_name.clone(),
            Identity::Machine { label, .. } => label.clone(),
            Identity::Operator => self.0.name(),
        }
    }
    /// The grants in force today.
    fn grants(&self, context: &Context) -> Vec<Grant> {
        hand_out(context, self.0.grants().to_vec())
    }
    /// Every capability that the grants give somewhere.
    fn capabilities(&self, context: &Context) -> Vec<String> {
        let caller = Caller::Known(self.0.clone());
        let office = context.office();
        let access = Access::new(&caller, &office.policy, &office.territories);
        access.capabilities().into_iter().map(|capability| capability.to_string()).collect()
    }
    /// Whether the password has to be changed first: until then there are no grants.
    fn must_change_password(&self) -> bool {
        match &self.0 {
            Identity::User { must_change_password, .. } => *must_change_password,
            Identity::Machine { .. } | Identity::Operator => false,
        }
    }
    /// The sessions of the account that stand, newest first. Machines have none. Absent in the answer to a mutation of credentials.
    fn sessions(&self, context: &Context) -> ApiResult<Option<List<OpenSession>>> {
        let Some(found) = context.read(sessions::own)? else { return Ok(None) };
        Ok(Some(found.into_iter().map(|(row, current)| OpenSession { row, current }).collect::<Vec<_>>().into()))
    }
}

/// A session that has just been opened or refreshed. Its tokens are shown here and nowhere else.
pub struct Session(pub sessions::Session);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A session that has just been opened or refreshed. Its tokens are shown here and nowhere else.
impl Session {
    /// For the header `Authorization: Bearer`.
    fn access_token(&self) -> &str {
        &self.0.access_token
    }
    /// For the next refresh. Good once: using it twice ends the session, but for the same request sent again within seconds.
    fn refresh_token(&self) -> &str {
        &self.0.refresh_token
    }
    /// When the access token ends.
    fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }
    /// Whose session it is.
    fn viewer(&self) -> ApiResult<Viewer> {
        let viewer = Viewer::of(&self.0.caller);
        viewer.ok_or_else(|| crate::workflow::Error::Internal("a session of nobody".to_owned()).into())
    }
}

/// An account.
#[derive(Clone)]
pub struct User(pub UserRow);

impl User {
    /// Accounts that are handed out together, and so load their grants together.
    pub fn hand_out(context: &Context, rows: Vec<UserRow>) -> Vec<Self> {
        context.loaders.access.grants.expect(rows.iter().map(|row| row.id));
        context.loaders.access.sessions.expect(rows.iter().map(|row| row.id));
        rows.into_iter().map(Self).collect()
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// An account.
impl User {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::User(self.0.id).into()
    }
    /// Unique name, in lower case.
    fn username(&self) -> &str {
        self.0.username.as_str()
    }
    /// What people read.
    fn display_name(&self) -> &str {
        &self.0.display_name
    }
    /// Whether it may no longer sign in.
    fn disabled(&self) -> bool {
        self.0.disabled
    }
    /// Whether its password has to be changed first.
    fn must_change_password(&self) -> bool {
        self.0.must_change_password
    }
    /// Its sessions that stand, newest first.
    fn sessions(&self, context: &Context) -> ApiResult<Option<List<OpenSession>>> {
        let rows = context.loaders.access.sessions.load(&self.0.id, |ids| {
            let rows = context.read(|call| sessions::of_users(call, &ids))?;
            let mut by_user: HashMap<i64, Vec<SessionRow>> = HashMap::new();
            for row in rows {
                by_user.entry(row.user_id).or_default().push(row);
            }
            Ok(by_user)
        })?;
        Ok(Some(rows.into_iter().map(|row| OpenSession { row, current: false }).collect::<Vec<_>>().into()))
    }
    /// The grants in force today.
    fn grants(&self, context: &Context) -> ApiResult<Vec<Grant>> {
        let grants = context.loaders.access.grants.load(&self.0.id, |ids| {
            let rows = context.read(|call| users::grants_of(call, &ids))?;
            let mut by_user: HashMap<i64, Vec<access::Grant>> = HashMap::new();
            for (id, grant) in rows {
                by_user.entry(id).or_default().push(grant);
            }
            Ok(by_user)
        })?;
        Ok(hand_out(context, grants))
    }
}

connection!(UserConnection, UserEdge, User);

/// A machine's token: a role that writes nothing, over the nation. The token itself is not kept.
#[derive(Clone)]
pub struct ApiToken(pub TokenRow);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A machine's token: a role that writes nothing, over the nation. The token itself is not kept.
impl ApiToken {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::ApiToken(self.0.id).into()
    }
    /// What the administrator called it.
    fn label(&self) -> &str {
        &self.0.label
    }
    /// The role.
    fn role(&self) -> Role {
        self.0.role.into()
    }
    /// When it was issued.
    fn issued_at(&self) -> DateTime {
        DateTime(self.0.issued_at)
    }
    /// When it ends.
    fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }
    /// Whether it was taken back.
    fn revoked(&self) -> bool {
        self.0.revoked_at.is_some()
    }
}

connection!(ApiTokenConnection, ApiTokenEdge, ApiToken);

/// A token that has just been issued.
pub struct IssuedToken(pub tokens::Issued);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A token that has just been issued.
impl IssuedToken {
    /// The token itself, for the header `Authorization: Bearer`. Shown once.
    fn token(&self) -> &str {
        &self.0.token
    }
    /// What is kept of it.
    fn api_token(&self) -> ApiToken {
        ApiToken(self.0.row.clone())
    }
}
