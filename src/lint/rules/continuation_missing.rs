//! A command that begins with an option: the line before it lacks its backslash.

use crate::bash;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for at in subject.commands().filter(|at| at.place > 0) {
        let calls = bash::calls(&at.command.text);
        let Some(option) = calls.first().filter(|call| is_option(&call.name)) else { continue };
        let source = subject.source();
        let above = source.line_span(at.command.line.saturating_sub(1).max(1));
        let text = source.slice(above);
        let end = above.start + text.trim_end().len();
        let mut diagnostic = Diagnostic::warning(
            codes::CONTINUATION_MISSING,
            subject.word(at, &option.name),
            "this line begins with an option, as if it went on from the line above",
        )
        .label("bash takes it for a command")
        .help("end the line above with a backslash");
        // A comment above, or a blank line, is another matter.
        if !text.trim().is_empty() && !text.trim_start().starts_with('#') {
            diagnostic = diagnostic.fix(Span::new(end, above.end), " \\");
        }
        found.push(diagnostic);
    }
    found
}

/// `-x`, `--long=value`; `-` alone, or before a blank, is the mark of a list.
fn is_option(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    name.len() < word.len()
        && word.len() - name.len() <= 2
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::fixed;
    use crate::lint::testing::{bash, found, plan_at};

    #[test]
    fn an_option_is_no_command() {
        let of = |block: &str| found(codes::CONTINUATION_MISSING, &bash(&[block]));
        assert_eq!(of("kubectl get pods\n  --selector=a=b"), ["--selector=a=b"]);
        assert_eq!(of("docker run x\n-v a:b"), ["-v"]);
        assert_eq!(of("kubectl get pods \\\n  --selector=a=b\nls -l"), [""; 0]);
        assert_eq!(of("- --flag\nls"), [""; 0]);
    }

    #[test]
    fn the_fix_adds_the_backslash() {
        let text = bash(&["kubectl get pods  \n  --selector=a=b"]);
        let plan = plan_at("deck.md", &text);
        let fixed = fixed(&text, &plan.diagnostics);
        assert_eq!((fixed.text, fixed.count), (bash(&["kubectl get pods \\\n  --selector=a=b"]), 1));
    }
}
