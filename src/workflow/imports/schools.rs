//! Schools from a file into a department's directory. New ones without a position are left out, and said to be; what the file does not say of
//! a school that the directory has stays as it is, its position too.

use std::collections::{HashMap, HashSet};

use super::places::recognise;
use super::report::{LeftOut, Outcome, Places, Report, Subject};
use super::told::{Changed, Fault, FieldChange};
use super::{Import, Progress, mode};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::french::{agreed, counted, de};
use crate::domain::message::Message;
use crate::domain::vocabulary::SchoolKind;
use crate::exchange::properties::PropertyUse;
use crate::exchange::rows::RowFault;
use crate::exchange::schools::{self as exchange, Department, SchoolMapping, SchoolRow};
use crate::geometry::Reference;
use crate::geometry::geojson::FeatureLimits;
use crate::store;
use crate::store::schools::School;
use crate::workflow::schools::{self, Location, Options, SchoolFault, SchoolInput, SchoolItemFault};
use crate::workflow::sectors::OnFault;
use crate::workflow::{Act, Call, Result, Rules, Source};

/// Schools in a file, at most: more than the country has, since a file may be of all of it.
const MAX_SCHOOLS: usize = 100_000;

/// Schools into a directory: UAIs that it has are replaced, others added.
#[derive(Clone, Debug)]
pub struct SchoolImport {
    /// The department.
    pub department: DepartmentCode,
    /// Leaves faulty schools out, instead of all.
    pub skip_invalid: bool,
    /// Passes over the schools of other departments, of which a wider file has many.
    pub only_department: bool,
    /// Only says what would be done.
    pub dry_run: bool,
    /// Which property holds what.
    pub mapping: SchoolMapping,
}

/// A file of schools.
#[derive(Clone, Debug, Default)]
pub struct SchoolFile {
    rows: Vec<SchoolRow>,
    places: Places,
    faults: Vec<Fault>,
    left_out: Vec<LeftOut>,
    read: usize,
    properties: PropertyUse,
    reference: Option<Reference>,
    notices: Vec<Message>,
}

impl Import for SchoolImport {
    type File = SchoolFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<SchoolFile> {
        deadline.check()?;
        let limits = FeatureLimits { max_features: MAX_SCHOOLS, ..FeatureLimits::DEFAULT };
        let mut file = SchoolFile::default();
        let read = match exchange::read(bytes, limits, &self.mapping) {
            Ok(read) => read,
            Err(fault) => {
                file.faults.push(Fault::of_file(fault));
                return Ok(file);
            }
        };
        file.read = read.rows.len();
        file.properties = read.properties;
        file.reference = Some(read.reference);
        file.notices = read.notices;
        for row in read.rows {
            self.take(row, &mut file);
        }
        progress(file.read, file.read);
        Ok(file)
    }

    fn is_trial(&self) -> bool {
        self.dry_run
    }

    fn admit(&self, call: &mut Call) -> Result<()> {
        call.announce(Act::local("importSchools", &self.department, "before the file"));
        call.require(Capability::KeepSchools, &self.department).map(|_| ())
    }

