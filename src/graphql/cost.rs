//! What a document may cost: its fields, each times the pages and lists that it stands in, those that answer much for more than one, and what it
//! sends. Computed once per document; what stands in variables is put in for each request. Bounds the work that depth and token limits cannot.
//! Not for the bytes of the answer, which the [`budget`](super::budget) counts while it is made.

use std::cell::OnceCell;
use std::collections::HashMap;

use juniper::meta::{EnumMeta, Field as FieldMeta, InputObjectMeta, InterfaceMeta, MetaType, ObjectMeta};
use juniper::{Definition, InputValue, Operation, OperationType, ScalarValue as _, Selection, Variables};

use super::schema::Schema;
use super::value::PaltsScalar;
use crate::domain::period::Period;

/// Lists of introspection inside each other that may lead on without end, at most: deeper, its answer grows without a bound.
const INTROSPECTION_LISTS: usize = 3;
/// A field of introspection costs a fraction: it is found in memory.
const INTROSPECTION_SHARE: u64 = 4;
/// What a geometry costs, in fields.
const GEOMETRY: u64 = 10;
/// What a text costs that may be long.
const LONG_TEXT: u64 = 4;
/// The fields of texts that may have more than 2 000 characters.
const LONG_TEXTS: [&str; 4] = ["diagnosis", "minutes", "description", "definition"];
/// Values that are sent for which one field is counted.
const VALUES: u64 = 4;
/// Bytes that are sent for which one field is counted.
const BYTES: u64 = 256;
/// Periods of a series, at most.
const MOST_PERIODS: u64 = 240;
/// Cells that are added up for which one field is counted, whether or not they are shown.
const ADDED_UP: u64 = 10;

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
    /// Variables that are handed in, and how often.
    inputs: Vec<(Input, u64)>,
    /// What is counted as often as variables say.
    pages: Vec<(Asked, Plan)>,
}

/// A variable that is handed in, and what its default weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Input {
    name: Box<str>,
    default: u64,
}

/// A text that stands in the document or in a variable; none where it is neither.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Given {
    Known(Box<str>),
    Variable { name: Box<str>, default: Option<Box<str>> },
    Nothing,
}

impl Given {
    fn text<'a>(&'a self, variables: &'a Variables<PaltsScalar>) -> Option<&'a str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Variable { name, default } => variables.get(&**name).and_then(text).or(default.as_deref()),
            Self::Nothing => None,
        }
    }

    fn is_variable(&self) -> bool {
        matches!(self, Self::Variable { .. })
    }
}

/// A size that variables say.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// A page, of the default when the request does not say.
    Page { name: Box<str>, default: u64 },
    /// The periods of a series.
    Periods { from: Given, until: Given },
    /// The cells along an axis, each for so many fields.
    Cells { axis: Given },
}

impl Asked {
    fn size(&self, variables: &Variables<PaltsScalar>) -> u64 {
        match self {
            Self::Page { name, default } => variables.get(&**name).and_then(number).unwrap_or(*default),
            Self::Periods { from, until } => {
                let period = |given: &Given| given.text(variables).and_then(|text| text.parse::<Period>().ok());
                // What is no period is refused later.
                period(from).zip(period(until)).map_or(MOST_PERIODS, |(from, until)| {
                    let following = std::iter::successors(Some(from), |period| period.next());
                    following.take_while(|period| *period <= until).map(|_| 1).take(240).sum()
                })
            }
            Self::Cells { axis } => cells(axis.text(variables)),
        }
    }

    /// A size that is known already where no variable is needed for it.
    fn settled(self) -> Size {
        let varies = match &self {
            Self::Page { .. } => true,
            Self::Periods { from, until } => from.is_variable() || until.is_variable(),
            Self::Cells { axis } => axis.is_variable(),
        };
        if varies { Size::Asked(self) } else { Size::Fixed(self.size(&Variables::new())) }
    }
}

/// The cells of an axis: of the territories as many as there are, of what plans and measures name as many as a large department has.
fn cells(axis: Option<&str>) -> u64 {
    match axis {
        Some("NATIONAL") => 1,
        Some("AUTHORITY") => 4,
        Some("DEFENCE_ZONE" | "SERVICE") => 13,
        Some("REGION") => 18,
        Some("SECTOR") => 120,
        Some("PARQUET") => 164,
        Some(_) | None => 101,
    }
}

