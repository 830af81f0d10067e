//! Sectors from a file into a draft.

use std::collections::HashSet;
use std::fmt;

use geo::Geometry;

use super::mend::{Mend, mend};
use super::places::recognise;
use super::report::{Outcome, Places, Report, Subject, Warning, left_aside};
use super::told::{Changed, Fault};
use super::{Import, Progress, mode};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::message::Message;
use crate::domain::vocabulary::{Authority, SectorKind};
use crate::exchange::properties::PropertyUse;
use crate::exchange::rows::RowFault;
use crate::exchange::sectors::{self as exchange, SectorMapping, SectorRow};
use crate::geometry::geojson::{FeatureLimits, Limits};
use crate::geometry::{GeometryFault, Reference, sector};
use crate::store;
use crate::store::sectors::Sector;
use crate::workflow::editing::Editor;
use crate::workflow::sectors::{
    self, Examined, ItemFault, OnFault, Options, SectorFault, SectorInput, Shape, SharedGround, UpsertReport,
};
use crate::workflow::{Act, Call, Error, Result, Rules, Source, revisions};

/// Stands in for a severity that could not be read, in rows that are only checked.
const LEAST_SEVERE: i32 = 1;

/// Which revision of a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// By its number.
    Number(i32),
    /// The one that is being worked on.
    Pending,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Pending => f.write_str("pending"),
        }
    }
}

/// Sectors into a draft: codes that it has are replaced, others added.
#[derive(Clone, Debug)]
pub struct SectorImport {
    /// The department.
    pub department: DepartmentCode,
    /// The revision, a draft.
    pub revision: Target,
    /// The version that the import is made from; none takes the one that there is.
    pub version: Option<i32>,
    /// Leaves faulty features out, instead of all.
    pub skip_invalid: bool,
    /// Mends what can be mended.
    pub repair: bool,
    /// Only says what would be done.
    pub dry_run: bool,
    /// Which property holds what.
    pub mapping: SectorMapping,
}

/// A file of sectors, its shapes examined.
#[derive(Clone, Debug, Default)]
pub struct SectorFile {
    rows: Vec<Drawn>,
    places: Places,
    faults: Vec<Fault>,
    mended: Vec<Mend>,
    warnings: Vec<Warning>,
    shared: SharedGround,
    read: usize,
    properties: PropertyUse,
    reference: Option<Reference>,
    notices: Vec<Message>,
}

/// A row, and its shape as examined.
#[derive(Clone, Debug)]
struct Drawn {
    row: SectorRow,
    shape: Option<Shape>,
}

impl Import for SectorImport {
    type File = SectorFile;

