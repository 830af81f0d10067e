//! What a definition of an indicator must be, before it is kept. Not for how measures are recorded or added up.
//!
//! 'Recensées et quantifiées à l'aide d'indicateurs locaux' (circular of 2010): national indicators, and a department's own.

use thiserror::Error;

use super::codes::{DepartmentCode, IndicatorCode};
use super::message::Explained;
use super::vocabulary::{Aggregation, Counts, IndicatorScope, ServiceKind};

/// Longest label, in characters.
pub const LONGEST_LABEL: usize = 200;
/// Longest unit, in characters.
pub const LONGEST_UNIT: usize = 40;
/// Longest definition, in characters.
pub const LONGEST_DEFINITION: usize = 4_000;

/// An indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// Its code; a department's own begin with the department's.
    pub code: IndicatorCode,
    /// Its name on screen.
    pub label: String,
    /// The unit as people read it: personnes, kg, euros. Nothing follows from it.
    pub unit: String,
    /// What it counts, which decides what publications hide; `None`: a RATIO, of which its terms decide.
    pub counts: Option<Counts>,
    /// Whether it counts persons, or did by an earlier definition: what was hidden then is not laid open now.
    pub has_counted_persons: bool,
    /// What it counts, and what it does not.
    pub definition: String,
    /// How measures add up.
    pub aggregation: Aggregation,
    /// For RATIO: what is divided.
    pub numerator: Option<IndicatorCode>,
    /// For RATIO: by what.
    pub denominator: Option<IndicatorCode>,
    /// Whose own it is; `None`: national.
    pub department: Option<DepartmentCode>,
    /// Which services record it; empty: any.
    pub recorded_by: Vec<ServiceKind>,
    /// Whether it is part of publications.
    pub published: bool,
}

impl Indicator {
    /// National, or a department's own.
    #[must_use]
    pub const fn scope(&self) -> IndicatorScope {
        if self.department.is_some() { IndicatorScope::Department } else { IndicatorScope::National }
    }

    /// Whether measures of it may be recorded by a service. A RATIO is computed, never recorded.
    #[must_use]
    pub fn is_recorded_by(&self, service: ServiceKind) -> bool {
        match self.aggregation {
            Aggregation::Ratio => false,
            Aggregation::Sum | Aggregation::Average | Aggregation::Latest | Aggregation::Maximum => {
                self.recorded_by.is_empty() || self.recorded_by.contains(&service)
            }
        }
    }

    /// Whether its numbers from 1 to 4 are hidden.
    #[must_use]
    pub fn counts_persons(&self) -> bool {
        self.counts.is_some_and(Counts::is_of_persons)
    }

    /// What a definition counts that does not say so. What stands stays, as long as the unit does; else persons, the safe way.
    #[must_use]
    pub fn counts_unsaid(aggregation: Aggregation, unit: &str, before: Option<&Self>) -> Option<Counts> {
        if aggregation == Aggregation::Ratio {
            return None;
        }
        before.filter(|before| before.unit == unit).and_then(|before| before.counts).or(Some(Counts::Persons))
    }

    /// Whether it has an object in a department: every national one, and the department's own.
    #[must_use]
    pub fn is_of(&self, department: &DepartmentCode) -> bool {
        self.department.as_ref().is_none_or(|owner| owner == department)
    }
}

