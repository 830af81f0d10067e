//! Keeping the school directory: the préfecture's.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::access::Capability;
use crate::domain::codes::{CodeFault, DepartmentCode, Uai};
use crate::domain::normal::nfc;
use crate::domain::vocabulary::SchoolKind;
use crate::domain::{Deadline, PastDeadline};
use crate::domain::{Explained, Message};
use crate::geometry::outline::Outline;
use crate::geometry::{GeometryFault, GeometryFaultKind, LonLat, geojson};
use crate::store::audit::Chain;
use crate::store::national_lists;
use crate::store::schools::{self, School};
use crate::workflow::boundaries::Land;
use crate::workflow::sectors::OnFault;
use crate::workflow::sectors::near::Surroundings;
use crate::workflow::{Act, Call, Error, Result, boundaries, input};

/// Schools in one list, at most: more than any department has.
const MAX_SCHOOLS: usize = 10_000;

/// A school as somebody sends it.
#[derive(Clone, Debug)]
pub struct SchoolInput {
    /// Its code.
    pub uai: String,
    /// Its name.
    pub name: String,
    /// What kind of school.
    pub kind: SchoolKind,
    /// The department that keeps it.
    pub department: DepartmentCode,
    /// Where it is.
    pub location: Location,
    /// Whether it is faulty already, and only checked so that all of its faults are told at once: it is never written.
    pub is_faulty: bool,
}

/// A position on its way in.
#[derive(Clone, Debug)]
pub enum Location {
    /// GeoJSON text of a Point.
    Text(String),
    /// Longitude and latitude.
    At(LonLat),
    /// That of the directory, which it keeps: it was checked when it was stored.
    Stored(LonLat),
    /// What could not be read, or is not there: reported with the other faults.
    Unreadable(GeometryFault),
}

/// How a list is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is done about faulty schools.
    pub on_fault: OnFault,
    /// Only says what would be done.
    pub trial: bool,
}

/// What is wrong with one field of a school.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SchoolFault {
    /// Not a UAI.
    #[error(transparent)]
    Uai(CodeFault),
    /// The same UAI stands earlier in the list.
    #[error("figure déjà dans la liste, à la place {first}")]
    Twice {
        /// The earlier place.
        first: usize,
    },
    /// The UAI is not one of the department's: by its first three digits, or because another department keeps the school. Whether anybody keeps
    /// it, and who, is not told.
    #[error("cet UAI n’est pas de la compétence du département {department} : ses trois premiers chiffres disent le département")]
    NotOfDepartment {
        /// The department of the list.
        department: DepartmentCode,
    },
    /// Another department than the rest of the list.
    #[error("une liste est d’un seul département, ici {department}")]
    OtherDepartment {
        /// The department of the list.
        department: DepartmentCode,
    },
    /// The name is empty, too long or holds a NUL.
    #[error("{}", .0.text)]
    Name(Message),
    /// No point, or not in the department.
    #[error(transparent)]
    Location(GeometryFault),
}

impl Explained for SchoolFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::Uai(fault) => fault.reason(),
            Self::Twice { .. } => "TWICE",
            Self::NotOfDepartment { .. } => "UAI_ELSEWHERE",
            Self::OtherDepartment { .. } => "ONE_DEPARTMENT",
            Self::Name(message) => message.reason,
            Self::Location(fault) => fault.reason(),
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Uai(fault) => fault.parameters(),
            Self::Twice { first } => vec![("first", first.to_string())],
            Self::NotOfDepartment { department } | Self::OtherDepartment { department } => {
                vec![("department", department.to_string())]
            }
            Self::Name(message) => message.parameters.clone(),
            Self::Location(fault) => fault.parameters(),
        }
    }
}

impl SchoolFault {
    /// The field of the input that is at fault.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Uai(_) | Self::Twice { .. } | Self::NotOfDepartment { .. } => "uai",
            Self::OtherDepartment { .. } => "departmentCode",
            Self::Name(_) => "name",
            Self::Location(_) => "location",
        }
    }

    /// Longitude and latitude of the fault, where it has a place.
    #[must_use]
    pub fn place(&self) -> Option<LonLat> {
        match self {
            Self::Location(fault) => fault.place,
            Self::Uai(_) | Self::Twice { .. } | Self::NotOfDepartment { .. } | Self::OtherDepartment { .. } | Self::Name(_) => {
                None
            }
        }
    }
}

/// A fault of one school of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct SchoolItemFault {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Its UAI as sent, cut short.
    pub uai: String,
    /// What is wrong.
    pub fault: SchoolFault,
}

