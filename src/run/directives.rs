//! The directives of the terminal: what is waited for, typed, copied and turned to, and the end of what they speak to.
//!
//! A command with directives behind it is *attended*: typed, and left to them. The last of them settles it: what is to
//! end by itself is waited for, what shows things without end is interrupted, what serves keeps its pane.

use std::time::Instant;

use regex::Regex;

use super::attempts;
use super::attended::{Counted, Keys, Open};
use super::judge;
use super::pane::Seen;
use super::runner::{Became, ECHO, Runner, last_lines};
use super::tally::HeldTo;
use super::terminal::{AGAIN, MINDING, interrupt};
use super::{Error, since};
use crate::bash::Deed;
use crate::event::{Checked, CommandStarted, Event, Outcome, Promise, Verdict};
use crate::keys::Key;
use crate::plan::{Action, Pane, Step};
use crate::session::Sight;
use crate::values;

impl Runner<'_> {
    /// A directive of the terminal; the last of those behind a command settles it.
    pub(super) async fn directive(&mut self, index: usize, step: &Step) -> Result<Became, Error> {
        if matches!(step.action, Action::Pane(pane) if pane != Pane::Layout) {
            self.leave_running()?;
        }
        let mut became = self.act(index, step).await?;
        if !self.is_attended(index) {
            became.add(self.settle(step).await?);
        }
        let unknown = self.unknown();
        if !unknown.is_empty() && became.verdict != Verdict::Failed {
            self.fail(Deed::Acts, step.line);
            became.add(unknown);
        }
        Ok(became)
    }

    async fn act(&mut self, index: usize, step: &Step) -> Result<Became, Error> {
        match &step.action {
            Action::Type(_) => Ok(Became::default()),
            Action::Await { of, long } => self.await_text(*of, *long, step).await,
            Action::Press(keys) => self.press(index, step, keys).await,
            Action::Keys(text) => {
                let text = values::fill(text, &self.offers).text;
                self.type_keys(index, step, &text).await
            }
            Action::Copy(pattern) => self.copy(index, step, pattern).await,
            Action::CopyAndRun(pattern) => {
                let copied = self.copy(index, step, pattern).await?;
                match self.copied.clone() {
                    Some(text) if copied.verdict == Verdict::Held => {
                        self.type_keys(index, step, &format!("{text}\n")).await
                    }
                    _ => Ok(copied),
                }
            }
            Action::Paste => match self.copied.clone() {
                Some(text) => self.type_keys(index, step, &text).await,
                None => Ok(self.undone(step, "nothing has been copied".to_owned())),
            },
            Action::Check => self.check(step).await,
            Action::Open => Ok(self.browse(step)),
            Action::Pane(Pane::Close) => {
                let mut became = Became::default();
                became.add(self.close_pane(step).await?);
                Ok(became)
            }
            Action::Pane(pane) => match self.panes.turn(*pane).await? {
                Ok(()) => Ok(Became::default()),
                Err(why) => Ok(self.undone(step, why)),
            },
        }
    }

    /// Waits for a text of the command that runs at the terminal.
    async fn await_text(&mut self, of: Option<usize>, long: bool, step: &Step) -> Result<Became, Error> {
        let promise = Promise::Wait { text: step.text.clone() };
        let limit = if long { self.settings.limits.longwait } else { self.settings.limits.wait };
        let (pane, mut live) = self.here((&step.id, 0))?;
        let deed = pane.open.as_ref().map_or(Deed::Acts, Open::deed);
        if let Some(open) = &mut pane.open {
            open.any_status = true;
        }
        let seen = match pane.open.as_mut().and_then(|open| open.came.take()) {
            Some(came) => Seen::Over(Box::new(came)),
            None if !pane.is_taken() => return Ok(self.awaited(of, step)),
            None => pane.text(step.awaited(), limit, &mut live).await?,
        };
        let (sight, why, shown) = match seen {
            Seen::Text(sight) => (Some(sight), String::new(), String::new()),
            Seen::Late { screen } => {
                (None, format!("{:?} did not come within {}", step.text, attempts::in_words(limit)), screen)
            }
            Seen::Over(came) => {
                if came.interrupted {
                    self.tally.interrupt();
                }
                let open = &mut self.panes.here()?.open;
                let shown = came.outcome.stdout.clone();
                let typed = open.as_ref().is_some_and(|open| open.text.contains(step.awaited()));
                let printed = shown.contains(step.awaited()).then_some(Sight::Output);
                let why = never_came(&came.outcome, &step.text);
                if let Some(open) = open {
                    open.came = Some(*came);
                }
                (printed.or(typed.then_some(Sight::Echo)), why, shown)
            }
        };
        if sight == Some(Sight::Echo) {
            self.notice(step, ECHO);
        } else if let Some(open) = &mut self.panes.here()?.open {
            open.held_to = if sight.is_some() { HeldTo::Output } else { open.held_to };
        }
        if sight.is_some() {
            return Ok(Became::checked(judge::held(promise)));
        }
        let mut checked = judge::unheld(promise, why);
        checked.diff = last_lines(&shown);
        self.fail(deed, step.line);
        Ok(Became::checked(checked))
    }

    async fn press(&mut self, index: usize, step: &Step, keys: &[Key]) -> Result<Became, Error> {
        if self.is_taking(step).await? {
            let pane = self.panes.here()?;
            if keys.iter().any(|key| is_ending(*key))
                && let Some(open) = &mut pane.open
            {
                (open.keys, open.any_status) = (Keys::Ended, true);
            }
            if let Some(open) = &mut pane.open {
                open.keys = open.keys.max(Keys::Typed);
            }
            pane.press(keys)?;
            if keys.last().is_some_and(|key| is_ending(*key)) {
                // What is typed next is not for what is ending.
                let (pane, mut live) = self.here((&step.id, 0))?;
                let awaited = pane.open.as_ref().is_some_and(|open| !open.later.is_empty());
                let mut came = pane.ends_within(MINDING, &mut live).await?;
                if awaited && came.is_none() {
                    came = Some(interrupt(pane, &mut live).await?);
                }
                if let (Some(came), Some(open)) = (came, &mut pane.open) {
                    // What ended before the key is what directives speak to; the key ended the shell that it ran in.
                    open.came.get_or_insert(came);
                }
            }
            let mut became = Became::default();
            became.add(self.type_later(index, step).await?);
            return Ok(became);
        }
        let mut became = Became::default();
        for key in keys {
            let pane = self.panes.here()?;
            let bytes = key.bytes(false);
            match bytes.as_slice() {
                b"\r" | b"\n" => {
                    let line = std::mem::take(&mut pane.line);
                    became.add(self.run_line(index, step, &line).await?);
                }
                b"\x03" | b"\x15" => pane.line.clear(),
                b"\x04" if pane.line.is_empty() => became.add(self.close_pane(step).await?),
                b"\x7f" | b"\x08" => drop(pane.line.pop()),
                // The screen is wiped anyway before the next command.
                b"\x0c" => {}
                b"\x1b[A" | b"\x10" => {
                    let Some(line) = pane.history.earlier() else {
                        return Ok(self.undone(step, "nothing was typed here before".to_owned()));
                    };
                    pane.line = line;
                }
                b"\x1b[B" | b"\x0e" => pane.line = pane.history.later(),
                b"\t" => {
                    let why = "nothing is completed at the prompt: write the whole word in `keys`";
                    return Ok(self.undone(step, why.to_owned()));
                }
                _ => match std::str::from_utf8(&bytes) {
                    Ok(text) if !text.chars().any(char::is_control) => pane.line.push_str(text),
                    _ => {
                        let why = format!(
                            "no program runs that could take the key `{}`, and at the prompt it means nothing here",
                            step.text.trim()
                        );
                        return Ok(self.undone(step, why));
                    }
                },
            }
        }
        Ok(became)
    }

    /// Types a text: to the program that runs, or at the prompt.
    async fn type_keys(&mut self, index: usize, step: &Step, text: &str) -> Result<Became, Error> {
        if self.is_taking(step).await? {
            let pane = self.panes.here()?;
            if let Some(open) = &mut pane.open {
                open.keys = open.keys.max(Keys::Typed);
            }
            pane.type_text(text)?;
            return Ok(Became::default());
        }
        let mut became = Became::default();
        let pane = self.panes.here()?;
        let mut lines = text.split('\n');
        pane.line.push_str(lines.next().unwrap_or_default());
        for rest in lines {
            let line = std::mem::replace(&mut self.panes.here()?.line, rest.to_owned());
            became.add(self.run_line(index, step, &line).await?);
        }
        Ok(became)
    }

    /// Whether something at the terminal takes what is typed now; else it is typed at the prompt.
    async fn is_taking(&mut self, step: &Step) -> Result<bool, Error> {
        let (pane, mut live) = self.here((&step.id, 0))?;
        let came = pane.ready(&mut live).await?;
        if let (Some(came), Some(open)) = (came, &mut pane.open) {
            open.came = Some(came);
        }
        Ok(pane.is_taken())
    }

    /// Runs a line that keys have typed at the prompt; the directives after it speak to it. What they spoke to before is
    /// over, and judged.
    pub(super) async fn run_line(
        &mut self,
        index: usize,
        step: &Step,
        text: &str,
    ) -> Result<Vec<Checked>, Error> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let checks = self.settle(step).await?;
        self.notice(step, &format!("typed: {text}"));
        (self.emit)(Event::CommandStarted(CommandStarted {
            step: step.id.clone(),
            index: 0,
            line: step.line,
            text: text.to_owned(),
            at_ms: since(self.start),
            inside: false,
        }));
        let limit = self.settings.limits.acts;
        let (pane, mut live) = self.here((&step.id, 0))?;
        let came = pane.type_command(text, limit, &mut live).await?;
        pane.open = Some(Open {
            command: None,
            text: text.to_owned(),
            index,
            checks: Vec::new(),
            limit,
            keys: Keys::Untouched,
            any_status: false,
            counted: Counted::Not,
            held_to: HeldTo::Nothing,
            came,
            later: Vec::new(),
        });
        Ok(checks)
    }

    /// Takes the last match from what the terminal shows.
    async fn copy(&mut self, index: usize, step: &Step, pattern: &Regex) -> Result<Became, Error> {
        let end = Instant::now() + self.settings.limits.wait;
        let shown = loop {
            let taking = self.is_taking(step).await?;
            let pane = self.panes.here()?;
            let ended = pane.open.as_ref().and_then(|open| open.came.as_ref());
            let shown = match ended {
                Some(came) => came.outcome.stdout.clone(),
                None if taking => pane.shown(),
                None => {
                    let before = (0..index).rev().find_map(|before| self.printed.get(&before));
                    before.cloned().unwrap_or_default()
                }
            };
            let found = pattern.captures_iter(&shown).last();
            if let Some(found) = found.and_then(|found| found.get(1).or(found.get(0))) {
                self.copied = Some(found.as_str().replace(['\r', '\n'], ""));
                return Ok(Became::default());
            }
            if !taking || Instant::now() >= end || self.control.is_stopped() {
                break shown;
            }
            tokio::time::sleep(AGAIN).await;
        };
        let mut became = self.undone(step, format!("nothing on the terminal matches {:?}", step.text.trim()));
        for checked in &mut became.checks {
            checked.diff = last_lines(&shown);
        }
        Ok(became)
    }

    /// Tells of an address, or opens it.
    fn browse(&mut self, step: &Step) -> Became {
        let address = values::fill(&on_node(step.text.trim()), &self.offers).text;
        let text = if self.settings.open {
            match tokio::process::Command::new("xdg-open").arg(&address).spawn() {
                Ok(_) => format!("opened {address}"),
                Err(error) => format!("could not open {address}: xdg-open: {error}"),
            }
        } else {
            format!("a browser would show {address}")
        };
        self.notice(step, &text);
        Became::default()
    }

    /// A directive that cannot be followed.
    fn undone(&mut self, step: &Step, why: String) -> Became {
        self.fail(Deed::Acts, step.line);
        Became::checked(judge::unheld(Promise::Done, why))
    }
}

