//! The types of variables, held against the schema before the library validates a document: it fails where a variable has a default and a type
//! that there is not. Not for the types of fragments, which it names itself.

use juniper::{Definition, GraphQLError, RuleError};

use super::answer::Refusal;
use super::schema::Schema;
use super::value::PaltsScalar;

/// Requires that every variable is of a type of the schema.
///
/// # Errors
/// A fault of the document for each that is not, in the library's words.
pub fn check(tree: &[Definition<'_, PaltsScalar>], schema: &Schema) -> Result<(), Refusal> {
    let mut unknown = Vec::new();
    for definition in tree {
        let Definition::Operation(operation) = definition else { continue };
        for (_, variable) in operation.item.variables_definition.iter().flat_map(|definitions| definitions.item.iter()) {
            let name = variable.var_type.item.innermost_name();
            if schema.schema.concrete_type_by_name(name).is_none() {
                unknown.push(RuleError::new(&format!("Unknown type \"{name}\""), &[variable.var_type.span.start]));
            }
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(Refusal::Document(GraphQLError::ValidationError(unknown))) }
}
