//! Territories: departments, regions, defence zones and parquets of today, looked up in memory. They are facts that change by a decree
//! and a new version of the program; regions and zones are today's, also for earlier periods (house). Not for outlines.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::codes::{DepartmentCode, ParquetCode, RegionCode, ZoneCode};
use super::departments::{DepartmentPlace, DepartmentSet};

/// The key of the nation.
pub const NATION: &str = "FR";

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
    /// More departments than a set of them holds.
    #[error("{0} departments are more than {most}", most = DepartmentSet::MOST)]
    TooMany(usize),
}

/// A territory as lists of figures name it, and the departments that it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub key: String,
    /// French name.
    pub name: String,
    /// Those in it, or into which it reaches.
    pub departments: DepartmentSet,
}

/// The territories of each sort, by code: made once, because every rollup lists them.
#[derive(Clone, Debug)]
struct Units {
    nation: Vec<Unit>,
    zones: Vec<Unit>,
    regions: Vec<Unit>,
    departments: Vec<Unit>,
    parquets: Vec<Unit>,
}

/// All territories, checked against each other.
#[derive(Clone, Debug)]
pub struct Territories {
    regions: BTreeMap<RegionCode, Region>,
    zones: BTreeMap<ZoneCode, DefenceZone>,
    parquets: BTreeMap<ParquetCode, Parquet>,
    /// By code.
    departments: Vec<Department>,
    units: Units,
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
        let departments = keyed("department", departments, |department| department.code.clone())?;
        let mut territories = Self {
            regions: keyed("region", regions, |region| region.code.clone())?,
            zones: keyed("defence zone", zones, |zone| zone.code.clone())?,
            parquets: keyed("parquet", parquets, |parquet| parquet.code.clone())?,
            departments: departments.into_values().collect(),
            units: Units {
                nation: Vec::new(),
                zones: Vec::new(),
                regions: Vec::new(),
                departments: Vec::new(),
                parquets: Vec::new(),
            },
        };
        territories.check()?;
        territories.units = territories.listed();
        Ok(territories)
    }

    fn listed(&self) -> Units {
        let unit = |key: &str, name: &str, departments| Unit { key: key.to_owned(), name: name.to_owned(), departments };
        let places = || self.departments.iter().enumerate().filter_map(|(index, row)| Some((DepartmentPlace::at(index)?, row)));
        let those = |wanted: &dyn Fn(&Department) -> bool| -> DepartmentSet {
            places().filter(|(_, row)| wanted(row)).map(|(place, _)| place).collect()
        };
        Units {
            nation: vec![unit(NATION, "France entière", those(&|_| true))],
            zones: self.zones().map(|zone| unit(zone.code.as_str(), &zone.name, those(&|row| row.zone == zone.code))).collect(),
            regions: self
                .regions()
                .map(|region| unit(region.code.as_str(), &region.name, those(&|row| row.region == region.code)))
                .collect(),
            departments: places().map(|(place, row)| unit(row.code.as_str(), &row.name, DepartmentSet::one(place))).collect(),
            parquets: self
                .parquets()
                .map(|parquet| unit(parquet.code.as_str(), &parquet.name, those(&|row| parquet.departments.contains(&row.code))))
                .collect(),
        }
    }

    fn check(&self) -> Result<(), TerritoryFault> {
        if self.departments.len() > DepartmentSet::MOST {
            return Err(TerritoryFault::TooMany(self.departments.len()));
        }
        let dangling = |from: &dyn std::fmt::Display, kind, code: &dyn std::fmt::Display| TerritoryFault::Dangling {
            from: from.to_string(),
            kind,
            code: code.to_string(),
        };
        for parquet in self.parquets.values() {
            for code in &parquet.departments {
                if self.department(code).is_none() {
                    return Err(dangling(&parquet.code, "department", code));
                }
            }
        }
        for department in &self.departments {
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
        self.departments.iter()
    }

    /// One department.
    #[must_use]
    pub fn department(&self, code: &DepartmentCode) -> Option<&Department> {
        self.departments.get(self.index(code)?)
    }

    /// The place of a department in the order of codes.
    #[must_use]
    pub fn place(&self, code: &DepartmentCode) -> Option<DepartmentPlace> {
        self.index(code).and_then(DepartmentPlace::at)
    }

    /// The department at a place.
    #[must_use]
    pub fn at(&self, place: DepartmentPlace) -> Option<&Department> {
        self.departments.get(place.index())
    }

    /// Those of a set, by code.
    pub fn of(&self, set: DepartmentSet) -> impl Iterator<Item = &Department> {
        set.places().filter_map(|place| self.at(place))
    }

    fn index(&self, code: &DepartmentCode) -> Option<usize> {
        self.departments.binary_search_by(|department| department.code.cmp(code)).ok()
    }

    /// The nation, as the one unit of a list.
    #[must_use]
    pub fn nation(&self) -> &[Unit] {
        &self.units.nation
    }

    /// All departments together.
    #[must_use]
    pub fn all(&self) -> DepartmentSet {
        self.units.nation.first().map(|nation| nation.departments).unwrap_or_default()
    }

    /// The defence zones as units, by code; two overseas ones are without departments.
    #[must_use]
    pub fn zone_units(&self) -> &[Unit] {
        &self.units.zones
    }

    /// The regions as units, by code.
    #[must_use]
    pub fn region_units(&self) -> &[Unit] {
        &self.units.regions
    }

    /// The departments as units, by code: each at its place.
    #[must_use]
    pub fn department_units(&self) -> &[Unit] {
        &self.units.departments
    }

    /// The parquets as units, by code.
    #[must_use]
    pub fn parquet_units(&self) -> &[Unit] {
        &self.units.parquets
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
        self.departments.iter().filter(move |department| &department.region == region).map(|department| department.code.clone())
    }

    /// The departments of a defence zone, by code.
    pub fn departments_of_zone(&self, zone: &ZoneCode) -> impl Iterator<Item = DepartmentCode> {
        self.departments.iter().filter(move |department| &department.zone == zone).map(|department| department.code.clone())
    }

    /// The departments that a parquet reaches into; none for a code that nothing bears.
    pub fn departments_of_parquet(&self, parquet: &ParquetCode) -> impl Iterator<Item = DepartmentCode> {
        self.parquets.get(parquet).into_iter().flat_map(|parquet| parquet.departments.iter().cloned())
    }
}

/// The unit of a code, in a list of units.
#[must_use]
pub fn unit<'a>(units: &'a [Unit], key: &str) -> Option<&'a Unit> {
    units.binary_search_by(|unit| unit.key.as_str().cmp(key)).ok().and_then(|index| units.get(index))
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
