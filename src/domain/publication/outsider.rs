//! What an outsider can write down of all that was ever published of a year: every figure that a version showed or withheld, the sums over
//! territories and periods, the identities between indicators, the ratios, and that figures are not negative. From it follows which more
//! cells of the new publication must be hidden. The solving is [`bounds`](crate::domain::bounds)'s.
//!
//! A figure that was corrected between two versions is two quantities, of two states of the world; one that was not is the same quantity in
//! both. Whoever reads them is taken to know which is which. A relation is written down where it is true of the figures themselves. What
//! differences of figures tell of what nobody published is [`remainders`](super::remainders)'.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::remainders::{Remainder, Subtraction};
use super::{Figure, Identity, Map, Place, Series, Stated, decompositions, level};
use crate::domain::bounds::{Need, Quantity, Relation, Sight, System};
use crate::domain::deadline::{Deadline, PastDeadline};
use crate::domain::period::Period;
use crate::domain::suppression::Thresholds;
use crate::domain::vocabulary::{Aggregation, Granularity};

/// The version that is being decided on.
const NOW: i32 = i32::MAX;
/// The version of figures that are not published.
pub(super) const LIVE: i32 = 0;
/// So many ways to put a period together from states of its parts are looked at; figures corrected more often than that are rare.
const WAYS: usize = 4_096;

/// One figure in one state of the world.
pub(super) struct State {
    pub(super) series: usize,
    pub(super) period: Period,
    place: usize,
    /// What adds up, in ten-thousandths: the value, or of an average the sum behind it.
    pub(super) amount: i128,
    /// The fewest measures that it was said to rest on.
    pub(super) measures: i32,
    known: bool,
    /// Known, if only some day: nothing is reported there, in a period that is not published.
    foreseen: bool,
    /// Whether it may be hidden still.
    hideable: bool,
    /// Withheld by a version that is published.
    withheld: bool,
    value: f64,
}

impl State {
    pub(super) fn tell(&mut self) {
        (self.known, self.foreseen) = (true, false);
    }

    /// Whether everybody knows it today.
    pub(super) fn is_told(&self) -> bool {
        self.known && !self.foreseen
    }

    /// Whether nobody is told what it is.
    pub(super) fn is_open(&self) -> bool {
        !self.known && !self.hideable
    }
}

/// The states that one version says of one indicator, by place.
pub(super) type World = Vec<Option<usize>>;

/// All that can be written down.
pub(super) struct Outsider<'a> {
    pub(super) map: &'a Map,
    pub(super) all: &'a [Series],
    period: Period,
    /// The fewest measures that a figure rests on which is shown.
    pub(super) threshold: i32,
    pub(super) states: Vec<State>,
    pub(super) names: HashMap<(usize, Period, usize, i128), usize>,
    pub(super) worlds: BTreeMap<(usize, Period, i32), World>,
    pub(super) relations: Vec<Relation>,
    pub(super) subtraction: Subtraction,
    written: BTreeSet<(Vec<(usize, i64)>, bool)>,
}

impl<'a> Outsider<'a> {
    /// Writes everything down. `hidden` and `told`: of each series, what is hidden so far, and what was given away before.
    pub(super) fn new(
        map: &'a Map,
        all: &'a [Series],
        (period, threshold): (Period, i32),
        identities: &[Identity],
        hidden: &[BTreeSet<Place>],
        told: &[BTreeSet<Place>],
        deadline: Deadline,
    ) -> Result<Self, PastDeadline> {
        let (states, names, worlds) = (Vec::new(), HashMap::new(), BTreeMap::new());
        let (relations, subtraction, written) = (Vec::new(), Subtraction::default(), BTreeSet::new());
        let mut outsider = Self { map, all, period, threshold, states, names, worlds, relations, subtraction, written };
        for (number, series) in all.iter().enumerate() {
            if series.aggregation == Aggregation::Ratio {
                continue;
            }
            for ((period, version), said) in &series.worlds {
                deadline.check()?;
                outsider.read(number, *period, *version, said);
            }
            let now = series.figures.iter().map(|(place, figure)| {
                let shown = hidden.get(number).is_none_or(|hidden| !hidden.contains(place));
                (place.clone(), Stated { figure: *figure, shown })
            });
            outsider.read(number, period, NOW, &now.collect());
            for place in told.get(number).into_iter().flatten() {
                if let Some(state) = outsider.state_now(number, place) {
                    outsider.states[state].tell();
                }
            }
        }
        outsider.know_terms();
        outsider.add_up(deadline)?;
        outsider.identify(identities, deadline)?;
        outsider.divide();
        outsider.subtraction = Subtraction::of(&outsider, identities);
        outsider.relate_remainders(deadline)?;
        Ok(outsider)
    }

