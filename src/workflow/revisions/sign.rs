//! Signing: préfet and coordinating procureur, each over the content hash; the other parquets of the department put their visa. The rules
//! of a signature are the domain's ([`signing`](crate::domain::signing)).

use chrono::NaiveDate;

use super::draft::at_version;
use super::{Seen, log, next, refused, seen};
use crate::access::{Capability, Identity, Scope, Territory};
use crate::domain::Explained;
use crate::domain::Message;
use crate::domain::codes::{DepartmentCode, ParquetCode, Username};
use crate::domain::keys::RevisionKey;
use crate::domain::revision::Signatures;
use crate::domain::signing::{RevisionToSign, Seat, SignatureAsked, SigningRefused, may_sign};
use crate::domain::vocabulary::{RevisionStep, SignatoryRole, SignatureCapacity};
use crate::store;
use crate::store::revisions::Revision;
use crate::store::signatures::Signature;
use crate::store::steps::StepTaken;
use crate::workflow::input::{NAME, optional_text};
use crate::workflow::{Act, Call, Error, Result};

/// A signature as it is asked for.
#[derive(Clone, Debug)]
pub struct NewSignature {
    /// What the signatory read.
    pub content_hash: String,
    /// In which role.
    pub role: SignatoryRole,
    /// By what right.
    pub capacity: SignatureCapacity,
    /// The act that gives the right.
    pub act_reference: Option<String>,
    /// The date of that act.
    pub act_date: Option<NaiveDate>,
}

/// Signs, or puts a visa. The second of the two signatures makes the revision SIGNED, and its version grows; nothing else of a signature
/// changes the version.
///
/// # Errors
/// FORBIDDEN for a role that the caller does not hold there, or for who edited or submitted the revision or signed in the other role;
/// NOT_FOUND; CONFLICT for an old version, a status that does not allow it or a seat that has signed; INVALID for another hash, or an act
/// that does not fit the capacity.
pub fn sign(call: &mut Call, key: &RevisionKey, version: i32, new: &NewSignature) -> Result<Seen> {
    let mut write = call.begin(Act::local("signRevision", &key.department, format!("revision {key}")), capability(new.role))?;
    let scope = write.scope();
    let revision = at_version(&mut write, &scope, key, version)?;
    let paper = Paper::of(&mut write, &scope, &revision)?;
    let by = signatory(&write).ok_or_else(|| Error::forbidden(Message::new("PERSONS_SIGN", "seule une personne signe")))?;
    let seat = paper.seat(seats(&write, &key.department, new.role)).ok_or_else(|| Error::not_found("parquet"))?;
    let act_reference =
        new.act_reference.as_deref().map(|reference| optional_text("actReference", reference, NAME)).transpose()?;
    let asked = SignatureAsked {
        by: &by,
        seat: &seat,
        capacity: new.capacity,
        act_reference: act_reference.as_deref(),
        act_date: new.act_date,
        read_hash: &new.content_hash,
    };
    may_sign(&asked, &paper.to_sign(&revision), write.today()).map_err(|fault| signing_refused(fault, version))?;

    let visa = seat.is_visa(&paper.coordinating);
    let signature = Signature {
        visa,
        signed_by: by.to_string(),
        capacity: new.capacity,
        act_reference: act_reference.filter(|reference| !reference.is_empty()),
        act_date: new.act_date,
        content_hash: new.content_hash.clone(),
        signed_at: write.now(),
        seat,
    };
    store::signatures::put(write.writer()?, &scope, key, &signature)?;
    let status = next(&revision, RevisionStep::Sign, paper.with(&signature))?;
    if status != revision.status {
        store::revisions::set_status(write.writer()?, &scope, key, status)?;
    }
    log(&mut write, &scope, key, RevisionStep::Sign)?;
    let after = seen(&mut write, key)?;
    let what = if visa { "visa" } else { "signature" };
    write.done(format!("{what} as {}, {}, {status}", new.role, new.capacity))?;
    Ok(after)
}

/// The capability that a role signs by.
fn capability(role: SignatoryRole) -> Capability {
    match role {
        SignatoryRole::Prefect => Capability::SignAsPrefect,
        SignatoryRole::PublicProsecutor => Capability::SignAsProsecutor,
    }
}

/// The account that could sign; machines do not.
pub(super) fn signatory(call: &Call) -> Option<Username> {
    match call.caller().identity()? {
        Identity::User { username, .. } => Some(username.clone()),
        Identity::Machine { .. } | Identity::Operator => None,
    }
}