/// What is wrong with a definition.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DefinitionFault {
    /// A text that must say something is blank.
    #[error("ne doit pas être vide")]
    Empty(&'static str),
    /// A text is too long.
    #[error("doit avoir au plus {longest} caractères")]
    TooLong {
        /// The field.
        field: &'static str,
        /// What is allowed.
        longest: usize,
    },
    /// A department's own indicator under another prefix.
    #[error("le code d’un indicateur du département {0} commence par « {0}- »")]
    NotPrefixed(DepartmentCode),
    /// A national indicator under a department's prefix.
    #[error("les codes qui commencent par « {0}- » sont ceux des indicateurs du département {0}")]
    ForeignPrefix(DepartmentCode),
    /// A RATIO without one of its parts.
    #[error("un ratio en a besoin")]
    PartMissing(&'static str),
    /// Another aggregation with a part.
    #[error("seul un ratio en a un")]
    PartNotWanted(&'static str),
    /// A part that does not exist where the indicator is used.
    #[error("il n’y a pas d’indicateur {code}")]
    PartUnknown {
        /// numerator or denominator.
        field: &'static str,
        /// The code.
        code: IndicatorCode,
    },
    /// A part that is itself a RATIO.
    #[error("{code} est lui-même un ratio")]
    PartIsRatio {
        /// numerator or denominator.
        field: &'static str,
        /// The code.
        code: IndicatorCode,
    },
    /// A part of narrower or other scope: a national ratio over a department's own indicator, or over a neighbour's.
    #[error("{code} est propre à un département et n’existe pas partout où le ratio existe")]
    PartTooNarrow {
        /// numerator or denominator.
        field: &'static str,
        /// The code.
        code: IndicatorCode,
    },
    /// A ratio of an indicator to itself.
    #[error("le numérateur et le dénominateur sont le même indicateur")]
    SameParts,
    /// A RATIO that counts something of its own.
    #[error("un ratio ne compte rien lui-même : ce que comptent ses termes décide de ce qui est masqué")]
    RatioCounts,
    /// A recorded indicator that counts nothing.
    #[error("ce que compte l’indicateur manque")]
    CountsMissing,
    /// A RATIO with services that record it.
    #[error("un ratio se calcule : aucun service ne le saisit")]
    RatioRecorded,
    /// A department's own indicator for publication.
    #[error("seuls les indicateurs nationaux sont publiés")]
    LocalPublished,
    /// A maximum for publication: what is hidden of it follows from longer periods and wider territories.
    #[error("un maximum ne se publie pas : ce qui en est masqué se déduirait des périodes plus longues")]
    MaximumPublished,
    /// A change of what stored figures mean.
    #[error("ne change plus une fois que l’indicateur est mesuré ou publié, ou qu’un ratio l’emploie")]
    Frozen(&'static str),
}

impl Explained for DefinitionFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::Empty(_) => "EMPTY",
            Self::TooLong { .. } => "TOO_LONG",
            Self::NotPrefixed(_) => "CODE_NOT_PREFIXED",
            Self::ForeignPrefix(_) => "CODE_OF_DEPARTMENT",
            Self::PartMissing(_) => "RATIO_PART_MISSING",
            Self::PartNotWanted(_) => "RATIO_PART_NOT_WANTED",
            Self::PartUnknown { .. } => "UNKNOWN_INDICATOR",
            Self::PartIsRatio { .. } => "RATIO_OF_RATIO",
            Self::PartTooNarrow { .. } => "RATIO_PART_TOO_NARROW",
            Self::SameParts => "RATIO_SAME_PARTS",
            Self::RatioCounts => "RATIO_COUNTS",
            Self::CountsMissing => "COUNTS_MISSING",
            Self::RatioRecorded => "RATIO_IS_COMPUTED",
            Self::LocalPublished => "LOCAL_NOT_PUBLISHED",
            Self::MaximumPublished => "MAXIMUM_NOT_PUBLISHED",
            Self::Frozen(_) => "FROZEN",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLong { longest, .. } => vec![("most", longest.to_string())],
            Self::NotPrefixed(department) | Self::ForeignPrefix(department) => vec![("department", department.to_string())],
            Self::PartUnknown { code, .. } | Self::PartIsRatio { code, .. } | Self::PartTooNarrow { code, .. } => {
                vec![("indicator", code.to_string())]
            }
            Self::Empty(_)
            | Self::PartMissing(_)
            | Self::PartNotWanted(_)
            | Self::SameParts
            | Self::RatioCounts
            | Self::CountsMissing
            | Self::RatioRecorded
            | Self::LocalPublished
            | Self::MaximumPublished
            | Self::Frozen(_) => Vec::new(),
        }
    }
}