/// This address, with the stage's machine where decks say "node 1".
fn on_node(address: &str) -> String {
    match address.split_once("//node1") {
        Some((scheme, rest))
            if !rest.starts_with(|next: char| next.is_alphanumeric() || "-._".contains(next)) =>
        {
            format!("{scheme}//{{stage.node}}{rest}")
        }
        _ => address.to_owned(),
    }
}

/// How a command ended that was to show a text.
fn never_came(outcome: &Outcome, text: &str) -> String {
    match (&outcome.aborted, outcome.status) {
        (Some(aborted), _) => format!("{aborted}, before it showed {text:?}"),
        (None, Some(status)) => format!("the command ended with status {status}, and never showed {text:?}"),
        (None, None) => format!("the command ended, and never showed {text:?}"),
    }
}

/// Keys that end what runs: `^C`, `^D`, `^\`, `^Z`.
pub(super) fn is_ending(key: Key) -> bool {
    matches!(key.bytes(false).as_slice(), [0x03 | 0x04 | 0x1c | 0x1a])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_node_1_is_the_stages_machine() {
        for (address, shown) in [
            ("http://node1:8000/", "http://{stage.node}:8000/"),
            ("HTTPS://node1", "HTTPS://{stage.node}"),
            ("http://node10:8000/", "http://node10:8000/"),
            ("http://node1.example.com/", "http://node1.example.com/"),
            ("http://other/node1", "http://other/node1"),
        ] {
            assert_eq!(on_node(address), shown);
        }
    }
}
