//! Tests of suppression: small cases by hand, and random trees whose hidden cells are tried by another method.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const fn id(territory: usize) -> CellId {
    CellId { period: 0, territory }
}

fn shown(weight: i64, level: u8) -> Knowledge {
    Knowledge::Shown { weight, level, empty: weight == 0 }
}

/// A nation (0) of two regions (1, 2) with three departments (3, 4, 5) and one (6).
fn country() -> Vec<Sum> {
    vec![(id(0), vec![id(1), id(2)]), (id(1), vec![id(3), id(4), id(5)]), (id(2), vec![id(6)])]
}

fn levels() -> BTreeMap<CellId, Knowledge> {
    let weights = [(0, 100, 3), (1, 60, 1), (2, 40, 1), (3, 30, 0), (4, 20, 0), (5, 10, 0), (6, 40, 0)];
    weights.into_iter().map(|(territory, weight, level)| (id(territory), shown(weight, level))).collect()
}

#[test]
fn a_count_of_one_to_four_persons_is_hidden_and_none_or_five_is_not() {
    let thresholds = Thresholds { measures: 3, persons: true };
    assert!(!thresholds.hide(Some(0.0), 3));
    assert!(thresholds.hide(Some(1.0), 3));
    assert!(thresholds.hide(Some(4.0), 3));
    assert!(!thresholds.hide(Some(5.0), 3));
    assert!(thresholds.hide(Some(50.0), 2), "it rests on too few measures");
    assert!(!thresholds.hide(None, 0), "what was not reported has nothing to hide");
    assert!(!Thresholds { measures: 3, persons: false }.hide(Some(2.0), 3), "kilograms are not persons");
}

#[test]
fn one_hidden_department_takes_the_smallest_of_its_siblings_with_it() {
    let mut cells = levels();
    cells.insert(id(3), Knowledge::Hidden);
    assert_eq!(complete(cells, &country(), Deadline::NEVER).unwrap(), [id(3), id(5)].into());
}

#[test]
fn two_hidden_departments_protect_each_other() {
    let mut cells = levels();
    cells.insert(id(3), Knowledge::Hidden);
    cells.insert(id(4), Knowledge::Hidden);
    assert_eq!(complete(cells, &country(), Deadline::NEVER).unwrap(), [id(3), id(4)].into());
}

#[test]
fn a_region_of_one_department_is_hidden_with_it_and_then_another_region() {
    let mut cells = levels();
    cells.insert(id(6), Knowledge::Hidden);
    let hidden = complete(cells, &country(), Deadline::NEVER).unwrap();
    assert!(hidden.contains(&id(2)) && hidden.contains(&id(1)), "{hidden:?}");
    assert!(determined(&hidden.iter().copied().collect::<Vec<_>>(), &country(), Deadline::NEVER).unwrap().is_empty());
}

#[test]
fn an_empty_cell_hides_nothing_and_is_not_chosen() {
    let mut cells = levels();
    cells.insert(id(5), shown(0, 0));
    cells.insert(id(3), Knowledge::Hidden);
    assert_eq!(complete(cells, &country(), Deadline::NEVER).unwrap(), [id(3), id(4)].into());
}

#[test]
fn a_new_period_yields_when_an_older_one_would_be_given_away() {
    // One territory; the semester (0) is published after both quarters (1, 2), of which one is hidden.
    let cell = |period| CellId { period, territory: 0 };
    let cells = BTreeMap::from([(cell(0), shown(9, 0)), (cell(1), Knowledge::Hidden), (cell(2), shown(5, 0))]);
    let sums = vec![(cell(0), vec![cell(1), cell(2)])];
    assert_eq!(complete(cells, &sums, Deadline::NEVER).unwrap(), [cell(0)].into());
}

#[test]
fn a_cell_that_is_helped_by_way_of_another_takes_no_second_one_with_it() {
    // A region (0) of three departments (1, 2, 3) in a semester (0) of two quarters; the first is not published, but must not follow for 1.
    let cell = |period, territory| CellId { period, territory };
    let mut cells = BTreeMap::new();
    for territory in 0..4 {
        cells.insert(cell(0, territory), shown(10, u8::from(territory == 0)));
        cells.insert(cell(1, territory), shown(10, 0));
        cells.insert(cell(2, territory), Knowledge::Unknown);
    }
    cells.insert(cell(2, 1), Knowledge::Hidden);
    let over_time = (0..4).map(|territory| (cell(0, territory), vec![cell(1, territory), cell(2, territory)]));
    let over_land = (0..3).map(|period| (cell(period, 0), (1..4).map(|territory| cell(period, territory)).collect()));
    let sums: Vec<Sum> = over_time.chain(over_land).collect();
    assert_eq!(complete(cells, &sums, Deadline::NEVER).unwrap(), [cell(0, 1), cell(0, 2)].into());
}

