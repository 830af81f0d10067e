//! Passwords that everybody tries first: words of `config/known-bad-passwords.txt` (common ones, French and English, names, places, rows of keys),
//! alone, repeated or two together, with digits and signs around them; and digits or rows of keys alone. Not for other rules of passwords.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// One word a line, folded: lower case without accents, letters and digits only.
static WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../config/known-bad-passwords.txt").lines().filter(|line| !line.is_empty()).collect());

/// The longest password that is looked at, in characters: longer ones are refused for their length.
const LONGEST: usize = 256;

/// Whether a password is known to be bad.
#[must_use]
pub fn is_known_bad(password: &str) -> bool {
    let folded = folded(password);
    if folded.chars().count() > LONGEST {
        return false;
    }
    // Digits and signs alone: a date, a telephone number, 123456789012.
    if !folded.chars().any(char::is_alphabetic) {
        return true;
    }
    let inner = folded.trim_matches(|c: char| c.is_ascii_digit());
    [folded.as_str(), inner].into_iter().any(|text| is_made_of_words(text) || is_made_of_words(&unleeted(text)))
}

/// The word that a password is, digits and signs around it aside.
#[must_use]
pub fn core(password: &str) -> String {
    folded(password).trim_matches(|c: char| c.is_ascii_digit()).to_owned()
}

/// In lower case, without accents, signs and spaces.
fn folded(password: &str) -> String {
    let plain = password.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.map(|c| if matches!(c, '@') { 'a' } else { c }).filter(|c| c.is_alphanumeric()).collect()
}

/// Digits that stand for letters as letters.
fn unleeted(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// Whether a text is a word of the list, one repeated, or two.
fn is_made_of_words(text: &str) -> bool {
    let cuts = || text.char_indices().map(|(at, _)| at).skip(1);
    WORDS.contains(text)
        || cuts().any(|at| {
            let (head, tail) = text.split_at(at);
            let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit());
            WORDS.contains(head) && (WORDS.contains(tail) || is_repeated(text, head))
        })
}

fn is_repeated(text: &str, word: &str) -> bool {
    text.len().is_multiple_of(word.len()) && text.as_bytes().chunks(word.len()).all(|part| part == word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_known() {
        for bad in [
            "motdepasse1234",
            "Mot de passe 2024!",
            "M0tDeP4sse2024",
            "azertyuiop123",
            "AZERTYUIOP!!",
            "Préfecture-2024",
            "prefecture13!!!",
            "123456789012",
            "06 12 34 56 78 90",
            "soleilsoleil",
            "bonjour123bonjour",
            "Marseille13013",
            "password1234",
            "p@ssword12345",
            "Gendarmerie2010",
            "qwertyuiop12",
            "jeanpierre1962",
            "paris2024paris",
        ] {
            assert!(is_known_bad(bad), "{bad}");
        }
    }

    #[test]
    fn phrases_and_random_texts_are_not() {
        for good in [
            "un mot de passe de test",
            "Évêché-à-la-plage-2024",
            "trois tasses vertes sous la pluie",
            "k7Vq-29xL-mmT4-pQ",
            "Une phrase assez longue",
        ] {
            assert!(!is_known_bad(good), "{good}");
        }
    }

    #[test]
    fn the_list_has_thousands_of_words_and_each_is_folded() {
        assert!(WORDS.len() > 4_000, "{}", WORDS.len());
        for word in WORDS.iter() {
            assert_eq!(folded(word), *word);
        }
    }
}
