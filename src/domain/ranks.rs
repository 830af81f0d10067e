//! Ranks: 1, 2, 3 … without gaps ('classés par ordre de priorité', circular of 2010). Ranking again is one atomic act.

use std::collections::BTreeSet;
use std::fmt;

use thiserror::Error;

use super::message::Explained;

/// Why a list of codes is no new order of the items there are. Every code at fault is named.
#[derive(Clone, Debug, Default, Error, PartialEq, Eq)]
pub struct RankFault {
    /// Items that the list leaves out.
    pub missing: Vec<String>,
    /// Codes of the list that no item bears.
    pub unknown: Vec<String>,
    /// Codes that the list names more than once.
    pub duplicate: Vec<String>,
}

impl fmt::Display for RankFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (what, codes) in [("manquent", &self.missing), ("inconnus", &self.unknown), ("cités deux fois", &self.duplicate)] {
            if !codes.is_empty() {
                write!(f, "{separator}{what} : {}", shortened(codes))?;
                separator = " ; ";
            }
        }
        Ok(())
    }
}

impl Explained for RankFault {
    fn reason(&self) -> &'static str {
        "RANKS_INCOMPLETE"
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let named = [("missing", &self.missing), ("unknown", &self.unknown), ("duplicate", &self.duplicate)];
        named.into_iter().filter(|(_, codes)| !codes.is_empty()).map(|(name, codes)| (name, shortened(codes))).collect()
    }
}

/// The first ten, and how many more.
fn shortened(codes: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = codes.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match codes.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} et {more} de plus"),
        Some(0) | None => shown,
    }
}

/// The ranks that a wanted order gives: every item once, the first is 1.
///
/// # Errors
/// [`RankFault`] when the list is not exactly the items there are.
pub fn reorder<C: Ord + Clone + fmt::Display>(current: &[C], wanted: &[C]) -> Result<Vec<(C, i32)>, RankFault> {
    let known: BTreeSet<&C> = current.iter().collect();
    let mut named = BTreeSet::new();
    let mut fault = RankFault::default();
    for code in wanted {
        if !named.insert(code) {
            fault.duplicate.push(code.to_string());
        } else if !known.contains(code) {
            fault.unknown.push(code.to_string());
        }
    }
    fault.missing = known.difference(&named).map(ToString::to_string).collect();
    if fault == RankFault::default() { Ok(ranked(wanted.iter().cloned())) } else { Err(fault) }
}

/// The ranks that are left when an item goes: those after it move up. `current` in order of rank.
pub fn without<C: Ord + Clone>(current: &[C], gone: &C) -> Vec<(C, i32)> {
    ranked(current.iter().filter(|code| *code != gone).cloned())
}

/// The rank of a new item among so many: the last.
#[must_use]
pub fn appended(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX).saturating_add(1)
}

/// Whether ranks, in any order, are 1 to n, each once.
#[must_use]
pub fn gapless(ranks: impl IntoIterator<Item = i32>) -> bool {
    let mut ranks: Vec<i32> = ranks.into_iter().collect();
    ranks.sort_unstable();
    ranks.into_iter().zip(1..).all(|(rank, expected)| rank == expected)
}

fn ranked<C>(codes: impl Iterator<Item = C>) -> Vec<(C, i32)> {
    codes.zip(1..).collect()
}

/// Which items kept their place relative to each other, given their former positions in the new order: a longest increasing
/// subsequence. So the rest is the least number of items that can be said to have moved.
#[must_use]
pub fn settled(former_positions: &[usize]) -> Vec<bool> {
    // tails[k]: index of the smallest last element of an increasing run of length k + 1; before[i]: its predecessor.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(former_positions.len());
    for (index, position) in former_positions.iter().enumerate() {
        let length = tails.partition_point(|tail| former_positions.get(*tail) < Some(position));
        before.push(length.checked_sub(1).and_then(|shorter| tails.get(shorter).copied()));
        match tails.get_mut(length) {
            Some(tail) => *tail = index,
            None => tails.push(index),
        }
    }
    let mut settled = vec![false; former_positions.len()];
    let mut last = tails.last().copied();
    while let Some(index) = last {
        if let Some(mark) = settled.get_mut(index) {
            *mark = true;
        }
        last = before.get(index).copied().flatten();
    }
    settled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_code_at_fault_is_named() {
        let fault = reorder(&["a", "b", "c"], &["c", "x", "a", "c"]).unwrap_err();
        assert_eq!(fault.missing, ["b"]);
        assert_eq!(fault.unknown, ["x"]);
        assert_eq!(fault.duplicate, ["c"]);
        assert_eq!(fault.to_string(), "manquent : b ; inconnus : x ; cités deux fois : c");
        let many: Vec<i32> = (0..30).collect();
        assert!(reorder(&many, &[]).unwrap_err().to_string().ends_with("9 et 20 de plus"));
    }

    #[test]
    fn removal_closes_the_gap_and_a_new_item_is_last() {
        assert_eq!(without(&["a", "b", "c"], &"b"), [("a", 1), ("c", 2)]);
        assert_eq!(appended(0), 1);
        assert_eq!(appended(65), 66);
    }

    #[test]
    fn ranks_have_no_gap_when_they_are_one_to_n() {
        assert!(gapless([]));
        assert!(gapless([3, 1, 2]));
        assert!(!gapless([1, 3]));
        assert!(!gapless([0, 1]));
        assert!(!gapless([1, 1, 2]));
    }

    /// The longest increasing subsequence by trying all subsets.
    fn longest_by_trial(positions: &[usize]) -> usize {
        (0_u32..1 << positions.len())
            .filter_map(|mask| {
                let chosen: Vec<usize> =
                    positions.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, p)| *p).collect();
                chosen.is_sorted().then_some(chosen.len())
            })
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn a_new_order_is_a_permutation_with_ranks_one_to_n(wanted in Just((0..20).collect::<Vec<u8>>()).prop_shuffle()) {
            let current: Vec<u8> = (0..20).collect();
            let ranks = reorder(&current, &wanted).unwrap();
            prop_assert!(gapless(ranks.iter().map(|(_, rank)| *rank)));
            prop_assert_eq!(ranks.into_iter().map(|(code, _)| code).collect::<Vec<_>>(), wanted);
        }

        #[test]
        fn as_few_items_as_possible_are_said_to_move(positions in Just((0..9).collect::<Vec<usize>>()).prop_shuffle()) {
            let settled = settled(&positions);
            let kept: Vec<usize> = positions.iter().zip(&settled).filter(|(_, kept)| **kept).map(|(p, _)| *p).collect();
            prop_assert!(kept.is_sorted());
            prop_assert_eq!(kept.len(), longest_by_trial(&positions));
        }
    }
}
