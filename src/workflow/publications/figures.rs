//! The figures of a publication before anything is hidden: every published national indicator, and the terms of published ratios, on the four
//! territorial axes. One statement for each length of kept cells, however many indicators there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::AXES;
use crate::access::Scope;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::compliance::is_expected_in;
use crate::domain::departments::DepartmentSet;
use crate::domain::indicators::Indicator;
use crate::domain::period::Period;
use crate::domain::publication::Place;
use crate::domain::rollup::Quotient;
use crate::domain::rollup::cells::{source, starts};
use crate::domain::rollup::table::{Exemption, Figures, NATION, Table, is_exempt};
use crate::domain::territory::{Department, Territories, Unit};
use crate::domain::vocabulary::{Granularity, RollupAxis};
use crate::store::declarations;
use crate::store::indicators::{self, IndicatorSight, StoredIndicator};
use crate::store::rollups::{self, Cut, Sum};
use crate::workflow::{Call, Result};

/// An indicator with its figures.
#[derive(PartialEq)]
pub struct Published {
    /// The indicator.
    pub indicator: Indicator,
    /// By axis and key.
    pub figures: BTreeMap<Place, Figure>,
}

/// A figure with who stands behind it.
#[derive(PartialEq)]
pub struct Figure {
    /// Name of the territory.
    pub label: String,
    /// Absent where nothing was reported.
    pub value: Option<f64>,
    /// Number of measures.
    pub measures: i32,
    /// Departments that reported.
    pub reporting: i32,
    /// Departments that were to report.
    pub expected: i32,
}

/// Loads the figures of a period.
pub fn load(call: &mut Call, period: Period) -> Result<Vec<Published>> {
    let sight = IndicatorSight { published_only: false, local: Scope::nowhere() };
    let all = indicators::all(call.db()?, &sight)?;
    let by_code: HashMap<&IndicatorCode, &StoredIndicator> = all.iter().map(|one| (&one.indicator.code, one)).collect();
    let terms: BTreeSet<&IndicatorCode> = all
        .iter()
        .filter(|one| one.indicator.published)
        .flat_map(|one| one.indicator.numerator.iter().chain(&one.indicator.denominator))
        .collect();
    let wanted: Vec<&StoredIndicator> =
        all.iter().filter(|one| one.indicator.published || terms.contains(&one.indicator.code)).collect();

    let mut by_length: BTreeMap<Granularity, Vec<i32>> = BTreeMap::new();
    for one in &wanted {
        by_length.entry(source(one.indicator.aggregation, period.granularity())).or_default().push(one.id);
    }
    let mut sums: HashMap<i32, Vec<Sum>> = HashMap::new();
    for (length, ids) in by_length {
        for sum in rollups::sums(call.db()?, &Scope::Nation, &ids, length, &starts(&[period], length), Cut::Whole)? {
            sums.entry(sum.indicator_id).or_default().push(sum);
        }
    }
    let ids: Vec<i32> = wanted.iter().map(|one| one.id).collect();
    let mut exemptions: HashMap<i32, HashMap<DepartmentCode, Vec<Exemption>>> = HashMap::new();
    for declared in declarations::of(call.db()?, &Scope::Nation, &ids)? {
        let of = exemptions.entry(declared.indicator_id).or_default();
        of.entry(declared.department).or_default().push((declared.from, declared.until));
    }

    let source = Source { territories: &call.office().territories, period, sums: &sums, exemptions: &exemptions };
    Ok(wanted
        .into_iter()
        .map(|one| {
            let part = |code: &Option<IndicatorCode>| code.as_ref().and_then(|code| by_code.get(code).copied());
            let parts: Vec<&StoredIndicator> = match (part(&one.indicator.numerator), part(&one.indicator.denominator)) {
                (Some(above), Some(below)) => vec![above, below],
                (Some(_) | None, None) | (None, Some(_)) => vec![one],
            };
            Published { indicator: one.indicator.clone(), figures: source.figures(&parts) }
        })
        .collect())
}

