//! How far a hidden quantity may move without anybody noticing, and what else must be hidden so that it may move far enough. Linear programming
//! over whatever sums and bounds an outsider can write down; not for what these are, which is [`publication`](super::publication)'s to say.
//!
//! Everything is written as a move away from the truth: a quantity may fall to nothing and rise without end, and every relation says how moves
//! go together. So no move at all is always a solution, and a solution is a witness: a world that an outsider cannot tell from the true one. Each
//! is checked before it is believed, so that a fault of the solver hides more, never less. Moves are looked for near a quantity first: most
//! need few others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::deadline::{Deadline, PastDeadline};

/// How many quantities each attempt may move. What cannot be moved with so many counts as given away: more is hidden.
const REACHES: [usize; 3] = [48, 240, 1_200];
/// What counts as nothing, beside the size of what is added up.
const NOTHING: f64 = 1e-6;

/// What an outsider knows of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight {
    /// Its value, whatever is done now.
    Known,
    /// Nothing but what follows.
    Hidden,
    /// Its value, which may still be hidden; at such a price for each unit that it has to move.
    Hideable(f64),
}

/// A quantity that an outsider would like to know.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// What it is; not negative.
    pub truth: f64,
    /// What is known of it.
    pub sight: Sight,
}

/// A relation between quantities that everybody knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Each quantity once, with its coefficient.
    pub terms: Vec<(usize, f64)>,
    /// How far the sum of the terms may fall below what it is; none: it is the same in every world.
    pub spare: Option<f64>,
}

/// How far a hidden quantity must be free to move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    /// So far below the truth, and so far above.
    Range {
        /// Below.
        fall: f64,
        /// Above.
        rise: f64,
    },
    /// So far in all.
    Width(f64),
}

/// Quantities and relations.
pub struct System {
    quantities: Vec<Quantity>,
    relations: Vec<Relation>,
    touching: Vec<Vec<usize>>,
    /// How far each was seen to fall and to rise.
    seen: Vec<(f64, f64)>,
    deadline: Deadline,
}

impl System {
    /// What an outsider can write down. A relation of quantities that do not exist is left out.
    #[must_use]
    pub fn new(quantities: Vec<Quantity>, mut relations: Vec<Relation>, deadline: Deadline) -> Self {
        relations.retain(|relation| relation.terms.iter().all(|(index, _)| *index < quantities.len()));
        let mut touching = vec![Vec::new(); quantities.len()];
        for (number, relation) in relations.iter().enumerate() {
            for (index, _) in &relation.terms {
                touching[*index].push(number);
            }
        }
        let seen = vec![(0.0, 0.0); quantities.len()];
        Self { quantities, relations, touching, seen, deadline }
    }

    /// Hides what must be hidden so that every need is met, and answers what that is. A need that cannot be met whatever is hidden is left: what
    /// is known already cannot be taken back, and hiding more protects nothing.
    ///
    /// # Errors
    /// [`PastDeadline`].
    pub fn protect(&mut self, needs: &[(usize, Need)]) -> Result<BTreeSet<usize>, PastDeadline> {
        let mut hidden = BTreeSet::new();
        for (index, need) in needs {
            match need {
                Need::Range { fall, rise } => {
                    self.free(*index, -1.0, *fall, &mut hidden)?;
                    self.free(*index, 1.0, *rise, &mut hidden)?;
                }
                Need::Width(width) => {
                    let below = width.min(self.quantities[*index].truth);
                    self.try_move(*index, -1.0, below)?;
                    if !self.try_move(*index, 1.0, width - self.seen[*index].0)? {
                        self.free(*index, -1.0, below, &mut hidden)?;
                        self.free(*index, 1.0, width - self.seen[*index].0, &mut hidden)?;
                    }
                }
            }
        }
        Ok(hidden)
    }

    /// Which needs are not met with what is hidden now.
    #[cfg(test)]
    pub(crate) fn unmet(&mut self, needs: &[(usize, Need)]) -> Result<Vec<usize>, PastDeadline> {
        let mut unmet = Vec::new();
        for (index, need) in needs {
            let met = match need {
                Need::Range { fall, rise } => self.try_move(*index, -1.0, *fall)? && self.try_move(*index, 1.0, *rise)?,
                Need::Width(width) => {
                    self.try_move(*index, -1.0, width.min(self.quantities[*index].truth))?;
                    self.try_move(*index, 1.0, width - self.seen[*index].0)?
                }
            };
            if !met {
                unmet.push(*index);
            }
        }
        Ok(unmet)
    }

    /// Lets a quantity move so far, hiding others where it must.
    fn free(&mut self, index: usize, way: f64, amount: f64, hidden: &mut BTreeSet<usize>) -> Result<(), PastDeadline> {
        if self.try_move(index, way, amount)? {
            return Ok(());
        }
        for reach in REACHES {
            let (around, is_all) = self.around(index, reach, true);
            if let Some(moved) = self.solve(index, way, amount, &around, true)? {
                for (other, by) in &moved {
                    if by.abs() > NOTHING && matches!(self.quantities[*other].sight, Sight::Hideable(_)) {
                        self.quantities[*other].sight = Sight::Hidden;
                        hidden.insert(*other);
                    }
                }
                self.note(&moved);
                return Ok(());
            }
            if is_all {
                break;
            }
        }
        Ok(())
    }

