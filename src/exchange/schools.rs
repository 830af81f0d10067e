//! Schools from the ministry's files, GeoJSON or CSV, under its names or others. Those without a position are faults of their own, which an
//! import may leave out. What a file does not say is absent: it is no reason to change what is stored.

mod directory;
mod kind;
mod places;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use geo::Geometry;

use self::directory::Directory;
use self::kind::kind_of;
use self::places::InProperties;
use super::properties::{Column, Keys, Names, PropertyUse, ReadFrom, keys_of, text, too_large};
use super::rows::{RowFault, department_code, department_of_uai, of_collection, shown, whole};
use crate::domain::codes::{DepartmentCode, Uai};
use crate::domain::message::Message;
use crate::domain::normal::folded;
use crate::domain::vocabulary::SchoolKind;
use crate::geometry::Reference;
use crate::geometry::geojson::{Collection, Feature, FeatureLimits, read_collection};

/// Which property holds what.
#[derive(Clone, Debug)]
pub struct SchoolMapping {
    /// The UAI.
    pub uai: Names,
    /// The name.
    pub name: Names,
    /// The department.
    pub department: Names,
    /// The kind: a word of ours, or the ministry's code or label of the school's nature.
    pub kind: Names,
}

// The names of the annuaire (data.education.gouv.fr), of the older directory of addresses, and of palts itself.
const UAI: &[&str] = &["uai", "numero_uai", "identifiant_de_l_etablissement", "code_uai", "code_etablissement", "uai_code"];
const NAME: &[&str] =
    &["appellation_officielle", "nom_etablissement", "name", "nom", "denomination_principale", "nom_de_l_etablissement"];
const DEPARTMENT: &[&str] = &["department", "code_departement", "departement", "dep"];
const KIND: &[&str] =
    &["kind", "nature_uai_libe", "libelle_nature", "nature_uai", "code_nature", "type_etablissement", "nature", "type"];
/// Names that the ministry's own files have beside each other: the official name beside the main denomination, a nature beside its code.
const MINISTRY: &[&str] = &[
    "numero_uai",
    "identifiant_de_l_etablissement",
    "appellation_officielle",
    "nom_etablissement",
    "denomination_principale",
    "code_departement",
    "nature_uai_libe",
    "nature_uai",
    "libelle_nature",
    "code_nature",
    "type_etablissement",
];

impl Default for SchoolMapping {
    fn default() -> Self {
        Self::of(None, None, None, None)
    }
}

impl SchoolMapping {
    /// The usual names, but for those that the user gives.
    #[must_use]
    pub fn of(uai: Option<String>, name: Option<String>, department: Option<String>, kind: Option<String>) -> Self {
        Self {
            uai: Names::given_or(uai, UAI).of_format(MINISTRY),
            name: Names::given_or(name, NAME).of_format(MINISTRY),
            department: Names::given_or(department, DEPARTMENT).of_format(MINISTRY),
            kind: Names::given_or(kind, KIND).of_format(MINISTRY),
        }
    }
}

/// A school as its file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct SchoolRow {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The line of a CSV file.
    pub line: Option<usize>,
    /// Its UAI; none where it has none that can be read.
    pub uai: Option<Uai>,
    /// The same as the file has it; empty where it has none.
    pub code: String,
    /// Its name, where the file has one.
    pub name: Option<String>,
    /// Its kind, where the file has one that is known.
    pub kind: Option<SchoolKind>,
    /// Whether that kind was read from a property alone that calls a vocational lycée a lycée.
    pub is_coarse: bool,
    /// Its department: the file's, or that of its UAI.
    pub department: Department,
    /// Longitude, latitude; none where the file has no position.
    pub position: Option<(f64, f64)>,
    /// All that could not be read of it.
    pub faults: Vec<RowFault>,
}

/// The department of a school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Department {
    /// One of the 101.
    Known(DepartmentCode),
    /// A collectivity that is none of them, as the file has it: 977, 988.
    Other(String),
    /// The file does not say, nor does the UAI.
    Unsaid,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct SchoolFile {
    /// Features (or rows), in the file's order.
    pub rows: Vec<SchoolRow>,
    /// What was read from which property.
    pub properties: PropertyUse,
    /// The reference system that the file names.
    pub reference: Reference,
    /// What is to be known of how the file was read.
    pub notices: Vec<Message>,
}

/// A feature of a collection, or a row of a table.
struct Item {
    feature: Feature,
    line: Option<usize>,
    /// Why nothing of it was read.
    unread: Option<Message>,
}

