//! Publications in GraphQL. Their cells are read as rollups.

use juniper::{ID, graphql_object};

use crate::connection;
use crate::graphql::context::Context;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{Date, DateTime, Period};
use crate::graphql::types::node::NodeValue;
use crate::graphql::value::PaltsScalar;
use crate::store::publications::PublicationRow;

/// What outside dashboards see: the secretariat publishes an ended quarter or longer; published indicators on the axes NATIONAL,
/// DEFENCE_ZONE, REGION and DEPARTMENT are frozen, with suppression decided once over all of them together. Publishing again makes a new
/// version.
#[derive(Clone)]
pub struct Publication(pub PublicationRow);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// What outside dashboards see: the secretariat publishes an ended quarter or longer; published indicators on the axes NATIONAL,
/// DEFENCE_ZONE, REGION and DEPARTMENT are frozen, with suppression decided once over all of them together. Publishing again makes a new
/// version.
impl Publication {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Publication(self.0.id).into()
    }
    /// The period that it publishes.
    pub fn period(&self) -> Period {
        Period(self.0.period)
    }
    /// The first day of the period.
    pub fn first_day(&self) -> Date {
        Date(self.0.period.first_day())
    }
    /// The last day of the period.
    pub fn last_day(&self) -> Date {
        Date(self.0.period.last_day())
    }
    /// 1, 2, 3 … for each period; the latest one is read.
    pub fn version(&self) -> i32 {
        self.0.version
    }
    /// When.
    pub fn published_at(&self) -> DateTime {
        DateTime(self.0.published_at)
    }
    /// By whom.
    pub fn published_by(&self) -> &str {
        &self.0.published_by
    }
}

connection!(PublicationConnection, PublicationEdge, Publication);
