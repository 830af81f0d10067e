//! The variables that decide what is answered, by `@include` and `@skip`. The library takes each for a Boolean that is there, and fails where it
//! is null, which a nullable variable with a default may be. Not for other arguments: those are read with their types.

use std::collections::BTreeSet;

use juniper::{Definition, InputValue, Selection};

use super::value::PaltsScalar;

/// Adds the variables of the arguments of some directives; a macro, because juniper does not name the type.
macro_rules! of_directives {
    ($given:expr, $found:expr) => {
        for directive in $given.iter().flatten() {
            for (_, value) in directive.item.arguments.iter().flat_map(|arguments| &arguments.item.items) {
                if let InputValue::Variable(name) = &value.item {
                    $found.insert(name.to_string());
                }
            }
        }
    };
}

/// The names of the variables that directives of a document are given.
#[must_use]
pub fn variables(document: &[Definition<'_, PaltsScalar>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // Fragments are visited where they stand: none twice, however often they are spread.
    let mut waiting: Vec<&Selection<'_, PaltsScalar>> = Vec::new();
    for definition in document {
        match definition {
            Definition::Operation(operation) => {
                of_directives!(operation.item.directives, found);
                waiting.extend(&operation.item.selection_set);
            }
            Definition::Fragment(fragment) => {
                of_directives!(fragment.item.directives, found);
                waiting.extend(&fragment.item.selection_set);
            }
        }
    }
    while let Some(selection) = waiting.pop() {
        match selection {
            Selection::Field(field) => {
                of_directives!(field.item.directives, found);
                waiting.extend(field.item.selection_set.iter().flatten());
            }
            Selection::InlineFragment(inline) => {
                of_directives!(inline.item.directives, found);
                waiting.extend(&inline.item.selection_set);
            }
            Selection::FragmentSpread(spread) => of_directives!(spread.item.directives, found),
        }
    }
    found
}
