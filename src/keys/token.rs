//! Signed tokens: JWT with EdDSA alone. They carry the subject and a token version, never rights: those are read from the database at each
//! request.

use chrono::NaiveDateTime;
use jsonwebtoken::{Algorithm, Header, Validation};

use super::pairs::SigningKeys;

/// Longest token that is looked at, in bytes; ours are shorter by far.
pub const MAX_LENGTH: usize = 2_048;
/// Clocks of several servers may differ by so much: a token that begins in so many seconds is good already.
const NOT_BEFORE_LEEWAY_S: i64 = 30;

/// For whom a token is: the two kinds are never taken for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A person's session, of minutes.
    Session,
    /// A machine, for months.
    Machine,
}

impl Audience {
    /// As in `aud`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "palts",
            Self::Machine => "palts-machine",
        }
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Claims {
    /// The server that issued it.
    pub iss: String,
    /// [`Audience`].
    pub aud: String,
    /// Database id of the account, or of the machine's token.
    pub sub: String,
    /// The account's token version when it was issued; 0 for machines.
    pub ver: i32,
    /// The session that it is of; none for machines. It dies with the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<i64>,
    /// Name of this token.
    pub jti: String,
    /// Issued at, seconds.
    pub iat: i64,
    /// Not before, seconds.
    pub nbf: i64,
    /// Expires, seconds: good before, not at.
    pub exp: i64,
}

impl Claims {
    /// Its audience.
    #[must_use]
    pub fn audience(&self) -> Option<Audience> {
        [Audience::Session, Audience::Machine].into_iter().find(|audience| audience.as_str() == self.aud)
    }
}

/// Why a token proves nothing. Told apart for the log and for the one case in which a client can help itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not one of ours, altered, of another algorithm, issuer or audience, or not yet good.
    #[error("the token is not valid")]
    Invalid,
    /// Was good.
    #[error("the token has expired")]
    Expired,
    /// Could not be signed.
    #[error("the token could not be signed")]
    Unsigned,
}

/// Signs the claims.
///
/// # Errors
/// [`TokenFault::Unsigned`].
pub fn sign(keys: &SigningKeys, claims: &Claims) -> Result<String, TokenFault> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(keys.kid().to_owned());
    jsonwebtoken::encode(&header, claims, keys.encoding()).map_err(|_| TokenFault::Unsigned)
}

/// Verifies signature, algorithm, key, issuer, audience and times.
///
/// # Errors
/// [`TokenFault::Invalid`] or [`TokenFault::Expired`].
pub fn verify(keys: &SigningKeys, issuer: &str, now: NaiveDateTime, token: &str) -> Result<Claims, TokenFault> {
    if token.len() > MAX_LENGTH {
        return Err(TokenFault::Invalid);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Invalid)?;
    let key = header.kid.as_deref().and_then(|kid| keys.decoding(kid)).ok_or(TokenFault::Invalid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    // Times are held against the office's clock below, not the library's.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[Audience::Session.as_str(), Audience::Machine.as_str()]);
    let claims: Claims = jsonwebtoken::decode(token, key, &validation).map_err(|_| TokenFault::Invalid)?.claims;
    let now = now.and_utc().timestamp();
    if claims.exp <= now {
        return Err(TokenFault::Expired);
    }
    if claims.nbf > now.saturating_add(NOT_BEFORE_LEEWAY_S) || claims.audience().is_none() {
        return Err(TokenFault::Invalid);
    }
    Ok(claims)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use chrono::{NaiveDate, TimeDelta};

    use super::*;
    use crate::keys::Keys;

    fn noon() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2010, 6, 1).unwrap().and_hms_opt(12, 0, 0).unwrap()
    }

    fn claims() -> Claims {
        let now = noon().and_utc().timestamp();
        Claims {
            iss: "palts".into(),
            aud: "palts".into(),
            sub: "7".into(),
            ver: 1,
            sid: Some(3),
            jti: "a".into(),
            iat: now,
            nbf: now,
            exp: now + 900,
        }
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let keys = Keys::ephemeral().unwrap().signing;
        let token = sign(&keys, &claims()).unwrap();
        assert_eq!(verify(&keys, "palts", noon(), &token), Ok(claims()));
        let last = noon() + TimeDelta::seconds(899);
        assert!(verify(&keys, "palts", last, &token).is_ok());
        assert_eq!(verify(&keys, "palts", noon() + TimeDelta::seconds(900), &token), Err(TokenFault::Expired));
        assert_eq!(verify(&keys, "palts", noon() - TimeDelta::seconds(60), &token), Err(TokenFault::Invalid));
    }

    #[test]
    fn another_issuer_audience_or_key_is_refused() {
        let keys = Keys::ephemeral().unwrap().signing;
        let refused = |claims: Claims| verify(&keys, "palts", noon(), &sign(&keys, &claims).unwrap()).is_err();
        assert!(refused(Claims { iss: "other".into(), ..claims() }));
        assert!(refused(Claims { aud: "other".into(), ..claims() }));
        let others = Keys::ephemeral().unwrap().signing;
        assert!(verify(&keys, "palts", noon(), &sign(&others, &claims()).unwrap()).is_err());
    }

    #[test]
    fn an_altered_or_unsigned_token_is_refused() {
        let keys = Keys::ephemeral().unwrap().signing;
        let token = sign(&keys, &claims()).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let other = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&Claims { sub: "1".into(), ..claims() }).unwrap());
        assert!(verify(&keys, "palts", noon(), &format!("{}.{other}.{}", parts[0], parts[2])).is_err());
        let none = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","typ":"JWT","kid":"{}"}}"#, keys.kid()));
        assert!(verify(&keys, "palts", noon(), &format!("{none}.{}.", parts[1])).is_err());
        assert!(verify(&keys, "palts", noon(), &"a".repeat(MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn a_public_key_used_as_an_hmac_secret_is_refused() {
        let keys = Keys::ephemeral().unwrap().signing;
        let public = keys.decoding(keys.kid()).unwrap().try_get_as_bytes().unwrap().to_vec();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(keys.kid().to_owned());
        let forged = jsonwebtoken::encode(&header, &claims(), &jsonwebtoken::EncodingKey::from_secret(&public)).unwrap();
        assert_eq!(verify(&keys, "palts", noon(), &forged), Err(TokenFault::Invalid));
    }
}
