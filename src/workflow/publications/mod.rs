//! Publications: the secretariat freezes the figures of an ended quarter or longer; everyone who is signed in reads them, dashboards nothing
//! else. What is shown is decided by the domain; here it is loaded, written and answered.

mod answer;
mod figures;
mod past;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use answer::answer;

use super::{Act, Call, Error, Result};
use crate::access::Capability;
use crate::domain::Message;
use crate::domain::period::Period;
use crate::domain::publication::{self, Figure, Place, Series};
use crate::domain::vocabulary::{Granularity, RollupAxis};
use crate::exchange::reference;
use crate::store::publications::{self, PublicationRow};
use figures::Published;
use past::Past;

/// The axes of a publication.
pub(super) const AXES: [RollupAxis; 4] =
    [RollupAxis::National, RollupAxis::DefenceZone, RollupAxis::Region, RollupAxis::Department];

/// Up to `limit` publications, newest first, below the id `before`.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn page(call: &mut Call, before: Option<i64>, limit: i64) -> Result<Vec<PublicationRow>> {
    call.require_signed_in()?;
    Ok(publications::page(call.db()?, before, limit)?)
}

/// How many publications there are.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn count(call: &mut Call) -> Result<i32> {
    call.require_signed_in()?;
    Ok(i32::try_from(publications::count(call.db()?)?).unwrap_or(i32::MAX))
}

/// One publication.
///
/// # Errors
/// UNAUTHENTICATED, or those of the database.
pub fn by_id(call: &mut Call, id: i64) -> Result<Option<PublicationRow>> {
    call.require_signed_in()?;
    Ok(publications::by_id(call.db()?, id)?)
}

/// Publishes an ended quarter, semester or year: a new version, with suppression decided over everything that is published of its year. That is
/// computed on a snapshot, while everybody writes; then the departments are locked, and if what it was decided over has changed since, it is
/// done again. A constant number of statements.
///
/// # Errors
/// FORBIDDEN; INVALID naming `period` for one that is too short or has not ended; UNAVAILABLE past the deadline, or when figures changed
/// meanwhile: then nothing is published.
pub fn publish(call: &mut Call, period: Period) -> Result<PublicationRow> {
    published(call, period).map_err(|error| match (&error, call.limit()) {
        (Error::Unavailable(message), Some(limit)) if message.reason == "DEADLINE" => out_of_time(period, limit),
        _ => error,
    })
}

