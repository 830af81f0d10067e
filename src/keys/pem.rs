//! PEM: Ed25519 keys as text, `PRIVATE KEY` (PKCS#8) and `PUBLIC KEY` (SPKI). Nothing else is read, so that no weaker key slips in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands before the 32 bytes of an Ed25519 public key in its SubjectPublicKeyInfo (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// One block of a PEM text.
#[derive(Clone, PartialEq, Eq)]
pub enum Block {
    /// A private key, PKCS#8 DER.
    Private(Vec<u8>),
    /// A public key, its 32 bytes.
    Public([u8; 32]),
}

/// The text is not what was expected.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    /// No BEGIN line, or no END line to it.
    #[error("aucun bloc PEM entre des lignes BEGIN et END")]
    NoBlock,
    /// A block of another kind.
    #[error("un bloc PEM {0:?} ; seuls PRIVATE KEY et PUBLIC KEY d’Ed25519 sont lus")]
    Kind(String),
    /// Not base64.
    #[error("le bloc PEM n’est pas en base64")]
    Base64,
    /// Not an Ed25519 public key.
    #[error("la clé publique n’est pas d’Ed25519")]
    NotEd25519,
}

/// Reads all blocks of a PEM text, in order.
///
/// # Errors
/// Each [`PemFault`].
pub fn read(text: &str) -> Result<Vec<Block>, PemFault> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or(PemFault::NoBlock)?;
        let (body, after) = after.split_once(&format!("-----END {label}-----")).ok_or(PemFault::NoBlock)?;
        let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let bytes = STANDARD.decode(body).map_err(|_| PemFault::Base64)?;
        blocks.push(match label {
            "PRIVATE KEY" => Block::Private(bytes),
            "PUBLIC KEY" => {
                let key = bytes.strip_prefix(&SPKI).ok_or(PemFault::NotEd25519)?;
                Block::Public(key.try_into().map_err(|_| PemFault::NotEd25519)?)
            }
            other => return Err(PemFault::Kind(other.chars().take(40).collect())),
        });
        rest = after;
    }
    if blocks.is_empty() { Err(PemFault::NoBlock) } else { Ok(blocks) }
}

/// Writes a private key.
#[must_use]
pub fn write_private(pkcs8: &[u8]) -> String {
    write("PRIVATE KEY", pkcs8)
}

/// Writes a public key.
#[must_use]
pub fn write_public(key: &[u8]) -> String {
    write("PUBLIC KEY", &[&SPKI, key].concat())
}

fn write(label: &str, bytes: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut line = 0;
    for character in STANDARD.encode(bytes).chars() {
        if line == 64 {
            text.push('\n');
            line = 0;
        }
        text.push(character);
        line += 1;
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_writing_and_reading() {
        let text = format!("{}{}", write_private(&[7; 83]), write_public(&[9; 32]));
        let blocks = read(&text).unwrap();
        assert!(blocks == vec![Block::Private(vec![7; 83]), Block::Public([9; 32])]);
    }

    #[test]
    fn other_blocks_are_refused() {
        assert!(matches!(read("hello"), Err(PemFault::NoBlock)));
        assert!(matches!(read("-----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY-----"), Err(PemFault::Kind(_))));
        assert!(matches!(read("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"), Err(PemFault::NotEd25519)));
    }
}
