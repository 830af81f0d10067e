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
    let shown = cells.clone();
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
            // Cells that are lost far from each other are each helped at once. Whom a cell helps beyond those that are tied to it, the next
            // round tells: to help them now would hide more than is needed.
            while let Some((next, near)) = choose(&cells, &lost, &known, &sums_of) {
                if !near && !is_done {
                    break;
                }
                is_done = false;
                cells.insert(next, Knowledge::Hidden);
                sums_of.part(&mut lost, next);
                if !near {
                    break;
                }
            }
            hopeless = Some(known);
        }
        if is_done {
            spare(&mut cells, &shown, hopeless.as_ref(), sums, deadline)?;
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

    /// Takes from some cells those that are tied to one: they share a sum with it, or with another of them that is.
    fn part(&self, cells: &mut BTreeSet<CellId>, one: CellId) {
        let mut tied = BTreeSet::from([one]);
        while !tied.is_empty() {
            let touching = self.touching(&tied);
            tied = cells.intersection(&touching).copied().collect();
            cells.retain(|id| !tied.contains(id));
        }
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
    Ok(determined(&unknown(cells), sums, deadline)?.into_iter().filter(is_hidden).collect())
}

/// What an outsider does not know.
fn unknown(cells: &BTreeMap<CellId, Knowledge>) -> Vec<CellId> {
    cells.iter().filter(|(_, known)| matches!(known, Knowledge::Hidden | Knowledge::Unknown)).map(|(id, _)| *id).collect()
}

/// The same with everything in period 0 hidden that has something to hide.
fn blank(cells: &BTreeMap<CellId, Knowledge>) -> BTreeMap<CellId, Knowledge> {
    let hide = |(id, known): (&CellId, &Knowledge)| match known {
        Knowledge::Shown { empty: false, .. } if id.period == 0 => (*id, Knowledge::Hidden),
        Knowledge::Shown { .. } | Knowledge::Hidden | Knowledge::Unknown => (*id, *known),
    };
    cells.iter().map(hide).collect()
}

/// The cell to hide next, a finer and smaller one first; and whether it shares a sum with a lost cell.
fn choose(
    cells: &BTreeMap<CellId, Knowledge>,
    lost: &BTreeSet<CellId>,
    hopeless: &BTreeSet<CellId>,
    sums: &SumsOf<'_>,
) -> Option<(CellId, bool)> {
    let mut near = true;
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
            return Some((id, near));
        }
        near = false;
        if touching.is_subset(&reached) {
            return None;
        }
        reached.extend(touching);
    }
    None
}

/// Shows again what was hidden besides and is not needed any more since others were: coarser and larger cells first. `shown`: all cells as they
/// were given.
fn spare(
    cells: &mut BTreeMap<CellId, Knowledge>,
    shown: &BTreeMap<CellId, Knowledge>,
    hopeless: Option<&BTreeSet<CellId>>,
    sums: &[Sum],
    deadline: Deadline,
) -> Result<(), PastDeadline> {
    let price = |id: &CellId| match shown.get(id) {
        Some(Knowledge::Shown { weight, level, .. }) => Some((*level, *weight, *id)),
        Some(Knowledge::Hidden | Knowledge::Unknown) | None => None,
    };
    let unknown = unknown(cells);
    for mut group in Group::all(&unknown, sums, deadline)? {
        let is_hidden = |id: &CellId| cells.get(id) == Some(&Knowledge::Hidden) && hopeless.is_none_or(|known| !known.contains(id));
        let protected: BTreeSet<CellId> = group.cells.iter().filter(|id| is_hidden(id)).copied().collect();
        let mut besides: BTreeSet<(u8, i64, CellId)> = protected.iter().filter_map(price).collect();
        let mut moves = group.moves();
        // What is needed now is needed later: showing more only leaves less open.
        while let Some((.., id)) = besides.pop_last() {
            deadline.check()?;
            let (Some(own), Some(known)) = (moves.get(&id), shown.get(&id)) else { continue };
            // Those that move in proportion to it in every solution would be known with it.
            let is_alone = protected
                .iter()
                .all(|other| *other == id || cells.get(other) != Some(&Knowledge::Hidden) || moves.get(other) != Some(own));
            if is_alone {
                group.show(id, deadline)?;
                cells.insert(id, *known);
                moves = group.moves();
            }
        }
    }
    Ok(())
}

/// Which of the hidden cells the sums leave a single value: those whose unit vector lies in the row space of the equations. Cells that no sum
/// ties are solved apart.
///
/// # Errors
/// [`PastDeadline`].
pub fn determined(hidden: &[CellId], sums: &[Sum], deadline: Deadline) -> Result<BTreeSet<CellId>, PastDeadline> {
    let mut found = BTreeSet::new();
    for group in Group::all(hidden, sums, deadline)? {
        found.extend(group.determined());
    }
    Ok(found)
}

/// Hidden cells that sums tie together, and the sums in reduced echelon form.
struct Group {
    /// One for each column.
    cells: Vec<CellId>,
    rows: Vec<Vec<u64>>,
}

impl Group {
    fn all(hidden: &[CellId], sums: &[Sum], deadline: Deadline) -> Result<Vec<Self>, PastDeadline> {
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
        let mut found = Vec::with_capacity(by_group.len());
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
            let cells = columns.iter().filter_map(|index| hidden.get(*index)).copied().collect();
            found.push(Self { cells, rows: dense });
        }
        Ok(found)
    }

    fn determined(&self) -> BTreeSet<CellId> {
        let alone = |row: &Vec<u64>| {
            let mut places = row.iter().enumerate().filter(|(_, value)| **value != 0);
            let (place, _) = places.next()?;
            places.next().is_none().then(|| self.cells.get(place).copied())?
        };
        self.rows.iter().filter_map(alone).collect()
    }

    /// How each cell moves with the free ones, up to a factor: those that move in proportion in every solution have the same. Empty where it is
    /// determined.
    fn moves(&self) -> BTreeMap<CellId, Vec<(usize, u64)>> {
        let mut moves: BTreeMap<CellId, Vec<(usize, u64)>> =
            self.cells.iter().enumerate().map(|(free, id)| (*id, vec![(free, 1)])).collect();
        for row in &self.rows {
            let mut places = row.iter().copied().enumerate().filter(|(_, value)| *value != 0);
            let Some(pivot) = places.next().and_then(|(pivot, _)| self.cells.get(pivot)) else { continue };
            let with: Vec<(usize, u64)> = places.collect();
            let scale = with.first().map_or(1, |(_, first)| field::invert(*first));
            moves.insert(*pivot, with.into_iter().map(|(free, by)| (free, field::multiply(by, scale))).collect());
        }
        moves
    }

    /// Shows a cell: it does not move any more.
    fn show(&mut self, one: CellId, deadline: Deadline) -> Result<(), PastDeadline> {
        let Some(column) = self.cells.iter().position(|id| *id == one) else { return Ok(()) };
        for row in &mut self.rows {
            row[column] = 0;
        }
        // The column stays, tied to nothing: a free cell of its own.
        field::reduce(&mut self.rows, deadline)
    }
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
    pub fn multiply(a: u64, b: u64) -> u64 {
        let product = u128::from(a) * u128::from(b);
        add(product as u64 & PRIME, (product >> 61) as u64)
    }

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
