//! `palts user`: accounts and grants, as the operator. The first administrator of an installation is made here.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::out::{self, say};
use super::{Done, Failure, operator};
use crate::access::{Grant, Territory};
use crate::domain::codes::DepartmentCode;
use crate::domain::french::counted;
use crate::domain::vocabulary::Role;
use crate::exchange::users::{self as exchange, AccountFault};
use crate::store::files;
use crate::workflow::operation::Kind;
use crate::workflow::user_import::{self, ImportReport, Made};
use crate::workflow::users::{self, GrantRequest, NewUser};
use crate::workflow::{Call, Error, Office, Result, sessions};

/// Accounts listed at a time.
const PAGE: i64 = 500;
/// How long an import may take: hashing a thousand passwords takes a minute.
const IMPORT_PATIENCE: Duration = Duration::from_secs(600);
/// Faults of a file that are told one by one.
const FAULTS_SHOWN: usize = 100;

/// What may be asked of it.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Crée un compte, sans habilitation.
    Add {
        /// 3 à 64 caractères parmi a-z, 0-9 et . _ - @
        #[arg(value_name = "COMPTE")]
        username: String,
        /// Ce que les gens lisent : le service, plutôt que la personne.
        #[arg(long, value_name = "TEXTE")]
        display_name: String,
        /// Le mot de passe devra être changé à la première connexion.
        #[arg(long)]
        must_change: bool,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Donne un rôle sur un territoire.
    Grant(GrantArguments),
    /// Retire un rôle sur un territoire, dès la requête suivante.
    Revoke(GrantArguments),
    /// Désactive un compte : ses jetons et ses sessions prennent fin aussitôt.
    Disable {
        /// Le compte.
        #[arg(value_name = "COMPTE")]
        username: String,
    },
    /// Réactive un compte, avec les habilitations qu’il a encore.
    Enable {
        /// Le compte.
        #[arg(value_name = "COMPTE")]
        username: String,
    },
    /// Lève l’attente imposée après des échecs de connexion, aussi sur les serveurs en marche.
    Unlock {
        /// Le compte.
        #[arg(value_name = "COMPTE")]
        username: String,
    },
    /// Met fin à toutes les sessions d’un compte : il faut se reconnecter.
    EndSessions {
        /// Le compte.
        #[arg(value_name = "COMPTE")]
        username: String,
    },
    /// Crée des comptes et leurs habilitations d’un CSV, tous ou aucun. Colonnes : username, display_name, role, department,
    /// zone, parquet, until ; une ligne par habilitation. Les mots de passe initiaux, à changer à la première connexion,
    /// vont dans un nouveau fichier lisible de son seul propriétaire.
    Import {
        /// Le fichier.
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
        /// Où vont les mots de passe initiaux ; ce fichier ne doit pas exister.
        #[arg(long, value_name = "FICHIER", required_unless_present = "dry_run")]
        passwords: Option<PathBuf>,
        /// Le compte d’administration dont les habilitations comptent ; sans cette option, l’exploitant.
        #[arg(long = "as", value_name = "COMPTE")]
        by: Option<String>,
        /// Dit seulement ce qui serait fait.
        #[arg(long)]
        dry_run: bool,
    },
    /// Donne un autre mot de passe ; toutes les sessions du compte prennent fin.
    Password {
        /// Le compte.
        #[arg(value_name = "COMPTE")]
        username: String,
        /// Il devra être changé à la première connexion.
        #[arg(long)]
        must_change: bool,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Liste les comptes et leurs habilitations en vigueur.
    List,
}

#[derive(Args)]
struct PasswordSource {
    /// Lit le mot de passe à la première ligne d’un fichier ou de l’entrée standard (-) ; sans cette option, il est demandé.
    /// 12 à 128 caractères.
    #[arg(long, value_name = "FICHIER")]
    password_file: Option<String>,
}

#[derive(Args)]
struct GrantArguments {
    /// Le compte.
    #[arg(value_name = "COMPTE")]
    username: String,
    /// Le rôle.
    #[arg(value_name = "RÔLE", value_parser = role())]
    role: Role,
    /// Sur un département.
    #[arg(long, value_name = "CODE", group = "territory")]
    department: Option<DepartmentCode>,
    /// Sur une zone de défense.
    #[arg(long, value_name = "CODE", group = "territory")]
    zone: Option<String>,
    /// Sur un parquet. Sans aucune des trois options : sur la nation.
    #[arg(long, value_name = "CODE", group = "territory")]
    parquet: Option<String>,
    /// Dernier jour de l’habilitation (quand elle est donnée).
    #[arg(long, value_name = "AAAA-MM-JJ")]
    until: Option<NaiveDate>,
}

impl GrantArguments {
    fn request(&self) -> GrantRequest<'_> {
        GrantRequest {
            username: &self.username,
            role: self.role,
            department: self.department.clone(),
            zone: self.zone.as_deref(),
            parquet: self.parquet.as_deref(),
            until: self.until,
        }
    }
}

