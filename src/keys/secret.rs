//! Random secrets and their fingerprints. A secret of 256 random bits needs no slow hash: it cannot be guessed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The system's random generator gave nothing.
#[derive(Debug, thiserror::Error)]
#[error("le système ne donne pas d’octets aléatoires")]
pub struct NoRandom;

/// 256 random bits as text of 43 characters.
///
/// # Errors
/// [`NoRandom`].
pub fn random() -> Result<String, NoRandom> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandom)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256 in hexadecimal: what is stored of a secret.
#[must_use]
pub fn fingerprint(secret: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret).as_ref())
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_differ_and_their_fingerprints_are_sha256() {
        let (one, two) = (random().unwrap_or_default(), random().unwrap_or_default());
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
        assert_eq!(fingerprint(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
