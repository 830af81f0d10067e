//! Documents: parsed, validated and costed once, then kept and executed many times. The cache is bounded by number and bytes. Documents of
//! login, refresh, logout and a change of password are recognised here, must take their credentials from variables, and are never kept.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use juniper::parser::parse_document_source;
use juniper::{Definition, EmptySubscription, InputValue, Operation, OperationType, Selection, ValidatedOperation, Variables};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use self_cell::self_cell;

use super::answer::Refusal;
use super::bounds;
use super::conditions;
use super::context::Context;
use super::cost::{Plan, Sizes};
use super::known_types;
use super::mutation::Mutation;
use super::overlap::overlaps;
use super::query::Query;
use super::schema::Schema;
use super::value::PaltsScalar;
use crate::domain::Message;
use crate::workflow::call::Dependence;
use crate::workflow::{Error, Kind};

/// The mutations that hand in credentials.
const SESSIONS: [&str; 4] = ["login", "refreshSession", "logout", CHANGE_PASSWORD];
/// The one of them that is done in a session.
const CHANGE_PASSWORD: &str = "changePassword";
/// The mutation that computes for long before it writes.
const PUBLISH: &str = "publishPeriod";
/// The fields that tell the schema.
const INTROSPECTION: [&str; 2] = ["__schema", "__type"];
/// A syntax tree is about this many times larger than its text.
const TREE: u64 = 24;

/// Fields of a rollup's cells that need other periods than those asked for.
const COMPARISONS: [&str; 2] = ["previous", "yearEarlier"];

/// The id of the next document.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// An operation that may be executed.
pub type Executable<'a> = ValidatedOperation<'a, Query, Mutation, EmptySubscription<Context>, PaltsScalar>;

self_cell!(
    /// A text with the operation that points into it.
    struct Parsed {
        owner: String,
        #[covariant]
        dependent: Executable,
    }
);

/// A valid document with the operation that is meant.
pub struct Document {
    parsed: Parsed,
    schema: &'static Schema,
    facts: Facts,
    id: u64,
    is_registered: bool,
    is_personal: AtomicBool,
    is_uncounted: AtomicBool,
    is_recalled: AtomicBool,
}

/// What is known of an operation beside itself.
struct Facts {
    kind: Kind,
    plan: Plan,
    overlaps: bool,
    introspection: Option<Asked>,
    longest_path: u64,
    declared: Vec<Declared>,
    holds_credentials: bool,
    is_within_a_session: bool,
    publishes: bool,
}

/// What of the schema itself an operation asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Nothing but the schema.
    Alone,
    /// The schema beside other things.
    Beside,
}

/// A variable of an operation.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Its type, as the language writes it: `[SchoolInput!]!`.
    pub of: String,
    /// Whether it may be left out although its type is not null.
    pub has_default: bool,
    /// Whether a directive is given it, which takes no null.
    pub is_condition: bool,
    /// Whether its default is null.
    pub defaults_to_null: bool,
}

impl Facts {
    fn of(tree: &Tree<'_>, schema: &Schema, operation_name: Option<&str>, sizes: Sizes) -> Result<Self, Refusal> {
        let operation = chosen(tree, operation_name).ok_or_else(|| {
            Error::invalid("operationName", Message::new("UNKNOWN_OPERATION", "ne nomme aucune opération du document"))
        })?;
        let mut fields = Vec::new();
        root_fields(&operation.selection_set, tree, &mut fields);
        let kind = kind_of(operation, tree, &fields)?;
        let plan = Plan::of(operation, tree, schema, sizes)
            .ok_or_else(|| Error::limit(Message::new("TOO_DEEP", "l’introspection imbrique trop de listes")))?;
        let introspection = fields.iter().any(|field| INTROSPECTION.contains(&field.name)).then(|| {
            let alone = fields.iter().all(|field| field.name.starts_with("__"));
            if alone { Asked::Alone } else { Asked::Beside }
        });
        let conditions = conditions::variables(tree);
        let declared = operation.variables_definition.iter().flat_map(|definitions| definitions.item.iter());
        let declared = declared.map(|(name, definition)| Declared {
            name: name.item.to_owned(),
            of: definition.var_type.item.to_string(),
            has_default: definition.default_value.is_some(),
            is_condition: conditions.contains(name.item),
            defaults_to_null: matches!(&definition.default_value, Some(value) if value.item.is_null()),
        });
        Ok(Self {
            kind,
            plan,
            overlaps: overlaps(tree),
            introspection,
            longest_path: bounds::longest_path(&operation.selection_set, tree),
            declared: declared.collect(),
            holds_credentials: fields.iter().any(|field| SECRETIVE.contains(&field.name)),
            publishes: matches!(fields.as_slice(), [only] if kind == Kind::Mutation && only.name == PUBLISH),
            is_within_a_session: kind == Kind::Session && fields.iter().any(|field| field.name == CHANGE_PASSWORD),
        })
    }
}

