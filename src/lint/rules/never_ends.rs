//! A command that goes on until it is stopped, and nothing that stops it; or one that wants keys, and nothing that presses
//! any.

use crate::bash::Attendance;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Action, Step, Typed};

use super::{At, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for at in subject.commands().filter(|at| at.command.edit.is_none()) {
        let (why, serves) = match &at.command.attendance {
            Attendance::Viewer(why) => (why, false),
            Attendance::Server(why) => (why, true),
            Attendance::Keyboard(why) => {
                found.extend(untyped(subject, at, why));
                continue;
            }
            Attendance::None | Attendance::Terminal(_) => continue,
        };
        let last = at.place + 1 == at.step.commands().len();
        // Several in one block are typed in panes of their own, and each has its key.
        let unending =
            |command: &&Typed| matches!(command.attendance, Attendance::Viewer(_) | Attendance::Server(_));
        let here = at.step.commands()[at.place..].iter().filter(unending).count();
        if (last && attended(subject, at)) || (here > 1 && keys(subject, at) >= here) {
            continue;
        }
        let mut diagnostic =
            Diagnostic::warning(codes::NEVER_ENDS, subject.line(at), format!("{why}, and nothing stops it"));
        if !last {
            diagnostic = diagnostic.label("the commands below it in this block come when it has ended");
        }
        let wait = if serves { "`wait TEXT` for what it says when it is ready, and " } else { "" };
        found
            .push(diagnostic.help(format!(
                "put {wait}<!-- ```key ^C``` --> behind the block, as a learner would end it"
            )));
    }
    found
}

/// An editor, or a question, that no key follows. What opens a shell or a prompt takes the lines that follow.
fn untyped(subject: &Subject<'_>, at: At<'_>, why: &str) -> Option<Diagnostic> {
    let last = at.place + 1 == at.step.commands().len();
    let typed = last
        && directives(subject, at).any(|step| !matches!(step.action, Action::Open | Action::Await { .. }));
    if typed || at.command.opens.is_some() || at.command.inside.is_some() {
        return None;
    }
    Some(
        Diagnostic::warning(
            codes::NEVER_ENDS,
            subject.line(at),
            format!("{why}, and nothing is typed there"),
        )
        .label(if last { "" } else { "keys behind a block go to its last command" })
        .help("put what a learner types behind the block, <!-- ```keys TEXT``` --> and <!-- ```key Enter``` -->, or `skip REASON` before it"),
    )
}

/// The directives between a block and the next.
fn directives<'a>(subject: &Subject<'a>, at: At<'_>) -> impl Iterator<Item = &'a Step> {
    let after = subject.plan.steps[at.index + 1..].iter().filter(|step| step.skip.is_none());
    after.take_while(|step| !matches!(step.action, Action::Type(_)))
}

/// Whether one of them says what becomes of the block.
fn attended(subject: &Subject<'_>, at: At<'_>) -> bool {
    directives(subject, at).any(|step| !matches!(step.action, Action::Open))
}

/// How many of them press keys.
fn keys(subject: &Subject<'_>, at: At<'_>) -> usize {
    directives(subject, at).filter(|step| matches!(step.action, Action::Press(_))).count()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found, lab};

    #[test]
    fn what_never_ends_is_stopped() {
        let of = |inside: &str| found(codes::NEVER_ENDS, &lab(inside));
        assert_eq!(of("```bash\nkubectl get pods -w\n```"), ["kubectl get pods -w"]);
        assert_eq!(
            of("```bash\nkubectl get pods -w\nls\n```\n<!-- ```key ^C``` -->"),
            ["kubectl get pods -w"]
        );
        for inside in [
            "```bash\nkubectl get pods -w\n```\n<!-- ```key ^C``` -->",
            "```bash\nkubectl get pods -w\n```\n<!-- ```wait Running``` -->",
            "```bash\nkubectl get pods -w &\n```",
            "```bash\ntop\nwatch ls\n```\n<!-- ```key q``` -->\n<!-- ```key ^C``` -->",
            "```bash\nkubectl get pods -w\n```\n<!-- ```tmux split-pane -v``` -->",
            "<!-- ```skip by hand``` -->\n```bash\nkubectl get pods -w\n```",
            "```bash\nvi a.txt\n```\n<!-- ```keys :q``` -->\n<!-- ```key Enter``` -->",
            "```bash\nvi a.txt\nhello\n[esc]:wq\n```",
            "```bash\ndocker run -ti alpine sleep 5\n```",
            "```bash\nssh box\n```",
        ] {
            assert_eq!(of(inside), [""; 0], "{inside}");
        }
        assert_eq!(found(codes::NEVER_ENDS, &bash(&["ls", "kubectl get pods"])), [""; 0]);
    }

    #[test]
    fn an_editor_is_typed_into() {
        let of = |inside: &str| found(codes::NEVER_ENDS, &lab(inside));
        assert_eq!(of("```bash\nvi a.txt\n```"), ["vi a.txt"]);
        assert_eq!(of("```bash\nkubectl edit deploy/web\n```\n<!-- ```wait Edit``` -->").len(), 1);
        assert_eq!(of("```bash\nvi a.txt\ncat a.txt\n```\n<!-- ```keys :q``` -->"), ["vi a.txt"]);
    }
}
