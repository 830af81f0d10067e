//! The demonstration's accounts. Their password is public, so they are marked: outside demonstration mode nobody signs in with them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::access::{Caller, Identity};
use crate::cli::Failure;
use crate::domain::vocabulary::Role;
use crate::workflow::operation::{self, Kind};
use crate::workflow::users::{self, GrantRequest, NewUser};
use crate::workflow::{Call, Error, Office};

/// Everybody's password in the demonstration.
pub const PASSWORD: &str = "demonstration-2010";

/// Where a grant of the demonstration holds.
#[derive(Clone, Copy)]
enum Where {
    Nation,
    Department(&'static str),
    Zone(&'static str),
    Parquet(&'static str),
}

/// Username, what is read on screen, role, territory. The first of each role are those that the tour uses.
const USERS: &[(&str, &str, Role, Where)] = &[
    ("prefecture-13", "Préfecture des Bouches-du-Rhône", Role::Prefecture, Where::Department("13")),
    ("prefet-13", "Préfet des Bouches-du-Rhône", Role::Prefect, Where::Department("13")),
    ("procureur-marseille", "Procureur de la République de Marseille", Role::PublicProsecutor, Where::Parquet("TJ-MARSEILLE")),
    ("police-13", "Police nationale des Bouches-du-Rhône", Role::Police, Where::Department("13")),
    ("gendarmerie-13", "Gendarmerie nationale des Bouches-du-Rhône", Role::Gendarmerie, Where::Department("13")),
    ("education-13", "Éducation nationale des Bouches-du-Rhône", Role::Education, Where::Department("13")),
    ("prefet-zone-sud", "Préfet de la zone de défense Sud", Role::ZonePrefect, Where::Zone("SUD")),
    ("secretariat", "Secrétariat général à la lutte contre le trafic de drogue", Role::NationalSecretariat, Where::Nation),
    ("ocrtis", "Office central pour la répression du trafic illicite de stupéfiants", Role::Ocrtis, Where::Nation),
    ("tableau-de-bord", "Tableau de bord", Role::Dashboard, Where::Nation),
    ("auditeur", "Inspection", Role::Auditor, Where::Nation),
    ("administrateur", "Administration des comptes", Role::Administrator, Where::Nation),
    (
        "procureur-aix",
        "Procureur de la République d'Aix-en-Provence",
        Role::PublicProsecutor,
        Where::Parquet("TJ-AIX-EN-PROVENCE"),
    ),
    ("prefecture-75", "Préfecture de police et de région, Paris", Role::Prefecture, Where::Department("75")),
    ("prefet-75", "Préfet de Paris", Role::Prefect, Where::Department("75")),
    ("procureur-paris", "Procureur de la République de Paris", Role::PublicProsecutor, Where::Parquet("TJ-PARIS")),
    ("police-75", "Police nationale de Paris", Role::Police, Where::Department("75")),
    ("gendarmerie-75", "Gendarmerie nationale de Paris", Role::Gendarmerie, Where::Department("75")),
    ("prefecture-93", "Préfecture de la Seine-Saint-Denis", Role::Prefecture, Where::Department("93")),
    ("prefet-93", "Préfet de la Seine-Saint-Denis", Role::Prefect, Where::Department("93")),
    ("procureur-bobigny", "Procureur de la République de Bobigny", Role::PublicProsecutor, Where::Parquet("TJ-BOBIGNY")),
    ("police-93", "Police nationale de la Seine-Saint-Denis", Role::Police, Where::Department("93")),
    ("gendarmerie-93", "Gendarmerie nationale de la Seine-Saint-Denis", Role::Gendarmerie, Where::Department("93")),
];

/// Whether the demonstration was loaded before.
pub fn are_there(office: &Arc<Office>) -> Result<bool, Failure> {
    as_operator(office, |call| Ok(users::list(call, None, 500)?.iter().any(|user| user.demonstration)))
}

/// Whether there are accounts beside the demonstration's.
pub fn others_are_there(office: &Arc<Office>) -> Result<bool, Failure> {
    let ours = |name: &str| USERS.iter().any(|(username, ..)| *username == name);
    as_operator(office, |call| Ok(users::list(call, None, 500)?.iter().any(|user| !ours(user.username.as_str()))))
}

/// Makes the accounts with their grants.
pub fn make(office: &Arc<Office>) -> Result<(), Failure> {
    for (username, display_name, role, place) in USERS {
        // One at a time: an operation hashes one password.
        as_operator(office, |call| {
            users::create(call, &NewUser { username, display_name, password: PASSWORD, must_change_password: false })?;
            users::mark_demonstration(call, username)?;
            users::grant(call, &request(username, *role, *place)?)
        })?;
    }
    Ok(())
}

fn request(username: &'static str, role: Role, place: Where) -> Result<GrantRequest<'static>, Error> {
    let fault = |fault: crate::domain::codes::CodeFault| Error::Internal(fault.to_string());
    let mut request = GrantRequest { username, role, department: None, zone: None, parquet: None, until: None };
    match place {
        Where::Nation => {}
        Where::Department(code) => request.department = Some(code.parse().map_err(fault)?),
        Where::Zone(code) => request.zone = Some(code),
        Where::Parquet(code) => request.parquet = Some(code),
    }
    Ok(request)
}

/// Runs a workflow function as the operator of this machine.
fn as_operator<T>(office: &Arc<Office>, work: impl FnOnce(&mut Call) -> Result<T, Error>) -> Result<T, Failure> {
    let deadline = Instant::now() + Duration::from_secs(120);
    Ok(operation::run_as(office, Kind::Mutation, Caller::Known(Identity::Operator), deadline, work)?)
}

/// Who may sign in, in words.
pub fn described() -> String {
    let mut text = format!("Comptes de démonstration (mot de passe de tous : {PASSWORD}) :\n");
    for (username, display_name, role, _) in USERS {
        text.push_str(&format!("  {username:<22} {role:<22} {display_name}\n"));
    }
    text
}
