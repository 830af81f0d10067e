//! The desk: what signing in needs of this process: keys, lifetimes, password hashing, the throttle of failed attempts, and the tally of
//! repeated refusals. Not for accounts, which are in the database.

use super::audit::Refusals;
use crate::keys::{HashSettings, Hasher, Keys, Throttle, ThrottleSettings};
use crate::store::users::UserRow;

/// The `[sessions]` of the configuration.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// `iss` of every token: servers that do not share accounts must not share it.
    pub issuer: String,
    /// How long an access token is good, minutes.
    pub access_minutes: u32,
    /// How long a session may be refreshed from its login on, hours: a working day (house).
    pub session_hours: u32,
    /// A session that was not refreshed for so many minutes is over.
    pub idle_minutes: u32,
    /// The same refresh sent again within so many seconds from the same address is answered again; 0 for never.
    pub refresh_grace_s: u32,
    /// Longest life of a machine's token, days.
    pub machine_days: u32,
    /// Cost of password hashes.
    pub hashing: HashSettings,
    /// When failed logins are too many.
    pub throttle: ThrottleSettings,
    /// Within so many minutes, repeated refusals are one audit entry with a count.
    pub refusal_window_minutes: u32,
    /// How often the heads of the audit chains are anchored, minutes; 0 leaves it to `palts audit anchor`.
    pub anchor_minutes: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            issuer: "palts".to_owned(),
            access_minutes: 15,
            session_hours: 12,
            idle_minutes: 60,
            refresh_grace_s: 10,
            machine_days: 366,
            hashing: HashSettings::default(),
            throttle: ThrottleSettings::default(),
            refusal_window_minutes: 5,
            anchor_minutes: 60,
        }
    }
}

/// Why the desk cannot open.
#[derive(Debug, thiserror::Error)]
pub enum DeskFault {
    /// A setting out of bounds.
    #[error("sessions.{setting}: {message}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// What it must be.
        message: &'static str,
    },
    /// Argon2 refused its parameters.
    #[error("sessions.hashing: {0}")]
    Hashing(#[from] crate::keys::password::HashFault),
}

/// Keys, settings and counters of this process.
pub struct Desk {
    pub(super) keys: Keys,
    pub(super) settings: SessionSettings,
    pub(super) hasher: Hasher,
    pub(super) throttle: Throttle,
    pub(super) refusals: Refusals,
    demonstration: bool,
}

impl Desk {
    /// Opens the desk. Password hashes below OWASP's cost are for demonstrations and tests only.
    ///
    /// # Errors
    /// Each [`DeskFault`].
    pub fn new(keys: Keys, settings: SessionSettings, demonstration: bool) -> Result<Self, DeskFault> {
        let fault = |setting, message| Err(DeskFault::Setting { setting, message });
        if settings.issuer.trim().is_empty() || settings.issuer.len() > 200 {
            return fault("issuer", "must have 1 to 200 characters");
        }
        if !(1..=60).contains(&settings.access_minutes) {
            return fault("access_minutes", "must be 1 to 60");
        }
        if !(1..=24 * 30).contains(&settings.session_hours) {
            return fault("session_hours", "must be 1 to 720");
        }
        if settings.idle_minutes < settings.access_minutes || settings.idle_minutes > 24 * 60 * 30 {
            return fault("idle_minutes", "must be access_minutes to 43200");
        }
        if settings.refresh_grace_s > 60 {
            return fault("refresh_grace_s", "must be 0 to 60");
        }
        if !(1..=366).contains(&settings.machine_days) {
            return fault("machine_days", "must be 1 to 366");
        }
        if !(1..=1440).contains(&settings.refusal_window_minutes) {
            return fault("refusal_window_minutes", "must be 1 to 1440");
        }
        if settings.throttle.per_account == 0 || settings.throttle.per_address == 0 {
            return fault("throttle", "must let somebody try");
        }
        if !(1..=1440).contains(&settings.throttle.window_minutes) {
            return fault("throttle.window_minutes", "must be 1 to 1440");
        }
        if settings.hashing.is_weak() && !demonstration {
            return fault("hashing", "is below argon2id with 19456 KiB and 2 passes; only demonstrations may be");
        }
        Ok(Self {
            hasher: Hasher::new(&settings.hashing)?,
            throttle: Throttle::new(settings.throttle.clone()),
            refusals: Refusals::default(),
            keys,
            settings,
            demonstration,
        })
    }

    /// Whether an account may sign in and act here: not when it is disabled, nor when its password is the demonstration's and this is none.
    #[must_use]
    pub fn admits(&self, user: &UserRow) -> bool {
        !user.disabled && (self.demonstration || !user.demonstration)
    }

    /// Whether this is a demonstration.
    #[must_use]
    pub fn is_demonstration(&self) -> bool {
        self.demonstration
    }

    /// Hashes of passwords computed so far: what signing in costs.
    #[must_use]
    pub fn hashes_computed(&self) -> u64 {
        self.hasher.computed()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &SessionSettings {
        &self.settings
    }
}
