//! A command that directives speak to, from when it is left to them to its end and its verdict: the last of them settles
//! it. What is to end by itself is waited for, what shows things without end is interrupted, what serves keeps its pane.

use std::time::Duration;

use super::Error;
use super::attempts::{self, Came};
use super::judge;
use super::live::Live;
use super::runner::{Became, NEW_SHELL, Runner, last_lines};
use super::tally::HeldTo;
use super::terminal::{ENDING, MINDING, interrupt};
use crate::bash::{Attendance, Deed};
use crate::event::{Checked, Outcome, Promise, Verdict};
use crate::plan::{Check, Step, Typed};

/// A command that directives speak to.
#[derive(Debug)]
pub(super) struct Open {
    /// None for a line that keys have typed.
    pub command: Option<Typed>,
    /// What was typed.
    pub text: String,
    /// Its step, as an index into the plan's.
    pub index: usize,
    /// The promises about its output.
    pub checks: Vec<Check>,
    pub limit: Duration,
    /// What keys did to it.
    pub keys: Keys,
    /// Whether its status is nobody's business: a text is waited for, or a key ended it.
    pub any_status: bool,
    /// What it was counted as.
    pub counted: Counted,
    /// What directives held it to.
    pub held_to: HeldTo,
    /// What came of it, once it has ended.
    pub came: Option<Came>,
    /// What is typed when it has been left: the block's index, the command's place there, the command.
    pub later: Vec<(usize, usize, Typed)>,
}

/// What keys did to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keys {
    /// None came.
    Untouched,
    /// They were typed into it.
    Typed,
    /// One of them interrupts it, or leaves it.
    Ended,
}

/// What a command was counted as, for it is counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Nothing yet.
    Not,
    /// This, when it was left to serve.
    As(Verdict, HeldTo),
    /// A directive that speaks to it failed.
    Failed,
}

impl Open {
    /// Whether nothing is known that would keep it from ending.
    pub(super) fn ends_by_itself(&self) -> bool {
        self.command.as_ref().is_none_or(|command| command.attendance == Attendance::None)
    }

    /// Whether it shows things until it is left.
    fn views(&self) -> bool {
        matches!(&self.command, Some(Typed { attendance: Attendance::Viewer(_), .. }))
    }

    pub(super) fn deed(&self) -> Deed {
        self.command.as_ref().map_or(Deed::Acts, |command| command.deed)
    }
}

