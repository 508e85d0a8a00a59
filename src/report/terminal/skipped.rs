//! What was not run: steps that were skipped, a line for each reason, and commands that were not typed.

use std::io::{self, Write};

use super::super::layout::count;
use super::{INDENT, Terminal};
use crate::event::{Quote, Verdict};

/// Commands that were not typed and are named, of one block.
const UNTYPED: usize = 5;

/// Steps that were not run, for one reason.
#[derive(Debug)]
pub(super) struct Skipped {
    reason: String,
    steps: usize,
    slides: usize,
    last_slide: usize,
}

impl<W: Write> Terminal<W> {
    /// The rest of a block that stopped the deck, a line a command.
    pub(super) fn untyped(&mut self, commands: &[Quote]) -> io::Result<()> {
        if self.look.quiet {
            return Ok(());
        }
        for command in commands.iter().take(UNTYPED) {
            let row = self.look.row(INDENT, &self.look.mark(Verdict::Skipped), &command.text, "not typed");
            self.line(&row)?;
        }
        match commands.len().saturating_sub(UNTYPED) {
            0 => Ok(()),
            more => {
                let text = format!("{} of this block not typed", count(more, "more command"));
                self.aside(&self.look.mark(Verdict::Skipped), &text)
            }
        }
    }

    pub(super) fn skip(&mut self, reason: &str) {
        let slide = self.slide.number;
        match self.skipped.last_mut() {
            Some(skipped) if skipped.reason == reason => {
                skipped.steps += 1;
                skipped.slides += usize::from(skipped.last_slide != slide);
                skipped.last_slide = slide;
            }
            _ => self.skipped.push(Skipped {
                reason: reason.to_owned(),
                steps: 1,
                slides: 1,
                last_slide: slide,
            }),
        }
    }

    /// What was skipped since the last command, a line a reason.
    pub(super) fn flush_skipped(&mut self) -> io::Result<()> {
        let skipped = std::mem::take(&mut self.skipped);
        let shown = if self.look.quiet { Vec::new() } else { skipped };
        for skipped in shown {
            let (steps, slides) = (count(skipped.steps, "step"), count(skipped.slides, "slide"));
            let on = if skipped.slides > 1 { format!(" on {slides}") } else { String::new() };
            // A reason speaks of one step.
            let reason = match skipped.reason.strip_prefix("it ") {
                Some(rest) if skipped.steps > 1 => format!("each {rest}"),
                _ => skipped.reason,
            };
            let reason = reason.strip_prefix("skipped").map_or(format!(": {reason}"), str::to_owned);
            self.aside(&self.look.mark(Verdict::Skipped), &format!("{steps}{on} skipped{reason}"))?;
        }
        Ok(())
    }
}
