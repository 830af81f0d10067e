//! Sectors from a file into a draft.

use std::fmt;

use super::mend::{Mend, mend};
use super::report::{Fault, Outcome, Places, Report, Subject, Warning, of_file};
use super::{Import, Progress};
use crate::access::Capability;
use crate::domain::codes::DepartmentCode;
use crate::domain::keys::RevisionKey;
use crate::exchange::rows::RowFault;
use crate::exchange::sectors::{self as exchange, FaultyRow, SectorMapping, SectorRow};
use crate::geometry::geojson::{FeatureLimits, Limits};
use crate::geometry::{CheckedArea, GeometryFault};
use crate::store;
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
    inputs: Vec<SectorInput>,
    places: Places,
    faults: Vec<Fault>,
    mended: Vec<Mend>,
    read: usize,
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
                file.faults = faults.into_iter().map(of_file).collect();
                return file;
            }
        };
        file.read = read.features;
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

    fn admit(&self, call: &mut Call) -> Result<()> {
        let department = &self.department;
        call.announce(Act::local("importSectors", department, format!("revision {department}/{}", self.revision)));
        Editor::of(call, department, Capability::EditOwnSectors).map(|_| ())
    }

    fn write(&self, call: &mut Call, file: SectorFile) -> Result<Report> {
        let SectorFile { inputs, places, mut faults, mended, read } = file;
        let (key, version) = self.draft(call)?;
        let mut report = Report::new(Subject::Sectors, format!("revision {key}"), self.dry_run, read);
        report.mended = mended;
        report.version = Some(version);
        if inputs.is_empty() {
            report.take(faults, self.skip_invalid);
            return Ok(report);
        }
        let already_refused = !faults.is_empty() && !self.skip_invalid;
        let on_fault = if self.skip_invalid { OnFault::Skip } else { OnFault::Refuse };
        let options = Options { on_fault, trial: self.dry_run || already_refused, overlaps: true };
        let came = sectors::upsert(call, &key, version, inputs, options)?;
        faults.extend(came.faults.into_iter().map(|fault| of_item(&places, fault)));
        let taken = came.added.len() + came.replaced.len();
        if taken > 0 && (faults.is_empty() || self.skip_invalid) {
            report.outcome = Outcome::Imported;
            report.added = came.added.len();
            report.replaced = came.replaced.len();
        }
        report.take(faults, self.skip_invalid);
        report.warnings = came.overlaps.iter().map(overlap).collect();
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
    fn take_faulty(&mut self, rules: &Rules, row: FaultyRow) {
        self.places.name(row.index, &row.name);
        let shape = row.shape.map(|shape| examine(rules, shape));
        let of_shape = shape.and_then(Result::err).unwrap_or_default();
        let of_shape = of_shape.iter().map(|fault| RowFault::of_shape(row.index, &row.code, "geometry", fault));
        for fault in row.faults.into_iter().chain(of_shape) {
            self.faults.push(self.places.fault(fault));
        }
    }

    fn take(&mut self, rules: &Rules, repair: bool, row: SectorRow) {
        self.places.name(row.index, &row.name);
        self.places.list(row.index);
        let shape = match row.shape {
            Ok(drawn) if repair => {
                let (mended, told) = mend(row.index, &row.code, drawn);
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
            geometry: Some(Shape::Examined(examine(rules, shape))),
        });
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
        SectorFault::Twice { first } => {
            RowFault::new(index, &code, field, format!("stands in the file already, as feature {}", places.feature(first)))
        }
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
