//! What an installation sets: the defaults, a file over them, variables of the environment over both, and where each
//! value comes from. Names that there are not and values of another type are told here. Not for bounds, nor for what
//! settings mean.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Value;

use super::shown;
use super::table::{Setting, Table, variable};

/// Variables with our prefix that are no settings.
const OTHERS: [&str; 2] = ["PALTS_CONFIG", "PALTS_TEST_"];
/// Longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `config/default.toml`.
    Default,
    /// The installation's file.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("valeur par défaut"),
            Self::File(path) => write!(f, "fichier {}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value, of the setting's type.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// The values of all settings, by name. What is mistaken is not among them.
pub type Layers = BTreeMap<String, Given>;

/// Lays the file and the variables over the defaults.
pub fn lay(table: &Table, file: Option<&Path>, environment: HashMap<String, String>, faults: &mut Vec<String>) -> Layers {
    let default = |setting: &Setting| Given { value: setting.default.clone(), origin: Origin::Default };
    let mut layers: Layers = table.settings.iter().map(|setting| (setting.name.clone(), default(setting))).collect();
    if let Some(file) = file {
        match read(file) {
            Ok(values) => from_file(table, file, &values, "", &mut layers, faults),
            Err(fault) => faults.push(format!("{} : {fault}", file.display())),
        }
    }
    let mut ours: Vec<_> = environment
        .into_iter()
        .filter(|(name, _)| name.starts_with("PALTS_") && !OTHERS.iter().any(|other| name.starts_with(other)))
        .collect();
    ours.sort();
    for (name, text) in ours {
        match table.settings.iter().find(|setting| setting.variable() == name) {
            Some(setting) => {
                let value = parse(setting, &text);
                take(setting, value, Origin::Variable(name), &mut layers, faults);
            }
            None => {
                let path = name.trim_start_matches("PALTS_").to_lowercase().replace("__", ".");
                faults.push(unknown(table, &path));
            }
        }
    }
    layers
}

fn read(file: &Path) -> Result<toml::Table, String> {
    let size = std::fs::metadata(file).map_err(|_| "ce fichier n’existe pas ou n’est pas accessible".to_owned())?.len();
    if size > LONGEST {
        return Err(format!("{size} octets, plus que les {LONGEST} admis pour une configuration"));
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!("ce fichier n’est pas lisible ({error})"))?;
    text.parse().map_err(|fault: toml::de::Error| {
        // The line's number only: the line may hold a password.
        let before = fault.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("ligne {} : ce n’est pas du TOML (nom = valeur, les textes entre guillemets)", before.matches('\n').count() + 1)
    })
}

fn from_file(table: &Table, file: &Path, values: &toml::Table, path: &str, layers: &mut Layers, faults: &mut Vec<String>) {
    for (key, value) in values {
        let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (table.find(&name), value) {
            (Some(setting), value) => take(setting, value.clone(), Origin::File(file.to_owned()), layers, faults),
            (None, Value::Table(inner)) if table.is_section(&name) || !inner.is_empty() => {
                from_file(table, file, inner, &name, layers, faults);
            }
            (None, _) if table.is_section(&name) => {
                faults.push(format!("{name} : c’est une section, [{name}], et non un réglage (fichier {})", file.display()));
            }
            (None, _) => faults.push(unknown(table, &name)),
        }
    }
}

fn unknown(table: &Table, name: &str) -> String {
    let nearest = match table.nearest(name) {
        Some(near) => format!("le plus proche est {} ({})", near.name, near.variable()),
        None => "`palts config` les donne tous".to_owned(),
    };
    format!("{name} ({}) : ce réglage n’existe pas ; {nearest}", variable(name))
}

/// Takes a value that has the setting's type and lies within its bounds; names it otherwise.
fn take(setting: &Setting, value: Value, origin: Origin, layers: &mut Layers, faults: &mut Vec<String>) {
    let value = bend(setting, value);
    let kind = value.same_type(&setting.default);
    if kind && setting.bounds.as_ref().is_none_or(|bounds| bounds.hold(&value)) {
        layers.insert(setting.name.clone(), Given { value, origin });
    } else {
        faults.push(mistake(setting, &value, &origin, &format!("il faut {}", setting.expected())));
    }
}

/// One line for a mistaken value: its name, its variable, what is wrong, what was found and where.
pub fn mistake(setting: &Setting, value: &Value, origin: &Origin, what: &str) -> String {
    let found = shown::value(setting, value);
    format!("{} ({}) : {what} ; trouvé : {found} ({origin})", setting.name, setting.variable())
}

/// What means the same: a whole number where any number goes, and dates without quotation marks.
fn bend(setting: &Setting, value: Value) -> Value {
    match (&setting.default, value) {
        #[allow(clippy::cast_precision_loss)] // Far beyond what any such setting may be.
        (Value::Float(_), Value::Integer(whole)) => Value::Float(whole as f64),
        (Value::Table(_), Value::Table(inner)) => {
            let plain = |value: Value| if let Value::Datetime(at) = value { Value::String(at.to_string()) } else { value };
            Value::Table(inner.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
        // A setting that was a switch before it had a third position.
        (Value::String(_), Value::Boolean(switch)) => Value::String(switch.to_string()),
        (_, value) => value,
    }
}

/// A variable's text as a value of the setting's type; as text where it is none, which is told then.
fn parse(setting: &Setting, text: &str) -> Value {
    let parsed = match &setting.default {
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Float(_) => text.trim().parse().ok().map(Value::Float),
        Value::Boolean(_) => text.trim().to_lowercase().parse().ok().map(Value::Boolean),
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
        }
        Value::Table(_) => pairs(text).map(Value::Table),
        Value::String(_) | Value::Datetime(_) => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// `2026-S1=2026-07-15,2026-S2=2027-01-15`.
fn pairs(text: &str) -> Option<toml::Table> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').map(|(key, value)| (key.trim().to_owned(), Value::String(value.trim().to_owned()))))
        .collect()
}
