//! A sector in GraphQL. The education service reads id, code and name: every other field begins with `self.0.whole()?`, which refuses it.

use juniper::{ID, graphql_object};

use super::enums::{Authority, NationalList, SectorKind};
use super::measures::{Measure, MeasureConnection};
use super::node::NodeValue;
use super::objectives::Objective;
use super::schools::School;
use super::territory::{Department, Parquet};
use crate::connection;
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::geometry::geojson;
use crate::graphql::connection::{Page, PageRequest, foreign};
use crate::graphql::context::Context;
use crate::graphql::error::{ApiError, ApiResult};
use crate::graphql::node::NodeId;
use crate::graphql::scalars::{GeoJson, Period};
use crate::graphql::value::{PaltsScalar, RawJson};
use crate::store::sectors::outlines::stored_tolerance;
use crate::workflow::sectors::{self, SeenSector};
use crate::workflow::{Error, schools};

/// A neighbourhood of the mapping, as it stands in one revision.
#[derive(Clone)]
pub struct Sector(pub SeenSector);

connection!(SectorConnection, SectorEdge, Sector);

impl Sector {
    /// Sectors that are handed out together, and so load what hangs on them together.
    pub fn hand_out(context: &Context, seen: Vec<SeenSector>) -> Vec<Self> {
        expect(context, &seen);
        context.loaders.expect_departments(seen.iter().map(|sector| &sector.key().revision.department));
        seen.into_iter().map(Self).collect()
    }

    /// A sector by its id, if the viewer sees it.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for a viewer who reads no plan at all.
    pub fn of(context: &Context, key: &SectorKey) -> ApiResult<Option<Self>> {
        let found = context.loaders.sectors.nodes.load(key, |keys| {
            let found = context.read(|call| sectors::nodes(call, &keys))?;
            context.loaders.sectors.expect(found.values().filter_map(|seen| seen.whole().ok()).map(|sector| &sector.key));
            Ok(found.into_iter().map(|(key, seen)| (key, Some(seen))).collect())
        })?;
        Ok(found.map(Self))
    }

    /// The sectors that objects already handed out name; those that are gone are left out.
    ///
    /// # Errors
    /// Those of the workflow.
    pub fn named(context: &Context, keys: impl IntoIterator<Item = SectorKey>) -> ApiResult<Vec<Self>> {
        let mut named = Vec::new();
        for key in keys {
            let seen = context.loaders.sectors.named.load(&key, |keys| {
                let found = context.read(|call| sectors::by_keys(call, &keys))?;
                context.loaders.sectors.expect(found.values().filter_map(|seen| seen.whole().ok()).map(|sector| &sector.key));
                Ok(found.into_iter().map(|(key, seen)| (key, Some(seen))).collect())
            })?;
            named.extend(seen.map(Self));
        }
        Ok(named)
    }

    /// A page of the mapping of a revision that was handed out whole.
    ///
    /// # Errors
    /// INVALID or LIMIT for the page.
    pub fn of_revision(
        context: &Context,
        key: &RevisionKey,
        first: Option<i32>,
        after: Option<&str>,
    ) -> ApiResult<SectorConnection> {
        let request = PageRequest::new("mapping", first, after, &context.office().rules)?;
        if request.after.as_ref().is_some_and(|after| !is_place(after)) {
            return Err(foreign().into());
        }
        let all = context.loaders.sectors.of_revisions.load(key, |keys| {
            let found = context.read(|call| sectors::of_revisions(call, &keys))?;
            // The same page of the sibling revisions is about to be asked for.
            for mapping in found.values() {
                expect(context, cut(&request, mapping));
            }
            Ok(found)
        })?;
        expect(context, cut(&request, &all));
        let start = start(&request, &all);
        let all = all.into_iter().map(Self).collect();
        Ok(SectorConnection(Page::of_all(&request, all, start, |sector: &Self| place(&sector.0))))
    }
}

fn expect(context: &Context, seen: &[SeenSector]) {
    context.loaders.sectors.expect(seen.iter().filter_map(|seen| seen.whole().ok()).map(|sector| &sector.key));
}

/// A cursor's key in a mapping: rank and code.
fn place(seen: &SeenSector) -> String {
    let rank = seen.whole().map_or(0, |sector| sector.rank);
    format!("{rank}:{}", seen.key().code)
}