    fn read(&self, rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<SectorFile> {
        deadline.check()?;
        let each = Limits { max_positions: rules.max_positions, ..Limits::DEFAULT };
        let limits = FeatureLimits { max_features: rules.max_items_per_revision, each, ..FeatureLimits::DEFAULT };
        let mut file = SectorFile::default();
        let read = match exchange::read(bytes, limits, &self.mapping) {
            Ok(read) => read,
            Err(faults) => {
                file.faults = faults.into_iter().map(Fault::of_file).collect();
                return Ok(file);
            }
        };
        file.read = read.rows.len();
        file.properties = read.properties;
        file.reference = Some(read.reference);
        file.notices = read.notices;
        for (done, row) in read.rows.into_iter().enumerate() {
            progress(done, file.read);
            file.take(rules, self.repair, row, deadline)?;
        }
        progress(file.read, file.read);
        let shapes = file.rows.iter().enumerate().filter_map(|(at, each)| match &each.shape {
            Some(Shape::Examined(Ok(area))) => Some((at, area.shape.clone())),
            Some(Shape::Examined(Err(_)) | Shape::Text(_)) | None => None,
        });
        file.shared = sectors::among(shapes.collect(), deadline)?;
        Ok(file)
    }

    fn is_trial(&self) -> bool {
        self.dry_run
    }

    fn admit(&self, call: &mut Call) -> Result<()> {
        let department = &self.department;
        call.announce(Act::local("importSectors", department, format!("revision {department}/{}", self.revision)));
        Editor::of(call, department, Capability::EditOwnSectors).map(|_| ())
    }

    fn write(&self, call: &mut Call, file: SectorFile, source: &Source) -> Result<Report> {
        let SectorFile { rows, mut places, mut faults, mended, mut warnings, shared, read, properties, reference, notices } =
            file;
        let mode = mode(&[(self.skip_invalid, "skip-invalid"), (self.repair, "repair")]);
        let act = |revision: &dyn fmt::Display| {
            Act::local("importSectors", &self.department, format!("revision {revision}")).from_file(source, &mode)
        };
        let (existing, key, version) = self.draft(call, act(&format!("{}/{}", self.department, self.revision)))?;
        let mut report = Report::new(Subject::Sectors, format!("révision {key}"), self.dry_run, read);
        report.mends(mended);
        report.version = Some(version);
        report.properties = properties;
        report.notices = notices.into_iter().map(Into::into).collect();
        reference.into_iter().for_each(|reference| report.read_in(reference));
        let bounding_box = call.office().territories.department(&key.department).map(|department| department.bounding_box);
        let codes: Vec<String> = rows.iter().map(|each| each.row.code.clone()).collect();
        let merged = self.merge(rows, &existing, &mut places, &mut faults, &report.properties);
        let file_is_faulty = faults.iter().any(|fault| fault.index.is_none());
        if merged.inputs.is_empty() {
            report.warnings(warnings);
            recognise(&mut faults, bounding_box);
            report.ends(faults, self.skip_invalid && !file_is_faulty);
            return Ok(report);
        }
        let already_refused = !faults.is_empty() && !self.skip_invalid || file_is_faulty;
        let on_fault = if self.skip_invalid { OnFault::Skip } else { OnFault::Refuse };
        let options = Options { on_fault, trial: self.dry_run, is_refused: already_refused, overlaps: true, changes: true };
        let Merged { inputs, faulty, told } = merged;
        let came = sectors::upsert_as(call, act(&key), &key, version, inputs, options).map_err(|error| match error {
            // Who named no version means the one that there is: it is held against that.
            Error::Conflict { message, .. } if self.version.is_none() && message.reason == "OLD_VERSION" => call.overtaken(),
            other => other,
        })?;
        warnings.extend(overlaps(&shared, &codes, faulty, &came));
        // What is known of a field already is not said of what stood in for it.
        let new = came.faults.into_iter().filter(|fault| !told.contains(&(fault.index, fault.fault.field())));
        faults.extend(new.map(|fault| of_item(&places, fault)));
        let taken = came.added.len() + came.replaced.len() + came.unchanged.len();
        if taken > 0 && !file_is_faulty && (faults.is_empty() || self.skip_invalid) {
            report.outcome = Outcome::Imported;
            report.added = came.added.len();
            report.replaced = came.replaced.len();
            report.unchanged = came.unchanged.len();
        }
        let changed = came.changed.into_iter().map(|(at, code, fields)| Changed {
            index: Some(places.feature(at)),
            code: code.to_string(),
            fields,
        });
        report.changes(changed.collect());
        recognise(&mut faults, bounding_box);
        report.ends(faults, self.skip_invalid && !file_is_faulty);
        report.warnings(warnings);
        report.version = Some(came.revision.map_or(version, |seen| seen.revision.version));
        Ok(report)
    }
}

/// What is handed on of a file's rows, each at its own place.
struct Merged {
    inputs: Vec<SectorInput>,
    /// Rows that are faulty already: they are only checked.
    faulty: HashSet<usize>,
    /// Rows and fields of which a fault is known.
    told: HashSet<(usize, &'static str)>,
}

type Existing = std::collections::BTreeMap<crate::domain::codes::SectorCode, Sector>;

impl SectorImport {
    /// The draft to be written to, and the version to write from: known to exist and the caller's to edit before anything is said of the file.
    /// Read while everybody writes: a draft of the same version holds the same sectors.
    fn draft(&self, call: &mut Call, act: Act) -> Result<(Existing, RevisionKey, i32)> {
        let department = &self.department;
        call.announce(act);
        let editor = Editor::of(call, department, Capability::EditOwnSectors)?;
        call.on_a_snapshot(|call| self.found(call, &editor))
    }

