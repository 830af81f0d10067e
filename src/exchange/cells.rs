//! Days, fortnights and numbers as spreadsheets write them, and what a spreadsheet made of them said by name. Not for what they mean.

use chrono::NaiveDate;

use super::rows::shown;
use crate::domain::amount::Amount;
use crate::domain::fortnight::Fortnight;
use crate::domain::message::Message;
use crate::domain::normal::folded;

const MONTHS: [&str; 12] = ["janv", "fevr", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec"];

/// A day: `2024-03-05`, also with a time of midnight, or day, month and year: `05/03/2024`, `5-3-2024`, `05.03.2024`.
///
/// # Errors
/// Another form, told from what a spreadsheet makes of days.
pub fn day(text: &str) -> Result<NaiveDate, Message> {
    let date = without_midnight(text);
    if date.len() == 10
        && let Ok(day) = date.parse()
    {
        return Ok(day);
    }
    let parts: Vec<&str> = date.split(['/', '-', '.']).collect();
    if let [day, month, year] = parts.as_slice()
        && year.len() == 4
        && (1..=2).contains(&day.len())
        && (1..=2).contains(&month.len())
        && let (Ok(day), Ok(month), Ok(year)) = (day.parse::<u32>(), month.parse::<u32>(), year.parse())
    {
        if let Some(day) = NaiveDate::from_ymd_opt(year, month, day) {
            return Ok(day);
        }
        if month > 12 && NaiveDate::from_ymd_opt(year, day, month).is_some() {
            let words = "le jour et le mois sont inversés : écrivez 2024-03-05, ou 05/03/2024 (jour/mois/année)";
            return Err(Message::new("MONTH_FIRST", words).with("found", shown(text)));
        }
    }
    if is_serial(text) {
        let words = "un tableur a écrit son numéro de jour au lieu d’une date : donnez à la colonne le format « AAAA-MM-JJ » ou « Texte »";
        return Err(Message::new("SPREADSHEET_SERIAL", words).with("found", shown(text)));
    }
    let words = format!("« {} » n’est pas un jour : écrivez 2024-03-05, ou 05/03/2024 (jour/mois/année)", shown(text));
    Err(Message::new("NOT_A_DAY", words).with("found", shown(text)))
}

/// A fortnight: `2024-03-1`.
///
/// # Errors
/// Another form, told from the date that a spreadsheet makes of a fortnight.
pub fn fortnight(text: &str) -> Result<Fortnight, Message> {
    if let Ok(fortnight) = text.parse() {
        return Ok(fortnight);
    }
    if day(text).is_ok() || is_month(text) || is_serial(text) {
        let words = "un tableur a transformé la quinzaine en date : donnez à la colonne le format « Texte » et écrivez 2024-03-1 \
                     (du 1er au 15) ou 2024-03-2 (à partir du 16)";
        return Err(Message::new("SPREADSHEET_DATE", words).with("found", shown(text)));
    }
    let words =
        format!("« {} » n’est pas une quinzaine : écrivez 2024-03-1 (du 1er au 15) ou 2024-03-2 (à partir du 16)", shown(text));
    Err(Message::new("NOT_A_FORTNIGHT", words).with("found", shown(text)))
}

/// A number with a decimal point or comma; spaces may part its thousands, the unbreakable ones of spreadsheets too.
///
/// # Errors
/// No such number, too many decimals, too large, or one that can be read in two ways.
pub fn amount(text: &str, parted_by_commas: bool) -> Result<Amount, Message> {
    let fault = |reason, words: String| Err(Message::new(reason, words).with("found", shown(text)));
    let mut number = text.trim().replace('\u{2212}', "-");
    if number.contains(is_space) {
        let Some(joined) = joined(&number) else {
            return fault("THOUSANDS", format!("« {} » a des espaces qui ne séparent pas des milliers", shown(text)));
        };
        number = joined;
    }
    if number.contains(',') && number.contains('.') {
        let words = format!("« {} » a une virgule et un point : écrivez 1234.5 ou 1234,5", shown(text));
        return fault("TWO_SEPARATORS", words);
    }
    if let Some((_, decimals)) = number.split_once(',') {
        // Between commas a program wrote it, which may part thousands by commas.
        if parted_by_commas && decimals.len() == 3 {
            let words =
                format!("« {} » peut se lire de deux façons dans un fichier à virgules : écrivez 1234 ou 1.234", shown(text));
            return fault("AMBIGUOUS_NUMBER", words);
        }
        number = number.replacen(',', ".", 1);
    }
    Amount::parse(&number).or_else(|error| {
        let reason = if number.contains(|c: char| c.is_alphabetic() || c == '/') || number.is_empty() {
            "NOT_A_NUMBER"
        } else {
            "BAD_NUMBER"
        };
        let words = match error {
            crate::domain::amount::AmountFault::NotANumber => {
                format!("« {} » n’est pas un nombre : écrivez 1234.5 ou 1234,5", shown(text))
            }
            crate::domain::amount::AmountFault::TooManyDecimals => format!("« {} » a plus de quatre décimales", shown(text)),
            crate::domain::amount::AmountFault::OutOfRange => format!("« {} » dépasse mille milliards", shown(text)),
        };
        fault(reason, words)
    })
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2019}' | '\'')
}

