//! Somebody who reads all that was ever published and knows that counts are whole and not negative. Two ways, neither of them palts' own: a dense
//! simplex in floating point for the bounds, and an exhaustive search over whole numbers for small worlds.

/// A relation among unknowns: coefficients, whether it is an equation (else the left side is at least the right), and the right side.
#[derive(Clone, Debug)]
pub struct Row {
    pub terms: Vec<(usize, f64)>,
    pub equal: bool,
    pub right: f64,
}

const SMALL: f64 = 1e-7;

/// The least and the greatest value of some of so many unknowns, none of them negative. Panics where nothing fits: the truth always does.
pub fn ranges(unknowns: usize, rows: &[Row], targets: &[usize]) -> Vec<(f64, f64)> {
    let mut known: Vec<(Vec<usize>, Tableau)> = Vec::new();
    targets
        .iter()
        .map(|target| {
            let near = component(unknowns, rows, *target);
            if !known.iter().any(|(solved, _)| *solved == near) {
                let tableau = Tableau::feasible(near.len(), &within(&near, unknowns, rows));
                known.push((near.clone(), tableau));
            }
            let (_, tableau) = known.iter().find(|(solved, _)| *solved == near).expect("solved");
            let target = near.iter().position(|other| other == target).expect("itself");
            let least = tableau.clone().least(target, 1.0).expect("not negative");
            let greatest = tableau.clone().least(target, -1.0).map_or(f64::INFINITY, |least| -least);
            (least, greatest)
        })
        .collect()
}

/// Whether each of some sums of unknowns, all factors one, may come to 1 and to 4 as well. Answers the first that may not, with what it is known to
/// lie between. Worlds that were found for one sum are tried for the others first.
pub fn first_bounded(unknowns: usize, rows: &[Row], sums: &[Vec<usize>]) -> Option<(usize, f64, f64)> {
    let tableau = Tableau::feasible(unknowns, &independent(unknowns, rows));
    let mut seen = vec![(f64::INFINITY, f64::NEG_INFINITY); sums.len()];
    for number in 0..sums.len() {
        for (sign, is_met) in [(1.0, seen[number].0 <= 1.0), (-1.0, seen[number].1 >= 4.0)] {
            if is_met {
                continue;
            }
            let mut tried = tableau.clone();
            let mut costs = vec![0.0; tried.real];
            sums[number].iter().for_each(|index| costs[*index] = sign);
            if tried.minimise(&costs).is_none() {
                seen[number].1 = f64::INFINITY;
                continue;
            }
            let world = tried.world();
            for ((low, high), sum) in seen.iter_mut().zip(sums) {
                let total: f64 = sum.iter().map(|index| world[*index]).sum();
                (*low, *high) = (low.min(total), high.max(total));
            }
        }
        let (low, high) = seen[number];
        if low > 1.0 + 1e-5 || high < 4.0 - 1e-5 {
            return Some((number, low, high));
        }
    }
    None
}

/// What equations give exactly.
pub struct Known {
    unknowns: usize,
    lines: Vec<Row>,
}

impl Known {
    pub fn of(unknowns: usize, rows: &[Row]) -> Self {
        Self { unknowns, lines: independent(unknowns, rows) }
    }

    /// Whether they give a sum of unknowns.
    pub fn gives(&self, sum: &[usize]) -> bool {
        let mut line = vec![0.0; self.unknowns];
        sum.iter().for_each(|index| line[*index] += 1.0);
        for row in &self.lines {
            // Each is solved for its first unknown, which no other has.
            let by = line[row.terms[0].0];
            if by == 0.0 {
                continue;
            }
            row.terms.iter().for_each(|(index, factor)| line[*index] -= by * factor);
        }
        line.iter().all(|value| value.abs() < SMALL)
    }
}

/// Equations without those that follow from others, each solved for its first unknown, which no other has.
fn independent(unknowns: usize, rows: &[Row]) -> Vec<Row> {
    let mut kept: Vec<(usize, Vec<f64>)> = Vec::new();
    for row in rows {
        assert!(row.equal, "only equations are reduced");
        let mut line = vec![0.0; unknowns + 1];
        row.terms.iter().for_each(|(index, by)| line[*index] += by);
        line[unknowns] = row.right;
        for (lead, other) in &kept {
            let by = line[*lead];
            if by != 0.0 {
                line.iter_mut().zip(other).for_each(|(value, other)| *value -= by * other);
            }
        }
        if let Some(lead) = (0..unknowns).find(|index| line[*index].abs() > SMALL) {
            let by = line[lead];
            line.iter_mut().for_each(|value| *value /= by);
            for (_, other) in &mut kept {
                let by = other[lead];
                other.iter_mut().zip(&line).for_each(|(value, line)| *value -= by * line);
            }
            kept.push((lead, line));
        } else {
            assert!(line[unknowns].abs() < 1e-5, "what is shown contradicts itself");
        }
    }
    let terms =
        |line: &[f64]| (0..unknowns).filter(|index| line[*index].abs() > SMALL).map(|index| (index, line[index])).collect();
    kept.iter().map(|(_, line)| Row { terms: terms(line), equal: true, right: line[unknowns] }).collect()
}

