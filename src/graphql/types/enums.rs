//! The enums of the contract, mirrored from the domain's vocabularies, which know nothing of GraphQL.

use crate::domain::vocabulary;

/// Declares a GraphQL enum with the values of a domain enum, and the way there and back; exhaustive both ways.
macro_rules! mirror {
    ($($(#[$doc:meta])* $name:ident { $($value:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, juniper::GraphQLEnum)]
        #[allow(missing_docs)]
        pub enum $name { $($value),+ }

        impl From<vocabulary::$name> for $name {
            fn from(value: vocabulary::$name) -> Self {
                match value { $(vocabulary::$name::$value => Self::$value),+ }
            }
        }

        impl From<$name> for vocabulary::$name {
            fn from(value: $name) -> Self {
                match value { $($name::$value => Self::$value),+ }
            }
        }
    )+};
}

mirror! {
    /// Who polices a sector.
    Authority { Police, Gendarmerie }
    /// Where a revision stands in its life.
    RevisionStatus { Draft, Submitted, Signed, Transmitted, Acknowledged, Returned }
    /// What may be done to a revision. In the log of steps taken, opening counts as EDIT.
    RevisionStep { Edit, Submit, Recall, Discard, Sign, Transmit, Acknowledge, Return }
    /// What a sector is on the ground.
    SectorKind { Neighbourhood, HousingEstate, SchoolSurroundings, PublicSpace, TransportHub, Port, Airport, Other }
    /// The two axes of the circular of 2010: deterrence and repression.
    ObjectiveAxis { Deterrence, Repression }
    /// Lists that the secretariat keeps (circular of 2010: 34 'groupes cités', 43 neighbourhoods, 184 schools).
    NationalList { GroupeCites, TaxProtocol, SensitiveSchools }
    /// Kind of a school.
    SchoolKind { College, Lycee, LyceeProfessionnel, Ecole, Other }
    /// How an item of a revision differs from the revision before.
    ChangeKind { Added, Removed, Altered, Moved }
    /// Kind of a meeting of the état-major de sécurité.
    MeetingKind { Plenary, Restricted, FollowUp }
    /// Where a decision of a meeting stands.
    DecisionState { Open, Done, Dropped }
    /// How an indicator's measures add up over time and territory.
    Aggregation { Sum, Average, Latest, Maximum, Ratio }
    /// What an indicator counts. In publications, numbers from 1 to 4 are hidden of PERSONS and ACTS_ON_PERSONS.
    Counts { Persons, ActsOnPersons, Acts, Mass, Money, Score, Stock, Hours }
    /// Whose indicator it is.
    IndicatorScope { National, Department }
    /// The axis along which a rollup is cut into cells.
    RollupAxis { National, DefenceZone, Region, Department, Sector, Service, Parquet, Authority }
    /// The five lengths of a period; each nests exactly in the one before.
    Granularity { Year, Semester, Quarter, Month, Fortnight }
    /// A service that takes part in the plan.
    ServiceKind { Police, JudicialPolice, Gendarmerie, AirTransportGendarmerie, MaritimeGendarmerie, Parquet, Prefecture, Customs, Tax, Education, Gir, Prison, Transport, Housing, Mayor, Other }
    /// In which quality a user of the server acts. Territory comes with the grant.
    Role { Prefecture, Prefect, PublicProsecutor, Police, Gendarmerie, Education, ZonePrefect, NationalSecretariat, Ocrtis, Dashboard, Auditor, Administrator }
    /// In which role a revision is signed: the circular of 2010 has préfet and procureur steer together.
    SignatoryRole { Prefect, PublicProsecutor }
    /// By what right the person signs.
    SignatureCapacity { InPerson, Delegation, Suppleance, Interim }
}
