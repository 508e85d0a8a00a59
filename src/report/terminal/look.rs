//! How a terminal report looks: its width, its marks, its colours. Colour carries nothing alone.

use anstyle::{AnsiColor, Style};

use crate::event::Verdict;
use crate::report::layout::{ascii, fit, width};

/// What the reader's terminal can do, and what the reader asked for.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch by itself")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of a line; times are right-aligned to it.
    pub columns: usize,
    /// Whether to colour.
    pub color: bool,
    /// Whether to do without ✓ ✗ │ …: the terminal may not have them.
    pub ascii: bool,
    /// Whether to show failures and the summary only.
    pub quiet: bool,
    /// Whether to show what commands printed that held, too.
    pub outputs: bool,
    /// Whether to show what promises let pass that held.
    pub passed: bool,
}

impl Default for Look {
    /// 80 columns, no colour.
    fn default() -> Self {
        Self { columns: 80, color: false, ascii: false, quiet: false, outputs: false, passed: false }
    }
}

/// What a piece of text is; decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Odd,
    Bad,
    /// Differs within a promised line.
    Promised,
    /// Differs within a line that came.
    Came,
}

impl Look {
    /// `text` in its colour.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        let style = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => color(AnsiColor::Green),
            Tone::Odd => color(AnsiColor::Yellow),
            Tone::Bad | Tone::Came => color(AnsiColor::Red).bold(),
            Tone::Promised => color(AnsiColor::Green).bold(),
        };
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// The mark of a verdict, padded so that what follows is in one column.
    pub(super) fn mark(self, verdict: Verdict) -> String {
        let (tone, mark, word) = match verdict {
            Verdict::Held => (Tone::Good, "✓", "ok    "),
            Verdict::Warned => (Tone::Odd, "!", "warn  "),
            Verdict::Known => (Tone::Odd, "~", "known "),
            Verdict::Skipped => (Tone::Faint, "-", "-     "),
            Verdict::Failed => (Tone::Bad, "✗", "FAILED"),
        };
        self.paint(tone, if self.ascii { word } else { mark })
    }

    /// Columns of a mark.
    pub(super) fn mark_width(self) -> usize {
        if self.ascii { 6 } else { 1 }
    }

    /// What separates a line's number from its text.
    pub(super) fn bar(self) -> &'static str {
        if self.ascii { "|" } else { "│" }
    }

    /// What separates the parts of a line.
    pub(super) fn dot(self) -> &'static str {
        if self.ascii { "-" } else { "·" }
    }

    /// `text` without what labrun itself puts there that an ASCII terminal has not; as wide as before.
    pub(super) fn plain(self, text: &str) -> String {
        if self.ascii { ascii(text) } else { text.to_owned() }
    }

    /// A line that starts with `indent` columns and a mark, has `text` cut to what is left, and ends with `right`.
    pub(super) fn row(self, indent: usize, mark: &str, text: &str, right: &str) -> String {
        let start = indent + self.mark_width() + 1;
        let room = self.columns.saturating_sub(start + if right.is_empty() { 0 } else { width(right) + 2 });
        let text = self.plain(&fit(text, room));
        let gap = self.columns.saturating_sub(start + width(&text) + width(right)).max(1);
        let gap = if right.is_empty() { 0 } else { gap };
        let right = self.paint(Tone::Faint, right);
        format!("{:indent$}{mark} {text}{:gap$}{right}", "", "")
    }
}
