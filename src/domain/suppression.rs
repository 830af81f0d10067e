//! Suppression in publications: which cells are hidden because they are too small, and which others so that no hidden one follows from those
//! that are shown, by addition over territories and periods (invariants of the design; complementary suppression). Pure; says nothing of how
//! a publication is stored or read.
//!
//! What an outsider can work out is a question of linear algebra: the hidden cells are unknowns, every sum that must hold among published
//! cells is an equation, and a cell is lost when the equations leave it a single value. That is decided exactly, over a prime field; the
//! cells to hide besides are then chosen one by one, those that serve most first, until nothing is lost.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::deadline::{Deadline, PastDeadline};

/// When a figure is too small to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds {
    /// A cell must rest on at least so many measures.
    pub measures: i32,
    /// Whether it counts persons: then 1 to 4 is hidden.
    pub persons: bool,
}

impl Thresholds {
    /// Whether a figure must be hidden for its own sake. What was not reported has no figure, and nothing to hide.
    #[must_use]
    pub fn hide(self, value: Option<f64>, measures: i32) -> bool {
        let Some(value) = value else { return false };
        if measures < self.measures {
            return true;
        }
        self.persons && value > 0.0 && value < 5.0
    }
}

/// A cell: which of the published periods (0 is the one being published) and which territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId {
    /// Place in the list of periods.
    pub period: usize,
    /// Place in the list of territories.
    pub territory: usize,
}

/// What outsiders know of a cell so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// Shown, or known to be empty. `weight` says how much is lost when it is hidden: smaller ones are hidden first.
    Shown {
        /// Number of measures, or any other size.
        weight: i64,
        /// Lower ones are hidden first: 0 department, 1 region, 2 zone, 3 nation; 4 more for a nought.
        level: u8,
        /// Hiding it protects nothing: nothing was reported there, or it is known already.
        empty: bool,
    },
    /// Hidden, and not to be worked out.
    Hidden,
    /// Not published, and nothing is lost when it is worked out.
    Unknown,
}

/// One sum that must hold: a whole and its parts.
pub type Sum = (CellId, Vec<CellId>);

/// Adds to the hidden cells those of period 0 that must be hidden as well. Answers all that are hidden in period 0.
///
/// Cells of other periods are published already and cannot be hidden any more; when they give a cell of period 0 away, or together with it
/// one of their own, it is period 0 that yields.
///
/// # Errors
/// [`PastDeadline`].
pub fn complete(
    mut cells: BTreeMap<CellId, Knowledge>,
    sums: &[Sum],
    deadline: Deadline,
) -> Result<BTreeSet<CellId>, PastDeadline> {
    let given = cells.clone();
    let sums_of = SumsOf::new(sums);
    let mut equations = Equations::new(&cells, sums, deadline)?;
    let protects = |cells: &BTreeMap<CellId, Knowledge>, id: &CellId| cells.get(id) == Some(&Knowledge::Hidden);
    let mut lost = equations.determined();
    lost.retain(|id| protects(&cells, id));
    // What follows even with all of period 0 hidden cannot be saved by it, must not drag the rest down, and protects nothing.
    let mut hopeless = BTreeSet::new();
    if !lost.is_empty() {
        let mut all = equations.clone();
        for id in cells.iter().filter(|(id, known)| is_hideable(id, known)).map(|(id, _)| id) {
            all.hide(*id, deadline)?;
        }
        hopeless = all.determined();
    }
    loop {
        lost.retain(|id| !hopeless.contains(id));
        let Some(next) = choose(&cells, &lost, &hopeless, &sums_of) else { break };
        cells.insert(next, Knowledge::Hidden);
        equations.hide(next, deadline)?;
        lost = equations.determined();
        lost.retain(|id| protects(&cells, id));
    }
    spare(&mut cells, &given, &hopeless, &mut equations, deadline)?;
    let hidden = cells.iter().filter(|(id, known)| id.period == 0 && **known == Knowledge::Hidden);
    Ok(hidden.map(|(id, _)| *id).collect())
}