#[derive(Clone, Debug)]
enum Size {
    Fixed(u64),
    Asked(Asked),
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
            .filter_map(|(name, definition)| Some((name.item, &definition.default_value.as_ref()?.item)))
            .collect();
        let root = match operation.operation_type {
            OperationType::Query => Some(schema.schema.concrete_query_type()),
            OperationType::Mutation => schema.schema.concrete_mutation_type(),
            OperationType::Subscription => None,
        };
        let planner = Planner { schema, fragments, defaults, sizes, inventory: OnceCell::new() };
        planner.selections(&operation.selection_set, root, None, None)
    }

    /// The cost with these variables.
    #[must_use]
    pub fn cost(&self, variables: &Variables<PaltsScalar>) -> u64 {
        let weights = variables.iter().map(|(name, value)| (name.as_str(), weight(value))).collect();
        self.weighed(variables, &weights)
    }

    fn weighed(&self, variables: &Variables<PaltsScalar>, weights: &HashMap<&str, u64>) -> u64 {
        let sent = self.inputs.iter().fold(self.fields, |sum, (input, times)| {
            let weight = weights.get(&*input.name).copied().unwrap_or(input.default);
            sum.saturating_add(weight.saturating_mul(*times))
        });
        self.pages.iter().fold(sent, |sum, (asked, inner)| {
            sum.saturating_add(asked.size(variables).saturating_mul(inner.weighed(variables, weights)))
        })
    }

    /// Adds another plan, `size` times; what depends on no variable is multiplied out at once.
    fn add(&mut self, size: &Size, inner: Self) {
        match size {
            Size::Fixed(size) => {
                let inner = inner.times(*size);
                self.fields = self.fields.saturating_add(inner.fields);
                inner.inputs.into_iter().for_each(|(input, times)| self.hand_in(input, times));
                self.pages.extend(inner.pages);
            }
            Size::Asked(asked) => self.pages.push((asked.clone(), inner)),
        }
    }

    fn hand_in(&mut self, input: Input, times: u64) {
        match self.inputs.iter_mut().find(|(known, _)| known.name == input.name) {
            Some((_, before)) => *before = before.saturating_add(times),
            None => self.inputs.push((input, times)),
        }
    }

    fn times(mut self, size: u64) -> Self {
        self.fields = self.fields.saturating_mul(size);
        self.inputs.iter_mut().for_each(|(_, times)| *times = times.saturating_mul(size));
        self.pages = self.pages.into_iter().map(|(asked, plan)| (asked, plan.times(size))).collect();
        self
    }

    /// A part of it, for what costs less.
    fn share(mut self, of: u64) -> Self {
        self.fields = self.fields.div_ceil(of);
        self
    }
}

/// What the schema holds, for introspection: its lists are counted by it.
struct Inventory {
    types: u64,
    directives: u64,
    /// Of each list the mean over all that hold it, and the longest.
    fields: (u64, u64),
    arguments: (u64, u64),
    values: (u64, u64),
    members: (u64, u64),
    relatives: (u64, u64),
}

impl Inventory {
    fn of(schema: &Schema) -> Self {
        let all = schema.schema.concrete_type_list();
        let types = all.len();
        let lengths = |of: &dyn Fn(&Meta) -> usize| {
            let (sum, most) = all.iter().map(|meta| of(meta)).fold((0, 0), |(sum, most), len| (sum + len, most.max(len)));
            (sum.div_ceil(types.max(1)) as u64, most as u64)
        };
        let fields_of = |meta: &Meta| match meta {
            MetaType::Object(ObjectMeta { fields, .. }) | MetaType::Interface(InterfaceMeta { fields, .. }) => fields.len(),
            _ => 0,
        };
        let arguments_of = |meta: &Meta| match meta {
            MetaType::Object(ObjectMeta { fields, .. }) | MetaType::Interface(InterfaceMeta { fields, .. }) => {
                fields.iter().map(|field| field.arguments.as_ref().map_or(0, Vec::len)).max().unwrap_or(0)
            }
            _ => 0,
        };
        let relatives_of = |meta: &Meta| match meta {
            MetaType::Object(ObjectMeta { interface_names, .. }) => interface_names.len(),
            MetaType::Interface(_) => all.iter().filter(|other| matches!(other, MetaType::Object(_))).count(),
            MetaType::Union(union) => union.of_type_names.len(),
            _ => 0,
        };
        Self {
            types: types as u64,
            directives: schema.schema.directive_list().len() as u64,
            fields: lengths(&fields_of),
            // Few fields take any: in the mean over all fields it is less than one.
            arguments: (1, lengths(&arguments_of).1),
            values: lengths(&|meta| match meta {
                MetaType::Enum(EnumMeta { values, .. }) => values.len(),
                _ => 0,
            }),
            members: lengths(&|meta| match meta {
                MetaType::InputObject(InputObjectMeta { input_fields, .. }) => input_fields.len(),
                _ => 0,
            }),
            relatives: lengths(&relatives_of),
        }
    }

