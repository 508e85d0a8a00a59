//! A problem in a deck, as data: what is wrong, where, and what to do. Never an `Err`.

pub mod codes;
mod nearest;
mod render;

pub use nearest::{distance, nearest};
pub use render::render;

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

impl Severity {
    /// The word that people and machines read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A change to a deck that mends a problem and does nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there then.
    pub replacement: String,
}

/// One problem in one deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name, kebab-case, one of [`codes`], documented in `docs/diagnostics.md`.
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
    /// What mends it, where that is certain.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A problem that keeps the steps it touches from being run.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// A problem that the run goes on with.
    #[must_use]
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// Something worth knowing.
    #[must_use]
    pub fn note(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, span, message)
    }

    /// Says what stands at the span.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a sentence on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Says what mends it.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, replacement: replacement.into() });
        self
    }

    /// The same, as bad as this.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    fn new(severity: Severity, code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            span,
            label: String::new(),
            help: Vec::new(),
            fix: None,
        }
    }
}
