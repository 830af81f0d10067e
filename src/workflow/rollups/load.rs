//! Loading what an answer is made of: the sums of all its periods and of those that they are held against, and what is declared not
//! applicable. A constant number of statements, however long the series.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::known::{self, Share, Slice, Within};
use super::{Field, Question, View};
use crate::access::Scope;
use crate::domain::codes::DepartmentCode;
use crate::domain::departments::DepartmentPlace;
use crate::domain::fortnight::Fortnight;
use crate::domain::period::Period;
use crate::domain::rollup::cells::{fortnights_of, source, starts};
use crate::domain::rollup::table::{Exemption, Figures, NATION, NONE, Table, with_comparisons};
use crate::domain::rollup::{Entry, Tally, counted};
use crate::domain::vocabulary::{Granularity, RollupAxis};
use crate::store::indicators::{self, IndicatorSight, StoredIndicator};
use crate::store::rollups::{self, Cut};
use crate::store::{declarations, measures};
use crate::workflow::indicators::catalogue;
use crate::workflow::{Call, Error, Result};

/// What an answer is made of.
pub(super) struct Loaded {
    /// The sums.
    pub figures: Figures,
    /// What is declared not applicable: of the indicator, or of both parts of a ratio.
    pub exemptions: Vec<Within<Exemption>>,
}

/// Loads an answer.
pub(super) fn load(call: &mut Call, indicator: &Arc<StoredIndicator>, view: &View, question: &Question) -> Result<Loaded> {
    let parts = parts(call, indicator)?;
    let wanted: BTreeSet<Period> =
        if question.compared { with_comparisons(&question.periods) } else { question.periods.iter().copied().collect() };
    let granularity = question.periods.first().map_or(Granularity::Year, |period| period.granularity());
    let mut tables: HashMap<i32, Table> = parts.iter().map(|part| (part.id, Table::new(part.indicator.aggregation))).collect();
    match (question.axis, &view.field) {
        (RollupAxis::Sector, Field::Department(department)) => {
            by_sector(call, view, department, &parts, &wanted, granularity, &mut tables)?;
        }
        _ => by_cells(call, view, question.axis, &parts, &wanted, granularity, &mut tables)?,
    }
    let exemptions = exemptions(call, view, &parts)?;
    let mut table = |part: Option<&Arc<StoredIndicator>>| part.and_then(|part| tables.remove(&part.id));
    let figures = match (table(parts.first()), table(parts.get(1))) {
        (Some(numerator), Some(denominator)) => Figures::Ratio { numerator, denominator },
        (Some(recorded), None) => Figures::Recorded(recorded),
        (None, _) => return Err(Error::Internal(format!("no parts of {}", indicator.indicator.code))),
    };
    Ok(Loaded { figures, exemptions })
}

/// What is declared not applicable, of each part.
fn exemptions(call: &mut Call, view: &View, parts: &[Arc<StoredIndicator>]) -> Result<Vec<Within<Exemption>>> {
    let ids: Vec<i32> = parts.iter().map(|part| part.id).collect();
    let read = |call: &mut Call, scope: &Scope, ids: &[i32]| {
        let mut found: HashMap<i32, Vec<(DepartmentPlace, Exemption)>> = HashMap::new();
        for declared in declarations::of(call.db()?, scope, ids)? {
            if let Some(place) = call.office().territories.place(&declared.department) {
                found.entry(declared.indicator_id).or_default().push((place, (declared.from, declared.until)));
            }
        }
        Ok(found)
    };
    let found = known::gather(call, view, ids, |heads| &heads.exemptions, read)?;
    Ok(found.into_iter().map(|(_, within)| within).collect())
}

/// The recorded indicators behind one: itself, or numerator and denominator.
fn parts(call: &mut Call, indicator: &Arc<StoredIndicator>) -> Result<Vec<Arc<StoredIndicator>>> {
    let (Some(above), Some(below)) = (&indicator.indicator.numerator, &indicator.indicator.denominator) else {
        return Ok(vec![Arc::clone(indicator)]);
    };
    let known = catalogue(call)?;
    let national = |code| known.as_ref().and_then(|known| known.by_code(code)).cloned();
    if let (Some(above), Some(below)) = (national(above), national(below)) {
        return Ok(vec![above, below]);
    }
    let codes = [above.clone(), below.clone()];
    let local = indicator.indicator.department.clone();
    let sight = IndicatorSight { published_only: false, local: local.map_or_else(Scope::nowhere, Scope::department) };
    let mut found = indicators::by_codes(call.db()?, &sight, &codes)?;
    let parts: Vec<_> = codes.iter().filter_map(|code| found.remove(code)).map(Arc::new).collect();
    if parts.len() == 2 { Ok(parts) } else { Err(Error::Internal(format!("{} lacks a part", indicator.indicator.code))) }
}