/// The seats that the caller's grants give in a department, in a role.
pub(super) fn seats(call: &Call, department: &DepartmentCode, role: SignatoryRole) -> Vec<Seat> {
    let grants = call.access().grants_for(capability(role), department);
    match role {
        SignatoryRole::Prefect => grants.first().map(|_| Seat::Prefect).into_iter().collect(),
        SignatoryRole::PublicProsecutor => grants
            .iter()
            .filter_map(|grant| match &grant.territory {
                Territory::Parquet(code) => Some(Seat::Prosecutor(code.clone())),
                Territory::Nation | Territory::Department(_) | Territory::Zone(_) => None,
            })
            .collect(),
    }
}

/// What was done to a revision so far, as far as it bears on who may sign it.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// Signatures and visas that stand.
    pub signatures: Vec<Signature>,
    /// Who changed the content.
    pub editors: Vec<String>,
    /// The steps taken, recalled submissions among them.
    pub steps: Vec<StepTaken>,
}

impl Past {
    fn submitters(&self) -> Vec<Username> {
        let submissions = self.steps.iter().filter(|taken| taken.step == RevisionStep::Submit);
        submissions.filter_map(|taken| taken.by.parse().ok()).collect()
    }
}

/// What is laid before a signatory beside the revision: who wrote it, who put it forward, who has signed it.
#[derive(Clone, Debug)]
pub(super) struct Paper {
    coordinating: ParquetCode,
    submitters: Vec<Username>,
    editors: Vec<Username>,
    signed: Vec<(Seat, Username)>,
    standing: Signatures,
}

impl Paper {
    /// Reads it from the store.
    fn of(call: &mut Call, scope: &Scope, revision: &Revision) -> Result<Self> {
        let keys = std::slice::from_ref(&revision.key);
        let signatures = store::signatures::of_revisions(call.db()?, scope, keys)?;
        let editors = store::revisions::editors(call.db()?, scope, keys)?;
        let steps = store::steps::of_revisions(call.db()?, scope, keys)?;
        let past = Past {
            signatures: signatures.into_iter().map(|(_, one)| one).collect(),
            editors: editors.into_iter().map(|(_, one)| one).collect(),
            steps: steps.into_iter().map(|(_, one)| one).collect(),
        };
        Self::put_together(call, revision, past)
    }

    /// Puts it together from what was read. Names that no account can have (machines) sign nothing, and need no rule.
    pub(super) fn put_together(call: &Call, revision: &Revision, past: Past) -> Result<Self> {
        let department = &revision.key.department;
        let territory = call.office().territories.department(department);
        let coordinating = territory.map(|found| found.coordinating_parquet.clone());
        let mut paper = Self {
            coordinating: coordinating.ok_or_else(|| Error::Internal(format!("no department {department}")))?,
            submitters: past.submitters(),
            editors: past.editors.iter().filter_map(|name| name.parse().ok()).collect(),
            signed: Vec::new(),
            standing: Signatures::default(),
        };
        for signature in past.signatures {
            paper.standing = paper.with(&signature);
            if let Ok(by) = signature.signed_by.parse() {
                paper.signed.push((signature.seat, by));
            }
        }
        Ok(paper)
    }

    /// The signatures with one more.
    fn with(&self, signature: &Signature) -> Signatures {
        let mut signatures = self.standing;
        match &signature.seat {
            Seat::Prefect => signatures.prefect = true,
            Seat::Prosecutor(_) => signatures.coordinating_prosecutor |= !signature.visa,
        }
        signatures
    }

    /// In whose name the caller signs when its grants give several seats: the coordinating parquet's first, then one that has not signed.
    fn seat(&self, mut seats: Vec<Seat>) -> Option<Seat> {
        seats.sort_by_key(|seat| (self.signed.iter().any(|(signed, _)| signed == seat), seat.is_visa(&self.coordinating)));
        seats.into_iter().next()
    }

    /// As the domain asks for it.
    pub(super) fn to_sign<'a>(&'a self, revision: &'a Revision) -> RevisionToSign<'a> {
        RevisionToSign {
            status: revision.status,
            content_hash: revision.content_hash.as_deref().unwrap_or_default(),
            submitters: &self.submitters,
            editors: &self.editors,
            coordinating: &self.coordinating,
            signed: &self.signed,
        }
    }
}

fn signing_refused(fault: SigningRefused, version: i32) -> Error {
    let message = fault.message();
    match &fault {
        SigningRefused::Step(step) => refused(*step, version),
        SigningRefused::AlreadySigned => Error::Conflict { message, version: Some(version) },
        SigningRefused::SamePerson(_) | SigningRefused::Editor | SigningRefused::Submitter => Error::forbidden(message),
        SigningRefused::OtherContent
        | SigningRefused::ActMissing(_)
        | SigningRefused::ActDateMissing(_)
        | SigningRefused::ActNotWanted
        | SigningRefused::ActDateNotWanted
        | SigningRefused::ActTooLong
        | SigningRefused::ActInFuture => Error::invalid(fault.field().unwrap_or("role"), message),
    }
}
