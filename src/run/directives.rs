//! The directives of the terminal: what is waited for, typed, copied and turned to, and the end of what they speak to.
//!
//! A command with directives behind it is *attended*: typed, and left to them. The last of them settles it: what is to
//! end by itself is waited for, what shows things without end is interrupted, what serves keeps its pane.

use std::time::{Duration, Instant};

use regex::Regex;

use super::attempts::{self, Came};
use super::judge::{self, Judge};
use super::live::Live;
use super::pane::Seen;
use super::runner::{Became, ECHO, Runner, last_lines};
use super::terminal::{AGAIN, ENDING, MINDING, interrupt};
use super::{Error, since};
use crate::bash::{Attendance, Deed};
use crate::event::{Checked, CommandStarted, Event, Outcome, Promise, Verdict};
use crate::keys::Key;
use crate::plan::{Action, Check, Pane, Step, Typed};
use crate::session::Sight;
use crate::values;

/// A command that directives speak to.
#[derive(Debug)]
pub(super) struct Open {
    /// None for a line that keys have typed.
    pub command: Option<Typed>,
    /// Its step, as an index into the plan's.
    pub index: usize,
    /// The promises about its output.
    pub checks: Vec<Check>,
    pub limit: Duration,
    /// Whether keys were typed into it last.
    pub typed: bool,
    /// Whether it was interrupted, or left, by a key.
    pub ended: bool,
    /// Whether its status is nobody's business: a text is waited for, or a key ended it.
    pub any_status: bool,
    /// What came of it, once it has ended.
    pub came: Option<Came>,
}

impl Open {
    /// Whether nothing is known that would keep it from ending.
    pub(super) fn ends_by_itself(&self) -> bool {
        self.command.as_ref().is_none_or(|command| command.attendance == Attendance::None)
    }

