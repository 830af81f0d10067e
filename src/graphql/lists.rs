//! Lists of objects, written as JSON while they are resolved. juniper resolves each field of each object by itself: it finds the field in the
//! schema, reads its arguments, and makes a map of the object. In a list all objects are asked the same, so this is found out once, and what they
//! answer goes straight into the text. Not for lists with errors, nor for documents whose selections overlap: those are juniper's (see [`List`]).

use juniper::macros::reflect::{BaseSubTypes, BaseType, Type, Types, WrappedType, WrappedValue};
use juniper::marker::IsOutputType;
use juniper::meta::MetaType;
use juniper::parser::SourcePosition;
use juniper::{
    ArcStr, Arguments, BoxFuture, ExecutionResult, Executor, FieldError, GraphQLType, GraphQLValue, GraphQLValueAsync,
    IntoFieldError, Registry, Selection, Spanning, Value,
};

use super::budget;
use super::context::Context;
use super::error::ApiError;
use super::json;
use super::value::{PaltsScalar, RawJson};

/// Objects of one type. Resolved as any list is, field by field; but where the [context](Context::writes_lists) allows it and nothing goes wrong,
/// into one text. Whoever allows it must resolve the document once more, without, if any error came of it: what is said of errors is then
/// juniper's alone.
pub struct List<T>(Vec<T>);

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

/// One field that is asked of all objects of a list.
struct Column<'e, 'a> {
    /// The name that it is answered under.
    key: &'e str,
    at: SourcePosition,
    /// None: `__typename`.
    field: Option<Field<'e, 'a>>,
}

/// A field with all that its resolving needs but the object.
struct Field<'e, 'a> {
    name: &'e str,
    is_non_null: bool,
    arguments: Arguments<'e, PaltsScalar>,
    executor: Executor<'e, 'a, Context, PaltsScalar>,
}

impl<T: GraphQLValue<PaltsScalar, Context = Context, TypeInfo = ()>> List<T> {
    /// The list as values of juniper's.
    fn held(&self, info: &(), executor: &Executor<'_, '_, Context, PaltsScalar>) -> ExecutionResult<PaltsScalar> {
        let stops_on_null = executor.current_type().list_contents().is_some_and(|of| of.is_non_null());
        let mut values = Vec::with_capacity(self.0.len());
        for item in &self.0 {
            let value = executor.resolve(info, item)?;
            if stops_on_null && value.is_null() {
                return Ok(value);
            }
            if !budget::take(json::key_bytes(&value)) {
                return Err(ApiError(budget::too_large(executor.context().max_answer_bytes)).into_field_error());
            }
            values.push(value);
        }
        Ok(Value::List(values))
    }

    /// The list as text; none where juniper is to resolve it.
    fn written(
        &self,
        selections: &[Selection<'_, PaltsScalar>],
        executor: &Executor<'_, '_, Context, PaltsScalar>,
    ) -> Option<Value<PaltsScalar>> {
        let type_name = self.0.first()?.type_name(&())?;
        // Of an interface or a union, each object has a type of its own.
        let of = executor.schema().concrete_type_by_name(&type_name).filter(|of| matches!(of, MetaType::Object(_)))?;
        if budget::is_spent() {
            return Some(Value::Null);
        }
        let columns: Vec<Column<'_, '_>> =
            selections.iter().map(|selection| column(selection, of, executor)).collect::<Option<_>>()?;
        let mut text = Vec::new();
        text.push(b'[');
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            let (before, start) = (budget::left(), text.len());
            if let Err((fault, at)) = row(item, &columns, &mut text) {
                executor.push_error_at(fault, at);
                return Some(Value::Null);
            }
            // Its values took their bytes; what is left are names, and what had to be escaped.
            let taken = usize::try_from(before - budget::left()).unwrap_or(usize::MAX);
            if !budget::take((text.len() - start).saturating_sub(taken)) {
                return Some(Value::Null);
            }
            if index == 0 {
                // The others will be about as long: what grows by doubling holds three times an answer of megabytes.
                let whole = text.len().saturating_mul(self.0.len() - 1) + 1;
                text.reserve(whole.min(usize::try_from(budget::left()).unwrap_or(usize::MAX)));
            }
        }
        text.push(b']');
        match String::from_utf8(text) {
            Ok(text) => Some(Value::Scalar(PaltsScalar::Raw(RawJson::written(text)))),
            // Every part of it was text.
            Err(fault) => {
                executor.push_error(FieldError::new(fault, Value::Null));
                Some(Value::Null)
            }
        }
    }
}

