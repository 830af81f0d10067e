//! What a department's measures are held against: its own indicators, what it declared not applicable, and its sectors. Only acts under the
//! department's lock change any of it, each of which moves the department's data epoch; so it is remembered by that epoch alone, and recording
//! asks for it once after a change. Not for the checks themselves, and not for national indicators.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::check::{Known, Row};
use crate::access::{Capability, Grant};
use crate::domain::codes::{DepartmentCode, IndicatorCode, SectorCode};
use crate::store::declarations::{self, Declaration};
use crate::store::indicators::{self, StoredIndicator};
use crate::store::measures::marks::{self, Marks};
use crate::workflow::heads::Catalogue;
use crate::workflow::shelf::{Heavy, OVERHEAD};
use crate::workflow::{Call, Result};

/// What the measures of one department are held against, beside what is national.
#[derive(Debug)]
pub struct Frame {
    indicators: HashMap<IndicatorCode, Arc<StoredIndicator>>,
    declared: Vec<Declaration>,
    /// Those of the pending revision too: who may see them is for each caller to be asked.
    sectors: HashMap<SectorCode, Marks>,
}

impl Frame {
    /// The frame of a department whose lock this call holds: from memory, if it is known at the department's epoch.
    ///
    /// # Errors
    /// Those of the database.
    pub fn of(call: &mut Call, department: &DepartmentCode) -> Result<Arc<Self>> {
        // At which epoch a frame is believed is known under the lock only.
        call.db()?;
        if let Some(known) = call.frame(department) {
            return Ok(known);
        }
        let own = indicators::of_department(call.db()?, department)?;
        let read = Arc::new(Self {
            indicators: own.into_iter().map(|one| (one.indicator.code.clone(), Arc::new(one))).collect(),
            declared: declarations::of_department(call.db()?, department)?,
            sectors: marks::of_department(call.db()?, department)?,
        });
        call.hold_frame(department, &read);
        Ok(read)
    }

    /// What of it, and of the nation's indicators, some rows are held against, for the caller.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub fn known(&self, call: &Call, department: &DepartmentCode, nation: &Catalogue, rows: &[Row]) -> Result<Known> {
        let codes: BTreeSet<&IndicatorCode> = rows.iter().map(|row| &row.indicator).collect();
        let named = |code: &IndicatorCode| self.indicators.get(code).or_else(|| nation.by_code(code)).map(Arc::clone);
        let indicators: HashMap<IndicatorCode, Arc<StoredIndicator>> =
            codes.iter().filter_map(|code| named(code).map(|found| (IndicatorCode::clone(code), found))).collect();
        let ids: BTreeSet<i32> = indicators.values().map(|found| found.id).collect();
        let declared = self.declared.iter().filter(|declared| ids.contains(&declared.indicator_id)).cloned().collect();
        let sees_drafts = call.access().scope_or_nowhere(Capability::ReadPlan)?.holds(department);
        let codes: BTreeSet<&SectorCode> = rows.iter().filter_map(|row| row.sector.as_ref()).collect();
        let mark = |code: &SectorCode| self.sectors.get(code).and_then(|marks| marks.seen(sees_drafts)).cloned();
        let sectors = codes.into_iter().filter_map(|code| mark(code).map(|mark| (code.clone(), mark))).collect();
        let grants: Vec<Grant> = call.access().grants_for(Capability::RecordMeasures, department).into_iter().cloned().collect();
        Ok(Known { indicators, sectors, declared, grants })
    }
}

impl Heavy for Frame {
    fn bytes(&self) -> usize {
        let indicators: usize = self.indicators.values().map(|one| one.bytes() + OVERHEAD).sum();
        let declared = self.declared.len() * (size_of::<Declaration>() + OVERHEAD);
        // Two short texts in each revision.
        let sectors = self.sectors.len() * (size_of::<Marks>() + OVERHEAD);
        size_of::<Self>() + indicators + declared + sectors
    }
}
