//! What a configuration may be, and how its mistakes are told.

use super::*;

fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigFault> {
    Config::read(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn the_defaults_are_those_of_the_code() {
    let config = with(&[]).unwrap();
    assert_eq!(format!("{:?}", config.http), format!("{:?}", http::Settings::default()));
    assert_eq!(format!("{:?}", config.graphql), format!("{:?}", graphql::Settings::default()));
    assert_eq!(format!("{:?}", config.rules), format!("{:?}", Rules::default()));
    assert_eq!(format!("{:?}", config.sessions), format!("{:?}", SessionSettings::default()));
}

#[test]
fn variables_say_otherwise() {
    let config = with(&[
        ("PALTS_DATABASE_URL", "sqlite:elsewhere.sqlite"),
        ("PALTS_DEMONSTRATION", "true"),
        ("PALTS_HTTP__ADDRESS", "127.0.0.1:9000"),
        ("PALTS_HTTP__CORS_ORIGINS", "https://a.example,https://b.example"),
        ("PALTS_GRAPHQL__MAX_COST", "7"),
        ("PALTS_CONFIG", "ignored here"),
        ("PALTS_TEST_DATA", "ignored"),
        ("HOME", "ignored"),
    ])
    .unwrap();
    assert_eq!(config.database_url, DatabaseUrl::Sqlite("elsewhere.sqlite".into()));
    assert!(config.demonstration);
    assert_eq!(config.http.address.port(), 9000);
    assert_eq!(config.http.cors_origins, ["https://a.example", "https://b.example"]);
    assert_eq!(config.graphql.max_cost, 7);
}

#[test]
fn a_file_says_otherwise_and_variables_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palts.toml");
    let text = "demonstration = true\n[graphql]\nmax_cost = 7\nmax_depth = 8\n[rules.due_dates]\n\"2026-S1\" = \"2026-07-15\"\n";
    std::fs::write(&file, text).unwrap();
    let variables = HashMap::from([("PALTS_GRAPHQL__MAX_COST".to_owned(), "9".to_owned())]);
    let config = Config::read(Some(&file), variables).unwrap();
    assert!(config.demonstration);
    assert_eq!((config.graphql.max_cost, config.graphql.max_depth), (9, 8));
    assert_eq!(config.rules.due_dates["2026-S1"].to_string(), "2026-07-15");
    let missing = Config::read(Some(Path::new("/nowhere.toml")), HashMap::new()).unwrap_err();
    assert_eq!(missing.0, ["/nowhere.toml : ce fichier n’existe pas ou n’est pas accessible"]);
}

#[test]
fn every_mistake_is_named_in_full_with_its_variable_and_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palts.toml");
    let text = "page_size = 3\n[http]\nmax_connections = 0\nworkers = \"two\"\nadress = \"x\"\n[rules]\nmax_page_size = 10\n\
                [rules.due_dates]\n\"2026-S3\" = \"2026-07-15\"\n";
    std::fs::write(&file, text).unwrap();
    let variables = [
        ("PALTS_DATABASE_URL", "mysql://palts:secret@nowhere"),
        ("PALTS_HTTP__ADDRESS", "here"),
        ("PALTS_GRAPHQL__MAX_COST", "many"),
        ("PALTS_GRAPHQL__REGISTERED_ONLY", "dashboard"),
        ("PALTS_DATABASE__CONNECTIONS", "0"),
        ("PALTS_LOG__LEVEL", "infoo"),
        ("PALTS_RULES__PUBLICATION_THRESHOLD", "0"),
        ("PALTS_SESSIONS__THROTTLE__PER_ACCOUNT", "0"),
        ("PALTS_SESSIONS__HASHING__PASSES", "1"),
        ("PALTS_NONSENSE", "1"),
    ];
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let faults = Config::read(Some(&file), variables).unwrap_err().0;
    let told = |name: &str, parts: &[&str]| {
        let lines: Vec<&String> = faults.iter().filter(|line| line.starts_with(&format!("{name} ("))).collect();
        let [line] = lines[..] else { panic!("{name}: {lines:?} of {faults:#?}") };
        for part in parts {
            assert!(line.contains(part), "{line}: {part}");
        }
    };
    told("page_size", &["le plus proche est rules.page_size (PALTS_RULES__PAGE_SIZE)"]);
    told("http.max_connections", &["PALTS_HTTP__MAX_CONNECTIONS", "un nombre entier de 1 à", "trouvé : 0", "palts.toml"]);
    told("http.workers", &["un nombre entier de 1 à", "\"two\""]);
    told("http.adress", &["http.address (PALTS_HTTP__ADDRESS)"]);
    told("http.address", &["il faut une valeur comme « 127.0.0.1:8080 »", "variable PALTS_HTTP__ADDRESS", "\"here\""]);
    told("database_url", &["sqlite: ou postgres://", "mysql://palts:…@nowhere"]);
    told("graphql.max_cost", &["un nombre entier de 1 à"]);
    told("graphql.registered_only", &["nobody, dashboards, everybody"]);
    told("database.connections", &["de 1 à 256"]);
    told("log.level", &["« infoo » n’est pas un niveau", "le plus proche est info"]);
    told("rules.page_size", &["max_page_size"]);
    told("rules.publication_threshold", &["de 1 à"]);
    told("rules.due_dates", &["2026-S3"]);
    told("sessions.throttle.per_account", &["de 1 à"]);
    told("sessions.hashing.passes", &["démonstration"]);
    told("nonsense", &["palts config"]);
    assert_eq!(faults.len(), 16, "{faults:#?}");
    assert!(!faults.concat().contains("secret"), "{faults:#?}");
}

