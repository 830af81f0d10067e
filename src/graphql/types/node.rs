//! The Node interface, and the way from an id to the object. A new kind of node is added to `for = […]`, to its own `impl = NodeValue`, and to
//! the arms of [`resolve`].
#![allow(missing_docs)] // The interface macro writes items of its own.

use juniper::{ID, graphql_interface};

use super::access::{ApiToken, User};
use super::audit::AuditEntry;
use super::indicators::Indicator;
use super::measures::Measure;
use super::meetings::Meeting;
use super::objectives::Objective;
use super::plans::Plan;
use super::publications::Publication;
use super::revisions::PlanRevision;
use super::schools::School;
use super::sectors::Sector;
use super::territory::{DefenceZone, Department, Parquet, Region};
use crate::domain::keys::{MeasureKey, MeetingKey, ObjectiveKey, RevisionKey, SectorKey};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::value::PaltsScalar;
use crate::workflow::{audit, publications, territory, tokens, users};

/// An object with an id.
#[graphql_interface]
#[graphql(scalar = PaltsScalar, context = Context, for = [DefenceZone, Region, Parquet, Department, Plan, PlanRevision, Sector, Objective, School, Meeting, Indicator, Measure, Publication, User, ApiToken, AuditEntry])]
pub trait Node {
    /// Opaque id.
    fn id(&self) -> ID;
}

/// The object of an id that a client sent; nothing for an id that is not ours, or of what the viewer does not see.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for a viewer who reads nothing of the kind.
pub fn by_id(context: &Context, id: &ID) -> ApiResult<Option<NodeValue>> {
    context.read(|call| call.require_signed_in())?;
    match NodeId::read(id) {
        Ok(id) => resolve(context, id),
        Err(_) => Ok(None),
    }
}

/// The object of an id, when the viewer sees it.
///
/// # Errors
/// As [`by_id`].
pub fn resolve(context: &Context, id: NodeId) -> ApiResult<Option<NodeValue>> {
    Ok(match id {
        NodeId::DefenceZone(code) => {
            context.read(|call| territory::defence_zone(call, &code))?.map(|found| DefenceZone(found).into())
        }
        NodeId::Region(code) => context.read(|call| territory::region(call, &code))?.map(|found| Region(found).into()),
        NodeId::Parquet(code) => context.read(|call| territory::parquet(call, &code))?.map(|found| Parquet(found).into()),
        NodeId::Department(code) => {
            context.read(|call| territory::department(call, &code))?.map(|found| Department(found).into())
        }
        NodeId::Plan(code) => Plan::of(context, &code)?.map(NodeValue::from),
        NodeId::Revision(department, number) => {
            PlanRevision::of(context, &RevisionKey { department, number })?.map(NodeValue::from)
        }
        NodeId::Sector(department, number, code) => {
            let revision = RevisionKey { department, number };
            Sector::of(context, &SectorKey { revision, code })?.map(NodeValue::from)
        }
        NodeId::Objective(department, number, code) => {
            let revision = RevisionKey { department, number };
            Objective::of(context, &ObjectiveKey { revision, code })?.map(NodeValue::from)
        }
        NodeId::School(uai) => School::of(context, &uai)?.map(NodeValue::from),
        NodeId::Meeting(department, id) => Meeting::of(context, &MeetingKey { department, id })?.map(NodeValue::from),
        NodeId::Indicator(code) => Indicator::of(context, &code)?.map(NodeValue::from),
        NodeId::Measure(department, id) => Measure::of(context, &MeasureKey { department, id })?.map(NodeValue::from),
        NodeId::Publication(id) => context.read(|call| publications::by_id(call, id))?.map(|found| Publication(found).into()),
        NodeId::User(id) => context.read(|call| users::by_id(call, id))?.map(|found| User(found).into()),
        NodeId::ApiToken(id) => context.read(|call| tokens::by_id(call, id))?.map(|found| ApiToken(found).into()),
        NodeId::AuditEntry(chain, seq) => {
            context.read(|call| audit::entry(call, &chain, seq))?.map(|found| AuditEntry(found).into())
        }
        // Sessions are listed and ended, and no nodes.
        NodeId::Session(_) => None,
    })
}

/// Says which sectors and objectives are about to be resolved together, so that they are loaded together. Other kinds are resolved one by
/// one.
pub fn expect(context: &Context, ids: impl IntoIterator<Item = NodeId>) {
    for id in ids {
        match id {
            NodeId::Sector(department, number, code) => {
                let revision = RevisionKey { department, number };
                context.loaders.sectors.nodes.expect([SectorKey { revision, code }]);
            }
            NodeId::Objective(department, number, code) => {
                let revision = RevisionKey { department, number };
                context.loaders.objectives.nodes.expect([ObjectiveKey { revision, code }]);
            }
            NodeId::DefenceZone(_)
            | NodeId::Region(_)
            | NodeId::Parquet(_)
            | NodeId::Department(_)
            | NodeId::Plan(_)
            | NodeId::Revision(..)
            | NodeId::School(_)
            | NodeId::Meeting(..)
            | NodeId::Indicator(_)
            | NodeId::Measure(..)
            | NodeId::Publication(_)
            | NodeId::User(_)
            | NodeId::ApiToken(_)
            | NodeId::Session(_)
            | NodeId::AuditEntry(..) => {}
        }
    }
}
