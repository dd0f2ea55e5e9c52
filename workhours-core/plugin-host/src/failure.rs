//! Why what a worker did is not believed, on every system.

/// Why a worker is not believed.
pub(super) enum Failure {
    /// The user wants the run to end.
    Stopped,
    /// The cause, with what it last wrote to standard error.
    Broken(String),
}