#[test]
fn no_number_of_the_configuration_is_without_bounds() {
    let table = Table::embedded().unwrap();
    for setting in table.settings.iter().filter(|setting| setting.default.is_integer() || setting.default.is_float()) {
        for wrong in ["-1", "9000000000000000000"] {
            let faults = with(&[(&setting.variable(), wrong)]).unwrap_err().0;
            assert!(faults.iter().any(|fault| fault.starts_with(&format!("{} (", setting.name))), "{}: {faults:?}", setting.name);
        }
    }
}

#[test]
fn log_levels_are_spelt_as_they_are() {
    for right in
        ["info", "INFO", "off", "info,palts::access=warn", "info,actix_server=warn", "palts=debug", "info,[request]=debug"]
    {
        with(&[("PALTS_LOG__LEVEL", right)]).unwrap();
    }
    for wrong in ["", "infoo", "info,wran", "palts::acces=warn", "palts=verbose", "3"] {
        let faults = with(&[("PALTS_LOG__LEVEL", wrong)]).unwrap_err().0;
        assert!(faults[0].starts_with("log.level (PALTS_LOG__LEVEL) : « "), "{wrong}: {faults:?}");
    }
}

#[test]
fn due_dates_come_from_variables_and_files_alike() {
    let config = with(&[("PALTS_RULES__DUE_DATES", "2026-S1=2026-07-15, 2026-S2=2027-01-15")]).unwrap();
    assert_eq!(config.rules.due_dates["2026-S2"].to_string(), "2027-01-15");
    assert_eq!(with(&[("PALTS_RULES__DUE_DATES", "tomorrow")]).unwrap_err().0.len(), 1);
}

#[test]
fn a_broken_file_is_told_by_its_line_and_nothing_of_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palts.toml");
    std::fs::write(&file, "demonstration = true\ndatabase_url = postgres://palts:secret@host\n").unwrap();
    let faults = Config::read(Some(&file), HashMap::new()).unwrap_err().0;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains("ligne 2 : ce n’est pas du TOML") && !faults[0].contains("secret"), "{faults:?}");
}

#[test]
fn a_replica_is_postgresql_s_and_its_password_is_not_shown() {
    assert_eq!(with(&[]).unwrap().database.replica_url, ReplicaUrl(None));
    let url = ("PALTS_DATABASE__REPLICA_URL", "postgres://palts:secret@replica/palts");
    let config = with(&[("PALTS_DATABASE_URL", "postgres://palts:secret@primary/palts"), url]).unwrap();
    assert_eq!(config.database.replica_url, ReplicaUrl(Some(DatabaseUrl::Postgres(url.1.to_owned()))));
    assert!(!format!("{config:?}").contains("secret"));
    let faults = with(&[url]).unwrap_err().0;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains("seul PostgreSQL a des répliques") && !faults[0].contains("secret"), "{faults:?}");
    for wrong in ["sqlite:copy.sqlite", "mysql://palts:secret@replica"] {
        let faults = with(&[("PALTS_DATABASE__REPLICA_URL", wrong)]).unwrap_err().0;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("l’URL d’une réplique commence par postgres://"), "{faults:?}");
        assert!(!faults[0].contains("secret"), "{faults:?}");
    }
}

#[test]
fn whatever_a_section_s_check_finds_is_told_with_its_variable_and_its_value() {
    let wrong = [
        ("http.metrics_address", "nowhere"),
        ("http.trusted_proxies", "10.0.0.0/33"),
        ("http.cors_origins", "palts.example"),
        ("http.cors_headers", "x y"),
        ("http.max_buffered_bytes", "1048576"),
        ("http.security_contact", "a@b.example"),
        ("http.security_policy", "http://palts.example"),
        ("http.security_expires", "soon"),
        ("graphql.registered_only", "everybody"),
    ];
    let variables: Vec<(String, &str)> = wrong.iter().map(|(name, value)| (table::variable(name), *value)).collect();
    let given: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let faults = with(&given).unwrap_err().0;
    for (name, value) in wrong {
        let start = format!("{name} ({}) : ", table::variable(name));
        let told = faults.iter().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{start} in {faults:#?}"));
        assert!(told.contains("trouvé : ") && told.contains(value), "{told}");
        for english in ["not an", "must", "needs", "expected", "invalid"] {
            assert!(!told.contains(english), "{told}");
        }
    }
    assert_eq!(faults.len(), wrong.len(), "each once: {faults:#?}");
}
