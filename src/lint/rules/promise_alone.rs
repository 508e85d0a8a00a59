//! An output that a slide promises where no command stands that it could be of, so that nothing checks it.

use crate::diagnostic::{Diagnostic, codes};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    // A deck without commands only shows what others did.
    if subject.commands().next().is_none() {
        return Vec::new();
    }
    let note = |one: &crate::plan::Unpaired| {
        Diagnostic::note(codes::PROMISE_ALONE, one.span, "no command on this slide could print this")
            .label("not checked")
            .help("put it on the slide of its command, or say it there: <!-- ```expect contains TEXT``` -->")
    };
    subject.plan.unpaired.iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    #[test]
    fn an_output_has_its_command_on_the_slide() {
        let promise = "We should see:\n\n```\nready\n```\n";
        let of = |text: String| found(codes::PROMISE_ALONE, &text).len();
        assert_eq!(of(format!("{}\n---\n\n# Next\n\n{promise}", bash(&["ls"]))), 1);
        assert_eq!(of(format!("{}\n{promise}", bash(&["ls"]))), 0);
        assert_eq!(of(format!("{}\n--\n\n{promise}", bash(&["ls"]))), 0);
        assert_eq!(of(format!("# No lab\n\n{promise}")), 0);
    }
}
