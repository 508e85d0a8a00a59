//! A `wait` for a text that stands in the command itself: a runner that looks at the screen is met by the echo of what it
//! typed, and labrun, which looks at outputs alone, may wait in vain.

use crate::bash;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Action;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for step in subject.plan.steps.iter().filter(|step| step.skip.is_none()) {
        let Action::Await { of: Some(of), .. } = step.action else { continue };
        let text = step.text.trim();
        let Some(command) = subject.plan.steps[of].commands().last() else { continue };
        if text.is_empty() || !command.text.contains(text) || prints(&command.text) {
            continue;
        }
        found.push(
            Diagnostic::warning(
                codes::WAIT_ECHO,
                step.span,
                format!("the command on line {} holds this text itself", command.line),
            )
            .label("its echo at a terminal already meets this")
            .help("wait for something that only its output holds"),
        );
    }
    found
}

/// Whether a command prints its own words: then they come in its output too.
fn prints(text: &str) -> bool {
    let calls = bash::calls(text);
    let echoes = calls.iter().any(|call| matches!(call.name.as_str(), "echo" | "printf" | "cat" | "tee"));
    let edits = calls.iter().any(|call| matches!(call.name.as_str(), "vi" | "vim" | "nano"));
    echoes || edits
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{found, lab};

    #[test]
    fn a_wait_is_for_what_comes() {
        let of = |command: &str, wait: &str| {
            found(codes::WAIT_ECHO, &lab(&format!("```bash\n{command}\n```\n<!-- ```wait {wait}``` -->")))
                .len()
        };
        assert_eq!(of("curl $IP", "curl"), 1);
        assert_eq!(of("curl $IP", "200 OK"), 0);
        assert_eq!(of("echo done", "done"), 0);
        assert_eq!(of("ping -c 1 box\nls", "ping"), 0);
    }
}