fn is_place(text: &str) -> bool {
    text.split_once(':').is_some_and(|(rank, _)| rank.parse::<i32>().is_ok())
}

/// Where a page begins in a mapping: after its cursor's sector, wherever that is ranked by now; where it is gone, with the one that has its rank.
fn start(request: &PageRequest, all: &[SeenSector]) -> usize {
    let Some((rank, code)) = request.after.as_deref().and_then(|after| after.split_once(':')) else { return 0 };
    match all.iter().position(|seen| seen.key().code.as_str() == code) {
        Some(index) => index + 1,
        None => {
            let rank: i32 = rank.parse().unwrap_or(i32::MAX);
            all.iter().position(|seen| seen.whole().is_ok_and(|sector| sector.rank >= rank)).unwrap_or(all.len())
        }
    }
}

/// The part of a mapping that a page shows.
fn cut<'a>(request: &PageRequest, all: &'a [SeenSector]) -> &'a [SeenSector] {
    let start = start(request, all);
    let end = start.saturating_add(usize::try_from(request.first).unwrap_or(0)).min(all.len());
    all.get(start..end).unwrap_or_default()
}

/// A stored GeoJSON text as it is written out.
///
/// # Errors
/// INTERNAL when it is not JSON.
pub fn stored_geojson(text: &str) -> ApiResult<RawJson> {
    RawJson::new(text.to_owned()).map_err(|error| ApiError(Error::Internal(format!("a stored outline: {error}"))))
}

