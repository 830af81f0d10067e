//! Suppression in publications: which cells are hidden because they are too small, and which others so that no hidden one follows from those
//! that are shown, by addition over territories and periods (invariants of the design; complementary suppression). Pure; says nothing of how
//! a publication is stored or read.
//!
//! What an outsider can work out is a question of linear algebra: the hidden cells are unknowns, every sum that must hold among published
//! cells is an equation, and a cell is lost when the equations leave it a single value. That is decided exactly, over a prime field; the
//! cells to hide besides are then chosen one by one, smallest first, until nothing is lost.

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
    let mut hopeless: Option<BTreeSet<CellId>> = None;
    let sums_of = SumsOf::new(sums);
    loop {
        let mut lost = lost(&cells, sums, deadline)?;
        let mut is_done = true;
        if !lost.is_empty() {
            // What follows even with all of period 0 hidden cannot be saved by it, must not drag the rest down, and protects nothing.
            let known = match hopeless.take() {
                Some(known) => known,
                None => self::lost(&blank(&cells), sums, deadline)?,
            };
            lost.retain(|id| !known.contains(id));
            // Cells that are lost far from each other are each helped at once.
            while let Some(next) = choose(&cells, &lost, &known, &sums_of) {
                is_done = false;
                cells.insert(next, Knowledge::Hidden);
                let helped = sums_of.touching(&BTreeSet::from([next]));
                let waiting = lost.len();
                lost.retain(|id| !helped.contains(id));
                if lost.len() == waiting {
                    // It helps from afar: whom, the next round tells.
                    break;
                }
            }
            hopeless = Some(known);
        }
        if is_done {
            let hidden = cells.iter().filter(|(id, known)| id.period == 0 && **known == Knowledge::Hidden);
            return Ok(hidden.map(|(id, _)| *id).collect());
        }
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

    /// All cells that share a sum with one of some.
    fn touching(&self, cells: &BTreeSet<CellId>) -> BTreeSet<CellId> {
        let numbers: BTreeSet<usize> = cells.iter().filter_map(|cell| self.by_cell.get(cell)).flatten().copied().collect();
        let sums = numbers.into_iter().filter_map(|number| self.sums.get(number));
        sums.flat_map(|(whole, parts)| std::iter::once(*whole).chain(parts.iter().copied())).collect()
    }
}

/// The hidden cells that can be worked out.
fn lost(cells: &BTreeMap<CellId, Knowledge>, sums: &[Sum], deadline: Deadline) -> Result<BTreeSet<CellId>, PastDeadline> {
    let is_hidden = |id: &CellId| cells.get(id) == Some(&Knowledge::Hidden);
    let unknown: Vec<CellId> =
        cells.iter().filter(|(_, known)| matches!(known, Knowledge::Hidden | Knowledge::Unknown)).map(|(id, _)| *id).collect();
    Ok(determined(&unknown, sums, deadline)?.into_iter().filter(is_hidden).collect())
}

/// The same with everything in period 0 hidden that has something to hide.
fn blank(cells: &BTreeMap<CellId, Knowledge>) -> BTreeMap<CellId, Knowledge> {
    let hide = |(id, known): (&CellId, &Knowledge)| match known {
        Knowledge::Shown { empty: false, .. } if id.period == 0 => (*id, Knowledge::Hidden),
        Knowledge::Shown { .. } | Knowledge::Hidden | Knowledge::Unknown => (*id, *known),
    };
    cells.iter().map(hide).collect()
}

/// The cell to hide next: one that shares a sum with a lost cell; a finer and smaller one first.
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
            .filter(|id| id.period == 0 && !hopeless.contains(id))
            .filter_map(|id| match cells.get(id) {
                Some(Knowledge::Shown { weight, level, empty: false }) => Some((*level, *weight, *id)),
                Some(Knowledge::Shown { empty: true, .. } | Knowledge::Hidden | Knowledge::Unknown) | None => None,
            })
            .min();
        if let Some((_, _, id)) = candidate {
            return Some(id);
        }
        if touching.is_subset(&reached) {
            return None;
        }
        reached.extend(touching);
    }
    None
}