/// Reads a file: GeoJSON, or CSV where it does not begin as JSON does.
///
/// # Errors
/// Only what concerns the whole file.
pub fn read(bytes: &[u8], limits: FeatureLimits, mapping: &SchoolMapping) -> Result<SchoolFile, Message> {
    let mut source = if directory::is_table(bytes) {
        Source::Table(Box::new(Directory::open(bytes, limits, mapping)?))
    } else {
        let collection = read_collection(bytes, limits).map_err(|fault| of_collection(&fault))?;
        let places = Box::new(InProperties::of(&collection.names));
        Source::Collection { collection, places }
    };
    let names = source.names();
    let keys = Keys::of(names.iter().map(String::as_str));
    let mut columns = Columns {
        uai: keys.column("uai", &mapping.uai)?,
        name: keys.column("name", &mapping.name)?,
        department: keys.column("department", &mapping.department)?,
        kind: keys.column("kind", &mapping.kind)?,
        unknown_kinds: Vec::new(),
    };
    let wanted = keys_of(&columns.all());
    let (mut rows, mut read) = (Vec::new(), 0);
    source.each(&wanted, |item| {
        read += usize::from(item.unread.is_none());
        rows.push(row(item, mapping, &mut columns));
    })?;
    if rows.is_empty() {
        return Err(Message::new("NO_FEATURE", "le fichier n’a aucun établissement"));
    }
    let (positions, reference, mut notices) = source.told();
    notices.extend(columns.notices(read));
    // Where no row could be read, nobody knows what would have been read from which column.
    let mut besides = if read == 0 { wanted } else { BTreeSet::new() };
    besides.extend(positions.iter().map(|(position, _)| position.clone()));
    let mut properties = keys.used(&columns.all(), &besides);
    properties.read.extend(positions.into_iter().map(|(property, count)| ReadFrom { field: "location", property, count }));
    Ok(SchoolFile { rows, properties, reference, notices })
}

/// A kind as one of several properties says it: the ministry's `type_etablissement` calls a lycée what its nature calls a vocational one, which is
/// no disagreement.
struct Nature(SchoolKind);

impl PartialEq for Nature {
    fn eq(&self, other: &Self) -> bool {
        let coarse = |kind| if kind == SchoolKind::LyceeProfessionnel { SchoolKind::Lycee } else { kind };
        coarse(self.0) == coarse(other.0)
    }
}

/// A file, whose items are read one after the other.
enum Source<'t> {
    Table(Box<Directory<'t>>),
    Collection { collection: Collection<'t>, places: Box<InProperties> },
}

impl Source<'_> {
    /// The names of all its properties or columns.
    fn names(&mut self) -> BTreeSet<String> {
        match self {
            Self::Table(directory) => directory.names(),
            Self::Collection { collection, .. } => std::mem::take(&mut collection.names),
        }
    }

    fn each(&mut self, wanted: &BTreeSet<String>, mut take: impl FnMut(Item)) -> Result<(), Message> {
        match self {
            Self::Table(directory) => {
                while let Some(item) = directory.next(wanted)? {
                    take(item);
                }
            }
            Self::Collection { collection, places } => {
                let wanted: BTreeSet<String> = wanted.iter().chain(places.names()).cloned().collect();
                for mut feature in collection.features(&wanted) {
                    places.give(&mut feature);
                    take(Item { feature, line: None, unread: None });
                }
            }
        }
        Ok(())
    }

    /// The columns that positions are read from, the reference system, and what is to be known of how it was read.
    fn told(&self) -> (Vec<(String, usize)>, Reference, Vec<Message>) {
        match self {
            Self::Table(directory) => (directory.positions(), Reference::WGS_84, directory.notices()),
            Self::Collection { collection, places } => (places.read(), collection.reference, Vec::new()),
        }
    }
}

struct Columns {
    uai: Column,
    name: Column,
    department: Column,
    kind: Column,
    /// Natures that are none of our kinds, each once, the first few.
    unknown_kinds: Vec<String>,
}

impl Columns {
    fn all(&self) -> [&Column; 4] {
        [&self.uai, &self.name, &self.department, &self.kind]
    }

    fn notices(&self, rows: usize) -> Vec<Message> {
        let mut notices = Vec::new();
        if rows > 0 && !self.kind.was_read() {
            let words = "aucune propriété ne dit la nature des établissements : les nouveaux seront OTHER, les autres gardent la leur \
                         (--kind-property, ou kindProperty= par HTTP)";
            notices.push(Message::new("NO_KIND", words));
        }
        if !self.unknown_kinds.is_empty() {
            let kinds = self.unknown_kinds.join(", ");
            let words = format!("natures qui ne sont pas reconnues, OTHER pour les nouveaux établissements : {kinds}");
            notices.push(Message::new("UNKNOWN_KINDS", words).with("kinds", kinds));
        }
        notices.extend([&self.uai, &self.name, &self.department, &self.kind].into_iter().filter_map(|column| column.ambiguity()));
        notices
    }
}

