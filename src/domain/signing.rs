//! When a signature is in order: by whom, over what, and by which right.
//!
//! The circular of 2010 has préfet and procureur steer the plan together; that both sign, and how, is house. Which roles a person holds
//! is the policy's business.

use chrono::NaiveDate;
use thiserror::Error;

use super::codes::{ParquetCode, Username};
use super::message::Explained;
use super::revision::StepRefused;
use super::vocabulary::{RevisionStatus, RevisionStep, SignatoryRole, SignatureCapacity};

/// Longest reference of an act, in characters.
pub const LONGEST_ACT_REFERENCE: usize = 200;

/// In whose name a signature is put. Each seat signs once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seat {
    /// The préfet of the department.
    Prefect,
    /// The procureur of a parquet.
    Prosecutor(ParquetCode),
}

impl Seat {
    /// The role that signs.
    #[must_use]
    pub const fn role(&self) -> SignatoryRole {
        match self {
            Self::Prefect => SignatoryRole::Prefect,
            Self::Prosecutor(_) => SignatoryRole::PublicProsecutor,
        }
    }

    /// Whether it is a visa: that of another parquet than the coordinating one.
    #[must_use]
    pub fn is_visa(&self, coordinating: &ParquetCode) -> bool {
        match self {
            Self::Prefect => false,
            Self::Prosecutor(parquet) => parquet != coordinating,
        }
    }
}

/// A signature as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct SignatureAsked<'a> {
    /// Who signs.
    pub by: &'a Username,
    /// In whose name.
    pub seat: &'a Seat,
    /// By what right.
    pub capacity: SignatureCapacity,
    /// The act that gives the right.
    pub act_reference: Option<&'a str>,
    /// The date of that act.
    pub act_date: Option<NaiveDate>,
    /// The content hash that the signatory read.
    pub read_hash: &'a str,
}

/// The revision that is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct RevisionToSign<'a> {
    /// Where it stands.
    pub status: RevisionStatus,
    /// The hash of its content now.
    pub content_hash: &'a str,
    /// Who submitted it, each time that it was: a recall makes nobody forget what they put forward.
    pub submitters: &'a [Username],
    /// Who changed its content since it was opened, contributions to the diagnosis aside.
    pub editors: &'a [Username],
    /// The parquet whose procureur signs; the others put their visa.
    pub coordinating: &'a ParquetCode,
    /// The signatures and visas that stand on it.
    pub signed: &'a [(Seat, Username)],
}

/// Why a signature is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SigningRefused {
    /// The revision's status allows no signature.
    #[error(transparent)]
    Step(#[from] StepRefused),
    /// The seat has signed already.
    #[error("cette signature figure déjà sur la révision")]
    AlreadySigned,
    /// The person signed in the other role.
    #[error("deux personnes différentes signent : celle-ci a déjà signé comme {}", .0.label_fr())]
    SamePerson(SignatoryRole),
    /// The person edited what is to be signed.
    #[error("qui a modifié le contenu de la révision depuis son ouverture ne la signe pas")]
    Editor,
    /// The person submitted what is to be signed.
    #[error("qui a soumis la révision ne la signe pas")]
    Submitter,
    /// The content is no longer that which was read.
    #[error("le contenu n’est plus celui qui a été lu : relisez la révision")]
    OtherContent,
    /// No act, though the signature is not put in person.
    #[error("l’acte qui donne la qualité « {} » est requis", .0.label_fr())]
    ActMissing(SignatureCapacity),
    /// No date of the act.
    #[error("la date de l’acte qui donne la qualité « {} » est requise", .0.label_fr())]
    ActDateMissing(SignatureCapacity),
    /// An act, though the signature is put in person.
    #[error("aucun acte n’est à citer pour une signature en personne")]
    ActNotWanted,
    /// A date of an act, though the signature is put in person.
    #[error("aucune date d’acte n’est à donner pour une signature en personne")]
    ActDateNotWanted,
    /// The reference of the act is too long.
    #[error("la référence de l’acte a plus de {LONGEST_ACT_REFERENCE} caractères")]
    ActTooLong,
    /// The act is of a day to come.
    #[error("l’acte porte une date à venir")]
    ActInFuture,
}

