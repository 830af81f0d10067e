//! What a publication shows: takes the figures of one ended period on the four territorial axes and what was published before, and decides
//! cell by cell whether it is shown. The algebra is [`suppression`](super::suppression)'s and the bounds are [`bounds`](super::bounds)'; here are
//! territories, periods and ratios. Maxima are not published: what they hide follows from longer periods and wider territories, and they do
//! not add up.

mod outsider;
mod quotients;
mod remainders;

use std::collections::{BTreeMap, BTreeSet};

use super::deadline::{Deadline, PastDeadline};
use super::period::Period;
use super::suppression::{CellId, Knowledge, Sum, Thresholds, complete};
use super::territory::Territories;
use super::vocabulary::{Aggregation, Granularity, RollupAxis};

/// A cell's place: its axis and the code of its territory.
pub type Place = (RollupAxis, String);

/// What everybody knows of indicators: one is at least the sum of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Code of the whole.
    pub whole: String,
    /// Codes of its parts, which share nothing.
    pub parts: Vec<String>,
    /// Whether there are no other parts: then the whole is their sum, once there is an indicator for each.
    pub complete: bool,
}

/// What a version says of a cell, and what it does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stated {
    /// The figure as it was then.
    pub figure: Figure,
    /// Whether it was shown.
    pub shown: bool,
}

/// One figure as rolled up, before anything is hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Absent where nothing was reported.
    pub value: Option<f64>,
    /// Number of measures under it.
    pub measures: i32,
}

/// All figures of an indicator in the period.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Code.
    pub code: String,
    /// How it adds up.
    pub aggregation: Aggregation,
    /// Whether it counts persons, or acts on persons.
    pub persons: bool,
    /// Whether it does, or did by an earlier definition.
    pub has_counted_persons: bool,
    /// Whether its figures are whole numbers.
    pub whole: bool,
    /// For RATIO: codes of its two terms, whose series must be given too, published or not.
    pub terms: Option<(String, String)>,
    /// Whether it is part of publications.
    pub published: bool,
    /// Its figures.
    pub figures: BTreeMap<Place, Figure>,
    /// What the versions of the same period that are published already said.
    pub versions: Versions,
    /// What is published of other periods of the same year: whether each cell is shown, and empty or not.
    pub earlier: BTreeMap<Period, BTreeMap<Place, Earlier>>,
    /// What each version of each period of the year said, this period's older ones included; under version 0 the figures of a period that is not
    /// published, but could be worked out, and those of a term that never is.
    pub worlds: BTreeMap<(Period, i32), BTreeMap<Place, Stated>>,
}

/// What all versions of a publication together said. Whoever read an older one remembers it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Versions {
    /// Every figure that one of them showed.
    pub shown: BTreeMap<Place, Vec<Figure>>,
    /// Every figure that one of them withheld.
    pub withheld: BTreeMap<Place, Vec<Figure>>,
}

impl Versions {
    /// Whether one of them gave the value that the cell has now: hiding it protects nothing any more.
    #[must_use]
    pub fn told(&self, place: &Place, now: &Figure) -> bool {
        now.value.is_some() && self.shown.get(place).is_some_and(|shown| shown.iter().any(|then| then.value == now.value))
    }

    /// Whether one of them withheld the figure that the cell has now. A small number of persons stays withheld though it rests on more measures
    /// since.
    fn kept_back(&self, place: &Place, now: &Figure, persons: bool) -> bool {
        let is_small = Thresholds { measures: 0, persons }.hide(now.value, 0);
        let same = |then: &Figure| then.value == now.value && (is_small || then.measures == now.measures);
        now.value.is_some() && self.withheld.get(place).is_some_and(|withheld| withheld.iter().any(same))
    }
}

/// What an earlier publication says of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Its value is shown, or shown to be absent.
    Shown,
    /// It is withheld; or not published, but too small to be worked out from what is.
    Withheld,
    /// It is not published, and may be known.
    Unpublished,
}

