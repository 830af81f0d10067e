//! Holding new outlines against what is known of their departments: the bounding box and the seat of the reference tables, and the sectors of
//! the plan in force and of the one at work, and the schools, that lay inside before. Not for the validity of shapes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use geo::{CoordsIter, Intersects, MultiPolygon, Rect};

use super::{Drawn, stored_shape};
use crate::access::{PlanSight, Scope};
use crate::domain::Deadline;
use crate::domain::codes::{DepartmentCode, SectorCode};
use crate::domain::french::counted;
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::domain::message::Message;
use crate::domain::territory::Department;
use crate::domain::vocabulary::RevisionStatus;
use crate::geometry::measure::area_km2;
use crate::geometry::outline::Outline;
use crate::geometry::{CheckedArea, GeometryFault, LonLat, geojson, redrawn};
use crate::store::audit::{self, Chain};
use crate::store::schools::{self, School};
use crate::store::sectors::{self, Sector, outlines};
use crate::store::{boundaries, revisions};
use crate::workflow::imports::FieldChange;
use crate::workflow::{Call, Result};

/// How far an outline may reach beyond its known bounding box, in degrees: islands and harbours (house).
const BEYOND: f64 = 0.5;
/// How far the seat, known to three decimals, may lie outside its outline, in metres (house).
const SEAT_M: f64 = 1_000.0;

/// What is wrong with one outline.
#[derive(Clone, Debug, PartialEq)]
pub enum OutlineFault {
    /// The shape is not valid.
    Shape(GeometryFault),
    /// The department stands earlier in the list.
    Twice {
        /// The earlier place.
        first: usize,
    },
    /// It lies where the department would be with latitude and longitude exchanged.
    Swapped {
        /// A position of it, as read.
        at: LonLat,
    },
    /// It does not meet the department's bounding box.
    Elsewhere {
        /// A position of it.
        at: LonLat,
    },
    /// It reaches far beyond the department's bounding box.
    TooWide {
        /// A position far outside.
        at: LonLat,
    },
    /// The seat of the prefecture lies outside.
    WithoutSeat {
        /// The town.
        town: String,
        /// Where it lies.
        at: LonLat,
    },
    /// Schools, or sectors of revisions that the caller may read, that lay inside before lie outside.
    LeavesOut {
        /// Sectors.
        sectors: usize,
        /// Schools.
        schools: usize,
        /// One of them.
        at: Option<LonLat>,
    },
}

impl OutlineFault {
    /// In words, with a reason.
    #[must_use]
    pub fn message(&self, department: &DepartmentCode) -> Message {
        const ACCEPT: &str = "(--accept-outside, ou acceptOutside=true par HTTP, pour l’accepter)";
        let message = match self {
            Self::Shape(fault) => return Message::new(fault.kind.code(), fault.to_string()),
            Self::Twice { first } => {
                Message::new("TWICE", format!("figure déjà dans la liste, à la place {first}")).with("first", first)
            }
            Self::Swapped { at } => {
                let words = format!(
                    "le contour de {department} a ses coordonnées inversées ({}, {}) : GeoJSON veut la longitude d’abord, puis la latitude",
                    at.0, at.1
                );
                Message::new("COORDINATES_SWAPPED", words)
            }
            Self::Elsewhere { at } => {
                let words = format!(
                    "le contour donné pour {department} est ailleurs : il passe par {}, {} et ne touche pas l’emprise connue du département",
                    at.0, at.1
                );
                Message::new("OUTLINE_ELSEWHERE", words)
            }
            Self::TooWide { at } => {
                let words = format!(
                    "le contour donné pour {department} déborde largement de l’emprise connue du département, jusqu’à {}, {} {ACCEPT}",
                    at.0, at.1
                );
                Message::new("OUTLINE_TOO_WIDE", words)
            }
            Self::WithoutSeat { town, .. } => {
                let words = format!("le contour donné pour {department} ne contient pas sa préfecture, {town} {ACCEPT}");
                Message::new("OUTLINE_WITHOUT_SEAT", words).with("town", town)
            }
            Self::LeavesOut { sectors, schools, .. } => {
                let listed =
                    format!("{} et {} de {department}", counted(*sectors, "secteur"), counted(*schools, "établissement"));
                let words = format!("{listed} seraient désormais hors du contour {ACCEPT}");
                Message::new("OUTLINE_LEAVES_OUT", words).with("sectors", sectors).with("schools", schools)
            }
        };
        message.with("department", department)
    }

