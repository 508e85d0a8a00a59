//! A `wait` that stands first in its lab: the command that it speaks of is on another slide.

use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Action;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let deck = &subject.plan.deck;
    let steps = &subject.plan.steps;
    let mut found = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Action::Await { of: Some(of), .. } = step.action else { continue };
        let here = deck.head(step.slide);
        let first = steps[..index].iter().all(|before| deck.head(before.slide) != here);
        if first {
            let line = steps[of].line;
            found.push(
                Diagnostic::note(
                    codes::WAIT_FAR,
                    step.span,
                    format!("no command stands before this `{}` on its slide", step.method),
                )
                .label(format!("speaks of the command on line {line}"))
                .help("put it behind the block that it speaks of: other runners pass over it here"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found, lab};

    #[test]
    fn a_wait_stands_behind_its_command() {
        let wait = "<!-- ```wait x``` -->";
        let of = |text: String| found(codes::WAIT_FAR, &text).len();
        assert_eq!(of(format!("{}\n---\n\n{}", bash(&["top"]), lab(wait))), 1);
        assert_eq!(of(format!("{}\n--\n\n{}", bash(&["top"]), lab(wait))), 0);
        assert_eq!(of(lab(&format!("```bash\ntop\n```\n<!-- ```key q``` -->\n{wait}"))), 0);
    }
}
