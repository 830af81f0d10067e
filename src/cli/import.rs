//! `palts import`: whole files into the plan, the directory, the outlines and the national lists, with the grants of the account named. What
//! the report says to people is in [`text`].

mod measures;
mod sectors;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::bar::Bar;
use super::{Done, Failure, out, start};
use crate::config::Config;
use crate::domain::Deadline;
use crate::domain::codes::DepartmentCode;
use crate::domain::vocabulary::NationalList;
use crate::exchange::schools::SchoolMapping;
use crate::workflow::Office;
use crate::workflow::imports::{BoundaryImport, Import, ListImport, Report, SchoolImport, settle};
use crate::workflow::operation::as_user_again;

/// How long the transaction of one import may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What may be asked of it.
#[derive(Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Sectors from a GeoJSON FeatureCollection into a draft: codes that it has are replaced, others added and ranked last.
    Sectors(Box<sectors::Arguments>),
    /// Schools from a GeoJSON FeatureCollection or a CSV file (the ministry's annuaire) into a department's directory; those without a
    /// position are left out.
    Schools(Schools),
    /// Outlines of departments from a GeoJSON FeatureCollection.
    Boundaries(Boundaries),
    /// The whole membership of a national list from a CSV file with the columns department, and uai or sector_code.
    NationalList(NationalListOf),
    /// Measures under meetings that are recorded, by the million, from a CSV file with the columns department, meeting (its day),
    /// fortnight, indicator, sector (or nothing), service and value.
    Measures(Measures),
}

/// What every import is told.
#[derive(Args)]
struct Common {
    /// The file.
    file: PathBuf,
    /// The account whose grants it is done with.
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// For imports that can leave out what is faulty.
#[derive(Args)]
struct Tolerance {
    /// Leave out what is faulty, and import the rest. Otherwise it is all or nothing.
    #[arg(long)]
    skip_invalid: bool,
}

#[derive(Args)]
struct Schools {
    #[command(flatten)]
    common: Common,
    /// The department.
    #[arg(long, value_name = "CODE")]
    department: DepartmentCode,
    #[command(flatten)]
    tolerance: Tolerance,
    /// Pass over the schools of other departments: the file is of an academy, or of the country.
    #[arg(long)]
    only_department: bool,
    /// The property with the UAI.
    #[arg(long, value_name = "PROPERTY")]
    uai_property: Option<String>,
    /// The property with the name.
    #[arg(long, value_name = "PROPERTY")]
    name_property: Option<String>,
    /// The property with the department (013 is 13).
    #[arg(long, value_name = "PROPERTY")]
    department_property: Option<String>,
    /// The property with the kind, or the ministry's nature of the school.
    #[arg(long, value_name = "PROPERTY")]
    kind_property: Option<String>,
}

#[derive(Args)]
struct Measures {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    tolerance: Tolerance,
}

#[derive(Args)]
struct Boundaries {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    tolerance: Tolerance,
    /// Take outlines without their seat, far beyond their known extent, or that leave out sectors and schools that lay inside before; they
    /// are counted in the report.
    #[arg(long)]
    accept_outside: bool,
    /// The property with the department's code.
    #[arg(long, value_name = "PROPERTY")]
    code_property: Option<String>,
}

#[derive(Args)]
struct NationalListOf {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    tolerance: Tolerance,
    /// GROUPE_CITES, TAX_PROTOCOL or SENSITIVE_SCHOOLS.
    #[arg(long)]
    list: NationalList,
    /// The first day of the new membership: 2010-09-01.
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
}

/// Does it.
pub fn run(config: &Config, arguments: Arguments) -> Done {
    let office = start::office(config)?;
    match arguments.what {
        What::Sectors(arguments) => {
            let (common, import) = arguments.import()?;
            carry_out(&office, &common, &import)
        }
        What::Schools(given) => {
            let mapping =
                SchoolMapping::of(given.uai_property, given.name_property, given.department_property, given.kind_property);
            let import = SchoolImport {
                department: given.department,
                skip_invalid: given.tolerance.skip_invalid,
                only_department: given.only_department,
                dry_run: given.common.dry_run,
                mapping,
            };
            carry_out(&office, &given.common, &import)
        }
        What::Boundaries(Boundaries { common, tolerance, accept_outside, code_property }) => {
            let import = BoundaryImport {
                skip_invalid: tolerance.skip_invalid,
                accept_outside,
                dry_run: common.dry_run,
                code: BoundaryImport::code_property(code_property),
            };
            carry_out(&office, &common, &import)
        }
        What::NationalList(NationalListOf { common, tolerance, list, from }) => {
            let import = ListImport { list, from, skip_invalid: tolerance.skip_invalid, dry_run: common.dry_run };
            carry_out(&office, &common, &import)
        }
        What::Measures(Measures { common, tolerance }) => measures::carry_out(&office, &common, tolerance.skip_invalid),
    }
}

fn carry_out<I: Import>(office: &Arc<Office>, common: &Common, import: &I) -> Done {
    let bytes = file(&common.file, import.max_bytes())?;
    let bar = Bar::new("examining");
    let read = import.read(&office.rules, &bytes, Deadline::NEVER, &mut |done, of| bar.advance(done, of))?;
    bar.say("writing");
    let mut said = None;
    let done = as_user_again(office, &common.user, import.kind(), Instant::now() + PATIENCE, |call| {
        said.insert(import.write(call, read.clone())?).verdict()
    });
    bar.finish();
    conclude(&settle(done, said)?, common.json)
}

/// Shows a report; a refused file is a failure.
fn conclude(report: &Report, json: bool) -> Done {
    let verdict = if report.is_refused() { Err(Failure::new("the file is refused; nothing was imported")) } else { Ok(()) };
    out::and_then(show(report, json), verdict)
}

/// Reads a file of at most so many bytes.
fn file(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let fault = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    let bytes = std::fs::metadata(path).map_err(fault)?.len();
    if usize::try_from(bytes).map_or(true, |bytes| bytes > most) {
        return Err(Failure::new(format!("{}: {bytes} bytes are more than the {most} allowed", path.display())));
    }
    std::fs::read(path).map_err(fault)
}

fn show(report: &Report, json: bool) -> Done {
    let mut text = if json { serde_json::to_string_pretty(report).map_err(Failure::new)? } else { text::of(report) };
    if json {
        text.push('\n');
    }
    out::text(&text)
}
