//! A variable that only slides of an excluded class set, and that what is left reads.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Step;

use super::{At, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let is_out =
        |step: &Step| subject.slide(step).classes.iter().any(|class| subject.exclude.contains(class));
    let mut lost: Vec<(&str, At<'_>)> = Vec::new();
    let mut set: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for at in subject.own_commands() {
        if is_out(at.step) {
            lost.extend(at.command.sets.iter().map(|name| (name.as_str(), at)));
            continue;
        }
        // A command may set what it reads.
        set.extend(at.command.sets.iter().map(String::as_str));
        for name in at.command.reads.iter().filter(|name| !set.contains(name.as_str())) {
            let Some((_, by)) = lost.iter().rev().find(|(lost, _)| lost == name) else { continue };
            let line = by.command.line;
            found.push(
                Diagnostic::warning(
                    codes::EXCLUDED_NEEDED,
                    subject.word(at, &format!("${name}")),
                    format!("`${name}` is set on line {line}, on a slide whose class is excluded"),
                )
                .label("not set here")
                .help("set it on a slide that is shown, or exclude this one too"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found_without};

    #[test]
    fn what_is_excluded_must_not_be_needed() {
        let deck = |first: &str, second: &str| {
            format!("class: self-paced\n\n{}\n---\n\n{}", bash(&[first]), bash(&[second]))
        };
        let of = |first, second| found_without(codes::EXCLUDED_NEEDED, &deck(first, second), &["self-paced"]);
        assert_eq!(of("IP=1.2.3.4", "ping $IP"), ["$IP"]);
        assert_eq!(of("IP=1.2.3.4", "IP=2; ping $IP"), [""; 0]);
        assert_eq!(of("IP=1.2.3.4", "IP=2\nping $IP"), [""; 0]);
        assert_eq!(of("true", "ping $IP"), [""; 0]);
        assert_eq!(found_without(codes::EXCLUDED_NEEDED, &deck("IP=1", "ping $IP"), &[]), [""; 0]);
    }
}
