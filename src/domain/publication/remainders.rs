//! What follows by subtraction: what a published figure leaves when others that are part of it are taken away, in time (a year less a quarter), over
//! territories (a region less the departments that are shown), between indicators (a total less its parts), and in all three ways at once. Nobody
//! published it, and it may count two persons all the same. Here remainders are found, from the figures of all versions; how free each must stay is
//! [`outsider`](super::outsider)'s to say. Not for periods that are published in part of the versions only: those are states there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Identity;
use super::outsider::{Outsider, State, World};
use crate::domain::deadline::{Deadline, PastDeadline};
use crate::domain::period::Period;
use crate::domain::vocabulary::{Aggregation, Granularity};

/// So many choices of versions are put together for one way to subtract periods. Past it each version stands beside the latest of the others.
const CHOICES: usize = 64;
/// Figures with their signs.
type Terms = Vec<(usize, i64)>;

/// A remainder of persons above this is not hidden.
const SMALL: i128 = 4 * 10_000;

/// What is left of a figure.
pub(super) struct Remainder {
    /// Figures with their signs.
    pub(super) terms: Vec<(usize, i64)>,
    /// What they come to, in ten-thousandths.
    pub(super) amount: i128,
    /// On how many measures it rests, where that can be said.
    pub(super) measures: Option<i32>,
    /// The indicator that says what it counts.
    pub(super) series: usize,
}

/// An indicator, or what is left of one without some of its parts.
struct Count {
    whole: usize,
    parts: Vec<usize>,
    /// The parts that are not taken away.
    others: Vec<usize>,
}

/// A period in one of its versions, or what is left of one without others.
#[derive(Clone)]
struct Span {
    whole: (Period, i32),
    parts: Vec<(Period, i32)>,
    /// The quarters that are left, and the period that they are, if they are one.
    quarters: u8,
    left: Option<Period>,
    /// Whether the parts end with the whole.
    is_latest_less: bool,
}

/// Spans that nothing is taken away from, with what they say.
type Figures<'a> = Vec<(&'a Span, Vec<Option<Left>>)>;

/// What is left at one place.
struct Left {
    terms: Vec<(usize, i64)>,
    amount: i128,
    measures: i32,
    is_open: bool,
}

/// All that can be taken away from something, and what was found to be left so far.
#[derive(Default)]
pub(super) struct Subtraction {
    counts: Vec<Count>,
    spans: Vec<Span>,
    found: Found,
}

impl Subtraction {
    pub(super) fn of(outsider: &Outsider<'_>, identities: &[Identity]) -> Self {
        Self { counts: outsider.counts(identities), spans: outsider.spans(), found: Found::default() }
    }
}