    fn write(&self, call: &mut Call, file: SchoolFile, source: &Source) -> Result<Report> {
        let SchoolFile { rows, mut places, mut faults, mut left_out, read, properties, reference, notices } = file;
        let target = format!("annuaire du département {}", self.department);
        let mode = mode(&[(self.skip_invalid, "skip-invalid"), (self.only_department, "only-department")]);
        let act = Act::local("importSchools", &self.department, format!("{read} schools")).from_file(source, &mode);
        call.announce(act.clone());
        let scope = call.require(Capability::KeepSchools, &self.department)?;
        let mut report = Report::new(Subject::Schools, target, self.dry_run, read);
        report.properties = properties;
        report.notices = notices.into_iter().map(Into::into).collect();
        reference.into_iter().for_each(|reference| report.read_in(reference));
        let bounding_box = call.office().territories.department(&self.department).map(|department| department.bounding_box);
        // Read while everybody writes; that it is so still is seen under the lock.
        let base =
            if rows.is_empty() { Vec::new() } else { call.on_a_snapshot(|call| Ok(store::schools::all(call.db()?, &scope)?))? };
        let stored: HashMap<Uai, School> = base.iter().map(|school| (school.uai.clone(), school.clone())).collect();
        let Merged { inputs, told, kept_places } =
            merge(rows, &self.department, &stored, &mut places, &mut faults, &mut left_out);
        if kept_places > 0 {
            let schools = counted(kept_places, "établissement");
            let verb = agreed(kept_places, "garde", "gardent");
            let words = format!("{schools} sans position dans le fichier {verb} celle de l’annuaire");
            report.notices.push(Message::new("POSITION_KEPT", words).with("count", kept_places).into());
        }
        report.left_out = left_out;
        let file_is_faulty = faults.iter().any(|fault| fault.index.is_none());
        if !inputs.is_empty() && !file_is_faulty {
            let on_fault = if self.skip_invalid { OnFault::Skip } else { OnFault::Refuse };
            let already_refused = !faults.is_empty() && !self.skip_invalid;
            let options = Options { on_fault, trial: self.dry_run || already_refused };
            let came = schools::upsert_as(call, act, self.department.clone(), inputs, options, Some(&base))?;
            // What is known of a field already is not said of what stood in for it.
            let new = came.faults.into_iter().filter(|fault| !told.contains(&(fault.index, fault.fault.field())));
            faults.extend(new.map(|fault| of_item(&places, fault)));
            if !came.schools.is_empty() && (faults.is_empty() || self.skip_invalid) {
                report.outcome = Outcome::Imported;
                report.added = came.added;
                report.unchanged = came.unchanged;
                report.replaced = came.schools.len() - came.added - came.unchanged;
            }
            let at: HashMap<&Uai, usize> = came.schools.iter().zip(&came.places).map(|(school, at)| (&school.uai, *at)).collect();
            let place = |school: &School| at.get(&school.uai).map(|at| places.feature(*at));
            let changed = came.schools.iter().filter_map(|school| changed(place(school), stored.get(&school.uai)?, school));
            report.changes(changed.collect());
        }
        recognise(&mut faults, bounding_box);
        report.ends(faults, self.skip_invalid && !file_is_faulty);
        Ok(report)
    }
}

impl SchoolImport {
    /// Sorts a row: to be handed on, or of another department.
    fn take(&self, row: SchoolRow, file: &mut SchoolFile) {
        let name = row.name.clone().unwrap_or_default();
        file.places.name(row.index, &name);
        let Some(message) = self.elsewhere(&row) else {
            file.rows.push(row);
            return;
        };
        if self.only_department {
            // What is wrong with a school of elsewhere is nothing to this directory.
            file.left_out.push(LeftOut::new(row.index, row.line, &row.code, name, message));
            return;
        }
        let fault = RowFault::new(row.index, &row.code, "department", message).on(row.line);
        let all = row.faults.into_iter().chain([fault]);
        file.faults.extend(all.map(|fault| file.places.fault(fault)));
    }

    /// Why a school is not of the directory's department. Where the file says none, the one asked for stands in, unless the UAI says
    /// another.
    fn elsewhere(&self, row: &SchoolRow) -> Option<Message> {
        let other = match (&row.department, &row.uai) {
            (Department::Known(code), _) if *code == self.department => return None,
            (Department::Unsaid, None) => return None,
            // Its UAI is of no department of palts, or the reader would have gone by it.
            (Department::Unsaid, Some(uai)) => uai.as_str().get(..3).unwrap_or_default().to_owned(),
            (Department::Known(code), _) => code.to_string(),
            (Department::Other(text), _) => text.clone(),
        };
        let words = format!(
            "établissement {}, pas du département {} : --only-department (onlyDepartment=true par HTTP) laisse de côté ceux d’ailleurs",
            de(&other),
            self.department
        );
        let message = Message::new("OTHER_DEPARTMENT", words).with("department", &other);
        Some(message.with("found", other).with("expected", &self.department))
    }
}

