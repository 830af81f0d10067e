//! The life of a revision, as one table: which step leads from which status to which.
//!
//! Who may take a step is the policy's business; whether a signature or a submission is in order, that of `signing` and `checks`.

use thiserror::Error;

use super::message::Explained;
use super::vocabulary::{RevisionStatus, RevisionStep};

/// The signatures that stand on a revision, the one being put included. Visas are not among them: they are never required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signatures {
    /// The préfet signed.
    pub prefect: bool,
    /// The procureur of the coordinating parquet signed.
    pub coordinating_prosecutor: bool,
}

impl Signatures {
    /// Both signatures stand: the plan is 'co-animé avec le Procureur' (circular of 2010; that both sign is house).
    #[must_use]
    pub const fn complete(self) -> bool {
        self.prefect && self.coordinating_prosecutor
    }
}

/// What a step makes of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It stands in this status.
    Is(RevisionStatus),
    /// It was thrown away.
    Gone,
}

/// A step that the revision's status does not allow.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("une révision à l’état « {} » ne peut pas passer par l’étape « {} »", status.label_fr(), step.label_fr())]
pub struct StepRefused {
    /// The step asked for.
    pub step: RevisionStep,
    /// Where the revision stands.
    pub status: RevisionStatus,
}

impl Explained for StepRefused {
    fn reason(&self) -> &'static str {
        "STEP_NOT_POSSIBLE"
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("status", self.status.to_string()), ("step", self.step.to_string())]
    }
}

/// What a step makes of a revision in a status. `signatures` matter for SIGN alone. A SIGNED revision takes further visas and stays
/// SIGNED; a recall makes it a DRAFT and voids its signatures.
///
/// # Errors
/// [`StepRefused`] for every step that the revision's life does not know from there.
pub const fn step(status: RevisionStatus, step: RevisionStep, signatures: Signatures) -> Result<After, StepRefused> {
    use RevisionStatus as Status;
    use RevisionStep as Step;
    let after = match (status, step) {
        (Status::Draft, Step::Edit) => Status::Draft,
        (Status::Draft, Step::Submit) => Status::Submitted,
        (Status::Draft, Step::Discard) => return Ok(After::Gone),
        (Status::Submitted | Status::Signed, Step::Recall) => Status::Draft,
        (Status::Submitted, Step::Sign) if signatures.complete() => Status::Signed,
        (Status::Submitted, Step::Sign) => Status::Submitted,
        (Status::Signed, Step::Sign) => Status::Signed,
        (Status::Signed, Step::Transmit) => Status::Transmitted,
        (Status::Transmitted, Step::Acknowledge) => Status::Acknowledged,
        (Status::Transmitted, Step::Return) => Status::Returned,
        (Status::Draft, Step::Recall | Step::Sign | Step::Transmit | Step::Acknowledge | Step::Return)
        | (Status::Submitted, Step::Edit | Step::Submit | Step::Discard | Step::Transmit | Step::Acknowledge | Step::Return)
        | (Status::Signed, Step::Edit | Step::Submit | Step::Discard | Step::Acknowledge | Step::Return)
        | (Status::Transmitted, Step::Edit | Step::Submit | Step::Recall | Step::Discard | Step::Sign | Step::Transmit)
        | (Status::Acknowledged | Status::Returned, _) => return Err(StepRefused { step, status }),
    };
    Ok(After::Is(after))
}

/// The steps that a status allows, in the contract's order, whoever asks.
pub fn steps_from(status: RevisionStatus) -> impl Iterator<Item = RevisionStep> {
    RevisionStep::ALL.iter().copied().filter(move |asked| step(status, *asked, Signatures::default()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Signatures = Signatures { prefect: false, coordinating_prosecutor: false };
    const BOTH: Signatures = Signatures { prefect: true, coordinating_prosecutor: true };

    /// One row per status, one column per step in the contract's order: `.` refused, `-` gone, else the initial of the next status.
    #[test]
    fn every_status_allows_these_steps_and_no_other() {
        let table = [
            // EDIT SUBMIT RECALL DISCARD SIGN TRANSMIT ACKNOWLEDGE RETURN, with both signatures put
            (RevisionStatus::Draft, "DS.-...."),
            (RevisionStatus::Submitted, "..D.N..."),
            (RevisionStatus::Signed, "..D.NT.."),
            (RevisionStatus::Transmitted, "......AR"),
            (RevisionStatus::Acknowledged, "........"),
            (RevisionStatus::Returned, "........"),
        ];
        assert_eq!(table.map(|(status, _)| status), RevisionStatus::ALL);
        for (status, row) in table {
            let found: String = RevisionStep::ALL
                .iter()
                .map(|asked| match step(status, *asked, BOTH) {
                    Err(refused) => {
                        assert_eq!(refused, StepRefused { step: *asked, status });
                        '.'
                    }
                    Ok(After::Gone) => '-',
                    Ok(After::Is(RevisionStatus::Draft)) => 'D',
                    Ok(After::Is(RevisionStatus::Submitted)) => 'S',
                    Ok(After::Is(RevisionStatus::Signed)) => 'N',
                    Ok(After::Is(RevisionStatus::Transmitted)) => 'T',
                    Ok(After::Is(RevisionStatus::Acknowledged)) => 'A',
                    Ok(After::Is(RevisionStatus::Returned)) => 'R',
                })
                .collect();
            assert_eq!(found, row, "{status}");
        }
    }

    #[test]
    fn one_signature_leaves_the_revision_submitted() {
        for signatures in [NONE, Signatures { prefect: true, ..NONE }, Signatures { coordinating_prosecutor: true, ..NONE }] {
            assert_eq!(step(RevisionStatus::Submitted, RevisionStep::Sign, signatures), Ok(After::Is(RevisionStatus::Submitted)));
        }
    }

    #[test]
    fn what_left_the_department_never_changes_again() {
        for status in [RevisionStatus::Acknowledged, RevisionStatus::Returned] {
            assert_eq!(steps_from(status).count(), 0);
        }
        let steps: Vec<_> = steps_from(RevisionStatus::Transmitted).collect();
        assert_eq!(steps, [RevisionStep::Acknowledge, RevisionStep::Return]);
    }

    #[test]
    fn a_refusal_names_the_step_and_the_status() {
        let refused = step(RevisionStatus::Draft, RevisionStep::Transmit, BOTH).unwrap_err();
        assert_eq!(refused.to_string(), "une révision à l’état « Brouillon » ne peut pas passer par l’étape « Transmettre »");
    }
}
