//! The one error that every operation answers with. Each lower room's faults are mapped here, one by one.

use crate::access::Refusal;
use crate::domain::{Message, PastDeadline};
use crate::geometry::Stopped;
use crate::store::StoreError;

const OUTCOME_UNKNOWN: &str = "OUTCOME_UNKNOWN";

/// Why an operation was not done. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the credentials are not valid.
    #[error("{}", .0.text)]
    Unauthenticated(Message),
    /// In scope, but not this caller's to do.
    #[error("{}", .0.text)]
    Forbidden(Message),
    /// Does not exist, or is outside the caller's territory: the same thing to a caller.
    #[error("introuvable : {0}")]
    NotFound(String),
    /// The input, or the step, is not right; `field` names the place.
    #[error("{field}: {}", message.text)]
    Invalid {
        /// The input field, as a path: `sectors[3].geometry`.
        field: String,
        /// What is wrong with it.
        message: Message,
    },
    /// Made from an old version, or against a state that has moved on.
    #[error("{}", message.text)]
    Conflict {
        /// What stands in the way.
        message: Message,
        /// The version now, where there is one.
        version: Option<i32>,
    },
    /// A limit of size, cost, rate or queue.
    #[error("{}", .0.text)]
    Limit(Message),
    /// The database or the deadline; the same request may go through later.
    #[error("{}", .0.text)]
    Unavailable(Message),
    /// A fault of ours; the detail is for the log only.
    #[error("erreur interne")]
    Internal(String),
}

impl Error {
    /// Every public code.
    pub const CODES: [&'static str; 8] =
        ["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "INVALID", "CONFLICT", "LIMIT", "UNAVAILABLE", "INTERNAL"];

    /// The public code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid { .. } => "INVALID",
            Self::Conflict { .. } => "CONFLICT",
            Self::Limit(_) => "LIMIT",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// The input at `field` is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<Message>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// The state has moved on.
    pub fn conflict(message: impl Into<Message>) -> Self {
        Self::Conflict { message: message.into(), version: None }
    }

    /// Made from an old version.
    #[must_use]
    pub fn stale(made_from: i32, now: i32) -> Self {
        Self::Conflict {
            message: Message::new(
                "OLD_VERSION",
                format!("cette modification part de la version {made_from} ; la version est maintenant {now}"),
            )
            .with("madeFrom", made_from)
            .with("version", now),
            version: Some(now),
        }
    }

    /// Nobody is signed in, or not well.
    pub fn unauthenticated(message: impl Into<Message>) -> Self {
        Self::Unauthenticated(message.into())
    }

    /// Not this caller's to do.
    pub fn forbidden(message: impl Into<Message>) -> Self {
        Self::Forbidden(message.into())
    }

    /// Beyond a limit.
    pub fn limit(message: impl Into<Message>) -> Self {
        Self::Limit(message.into())
    }

    /// Not now.
    pub fn unavailable(message: impl Into<Message>) -> Self {
        Self::Unavailable(message.into())
    }

    /// A write whose end is not known: it was kept, or not.
    #[must_use]
    pub fn outcome_unknown() -> Self {
        Self::unavailable(Message::new(
            OUTCOME_UNKNOWN,
            "la réponse de la base de données s’est perdue : on ne sait pas si l’écriture a été faite ; renvoyez la requête avec la même \
             clé Idempotency-Key, ou relisez avant de recommencer",
        ))
    }

    /// A write that was stopped before the database was asked to keep it.
    #[must_use]
    pub fn undone_in_time() -> Self {
        Self::unavailable(Message::new(
            "NOT_DONE_IN_TIME",
            "l’opération n’a pas abouti à temps ; rien n’a été écrit, et rien ne le sera : réessayez",
        ))
    }

    /// Whether it is not known if the write was done.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.message().is_some_and(|message| message.reason == OUTCOME_UNKNOWN)
    }

    /// What is said of it, where more than its code and place is said.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Unauthenticated(message)
            | Self::Forbidden(message)
            | Self::Limit(message)
            | Self::Unavailable(message)
            | Self::Invalid { message, .. }
            | Self::Conflict { message, .. } => Some(message),
            Self::NotFound(_) | Self::Internal(_) => None,
        }
    }

    /// No such thing for this caller.
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::NotFound(what.to_string())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated => Self::unauthenticated(Message::new("SIGN_IN_FIRST", "identifiez-vous d’abord")),
            Refusal::Forbidden(capability) => Self::forbidden(
                Message::new("CAPABILITY_MISSING", format!("le droit {capability} est nécessaire, et vous ne l’avez pas ici"))
                    .with("capability", capability),
            ),
            Refusal::PasswordFirst(_) => Self::forbidden(Message::new(
                "PASSWORD_FIRST",
                "changez d’abord votre mot de passe (changePassword) : il a été choisi par quelqu’un d’autre, et vos habilitations ne \
                 valent qu’ensuite",
            )),
            Refusal::OutOfScope => Self::NotFound("département".to_owned()),
        }
    }
}

impl From<PastDeadline> for Error {
    fn from(past: PastDeadline) -> Self {
        Self::unavailable(Message::new("DEADLINE", past.to_string()))
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Late(past) => past.into(),
            Stopped::TooMuch => Self::limit(Message::new(
                "GEOMETRY_TOO_COMPLEX",
                "les tracés comparés sont trop nombreux ou trop enchevêtrés ; demandez un lieu plus petit ou plus simple",
            )),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate(_) => {
                Self::conflict(Message::new("WRITTEN_MEANWHILE", "quelqu’un d’autre vient d’écrire la même chose ; relisez-la"))
            }
            StoreError::Busy(detail) => {
                tracing::warn!(%detail, "database busy");
                Self::unavailable(Message::new("DATABASE_BUSY", "la base de données est occupée ; réessayez"))
            }
            StoreError::NoFurther(detail) => {
                tracing::warn!(%detail, "the database opens no further connection");
                Self::unavailable(Message::new("DATABASE_BUSY", "la base de données est occupée ; réessayez"))
            }
            StoreError::Unreachable(detail) => {
                // The pool says in the log when it goes and when it is back.
                tracing::debug!(%detail, "database unreachable");
                Self::unavailable(Message::new("DATABASE", "la base de données ne répond pas : réessayez dans un instant"))
            }
            error @ StoreError::Occupied => {
                tracing::warn!(%error, "database busy");
                Self::unavailable(Message::new("DATABASE_BUSY", "la base de données est occupée ; réessayez"))
            }
            error @ (StoreError::Storage(_) | StoreError::Replaced(_)) => {
                tracing::error!(%error, reason = "STORAGE", "the database takes no writes");
                Self::unavailable(Message::new(
                    "STORAGE",
                    "la base de données n’accepte plus d’écriture ; les lectures restent possibles, et l’exploitant doit intervenir",
                ))
            }
            StoreError::Unknown(detail) => {
                tracing::error!(%detail, "the answer to a COMMIT was lost");
                Self::outcome_unknown()
            }
            StoreError::GivenUp => Self::undone_in_time(),
            StoreError::Constraint(detail) | StoreError::Query(detail) => Self::Internal(detail),
            error @ StoreError::ReadsOnly => Self::Internal(error.to_string()),
            StoreError::Corrupt { table, message } => Self::Internal(format!("{table}: {message}")),
        }
    }
}
