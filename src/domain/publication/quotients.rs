//! What ratios tell of their terms: one that was shown ties them, and a term that is not published follows from the other. What the terms tell each by
//! itself is [`outsider`](super::outsider)'s.

use super::outsider::{Outsider, World, scaled};
use super::{Series, ratios_of};
use crate::domain::bounds::Relation;
use crate::domain::period::Period;
use crate::domain::vocabulary::Aggregation;

impl Outsider<'_> {
    /// A term that is not published is taken to be known wherever a ratio of it was shown that is still true.
    pub(super) fn know_terms(&mut self) {
        let mut known = Vec::new();
        for (number, series) in self.all.iter().enumerate().filter(|(_, series)| !series.published) {
            for (ratio, _) in ratios_of(series, self.all) {
                for ((period, version), said) in &ratio.worlds {
                    let Some(terms) = self.terms(ratio, *period, *version) else { continue };
                    for (place, stated) in said.iter().filter(|(_, stated)| stated.shown) {
                        let Some(place) = self.map.index.get(place).copied() else { continue };
                        let Some((above, below)) = terms.0[place].zip(terms.1[place]) else { continue };
                        if self.divides(above, below, stated.figure.value) {
                            known.push(if self.states[above].series == number { above } else { below });
                        }
                    }
                }
            }
        }
        for state in known {
            self.states[state].tell();
        }
    }

    fn terms(&self, ratio: &Series, period: Period, version: i32) -> Option<(&World, &World)> {
        let (above, below) = ratio.terms.as_ref()?;
        let world = |code: &str| self.world(self.number(code)?, period, version);
        Some((world(above)?, world(below)?))
    }

    fn divides(&self, above: usize, below: usize, quotient: Option<f64>) -> bool {
        let (above, below) = (scaled(self.states[above].amount), scaled(self.states[below].amount));
        quotient.is_some_and(|quotient| below > 0.0 && (above - quotient * below).abs() <= 1e-9 * (1.0 + above))
    }

    /// A ratio that was shown ties its terms.
    pub(super) fn divide(&mut self) {
        let mut found = Vec::new();
        for ratio in self.all.iter().filter(|series| series.aggregation == Aggregation::Ratio && series.published) {
            for ((period, version), said) in &ratio.worlds {
                let Some(terms) = self.terms(ratio, *period, *version) else { continue };
                for (place, stated) in said.iter().filter(|(_, stated)| stated.shown) {
                    let Some(place) = self.map.index.get(place).copied() else { continue };
                    let Some((above, below)) = terms.0[place].zip(terms.1[place]) else { continue };
                    if self.divides(above, below, stated.figure.value) {
                        found.push((above, below));
                    }
                }
            }
        }
        for (above, below) in found {
            let (one, other) = (scaled(self.states[above].amount), scaled(self.states[below].amount));
            if above != below && one > 0.0 && !(self.states[above].is_told() && self.states[below].is_told()) {
                let largest = one.max(other);
                self.relations.push(Relation { terms: vec![(above, other / largest), (below, -one / largest)], spare: None });
            }
        }
    }
}
