//! Keys: Ed25519 pairs that sign access tokens, and apart from them the pair that signs audit anchors. From PEM files or the environment;
//! generated only for demonstrations and tests. Private keys never reach a log: nothing here prints them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::Deserialize as _;

use super::pem::{self, Block, PemFault};
use super::secret::fingerprint;

/// Where keys come from. Each text is PEM itself, or the path of a PEM file.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// The private key that signs access tokens.
    #[serde(deserialize_with = "named")]
    pub signing: Option<PemSource>,
    /// Public keys that signed tokens still in circulation: the previous ones, while keys rotate. One text may hold several.
    #[serde(deserialize_with = "named")]
    pub verification: Option<PemSource>,
    /// The private key that signs audit anchors. Never the signing key.
    #[serde(deserialize_with = "named")]
    pub anchor: Option<PemSource>,
    /// Public keys of earlier anchors.
    #[serde(deserialize_with = "named")]
    pub anchor_verification: Option<PemSource>,
}

/// A source, or none for an empty text.
fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<PemSource>, D::Error> {
    let source = PemSource::deserialize(deserializer)?;
    Ok(Some(source).filter(|source| !source.0.trim().is_empty()))
}

impl KeySettings {
    /// Adds what is wrong with these settings by themselves, as lines of the form `keys.anchor: what is wrong`. Files are not looked at: not
    /// every command needs them.
    pub fn check(&self, faults: &mut Vec<String>) {
        if let (Some(signing), Some(anchor)) = (&self.signing, &self.anchor)
            && signing.0.trim() == anchor.0.trim()
        {
            faults.push(KeyFault::SameKey.to_string());
        }
        let all = [
            ("signing", &self.signing),
            ("verification", &self.verification),
            ("anchor", &self.anchor),
            ("anchor_verification", &self.anchor_verification),
        ];
        for (name, source) in all {
            if let Some(source) = source.as_ref().filter(|source| source.is_inline())
                && let Err(KeyFault::Pem { fault, .. }) = source.read(name)
            {
                faults.push(format!("keys.{name}: {fault}"));
            }
        }
    }

    /// Whether no private key is named.
    #[must_use]
    pub fn names_none(&self) -> bool {
        self.signing.is_none() && self.anchor.is_none()
    }

    /// The files that private keys are read from.
    pub fn private_files(&self) -> impl Iterator<Item = &Path> {
        let sources = [&self.signing, &self.anchor].into_iter().flatten();
        sources.filter(|source| !source.is_inline()).map(|source| Path::new(&source.0))
    }

    /// Everything that stands in the way of [`Keys::load`], one fault for each setting.
    #[must_use]
    pub fn faults(&self) -> Vec<KeyFault> {
        let private = [("signing", self.signing.as_ref()), ("anchor", self.anchor.as_ref())];
        let public = [("verification", self.verification.as_ref()), ("anchor_verification", self.anchor_verification.as_ref())];
        let mut faults: Vec<KeyFault> = private.into_iter().filter_map(|(name, source)| read_pair(name, source).err()).collect();
        faults.extend(public.into_iter().filter_map(|(name, source)| read_publics(name, source).err()));
        if faults.is_empty() {
            faults.extend(Keys::load(self).err());
        }
        faults
    }
}

/// PEM itself, or the path of a PEM file. Never printed: it may be a private key.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct PemSource(pub String);

impl fmt::Debug for PemSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_inline() { f.write_str("PEM …") } else { f.write_str(&self.0) }
    }
}

impl PemSource {
    fn is_inline(&self) -> bool {
        self.0.contains("-----BEGIN")
    }

    fn read(&self, which: &'static str) -> Result<Vec<Block>, KeyFault> {
        let text = if self.is_inline() {
            // The environment cannot always hold line breaks.
            self.0.replace("\\n", "\n")
        } else {
            std::fs::read_to_string(&self.0).map_err(|error| KeyFault::File { which, path: self.0.clone(), error })?
        };
        pem::read(&text).map_err(|fault| KeyFault::Pem { which, fault })
    }
}

