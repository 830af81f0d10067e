//! Sectors from a file into a draft.

use std::fmt;

use super::mend::{Mend, mend};
use super::places::recognise;
use super::report::{Outcome, Places, Report, Subject, Warning};
use super::told::{Changed, Fault};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::domain::message::Message;
use crate::exchange::properties::PropertyUse;
use crate::exchange::rows::RowFault;
use crate::exchange::sectors::{self as exchange, FaultyRow, SectorMapping, SectorRow};
use crate::geometry::geojson::{FeatureLimits, Limits};
use crate::geometry::{CheckedArea, GeometryFault, Reference};
use crate::store;
use crate::store::sectors::Sector;
use crate::workflow::editing::Editor;
use crate::workflow::sectors::{self, ItemFault, OnFault, Options, SectorFault, SectorInput, SectorOverlap, Shape};
use crate::workflow::{Act, Call, Error, Result, Rules, revisions};

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
    rows: Vec<Examined>,
    places: Places,
    faults: Vec<Fault>,
    mended: Vec<Mend>,
    read: usize,
    properties: PropertyUse,
    reference: Option<Reference>,
    notices: Vec<Message>,
}

/// A row, and its shape as examined.
#[derive(Clone, Debug)]
struct Examined {
    row: SectorRow,
    shape: Option<Shape>,
}

impl Import for SectorImport {
    type File = SectorFile;

    fn read(&self, rules: &Rules, bytes: &[u8], progress: Progress<'_>) -> SectorFile {
        let each = Limits { max_positions: rules.max_positions, ..Limits::DEFAULT };
        let limits = FeatureLimits { max_features: rules.max_items_per_revision, each, ..FeatureLimits::DEFAULT };
        let mut file = SectorFile::default();
        let read = match exchange::read(bytes, limits, &self.mapping) {
            Ok(read) => read,
            Err(faults) => {
                file.faults = faults.into_iter().map(Fault::of_file).collect();
                return file;
            }
        };
        file.read = read.features;
        file.properties = read.properties;
        file.reference = Some(read.reference);
        file.notices = read.notices;
        for faulty in read.faulty {
            file.take_faulty(rules, faulty);
        }
        let mut done = read.features - read.rows.len();
        progress(done, read.features);
        for row in read.rows {
            file.take(rules, self.repair, row);
            done += 1;
            progress(done, read.features);
        }
        file
    }

    fn write(&self, call: &mut Call, file: SectorFile) -> Result<Report> {
        let SectorFile { rows, mut places, mut faults, mended, read, properties, reference, notices } = file;
        let (editor, key, version) = self.draft(call)?;
        let mut report = Report::new(Subject::Sectors, format!("revision {key}"), self.dry_run, read);
        report.mended = mended;
        report.version = Some(version);
        report.properties = properties;
        report.notices = notices.into_iter().map(Into::into).collect();
        reference.into_iter().for_each(|reference| report.read_in(reference));
        let bounding_box = call.office().territories.department(&key.department).map(|department| department.bounding_box);
        let existing = sectors::existing(call, &editor, &key)?;
        let inputs = self.merge(rows, &existing, &mut places, &mut faults, &report.properties);
        let file_is_faulty = faults.iter().any(|fault| fault.index.is_none());
        if inputs.is_empty() || file_is_faulty {
            recognise(&mut faults, bounding_box);
            report.take(faults, self.skip_invalid && !file_is_faulty);
            return Ok(report);
        }
        let already_refused = !faults.is_empty() && !self.skip_invalid;
        let on_fault = if self.skip_invalid { OnFault::Skip } else { OnFault::Refuse };
        let options = Options { on_fault, trial: self.dry_run || already_refused, overlaps: true, changes: true };
        let came = sectors::upsert(call, &key, version, inputs, options)?;
        faults.extend(came.faults.into_iter().map(|fault| of_item(&places, fault)));
        let taken = came.added.len() + came.replaced.len();
        if taken > 0 && (faults.is_empty() || self.skip_invalid) {
            report.outcome = Outcome::Imported;
            report.added = came.added.len();
            report.replaced = came.replaced.len();
        }
        let changed = came.changed.into_iter().map(|(at, code, fields)| Changed {
            index: Some(places.feature(at)),
            code: code.to_string(),
            fields,
        });
        report.changes(changed.collect());
        recognise(&mut faults, bounding_box);
        report.take(faults, self.skip_invalid);
        report.warnings = came.overlaps.iter().map(overlap).collect();
        report.version = Some(came.revision.map_or(version, |seen| seen.revision.version));
        Ok(report)
    }
}

type Existing = std::collections::BTreeMap<crate::domain::codes::SectorCode, Sector>;

impl SectorImport {
    /// The draft to be written to, and the version to write from: known to exist and the caller's to edit before anything is said of the file.
    fn draft(&self, call: &mut Call) -> Result<(Editor, RevisionKey, i32)> {
        let department = &self.department;
        call.begin(Act::local("importSectors", department, format!("revision {department}/{}", self.revision)))?;
        let editor = Editor::of(call, department, Capability::EditOwnSectors)?;
        let number = match self.revision {
            Target::Number(number) => number,
            Target::Pending => {
                let plan = store::revisions::plan(call.db()?, &editor.scope(), department)?;
                plan.and_then(|plan| plan.pending)
                    .ok_or_else(|| Error::not_found(format!("pending revision of department {department}")))?
            }
        };
        let key = RevisionKey { department: department.clone(), number };
        let now = revisions::seen(call, &key)?.revision.version;
        let version = self.version.unwrap_or(now);
        revisions::draft_for_edit(call, &editor.scope(), &key, version)?;
        Ok((editor, key, version))
    }

