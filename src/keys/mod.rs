//! Keys and other credentials: signing keys, passwords, signed tokens, random secrets, and the throttle of failed attempts. Plain means without a database: what
//! they prove, and to whom, is the workflow's business.

pub mod known_bad;
pub mod pairs;
pub mod password;
pub mod pem;
pub mod secret;
pub mod throttle;
pub mod token;

pub use pairs::{AnchorKeys, KeyFault, KeySettings, Keys, SigningKeys};
pub use password::{HashSettings, Hasher};
pub use throttle::{Attempt, Throttle, ThrottleSettings};
pub use token::{Audience, Claims, TokenFault};
