//! What the schema holds, counted: the sizes of the lists of introspection. Not for what they cost.

use juniper::meta::{EnumMeta, InputObjectMeta, InterfaceMeta, MetaType, ObjectMeta};

use super::schema::Schema;
use super::value::PaltsScalar;

type Meta = MetaType<PaltsScalar>;

/// What the schema holds, for introspection: its lists are counted by it.
pub struct Inventory {
    /// All types.
    pub types: u64,
    directives: u64,
    /// The fields of one: the mean over all types, and the most; so are the others.
    pub fields: (u64, u64),
    arguments: (u64, u64),
    values: (u64, u64),
    members: (u64, u64),
    relatives: (u64, u64),
}

impl Inventory {
    /// Counts a schema.
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
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
    #[must_use]
    pub fn size(&self, list: &str, once: bool) -> u64 {
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