/// Shows again what was hidden besides and is not needed any more since others were: coarser and larger cells first. `given`: all cells as they
/// were.
fn spare(
    cells: &mut BTreeMap<CellId, Knowledge>,
    given: &BTreeMap<CellId, Knowledge>,
    hopeless: &BTreeSet<CellId>,
    equations: &mut Equations,
    deadline: Deadline,
) -> Result<(), PastDeadline> {
    let mut protected: BTreeSet<CellId> =
        cells.iter().filter(|(id, known)| **known == Knowledge::Hidden && !hopeless.contains(id)).map(|(id, _)| *id).collect();
    let price = |id: &CellId| match given.get(id) {
        Some(Knowledge::Shown { weight, level, .. }) => Some((*level, *weight, *id)),
        Some(Knowledge::Hidden | Knowledge::Unknown) | None => None,
    };
    let mut besides: BTreeSet<(u8, i64, CellId)> = protected.iter().filter_map(price).collect();
    // What is needed now is needed later: showing more only leaves less open.
    while let Some((.., id)) = besides.pop_last() {
        deadline.check()?;
        // Those that move in proportion to it in every solution would be known with it.
        let own = equations.moves(id);
        if protected.iter().any(|other| *other != id && equations.moves(*other) == own) {
            continue;
        }
        equations.show(id, deadline)?;
        protected.remove(&id);
        if let Some(known) = given.get(&id) {
            cells.insert(id, *known);
        }
    }
    Ok(())
}

/// Whether a cell may still be hidden, and hiding it protects something.
fn is_hideable(id: &CellId, known: &Knowledge) -> bool {
    match known {
        Knowledge::Shown { empty, .. } => id.period == 0 && !empty,
        Knowledge::Hidden | Knowledge::Unknown => false,
    }
}

/// Which sums each cell stands in.
struct SumsOf<'a> {
    sums: &'a [Sum],
    by_cell: BTreeMap<CellId, Vec<usize>>,
}

impl<'a> SumsOf<'a> {
    fn new(sums: &'a [Sum]) -> Self {
        let mut by_cell: BTreeMap<CellId, Vec<usize>> = BTreeMap::new();
        for (number, (whole, parts)) in sums.iter().enumerate() {
            for cell in std::iter::once(whole).chain(parts) {
                by_cell.entry(*cell).or_default().push(number);
            }
        }
        Self { sums, by_cell }
    }

    /// All cells that share a sum with one of some, each with how many such sums it stands in.
    fn touching(&self, cells: &BTreeSet<CellId>) -> BTreeMap<CellId, usize> {
        let numbers: BTreeSet<usize> = cells.iter().filter_map(|cell| self.by_cell.get(cell)).flatten().copied().collect();
        let mut touching = BTreeMap::new();
        for (whole, parts) in numbers.into_iter().filter_map(|number| self.sums.get(number)) {
            for cell in std::iter::once(whole).chain(parts) {
                *touching.entry(*cell).or_insert(0) += 1;
            }
        }
        touching
    }
}

/// The cell to hide next: one that shares a sum with a lost cell; a finer one first, then one that stands in more such sums, which serves more lost
/// cells at once, then a smaller one.
fn choose(
    cells: &BTreeMap<CellId, Knowledge>,
    lost: &BTreeSet<CellId>,
    hopeless: &BTreeSet<CellId>,
    sums: &SumsOf<'_>,
) -> Option<CellId> {
    // One hop may not be enough: the sums of a lost cell's sums are tried as well.
    let mut reached = lost.clone();
    while !reached.is_empty() {
        let touching = sums.touching(&reached);
        let candidate = touching
            .iter()
            .filter(|(id, _)| id.period == 0 && !hopeless.contains(id))
            .filter_map(|(id, sums)| match cells.get(id) {
                Some(Knowledge::Shown { weight, level, empty: false }) => Some((*level, Reverse(*sums), *weight, *id)),
                Some(Knowledge::Shown { empty: true, .. } | Knowledge::Hidden | Knowledge::Unknown) | None => None,
            })
            .min();
        if let Some((.., id)) = candidate {
            return Some(id);
        }
        if touching.keys().all(|id| reached.contains(id)) {
            return None;
        }
        reached.extend(touching.into_keys());
    }
    None
}

