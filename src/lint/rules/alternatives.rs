//! Two ways to do the same thing, on slides with classes such as `x-manual` and `x-auto`, that would both run.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

use super::Subject;

/// Endings of classes that exclude each other, and whole classes that do.
const PAIRS: [(&str, &str); 2] = [("-manual", "-auto"), ("in-person", "self-paced")];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    // For each class the first slide on which it has commands.
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for at in subject.commands() {
        let slide = subject.slide(at.step);
        if slide.classes.iter().any(|class| subject.exclude.contains(class)) {
            continue;
        }
        for class in &slide.classes {
            classes.entry(class).or_insert(at.step.slide);
        }
    }
    let mut found = Vec::new();
    for (one, other) in PAIRS {
        for (class, &slide) in &classes {
            let Some(stem) = class.strip_suffix(one) else { continue };
            let rival = format!("{stem}{other}");
            let Some(&second) = classes.get(rival.as_str()) else { continue };
            // What is both is no alternative.
            if slide == second {
                continue;
            }
            let (first, last, name) =
                if slide < second { (slide, second, rival.as_str()) } else { (second, slide, *class) };
            let (first, last) = (&subject.slides()[first], &subject.slides()[last]);
            // The line that gives the slide its class; it may be inherited.
            let said = subject.source().slice(last.span).find(name).map(|at| last.span.start + at);
            let line = said.map_or(subject.source().line_span(last.line), |at| subject.source().line_at(at));
            let message = format!(
                "`{class}` and `{rival}` are two ways to do the same, and the commands of both are run"
            );
            found.push(
                Diagnostic::warning(codes::ALTERNATIVES, Span::new(line.start, line.end), message)
                    .label(format!("the other way begins on line {}", first.line))
                    .help(format!("leave one out: `exclude-class = [\"{name}\"]` in labrun.toml, or --exclude-class {name}")),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found, found_without};

    #[test]
    fn two_ways_must_not_both_run() {
        let slide = |class: &str| format!("class: {class}\n\n{}", bash(&["true"]));
        let deck = |one: &str, other: &str| format!("{}\n---\n\n{}", slide(one), slide(other));
        let of = |one, other| found(codes::ALTERNATIVES, &deck(one, other)).len();
        assert_eq!(of("btp-auto", "btp-manual"), 1);
        assert_eq!(of("btp-auto", "prom-manual"), 0);
        assert_eq!(of("self-paced", "in-person"), 1);
        assert_eq!(of("extra-details", "extra"), 0);
        assert_eq!(found_without(codes::ALTERNATIVES, &deck("a-auto", "a-manual"), &["a-auto"]), [""; 0]);
        let prose = format!("class: a-auto\n\n# Nothing to type\n\n---\n\n{}", slide("a-manual"));
        assert_eq!(found(codes::ALTERNATIVES, &prose), [""; 0]);
    }
}
