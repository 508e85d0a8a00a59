//! A blank that a person fills in, and that no value fills.

use crate::diagnostic::{Diagnostic, codes};

use super::{At, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, step) in subject.plan.steps.iter().enumerate().filter(|(_, step)| step.skip.is_none()) {
        for need in &step.needs {
            let command = step.commands().iter().enumerate().find(|(_, command)| command.text.contains(need));
            let span = match command.or_else(|| step.commands().iter().enumerate().next()) {
                Some((place, command)) => subject.word(At { step, command, index, place }, need),
                None => step.span,
            };
            found.push(
                Diagnostic::note(codes::PLACEHOLDER, span, format!("`{need}` is for the reader to fill in"))
                    .label("no value yet")
                    .help(format!("give one for runs: `[values]` in labrun.toml, or --set '{need}=VALUE'")),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    #[test]
    fn blanks_are_told_where_they_stand() {
        let of = |block: &str| found(codes::PLACEHOLDER, &bash(&[block]));
        assert_eq!(of("ls\nping {host} -c 1"), ["host"]);
        assert_eq!(of("ping `X.X.X.X`"), ["X.X.X.X"]);
        assert_eq!(of("ls ${HOME} {a,b}"), [""; 0]);
    }
}