/// Reads a role's name; the help lists them.
pub(super) fn role() -> impl clap::builder::TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())).try_map(|name| name.parse::<Role>())
}

/// Does it.
pub fn run(office: &Arc<Office>, arguments: Arguments) -> Done {
    match arguments.command {
        Command::Add { username, display_name, must_change, password } => {
            let password = operator::password(password.password_file.as_deref())?;
            let must_change_password = must_change;
            let new = NewUser { username: &username, display_name: &display_name, password: &password, must_change_password };
            let user = operator::act(office, Kind::Mutation, |call| users::create(call, &new))?;
            say!("compte {} créé", user.username)?;
        }
        Command::Grant(arguments) => {
            let user = operator::act(office, Kind::Mutation, |call| users::grant(call, &arguments.request()))?;
            say!("{} est maintenant {}", user.username, arguments.role.as_str())?;
        }
        Command::Revoke(arguments) => {
            let user = operator::act(office, Kind::Mutation, |call| users::revoke(call, &arguments.request()))?;
            say!("{} n’est plus {}", user.username, arguments.role.as_str())?;
        }
        Command::Disable { username } => {
            let user = operator::act(office, Kind::Mutation, |call| users::disable(call, &username))?;
            say!("compte {} désactivé", user.username)?;
        }
        Command::Enable { username } => {
            let user = operator::act(office, Kind::Mutation, |call| users::enable(call, &username))?;
            say!("compte {} réactivé", user.username)?;
        }
        Command::Unlock { username } => {
            let user = operator::act(office, Kind::Mutation, |call| users::unlock(call, &username))?;
            say!("{} peut de nouveau essayer de se connecter", user.username)?;
        }
        Command::EndSessions { username } => {
            let ended = operator::act(office, Kind::Mutation, |call| sessions::end_all(call, Some(&username)))?;
            say!("sessions terminées : {ended}")?;
        }
        Command::Import { file, passwords, by, dry_run } => import(office, &file, passwords.as_deref(), by.as_deref(), dry_run)?,
        Command::Password { username, must_change, password } => {
            let password = operator::password(password.password_file.as_deref())?;
            let set = |call: &mut Call| users::set_password(call, &username, &password, must_change);
            let user = operator::act(office, Kind::Mutation, set)?;
            say!("{} a maintenant un autre mot de passe", user.username)?;
        }
        Command::List => list(office)?,
    }
    Ok(())
}

