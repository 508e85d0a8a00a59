//! How much each diagnostic counts, where a configuration says otherwise than its rule.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};

/// How much a diagnostic counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As an error.
    Error,
    /// As a warning.
    Warning,
    /// As a note.
    Note,
    /// Not at all: it is not told.
    Off,
}

/// Levels by code; a code without one counts as its rule says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<&'static str, Level>);

impl Levels {
    /// Sets the level of a code, in place of any that it had.
    ///
    /// # Errors
    /// Where there is no such code: one sentence, with the nearest known one.
    pub fn set(&mut self, code: &str, level: Level) -> Result<(), String> {
        let known = super::known(code)?;
        self.0.insert(known, level);
        Ok(())
    }

    /// The same for who plans and runs a deck: what cannot be run stays an error.
    #[must_use]
    pub fn told(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let weigh = |one: Diagnostic| {
            if one.severity == Severity::Error { vec![one] } else { self.weigh(vec![one]) }
        };
        diagnostics.into_iter().flat_map(weigh).collect()
    }

    /// The diagnostics that are told, as severe as their levels say.
    pub(super) fn weigh(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let weigh = |one: Diagnostic| {
            Some(match self.0.get(one.code) {
                None => one,
                Some(Level::Off) => return None,
                Some(Level::Note) => one.with_severity(Severity::Note),
                Some(Level::Warning) => one.with_severity(Severity::Warning),
                Some(Level::Error) => one.with_severity(Severity::Error),
            })
        };
        diagnostics.into_iter().filter_map(weigh).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::source::Span;

    #[test]
    fn a_level_takes_the_place_of_the_rules_own() {
        let found = || vec![Diagnostic::warning(codes::FENCE_TICKS, Span::new(0, 1), "x")];
        let weighed = |level| {
            let mut levels = Levels::default();
            levels.set(codes::FENCE_TICKS, level).unwrap();
            levels.weigh(found()).first().map(|one| one.severity)
        };
        assert_eq!(weighed(Level::Error), Some(Severity::Error));
        assert_eq!(weighed(Level::Note), Some(Severity::Note));
        assert_eq!(weighed(Level::Off), None);
        assert_eq!(Levels::default().weigh(found()), found());
    }

    #[test]
    fn what_cannot_be_run_stays_an_error() {
        let of = |one: fn(&'static str, Span, &'static str) -> Diagnostic| {
            let mut levels = Levels::default();
            levels.set(codes::FENCE_TICKS, Level::Off).unwrap();
            levels.told(vec![one(codes::FENCE_TICKS, Span::new(0, 1), "x")]).len()
        };
        assert_eq!((of(Diagnostic::warning), of(Diagnostic::error)), (0, 1));
    }

    #[test]
    fn an_unknown_code_brings_the_nearest() {
        let error = Levels::default().set("fence-tiks", Level::Off).unwrap_err();
        assert_eq!(error, "`fence-tiks` is no diagnostic; did you mean `fence-ticks`?");
    }
}