impl Runner<'_> {
    /// Back at the prompt, with status 0.
    pub(super) async fn check(&mut self, step: &Step) -> Result<Became, Error> {
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
        if came.outcome.status.is_some() {
            open.held_to = open.held_to.max(HeldTo::Status);
        }
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

    /// A command that is left in its pane runs on there; one that serves until the deck ends.
    pub(super) fn leave_running(&mut self) -> Result<(), Error> {
        let pane = self.panes.here()?;
        let command = pane.open.as_ref().and_then(|open| open.command.as_ref());
        let serves = command.is_some_and(|command| matches!(command.attendance, Attendance::Server(_)));
        pane.serves |= serves && pane.is_busy();
        Ok(())
    }

    /// What the directives spoke to is over: waits for its end, or brings it about, and judges it.
    pub(super) async fn settle(&mut self, step: &Step) -> Result<Vec<Checked>, Error> {
        let (pane, mut live) = self.here((&step.id, 0))?;
        let Some(mut open) = pane.open.take() else {
            if pane.is_busy() && !pane.serves {
                pane.end(ENDING, &mut live).await?;
            }
            return Ok(Vec::new());
        };
        let mut came = open.came.take();
        if came.is_none() && pane.is_busy() && open.keys > Keys::Untouched {
            // A key that leaves a program needs a moment.
            came = pane.ends_within(MINDING, &mut live).await?;
        }
        let came = match came {
            Some(came) => came,
            None if !pane.is_busy() => {
                self.count_open(&open, None, &[]);
                return Ok(Vec::new());
            }
            // A key that comes between two processes of a script can be lost: who only looks on presses it again.
            None if open.keys == Keys::Ended && !open.views() => pane.end(ENDING, &mut live).await?,
            None => match open.command.as_ref().map(|command| (&command.attendance, command.opens)) {
                Some((Attendance::Viewer(_), _)) => {
                    open.any_status = true;
                    interrupt(pane, &mut live).await?
                }
                Some((Attendance::Server(_), _)) => {
                    pane.serves = true;
                    pane.open = Some(open);
                    return Ok(Vec::new());
                }
                Some((_, Some(opens))) => {
                    let Some(came) = self.enter(&step.id, opens, open.limit).await? else {
                        self.count_open(&open, None, &[]);
                        return Ok(Vec::new());
                    };
                    came
                }
                _ => pane.end(open.limit, &mut live).await?,
            },
        };
        if came.interrupted {
            self.tally.interrupt();
        }
        let checks = self.judge_open(&open, &came.outcome);
        if !came.is_lost() {
            self.keep_captured(step, &checks).await?;
        }
        self.count_open(&open, Some(&came.outcome), &checks);
        self.after(attempts::verdict(&checks), open.deed(), step.line);
        if came.is_lost() && self.tally.stopped.is_none() {
            self.panes.restart().await?;
        }
        Ok(checks)
    }

    /// Ends this pane. What ran there and is over is judged; what still runs ends with the pane.
    pub(super) async fn close_pane(&mut self, step: &Step) -> Result<Vec<Checked>, Error> {
        let pane = self.panes.here()?;
        let checks = if let Some(running) = pane.open.take_if(|open| open.came.is_none()) {
            self.count_open(&running, None, &[]);
            Vec::new()
        } else if pane.open.is_some() {
            self.settle(step).await?
        } else {
            Vec::new()
        };
        if self.panes.close_here().await? && self.plan.steps.last().is_some_and(|last| last.id != step.id) {
            self.notice(step, NEW_SHELL);
        }
        Ok(checks)
    }

    /// Counts a command that directives spoke to, when they are through with it; `outcome` is how it ended, if it did.
    pub(super) fn count_open(&mut self, open: &Open, outcome: Option<&Outcome>, checks: &[Checked]) {
        let verdict = attempts::verdict(checks);
        let by_status = !open.any_status && outcome.is_some_and(|outcome| outcome.status.is_some());
        let by_status = if by_status { HeldTo::Status } else { HeldTo::Nothing };
        let here = self.tally.return_to(open.index);
        match open.counted {
            Counted::Not => self.tally.count(verdict, HeldTo::of(checks).max(open.held_to).max(by_status)),
            Counted::As(before, held_to) if verdict == Verdict::Failed => {
                self.tally.take_back(before, held_to);
                self.tally.count(verdict, held_to);
            }
            Counted::As(..) | Counted::Failed => {}
        }
        self.tally.return_to(here);
    }

    /// What of a command that directives spoke to is worth telling: that its status is wrong, and its promises.
    fn judge_open(&self, open: &Open, outcome: &Outcome) -> Vec<Checked> {
        let judge = self.judge();
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
        let step = &self.plan.steps[open.index].id;
        let mut outputs = judge.outputs(step, &open.checks, outcome);
        for checked in outputs.iter_mut().filter(|checked| checked.verdict > Verdict::Held) {
            checked.outcome = Some(Box::new(outcome.clone()));
        }
        checks.extend(outputs);
        checks.retain(|checked| checked.verdict > Verdict::Held || checked.check != Promise::Status);
        checks
    }

    /// Tells of servers that have ended, and at the end of all that was left running in a pane: of one that failed, in a
    /// step like its own. Whether there was one.
    pub(super) async fn look_after_panes(&mut self, at_end: bool) -> Result<bool, Error> {
        let (mut over, mut running) = (Vec::new(), Vec::new());
        for pane in self.panes.all() {
            let serves = pane.serves;
            let Some(open) = pane.open.take_if(|_| serves || at_end) else { continue };
            let id = &self.plan.steps[open.index].id;
            let stop = self.control.session_stop();
            let mut live = Live::new(&mut *self.emit, (id, 0), self.start, stop);
            let ended = match open.came.clone() {
                Some(came) => Some(came),
                None => pane.ended(&mut live).await?,
            };
            match ended {
                Some(came) => over.push((open, came, std::mem::take(&mut pane.serves))),
                None if at_end => running.push(open),
                None => pane.open = Some(open),
            }
        }
        for open in running {
            self.count_open(&open, None, &[]);
        }
        let mut told = false;
        for (open, came, served) in over {
            let checks = self.judge_open(&open, &came.outcome);
            self.count_open(&open, Some(&came.outcome), &checks);
            let step = &self.plan.steps[open.index];
            if attempts::verdict(&checks) == Verdict::Failed {
                told = true;
                self.after(Verdict::Failed, open.deed(), step.line);
                self.step_again(step, checks);
            } else if served {
                let text =
                    format!("what line {} started was to serve until the end, and ended before", step.line);
                self.notice(step, &text);
            }
        }
        Ok(told)
    }
}
