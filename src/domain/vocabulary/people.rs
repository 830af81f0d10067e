//! Words of services, roles and signatories. What a role may do is the policy's business, not this module's.

use super::vocabulary;

vocabulary! {
    /// A service that takes part in the plan.
    ServiceKind {
        Police = "POLICE", "Police nationale";
        JudicialPolice = "JUDICIAL_POLICE", "Police judiciaire";
        Gendarmerie = "GENDARMERIE", "Gendarmerie nationale";
        AirTransportGendarmerie = "AIR_TRANSPORT_GENDARMERIE", "Gendarmerie des transports aériens";
        MaritimeGendarmerie = "MARITIME_GENDARMERIE", "Gendarmerie maritime";
        Parquet = "PARQUET", "Parquet";
        Prefecture = "PREFECTURE", "Préfecture";
        Customs = "CUSTOMS", "Douanes";
        Tax = "TAX", "Services fiscaux";
        Education = "EDUCATION", "Éducation nationale";
        Gir = "GIR", "Groupe d’intervention régional";
        Prison = "PRISON", "Administration pénitentiaire";
        Transport = "TRANSPORT", "Exploitants de transport";
        Housing = "HOUSING", "Bailleurs";
        Mayor = "MAYOR", "Maires";
        Other = "OTHER", "Autre service";
    }
}

vocabulary! {
    /// In which quality a user of the server acts. Territory comes with the grant.
    Role {
        Prefecture = "PREFECTURE", "Préfecture";
        Prefect = "PREFECT", "Préfet";
        PublicProsecutor = "PUBLIC_PROSECUTOR", "Procureur de la République";
        Police = "POLICE", "Police nationale";
        Gendarmerie = "GENDARMERIE", "Gendarmerie nationale";
        Education = "EDUCATION", "Éducation nationale";
        ZonePrefect = "ZONE_PREFECT", "Préfet de zone";
        NationalSecretariat = "NATIONAL_SECRETARIAT", "Secrétariat général à la lutte contre le trafic de drogue";
        Ocrtis = "OCRTIS", "OCRTIS";
        Dashboard = "DASHBOARD", "Tableau de bord";
        Auditor = "AUDITOR", "Auditeur";
        Administrator = "ADMINISTRATOR", "Administrateur";
    }
}

impl Role {
    /// The services whose measures and contributions the role records. Services that have no role of their own are the
    /// préfecture's to record, so every service has exactly one such role (house).
    pub const fn services(self) -> &'static [ServiceKind] {
        match self {
            Self::Prefecture => &[
                ServiceKind::Prefecture,
                ServiceKind::Customs,
                ServiceKind::Tax,
                ServiceKind::Gir,
                ServiceKind::Prison,
                ServiceKind::Transport,
                ServiceKind::Housing,
                ServiceKind::Mayor,
                ServiceKind::Other,
            ],
            Self::PublicProsecutor => &[ServiceKind::Parquet],
            Self::Police => &[ServiceKind::Police, ServiceKind::JudicialPolice],
            Self::Gendarmerie => {
                &[ServiceKind::Gendarmerie, ServiceKind::AirTransportGendarmerie, ServiceKind::MaritimeGendarmerie]
            }
            Self::Education => &[ServiceKind::Education],
            Self::Prefect
            | Self::ZonePrefect
            | Self::NationalSecretariat
            | Self::Ocrtis
            | Self::Dashboard
            | Self::Auditor
            | Self::Administrator => &[],
        }
    }
}

vocabulary! {
    /// In which role a revision is signed: the circular of 2010 has préfet and procureur steer together.
    SignatoryRole {
        Prefect = "PREFECT", "Préfet";
        PublicProsecutor = "PUBLIC_PROSECUTOR", "Procureur de la République";
    }
}

vocabulary! {
    /// By what right the person signs.
    SignatureCapacity {
        InPerson = "IN_PERSON", "En personne";
        Delegation = "DELEGATION", "Par délégation";
        Suppleance = "SUPPLEANCE", "Par suppléance";
        Interim = "INTERIM", "Par intérim";
    }
}