    fn found(&self, call: &mut Call, editor: &Editor) -> Result<(Existing, RevisionKey, i32)> {
        let department = &self.department;
        let number = match self.revision {
            Target::Number(number) => number,
            Target::Pending => {
                let plan = store::revisions::plan(call.db()?, &editor.scope(), department)?;
                plan.and_then(|plan| plan.pending)
                    .ok_or_else(|| Error::not_found(format!("projet de révision du département {department}")))?
            }
        };
        let key = RevisionKey { department: department.clone(), number };
        let now = revisions::seen(call, &key)?.revision.version;
        let version = self.version.unwrap_or(now);
        revisions::draft_for_edit(call, &editor.scope(), &key, version)?;
        Ok((sectors::existing(call, editor, &key)?, key, version))
    }

    /// What is to be written of each row: what the file gives; else what is stored, unless it is asked by name to be cleared; else, for what
    /// has none yet, what was said for all. Rows of new sectors that lack what every sector needs are faults, told once where no row has it.
    /// What is faulty goes on too, to be checked in all the rest.
    fn merge(
        &self,
        rows: Vec<Drawn>,
        existing: &Existing,
        places: &mut Places,
        faults: &mut Vec<Fault>,
        properties: &PropertyUse,
    ) -> Merged {
        let (mut asked, mut inputs) = (Vec::new(), Vec::new());
        let (mut faulty, mut told) = (HashSet::new(), HashSet::new());
        for (at, Drawn { mut row, shape }) in rows.into_iter().enumerate() {
            let index = row.index;
            places.list(index, None);
            let mut found = std::mem::take(&mut row.faults);
            told.extend(found.iter().map(|fault| (at, fault.field)));
            for field in self.lacking(&row, existing) {
                if !told.insert((at, field)) {
                    continue;
                }
                // Where faulty ones are left out, a new sector that lacks something keeps no other from being written.
                if self.skip_invalid || properties.read.iter().any(|read| read.field == field) {
                    let words = "manque : l’objet est nouveau, et rien n’a été dit pour tous";
                    found.push(RowFault::new(index, &row.code, field, Message::new("MISSING", words).with("option", field)));
                } else {
                    faulty.insert(at);
                    if !asked.contains(&field) {
                        asked.push(field);
                    }
                }
            }
            if !found.is_empty() {
                faulty.insert(at);
            }
            faults.extend(found.into_iter().map(|fault| places.fault(fault)));
            inputs.push(self.input(row, shape, existing, faulty.contains(&at)));
        }
        for option in asked {
            let words = format!(
                "aucun objet ne donne de valeur ({option}), et il y en a de nouveaux : dites-le pour tous (--{option}, ou {option}= par HTTP)"
            );
            faults.push(Fault::of_file(Message::new("MISSING_FOR_ALL", words).with("option", option)));
        }
        Merged { inputs, faulty, told }
    }

    /// What a row lacks of what every sector needs, where neither what is stored nor what was said for all stands in.
    fn lacking(&self, row: &SectorRow, existing: &Existing) -> impl Iterator<Item = &'static str> {
        let (mapping, is_new) = (&self.mapping, !existing.contains_key(row.code.as_str()));
        let lacks = [
            ("kind", row.kind.or(mapping.default_kind).is_none()),
            ("authority", row.authority.or(mapping.default_authority).is_none()),
            ("severity", row.severity.or(mapping.default_severity).is_none()),
        ];
        lacks.into_iter().filter(move |(_, lacks)| *lacks && is_new).map(|(field, _)| field)
    }

