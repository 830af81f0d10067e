//! Indicators in GraphQL, and what departments declare not applicable.

use std::sync::Arc;

use juniper::{ID, graphql_object};

use super::enums::{Aggregation, Counts, IndicatorScope, ServiceKind};
use super::node::NodeValue;
use super::territory::Department;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::Fortnight;
use crate::graphql::value::PaltsScalar;
use crate::store::indicators::StoredIndicator;
use crate::workflow::measures::Declared;
use crate::workflow::{Error, indicators};

/// What is counted or observed, and how it adds up.
#[derive(Clone)]
pub struct Indicator(pub Arc<StoredIndicator>);

impl Indicator {
    /// The indicator of a row that was handed out.
    ///
    /// # Errors
    /// INTERNAL when there is none.
    pub fn of_row(context: &Context, id: i32) -> ApiResult<Self> {
        let found = context.loaders.meetings.indicators.load(&id, |ids| {
            let found = context.read(|call| indicators::of_rows(call, &ids))?;
            Ok(found.into_iter().map(|(id, indicator)| (id, Some(indicator))).collect())
        })?;
        found.map(Self).ok_or_else(|| Error::Internal(format!("no indicator {id}")).into())
    }

    /// An indicator by its code, if the viewer sees it.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub fn of(context: &Context, code: &IndicatorCode) -> ApiResult<Option<Self>> {
        let found = context.loaders.meetings.indicators_by_code.load(code, |codes| {
            let found = context.read(|call| indicators::by_codes(call, &codes))?;
            Ok(found.into_iter().map(|(code, indicator)| (code, Some(indicator))).collect())
        })?;
        Ok(found.map(Self))
    }
}

/// The department of a code that a row of ours bears.
///
/// # Errors
/// INTERNAL when there is none.
pub fn department(context: &Context, code: &DepartmentCode) -> ApiResult<Department> {
    let found = context.office().territories.department(code).cloned();
    found.map(Department).ok_or_else(|| Error::Internal(format!("no department {code}")).into())
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// What is counted or observed, and how it adds up.
impl Indicator {
    /// Opaque id.
    pub fn id(&self) -> ID {
        NodeId::Indicator(self.0.indicator.code.clone()).into()
    }
    /// A department's own codes begin with its code: 13-HALLS.
    pub fn code(&self) -> &str {
        self.0.indicator.code.as_str()
    }
    /// French name.
    pub fn label(&self) -> &str {
        &self.0.indicator.label
    }
    /// What is counted, in French: personnes, kg, euros.
    pub fn unit(&self) -> &str {
        &self.0.indicator.unit
    }
    /// What it counts, which decides what publications hide; absent for a RATIO, of which its terms decide.
    pub fn counts(&self) -> Option<Counts> {
        self.0.indicator.counts.map(Into::into)
    }
    /// What it counts, and what it does not; for dashboards.
    pub fn definition(&self) -> &str {
        &self.0.indicator.definition
    }
    /// Cannot change once measured.
    pub fn aggregation(&self) -> Aggregation {
        self.0.indicator.aggregation.into()
    }
    /// For RATIO: the code of the indicator that is divided.
    pub fn numerator(&self) -> Option<&str> {
        self.0.indicator.numerator.as_ref().map(IndicatorCode::as_str)
    }
    /// For RATIO: the code of the indicator that it is divided by.
    pub fn denominator(&self) -> Option<&str> {
        self.0.indicator.denominator.as_ref().map(IndicatorCode::as_str)
    }
    /// National, or a department's own.
    pub fn scope(&self) -> IndicatorScope {
        self.0.indicator.scope().into()
    }
    /// Whose own it is.
    pub fn department(&self, context: &Context) -> ApiResult<Option<Department>> {
        self.0.indicator.department.as_ref().map(|code| department(context, code)).transpose()
    }
    /// Which services record it; empty: any.
    pub fn recorded_by(&self) -> Vec<ServiceKind> {
        self.0.indicator.recorded_by.iter().copied().map(ServiceKind::from).collect()
    }
    /// Whether it is part of publications.
    pub fn published(&self) -> bool {
        self.0.indicator.published
    }
}

/// A department says that an indicator has no object there: it leaves what is expected.
pub struct NotApplicable(pub Declared);

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A department says that an indicator has no object there: it leaves what is expected.
impl NotApplicable {
    /// Whose declaration it is.
    pub fn department(&self, context: &Context) -> ApiResult<Department> {
        department(context, &self.0.declaration.department)
    }
    /// What has no object.
    pub fn indicator(&self) -> Indicator {
        Indicator(Arc::new(self.0.indicator.clone()))
    }
    /// The first fortnight.
    pub fn from(&self) -> Fortnight {
        Fortnight(self.0.declaration.from)
    }
    /// The last fortnight; absent while it lasts.
    pub fn until(&self) -> Option<Fortnight> {
        self.0.declaration.until.map(Fortnight)
    }
    /// Why.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }
}
