//! The warnings of a plan that matter to who runs it: those about a step, where it runs, and how many others there are.

use super::{Plan, Step};
use crate::diagnostic::{Diagnostic, Severity};

impl Plan {
    /// What is odd about a step, a sentence each.
    pub fn warnings_of(&self, step: &Step) -> impl Iterator<Item = String> {
        self.warnings().filter(move |warning| is_about(warning, step)).map(|warning| {
            let line = self.deck.source.line(warning.span.start);
            let label =
                if warning.label.is_empty() { String::new() } else { format!(" ({})", warning.label) };
            format!("line {line}: {}{label}", warning.message)
        })
    }

    /// How many warnings are about no step.
    #[must_use]
    pub fn other_warnings(&self) -> usize {
        let about_a_step = |warning: &&Diagnostic| self.steps.iter().any(|step| is_about(warning, step));
        self.warnings().filter(|warning| !about_a_step(warning)).count()
    }

    fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|one| one.severity == Severity::Warning)
    }
}

/// Whether it stands in the step, or in what is promised of it.
fn is_about(warning: &Diagnostic, step: &Step) -> bool {
    let spans = step.checks.iter().map(|check| check.span).chain([step.span]);
    spans.into_iter().any(|span| span.start <= warning.span.start && warning.span.end <= span.end)
}
