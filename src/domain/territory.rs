//! Territories: departments, regions, defence zones and parquets of today, looked up in memory. They are facts that change by a decree
//! and a new version of the program; regions and zones are today's, also for earlier periods (house). Not for outlines.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::codes::{DepartmentCode, ParquetCode, RegionCode, ZoneCode};

/// A region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// INSEE code.
    pub code: RegionCode,
    /// French name.
    pub name: String,
}

/// A defence zone; two of the overseas ones hold no department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefenceZone {
    /// Stable code.
    pub code: ZoneCode,
    /// French name.
    pub name: String,
    /// Town of its préfet.
    pub seat: String,
}

/// The public prosecutor's office of a tribunal judiciaire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parquet {
    /// Stable code.
    pub code: ParquetCode,
    /// French name.
    pub name: String,
    /// Seat of the court of appeal.
    pub court_of_appeal: String,
    /// Departments that it reaches into; nearly always one.
    pub departments: Vec<DepartmentCode>,
}

/// A department.
#[derive(Clone, Debug, PartialEq)]
pub struct Department {
    /// INSEE code.
    pub code: DepartmentCode,
    /// French name.
    pub name: String,
    /// Its region.
    pub region: RegionCode,
    /// Its defence zone.
    pub zone: ZoneCode,
    /// First day as a department; `None` for those older than the circular.
    pub since: Option<NaiveDate>,
    /// Town of the préfecture.
    pub prefecture_town: String,
    /// Its position: longitude, latitude (WGS 84).
    pub prefecture: (f64, f64),
    /// West, south, east, north (degrees, WGS 84).
    pub bounding_box: [f64; 4],
    /// The parquet whose procureur signs the plan.
    pub coordinating_parquet: ParquetCode,
}

impl Department {
    /// Whether it was a department on that day: before, nothing was expected of it.
    #[must_use]
    pub fn existed_on(&self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day)
    }
}

/// What is wrong with a set of territories.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TerritoryFault {
    /// The same code twice.
    #[error("{kind} {code} stands twice")]
    Twice {
        /// region, zone, …
        kind: &'static str,
        /// The code.
        code: String,
    },
    /// A code that nothing bears.
    #[error("{from} names {kind} {code}, which does not exist")]
    Dangling {
        /// Who names it.
        from: String,
        /// region, zone, …
        kind: &'static str,
        /// The code.
        code: String,
    },
    /// A coordinating parquet that does not reach into its department.
    #[error("{parquet} coordinates {department} but does not reach into it")]
    StrangeCoordinator {
        /// The department.
        department: DepartmentCode,
        /// The parquet.
        parquet: ParquetCode,
    },
}

/// All territories, checked against each other.
#[derive(Clone, Debug)]
pub struct Territories {
    regions: BTreeMap<RegionCode, Region>,
    zones: BTreeMap<ZoneCode, DefenceZone>,
    parquets: BTreeMap<ParquetCode, Parquet>,
    departments: BTreeMap<DepartmentCode, Department>,
}

impl Territories {
    /// Puts the lists together.
    ///
    /// # Errors
    /// Each [`TerritoryFault`].
    pub fn new(
        regions: Vec<Region>,
        zones: Vec<DefenceZone>,
        parquets: Vec<Parquet>,
        departments: Vec<Department>,
    ) -> Result<Self, TerritoryFault> {
        let territories = Self {
            regions: keyed("region", regions, |region| region.code.clone())?,
            zones: keyed("defence zone", zones, |zone| zone.code.clone())?,
            parquets: keyed("parquet", parquets, |parquet| parquet.code.clone())?,
            departments: keyed("department", departments, |department| department.code.clone())?,
        };
        territories.check()?;
        Ok(territories)
    }

    fn check(&self) -> Result<(), TerritoryFault> {
        let dangling = |from: &dyn std::fmt::Display, kind, code: &dyn std::fmt::Display| TerritoryFault::Dangling {
            from: from.to_string(),
            kind,
            code: code.to_string(),
        };
        for parquet in self.parquets.values() {
            for code in &parquet.departments {
                if !self.departments.contains_key(code) {
                    return Err(dangling(&parquet.code, "department", code));
                }
            }
        }
        for department in self.departments.values() {
            if !self.regions.contains_key(&department.region) {
                return Err(dangling(&department.code, "region", &department.region));
            }
            if !self.zones.contains_key(&department.zone) {
                return Err(dangling(&department.code, "defence zone", &department.zone));
            }
            let parquet = self
                .parquets
                .get(&department.coordinating_parquet)
                .ok_or_else(|| dangling(&department.code, "parquet", &department.coordinating_parquet))?;
            if !parquet.departments.contains(&department.code) {
                return Err(TerritoryFault::StrangeCoordinator {
                    department: department.code.clone(),
                    parquet: parquet.code.clone(),
                });
            }
        }
        Ok(())
    }

    /// All departments, by code.
    pub fn departments(&self) -> impl Iterator<Item = &Department> {
        self.departments.values()
    }

    /// One department.
    #[must_use]
    pub fn department(&self, code: &DepartmentCode) -> Option<&Department> {
        self.departments.get(code)
    }

    /// All regions, by code.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.regions.values()
    }

    /// One region.
    #[must_use]
    pub fn region(&self, code: &RegionCode) -> Option<&Region> {
        self.regions.get(code)
    }

    /// All defence zones, by code.
    pub fn zones(&self) -> impl Iterator<Item = &DefenceZone> {
        self.zones.values()
    }

    /// One defence zone.
    #[must_use]
    pub fn zone(&self, code: &ZoneCode) -> Option<&DefenceZone> {
        self.zones.get(code)
    }

    /// All parquets, by code.
    pub fn parquets(&self) -> impl Iterator<Item = &Parquet> {
        self.parquets.values()
    }

    /// One parquet.
    #[must_use]
    pub fn parquet(&self, code: &ParquetCode) -> Option<&Parquet> {
        self.parquets.get(code)
    }

    /// The parquets that reach into a department, by code.
    pub fn parquets_of(&self, department: &DepartmentCode) -> impl Iterator<Item = &Parquet> {
        self.parquets.values().filter(move |parquet| parquet.departments.contains(department))
    }

    /// The departments of a region, by code.
    pub fn departments_of_region(&self, region: &RegionCode) -> impl Iterator<Item = DepartmentCode> {
        self.departments.values().filter(move |department| &department.region == region).map(|department| department.code.clone())
    }

    /// The departments of a defence zone, by code.
    pub fn departments_of_zone(&self, zone: &ZoneCode) -> impl Iterator<Item = DepartmentCode> {
        self.departments.values().filter(move |department| &department.zone == zone).map(|department| department.code.clone())
    }

    /// The departments that a parquet reaches into; none for a code that nothing bears.
    pub fn departments_of_parquet(&self, parquet: &ParquetCode) -> impl Iterator<Item = DepartmentCode> {
        self.parquets.get(parquet).into_iter().flat_map(|parquet| parquet.departments.iter().cloned())
    }
}

fn keyed<K: Ord + ToString, V>(
    kind: &'static str,
    rows: Vec<V>,
    key: impl Fn(&V) -> K,
) -> Result<BTreeMap<K, V>, TerritoryFault> {
    let mut map = BTreeMap::new();
    for row in rows {
        let code = key(&row);
        let name = code.to_string();
        if map.insert(code, row).is_some() {
            return Err(TerritoryFault::Twice { kind, code: name });
        }
    }
    Ok(map)
}
