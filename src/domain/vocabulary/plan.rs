//! Words of the plan: authorities, revisions, sectors, objectives, schools. No rule beyond what a word implies by itself.

use super::{ServiceKind, vocabulary};

vocabulary! {
    /// Who polices a sector.
    Authority {
        Police = "POLICE", "Zone police";
        Gendarmerie = "GENDARMERIE", "Zone gendarmerie";
    }
}

impl Authority {
    /// The authority to which a service belongs, if it is one of the police or of the gendarmerie.
    pub const fn of_service(service: ServiceKind) -> Option<Self> {
        match service {
            ServiceKind::Police | ServiceKind::JudicialPolice => Some(Self::Police),
            ServiceKind::Gendarmerie | ServiceKind::AirTransportGendarmerie | ServiceKind::MaritimeGendarmerie => {
                Some(Self::Gendarmerie)
            }
            ServiceKind::Parquet
            | ServiceKind::Prefecture
            | ServiceKind::Customs
            | ServiceKind::Tax
            | ServiceKind::Education
            | ServiceKind::Gir
            | ServiceKind::Prison
            | ServiceKind::Transport
            | ServiceKind::Housing
            | ServiceKind::Mayor
            | ServiceKind::Other => None,
        }
    }
}

vocabulary! {
    /// Where a revision stands in its life.
    RevisionStatus {
        Draft = "DRAFT", "Brouillon";
        Submitted = "SUBMITTED", "Soumise à signature";
        Signed = "SIGNED", "Signée";
        Transmitted = "TRANSMITTED", "Transmise";
        Acknowledged = "ACKNOWLEDGED", "Reçue par le secrétariat général";
        Returned = "RETURNED", "Renvoyée avec observations";
    }
}

impl RevisionStatus {
    /// The one revision of a plan that is being worked on: DRAFT, SUBMITTED or SIGNED.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Signed)
    }

    /// Sent once, whatever came after: TRANSMITTED, ACKNOWLEDGED or RETURNED.
    pub const fn was_transmitted(self) -> bool {
        match self {
            Self::Transmitted | Self::Acknowledged | Self::Returned => true,
            Self::Draft | Self::Submitted | Self::Signed => false,
        }
    }

    /// Eligible to be the plan in force: TRANSMITTED or ACKNOWLEDGED.
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::Transmitted | Self::Acknowledged)
    }
}

vocabulary! {
    /// What may be done to a revision. In the log of steps taken, opening counts as EDIT.
    RevisionStep {
        Edit = "EDIT", "Modifier";
        Submit = "SUBMIT", "Soumettre à signature";
        Recall = "RECALL", "Reprendre";
        Discard = "DISCARD", "Abandonner";
        Sign = "SIGN", "Signer";
        Transmit = "TRANSMIT", "Transmettre";
        Acknowledge = "ACKNOWLEDGE", "Accuser réception";
        Return = "RETURN", "Renvoyer";
    }
}

vocabulary! {
    /// What a sector is on the ground.
    SectorKind {
        Neighbourhood = "NEIGHBOURHOOD", "Quartier";
        HousingEstate = "HOUSING_ESTATE", "Grand ensemble";
        SchoolSurroundings = "SCHOOL_SURROUNDINGS", "Abords d’établissement scolaire";
        PublicSpace = "PUBLIC_SPACE", "Espace public";
        TransportHub = "TRANSPORT_HUB", "Pôle de transport";
        Port = "PORT", "Port";
        Airport = "AIRPORT", "Aéroport";
        Other = "OTHER", "Autre";
    }
}

vocabulary! {
    /// The two axes of the circular of 2010: deterrence and repression.
    ObjectiveAxis {
        Deterrence = "DETERRENCE", "Dissuasion";
        Repression = "REPRESSION", "Répression";
    }
}

vocabulary! {
    /// Lists that the secretariat keeps (circular of 2010: 34 'groupes cités', 43 neighbourhoods, 184 schools).
    NationalList {
        GroupeCites = "GROUPE_CITES", "Secteurs dotés d’un groupe cités";
        TaxProtocol = "TAX_PROTOCOL", "Quartiers du protocole fiscal";
        SensitiveSchools = "SENSITIVE_SCHOOLS", "Établissements scolaires les plus sensibles";
    }
}

vocabulary! {
    /// Kind of a school.
    SchoolKind {
        College = "COLLEGE", "Collège";
        Lycee = "LYCEE", "Lycée";
        LyceeProfessionnel = "LYCEE_PROFESSIONNEL", "Lycée professionnel";
        Ecole = "ECOLE", "École";
        Other = "OTHER", "Autre établissement";
    }
}

vocabulary! {
    /// How an item of a revision differs from the revision before.
    ChangeKind {
        Added = "ADDED", "Ajouté";
        Removed = "REMOVED", "Retiré";
        Altered = "ALTERED", "Modifié";
        Moved = "MOVED", "Reclassé";
    }
}