    /// Longitude and latitude, where it has a place.
    #[must_use]
    pub fn place(&self) -> Option<LonLat> {
        match self {
            Self::Shape(fault) => fault.place,
            Self::Twice { .. } => None,
            Self::Swapped { at } | Self::Elsewhere { at } | Self::TooWide { at } | Self::WithoutSeat { at, .. } => Some(*at),
            Self::LeavesOut { at, .. } => *at,
        }
    }

    /// Whether it may be right all the same, and be taken by who says so.
    #[must_use]
    pub fn may_be_accepted(&self) -> bool {
        match self {
            Self::TooWide { .. } | Self::WithoutSeat { .. } | Self::LeavesOut { .. } => true,
            Self::Shape(_) | Self::Twice { .. } | Self::Swapped { .. } | Self::Elsewhere { .. } => false,
        }
    }
}

/// By what it is seen that what outlines were held against has not changed since: without an outline in it, so that it is read in no time.
pub(super) struct Grounds {
    /// The data epochs of the departments and of the nation: where nothing was done since, nothing else is read.
    epochs: Vec<(String, i64)>,
    digests: Vec<(String, String)>,
    living: Vec<(RevisionKey, i32, RevisionStatus)>,
    schools: Vec<School>,
}

impl Grounds {
    /// Whether it is so still: two statements, unless anything was done in the departments meanwhile.
    pub(super) fn stand(&self, call: &mut Call, codes: &[DepartmentCode]) -> Result<bool> {
        if codes.is_empty() {
            return Ok(true);
        }
        if audit::epochs(call.db()?, Some(&chains(codes)))? == self.epochs {
            return Ok(boundaries::digests(call.db()?, codes)? == self.digests);
        }
        let now = Self::of(call, codes)?;
        Ok(now.digests == self.digests && now.living == self.living && now.schools == self.schools)
    }

    /// Reads it, in four statements.
    pub(super) fn of(call: &mut Call, codes: &[DepartmentCode]) -> Result<Self> {
        let scope = Scope::departments(codes.iter().cloned().collect::<BTreeSet<_>>());
        if codes.is_empty() {
            return Ok(Self { epochs: Vec::new(), digests: Vec::new(), living: Vec::new(), schools: Vec::new() });
        }
        Ok(Self {
            // First: what is done later is not overlooked.
            epochs: audit::epochs(call.db()?, Some(&chains(codes)))?,
            digests: boundaries::digests(call.db()?, codes)?,
            living: revisions::living(call.db()?, &scope, codes)?,
            schools: schools::all(call.db()?, &scope)?,
        })
    }
}

fn chains(codes: &[DepartmentCode]) -> Vec<String> {
    let departments = codes.iter().map(|code| Chain::Department(code.clone()));
    departments.chain([Chain::Nation]).map(|chain| chain.key().to_owned()).collect()
}

/// What lay inside before and lies outside a new outline.
#[derive(Default)]
struct Gone {
    sectors: BTreeSet<SectorCode>,
    schools: usize,
    at: Option<LonLat>,
}

/// Departments, and their new outlines by the place in the list.
type Prepared<'d> = BTreeMap<DepartmentCode, (&'d Department, Vec<(usize, Outline)>)>;

/// What there is of some departments before their outlines are set.
pub(super) struct Before {
    outlines: HashMap<DepartmentCode, String>,
    sectors: Vec<Sector>,
    grounds: Grounds,
}

impl Before {
    /// Reads it, in a fixed number of statements.
    pub(super) fn of(call: &mut Call, codes: &[DepartmentCode]) -> Result<Self> {
        let grounds = Grounds::of(call, codes)?;
        if codes.is_empty() {
            return Ok(Self { outlines: HashMap::new(), sectors: Vec::new(), grounds });
        }
        let scope = Scope::departments(codes.iter().cloned().collect::<BTreeSet<_>>());
        let outlines = boundaries::outlines(call.db()?, codes, 0)?.into_iter().collect();
        let revisions: Vec<RevisionKey> = grounds.living.iter().map(|(revision, ..)| revision.clone()).collect();
        let sectors = sectors::of_revisions(call.db()?, &scope, &revisions)?;
        Ok(Self { outlines, sectors, grounds })
    }

    /// By what it is seen that it is so still.
    pub(super) fn into_grounds(self) -> Grounds {
        self.grounds
    }

    /// Whether the outline is the one that there is, in whatever form that was stored.
    pub(super) fn is_same(
        &self,
        department: &DepartmentCode,
        text: &str,
        shape: &MultiPolygon<f64>,
        deadline: Deadline,
    ) -> Result<bool> {
        let Some(before) = self.outlines.get(department) else { return Ok(false) };
        if before == text {
            return Ok(true);
        }
        // One outline is bounded in positions; the many of a file are not.
        deadline.check()?;
        let before = stored_shape(before)?;
        deadline.check()?;
        Ok(before.coords_count() == shape.coords_count() && geojson::canonical(&before) == *shape)
    }

