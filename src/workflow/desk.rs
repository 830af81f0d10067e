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

impl SessionSettings {
    /// Adds what bounds of single settings cannot say, as lines of the form `sessions.issuer: what is wrong`.
    pub fn check(&self, demonstration: bool, faults: &mut Vec<String>) {
        if self.issuer.trim().is_empty() || self.issuer.len() > 200 {
            faults.push("sessions.issuer: il faut de 1 à 200 caractères".to_owned());
        }
        if self.idle_minutes < self.access_minutes {
            faults.push("sessions.idle_minutes: il faut au moins sessions.access_minutes".to_owned());
        }
        let least = HashSettings::default();
        let costs = [("memory_kib", self.hashing.memory_kib, least.memory_kib), ("passes", self.hashing.passes, least.passes)];
        for (name, _, least) in costs.iter().filter(|(_, cost, least)| cost < least && !demonstration) {
            faults.push(format!("sessions.hashing.{name}: il faut au moins {least} ; moins n’est permis qu’en démonstration"));
        }
        if self.hashing.memory_kib < 8 * self.hashing.lanes {
            faults.push("sessions.hashing.memory_kib: il faut au moins 8 pour chaque lane".to_owned());
        }
    }
}

/// Why the desk cannot open.
#[derive(Debug, thiserror::Error)]
pub enum DeskFault {
    /// Settings that may not be.
    #[error("{}", .0.join("; "))]
    Settings(Vec<String>),
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
        let mut faults = Vec::new();
        settings.check(demonstration, &mut faults);
        if !faults.is_empty() {
            return Err(DeskFault::Settings(faults));
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
