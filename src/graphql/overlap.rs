//! Whether selections of a document overlap: whether two of one set answer under one name, so that what they answer is merged. What is merged
//! cannot be [text](super::lists) already. Rather too careful: fragments on different types count as if they met.

use std::collections::{HashMap, HashSet};

use juniper::{Definition, Selection};

use super::value::PaltsScalar;

type Set<'t, 'a> = &'t [Selection<'a, PaltsScalar>];

/// The names under which a set answers; none where two of them are the same.
type Names<'a> = Option<HashSet<&'a str>>;

/// Whether any selections of a valid document overlap.
#[must_use]
pub fn overlaps(document: &[Definition<'_, PaltsScalar>]) -> bool {
    let fragments = document.iter().filter_map(|definition| match definition {
        Definition::Fragment(fragment) => Some((fragment.item.name.item, &*fragment.item.selection_set)),
        Definition::Operation(_) => None,
    });
    let mut reader = Reader { fragments: fragments.collect(), known: HashMap::new() };
    !document.iter().all(|definition| match definition {
        Definition::Operation(operation) => reader.are_apart(&operation.item.selection_set),
        Definition::Fragment(fragment) => reader.are_apart(&fragment.item.selection_set),
    })
}

struct Reader<'t, 'a> {
    fragments: HashMap<&'a str, Set<'t, 'a>>,
    /// Each fragment is read once, however often it is spread.
    known: HashMap<&'a str, Names<'a>>,
}

impl<'a> Reader<'_, 'a> {
    /// Whether nothing overlaps in a set, nor in those inside it.
    fn are_apart(&mut self, set: Set<'_, 'a>) -> bool {
        self.names(set).is_some()
            && set.iter().all(|selection| match selection {
                Selection::Field(field) => field.item.selection_set.as_ref().is_none_or(|inner| self.are_apart(inner)),
                Selection::InlineFragment(inline) => self.are_apart(&inline.item.selection_set),
                // Its definition is gone through by itself.
                Selection::FragmentSpread(_) => true,
            })
    }

    fn names(&mut self, set: Set<'_, 'a>) -> Names<'a> {
        let mut all = HashSet::with_capacity(set.len());
        for selection in set {
            let more = match selection {
                Selection::Field(field) => HashSet::from([field.item.alias.as_ref().unwrap_or(&field.item.name).item]),
                Selection::InlineFragment(inline) => self.names(&inline.item.selection_set)?,
                Selection::FragmentSpread(spread) => self.spread(spread.item.name.item)?,
            };
            for name in more {
                if !all.insert(name) {
                    return None;
                }
            }
        }
        Some(all)
    }

    fn spread(&mut self, name: &'a str) -> Names<'a> {
        if let Some(names) = self.known.get(name) {
            return names.clone();
        }
        let names = self.fragments.get(name).copied().and_then(|set| self.names(set));
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

    #[test]
    fn selections_overlap_where_two_of_a_set_have_one_name() {
        let cases = [
            ("{ plan(departmentCode: \"13\") { id } }", false),
            ("{ a: regions { code } b: regions { code } }", false),
            ("{ regions { code } regions { name } }", true),
            ("{ regions { code name: code name } }", true),
            ("{ regions { ...F } } fragment F on Region { code }", false),
            ("{ regions { code ...F } } fragment F on Region { code }", true),
            ("{ regions { ...F ...G } } fragment F on Region { code } fragment G on Region { name }", false),
            ("{ regions { ...F ...G } } fragment F on Region { code } fragment G on Region { ...F }", true),
            ("{ a: regions { ...F } b: regions { ...F } } fragment F on Region { code departments { code } }", false),
            ("{ regions { ...F } } fragment F on Region { departments { code } departments { name } }", true),
            ("{ regions { ... on Region { code } name } }", false),
            ("{ regions { ... on Region { departments { code } } departments { name } } }", true),
        ];
        let schema = schema(Settings::default().document_limits());
        for (text, expected) in cases {
            let tree = parse_document_source(text, &schema.schema).unwrap();
            assert_eq!(overlaps(&tree), expected, "{text}");
        }
    }
}
