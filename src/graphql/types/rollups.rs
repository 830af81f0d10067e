//! Rollups in GraphQL.

use std::sync::Arc;

use juniper::graphql_object;

use super::enums::{Granularity, RollupAxis};
use super::indicators::Indicator;
use super::publications::Publication;
use crate::graphql::context::Context;
use crate::graphql::lists::List;
use crate::graphql::scalars::{Date, Period};
use crate::graphql::value::PaltsScalar;
use crate::workflow::rollups;

/// An indicator over a period, cut along an axis.
pub struct Rollup(pub rollups::Rollup);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// An indicator over a period, cut along an axis.
impl Rollup {
    /// The indicator.
    pub fn indicator(&self) -> Indicator {
        Indicator(Arc::clone(&self.0.indicator))
    }
    /// The period.
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
    /// The axis.
    pub fn axis(&self) -> RollupAxis {
        self.0.axis.into()
    }
    /// Every territory of the axis; of services, sectors, parquets and authorities those with measures that the values rest on: a last value (LATEST)
    /// rests on none of a sector that left the plan in the period.
    pub fn cells(&self) -> List<RollupCell> {
        self.0.cells.iter().cloned().map(RollupCell).collect()
    }
    /// Of the whole territory.
    pub fn total(&self) -> RollupCell {
        RollupCell(Arc::clone(&self.0.total))
    }
    /// How long the period is.
    pub fn granularity(&self) -> Granularity {
        self.0.period.granularity().into()
    }
    /// True while the period has not ended, or departments are missing.
    pub fn provisional(&self) -> bool {
        self.0.provisional
    }
    /// Present when the figures come from a publication, as they always do for dashboards.
    pub fn publication(&self) -> Option<Publication> {
        self.0.publication.clone().map(Publication)
    }
}

/// A cell of a rollup.
pub struct RollupCell(Arc<rollups::RollupCell>);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A cell of a rollup.
impl RollupCell {
    /// Code of the territory or service; FR for the nation; '-' for measures that belong to no sector, parquet or authority.
    pub fn key(&self) -> &str {
        &self.0.key
    }
    /// Its French name.
    pub fn label(&self) -> &str {
        &self.0.label
    }
    /// Absent where nothing was reported, and where it is suppressed.
    pub fn value(&self) -> Option<f64> {
        self.0.value
    }
    /// Too small to be published, or needed to hide one that is. Then measureCount and reporting are 0 and previous is absent.
    pub fn suppressed(&self) -> bool {
        self.0.suppressed
    }
    /// The measures that the value rests on: for LATEST the last ones only, for RATIO those of both indicators.
    pub fn measure_count(&self) -> i32 {
        self.0.measures
    }
    /// Departments that reported in the period, of those that were to.
    pub fn reporting(&self) -> i32 {
        self.0.reporting
    }
    /// Departments that were to report in the period.
    pub fn expected(&self) -> i32 {
        self.0.expected
    }
    /// The same cell over the period before it (fortnight before a fortnight, semester before a semester …).
    pub fn previous(&self) -> Option<f64> {
        self.0.previous
    }
    /// The same cell a year earlier.
    pub fn year_earlier(&self) -> Option<f64> {
        self.0.year_earlier
    }
}