/// A GeoJSON Point.
///
/// # Errors
/// INTERNAL when a coordinate is not finite.
pub fn point((lon, lat): (f64, f64)) -> ApiResult<GeoJson> {
    let text = geojson::write(&geo::Geometry::Point(geo::Point::new(lon, lat)));
    Ok(GeoJson(stored_geojson(&text)?))
}

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context, impl = NodeValue)]
/// A neighbourhood of the mapping, as it stands in one revision.
impl Sector {
    /// Of this sector as it stands in this revision: the same sector has another id in the next one.
    pub fn id(&self) -> ID {
        let SectorKey { revision, code } = self.0.key().clone();
        NodeId::Sector(revision.department, revision.number, code).into()
    }
    /// Stable across revisions, unique in its department.
    pub fn code(&self) -> &str {
        self.0.key().code.as_str()
    }
    /// Its name.
    pub fn name(&self) -> &str {
        self.0.name()
    }
    /// What it is on the ground.
    pub fn kind(&self) -> ApiResult<SectorKind> {
        Ok(self.0.whole()?.kind.into())
    }
    /// Who polices it.
    pub fn authority(&self) -> ApiResult<Authority> {
        Ok(self.0.whole()?.authority.into())
    }
    /// The parquet in whose reach it lies.
    pub fn parquet(&self, context: &Context) -> ApiResult<Option<Parquet>> {
        let code = self.0.whole()?.parquet.as_ref();
        Ok(code.and_then(|code| context.office().territories.parquet(code)).cloned().map(Parquet))
    }
    /// Its department.
    pub fn department(&self, context: &Context) -> ApiResult<Department> {
        let code = &self.0.whole()?.key.revision.department;
        let found = context.office().territories.department(code).cloned();
        found.map(Department).ok_or_else(|| Error::Internal(format!("no department {code}")).into())
    }
    /// INSEE codes of the communes that it lies in.
    pub fn commune_codes(&self) -> ApiResult<Vec<String>> {
        Ok(self.0.whole()?.communes.iter().map(ToString::to_string).collect())
    }
    /// Code of the 'quartier prioritaire de la politique de la ville' that it follows, if any.
    pub fn priority_neighbourhood_code(&self) -> ApiResult<Option<&str>> {
        Ok(self.0.whole()?.priority_neighbourhood.as_deref())
    }
    /// How badly the sector is affected: 1 (least) to 5 (most).
    pub fn severity(&self) -> ApiResult<i32> {
        Ok(self.0.whole()?.severity)
    }
    /// Place in the department's mapping, 1 is worst hit, no gaps. The préfecture ranks.
    pub fn rank(&self) -> ApiResult<i32> {
        Ok(self.0.whole()?.rank)
    }
    /// What is to be known of it.
    pub fn description(&self) -> ApiResult<&str> {
        Ok(&self.0.whole()?.description)
    }
    /// Its outline, RFC 7946. tolerance, in metres: the coarsest stored outline (10, 50, 250, 1000 m) that is not coarser than asked for;
    /// left out, the outline as drawn.
    pub fn geometry(
        &self,
        context: &Context,
        #[graphql(description = "In metres: how far the outline may differ from the one as drawn.")] tolerance: Option<f64>,
    ) -> ApiResult<GeoJson> {
        let key = self.0.whole()?.key.clone();
        let tolerance = stored_tolerance(tolerance);
        let loaders = &context.loaders.sectors;
        let wanted = (key, tolerance);
        let siblings = || loaders.siblings().into_iter().map(|key| (key, tolerance));
        let outline = loaders.outlines.load_with(&wanted, siblings, |wanted| {
            let keys: Vec<SectorKey> = wanted.into_iter().map(|(key, _)| key).collect();
            let found = context.read(|call| sectors::outlines(call, &keys, tolerance))?;
            Ok(found.into_iter().map(|(key, outline)| ((key, tolerance), Some(RawJson::from(outline)))).collect())
        })?;
        let missing = || ApiError(Error::Internal(format!("sector {} of {} has no outline", wanted.0.code, wanted.0.revision)));
        outline.map(GeoJson).ok_or_else(missing)
    }
    /// Square kilometres on the WGS 84 ellipsoid.
    pub fn area_km2(&self) -> ApiResult<f64> {
        Ok(self.0.whole()?.area_km2)
    }
    /// Its centre of mass, which is not always inside.
    pub fn centroid(&self) -> ApiResult<GeoJson> {
        point(self.0.whole()?.centroid)
    }
    /// The schools of the directory in it or within 300 m of it, nearest first.
    pub fn schools(&self, context: &Context) -> ApiResult<Vec<School>> {
        let key = &self.0.whole()?.key;
        let loaders = &context.loaders.sectors;
        let uais = loaders.schools.load_with(
            key,
            || loaders.siblings(),
            |keys| {
                let found = context.read(|call| schools::near_sectors(call, &keys))?;
                context.loaders.schools.by_uai.expect(found.values().flatten().cloned());
                Ok(found)
            },
        )?;
        School::named(context, uais)
    }
    /// The objectives of this revision that name it, most urgent first.
    pub fn objectives(&self, context: &Context) -> ApiResult<Vec<Objective>> {
        let key = &self.0.whole()?.key;
        let loaders = &context.loaders.sectors;
        let found = loaders.objectives.load_with(
            key,
            || loaders.siblings(),
            |keys| {
                let found = context.read(|call| crate::workflow::objectives::naming_sectors(call, &keys))?;
                Objective::expect(context, found.values().flatten());
                Ok(found)
            },
        )?;
        Ok(found.into_iter().map(Objective).collect())
    }
    /// Its measures whatever the revision, by fortnight; of an indicator or a period if named.
    pub fn measures(
        &self,
        context: &Context,
        #[graphql(description = "Of this indicator alone.")] indicator: Option<String>,
        #[graphql(description = "Of this period alone.")] period: Option<Period>,
        #[graphql(description = "How many at most; the page size of the house unless said.")] first: Option<i32>,
        #[graphql(description = "The cursor after which to go on: `endCursor` of the page before.")] after: Option<String>,
    ) -> ApiResult<MeasureConnection> {
        let request = PageRequest::new("measures", first, after.as_deref(), &context.office().rules)?;
        let SectorKey { revision, code } = self.0.key().clone();
        Measure::of_sector(context, &(revision.department, code), indicator, period, &request)
    }
    /// The national lists on which it is today.
    pub fn national_lists(&self, context: &Context) -> ApiResult<Vec<NationalList>> {
        let key = &self.0.whole()?.key;
        let of = (key.revision.department.clone(), key.code.clone());
        let load = |keys: Vec<_>| context.read(|call| sectors::national_lists(call, &keys));
        let loaders = &context.loaders.sectors;
        let lists = loaders.lists.load_with(&of, || loaders.handed_out(), load)?;
        Ok(lists.into_iter().map(NationalList::from).collect())
    }
}
