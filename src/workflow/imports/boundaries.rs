//! Outlines of departments from a file.

use super::places::recognise;
use super::report::{Outcome, Places, Report, Subject, Warning, left_aside};
use super::told::{Changed, Fault};
use super::{Import, Progress, mode};
use crate::access::Capability;
use crate::domain::Deadline;
use crate::domain::codes::DepartmentCode;
use crate::domain::message::Message;
use crate::exchange::boundaries as exchange;
use crate::exchange::properties::{Names, PropertyUse};
use crate::exchange::rows::RowFault;
use crate::geometry::Reference;
use crate::geometry::geojson::FeatureLimits;
use crate::geometry::sector;
use crate::workflow::boundaries::{self, BoundaryFault, Options};
use crate::workflow::{Act, Call, Result, Rules, Source};

/// Outlines: those of departments that the file names are replaced, others stay.
#[derive(Clone, Debug)]
pub struct BoundaryImport {
    /// Leaves faulty outlines out, instead of all.
    pub skip_invalid: bool,
    /// Takes outlines that do not agree with what is known: their seat, the extent, the sectors and schools inside before. Counted in the report.
    pub accept_outside: bool,
    /// Only says what would be done.
    pub dry_run: bool,
    /// The property with the department's code.
    pub code: Names,
}

impl BoundaryImport {
    /// The property with the department's code: the user's, or the usual ones.
    #[must_use]
    pub fn code_property(given: Option<String>) -> Names {
        Names::given_or(given, &["code", "code_insee", "INSEE_DEP", "code_departement", "code_dept", "ddep_c_cod", "dep"])
    }
}

/// A file of outlines.
#[derive(Clone, Debug, Default)]
pub struct BoundaryFile {
    outlines: Vec<(DepartmentCode, geo::Geometry<f64>)>,
    places: Places,
    faults: Vec<Fault>,
    warnings: Vec<Warning>,
    read: usize,
    properties: PropertyUse,
    reference: Option<Reference>,
    notices: Vec<Message>,
}

impl Import for BoundaryImport {
    type File = BoundaryFile;

    fn read(&self, _rules: &Rules, bytes: &[u8], deadline: Deadline, progress: Progress<'_>) -> Result<BoundaryFile> {
        deadline.check()?;
        let mut file = BoundaryFile::default();
        let exchange::BoundaryFile { rows, faults, properties, reference, notices } =
            match exchange::read(bytes, FeatureLimits::DEFAULT, &self.code) {
                Ok(read) => read,
                Err(fault) => {
                    file.faults.push(Fault::of_file(fault));
                    return Ok(file);
                }
            };
        (file.properties, file.reference, file.notices) = (properties, Some(reference), notices);
        file.read = rows.len();
        if file.read == 0 {
            file.faults.push(Fault::of_file(Message::new("NO_FEATURE", "le fichier n’a aucun objet")));
        }
        file.faults.extend(faults.into_iter().map(|fault| file.places.fault(fault)));
        for exchange::BoundaryRow { index, code, department, shape } in rows {
            let aside = shape.map(sector::polygons_of_collection);
            let shape = aside.map(|(shape, aside)| {
                file.warnings.extend(left_aside(&code, &aside));
                shape
            });
            match (department, shape) {
                (Some(department), Some(shape)) => {
                    file.places.list(index, None);
                    file.outlines.push((department, shape));
                }
                // Not to be written, but all of its faults are told at once.
                (None, Some(shape)) => {
                    let faults = boundaries::faults_of(shape, deadline)?;
                    let of_shape = faults.iter().map(|fault| RowFault::of_shape(index, &code, "geometry", fault));
                    file.faults.extend(of_shape.map(|fault| file.places.fault(fault)).collect::<Vec<_>>());
                }
                (_, None) => {}
            }
        }
        progress(file.read, file.read);
        Ok(file)
    }

    fn is_trial(&self) -> bool {
        self.dry_run
    }

    fn admit(&self, call: &mut Call) -> Result<()> {
        call.announce(Act::national("importBoundaries", "before the file"));
        call.require_nation(Capability::KeepTerritories)
    }

    fn write(&self, call: &mut Call, file: BoundaryFile, source: &Source) -> Result<Report> {
        let BoundaryFile { outlines, places, mut faults, warnings, read, properties, reference, notices } = file;
        // The lock is taken once the shapes are examined.
        let mode = mode(&[(self.skip_invalid, "skip-invalid"), (self.accept_outside, "accept-outside")]);
        let act = Act::national("importBoundaries", format!("{read} outlines")).from_file(source, &mode);
        call.announce(act.clone());
        call.require_nation(Capability::KeepTerritories)?;
        let mut report = Report::new(Subject::Boundaries, "contours des départements".to_owned(), self.dry_run, read);
        report.warnings(warnings);
        report.properties = properties;
        report.notices = notices.into_iter().map(Into::into).collect();
        reference.into_iter().for_each(|reference| report.read_in(reference));
        let file_is_faulty = faults.iter().any(|fault| fault.index.is_none());
        if !outlines.is_empty() && !file_is_faulty {
            let already_refused = !faults.is_empty() && !self.skip_invalid;
            let options = Options {
                skip_faulty: self.skip_invalid,
                accept_outside: self.accept_outside,
                trial: self.dry_run || already_refused,
            };
            let came = boundaries::set(call, act, outlines, options)?;
            faults.extend(came.faults.into_iter().map(|fault| of_outline(&places, fault)));
            report.notices.extend(came.accepted.into_iter().map(|fault| fault.what.message(&fault.department).into()));
            let taken = came.written.len() + came.unchanged;
            if taken > 0 && (faults.is_empty() || self.skip_invalid) {
                report.outcome = Outcome::Imported;
                report.replaced = came.written.len();
                report.unchanged = came.unchanged;
            }
            let changed = came.changed.into_iter();
            report.changes(changed.map(|(code, fields)| Changed { index: None, code: code.to_string(), fields }).collect());
        }
        recognise(&mut faults, None);
        report.ends(faults, self.skip_invalid && !file_is_faulty);
        Ok(report)
    }
}

fn of_outline(places: &Places, BoundaryFault { index, department, what }: BoundaryFault) -> Fault {
    let (index, code) = (places.feature(index), department.as_str());
    let row = match &what {
        boundaries::OutlineFault::Shape(fault) => RowFault::of_shape(index, code, "geometry", fault),
        boundaries::OutlineFault::Twice { first } => RowFault::new(index, code, "code", places.twice(*first)),
        other => RowFault { place: other.place(), ..RowFault::new(index, code, "geometry", other.message(&department)) },
    };
    places.fault(row)
}
