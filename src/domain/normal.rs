//! One text in one form: what people see as the same letters is kept as the same characters. A Mac writes an accent as a character of its own
//! (NFD), most others as one with its letter (NFC); kept as they come, they would be two names. Not for codes, which have no accents.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// The text in Unicode's normalization form C, in which all texts are kept.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// The letters and digits of a name, in lower case and without accents: `Département` and `DEPARTEMENT_` are the same. For comparing only.
#[must_use]
pub fn folded(name: &str) -> String {
    let plain = name.nfkd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric());
    plain.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_of_its_own_joins_its_letter() {
        assert_eq!(nfc("Cite\u{301} de l'E\u{301}toile"), "Cité de l'Étoile");
        assert!(matches!(nfc("Cité"), Cow::Borrowed("Cité")));
    }

    #[test]
    fn names_are_compared_without_case_accents_spaces_and_underscores() {
        for name in ["Code_Departement", "code departement", "CODE DÉPARTEMENT", "Code de\u{301}partement "] {
            assert_eq!(folded(name), "codedepartement", "{name}");
        }
    }
}