/// What came of a list.
#[derive(Clone, Debug, Default)]
pub struct SchoolsReport {
    /// Schools that were (or, on trial, would be) written, in the list's order.
    pub schools: Vec<Arc<School>>,
    /// The place of each in the list.
    pub places: Vec<usize>,
    /// How many of them the directory did not have.
    pub added: usize,
    /// How many of them stay as they are, where those are left alone.
    pub unchanged: usize,
    /// Every fault found.
    pub faults: Vec<SchoolItemFault>,
    /// Whether anything was written.
    pub written: bool,
}

impl SchoolsReport {
    /// The schools, for callers who take all or nothing. `list` is the input's name.
    ///
    /// # Errors
    /// INVALID naming the first fault's field, with every fault in its message.
    pub fn into_schools(self, list: &str) -> Result<Vec<Arc<School>>> {
        let shown = self
            .faults
            .iter()
            .map(|each| (format!("{list}[{}].{}", each.index, each.fault.field()), each.uai.clone(), each.fault.message()));
        match crate::workflow::sectors::refusal(shown) {
            Some(refusal) => Err(refusal),
            None => Ok(self.schools),
        }
    }
}

/// Writes schools of one department into its directory, and measures how far they lie from the sectors of its living revisions. Faults are in
/// the report, and on one (unless they are skipped) nothing is written. All is examined and measured while everybody writes: under the
/// department's lock it is only seen that nothing of what it was held against has changed. `base` is the directory that the list was made from:
/// schools that stay as they are in it are left alone, and when nothing changes, nothing is locked. None, where the list says everything itself.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND; INVALID for a list that is empty or too long; UNAVAILABLE when what it was held against changed meanwhile.
pub fn upsert(call: &mut Call, inputs: Vec<SchoolInput>, options: Options, base: Option<&[School]>) -> Result<SchoolsReport> {
    call.require_signed_in()?;
    let Some(department) = inputs.first().map(|input| input.department.clone()) else {
        return Err(Error::invalid("input", Message::new("EMPTY", "ne doit pas être vide")));
    };
    let act = Act::local("upsertSchools", &department, format!("{} schools", inputs.len()));
    upsert_as(call, act, department, inputs, options, base)
}

/// The same for a department, under an act of it that is called otherwise.
///
/// # Errors
/// As of [`upsert`].
pub fn upsert_as(
    call: &mut Call,
    act: Act,
    department: DepartmentCode,
    inputs: Vec<SchoolInput>,
    options: Options,
    base: Option<&[School]>,
) -> Result<SchoolsReport> {
    call.announce(act.clone());
    let scope = call.require(Capability::KeepSchools, &department)?;
    let mut inputs: Vec<(usize, SchoolInput)> = inputs.into_iter().enumerate().collect();
    if inputs.len() > MAX_SCHOOLS {
        // Of faulty ones enough is told to mend them; that there are too many of the others is told once they are.
        inputs.retain(|(_, input)| !input.is_faulty);
    }
    // What is wrong with the first of them may be wrong with all: it is told before their number, which is not what is to be mended then.
    let within = input::bounded("input", &inputs, MAX_SCHOOLS);
    inputs.truncate(MAX_SCHOOLS);
    let (places, inputs): (Vec<usize>, Vec<Read>) = inputs.into_iter().map(|(index, input)| (index, Read::of(input))).unzip();
    let is_ahead = call.holds_nothing();
    if !is_ahead {
        // A document that wrote before must be decided over what it wrote itself, which no snapshot shows.
        call.lock(act.chain())?;
    }
    let Stored { land, keepers, around } = call.ahead(|call| Stored::read(call, &department, &inputs))?;

    let office = Arc::clone(call.office());
    let (tolerance_m, elsewhere) = (office.rules.outline_tolerance_m, &office.rules.schools_elsewhere);
    let deadline = call.deadline();
    let ground = Ground { department: &department, outline: &land.outline, tolerance_m, keepers: &keepers, elsewhere, deadline };
    let mut report = SchoolsReport::default();
    let mut first_at = BTreeMap::new();
    let uais: Vec<Uai> = inputs.iter().filter_map(|input| Uai::parse(&input.uai).ok()).collect();
    for (index, input) in places.into_iter().zip(inputs) {
        let (sent, is_faulty) = (input.uai.clone(), input.is_faulty);
        let checked = ground.check(&mut first_at, index, input)?;
        // Where faulty ones are left out, a sound one takes the place of a faulty one of its UAI.
        if options.on_fault == OnFault::Skip
            && (is_faulty || checked.is_err())
            && let Ok(uai) = Uai::parse(&sent)
            && first_at.get(&uai) == Some(&index)
        {
            first_at.remove(&uai);
        }
        match checked {
            Ok(_) if is_faulty => {}
            Ok(school) => {
                report.places.push(index);
                report.schools.push(Arc::new(school));
            }
            Err(found) => {
                let uai: String = sent.chars().take(48).collect();
                report.faults.extend(found.into_iter().map(|fault| SchoolItemFault { index, uai: uai.clone(), fault }));
            }
        }
    }
    if report.faults.is_empty() || options.on_fault == OnFault::Skip && !report.schools.is_empty() {
        within?;
    }
    report.added = report.schools.iter().filter(|school| !keepers.contains_key(&school.uai)).count();
    let before: HashMap<&Uai, &School> = base.unwrap_or_default().iter().map(|school| (&school.uai, school)).collect();
    // One that left the directory meanwhile is no more the same.
    let stays = |school: &School| {
        keepers.contains_key(&school.uai) && before.get(&school.uai).is_some_and(|before| is_same(before, school))
    };
    let changing = report.schools.iter().filter(|school| !stays(school));
    let rows: Vec<School> = changing.map(|school| School::clone(school)).collect();
    report.unchanged = report.schools.len() - rows.len();
    let refused = !report.faults.is_empty() && options.on_fault == OnFault::Refuse;
    if refused || options.trial || rows.is_empty() {
        return Ok(report);
    }
    let neighbours = around.measured(&rows, office.rules.school_distance_m, deadline)?;
    let mut write = call.begin(act, Capability::KeepSchools)?;
    let stands = !is_ahead
        || (land.stands(&mut write, &department)?
            && kept_by(&mut write, &uais)? == keepers
            && neighbours.stand(&mut write, &department)?
            && match base {
                Some(base) => schools::all(write.db()?, &scope)? == base,
                None => true,
            });
    if !stands {
        return Err(write.overtaken());
    }
    schools::upsert(write.writer()?, &scope, &rows)?;
    neighbours.keep(&mut write, &department, &rows)?;
    report.written = true;
    write.done(format!("{} added, {} replaced", report.added, rows.len() - report.added))?;
    Ok(report)
}

