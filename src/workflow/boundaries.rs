//! Outlines of departments: loading them, and keeping those that are asked about in memory, parsed. Whether a shape lies in one is
//! `geometry`'s to say.

mod held;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Act, Call, Error, Result};
use crate::access::Capability;
use crate::domain::canonical::sha256_hex;
use crate::domain::codes::DepartmentCode;
use crate::domain::{Deadline, PastDeadline};
use crate::geometry::outline::Outline;
use crate::geometry::{AreaRules, CheckedArea, GeometryFault, Unsound, geojson, sector};
use crate::store::audit::Chain;
use crate::store::boundaries::{self, Boundary};
use crate::store::sectors::outlines::at_every_tolerance;
use crate::workflow::imports::FieldChange;

pub use self::held::OutlineFault;
use self::held::{Before, Grounds};

/// The largest outline, in square kilometres: Guyane has 84 000.
const MAX_AREA_KM2: f64 = 200_000.0;
/// Positions of an outline, at most.
const MAX_POSITIONS: usize = 200_000;
/// What outlines must be.
const RULES: AreaRules = AreaRules { max_area_km2: MAX_AREA_KM2, max_positions: MAX_POSITIONS };

/// Outlines in the memory of this process, by department. Each stands under the digest of the text that it was read from, and the digest is
/// compared with the database at every use: when another process loads a new outline, or a transaction that loaded one is undone, the
/// memory is not believed.
#[derive(Default)]
pub struct OutlineMemory {
    known: Mutex<HashMap<DepartmentCode, (String, Arc<Outline>)>>,
}

impl OutlineMemory {
    fn get(&self, department: &DepartmentCode, digest: &str) -> Option<Arc<Outline>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(department).filter(|(under, _)| under == digest).map(|(_, outline)| Arc::clone(outline))
    }

    fn put(&self, department: &DepartmentCode, digest: String, outline: &Arc<Outline>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(department.clone(), (digest, Arc::clone(outline)));
    }
}

/// A department's outline, or its bounding box where none is loaded, to hold shapes against.
///
/// # Errors
/// Those of the database; INTERNAL for a stored outline that cannot be read.
pub(super) fn outline_of(call: &mut Call, department: &DepartmentCode) -> Result<Land> {
    let Some(digest) = boundaries::digest(call.db()?, department)? else {
        let known = call.office().territories.department(department);
        let bounding_box = known.map(|known| known.bounding_box).ok_or_else(|| Error::not_found("department"))?;
        return Ok(Land { outline: Arc::new(Outline::BoundingBox(bounding_box)), digest: None });
    };
    if let Some(outline) = call.office().outlines.get(department, &digest) {
        return Ok(Land { outline, digest: Some(digest) });
    }
    let stored = boundaries::outlines(call.db()?, std::slice::from_ref(department), 0)?.pop();
    let (_, text) = stored.ok_or_else(|| Error::Internal(format!("no outline under the digest of {department}")))?;
    let outline = Arc::new(Outline::of_shape(stored_shape(&text)?));
    call.office().outlines.put(department, digest.clone(), &outline);
    Ok(Land { outline, digest: Some(digest) })
}

/// The land of a department, as it was read.
pub(super) struct Land {
    /// What shapes are held against.
    pub outline: Arc<Outline>,
    digest: Option<String>,
}

impl Land {
    /// Whether it is the department's still: one statement, without an outline in it.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn stands(&self, call: &mut Call, department: &DepartmentCode) -> Result<bool> {
        Ok(boundaries::digest(call.db()?, department)? == self.digest)
    }
}

/// Reads a shape that was checked when it was stored.
///
/// # Errors
/// INTERNAL when it cannot be read.
pub(super) fn stored_shape(text: &str) -> Result<geo::MultiPolygon<f64>> {
    let read = geojson::parse(text).and_then(sector::polygons);
    read.map_err(|fault| Error::Internal(format!("a stored outline: {fault}")))
}

/// The outlines of some departments, as GeoJSON text, at one of the stored tolerances. Everyone who is signed in
/// may read them (house).
///
/// # Errors
/// UNAUTHENTICATED.
pub fn texts(call: &mut Call, departments: &[DepartmentCode], tolerance: i32) -> Result<HashMap<DepartmentCode, Arc<str>>> {
    call.require_signed_in()?;
    let stored = boundaries::outlines(call.db()?, departments, tolerance)?;
    Ok(stored.into_iter().map(|(code, text)| (code, text.into())).collect())
}

/// What is wrong with one outline of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundaryFault {
    /// Its place in the list.
    pub index: usize,
    /// The department.
    pub department: DepartmentCode,
    /// What it is.
    pub what: OutlineFault,
}

/// How outlines are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether faulty outlines are left out, and the others written.
    pub skip_faulty: bool,
    /// Whether outlines are taken that disagree with what is known in a way that may be right.
    pub accept_outside: bool,
    /// Only says what would be done.
    pub trial: bool,
}

/// What came of setting outlines.
#[derive(Clone, Debug, Default)]
pub struct BoundariesReport {
    /// The departments whose outline was (or, on trial, would be) written.
    pub written: Vec<DepartmentCode>,
    /// Outlines that are those that there are, drawn in whatever form: nothing is written of them.
    pub unchanged: usize,
    /// What is wrong with the others.
    pub faults: Vec<BoundaryFault>,
    /// Disagreements with what is known that were accepted.
    pub accepted: Vec<BoundaryFault>,
    /// What changes of outlines that were there.
    pub changed: Vec<(DepartmentCode, Vec<FieldChange>)>,
}

