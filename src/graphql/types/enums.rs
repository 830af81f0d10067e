//! The enums of the contract, mirrored from the domain's vocabularies, which know nothing of GraphQL.

use crate::domain::vocabulary;

/// Declares a GraphQL enum with the values of a domain enum, and the way there and back; exhaustive both ways. The text
/// behind a value is what a French reader sees: the vocabulary's label, as a test makes sure.
macro_rules! mirror {
    ($($(#[$doc:meta])* $name:ident { $($value:ident $($label:literal)?),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, juniper::GraphQLEnum)]
        #[allow(missing_docs)]
        pub enum $name { $($(#[doc = $label])? $value),+ }

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
    Authority {
        Police "Zone police",
        Gendarmerie "Zone gendarmerie",
    }
    /// Where a revision stands in its life.
    RevisionStatus {
        Draft "Brouillon",
        Submitted "Soumise à signature",
        Signed "Signée",
        Transmitted "Transmise",
        Acknowledged "Reçue par le secrétariat général",
        Returned "Renvoyée avec observations",
    }
    /// What may be done to a revision. In the log of steps taken, opening counts as EDIT.
    RevisionStep {
        Edit "Modifier",
        Submit "Soumettre à signature",
        Recall "Reprendre",
        Discard "Abandonner",
        Sign "Signer",
        Transmit "Transmettre",
        Acknowledge "Accuser réception",
        Return "Renvoyer",
    }
    /// What a sector is on the ground.
    SectorKind {
        Neighbourhood "Quartier",
        HousingEstate "Grand ensemble",
        SchoolSurroundings "Abords d’établissement scolaire",
        PublicSpace "Espace public",
        TransportHub "Pôle de transport",
        Port "Port",
        Airport "Aéroport",
        Other "Autre",
    }
    /// The two axes of the circular of 2010: deterrence and repression.
    ObjectiveAxis {
        Deterrence "Dissuasion",
        Repression "Répression",
    }
    /// Lists that the secretariat keeps (circular of 2010: 34 'groupes cités', 43 neighbourhoods, 184 schools).
    NationalList {
        GroupeCites "Secteurs dotés d’un groupe cités",
        TaxProtocol "Quartiers du protocole fiscal",
        SensitiveSchools "Établissements scolaires les plus sensibles",
    }
    /// Kind of a school.
    SchoolKind {
        College "Collège",
        Lycee "Lycée",
        LyceeProfessionnel "Lycée professionnel",
        Ecole "École",
        Other "Autre établissement",
    }
    /// How an item of a revision differs from the revision before.
    ChangeKind {
        Added "Ajouté",
        Removed "Retiré",
        Altered "Modifié",
        Moved "Reclassé",
    }
    /// Kind of a meeting of the état-major de sécurité.
    MeetingKind {
        Plenary "Réunion plénière",
        Restricted "Réunion restreinte",
        FollowUp "Réunion de suivi",
    }
    /// Where a decision of a meeting stands.
    DecisionState {
        Open "En cours",
        Done "Réalisée",
        Dropped "Abandonnée",
    }
    /// How an indicator's measures add up over time and territory.
    Aggregation {
        Sum "Somme",
        Average "Moyenne",
        Latest "Dernière valeur",
        Maximum "Maximum",
        Ratio "Rapport",
    }
    /// What an indicator counts. In publications, numbers from 1 to 4 are hidden of PERSONS and ACTS_ON_PERSONS.
    Counts {
        Persons "Personnes",
        ActsOnPersons "Actes visant des personnes",
        Acts "Actes ou objets",
        Mass "Masse",
        Money "Montant",
        Score "Note",
        Stock "État",
        Hours "Heures",
    }
    /// Whose indicator it is.
    IndicatorScope {
        National "National",
        Department "Départemental",
    }
    /// The axis along which a rollup is cut into cells.
    RollupAxis {
        National "France entière",
        DefenceZone "Zone de défense",
        Region "Région",
        Department "Département",
        Sector "Secteur",
        Service "Service",
        Parquet "Parquet",
        Authority "Zone de compétence",
    }
    /// The five lengths of a period; each nests exactly in the one before.
    Granularity {
        Year "Année",
        Semester "Semestre",
        Quarter "Trimestre",
        Month "Mois",
        Fortnight "Quinzaine",
    }
    /// A service that takes part in the plan.
    ServiceKind {
        Police "Police nationale",
        JudicialPolice "Police judiciaire",
        Gendarmerie "Gendarmerie nationale",
        AirTransportGendarmerie "Gendarmerie des transports aériens",
        MaritimeGendarmerie "Gendarmerie maritime",
        Parquet "Parquet",
        Prefecture "Préfecture",
        Customs "Douanes",
        Tax "Services fiscaux",
        Education "Éducation nationale",
        Gir "Groupe d’intervention régional",
        Prison "Administration pénitentiaire",
        Transport "Exploitants de transport",
        Housing "Bailleurs",
        Mayor "Maires",
        Other "Autre service",
    }
    /// In which quality a user of the server acts. Territory comes with the grant.
    Role {
        Prefecture "Préfecture",
        Prefect "Préfet",
        PublicProsecutor "Procureur de la République",
        Police "Police nationale",
        Gendarmerie "Gendarmerie nationale",
        Education "Éducation nationale",
        ZonePrefect "Préfet de zone",
        NationalSecretariat "Secrétariat général à la lutte contre le trafic de drogue",
        Ocrtis "OCRTIS",
        Dashboard "Tableau de bord",
        Auditor "Auditeur",
        Administrator "Administrateur",
    }
    /// In which role a revision is signed: the circular of 2010 has préfet and procureur steer together.
    SignatoryRole {
        Prefect "Préfet",
        PublicProsecutor "Procureur de la République",
    }
    /// By what right the person signs.
    SignatureCapacity {
        InPerson "En personne",
        Delegation "Par délégation",
        Suppleance "Par suppléance",
        Interim "Par intérim",
    }
}