impl Explained for SigningRefused {
    fn reason(&self) -> &'static str {
        match self {
            Self::Step(step) => step.reason(),
            Self::AlreadySigned => "ALREADY_SIGNED",
            Self::SamePerson(_) => "SAME_PERSON",
            Self::Editor => "EDITOR_DOES_NOT_SIGN",
            Self::Submitter => "SUBMITTER_DOES_NOT_SIGN",
            Self::OtherContent => "OTHER_CONTENT",
            Self::ActMissing(_) => "ACT_MISSING",
            Self::ActDateMissing(_) => "ACT_DATE_MISSING",
            Self::ActNotWanted => "ACT_NOT_WANTED",
            Self::ActDateNotWanted => "ACT_DATE_NOT_WANTED",
            Self::ActTooLong => "ACT_TOO_LONG",
            Self::ActInFuture => "ACT_IN_FUTURE",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Step(step) => step.parameters(),
            Self::SamePerson(role) => vec![("role", role.to_string())],
            Self::ActMissing(capacity) | Self::ActDateMissing(capacity) => vec![("capacity", capacity.to_string())],
            Self::ActTooLong => vec![("most", LONGEST_ACT_REFERENCE.to_string())],
            Self::AlreadySigned
            | Self::Editor
            | Self::Submitter
            | Self::OtherContent
            | Self::ActNotWanted
            | Self::ActDateNotWanted
            | Self::ActInFuture => Vec::new(),
        }
    }
}

impl SigningRefused {
    /// The input field that is at fault; `None` where the person, the status or a signature that stands is.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::OtherContent => Some("contentHash"),
            Self::ActMissing(_) | Self::ActNotWanted | Self::ActTooLong => Some("actReference"),
            Self::ActDateMissing(_) | Self::ActDateNotWanted | Self::ActInFuture => Some("actDate"),
            Self::Step(_) | Self::AlreadySigned | Self::SamePerson(_) | Self::Editor | Self::Submitter => None,
        }
    }
}

/// Whether a signature or visa may be put. The rules on persons hold for visas too; one person may sign for several parquets (interim),
/// never for préfet and procureur both.
///
/// # Errors
/// Each [`SigningRefused`], the first that applies: status, seat, person, content, act.
pub fn may_sign(asked: &SignatureAsked<'_>, revision: &RevisionToSign<'_>, today: NaiveDate) -> Result<(), SigningRefused> {
    match revision.status {
        RevisionStatus::Submitted | RevisionStatus::Signed => {}
        status @ (RevisionStatus::Draft
        | RevisionStatus::Transmitted
        | RevisionStatus::Acknowledged
        | RevisionStatus::Returned) => {
            return Err(StepRefused { step: RevisionStep::Sign, status }.into());
        }
    }
    if revision.signed.iter().any(|(seat, _)| seat == asked.seat) {
        return Err(SigningRefused::AlreadySigned);
    }
    check_person(asked, revision)?;
    if asked.read_hash != revision.content_hash {
        return Err(SigningRefused::OtherContent);
    }
    check_act(asked, today)
}

/// Whether a person could sign at all, whatever the act: for the steps that a viewer is offered.
#[must_use]
pub fn could_sign(by: &Username, seat: &Seat, revision: &RevisionToSign<'_>, today: NaiveDate) -> bool {
    let asked = SignatureAsked {
        by,
        seat,
        capacity: SignatureCapacity::InPerson,
        act_reference: None,
        act_date: None,
        read_hash: revision.content_hash,
    };
    may_sign(&asked, revision, today).is_ok()
}

fn check_person(asked: &SignatureAsked<'_>, revision: &RevisionToSign<'_>) -> Result<(), SigningRefused> {
    let role = asked.seat.role();
    if let Some((seat, _)) = revision.signed.iter().find(|(seat, by)| by == asked.by && seat.role() != role) {
        return Err(SigningRefused::SamePerson(seat.role()));
    }
    if revision.editors.contains(asked.by) {
        return Err(SigningRefused::Editor);
    }
    if revision.submitters.contains(asked.by) {
        return Err(SigningRefused::Submitter);
    }
    Ok(())
}

fn check_act(asked: &SignatureAsked<'_>, today: NaiveDate) -> Result<(), SigningRefused> {
    let reference = asked.act_reference.map(str::trim).filter(|reference| !reference.is_empty());
    match asked.capacity {
        SignatureCapacity::InPerson => match (reference, asked.act_date) {
            (None, None) => Ok(()),
            (Some(_), _) => Err(SigningRefused::ActNotWanted),
            (None, Some(_)) => Err(SigningRefused::ActDateNotWanted),
        },
        capacity @ (SignatureCapacity::Delegation | SignatureCapacity::Suppleance | SignatureCapacity::Interim) => {
            let reference = reference.ok_or(SigningRefused::ActMissing(capacity))?;
            let date = asked.act_date.ok_or(SigningRefused::ActDateMissing(capacity))?;
            if reference.chars().count() > LONGEST_ACT_REFERENCE {
                return Err(SigningRefused::ActTooLong);
            }
            if date > today { Err(SigningRefused::ActInFuture) } else { Ok(()) }
        }
    }
}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;
