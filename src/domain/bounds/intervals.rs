//! What single relations, one after the other, say of how far quantities may move: less than all of them together, but in no time. What they exclude
//! no solver need look for. Not for saying that a move is possible.

use std::collections::VecDeque;

use super::NOTHING;

/// So many times each relation is looked at, on average; what would follow later is left to the solver.
const LOOKS: usize = 6;

/// The least and the most that a quantity may move by.
pub(super) type Interval = (f64, f64);

/// A sum of moves: which of the intervals, each with its factor; and how far it may fall, or that it stays as it is.
pub(super) struct Row {
    /// Each quantity once; those that do not move are left out.
    pub(super) terms: Vec<(usize, f64)>,
    /// As of a [`Relation`](super::Relation).
    pub(super) spare: Option<f64>,
}

/// Whether the rows exclude that quantities move within these intervals, as far as each by itself shows it.
pub(super) fn exclude(intervals: &mut [Interval], rows: &[Row]) -> bool {
    let mut within: Vec<Vec<usize>> = vec![Vec::new(); intervals.len()];
    for (number, row) in rows.iter().enumerate() {
        for (index, _) in &row.terms {
            within[*index].push(number);
        }
    }
    let mut waits = vec![true; rows.len()];
    let mut queue: VecDeque<usize> = (0..rows.len()).collect();
    let mut changed = Vec::new();
    for _ in 0..rows.len().saturating_mul(LOOKS) {
        let Some(number) = queue.pop_front() else { return false };
        waits[number] = false;
        changed.clear();
        if !narrow(intervals, &rows[number], &mut changed) {
            return true;
        }
        for other in changed.iter().flat_map(|index| &within[*index]) {
            if *other != number && !std::mem::replace(&mut waits[*other], true) {
                queue.push_back(*other);
            }
        }
    }
    false
}

/// Sums of which some parts may be without end.
#[derive(Clone, Copy, Default)]
struct Sum {
    finite: f64,
    size: f64,
    endless: usize,
}

impl Sum {
    fn add(&mut self, part: f64) {
        if part.is_finite() {
            self.finite += part;
            self.size += part.abs();
        } else {
            self.endless += 1;
        }
    }

    /// Without one of its parts, if that has an end.
    fn without(self, part: f64) -> Option<f64> {
        match (part.is_finite(), self.endless) {
            (true, 0) => Some(self.finite - part),
            (false, 1) => Some(self.finite),
            (true | false, _) => None,
        }
    }
}

/// Narrows intervals by one row, and names those that it has narrowed; false when nothing is left of one.
fn narrow(intervals: &mut [Interval], Row { terms, spare }: &Row, changed: &mut Vec<usize>) -> bool {
    let scaled = |(low, high): Interval, by: f64| if by < 0.0 { (high * by, low * by) } else { (low * by, high * by) };
    let (mut least, mut most) = (Sum::default(), Sum::default());
    for (index, by) in terms {
        let (low, high) = scaled(intervals[*index], *by);
        least.add(low);
        most.add(high);
    }
    // A little room, so that no rounding excludes what is possible.
    let slack = NOTHING * (1.0 + least.size.max(most.size) + spare.unwrap_or(0.0));
    let floor = -spare.unwrap_or(0.0);
    for (index, by) in terms.iter().filter(|(_, by)| *by != 0.0) {
        // The sums are of before: wider than they need be, but true.
        let (was_low, was_high) = scaled(intervals[*index], *by);
        let (mut low, mut high) = (was_low, was_high);
        if let Some(others) = most.without(was_high) {
            low = low.max(floor - others - slack);
        }
        if let (None, Some(others)) = (spare, least.without(was_low)) {
            high = high.min(slack - others);
        }
        if low > high + slack {
            return false;
        }
        // Steps that are small beside the interval are not worth another look.
        let step = 2.0 * slack + if (was_high - was_low).is_finite() { (was_high - was_low) / 16.0 } else { 0.0 };
        if low > was_low + step || high < was_high - step {
            let (one, other) = (low / by, high / by);
            intervals[*index] = (one.min(other), one.max(other));
            changed.push(*index);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(terms: &[(usize, f64)], spare: Option<f64>) -> Row {
        Row { terms: terms.to_vec(), spare }
    }

    #[test]
    fn what_a_row_leaves_no_room_for_is_excluded_and_nothing_else() {
        // One and two move against each other; two may fall by 3.
        let sum = || row(&[(0, 1.0), (1, 1.0)], None);
        for (wanted, is_excluded) in [(2.0, false), (3.0, false), (3.5, true), (-1e9, false)] {
            let mut intervals = [(wanted, wanted), (-3.0, f64::INFINITY)];
            assert_eq!(exclude(&mut intervals, &[sum()]), is_excluded, "{wanted}");
        }
        // A third may rise without end, and a bound holds from below alone.
        let mut intervals = [(9.0, 9.0), (-3.0, f64::INFINITY), (-1.0, f64::INFINITY)];
        assert!(!exclude(&mut intervals, &[row(&[(0, 1.0), (1, 1.0), (2, -1.0)], None), row(&[(0, 1.0)], Some(1.0))]));
        let mut intervals = [(-2.0, -2.0)];
        assert!(exclude(&mut intervals, &[row(&[(0, 1.0)], Some(1.0))]));
    }

    #[test]
    fn it_goes_from_row_to_row_and_ends() {
        // Each moves as the one before it; the last may not move.
        let rows: Vec<Row> = (0..50).map(|index| row(&[(index, 1.0), (index + 1, -1.0)], None)).collect();
        let mut intervals = vec![(f64::NEG_INFINITY, f64::INFINITY); 51];
        (intervals[0], intervals[50]) = ((1.0, 1.0), (0.0, 0.0));
        assert!(exclude(&mut intervals, &rows));
        // Two halves of one another never come to an end by small steps.
        let mut intervals = [(-1e9, 1e9), (-1e9, 1e9)];
        let halves = [row(&[(0, 1.0), (1, -0.9)], None), row(&[(1, 1.0), (0, -0.9)], None)];
        assert!(!exclude(&mut intervals, &halves));
    }
}