impl DefinitionFault {
    /// The input field at fault.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Empty(field) | Self::PartMissing(field) | Self::PartNotWanted(field) | Self::Frozen(field) => field,
            Self::TooLong { field, .. }
            | Self::PartUnknown { field, .. }
            | Self::PartIsRatio { field, .. }
            | Self::PartTooNarrow { field, .. } => field,
            Self::NotPrefixed(_) | Self::ForeignPrefix(_) => "code",
            Self::SameParts => "denominator",
            Self::RatioCounts | Self::CountsMissing => "counts",
            Self::RatioRecorded => "recordedBy",
            Self::LocalPublished | Self::MaximumPublished => "published",
        }
    }
}

/// Whether a definition may be kept. `find` looks an indicator up by its code.
///
/// # Errors
/// The first [`DefinitionFault`], in the order of the fields.
pub fn check_definition<'a>(
    indicator: &Indicator,
    find: impl Fn(&IndicatorCode) -> Option<&'a Indicator>,
) -> Result<(), DefinitionFault> {
    check_code(indicator)?;
    for (field, text, longest) in [
        ("label", &indicator.label, LONGEST_LABEL),
        ("unit", &indicator.unit, LONGEST_UNIT),
        ("definition", &indicator.definition, LONGEST_DEFINITION),
    ] {
        if text.trim().is_empty() {
            return Err(DefinitionFault::Empty(field));
        }
        if text.chars().count() > longest {
            return Err(DefinitionFault::TooLong { field, longest });
        }
    }
    let parts = [("numerator", &indicator.numerator), ("denominator", &indicator.denominator)];
    match indicator.aggregation {
        Aggregation::Ratio => {
            for (field, part) in parts {
                let code = part.as_ref().ok_or(DefinitionFault::PartMissing(field))?;
                check_part(indicator, field, code, find(code))?;
            }
            if indicator.numerator == indicator.denominator {
                return Err(DefinitionFault::SameParts);
            }
            if !indicator.recorded_by.is_empty() {
                return Err(DefinitionFault::RatioRecorded);
            }
        }
        Aggregation::Sum | Aggregation::Average | Aggregation::Latest | Aggregation::Maximum => {
            if let Some((field, _)) = parts.into_iter().find(|(_, part)| part.is_some()) {
                return Err(DefinitionFault::PartNotWanted(field));
            }
        }
    }
    match (indicator.aggregation, indicator.counts) {
        (Aggregation::Ratio, Some(_)) => return Err(DefinitionFault::RatioCounts),
        (Aggregation::Ratio, None) => {}
        (Aggregation::Sum | Aggregation::Average | Aggregation::Latest | Aggregation::Maximum, None) => {
            return Err(DefinitionFault::CountsMissing);
        }
        (Aggregation::Sum | Aggregation::Average | Aggregation::Latest | Aggregation::Maximum, Some(_)) => {}
    }
    if indicator.published && indicator.department.is_some() {
        return Err(DefinitionFault::LocalPublished);
    }
    if indicator.published && indicator.aggregation == Aggregation::Maximum {
        return Err(DefinitionFault::MaximumPublished);
    }
    Ok(())
}

/// Whether a definition may take the place of an earlier one: how it adds up, in what unit, and what a RATIO divides stay once figures rest on them.
/// `in_use`: it has measures, is a part of a ratio, or stands in a publication.
///
/// # Errors
/// [`DefinitionFault::Frozen`].
pub fn check_redefinition(before: &Indicator, after: &Indicator, in_use: bool) -> Result<(), DefinitionFault> {
    let fields = [
        ("aggregation", before.aggregation == after.aggregation),
        ("unit", before.unit == after.unit),
        ("numerator", before.numerator == after.numerator),
        ("denominator", before.denominator == after.denominator),
    ];
    match fields.into_iter().find(|(_, is_same)| in_use && !is_same) {
        Some((field, _)) => Err(DefinitionFault::Frozen(field)),
        None => Ok(()),
    }
}

fn check_code(indicator: &Indicator) -> Result<(), DefinitionFault> {
    match (&indicator.department, indicator.code.owner()) {
        (Some(department), owner) if owner.as_ref() != Some(department) => Err(DefinitionFault::NotPrefixed(department.clone())),
        (None, Some(owner)) => Err(DefinitionFault::ForeignPrefix(owner)),
        (Some(_) | None, _) => Ok(()),
    }
}