    /// Whether a quantity can move so far with what is hidden now.
    fn try_move(&mut self, index: usize, way: f64, amount: f64) -> Result<bool, PastDeadline> {
        if self.was_seen(index, way, amount) {
            return Ok(true);
        }
        for reach in REACHES {
            let (around, is_all) = self.around(index, reach, false);
            if let Some(moved) = self.solve(index, way, amount, &around, false)? {
                self.note(&moved);
            }
            if self.was_seen(index, way, amount) {
                return Ok(true);
            }
            if is_all {
                break;
            }
        }
        Ok(false)
    }

    fn was_seen(&self, index: usize, way: f64, amount: f64) -> bool {
        let (fall, rise) = self.seen[index];
        (if way < 0.0 { fall } else { rise }) >= amount - NOTHING * amount.max(1.0)
    }

    fn note(&mut self, moved: &[(usize, f64)]) {
        for (index, by) in moved {
            let (fall, rise) = &mut self.seen[*index];
            *fall = fall.max(-by);
            *rise = rise.max(*by);
        }
    }

    /// The quantities nearest to one that may move with it, itself first; and whether these are all.
    fn around(&self, index: usize, reach: usize, hiding: bool) -> (Vec<usize>, bool) {
        let may_move = |other: usize| match self.quantities[other].sight {
            Sight::Known => false,
            Sight::Hidden => true,
            Sight::Hideable(_) => hiding,
        };
        let (mut found, mut queue) = (BTreeSet::from([index]), VecDeque::from([index]));
        let mut around = vec![index];
        while let Some(next) = queue.pop_front() {
            for relation in &self.touching[next] {
                for (other, _) in &self.relations[*relation].terms {
                    if may_move(*other) && !found.contains(other) {
                        if around.len() >= reach {
                            return (around, false);
                        }
                        found.insert(*other);
                        queue.push_back(*other);
                        around.push(*other);
                    }
                }
            }
        }
        (around, true)
    }

    /// A world in which these quantities move and no others. Without hiding, the one in which the first moves furthest, up to the amount; with it,
    /// the one in which it moves just so far and the hiding costs least.
    fn solve(
        &self,
        index: usize,
        way: f64,
        amount: f64,
        around: &[usize],
        hiding: bool,
    ) -> Result<Option<Vec<(usize, f64)>>, PastDeadline> {
        self.deadline.check()?;
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let mut columns: BTreeMap<usize, Vec<(Variable, f64)>> = BTreeMap::new();
        for other in around {
            let Quantity { truth, sight } = self.quantities[*other];
            let column = if *other == index {
                let (low, high) = if way < 0.0 { (-amount.min(truth), 0.0) } else { (0.0, amount) };
                let (price, low, high) = match hiding {
                    true => (0.0, way * amount, way * amount),
                    false => (-way, low, high),
                };
                vec![(problem.add_var(price, (low, high)), 1.0)]
            } else {
                match sight {
                    Sight::Hideable(price) => {
                        vec![(problem.add_var(price, (0.0, f64::INFINITY)), 1.0), (problem.add_var(price, (0.0, truth)), -1.0)]
                    }
                    Sight::Known | Sight::Hidden => vec![(problem.add_var(0.0, (-truth, f64::INFINITY)), 1.0)],
                }
            };
            columns.insert(*other, column);
        }
        let relations: BTreeSet<usize> = around.iter().flat_map(|other| self.touching[*other].iter().copied()).collect();
        for relation in &relations {
            let Relation { terms, spare } = &self.relations[*relation];
            let row: Vec<(Variable, f64)> = terms
                .iter()
                .filter_map(|(other, by)| Some((columns.get(other)?, by)))
                .flat_map(|(column, by)| column.iter().map(move |(variable, sign)| (*variable, sign * by)))
                .collect();
            match spare {
                None => problem.add_constraint(&row, ComparisonOp::Eq, 0.0),
                Some(spare) => problem.add_constraint(&row, ComparisonOp::Ge, -spare),
            }
        }
        if let Some(left) = self.deadline.left() {
            problem.set_time_limit(left);
        }
        let solved = problem.solve();
        self.deadline.check()?;
        // What the solver could not tell is taken for impossible: more is hidden then.
        let Some(solution) = solved.ok().and_then(|outcome| outcome.into_solution().ok()) else { return Ok(None) };
        let moved: Vec<(usize, f64)> = columns
            .iter()
            .map(|(other, column)| {
                (*other, column.iter().map(|(variable, sign)| sign * solution.var_value(*variable)).sum::<f64>())
            })
            .collect();
        Ok(self.is_world(&moved, &relations).then_some(moved))
    }

    /// Whether moves are consistent with all that is known.
    fn is_world(&self, moved: &[(usize, f64)], relations: &BTreeSet<usize>) -> bool {
        let by: BTreeMap<usize, f64> = moved.iter().copied().collect();
        let stays_possible = |(index, by): &(usize, f64)| {
            let truth = self.quantities[*index].truth;
            by.is_finite() && truth + by >= -NOTHING * (1.0 + truth)
        };
        let holds = |number: &usize| {
            let Relation { terms, spare } = &self.relations[*number];
            let parts = terms.iter().filter_map(|(index, factor)| by.get(index).map(|by| by * factor));
            let (sum, size) = parts.fold((0.0, 1.0), |(sum, size), part| (sum + part, size + part.abs()));
            match spare {
                None => sum.abs() <= NOTHING * size,
                Some(spare) => sum >= -spare - NOTHING * size,
            }
        };
        moved.iter().all(stays_possible) && relations.iter().all(holds)
    }
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
