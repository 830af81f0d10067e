//! Codes: the names under which territories, sectors, schools, indicators and accounts are known.
//!
//! A value of one of these types has the right form. Whether the thing exists is for the store to say.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use thiserror::Error;

use super::message::Explained;

/// Why a text is no code of its kind. The text is shown cut short and escaped.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CodeFault {
    /// The text does not have the form of such a code.
    #[error("« {} » n’est pas {what} : il faut {expected}", shown(found))]
    Form {
        /// The kind of code, with its article.
        what: &'static str,
        /// The form that it should have.
        expected: &'static str,
        /// The text, cut short.
        found: String,
    },
    /// The check letter of a school's UAI does not follow from its digits.
    #[error("« {} » n’est pas un code UAI : la lettre de contrôle de ces chiffres est {expected}", shown(found))]
    CheckLetter {
        /// The letter that the digits give.
        expected: char,
        /// The text as read.
        found: String,
    },
}

/// A text as it is shown: nothing in it changes what is around it.
fn shown(text: &str) -> std::str::EscapeDebug<'_> {
    text.escape_debug()
}

impl Explained for CodeFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::Form { .. } => "CODE_FORM",
            Self::CheckLetter { .. } => "UAI_CHECK_LETTER",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Form { expected, found, .. } => vec![("found", found.clone()), ("expected", (*expected).to_owned())],
            Self::CheckLetter { expected, found } => vec![("found", found.clone()), ("expected", expected.to_string())],
        }
    }
}

impl CodeFault {
    fn form(what: &'static str, expected: &'static str, found: &str) -> Self {
        Self::Form { what, expected, found: found.chars().take(48).collect() }
    }
}

