//! Inputs of the life of a revision. `version` is everywhere the one that the mutation was made from.

use juniper::{GraphQLInputObject, ID};

use crate::graphql::scalars::{Date, DepartmentCode, Semester};
use crate::graphql::types::enums::{ServiceKind, SignatoryRole, SignatureCapacity};
use crate::graphql::value::PaltsScalar;

/// For whom, and for which semester: not before that of the last revision, unless the last one of it was returned.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct OpenRevisionInput {
    /// Whose plan.
    pub department_code: DepartmentCode,
    /// Which semester.
    pub semester: Semester,
}

/// uncoveredSchoolsReason is kept as it is when left out.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct UpdateDiagnosisInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// The whole shared diagnosis.
    pub diagnosis: String,
    /// Why listed schools that no deterrence objective covers are left out; kept as it is when left out.
    pub uncovered_schools_reason: Option<String>,
}

/// service must be one that a grant of the caller stands for.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ContributeToDiagnosisInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// The service that speaks: one that a grant of the caller stands for.
    pub service: ServiceKind,
    /// What it says.
    pub text: String,
    /// The day of which it speaks.
    pub dated_on: Date,
}

/// A step that needs nothing but the revision.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RevisionStepInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
}

/// contentHash is what the signatory read. An act is required unless IN_PERSON.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SignRevisionInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// The `contentHash` that the signatory read.
    pub content_hash: String,
    /// In which role.
    pub role: SignatoryRole,
    /// By what right.
    pub capacity: SignatureCapacity,
    /// The act that gives the capacity; required unless IN_PERSON.
    pub act_reference: Option<String>,
    /// The date of that act; required unless IN_PERSON.
    pub act_date: Option<Date>,
}

/// subjectId: a sector or an objective of the revision that is returned.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RemarkInput {
    /// What is said.
    pub text: String,
    /// Opaque id of the sector or objective of that revision that it is about; left out, it is about the whole.
    pub subject_id: Option<ID>,
}

/// 1 to 100 remarks.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ReturnRevisionInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// 1 to 100 remarks.
    pub remarks: Vec<RemarkInput>,
}

/// On the copy that openRevision makes of a returned revision; index as listed, from 0.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ReplyToRemarkInput {
    /// Opaque id of the revision.
    pub revision_id: ID,
    /// The version that it was made from; refused when the revision has moved on.
    pub version: i32,
    /// Which remark, as listed, from 0.
    pub index: i32,
    /// What the préfecture answers.
    pub reply: String,
}