/// Which of the hidden cells the sums leave a single value: those whose unit vector lies in the row space of the equations.
///
/// # Errors
/// [`PastDeadline`].
pub fn determined(hidden: &[CellId], sums: &[Sum], deadline: Deadline) -> Result<BTreeSet<CellId>, PastDeadline> {
    let cells = hidden.iter().map(|id| (*id, Knowledge::Hidden)).collect();
    Ok(Equations::new(&cells, sums, deadline)?.determined())
}

/// A row of the equations: columns with their coefficients, in order.
type Row = Vec<(usize, u64)>;

/// The sums, solved for as many unknown cells as they can be. Columns of cells that may still be hidden are carried along, so that hiding one
/// does not begin from nothing.
#[derive(Clone)]
struct Equations {
    columns: BTreeMap<CellId, usize>,
    cells: Vec<CellId>,
    is_unknown: Vec<bool>,
    /// Each with the unknown that it is solved for, if there is one; no other row has that.
    rows: Vec<(Option<usize>, Row)>,
    /// The row that is solved for a column.
    solved: Vec<Option<usize>>,
}

impl Equations {
    fn new(cells: &BTreeMap<CellId, Knowledge>, sums: &[Sum], deadline: Deadline) -> Result<Self, PastDeadline> {
        let is_unknown = |known: &Knowledge| matches!(known, Knowledge::Hidden | Knowledge::Unknown);
        let carried: Vec<CellId> =
            cells.iter().filter(|(id, known)| is_unknown(known) || is_hideable(id, known)).map(|(id, _)| *id).collect();
        let columns: BTreeMap<CellId, usize> = carried.iter().enumerate().map(|(column, id)| (*id, column)).collect();
        let rows = sums
            .iter()
            .map(|(whole, parts)| {
                let mut row: BTreeMap<usize, u64> = BTreeMap::new();
                let signed = parts.iter().map(|part| (part, 1)).chain([(whole, field::MINUS_ONE)]);
                for (column, by) in signed.filter_map(|(id, by)| Some((*columns.get(id)?, by))) {
                    let sum = row.entry(column).or_insert(0);
                    *sum = field::add(*sum, by);
                }
                (None, row.into_iter().filter(|(_, by)| *by != 0).collect::<Row>())
            })
            .filter(|(_, row)| !row.is_empty())
            .collect();
        let unknown: Vec<CellId> = carried.iter().filter(|id| cells.get(id).is_some_and(is_unknown)).copied().collect();
        let size = carried.len();
        let mut equations = Self { columns, cells: carried, is_unknown: vec![false; size], rows, solved: vec![None; size] };
        for id in unknown {
            equations.hide(id, deadline)?;
        }
        Ok(equations)
    }

    /// The unknown cells that have one value in all solutions: their row has no other unknown.
    fn determined(&self) -> BTreeSet<CellId> {
        let alone = |(solved, row): &(Option<usize>, Row)| {
            let own = (*solved)?;
            let others = row.iter().any(|(column, _)| *column != own && self.is_unknown[*column]);
            if others { None } else { self.cells.get(own).copied() }
        };
        self.rows.iter().filter_map(alone).collect()
    }

    /// Makes a cell unknown.
    fn hide(&mut self, id: CellId, deadline: Deadline) -> Result<(), PastDeadline> {
        let Some(column) = self.columns.get(&id).copied() else { return Ok(()) };
        if std::mem::replace(&mut self.is_unknown[column], true) {
            return Ok(());
        }
        let free = self.rows.iter().enumerate().filter(|(_, (solved, row))| solved.is_none() && factor(row, column) != 0);
        // The shortest one, so that the others stay short.
        match free.map(|(number, (_, row))| (row.len(), number)).min() {
            Some((_, number)) => self.solve(number, column, deadline),
            None => Ok(()),
        }
    }

    /// Makes an unknown cell known.
    fn show(&mut self, id: CellId, deadline: Deadline) -> Result<(), PastDeadline> {
        let Some(column) = self.columns.get(&id).copied() else { return Ok(()) };
        self.is_unknown[column] = false;
        let Some(number) = self.solved[column].take() else { return Ok(()) };
        self.rows[number].0 = None;
        match self.rows[number].1.iter().find(|(other, _)| self.is_unknown[*other]).copied() {
            Some((other, _)) => self.solve(number, other, deadline),
            None => Ok(()),
        }
    }

