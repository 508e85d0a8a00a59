//! What became of the checks of a command or step: a line for each promise that held, a card for each that did not.

use std::io::{self, Write};

use super::card::Card;
use super::look::Tone;
use super::summary::Broken;
use super::{INDENT, Terminal};
use crate::event::{Checked, CommandEnded, Promise, Verdict};

impl<W: Write> Terminal<W> {
    /// Promises about the output that held, a line each.
    pub(super) fn kept(&mut self, checks: &[Checked]) -> io::Result<()> {
        for checked in checks.iter().filter(|checked| checked.verdict == Verdict::Held) {
            let text = match &checked.check {
                Promise::Output { mode, text, slide, .. } => {
                    let without = if mode == "not-contains" { ", without" } else { "" };
                    format!("as promised on slide {slide}{without}: {}", text.trim())
                }
                Promise::File { name } => format!("{name} holds what the slide shows"),
                _ => continue,
            };
            if !self.look.quiet {
                let row = self.look.row(INDENT + 2, &self.look.mark(Verdict::Held), &text, "");
                self.line(&row)?;
                self.besides(checked)?;
            }
        }
        Ok(())
    }

    /// What a promise that held says besides: what it captured, and for people who want to know what it let pass.
    fn besides(&mut self, checked: &Checked) -> io::Result<()> {
        let captured = checked.captured.iter().map(|one| format!("${} is {}", one.name, one.value));
        let passed = checked.passed.iter().filter(|_| self.look.passed);
        let passed = passed.map(|one| format!("let pass {} for {}", one.came, one.promised));
        for text in captured.chain(passed).collect::<Vec<_>>() {
            let row = self.look.row(INDENT + 4, &self.look.paint(Tone::Faint, self.look.dot()), &text, "");
            self.line(&row)?;
        }
        Ok(())
    }

    /// A card for each check that did not hold. Where the status is wrong the output can but be so: one line for what
    /// was found of it.
    pub(super) fn broken(&mut self, checks: &[Checked], command: Option<&CommandEnded>) -> io::Result<()> {
        let mut broken = checks.iter().filter(|checked| checked.verdict > Verdict::Held);
        let Some(first) = broken.next() else { return Ok(()) };
        self.line("")?;
        self.card(first, command)?;
        for checked in broken {
            match &checked.check {
                Promise::Output { line, slide, .. }
                    if matches!(first.check, Promise::Status | Promise::Runs) =>
                {
                    self.labelled(
                        "",
                        &format!("also line {line}, slide {slide}: {}", checked.summary),
                        Tone::Plain,
                    )?;
                }
                _ => {
                    self.line("")?;
                    self.card(checked, command)?;
                }
            }
        }
        self.line("")
    }

    fn card(&mut self, checked: &Checked, command: Option<&CommandEnded>) -> io::Result<()> {
        let line = match &checked.check {
            Promise::Output { line, .. } => *line,
            _ => command
                .map(|command| command.line)
                .or(self.step.as_ref().map(|step| step.line))
                .unwrap_or_default(),
        };
        let card = Card {
            path: self.deck.as_ref().map_or("", |deck| deck.path.as_str()),
            slide: self.slide.number,
            line,
            checked,
            command,
            before: &self.before,
            home: self.deck.as_ref().and_then(|deck| deck.stage.home.as_deref()),
        };
        let (place, lines) = (card.place(), card.draw(self.look));
        let place = self.place(place);
        self.ledger.broken.push(Broken {
            step: self.step.as_ref().map(|step| step.id.clone()),
            verdict: checked.verdict,
            place,
            summary: checked.summary.clone(),
            command: command.map(|command| command.text.clone()).or_else(|| self.spoken_to(checked)),
        });
        for line in lines {
            self.line(&line)?;
        }
        Ok(())
    }

    /// The command that a step's check speaks of: what was typed last, or what it started long before.
    fn spoken_to(&self, checked: &Checked) -> Option<String> {
        if !matches!(checked.check, Promise::Status | Promise::Wait { .. } | Promise::Output { .. }) {
            return None;
        }
        let own = self.step.as_ref().filter(|step| matches!(step.method.as_str(), "bash" | "hide"));
        own.map(|step| step.text.clone()).or_else(|| self.typed.clone())
    }
}