    /// What is to be written of each row: what the file gives; else what is stored, unless it is asked by name to be cleared; else, for what
    /// has none yet, what was said for all. Rows of new sectors that lack what every sector needs are faults, told once where no row has it.
    fn merge(
        &self,
        rows: Vec<Examined>,
        existing: &Existing,
        places: &mut Places,
        faults: &mut Vec<Fault>,
        properties: &PropertyUse,
    ) -> Vec<SectorInput> {
        let (mut inputs, mut asked) = (Vec::new(), Vec::new());
        for Examined { row, shape } in rows {
            let index = row.index;
            let code = row.code.clone();
            match self.input(row, shape, existing) {
                Ok(input) => {
                    places.list(index, None);
                    inputs.push(input);
                }
                Err(lacking) => {
                    for (option, field) in lacking {
                        let unread = !properties.read.iter().any(|read| read.field == option);
                        if !unread {
                            let words = "manque : l'objet est nouveau, et rien n'a été dit pour tous";
                            let fault = RowFault::new(index, &code, field, Message::new("MISSING", words).with("option", option));
                            faults.push(places.fault(fault));
                        } else if !asked.contains(&option) {
                            asked.push(option);
                        }
                    }
                }
            }
        }
        for option in asked {
            let words = format!(
                "aucun objet ne donne de valeur ({option}), et il y en a de nouveaux : dites-le pour tous, par l'option {option}"
            );
            faults.push(Fault::of_file(Message::new("MISSING_FOR_ALL", words).with("option", option)));
        }
        inputs
    }

    fn input(
        &self,
        row: SectorRow,
        shape: Option<Shape>,
        existing: &Existing,
    ) -> Result<SectorInput, Vec<(&'static str, &'static str)>> {
        let stored = existing.get(row.code.as_str());
        let mapping = &self.mapping;
        let kind = row.kind.or(stored.map(|sector| sector.kind)).or(mapping.default_kind);
        let authority = row.authority.or(stored.map(|sector| sector.authority)).or(mapping.default_authority);
        let severity = row.severity.or(stored.map(|sector| sector.severity)).or(mapping.default_severity);
        let (Some(kind), Some(authority), Some(severity)) = (kind, authority, severity) else {
            let lacking = [("kind", kind.is_none()), ("authority", authority.is_none()), ("severity", severity.is_none())];
            return Err(lacking.into_iter().filter(|(_, lacks)| *lacks).map(|(option, _)| (option, option)).collect());
        };
        let kept = |clear: bool| stored.filter(|_| !clear);
        let clear = mapping.clear;
        let parquet = row.parquet.or_else(|| kept(clear.parquet)?.parquet.as_ref().map(ToString::to_string));
        let communes = || kept(clear.communes).map(|sector| sector.communes.iter().map(ToString::to_string).collect());
        Ok(SectorInput {
            name: row.name.or_else(|| stored.map(|sector| sector.name.clone())).unwrap_or_else(|| row.code.clone()),
            kind,
            authority,
            parquet_code: parquet.or_else(|| mapping.default_parquet.clone()),
            commune_codes: row.communes.or_else(communes).unwrap_or_default(),
            priority_neighbourhood_code: row.neighbourhood.or_else(|| kept(clear.neighbourhood)?.priority_neighbourhood.clone()),
            severity,
            description: row
                .description
                .or_else(|| kept(clear.description).map(|sector| sector.description.clone()))
                .unwrap_or_default(),
            code: row.code,
            geometry: shape,
        })
    }
}

impl SectorFile {
    /// A feature whose properties are faulty: its shape is examined all the same, so that nothing is found one import later.
    fn take_faulty(&mut self, rules: &Rules, row: FaultyRow) {
        self.places.name(row.index, &row.name);
        let shape = row.shape.map(|shape| examine(rules, shape));
        let of_shape = shape.and_then(Result::err).unwrap_or_default();
        let of_shape = of_shape.iter().map(|fault| RowFault::of_shape(row.index, &row.code, "geometry", fault));
        for fault in row.faults.into_iter().chain(of_shape) {
            self.faults.push(self.places.fault(fault));
        }
    }

    fn take(&mut self, rules: &Rules, repair: bool, mut row: SectorRow) {
        self.places.name(row.index, row.name.as_deref().unwrap_or_default());
        let shape = match row.shape.take() {
            Some(Ok(drawn)) if repair => {
                let (mended, told) = mend(row.index, &row.code, drawn);
                self.mended.extend(told);
                Some(Ok(mended))
            }
            other => other,
        };
        let shape = shape.map(|shape| Shape::Examined(examine(rules, shape)));
        self.rows.push(Examined { row, shape });
    }
}

fn examine(rules: &Rules, shape: Result<geo::Geometry<f64>, GeometryFault>) -> Result<Box<CheckedArea>, Vec<GeometryFault>> {
    sectors::examine(rules, shape.map_err(|fault| vec![fault])?)
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

fn overlap(overlap: &SectorOverlap) -> Warning {
    Warning {
        codes: vec![overlap.one.to_string(), overlap.other.to_string()],
        message: format!("{} and {} overlap by {:.1} m²", overlap.one, overlap.other, overlap.area_m2),
        area_m2: Some(overlap.area_m2),
    }
}
