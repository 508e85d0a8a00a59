//! Ticks that reach bash in pairs: it runs what stands between them, and puts its output there.

use crate::bash;
use crate::diagnostic::{Diagnostic, codes};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for at in subject.own_commands() {
        for script in bash::backquoted(&at.command.text) {
            let span = subject.word(at, &format!("`{script}`"));
            found.push(
                Diagnostic::warning(codes::BACKTICKS_RUN, span, "bash runs what stands in these ticks")
                    .label("its output is put here")
                    .help("if that is meant, write $( ), which cannot be taken for a highlight; if not, take the ticks away"),
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
    fn ticks_that_bash_sees_are_told_from_highlights() {
        let of = |text: &str| found(codes::BACKTICKS_RUN, text);
        assert_eq!(of(&bash(&["echo \\`date`"])).len(), 1);
        assert_eq!(of(&lab("<!-- ```hide echo `date` now``` -->")), ["`date`"]);
        assert_eq!(of(&bash(&["ping `1.2.3.4`", "echo $(date)", "echo 'a\\`b`c'"])), [""; 0]);
    }
}