/// What figures are made of.
struct Source<'a> {
    territories: &'a Territories,
    period: Period,
    sums: &'a HashMap<i32, Vec<Sum>>,
    exemptions: &'a HashMap<i32, HashMap<DepartmentCode, Vec<Exemption>>>,
}

impl Source<'_> {
    fn figures(&self, parts: &[&StoredIndicator]) -> BTreeMap<Place, Figure> {
        let to_report: DepartmentSet = self
            .territories
            .departments()
            .filter(|department| is_expected_in(department.since, self.period) && !self.is_exempt(parts, &department.code))
            .filter_map(|department| self.territories.place(&department.code))
            .collect();
        AXES.into_iter().flat_map(|axis| self.along(axis, parts, to_report)).collect()
    }

    fn is_exempt(&self, parts: &[&StoredIndicator], department: &DepartmentCode) -> bool {
        parts.iter().any(|part| {
            let declared = self.exemptions.get(&part.id).and_then(|of| of.get(department));
            declared.is_some_and(|declared| is_exempt(declared, self.period))
        })
    }

    fn along(&self, axis: RollupAxis, parts: &[&StoredIndicator], to_report: DepartmentSet) -> Vec<(Place, Figure)> {
        let mut tables: Vec<Table> = parts.iter().map(|part| self.table(axis, part)).collect();
        let figures = match (tables.pop(), tables.pop()) {
            (Some(denominator), Some(numerator)) => Figures::Ratio { numerator, denominator },
            (Some(recorded), None) => Figures::Recorded(recorded),
            (None, _) => return Vec::new(),
        };
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        self.units(axis)
            .iter()
            .map(|unit| {
                let expected = unit.departments & to_report;
                // A ratio of which nobody reported one term rests on nothing.
                let is_none = matches!(&figures, Figures::Ratio { numerator, denominator }
                    if !numerator.is_reported(self.period, &unit.key) || !denominator.is_reported(self.period, &unit.key));
                let measures = if is_none { 0 } else { figures.measures(self.period, Some(&unit.key)) };
                let figure = Figure {
                    label: unit.name.clone(),
                    value: figures.value(self.period, Some(&unit.key)).map(Quotient::to_f64),
                    measures: i32::try_from(measures).unwrap_or(i32::MAX),
                    reporting: count(figures.reporting(self.period, Some(&unit.key), expected)),
                    expected: count(expected.len()),
                };
                ((axis, unit.key.clone()), figure)
            })
            .collect()
    }

    fn table(&self, axis: RollupAxis, part: &StoredIndicator) -> Table {
        let mut table = Table::new(part.indicator.aggregation);
        for sum in self.sums.get(&part.id).into_iter().flatten() {
            let Some(place) = self.territories.place(&sum.department) else { continue };
            if let Some(department) = self.territories.at(place) {
                table.ledger(self.period).add(key_of(axis, department), place, &sum.tally);
            }
        }
        table
    }

    /// The territories of an axis, whose keys a publication has.
    fn units(&self, axis: RollupAxis) -> &[Unit] {
        match axis {
            RollupAxis::DefenceZone => self.territories.zone_units(),
            RollupAxis::Region => self.territories.region_units(),
            RollupAxis::Department => self.territories.department_units(),
            RollupAxis::National | RollupAxis::Sector | RollupAxis::Service | RollupAxis::Parquet | RollupAxis::Authority => {
                self.territories.nation()
            }
        }
    }
}

fn key_of(axis: RollupAxis, department: &Department) -> &str {
    match axis {
        RollupAxis::DefenceZone => department.zone.as_str(),
        RollupAxis::Region => department.region.as_str(),
        RollupAxis::Department => department.code.as_str(),
        RollupAxis::National | RollupAxis::Sector | RollupAxis::Service | RollupAxis::Parquet | RollupAxis::Authority => NATION,
    }
}