/// Sets the outlines of departments, at all stored tolerances. Outlines of departments that are not named stay; of two for the same
/// department the first holds, or where faulty ones are skipped the first that is sound. Each is held against what is known of its
/// department ([`OutlineFault`]). Unless faulty ones are skipped, one fault and nothing is written; on trial, nothing is in any case. That is
/// read on snapshots, while everybody writes, and held against each other while no connection is held: under the nation's lock it is only seen
/// that nothing of it has changed since. The act is one of the nation.
///
/// # Errors
/// FORBIDDEN without `KEEP_TERRITORIES`; UNAVAILABLE when what outlines were held against changed meanwhile: then nothing is written.
pub fn set(
    call: &mut Call,
    act: Act,
    outlines: Vec<(DepartmentCode, geo::Geometry<f64>)>,
    options: Options,
) -> Result<BoundariesReport> {
    call.announce(act.clone());
    call.require_nation(Capability::KeepTerritories)?;
    // Examined before others have to wait.
    let deadline = call.deadline();
    let mut drawn = Vec::new();
    for (index, (department, geometry)) in outlines.into_iter().enumerate() {
        let checked = CheckedArea::from_geometry(geometry, &RULES, deadline)?;
        drawn.push(Drawn { index, department, checked: checked.map(Box::new) });
    }
    let sound = drawn.iter().filter(|each| each.checked.is_ok()).map(|each| each.department.clone());
    let codes: Vec<DepartmentCode> = sound.collect::<BTreeSet<_>>().into_iter().collect();
    if !call.holds_nothing() {
        call.lock_these(&codes)?;
        call.announce(act.clone());
        call.lock(Chain::Nation)?;
    }
    let (grounds, report, checked) = judged(call, &codes, drawn, options)?;
    if options.trial {
        call.leave();
        return Ok(report);
    }
    if (!report.faults.is_empty() && !options.skip_faulty) || report.written.is_empty() {
        return Ok(report);
    }
    // Who writes sectors holds them against the outline under his department's lock.
    call.lock_these(&codes)?;
    let mut write = call.begin(act, Capability::KeepTerritories)?;
    if !grounds.stand(&mut write, &codes)? {
        return Err(write.overtaken());
    }
    boundaries::set(write.writer()?, &checked)?;
    let codes: Vec<&str> = report.written.iter().map(DepartmentCode::as_str).collect();
    let accepted: Vec<String> = report.accepted.iter().map(|fault| fault.what.message(&fault.department).text).collect();
    let accepted = if accepted.is_empty() { String::new() } else { format!("; accepted: {}", accepted.join("; ")) };
    write.done(format!("outlines of {}{accepted}", codes.join(" ")))?;
    Ok(report)
}

/// The faults of a shape as an outline, wherever it lies.
///
/// # Errors
/// [`PastDeadline`].
pub(super) fn faults_of(geometry: geo::Geometry<f64>, deadline: Deadline) -> Result<Vec<GeometryFault>, PastDeadline> {
    Ok(CheckedArea::from_geometry(geometry, &RULES, deadline)?.err().map(|unsound| unsound.faults).unwrap_or_default())
}

/// An outline of the list, as examined.
struct Drawn {
    index: usize,
    department: DepartmentCode,
    checked: std::result::Result<Box<CheckedArea>, Unsound>,
}

/// Holds outlines against what is known of their departments, which takes long: what that was, what is to be said of it, and what is to be written.
fn judged(
    call: &mut Call,
    codes: &[DepartmentCode],
    drawn: Vec<Drawn>,
    options: Options,
) -> Result<(Grounds, BoundariesReport, Vec<Boundary>)> {
    let before = call.ahead(|call| Before::of(call, codes))?;
    let mut disagreements = before.hold(call, &drawn)?;
    let (deadline, mut report) = (call.deadline(), BoundariesReport::default());
    let mut first_at: BTreeMap<DepartmentCode, usize> = BTreeMap::new();
    let mut checked = Vec::new();
    for Drawn { index, department, checked: examined } in drawn {
        let found = disagreements.remove(&index).unwrap_or_default();
        let (accepted, mut faulty): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|what| options.accept_outside && what.may_be_accepted());
        let area = examined.map_err(|unsound| faulty.extend(unsound.faults.into_iter().map(OutlineFault::Shape))).ok();
        if let Some(first) = first_at.get(&department) {
            faulty.insert(0, OutlineFault::Twice { first: *first });
        } else if faulty.is_empty() || !options.skip_faulty {
            // Where faulty ones are left out, a sound one takes the place of a faulty one before it.
            first_at.insert(department.clone(), index);
        }
        let named = |what| BoundaryFault { index, department: department.clone(), what };
        let Some(area) = area.filter(|_| faulty.is_empty()) else {
            report.faults.extend(faulty.into_iter().map(named));
            continue;
        };
        let CheckedArea { shape, geojson, simplified, .. } = *area;
        if before.is_same(&department, &geojson, &shape, deadline)? {
            report.unchanged += 1;
            continue;
        }
        report.accepted.extend(accepted.into_iter().map(named));
        let change = before.change(&department, &geojson, &shape, deadline)?;
        report.changed.extend(change.map(|change| (department.clone(), vec![change])));
        let texts = at_every_tolerance(&geojson, &simplified);
        checked.push(Boundary { department, texts, digest: sha256_hex(&geojson) });
    }
    checked.sort_by(|one, other| one.department.cmp(&other.department));
    report.written = checked.iter().map(|boundary| boundary.department.clone()).collect();
    Ok((before.into_grounds(), report, checked))
}
