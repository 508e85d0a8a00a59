//! A problem in a deck, as data: what is wrong, where, and what to do. Never an `Err`.

use crate::source::Span;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably not what the author meant; the run goes on.
    Warning,
    /// The steps it touches cannot be run as they stand.
    Error,
}

/// One problem in one deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name, kebab-case, documented in `docs/diagnostics.md`.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// Where, in the deck's source.
    pub span: Span,
    /// What stands at `span`, said beside it.
    pub label: String,
    /// What to do, one sentence each.
    pub help: Vec<String>,
}
