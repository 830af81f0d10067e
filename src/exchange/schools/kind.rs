//! The kind of a school from our word, or from the ministry's nature, its code or its label. Not for what is done with natures that are none.

use crate::domain::normal::folded;
use crate::domain::vocabulary::SchoolKind;

/// The kind; none where the text is none that is known. The codes are those of the ministry's nomenclature of natures (BCN, N_NATURE_UAI).
pub(super) fn kind_of(text: &str) -> Option<SchoolKind> {
    if let Ok(kind) = text.parse() {
        return Some(kind);
    }
    if let Ok(kind) = text.trim().to_uppercase().replace([' ', '-'], "_").parse() {
        return Some(kind);
    }
    if let Ok(code) = text.parse::<u16>() {
        return match code {
            101..=183 => Some(SchoolKind::Ecole),
            300..=310 => Some(SchoolKind::Lycee),
            320..=323 | 334 => Some(SchoolKind::LyceeProfessionnel),
            340 | 352 => Some(SchoolKind::College),
            _ => None,
        };
    }
    let bare = folded(text);
    let says = |word: &str| bare.contains(word);
    if says("college") {
        return Some(SchoolKind::College);
    }
    if says("professionnel") && (says("lycee") || says("section")) || bare == "lp" {
        return Some(SchoolKind::LyceeProfessionnel);
    }
    if says("lycee") {
        return Some(SchoolKind::Lycee);
    }
    let is_school =
        says("ecole") && ["elementaire", "maternelle", "primaire", "application", "specialisee"].iter().any(|word| says(word));
    (is_school || bare == "ecole").then_some(SchoolKind::Ecole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_ours_or_the_ministrys() {
        for (text, kind) in [
            ("COLLEGE", Some(SchoolKind::College)),
            ("Collège", Some(SchoolKind::College)),
            ("340", Some(SchoolKind::College)),
            ("LYCEE D ENSEIGNEMENT GENERAL", Some(SchoolKind::Lycee)),
            ("LYCEE POLYVALENT", Some(SchoolKind::Lycee)),
            ("306", Some(SchoolKind::Lycee)),
            ("lycée professionnel", Some(SchoolKind::LyceeProfessionnel)),
            ("LYCEE_PROFESSIONNEL", Some(SchoolKind::LyceeProfessionnel)),
            ("SECTION D ENSEIGNEMENT PROFESSIONNEL", Some(SchoolKind::LyceeProfessionnel)),
            ("320", Some(SchoolKind::LyceeProfessionnel)),
            ("ECOLE DE NIVEAU ELEMENTAIRE", Some(SchoolKind::Ecole)),
            ("ECOLE MATERNELLE", Some(SchoolKind::Ecole)),
            ("Ecole", Some(SchoolKind::Ecole)),
            ("151", Some(SchoolKind::Ecole)),
            ("OTHER", Some(SchoolKind::Other)),
            ("SERVICE ADMINISTRATIF", None),
            ("FORMATION PROFESSIONNELLE", None),
            ("999", None),
            ("", None),
        ] {
            assert_eq!(kind_of(text), kind, "{text}");
        }
    }
}
