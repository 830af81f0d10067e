//! Loaders of indicators, meetings, measures and compliance.

use std::sync::Arc;

use super::Loader;
use super::cohort::Cohort;
use crate::domain::codes::{DepartmentCode, IndicatorCode, SectorCode};
use crate::domain::keys::MeetingKey;
use crate::domain::period::Period;
use crate::domain::semester::Semester;
use crate::graphql::connection::PageRequest;
use crate::store::corrections::Correction;
use crate::store::indicators::StoredIndicator;
use crate::store::measures::Measure;
use crate::store::meetings::{Decision, Meeting};
use crate::workflow::compliance::Compliance;
use crate::workflow::sectors::SeenSector;

/// What narrows a list: indicator, period.
pub type Narrowing = (Option<String>, Option<Period>);

/// What narrows a list, and its page: indicator, period, page.
pub type Arguments = (Option<String>, Option<Period>, PageRequest);

/// By department, meeting, measure, indicator or sector.
#[derive(Default)]
pub struct MeetingLoaders {
    /// A page of the meetings of departments, and one more.
    pub of_departments: Cohort<DepartmentCode, Arguments, Arc<[Arc<Meeting>]>>,
    /// How many there are.
    pub counts_of_departments: Cohort<DepartmentCode, Option<Period>, i64>,
    /// Meetings by id.
    pub meetings: Loader<i64, Option<Arc<Meeting>>>,
    /// What was decided there.
    pub decisions: Loader<i64, Vec<Decision>>,
    /// A page of the measures of meetings, and one more.
    pub of_meetings: Cohort<MeetingKey, Arguments, Arc<[Arc<Measure>]>>,
    /// How many there are.
    pub counts_of_meetings: Cohort<MeetingKey, (), i64>,
    /// A page of the measures of sectors, and one more.
    pub of_sectors: Cohort<(DepartmentCode, SectorCode), Arguments, Arc<[Arc<Measure>]>>,
    /// How many there are, narrowed.
    pub counts_of_sectors: Cohort<(DepartmentCode, SectorCode), Narrowing, i64>,
    /// Measures by id.
    pub measures: Loader<i64, Option<Arc<Measure>>>,
    /// Their earlier values.
    pub history: Loader<i64, Vec<Correction>>,
    /// Indicators by database id.
    pub indicators: Loader<i32, Option<Arc<StoredIndicator>>>,
    /// Indicators by code.
    pub indicators_by_code: Loader<IndicatorCode, Option<Arc<StoredIndicator>>>,
    /// The sectors of measures, as last known.
    pub sectors: Loader<(DepartmentCode, SectorCode), Option<SeenSector>>,
    /// Compliance of departments in a semester.
    pub compliance: Cohort<DepartmentCode, Semester, Option<Arc<Compliance>>>,
}

impl MeetingLoaders {
    /// Says which departments were handed out together.
    pub fn expect_departments(&self, codes: &[DepartmentCode]) {
        self.of_departments.expect(codes.iter().cloned());
        self.counts_of_departments.expect(codes.iter().cloned());
        self.compliance.expect(codes.iter().cloned());
    }

    /// Forgets everything: after a write.
    pub fn forget(&self) {
        self.of_departments.forget();
        self.counts_of_departments.forget();
        self.meetings.forget();
        self.decisions.forget();
        self.of_meetings.forget();
        self.counts_of_meetings.forget();
        self.of_sectors.forget();
        self.counts_of_sectors.forget();
        self.measures.forget();
        self.history.forget();
        self.indicators.forget();
        self.indicators_by_code.forget();
        self.sectors.forget();
        self.compliance.forget();
    }
}