/// The published periods whose figures may add up with those of `period`: quarters, semesters and the year of the same year.
#[must_use]
pub fn kindred(period: Period) -> Vec<Period> {
    let Ok(year) = Period::of(period.first_day(), Granularity::Year) else { return Vec::new() };
    let mut all = vec![year];
    for granularity in [Granularity::Semester, Granularity::Quarter] {
        let mut days: BTreeSet<Period> = BTreeSet::new();
        for fortnight in year.fortnights() {
            days.extend(Period::of(fortnight.first_day(), granularity));
        }
        all.extend(days);
    }
    all.retain(|other| *other != period);
    all
}

/// The periods that are not published and that anybody could work out once `period` is: the one part missing of a whole that is published.
#[must_use]
pub fn remainders(period: Period, published: &[Period]) -> Vec<Period> {
    let known: Vec<Period> = std::iter::once(period).chain(published.iter().copied()).collect();
    let missing = |candidate: &Period| {
        let with: Vec<Period> = known.iter().copied().chain([*candidate]).collect();
        let last = with.len() - 1;
        decompositions(&with).iter().any(|(_, parts)| parts.contains(&last))
    };
    kindred(period).into_iter().filter(|candidate| !known.contains(candidate) && missing(candidate)).collect()
}

/// What is to be said of the cells of a period that is not published: the small ones must not be worked out; and those where there is nothing
/// will be shown to be empty some day, and give away then what is hidden today at their side.
#[must_use]
pub fn unpublished(figures: &BTreeMap<Place, Figure>, measures: i32, persons: bool) -> BTreeMap<Place, Earlier> {
    let thresholds = Thresholds { measures, persons };
    let said = |figure: &Figure| match figure.value {
        value if thresholds.hide(value, figure.measures) => Earlier::Withheld,
        None => Earlier::Shown,
        Some(0.0) => Earlier::Shown,
        Some(_) => Earlier::Unpublished,
    };
    figures.iter().map(|(place, figure)| (place.clone(), said(figure))).collect()
}

/// Figures that are not published, as an outsider has to do with them: those that will be shown to be empty some day count as shown.
#[must_use]
pub fn live(figures: &BTreeMap<Place, Figure>, said: &BTreeMap<Place, Earlier>) -> BTreeMap<Place, Stated> {
    let stated = |(place, figure): (&Place, &Figure)| {
        (place.clone(), Stated { figure: *figure, shown: said.get(place) == Some(&Earlier::Shown) })
    };
    figures.iter().map(stated).collect()
}

/// Decides which places of each published series are suppressed: what is too small, what would give it away by addition, and what would narrow
/// it down too far for somebody who knows that counts are whole and not negative, and the identities.
///
/// # Errors
/// [`PastDeadline`].
pub fn decide(
    territories: &Territories,
    period: Period,
    measures: i32,
    identities: &[Identity],
    all: &[Series],
    deadline: Deadline,
) -> Result<BTreeMap<String, BTreeSet<Place>>, PastDeadline> {
    let map = Map::of(territories);
    let told: Vec<BTreeSet<Place>> = all.iter().map(|series| told(series, all)).collect();
    let mut hidden: Vec<BTreeSet<Place>> = vec![BTreeSet::new(); all.len()];
    let mut earlier: Vec<BTreeMap<Period, BTreeMap<Place, Earlier>>> = Vec::with_capacity(all.len());
    for (number, series) in all.iter().enumerate() {
        earlier.push(said_of(series, all));
        if series.aggregation != Aggregation::Ratio {
            // The term of a ratio is completed as well, published or not: ratio times denominator gives it away otherwise.
            let small = too_small(series, measures, &told[number]);
            hidden[number] = map.complete(period, series, &earlier[number], &told[number], &small, deadline)?;
        }
    }
    // Hiding more only leaves more open: neither step undoes what the other did.
    let outsider = outsider::Outsider::new(&map, all, (period, measures), identities, &hidden, &told, deadline)?;
    let complete = |number: usize, mut small: BTreeSet<Place>| {
        small.extend(hidden[number].iter().cloned());
        hidden[number] = map.complete(period, &all[number], &earlier[number], &told[number], &small, deadline)?;
        Ok(hidden[number].clone())
    };
    outsider.protect(complete, deadline)?;
    let mut decided: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    for (number, series) in all.iter().enumerate().filter(|(_, series)| series.published) {
        if let Some((numerator, denominator)) = &series.terms {
            let mut small = too_small(series, measures, &told[number]);
            for (term, _) in all.iter().enumerate().filter(|(_, one)| one.code == *numerator || one.code == *denominator) {
                small.extend(hidden[term].iter().cloned());
            }
            // Where nobody reported one of its terms there is no ratio: that is absent, and says nothing of the other term.
            let is_reported = |term: &String, place: &Place| {
                let term = all.iter().find(|one| one.code == *term);
                term.and_then(|term| term.figures.get(place)).is_none_or(|figure| figure.value.is_some())
            };
            small.retain(|place| series.figures.get(place).is_some_and(|figure| figure.measures > 0));
            small.retain(|place| is_reported(numerator, place) && is_reported(denominator, place));
            // A ratio does not add up, but the number of measures under it does.
            hidden[number] = map.complete(period, series, &series.earlier, &told[number], &small, deadline)?;
        }
        decided.insert(series.code.clone(), hidden[number].clone());
    }
    Ok(decided)
}

