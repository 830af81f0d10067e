//! Checks a list of sectors on its way in: every field of every item, all faults found. Says nothing of whose the sectors are to write.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::fault::{ItemFault, SectorFault};
use super::{Examined, SectorInput, Shape};
use crate::domain::Message;
use crate::domain::codes::{CommuneCode, DepartmentCode, ParquetCode, SectorCode};
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::domain::territory::Territories;
use crate::domain::{Deadline, PastDeadline};
use crate::geometry::outline::Outline;
use crate::geometry::{AreaRules, CheckedArea};
use crate::store::sectors::Sector;
use crate::workflow::{Rules, input};

/// Communes that one sector may lie in, at most.
const MAX_COMMUNES: usize = 50;
/// Longest code of a priority neighbourhood.
const NEIGHBOURHOOD: usize = 40;

/// What sectors are held against.
pub(super) struct Ground<'a> {
    pub revision: &'a RevisionKey,
    pub territories: &'a Territories,
    pub rules: &'a Rules,
    pub outline: &'a Outline,
    /// The revision's sectors as they stand, by code.
    pub existing: &'a BTreeMap<SectorCode, Sector>,
    /// Whether faulty ones are left out: then a sound one takes the place of a faulty one of its code.
    pub skips_faulty: bool,
    /// When examining shapes gives up.
    pub deadline: Deadline,
}

/// A sector without fault. Its rank is that of the existing one; a new one is ranked when it is written.
pub(super) struct Sound {
    /// Its place in the list.
    pub index: usize,
    pub sector: Sector,
    pub area: Option<Arc<CheckedArea>>,
    /// Whether the shape is the one that is stored, drawn in whatever form: then its text stays, and with it every hash of it.
    pub is_redrawn: bool,
}

/// Checks all of a list: the sound ones in its order, and every fault of the others.
///
/// # Errors
/// [`PastDeadline`].
pub(super) fn check(ground: &Ground<'_>, inputs: Vec<SectorInput>) -> Result<(Vec<Sound>, Vec<ItemFault>), PastDeadline> {
    let mut first_at: HashMap<SectorCode, usize> = HashMap::new();
    let (mut sound, mut faults) = (Vec::new(), Vec::new());
    for (index, input) in inputs.into_iter().enumerate() {
        let (code, is_faulty) = (input.code.clone(), input.is_faulty);
        let checked = check_one(ground, &mut first_at, index, input)?;
        if ground.skips_faulty
            && (is_faulty || checked.is_err())
            && let Ok(code) = SectorCode::parse(&code)
            && first_at.get(&code) == Some(&index)
        {
            first_at.remove(&code);
        }
        match checked {
            Ok(_) if is_faulty => {}
            Ok(good) => sound.push(good),
            Err(found) => faults.extend(found.into_iter().map(|fault| ItemFault::new(index, &code, fault))),
        }
    }
    Ok((sound, faults))
}

fn check_one(
    ground: &Ground<'_>,
    first_at: &mut HashMap<SectorCode, usize>,
    index: usize,
    input: SectorInput,
) -> Result<Result<Sound, Vec<SectorFault>>, PastDeadline> {
    let mut faults = Vec::new();
    let code = keep(&mut faults, SectorCode::parse(&input.code).map_err(SectorFault::Code));
    if let Some(code) = &code {
        if let Some(first) = first_at.get(code) {
            faults.push(SectorFault::Twice { first: *first });
        }
        first_at.entry(code.clone()).or_insert(index);
    }

    let department = &ground.revision.department;
    let name = keep(&mut faults, plain(input::text("name", &input.name, input::NAME)).map_err(SectorFault::Name));
    let description = plain(input::optional_text("description", &input.description, input::DESCRIPTION));
    let description = keep(&mut faults, description.map_err(SectorFault::Description));
    let neighbourhood = input
        .priority_neighbourhood_code
        .as_deref()
        .map(|text| plain(input::optional_text("", text, NEIGHBOURHOOD)).map_err(SectorFault::PriorityNeighbourhood));
    let neighbourhood = neighbourhood.and_then(|text| keep(&mut faults, text)).filter(|text| !text.is_empty());
    let parquet = keep(&mut faults, parquet(ground.territories, department, input.parquet_code.as_deref())).flatten();
    let communes = communes(&mut faults, department, &input.commune_codes);
    if !(1..=5).contains(&input.severity) {
        faults.push(SectorFault::Severity(input.severity));
    }
    let existing = code.as_ref().and_then(|code| ground.existing.get(code));
    let area = match input.geometry {
        None => {
            // Of a sector without a code nobody knows whether it has one.
            if existing.is_none() && code.is_some() {
                faults.push(SectorFault::NoGeometry);
            }
            None
        }
        Some(shape) => match area(ground, shape)? {
            Ok(area) => Some(area),
            Err(found) => {
                faults.extend(found);
                None
            }
        },
    };
    let place = match (&area, existing) {
        (Some(area), _) => Some((area.area_km2, area.centroid, area.bbox)),
        (None, Some(existing)) => Some((existing.area_km2, existing.centroid, existing.bbox)),
        (None, None) => None,
    };
    Ok(match (code, name, description, place) {
        (Some(code), Some(name), Some(description), Some((area_km2, centroid, bbox))) if faults.is_empty() => Ok(Sound {
            index,
            sector: Sector {
                key: SectorKey { revision: ground.revision.clone(), code },
                name,
                kind: input.kind,
                authority: input.authority,
                parquet,
                communes,
                priority_neighbourhood: neighbourhood,
                severity: input.severity,
                rank: existing.map_or(0, |existing| existing.rank),
                description,
                area_km2,
                centroid,
                bbox,
            },
            area,
            is_redrawn: false,
        }),
        _ => Err(faults),
    })
}

