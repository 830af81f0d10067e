//! The audit in GraphQL.

use juniper::{ID, graphql_object};

use super::node::NodeValue;
use super::territory::Department;
use crate::connection;
use crate::graphql::context::Context;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::DateTime;
use crate::graphql::value::PaltsScalar;
use crate::store::audit_log::EntryRow;

/// An entry of the audit log.
#[derive(Clone)]
pub struct AuditEntry(pub EntryRow);

impl AuditEntry {
    /// Entries that are handed out together.
    pub fn hand_out(context: &Context, rows: Vec<EntryRow>) -> Vec<Self> {
        let codes: Vec<_> = rows.iter().filter_map(|row| row.department.as_deref()?.parse().ok()).collect();
        context.loaders.expect_departments(&codes);
        rows.into_iter().map(Self).collect()
    }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// An entry of the audit log.
impl AuditEntry {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::AuditEntry(self.0.chain.clone(), self.0.seq).into()
    }
    /// The department that it concerns; absent for national acts and acts on accounts.
    fn department(&self, context: &Context) -> Option<Department> {
        let code = self.0.department.as_deref()?.parse().ok()?;
        context.office().territories.department(&code).cloned().map(Department)
    }
    /// When.
    fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }
    /// Who: a username, `token:…`, operator, system, or anonymous.
    fn actor(&self) -> &str {
        &self.0.actor
    }
    /// What was done: the mutation's name.
    fn act(&self) -> &str {
        &self.0.act
    }
    /// To what.
    fn subject(&self) -> &str {
        &self.0.subject
    }
    /// DONE, or the code of the refusal.
    fn outcome(&self) -> &str {
        &self.0.outcome
    }
    /// More of it; of repeated refusals, how many there were.
    fn detail(&self) -> &str {
        &self.0.detail
    }
    /// SHA-256 over the entry and the hash of the entry before it.
    fn hash(&self) -> &str {
        &self.0.hash
    }
}

connection!(AuditEntryConnection, AuditEntryEdge, AuditEntry);