/// The places hidden for their own sake, and those that a version withheld before and that have not changed since.
fn too_small(series: &Series, measures: i32, told: &BTreeSet<Place>) -> BTreeSet<Place> {
    let thresholds = Thresholds { measures, persons: series.persons };
    series
        .figures
        .iter()
        .filter(|(place, figure)| {
            thresholds.hide(figure.value, figure.measures)
                || (series.versions.kept_back(place, figure, series.has_counted_persons) && !told.contains(*place))
        })
        .map(|(place, _)| place.clone())
        .collect()
}

/// The places whose value a version published before gives. Of a term that is not published, it follows where ratio and other term were given.
fn told(series: &Series, all: &[Series]) -> BTreeSet<Place> {
    let direct = |of: &Series| -> BTreeSet<Place> {
        of.figures.iter().filter(|(place, now)| of.versions.told(place, now)).map(|(place, _)| place.clone()).collect()
    };
    if series.published {
        return direct(series);
    }
    let mut found = BTreeSet::new();
    for (ratio, other) in ratios_of(series, all) {
        if let Some(other) = all.iter().find(|one| one.code == *other && one.published) {
            found.extend(direct(ratio).intersection(&direct(other)).cloned());
        }
    }
    found
}

/// What other periods say of a series. Of a term that is not published, what its ratios say there: where one is shown, the term may follow.
fn said_of(series: &Series, all: &[Series]) -> BTreeMap<Period, BTreeMap<Place, Earlier>> {
    let mut said = series.earlier.clone();
    if series.published {
        return said;
    }
    for (ratio, _) in ratios_of(series, all) {
        for (period, cells) in &ratio.earlier {
            let own = said.entry(*period).or_default();
            for (place, word) in cells {
                // Two ratios of one term: shown in one is shown.
                if *word == Earlier::Shown || !own.contains_key(place) {
                    own.insert(place.clone(), *word);
                }
            }
        }
    }
    said
}

/// The published ratios of which a series is a term, each with the code of its other term.
fn ratios_of<'a>(series: &'a Series, all: &'a [Series]) -> impl Iterator<Item = (&'a Series, &'a String)> {
    all.iter().filter(|one| one.published).filter_map(move |one| match &one.terms {
        Some((above, below)) if *above == series.code => Some((one, below)),
        Some((above, below)) if *below == series.code => Some((one, above)),
        Some(_) | None => None,
    })
}

/// The territories as places in a list, and which add up to which.
struct Map {
    places: Vec<Place>,
    index: BTreeMap<Place, usize>,
    /// A whole and its parts.
    sums: Vec<(usize, Vec<usize>)>,
    /// The same, and what follows from them: the nation by departments, a zone by the regions in it, a region by the zones in it.
    wholes: Vec<(usize, Vec<usize>)>,
    /// Of each place the parts of it to go down to, by zones first and by regions first. Never up again, where two places are the same.
    below: [Vec<Vec<usize>>; 2],
}