/// What is handed on of a file's rows.
struct Merged {
    inputs: Vec<SchoolInput>,
    /// Of the inputs, the fields of which a fault is known.
    told: HashSet<(usize, &'static str)>,
    /// Schools that keep the position of the directory.
    kept_places: usize,
}

/// What is to be written of each row: what the file gives, else what is stored. New schools without a position are left out; what is faulty
/// goes on to be checked in all the rest.
fn merge(
    rows: Vec<SchoolRow>,
    department: &DepartmentCode,
    stored: &HashMap<Uai, School>,
    places: &mut Places,
    faults: &mut Vec<Fault>,
    left_out: &mut Vec<LeftOut>,
) -> Merged {
    let mut merged = Merged { inputs: Vec::new(), told: HashSet::new(), kept_places: 0 };
    for mut row in rows {
        // Nothing of it was read, so that nothing else can be said of it.
        if row.faults.iter().any(|fault| fault.field == "row") {
            faults.extend(row.faults.into_iter().map(|fault| places.fault(fault)));
            continue;
        }
        let before = row.uai.as_ref().and_then(|uai| stored.get(uai));
        let name = row.name.or_else(|| before.map(|school| school.name.clone()));
        if row.position.is_none() && before.is_none() && row.faults.is_empty() {
            let message = Message::new("NO_POSITION", "l’établissement est nouveau et n’a pas de position");
            left_out.push(LeftOut::new(row.index, row.line, &row.code, name.unwrap_or_default(), message));
            continue;
        }
        if name.is_none() && !row.faults.iter().any(|fault| fault.field == "name") {
            let message = Message::new("NO_NAME", "l’établissement est nouveau et n’a pas de nom");
            row.faults.push(RowFault::new(row.index, &row.code, "name", message).on(row.line));
        }
        let location = match (row.position, before) {
            (Some(position), _) => Location::At(position),
            (None, Some(school)) => Location::Stored(school.location),
            // Faulty: nothing is asked of it.
            (None, None) => Location::Stored((0.0, 0.0)),
        };
        if row.position.is_none() && row.faults.is_empty() {
            merged.kept_places += 1;
        }
        // A lycée by a word that vocational ones bear too.
        let stays = row.is_coarse && before.is_some_and(|school| school.kind == SchoolKind::LyceeProfessionnel);
        let at = merged.inputs.len();
        merged.told.extend(row.faults.iter().map(|fault| (at, fault.field)));
        places.list(row.index, row.line);
        merged.inputs.push(SchoolInput {
            uai: row.code,
            name: name.unwrap_or_default(),
            kind: row.kind.filter(|_| !stays).or(before.map(|school| school.kind)).unwrap_or(SchoolKind::Other),
            department: department.clone(),
            location,
            is_faulty: !row.faults.is_empty(),
        });
        faults.extend(row.faults.into_iter().map(|fault| places.fault(fault)));
    }
    merged
}

/// What changes of a school.
fn changed(index: Option<usize>, before: &School, after: &School) -> Option<Changed> {
    let place = |school: &School| format!("{}, {}", school.location.0, school.location.1);
    let fields = [
        FieldChange::between("name", &before.name, &after.name),
        FieldChange::between("kind", before.kind.as_str(), after.kind.as_str()),
        FieldChange::between("location", &place(before), &place(after)),
    ];
    let fields: Vec<FieldChange> = fields.into_iter().flatten().collect();
    (!fields.is_empty()).then(|| Changed { index, code: after.uai.to_string(), fields })
}

fn of_item(places: &Places, SchoolItemFault { index: listed, uai, fault }: SchoolItemFault) -> Fault {
    let (index, line) = (places.feature(listed), places.line(listed));
    let field = fault.field();
    let row = match fault {
        SchoolFault::Location(fault) => RowFault::of_shape(index, &uai, field, &fault),
        SchoolFault::Twice { first } => RowFault::new(index, &uai, field, places.twice(first)),
        fault => RowFault::new(index, &uai, field, fault),
    };
    places.fault(row.on(line))
}
