//! A check that holds whatever the command prints, and so says nothing; a `wait` for what every prompt shows.

use crate::diagnostic::{Diagnostic, codes};
use crate::expect::{Expectation, Output};
use crate::plan::Action;
use crate::source::Span;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for check in subject.plan.steps.iter().flat_map(|step| &step.checks) {
        if !can_fail(&check.expectation) {
            let line = subject.source().line_at(check.span.start);
            let span = Span::new(check.span.start, line.end.min(check.span.end).max(check.span.start));
            found.push(
                Diagnostic::warning(codes::CHECK_IDLE, span, "this check holds whatever the command prints")
                    .label("it can never fail")
                    .help("promise something that must be there, or take it away"),
            );
        }
    }
    for step in subject.plan.steps.iter().filter(|step| step.skip.is_none()) {
        let Action::Await { of: Some(of), .. } = step.action else { continue };
        // Of a shell within a shell, its prompt is the sign that it is there.
        let within = subject.plan.steps[of]
            .commands()
            .last()
            .is_some_and(|command| command.opens.is_some() || command.inside.is_some());
        if !within && is_prompt(&step.text) {
            found.push(
                Diagnostic::warning(codes::CHECK_IDLE, step.span, "every prompt shows what this waits for")
                    .label("it is met at once, whatever the command prints")
                    .help("wait for something that only the command prints, or take it away: labrun awaits the end of each command"),
            );
        }
    }
    found
}

/// Whether a text is what prompts end in: `$`, `#`, `~$`, `:~#`.
fn is_prompt(text: &str) -> bool {
    let text = text.trim();
    text.ends_with(['$', '#', '%', '>']) && text.chars().all(|c| "$#%>:~/@)] ".contains(c))
}

/// Whether one of several outputs that have nothing in common breaks the promise; for JSON, one of several values. What
/// must not be there is tried too.
fn can_fail(expectation: &Expectation) -> bool {
    let text = expectation.text();
    let bare: String =
        text.lines().map(|line| line.trim_start_matches(['+', '-', ' '])).collect::<Vec<_>>().join("\n");
    let texts = ["", "\u{10fffd}", "a 1\n\nb  2 c\n", text, &bare];
    let values = ["null", "{\"\u{10fffd}\": 1}", "[[]]", "17"];
    let breaks =
        |output: &&str| expectation.check(&Output { stdout: output, stderr: "", homes: &[] }).is_err();
    // That a text is no JSON says nothing of what is promised of the JSON.
    let json = expectation.mode().to_string().starts_with("json");
    if json { values.iter().any(breaks) } else { texts.iter().any(breaks) }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{found, lab};

    #[test]
    fn a_check_must_be_able_to_fail() {
        for (expect, count) in [
            ("regex .*", 1),
            ("regex a*", 1),
            ("contains ...", 1),
            ("json subset \"{...}\"", 1),
            ("json subset {}", 0),
            ("regex ^a", 0),
            ("contains a", 0),
            ("not-contains error", 0),
            ("json {}", 0),
        ] {
            let deck = lab(&format!("```bash\nls\n```\n<!-- ```expect {expect}``` -->"));
            assert_eq!(found(codes::CHECK_IDLE, &deck).len(), count, "{expect}");
        }
    }

    #[test]
    fn a_wait_is_for_more_than_a_prompt() {
        for (block, wait, count) in
            [("ls", "$", 1), ("ls", "~#", 1), ("ls", "100%", 0), ("ls", "#1", 0), ("ssh box", "$", 0)]
        {
            let deck = lab(&format!("```bash\n{block}\n```\n<!-- ```wait {wait}``` -->"));
            assert_eq!(found(codes::CHECK_IDLE, &deck).len(), count, "{block}: {wait}");
        }
    }
}
