//! The table of settings, read from `config/default.toml`: a line there is a setting with its default, the comment
//! above it is its meaning, and the comment behind it is its bounds (`# 1 to 256`, `# 0.0 to 1.0`, `# one of auto,
//! text, json`). What is documented is thereby what is checked. Not for what an installation sets, which is
//! [`layers`](super::layers)'s.

use toml::Value;

/// Every setting with its default.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// One setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its full name: `http.max_connections`.
    pub name: String,
    /// What it is for.
    pub meaning: String,
    /// Its default, whose type is the setting's.
    pub default: Value,
    /// What it may be.
    pub bounds: Option<Bounds>,
}

/// What a setting may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Bounds {
    /// A whole number from one to the other, both included.
    Whole(i64, i64),
    /// A number from one to the other, both included.
    Number(f64, f64),
    /// One of these words.
    Words(Vec<String>),
}

impl Bounds {
    /// Reads the comment behind a setting; `None` for words that are no bounds.
    fn read(comment: &str) -> Option<Self> {
        if let Some(words) = comment.strip_prefix("one of ") {
            return Some(Self::Words(words.split(',').map(|word| word.trim().to_owned()).collect()));
        }
        let (least, most) = comment.split_once(" to ")?;
        match (least.parse(), most.parse()) {
            (Ok(least), Ok(most)) => Some(Self::Whole(least, most)),
            _ => Some(Self::Number(least.parse().ok()?, most.parse().ok()?)),
        }
    }

    /// Whether a value lies within.
    pub fn hold(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Whole(least, most), Value::Integer(value)) => (least..=most).contains(&value),
            (Self::Number(least, most), Value::Float(value)) => (least..=most).contains(&value),
            (Self::Words(words), Value::String(value)) => words.contains(value),
            _ => false,
        }
    }
}

impl Setting {
    /// The variable of the environment that sets it: `PALTS_HTTP__MAX_CONNECTIONS`.
    pub fn variable(&self) -> String {
        variable(&self.name)
    }

    /// What it must be, in words.
    pub fn expected(&self) -> String {
        let kind = match &self.default {
            Value::Integer(_) => "un nombre entier",
            Value::Float(_) => "un nombre",
            Value::Boolean(_) => "true ou false",
            Value::Array(_) => "une liste de textes",
            Value::Table(_) => "une table",
            Value::String(_) | Value::Datetime(_) => "un texte",
        };
        match &self.bounds {
            None => kind.to_owned(),
            Some(Bounds::Whole(least, most)) => format!("{kind} de {least} à {most}"),
            Some(Bounds::Number(least, most)) => format!("{kind} de {least} à {most}"),
            Some(Bounds::Words(words)) => format!("l’une de ces valeurs : {}", words.join(", ")),
        }
    }

    /// What it must be, with its default for an example where that says more than its type.
    pub fn form(&self) -> String {
        match &self.default {
            Value::Table(_) => "une table dont les valeurs sont des textes".to_owned(),
            Value::String(text) if !text.is_empty() => format!("une valeur comme « {text} »"),
            _ => self.expected(),
        }
    }

    /// Whether it may hold what nobody else may read.
    pub fn is_secret(&self) -> bool {
        let name = &self.name;
        name.ends_with("_url") || name.starts_with("keys.") || name.contains("secret") || name.contains("password")
    }

    /// The section that it stands in; empty for none.
    pub fn section(&self) -> &str {
        self.name.split_once('.').map_or("", |(section, _)| section)
    }
}

/// The variable of the environment that sets the setting of that name.
pub fn variable(name: &str) -> String {
    format!("PALTS_{}", name.replace('.', "__").to_uppercase())
}

/// Every setting, in the order of the file.
#[derive(Clone, Debug)]
pub struct Table {
    /// The settings.
    pub settings: Vec<Setting>,
}

impl Table {
    /// The settings of palts.
    ///
    /// # Errors
    /// When the file in the program is no TOML.
    pub fn embedded() -> Result<Self, toml::de::Error> {
        Self::read(DEFAULTS)
    }

