//! French as it is said: elision, articles, agreement in number. For messages that are put together of a sentence and a name. Not for the messages
//! themselves.

use super::vocabulary::ServiceKind;

/// So many things in words: `0 défaut`, `1 défaut`, `2 défauts`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count > 1 { format!("{count} {what}s") } else { format!("{count} {what}") }
}

/// The word that agrees with a number: one and less are singular.
#[must_use]
pub const fn agreed<'w>(count: usize, one: &'w str, several: &'w str) -> &'w str {
    if count > 1 { several } else { one }
}

/// `de Lyon`, `d’Ajaccio`. An h is not elided: of names alone nobody knows whether it is mute.
#[must_use]
pub fn de(name: impl std::fmt::Display) -> String {
    let name = name.to_string();
    let first = name.chars().next().map(|first| first.to_lowercase().to_string());
    match first.as_deref() {
        Some("a" | "à" | "â" | "e" | "é" | "è" | "ê" | "i" | "î" | "o" | "ô" | "œ" | "u") => format!("d’{name}"),
        Some(_) | None => format!("de {name}"),
    }
}

/// A noun with its article, as it stands within a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noun {
    article: Article,
    word: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Article {
    Le,
    La,
    /// Le or la before a vowel.
    Elided,
    Les,
    Un,
}

impl Noun {
    /// The noun for a service.
    #[must_use]
    pub const fn of_service(service: ServiceKind) -> Self {
        let (article, word) = match service {
            ServiceKind::Police => (Article::La, "police nationale"),
            ServiceKind::JudicialPolice => (Article::La, "police judiciaire"),
            ServiceKind::Gendarmerie => (Article::La, "gendarmerie nationale"),
            ServiceKind::AirTransportGendarmerie => (Article::La, "gendarmerie des transports aériens"),
            ServiceKind::MaritimeGendarmerie => (Article::La, "gendarmerie maritime"),
            ServiceKind::Parquet => (Article::Le, "parquet"),
            ServiceKind::Prefecture => (Article::La, "préfecture"),
            ServiceKind::Customs => (Article::Les, "douanes"),
            ServiceKind::Tax => (Article::Les, "services fiscaux"),
            ServiceKind::Education => (Article::Elided, "Éducation nationale"),
            ServiceKind::Gir => (Article::Le, "groupe d’intervention régional"),
            ServiceKind::Prison => (Article::Elided, "administration pénitentiaire"),
            ServiceKind::Transport => (Article::Les, "exploitants de transport"),
            ServiceKind::Housing => (Article::Les, "bailleurs"),
            ServiceKind::Mayor => (Article::Les, "maires"),
            ServiceKind::Other => (Article::Un, "autre service"),
        };
        Self { article, word }
    }

    /// `la préfecture`, `l’Éducation nationale`, `les douanes`.
    #[must_use]
    pub fn the(self) -> String {
        let article = match self.article {
            Article::Le => "le ",
            Article::La => "la ",
            Article::Elided => "l’",
            Article::Les => "les ",
            Article::Un => "un ",
        };
        format!("{article}{}", self.word)
    }

    /// `de la préfecture`, `du parquet`, `de l’Éducation nationale`, `des douanes`.
    #[must_use]
    pub fn of_the(self) -> String {
        match self.article {
            Article::Le => format!("du {}", self.word),
            Article::Les => format!("des {}", self.word),
            Article::La | Article::Elided | Article::Un => de(self.the()),
        }
    }

    /// The verb that agrees with it.
    #[must_use]
    pub const fn verb<'w>(self, one: &'w str, several: &'w str) -> &'w str {
        match self.article {
            Article::Les => several,
            Article::Le | Article::La | Article::Elided | Article::Un => one,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_elided_before_vowels() {
        let said = ["Éducation nationale", "ARMES", "OPS_CP", "œuvre"].map(de);
        assert_eq!(said, ["d’Éducation nationale", "d’ARMES", "d’OPS_CP", "d’œuvre"]);
        assert_eq!(["Lyon", "13", "", "Yonne", "Hérault"].map(de), ["de Lyon", "de 13", "de ", "de Yonne", "de Hérault"]);
    }

    #[test]
    fn every_service_has_its_article_and_its_number() {
        let of = |service| Noun::of_service(service).of_the();
        assert_eq!(of(ServiceKind::Education), "de l’Éducation nationale");
        assert_eq!(of(ServiceKind::Gendarmerie), "de la gendarmerie nationale");
        assert_eq!(of(ServiceKind::Parquet), "du parquet");
        assert_eq!(of(ServiceKind::Customs), "des douanes");
        assert_eq!(of(ServiceKind::Other), "d’un autre service");
        assert_eq!(Noun::of_service(ServiceKind::Customs).verb("pilote", "pilotent"), "pilotent");
        for service in ServiceKind::ALL {
            let (noun, label) = (Noun::of_service(*service), service.label_fr().to_lowercase());
            assert!(noun.the().to_lowercase().ends_with(&label), "{label}: {}", noun.the());
        }
    }

    #[test]
    fn numbers_agree() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "défaut")), ["0 défaut", "1 défaut", "2 défauts"]);
        assert_eq!([0, 1, 2].map(|count| agreed(count, "garde", "gardent")), ["garde", "garde", "gardent"]);
    }
}
