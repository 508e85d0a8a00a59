//! The end of a report: how much green means, what failed, what was late, what nothing checks, and what was simulated.

use super::look::{Look, Tone};
use crate::event::{Exit, Summary, Verdict};
use crate::report::layout::{clean, count, fit, fit_end, time, width, wrap};

/// Something that did not hold, for the list at the end.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    /// The step that it is about; none for a deck that was not run.
    pub step: Option<String>,
    pub verdict: Verdict,
    /// `slides/registry.md:136`.
    pub place: String,
    pub summary: String,
    /// What was typed, where something was.
    pub command: Option<String>,
}

/// What the end of a report needs besides counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub broken: Vec<Broken>,
    /// Commands that held on a later attempt: place, and what to say of it.
    pub late: Vec<(String, String)>,
    /// Promises that nothing checks: place and sentence.
    pub unchecked: Vec<(String, String)>,
    /// Which programs were stand-ins, over all decks.
    pub simulated: Vec<String>,
    /// Decks that ran on the simulated stage.
    pub simulated_decks: Vec<String>,
    /// Decks that ran for real.
    pub real_decks: Vec<String>,
    /// Decks that were not run.
    pub refused: usize,
}

/// Lines of the list of what failed, before the rest is counted.
const BROKEN: usize = 10;
/// Columns that are worth a command's beginning and end.
const COMMAND: usize = 16;
/// Lines of other lists.
const NAMED: usize = 3;

/// The lines of the end.
pub(super) fn lines(
    look: Look,
    summary: &Summary,
    ledger: &Ledger,
    elapsed_ms: u64,
    exit: Exit,
) -> Vec<String> {
    let mut end = End { look, lines: Vec::new() };
    end.counts(summary, ledger, elapsed_ms, exit);
    // Of a single deck that was not run all has just been said.
    let said = ledger.refused == 1 && ledger.simulated_decks.is_empty() && ledger.real_decks.is_empty();
    if !said {
        end.broken(&ledger.broken);
    }
    if !look.quiet {
        end.late(&ledger.late);
        end.unchecked(&ledger.unchecked);
    }
    end.simulated(ledger);
    end.lines
}

/// One line for a deck among several.
pub(super) fn of_deck(look: Look, path: &str, summary: &Summary) -> String {
    let verdict = verdict(summary, Exit::Held);
    let text = format!("{path}: {}", tally(summary).join(", "));
    format!(
        "{} {}",
        look.mark(verdict),
        look.plain(&fit(&text, look.columns.saturating_sub(look.mark_width() + 1)))
    )
}

struct End {
    look: Look,
    lines: Vec<String>,
}

impl End {
    fn text(&mut self, tone: Tone, text: &str) {
        for (at, line) in wrap(&clean(text), self.look.columns.saturating_sub(2)).into_iter().enumerate() {
            let line = self.look.paint(tone, &self.look.plain(&line));
            self.lines.push(format!("{}{line}", if at > 0 { "  " } else { "" }));
        }
    }

    fn counts(&mut self, summary: &Summary, ledger: &Ledger, elapsed_ms: u64, exit: Exit) {
        let tone = match verdict(summary, exit) {
            Verdict::Failed => Tone::Bad,
            Verdict::Warned => Tone::Odd,
            _ => Tone::Good,
        };
        let run = summary.held + summary.warned + summary.known + summary.failed;
        if run == 0 {
            let why = if summary.interrupted { "interrupted: nothing was run" } else { "nothing was run" };
            return self.text(Tone::Bad, why);
        }
        let mut head = tally(summary).join(", ");
        if ledger.refused > 0 {
            head = format!("{head}, {} not run", count(ledger.refused, "deck"));
        }
        let interrupted = if summary.interrupted { "interrupted: " } else { "" };
        let (time, how) = (time(elapsed_ms), how(summary));
        let comma = if head.contains(',') { "," } else { "" };
        let text = format!("{interrupted}{head}{comma} in {time}");
        if run == summary.held && ledger.refused == 0 {
            return self.text(tone, &format!("{text}: {how}"));
        }
        self.text(tone, &text);
        if summary.held > 0 && !self.look.quiet {
            self.text(Tone::Plain, &format!("what held: {how}"));
        }
    }

    fn broken(&mut self, broken: &[Broken]) {
        for one in broken.iter().take(BROKEN) {
            let mark = self.look.mark(one.verdict);
            let text = format!("{}: {}", one.place, one.summary);
            let left = self.room().saturating_sub(width(&clean(&text)) + 4);
            let command = one.command.as_deref().filter(|_| left >= COMMAND);
            let command = command.map(|command| format!("  $ {}", fit(command, left))).unwrap_or_default();
            self.item(&mark, &format!("{text}{command}"));
        }
        self.more(broken.len(), BROKEN, "above");
    }

