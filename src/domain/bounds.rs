//! How far a hidden quantity may move without anybody noticing, and what else must be hidden so that it may move far enough. Linear programming
//! over whatever sums and bounds an outsider can write down; not for what these are, which is [`publication`](super::publication)'s to say.
//!
//! Everything is written as a move away from the truth: a quantity may fall to nothing and rise without end, and every relation says how moves
//! go together. So no move at all is always a solution, and a solution is a witness: a world that an outsider cannot tell from the true one. Each
//! is checked before it is believed, so that a fault of the solver hides more, never less. Moves are looked for near a quantity first: most
//! need few others; and what single relations exclude (`intervals`) is not looked for.

mod intervals;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use intervals::Interval;

use super::deadline::{Deadline, PastDeadline};

/// How many quantities each attempt may move without anything hidden besides, and along what these are found: equations tie quantities together, bounds
/// seldom do. What cannot be moved so may cost something.
const REACHES: [(usize, Follow); 2] = [(48, Follow::Equations), (120, Follow::Tight)];
/// The same where something may be hidden, at a price: among more there are cheaper ones. Before that is looked for far away, what needs nothing hidden
/// is. A nation's year has some two thousand that hang together.
const CHOICE: [(usize, Follow, bool); 6] = [
    (240, Follow::Equations, true),
    (240, Follow::Tight, true),
    (600, Follow::Tight, false),
    (1_200, Follow::Equations, true),
    (2_400, Follow::Tight, true),
    (4_800, Follow::All, true),
];
/// Before something of such a price is hidden, cheaper ones are looked for further away.
const DEAR: f64 = 60.0;
/// What counts as nothing, beside the size of what is added up.
const NOTHING: f64 = 1e-6;

/// Along which relations the quantities are found that may have to move with one. All that touch these hold, followed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Follow {
    /// Equations.
    Equations,
    /// And bounds that a move of such a size may meet.
    Tight,
    /// And those that have room for it.
    All,
}

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

/// What an outsider works out by adding and subtracting: quantities with their factors, each once.
pub type Combination = Vec<(usize, f64)>;

/// Quantities and relations.
pub struct System {
    quantities: Vec<Quantity>,
    /// They come after the quantities where a need names one.
    combinations: Vec<Combination>,
    relations: Vec<Relation>,
    touching: Vec<Vec<usize>>,
    /// The combinations in which a quantity stands.
    within: Vec<Vec<usize>>,
    /// How far each quantity and each combination was seen to fall and to rise.
    seen: Vec<(f64, f64)>,
    unmet: Vec<(usize, Need)>,
    deadline: Deadline,
}

impl System {
    /// What an outsider can write down. A relation of quantities that do not exist is left out of every reckoning.
    #[must_use]
    pub fn new(quantities: Vec<Quantity>, mut relations: Vec<Relation>, deadline: Deadline) -> Self {
        relations.retain(|relation| relation.terms.iter().all(|(index, _)| *index < quantities.len()));
        let mut touching = vec![Vec::new(); quantities.len()];
        for (number, relation) in relations.iter().enumerate() {
            for (index, _) in &relation.terms {
                touching[*index].push(number);
            }
        }
        let within = vec![Vec::new(); quantities.len()];
        let seen = vec![(0.0, 0.0); quantities.len()];
        Self { quantities, combinations: Vec::new(), relations, touching, within, seen, unmet: Vec::new(), deadline }
    }

    /// Adds what is worked out of quantities, and answers how needs name it. Nothing comes of one of quantities that do not exist.
    pub fn combine(&mut self, mut combination: Combination) -> usize {
        if combination.iter().any(|(index, _)| *index >= self.quantities.len()) {
            combination.clear();
        }
        for (index, _) in &combination {
            self.within[*index].push(self.combinations.len());
        }
        self.combinations.push(combination);
        self.seen.push((0.0, 0.0));
        self.seen.len() - 1
    }

    /// Hides a quantity that was hidden for another reason.
    pub fn hide(&mut self, index: usize) {
        if let Some(Quantity { sight, .. }) = self.quantities.get_mut(index).filter(|one| matches!(one.sight, Sight::Hideable(_)))
        {
            *sight = Sight::Hidden;
        }
    }

    /// The needs that were not met, whatever is hidden.
    pub fn unmet(&mut self) -> Vec<(usize, Need)> {
        std::mem::take(&mut self.unmet)
    }