fn check_part(
    ratio: &Indicator,
    field: &'static str,
    code: &IndicatorCode,
    found: Option<&Indicator>,
) -> Result<(), DefinitionFault> {
    let unknown = || DefinitionFault::PartUnknown { field, code: code.clone() };
    let part = found.ok_or_else(unknown)?;
    if part.aggregation == Aggregation::Ratio || *code == ratio.code {
        return Err(DefinitionFault::PartIsRatio { field, code: code.clone() });
    }
    if part.department.is_some() && part.department != ratio.department {
        return Err(DefinitionFault::PartTooNarrow { field, code: code.clone() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indicator(code: &str, aggregation: Aggregation) -> Indicator {
        let code: IndicatorCode = code.parse().unwrap();
        Indicator {
            department: code.owner(),
            code,
            label: "Saisies".into(),
            unit: "kg".into(),
            counts: Some(Counts::Mass).filter(|_| aggregation != Aggregation::Ratio),
            has_counted_persons: false,
            definition: "Quantités saisies, hors douanes.".into(),
            aggregation,
            numerator: None,
            denominator: None,
            recorded_by: Vec::new(),
            published: false,
        }
    }

    fn ratio(code: &str, numerator: &str, denominator: &str) -> Indicator {
        Indicator {
            numerator: numerator.parse().ok(),
            denominator: denominator.parse().ok(),
            ..indicator(code, Aggregation::Ratio)
        }
    }

    fn check(indicator: &Indicator) -> Result<(), DefinitionFault> {
        let known = [
            self::indicator("ALL", Aggregation::Sum),
            self::indicator("SOME", Aggregation::Sum),
            self::indicator("13-OWN", Aggregation::Sum),
            self::indicator("93-OWN", Aggregation::Sum),
            ratio("RATE", "SOME", "ALL"),
        ];
        check_definition(indicator, |code| known.iter().find(|known| known.code == *code))
    }

    fn field_at_fault(indicator: &Indicator) -> Option<&'static str> {
        check(indicator).err().map(|fault| fault.field())
    }

    #[test]
    fn a_departments_indicators_begin_with_its_code_and_national_ones_do_not() {
        assert_eq!(check(&indicator("13-HALLS", Aggregation::Sum)), Ok(()));
        let national = Indicator { department: None, ..indicator("13-HALLS", Aggregation::Sum) };
        assert!(matches!(check(&national), Err(DefinitionFault::ForeignPrefix(_))));
        let foreign = Indicator { department: "93".parse().ok(), ..indicator("13-HALLS", Aggregation::Sum) };
        assert!(matches!(check(&foreign), Err(DefinitionFault::NotPrefixed(_))));
        let bare = Indicator { department: "13".parse().ok(), ..indicator("HALLS", Aggregation::Sum) };
        assert_eq!(field_at_fault(&bare), Some("code"));
    }

    #[test]
    fn a_ratio_divides_two_recorded_indicators_of_its_own_or_wider_scope() {
        assert_eq!(check(&ratio("SHARE", "SOME", "ALL")), Ok(()));
        assert_eq!(check(&ratio("13-SHARE", "13-OWN", "ALL")), Ok(()));
        assert!(matches!(check(&ratio("SHARE", "13-OWN", "ALL")), Err(DefinitionFault::PartTooNarrow { .. })));
        assert!(matches!(check(&ratio("13-SHARE", "SOME", "93-OWN")), Err(DefinitionFault::PartTooNarrow { .. })));
        assert!(matches!(check(&ratio("SHARE", "RATE", "ALL")), Err(DefinitionFault::PartIsRatio { .. })));
        assert!(matches!(check(&ratio("SHARE", "SOME", "NONE")), Err(DefinitionFault::PartUnknown { .. })));
        assert_eq!(check(&ratio("SHARE", "ALL", "ALL")), Err(DefinitionFault::SameParts));
        assert_eq!(check(&ratio("SHARE", "", "ALL")), Err(DefinitionFault::PartMissing("numerator")));
        let itself = Indicator { aggregation: Aggregation::Ratio, counts: None, ..ratio("ALL", "SOME", "ALL") };
        assert!(matches!(check(&itself), Err(DefinitionFault::PartIsRatio { field: "denominator", .. })));
    }

    #[test]
    fn other_aggregations_have_no_parts() {
        let sum = Indicator { denominator: "ALL".parse().ok(), ..indicator("TOTAL", Aggregation::Sum) };
        assert_eq!(check(&sum), Err(DefinitionFault::PartNotWanted("denominator")));
    }

    #[test]
    fn a_ratio_is_never_recorded() {
        let recorded = Indicator { recorded_by: vec![ServiceKind::Police], ..ratio("SHARE", "SOME", "ALL") };
        assert_eq!(field_at_fault(&recorded), Some("recordedBy"));
        assert!(!ratio("SHARE", "SOME", "ALL").is_recorded_by(ServiceKind::Police));
        assert!(indicator("ALL", Aggregation::Sum).is_recorded_by(ServiceKind::Mayor));
    }

    #[test]
    fn texts_are_bounded_and_say_something() {
        for (change, field) in [
            (Indicator { label: " ".into(), ..indicator("ALL", Aggregation::Sum) }, "label"),
            (Indicator { unit: "x".repeat(41), ..indicator("ALL", Aggregation::Sum) }, "unit"),
            (Indicator { definition: "é".repeat(4_001), ..indicator("ALL", Aggregation::Sum) }, "definition"),
            (Indicator { published: true, ..indicator("13-OWN", Aggregation::Sum) }, "published"),
        ] {
            assert_eq!(field_at_fault(&change), Some(field));
        }
    }

    #[test]
    fn what_is_recorded_counts_something_and_a_ratio_nothing_of_its_own() {
        let nothing = Indicator { counts: None, ..indicator("ALL", Aggregation::Sum) };
        let ratio = Indicator { counts: Some(Counts::Persons), ..ratio("SHARE", "SOME", "ALL") };
        assert_eq!((check(&nothing), check(&ratio)), (Err(DefinitionFault::CountsMissing), Err(DefinitionFault::RatioCounts)));
        assert_eq!((field_at_fault(&nothing), field_at_fault(&ratio)), (Some("counts"), Some("counts")));
    }

    #[test]
    fn a_definition_that_does_not_say_what_it_counts_counts_persons_unless_it_stood_otherwise_with_the_same_unit() {
        let before = indicator("ALL", Aggregation::Sum);
        let unsaid = |aggregation, unit, before| Indicator::counts_unsaid(aggregation, unit, before);
        assert_eq!(unsaid(Aggregation::Sum, "kg", None), Some(Counts::Persons));
        assert_eq!(unsaid(Aggregation::Sum, "kg", Some(&before)), Some(Counts::Mass));
        assert_eq!(unsaid(Aggregation::Sum, "personnes", Some(&before)), Some(Counts::Persons));
        assert_eq!(unsaid(Aggregation::Ratio, "kg", Some(&before)), None);
    }

    #[test]
    fn persons_and_acts_on_persons_are_protected_and_nothing_else() {
        let protected: Vec<Counts> = Counts::ALL.iter().copied().filter(|counts| counts.is_of_persons()).collect();
        assert_eq!(protected, [Counts::Persons, Counts::ActsOnPersons]);
    }

    #[test]
    fn what_figures_mean_stays_once_they_rest_on_it() {
        let (before, after) = (indicator("ALL", Aggregation::Sum), indicator("ALL", Aggregation::Latest));
        assert_eq!(check_redefinition(&before, &after, false), Ok(()));
        assert_eq!(check_redefinition(&before, &after, true), Err(DefinitionFault::Frozen("aggregation")));
        let otherwise = Indicator { unit: "g".into(), ..before.clone() };
        assert_eq!(check_redefinition(&before, &otherwise, true), Err(DefinitionFault::Frozen("unit")));
        let divided = |by: &str| Indicator { denominator: by.parse().ok(), ..before.clone() };
        assert_eq!(check_redefinition(&divided("ALL"), &divided("OTHER"), true), Err(DefinitionFault::Frozen("denominator")));
        assert_eq!(check_redefinition(&divided("ALL"), &divided("OTHER"), false), Ok(()));
        let renamed = Indicator { label: "Autre".into(), ..before.clone() };
        assert_eq!(check_redefinition(&before, &renamed, true), Ok(()));
    }
}
