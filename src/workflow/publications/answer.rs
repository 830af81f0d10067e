//! Answering a rollup from publications: to dashboards always, and to those whose live figures do not reach so far.

use std::collections::HashMap;
use std::sync::Arc;

use super::AXES;
use crate::domain::Message;
use crate::domain::french::de;
use crate::domain::rollup::table::NATION;
use crate::domain::vocabulary::RollupAxis;
use crate::store::publications::{self, PublicationRow, PublishedCell};
use crate::workflow::rollups::{Question, Rollup, RollupCell};
use crate::workflow::{Call, Error, Result, indicators};

/// Answers a question from the latest publication of each of its periods. In a series, periods that were never published are left out.
///
/// # Errors
/// NOT_FOUND for an indicator that is not published or when no period asked for is; FORBIDDEN on an axis that publications do not have.
pub fn answer(call: &mut Call, question: &Question) -> Result<Vec<Rollup>> {
    let missing = || Error::not_found(format!("publication {}", de(&question.indicator)));
    if !AXES.contains(&question.axis) || question.department.is_some() {
        let text = "les publications ont les axes NATIONAL, DEFENCE_ZONE, REGION et DEPARTMENT, sur toute la nation";
        return Err(Error::forbidden(Message::new("AXIS_NOT_PUBLISHED", text).with("axis", question.axis)));
    }
    let indicator = indicators::find(call, &question.indicator)?;
    if !indicator.indicator.published {
        return Err(missing());
    }
    let latest = publications::latest(call.db()?, &question.periods)?;
    let ids: Vec<i64> = latest.iter().map(|row| row.id).collect();
    let mut cells: HashMap<i64, Vec<PublishedCell>> = HashMap::new();
    for (id, cell) in publications::cells(call.db()?, &ids, Some(question.indicator.as_str()))? {
        cells.entry(id).or_default().push(cell);
    }
    let mut by_period: HashMap<_, PublicationRow> = latest.into_iter().map(|row| (row.period, row)).collect();
    let mut answers = Vec::new();
    for period in &question.periods {
        let Some(publication) = by_period.remove(period) else { continue };
        let Some(published) = cells.remove(&publication.id) else { continue };
        let Some(total) = published.iter().find(|cell| cell.axis == RollupAxis::National && cell.key == NATION) else { continue };
        let total = shown(total);
        answers.push(Rollup {
            indicator: Arc::clone(&indicator),
            period: *period,
            axis: question.axis,
            cells: published.iter().filter(|cell| cell.axis == question.axis).map(shown).collect(),
            provisional: total.reporting < total.expected,
            total,
            publication: Some(publication),
        });
    }
    if answers.is_empty() { Err(missing()) } else { Ok(answers) }
}

fn shown(cell: &PublishedCell) -> Arc<RollupCell> {
    Arc::new(RollupCell {
        key: cell.key.clone(),
        label: cell.label.clone(),
        value: cell.value,
        suppressed: cell.suppressed,
        measures: cell.measures,
        reporting: cell.reporting,
        expected: cell.expected,
        previous: cell.previous,
        year_earlier: cell.year_earlier,
    })
}
