//! Loading what an answer is made of: the sums of all its periods and of those that they are held against, and what is declared not
//! applicable. A constant number of statements, however long the series.

use std::collections::{BTreeSet, HashMap};

use super::{Field, Question, View};
use crate::access::Scope;
use crate::domain::codes::DepartmentCode;
use crate::domain::period::Period;
use crate::domain::rollup::cells::{fortnights_of, source, starts};
use crate::domain::rollup::table::{Exemption, Figures, NATION, NONE, Table, with_comparisons};
use crate::domain::rollup::{Entry, Tally, counted};
use crate::domain::vocabulary::{Aggregation, Granularity, RollupAxis};
use crate::store::declarations;
use crate::store::indicators::{self, IndicatorSight, StoredIndicator};
use crate::store::measures;
use crate::store::rollups::{self, Cut};
use crate::workflow::{Call, Error, Result};

/// What an answer is made of.
pub(super) struct Loaded {
    /// The sums.
    pub figures: Figures,
    /// What is declared not applicable: of the indicator, or of both parts of a ratio.
    pub exemptions: Vec<HashMap<DepartmentCode, Vec<Exemption>>>,
}

/// Loads an answer.
pub(super) fn load(call: &mut Call, indicator: &StoredIndicator, view: &View, question: &Question) -> Result<Loaded> {
    let parts = parts(call, indicator)?;
    let wanted: BTreeSet<Period> =
        if question.compared { with_comparisons(&question.periods) } else { question.periods.iter().copied().collect() };
    let granularity = question.periods.first().map_or(Granularity::Year, |period| period.granularity());
    let ids: Vec<i32> = parts.iter().map(|part| part.id).collect();
    let mut tables: HashMap<i32, Table> = parts.iter().map(|part| (part.id, Table::new(part.indicator.aggregation))).collect();
    match (question.axis, &view.field) {
        (RollupAxis::Sector, Field::Department(department)) => {
            by_sector(call, &view.scope(), department, &parts, &wanted, granularity, &mut tables)?;
        }
        _ => by_cells(call, view, question.axis, &parts, &wanted, granularity, &mut tables)?,
    }
    let declared = declarations::of(call.db()?, &view.scope(), &ids)?;
    let exemptions = ids
        .iter()
        .map(|id| {
            let mut found: HashMap<DepartmentCode, Vec<Exemption>> = HashMap::new();
            for declaration in declared.iter().filter(|declaration| declaration.indicator_id == *id) {
                found.entry(declaration.department.clone()).or_default().push((declaration.from, declaration.until));
            }
            found
        })
        .collect();
    let mut table = |part: Option<&StoredIndicator>| part.and_then(|part| tables.remove(&part.id));
    let figures = match (table(parts.first()), table(parts.get(1))) {
        (Some(numerator), Some(denominator)) => Figures::Ratio { numerator, denominator },
        (Some(recorded), None) => Figures::Recorded(recorded),
        (None, _) => return Err(Error::Internal(format!("no parts of {}", indicator.indicator.code))),
    };
    Ok(Loaded { figures, exemptions })
}

/// The recorded indicators behind one: itself, or numerator and denominator.
fn parts(call: &mut Call, indicator: &StoredIndicator) -> Result<Vec<StoredIndicator>> {
    if indicator.indicator.aggregation != Aggregation::Ratio {
        return Ok(vec![indicator.clone()]);
    }
    let codes: Vec<_> = indicator.indicator.numerator.iter().chain(&indicator.indicator.denominator).cloned().collect();
    let local = indicator.indicator.department.clone();
    let sight = IndicatorSight { published_only: false, local: local.map_or_else(Scope::nowhere, Scope::department) };
    let mut found = indicators::by_codes(call.db()?, &sight, &codes)?;
    let parts: Vec<StoredIndicator> = codes.iter().filter_map(|code| found.remove(code)).collect();
    if parts.len() == 2 { Ok(parts) } else { Err(Error::Internal(format!("{} lacks a part", indicator.indicator.code))) }
}

/// Sectors are in no cell: their measures are read by index, of one department.
fn by_sector(
    call: &mut Call,
    scope: &Scope,
    department: &DepartmentCode,
    parts: &[StoredIndicator],
    wanted: &BTreeSet<Period>,
    granularity: Granularity,
    tables: &mut HashMap<i32, Table>,
) -> Result<()> {
    let ids: Vec<i32> = parts.iter().map(|part| part.id).collect();
    let all: Vec<Period> = wanted.iter().copied().collect();
    let Some(fortnights) = fortnights_of(&all) else { return Ok(()) };
    let entries = measures::entries(call.db()?, scope, department, &ids, &[], &fortnights)?;
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
            for entry in counted(part.indicator.aggregation, entries) {
                let key = if entry.sector.is_empty() { NONE } else { &entry.sector };
                table.add(*period, key, department, &Tally::of(entry.value));
            }
        }
    }
    Ok(())
}

fn by_cells(
    call: &mut Call,
    view: &View,
    axis: RollupAxis,
    parts: &[StoredIndicator],
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
        let ids: Vec<i32> =
            parts.iter().filter(|part| source(part.indicator.aggregation, granularity) == length).map(|part| part.id).collect();
        for sum in rollups::sums(call.db()?, &view.scope(), &ids, length, &starts(wanted, length), cut)? {
            let period = Period::around(sum.start, granularity);
            let Some(department) = call.office().territories.department(&sum.department) else { continue };
            let Some(table) = tables.get_mut(&sum.indicator_id).filter(|_| wanted.contains(&period)) else { continue };
            let key =
                match axis {
                    RollupAxis::National => NATION,
                    RollupAxis::DefenceZone => department.zone.as_str(),
                    RollupAxis::Region => department.region.as_str(),
                    RollupAxis::Department => department.code.as_str(),
                    RollupAxis::Service | RollupAxis::Authority | RollupAxis::Parquet | RollupAxis::Sector => {
                        if sum.part.is_empty() { NONE } else { &sum.part }
                    }
                };
            table.add(period, key, &sum.department, &sum.tally);
        }
    }
    Ok(())
}
