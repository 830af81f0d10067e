//! The closed vocabularies of the contract: every enum of the API, under its contract names, with a French label.
//!
//! `plan` holds the words of plans and schools, `figures` those of indicators and rollups, `people` roles and services.

mod figures;
mod people;
mod plan;

use thiserror::Error;

use super::french::de;
use super::message::Explained;

pub use figures::{Aggregation, Counts, DecisionState, Granularity, IndicatorScope, MeetingKind, RollupAxis};
pub use people::{Role, ServiceKind, SignatoryRole, SignatureCapacity};
pub use plan::{Authority, ChangeKind, NationalList, ObjectiveAxis, RevisionStatus, RevisionStep, SchoolKind, SectorKind};

/// A text that is none of a vocabulary's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("« {found} » n’est pas une valeur {}", de(.vocabulary))]
pub struct UnknownWord {
    /// The vocabulary's name in the contract.
    pub vocabulary: &'static str,
    /// The text, cut short.
    pub found: String,
}

impl Explained for UnknownWord {
    fn reason(&self) -> &'static str {
        "UNKNOWN_VALUE"
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("vocabulary", self.vocabulary.to_owned()), ("found", self.found.clone())]
    }
}

/// An enum whose values have a contract name and a French label. The order is the contract's.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$value_meta:meta])* $value:ident = $word:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = $label] $(#[$value_meta])* $value,)+ }

        impl $name {
            /// Every value, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The contract's name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// What a French reader sees on screen.
            pub const fn label_fr(self) -> &'static str {
                match self { $(Self::$value => $label,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::domain::vocabulary::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => Err($crate::domain::vocabulary::UnknownWord {
                        vocabulary: stringify!($name),
                        found: text.chars().take(48).collect(),
                    }),
                }
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(in crate::domain) use vocabulary;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_as_they_are_written() {
        for kind in ServiceKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{kind}\""));
        }
        assert_eq!(serde_json::from_str::<Role>("\"OCRTIS\"").unwrap(), Role::Ocrtis);
        let fault = "police".parse::<Authority>().unwrap_err();
        assert_eq!(fault.to_string(), "« police » n’est pas une valeur d’Authority");
    }

    #[test]
    fn steps_and_axes_are_in_the_contracts_order() {
        let steps: Vec<_> = RevisionStep::ALL.iter().map(|step| step.as_str()).collect();
        assert_eq!(steps, ["EDIT", "SUBMIT", "RECALL", "DISCARD", "SIGN", "TRANSMIT", "ACKNOWLEDGE", "RETURN"]);
        assert_eq!(RollupAxis::ALL.len(), 8);
        assert_eq!(Role::ALL.len(), 12);
        assert_eq!(ServiceKind::ALL.len(), 16);
    }

    #[test]
    fn every_service_is_recorded_by_exactly_one_role() {
        for service in ServiceKind::ALL {
            let keepers = Role::ALL.iter().filter(|role| role.services().contains(service)).count();
            assert_eq!(keepers, 1, "{service}");
        }
    }

    #[test]
    fn police_and_gendarmerie_services_belong_to_their_authority() {
        assert_eq!(Authority::of_service(ServiceKind::JudicialPolice), Some(Authority::Police));
        assert_eq!(Authority::of_service(ServiceKind::MaritimeGendarmerie), Some(Authority::Gendarmerie));
        assert_eq!(Authority::of_service(ServiceKind::Customs), None);
    }
}
