//! Bounds on what people send: lengths of texts and lists, said in one place. Names the field in every refusal.

use super::{Error, Result};
use crate::domain::normal::{nfc, shows_nothing};
use crate::domain::{Explained, Message};

/// Longest name or title, in characters.
pub const NAME: usize = 200;
/// Longest reason, remark or reference.
pub const REASON: usize = 2_000;
/// Longest description.
pub const DESCRIPTION: usize = 10_000;
/// Longest diagnosis or minutes.
pub const DOCUMENT: usize = 100_000;

/// A text that must say something to who reads it, trimmed, in NFC, of at most `max` characters.
///
/// # Errors
/// INVALID naming the field.
pub fn text(field: &str, text: &str, max: usize) -> Result<String> {
    let trimmed = optional_text(field, text, max)?;
    if shows_nothing(&trimmed) {
        Err(Error::invalid(field, Message::new("EMPTY", "ne doit pas être vide")))
    } else {
        Ok(trimmed)
    }
}

/// A text that may be empty, trimmed, in NFC, of at most `max` characters.
///
/// # Errors
/// INVALID naming the field.
pub fn optional_text(field: &str, text: &str, max: usize) -> Result<String> {
    let trimmed = nfc(text.trim());
    if trimmed.contains('\0') {
        return Err(Error::invalid(field, Message::new("NUL", "ne doit pas contenir de caractère nul (U+0000)")));
    }
    if trimmed.chars().count() > max {
        return Err(Error::invalid(
            field,
            Message::new("TOO_LONG", format!("doit avoir au plus {max} caractères")).with("most", max),
        ));
    }
    Ok(trimmed.into_owned())
}

/// A list of at most `max` items.
///
/// # Errors
/// INVALID naming the field.
pub fn bounded<T>(field: &str, items: &[T], max: usize) -> Result<()> {
    if items.len() > max {
        Err(Error::invalid(field, Message::new("TOO_MANY", format!("doit avoir au plus {max} éléments")).with("most", max)))
    } else {
        Ok(())
    }
}

/// Parses a code or id.
///
/// # Errors
/// INVALID naming the field.
pub fn parse<T: std::str::FromStr<Err: Explained>>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|fault: T::Err| Error::invalid(field, fault.message()))
}
