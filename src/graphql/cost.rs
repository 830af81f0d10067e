//! What a document may cost: its fields, each times the pages and lists that it stands in. Computed once per document; the page sizes that
//! stand in variables are put in for each request. Bounds the work that depth and token limits cannot: the size of the result.

use std::collections::HashMap;

use juniper::meta::{Field as FieldMeta, MetaType};
use juniper::{Definition, InputValue, Operation, OperationType, ScalarValue as _, Selection, Variables};

use super::schema::Schema;
use super::value::PaltsScalar;

/// Lists of introspection inside each other, at most: deeper, its answer grows without a bound.
const INTROSPECTION_LISTS: usize = 3;

/// The sizes that are counted where a document says none.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// A connection without `first`.
    pub page: u64,
    /// A list that is no connection.
    pub list: u64,
}

/// The cost of an operation, up to its variables.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    fields: u64,
    pages: Vec<(Variable, Plan)>,
}

/// A page size in a variable, and its value when the request does not give it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: Box<str>,
    default: u64,
}

#[derive(Clone, Debug)]
enum Size {
    Fixed(u64),
    Variable(Variable),
}

impl Plan {
    /// The plan of an operation of a valid document; none when introspection nests too deep.
    #[must_use]
    pub fn of(
        operation: &Operation<'_, PaltsScalar>,
        document: &[Definition<'_, PaltsScalar>],
        schema: &Schema,
        sizes: Sizes,
    ) -> Option<Self> {
        let fragments = document
            .iter()
            .filter_map(|definition| match definition {
                Definition::Fragment(fragment) => {
                    Some((fragment.item.name.item, (fragment.item.type_condition.item, &*fragment.item.selection_set)))
                }
                Definition::Operation(_) => None,
            })
            .collect();
        let defaults = operation
            .variables_definition
            .iter()
            .flat_map(|definitions| definitions.item.iter())
            .filter_map(|(name, definition)| Some((name.item, number(&definition.default_value.as_ref()?.item)?)))
            .collect();
        let root = match operation.operation_type {
            OperationType::Query => Some(schema.schema.concrete_query_type()),
            OperationType::Mutation => schema.schema.concrete_mutation_type(),
            OperationType::Subscription => None,
        };
        Planner { schema, fragments, defaults, sizes }.selections(&operation.selection_set, root, None, 0)
    }

    /// The cost with these variables.
    #[must_use]
    pub fn cost(&self, variables: &Variables<PaltsScalar>) -> u64 {
        self.pages.iter().fold(self.fields, |sum, (page, inner)| {
            let size = variables.get(&*page.name).and_then(number).unwrap_or(page.default);
            sum.saturating_add(size.saturating_mul(inner.cost(variables)))
        })
    }

    /// Adds another plan, `size` times; what depends on no variable is multiplied out at once.
    fn add(&mut self, size: &Size, inner: Self) {
        match size {
            Size::Fixed(size) => {
                self.fields = self.fields.saturating_add(size.saturating_mul(inner.fields));
                self.pages.extend(inner.pages.into_iter().map(|(page, plan)| (page, plan.times(*size))));
            }
            Size::Variable(variable) => self.pages.push((variable.clone(), inner)),
        }
    }

    fn times(mut self, size: u64) -> Self {
        self.fields = self.fields.saturating_mul(size);
        self.pages = self.pages.into_iter().map(|(page, plan)| (page, plan.times(size))).collect();
        self
    }
}

struct Planner<'d> {
    schema: &'d Schema,
    /// Their types and selections, by name.
    fragments: HashMap<&'d str, (&'d str, &'d [Selection<'d, PaltsScalar>])>,
    defaults: HashMap<&'d str, u64>,
    sizes: Sizes,
}

type Meta = MetaType<PaltsScalar>;