impl Outsider<'_> {
    /// Writes down of what remains: that it is not negative; that it is the same where it comes to the same in several ways, as it was not corrected in
    /// between; and that other versions of what it is part of are not below it.
    pub(super) fn relate_remainders(&mut self, deadline: Deadline) -> Result<(), PastDeadline> {
        let subtraction = std::mem::take(&mut self.subtraction);
        let related = self.relate_all(&subtraction, deadline);
        self.subtraction = subtraction;
        related
    }

    fn relate_all(&mut self, Subtraction { counts, spans, .. }: &Subtraction, deadline: Deadline) -> Result<(), PastDeadline> {
        // Written down span by span: all of them together would take much memory where many versions were corrected.
        let mut found: Vec<(Terms, Option<i128>)> = Vec::new();
        for count in counts {
            let mut ways: HashMap<(u8, usize, i128), Terms> = HashMap::new();
            let plain = spans.iter().filter(|span| span.parts.is_empty());
            let figures: Figures<'_> = plain.filter_map(|span| Some((span, self.lefts(count, span)?))).collect();
            let over_time = self.all[count.whole].aggregation != Aggregation::Latest;
            for span in spans.iter().filter(|span| !span.parts.is_empty() || !count.parts.is_empty()) {
                deadline.check()?;
                for (place, left) in self.lefts(count, span).into_iter().flatten().enumerate() {
                    let Some(left) = left else { continue };
                    // What only an indicator's parts are taken from is written down with the identities.
                    if !span.parts.is_empty() && left.amount >= 0 && self.is_least(count, span, place, &left, &figures) {
                        found.push((left.terms.clone(), Some(left.amount)));
                    }
                    // What should be a period that has figures of its own may be of different states.
                    if span.left.is_none() && over_time {
                        found.extend(other_versions(span, place, &left, &figures));
                    }
                    if span.parts.is_empty() || over_time {
                        let terms = self.in_short(span, place, left.terms);
                        let way = ways.entry((span.quarters, place, left.amount)).or_insert_with(|| terms.clone());
                        if *way != terms {
                            found.push((less(way, &terms), None));
                        }
                    }
                }
                for (terms, spare) in found.drain(..) {
                    self.relate(terms, spare);
                }
            }
        }
        Ok(())
    }

    /// Whether it is no figure, and still less is not left where another period is taken away as well, or another part: then that says more.
    fn is_least(&self, count: &Count, span: &Span, place: usize, left: &Left, figures: &Figures<'_>) -> bool {
        let period = |(other, lefts): &(&Span, Vec<Option<Left>>)| {
            let is_within = other.quarters != span.quarters && other.quarters & span.quarters == other.quarters;
            is_within && lefts[place].as_ref().is_some_and(|figure| figure.amount <= left.amount)
        };
        let part = |other: &usize| {
            let amount = self.amount_left(*other, span, place);
            amount.is_some_and(|amount| (0..=left.amount).contains(&amount))
        };
        !self.is_state(count, span, place, left) && !figures.iter().any(period) && !count.others.iter().any(part)
    }

    /// What is left of one indicator.
    fn amount_left(&self, series: usize, span: &Span, place: usize) -> Option<i128> {
        let amount = |(period, version): &(Period, i32)| {
            let state = (*self.world(series, *period, *version)?.get(place)?)?;
            Some(self.states[state].amount)
        };
        span.parts.iter().try_fold(amount(&span.whole)?, |left, part| Some(left - amount(part)?))
    }

    /// What is left at a place, with the figure that each indicator leaves in place of what it is left of, where there is such a figure: that one is
    /// the other is written down already.
    fn in_short(&self, span: &Span, place: usize, terms: Terms) -> Terms {
        let Some(period) = span.left.filter(|_| !span.parts.is_empty()) else { return terms };
        let mut by_series: BTreeMap<usize, (i64, i128, Terms)> = BTreeMap::new();
        for (index, by) in terms {
            let state = &self.states[index];
            let (sign, amount, own) = by_series.entry(state.series).or_insert((1, 0, Vec::new()));
            if state.period == span.whole.0 {
                *sign = by;
            }
            *amount += i128::from(by) * state.amount;
            own.push((index, by));
        }
        let short = by_series.into_iter().flat_map(|(series, (sign, amount, own))| {
            let figure = self.names.get(&(series, period, place, amount * i128::from(sign)));
            figure.map_or(own, |figure| vec![(*figure, sign)])
        });
        let mut short: Terms = short.collect();
        short.sort_unstable();
        short
    }

    /// Finds what remains; the next time, what remains besides since more was hidden.
    pub(super) fn subtract(&mut self, deadline: Deadline) -> Result<Vec<Remainder>, PastDeadline> {
        let Subtraction { counts, spans, mut found } = std::mem::take(&mut self.subtraction);
        for count in &counts {
            for span in &spans {
                deadline.check()?;
                let Some(lefts) = self.lefts(count, span) else { continue };
                let is_figure = count.parts.is_empty() && span.parts.is_empty();
                for (place, left) in lefts.iter().enumerate() {
                    let Some(left) = left.as_ref().filter(|_| !is_figure) else { continue };
                    if !self.is_state(count, span, place, left) {
                        found.add(self, count, left.terms.clone(), left.amount, left.measures);
                    }
                }
                self.left_over(count, &lefts, &mut found);
            }
        }
        let remainders = std::mem::take(&mut found.remainders);
        self.subtraction = Subtraction { counts, spans, found };
        Ok(remainders)
    }

    /// Of every whole the parts that are not shown, together; of those the ones that are small; and what is not shown of the parts in turn.
    fn left_over(&self, count: &Count, lefts: &[Option<Left>], found: &mut Found) {
        for (_, parts) in &self.map.wholes {
            let Some(parts) = parts.iter().map(|part| lefts[*part].as_ref()).collect::<Option<Vec<&Left>>>() else { continue };
            let open: Vec<&Left> = parts.iter().copied().filter(|part| part.is_open).collect();
            let small: Vec<&Left> = open.iter().copied().filter(|part| (0..=SMALL).contains(&part.amount)).collect();
            found.add_group(self, count, &open);
            found.add_group(self, count, &small);
        }
        for below in &self.map.below {
            for whole in (0..below.len()).filter(|whole| !below[*whole].is_empty()) {
                found.add_group(self, count, &left_below(whole, below, lefts));
            }
        }
    }

    /// Every indicator that adds up, and every whole of an identity without some of its parts.
    fn counts(&self, identities: &[Identity]) -> Vec<Count> {
        let adds_up = |number: &usize| {
            matches!(self.all[*number].aggregation, Aggregation::Sum | Aggregation::Average | Aggregation::Latest)
        };
        let plain = (0..self.all.len()).filter(adds_up).map(|whole| Count { whole, parts: Vec::new(), others: Vec::new() });
        let mut counts: Vec<Count> = plain.collect();
        let is_sum = |number: &usize| self.all[*number].aggregation == Aggregation::Sum;
        for identity in identities {
            let Some(whole) = self.number(&identity.whole).filter(is_sum) else { continue };
            let parts: Vec<usize> = identity.parts.iter().filter_map(|code| self.number(code)).filter(is_sum).collect();
            // Identities are few and short; of a longer one its parts are taken away one by one and all together.
            let subsets: Vec<Vec<usize>> = if parts.len() <= 6 {
                let within =
                    |bits: usize| (0..parts.len()).filter(|place| bits >> place & 1 == 1).map(|place| parts[place]).collect();
                (1..1_usize << parts.len()).map(within).collect()
            } else {
                parts.iter().map(|part| vec![*part]).chain([parts.clone()]).collect()
            };
            for subset in subsets {
                let others = parts.iter().copied().filter(|part| !subset.contains(part)).collect();
                counts.push(Count { whole, parts: subset, others });
            }
        }
        counts
    }

    /// Every version of every period that is published or as good as published, and what each leaves without others that lie in it.
    fn spans(&self) -> Vec<Span> {
        let mut versions: BTreeMap<Period, BTreeSet<i32>> = BTreeMap::new();
        for (series, period, version) in self.worlds.keys() {
            if self.all[*series].published {
                versions.entry(*period).or_default().insert(*version);
            }
        }
        let newest_first = |period: &Period| -> Vec<i32> { versions[period].iter().rev().copied().collect() };
        let whole = |period: Period, version: i32| Span {
            whole: (period, version),
            parts: Vec::new(),
            quarters: quarters(period).unwrap_or_default(),
            left: Some(period),
            is_latest_less: false,
        };
        let mut spans: Vec<Span> = Vec::new();
        for period in versions.keys() {
            spans.extend(newest_first(period).into_iter().map(|version| whole(*period, version)));
        }
        let published: Vec<(Period, u8)> = versions.keys().filter_map(|period| Some((*period, quarters(*period)?))).collect();
        for (period, mask) in &published {
            let inside: Vec<(Period, u8)> =
                published.iter().filter(|(other, of)| other != period && of & mask == *of).copied().collect();
            // At most six.
            for bits in 1_u32..1 << inside.len() {
                let parts: Vec<(Period, u8)> =
                    inside.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, part)| *part).collect();
                let covered = parts.iter().try_fold(0_u8, |covered, (_, of)| (covered & of == 0).then_some(covered | of));
                let Some(left) = covered.map(|covered| mask & !covered).filter(|left| *left != 0) else { continue };
                let named = published_or_not(*period, left);
                let is_latest_less = parts.len() == 1 && parts[0].1.leading_zeros() == mask.leading_zeros();
                let every: Vec<Vec<i32>> =
                    std::iter::once(period).chain(parts.iter().map(|(part, _)| part)).map(newest_first).collect();
                for choice in choices(&every) {
                    let of = parts.iter().map(|(part, _)| *part).zip(choice[1..].iter().copied()).collect();
                    spans.push(Span { whole: (*period, choice[0]), parts: of, quarters: left, left: named, is_latest_less });
                }
            }
        }
        spans
    }

    /// What is left at every place; none where one of the figures was not said at all.
    fn lefts(&self, count: &Count, span: &Span) -> Option<Vec<Option<Left>>> {
        if self.all[count.whole].aggregation == Aggregation::Latest && !span.parts.is_empty() && !span.is_latest_less {
            return None;
        }
        let mut worlds: Vec<(&World, i64)> = Vec::new();
        for (series, sign) in std::iter::once((count.whole, 1)).chain(count.parts.iter().map(|part| (*part, -1))) {
            worlds.push((self.world(series, span.whole.0, span.whole.1)?, sign));
            for (period, version) in &span.parts {
                worlds.push((self.world(series, *period, *version)?, -sign));
            }
        }
        let at = |place: usize| {
            let (mut terms, mut amount, mut measures, mut is_open) = (Vec::new(), 0, 0_i32, false);
            for (world, sign) in &worlds {
                let index = world.get(place).copied().flatten()?;
                let State { amount: own, measures: of, .. } = &self.states[index];
                amount += i128::from(*sign) * own;
                measures = if *sign > 0 { measures.saturating_add(*of) } else { measures.saturating_sub(*of) };
                is_open |= self.states[index].is_open();
                terms.push((index, *sign));
            }
            terms.sort_unstable();
            Some(Left { terms, amount, measures, is_open })
        };
        Some((0..self.map.places.len()).map(at).collect())
    }

    /// Whether what is left is a figure that is published besides, the same: then the sum says all.
    fn is_state(&self, count: &Count, span: &Span, place: usize, left: &Left) -> bool {
        count.parts.is_empty()
            && self.all[count.whole].aggregation != Aggregation::Latest
            && span.left.is_some_and(|period| self.names.contains_key(&(count.whole, period, place, left.amount)))
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    remainders: Vec<Remainder>,
    seen: HashSet<Vec<(usize, i64)>>,
}