    /// What changes of an outline that was there.
    pub(super) fn change(
        &self,
        department: &DepartmentCode,
        geojson: &str,
        shape: &MultiPolygon<f64>,
        deadline: Deadline,
    ) -> Result<Option<FieldChange>> {
        let Some(before) = self.outlines.get(department).filter(|before| *before != geojson) else { return Ok(None) };
        deadline.check()?;
        let before = stored_shape(before)?;
        let area = |shape| format!("{:.3} km²", area_km2(shape));
        let after = format!("{}, {}", area(shape), redrawn::difference(&before, shape));
        Ok(Some(FieldChange { field: "geometry", before: area(&before), after }))
    }

    /// The faults of all sound outlines, by their place in the list: those that have none are absent.
    pub(super) fn hold(&self, call: &mut Call, drawn: &[Drawn]) -> Result<BTreeMap<usize, Vec<OutlineFault>>> {
        let office = std::sync::Arc::clone(call.office());
        let tolerance_m = office.rules.outline_tolerance_m;
        let mut faults: BTreeMap<usize, Vec<OutlineFault>> = BTreeMap::new();
        let mut prepared: Prepared<'_> = BTreeMap::new();
        let deadline = call.deadline();
        for Drawn { index, department, checked } in drawn {
            let (Some(known), Ok(area)) = (office.territories.department(department), checked) else { continue };
            let found = faults.entry(*index).or_default();
            if let Some(fault) = by_box(known, area) {
                found.push(fault);
                continue;
            }
            let outline = Outline::of_shape(area.shape.clone());
            found.extend(too_wide(known, area));
            if !outline.holds_point(known.prefecture, SEAT_M, deadline)? {
                found.push(OutlineFault::WithoutSeat { town: known.prefecture_town.clone(), at: known.prefecture });
            }
            prepared.entry(department.clone()).or_insert_with(|| (known, Vec::new())).1.push((*index, outline));
        }
        let out = self.outside(call, &prepared, tolerance_m)?;
        for (index, Gone { sectors, schools, at }) in out {
            let sectors = sectors.len();
            faults.entry(index).or_default().push(OutlineFault::LeavesOut { sectors, schools, at });
        }
        faults.retain(|_, found| !found.is_empty());
        Ok(faults)
    }

    /// The revisions that the caller may read whole. Outlines are held against no others, for each trial would tell whether something of them lies
    /// in what is cut off; their sectors are held against the outline as it is then when they are next written.
    fn readable(&self, call: &Call) -> BTreeSet<RevisionKey> {
        // Who keeps territories and reads no plan is not refused for it.
        let Ok(sight) = PlanSight::of(&call.access()) else { return BTreeSet::new() };
        let living = self.grounds.living.iter();
        let shown = living.filter(|(revision, _, status)| sight.shows_whole(&revision.department, *status));
        shown.map(|(revision, ..)| revision.clone()).collect()
    }

    /// What of its department lies outside each new outline and lay inside before.
    fn outside(&self, call: &mut Call, prepared: &Prepared<'_>, tolerance_m: f64) -> Result<BTreeMap<usize, Gone>> {
        let (deadline, readable) = (call.deadline(), self.readable(call));
        // What lies inside with its whole box needs no look at its shape.
        let mut keys: Vec<SectorKey> = Vec::new();
        for sector in self.sectors.iter().filter(|sector| readable.contains(&sector.key.revision)) {
            let Some((_, new)) = prepared.get(&sector.key.revision.department) else { continue };
            let whole = of_box(sector.bbox);
            for (_, outline) in new {
                if outline.holds(&whole, tolerance_m, deadline)?.is_err() {
                    keys.push(sector.key.clone());
                    break;
                }
            }
        }
        let scope = Scope::departments(keys.iter().map(|key| key.revision.department.clone()).collect::<BTreeSet<_>>());
        let read = |call: &mut Call| Ok(outlines::of_sectors(call.db()?, &scope, &keys, 0)?);
        let texts = if keys.is_empty() { Vec::new() } else { call.ahead(read)? };
        let mut former = HashMap::new();
        let mut gone: BTreeMap<usize, Gone> = BTreeMap::new();
        for (key, text) in texts {
            let code = &key.revision.department;
            let Some((known, new)) = prepared.get(code) else { continue };
            deadline.check()?;
            let shape = stored_shape(&text)?;
            let mut lay_inside = None;
            for (index, outline) in new {
                let Err(fault) = outline.holds(&shape, tolerance_m, deadline)? else { continue };
                let inside = match lay_inside {
                    Some(inside) => inside,
                    None => self.former(&mut former, code, known, deadline)?.holds(&shape, tolerance_m, deadline)?.is_ok(),
                };
                lay_inside = Some(inside);
                if inside {
                    let gone = gone.entry(*index).or_default();
                    gone.at = gone.at.or(fault.place);
                    gone.sectors.insert(key.code.clone());
                }
            }
        }
        for school in &self.grounds.schools {
            let (code, at) = (&school.department, school.location);
            let Some((known, new)) = prepared.get(code) else { continue };
            for (index, outline) in new {
                if !outline.holds_point(at, tolerance_m, deadline)?
                    && self.former(&mut former, code, known, deadline)?.holds_point(at, tolerance_m, deadline)?
                {
                    let gone = gone.entry(*index).or_default();
                    gone.at = gone.at.or(Some(at));
                    gone.schools += 1;
                }
            }
        }
        Ok(gone)
    }

