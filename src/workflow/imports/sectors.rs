//! Sectors from a file into a draft.

use std::collections::HashSet;
use std::fmt;

use geo::Geometry;

use super::mend::{Mend, mend};
use super::report::{Fault, Outcome, Places, Report, Subject, Warning, left_aside, of_file};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::exchange::rows::RowFault;
use crate::exchange::sectors::{self as exchange, FaultyRow, SectorMapping, SectorRow};
use crate::geometry::geojson::{FeatureLimits, Limits};
use crate::geometry::{GeometryFault, sector};
use crate::store;
use crate::workflow::editing::Editor;
use crate::workflow::sectors::{
    self, Examined, ItemFault, OnFault, Options, SectorFault, SectorInput, Shape, SharedGround, UpsertReport,
};
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
    inputs: Vec<SectorInput>,
    places: Places,
    faults: Vec<Fault>,
    mended: Vec<Mend>,
    warnings: Vec<Warning>,
    shared: SharedGround,
    read: usize,
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
                file.faults = faults.into_iter().map(of_file).collect();
                return Ok(file);
            }
        };
        file.read = read.features;
        for faulty in read.faulty {
            file.take_faulty(rules, faulty, deadline)?;
        }
        let mut done = read.features - read.rows.len();
        progress(done, read.features);
        for row in read.rows {
            file.take(rules, self.repair, row, deadline)?;
            done += 1;
            progress(done, read.features);
        }
        let shapes = file.inputs.iter().enumerate().filter_map(|(at, input)| match &input.geometry {
            Some(Shape::Examined(Ok(area))) => Some((at, area.shape.clone())),
            Some(Shape::Examined(Err(_)) | Shape::Text(_)) | None => None,
        });
        file.shared = sectors::among(shapes.collect(), deadline)?;
        Ok(file)
    }

    fn write(&self, call: &mut Call, file: SectorFile) -> Result<Report> {
        let SectorFile { inputs, places, mut faults, mended, mut warnings, shared, read } = file;
        let (key, version) = self.draft(call)?;
        let mut report = Report::new(Subject::Sectors, format!("revision {key}"), self.dry_run, read);
        report.mended = mended;
        report.version = Some(version);
        if inputs.is_empty() {
            report.warnings = warnings;
            report.take(faults, self.skip_invalid);
            return Ok(report);
        }
        let codes: Vec<String> = inputs.iter().map(|input| input.code.clone()).collect();
        let already_refused = !faults.is_empty() && !self.skip_invalid;
        let on_fault = if self.skip_invalid { OnFault::Skip } else { OnFault::Refuse };
        let options = Options { on_fault, trial: self.dry_run || already_refused, overlaps: true };
        let came = sectors::upsert(call, &key, version, inputs, options)?;
        warnings.extend(overlaps(&shared, &codes, &came));
        faults.extend(came.faults.into_iter().map(|fault| of_item(&places, fault)));
        let taken = came.added.len() + came.replaced.len();
        if taken > 0 && (faults.is_empty() || self.skip_invalid) {
            report.outcome = Outcome::Imported;
            report.added = came.added.len();
            report.replaced = came.replaced.len();
        }
        report.take(faults, self.skip_invalid);
        report.warnings = warnings;
        report.version = Some(came.revision.map_or(version, |seen| seen.revision.version));
        Ok(report)
    }
}

impl SectorImport {
    /// The draft to be written to, and the version to write from: known to exist and the caller's to edit before anything is said of the file.
    fn draft(&self, call: &mut Call) -> Result<(RevisionKey, i32)> {
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
        Ok((key, version))
    }
}

impl SectorFile {
    /// A feature whose properties are faulty: its shape is examined all the same, so that nothing is found one import later.
    fn take_faulty(&mut self, rules: &Rules, row: FaultyRow, deadline: Deadline) -> Result<()> {
        self.places.name(row.index, &row.name);
        let shape = row.shape.map(|shape| examine(rules, self.aside(&row.code, shape), deadline)).transpose()?;
        let of_shape = shape.and_then(Result::err).map(|unsound| unsound.faults).unwrap_or_default();
        let of_shape = of_shape.iter().map(|fault| RowFault::of_shape(row.index, &row.code, "geometry", fault));
        for fault in row.faults.into_iter().chain(of_shape) {
            self.faults.push(self.places.fault(fault));
        }
        Ok(())
    }

    /// The polygons of a collection; what stood beside them is warned of.
    fn aside(&mut self, code: &str, shape: Result<Geometry<f64>, GeometryFault>) -> Result<Geometry<f64>, GeometryFault> {
        let (shape, aside) = sector::polygons_of_collection(shape?);
        self.warnings.extend(left_aside(code, &aside));
        Ok(shape)
    }

    fn take(&mut self, rules: &Rules, repair: bool, row: SectorRow, deadline: Deadline) -> Result<()> {
        self.places.name(row.index, &row.name);
        self.places.list(row.index);
        let shape = match self.aside(&row.code, row.shape) {
            Ok(drawn) if repair => {
                let (mended, told) = mend(row.index, &row.code, drawn, deadline)?;
                self.mended.extend(told);
                Ok(mended)
            }
            other => other,
        };
        self.inputs.push(SectorInput {
            code: row.code,
            name: row.name,
            kind: row.kind,
            authority: row.authority,
            parquet_code: row.parquet,
            commune_codes: row.communes,
            priority_neighbourhood_code: row.neighbourhood,
            severity: row.severity,
            description: row.description,
            geometry: Some(Shape::Examined(examine(rules, shape, deadline)?)),
        });
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
        SectorFault::Twice { first } => {
            RowFault::new(index, &code, field, format!("stands in the file already, as feature {}", places.feature(first)))
        }
        fault => RowFault::new(index, &code, field, fault),
    })
}

/// Warns of sectors that share ground: those of the file among themselves, and with others of the revision.
fn overlaps(shared: &SharedGround, codes: &[String], came: &UpsertReport) -> Vec<Warning> {
    let faulty: HashSet<usize> = came.faults.iter().map(|fault| fault.index).collect();
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
        Some(area_m2) => format!("{one} and {other} overlap by {area_m2:.1} m²"),
        None => format!("{one} et {other} se chevauchent en trop de morceaux pour que la surface commune soit mesurée"),
    };
    Warning { codes: vec![one.to_owned(), other.to_owned()], message, area_m2 }
}
