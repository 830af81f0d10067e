//! What commands print. A reader that went away (`palts user list | head`) ends a command quietly, and standard error
//! is written to as far as anybody reads it: printing never panics. Not for logs.

use std::fmt;
use std::io::{ErrorKind, Write as _};

use super::{Done, Failure};

/// Prints a line on standard output.
macro_rules! say {
    ($($part:tt)*) => { $crate::cli::out::text(&format!("{}\n", format_args!($($part)*))) };
}
pub(super) use say;

/// Prints a text on standard output.
///
/// # Errors
/// [`Failure::Closed`] when nobody reads any more; otherwise what the system says.
pub(super) fn text(text: &str) -> Done {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::new(format!("la sortie standard ne peut être écrite : {error}")),
    })
}

/// Prints a line on standard error; where that cannot be written there is nobody to tell.
pub(super) fn complain(line: impl fmt::Display) {
    ask(format!("{line}\n"));
}

/// The same without the end of a line.
pub(super) fn ask(question: impl fmt::Display) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(question.to_string().as_bytes()).and_then(|()| err.flush());
}

/// What a command comes to whose verdict matters more than whether it was read.
pub(super) fn and_then(said: Done, verdict: Done) -> Done {
    match (said, verdict) {
        (Err(Failure::Closed) | Ok(()), Err(verdict)) => Err(verdict),
        (said, _) => said,
    }
}
