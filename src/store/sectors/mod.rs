//! Sectors of revisions in the database: the rows, without their outlines, which are large and have a file of their own ([`outlines`]); what
//! school lies near which sector ([`near`]); questions by place ([`place`]). Whether a revision is in sight is known before its sectors are
//! asked for; the scope stands in every WHERE clause all the same.

pub mod near;
pub mod outlines;
pub mod place;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

pub use write::{close_gap, delete, upsert};

use super::backend::corrupt;
use super::schema::{plans, revisions, sectors};
use super::{Reader, StoreResult};
use crate::access::{PlanSight, Scope};
use crate::domain::codes::{CommuneCode, DepartmentCode, ParquetCode, SectorCode};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::domain::vocabulary::{Authority, RevisionStatus, SectorKind};

/// A sector as it stands in a revision, without its outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Sector {
    /// Revision and code.
    pub key: SectorKey,
    /// Its name.
    pub name: String,
    /// What it is on the ground.
    pub kind: SectorKind,
    /// Who polices it.
    pub authority: Authority,
    /// Whose it is to prosecute.
    pub parquet: Option<ParquetCode>,
    /// The communes that it lies in.
    pub communes: Vec<CommuneCode>,
    /// Code of the 'quartier prioritaire' that it follows.
    pub priority_neighbourhood: Option<String>,
    /// 1 (least affected) to 5.
    pub severity: i32,
    /// Place in the mapping, 1 is worst hit.
    pub rank: i32,
    /// What is to be known of it.
    pub description: String,
    /// Geodesic area, square kilometres.
    pub area_km2: f64,
    /// Centre of mass: longitude, latitude.
    pub centroid: (f64, f64),
    /// West, south, east, north.
    pub bbox: [f64; 4],
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sectors, treat_none_as_default_value = false)]
struct Row {
    department_code: String,
    number: i32,
    code: String,
    name: String,
    kind: String,
    authority: String,
    parquet_code: Option<String>,
    commune_codes: String,
    priority_neighbourhood_code: Option<String>,
    severity: i32,
    rank: i32,
    description: String,
    area_km2: f64,
    centroid_lon: f64,
    centroid_lat: f64,
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Row {
    fn of(sector: &Sector) -> Self {
        let communes: Vec<&str> = sector.communes.iter().map(CommuneCode::as_str).collect();
        let [west, south, east, north] = sector.bbox;
        Self {
            department_code: sector.key.revision.department.to_string(),
            number: sector.key.revision.number,
            code: sector.key.code.to_string(),
            name: sector.name.clone(),
            kind: sector.kind.as_str().to_owned(),
            authority: sector.authority.as_str().to_owned(),
            parquet_code: sector.parquet.as_ref().map(ToString::to_string),
            commune_codes: communes.join(" "),
            priority_neighbourhood_code: sector.priority_neighbourhood.clone(),
            severity: sector.severity,
            rank: sector.rank,
            description: sector.description.clone(),
            area_km2: sector.area_km2,
            centroid_lon: sector.centroid.0,
            centroid_lat: sector.centroid.1,
            west,
            south,
            east,
            north,
        }
    }

    fn read(self) -> StoreResult<Sector> {
        let communes = self.commune_codes.split_whitespace().map(str::parse).collect::<Result<Vec<CommuneCode>, _>>();
        Ok(Sector {
            key: read_key(&self.department_code, self.number, &self.code)?,
            name: self.name,
            kind: corrupt("sectors.kind", self.kind.parse())?,
            authority: corrupt("sectors.authority", self.authority.parse())?,
            parquet: corrupt("sectors.parquet_code", self.parquet_code.map(|code| code.parse()).transpose())?,
            communes: corrupt("sectors.commune_codes", communes)?,
            priority_neighbourhood: self.priority_neighbourhood_code,
            severity: self.severity,
            rank: self.rank,
            description: self.description,
            area_km2: self.area_km2,
            centroid: (self.centroid_lon, self.centroid_lat),
            bbox: [self.west, self.south, self.east, self.north],
        })
    }
}

/// The key that three columns make.
pub(super) fn read_key(department: &str, number: i32, code: &str) -> StoreResult<SectorKey> {
    let department = corrupt("sectors.department_code", department.parse())?;
    Ok(SectorKey { revision: RevisionKey { department, number }, code: corrupt("sectors.code", code.parse())? })
}

/// The sectors of some revisions, worst hit first within each.
///
/// # Errors
/// Those of the database.
pub fn of_revisions(reader: &mut Reader, scope: &Scope, keys: &[RevisionKey]) -> StoreResult<Vec<Sector>> {
    let mut found = Vec::new();
    for part in by_revision(scope, keys.iter().map(|key| (key, ()))).chunks(GROUPS) {
        let mut query = sectors::table.select(Row::as_select()).into_boxed();
        for (revision, _) in part {
            let one = sectors::department_code.eq(revision.department.as_str()).and(sectors::number.eq(revision.number));
            query = query.or_filter(one);
        }
        let order = (sectors::department_code, sectors::number, sectors::rank, sectors::code);
        let rows: Vec<Row> = query.order(order).load(reader.reading())?;
        found.extend(rows);
    }
    found.into_iter().map(Row::read).collect()
}

/// Some sectors by their keys.
///
/// # Errors
/// Those of the database.
pub fn by_keys(reader: &mut Reader, scope: &Scope, keys: &[SectorKey]) -> StoreResult<Vec<Sector>> {
    let mut found = Vec::new();
    for part in by_revision(scope, keys.iter().map(|key| (&key.revision, key.code.as_str()))).chunks(GROUPS) {
        let mut query = sectors::table.select(Row::as_select()).into_boxed();
        for (revision, codes) in part {
            let some = sectors::department_code
                .eq(revision.department.as_str())
                .and(sectors::number.eq(revision.number))
                .and(sectors::code.eq_any(codes));
            query = query.or_filter(some);
        }
        let order = (sectors::department_code, sectors::number, sectors::rank, sectors::code);
        let rows: Vec<Row> = query.order(order).load(reader.reading())?;
        found.extend(rows);
    }
    found.into_iter().map(Row::read).collect()
}

/// Revisions asked for in one statement at most: SQLite bounds the depth of an expression. All departments' plans in force are far fewer.
pub(super) const GROUPS: usize = 400;

/// Keys by revision, those out of scope left out: each group becomes one clause of an OR, [`GROUPS`] to a statement.
pub(super) fn by_revision<'a, T>(
    scope: &Scope,
    keys: impl IntoIterator<Item = (&'a RevisionKey, T)>,
) -> Vec<(&'a RevisionKey, Vec<T>)> {
    let mut groups: BTreeMap<&RevisionKey, Vec<T>> = BTreeMap::new();
    for (revision, item) in keys {
        if scope.holds(&revision.department) {
            groups.entry(revision).or_default().push(item);
        }
    }
    groups.into_iter().collect()
}

/// Sectors of revisions once transmitted that bear one of some codes: what the secretariat may know of a sector. Latest revision first.
///
/// # Errors
/// Those of the database.
pub fn once_transmitted(reader: &mut Reader, scope: &Scope, codes: &[(DepartmentCode, SectorCode)]) -> StoreResult<Vec<Sector>> {
    let held = || codes.iter().filter(|(department, _)| scope.holds(department));
    let seen = RevisionStatus::ALL.iter().filter(|status| !status.is_pending()).map(|status| status.as_str());
    let rows: Vec<Row> = sectors::table
        .inner_join(
            revisions::table
                .on(revisions::department_code.eq(sectors::department_code).and(revisions::number.eq(sectors::number))),
        )
        .filter(sectors::department_code.eq_any(held().map(|(department, _)| department.as_str())))
        .filter(sectors::code.eq_any(held().map(|(_, code)| code.as_str())))
        .filter(revisions::status.eq_any(seen))
        .order((sectors::department_code, revisions::semester.desc(), sectors::number.desc(), sectors::code))
        .select(Row::as_select())
        .load(reader.reading())?;
    rows.into_iter().map(Row::read).collect()
}

/// Sectors by department and code in the revisions that a reader sees whole or by name, latest first, and whether each is of the plan in
/// force.
///
/// # Errors
/// Those of the database.
pub fn last_known(
    reader: &mut Reader,
    sight: &PlanSight,
    codes: &[(DepartmentCode, SectorCode)],
) -> StoreResult<Vec<(bool, Sector)>> {
    let anywhere = sight.anything();
    let held = || codes.iter().filter(|(department, _)| anywhere.holds(department));
    let departments: BTreeSet<&str> = held().map(|(department, _)| department.as_str()).collect();
    let rows: Vec<(Row, String, Option<i32>)> = sectors::table
        .inner_join(
            revisions::table
                .on(revisions::department_code.eq(sectors::department_code).and(revisions::number.eq(sectors::number))),
        )
        .inner_join(plans::table.on(plans::department_code.eq(sectors::department_code)))
        .filter(sectors::department_code.eq_any(departments))
        .filter(sectors::code.eq_any(held().map(|(_, code)| code.as_str())))
        .order((sectors::department_code, revisions::semester.desc(), sectors::number.desc(), sectors::code))
        .select((Row::as_select(), revisions::status, plans::current_number))
        .load(reader.reading())?;
    let mut seen = Vec::new();
    for (row, status, current) in rows {
        let in_force = current == Some(row.number);
        let pending = corrupt("revisions.status", status.parse::<RevisionStatus>())?.is_pending();
        let sector = row.read()?;
        let department = &sector.key.revision.department;
        let in_sight = sight.everything.holds(department)
            || (sight.transmitted.holds(department) && !pending)
            || (anywhere.holds(department) && in_force);
        if in_sight {
            seen.push((in_force, sector));
        }
    }
    Ok(seen)
}

/// Those departments of a scope of which a revision was ever transmitted.
///
/// # Errors
/// Those of the database.
pub fn departments_once_transmitted(reader: &mut Reader, scope: &Scope) -> StoreResult<BTreeSet<DepartmentCode>> {
    let mut query = revisions::table
        .filter(revisions::transmitted_at.is_not_null())
        .select(revisions::department_code)
        .distinct()
        .into_boxed();
    if let Some(codes) = scope.codes() {
        query = query.filter(revisions::department_code.eq_any(codes));
    }
    let codes: Vec<String> = query.load(reader.reading())?;
    codes.into_iter().map(|code| corrupt("revisions.department_code", code.parse())).collect()
}