    fn late(&mut self, late: &[(String, String)]) {
        if !late.is_empty() {
            self.text(Tone::Plain, &format!("{} held late; learners will meet it too", late.len()));
            self.places(late, "above");
        }
    }

    fn unchecked(&mut self, unchecked: &[(String, String)]) {
        if !unchecked.is_empty() {
            self.text(Tone::Plain, &format!("{} that nothing checks", count(unchecked.len(), "promise")));
            self.places(unchecked, "labrun plan names them");
        }
    }

    fn places(&mut self, places: &[(String, String)], where_else: &str) {
        for (place, text) in places.iter().take(NAMED) {
            let mark = self.look.mark(Verdict::Skipped);
            self.item(&mark, &format!("{place}: {}", text.trim_start_matches(['-', '*', ' '])));
        }
        self.more(places.len(), NAMED, where_else);
    }

    /// Columns of an item's text.
    fn room(&self) -> usize {
        self.look.columns.saturating_sub(3 + self.look.mark_width())
    }

    fn item(&mut self, mark: &str, text: &str) {
        let text = fit_end(text, self.room());
        self.lines.push(format!("  {mark} {}", self.look.plain(&text)));
    }

    fn more(&mut self, all: usize, shown: usize, where_else: &str) {
        if all > shown {
            self.lines.push(format!("  and {} more: {where_else}", all - shown));
        }
    }

    /// What was simulated, and that the rest was not.
    fn simulated(&mut self, ledger: &Ledger) {
        if ledger.simulated_decks.is_empty() {
            return;
        }
        let names = ledger.simulated.join(" ");
        let names = if names.is_empty() { String::new() } else { format!(": {names}") };
        let (what, rest) = if ledger.real_decks.is_empty() {
            (format!("SIMULATED{names}"), "no cluster or Docker engine was touched".to_owned())
        } else {
            let (simulated, real) = (ledger.simulated_decks.join(", "), ledger.real_decks.join(", "));
            (format!("SIMULATED for {simulated}{names}"), format!("run for real: {real}"))
        };
        let line = format!("{what}; {rest}");
        if width(&line) <= self.look.columns {
            return self.text(Tone::Strong, &line);
        }
        self.text(Tone::Strong, &what);
        self.text(Tone::Strong, &rest);
    }
}

/// The worst of what was counted.
fn verdict(summary: &Summary, exit: Exit) -> Verdict {
    match summary {
        _ if exit != Exit::Held || summary.failed > 0 || summary.interrupted => Verdict::Failed,
        Summary { warned: 1.., .. } | Summary { known: 1.., .. } => Verdict::Warned,
        _ => Verdict::Held,
    }
}

/// `1 failed`, `12 held`, `3 steps skipped`: the worst first.
fn tally(summary: &Summary) -> Vec<String> {
    let mut parts = Vec::new();
    if summary.failed > 0 {
        parts.push(format!("{} failed", summary.failed));
    }
    if summary.warned > 0 {
        parts.push(format!("{} warned", summary.warned));
    }
    if summary.known > 0 {
        parts.push(format!("{} known to fail", summary.known));
    }
    let alone = parts.is_empty();
    match summary.held {
        0 if !alone => {}
        held if alone => parts.push(format!("{} held", count(held, "command"))),
        held => parts.push(format!("{held} held")),
    }
    if summary.skipped > 0 {
        parts.push(format!("{} skipped", count(summary.skipped, "step")));
    }
    if summary.left_out > 0 {
        parts.push(format!("{} not selected", count(summary.left_out, "step")));
    }
    parts
}

/// What held means: `11 by status only, 3 with the output promised, 1 that nothing checks`.
fn how(summary: &Summary) -> String {
    match (summary.by_status, summary.by_output, summary.by_nothing) {
        (0, 0, _) => "nothing checks their status or output".to_owned(),
        (0, _, 0) => "each with the output promised".to_owned(),
        (_, 0, 0) => "by status only, no output was promised".to_owned(),
        (status, output, nothing) => {
            let parts = [
                (status, "by status only"),
                (output, "with the output promised"),
                (nothing, "that nothing checks"),
            ];
            let parts = parts.into_iter().filter(|(number, _)| *number > 0);
            parts.map(|(number, how)| format!("{number} {how}")).collect::<Vec<_>>().join(", ")
        }
    }
}
