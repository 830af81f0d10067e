//! What the [runner](super::runner) counts, for the metrics. Not for what callers have used of their shares.

/// What the runner counts.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Documents kept.
    pub documents: usize,
    /// Requests whose document was kept.
    pub hits: u64,
    /// Requests whose document had to be read.
    pub misses: u64,
    /// Answers kept.
    pub answers: usize,
    /// Queries whose answer was kept.
    pub answer_hits: u64,
    /// Queries that had to be executed, of those whose answers may be kept.
    pub answer_misses: u64,
    /// Operations that wait for a place.
    pub waiting: usize,
}