/// Creates the accounts of a file.
fn import(office: &Arc<Office>, file: &Path, passwords: Option<&Path>, by: Option<&str>, trial: bool) -> Done {
    let told = |path: &Path, error: std::io::Error| Failure::new(format!("{} : {error}", path.display()));
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| told(file, error))?;
    opened.take(exchange::LONGEST + 1).read_to_end(&mut bytes).map_err(|error| told(file, error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > exchange::LONGEST {
        return Err(Failure::new(format!("{} : plus de {} octets", file.display(), exchange::LONGEST)));
    }
    let file = exchange::read(&bytes).map_err(|faults| refused(&faults))?;
    for notice in &file.notices {
        say!("Remarque : {}", notice.text)?;
    }
    // Made before anything is done: where it cannot be, nothing is.
    let kept = match passwords.filter(|_| !trial) {
        Some(path) => Some((path, files::create(path).map_err(|error| told(path, error))?)),
        None => None,
    };
    let mut out = kept.as_ref().map(|(_, file)| std::io::BufWriter::new(file));
    let keep = |made: &[Made]| match &mut out {
        Some(out) => write(out, made)
            .map_err(|error| Error::Internal(format!("les mots de passe initiaux ne peuvent être écrits : {error}"))),
        None => Ok(()),
    };
    let report = operator::act_as(office, by, IMPORT_PATIENCE, |call| user_import::import(call, file, trial, keep));
    drop(out);
    let report = match kept {
        Some((path, _)) => settled(path, report)?,
        None => report?,
    };
    if !report.faults.is_empty() {
        return Err(refused(&report.faults));
    }
    let (accounts, grants) = (counted(report.accounts, "compte"), counted(report.grants, "habilitation"));
    if report.written {
        say!("créé : {accounts}, avec {grants}")?;
    } else {
        say!("serait créé : {accounts}, avec {grants}")?;
    }
    if let (true, Some(path)) = (report.written, passwords) {
        say!("les mots de passe initiaux sont dans {} : remettez-les, puis supprimez le fichier", path.display())?;
    }
    Ok(())
}

/// What becomes of the file of initial passwords: it stays when the accounts were made, and when nobody knows whether they were. Else nobody has
/// these passwords, and the file would only mislead.
fn settled(path: &Path, ended: Result<ImportReport>) -> std::result::Result<ImportReport, Failure> {
    match ended {
        Ok(report) if report.written => Ok(report),
        Err(error) if error.is_outcome_unknown() => Err(Failure::new(format!(
            "{error}\nles mots de passe initiaux restent dans {} : vérifiez avec `palts user list` si les comptes existent, \
             et supprimez le fichier s'ils n'existent pas",
            path.display()
        ))),
        other => {
            if let Err(why) = std::fs::remove_file(path) {
                // Beside what went wrong before, never in its place.
                out::complain(format!("{} : à supprimer, aucun compte n'a ces mots de passe ({why})", path.display()));
            }
            Ok(other?)
        }
    }
}

fn write(mut out: impl Write, made: &[Made]) -> std::io::Result<()> {
    writeln!(out, "username;password")?;
    for Made { username, password } in made {
        writeln!(out, "{username};{password}")?;
    }
    out.flush()
}

/// Every fault of a file, up to the first hundred: one that many rows have is told once, with its lines.
fn refused(faults: &[AccountFault]) -> Failure {
    let told = exchange::told(faults);
    let mut text = format!("rien n’a été créé ; {} :", counted(faults.len(), "défaut"));
    for fault in told.iter().take(FAULTS_SHOWN) {
        // What a terminal would obey is not shown.
        let plain: String = fault.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        text.push_str(&format!("\n  {plain}"));
    }
    if told.len() > FAULTS_SHOWN {
        text.push_str(&format!("\n  et {} de plus", told.len() - FAULTS_SHOWN));
    }
    Failure::new(text)
}

fn list(office: &Arc<Office>) -> Done {
    let mut after: Option<String> = None;
    loop {
        let page = operator::act(office, Kind::Query, |call| -> Result<_> {
            let rows = users::list(call, after.as_deref(), PAGE)?;
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let grants = users::grants_of(call, &ids)?;
            Ok((rows, grants))
        })?;
        let (rows, grants) = page;
        for row in &rows {
            let held: Vec<String> = grants.iter().filter(|(id, _)| *id == row.id).map(|(_, grant)| describe(grant)).collect();
            let state = if row.disabled { "désactivé" } else { "actif" };
            say!("{:<32} {state:<9} {:<40} {}", row.username, row.display_name, held.join(", "))?;
        }
        match rows.last() {
            Some(row) if i64::try_from(rows.len()).is_ok_and(|count| count == PAGE) => after = Some(row.username.to_string()),
            Some(_) | None => return Ok(()),
        }
    }
}

fn describe(grant: &Grant) -> String {
    let role = grant.role.as_str();
    let held = match &grant.territory {
        Territory::Nation => role.to_owned(),
        Territory::Department(code) => format!("{role} {code}"),
        Territory::Zone(code) => format!("{role} zone {code}"),
        Territory::Parquet(code) => format!("{role} parquet {code}"),
    };
    grant.until.map_or_else(|| held.clone(), |until| format!("{held} jusqu’au {until}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("initial.csv");
        std::fs::write(&path, "username;password\n").unwrap();
        path
    }

    #[test]
    fn the_initial_passwords_stay_where_nobody_knows_whether_the_accounts_were_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        let told = settled(&path, Err(Error::outcome_unknown())).unwrap_err().to_string();
        assert!(path.exists() && told.contains("initial.csv"), "{told}");
        let written = ImportReport { written: true, ..ImportReport::default() };
        assert!(settled(&path, Ok(written)).is_ok() && path.exists());
    }

    #[test]
    fn the_initial_passwords_of_accounts_that_were_not_made_go_and_never_hide_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder);
        assert!(!settled(&path, Ok(ImportReport::default())).unwrap().written);
        assert!(!path.exists());
        // It is gone already, so that it cannot be removed.
        let told = settled(&path, Err(Error::not_found("compte chef"))).unwrap_err().to_string();
        assert!(told.contains("compte chef"), "{told}");
    }
}
