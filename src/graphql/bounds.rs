//! What a document may hold before it is validated: names of a bounded length, because validation repeats them in what it says; no answer name
//! twice too often, because validation holds each against each; and no literal that must not be. Not for depth, tokens and fields, which the
//! parser bounds, nor for what the answer costs.

use std::collections::HashMap;

use juniper::parser::Spanning;
use juniper::{Definition, InputValue, Selection};

use super::value::PaltsScalar;
use crate::domain::Message;
use crate::workflow::{Error, Result};

/// Longest name or alias, in characters.
pub const LONGEST_NAME: usize = 128;
/// Selections of one set, fragments unfolded, that answer under one name.
const MOST_OF_ONE_NAME: u32 = 100;
/// Arguments and input fields that are credentials wherever they stand.
const CREDENTIALS: [&str; 4] = ["password", "refreshToken", "currentPassword", "newPassword"];
/// What an error's path holds for a name beside its characters, about.
const STEP: u64 = 32;

type Set<'t, 'a> = &'t [Selection<'a, PaltsScalar>];
type Literal = Spanning<InputValue<PaltsScalar>>;
/// How often each name is answered under.
type Names<'a> = HashMap<&'a str, u32>;

/// Checks what may hold arguments; a macro, because juniper does not name the type.
macro_rules! arguments {
    ($given:expr) => {
        $given.iter().flat_map(|given| &given.item.items).try_for_each(|(name, value)| member(name.item, value))
    };
}

/// The same for what may hold directives.
macro_rules! directives {
    ($given:expr) => {
        $given.iter().flatten().try_for_each(|directive| {
            named(directive.item.name.item)?;
            arguments!(directive.item.arguments)
        })
    };
}

/// Refuses a document for its names, its repetitions and its literals.
///
/// # Errors
/// LIMIT for a name that is too long, or that too many selections answer under; INVALID for a NUL, which PostgreSQL cannot store, and for
/// credentials, which would be kept with their document.
pub fn check(document: &[Definition<'_, PaltsScalar>]) -> Result<()> {
    for definition in document {
        match definition {
            Definition::Operation(operation) => {
                operation.item.name.iter().try_for_each(|name| named(name.item))?;
                for (name, variable) in operation.item.variables_definition.iter().flat_map(|definitions| definitions.item.iter())
                {
                    named(name.item)?;
                    named(variable.var_type.item.innermost_name())?;
                    variable.default_value.iter().try_for_each(literal)?;
                    directives!(variable.directives)?;
                }
                directives!(operation.item.directives)?;
                operation.item.selection_set.iter().try_for_each(selection)?;
            }
            Definition::Fragment(fragment) => {
                named(fragment.item.name.item)?;
                named(fragment.item.type_condition.item)?;
                directives!(fragment.item.directives)?;
                fragment.item.selection_set.iter().try_for_each(selection)?;
            }
        }
    }
    let mut repetitions = Repetitions { fragments: fragments(document), known: HashMap::new() };
    document.iter().try_for_each(|definition| match definition {
        Definition::Operation(operation) => repetitions.check(&operation.item.selection_set),
        Definition::Fragment(fragment) => repetitions.check(&fragment.item.selection_set),
    })
}

/// The bytes that the longest path of a valid operation takes in an error.
#[must_use]
pub fn longest_path(set: Set<'_, '_>, document: &[Definition<'_, PaltsScalar>]) -> u64 {
    longest(set, &fragments(document))
}

fn longest(set: Set<'_, '_>, fragments: &HashMap<&str, Set<'_, '_>>) -> u64 {
    let of = |selection: &Selection<'_, PaltsScalar>| match selection {
        Selection::Field(field) => {
            let name = field.item.alias.as_ref().unwrap_or(&field.item.name).item;
            let inner = field.item.selection_set.as_ref().map_or(0, |inner| longest(inner, fragments));
            (name.len() as u64).saturating_add(STEP).saturating_add(inner)
        }
        Selection::InlineFragment(inline) => longest(&inline.item.selection_set, fragments),
        Selection::FragmentSpread(spread) => fragments.get(spread.item.name.item).map_or(0, |inner| longest(inner, fragments)),
    };
    set.iter().map(of).max().unwrap_or(0)
}

fn fragments<'t, 'a>(document: &'t [Definition<'a, PaltsScalar>]) -> HashMap<&'a str, Set<'t, 'a>> {
    let fragments = document.iter().filter_map(|definition| match definition {
        Definition::Fragment(fragment) => Some((fragment.item.name.item, &*fragment.item.selection_set)),
        Definition::Operation(_) => None,
    });
    fragments.collect()
}

fn named(name: &str) -> Result<()> {
    if name.len() <= LONGEST_NAME {
        return Ok(());
    }
    let text = format!("un nom ou un alias du document dépasse {LONGEST_NAME} caractères");
    Err(Error::limit(Message::new("NAME_TOO_LONG", text).with("limit", LONGEST_NAME)))
}

fn selection(selection: &Selection<'_, PaltsScalar>) -> Result<()> {
    match selection {
        Selection::Field(field) => {
            named(field.item.name.item)?;
            field.item.alias.iter().try_for_each(|alias| named(alias.item))?;
            arguments!(field.item.arguments)?;
            directives!(field.item.directives)?;
            field.item.selection_set.iter().flatten().try_for_each(self::selection)
        }
        Selection::InlineFragment(inline) => {
            inline.item.type_condition.iter().try_for_each(|condition| named(condition.item))?;
            directives!(inline.item.directives)?;
            inline.item.selection_set.iter().try_for_each(self::selection)
        }
        Selection::FragmentSpread(spread) => {
            named(spread.item.name.item)?;
            directives!(spread.item.directives)
        }
    }
}

