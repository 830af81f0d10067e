//! A priority objective in GraphQL.

use std::sync::Arc;

use juniper::{ID, graphql_object};

use super::enums::{ObjectiveAxis, ServiceKind};
use super::indicators::Indicator;
use super::node::NodeValue;
use super::schools::School;
use super::sectors::Sector;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::{ObjectiveKey, RevisionKey, SectorKey};
use crate::domain::vocabulary;
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::node::NodeId;
use crate::graphql::scalars::Date;
use crate::graphql::value::PaltsScalar;
use crate::store::objectives as store;
use crate::workflow::{Error, objectives};

/// A target of deterrence or repression operations, ranked.
#[derive(Clone)]
pub struct Objective(pub Arc<store::Objective>);

impl Objective {
    /// Says which objectives were handed out together.
    pub fn expect<'a>(context: &Context, all: impl IntoIterator<Item = &'a Arc<store::Objective>>) {
        context.loaders.objectives.named.expect(all.into_iter().map(|objective| objective.key.clone()));
    }

    /// An objective by its id, if the viewer sees it.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who reads no plan at all.
    pub fn of(context: &Context, key: &ObjectiveKey) -> ApiResult<Option<Self>> {
        let found = context.loaders.objectives.nodes.load(key, |keys| {
            let found = context.read(|call| objectives::nodes(call, &keys))?;
            Self::expect(context, found.values());
            Ok(found.into_iter().map(|(key, objective)| (key, Some(objective))).collect())
        })?;
        Ok(found.map(Self))
    }

    /// The objectives of a revision that was handed out whole, of one axis or of both.
    ///
    /// # Errors
    /// Those of the workflow.
    pub fn of_revision(context: &Context, key: &RevisionKey, axis: Option<ObjectiveAxis>) -> ApiResult<Vec<Self>> {
        let all = context.loaders.objectives.of_revisions.load(key, |keys| {
            let found = context.read(|call| objectives::of_revisions(call, &keys))?;
            Self::expect(context, found.values().flatten());
            Ok(found)
        })?;
        let axis = axis.map(vocabulary::ObjectiveAxis::from);
        Ok(all.into_iter().filter(|objective| axis.is_none_or(|axis| objective.axis == axis)).map(Self).collect())
    }

    fn names(&self, context: &Context) -> ApiResult<Arc<store::Named>> {
        context.loaders.objectives.named.load(&self.0.key, |keys| {
            let found = context.read(|call| objectives::named(call, &keys))?;
            for (key, named) in &found {
                let loaders = &context.loaders;
                loaders.sectors.named.expect(named.sectors.iter().map(|code| sector_key(key, code)));
                loaders.schools.by_uai.expect(named.schools.iter().cloned());
                let department = &key.revision.department;
                let indicators = named.targets.iter().map(|target| target.indicator.clone());
                loaders.meetings.indicators_by_code.expect(indicators);
                loaders
                    .objectives
                    .latest
                    .expect(named.targets.iter().map(|target| (department.clone(), target.indicator.clone())));
            }
            Ok(found)
        })
    }
}

fn sector_key(key: &ObjectiveKey, code: &crate::domain::codes::SectorCode) -> SectorKey {
    SectorKey { revision: key.revision.clone(), code: code.clone() }
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A target of deterrence or repression operations, ranked.
impl Objective {
    /// Of this objective as it stands in this revision.
    pub fn id(&self) -> ID {
        let ObjectiveKey { revision, code } = self.0.key.clone();
        NodeId::Objective(revision.department, revision.number, code).into()
    }
    /// Stable across revisions, unique in its department.
    pub fn code(&self) -> &str {
        self.0.key.code.as_str()
    }
    /// 1, 2, 3 … without gaps within a revision: the order of priority. Services append; the préfecture ranks.
    pub fn rank(&self) -> i32 {
        self.0.rank
    }
    /// Deterrence or repression.
    pub fn axis(&self) -> ObjectiveAxis {
        self.0.axis.into()
    }
    /// In one line.
    pub fn title(&self) -> &str {
        &self.0.title
    }
    /// In words.
    pub fn description(&self) -> &str {
        &self.0.description
    }
    /// Whose objective it is: POLICE and GENDARMERIE edit those that their own services lead.
    pub fn lead_service(&self) -> ServiceKind {
        self.0.lead_service.into()
    }
    /// Who takes part.
    pub fn partner_services(&self) -> Vec<ServiceKind> {
        self.0.partner_services.iter().map(|service| (*service).into()).collect()
    }
    /// For what no sector or school holds: a road, parcels, an online market.
    pub fn department_wide(&self) -> bool {
        self.0.department_wide
    }
    /// The sectors that it aims at.
    pub fn sectors(&self, context: &Context) -> ApiResult<Vec<Sector>> {
        let named = self.names(context)?;
        Sector::named(context, named.sectors.iter().map(|code| sector_key(&self.0.key, code)))
    }
    /// The schools that it aims at, those of today's directory that the viewer sees.
    pub fn schools(&self, context: &Context) -> ApiResult<Vec<School>> {
        let named = self.names(context)?;
        School::named(context, named.schools.iter().cloned())
    }
    /// The UAIs that it names, also of schools that have left the directory since.
    pub fn school_uais(&self, context: &Context) -> ApiResult<Vec<String>> {
        Ok(self.names(context)?.schools.iter().map(ToString::to_string).collect())
    }
    /// How it is to be reached.
    pub fn modes_of_action(&self) -> &[String] {
        &self.0.modes_of_action
    }
    /// The figures that it wants to reach.
    pub fn targets(&self, context: &Context) -> ApiResult<Vec<ObjectiveTarget>> {
        let named = self.names(context)?;
        let department = &self.0.key.revision.department;
        Ok(named
            .targets
            .iter()
            .map(|target| ObjectiveTarget { department: department.clone(), target: target.clone() })
            .collect())
    }
    /// By when.
    pub fn due_on(&self) -> Option<Date> {
        self.0.due_on.map(Date)
    }
}

/// A figure that an objective wants to reach.
pub struct ObjectiveTarget {
    department: DepartmentCode,
    target: store::Target,
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
/// A figure that an objective wants to reach.
impl ObjectiveTarget {
    /// What is measured.
    fn indicator(&self, context: &Context) -> ApiResult<Indicator> {
        let code = &self.target.indicator;
        Indicator::of(context, code)?.ok_or_else(|| Error::not_found(format!("indicateur {code}")).into())
    }
    /// Where it stood.
    fn baseline(&self) -> Option<f64> {
        self.target.baseline.map(crate::domain::Amount::to_f64)
    }
    /// Where it is to stand.
    fn target(&self) -> f64 {
        self.target.target.to_f64()
    }
    /// The department's figure of the last fortnight for which one was reported; absent before, and for who reads no rollups.
    fn latest(&self, context: &Context) -> ApiResult<Option<f64>> {
        let key = (self.department.clone(), self.target.indicator.clone());
        context.loaders.objectives.latest.load(&key, |keys| {
            let found = context.read(|call| objectives::latest(call, &keys))?;
            Ok(found.into_iter().map(|(key, value)| (key, Some(value))).collect())
        })
    }
}