#[test]
fn a_deadline_that_has_come_ends_it() {
    let past = Deadline::at(std::time::Instant::now() - std::time::Duration::from_millis(1));
    let mut cells = levels();
    cells.insert(id(3), Knowledge::Hidden);
    assert_eq!(complete(cells, &country(), past), Err(PastDeadline));
}

proptest! {
    /// What is hidden besides is needed: shown again, it gives a hidden cell away.
    #[test]
    fn no_cell_is_hidden_besides_to_no_end(
        sizes in prop::collection::vec(prop::collection::vec(0_i64..9, 1..6), 1..6),
    ) {
        let (cells, sums) = country_of(&sizes);
        let hidden = complete(cells.clone(), &sums, Deadline::NEVER).unwrap();
        for besides in hidden.iter().filter(|id| cells[*id] != Knowledge::Hidden) {
            let without: Vec<CellId> = hidden.iter().filter(|id| *id != besides).copied().collect();
            prop_assert!(!solve_in_floats(&without, &sums).is_empty(), "{besides:?} is hidden to no end");
        }
    }

    /// A hidden cell is safe when the hidden cells can be changed, it among them, without any shown sum noticing. That is tried here
    /// with rational elimination in floating point, another way than the field's.
    #[test]
    fn no_hidden_cell_follows_from_the_shown_ones(
        sizes in prop::collection::vec(prop::collection::vec(0_i64..9, 1..6), 1..6),
    ) {
        let (cells, sums) = country_of(&sizes);
        let hidden: Vec<CellId> = complete(cells.clone(), &sums, Deadline::NEVER).unwrap().into_iter().collect();
        for (cell, known) in &cells {
            prop_assert!(*known != Knowledge::Hidden || hidden.contains(cell), "what was hidden stays hidden");
        }
        prop_assert!(solve_in_floats(&hidden, &sums).is_empty());
    }
}

/// Departments of 1 to 4 are hidden; 0 is empty.
fn country_of(sizes: &[Vec<i64>]) -> (BTreeMap<CellId, Knowledge>, Vec<Sum>) {
    let mut cells = BTreeMap::new();
    let mut sums = Vec::new();
    let mut numbers = 1..;
    let mut next = || id(numbers.next().unwrap());
    let mut regions = Vec::new();
    let known = |value: i64, level: u8| if (1..5).contains(&value) { Knowledge::Hidden } else { shown(value, level) };
    for region in sizes {
        let whole = next();
        let parts: Vec<CellId> = region
            .iter()
            .map(|value| {
                let part = next();
                cells.insert(part, known(*value, 0));
                part
            })
            .collect();
        cells.insert(whole, known(region.iter().sum(), 1));
        sums.push((whole, parts));
        regions.push(whole);
    }
    cells.insert(id(0), known(sizes.iter().flatten().sum(), 3));
    sums.push((id(0), regions));
    (cells, sums)
}

/// Which unknowns have the same value in every solution, by Gaussian elimination over floats.
fn solve_in_floats(hidden: &[CellId], sums: &[Sum]) -> Vec<CellId> {
    let place = |cell: &CellId| hidden.iter().position(|other| other == cell);
    let mut rows: Vec<Vec<f64>> = sums
        .iter()
        .map(|(whole, parts)| {
            let mut row = vec![0.0; hidden.len()];
            if let Some(index) = place(whole) {
                row[index] -= 1.0;
            }
            for index in parts.iter().filter_map(place) {
                row[index] += 1.0;
            }
            row
        })
        .collect();
    let mut done = 0;
    for column in 0..hidden.len() {
        let Some(pivot) = (done..rows.len()).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs())) else {
            break;
        };
        if rows[pivot][column].abs() < 1e-9 {
            continue;
        }
        rows.swap(done, pivot);
        let lead = rows[done].clone();
        for (index, row) in rows.iter_mut().enumerate() {
            if index != done {
                let factor = row[column] / lead[column];
                row.iter_mut().zip(&lead).for_each(|(value, lead)| *value -= factor * lead);
            }
        }
        done += 1;
    }
    rows.iter()
        .filter(|row| row.iter().filter(|value| value.abs() > 1e-9).count() == 1)
        .filter_map(|row| row.iter().position(|value| value.abs() > 1e-9).map(|index| hidden[index]))
        .collect()
}