/// Notes the fault of one field, and goes on to the next.
fn keep<T>(faults: &mut Vec<SectorFault>, checked: Result<T, SectorFault>) -> Option<T> {
    checked.map_err(|fault| faults.push(fault)).ok()
}

/// The message alone: the field is known from the fault.
fn plain(checked: crate::workflow::Result<String>) -> Result<String, Message> {
    checked.map_err(|error| match error {
        crate::workflow::Error::Invalid { message, .. } => message,
        other => Message::new(other.code(), other.to_string()),
    })
}

/// The parquet named, or the only one that the department has.
fn parquet(
    territories: &Territories,
    department: &DepartmentCode,
    named: Option<&str>,
) -> Result<Option<ParquetCode>, SectorFault> {
    let Some(named) = named else {
        let mut reaching = territories.parquets_of(department);
        return Ok(match (reaching.next(), reaching.next()) {
            (Some(only), None) => Some(only.code.clone()),
            (Some(_), Some(_)) | (None, _) => None,
        });
    };
    let parquet = ParquetCode::parse(named).map_err(SectorFault::ParquetForm)?;
    if territories.parquets_of(department).any(|reaching| reaching.code == parquet) {
        Ok(Some(parquet))
    } else {
        Err(SectorFault::Parquet { parquet, department: department.clone() })
    }
}

fn communes(faults: &mut Vec<SectorFault>, department: &DepartmentCode, codes: &[String]) -> Vec<CommuneCode> {
    if codes.len() > MAX_COMMUNES {
        faults.push(SectorFault::TooManyCommunes { most: MAX_COMMUNES });
        return Vec::new();
    }
    let mut communes = Vec::new();
    for code in codes {
        match CommuneCode::parse(code) {
            Err(fault) => faults.push(SectorFault::Commune(fault)),
            Ok(commune) if commune.department().as_ref() != Some(department) => {
                faults.push(SectorFault::CommuneElsewhere { commune, department: department.clone() });
            }
            Ok(commune) => {
                if !communes.contains(&commune) {
                    communes.push(commune);
                }
            }
        }
    }
    communes
}

/// The faults of a shape, that it lies elsewhere among them: also of one that is not sound.
fn area(ground: &Ground<'_>, shape: Shape) -> Result<Result<Arc<CheckedArea>, Vec<SectorFault>>, PastDeadline> {
    let checked = match shape {
        Shape::Text(text) => CheckedArea::new(&text, &area_rules(ground.rules), ground.deadline)?.map(Arc::new),
        Shape::Examined(examined) => examined,
    };
    let (mut faults, drawn) = match &checked {
        Ok(area) => (Vec::new(), Some(&area.shape)),
        Err(unsound) => (unsound.faults.clone(), unsound.drawn.as_ref()),
    };
    if let Some(drawn) = drawn {
        faults.extend(ground.outline.holds(drawn, ground.rules.outline_tolerance_m, ground.deadline)?.err());
    }
    Ok(match checked {
        Ok(area) if faults.is_empty() => Ok(area),
        Ok(_) | Err(_) => Err(faults.into_iter().map(SectorFault::Geometry).collect()),
    })
}

/// Examines a shape as [`upsert`](super::upsert) would, but for the department that it must lie in: a file of large shapes is examined
/// before the transaction that writes them.
///
/// # Errors
/// [`PastDeadline`]; within, every fault found.
pub fn examine(rules: &Rules, geometry: geo::Geometry<f64>, deadline: Deadline) -> Result<Examined, PastDeadline> {
    Ok(CheckedArea::from_geometry(geometry, &area_rules(rules), deadline)?.map(Arc::new))
}

/// The same for shapes that come as texts, which are read first.
///
/// # Errors
/// [`PastDeadline`].
pub(super) fn examine_texts(rules: &Rules, inputs: &mut [SectorInput], deadline: Deadline) -> Result<(), PastDeadline> {
    for input in inputs {
        if let Some(Shape::Text(text)) = &input.geometry {
            let examined = CheckedArea::new(text, &area_rules(rules), deadline)?.map(Arc::new);
            input.geometry = Some(Shape::Examined(examined));
        }
    }
    Ok(())
}

fn area_rules(rules: &Rules) -> AreaRules {
    AreaRules { max_area_km2: rules.max_sector_area_km2, max_positions: rules.max_positions }
}
