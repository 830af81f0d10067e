//! The root of mutations: one field for each act of the contract, handed on to its area. All fields of a document share one transaction: when
//! one is refused, none is kept.

use juniper::graphql_object;

use super::context::Context;
use super::value::PaltsScalar;

/// The root of mutations.
pub struct Mutation;

#[graphql_object]
#[graphql(scalar = PaltsScalar, context = Context)]
impl Mutation {
    // ------------------------------------------------------------ sessions, accounts, tokens
    /// Placeholder until the areas bring theirs.
    fn nothing() -> bool {
        true
    }

    // ------------------------------------------------------------ revisions

    // ------------------------------------------------------------ sectors and objectives

    // ------------------------------------------------------------ schools and lists

    // ------------------------------------------------------------ indicators, meetings, measures

    // ------------------------------------------------------------ publications
}