    /// Hides what must be hidden so that every need is met, and answers what that is. A need that cannot be met whatever is hidden is left: what
    /// is known already cannot be taken back, and hiding more protects nothing.
    ///
    /// # Errors
    /// [`PastDeadline`].
    pub fn protect(&mut self, needs: &[(usize, Need)]) -> Result<BTreeSet<usize>, PastDeadline> {
        let mut hidden = BTreeSet::new();
        for (index, need) in needs {
            let is_met = match need {
                Need::Range { fall, rise } => {
                    let falls = self.free(*index, -1.0, *fall, &mut hidden)?;
                    self.free(*index, 1.0, *rise, &mut hidden)? && falls
                }
                Need::Width(width) => {
                    let below = width.min(self.truth(*index));
                    self.try_move(*index, -1.0, below, false)?;
                    self.try_move(*index, 1.0, width - self.seen[*index].0, false)? || {
                        self.free(*index, -1.0, below, &mut hidden)?;
                        self.free(*index, 1.0, width - self.seen[*index].0, &mut hidden)?
                    }
                }
            };
            if !is_met {
                self.unmet.push((*index, *need));
            }
        }
        Ok(hidden)
    }

    /// Which needs are not met with what is hidden now.
    #[cfg(test)]
    pub(crate) fn still_unmet(&mut self, needs: &[(usize, Need)]) -> Result<Vec<usize>, PastDeadline> {
        let mut unmet = Vec::new();
        for (index, need) in needs {
            let met = match need {
                Need::Range { fall, rise } => {
                    self.try_move(*index, -1.0, *fall, true)? && self.try_move(*index, 1.0, *rise, true)?
                }
                Need::Width(width) => {
                    self.try_move(*index, -1.0, width.min(self.truth(*index)), false)?;
                    self.try_move(*index, 1.0, width - self.seen[*index].0, false)?
                }
            };
            if !met {
                unmet.push(*index);
            }
        }
        Ok(unmet)
    }

    /// Lets a quantity move so far, hiding others where it must. Answers whether it can.
    fn free(&mut self, index: usize, way: f64, amount: f64, hidden: &mut BTreeSet<usize>) -> Result<bool, PastDeadline> {
        if self.try_move(index, way, amount, true)? {
            return Ok(true);
        }
        let mut found: Option<Vec<(usize, f64)>> = None;
        for (reach, follow, hiding) in CHOICE {
            let (around, is_all) = self.around(index, reach, (follow, amount), hiding);
            if let Some(free) = self.free_among(index, (way * amount, way * amount), &around)
                && let Some(moved) = self.solve(index, way, amount, &free, hiding)?
            {
                if !hiding {
                    self.note(&moved);
                    if self.was_seen(index, way, amount) {
                        return Ok(true);
                    }
                    continue;
                }
                let (dearest, cost) = self.cost(&moved);
                if found.as_ref().is_none_or(|found| cost < self.cost(found).1) {
                    found = Some(moved);
                }
                if dearest < DEAR {
                    break;
                }
            }
            if is_all && hiding {
                break;
            }
        }
        let Some(moved) = found else { return Ok(false) };
        for (other, by) in &moved {
            if by.abs() > NOTHING && matches!(self.quantities[*other].sight, Sight::Hideable(_)) {
                self.quantities[*other].sight = Sight::Hidden;
                hidden.insert(*other);
            }
        }
        self.note(&moved);
        Ok(true)
    }

    /// The dearest quantity that a world hides, and what all of them cost.
    fn cost(&self, moved: &[(usize, f64)]) -> (f64, f64) {
        let prices =
            moved.iter().filter(|(_, by)| by.abs() > NOTHING).filter_map(|(other, _)| match self.quantities[*other].sight {
                Sight::Hideable(price) => Some(price),
                Sight::Known | Sight::Hidden => None,
            });
        prices.fold((0.0, 0.0), |(dearest, cost), price| (price.max(dearest), cost + price))
    }

