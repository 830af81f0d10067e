//! Where the indicators that objectives aim at stand now: the department's figure of the last fortnight for which one was reported. Only for
//! who reads rollups; others see none.

use std::collections::HashMap;

use crate::access::Capability;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::vocabulary::Aggregation;
use crate::store::objectives::latest::{self as store, Figures};
use crate::workflow::{Call, Result};

/// The latest figures of some indicators, each in a department. A RATIO is that of the last fortnight in which both of its parts were
/// reported, and is absent where the denominator is 0.
///
/// # Errors
/// Those of the database.
pub fn latest(
    call: &mut Call,
    keys: &[(DepartmentCode, IndicatorCode)],
) -> Result<HashMap<(DepartmentCode, IndicatorCode), f64>> {
    let scope = call.access().scope_or_nowhere(Capability::ReadRollups)?;
    let indicators = store::indicators(call.db()?, keys)?;
    let parts = |code: &IndicatorCode| indicators.get(code).map(|known| known.parts(code)).unwrap_or_default();
    let wanted: Vec<(DepartmentCode, IndicatorCode)> = keys
        .iter()
        .flat_map(|(department, code)| parts(code).into_iter().map(move |part| (department.clone(), part)))
        .collect();
    let figures = store::last_fortnights(call.db()?, &scope, &wanted)?;
    let figure = |department: &DepartmentCode, code: &IndicatorCode| figures.get(&(department.clone(), code.clone()));
    let mut all = HashMap::new();
    for (department, code) in keys {
        let Some(known) = indicators.get(code) else { continue };
        let value = match (known.aggregation, &known.quotient) {
            (Aggregation::Ratio, Some((above, below))) => match (figure(department, above), figure(department, below)) {
                (Some(above), Some(below)) if above.fortnight == below.fortnight => quotient(above, below),
                _ => None,
            },
            (Aggregation::Ratio, None) => None,
            (aggregation, _) => figure(department, code).and_then(|figures| value(aggregation, figures)),
        };
        if let Some(value) = value {
            all.insert((department.clone(), code.clone()), value);
        }
    }
    Ok(all)
}

fn value(aggregation: Aggregation, figures: &Figures) -> Option<f64> {
    match aggregation {
        Aggregation::Sum | Aggregation::Latest => Some(figures.total.to_f64()),
        Aggregation::Maximum => Some(figures.maximum.to_f64()),
        Aggregation::Average => (figures.measures > 0).then(|| figures.total.to_f64() / f64::from(figures.measures)),
        Aggregation::Ratio => None,
    }
}

fn quotient(above: &Figures, below: &Figures) -> Option<f64> {
    let below = below.total.to_f64();
    (below != 0.0).then(|| above.total.to_f64() / below)
}
