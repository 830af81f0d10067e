//! The capabilities that the policy hands out. Their names are what `viewer.capabilities` shows and what `config/access.toml` says.

use std::fmt;
use std::str::FromStr;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One thing that a role may do in its territory.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Capability { $($(#[$doc])* $variant,)* }

        impl Capability {
            /// All of them, in the order of the policy's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the policy and in `viewer.capabilities`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl FromStr for Capability {
            type Err = UnknownCapability;
            fn from_str(text: &str) -> Result<Self, UnknownCapability> {
                match text {
                    $($name => Ok(Self::$variant),)*
                    other => Err(UnknownCapability(other.to_owned())),
                }
            }
        }
    };
}

capabilities! {
    /// Everything of a department's plan, drafts included.
    ReadPlan = "READ_PLAN",
    /// Revisions once transmitted, never drafts.
    ReadTransmittedPlans = "READ_TRANSMITTED_PLANS",
    /// The revision in force only.
    ReadPlansInForce = "READ_PLANS_IN_FORCE",
    /// What the education service sees: listed schools, their sectors' names, their objectives, and the head of the pending revision.
    ReadSchoolSheet = "READ_SCHOOL_SHEET",
    /// The school directory and what covers it.
    ReadSchools = "READ_SCHOOLS",
    /// Meetings and measures.
    ReadMeetings = "READ_MEETINGS",
    /// Rolled-up figures.
    ReadRollups = "READ_ROLLUPS",
    /// Lateness, meetings held, schools covered.
    ReadCompliance = "READ_COMPLIANCE",
    /// The audit of a department's acts.
    ReadDepartmentAudit = "READ_DEPARTMENT_AUDIT",
    /// The audit of national acts.
    ReadNationalAudit = "READ_NATIONAL_AUDIT",
    /// The audit of accounts, grants, tokens and logins.
    ReadAccessAudit = "READ_ACCESS_AUDIT",
    /// Open a revision, edit all of it, rank.
    EditPlan = "EDIT_PLAN",
    /// Sectors of one's own authority in a draft.
    EditOwnSectors = "EDIT_OWN_SECTORS",
    /// Objectives that one's own services lead, in a draft.
    EditOwnObjectives = "EDIT_OWN_OBJECTIVES",
    /// A service's part of the shared diagnosis.
    Contribute = "CONTRIBUTE",
    /// Submit, recall, discard.
    SubmitPlan = "SUBMIT_PLAN",
    /// Sign as préfet.
    SignAsPrefect = "SIGN_AS_PREFECT",
    /// Sign, or put a visa, as procureur.
    SignAsProsecutor = "SIGN_AS_PROSECUTOR",
    /// Transmit the signed plan to the secretariat.
    TransmitPlan = "TRANSMIT_PLAN",
    /// Acknowledge, or return with remarks.
    AcknowledgePlan = "ACKNOWLEDGE_PLAN",
    /// Keep the school directory.
    KeepSchools = "KEEP_SCHOOLS",
    /// Record meetings.
    RecordMeetings = "RECORD_MEETINGS",
    /// Record and correct measures of the services that the role stands for.
    RecordMeasures = "RECORD_MEASURES",
    /// Define a department's own indicators.
    DefineLocalIndicators = "DEFINE_LOCAL_INDICATORS",
    /// Define national indicators.
    DefineNationalIndicators = "DEFINE_NATIONAL_INDICATORS",
    /// Declare that an indicator has no object in the department.
    DeclareNotApplicable = "DECLARE_NOT_APPLICABLE",
    /// Keep the national lists.
    KeepNationalLists = "KEEP_NATIONAL_LISTS",
    /// Load the outlines of the territories.
    KeepTerritories = "KEEP_TERRITORIES",
    /// Publish an ended period.
    Publish = "PUBLISH",
    /// Accounts, grants and tokens.
    AdministerAccess = "ADMINISTER_ACCESS",
}

/// The policy names a capability that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown capability {0}")]
pub struct UnknownCapability(pub String);

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
