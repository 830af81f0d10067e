//! The schema as a whole: one root node that lives as long as the program, so that validated documents may point into it.

use std::sync::{Mutex, PoisonError};

use juniper::{EmptySubscription, RootNode};

use super::context::Context;
use super::mutation::Mutation;
use super::query::Query;
use super::value::PaltsScalar;

/// The root node's type.
pub type Schema = RootNode<Query, Mutation, EmptySubscription<Context>, PaltsScalar>;

/// Bounds on a document, before it is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Nesting of selections and values.
    pub depth: usize,
    /// Lexical tokens.
    pub tokens: usize,
    /// Fields, fragments unfolded.
    pub fields: usize,
    /// Whether `__schema` and `__type` are answered.
    pub introspection: bool,
}

/// A server has one; tests with other limits add theirs.
static SCHEMAS: Mutex<Vec<(DocumentLimits, &'static Schema)>> = Mutex::new(Vec::new());

/// The schema of this process under these limits: built once, and kept until the process ends.
pub fn schema(limits: DocumentLimits) -> &'static Schema {
    let mut schemas = SCHEMAS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, schema)) = schemas.iter().find(|(known, _)| *known == limits) {
        return schema;
    }
    let root = RootNode::new_with_scalar_value(Query, Mutation, EmptySubscription::new())
        .limit_depth(limits.depth)
        .limit_tokens(limits.tokens)
        .limit_fields(limits.fields);
    let schema: &'static Schema = Box::leak(Box::new(if limits.introspection { root } else { root.disable_introspection() }));
    schemas.push((limits, schema));
    schema
}

/// The schema in GraphQL's definition language, as `palts schema` prints it and `schema.graphql` keeps it.
#[must_use]
pub fn sdl() -> String {
    Schema::new_with_scalar_value(Query, Mutation, EmptySubscription::new()).as_sdl()
}