/// Why there are no keys. Names the setting, never shows a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// A key that a server needs is not set.
    #[error("keys.{0}: il faut une clé privée Ed25519, par le chemin d’un fichier PEM ou par son texte")]
    Missing(&'static str),
    /// A file that cannot be read or written.
    #[error("keys.{which}: {path}: {error}")]
    File {
        /// The setting.
        which: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Not a PEM text of the right kind.
    #[error("keys.{which}: {fault}")]
    Pem {
        /// The setting.
        which: &'static str,
        /// What is wrong.
        fault: PemFault,
    },
    /// The private key does not parse, or none stands where one should.
    #[error("keys.{0}: ce n’est pas une clé privée Ed25519 en PKCS#8")]
    NotPrivate(&'static str),
    /// The same key for tokens and anchors: whoever can sign tokens could then rewrite history.
    #[error("keys.anchor: c’est la même clé que keys.signing, et il en faut une autre")]
    SameKey,
    /// The system's generator failed.
    #[error("aucune clé n’a pu être faite")]
    Generate,
}

/// A private key with its name.
struct Pair {
    pkcs8: Vec<u8>,
    pair: Ed25519KeyPair,
    kid: String,
}

impl Pair {
    fn of(which: &'static str, pkcs8: Vec<u8>) -> Result<Self, KeyFault> {
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| KeyFault::NotPrivate(which))?;
        let kid = kid(pair.public_key().as_ref());
        Ok(Self { pkcs8, pair, kid })
    }

    fn generate(which: &'static str) -> Result<Self, KeyFault> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyFault::Generate)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyFault::Generate)?;
        Self::of(which, document.as_ref().to_vec())
    }

    fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
}

/// The name of a key: the first 16 hexadecimal digits of the SHA-256 of its public part.
fn kid(public: &[u8]) -> String {
    fingerprint(public).chars().take(16).collect()
}

/// The keys of access tokens: one signs, several verify.
pub struct SigningKeys {
    pair: Pair,
    encoding: jsonwebtoken::EncodingKey,
    verification: BTreeMap<String, jsonwebtoken::DecodingKey>,
}

impl SigningKeys {
    fn new(pair: Pair, others: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let encoding = jsonwebtoken::EncodingKey::from_ed_der(&pair.pkcs8);
        let publics = others.into_iter().chain([pair.public().to_vec()]);
        let verification = publics.map(|key| (kid(&key), jsonwebtoken::DecodingKey::from_ed_der(&key))).collect();
        Self { pair, encoding, verification }
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.pair.kid
    }

    /// The key that signs.
    pub(super) fn encoding(&self) -> &jsonwebtoken::EncodingKey {
        &self.encoding
    }

    /// The key of that name.
    pub(super) fn decoding(&self, kid: &str) -> Option<&jsonwebtoken::DecodingKey> {
        self.verification.get(kid)
    }
}

/// The keys of audit anchors, apart from those of tokens.
pub struct AnchorKeys {
    pair: Pair,
    verification: BTreeMap<String, Vec<u8>>,
}

impl AnchorKeys {
    fn new(pair: Pair, others: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let publics = others.into_iter().chain([pair.public().to_vec()]);
        let verification = publics.map(|key| (kid(&key), key)).collect();
        Self { pair, verification }
    }

    /// The name of the key that signs.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.pair.kid
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.pair.sign(message).as_ref().to_vec()
    }

    /// Whether the key of that name signed the message; `None` when we have no such key.
    #[must_use]
    pub fn verify(&self, kid: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        let key = self.verification.get(kid)?;
        Some(UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok())
    }
}

/// All keys of a server.
pub struct Keys {
    /// Of access tokens.
    pub signing: SigningKeys,
    /// Of audit anchors.
    pub anchor: AnchorKeys,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys {{ signing: {}, anchor: {} }}", self.signing.kid(), self.anchor.kid())
    }
}

impl Keys {
    /// Reads the keys that the settings name.
    ///
    /// # Errors
    /// Each [`KeyFault`] but the generator's.
    pub fn load(settings: &KeySettings) -> Result<Self, KeyFault> {
        let (signing, old) = read_pair("signing", settings.signing.as_ref())?;
        let verification = read_publics("verification", settings.verification.as_ref())?;
        let (anchor, old_anchors) = read_pair("anchor", settings.anchor.as_ref())?;
        let anchor_verification = read_publics("anchor_verification", settings.anchor_verification.as_ref())?;
        if signing.kid == anchor.kid {
            return Err(KeyFault::SameKey);
        }
        Ok(Self {
            signing: SigningKeys::new(signing, old.into_iter().chain(verification)),
            anchor: AnchorKeys::new(anchor, old_anchors.into_iter().chain(anchor_verification)),
        })
    }

