//! A block in a lab that does not say what it is: it is not run, whatever learners do with it.

use crate::diagnostic::{Diagnostic, codes};

use super::Subject;
use super::language_wrong::{Kind, kind};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, block) in subject.blocks() {
        if block.lab.is_none()
            || !block.language.is_empty()
            || subject.is_promise(block)
            || subject.is_step(block)
        {
            continue;
        }
        let span = subject.fence(block);
        let message = "this block in a lab has no language, so nothing is done with it";
        found.push(if kind(subject.source().slice(block.body)) == Kind::Shell {
            Diagnostic::warning(codes::LANGUAGE_MISSING, span, message)
                .label("it looks like commands, and is not run")
                .help("write `bash` behind the ticks, and `skip REASON` in a comment before it if it is not to be run")
        } else {
            Diagnostic::note(codes::LANGUAGE_MISSING, span, message)
                .help("say what it is: `bash` if learners type it, `text` if they only read it")
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::{Severity, codes};
    use crate::lint::testing::{found, lab, plan_at};

    #[test]
    fn a_block_says_what_it_is() {
        let severity = |inside: &str| {
            let plan = plan_at("deck.md", &lab(inside));
            plan.diagnostics.iter().find(|one| one.code == codes::LANGUAGE_MISSING).map(|one| one.severity)
        };
        assert_eq!(severity("```\nkubectl get pods\n```"), Some(Severity::Warning));
        assert_eq!(severity("```\nsome words\n```"), Some(Severity::Note));
        for inside in [
            "```text\nkubectl get pods\n```",
            "```bash\nkubectl get pods\n```\n\nWe should see:\n\n```\na\n```",
        ] {
            assert_eq!(severity(inside), None, "{inside}");
        }
        assert_eq!(found(codes::LANGUAGE_MISSING, "# Not in a lab\n\n```\nls\n```\n"), [""; 0]);
    }
}
