//! Where the indicators that objectives aim at stand now: the department's figure of the last fortnight for which one was reported. Only for
//! who reads rollups; others see none.

use std::collections::{BTreeSet, HashMap};

use crate::access::Capability;
use crate::domain::codes::{DepartmentCode, IndicatorCode};
use crate::domain::rollup::{Quotient, Tally, ratio};
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
    let codes: BTreeSet<IndicatorCode> = keys.iter().map(|(_, code)| code.clone()).collect();
    let departments: BTreeSet<DepartmentCode> = keys.iter().map(|(department, _)| department.clone()).collect();
    let known = store::indicators(call.db()?, &codes)?;
    let ids: BTreeSet<i32> = known.values().map(|reading| reading.id).collect();
    let figures = store::last_fortnights(call.db()?, &scope, &departments, &ids)?;
    let mut all = HashMap::new();
    for (department, code) in keys {
        let Some(reading) = known.get(code) else { continue };
        let of = |id: i32| figures.get(&(department.clone(), id));
        let part = |code: &IndicatorCode| {
            known.get(code).and_then(|reading| of(reading.id).map(|figures| (figures, reading.aggregation)))
        };
        let value = match &reading.quotient {
            None => of(reading.id).and_then(|figures| value(reading.aggregation, figures)),
            Some((above, below)) => match (part(above), part(below)) {
                (Some((above, add_above)), Some((below, add_below))) if above.fortnight == below.fortnight => {
                    ratio(value(add_above, above), value(add_below, below))
                }
                (Some(_) | None, Some(_) | None) => None,
            },
        };
        if let Some(value) = value {
            all.insert((department.clone(), code.clone()), value.to_f64());
        }
    }
    Ok(all)
}

/// What the figures of a fortnight come to: exactly as a rollup adds them up.
fn value(aggregation: Aggregation, figures: &Figures) -> Option<Quotient> {
    let Figures { total, measures, maximum, .. } = figures;
    let tally = Tally { total: *total, measures: (*measures).into(), maximum: Some(maximum.scaled()) };
    tally.value(aggregation)
}
