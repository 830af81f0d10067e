//! Loaders of schools, and of what departments have of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::Loader;
use crate::domain::codes::{DepartmentCode, Uai};
use crate::graphql::value::RawJson;
use crate::store::objectives::Objective;
use crate::store::schools::School;
use crate::workflow::schools::Listing;
use crate::workflow::sectors::SeenSector;

/// By UAI or by department.
#[derive(Default)]
pub struct SchoolLoaders {
    /// Schools that are seen.
    pub by_uai: Loader<Uai, Option<Arc<School>>>,
    /// Whether a school is on the national list today.
    pub listed: Loader<Uai, bool>,
    /// Whether the plan in force covers a school.
    pub covered: Loader<Uai, bool>,
    /// Sectors of the plan in force near a school.
    pub sectors: Loader<Uai, Vec<SeenSector>>,
    /// Objectives of the plan in force that concern a school.
    pub objectives: Loader<Uai, Vec<Arc<Objective>>>,
    /// One page of the schools of departments, and one more.
    pub pages: Loader<(DepartmentCode, Listing), Vec<Arc<School>>>,
    /// Outlines of departments by tolerance.
    pub boundaries: Loader<(DepartmentCode, i32), Option<RawJson>>,
    /// Departments handed out so far: what is asked of one with arguments is loaded for all.
    departments: Mutex<BTreeSet<DepartmentCode>>,
}

impl SchoolLoaders {
    /// Says which schools were handed out together.
    pub fn expect<'a>(&self, uais: impl IntoIterator<Item = &'a Uai>) {
        for uai in uais {
            self.listed.expect([uai.clone()]);
            self.covered.expect([uai.clone()]);
            self.sectors.expect([uai.clone()]);
            self.objectives.expect([uai.clone()]);
        }
    }

    /// Says which departments were handed out together.
    pub fn expect_departments(&self, codes: impl IntoIterator<Item = DepartmentCode>) {
        self.departments.lock().unwrap_or_else(PoisonError::into_inner).extend(codes);
    }

    /// Says that the same page of schools is wanted of all departments handed out so far.
    pub fn expect_pages(&self, listing: &Listing) {
        let departments = self.departments.lock().unwrap_or_else(PoisonError::into_inner);
        self.pages.expect(departments.iter().map(|code| (code.clone(), listing.clone())));
    }

    /// Says that the outlines of all departments handed out so far are wanted at a tolerance.
    pub fn expect_boundaries(&self, tolerance: i32) {
        let departments = self.departments.lock().unwrap_or_else(PoisonError::into_inner);
        self.boundaries.expect(departments.iter().map(|code| (code.clone(), tolerance)));
    }

    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.by_uai.forget();
        self.listed.forget();
        self.covered.forget();
        self.sectors.forget();
        self.objectives.forget();
        self.pages.forget();
        self.boundaries.forget();
        self.departments.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