    /// How many a list of introspection holds at most: in the mean where each of its owners is come by once.
    fn size(&self, list: &str, once: bool) -> u64 {
        let (mean, most) = match list {
            "types" => return self.types,
            "directives" => return self.directives,
            "fields" => self.fields,
            "args" => self.arguments,
            "enumValues" => self.values,
            "inputFields" => self.members,
            "interfaces" | "possibleTypes" => self.relatives,
            _ => return 1,
        };
        if once { mean } else { most }
    }
}

/// Where in the schema itself fields stand.
#[derive(Clone, Copy)]
struct Within {
    /// Lists around them that may lead on without end.
    lists: usize,
    /// Whether each type is come by once.
    once: bool,
}

struct Planner<'d> {
    schema: &'d Schema,
    /// Their types and selections, by name.
    fragments: HashMap<&'d str, (&'d str, &'d [Selection<'d, PaltsScalar>])>,
    defaults: HashMap<&'d str, &'d InputValue<PaltsScalar>>,
    sizes: Sizes,
    inventory: OnceCell<Inventory>,
}

type Meta = MetaType<PaltsScalar>;

impl Planner<'_> {
    /// `page` is the size of the connection or rollup whose fields these are; `within` says where in the introspection they stand.
    fn selections(
        &self,
        selections: &[Selection<'_, PaltsScalar>],
        parent: Option<&Meta>,
        page: Option<&Size>,
        within: Option<Within>,
    ) -> Option<Plan> {
        let mut plan = Plan::default();
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let name = field.item.name.item;
                    let meta = parent.and_then(|parent| parent.field_by_name(name));
                    let given = field.item.arguments.iter().flat_map(|given| &given.item.items);
                    let given: Vec<Argument<'_>> = given.map(|(name, value)| (name.item, &value.item)).collect();
                    given.iter().for_each(|(_, value)| self.hand_in(&mut plan, value));
                    plan.fields = plan.fields.saturating_add(leaf(meta, name));
                    let Some(selections) = &field.item.selection_set else { continue };
                    let size = match name {
                        _ if within.is_some() || name.starts_with("__") => {
                            self.introspection(&mut plan, name, selections, within)?;
                            continue;
                        }
                        "rollup" | "rollupSeries" => {
                            let cells = Asked::Cells { axis: self.given(argument(&given, "axis")) }.settled();
                            self.rollups(&mut plan, &cells, name, &given, selections, meta)?;
                            continue;
                        }
                        _ => meta.filter(|meta| takes_first(meta)).map(|_| self.page(argument(&given, "first"))),
                    };
                    let inner = meta.and_then(|meta| self.named(meta.field_type.innermost_name()));
                    match (meta.is_some_and(is_list), size) {
                        (true, Some(size)) => plan.add(&size, self.selections(selections, inner, None, None)?),
                        (true, None) => {
                            let list = Size::Fixed(self.sizes.list);
                            let size = page.filter(|_| matches!(name, "edges" | "nodes" | "cells")).unwrap_or(&list);
                            plan.add(size, self.selections(selections, inner, None, None)?);
                        }
                        (false, size) => plan.add(&Size::Fixed(1), self.selections(selections, inner, size.as_ref(), None)?),
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some((condition, selections)) = self.fragments.get(spread.item.name.item) {
                        plan.add(&Size::Fixed(1), self.selections(selections, self.named(condition), page, within)?);
                    }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.item.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| self.named(condition.item));
                    plan.add(&Size::Fixed(1), self.selections(&inline.item.selection_set, parent, page, within)?);
                }
            }
        }
        Some(plan)
    }

    /// A rollup, or one for each period of a series: its cells along the axis, added up whether or not they are shown.
    fn rollups(
        &self,
        plan: &mut Plan,
        cells: &Size,
        name: &str,
        given: &[Argument<'_>],
        selections: &[Selection<'_, PaltsScalar>],
        meta: Option<&FieldMeta<PaltsScalar>>,
    ) -> Option<()> {
        let inner = meta.and_then(|meta| self.named(meta.field_type.innermost_name()));
        let mut one = self.selections(selections, inner, Some(cells), None)?;
        if name != "rollupSeries" {
            plan.add(&Size::Fixed(1), one);
            return Some(());
        }
        one.fields = one.fields.saturating_add(match cells {
            Size::Fixed(cells) => cells / ADDED_UP,
            Size::Asked(_) => ADDED_UP,
        });
        let period = |name: &str| self.given(argument(given, name));
        let periods = Asked::Periods { from: period("from"), until: period("until") };
        plan.add(&periods.settled(), one);
        Some(())
    }

    /// A field of the schema itself.
    fn introspection(
        &self,
        plan: &mut Plan,
        name: &str,
        selections: &[Selection<'_, PaltsScalar>],
        within: Option<Within>,
    ) -> Option<()> {
        let leads_on = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
        let lists = within.map_or(1, |within| within.lists) + usize::from(leads_on);
        if lists > INTROSPECTION_LISTS {
            return None;
        }
        let size = self.inventory.get_or_init(|| Inventory::of(self.schema)).size(name, within.is_some_and(|within| within.once));
        let once = match within {
            None => name == "__schema",
            // Whatever leads from one type to another comes by the same ones often.
            Some(within) => within.once && matches!(name, "types" | "fields" | "args" | "enumValues" | "inputFields"),
        };
        let inner = self.selections(selections, None, None, Some(Within { lists, once }))?.times(size);
        plan.add(&Size::Fixed(1), if within.is_none() { inner.share(INTROSPECTION_SHARE) } else { inner });
        Some(())
    }

    /// Counts a value that a field is given.
    fn hand_in(&self, plan: &mut Plan, value: &InputValue<PaltsScalar>) {
        plan.fields = plan.fields.saturating_add(weight(value));
        for name in value.referenced_variables() {
            let default = self.defaults.get(name).map_or(0, |value| weight(value));
            plan.hand_in(Input { name: name.into(), default }, 1);
        }
    }

    /// The page size of a field that takes `first`.
    fn page(&self, first: Option<&InputValue<PaltsScalar>>) -> Size {
        match first {
            Some(InputValue::Variable(name)) => {
                let default = self.defaults.get(name.as_str()).and_then(|value| number(value)).unwrap_or(self.sizes.page);
                Size::Asked(Asked::Page { name: name.as_str().into(), default })
            }
            Some(value) => Size::Fixed(number(value).unwrap_or(self.sizes.page)),
            None => Size::Fixed(self.sizes.page),
        }
    }

    fn given(&self, value: Option<&InputValue<PaltsScalar>>) -> Given {
        match value {
            Some(InputValue::Variable(name)) => {
                let default = self.defaults.get(name.as_str()).and_then(|value| text(value)).map(Into::into);
                Given::Variable { name: name.as_str().into(), default }
            }
            Some(value) => text(value).map_or(Given::Nothing, |text| Given::Known(text.into())),
            None => Given::Nothing,
        }
    }

    fn named(&self, name: &str) -> Option<&Meta> {
        self.schema.schema.concrete_type_by_name(name)
    }
}

/// An argument by its name.
type Argument<'t> = (&'t str, &'t InputValue<PaltsScalar>);

fn argument<'t>(given: &[Argument<'t>], wanted: &str) -> Option<&'t InputValue<PaltsScalar>> {
    given.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
}

