//! Inputs of the life of a revision. `version` is everywhere the one that the mutation was made from.
#![allow(missing_docs)] // The fields say what they are; what is not plain is said on the input.

use juniper::{GraphQLInputObject, ID};

use crate::graphql::scalars::{Date, DepartmentCode, Semester};
use crate::graphql::types::enums::{ServiceKind, SignatoryRole, SignatureCapacity};
use crate::graphql::value::PaltsScalar;

/// For whom, and for which semester: not before that of the last revision, unless the last one of it was returned.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct OpenRevisionInput {
    pub department_code: DepartmentCode,
    pub semester: Semester,
}

/// uncoveredSchoolsReason is kept as it is when left out.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct UpdateDiagnosisInput {
    pub revision_id: ID,
    pub version: i32,
    pub diagnosis: String,
    pub uncovered_schools_reason: Option<String>,
}

/// service must be one that a grant of the caller stands for.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ContributeToDiagnosisInput {
    pub revision_id: ID,
    pub version: i32,
    pub service: ServiceKind,
    pub text: String,
    pub dated_on: Date,
}

/// A step that needs nothing but the revision.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RevisionStepInput {
    pub revision_id: ID,
    pub version: i32,
}

/// contentHash is what the signatory read. An act is required unless IN_PERSON.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct SignRevisionInput {
    pub revision_id: ID,
    pub version: i32,
    pub content_hash: String,
    pub role: SignatoryRole,
    pub capacity: SignatureCapacity,
    pub act_reference: Option<String>,
    pub act_date: Option<Date>,
}

/// subjectId: a sector or an objective of the revision that is returned.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct RemarkInput {
    pub text: String,
    pub subject_id: Option<ID>,
}

/// 1 to 100 remarks.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ReturnRevisionInput {
    pub revision_id: ID,
    pub version: i32,
    pub remarks: Vec<RemarkInput>,
}

/// On the copy that openRevision makes of a returned revision; index as listed, from 0.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = PaltsScalar)]
pub struct ReplyToRemarkInput {
    pub revision_id: ID,
    pub version: i32,
    pub index: i32,
    pub reply: String,
}
