//! The schema as a whole: one root node that lives as long as the program, so that validated documents may point into it.

use std::sync::OnceLock;

use juniper::{EmptySubscription, RootNode};

use super::context::Context;
use super::mutation::Mutation;
use super::query::Query;
use super::value::PaltsScalar;

/// The root node's type.
pub type Schema = RootNode<Query, Mutation, EmptySubscription<Context>, PaltsScalar>;

/// Bounds on a document, before it is validated.
#[derive(Clone, Copy, Debug)]
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

static SCHEMA: OnceLock<Schema> = OnceLock::new();

/// The schema of this process; the first caller's limits hold.
pub fn schema(limits: DocumentLimits) -> &'static Schema {
    SCHEMA.get_or_init(|| {
        let root = RootNode::new_with_scalar_value(Query, Mutation, EmptySubscription::new())
            .limit_depth(limits.depth)
            .limit_tokens(limits.tokens)
            .limit_fields(limits.fields);
        if limits.introspection { root } else { root.disable_introspection() }
    })
}

/// The schema in GraphQL's definition language, as `palts schema` prints it and `schema.graphql` keeps it.
#[must_use]
pub fn sdl() -> String {
    Schema::new_with_scalar_value(Query, Mutation, EmptySubscription::new()).as_sdl()
}