impl Planner<'_> {
    /// What a list that is no connection usually holds: those of rollups count for what the nation
    /// fills.
    fn usual(&self, name: &str) -> u64 {
        let known = match name {
            "cells" => 101,
            "rollupSeries" => 240,
            _ => 0,
        };
        self.sizes.list.max(known)
    }

    /// `page` is the size of the connection whose fields these are; `lists` counts the lists of introspection around them.
    fn selections(
        &self,
        selections: &[Selection<'_, PaltsScalar>],
        parent: Option<&Meta>,
        page: Option<&Size>,
        lists: usize,
    ) -> Option<Plan> {
        let mut plan = Plan::default();
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    plan.fields = plan.fields.saturating_add(1);
                    let name = field.item.name.item;
                    let Some(selections) = &field.item.selection_set else { continue };
                    let meta = parent.and_then(|parent| parent.field_by_name(name));
                    let mut arguments = field.item.arguments.iter().flat_map(|arguments| &arguments.item.items);
                    let first = arguments.find(|(name, _)| name.item == "first").map(|(_, value)| &value.item);
                    let own = meta.filter(|meta| takes_first(meta)).map(|_| self.page(first));
                    self.field(&mut plan, name, selections, meta, own, page, lists)?;
                }
                Selection::FragmentSpread(spread) => {
                    if let Some((condition, selections)) = self.fragments.get(spread.item.name.item) {
                        plan.add(&Size::Fixed(1), self.selections(selections, self.named(condition), page, lists)?);
                    }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.item.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| self.named(condition.item));
                    plan.add(&Size::Fixed(1), self.selections(&inline.item.selection_set, parent, page, lists)?);
                }
            }
        }
        Some(plan)
    }

    #[allow(clippy::too_many_arguments)]
    fn field(
        &self,
        plan: &mut Plan,
        name: &str,
        selections: &[Selection<'_, PaltsScalar>],
        meta: Option<&FieldMeta<PaltsScalar>>,
        own: Option<Size>,
        page: Option<&Size>,
        lists: usize,
    ) -> Option<()> {
        if lists > 0 || name.starts_with("__") {
            let listed = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
            let lists = lists.max(1) + usize::from(listed);
            if lists > INTROSPECTION_LISTS {
                return None;
            }
            plan.add(&Size::Fixed(1), self.selections(selections, None, None, lists)?);
            return Some(());
        }
        let inner = meta.and_then(|meta| self.named(meta.field_type.innermost_name()));
        let listed = meta.is_some_and(is_list);
        match (listed, own) {
            (true, Some(size)) => plan.add(&size, self.selections(selections, inner, None, lists)?),
            (true, None) => {
                let size = page.filter(|_| matches!(name, "edges" | "nodes")).cloned().unwrap_or(Size::Fixed(self.usual(name)));
                plan.add(&size, self.selections(selections, inner, None, lists)?);
            }
            (false, own) => plan.add(&Size::Fixed(1), self.selections(selections, inner, own.as_ref(), lists)?),
        }
        Some(())
    }

    /// The page size of a field that takes `first`.
    fn page(&self, first: Option<&InputValue<PaltsScalar>>) -> Size {
        match first {
            Some(InputValue::Variable(name)) => {
                let default = self.defaults.get(name.as_str()).copied().unwrap_or(self.sizes.page);
                Size::Variable(Variable { name: name.as_str().into(), default })
            }
            Some(value) => Size::Fixed(number(value).unwrap_or(self.sizes.page)),
            None => Size::Fixed(self.sizes.page),
        }
    }

    fn named(&self, name: &str) -> Option<&Meta> {
        self.schema.schema.concrete_type_by_name(name)
    }
}

/// juniper's own `is_list` says no of a list that is not null.
fn is_list(meta: &FieldMeta<PaltsScalar>) -> bool {
    meta.field_type.to_string().contains('[')
}

fn takes_first(meta: &FieldMeta<PaltsScalar>) -> bool {
    meta.arguments.iter().flatten().any(|argument| argument.name == "first")
}

/// A page size; a negative one is refused later, and costs nothing.
fn number(value: &InputValue<PaltsScalar>) -> Option<u64> {
    match value {
        InputValue::Scalar(scalar) => scalar.try_to_int().map(|number| u64::try_from(number).unwrap_or(0)),
        InputValue::Null | InputValue::Enum(_) | InputValue::Variable(_) | InputValue::List(_) | InputValue::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use juniper::parser::parse_document_source;

    use super::*;
    use crate::graphql::schema::{DocumentLimits, schema};

    const LIMITS: DocumentLimits = DocumentLimits { depth: 64, tokens: 10_000, fields: 10_000, introspection: true };

    fn plan(query: &str) -> Option<Plan> {
        let schema = schema(LIMITS);
        let tree = parse_document_source(query, &schema.schema).unwrap();
        let Definition::Operation(operation) = &tree[0] else { panic!("an operation comes first") };
        Plan::of(&operation.item, &tree, schema, Sizes { page: 50, list: 10 })
    }

    fn cost(query: &str) -> u64 {
        plan(query).unwrap().cost(&HashMap::new())
    }

    #[test]
    fn lists_multiply_what_stands_in_them() {
        assert_eq!(cost("{ __typename }"), 1);
        assert_eq!(cost("{ departments { code name } }"), 1 + 10 * 2);
        assert_eq!(cost("{ departments { region { departments { code name } } } }"), 1 + 10 * (1 + 1 + 10 * 2));
        assert_eq!(cost("{ a: departments { code } b: departments { code } }"), 2 * (1 + 10));
        assert_eq!(cost("{ departments { ...F } } fragment F on Department { code ... on Department { name } }"), 1 + 10 * 2);
    }

    #[test]
    fn pages_multiply_by_their_size() {
        let revisions = |first: &str| {
            format!("{{ plan(departmentCode: \"13\") {{ revisions{first} {{ totalCount nodes {{ number }} }} }} }}")
        };
        assert_eq!(cost(&revisions("")), 1 + 1 + 2 + 50);
        assert_eq!(cost(&revisions("(first: 7)")), 1 + 1 + 2 + 7);
        assert_eq!(cost(&revisions("(first: -7)")), 1 + 1 + 2);
        let query = format!("query($n: Int = 3) {}", revisions("(first: $n)"));
        let plan = plan(&query).unwrap();
        assert_eq!(plan.cost(&HashMap::new()), 1 + 1 + 2 + 3);
        assert_eq!(plan.cost(&HashMap::from([("n".to_owned(), InputValue::scalar(9))])), 1 + 1 + 2 + 9);
    }

    #[test]
    fn introspection_counts_its_fields_and_its_lists_are_bounded() {
        assert_eq!(cost("{ __schema { types { name fields { name } } } }"), 5);
        let mut query = "name".to_owned();
        for _ in 0..4 {
            query = format!("fields {{ type {{ {query} }} }}");
        }
        assert_eq!(plan(&format!("{{ __type(name: \"Query\") {{ {query} }} }}")), None);
    }
}
