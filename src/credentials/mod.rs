//! Credentials: keys, passwords, signed tokens, random secrets, and the throttle of failed attempts. Plain means without a database: what
//! they prove, and to whom, is the workflow's business.

pub mod keys;
pub mod password;
pub mod pem;
pub mod secret;
pub mod throttle;
pub mod token;

pub use keys::{AnchorKeys, KeyFault, KeySettings, Keys, SigningKeys};
pub use password::{HashSettings, Hasher};
pub use throttle::{Throttle, ThrottleSettings};
pub use token::{Audience, Claims, TokenFault};
