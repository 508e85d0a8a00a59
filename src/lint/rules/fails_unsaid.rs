//! A block that its own comment, or the slide beside it, says to fail, and no directive does.

use std::sync::LazyLock;

use regex::Regex;

use crate::deck::{Block, Item, Slide};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Action, Status};
use crate::source::Span;

use super::{At, Subject};

static FAILS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:this|it|that|these|the command|which)(?:\s+one)?\s+(?:(?:will|should|is going to|would)\s+)?(?:now\s+)?",
        r"(?:fails?|doesn['’]t work|won['’]t work|not work)\b",
        r"|\b(?:gives?|returns?|shows?|tell us|get|see|yields?|produces?|results? in)\s+(?:us\s+)?(?:an?\s+)?[^.,:;]{0,30}?",
        r"(?:\berror\b|\bforbidden\b|permission denied|not ?found\b)",
    ))
    .expect("a constant pattern")
});

/// What makes a case, a question or a negation of it.
static UNSURE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:if|unless|when|whenever|in case|might|may|could|can|sometimes|should(?:n['’]t| not)|won['’]t (?:get|see)|no|not (?:get|see|fail)|never|without|until|unlike|otherwise|why)\b|\?")
        .expect("a constant pattern")
});

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for slide in subject.slides() {
        for (index, item) in slide.items.iter().enumerate() {
            let Item::Block(block) = item else { continue };
            let Some(at) = last_command(subject, block) else { continue };
            if at.command.status != Status::Zero || awaited(subject, at) {
                continue;
            }
            found.extend(commented(subject, block, at).or_else(|| told(subject, slide, index, block)));
        }
    }
    found
}

/// The last command of a block that is typed.
fn last_command<'a>(subject: &Subject<'a>, block: &Block) -> Option<At<'a>> {
    subject.commands().filter(|at| at.step.span == block.span).last()
}

/// Whether a `wait` follows: whatever it waits for, the author has thought of what comes.
fn awaited(subject: &Subject<'_>, at: At<'_>) -> bool {
    let next = subject.plan.steps.get(at.index + 1);
    next.is_some_and(|step| matches!(step.action, Action::Await { .. }) && step.slide == at.step.slide)
}

/// A comment within the block.
fn commented(subject: &Subject<'_>, block: &Block, at: At<'_>) -> Option<Diagnostic> {
    let source = subject.source();
    let first = source.line(block.body.start);
    let last = source.line(block.body.end.saturating_sub(1).max(block.body.start));
    let line = (first..=last).rev().map(|line| source.line_span(line)).find(|&span| {
        let comment = source.slice(span).split_once('#').map(|(_, comment)| comment);
        let own = source.slice(span).trim_start().starts_with('#') || source.slice(span).contains(" #");
        own && comment.is_some_and(says)
    })?;
    let text = source.slice(line);
    let span = Span::new(line.start + text.find('#').unwrap_or(0), line.end);
    let mut diagnostic = diagnostic(span, "this comment says");
    // Only behind the last command is it clear which one is meant; the directive speaks of that one.
    if source.line(line.start) >= at.command.line {
        let fence = source.line_at(block.span.start);
        let indent = &source.slice(fence)[..block.span.start - fence.start];
        let blank = if indent.trim().is_empty() { indent } else { "" };
        let place = Span::new(block.span.end, block.span.end);
        diagnostic = diagnostic.fix(place, format!("\n{blank}<!-- ```fails``` -->"));
    }
    Some(diagnostic)
}

/// The sentence above the block, or what stands below it in the same item of the lab.
fn told(subject: &Subject<'_>, slide: &Slide, index: usize, block: &Block) -> Option<Diagnostic> {
    let source = subject.source();
    let lab = slide.labs.get(block.lab?)?;
    if let Some(lead) = block.lead.as_ref().filter(|lead| says(&lead.text)) {
        return Some(diagnostic(lead.span, "the slide says"));
    }
    let end = slide.items.get(index + 1).map_or(lab.span.end, |next| next.span().start.min(lab.span.end));
    let lines =
        slide.prose.iter().filter(|prose| prose.span.start >= block.span.end && prose.span.end <= end);
    let mut below = lines.take_while(|prose| !prose.text.starts_with(['-', '*', '+', '#', ']']));
    let prose = below.find(|prose| says(&prose.text))?;
    // Another block's sentence speaks of that block.
    (source.line(prose.span.start) > source.line(block.span.start))
        .then(|| diagnostic(prose.span, "the slide says"))
}

fn says(text: &str) -> bool {
    FAILS.is_match(text) && !UNSURE.is_match(text)
}

fn diagnostic(span: Span, who: &str) -> Diagnostic {
    Diagnostic::warning(
        codes::FAILS_UNSAID,
        span,
        format!("{who} that the block fails, and no directive does"),
    )
    .label("its failure would count as one")
    .help("put <!-- ```fails``` --> behind the block, or `fails TEXT` with what it prints")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::fixed;
    use crate::lint::testing::{found, lab, plan_at};

    fn of(inside: &str) -> usize {
        found(codes::FAILS_UNSAID, &lab(inside)).len()
    }

    #[test]
    fn a_failure_that_is_announced_needs_its_directive() {
        for inside in [
            "```bash\nkubectl create -f a.yaml\n# This gives an error (\"AlreadyExists\")\n```",
            "```bash\nls /nowhere # this fails\n```",
            "- This will fail:\n  ```bash\n  ls /nowhere\n  ```",
            "- Try it:\n  ```bash\n  kubectl get pods\n  ```\n  (This should tell us \"Forbidden\")",
        ] {
            assert_eq!(of(inside), 1, "{inside}");
        }
    }

    #[test]
    fn what_may_fail_or_is_said_to_is_left_alone() {
        for inside in [
            "```bash\nls /nowhere # this fails\n```\n<!-- ```fails``` -->",
            "```bash\nls /nowhere # this fails\n```\n<!-- ```wait No such``` -->",
            "- If this fails, go back:\n  ```bash\n  ls\n  ```",
            "- This should not fail:\n  ```bash\n  ls\n  ```",
            "```bash\ngrep error log\n```",
            "```bash\nls\n```\n\n- The next one is different: it fails",
        ] {
            assert_eq!(of(inside), 0, "{inside}");
        }
    }

    #[test]
    fn the_fix_says_so_behind_the_block() {
        let text = lab("- Try:\n  ```bash\n  ls /nowhere\n  # this fails\n  ```");
        let fixed = fixed(&text, &plan_at("deck.md", &text).diagnostics);
        assert_eq!(
            fixed.text,
            lab("- Try:\n  ```bash\n  ls /nowhere\n  # this fails\n  ```\n  <!-- ```fails``` -->")
        );
        assert_eq!(found(codes::FAILS_UNSAID, &fixed.text), [""; 0]);
    }
}