    /// Whether a quantity can move so far with what is hidden now. `whole`: if not so far, how far does not matter.
    fn try_move(&mut self, index: usize, way: f64, amount: f64, whole: bool) -> Result<bool, PastDeadline> {
        if self.was_seen(index, way, amount) {
            return Ok(true);
        }
        for (reach, follow) in REACHES {
            let (around, is_all) = self.around(index, reach, (follow, amount), false);
            let least = if whole { amount } else { 0.0 };
            let goal = if way < 0.0 { (-amount, -least) } else { (least, amount) };
            if let Some(free) = self.free_among(index, goal, &around)
                && let Some(moved) = self.solve(index, way, amount, &free, false)?
            {
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

    /// What a quantity or combination is.
    fn truth(&self, index: usize) -> f64 {
        match self.quantities.get(index) {
            Some(quantity) => quantity.truth,
            None => self.terms(index).iter().map(|(other, by)| by * self.quantities[*other].truth).sum::<f64>().max(0.0),
        }
    }

    /// A combination; of a quantity, itself.
    pub fn terms(&self, index: usize) -> Combination {
        match index.checked_sub(self.quantities.len()) {
            Some(number) => self.combinations.get(number).cloned().unwrap_or_default(),
            None => vec![(index, 1.0)],
        }
    }

    /// Remembers a world that is possible, and what combinations come to in it.
    fn note(&mut self, moved: &[(usize, f64)]) {
        let mut totals: BTreeMap<usize, f64> = BTreeMap::new();
        for (index, by) in moved.iter().filter(|(_, by)| *by != 0.0) {
            widen(&mut self.seen[*index], *by);
            for number in &self.within[*index] {
                let factors = self.combinations[*number].iter().filter(|(other, _)| other == index);
                *totals.entry(*number).or_insert(0.0) += factors.map(|(_, factor)| factor * by).sum::<f64>();
            }
        }
        for (number, by) in totals {
            widen(&mut self.seen[self.quantities.len() + number], by);
        }
    }

    /// The quantities nearest to one that may move with it, itself first; and whether these are all.
    fn around(&self, index: usize, reach: usize, (follow, amount): (Follow, f64), hiding: bool) -> (Vec<usize>, bool) {
        let may_move = |other: usize| match self.quantities[other].sight {
            Sight::Known => false,
            Sight::Hidden => true,
            Sight::Hideable(_) => hiding,
        };
        // A quantity that cannot move is left out, but for the one that is asked about, if it is one.
        let is_one = index < self.quantities.len();
        let own: Vec<usize> =
            self.terms(index).iter().map(|(other, _)| *other).filter(|other| is_one || may_move(*other)).collect();
        let (mut found, mut queue): (BTreeSet<usize>, VecDeque<usize>) =
            (own.iter().copied().collect(), own.iter().copied().collect());
        let mut around = own;
        let mut skipped = Vec::new();
        while let Some(next) = queue.pop_front() {
            for Relation { terms, spare } in self.touching[next].iter().map(|number| &self.relations[*number]) {
                let least = spare.map_or(Follow::Equations, |spare| if spare < amount { Follow::Tight } else { Follow::All });
                if follow < least {
                    skipped.push(terms);
                    continue;
                }
                for (other, _) in terms {
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
        let is_all = skipped.into_iter().flatten().all(|(other, _)| !may_move(*other) || found.contains(other));
        (around, is_all)
    }

    /// Of these quantities the ones that may have to move when one moves so far and no others do; none where single relations exclude it.
    fn free_among(&self, index: usize, goal: Interval, around: &[usize]) -> Option<Vec<usize>> {
        let mut place = vec![None; self.quantities.len()];
        let mut intervals: Vec<Interval> = Vec::with_capacity(around.len() + 1);
        for other in around {
            place[*other] = Some(intervals.len());
            intervals.push((-self.quantities[*other].truth, f64::INFINITY));
        }
        intervals.push(goal);
        let row = |terms: &[(usize, f64)], spare| {
            let terms = terms.iter().filter_map(|(other, factor)| Some((place[*other]?, *factor)));
            intervals::Row { terms: terms.collect(), spare }
        };
        let mut tied = row(&self.terms(index), None);
        tied.terms.push((around.len(), -1.0));
        let touching: BTreeSet<usize> = around.iter().flat_map(|other| self.touching[*other].iter().copied()).collect();
        let relations = touching.iter().map(|number| row(&self.relations[*number].terms, self.relations[*number].spare));
        let rows: Vec<intervals::Row> = std::iter::once(tied).chain(relations).collect();
        if intervals::exclude(&mut intervals, &rows) {
            return None;
        }
        // What nothing is left to stays where it is, and what hangs together with the goal by such alone need not move.
        let stays = |at: usize| {
            let (low, high) = intervals[at];
            low.abs().max(high.abs()) <= 4.0 * NOTHING * (1.0 + around.get(at).map_or(0.0, |other| self.quantities[*other].truth))
        };
        let mut within: Vec<Vec<usize>> = vec![Vec::new(); intervals.len()];
        for (number, row) in rows.iter().enumerate() {
            row.terms.iter().for_each(|(at, _)| within[*at].push(number));
        }
        let mut reached = vec![false; intervals.len()];
        let mut queue = vec![around.len()];
        while let Some(at) = queue.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                let others = within[at].iter().flat_map(|number| rows[*number].terms.iter().map(|(other, _)| *other));
                queue.extend(others.filter(|other| !reached[*other] && !stays(*other)));
            }
        }
        Some(around.iter().enumerate().filter(|(at, _)| reached[*at]).map(|(_, other)| *other).collect())
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
        let (price, low, high) = match (hiding, way < 0.0) {
            (true, _) => (0.0, way * amount, way * amount),
            (false, true) => (-way, -amount, 0.0),
            (false, false) => (-way, 0.0, amount),
        };
        let goal = problem.add_var(price, (low, high));
        let mut columns: BTreeMap<usize, Column> = BTreeMap::new();
        for other in around {
            let Quantity { truth, sight } = self.quantities[*other];
            let column = match sight {
                Sight::Hideable(_) if *other == index => vec![(problem.add_var(0.0, (-truth, f64::INFINITY)), 1.0)],
                Sight::Hideable(price) => {
                    vec![(problem.add_var(price, (0.0, f64::INFINITY)), 1.0), (problem.add_var(price, (0.0, truth)), -1.0)]
                }
                Sight::Known | Sight::Hidden => vec![(problem.add_var(0.0, (-truth, f64::INFINITY)), 1.0)],
            };
            columns.insert(*other, column);
        }
        let mut tied = row(&columns, &self.terms(index));
        tied.push((goal, -1.0));
        problem.add_constraint(&tied, ComparisonOp::Eq, 0.0);
        let touching: BTreeSet<usize> = around.iter().flat_map(|other| self.touching[*other].iter().copied()).collect();
        for Relation { terms, spare } in touching.iter().map(|number| &self.relations[*number]) {
            let operation = if spare.is_some() { ComparisonOp::Ge } else { ComparisonOp::Eq };
            problem.add_constraint(row(&columns, terms), operation, -spare.unwrap_or(0.0));
        }
        if let Some(left) = self.deadline.left() {
            problem.set_time_limit(left);
        }
        let solved = problem.solve();
        self.deadline.check()?;
        // What the solver could not tell is taken for impossible: more is hidden then.
        let Some(solution) = solved.ok().and_then(|outcome| outcome.into_solution().ok()) else { return Ok(None) };
        let value = |column: &Column| column.iter().map(|(variable, sign)| sign * solution.var_value(*variable)).sum::<f64>();
        let by: BTreeMap<usize, f64> = columns.iter().map(|(other, column)| (*other, value(column))).collect();
        Ok(self.is_world(&by, &touching).then(|| by.into_iter().collect()))
    }

    /// Whether a relation holds when these quantities move so far, and no others.
    fn holds(&self, number: usize, by: &BTreeMap<usize, f64>) -> bool {
        let Relation { terms, spare } = &self.relations[number];
        let parts = terms.iter().filter_map(|(index, factor)| by.get(index).map(|by| by * factor));
        let (sum, size) = parts.fold((0.0, 1.0), |(sum, size), part| (sum + part, size + part.abs()));
        match spare {
            None => sum.abs() <= NOTHING * size,
            Some(spare) => sum >= -spare - NOTHING * size,
        }
    }

    /// Whether moves are consistent with all that is known.
    fn is_world(&self, by: &BTreeMap<usize, f64>, relations: &BTreeSet<usize>) -> bool {
        let stays_possible = |(index, by): (&usize, &f64)| {
            let truth = self.quantities[*index].truth;
            by.is_finite() && truth + by >= -NOTHING * (1.0 + truth)
        };
        by.iter().all(stays_possible) && relations.iter().all(|number| self.holds(*number, by))
    }
}

/// The variables that a quantity's move is made of.
type Column = Vec<(Variable, f64)>;

fn row(columns: &BTreeMap<usize, Column>, terms: &[(usize, f64)]) -> Vec<(Variable, f64)> {
    let known = terms.iter().filter_map(|(other, by)| Some((columns.get(other)?, by)));
    known.flat_map(|(column, by)| column.iter().map(move |(variable, sign)| (*variable, sign * by))).collect()
}

fn widen((fall, rise): &mut (f64, f64), by: f64) {
    *fall = fall.max(-by);
    *rise = rise.max(by);
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