impl Found {
    /// Whether it could be small enough to be hidden.
    fn may_need(&self, outsider: &Outsider<'_>, count: &Count, amount: i128, measures: i32) -> bool {
        let series = &outsider.all[count.whole];
        let of_persons =
            (series.persons || series.has_counted_persons) && (amount <= SMALL || series.aggregation == Aggregation::Average);
        // Measures of different indicators are not parts of one another.
        amount > 0 && (of_persons || (count.parts.is_empty() && measures < outsider.threshold))
    }

    /// Adds what is left at several places together.
    fn add_group(&mut self, outsider: &Outsider<'_>, count: &Count, group: &[&Left]) {
        // Less than nothing: figures of different states, of which nobody can make anything.
        if group.len() < 2 || group.iter().any(|left| left.amount < 0) {
            return;
        }
        let amount = group.iter().map(|left| left.amount).sum();
        let measures = group.iter().fold(0_i32, |measures, left| measures.saturating_add(left.measures));
        if self.may_need(outsider, count, amount, measures) {
            let terms = group.iter().flat_map(|left| left.terms.iter().copied()).collect();
            self.add(outsider, count, terms, amount, measures);
        }
    }

    fn add(&mut self, outsider: &Outsider<'_>, count: &Count, mut terms: Vec<(usize, i64)>, amount: i128, measures: i32) {
        if !self.may_need(outsider, count, amount, measures) {
            return;
        }
        terms.sort_unstable();
        let measures = Some(measures).filter(|_| count.parts.is_empty());
        if terms.windows(2).all(|pair| pair[0].0 != pair[1].0) && self.seen.insert(terms.clone()) {
            self.remainders.push(Remainder { terms, amount, measures, series: count.whole });
        }
    }
}

