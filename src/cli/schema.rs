//! `palts schema`: the GraphQL schema in its definition language, as `schema.graphql` keeps it.

use super::{Done, out};

/// Prints it.
pub fn run() -> Done {
    out::text(&crate::graphql::schema::sdl())
}
