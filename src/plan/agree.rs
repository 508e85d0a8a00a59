//! Whether the checks of a plan agree with each other: no two that nothing can keep, nothing recalled that was not
//! captured before, nothing asked of a stream that a command does not have.

use std::collections::HashSet;

use super::{Check, Reason, Step};
use crate::diagnostic::{Diagnostic, codes};
use crate::expect::{Name, Stream};
use crate::source::{Source, Span};

/// What is wrong with the checks of all steps, in their order.
pub(super) fn problems(source: &Source, steps: &[Step]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut captured: HashSet<&str> = HashSet::new();
    for step in steps {
        for (place, command) in step.commands().iter().enumerate() {
            let checks: Vec<&Check> = step.checks.iter().filter(|check| check.command == place).collect();
            for (at, check) in checks.iter().enumerate() {
                problems.extend(recalls(source, check, &mut captured));
                problems.extend(checks[..at].iter().find_map(|before| clash(source, before, check)));
                if command.terminal
                    && let Some(stream @ (Stream::Stdout | Stream::Stderr)) = check.expectation.terms().stream
                {
                    let message = format!("this runs at the terminal, where there is no {stream} by itself");
                    problems
                        .push(wrong(check.span, message).help("leave `stream` out, or write stream=screen"));
                }
            }
        }
    }
    problems
}

/// Two explicit checks of one command that nothing keeps both of.
fn clash(source: &Source, before: &Check, check: &Check) -> Option<Diagnostic> {
    if before.reason != Reason::Directive || check.reason != Reason::Directive {
        return None;
    }
    let why = check.expectation.clashes_with(&before.expectation)?;
    let line = source.line(before.span.start);
    Some(
        wrong(check.span, format!("no output keeps both this check and the one on line {line}"))
            .label(why)
            .help("take one of them out, or let each speak of a stream of its own with stream=stdout and stream=stderr"),
    )
}

/// A name that is recalled and not captured before. Those that the check captures are known from then on.
fn recalls<'a>(source: &Source, check: &'a Check, captured: &mut HashSet<&'a str>) -> Option<Diagnostic> {
    let names = check.expectation.names();
    let unknown = names.iter().find_map(|(name, _)| match name {
        Name::Recalled(name) if !captured.contains(name) => Some(*name),
        _ => None,
    });
    captured.extend(names.into_iter().filter_map(|(name, _)| match name {
        Name::Captured(name) => Some(name),
        Name::Recalled(_) => None,
    }));
    let name = unknown?;
    let written = format!("[={name}]");
    let at = source.slice(check.span).find(&written).map(|at| check.span.start + at);
    let span = at.map_or(check.span, |at| Span::new(at, at + written.len()));
    Some(
        wrong(span, format!("nothing before this captures `{name}`"))
            .help(format!("capture it in a check of an earlier command, as [{name}=..]")),
    )
}

fn wrong(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(codes::EXPECT_INVALID, span, message)
}
