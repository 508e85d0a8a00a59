//! What an `allow` directive takes back. Its first word says which of two things it allows: the code of a diagnostic,
//! which is then not told of this slide, or programs, which are then not missing on the simulated stage.

use crate::deck::{Deck, Directive};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

use super::Plan;

/// A diagnostic that is not told of a slide and of those that continue it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Its code, one of [`codes`].
    pub code: &'static str,
    /// Why, in the author's words; empty where none were given.
    pub reason: String,
    /// The slide of the directive, as an index into the deck's.
    pub slide: usize,
    /// The directive in the source.
    pub span: Span,
    /// Whether there was anything to take back.
    pub used: bool,
}

impl Allowance {
    /// What a directive on the slide of this index takes back; `None` where it names programs.
    pub(super) fn read(slide: usize, directive: &Directive) -> Option<Self> {
        let data = directive.data.trim();
        let (word, reason) = data.split_once(char::is_whitespace).unwrap_or((data, ""));
        let code = codes::ALL.iter().find(|(code, _)| *code == word)?.0;
        Some(Self { code, reason: reason.trim().to_owned(), slide, span: directive.span, used: false })
    }
}

/// Removes what is allowed, and marks the allowances that allowed something.
pub(super) fn take_back(deck: &Deck, allowances: &mut [Allowance], diagnostics: &mut Vec<Diagnostic>) {
    if allowances.is_empty() {
        return;
    }
    diagnostics.retain(|one| {
        let slide = deck.slide_at(one.span.start).map(|slide| deck.head(slide));
        let allows = |other: &&mut Allowance| other.code == one.code && Some(deck.head(other.slide)) == slide;
        let mut allowed = false;
        for allowance in allowances.iter_mut().filter(allows) {
            (allowance.used, allowed) = (true, true);
        }
        !allowed
    });
}

impl Plan {
    /// Removes from `diagnostics` what the deck allows.
    pub fn take_back(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        take_back(&self.deck, &mut self.allowances, diagnostics);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::deck::{self, Labs};
    use crate::plan::{self, Plan, Settings};
    use crate::source::Source;

    fn plan(text: &str) -> Plan {
        let deck = deck::parse(Source::new("a.md", text), &Labs::default());
        plan::make(Arc::new(deck), &Settings::default())
    }

    #[test]
    fn an_allowance_holds_on_its_slide_and_those_that_continue_it() {
        let wiat = ".lab[\n\n<!-- ```wiat x``` -->\n\n]\n\n";
        let text =
            format!("{wiat}--\n\n{wiat}<!-- ```allow directive-unknown for another``` -->\n\n---\n\n{wiat}");
        let plan = plan(&text);
        let lines: Vec<usize> =
            plan.diagnostics.iter().map(|one| plan.deck.source.line(one.span.start)).collect();
        assert_eq!(lines, [21]);
        assert!(plan.allowances[0].used && plan.allowances[0].reason == "for another");
    }

    #[test]
    fn other_words_are_programs() {
        let plan = plan("<!-- ```allow terraform directive-unknown``` -->\n");
        assert_eq!(plan.allowed, ["terraform", "directive-unknown"]);
        assert!(plan.allowances.is_empty());
    }
}
