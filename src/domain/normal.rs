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

/// Whether a text shows nothing: it is empty, or of spaces, controls and signs that have no shape of their own.
#[must_use]
pub fn shows_nothing(text: &str) -> bool {
    text.chars().all(|sign| sign.is_whitespace() || sign.is_control() || is_shapeless(sign))
}

/// What Unicode ignores by default, and the blanks that it counts among letters and patterns.
const fn is_shapeless(sign: char) -> bool {
    matches!(sign,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
    fn a_text_of_signs_without_a_shape_shows_nothing() {
        for text in ["", " \u{a0}\t", "\u{200b}", " \u{200b} ", "\u{2060}", "\u{3164}", "\u{200d}", "\u{feff}", "\u{ad}\u{2800}"]
        {
            assert!(shows_nothing(text), "{text:?}");
        }
        for text in ["é", "\u{200b}x", "-", "e\u{301}", "👩\u{200d}🔬"] {
            assert!(!shows_nothing(text), "{text:?}");
        }
    }

    #[test]
    fn names_are_compared_without_case_accents_spaces_and_underscores() {
        for name in ["Code_Departement", "code departement", "CODE DÉPARTEMENT", "Code de\u{301}partement "] {
            assert_eq!(folded(name), "codedepartement", "{name}");
        }
    }
}