/// `1 234,5` without its spaces, if they part thousands.
fn joined(number: &str) -> Option<String> {
    let (whole, rest) = match number.find([',', '.']) {
        Some(at) => number.split_at_checked(at)?,
        None => (number, ""),
    };
    if rest.contains(is_space) {
        return None;
    }
    let groups: Vec<&str> = whole.split(is_space).collect();
    let (first, others) = groups.split_first()?;
    let head = first.trim_start_matches('-');
    let sound = (1..=3).contains(&head.len()) && others.iter().all(|group| group.len() == 3);
    sound.then(|| groups.concat() + rest)
}

fn without_midnight(text: &str) -> &str {
    let Some((date, time)) = text.split_once(['T', ' ']) else { return text };
    let midnight = time.trim_end_matches('Z').chars().all(|c| matches!(c, '0' | ':' | '.')) && !time.is_empty();
    if midnight { date } else { text }
}

/// Days counted from 1900, as a spreadsheet keeps them: 1954 to 2091.
fn is_serial(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|number| (20_000.0..70_000.0).contains(&number))
}

/// `mars-24`, `1-mars`, `Mar-24`, `mars 2024`, `03/2024`.
fn is_month(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '/', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let named = |part: &&str| {
        let bare = folded(part);
        bare.len() >= 3
            && (MONTHS.iter().any(|month| bare.starts_with(month)) || ENGLISH.contains(&bare.get(..3).unwrap_or_default()))
    };
    let numbers = |part: &&str| part.bytes().all(|c| c.is_ascii_digit());
    match parts.as_slice() {
        [month, year] if numbers(month) && numbers(year) => month.len() <= 2 && matches!(year.len(), 2 | 4),
        parts => {
            (2..=3).contains(&parts.len()) && parts.iter().any(named) && parts.iter().filter(|part| numbers(part)).count() >= 1
        }
    }
}

const ENGLISH: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

#[cfg(test)]
mod tests {
    use super::*;

    fn reason<T: std::fmt::Debug>(read: Result<T, Message>) -> &'static str {
        read.unwrap_err().reason
    }

    #[test]
    fn days_are_read_as_day_month_and_year() {
        let expected: NaiveDate = "2024-03-05".parse().unwrap();
        for written in
            ["2024-03-05", "05/03/2024", "5/3/2024", "05-03-2024", "05.03.2024", "2024-03-05T00:00:00", "05/03/2024 00:00"]
        {
            assert_eq!(day(written), Ok(expected), "{written}");
        }
        assert_eq!(reason(day("03/25/2024")), "MONTH_FIRST");
        assert_eq!(reason(day("45356")), "SPREADSHEET_SERIAL");
        for none in ["", "3/3", "05/03/24", "2024-3", "hier", "2024-03-05T10:00"] {
            assert_eq!(reason(day(none)), "NOT_A_DAY", "{none}");
        }
    }

    #[test]
    fn a_fortnight_that_became_a_date_is_said_to_be_one() {
        assert_eq!(fortnight("2024-03-1").unwrap().to_string(), "2024-03-1");
        for date in ["01/03/2024", "mars-24", "Mars 2024", "1-mars-24", "janv.-24", "Mar-24", "03/2024", "2024-03-01", "45352"] {
            assert_eq!(reason(fortnight(date)), "SPREADSHEET_DATE", "{date}");
        }
        for none in ["", "2024-13-1", "2024-03-3", "première"] {
            assert_eq!(reason(fortnight(none)), "NOT_A_FORTNIGHT", "{none}");
        }
    }

    #[test]
    fn numbers_are_read_with_commas_points_and_spaces() {
        for (written, scaled) in [
            ("12,5", 125_000),
            ("12.5", 125_000),
            ("-0,5", -5_000),
            ("1 234,5", 12_345_000),
            ("1\u{a0}234", 12_340_000),
            ("1\u{202f}234\u{202f}567", 12_345_670_000),
            ("1,234", 12_340),
        ] {
            assert_eq!(amount(written, false).map(Amount::scaled), Ok(scaled), "{written}");
        }
        assert_eq!(amount("12,5", true).map(Amount::scaled), Ok(125_000));
        assert_eq!(reason(amount("1,234", true)), "AMBIGUOUS_NUMBER");
        assert_eq!(reason(amount("1 23", false)), "THOUSANDS");
        assert_eq!(reason(amount("12 3456", false)), "THOUSANDS");
        assert_eq!(reason(amount("1.234,5", false)), "TWO_SEPARATORS");
        assert_eq!(reason(amount("douze", false)), "NOT_A_NUMBER");
        assert_eq!(reason(amount("0,12345", false)), "BAD_NUMBER");
    }
}