/// That what is left of a period is in its other versions too, where these are different.
fn other_versions<'a>(
    span: &'a Span,
    place: usize,
    left: &'a Left,
    figures: &'a Figures<'_>,
) -> impl Iterator<Item = (Terms, Option<i128>)> + 'a {
    let of = |version: i32| figures.iter().find(move |(other, _)| other.whole == (span.whole.0, version));
    let own = of(span.whole.1).and_then(|(_, lefts)| lefts[place].as_ref());
    figures.iter().filter(|(other, _)| other.whole.0 == span.whole.0).filter_map(move |(_, lefts)| {
        let figure = lefts[place].as_ref().filter(|figure| figure.amount >= left.amount)?;
        let is_other = own.is_some_and(|own| own.terms != figure.terms);
        is_other.then(|| (less(&figure.terms, &left.terms), Some(figure.amount - left.amount)))
    })
}

/// One less the other.
fn less(terms: &Terms, others: &Terms) -> Terms {
    let mut all: BTreeMap<usize, i64> = terms.iter().copied().collect();
    for (state, by) in others {
        *all.entry(*state).or_insert(0) -= by;
    }
    all.into_iter().filter(|(_, by)| *by != 0).collect()
}

/// What is left of a place without the parts of it that are shown, and without what is shown of the others in turn.
fn left_below<'a>(whole: usize, below: &[Vec<usize>], lefts: &'a [Option<Left>]) -> Vec<&'a Left> {
    let (mut group, mut queue) = (Vec::new(), vec![whole]);
    while let Some(place) = queue.pop() {
        let parts: Option<Vec<(usize, &Left)>> = below[place].iter().map(|part| Some((*part, lefts[*part].as_ref()?))).collect();
        match parts.filter(|parts| !parts.is_empty()) {
            Some(parts) => queue.extend(parts.iter().filter(|(_, left)| left.is_open).map(|(part, _)| *part)),
            None => group.extend(&lefts[place]),
        }
    }
    group
}