    /// Keys for a demonstration: those of the folder, made there when they are missing, readable by their owner only.
    ///
    /// # Errors
    /// Those of reading, writing and generating.
    pub fn demonstration(folder: &Path) -> Result<Self, KeyFault> {
        let source = |name: &'static str| -> Result<Option<PemSource>, KeyFault> {
            let path = folder.join(format!("{name}.pem"));
            if !path.exists() {
                // Whole before it has its name: of two who begin at once, both use the key that was first.
                let fresh = folder.join(format!("{name}.pem.{}", std::process::id()));
                write_private(name, &fresh, &Pair::generate(name)?.pkcs8)?;
                let linked = std::fs::hard_link(&fresh, &path);
                let removed = std::fs::remove_file(&fresh);
                let fault = |error| KeyFault::File { which: name, path: path.to_string_lossy().into_owned(), error };
                linked.or_else(|error| if path.exists() { Ok(()) } else { Err(error) }).and(removed).map_err(fault)?;
            }
            Ok(Some(PemSource(path.to_string_lossy().into_owned())))
        };
        Self::load(&KeySettings { signing: source("signing")?, anchor: source("anchor")?, ..KeySettings::default() })
    }

    /// Keys that live as long as the process: for tests.
    ///
    /// # Errors
    /// [`KeyFault::Generate`].
    pub fn ephemeral() -> Result<Self, KeyFault> {
        Ok(Self {
            signing: SigningKeys::new(Pair::generate("signing")?, []),
            anchor: AnchorKeys::new(Pair::generate("anchor")?, []),
        })
    }
}

/// A private key first; what follows it in the same text verifies.
fn read_pair(which: &'static str, source: Option<&PemSource>) -> Result<(Pair, Vec<Vec<u8>>), KeyFault> {
    let mut blocks = source.ok_or(KeyFault::Missing(which))?.read(which)?.into_iter();
    match blocks.next() {
        Some(Block::Private(pkcs8)) => Ok((Pair::of(which, pkcs8)?, publics(which, blocks)?)),
        Some(Block::Public(_)) | None => Err(KeyFault::NotPrivate(which)),
    }
}

fn read_publics(which: &'static str, source: Option<&PemSource>) -> Result<Vec<Vec<u8>>, KeyFault> {
    source.map_or(Ok(Vec::new()), |source| publics(which, source.read(which)?))
}

fn publics(which: &'static str, blocks: impl IntoIterator<Item = Block>) -> Result<Vec<Vec<u8>>, KeyFault> {
    blocks
        .into_iter()
        .map(|block| match block {
            Block::Public(key) => Ok(key.to_vec()),
            Block::Private(pkcs8) => Ok(Pair::of(which, pkcs8)?.public().to_vec()),
        })
        .collect()
}

/// Writes a new private key; the file must not exist.
fn write_private(which: &'static str, path: &Path, pkcs8: &[u8]) -> Result<(), KeyFault> {
    use std::io::Write as _;
    let fault = |error| KeyFault::File { which, path: path.to_string_lossy().into_owned(), error };
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(fault)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(fault)?;
    file.write_all(pem::write_private(pkcs8).as_bytes()).map_err(fault)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn demonstration_keys_are_made_once_and_only_their_owner_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let one = Keys::demonstration(folder.path()).unwrap();
        let two = Keys::demonstration(folder.path()).unwrap();
        assert_eq!(one.signing.kid(), two.signing.kid());
        assert_eq!(one.anchor.kid(), two.anchor.kid());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path().join("signing.pem")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn one_key_cannot_sign_both_tokens_and_anchors() {
        let pair = Pair::generate("signing").unwrap();
        let source = Some(PemSource(pem::write_private(&pair.pkcs8)));
        let settings = KeySettings { signing: source.clone(), anchor: source, ..KeySettings::default() };
        assert!(matches!(Keys::load(&settings), Err(KeyFault::SameKey)));
    }

    #[test]
    fn a_missing_key_is_named_and_no_key_is_printed() {
        assert!(matches!(Keys::load(&KeySettings::default()), Err(KeyFault::Missing("signing"))));
        let pair = Pair::generate("signing").unwrap();
        let text = pem::write_private(&pair.pkcs8);
        let settings = KeySettings { signing: Some(PemSource(text.clone())), ..KeySettings::default() };
        assert!(!format!("{settings:?}").contains(text.lines().nth(1).unwrap()));
    }

    #[test]
    fn anchors_of_an_earlier_key_still_verify() {
        let (old, new) = (Pair::generate("anchor").unwrap(), Pair::generate("anchor").unwrap());
        let public = old.public().to_vec();
        let signature = AnchorKeys::new(old, []).sign(b"heads");
        let keys = AnchorKeys::new(new, [public.clone()]);
        assert_eq!(keys.verify(&kid(&public), b"heads", &signature), Some(true));
        assert_eq!(keys.verify(&kid(&public), b"other", &signature), Some(false));
        assert_eq!(keys.verify("unknown", b"heads", &signature), None);
    }
}
