//! The end of a report: how much green means, what failed, what was late, what nothing checks, and what was simulated.

use super::look::{Look, Tone};
use crate::event::{Exit, Summary, Verdict};
use crate::report::layout::{clean, count, fit, time, wrap};

/// Something that did not hold, for the list at the end.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub verdict: Verdict,
    /// `slides/registry.md:136`.
    pub place: String,
    pub summary: String,
}

/// What the end of a report needs besides counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub broken: Vec<Broken>,
    /// Commands that held on a later attempt: place and text.
    pub late: Vec<(String, String)>,
    /// Promises that nothing checks: place and sentence.
    pub unchecked: Vec<(String, String)>,
    /// Which programs were stand-ins, over all decks.
    pub simulated: Vec<String>,
    /// Whether any deck ran on the simulated stage.
    pub was_simulated: bool,
    /// Decks that were not run.
    pub refused: usize,
}

/// Lines of a list before the rest is counted.
const LISTED: usize = 10;
/// Promises that nothing checks, named.
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
    end.broken(&ledger.broken);
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
        let run = summary.held + summary.warned + summary.failed;
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
        if run == summary.held {
            return self.text(
                tone,
                &format!(
                    "{interrupted}{head}{comma} in {time}{}{how}",
                    if how.is_empty() { "" } else { ": " }
                ),
            );
        }
        self.text(tone, &format!("{interrupted}{head}{comma} in {time}"));
        if !how.is_empty() && !self.look.quiet {
            self.text(Tone::Plain, &format!("what held, held {how}"));
        }
    }

    fn broken(&mut self, broken: &[Broken]) {
        for one in broken.iter().take(LISTED) {
            let mark = self.look.mark(one.verdict);
            self.lines.push(self.look.row(2, &mark, &format!("{}: {}", one.place, one.summary), ""));
        }
        if broken.len() > LISTED {
            self.text(Tone::Plain, &format!("  and {} more, above", broken.len() - LISTED));
        }
    }

    fn late(&mut self, late: &[(String, String)]) {
        let Some(((place, command), more)) = late.split_first() else { return };
        let command = fit(command, 32);
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let text = format!("{} held late, learners will meet it too: {place}, {command}{more}", late.len());
        self.text(Tone::Plain, &text);
    }

    fn unchecked(&mut self, unchecked: &[(String, String)]) {
        if unchecked.is_empty() {
            return;
        }
        self.text(Tone::Plain, &format!("{} that nothing checks", count(unchecked.len(), "promise")));
        for (place, sentence) in unchecked.iter().take(NAMED) {
            let mark = self.look.mark(Verdict::Skipped);
            self.lines.push(self.look.row(2, &mark, &format!("{place}: {sentence}"), ""));
        }
        if unchecked.len() > NAMED {
            self.text(
                Tone::Plain,
                &format!("  and {} more: labrun plan names them", unchecked.len() - NAMED),
            );
        }
    }

    fn simulated(&mut self, ledger: &Ledger) {
        if ledger.was_simulated {
            let names = ledger.simulated.join(" ");
            let names = if names.is_empty() { String::new() } else { format!(": {names}") };
            self.text(Tone::Strong, &format!("SIMULATED{names}. Nothing real was touched."));
        }
    }
}

/// The worst of what was counted.
fn verdict(summary: &Summary, exit: Exit) -> Verdict {
    match summary {
        _ if exit != Exit::Held || summary.failed > 0 || summary.interrupted => Verdict::Failed,
        Summary { warned: 1.., .. } => Verdict::Warned,
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
    let alone = parts.is_empty();
    match summary.held {
        0 if !alone => {}
        held if alone => parts.push(format!("{} held", count(held, "command"))),
        held => parts.push(format!("{held} held")),
    }
    if summary.skipped > 0 {
        parts.push(format!("{} skipped", count(summary.skipped, "step")));
    }
    parts
}

/// What held means: `11 by status only, 3 with the output promised`.
fn how(summary: &Summary) -> String {
    match (summary.by_status, summary.by_output) {
        (0, 0) => String::new(),
        (0, _) => "each with the output promised".to_owned(),
        (_, 0) => "by status only, no output was promised".to_owned(),
        (status, output) => format!("{status} by status only, {output} with the output promised"),
    }
}
