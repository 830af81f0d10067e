//! `palts rollup`: hold the kept cells against the measures, or make them anew.

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::bar::Bar;
use super::out::say;
use super::{Done, Failure};
use crate::domain::codes::DepartmentCode;
use crate::domain::rollup::Tally;
use crate::store::bulk;
use crate::workflow::Office;
use crate::workflow::rollups::verify::{self as check, ALWAYS, Difference, rebuild};

/// Differences that are printed, at most.
const SHOWN: usize = 50;

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Recalcule chaque cellule d’après les mesures et compare ; échoue dès que l’une diffère.
    Verify {
        /// Un seul département ; tous sans cette option.
        #[arg(long, value_name = "CODE")]
        department: Option<DepartmentCode>,
    },
    /// Refait les cellules d’après les mesures et les vérifie, département par département : après des mesures chargées
    /// sans palts.
    Rebuild {
        /// Un seul département ; tous sans cette option.
        #[arg(long, value_name = "CODE")]
        department: Option<DepartmentCode>,
    },
}

/// Does it.
pub fn run(office: &Arc<Office>, arguments: Arguments) -> Done {
    match arguments.command {
        Command::Verify { department } => say!("{}", verify(office, department)?),
        Command::Rebuild { department } => {
            let departments = wanted(office, department);
            let bar = Bar::new("totaux");
            let mut cells = 0;
            for (done, code) in departments.iter().enumerate() {
                bar.advance(done, departments.len());
                let now = office.clock.now();
                cells += office.database.write(|writer| rebuild(writer, code, "operator", now))?;
            }
            bar.finish();
            say!("totaux refaits et vérifiés : {cells} cellules, {} départements", departments.len())
        }
    }
}

/// Verifies the cells of one department, or of all; answers what is to be said where none differs.
pub(super) fn verify(office: &Office, department: Option<DepartmentCode>) -> Result<String, Failure> {
    hold(office, &wanted(office, department))
}

fn wanted(office: &Office, department: Option<DepartmentCode>) -> Vec<DepartmentCode> {
    match department {
        Some(code) => vec![code],
        None => office.territories.departments().map(|department| department.code.clone()).collect(),
    }
}

fn hold(office: &Office, departments: &[DepartmentCode]) -> Result<String, Failure> {
    let bar = Bar::new("vérification");
    let mut differences = Vec::new();
    for (done, code) in departments.iter().enumerate() {
        bar.advance(done, departments.len());
        differences.extend(office.database.read(|reader| {
            bulk::prepare(reader)?;
            check::verify(reader, std::slice::from_ref(code), &ALWAYS)
        })?);
    }
    bar.finish();
    if differences.is_empty() {
        return Ok(format!("les totaux sont ceux des mesures (départements vérifiés : {})", departments.len()));
    }
    let lines: Vec<String> = differences.iter().take(SHOWN).map(line).collect();
    Err(Failure::new(format!(
        "cellules qui diffèrent des mesures : {} ; `palts rollup rebuild` les refait :\n  {}",
        differences.len(),
        lines.join("\n  ")
    )))
}

fn line(difference: &Difference) -> String {
    let Difference { department, indicator_id, cell, kept, measured } = difference;
    let say = |tally: &Option<Tally>| {
        tally.map_or_else(|| "rien".to_owned(), |tally| format!("{} (mesures : {})", tally.total, tally.measures))
    };
    let (period, service, kept, measured) = (cell.period, cell.service, say(kept), say(measured));
    format!("{department}, indicateur {indicator_id}, {period}, {service} : gardé {kept}, mesuré {measured}")
}
