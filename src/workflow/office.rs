//! The office: what every operation shares. Read-only after start, but for the desk's counters. Not for the state of one operation; that is [`Call`](super::Call).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::Desk;
use crate::access::Policy;
use crate::domain::period::paris_day;
use crate::domain::semester::Semester;
use crate::domain::territory::Territories;
use crate::store::Database;

/// Territories, policy, rules, clock and database of this server.
pub struct Office {
    /// Departments, regions, zones and parquets of today.
    pub territories: Territories,
    /// Who may do what.
    pub policy: Policy,
    /// Figures that the house may set otherwise.
    pub rules: Rules,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub database: Database,
    /// Keys, session settings and counters of this process.
    pub desk: Desk,
    /// Outlines of departments that were asked about.
    pub outlines: super::boundaries::OutlineMemory,
    /// Contents of revisions that were transmitted.
    pub contents: super::contents::Contents,
    /// Heads of plans and revisions, and the national indicators, as of known data epochs.
    pub heads: super::heads::Heads,
    /// The data epochs of now.
    pub epochs: super::epochs::EpochWatch,
    /// Callers who were recognised before.
    pub callers: super::callers::Callers,
    /// Calls that have begun to write, so far, and made others wait.
    pub writes_begun: AtomicU64,
}

impl Office {
    /// Ends everything that holds a connection to the database, and waits so long for what is under way. Whether all of it has ended; then the
    /// process may end too.
    pub fn close(&self, within: std::time::Duration) -> bool {
        let end = std::time::Instant::now() + within;
        let is_read = self.epochs.close(within);
        self.database.close(end.saturating_duration_since(std::time::Instant::now())) && is_read
    }
}

/// The house rules that configuration may change; every default is the design's.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// A school within this distance of a sector belongs to it, in metres (circular of 2010, section 3: "à proximité").
    pub school_distance_m: f64,
    /// The largest sector, in square kilometres.
    pub max_sector_area_km2: f64,
    /// How far a sector may reach over its department's outline, in metres: outlines are simplified, coasts move.
    pub outline_tolerance_m: f64,
    /// Positions in one sector's geometry, at most.
    pub max_positions: usize,
    /// Positions in the geometry of one question by place, at most.
    pub max_question_positions: usize,
    /// Sectors, and objectives, in one revision, at most.
    pub max_items_per_revision: usize,
    /// Bytes of one revision's outlines and texts together, at most.
    pub max_revision_bytes: u64,
    /// Indicators of a department's own, at most.
    pub max_local_indicators: usize,
    /// Fewer measures than this under a published cell, and it is suppressed.
    pub publication_threshold: i32,
    /// Due dates that differ from the last day of the semester, by semester.
    pub due_dates: std::collections::BTreeMap<String, NaiveDate>,
    /// Schools that another department keeps than their UAI says: UAI to department.
    pub schools_elsewhere: std::collections::BTreeMap<String, String>,
    /// Nodes in a page when the query does not say.
    pub page_size: i32,
    /// Nodes in a page, at most.
    pub max_page_size: i32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            school_distance_m: 300.0,
            max_sector_area_km2: 50.0,
            outline_tolerance_m: 1000.0,
            max_positions: 20_000,
            max_question_positions: 5_000,
            max_items_per_revision: 500,
            max_revision_bytes: 16 << 20,
            max_local_indicators: 200,
            publication_threshold: 3,
            due_dates: std::collections::BTreeMap::new(),
            schools_elsewhere: std::collections::BTreeMap::new(),
            page_size: 50,
            max_page_size: 500,
        }
    }
}

impl Rules {
    /// Adds what bounds of single settings cannot say, as lines of the form `rules.page_size: what is wrong`.
    pub fn check(&self, faults: &mut Vec<String>) {
        if self.page_size > self.max_page_size {
            faults.push(format!("rules.page_size: il faut au plus max_page_size, qui est {}", self.max_page_size));
        }
        for semester in self.due_dates.keys().filter(|semester| semester.parse::<Semester>().is_err()) {
            faults.push(format!("rules.due_dates: « {semester} » n’est pas un semestre comme 2026-S1"));
        }
    }
}

/// Where the time comes from: the system, or (in tests) a hand that is set.
#[derive(Clone, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands until it is [`set`](Self::set).
    #[must_use]
    pub fn fixed(at: NaiveDateTime) -> Self {
        Self { fixed: Some(Arc::new(AtomicI64::new(at.and_utc().timestamp_micros()))) }
    }

    /// Moves a fixed clock; a system clock does not move.
    pub fn set(&self, at: NaiveDateTime) {
        if let Some(hand) = &self.fixed {
            hand.store(at.and_utc().timestamp_micros(), Ordering::SeqCst);
        }
    }

    /// Now, in UTC, to the microsecond (what both databases keep).
    #[must_use]
    pub fn now(&self) -> NaiveDateTime {
        let micros = match &self.fixed {
            Some(hand) => hand.load(Ordering::SeqCst),
            None => Utc::now().timestamp_micros(),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc()
    }

    /// Today in Europe/Paris.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        paris_day(self.now())
    }
}