/// The rows of a component, in its own numbers.
fn within(near: &[usize], unknowns: usize, rows: &[Row]) -> Vec<Row> {
    let mut place = vec![None; unknowns];
    near.iter().enumerate().for_each(|(number, index)| place[*index] = Some(number));
    let touches = |row: &&Row| row.terms.iter().any(|(index, _)| place[*index].is_some());
    rows.iter()
        .filter(touches)
        .map(|row| Row {
            terms: row.terms.iter().map(|(index, by)| (place[*index].expect("one component"), *by)).collect(),
            ..row.clone()
        })
        .collect()
}

fn component(unknowns: usize, rows: &[Row], target: usize) -> Vec<usize> {
    let mut inside = vec![false; unknowns];
    inside[target] = true;
    loop {
        let mut grew = false;
        for row in rows.iter().filter(|row| row.terms.iter().any(|(index, _)| inside[*index])).collect::<Vec<_>>() {
            for (index, _) in &row.terms {
                grew |= !inside[*index];
                inside[*index] = true;
            }
        }
        if !grew {
            return (0..unknowns).filter(|index| inside[*index]).collect();
        }
    }
}

/// A simplex tableau whose basis is feasible.
#[derive(Clone)]
struct Tableau {
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
    unknowns: usize,
    /// Columns that may enter: unknowns and surpluses, no artificial ones.
    real: usize,
}

impl Tableau {
    fn feasible(unknowns: usize, given: &[Row]) -> Self {
        let surpluses = given.iter().filter(|row| !row.equal).count();
        let real = unknowns + surpluses;
        let width = real + given.len() + 1;
        let mut rows = Vec::new();
        let mut surplus = unknowns;
        for (number, row) in given.iter().enumerate() {
            let mut line = vec![0.0; width];
            for (index, by) in &row.terms {
                line[*index] += by;
            }
            if !row.equal {
                line[surplus] = -1.0;
                surplus += 1;
            }
            line[width - 1] = row.right;
            if row.right < 0.0 {
                line.iter_mut().for_each(|value| *value = -*value);
            }
            line[real + number] = 1.0;
            rows.push(line);
        }
        let basis = (0..given.len()).map(|number| real + number).collect();
        let mut tableau = Self { rows, basis, unknowns, real };
        let artificial: Vec<f64> = (0..width - 1).map(|column| if column >= real { 1.0 } else { 0.0 }).collect();
        let left = tableau.minimise(&artificial).expect("artificial variables are bounded");
        assert!(left.abs() < 1e-5, "the truth solves the system, but {left} is left");
        // An artificial variable that stayed in the basis at nought leaves it, or its row says nothing.
        for number in (0..tableau.rows.len()).rev() {
            if tableau.basis[number] >= real {
                match (0..real).find(|column| tableau.rows[number][*column].abs() > SMALL) {
                    Some(column) => tableau.pivot(number, column),
                    None => {
                        tableau.rows.remove(number);
                        tableau.basis.remove(number);
                    }
                }
            }
        }
        tableau
    }

    /// The values of the unknowns where the tableau stands.
    fn world(&self) -> Vec<f64> {
        let mut world = vec![0.0; self.unknowns];
        for (basic, row) in self.basis.iter().zip(&self.rows) {
            if *basic < self.unknowns {
                world[*basic] = row.last().copied().unwrap_or_default();
            }
        }
        world
    }

    fn least(mut self, target: usize, sign: f64) -> Option<f64> {
        assert!(target < self.unknowns);
        let mut costs = vec![0.0; self.rows.first().map_or(self.real + 1, Vec::len) - 1];
        costs[target] = sign;
        self.minimise(&costs)
    }