    /// Hides what must be hidden of the new publication besides. `complete`: what is then hidden of a series when these cells of it are, too.
    pub(super) fn protect(
        mut self,
        mut complete: impl FnMut(usize, BTreeSet<Place>) -> Result<BTreeSet<Place>, PastDeadline>,
        deadline: Deadline,
    ) -> Result<(), PastDeadline> {
        let mut needs: Vec<(usize, Need)> =
            self.states.iter().enumerate().filter_map(|(index, state)| Some((index, self.need(state)?))).collect();
        // Finer territories first: what is hidden for their sake often serves the wider ones.
        needs.sort_by_key(|(index, _)| std::cmp::Reverse(self.states[*index].place));
        let mut system = System::new(self.quantities(), self.relations.clone(), deadline);
        self.meet(&mut system, needs, &mut complete, deadline)?;
        // What will follow some day, when other periods are published, need not follow today.
        let unmet = system.unmet();
        if self.states.iter().any(|state| state.foreseen) && !unmet.is_empty() {
            for state in self.states.iter_mut().filter(|state| state.foreseen) {
                (state.known, state.foreseen) = (false, false);
            }
            let mut today = System::new(self.quantities(), self.relations.clone(), deadline);
            let again =
                |(index, need)| (if index < self.states.len() { index } else { today.combine(system.terms(index)) }, need);
            let needs = unmet.into_iter().map(again).collect();
            self.meet(&mut today, needs, &mut complete, deadline)?;
        }
        Ok(())
    }

    /// Hides until needs are met, and those that come with what is hidden.
    fn meet(
        &mut self,
        system: &mut System,
        mut needs: Vec<(usize, Need)>,
        complete: &mut impl FnMut(usize, BTreeSet<Place>) -> Result<BTreeSet<Place>, PastDeadline>,
        deadline: Deadline,
    ) -> Result<(), PastDeadline> {
        loop {
            // What figures leave over often moves with them already.
            for remainder in self.subtract(deadline)? {
                if let Some(need) = self.need_of(&remainder) {
                    let factor = |by: i64| if by < 0 { -1.0 } else { 1.0 };
                    needs.push((system.combine(remainder.terms.iter().map(|(state, by)| (*state, factor(*by))).collect()), need));
                }
            }
            let mut more: BTreeMap<usize, BTreeSet<Place>> = BTreeMap::new();
            for index in system.protect(&needs)? {
                let state = &self.states[index];
                more.entry(state.series).or_default().extend(self.map.places.get(state.place).cloned());
            }
            if more.is_empty() {
                return Ok(());
            }
            // What is hidden now is no longer taken away from what it is part of: more is left over together.
            for (series, places) in more {
                for place in complete(series, places)? {
                    if let Some(state) = self.state_now(series, &place).filter(|state| self.states[*state].hideable) {
                        self.states[state].hideable = false;
                        system.hide(state);
                    }
                }
            }
            needs.clear();
        }
    }

    #[allow(clippy::cast_precision_loss)] // Amounts are far below 2^53 but for sums of money, of which the last cent does not matter here.
    fn quantities(&self) -> Vec<Quantity> {
        let withheld: HashSet<(usize, usize)> =
            self.states.iter().filter(|state| state.withheld).map(|state| (state.series, state.place)).collect();
        let sight = |state: &State| match (state.known, state.hideable) {
            (true, _) => Sight::Known,
            (false, false) => Sight::Hidden,
            (false, true) => {
                let axis = self.map.places.get(state.place).map_or(0, |(axis, _)| level(*axis));
                // The nation is hidden when nothing else is left.
                let axis = if axis > 2 { 12 } else { axis };
                let empty = if state.amount == 0 { 16.0 } else { 0.0 };
                // What is withheld of another period costs less to hide: the sum of both can be shown.
                let share = if withheld.contains(&(state.series, state.place)) { 0.25 } else { 1.0 };
                Sight::Hideable(share * (1.0 + 8.0 * f64::from(axis) + empty + f64::from(state.measures.max(0)).ln_1p()))
            }
        };
        let quantity = |state: &State| Quantity { truth: scaled(state.amount).max(0.0), sight: sight(state) };
        self.states.iter().map(quantity).collect()
    }