/// The same request would take as long again: says what must be raised for it.
fn out_of_time(period: Period, (setting, millis): (&'static str, u64)) -> Error {
    let seconds = millis.div_ceil(1_000);
    let way = if setting == "graphql.publishing_timeout_ms" { "" } else { "envoyez publishPeriod seul dans sa requête, ou " };
    let text =
        format!("la publication de {period} n’a pas abouti en {seconds} s et a été arrêtée : {way}faites relever {setting}");
    let message = Message::new("PUBLICATION_TOO_LONG", text).with("period", period);
    Error::unavailable(message.with("seconds", seconds).with("setting", setting))
}

fn published(call: &mut Call, period: Period) -> Result<PublicationRow> {
    let act = Act::national("publishPeriod", format!("period {period}"));
    call.announce(act.clone());
    call.require_nation(Capability::Publish)?;
    match period.granularity() {
        Granularity::Quarter | Granularity::Semester | Granularity::Year => {}
        Granularity::Month | Granularity::Fortnight => {
            let message = Message::new("OTHER_GRANULARITY", "doit être un trimestre, un semestre ou une année");
            return Err(Error::invalid("period", message));
        }
    }
    if !period.ended(call.today()) {
        let message = Message::new("PERIOD_NOT_ENDED", format!("{period} n’est pas terminé"));
        return Err(Error::invalid("period", message.with("period", period)));
    }
    // A document that wrote before must be decided over what it wrote itself, which no snapshot shows.
    let ahead = if call.holds_nothing() {
        let grounds = call.on_a_snapshot(|call| Grounds::load(call, period))?;
        let hidden = grounds.decide(call)?;
        Some((grounds, hidden))
    } else {
        None
    };
    // What is hidden is decided over figures that are read one after the other: no department may record in between.
    call.lock_departments()?;
    let mut write = call.begin(act, Capability::Publish)?;
    let grounds = Grounds::load(&mut write, period)?;
    let hidden = match ahead {
        Some((before, hidden)) if before == grounds => hidden,
        Some(_) => return Err(write.overtaken()),
        None => grounds.decide(&write)?,
    };

    let Grounds { published, past, .. } = grounds;
    let version = past.version + 1;
    let (now, by) = (write.now(), write.caller().name());
    let id = publications::insert(write.writer()?, period, version, now, &by)?;
    let mut cells = Vec::new();
    let mut suppressed = 0;
    for one in published.iter().filter(|one| one.indicator.published) {
        let code = one.indicator.code.as_str();
        let none = BTreeSet::new();
        let hidden = hidden.get(code).unwrap_or(&none);
        for (place, figure) in &one.figures {
            let is_hidden = hidden.contains(place);
            suppressed += usize::from(is_hidden);
            cells.push(past.cell(code, place, figure, is_hidden));
        }
    }
    publications::insert_cells(write.writer()?, id, &cells)?;
    write.done(format!("version {version}: {} cells, {suppressed} suppressed", cells.len()))?;
    Ok(PublicationRow { id, period, version, published_at: now, published_by: by })
}

/// What a publication is decided over.
#[derive(PartialEq)]
struct Grounds {
    period: Period,
    published: Vec<Published>,
    past: Past,
    series: Vec<Series>,
}

impl Grounds {
    fn load(call: &mut Call, period: Period) -> Result<Self> {
        let threshold = call.office().rules.publication_threshold;
        let published = figures::load(call, period)?;
        let past = Past::load(call, period)?;
        let mut series: Vec<Series> = published.iter().map(|one| past.series(one)).collect();
        let others: Vec<Period> = past.kindred.keys().copied().collect();
        // At most three of a year: what the new publication would let anybody work out.
        for rest in publication::remainders(period, &others) {
            for one in figures::load(call, rest)? {
                let Some(series) = series.iter_mut().find(|series| series.code == one.indicator.code.as_str()) else { continue };
                let figures = plain(&one);
                let said = publication::unpublished(&figures, threshold, series.persons);
                series.worlds.insert((rest, 0), publication::live(&figures, &said));
                series.earlier.insert(rest, said);
            }
        }
        if published.iter().any(|one| !one.indicator.published) {
            // What is never published, but is a term of something that is: its figures of the periods whose quotients are known.
            for other in others {
                for one in figures::load(call, other)?.iter().filter(|one| !one.indicator.published) {
                    if let Some(series) = series.iter_mut().find(|series| series.code == one.indicator.code.as_str()) {
                        series.worlds.insert((other, 0), publication::live(&plain(one), &BTreeMap::new()));
                    }
                }
            }
        }
        Ok(Self { period, published, past, series })
    }

    fn decide(&self, call: &Call) -> Result<BTreeMap<String, BTreeSet<Place>>> {
        let office = call.office();
        let identities = reference::identities().map_err(|fault| Error::Internal(fault.to_string()))?;
        let threshold = office.rules.publication_threshold;
        let hidden =
            publication::decide(&office.territories, self.period, threshold, &identities, &self.series, call.deadline())?;
        Ok(hidden)
    }
}

/// The figures of an indicator, without who stands behind them.
fn plain(one: &Published) -> BTreeMap<Place, Figure> {
    let plain = |figure: &figures::Figure| Figure { value: figure.value, measures: figure.measures };
    one.figures.iter().map(|(place, figure)| (place.clone(), plain(figure))).collect()
}