/// Which of the hidden cells the sums leave a single value: those whose unit vector lies in the row space of the equations. Cells that no sum
/// ties are solved apart.
///
/// # Errors
/// [`PastDeadline`].
pub fn determined(hidden: &[CellId], sums: &[Sum], deadline: Deadline) -> Result<BTreeSet<CellId>, PastDeadline> {
    let column: BTreeMap<CellId, usize> = hidden.iter().enumerate().map(|(index, id)| (*id, index)).collect();
    let mut groups = Groups::of(hidden.len());
    let mut rows: Vec<Vec<(usize, u64)>> = Vec::new();
    for (whole, parts) in sums {
        let parts = parts.iter().filter_map(|part| Some((*column.get(part)?, 1)));
        let row: Vec<(usize, u64)> = parts.chain(column.get(whole).map(|index| (*index, field::MINUS_ONE))).collect();
        row.windows(2).for_each(|pair| groups.join(pair[0].0, pair[1].0));
        if !row.is_empty() {
            rows.push(row);
        }
    }
    let mut by_group: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for index in 0..hidden.len() {
        by_group.entry(groups.of_one(index)).or_default().0.push(index);
    }
    for (number, row) in rows.iter().enumerate() {
        by_group.entry(groups.of_one(row[0].0)).or_default().1.push(number);
    }
    let mut found = BTreeSet::new();
    for (columns, numbers) in by_group.into_values() {
        let place: BTreeMap<usize, usize> = columns.iter().enumerate().map(|(place, index)| (*index, place)).collect();
        let mut dense: Vec<Vec<u64>> = Vec::with_capacity(numbers.len());
        for number in numbers {
            let mut row = vec![0; columns.len()];
            for (index, by) in &rows[number] {
                if let Some(place) = place.get(index) {
                    row[*place] = field::add(row[*place], *by);
                }
            }
            dense.push(row);
        }
        field::reduce(&mut dense, deadline)?;
        for row in &dense {
            let mut places = row.iter().enumerate().filter(|(_, value)| **value != 0);
            if let (Some((place, _)), None) = (places.next(), places.next()) {
                found.extend(columns.get(place).and_then(|index| hidden.get(*index)));
            }
        }
    }
    Ok(found)
}

/// Which columns belong together.
struct Groups(Vec<usize>);

impl Groups {
    fn of(size: usize) -> Self {
        Self((0..size).collect())
    }

    fn of_one(&mut self, mut index: usize) -> usize {
        while self.0[index] != index {
            self.0[index] = self.0[self.0[index]];
            index = self.0[index];
        }
        index
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of_one(one), self.of_one(other));
        self.0[one] = other;
    }
}

/// Exact elimination over the integers modulo the prime 2^61 - 1. The coefficients are -1, 0 and 1, and so small a system cannot have a
/// determinant that the prime divides by chance.
mod field {
    use crate::domain::deadline::{Deadline, PastDeadline};

    const PRIME: u64 = (1 << 61) - 1;
    /// What added to 1 gives 0.
    pub const MINUS_ONE: u64 = PRIME - 1;

    /// The sum of two elements, both below the prime: it fits, twice 2^61 being far from 2^64.
    pub fn add(a: u64, b: u64) -> u64 {
        (a + b) % PRIME
    }

    /// The product of two elements. Twice 2^61 is 2 times 1, so that the upper digits are added to the lower ones.
    #[allow(clippy::cast_possible_truncation)] // Both halves are below 2^61.
    fn multiply(a: u64, b: u64) -> u64 {
        let product = u128::from(a) * u128::from(b);
        add(product as u64 & PRIME, (product >> 61) as u64)
    }

    fn invert(value: u64) -> u64 {
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

    /// Brings the rows to reduced echelon form.
    pub fn reduce(rows: &mut [Vec<u64>], deadline: Deadline) -> Result<(), PastDeadline> {
        let width = rows.first().map_or(0, Vec::len);
        let mut done = 0;
        for column in 0..width {
            deadline.check()?;
            let Some(pivot) = (done..rows.len()).find(|index| rows[*index][column] != 0) else { continue };
            rows.swap(done, pivot);
            let scale = invert(rows[done][column]);
            for value in &mut rows[done] {
                *value = multiply(*value, scale);
            }
            let leading: Vec<(usize, u64)> = rows[done].iter().copied().enumerate().filter(|(_, value)| *value != 0).collect();
            for (index, row) in rows.iter_mut().enumerate() {
                let factor = row[column];
                if index == done || factor == 0 {
                    continue;
                }
                for (place, lead) in &leading {
                    row[*place] = add(row[*place], PRIME - multiply(factor, *lead));
                }
            }
            done += 1;
            if done == rows.len() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "suppression_tests.rs"]
mod tests;
