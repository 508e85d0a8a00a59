//! The live line: what runs now, for how long, and what it waits for. On standard error, at a terminal only; it leaves
//! no trace.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::look::Look;
use crate::event::{Progress, Retrying};
use crate::report::layout::{clean, fit_end, row, time};

/// Silence that is worth a word.
const SILENT_MS: u64 = 30_000;
/// How often the line shows that labrun itself lives.
const TICK: Duration = Duration::from_millis(100);

/// A line below the report that is drawn over and over.
#[derive(Debug)]
pub(super) struct Live {
    look: Look,
    command: String,
    /// Which attempt runs, from 1.
    attempt: u32,
    bar: Option<ProgressBar>,
}

impl Live {
    pub(super) fn new(look: Look) -> Self {
        Self { look, command: String::new(), attempt: 1, bar: None }
    }

    /// A command is typed.
    pub(super) fn start(&mut self, command: &str) {
        self.clear();
        command.clone_into(&mut self.command);
        self.attempt = 1;
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let ticks = if self.look.ascii { "-\\|/ " } else { "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ " };
        if let Ok(style) = ProgressStyle::with_template("      {spinner} {msg}") {
            bar.set_style(style.tick_chars(ticks));
        }
        bar.set_message(line(self.look, command, ""));
        bar.enable_steady_tick(TICK);
        self.bar = Some(bar);
    }

    /// It still runs.
    pub(super) fn progress(&self, progress: &Progress) {
        self.say(&running(self.attempt, progress));
    }

    /// It is tried again.
    pub(super) fn retrying(&mut self, retrying: &Retrying) {
        self.attempt = retrying.attempt + 1;
        self.say(&again(retrying, self.look.columns / 2));
    }

    /// Makes room for lines of the report.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn say(&self, right: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(line(self.look, &self.command, right));
        }
    }
}

/// The command, and at the right end what is to be said of it.
fn line(look: Look, command: &str, right: &str) -> String {
    // A terminal that is full to its last column may wrap.
    look.plain(row(command, right, look.columns.saturating_sub(10)).trim_end())
}

fn running(attempt: u32, progress: &Progress) -> String {
    let attempt = if attempt > 1 { format!("attempt {attempt}, ") } else { String::new() };
    let elapsed = seconds(progress.elapsed_ms);
    if progress.silent_ms < SILENT_MS {
        return format!("{attempt}{elapsed}");
    }
    format!("{attempt}{elapsed}, last output {} ago", seconds(progress.silent_ms))
}

fn again(retrying: &Retrying, columns: usize) -> String {
    let reason = clean(&retrying.reason).into_owned();
    fit_end(&format!("attempt {} in {}: {reason}", retrying.attempt + 1, time(retrying.pause_ms)), columns)
}

/// A time that is said about once a second.
fn seconds(ms: u64) -> String {
    if ms < 120_000 { format!("{} s", ms / 1000) } else { time(ms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(elapsed_ms: u64, silent_ms: u64) -> Progress {
        Progress { step: "a/1".into(), index: 0, elapsed_ms, silent_ms }
    }

    #[test]
    fn a_long_silence_is_said() {
        assert_eq!(running(1, &progress(7_400, 7_400)), "7 s");
        assert_eq!(running(2, &progress(47_900, 31_200)), "attempt 2, 47 s, last output 31 s ago");
    }

    #[test]
    fn another_attempt_says_why() {
        let retrying = Retrying {
            step: "a/1".into(),
            index: 0,
            attempt: 2,
            reason: "curl: (7) \x1b[31mFailed to connect".into(),
            pause_ms: 500,
        };
        assert_eq!(again(&retrying, 60), "attempt 3 in 500 ms: curl: (7) Failed to connect");
        assert!(line(Look::default(), "curl $REGISTRY/v2/_catalog", &again(&retrying, 40)).len() < 80);
    }
}