impl Map {
    fn of(territories: &Territories) -> Self {
        let nation = (RollupAxis::National, "FR".to_owned());
        let mut places = vec![nation.clone()];
        let zones: Vec<Place> = territories.zones().map(|zone| (RollupAxis::DefenceZone, zone.code.to_string())).collect();
        let regions: Vec<Place> = territories.regions().map(|region| (RollupAxis::Region, region.code.to_string())).collect();
        let department = |code: &dyn std::fmt::Display| (RollupAxis::Department, code.to_string());
        places.extend(zones.iter().cloned());
        places.extend(regions.iter().cloned());
        places.extend(territories.departments().map(|row| department(&row.code)));
        let index: BTreeMap<Place, usize> = places.iter().cloned().enumerate().map(|(place, name)| (name, place)).collect();
        let at = |place: &Place| index.get(place).copied();
        let numbers = |list: &[Place]| list.iter().filter_map(at).collect::<Vec<usize>>();
        let mut sums = vec![(0, numbers(&zones)), (0, numbers(&regions))];
        for zone in territories.zones() {
            let parts: Vec<Place> = territories.departments_of_zone(&zone.code).map(|code| department(&code)).collect();
            sums.extend(at(&(RollupAxis::DefenceZone, zone.code.to_string())).map(|whole| (whole, numbers(&parts))));
        }
        for region in territories.regions() {
            let parts: Vec<Place> = territories.departments_of_region(&region.code).map(|code| department(&code)).collect();
            sums.extend(at(&(RollupAxis::Region, region.code.to_string())).map(|whole| (whole, numbers(&parts))));
        }
        let mut wholes = sums.clone();
        wholes.push((0, (1 + zones.len() + regions.len()..places.len()).collect()));
        for (whole, parts) in &sums[2..] {
            let (mut mixed, mut left) = (Vec::new(), parts.clone());
            for (inner, within) in sums[2..].iter().filter(|(inner, _)| places[*inner].0 != places[*whole].0) {
                if !within.is_empty() && within.iter().all(|part| left.contains(part)) {
                    left.retain(|part| !within.contains(part));
                    mixed.push(*inner);
                }
            }
            if !mixed.is_empty() {
                wholes.push((*whole, mixed.into_iter().chain(left).collect()));
            }
        }
        let mut below = [numbers(&zones), numbers(&regions)].map(|parts| {
            let mut below = vec![Vec::new(); places.len()];
            below[0] = parts;
            below
        });
        for (below, axis) in below.iter_mut().zip([RollupAxis::DefenceZone, RollupAxis::Region]) {
            for (number, (whole, parts)) in wholes.iter().enumerate().filter(|(_, (whole, _))| *whole != 0) {
                // Those that hold zones or regions come last.
                if number < sums.len() || places[*whole].0 == axis {
                    below[*whole].clone_from(parts);
                }
            }
        }
        Self { places, index, sums, wholes, below }
    }

    /// Hides what is too small, and what would give it away. What an older version told hides nothing, and is hidden for nobody else's sake.
    fn complete(
        &self,
        period: Period,
        series: &Series,
        earlier: &BTreeMap<Period, BTreeMap<Place, Earlier>>,
        told: &BTreeSet<Place>,
        small: &BTreeSet<Place>,
        deadline: Deadline,
    ) -> Result<BTreeSet<Place>, PastDeadline> {
        let over_time = series.aggregation != Aggregation::Latest;
        let earlier: Vec<(&Period, &BTreeMap<Place, Earlier>)> = if over_time { earlier.iter().collect() } else { Vec::new() };
        let mut cells: BTreeMap<CellId, Knowledge> = BTreeMap::new();
        for (territory, place) in self.places.iter().enumerate() {
            let known = match series.figures.get(place) {
                _ if told.contains(place) => Knowledge::Shown { weight: 0, level: level(place.0), empty: true },
                _ if small.contains(place) => Knowledge::Hidden,
                Some(Figure { value: Some(value), measures }) => {
                    // What is withheld of another period hides this one's neighbours, and is hidden by it: the sum of both can be shown.
                    let is_withheld_elsewhere = earlier.iter().any(|(_, said)| said.get(place) == Some(&Earlier::Withheld));
                    let weight = if is_withheld_elsewhere { 0 } else { i64::from(*measures) };
                    // A nought is hidden when nothing else is left: one that is shown tells that its whole is its neighbour.
                    let level = level(place.0) + if *value == 0.0 { NOUGHT } else { 0 };
                    Knowledge::Shown { weight, level, empty: false }
                }
                Some(Figure { value: None, .. }) | None => Knowledge::Shown { weight: 0, level: level(place.0), empty: true },
            };
            cells.insert(CellId { period: 0, territory }, known);
        }
        for (number, (_, published)) in earlier.iter().enumerate() {
            for (place, said) in *published {
                let Some(territory) = self.index.get(place) else { continue };
                let known = match said {
                    Earlier::Withheld => Knowledge::Hidden,
                    Earlier::Unpublished => Knowledge::Unknown,
                    Earlier::Shown => Knowledge::Shown { weight: 0, level: level(place.0), empty: false },
                };
                cells.insert(CellId { period: number + 1, territory: *territory }, known);
            }
        }
        let periods: Vec<Period> = std::iter::once(period).chain(earlier.iter().map(|(period, _)| **period)).collect();
        let sums = self.sums_over(&periods, &cells);
        let hidden = complete(cells, &sums, deadline)?;
        let besides = hidden.into_iter().filter_map(|cell| self.places.get(cell.territory).cloned());
        Ok(small.iter().cloned().chain(besides).collect())
    }

