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
use crate::workflow::imports::{BoundaryImport, Import, ListImport, Report, SchoolImport, settle};
use crate::workflow::operation::as_user_again;
use crate::workflow::{Office, Source, Way};

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
    /// Des secteurs, d’une FeatureCollection GeoJSON, dans un projet de révision : ceux qui y sont sont remplacés, les autres
    /// ajoutés au dernier rang.
    Sectors(Box<sectors::Arguments>),
    /// Des établissements, d’une FeatureCollection GeoJSON ou d’un CSV (l’annuaire du ministère), dans l’annuaire d’un
    /// département ; les nouveaux sans position sont laissés de côté.
    Schools(Schools),
    /// Des contours de départements, d’une FeatureCollection GeoJSON.
    Boundaries(Boundaries),
    /// Tous les membres d’une liste nationale, d’un CSV aux colonnes department, et uai ou sector_code.
    NationalList(NationalListOf),
    /// Des mesures par millions, sous des réunions déjà enregistrées, d’un CSV aux colonnes department, meeting (le jour),
    /// fortnight, indicator, sector (ou rien), service et value.
    Measures(Measures),
}

/// What every import is told.
#[derive(Args)]
struct Common {
    /// Le fichier.
    #[arg(value_name = "FICHIER")]
    file: PathBuf,
    /// Le compte dont les habilitations comptent.
    #[arg(long = "as", value_name = "COMPTE")]
    user: String,
    /// Dit seulement ce qui serait fait.
    #[arg(long)]
    dry_run: bool,
    /// Affiche le compte rendu en JSON.
    #[arg(long)]
    json: bool,
}

/// For imports that can leave out what is faulty.
#[derive(Args)]
struct Tolerance {
    /// Laisse de côté ce qui est en défaut et importe le reste ; sans cette option, c’est tout ou rien.
    #[arg(long)]
    skip_invalid: bool,
}

#[derive(Args)]
struct Schools {
    #[command(flatten)]
    common: Common,
    /// Le département.
    #[arg(long, value_name = "CODE")]
    department: DepartmentCode,
    #[command(flatten)]
    tolerance: Tolerance,
    /// Passe sur les établissements d’autres départements : le fichier est d’une académie, ou du pays.
    #[arg(long)]
    only_department: bool,
    /// La propriété qui donne l’UAI.
    #[arg(long, value_name = "PROPRIÉTÉ")]
    uai_property: Option<String>,
    /// La propriété qui donne le nom.
    #[arg(long, value_name = "PROPRIÉTÉ")]
    name_property: Option<String>,
    /// La propriété qui donne le département (013 vaut 13).
    #[arg(long, value_name = "PROPRIÉTÉ")]
    department_property: Option<String>,
    /// La propriété qui donne le type, ou la nature selon le ministère.
    #[arg(long, value_name = "PROPRIÉTÉ")]
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
    /// Accepte les contours sans leur préfecture, bien au-delà de l’emprise connue, ou qui laissent dehors des secteurs et
    /// des établissements qui étaient dedans ; le compte rendu les compte.
    #[arg(long)]
    accept_outside: bool,
    /// La propriété qui donne le code du département.
    #[arg(long, value_name = "PROPRIÉTÉ")]
    code_property: Option<String>,
}

#[derive(Args)]
struct NationalListOf {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    tolerance: Tolerance,
    /// GROUPE_CITES, TAX_PROTOCOL ou SENSITIVE_SCHOOLS.
    #[arg(long)]
    list: NationalList,
    /// Le premier jour de ces membres : 2010-09-01.
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
    let bar = Bar::new("examen");
    let read = import.read(&office.rules, &bytes, Deadline::NEVER, &mut |done, of| bar.advance(done, of))?;
    bar.say("écriture");
    let source = Source::of(name(&common.file).as_deref(), &bytes, Way::CommandLine);
    let mut said = None;
    let done = as_user_again(office, &common.user, import.kind(), Instant::now() + PATIENCE, |call| {
        said.insert(import.write(call, read.clone(), &source)?).verdict()
    });
    bar.finish();
    conclude(&settle(done, said)?, common.json)
}

/// Shows a report; a refused file is a failure.
fn conclude(report: &Report, json: bool) -> Done {
    let verdict =
        if report.is_refused() { Err(Failure::new("le fichier est refusé ; rien n’a été importé")) } else { Ok(()) };
    out::and_then(show(report, json), verdict)
}

/// The name of a file, for the audit.
fn name(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}

/// Reads a file of at most so many bytes.
fn file(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let fault = |error: std::io::Error| Failure::new(format!("{} : {error}", path.display()));
    let bytes = std::fs::metadata(path).map_err(fault)?.len();
    if usize::try_from(bytes).map_or(true, |bytes| bytes > most) {
        return Err(Failure::new(format!("{} : {bytes} octets, plus que les {most} permis", path.display())));
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
