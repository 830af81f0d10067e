//! Exact values: decimal numbers with four decimals, kept as scaled 64-bit integers.
//!
//! Measures, targets and their sums are amounts, so a rollup equals what the measures give, to the last digit. Quotients
//! (averages, ratios) are not amounts.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::message::Explained;

/// Ten thousand units of the last place make one.
pub const SCALE: i64 = 10_000;
const DECIMALS: usize = 4;
/// The greatest magnitude that is accepted from outside: 10^12.
const GREATEST: i64 = 1_000_000_000_000 * SCALE;

/// A decimal number, exact to four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// Why a number is no amount.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AmountFault {
    /// It is not written as a decimal number, or it is infinite or not a number.
    #[error("ce n’est pas un nombre décimal")]
    NotANumber,
    /// It has more than four decimals.
    #[error("le nombre a plus de quatre décimales")]
    TooManyDecimals,
    /// Its magnitude is beyond 10^12.
    #[error("le nombre dépasse mille milliards (10^12) en valeur absolue")]
    OutOfRange,
}

impl Explained for AmountFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotANumber => "NOT_A_NUMBER",
            Self::TooManyDecimals => "TOO_MANY_DECIMALS",
            Self::OutOfRange => "OUT_OF_RANGE",
        }
    }
}

impl Amount {
    /// Nothing: a figure like any other ('néant').
    pub const ZERO: Self = Self(0);

    /// Nothing: a figure like any other ('néant').
    pub const fn zero() -> Self {
        Self::ZERO
    }

    /// Takes a number as it stands in the database: in ten-thousandths.
    pub const fn from_scaled(scaled: i64) -> Self {
        Self(scaled)
    }

    /// The number in ten-thousandths, as it is stored.
    pub const fn scaled(self) -> i64 {
        self.0
    }

    /// Takes a floating-point number for the shortest decimal that denotes it: 0.1 is a tenth, 0.12345 has too many decimals.
    pub fn from_f64(value: f64) -> Result<Self, AmountFault> {
        if !value.is_finite() {
            return Err(AmountFault::NotANumber);
        }
        if value.abs() > 1e12 {
            return Err(AmountFault::OutOfRange);
        }
        // Display of f64 is the shortest decimal that reads back as the same number, never with an exponent.
        Self::parse(&value.to_string())
    }

    /// Reads `-12.5`: an optional minus sign, digits, and at most four decimals after a point (zeros beyond them are let pass).
    pub fn parse(text: &str) -> Result<Self, AmountFault> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(AmountFault::NotANumber),
            None => (unsigned, ""),
        };
        let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(AmountFault::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS {
            return Err(AmountFault::TooManyDecimals);
        }
        let magnitude = whole
            .bytes()
            .chain(fraction.bytes())
            .chain(std::iter::repeat_n(b'0', DECIMALS - fraction.len()))
            .try_fold(0_i64, |number, digit| number.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
            .filter(|magnitude| *magnitude <= GREATEST)
            .ok_or(AmountFault::OutOfRange)?;
        Ok(Self(if negative { -magnitude } else { magnitude }))
    }

    /// The nearest floating-point number, for the API's `Float`.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / SCALE as f64
    }

    /// The sum, or `None` beyond 64 bits (some 9 × 10^14).
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` beyond 64 bits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl fmt::Display for Amount {
    /// The shortest decimal: no trailing zeros, no point after a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let scale = SCALE.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:04}", magnitude % scale);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{fraction}", magnitude / scale)
    }
}

impl FromStr for Amount {
    type Err = AmountFault;
    fn from_str(text: &str) -> Result<Self, AmountFault> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tenth_is_exact_and_five_decimals_are_refused() {
        assert_eq!(Amount::from_f64(0.1).map(Amount::scaled), Ok(1_000));
        assert_eq!(Amount::from_f64(-0.0), Ok(Amount::ZERO));
        assert_eq!(Amount::from_f64(1234.5678).map(Amount::scaled), Ok(12_345_678));
        assert_eq!(Amount::from_f64(0.12345), Err(AmountFault::TooManyDecimals));
        assert_eq!(Amount::from_f64(0.1 + 0.2), Err(AmountFault::TooManyDecimals));
        assert_eq!(Amount::from_f64(1e-300), Err(AmountFault::TooManyDecimals));
        assert_eq!(Amount::from_f64(f64::NAN), Err(AmountFault::NotANumber));
        assert_eq!(Amount::from_f64(f64::NEG_INFINITY), Err(AmountFault::NotANumber));
    }

    #[test]
    fn a_million_millions_is_the_limit() {
        assert!(Amount::from_f64(1e12).is_ok());
        assert!(Amount::from_f64(-1e12).is_ok());
        assert_eq!(Amount::from_f64(1.1e12), Err(AmountFault::OutOfRange));
        assert_eq!(Amount::parse("1000000000000.0001"), Err(AmountFault::OutOfRange));
        assert_eq!(Amount::parse(&"9".repeat(1000)), Err(AmountFault::OutOfRange));
    }

    #[test]
    fn only_plain_decimals_are_read() {
        assert_eq!(Amount::parse("007.50000").map(Amount::scaled), Ok(75_000));
        for wrong in ["", "-", ".", "1.", ".5", "+1", "1e3", "1,5", " 1", "--1", "1.-5", "\u{661}"] {
            assert_eq!(Amount::parse(wrong), Err(AmountFault::NotANumber), "{wrong}");
        }
    }

    #[test]
    fn sums_that_do_not_fit_are_absent() {
        assert_eq!(Amount::from_scaled(i64::MAX).checked_add(Amount::from_scaled(1)), None);
        assert_eq!(Amount::from_scaled(i64::MIN).to_string(), "-922337203685477.5808");
    }

    proptest! {
        #[test]
        fn amounts_read_back_as_they_are_shown(scaled in -GREATEST..=GREATEST) {
            let amount = Amount::from_scaled(scaled);
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        }

        // Up to 2^38 four decimals are wider apart than two neighbouring floating-point numbers.
        #[test]
        fn amounts_pass_through_floating_point_unharmed(scaled in -(1_i64 << 38) * SCALE..=(1_i64 << 38) * SCALE) {
            let amount = Amount::from_scaled(scaled);
            prop_assert_eq!(Amount::from_f64(amount.to_f64()), Ok(amount));
        }
    }
}
