//! What a command printed that held, for people who watch the run: the errors first, then the output, indented.

use super::INDENT;
use super::look::Look;
use crate::event::{Left, Outcome};
use crate::report::layout::{clean, count, wrap};

/// Lines shown of a command, before the rest is counted.
const LINES: usize = 24;

/// The lines of it, none where nothing came; what opened a shell, or is spoken to by directives, has shown nothing yet.
pub(super) fn lines(look: Look, outcome: &Outcome) -> Vec<String> {
    if matches!(outcome.left, Some(Left::Opened | Left::Attended)) {
        return Vec::new();
    }
    let start = INDENT + 2;
    let room = look.columns.saturating_sub(start).max(20);
    let all: Vec<&str> = outcome.stderr.trim_end().lines().chain(outcome.stdout.trim_end().lines()).collect();
    // One more line is no shorter than the word that it is left out.
    let shown = if all.len() <= LINES + 1 { all.len() } else { LINES };
    // What a terminal shows of a line that was written over.
    let drawn = all[..shown].iter().map(|line| line.trim_end().rsplit('\r').next().unwrap_or_default());
    let mut lines: Vec<String> = drawn.flat_map(|line| wrap(&clean(line), room)).collect();
    if shown < all.len() {
        lines.push(format!("… {}", count(all.len() - shown, "more line")));
    }
    lines.iter().map(|line| format!("{:start$}{}", "", look.plain(line)).trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_come_first_and_much_is_cut_short() {
        let stdout = (1..=40).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
        let outcome = Outcome { stderr: "warning\n".into(), stdout, ..Outcome::default() };
        let lines = lines(Look::default(), &outcome);
        assert_eq!(lines[..2], ["        warning", "        1"]);
        assert_eq!(lines.last().unwrap(), "        … 17 more lines");
    }

    #[test]
    fn of_progress_the_end_is_shown_and_nothing_is_no_line() {
        let outcome = |stdout: &str| Outcome { stdout: stdout.into(), ..Outcome::default() };
        assert_eq!(lines(Look::default(), &outcome("10%\r100%\n")), ["        100%"]);
        assert!(lines(Look::default(), &outcome("")).is_empty());
    }
}