fn row(item: Item, mapping: &SchoolMapping, columns: &mut Columns) -> SchoolRow {
    let Item { feature: Feature { index, properties, geometry, excess }, line, unread } = item;
    if let Some(message) = unread {
        let faults = vec![RowFault::new(index, "", "row", message).on(line)];
        let (code, department) = (String::new(), Department::Unsaid);
        let (uai, name, kind, is_coarse, position) = (None, None, None, false, None);
        return SchoolRow { index, line, uai, code, name, kind, is_coarse, department, position, faults };
    }
    let code = columns.uai.text(&properties);
    let shown_code = code.as_ref().ok().and_then(Clone::clone).unwrap_or_default();
    let excess = too_large(&columns.all(), excess);
    let has_code = !excess.iter().any(|(field, _)| *field == "uai");
    let mut faults = Vec::new();
    let mut note =
        |field: &'static str, message: Message| faults.push(RowFault::new(index, &shown_code, field, message).on(line));
    excess.into_iter().for_each(|(field, message)| note(field, message));
    let uai = match &code {
        Err(fault) => {
            note("uai", fault.clone());
            None
        }
        Ok(None) if !has_code => None,
        Ok(None) => {
            let sought = if line.is_some() { "colonnes cherchées" } else { "propriétés cherchées" };
            note("uai", Message::new("NO_UAI", format!("aucun UAI ({sought} : {})", mapping.uai)));
            None
        }
        Ok(Some(text)) => Uai::parse(text).map_err(|fault| note("uai", fault.into())).ok(),
    };
    let name = columns.name.text(&properties).map_err(|fault| note("name", fault)).ok().flatten();
    let department = columns.department.text(&properties).map_err(|fault| note("department", fault)).ok().flatten();
    let kind = columns.kind.first(&properties, |value| kind_of(whole(&text(value).ok()?)).map(Nature)).map(|Nature(kind)| kind);
    let is_coarse = kind == Some(SchoolKind::Lycee) && columns.is_coarse(&properties);
    if kind.is_none() {
        columns.note_unknown(&properties);
    }
    let position = match geometry {
        Some(Ok(Geometry::Point(point))) => Some((point.x(), point.y())),
        Some(Ok(Geometry::MultiPoint(points))) if points.0.len() == 1 => points.0.first().map(|point| (point.x(), point.y())),
        Some(Ok(_)) => {
            note("location", Message::new("POINT_EXPECTED", "un établissement est un point"));
            None
        }
        Some(Err(fault)) => {
            faults.push(RowFault::of_shape(index, &shown_code, "location", &fault).on(line));
            None
        }
        None => None,
    };
    // Where some programs put what has no position: in the Gulf of Guinea.
    let position = position.filter(|place| *place != (0.0, 0.0));
    let department = match department {
        None => uai.as_ref().and_then(department_of_uai).map_or(Department::Unsaid, Department::Known),
        Some(text) => match DepartmentCode::parse(&department_code(&text)) {
            Ok(code) => Department::Known(code),
            // A name (« Bouches-du-Rhône ») is no foreign code (977): the UAI says which it is.
            Err(_) => {
                let said = uai.as_ref().filter(|_| is_name(&text)).and_then(department_of_uai);
                said.map_or_else(|| Department::Other(shown(&text)), Department::Known)
            }
        },
    };
    // Files of faulty rows alone are not to take four times the room of each fault.
    faults.shrink_to_fit();
    SchoolRow { index, line, uai, code: shown_code, name, kind, is_coarse, department, position, faults }
}

/// Whether a text may be a department's name: what holds delimiters or quotes is two cells, of which the quote of one is misplaced.
fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphabetic) && text.chars().count() > 3 && !text.contains(['\r', '\n', '\t', ';', ',', '|', '"'])
}

impl Columns {
    /// Whether the ministry's `type_etablissement` alone says the kind.
    fn is_coarse(&self, properties: &serde_json::Map<String, serde_json::Value>) -> bool {
        let known =
            |key: &&str| properties.get(*key).is_some_and(|value| text(value).is_ok_and(|text| kind_of(whole(&text)).is_some()));
        self.kind.keys().filter(known).all(|key| matches!(folded(key).as_str(), "typeetablissement" | "typeetabli" | "type"))
    }

    fn note_unknown(&mut self, properties: &serde_json::Map<String, serde_json::Value>) {
        const LISTED: usize = 10;
        if self.unknown_kinds.len() == LISTED {
            return;
        }
        let found = self.kind.peek(properties, |value| text(value).ok());
        if let Some(kind) = found.map(|kind| shown(&kind)).filter(|kind| !self.unknown_kinds.contains(kind)) {
            self.unknown_kinds.push(kind);
        }
    }
}