/// Sectors are in no cell: their measures are read by index, of one department.
fn by_sector(
    call: &mut Call,
    view: &View,
    department: &DepartmentCode,
    parts: &[Arc<StoredIndicator>],
    wanted: &BTreeSet<Period>,
    granularity: Granularity,
    tables: &mut HashMap<i32, Table>,
) -> Result<()> {
    let ids: Vec<i32> = parts.iter().map(|part| part.id).collect();
    let all: Vec<Period> = wanted.iter().copied().collect();
    let Some(fortnights) = fortnights_of(&all) else { return Ok(()) };
    let scope = view.scope(&call.office().territories);
    let Some(place) = call.office().territories.place(department) else { return Ok(()) };
    let entries = measures::entries(call.db()?, &scope, department, &ids, &[], &fortnights)?;
    let mut by_period: HashMap<(i32, Period), Vec<&Entry>> = HashMap::new();
    for (id, entry) in &entries {
        let period = Period::around(entry.fortnight, granularity);
        if wanted.contains(&period) {
            by_period.entry((*id, period)).or_default().push(entry);
        }
    }
    for part in parts {
        let Some(table) = tables.get_mut(&part.id) else { continue };
        for period in wanted {
            let entries = by_period.remove(&(part.id, *period)).unwrap_or_default();
            for entry in counted(part.indicator.aggregation, *period, entries) {
                let key = if entry.sector.is_empty() { NONE } else { &entry.sector };
                table.ledger(*period).add(key, place, &Tally::of(entry.value));
            }
        }
    }
    Ok(())
}

fn by_cells(
    call: &mut Call,
    view: &View,
    axis: RollupAxis,
    parts: &[Arc<StoredIndicator>],
    wanted: &BTreeSet<Period>,
    granularity: Granularity,
    tables: &mut HashMap<i32, Table>,
) -> Result<()> {
    let cut = match axis {
        RollupAxis::Service => Cut::Service,
        RollupAxis::Authority => Cut::Authority,
        RollupAxis::Parquet => Cut::Parquet,
        RollupAxis::National | RollupAxis::DefenceZone | RollupAxis::Region | RollupAxis::Department | RollupAxis::Sector => {
            Cut::Whole
        }
    };
    // Both parts of a ratio may be kept at the same length: then one statement reads both.
    let lengths: BTreeSet<Granularity> = parts.iter().map(|part| source(part.indicator.aggregation, granularity)).collect();
    for length in lengths {
        let starts = starts(wanted, length);
        let of_length = parts.iter().filter(|part| source(part.indicator.aggregation, granularity) == length);
        let slices = of_length
            .flat_map(|part| starts.iter().map(|start| Slice { indicator: part.id, length, start: *start, cut }))
            .collect();
        for (slice, sums) in known::gather(call, view, slices, |heads| &heads.sums, read)? {
            let Ok(start) = Fortnight::from_ordinal(slice.start) else { continue };
            let period = Period::around(start, granularity);
            let Some(table) = tables.get_mut(&slice.indicator).filter(|_| wanted.contains(&period)) else { continue };
            let (territories, ledger) = (&call.office().territories, table.ledger(period));
            for (place, sum) in sums.items() {
                let Some(department) = territories.at(place) else { continue };
                let key = match axis {
                    RollupAxis::National => NATION,
                    RollupAxis::DefenceZone => department.zone.as_str(),
                    RollupAxis::Region => department.region.as_str(),
                    RollupAxis::Department => department.code.as_str(),
                    RollupAxis::Service | RollupAxis::Authority | RollupAxis::Parquet | RollupAxis::Sector => {
                        if sum.part.is_empty() { NONE } else { &sum.part }
                    }
                };
                ledger.add(key, place, &sum.tally);
            }
        }
    }
    Ok(())
}

/// Reads the sums of slices of one length and cut in one statement.
fn read(call: &mut Call, scope: &Scope, slices: &[Slice]) -> Result<HashMap<Slice, Vec<(DepartmentPlace, Share)>>> {
    let Some(Slice { length, cut, .. }) = slices.first().copied() else { return Ok(HashMap::new()) };
    let ids: BTreeSet<i32> = slices.iter().map(|slice| slice.indicator).collect();
    let starts: BTreeSet<i32> = slices.iter().map(|slice| slice.start).collect();
    let (ids, starts) = (Vec::from_iter(ids), Vec::from_iter(starts));
    let mut found: HashMap<Slice, Vec<(DepartmentPlace, Share)>> = HashMap::new();
    for sum in rollups::sums(call.db()?, scope, &ids, length, &starts, cut)? {
        let Some(place) = call.office().territories.place(&sum.department) else { continue };
        let slice = Slice { indicator: sum.indicator_id, length, start: sum.start.ordinal(), cut };
        found.entry(slice).or_default().push((place, Share { part: sum.part.into(), tally: sum.tally }));
    }
    Ok(found)
}