    /// The least cost; none when there is no least. By the rule of Bland, which cannot go in circles.
    fn minimise(&mut self, costs: &[f64]) -> Option<f64> {
        loop {
            let reduced = |column: usize| {
                costs[column] - self.basis.iter().zip(&self.rows).map(|(basic, row)| costs[*basic] * row[column]).sum::<f64>()
            };
            let Some(entering) = (0..self.real).find(|column| !self.basis.contains(column) && reduced(*column) < -SMALL) else {
                let last = self.rows.first().map_or(0, |row| row.len() - 1);
                return Some(self.basis.iter().zip(&self.rows).map(|(basic, row)| costs[*basic] * row[last]).sum());
            };
            let last = self.rows.first()?.len() - 1;
            let leaving = (0..self.rows.len())
                .filter(|number| self.rows[*number][entering] > SMALL)
                .map(|number| (self.rows[number][last] / self.rows[number][entering], self.basis[number], number))
                .min_by(|a, b| if (a.0 - b.0).abs() < 1e-12 { a.1.cmp(&b.1) } else { a.0.total_cmp(&b.0) })?;
            self.pivot(leaving.2, entering);
        }
    }

    fn pivot(&mut self, number: usize, column: usize) {
        let by = self.rows[number][column];
        self.rows[number].iter_mut().for_each(|value| *value /= by);
        let lead = self.rows[number].clone();
        for (_, row) in self.rows.iter_mut().enumerate().filter(|(other, _)| *other != number) {
            let by = row[column];
            if by != 0.0 {
                row.iter_mut().zip(&lead).for_each(|(value, lead)| *value -= by * lead);
            }
        }
        self.basis[number] = column;
    }
}

/// Whether whole numbers up to some greatest fit, with one of them fixed: every one is tried.
pub fn fits(unknowns: usize, rows: &[Row], greatest: i64, fixed: (usize, i64)) -> bool {
    let mut bounds = vec![(0, greatest); unknowns];
    bounds[fixed.0] = (fixed.1, fixed.1);
    search(rows, bounds)
}

fn search(rows: &[Row], mut bounds: Vec<(i64, i64)>) -> bool {
    // What a row leaves of each unknown, as long as something changes.
    loop {
        let mut changed = false;
        for row in rows {
            let whole = |by: f64| by.round() as i64;
            let right = whole(row.right);
            let highest: i64 =
                row.terms.iter().map(|(index, by)| (whole(*by) * bounds[*index].0).max(whole(*by) * bounds[*index].1)).sum();
            let lowest: i64 =
                row.terms.iter().map(|(index, by)| (whole(*by) * bounds[*index].0).min(whole(*by) * bounds[*index].1)).sum();
            if highest < right || (row.equal && lowest > right) {
                return false;
            }
            for (index, by) in &row.terms {
                let (low, high) = bounds[*index];
                let by = whole(*by);
                assert!(by.abs() == 1, "only sums are searched");
                let (mine_high, mine_low) = ((by * low).max(by * high), (by * low).min(by * high));
                // by * x >= right - (highest - mine), and for equations by * x <= right - (lowest - mine).
                let (mut least, mut most) = (right - (highest - mine_high), i64::MAX);
                if row.equal {
                    most = right - (lowest - mine_low);
                }
                if by < 0 {
                    (least, most) = (if most == i64::MAX { i64::MIN } else { -most }, -least);
                }
                let new = (low.max(least), high.min(most));
                if new.0 > new.1 {
                    return false;
                }
                changed |= new != (low, high);
                bounds[*index] = new;
            }
        }
        if !changed {
            break;
        }
    }
    let open = (0..bounds.len())
        .filter(|index| bounds[*index].0 < bounds[*index].1)
        .min_by_key(|index| bounds[*index].1 - bounds[*index].0);
    let Some(open) = open else { return true };
    (bounds[open].0..=bounds[open].1).any(|value| {
        let mut tried = bounds.clone();
        tried[open] = (value, value);
        search(rows, tried)
    })
}

#[test]
fn the_attacker_bounds_what_can_be_bounded() {
    let row = |terms: &[(usize, f64)], equal, right| Row { terms: terms.to_vec(), equal, right };
    let rows = [row(&[(0, 1.0), (1, 1.0)], true, 6.0), row(&[(1, 1.0), (2, -1.0)], false, 2.0)];
    assert_eq!(ranges(3, &rows, &[0, 1, 2]), [(0.0, 4.0), (2.0, 6.0), (0.0, 4.0)]);
    assert_eq!(ranges(1, &[], &[0]), [(0.0, f64::INFINITY)]);
    assert!(fits(3, &rows, 9, (0, 4)) && !fits(3, &rows, 9, (0, 5)));
}