    fn read(text: &str) -> Result<Self, toml::de::Error> {
        let values: toml::Table = text.parse()?;
        let (mut settings, mut section, mut comment) = (Vec::new(), String::new(), Vec::new());
        for line in text.lines().map(str::trim) {
            if let Some(words) = line.strip_prefix('#') {
                comment.push(words.trim().to_owned());
            } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
                section = format!("{name}.");
                // A section without a setting of its own takes any key: it is a setting itself.
                if let Some(default @ Value::Table(keys)) = at(&values, name)
                    && keys.is_empty()
                {
                    let meaning = comment.join(" ");
                    settings.push(Setting { name: name.to_owned(), meaning, default: default.clone(), bounds: None });
                }
                comment.clear();
            } else if let Some((key, rest)) = line.split_once(" = ") {
                let name = format!("{section}{key}");
                if let Some(default) = at(&values, &name) {
                    let bounds = trailing(rest).and_then(Bounds::read);
                    settings.push(Setting { name, meaning: comment.join(" "), default: default.clone(), bounds });
                }
                comment.clear();
            } else {
                comment.clear();
            }
        }
        Ok(Self { settings })
    }

    /// The setting of that name.
    pub fn find(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Whether settings stand under that name.
    pub fn is_section(&self, name: &str) -> bool {
        self.settings.iter().any(|setting| setting.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    /// The setting whose name comes nearest to one that there is not: a letter off, or in another section.
    pub fn nearest(&self, name: &str) -> Option<&Setting> {
        let plain = |name: &str| name.replace("__", "_").replace('.', "_");
        let leaf = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let distance = |setting: &Setting| {
            let whole = strsim::osa_distance(&plain(name), &plain(&setting.name));
            whole.min(strsim::osa_distance(&leaf(name), &leaf(&setting.name)) + 1)
        };
        let nearest = self.settings.iter().min_by_key(|setting| distance(setting))?;
        (distance(nearest) <= (leaf(name).chars().count() / 3).clamp(1, 3)).then_some(nearest)
    }
}

/// The word that comes nearest, if one is near.
pub fn nearest_word<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |known: &str| strsim::osa_distance(word, known);
    words.into_iter().filter(|known| near(known) <= 2).min_by_key(|known| near(known))
}

/// What stands in a table under a name with points.
pub fn at<'a>(values: &'a toml::Table, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        None => values.get(name),
        Some((first, rest)) => at(values.get(first)?.as_table()?, rest),
    }
}

/// The comment behind a value. A text in quotation marks may hold the sign itself.
fn trailing(rest: &str) -> Option<&str> {
    let (mut quoted, mut escaped) = (false, false);
    for (place, character) in rest.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '#' if !quoted => return rest.get(place + 1..).map(str::trim),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_says_what_it_is_for_and_every_number_has_bounds_that_hold_its_default() {
        let table = Table::embedded().unwrap();
        assert!(table.settings.len() > 50, "the settings were read: {}", table.settings.len());
        let mut faults = Vec::new();
        for setting in &table.settings {
            if setting.meaning.is_empty() {
                faults.push(format!("{}: no comment above it in config/default.toml", setting.name));
            }
            // What `palts config` prints is read by people.
            let words: Vec<&str> = setting.meaning.split_whitespace().collect();
            if let Some(word) = ["the", "of", "and", "for", "that", "which", "is"].iter().find(|word| words.contains(word)) {
                faults.push(format!("{}: its meaning is not in French: {word}", setting.name));
            }
            match &setting.bounds {
                None if setting.default.is_integer() || setting.default.is_float() => {
                    faults.push(format!("{}: no bounds behind it in config/default.toml: `# 1 to 100`", setting.name));
                }
                Some(bounds) if !bounds.hold(&setting.default) => {
                    faults.push(format!("{}: its default is out of its bounds", setting.name));
                }
                None | Some(_) => {}
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn no_setting_of_the_file_is_missed() {
        fn leaves(values: &toml::Table, path: &str, found: &mut Vec<String>) {
            for (key, value) in values {
                let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match value {
                    Value::Table(inner) if !inner.is_empty() => leaves(inner, &name, found),
                    _ => found.push(name),
                }
            }
        }
        let (mut there, table) = (Vec::new(), Table::embedded().unwrap());
        leaves(&DEFAULTS.parse().unwrap(), "", &mut there);
        let mut read: Vec<_> = table.settings.iter().map(|setting| setting.name.clone()).collect();
        there.sort();
        read.sort();
        assert_eq!(there, read);
    }

    #[test]
    fn the_nearest_name_is_found_and_none_where_nothing_is_near() {
        let table = Table::embedded().unwrap();
        let nearest = |name: &str| table.nearest(name).map(|setting| setting.name.as_str());
        assert_eq!(nearest("http.adress"), Some("http.address"));
        assert_eq!(nearest("http_address"), Some("http.address"));
        assert_eq!(nearest("page_size"), Some("rules.page_size"));
        assert_eq!(nearest("htpp.workers"), Some("http.workers"));
        assert_eq!(nearest("nonsense"), None);
    }

    #[test]
    fn comments_behind_values_are_read_past_signs_in_texts() {
        assert_eq!(trailing(r#""a # b" # one of a, b"#), Some("one of a, b"));
        assert_eq!(trailing(r#""a # b""#), None);
        assert_eq!(Bounds::read("0.5 to 10"), Some(Bounds::Number(0.5, 10.0)));
        assert_eq!(Bounds::read("to be decided"), None);
    }
}