    /// What is written of a row. In a row that is faulty, and never written, any value stands in for one that could not be read.
    fn input(&self, row: SectorRow, shape: Option<Shape>, existing: &Existing, is_faulty: bool) -> SectorInput {
        let stored = existing.get(row.code.as_str());
        let mapping = &self.mapping;
        let kept = |clear: bool| stored.filter(|_| !clear);
        let clear = mapping.clear;
        let parquet = row.parquet.or_else(|| kept(clear.parquet)?.parquet.as_ref().map(ToString::to_string));
        let communes = || kept(clear.communes).map(|sector| sector.communes.iter().map(ToString::to_string).collect());
        SectorInput {
            name: match row.name.or_else(|| stored.map(|sector| sector.name.clone())) {
                Some(name) => name,
                None if is_faulty => "-".to_owned(),
                None => row.code.clone(),
            },
            kind: row.kind.or(stored.map(|sector| sector.kind)).or(mapping.default_kind).unwrap_or(SectorKind::Other),
            authority: row
                .authority
                .or(stored.map(|sector| sector.authority))
                .or(mapping.default_authority)
                .unwrap_or(Authority::Police),
            parquet_code: parquet.or_else(|| mapping.default_parquet.clone()),
            commune_codes: row.communes.or_else(communes).unwrap_or_default(),
            priority_neighbourhood_code: row.neighbourhood.or_else(|| kept(clear.neighbourhood)?.priority_neighbourhood.clone()),
            severity: row.severity.or(stored.map(|sector| sector.severity)).or(mapping.default_severity).unwrap_or(LEAST_SEVERE),
            description: row
                .description
                .or_else(|| kept(clear.description).map(|sector| sector.description.clone()))
                .unwrap_or_default(),
            code: row.code,
            geometry: shape,
            is_faulty,
        }
    }
}

impl SectorFile {
    /// The polygons of a collection; what stood beside them is warned of.
    fn aside(&mut self, code: &str, shape: Result<Geometry<f64>, GeometryFault>) -> Result<Geometry<f64>, GeometryFault> {
        let (shape, aside) = sector::polygons_of_collection(shape?);
        self.warnings.extend(left_aside(code, &aside));
        Ok(shape)
    }

    fn take(&mut self, rules: &Rules, repair: bool, mut row: SectorRow, deadline: Deadline) -> Result<()> {
        self.places.name(row.index, row.name.as_deref().unwrap_or_default());
        let drawn = row.shape.take().map(|shape| self.aside(&row.code, shape));
        let shape = match drawn {
            Some(Ok(drawn)) if repair => {
                let (mended, told) = mend(row.index, &row.code, drawn, deadline)?;
                self.mended.extend(told);
                Some(Ok(mended))
            }
            other => other,
        };
        let shape = shape.map(|shape| examine(rules, shape, deadline)).transpose()?.map(Shape::Examined);
        self.rows.push(Drawn { row, shape });
        Ok(())
    }
}

fn examine(rules: &Rules, shape: Result<Geometry<f64>, GeometryFault>, deadline: Deadline) -> Result<Examined> {
    Ok(match shape {
        Ok(shape) => sectors::examine(rules, shape, deadline)?,
        Err(fault) => Err(fault.into()),
    })
}

/// A fault under its feature's place, which is not its place in the list.
fn of_item(places: &Places, ItemFault { index, code, fault }: ItemFault) -> Fault {
    let index = places.feature(index);
    let field = fault.field();
    places.fault(match fault {
        SectorFault::Geometry(fault) => RowFault::of_shape(index, &code, field, &fault),
        SectorFault::Twice { first } => RowFault::new(index, &code, field, places.twice(first)),
        fault => RowFault::new(index, &code, field, fault),
    })
}

/// Warns of sectors that share ground: those of the file among themselves, and with others of the revision. `codes` are those of all rows;
/// `faulty` the rows that were faulty before.
fn overlaps(shared: &SharedGround, codes: &[String], mut faulty: HashSet<usize>, came: &UpsertReport) -> Vec<Warning> {
    faulty.extend(came.faults.iter().map(|fault| fault.index));
    let sound = shared.pairs.iter().filter(|(one, other, _)| !faulty.contains(one) && !faulty.contains(other));
    let among = sound.filter_map(|(one, other, area_m2)| Some(overlap(codes.get(*one)?, codes.get(*other)?, *area_m2)));
    let with_others = came.overlaps.iter().map(|pair| overlap(pair.one.as_str(), pair.other.as_str(), pair.area_m2));
    let mut warnings: Vec<Warning> = among.chain(with_others).collect();
    if !shared.complete || came.overlaps_cut_short {
        let message =
            "les chevauchements n’ont pas tous été cherchés : les tracés sont trop nombreux ou trop enchevêtrés".to_owned();
        warnings.push(Warning { codes: Vec::new(), message, area_m2: None });
    }
    warnings
}

fn overlap(one: &str, other: &str, area_m2: Option<f64>) -> Warning {
    let message = match area_m2 {
        Some(area_m2) => format!("{one} et {other} se chevauchent sur {area_m2:.1} m²"),
        None => format!("{one} et {other} se chevauchent en trop de morceaux pour que la surface commune soit mesurée"),
    };
    Warning { codes: vec![one.to_owned(), other.to_owned()], message, area_m2 }
}