    /// How free a hidden figure must stay. Of 1 to 4 persons, the whole of 1 to 4; of what rests on few measures, a tenth of it (house).
    fn need(&self, state: &State) -> Option<Need> {
        if state.known || state.hideable || state.amount <= 0 {
            return None;
        }
        let series = &self.all[state.series];
        let persons = series.persons || (state.withheld && series.has_counted_persons);
        need(persons, series.whole, scaled(state.amount), state.value, state.measures < self.threshold)
    }

    /// The same of what figures leave over. Where it follows from what may still be hidden, too.
    fn need_of(&self, remainder: &Remainder) -> Option<Need> {
        let series = &self.all[remainder.series];
        let truth = scaled(remainder.amount);
        let was_hidden = || remainder.terms.iter().any(|(state, _)| self.states[*state].withheld);
        let persons = series.persons || (series.has_counted_persons && was_hidden());
        let measures = remainder.measures.filter(|measures| *measures > 0);
        let value = match measures {
            Some(measures) if series.aggregation == Aggregation::Average => truth / f64::from(measures),
            _ => truth,
        };
        need(persons, series.whole, truth, value, measures.is_some_and(|measures| measures < self.threshold))
    }

    fn read(&mut self, series: usize, period: Period, version: i32, said: &BTreeMap<Place, Stated>) {
        let mut world: World = vec![None; self.map.places.len()];
        let aggregation = self.all[series].aggregation;
        for (place, Stated { figure, shown }) in said {
            let Some(place) = self.map.index.get(place) else { continue };
            let amount = amount(aggregation, figure);
            let state = *self.names.entry((series, period, *place, amount)).or_insert_with(|| {
                self.states.push(State {
                    series,
                    period,
                    place: *place,
                    amount,
                    measures: figure.measures,
                    known: false,
                    foreseen: false,
                    hideable: false,
                    withheld: false,
                    value: figure.value.unwrap_or_default(),
                });
                self.states.len() - 1
            });
            let found = &mut self.states[state];
            found.measures = found.measures.min(figure.measures);
            if version == NOW {
                // What nobody reported is never hidden, and what is shown now may be hidden instead.
                found.hideable = *shown && figure.value.is_some();
                if *shown && figure.value.is_none() {
                    found.tell();
                }
            } else if *shown && version != LIVE {
                found.tell();
            } else if *shown && !found.known {
                (found.known, found.foreseen) = (true, true);
            } else {
                found.withheld |= !*shown && version != LIVE;
            }
            world[*place] = Some(state);
        }
        self.worlds.insert((series, period, version), world);
    }

    fn state_now(&self, series: usize, place: &Place) -> Option<usize> {
        let place = self.map.index.get(place)?;
        *self.worlds.get(&(series, self.period, NOW))?.get(*place)?
    }

    /// What a version says of a series; of one that is not published, what is so now.
    pub(super) fn world(&self, series: usize, period: Period, version: i32) -> Option<&World> {
        let now = if period == self.period { NOW } else { LIVE };
        let found = self.worlds.get(&(series, period, version));
        found.or_else(|| self.worlds.get(&(series, period, now)).filter(|_| !self.all[series].published))
    }

    pub(super) fn number(&self, code: &str) -> Option<usize> {
        self.all.iter().position(|series| series.code == code)
    }