    /// Solves a row for a column, which goes from all others.
    fn solve(&mut self, number: usize, column: usize, deadline: Deadline) -> Result<(), PastDeadline> {
        deadline.check()?;
        let scale = field::invert(factor(&self.rows[number].1, column));
        let lead: Row = self.rows[number].1.iter().map(|(place, by)| (*place, field::multiply(*by, scale))).collect();
        for (other, (_, row)) in self.rows.iter_mut().enumerate() {
            let by = factor(row, column);
            if other != number && by != 0 {
                *row = less(row, &lead, by);
            }
        }
        self.rows[number] = (Some(column), lead);
        self.solved[column] = Some(number);
        Ok(())
    }

    /// How an unknown cell moves with those that no row is solved for, up to a factor: cells that move in proportion in every solution have the
    /// same. Empty where it is determined.
    fn moves(&self, id: CellId) -> Row {
        let Some(column) = self.columns.get(&id).copied() else { return Vec::new() };
        let Some((_, row)) = self.solved[column].and_then(|number| self.rows.get(number)) else { return vec![(column, 1)] };
        let with = row.iter().filter(|(other, _)| *other != column && self.is_unknown[*other]);
        let mut scale = None;
        with.map(|(other, by)| (*other, field::multiply(*by, *scale.get_or_insert_with(|| field::invert(*by))))).collect()
    }
}

/// The coefficient of a column in a row.
fn factor(row: &Row, column: usize) -> u64 {
    row.binary_search_by_key(&column, |(place, _)| *place).ok().and_then(|place| row.get(place)).map_or(0, |(_, by)| *by)
}

/// A row less so many times another.
fn less(row: &Row, other: &Row, times: u64) -> Row {
    let mut result = Vec::with_capacity(row.len() + other.len());
    let (mut ours, mut theirs) = (row.iter().copied().peekable(), other.iter().copied().peekable());
    loop {
        let (place, by) = match (ours.peek().copied(), theirs.peek().copied()) {
            (Some((one, by)), Some((two, less))) if one == two => {
                ours.next();
                theirs.next();
                (one, field::subtract(by, field::multiply(less, times)))
            }
            (Some((one, by)), Some((two, _))) if one < two => {
                ours.next();
                (one, by)
            }
            (Some((one, by)), None) => {
                ours.next();
                (one, by)
            }
            (_, Some((two, less))) => {
                theirs.next();
                (two, field::subtract(0, field::multiply(less, times)))
            }
            (None, None) => return result,
        };
        if by != 0 {
            result.push((place, by));
        }
    }
}

/// Exact elimination over the integers modulo the prime 2^61 - 1. The coefficients are -1, 0 and 1, and so small a system cannot have a
/// determinant that the prime divides by chance.
mod field {
    const PRIME: u64 = (1 << 61) - 1;
    /// What added to 1 gives 0.
    pub const MINUS_ONE: u64 = PRIME - 1;

    /// The sum of two elements, both below the prime: it fits, twice 2^61 being far from 2^64.
    pub fn add(a: u64, b: u64) -> u64 {
        (a + b) % PRIME
    }

    /// The difference of two elements.
    pub fn subtract(a: u64, b: u64) -> u64 {
        add(a, PRIME - b)
    }

    /// The product of two elements. Twice 2^61 is 2 times 1, so that the upper digits are added to the lower ones.
    #[allow(clippy::cast_possible_truncation)] // Both halves are below 2^61.
    pub fn multiply(a: u64, b: u64) -> u64 {
        let product = u128::from(a) * u128::from(b);
        add(product as u64 & PRIME, (product >> 61) as u64)
    }

    /// What times an element, not nought, gives 1.
    pub fn invert(value: u64) -> u64 {
        let (mut base, mut exponent, mut result) = (value, PRIME - 2, 1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = multiply(result, base);
            }
            base = multiply(base, base);
            exponent >>= 1;
        }
        result
    }
}

#[cfg(test)]
#[path = "suppression_tests.rs"]
mod tests;