impl Document {
    /// Parses, validates and costs a document.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(schema: &'static Schema, query: String, operation_name: Option<&str>, sizes: Sizes) -> Result<Self, Refusal> {
        let mut facts = None;
        let parsed = Parsed::try_new(query, |query| {
            // juniper keeps its tree to itself: this one tells the rest, and is bounded before it is validated.
            let tree = parse_document_source(query, &schema.schema).map_err(|error| Refusal::Document(error.into()))?;
            bounds::check(&tree)?;
            known_types::check(&tree, schema)?;
            let executable = Executable::new(query, operation_name, schema).map_err(Refusal::Document)?;
            facts = Some(Facts::of(&tree, schema, operation_name, sizes)?);
            Ok::<_, Refusal>(executable)
        })?;
        let facts = facts.ok_or_else(|| Error::Internal("a document was not read".to_owned()))?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (is_personal, is_uncounted, is_recalled) = (AtomicBool::new(false), AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { parsed, schema, facts, id, is_registered: false, is_personal, is_uncounted, is_recalled })
    }

    /// Its schema.
    #[must_use]
    pub fn schema(&self) -> &'static Schema {
        self.schema
    }

    /// The variables of the operation.
    #[must_use]
    pub fn declared(&self) -> &[Declared] {
        &self.facts.declared
    }

    /// Whether it asks for the schema itself.
    #[must_use]
    pub fn introspects(&self) -> bool {
        self.facts.introspection.is_some()
    }

    /// Whether it asks for nothing else: the answer is the same for everybody who is told, for as long as the process lives.
    #[must_use]
    pub fn is_introspection(&self) -> bool {
        self.facts.introspection == Some(Asked::Alone)
    }

    /// The bytes that the longest path takes that an error of it may have.
    #[must_use]
    pub fn longest_path(&self) -> u64 {
        self.facts.longest_path
    }

    /// Whether its variables or its answer hold credentials, so that nothing of it may be kept.
    #[must_use]
    pub fn holds_credentials(&self) -> bool {
        self.facts.holds_credentials
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.parsed.borrow_owner()
    }

    /// Says that the operator registered its text.
    #[must_use]
    pub fn registered(self, is_registered: bool) -> Self {
        Self { is_registered, ..self }
    }

    /// Whether the operator registered its text.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.is_registered
    }

    /// Whether it hands in credentials within a session, so that the caller has to be known; login and refresh are for those whose token is no
    /// longer good.
    #[must_use]
    pub fn is_within_a_session(&self) -> bool {
        self.facts.is_within_a_session
    }

    /// Whether it publishes a period and does nothing else: that has a time of its own. Beside other writes it has theirs, for they hold their locks
    /// meanwhile.
    #[must_use]
    pub fn publishes(&self) -> bool {
        self.facts.publishes
    }

    /// Unlike that of any other document of this process, before or after.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether it may select the figures of other periods that a rollup's are held against: they are not read otherwise. Its text says so at
    /// least when it does.
    #[must_use]
    pub fn compares(&self) -> bool {
        COMPARISONS.iter().any(|field| self.parsed.borrow_owner().contains(field))
    }

    /// Whether two of its selections may answer under one name, and have to be merged.
    #[must_use]
    pub fn overlaps(&self) -> bool {
        self.facts.overlaps
    }

    /// Notes what an answer to it depended on: the next one is looked for accordingly.
    pub fn learn(&self, dependence: Dependence) {
        if dependence.person {
            self.is_personal.store(true, Ordering::Relaxed);
        }
        if dependence.uncounted {
            self.is_uncounted.store(true, Ordering::Relaxed);
        }
    }

    /// Whether an answer to it depended on who asked.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.is_personal.load(Ordering::Relaxed)
    }

    /// Whether an answer to it depended on what no epoch counts.
    #[must_use]
    pub fn is_uncounted(&self) -> bool {
        self.is_uncounted.load(Ordering::Relaxed)
    }

    /// Notes whether its last answer was found in memory: the next one is looked for there first.
    pub fn was_recalled(&self, recalled: bool) {
        if self.is_recalled() != recalled {
            self.is_recalled.store(recalled, Ordering::Relaxed);
        }
    }

    /// Whether its last answer was found in memory.
    #[must_use]
    pub fn is_recalled(&self) -> bool {
        self.is_recalled.load(Ordering::Relaxed)
    }

    /// What the operation may do.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.facts.kind
    }

    /// What the operation costs with these variables.
    #[must_use]
    pub fn cost(&self, variables: &Variables<PaltsScalar>) -> u64 {
        self.facts.plan.cost(variables)
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &Executable<'_> {
        self.parsed.borrow_dependent()
    }
}

type Tree<'a> = [Definition<'a, PaltsScalar>];