/// What a field costs by itself.
fn leaf(meta: Option<&FieldMeta<PaltsScalar>>, name: &str) -> u64 {
    match meta.map(|meta| meta.field_type.innermost_name()) {
        Some("GeoJSON") => GEOMETRY,
        Some("String") if LONG_TEXTS.contains(&name) => LONG_TEXT,
        Some(_) | None => 1,
    }
}

/// What a value weighs that is sent: by its bytes, and by the values in it.
fn weight(value: &InputValue<PaltsScalar>) -> u64 {
    let (values, bytes) = measure(value);
    (values / VALUES).saturating_add(bytes / BYTES)
}

fn measure(value: &InputValue<PaltsScalar>) -> (u64, u64) {
    let sum = |(values, bytes): (u64, u64), value| {
        let (more, longer) = measure(value);
        (values + more, bytes + longer)
    };
    match value {
        InputValue::Scalar(PaltsScalar::String(text)) => (1, text.len() as u64),
        InputValue::Scalar(PaltsScalar::Raw(raw)) => (1, raw.get().len() as u64),
        InputValue::Scalar(_) | InputValue::Null | InputValue::Enum(_) | InputValue::Variable(_) => (1, 0),
        InputValue::List(items) => items.iter().map(|item| &item.item).fold((1, 0), sum),
        InputValue::Object(members) => members.iter().map(|(_, member)| &member.item).fold((1, 0), sum),
    }
}