/// What a selection asks of each object; none for what only juniper can tell.
fn column<'e, 'a: 'e>(
    selection: &'e Selection<'a, PaltsScalar>,
    of: &'e MetaType<PaltsScalar>,
    executor: &'e Executor<'_, 'a, Context, PaltsScalar>,
) -> Option<Column<'e, 'a>> {
    let Selection::Field(Spanning { item: asked, span }) = selection else { return None };
    if asked.directives.is_some() {
        return None;
    }
    let (name, key) = (asked.name.item, asked.alias.as_ref().unwrap_or(&asked.name).item);
    if name == "__typename" {
        return Some(Column { key, at: span.start, field: None });
    }
    let known = of.field_by_name(name)?;
    let variables = executor.variables();
    let given = asked.arguments.as_ref().map(|given| {
        let value = |(name, value): &'e (Spanning<&'a str>, Spanning<juniper::InputValue<PaltsScalar>>)| {
            let constant = value.item.clone().into_const(variables)?;
            Some((name.item, Spanning::new(value.span, constant)))
        };
        given.item.iter().filter_map(value).collect()
    });
    let field = Field {
        name,
        is_non_null: known.field_type.is_non_null(),
        arguments: Arguments::new(given, &known.arguments),
        executor: executor.field_sub_executor(key, name, span.start, asked.selection_set.as_deref()),
    };
    Some(Column { key, at: span.start, field: Some(field) })
}

/// Writes one object; an error with the place of the field that it came of.
fn row<T: GraphQLValue<PaltsScalar, Context = Context, TypeInfo = ()>>(
    item: &T,
    columns: &[Column<'_, '_>],
    text: &mut Vec<u8>,
) -> Result<(), (FieldError<PaltsScalar>, SourcePosition)> {
    for (index, Column { key, at, field }) in columns.iter().enumerate() {
        text.push(if index == 0 { b'{' } else { b',' });
        json::key(key, text);
        let value = match field {
            None => Ok(Value::scalar(item.type_name(&()).map(|name| name.to_string()).unwrap_or_default())),
            Some(Field { name, is_non_null, arguments, executor }) => {
                item.resolve_field(&(), name, arguments, executor).and_then(|value| match value {
                    Value::Null if *is_non_null => Err(FieldError::new("nothing where something must be", Value::Null)),
                    value => Ok(value),
                })
            }
        };
        let written = value.and_then(|value| json::write(&value, text).map_err(|fault| FieldError::new(fault, Value::Null)));
        written.map_err(|fault| (fault, *at))?;
    }
    text.push(b'}');
    Ok(())
}

impl<T: GraphQLType<PaltsScalar, Context = Context, TypeInfo = ()>> GraphQLType<PaltsScalar> for List<T> {
    fn name((): &()) -> Option<ArcStr> {
        None
    }

    fn meta(info: &(), registry: &mut Registry<PaltsScalar>) -> MetaType<PaltsScalar> {
        registry.build_list_type::<T>(info, None).into_meta()
    }
}

impl<T: GraphQLValue<PaltsScalar, Context = Context, TypeInfo = ()>> GraphQLValue<PaltsScalar> for List<T> {
    type Context = Context;
    type TypeInfo = ();

    fn type_name(&self, (): &()) -> Option<ArcStr> {
        None
    }

    fn resolve(
        &self,
        info: &(),
        selections: Option<&[Selection<'_, PaltsScalar>]>,
        executor: &Executor<'_, '_, Context, PaltsScalar>,
    ) -> ExecutionResult<PaltsScalar> {
        if executor.context().writes_lists
            && let Some(selections) = selections
            && let Some(written) = self.written(selections, executor)
        {
            return Ok(written);
        }
        self.held(info, executor)
    }
}

/// The schema asks for it; nothing here is asynchronous.
impl<T: GraphQLValue<PaltsScalar, Context = Context, TypeInfo = ()> + Sync> GraphQLValueAsync<PaltsScalar> for List<T> {
    fn resolve_async<'s>(
        &'s self,
        info: &'s (),
        selections: Option<&'s [Selection<'_, PaltsScalar>]>,
        executor: &'s Executor<'_, '_, Context, PaltsScalar>,
    ) -> BoxFuture<'s, ExecutionResult<PaltsScalar>> {
        Box::pin(std::future::ready(self.resolve(info, selections, executor)))
    }
}

impl<T: IsOutputType<PaltsScalar> + GraphQLValue<PaltsScalar, Context = Context, TypeInfo = ()>> IsOutputType<PaltsScalar>
    for List<T>
{
}

impl<T: WrappedType<PaltsScalar>> WrappedType<PaltsScalar> for List<T> {
    const VALUE: WrappedValue = <Vec<T> as WrappedType<PaltsScalar>>::VALUE;
}

impl<T: BaseType<PaltsScalar>> BaseType<PaltsScalar> for List<T> {
    const NAME: Type = T::NAME;
}

impl<T: BaseSubTypes<PaltsScalar>> BaseSubTypes<PaltsScalar> for List<T> {
    const NAMES: Types = T::NAMES;
}