/// A newtype over a short text, which is copied without allocating, whose only way in is `parse`. `$read` returns the text in its normal form,
/// or `None` when it has not the form that `$expected` describes.
macro_rules! code {
    ($(#[$meta:meta])* $name:ident, $what:literal, $expected:literal, $read:expr) => {
        code!(@type $(#[$meta])* $name);
        impl $name {
            /// Reads a code; the error says which form it should have.
            pub fn parse(text: &str) -> Result<Self, CodeFault> {
                let read: fn(&str) -> Option<Cow<'_, str>> = $read;
                read(text)
                    .map(|normal| Self(SmolStr::new(normal)))
                    .ok_or_else(|| CodeFault::form($what, $expected, text))
            }
        }
    };
    (@type $(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(SmolStr);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = CodeFault;
            fn from_str(text: &str) -> Result<Self, CodeFault> {
                Self::parse(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = CodeFault;
            fn try_from(text: String) -> Result<Self, CodeFault> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0.into()
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

code!(
    /// INSEE code of a department, 101 of them. The order is that of the text: 2A and 2B come after 29.
    DepartmentCode,
    "un code de département",
    "01 à 19, 2A, 2B, 21 à 95, 971, 972, 973, 974 ou 976",
    |text| is_department(text).then_some(Cow::Borrowed(text))
);
code!(
    /// INSEE code of a region: 93, 01.
    RegionCode,
    "un code de région",
    "deux chiffres",
    |text| (text.len() == 2 && all_digits(text)).then_some(Cow::Borrowed(text))
);
code!(
    /// Code of a defence zone.
    ZoneCode,
    "un code de zone de défense",
    "1 à 40 caractères parmi A-Z, 0-9 et « - »",
    |text| is_made_of(text, 40, |c| upper_or_digit(c) || c == b'-').then_some(Cow::Borrowed(text))
);
code!(
    /// Code of a parquet, after the seat of its tribunal judiciaire.
    ParquetCode,
    "un code de parquet",
    "1 à 40 caractères parmi A-Z, 0-9 et « - »",
    |text| is_made_of(text, 40, |c| upper_or_digit(c) || c == b'-').then_some(Cow::Borrowed(text))
);
code!(
    /// Code of a sector: stable across revisions, unique in its department.
    SectorCode,
    "un code de secteur",
    "1 à 40 lettres, chiffres et . _ - /, en commençant par une lettre ou un chiffre",
    |text| is_plan_item(text).then_some(Cow::Borrowed(text))
);
code!(
    /// Code of a priority objective: stable across revisions, unique in its department.
    ObjectiveCode,
    "un code d’objectif",
    "1 à 40 lettres, chiffres et . _ - /, en commençant par une lettre ou un chiffre",
    |text| is_plan_item(text).then_some(Cow::Borrowed(text))
);
code!(
    /// Code of an indicator. A department's own begin with its code and a hyphen: 13-HALLS.
    IndicatorCode,
    "un code d’indicateur",
    "1 à 40 caractères parmi A-Z, 0-9, « _ » et « - », en commençant par une lettre ou un chiffre",
    |text| {
        let formed = is_made_of(text, 40, |c| upper_or_digit(c) || c == b'_' || c == b'-');
        (formed && begins_alphanumeric(text)).then_some(Cow::Borrowed(text))
    }
);
code!(
    /// Name of an account, in lower case.
    Username,
    "un nom d’utilisateur",
    "3 à 64 caractères parmi a-z, 0-9 et . _ - @",
    |text| {
        let lower = text.to_ascii_lowercase();
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-@".contains(&c);
        (lower.len() >= 3 && is_made_of(&lower, 64, allowed)).then_some(Cow::Owned(lower))
    }
);
code!(
    /// INSEE code of a commune: 13055, 2A004, 97105.
    CommuneCode,
    "un code INSEE de commune",
    "cinq chiffres, ou 2A ou 2B et trois chiffres",
    |text| {
        let formed = match text.strip_prefix("2A").or_else(|| text.strip_prefix("2B")) {
            Some(rest) => rest.len() == 3 && all_digits(rest),
            None => text.len() == 5 && all_digits(text),
        };
        formed.then_some(Cow::Borrowed(text))
    }
);
code!(@type
    /// Unité administrative immatriculée of a school: seven digits and a check letter, in upper case.
    Uai
);

impl DepartmentCode {
    /// All 101 departments, in the order of their codes.
    pub fn all() -> Vec<Self> {
        let metropolitan = (1..=95).filter(|number| *number != 20).map(|number| format!("{number:02}"));
        let corsican_and_overseas = ["2A", "2B", "971", "972", "973", "974", "976"].map(String::from);
        let mut all: Vec<Self> = metropolitan.chain(corsican_and_overseas).map(|text| Self(text.into())).collect();
        all.sort();
        all
    }
}

impl IndicatorCode {
    /// The department whose own indicator this is: that with whose code and a hyphen the code begins. `None`: national.
    pub fn owner(&self) -> Option<DepartmentCode> {
        let (head, _) = self.0.split_once('-')?;
        DepartmentCode::parse(head).ok()
    }
}

impl CommuneCode {
    /// The department in which the commune lies; `None` for overseas collectivities that are no department.
    pub fn department(&self) -> Option<DepartmentCode> {
        let length = if self.0.starts_with("97") { 3 } else { 2 };
        DepartmentCode::parse(self.0.get(..length)?).ok()
    }
}

impl Uai {
    /// Reads a UAI in either case and verifies its check letter: the 7-digit number modulo 23, in the alphabet without I, O, Q.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
        let fault = || CodeFault::form("un code UAI", "sept chiffres et une lettre", text);
        let upper = text.to_ascii_uppercase();
        let (digits, letter) = upper.split_at_checked(7).ok_or_else(fault)?;
        if !all_digits(digits) || letter.len() != 1 || !letter.bytes().all(|c| c.is_ascii_uppercase()) {
            return Err(fault());
        }
        let number = digits.bytes().fold(0_usize, |number, digit| number * 10 + usize::from(digit - b'0'));
        let expected = LETTERS.get(number % 23).map_or('?', |letter| char::from(*letter));
        if !letter.starts_with(expected) {
            return Err(CodeFault::CheckLetter { expected, found: upper });
        }
        Ok(Self(upper.into()))
    }

    /// Whether its first three digits are those of a department: its number, 620 for 2A and 720 for 2B (nomenclature of the ministry of
    /// education).
    pub fn is_of(&self, department: &DepartmentCode) -> bool {
        let of_department = match department.as_str() {
            "2A" => Cow::Borrowed("620"),
            "2B" => Cow::Borrowed("720"),
            code => Cow::Owned(format!("{code:0>3}")),
        };
        self.0.starts_with(of_department.as_ref())
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}

fn upper_or_digit(c: u8) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn begins_alphanumeric(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_made_of(text: &str, longest: usize, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.len() <= longest && text.bytes().all(allowed)
}

fn is_plan_item(text: &str) -> bool {
    begins_alphanumeric(text) && is_made_of(text, 40, |c| c.is_ascii_alphanumeric() || b"._-/".contains(&c))
}

fn is_department(text: &str) -> bool {
    match text {
        "2A" | "2B" | "971" | "972" | "973" | "974" | "976" => true,
        _ => text.len() == 2 && all_digits(text) && !matches!(text, "00" | "20" | "96" | "97" | "98" | "99"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digits_of_a_uai_say_its_department() {
        for (uai, department) in
            [("0130007M", "13"), ("0930001W", "93"), ("6200001G", "2A"), ("7200001U", "2B"), ("9710002A", "971")]
        {
            let digits = &uai[..7];
            let uai = ('A'..='Z').find_map(|letter| Uai::parse(&format!("{digits}{letter}")).ok()).unwrap();
            for other in DepartmentCode::all() {
                assert_eq!(uai.is_of(&other), other.as_str() == department, "{uai} of {other}");
            }
        }
    }

    #[test]
    fn there_are_101_departments_and_corsica_is_two_of_them() {
        let all = DepartmentCode::all();
        assert_eq!(all.len(), 101);
        for code in &all {
            assert_eq!(DepartmentCode::parse(code.as_str()).as_ref(), Ok(code));
        }
        for wrong in ["", "1", "00", "20", "96", "97", "975", "977", "2a", "2C", "013", "13 ", "\u{661}\u{662}"] {
            assert!(DepartmentCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_uai_is_upper_cased_and_its_check_letter_verified() {
        assert_eq!(Uai::parse("0750652j").map(String::from), Uai::parse("0750652J").map(String::from));
        let right = (0..26).map(|n| format!("0130001{}", char::from(b'A' + n))).filter(|text| Uai::parse(text).is_ok()).count();
        assert_eq!(right, 1);
        assert!(matches!(Uai::parse("0000001A"), Err(CodeFault::CheckLetter { expected: 'B', .. })));
        for wrong in ["", "0750652", "075065J", "07506522", "0750652JJ", "0750652É"] {
            assert!(matches!(Uai::parse(wrong), Err(CodeFault::Form { .. })), "{wrong}");
        }
    }

    #[test]
    fn an_indicator_code_names_its_department_or_none() {
        let owner = |text: &str| IndicatorCode::parse(text).unwrap().owner().map(String::from);
        assert_eq!(owner("13-HALLS").as_deref(), Some("13"));
        assert_eq!(owner("2A-PORTS").as_deref(), Some("2A"));
        assert_eq!(owner("974-X-Y").as_deref(), Some("974"));
        assert_eq!(owner("SEIZURES"), None);
        assert_eq!(owner("20-X"), None);
        assert!(IndicatorCode::parse("13-halls").is_err());
    }

    #[test]
    fn sector_codes_begin_with_a_letter_or_digit_and_are_bounded() {
        assert!(SectorCode::parse("QP013058").is_ok());
        assert!(SectorCode::parse("13/Nord_1.a-b").is_ok());
        assert!(SectorCode::parse(&"x".repeat(40)).is_ok());
        for wrong in ["", "-a", "a b", "é", "a\0", &"x".repeat(41)] {
            assert!(SectorCode::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn usernames_are_lower_case() {
        assert_eq!(Username::parse("Prefecture.13@Example").unwrap().as_str(), "prefecture.13@example");
        assert!(Username::parse("ab").is_err());
        assert!(Username::parse("a b c").is_err());
    }

    #[test]
    fn a_commune_knows_its_department() {
        let department = |text: &str| CommuneCode::parse(text).unwrap().department().map(String::from);
        assert_eq!(department("13055").as_deref(), Some("13"));
        assert_eq!(department("2A004").as_deref(), Some("2A"));
        assert_eq!(department("97105").as_deref(), Some("971"));
        assert_eq!(department("97502"), None);
        assert!(CommuneCode::parse("1305").is_err());
        assert!(CommuneCode::parse("2C004").is_err());
    }

    #[test]
    fn codes_are_plain_strings_in_json_and_checked_when_read() {
        let code: DepartmentCode = serde_json::from_str("\"2B\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"2B\"");
        assert!(serde_json::from_str::<DepartmentCode>("\"20\"").is_err());
    }

    #[test]
    fn a_fault_shows_a_bounded_part_of_the_text() {
        let fault = SectorCode::parse(&"\0".repeat(100_000)).unwrap_err();
        assert!(fault.to_string().len() < 400);
    }
}
