//! What a document may cost: its fields, each times the pages and lists that it stands in, those that answer much for more than one, and what it
//! sends. Computed once per document; what stands in variables is put in for each request. Bounds the work that depth and token limits cannot.
//! Not for the bytes of the answer, which the [`budget`](super::budget) counts while it is made.

use std::cell::OnceCell;
use std::collections::HashMap;

use juniper::meta::{Field as FieldMeta, MetaType};
use juniper::{Definition, InputValue, Operation, OperationType, ScalarValue as _, Selection, Variables};

use super::inventory::Inventory;
use super::schema::Schema;
use super::settings::Settings;
use super::value::PaltsScalar;
use crate::domain::period::Period;
use crate::workflow::Rules;
use crate::workflow::indicators::NATIONAL;
use crate::workflow::measures::MOST_CORRECTIONS;

/// Lists of introspection inside each other that may lead on without end, at most: deeper, its answer grows without a bound.
const INTROSPECTION_LISTS: usize = 3;
/// A field of introspection costs a fraction: it is found in memory.
const INTROSPECTION_SHARE: u64 = 4;
/// What a geometry costs, in fields.
const GEOMETRY: u64 = 2;
/// What a text costs that may be long.
const LONG_TEXT: u64 = 2;
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
    /// The list of indicators: those of the nation and of one department.
    pub indicators: u64,
}

impl Sizes {
    /// The sizes of a house.
    #[must_use]
    pub fn of(rules: &Rules, settings: &Settings) -> Self {
        let indicators = rules.max_local_indicators.saturating_add(NATIONAL);
        Self {
            page: u64::try_from(rules.page_size).unwrap_or(0),
            list: settings.list_size,
            indicators: u64::try_from(indicators).unwrap_or(u64::MAX),
        }
    }

    /// The size of a list that is no connection, by what it lists: nobody says how long it is.
    fn list_of(&self, name: &str) -> u64 {
        match name {
            "Indicator" => self.indicators,
            "MeasureCorrection" => u64::try_from(MOST_CORRECTIONS).unwrap_or(self.list),
            _ => self.list,
        }
    }
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
                            let list = Size::Fixed(
                                meta.map_or(self.sizes.list, |of| self.sizes.list_of(of.field_type.innermost_name())),
                            );
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
#[path = "cost_tests.rs"]
mod tests;