/// A school whose position has been read.
struct Read {
    uai: String,
    name: String,
    kind: SchoolKind,
    department: DepartmentCode,
    location: Result<LonLat, GeometryFault>,
    /// Whether the position is that of the directory, which it keeps.
    is_stored: bool,
    is_faulty: bool,
}

impl Read {
    fn of(SchoolInput { uai, name, kind, department, location, is_faulty }: SchoolInput) -> Self {
        let is_stored = matches!(location, Location::Stored(_));
        Self { uai, name, kind, department, location: read(location), is_stored, is_faulty }
    }
}

fn read(location: Location) -> Result<LonLat, GeometryFault> {
    match location {
        Location::Text(text) => geojson::parse_point(&text),
        Location::At(place) | Location::Stored(place) => Ok(place),
        Location::Unreadable(fault) => Err(fault),
    }
}

/// What schools are held against, as it was read.
struct Stored {
    land: Land,
    keepers: HashMap<Uai, DepartmentCode>,
    around: Surroundings,
}

impl Stored {
    fn read(call: &mut Call, department: &DepartmentCode, inputs: &[Read]) -> Result<Self> {
        let land = boundaries::outline_of(call, department)?;
        let uais: Vec<Uai> = inputs.iter().filter_map(|input| Uai::parse(&input.uai).ok()).collect();
        let sound = inputs.iter().filter(|input| !input.is_faulty);
        let places: Vec<LonLat> = sound.filter_map(|input| input.location.as_ref().ok()).copied().collect();
        Ok(Self { land, keepers: kept_by(call, &uais)?, around: Surroundings::of(call, department, &places)? })
    }
}

/// Who keeps schools that are in a directory.
fn kept_by(call: &mut Call, uais: &[Uai]) -> Result<HashMap<Uai, DepartmentCode>> {
    Ok(schools::keepers(call.db()?, uais)?.into_iter().collect())
}

/// Whether a school stays as it is: names that differ by the form of their accents alone are the same.
fn is_same(before: &School, after: &School) -> bool {
    let School { department, uai, name, kind, location } = after;
    (&before.department, &before.uai, before.kind, before.location) == (department, uai, *kind, *location)
        && nfc(&before.name) == nfc(name)
}

/// What schools are held against.
struct Ground<'a> {
    department: &'a DepartmentCode,
    outline: &'a Outline,
    tolerance_m: f64,
    keepers: &'a HashMap<Uai, DepartmentCode>,
    elsewhere: &'a BTreeMap<String, String>,
    deadline: Deadline,
}