    /// Sums over territories in each version, and over periods in each territory.
    fn add_up(&mut self, deadline: Deadline) -> Result<(), PastDeadline> {
        let map = self.map;
        let worlds: Vec<((usize, Period, i32), World)> = self.worlds.iter().map(|(key, world)| (*key, world.clone())).collect();
        for ((series, _, _), world) in &worlds {
            deadline.check()?;
            for (whole, parts) in &map.sums {
                let parts: Option<Vec<usize>> = parts.iter().map(|part| world[*part]).collect();
                if let (Some(whole), Some(parts)) = (world[*whole], parts) {
                    self.sum(*series, whole, &parts);
                }
            }
        }
        for (number, series) in self.all.iter().enumerate() {
            if matches!(series.aggregation, Aggregation::Ratio | Aggregation::Maximum) {
                continue;
            }
            let mut by_period: BTreeMap<Period, Vec<BTreeSet<usize>>> = BTreeMap::new();
            for ((_, period, _), world) in worlds.iter().filter(|((series, _, _), _)| *series == number) {
                let states = by_period.entry(*period).or_insert_with(|| vec![BTreeSet::new(); map.places.len()]);
                for (place, state) in world.iter().enumerate() {
                    states[place].extend(state);
                }
            }
            let periods: Vec<Period> = by_period.keys().copied().collect();
            let by_period: Vec<Vec<BTreeSet<usize>>> = by_period.into_values().collect();
            if series.aggregation == Aggregation::Latest {
                self.last_values(&periods, &by_period, deadline)?;
                continue;
            }
            for (whole, parts) in decompositions(&periods) {
                deadline.check()?;
                for (place, wholes) in by_period[whole].iter().enumerate() {
                    let parts: Vec<&BTreeSet<usize>> = parts.iter().map(|part| &by_period[*part][place]).collect();
                    for way in ways(&parts) {
                        if self.is_implied(&way, number, place) {
                            continue;
                        }
                        for whole in wholes {
                            self.sum(number, *whole, &way);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Last values do not add up over time. Where everybody reported again, that of a longer period is that of the shorter one at its end; else it
    /// holds what was reported before as well.
    fn last_values(&mut self, periods: &[Period], said: &[Vec<BTreeSet<usize>>], deadline: Deadline) -> Result<(), PastDeadline> {
        for (longer, wholes) in periods.iter().zip(said) {
            let ends_with = |shorter: &&Period| longer.encloses(**shorter) && longer.last_day() == shorter.last_day();
            for (_, parts) in periods.iter().zip(said).filter(|(shorter, _)| ends_with(shorter) && *shorter != longer) {
                deadline.check()?;
                for (wholes, parts) in wholes.iter().zip(parts) {
                    for (whole, part) in wholes.iter().flat_map(|whole| parts.iter().map(move |part| (*whole, *part))) {
                        self.bound(whole, &[part], true);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether two of the parts are the halves of a period that stands among the figures with just their sum: then that one is written down, and
    /// the sum with it in their place, and this one follows.
    fn is_implied(&self, parts: &[usize], series: usize, place: usize) -> bool {
        parts.len() > 2
            && parts.windows(2).any(|pair| {
                let [first, second] = [pair[0], pair[1]].map(|part| &self.states[part]);
                let whole = halves_of(first.period, second.period);
                whole.is_some_and(|whole| self.names.contains_key(&(series, whole, place, first.amount + second.amount)))
            })
    }

    /// Writes a sum down, if it is one; of a maximum, that no part is above the whole.
    fn sum(&mut self, series: usize, whole: usize, parts: &[usize]) {
        if self.all[series].aggregation == Aggregation::Maximum {
            for part in parts {
                self.bound(whole, std::slice::from_ref(part), false);
            }
            return;
        }
        let left = self.states[whole].amount - parts.iter().map(|part| self.states[*part].amount).sum::<i128>();
        // Values come as floating-point numbers: beyond 2^53 their last digits are lost.
        if left.abs() <= 1 + self.states[whole].amount.abs() / 1_000_000_000_000 {
            self.write(whole, parts, None);
        }
    }

    /// Writes down that the whole is not below the sum of its parts, and if that is all there is to it, that it is the sum.
    fn bound(&mut self, whole: usize, parts: &[usize], complete: bool) {
        let left = self.states[whole].amount - parts.iter().map(|part| self.states[*part].amount).sum::<i128>();
        if left == 0 && complete {
            self.write(whole, parts, None);
        } else if left >= 0 {
            self.write(whole, parts, Some(scaled(left)));
        }
    }

    fn write(&mut self, whole: usize, parts: &[usize], spare: Option<f64>) {
        let mut terms: Vec<(usize, i64)> = parts.iter().map(|part| (*part, -1)).chain([(whole, 1)]).collect();
        terms.sort_unstable();
        if terms.windows(2).all(|pair| pair[0].0 != pair[1].0) {
            self.write_terms(terms, spare);
        }
    }

    /// Writes down that what figures leave over does not change, or how far it may fall, in ten-thousandths.
    pub(super) fn relate(&mut self, terms: Vec<(usize, i64)>, spare: Option<i128>) {
        self.write_terms(terms, spare.map(scaled));
    }

    fn write_terms(&mut self, terms: Vec<(usize, i64)>, spare: Option<f64>) {
        if terms.iter().any(|(state, _)| !self.states[*state].is_told()) && self.written.insert((terms.clone(), spare.is_none()))
        {
            #[allow(clippy::cast_precision_loss)] // One or two.
            let terms = terms.into_iter().map(|(index, by)| (index, by as f64)).collect();
            self.relations.push(Relation { terms, spare });
        }
    }

    /// The identities between indicators, in every version.
    fn identify(&mut self, identities: &[Identity], deadline: Deadline) -> Result<(), PastDeadline> {
        let versions: BTreeSet<(Period, i32)> = self.worlds.keys().map(|(_, period, version)| (*period, *version)).collect();
        for identity in identities {
            let found: Vec<usize> = identity.parts.iter().filter_map(|code| self.number(code)).collect();
            let Some(whole) = self.number(&identity.whole) else { continue };
            let adds_up = |series: &usize| self.all[*series].aggregation == Aggregation::Sum;
            if found.is_empty() || !adds_up(&whole) || !found.iter().all(adds_up) {
                continue;
            }
            for (period, version) in &versions {
                deadline.check()?;
                let Some(wholes) = self.world(whole, *period, *version).cloned() else { continue };
                let parts: Vec<World> = found.iter().filter_map(|part| self.world(*part, *period, *version).cloned()).collect();
                let complete = identity.complete && parts.len() == identity.parts.len();
                for (place, whole) in wholes.iter().enumerate() {
                    let states: Vec<usize> = parts.iter().filter_map(|world| world[place]).collect();
                    if let Some(whole) = whole.filter(|_| !states.is_empty()) {
                        self.bound(whole, &states, complete && states.len() == parts.len());
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a number must be free to do. `amount` is what adds up, `value` what is shown of it.
fn need(persons: bool, whole: bool, amount: f64, value: f64, rests_on_few: bool) -> Option<Need> {
    if amount <= 0.0 {
        return None;
    }
    if (Thresholds { measures: 0, persons }).hide(Some(value), 0) {
        // An average is as small as its sum divided by the number of measures, which is taken to be known.
        let times = if value > 0.0 { amount / value } else { 1.0 };
        return Some(Need::Range { fall: (amount - times).max(0.0), rise: (4.0 * times - amount).max(0.0) });
    }
    let width = if whole { (amount / 10.0).max(1.0) } else { amount / 10.0 };
    rests_on_few.then_some(Need::Width(width))
}

/// The period of which these are the two halves, in order.
fn halves_of(first: Period, second: Period) -> Option<Period> {
    let longer = match first.granularity() {
        Granularity::Quarter => Granularity::Semester,
        Granularity::Semester => Granularity::Year,
        Granularity::Year | Granularity::Month | Granularity::Fortnight => return None,
    };
    let whole = Period::of(first.first_day(), longer).ok()?;
    let is_whole = first.granularity() == second.granularity()
        && whole.first_day() == first.first_day()
        && whole.last_day() == second.last_day();
    is_whole.then_some(whole)
}

/// What adds up of a figure, in ten-thousandths.
#[allow(clippy::cast_possible_truncation)] // Values come from exact ten-thousandths below 2^63.
fn amount(aggregation: Aggregation, figure: &Figure) -> i128 {
    let value = figure.value.unwrap_or_default();
    let times = if aggregation == Aggregation::Average { f64::from(figure.measures) } else { 1.0 };
    (value * times * 10_000.0).round() as i128
}

#[allow(clippy::cast_precision_loss)]
pub(super) fn scaled(amount: i128) -> f64 {
    amount as f64 / 10_000.0
}

/// Every way to take one state of each part.
fn ways(parts: &[&BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut ways = vec![Vec::new()];
    for part in parts {
        let longer = ways.iter().flat_map(|way: &Vec<usize>| part.iter().map(|state| [way.as_slice(), &[*state]].concat()));
        ways = longer.take(WAYS).collect();
    }
    ways
}
