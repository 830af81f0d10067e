//! Settings as people read them: `palts config` and mistakes. Passwords and keys are never shown.

use toml::Value;

use super::layers::{Given, Origin};
use super::table::Setting;

/// A setting with its value.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its full name.
    pub name: String,
    /// The variable that sets it.
    pub variable: String,
    /// What it is for.
    pub meaning: String,
    /// What it may be.
    pub expected: String,
    /// What it is, as TOML; passwords and keys hidden.
    pub value: String,
    /// What it is by default.
    pub default: String,
    /// Where the value comes from.
    pub origin: Origin,
}

impl Shown {
    pub(super) fn new(setting: &Setting, given: &Given) -> Self {
        Self {
            name: setting.name.clone(),
            variable: setting.variable(),
            meaning: setting.meaning.clone(),
            expected: setting.expected(),
            value: value(setting, &given.value),
            default: plain(&setting.default),
            origin: given.origin.clone(),
        }
    }
}

/// A setting's value, without what is secret in it.
pub fn value(setting: &Setting, value: &Value) -> String {
    match value {
        Value::String(text) if setting.is_secret() => plain(&Value::String(hide(&setting.name, text))),
        _ if setting.is_secret() => "…".to_owned(),
        _ => plain(value),
    }
}

fn hide(name: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else if name.ends_with("_url") {
        without_password(text)
    } else if name.starts_with("keys.") && !text.contains("-----BEGIN") && text.len() < 200 {
        // A file's path.
        text.to_owned()
    } else {
        "…".to_owned()
    }
}

/// A database's URL without its passwords. Where it is not plain what is one, more is hidden.
fn without_password(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    let (user, place) = match rest.rsplit_once('@') {
        // Whether a password or a parameter holds the sign: nothing is shown.
        Some((user, _)) if user.contains('?') => return format!("{scheme}://…"),
        Some((user, place)) => {
            let name = user.split([':', '/']).next().unwrap_or_default();
            (if name.len() < user.len() { format!("{name}:…@") } else { format!("{name}@") }, place)
        }
        None => (String::new(), rest),
    };
    let place = match place.split_once('?') {
        Some((place, query)) => {
            let parts = query.split('&').map(|part| match part.split_once('=') {
                Some((key, _)) if key.to_lowercase().contains("pass") => format!("{key}=…"),
                _ => part.to_owned(),
            });
            format!("{place}?{}", parts.collect::<Vec<_>>().join("&"))
        }
        None => place.to_owned(),
    };
    format!("{scheme}://{user}{place}")
}

/// A value as TOML writes it.
fn plain(value: &Value) -> String {
    match value {
        // JSON's texts are TOML's.
        Value::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(yes) => yes.to_string(),
        Value::Datetime(at) => at.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Table(items) => {
            let items: Vec<_> =
                items.iter().map(|(key, value)| format!("{} = {}", plain(&Value::String(key.clone())), plain(value))).collect();
            if items.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", items.join(", ")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_left_in_a_url_however_it_is_written() {
        for url in [
            "postgres://palts:secret@host/db",
            "postgres://palts:secret@host/db?password=secret&connect_timeout=2",
            "postgres://palts:se@secret@host/db",
            "postgres://host/db?password=a@secret",
            "postgres://host/db?PASSWORD=secret",
            "postgres://palts:secret?@host/db",
            "mysql://palts:secret@host",
            "palts:secret@host",
        ] {
            let shown = without_password(url);
            assert!(!shown.contains("secret"), "{url}: {shown}");
        }
        assert_eq!(
            without_password("postgres://palts:x@host/db?connect_timeout=2"),
            "postgres://palts:…@host/db?connect_timeout=2"
        );
        assert_eq!(without_password("postgres://palts@host/db"), "postgres://palts@host/db");
        assert_eq!(without_password("sqlite:var/palts.sqlite"), "sqlite:var/palts.sqlite");
    }

    #[test]
    fn keys_are_shown_as_files_only() {
        assert_eq!(hide("keys.signing", "/etc/palts/token.pem"), "/etc/palts/token.pem");
        assert_eq!(hide("keys.signing", "-----BEGIN PRIVATE KEY-----\nAA"), "…");
        assert_eq!(hide("keys.signing", ""), "");
    }
}
