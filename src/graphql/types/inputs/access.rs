//! What is handed in about accounts, grants and tokens.

use juniper::GraphQLInputObject;

use crate::graphql::scalars::{Date, DateTime, DepartmentCode};
use crate::graphql::types::enums::Role;
use crate::graphql::value::PaltsScalar;

/// An account to create. The password has 12 to 128 characters, does not hold the username, and is none that everybody tries first.
#[derive(GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct CreateUserInput {
    /// 3 to 64 of a-z, 0-9 and . _ - @
    pub username: String,
    /// What people read: the office, rather than the person.
    pub display_name: String,
    /// Kept hashed only.
    pub password: String,
    /// Whether it has to be changed at the first sign-in: until then the account has no rights. Left out: no.
    pub must_change_password: Option<bool>,
}

/// A role in a territory. At most one of the codes; none is the nation.
#[derive(GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct GrantInput {
    /// Whose.
    pub username: String,
    /// The role.
    pub role: Role,
    /// A department.
    pub department_code: Option<DepartmentCode>,
    /// A defence zone.
    pub defence_zone_code: Option<String>,
    /// A parquet.
    pub parquet_code: Option<String>,
    /// Last day; absent: until it is revoked. Not looked at when revoking.
    pub until: Option<Date>,
}

/// A machine's token to issue: DASHBOARD, AUDITOR or OCRTIS, for a year at most.
#[derive(GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct IssueTokenInput {
    /// What the administrator calls it.
    pub label: String,
    /// The role.
    pub role: Role,
    /// When it ends.
    pub expires_at: DateTime,
}