fn member(name: &str, value: &Literal) -> Result<()> {
    named(name)?;
    if CREDENTIALS.contains(&name) && !matches!(value.item, InputValue::Variable(_)) {
        return Err(Error::invalid("query", super::document::in_variables()));
    }
    literal(value)
}

fn literal(value: &Literal) -> Result<()> {
    match &value.item {
        InputValue::Scalar(PaltsScalar::String(text)) if text.contains('\0') => {
            Err(Error::invalid("query", Message::new("NUL", "ne doit pas contenir de caractère nul (U+0000)")))
        }
        InputValue::List(items) => items.iter().try_for_each(literal),
        InputValue::Object(members) => members.iter().try_for_each(|(name, value)| member(&name.item, value)),
        InputValue::Enum(name) | InputValue::Variable(name) => named(name),
        InputValue::Scalar(_) | InputValue::Null => Ok(()),
    }
}

struct Repetitions<'t, 'a> {
    fragments: HashMap<&'a str, Set<'t, 'a>>,
    /// Each fragment is read once; one that contains itself, which validation refuses, counts once.
    known: HashMap<&'a str, Names<'a>>,
}

impl<'a> Repetitions<'_, 'a> {
    fn check(&mut self, set: Set<'_, 'a>) -> Result<()> {
        if let Some((name, _)) = self.names(set).iter().find(|(_, times)| **times > MOST_OF_ONE_NAME) {
            let text = format!("plus de {MOST_OF_ONE_NAME} sélections répondent au même nom, {name} : leur donner des alias");
            return Err(Error::limit(Message::new("NAME_REPEATED", text).with("name", name).with("limit", MOST_OF_ONE_NAME)));
        }
        set.iter().try_for_each(|selection| match selection {
            Selection::Field(field) => field.item.selection_set.iter().try_for_each(|inner| self.check(inner)),
            Selection::InlineFragment(inline) => self.check(&inline.item.selection_set),
            // Its definition is gone through by itself.
            Selection::FragmentSpread(_) => Ok(()),
        })
    }

    fn names(&mut self, set: Set<'_, 'a>) -> Names<'a> {
        let mut all = Names::new();
        for selection in set {
            let more = match selection {
                Selection::Field(field) => {
                    *all.entry(field.item.alias.as_ref().unwrap_or(&field.item.name).item).or_default() += 1;
                    continue;
                }
                Selection::InlineFragment(inline) => self.names(&inline.item.selection_set),
                Selection::FragmentSpread(spread) => self.spread(spread.item.name.item),
            };
            for (name, times) in more {
                let count: &mut u32 = all.entry(name).or_default();
                *count = count.saturating_add(times);
            }
        }
        all
    }

    fn spread(&mut self, name: &'a str) -> Names<'a> {
        if let Some(names) = self.known.get(name) {
            return names.clone();
        }
        let Some(set) = self.fragments.get(name).copied() else { return Names::new() };
        self.known.insert(name, Names::new());
        let names = self.names(set);
        self.known.insert(name, names.clone());
        names
    }
}

#[cfg(test)]
mod tests {
    use juniper::parser::parse_document_source;

    use super::*;
    use crate::graphql::schema::schema;
    use crate::graphql::settings::Settings;

    fn code_of(text: &str) -> &'static str {
        let schema = schema(Settings::default().document_limits());
        check(&parse_document_source(text, &schema.schema).unwrap()).map_or_else(|error| error.code(), |()| "taken")
    }

    #[test]
    fn names_are_bounded_wherever_they_stand() {
        let long = "x".repeat(LONGEST_NAME + 1);
        for text in [
            "query X { __typename }",
            "query($X: Int) { __typename }",
            "query($a: X) { __typename }",
            "query @X { __typename }",
            "query($a: Int = X) { __typename }",
            "{ X }",
            "{ X: __typename }",
            "{ a(X: 1) }",
            "{ a(b: $X) }",
            "{ a(b: [{ X: 1 }]) }",
            "{ a(b: X) }",
            "{ a @X }",
            "{ a @b(X: 1) }",
            "{ ...X }",
            "{ ... on X { a } }",
            "{ ...A } fragment A on X { a }",
            "{ a { b { ... { X } } } }",
        ] {
            assert_eq!(code_of(&text.replace('X', &long)), "LIMIT", "{text}");
            assert_eq!(code_of(&text.replace('X', "x")), "taken", "{text}");
        }
        assert_eq!(code_of(&format!("{{ {}: __typename }}", "x".repeat(LONGEST_NAME))), "taken");
    }

    #[test]
    fn one_name_is_answered_under_by_so_many_only() {
        let times = |text: &str, times: usize| code_of(&text.replace('*', &"a ".repeat(times)));
        assert_eq!(times("{ * }", 100), "taken");
        assert_eq!(times("{ * }", 101), "LIMIT");
        assert_eq!(times("{ b { ... { * } ... { * } } }", 51), "LIMIT");
        assert_eq!(times("{ ...F ...F } fragment F on Query { * }", 51), "LIMIT");
        assert_eq!(times("{ b { ...F } c { ...F } } fragment F on Query { * }", 100), "taken");
        // Fragments that contain themselves are refused later, and do no harm here.
        assert_eq!(times("{ ...F } fragment F on Query { * ...F }", 2), "taken");
    }

    #[test]
    fn the_longest_path_counts_aliases_through_fragments() {
        let schema = schema(Settings::default().document_limits());
        let tree = parse_document_source("{ aa: b { ...F } c } fragment F on Region { dddd }", &schema.schema).unwrap();
        let Definition::Operation(operation) = &tree[0] else { panic!("an operation comes first") };
        assert_eq!(longest_path(&operation.item.selection_set, &tree), 2 + 4 + 2 * STEP);
    }
}
