//! `palts schema`: the GraphQL schema in its definition language, as `schema.graphql` keeps it.

use std::io::Write as _;

use super::{Done, Failure};

/// Prints it.
pub fn run() -> Done {
    let mut out = std::io::stdout().lock();
    let text = crate::graphql::schema::sdl();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::new)
}