    /// Every sum that holds among known cells: over territories in each period, and over periods in each territory.
    fn sums_over(&self, periods: &[Period], cells: &BTreeMap<CellId, Knowledge>) -> Vec<Sum> {
        let mut sums: Vec<Sum> = Vec::new();
        for number in 0..periods.len() {
            let cell = |territory: &usize| CellId { period: number, territory: *territory };
            sums.extend(self.sums.iter().map(|(whole, parts)| (cell(whole), parts.iter().map(cell).collect())));
        }
        for (whole, parts) in decompositions(periods) {
            for territory in 0..self.places.len() {
                let cell = |period: usize| CellId { period, territory };
                sums.push((cell(whole), parts.iter().map(|part| cell(*part)).collect()));
            }
        }
        // A cell that an earlier publication does not have at all is neither shown nor withheld: its sums say nothing.
        sums.retain(|(whole, parts)| cells.contains_key(whole) && parts.iter().all(|part| cells.contains_key(part)));
        sums
    }
}

/// Behind the levels of all territories.
const NOUGHT: u8 = 4;

/// Finer territories are hidden before coarser ones.
fn level(axis: RollupAxis) -> u8 {
    match axis {
        RollupAxis::Department => 0,
        RollupAxis::Region => 1,
        RollupAxis::DefenceZone => 2,
        RollupAxis::National | RollupAxis::Sector | RollupAxis::Service | RollupAxis::Parquet | RollupAxis::Authority => 3,
    }
}

/// Which of these periods are sums of others among them, in every way that leaves none out.
fn decompositions(periods: &[Period]) -> Vec<(usize, Vec<usize>)> {
    let at = |period: &Period| periods.iter().position(|other| other == period);
    let halves = |period: &Period| -> Option<[Period; 2]> {
        let finer = match period.granularity() {
            Granularity::Year => Granularity::Semester,
            Granularity::Semester => Granularity::Quarter,
            Granularity::Quarter | Granularity::Month | Granularity::Fortnight => return None,
        };
        Some([Period::of(period.first_day(), finer).ok()?, Period::of(period.last_day(), finer).ok()?])
    };
    // The ways to make a period of published ones: itself, or its halves, each in every way.
    fn ways(
        period: &Period,
        at: &impl Fn(&Period) -> Option<usize>,
        halves: &impl Fn(&Period) -> Option<[Period; 2]>,
    ) -> Vec<Vec<usize>> {
        let mut found: Vec<Vec<usize>> = at(period).map(|index| vec![index]).into_iter().collect();
        if let Some([first, second]) = halves(period) {
            for one in ways(&first, at, halves) {
                for two in ways(&second, at, halves) {
                    found.push(one.iter().chain(&two).copied().collect());
                }
            }
        }
        found
    }
    let mut all = Vec::new();
    for (index, period) in periods.iter().enumerate() {
        for way in ways(period, &at, &halves) {
            if way != [index] {
                all.push((index, way));
            }
        }
    }
    all
}

#[cfg(test)]
#[path = "publication_tests.rs"]
mod tests;