    /// The outline of a department before, or its bounding box; read once.
    fn former<'f>(
        &self,
        known: &'f mut HashMap<DepartmentCode, Outline>,
        code: &DepartmentCode,
        department: &Department,
        deadline: Deadline,
    ) -> Result<&'f Outline> {
        if !known.contains_key(code) {
            let outline = match self.outlines.get(code) {
                Some(text) => {
                    deadline.check()?;
                    Outline::of_shape(stored_shape(text)?)
                }
                None => Outline::BoundingBox(department.bounding_box),
            };
            known.insert(code.clone(), outline);
        }
        known.get(code).ok_or_else(|| crate::workflow::Error::Internal("an outline that was just kept".to_owned()))
    }
}

/// Whether the outline meets the department's box, as read or with its axes exchanged.
fn by_box(known: &Department, area: &CheckedArea) -> Option<OutlineFault> {
    let of = |[west, south, east, north]: [f64; 4]| Rect::new((west, south), (east, north));
    let [west, south, east, north] = area.bbox;
    if of(known.bounding_box).intersects(&of(area.bbox)) {
        return None;
    }
    let at = first(&area.shape).unwrap_or((west, south));
    let swapped = of(known.bounding_box).intersects(&of([south, west, north, east]));
    Some(if swapped { OutlineFault::Swapped { at } } else { OutlineFault::Elsewhere { at } })
}

fn too_wide(known: &Department, area: &CheckedArea) -> Option<OutlineFault> {
    let [west, south, east, north] = known.bounding_box;
    let is_far = |at: &&geo::Coord<f64>| {
        !(west - BEYOND..=east + BEYOND).contains(&at.x) || !(south - BEYOND..=north + BEYOND).contains(&at.y)
    };
    let positions = area.shape.0.iter().flat_map(|part| &part.exterior().0);
    positions.into_iter().find(is_far).map(|at| OutlineFault::TooWide { at: (at.x, at.y) })
}

fn first(shape: &MultiPolygon<f64>) -> Option<LonLat> {
    shape.0.first().and_then(|part| part.exterior().0.first()).map(|at| (at.x, at.y))
}

fn of_box([west, south, east, north]: [f64; 4]) -> MultiPolygon<f64> {
    MultiPolygon(vec![Rect::new((west, south), (east, north)).to_polygon()])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn an_outline_drawn_otherwise_is_compared_within_the_deadline() {
        let department = DepartmentCode::parse("13").unwrap();
        let drawn = r#"{"type":"Polygon","coordinates":[[[5,43],[6,43],[6,44],[5,44],[5,43]]]}"#;
        let otherwise = r#"{"type":"Polygon","coordinates":[[[6,43],[6,44],[5,44],[5,43],[6,43]]]}"#;
        let shape = geojson::canonical(&stored_shape(drawn).unwrap());
        let grounds = Grounds { epochs: Vec::new(), digests: Vec::new(), living: Vec::new(), schools: Vec::new() };
        let before =
            Before { outlines: HashMap::from([(department.clone(), otherwise.to_owned())]), sectors: Vec::new(), grounds };
        assert!(before.is_same(&department, drawn, &shape, Deadline::NEVER).unwrap());
        let past = Deadline::at(Instant::now() - Duration::from_secs(1));
        assert!(before.is_same(&department, drawn, &shape, past).is_err());
        assert!(before.change(&department, drawn, &shape, past).is_err());
        assert!(before.is_same(&department, otherwise, &shape, past).unwrap(), "texts are compared in no time");
    }
}
