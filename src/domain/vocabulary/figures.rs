//! Words of meetings, indicators and rollups.

use super::vocabulary;

vocabulary! {
    /// Kind of a meeting of the état-major de sécurité.
    MeetingKind {
        Plenary = "PLENARY", "Réunion plénière";
        Restricted = "RESTRICTED", "Réunion restreinte";
        FollowUp = "FOLLOW_UP", "Réunion de suivi";
    }
}

vocabulary! {
    /// Where a decision of a meeting stands.
    DecisionState {
        Open = "OPEN", "En cours";
        Done = "DONE", "Réalisée";
        Dropped = "DROPPED", "Abandonnée";
    }
}

vocabulary! {
    /// How an indicator's measures add up over time and territory.
    Aggregation {
        Sum = "SUM", "Somme";
        Average = "AVERAGE", "Moyenne";
        Latest = "LATEST", "Dernière valeur";
        Maximum = "MAXIMUM", "Maximum";
        Ratio = "RATIO", "Rapport";
    }
}

vocabulary! {
    /// What an indicator counts. A small number of persons, or of acts each of which is done to somebody, tells of one person or family.
    Counts {
        Persons = "PERSONS", "Personnes";
        ActsOnPersons = "ACTS_ON_PERSONS", "Actes visant des personnes";
        Acts = "ACTS", "Actes ou objets";
        Mass = "MASS", "Masse";
        Money = "MONEY", "Montant";
        Score = "SCORE", "Note";
        Stock = "STOCK", "État";
        Hours = "HOURS", "Heures";
    }
}

impl Counts {
    /// Whether numbers from 1 to 4 are hidden in publications.
    pub const fn is_of_persons(self) -> bool {
        match self {
            Self::Persons | Self::ActsOnPersons => true,
            Self::Acts | Self::Mass | Self::Money | Self::Score | Self::Stock | Self::Hours => false,
        }
    }

    /// Whether its figures are whole numbers, which anybody knows who tries to work them out.
    pub const fn is_whole(self) -> bool {
        match self {
            Self::Persons | Self::ActsOnPersons | Self::Acts | Self::Stock => true,
            Self::Mass | Self::Money | Self::Score | Self::Hours => false,
        }
    }
}

vocabulary! {
    /// Whose indicator it is.
    IndicatorScope {
        National = "NATIONAL", "National";
        Department = "DEPARTMENT", "Départemental";
    }
}

vocabulary! {
    /// The axis along which a rollup is cut into cells.
    RollupAxis {
        National = "NATIONAL", "France entière";
        DefenceZone = "DEFENCE_ZONE", "Zone de défense";
        Region = "REGION", "Région";
        Department = "DEPARTMENT", "Département";
        Sector = "SECTOR", "Secteur";
        Service = "SERVICE", "Service";
        Parquet = "PARQUET", "Parquet";
        Authority = "AUTHORITY", "Zone de compétence";
    }
}

vocabulary! {
    /// The five lengths of a period; each nests exactly in the one before.
    Granularity {
        Year = "YEAR", "Année";
        Semester = "SEMESTER", "Semestre";
        Quarter = "QUARTER", "Trimestre";
        Month = "MONTH", "Mois";
        Fortnight = "FORTNIGHT", "Quinzaine";
    }
}

impl Granularity {
    /// How many such periods make a year.
    pub const fn per_year(self) -> i32 {
        match self {
            Self::Year => 1,
            Self::Semester => 2,
            Self::Quarter => 4,
            Self::Month => 12,
            Self::Fortnight => 24,
        }
    }

    /// How many fortnights make such a period.
    pub const fn fortnights(self) -> i32 {
        24 / self.per_year()
    }
}
