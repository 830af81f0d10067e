//! Outlines of sectors, as GeoJSON text: as drawn (tolerance 0) and simplified. Every sector has one at each of [`TOLERANCES`], equal to the
//! finer one where simplifying changes nothing, so that a reader finds what it asks for by key. Texts are written out as they are.

use diesel::prelude::*;

use super::{GROUPS, by_revision, read_key};
use crate::access::Scope;
use crate::domain::keys::SectorKey;
use crate::store::schema::sector_outlines;
use crate::store::{Reader, StoreError, StoreResult, Writer};
use crate::upsert_all;

/// Tolerances at which outlines are stored, in metres, finest first; 0 is the outline as drawn.
pub const TOLERANCES: [i32; 5] = [0, 10, 50, 250, 1000];

/// The coarsest stored tolerance that is not coarser than asked for; 0 when none is asked for, or nothing that fine is stored.
#[must_use]
pub fn stored_tolerance(asked: Option<f64>) -> i32 {
    let asked = asked.unwrap_or(0.0);
    TOLERANCES.iter().rev().copied().find(|tolerance| f64::from(*tolerance) <= asked).unwrap_or(0)
}

/// One text for each of [`TOLERANCES`], from the full text and the simplified ones there are.
#[must_use]
pub fn at_every_tolerance(full: &str, simplified: &[(u16, String)]) -> Vec<(i32, String)> {
    TOLERANCES
        .iter()
        .map(|tolerance| {
            let coarse_enough = simplified.iter().filter(|(each, _)| i32::from(*each) <= *tolerance);
            let text = coarse_enough.max_by_key(|(each, _)| *each).map_or(full, |(_, text)| text);
            (*tolerance, text.to_owned())
        })
        .collect()
}

#[derive(Insertable)]
#[diesel(table_name = sector_outlines, treat_none_as_default_value = false)]
struct Row<'a> {
    department_code: &'a str,
    number: i32,
    code: &'a str,
    tolerance: i32,
    geometry: &'a str,
}

/// The outlines of some sectors at one of [`TOLERANCES`].
///
/// # Errors
/// Those of the database.
pub fn of_sectors(
    reader: &mut Reader,
    scope: &Scope,
    keys: &[SectorKey],
    tolerance: i32,
) -> StoreResult<Vec<(SectorKey, String)>> {
    let mut found: Vec<(String, i32, String, String)> = Vec::new();
    let columns = (sector_outlines::department_code, sector_outlines::number, sector_outlines::code, sector_outlines::geometry);
    for part in by_revision(scope, keys.iter().map(|key| (&key.revision, key.code.as_str()))).chunks(GROUPS) {
        let mut query = sector_outlines::table.select(columns).into_boxed();
        for (revision, codes) in part {
            let some = sector_outlines::department_code
                .eq(revision.department.as_str())
                .and(sector_outlines::number.eq(revision.number))
                .and(sector_outlines::code.eq_any(codes))
                .and(sector_outlines::tolerance.eq(tolerance));
            query = query.or_filter(some);
        }
        found.extend(query.load::<(String, i32, String, String)>(reader.reading())?);
    }
    found.into_iter().map(|(department, number, code, text)| Ok((read_key(&department, number, &code)?, text))).collect()
}

/// Writes the outlines of sectors at all tolerances.
///
/// # Errors
/// Those of the database.
pub fn upsert(writer: &mut Writer, scope: &Scope, outlines: &[(SectorKey, Vec<(i32, String)>)]) -> StoreResult<()> {
    if let Some((out, _)) = outlines.iter().find(|(key, _)| !scope.holds(&key.revision.department)) {
        return Err(StoreError::Query(format!("a sector of {} is out of scope", out.revision)));
    }
    let rows: Vec<Row<'_>> = outlines
        .iter()
        .flat_map(|(key, texts)| {
            texts.iter().map(|(tolerance, text)| Row {
                department_code: key.revision.department.as_str(),
                number: key.revision.number,
                code: key.code.as_str(),
                tolerance: *tolerance,
                geometry: text,
            })
        })
        .collect();
    upsert_all!(
        writer.writing(),
        sector_outlines::table,
        rows,
        (sector_outlines::department_code, sector_outlines::number, sector_outlines::code, sector_outlines::tolerance),
        sector_outlines::geometry
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarsest_outline_not_coarser_than_asked_is_served() {
        let asked = [None, Some(0.0), Some(9.9), Some(10.0), Some(49.0), Some(300.0), Some(1e9), Some(-5.0), Some(f64::NAN)];
        assert_eq!(asked.map(stored_tolerance), [0, 0, 0, 10, 10, 250, 1000, 0, 0]);
    }

    #[test]
    fn where_simplifying_changed_nothing_the_finer_text_stands() {
        let texts = at_every_tolerance("full", &[(50, "fifty".to_owned())]);
        let expected = [(0, "full"), (10, "full"), (50, "fifty"), (250, "fifty"), (1000, "fifty")];
        assert_eq!(texts, expected.map(|(tolerance, text)| (tolerance, text.to_owned())));
    }
}