impl Ground<'_> {
    fn check(
        &self,
        first_at: &mut BTreeMap<Uai, usize>,
        index: usize,
        input: Read,
    ) -> Result<Result<School, Vec<SchoolFault>>, PastDeadline> {
        let mut faults = Vec::new();
        let uai = Uai::parse(&input.uai).map_err(|fault| faults.push(SchoolFault::Uai(fault))).ok();
        if let Some(uai) = &uai {
            if let Some(first) = first_at.get(uai) {
                faults.push(SchoolFault::Twice { first: *first });
            }
            first_at.entry(uai.clone()).or_insert(index);
        }
        if &input.department != self.department {
            faults.push(SchoolFault::OtherDepartment { department: self.department.clone() });
        }
        if uai.as_ref().is_some_and(|uai| !self.may_keep(uai)) {
            faults.push(SchoolFault::NotOfDepartment { department: self.department.clone() });
        }
        let name = input::text("name", &input.name, input::NAME).map_err(|error| match error {
            Error::Invalid { message, .. } => SchoolFault::Name(message),
            other => SchoolFault::Name(Message::new(other.code(), other.to_string())),
        });
        let location = match input.location {
            Ok(place) if input.is_stored => Ok(place),
            Ok(place) => self.located(place)?,
            Err(fault) => Err(fault),
        };
        let location = location.map_err(SchoolFault::Location);
        Ok(match (uai, name, location) {
            (Some(uai), Ok(name), Ok(location)) if faults.is_empty() => {
                Ok(School { department: self.department.clone(), uai, name, kind: input.kind, location })
            }
            (_, name, location) => {
                faults.extend(name.err());
                faults.extend(location.err());
                Err(faults)
            }
        })
    }

    /// Whether the school is the department's to keep: it keeps it already, or nobody does and the UAI is one of the department's.
    fn may_keep(&self, uai: &Uai) -> bool {
        match self.keepers.get(uai) {
            Some(keeper) => keeper == self.department,
            None => match self.elsewhere.get(uai.as_str()) {
                Some(department) => department == self.department.as_str(),
                None => uai.is_of(self.department),
            },
        }
    }

    fn located(&self, (lon, lat): LonLat) -> Result<Result<LonLat, GeometryFault>, PastDeadline> {
        let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
        let place = (round(lon), round(lat));
        if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            return Ok(Err(GeometryFault::at(GeometryFaultKind::OutOfRange, (lon, lat), "la position est hors des bornes")));
        }
        Ok(if self.outline.holds_point(place, self.tolerance_m, self.deadline)? {
            Ok(place)
        } else {
            Err(GeometryFault::at(GeometryFaultKind::OutsideDepartment, place, "l’établissement est hors du département"))
        })
    }
}

/// Takes a school out of the directory. Refused while it is on the national list, or named by an objective of the plan in force or of a later
/// revision; revisions of the past keep its UAI (house).
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID without a reason.
pub fn remove(call: &mut Call, uai: &str, reason: &str) -> Result<()> {
    call.require_signed_in()?;
    let uai: Uai = input::parse("uai", uai)?;
    let school = call.ahead(|call| super::node(call, &uai))?;
    let act = Act::local("removeSchool", &school.department, format!("school {uai}"));
    let mut write = call.begin(act, Capability::KeepSchools)?;
    let scope = write.scope();
    // Read again under the department's lock: the caller keeps its schools, so that none is out of sight.
    let school = super::node(&mut write, &uai)?;
    let reason = input::text("reason", reason, input::REASON)?;
    let today = write.today();
    // The secretariat writes its lists under the nation's lock, after a look into the directory: neither may happen between the two.
    write.lock(Chain::Nation)?;
    if !national_lists::of_school(write.db()?, &uai, today)?.is_empty() {
        let text = format!("l’établissement {uai} est sur une liste nationale ; le secrétariat doit d’abord l’en retirer");
        return Err(Error::conflict(Message::new("ON_NATIONAL_LIST", text).with("uai", &uai)));
    }
    let naming = schools::named_by(write.db()?, &scope, &school)?;
    if let Some((number, code)) = naming.first() {
        let department = &school.department;
        let text = format!("l’objectif {code} de la révision {department}/{number} cite l’établissement {uai}");
        let message = Message::new("SCHOOL_IN_PLAN", text).with("uai", &uai).with("objective", code);
        return Err(Error::conflict(message.with("revision", format!("{department}/{number}"))));
    }
    schools::delete(write.writer()?, &scope, &school)?;
    write.done(format!("{}: {reason}", school.name))
}