/// The quarters of a period of its year, as bits.
fn quarters(period: Period) -> Option<u8> {
    let year = Period::of(period.first_day(), Granularity::Year).ok()?;
    let mut day = Period::of(year.first_day(), Granularity::Quarter).ok()?;
    let mut mask = 0;
    for quarter in 0..4 {
        if period.encloses(day) || period == day {
            mask |= 1 << quarter;
        }
        day = day.next()?;
    }
    (mask != 0).then_some(mask)
}

/// The quarter, semester or year of a year that has just these quarters.
fn published_or_not(of: Period, mask: u8) -> Option<Period> {
    let year = Period::of(of.first_day(), Granularity::Year).ok()?;
    let all = std::iter::once(year).chain(super::kindred(year));
    all.into_iter().find(|period| quarters(*period) == Some(mask))
}

/// Every way to take one version of each, as long as these are few; else the newest of all, and each other one beside those.
fn choices(every: &[Vec<i32>]) -> Vec<Vec<i32>> {
    let product = every.iter().try_fold(1_usize, |product, versions| product.checked_mul(versions.len()));
    if product.is_some_and(|product| product <= CHOICES) {
        let mut all: Vec<Vec<i32>> = vec![Vec::new()];
        for versions in every {
            all = all.iter().flat_map(|way| versions.iter().map(move |version| [way.as_slice(), &[*version]].concat())).collect();
        }
        return all;
    }
    let newest: Vec<i32> = every.iter().filter_map(|versions| versions.first().copied()).collect();
    let mut all = vec![newest.clone()];
    for (place, versions) in every.iter().enumerate() {
        for version in versions.iter().skip(1) {
            let mut way = newest.clone();
            way[place] = *version;
            all.push(way);
        }
    }
    all
}
