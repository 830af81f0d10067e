//! Accounts, tokens and the audit at the command line: what the operator does before anybody can sign in, and what is left when nobody can.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use palts::store::DatabaseUrl;

use crate::harness::{TestDatabase, past_palts};

const PASSWORD: &str = "une phrase de passe assez longue";

/// An installation in demonstration mode: it makes its own keys.
struct Installation {
    database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Installation {
    fn new() -> Self {
        Self { database: TestDatabase::fresh(), folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, arguments: &str) -> Command {
        let url = match &self.database.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_palts"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env_remove("PALTS_CONFIG")
            .env("PALTS_DATABASE_URL", url)
            .env("PALTS_DEMONSTRATION", "true")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    #[track_caller]
    fn done(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "palts {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    fn refused(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "palts {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[track_caller]
    fn add(&self, username: &str) {
        let mut command = self.command(&format!("user add {username} --display-name Service"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program runs");
        child.stdin.take().expect("its input").write_all(format!("{PASSWORD}\nmore\n").as_bytes()).expect("it reads");
        assert!(child.wait().expect("it ends").success());
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("a file");
    }
}

#[test]
fn the_operator_makes_the_first_administrator_of_an_empty_database() {
    let here = Installation::new();
    here.add("chef");
    here.done("user grant chef ADMINISTRATOR");
    here.done("user grant chef PREFECT --department 13 --until 2999-12-31");
    let listed = here.done("user list");
    assert!(listed.contains("chef") && listed.contains("ADMINISTRATOR, PREFECT 13 jusqu’au 2999-12-31"), "{listed}");
    here.done("user revoke chef PREFECT --department 13");
    assert!(here.refused("user revoke chef PREFECT --department 13").contains("introuvable"));
    assert!(here.refused("user grant chef PREFECT").contains("n’a pas de sens"));
    // The operator cannot be locked out, and so may disable the last administrator.
    here.done("user disable chef");
    assert!(here.done("user list").contains("désactivé"));
    let audit = here.done("audit list");
    assert!(audit.contains("operator createUser account chef") && audit.contains("INVALID"), "{audit}");
    assert!(!audit.contains(PASSWORD));
}

/// What the audit says of an act, newest first: outcome, subject and detail.
fn audited(here: &Installation, act: &str) -> Vec<String> {
    let said = here.done("audit list --first 200");
    let lines = said.lines().filter(|line| line.contains(&format!(" {act} ")));
    lines
        .map(|line| {
            assert!(line.contains(&format!(" operator {act} ")), "the operator did it: {line}");
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| *word == act).expect("it stands there");
            format!("{} {}", words[2], words[at + 1..].join(" "))
        })
        .collect()
}

#[test]
fn adding_an_account_says_so_and_refuses_what_is_no_name_or_no_password() {
    let here = Installation::new();
    here.file("secret", &format!("{PASSWORD}\n"));
    let add = |name: &str| format!("user add {name} --display-name Service --password-file secret");
    assert_eq!(here.done(&add("chef")), "compte chef créé\n");
    assert!(here.refused(&add("chef")).contains("le compte chef existe déjà"));
    assert!(here.refused(&add("x")).contains("username"));
    assert!(here.refused(&add("operator")).contains("ce nom est réservé au serveur"));
    here.file("secret", "chef, une phrase de passe\n");
    assert!(here.refused(&add("chef")).contains("ne doit pas contenir le nom du compte"));
    assert_eq!(here.done("user list").lines().count(), 1);
    let audit = audited(&here, "createUser");
    assert_eq!(audit.len(), 4, "{audit:?}");
    assert_eq!(audit[3], "DONE account chef created, Service");
    assert!(audit[2].starts_with("CONFLICT account chef"), "{audit:?}");
    assert!(audit[1].starts_with("INVALID account operator"), "{audit:?}");
    assert!(audit[0].starts_with("INVALID account chef"), "{audit:?}");
}

#[test]
fn giving_and_taking_a_grant_says_so_and_refuses_what_has_no_meaning() {
    let here = Installation::new();
    here.add("chef");
    assert_eq!(here.done("user grant chef PREFECT --department 13"), "chef est maintenant PREFECT\n");
    assert!(here.refused("user grant chef PREFECT --department 13").contains("a déjà cette habilitation"));
    assert!(here.refused("user grant chef PREFECT").contains("n’a pas de sens"));
    assert!(here.refused("user grant personne PREFECT --department 13").contains("introuvable : compte personne"));
    assert!(here.refused("user grant chef POLICE --department 13 --until 2001-01-01").contains("la date est passée"));
    assert_eq!(here.run("user grant chef MAIRE --department 13").status.code(), Some(2), "no such role");
    assert_eq!(here.run("user grant chef PREFECT --department 99").status.code(), Some(2), "no such department");
    assert_eq!(here.done("user revoke chef PREFECT --department 13"), "chef n’est plus PREFECT\n");
    assert!(here.refused("user revoke chef PREFECT --department 13").contains("introuvable"));
    assert!(here.refused("user revoke personne PREFECT --department 13").contains("introuvable : compte personne"));
    let granted = audited(&here, "grantRole");
    assert!(
        granted.last().is_some_and(|first| first.starts_with("DONE account chef: PREFECT department 13 from ")),
        "{granted:?}"
    );
    let outcomes: Vec<&str> = granted.iter().rev().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(outcomes, ["DONE", "CONFLICT", "INVALID", "NOT_FOUND", "INVALID"], "{granted:?}");
    let revoked = audited(&here, "revokeRole");
    assert_eq!(revoked.len(), 3, "{revoked:?}");
    assert_eq!(revoked[2], "DONE account chef: PREFECT department 13 revoked");
    assert!(revoked[..2].iter().all(|line| line.starts_with("NOT_FOUND ")), "{revoked:?}");
}

#[test]
fn disabling_an_account_says_so_and_leaves_it_out_of_everything() {
    let here = Installation::new();
    here.add("chef");
    here.done("user grant chef PREFECT --department 13");
    here.done("audit list --as chef");
    assert_eq!(here.done("user disable chef"), "compte chef désactivé\n");
    assert!(here.refused("audit list --as chef").contains("introuvable : compte chef"));
    assert!(here.refused("user grant chef PREFECT --department 93").contains("le compte chef est désactivé"));
    assert!(here.refused("user disable personne").contains("introuvable : compte personne"));
    // Once more changes nothing, and is no second act.
    assert_eq!(here.done("user disable chef"), "compte chef désactivé\n");
    let audit = audited(&here, "disableUser");
    assert_eq!(audit.len(), 2, "{audit:?}");
    assert_eq!(audit[1], "DONE account chef disabled, sessions ended");
    assert!(audit[0].starts_with("NOT_FOUND account personne"), "{audit:?}");
}

#[test]
fn issuing_and_revoking_a_token_says_so_and_refuses_what_machines_may_not() {
    let here = Installation::new();
    let issued = here.run("token issue Tableau --days 30");
    assert!(issued.status.success());
    let (out, err) = (String::from_utf8_lossy(&issued.stdout), String::from_utf8_lossy(&issued.stderr));
    assert!(out.lines().count() == 1 && out.trim().split('.').count() == 3, "the token alone");
    assert!(err.contains("jeton 1 pour Tableau") && err.contains("ne sera plus montré"), "{err}");
    assert!(here.refused("token issue Intrus --role ADMINISTRATOR").contains("un jeton a l’un des rôles DASHBOARD"));
    assert!(here.refused("token issue Vieux --expires-at 2001-01-01T00:00:00Z").contains("la date est passée"));
    assert!(here.refused("token issue Eternel --expires-at 2999-01-01T00:00:00Z").contains("dans les 366 jours"));
    assert_eq!(here.run("token issue Long --days 367").status.code(), Some(2));
    assert_eq!(here.done("token revoke 1"), "jeton 1 révoqué (Tableau)\n");
    assert!(here.refused("token revoke 2").contains("introuvable : jeton"));
    let issued = audited(&here, "issueToken");
    assert_eq!(issued.len(), 4, "{issued:?}");
    assert!(issued[3].starts_with("DONE token Tableau token:1, DASHBOARD, until "), "{issued:?}");
    assert!(issued[..3].iter().all(|line| line.starts_with("INVALID token ")), "{issued:?}");
    let revoked = audited(&here, "revokeToken");
    assert_eq!(revoked.len(), 2, "{revoked:?}");
    assert_eq!(revoked[1], "DONE token:1 revoked, Tableau");
    assert!(revoked[0].starts_with("NOT_FOUND token:2"), "{revoked:?}");
}

#[test]
fn a_password_is_read_from_a_file_and_never_taken_as_an_argument() {
    let here = Installation::new();
    here.file("secret", &format!("{PASSWORD}\n"));
    here.done("user add chef --display-name Service --password-file secret");
    here.file("secret", "court");
    assert!(here.refused("user password chef --password-file secret").contains("de 12 à 128 caractères"));
    assert!(here.refused("user password chef --password-file nowhere").contains("nowhere"));
    assert!(here.refused("user password chef").contains("aucun mot de passe"), "an empty input is none");
    assert_eq!(here.run("user add autre --display-name Service --password court").status.code(), Some(2));
}

#[test]
fn a_token_is_printed_alone_and_once() {
    let here = Installation::new();
    let token = here.done("token issue Tableau --role DASHBOARD --days 30");
    assert_eq!(token.trim().split('.').count(), 3);
    let listed = here.done("token list");
    assert!(listed.contains("valide") && listed.contains("DASHBOARD") && !listed.contains(token.trim()), "{listed}");
    here.done("token revoke 1");
    assert!(here.done("token list").contains("révoqué"));
    assert!(here.refused("token issue Intrus --role PREFECTURE").contains("DASHBOARD"));
    assert!(!here.done("audit list").contains(token.trim()));
}

#[test]
fn the_audit_is_anchored_verified_and_its_break_is_named() {
    let here = Installation::new();
    assert!(here.done("audit verify").contains("le journal d’audit est intact"));
    here.add("chef");
    let anchor = here.done("audit anchor");
    here.file("anchors", &anchor);
    here.file("noise", "nothing of ours\n");
    assert!(here.done("audit verify --anchors anchors").contains("ancres : 2"));
    assert!(here.refused("audit verify --anchors noise").contains("aucune ancre"));
    let database = here.database.open();
    let mut conn = database.checkout(palts::store::Mode::Write).expect("a connection");
    past_palts(conn.get(), "UPDATE audit_entries SET actor = 'autre' WHERE seq = 1").expect("it lets the one who holds it");
    assert!(here.refused("audit verify").contains("FR/1 : l’entrée n’a pas l’empreinte"));
}

#[test]
fn keys_of_a_demonstration_are_for_their_owner_alone() {
    let here = Installation::new();
    here.done("user list");
    let keys: &Path = &here.folder.path().join("var/keys");
    for name in ["signing.pem", "anchor.pem"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(keys.join(name)).expect("it was made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn accounts_come_in_by_the_hundred_with_initial_passwords_for_the_owner_alone() {
    let here = Installation::new();
    let mut text = String::from("username;display_name;role;department;zone;parquet;until\n");
    for number in 0..120 {
        text.push_str(&format!("service-{number};Service n° {number};POLICE;13;;;\n"));
    }
    text.push_str("service-0;Service n° 0;GENDARMERIE;13;;;2999-12-31\nprocureur;Procureur;PUBLIC_PROSECUTOR;;;TJ-MARSEILLE;\nsans-grant;Sans rôle;;;;;\n");
    here.file("comptes.csv", &text);
    let tried = here.done("user import comptes.csv --dry-run");
    assert!(tried.contains("serait créé : 122 comptes, avec 122 habilitations"), "{tried}");
    assert!(!here.done("user list").contains("service-0"));
    let done = here.done("user import comptes.csv --passwords initial.csv");
    assert!(done.contains("créé : 122 comptes, avec 122 habilitations"), "{done}");
    let listed = here.done("user list");
    assert!(listed.contains("POLICE 13, GENDARMERIE 13 jusqu’au 2999-12-31"), "{listed}");
    let kept = here.folder.path().join("initial.csv");
    let passwords = std::fs::read_to_string(&kept).expect("the passwords");
    assert_eq!(passwords.lines().count(), 123);
    let different: std::collections::BTreeSet<&str> = passwords.lines().filter_map(|line| line.split(';').nth(1)).collect();
    assert_eq!(different.len(), 123);
    assert!(!listed.contains(passwords.lines().nth(1).and_then(|line| line.split(';').nth(1)).expect("a password")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&kept).expect("it is there").permissions().mode() & 0o777, 0o600);
    }
    let audited = audited(&here, "importUsers").join("\n");
    assert!(
        audited.contains("service-119: POLICE department 13")
            && audited.contains("procureur: PUBLIC_PROSECUTOR parquet TJ-MARSEILLE")
    );
    // All of them are there already: that is told once with their lines, nothing is made, and no file of passwords is left.
    let again = here.refused("user import comptes.csv --passwords autre.csv");
    let once = "lignes 2, 3, 4, 5, 6… (122 lignes), colonne username : un compte de ce nom existe déjà";
    assert!(again.contains("rien n’a été créé ; 122 défauts") && again.contains(once), "{again}");
    assert_eq!(again.matches("existe déjà").count(), 1, "{again}");
    assert!(!here.folder.path().join("autre.csv").exists());
    assert!(here.refused("user import comptes.csv --passwords initial.csv").contains("initial.csv"), "never over what is there");
}

#[test]
fn every_fault_of_a_file_of_accounts_is_told_by_line_and_column_and_nothing_is_made() {
    let here = Installation::new();
    here.file(
        "comptes.csv",
        "identifiant,nom,rôle,département,zone,parquet,fin\n\
         bon,Bon,POLICE,13,,,\n\
         x,Trop court,POLICE,13,,,\n\
         operator,Réservé,POLICE,13,,,\n\
         sans.nom,,POLICE,13,,,\n\
         role,Rôle,ROI,13,,,\n\
         lieu,Lieu,POLICE,999,,,\n\
         sens,Sens,PREFECTURE,,,,\n\
         deux,Deux,POLICE,13,SUD,,\n\
         passe,Passé,POLICE,13,,,2001-01-01\n\
         date,Date,POLICE,13,,,demain\n\
         bon,Bon,POLICE,13,,,\n\
         rien,Rien,,13,,,\n",
    );
    let refused = here.refused("user import comptes.csv --passwords initial.csv");
    for place in [
        "ligne 3, colonne username",
        "ligne 4, colonne username",
        "ligne 5, colonne display_name",
        "ligne 6, colonne role",
        "ligne 7, colonne department",
        "ligne 8, colonne role",
        "ligne 9, colonne role",
        "ligne 10, colonne until",
        "ligne 11, colonne until",
        "ligne 12, colonne role",
        "ligne 13, colonne department",
    ] {
        assert!(refused.contains(place), "{place}: {refused}");
    }
    assert!(refused.contains("11 défauts") && !refused.contains("ligne 2,"), "{refused}");
    assert!(!here.done("user list").contains("bon"));
    assert!(!here.folder.path().join("initial.csv").exists());
    let entries = audited(&here, "importUsers");
    assert!(entries.len() == 1 && entries[0].contains("INVALID"), "{entries:?}");
    here.refused("user import comptes.csv --dry-run");
    assert_eq!(audited(&here, "importUsers").len(), 1, "what was only tried is refused to nobody");
}

#[test]
fn a_file_of_accounts_with_a_header_alone_says_so() {
    let here = Installation::new();
    here.file("vide.csv", "identifiant;nom;rôle;département\n;;;\n");
    for more in ["--dry-run", "--passwords initial.csv"] {
        let refused = here.refused(&format!("user import vide.csv {more}"));
        assert!(refused.contains("aucune ligne sous son en-tête") && !refused.contains("serait créé"), "{refused}");
    }
    assert!(!here.folder.path().join("initial.csv").exists());
}

#[test]
fn an_account_is_enabled_unlocked_and_signed_out_at_the_command_line() {
    let here = Installation::new();
    here.add("service");
    here.done("user disable service");
    assert!(here.done("user list").contains("désactivé"));
    assert!(here.done("user enable service").contains("compte service réactivé"));
    assert!(here.done("user list").contains("actif"));
    assert!(here.done("user unlock service").contains("peut de nouveau essayer de se connecter"));
    assert!(here.done("user end-sessions service").contains("sessions terminées : 0"));
    assert!(here.refused("user unlock personne").contains("introuvable"));
    assert_eq!(audited(&here, "unlockUser").len(), 2, "the one that was refused too");
}

#[cfg(unix)]
#[test]
fn a_sqlite_database_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("var/data/palts.sqlite");
    let output = Command::new(env!("CARGO_BIN_EXE_palts"))
        .arg("migrate")
        .current_dir(folder.path())
        .env_remove("PALTS_CONFIG")
        .env("PALTS_DATABASE_URL", format!("sqlite:{}", file.display()))
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().expect("a folder")), 0o700);
    // What SQLite makes beside it while it is open takes the same mode.
    let database = palts::store::Database::open(
        &DatabaseUrl::Sqlite(file.clone()),
        &palts::store::PoolSettings {
            connections: 1,
            statement_timeout: std::time::Duration::from_secs(5),
            checkout_timeout: std::time::Duration::from_secs(5),
            unsafe_sync: true,
        },
    )
    .expect("it opens");
    database.read(palts::store::users::count).expect("it reads");
    assert!(palts::store::files::open_to_others(&file).is_empty());
}
