//! `labrun plan --format json`, format 1: the plan as data, for other programs.

use serde_json::{Value, json};

use super::{Action, Check, Plan, Reason, Step};

/// Plans as one JSON document.
///
/// A check's `text` is what the slide shows; a step's is what is typed. Beside each plan stands what a step of it will
/// probably take, in milliseconds.
#[must_use]
pub fn json<'a, E: Fn(&Step) -> Option<u64>>(plans: impl IntoIterator<Item = (&'a Plan, E)>) -> Value {
    let decks: Vec<Value> = plans.into_iter().map(|(plan, expected)| deck(plan, &expected)).collect();
    json!({ "format": 1, "decks": decks })
}

fn deck(plan: &Plan, expected: &dyn Fn(&Step) -> Option<u64>) -> Value {
    let source = &plan.deck.source;
    let mut steps = vec![Vec::new(); plan.deck.slides.len()];
    let mut checks: Vec<Vec<(usize, Value)>> = vec![Vec::new(); plan.deck.slides.len()];
    for one in &plan.steps {
        steps[one.slide].push(step(plan, one, expected(one)));
        for promise in one.checks.iter().filter(|check| check.reason != Reason::Shown) {
            checks[promise.slide].push((promise.line, check(one, promise)));
        }
    }
    let slides: Vec<Value> = plan
        .deck
        .slides
        .iter()
        .zip(steps.into_iter().zip(checks))
        .map(|(slide, (steps, mut checks))| {
            checks.sort_by_key(|(line, _)| *line);
            json!({
                "number": slide.number,
                "line": slide.line,
                "title": slide.title,
                "classes": slide.classes,
                "continued": slide.continued,
                "steps": steps,
                "checks": checks.into_iter().map(|(_, check)| check).collect::<Vec<_>>(),
            })
        })
        .collect();
    let diagnostics: Vec<Value> = plan
        .diagnostics
        .iter()
        .map(|one| {
            json!({
                "line": source.line(one.span.start),
                "code": one.code,
                "severity": one.severity.word(),
                "message": one.message,
            })
        })
        .collect();
    let unchecked: Vec<Value> = plan
        .unchecked
        .iter()
        .map(|promise| {
            let slide = plan.deck.slides[promise.slide].number;
            json!({
                "slide": slide,
                "line": promise.line,
                "text": promise.text,
                "directive": promise.directive(),
            })
        })
        .collect();
    json!({
        "path": source.path(),
        "slides": slides,
        "unchecked": unchecked,
        "left_out": plan.left_out.steps,
        "diagnostics": diagnostics,
    })
}

fn step(plan: &Plan, step: &Step, expected_ms: Option<u64>) -> Value {
    // A wait is for what its block prints, wherever that runs.
    let runs = match step.action {
        Action::Await { of: Some(of), .. } => &plan.steps[of],
        _ => step,
    };
    json!({
        "id": step.id,
        "line": step.line,
        "method": step.method,
        "text": step.text,
        "hidden": step.hidden,
        "section": step.section,
        "lane": if runs.needs_terminal() { "terminal" } else { "pipe" },
        "commands": step.commands().iter().map(|command| &command.text).collect::<Vec<_>>(),
        "needs": step.needs,
        "shown": step
            .checks
            .iter()
            .filter(|check| check.reason == Reason::Shown)
            .map(|shown| check(step, shown))
            .collect::<Vec<_>>(),
        "deeds": step.commands().iter().map(|command| command.deed.word()).collect::<Vec<_>>(),
        "skip": step.skip,
        "expected_ms": expected_ms,
    })
}

fn check(step: &Step, check: &Check) -> Value {
    let cue = match &check.reason {
        Reason::Cue { text, .. } => Some(text),
        Reason::Directive | Reason::Shown => None,
    };
    json!({
        "line": check.line,
        "step_line": step.line,
        "language": check.language,
        "mode": check.expectation.mode().to_string(),
        "text": check.raw,
        "inferred": check.reason != Reason::Directive,
        "cue": cue,
        "captures": check.captures().collect::<Vec<_>>(),
    })
}
