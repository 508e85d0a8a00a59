//! An inner shell that is never left, with steps of later slides typed into it.

use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Action, Step};

use super::{At, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let all: Vec<At<'_>> = subject.commands().collect();
    let Some(last) = all.last() else { return Vec::new() };
    let Some(outer) = last.command.inside.as_deref() else { return Vec::new() };
    // The directives behind the last command may still leave it.
    if subject.plan.steps[last.index + 1..].iter().any(speaks) || leaves(&last.command.text) {
        return Vec::new();
    }
    // Shells may have been opened and left within it.
    let first_line = |at: &At<'_>| at.command.text.lines().next().unwrap_or_default() == outer;
    let Some(place) =
        all.iter().rposition(|at| first_line(at) && at.command.inside.as_deref() != Some(outer))
    else {
        return Vec::new();
    };
    let opener = all[place];
    let deck = &subject.plan.deck;
    let here = deck.head(opener.step.slide);
    let Some(stray) = all[place + 1..].iter().find(|at| deck.head(at.step.slide) != here) else {
        return Vec::new();
    };
    let line = stray.command.line;
    vec![
        Diagnostic::note(
            codes::SHELL_UNLEFT,
            subject.line(opener),
            "this opens a shell that no step leaves, and later slides type into it",
        )
        .label(format!("line {line} is typed there, and so is all that follows"))
        .help("leave it where it has done its work: `exit` in a block, or <!-- ```key ^D``` -->"),
    ]
}

/// Whether a step types or presses something.
fn speaks(step: &Step) -> bool {
    matches!(step.action, Action::Press(_) | Action::Keys(_) | Action::Paste)
}

fn leaves(text: &str) -> bool {
    matches!(text.split_whitespace().next(), Some("exit" | "logout" | "quit"))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    #[test]
    fn a_shell_is_left_before_the_next_slide() {
        let of = |first: &[&str], second: &[&str]| {
            found(codes::SHELL_UNLEFT, &format!("{}\n---\n\n{}", bash(first), bash(second)))
        };
        assert_eq!(of(&["ssh box", "ls"], &["ls"]), ["ssh box"]);
        assert_eq!(of(&["ssh box", "ls", "exit"], &["ls"]), [""; 0]);
        assert_eq!(of(&["ssh box", "ls"], &["ls", "exit"]), [""; 0]);
        assert_eq!(of(&["ls"], &["ssh box", "ls"]), [""; 0]);
        // A shell within it is left, and it is not.
        assert_eq!(of(&["ssh box", "docker exec -ti x sh", "ls", "exit"], &["ls"]), ["ssh box"]);
        assert_eq!(of(&["ssh box ls"], &["ls"]), [""; 0]);
    }
}