fn text(value: &InputValue<PaltsScalar>) -> Option<&str> {
    match value {
        InputValue::Scalar(PaltsScalar::String(text)) | InputValue::Enum(text) => Some(text),
        _ => None,
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
    fn introspection_counts_its_lists_as_the_schema_has_them() {
        let inventory = Inventory::of(schema(LIMITS));
        let (types, fields) = (inventory.types, inventory.fields);
        assert_eq!(cost("{ __schema { types { name } } }"), 1 + (1 + types).div_ceil(4));
        assert_eq!(cost("{ __schema { types { fields { name } } } }"), 1 + (1 + types * (1 + fields.0)).div_ceil(4));
        assert_eq!(cost("{ __type(name: \"Query\") { fields { name } } }"), 1 + (1 + fields.1).div_ceil(4));
        assert!(cost("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }") > 100_000);
        let standard = cost(&standard_query());
        assert!(standard < 50_000, "{standard}: the explorer's question fits twice");
    }

    /// What explorers and code generators ask.
    fn standard_query() -> String {
        let of_type = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
        format!(
            "query IntrospectionQuery {{ __schema {{ queryType {{ name kind }} mutationType {{ name kind }} subscriptionType {{ name kind }} \
             types {{ ...FullType }} directives {{ name description locations args {{ ...InputValue }} }} }} }} \
             fragment FullType on __Type {{ kind name description fields(includeDeprecated: true) {{ name description args {{ ...InputValue }} \
             type {{ ...TypeRef }} isDeprecated deprecationReason }} inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }} \
             enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} possibleTypes {{ ...TypeRef }} }} \
             fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue }} \
             fragment TypeRef on __Type {{ {of_type} }}"
        )
    }

    #[test]
    fn what_answers_much_and_what_is_sent_costs_more() {
        assert_eq!(cost("{ departments { boundary } }"), 1 + 10 * GEOMETRY);
        assert_eq!(cost("{ indicators { definition } }"), 1 + 10 * LONG_TEXT);
        let long = "x".repeat(2_560);
        assert_eq!(cost(&format!("{{ node(id: \"{long}\") {{ id }} }}")), 1 + 1 + 10);
        let sent = plan("query($i: ID!) { a: node(id: $i) { id } b: node(id: $i) { id } }").unwrap();
        let with = |text: &str| sent.cost(&HashMap::from([("i".to_owned(), InputValue::scalar(text.to_owned()))]));
        assert_eq!((with("x"), with(&long)), (4, 4 + 2 * 10));
        let list = InputValue::list((0..40).map(InputValue::scalar).collect());
        assert_eq!(weight(&list), 10);
    }

    #[test]
    fn a_series_costs_its_periods_times_its_cells() {
        let series = |axis: &str, from: &str, until: &str| {
            let periods = format!("from: \"{from}\", until: \"{until}\"");
            cost(&format!("{{ rollupSeries(indicator: \"A\", axis: {axis}, {periods}) {{ period cells {{ key value }} }} }}"))
        };
        assert_eq!(series("NATIONAL", "2010-01", "2010-12"), 1 + 12 * (2 + 2));
        assert_eq!(series("DEPARTMENT", "2010-01", "2010-12"), 1 + 12 * (2 + 2 * 101 + 10));
        assert_eq!(series("DEPARTMENT", "2010-01-1", "2010-01-1"), 1 + 2 + 2 * 101 + 10);
        let query = "query($a: RollupAxis!, $f: Period!) { rollupSeries(indicator: \"A\", axis: $a, from: $f, until: \"2010-12\") \
                     { cells { key } } }";
        let plan = plan(query).unwrap();
        let with = |axis: &str, from: &str| {
            let value = |text: &str| InputValue::scalar(text.to_owned());
            plan.cost(&HashMap::from([("a".to_owned(), value(axis)), ("f".to_owned(), value(from))]))
        };
        assert_eq!(with("REGION", "2010-11"), 1 + 2 * (1 + 18 + 10));
        assert_eq!(with("NATIONAL", "nonsense"), 1 + 240 * (1 + 1 + 10));
    }

    #[test]
    fn introspection_may_not_lead_on_without_end() {
        let mut query = "name".to_owned();
        for _ in 0..4 {
            query = format!("fields {{ type {{ {query} }} }}");
        }
        assert_eq!(plan(&format!("{{ __type(name: \"Query\") {{ {query} }} }}")), None);
    }
}