    fn deed(&self) -> Deed {
        self.command.as_ref().map_or(Deed::Acts, |command| command.deed)
    }
}

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
        let ended = pane.open.as_ref().and_then(|open| open.came.as_ref());
        let (why, shown) = if let Some(came) = ended {
            if came.outcome.stdout.contains(&step.text) {
                return Ok(Became::checked(judge::held(promise)));
            }
            (never_came(&came.outcome, &step.text), came.outcome.stdout.clone())
        } else if !pane.is_taken() {
            return Ok(self.awaited(of, step));
        } else {
            match pane.text(&step.text, limit, &mut live).await? {
                Seen::Text(sight) => {
                    if sight == Sight::Echo {
                        self.notice(step, ECHO);
                    }
                    return Ok(Became::checked(judge::held(promise)));
                }
                Seen::Over(came) => {
                    let told = (never_came(&came.outcome, &step.text), came.outcome.stdout.clone());
                    if came.interrupted {
                        self.tally.interrupt();
                    }
                    if let Some(open) = &mut self.panes.here()?.open {
                        open.came = Some(*came);
                    }
                    told
                }
                Seen::Late { screen } => {
                    (format!("{:?} did not come within {}", step.text, attempts::in_words(limit)), screen)
                }
            }
        };
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
                (open.ended, open.any_status) = (true, true);
            }
            if let Some(open) = &mut pane.open {
                open.typed = true;
            }
            pane.press(keys)?;
            if keys.last().is_some_and(|key| is_ending(*key)) {
                // What is typed next is not for what is ending.
                let (pane, mut live) = self.here((&step.id, 0))?;
                let came = pane.ends_within(MINDING, &mut live).await?;
                if let (Some(came), Some(open)) = (came, &mut pane.open) {
                    open.came = Some(came);
                }
            }
            return Ok(Became::default());
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
                b"\x03" => pane.line.clear(),
                b"\x04" if pane.line.is_empty() => self.panes.close_here().await?,
                b"\x7f" => drop(pane.line.pop()),
                _ => match std::str::from_utf8(&bytes) {
                    Ok(text) if !text.chars().any(char::is_control) => pane.line.push_str(text),
                    _ => {
                        let why = format!("no program runs that could take the key `{}`", step.text.trim());
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
                open.typed = true;
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
    async fn run_line(&mut self, index: usize, step: &Step, line: &str) -> Result<Vec<Checked>, Error> {
        if line.trim().is_empty() {
            return Ok(Vec::new());
        }
        let checks = self.settle(step).await?;
        self.notice(step, &format!("typed: {line}"));
        (self.emit)(Event::CommandStarted(CommandStarted {
            step: step.id.clone(),
            index: 0,
            line: step.line,
            text: line.to_owned(),
            at_ms: since(self.start),
            inside: false,
        }));
        let limit = self.settings.limits.acts;
        let pane = self.panes.here()?;
        pane.type_command(line)?;
        pane.open = Some(Open {
            command: None,
            index,
            checks: Vec::new(),
            limit,
            typed: false,
            ended: false,
            any_status: false,
            came: None,
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

    /// Back at the prompt, with status 0.
    async fn check(&mut self, step: &Step) -> Result<Became, Error> {
        let (pane, mut live) = self.here((&step.id, 0))?;
        let Some(mut open) = pane.open.take() else { return Ok(Became::default()) };
        let came = match open.came.take() {
            Some(came) => came,
            None => pane.end(open.limit, &mut live).await?,
        };
        let summary = match (&came.outcome.aborted, came.outcome.status) {
            (Some(aborted), _) => aborted.clone(),
            (None, Some(0) | None) => String::new(),
            (None, Some(status)) => format!("the command ended with status {status}"),
        };
        let (interrupted, shown) = (came.interrupted, came.outcome.stdout.clone());
        (open.any_status, open.came) = (true, Some(came));
        let deed = open.deed();
        pane.open = Some(open);
        if interrupted {
            self.tally.interrupt();
        }
        if summary.is_empty() {
            return Ok(Became::checked(judge::held(Promise::Status)));
        }
        self.fail(deed, step.line);
        let mut checked = judge::unheld(Promise::Status, summary);
        checked.diff = last_lines(&shown);
        Ok(Became::checked(checked))
    }

    /// Tells of an address, or opens it.
    fn browse(&mut self, step: &Step) -> Became {
        // Where decks say "node 1" they mean the machine that the lab runs on.
        let address = step.text.trim().replace("//node1", "//127.0.0.1");
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

    /// A command that is left in its pane runs on there; one that serves until the deck ends.
    fn leave_running(&mut self) -> Result<(), Error> {
        let pane = self.panes.here()?;
        let command = pane.open.as_ref().and_then(|open| open.command.as_ref());
        let serves = command.is_some_and(|command| matches!(command.attendance, Attendance::Server(_)));
        pane.serves |= serves && pane.is_busy();
        Ok(())
    }

    /// What the directives spoke to is over: waits for its end, or brings it about, and judges it.
    async fn settle(&mut self, step: &Step) -> Result<Vec<Checked>, Error> {
        let (pane, mut live) = self.here((&step.id, 0))?;
        let Some(mut open) = pane.open.take() else {
            if pane.is_busy() && !pane.serves {
                pane.end(ENDING, &mut live).await?;
            }
            return Ok(Vec::new());
        };
        let mut came = open.came.take();
        if came.is_none() && pane.is_busy() && open.typed {
            // A key that leaves a program needs a moment.
            came = pane.ends_within(MINDING, &mut live).await?;
        }
        let came = match came {
            Some(came) => came,
            None if !pane.is_busy() => return Ok(Vec::new()),
            None if open.ended => pane.end(ENDING, &mut live).await?,
            None => match open.command.as_ref().map(|command| (&command.attendance, command.opens_shell)) {
                Some((Attendance::Viewer(_), _)) => {
                    open.any_status = true;
                    interrupt(pane, &mut live).await?
                }
                Some((Attendance::Server(_), _)) => {
                    pane.serves = true;
                    pane.open = Some(open);
                    return Ok(Vec::new());
                }
                Some((_, true)) => match self.enter(&step.id, open.limit).await? {
                    Some(came) => came,
                    None => return Ok(Vec::new()),
                },
                _ => pane.end(open.limit, &mut live).await?,
            },
        };
        if came.interrupted {
            self.tally.interrupt();
        }
        let checks = self.judge_open(&open, &came.outcome);
        if attempts::verdict(&checks) == Verdict::Failed {
            self.fail(open.deed(), step.line);
        }
        if came.is_lost() && self.tally.stopped.is_none() {
            self.panes.restart().await?;
        }
        Ok(checks)
    }

    /// What of a command that directives spoke to is worth telling: that its status is wrong, and its promises.
    fn judge_open(&self, open: &Open, outcome: &Outcome) -> Vec<Checked> {
        let judge = Judge { deck: &self.plan.deck, strict: self.settings.strict, homes: &self.homes() };
        let mut checks = Vec::new();
        if outcome.aborted.is_some() || (!open.any_status && outcome.status.is_some()) {
            checks.extend(match &open.command {
                Some(command) => judge.status(command, outcome),
                None => judge::status_alone(outcome),
            });
        }
        for checked in checks.iter_mut().filter(|checked| checked.verdict == Verdict::Failed) {
            checked.diff = last_lines(&outcome.stdout);
        }
        checks.extend(open.checks.iter().map(|check| judge.output(check, outcome)));
        checks.retain(|checked| checked.verdict > Verdict::Held || checked.check != Promise::Status);
        checks
    }

    /// Tells of servers that have ended, and at the end of all that was left running in a pane: of one that failed, in a
    /// step like its own. Whether there was one.
    pub(super) async fn look_after_panes(&mut self, at_end: bool) -> Result<bool, Error> {
        let mut over = Vec::new();
        for pane in self.panes.all() {
            let serves = pane.serves;
            let Some(open) = pane.open.take_if(|_| serves || at_end) else { continue };
            let id = &self.plan.steps[open.index].id;
            let stop = self.control.session_stop();
            let mut live = Live { emit: &mut *self.emit, place: (id, 0), start: self.start, stop };
            let ended = match open.came.clone() {
                Some(came) => Some(came),
                None => pane.ended(&mut live).await?,
            };
            match ended {
                Some(came) => over.push((open, came, std::mem::take(&mut pane.serves))),
                None => pane.open = Some(open),
            }
        }
        let mut told = false;
        for (open, came, served) in over {
            let checks = self.judge_open(&open, &came.outcome);
            let step = &self.plan.steps[open.index];
            if attempts::verdict(&checks) == Verdict::Failed {
                told = true;
                self.fail(open.deed(), step.line);
                self.step_again(step, checks);
            } else if served {
                let text =
                    format!("what line {} started was to serve until the end, and ended before", step.line);
                self.notice(step, &text);
            }
        }
        Ok(told)
    }

    /// A directive that cannot be followed.
    fn undone(&mut self, step: &Step, why: String) -> Became {
        self.fail(Deed::Acts, step.line);
        Became::checked(judge::unheld(Promise::Done, why))
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
fn is_ending(key: Key) -> bool {
    matches!(key.bytes(false).as_slice(), [0x03 | 0x04 | 0x1c | 0x1a])
}