fn chosen<'t, 'a>(tree: &'t Tree<'a>, name: Option<&str>) -> Option<&'t Operation<'a, PaltsScalar>> {
    tree.iter().find_map(|definition| match definition {
        Definition::Operation(operation) => {
            let named = operation.item.name.as_ref().map(|name| name.item);
            (name.is_none() || named == name).then_some(&operation.item)
        }
        Definition::Fragment(_) => None,
    })
}

/// Mutations whose variables or answers hold credentials: nothing of them is kept.
const SECRETIVE: [&str; 6] = ["login", "refreshSession", "logout", CHANGE_PASSWORD, "createUser", "issueToken"];

fn kind_of(operation: &Operation<'_, PaltsScalar>, tree: &Tree<'_>, fields: &[RootField<'_>]) -> Result<Kind, Refusal> {
    match operation.operation_type {
        OperationType::Query => return Ok(Kind::Query),
        OperationType::Mutation => {}
        OperationType::Subscription => return Err(Refusal::Document(juniper::GraphQLError::IsSubscription)),
    }
    let Some(session) = fields.iter().find(|field| SESSIONS.contains(&field.name)) else { return Ok(Kind::Mutation) };
    // Clients add __typename wherever they can; it says nothing and does nothing.
    let acts = fields.iter().filter(|field| field.name != "__typename").count();
    let operations = tree.iter().filter(|definition| matches!(definition, Definition::Operation(_))).count();
    if acts > 1 || operations > 1 {
        let text = format!("{} doit être seul dans son document", session.name);
        return Err(Error::invalid("query", Message::new("ALONE", text).with("field", session.name)).into());
    }
    let preset = operation
        .variables_definition
        .iter()
        .flat_map(|definitions| definitions.item.iter())
        .any(|(_, definition)| definition.default_value.is_some());
    if session.literal || preset {
        return Err(Error::invalid("query", in_variables()).into());
    }
    Ok(Kind::Session)
}

/// What is said where a secret stands in the document itself.
pub(super) fn in_variables() -> Message {
    Message::new("CREDENTIALS_IN_VARIABLES", "les mots de passe et les jetons ne se donnent que par les variables")
}

/// A field at the root.
struct RootField<'a> {
    name: &'a str,
    /// Whether an argument is no variable.
    literal: bool,
}

/// The fields at the root, fragments unfolded; validation has shown that fragments do not contain themselves.
fn root_fields<'a>(selections: &[Selection<'a, PaltsScalar>], tree: &Tree<'a>, into: &mut Vec<RootField<'a>>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                let mut arguments = field.item.arguments.iter().flat_map(|arguments| &arguments.item.items);
                let literal = arguments.any(|(_, value)| !matches!(value.item, InputValue::Variable(_)));
                into.push(RootField { name: field.item.name.item, literal });
            }
            Selection::InlineFragment(inline) => root_fields(&inline.item.selection_set, tree, into),
            Selection::FragmentSpread(spread) => {
                let wanted = spread.item.name.item;
                for definition in tree {
                    if let Definition::Fragment(fragment) = definition
                        && fragment.item.name.item == wanted
                    {
                        root_fields(&fragment.item.selection_set, tree, into);
                    }
                }
            }
        }
    }
}

/// The documents that were asked for before. One per process.
pub struct Documents {
    cache: Cache<Key, Arc<Document>, Weight>,
    largest: usize,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    query: Box<str>,
    operation_name: Option<Box<str>>,
}

#[derive(Hash)]
struct KeyRef<'a> {
    query: &'a str,
    operation_name: Option<&'a str>,
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.query == *key.query && self.operation_name == key.operation_name.as_deref()
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<Document>> for Weight {
    fn weight(&self, key: &Key, _: &Arc<Document>) -> u64 {
        1024 + TREE * key.query.len() as u64
    }
}

impl Documents {
    /// A cache for so many documents of so many bytes in all (an estimate: trees are larger than their texts).
    #[must_use]
    pub fn new(count: usize, bytes: u64) -> Self {
        // One document may take an eighth at most, or it would drive out all others.
        let largest = usize::try_from(bytes / TREE / 8).unwrap_or(usize::MAX);
        Self { cache: Cache::with_weighter(count, bytes, Weight), largest }
    }

    /// A document that was kept.
    #[must_use]
    pub fn get(&self, query: &str, operation_name: Option<&str>) -> Option<Arc<Document>> {
        self.cache.get(&KeyRef { query, operation_name })
    }

    /// Keeps a document, unless it hands in credentials or is too large.
    pub fn keep(&self, query: &str, operation_name: Option<&str>, document: &Arc<Document>) {
        if document.kind() != Kind::Session && query.len() <= self.largest {
            let key = Key { query: query.into(), operation_name: operation_name.map(Into::into) };
            self.cache.insert(key, Arc::clone(document));
        }
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cache.is_empty()
    }
}
