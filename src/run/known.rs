//! Failures that are known beforehand: they are reported and do not fail the run. What is listed as failing and holds does:
//! its entry is out of date. Rewrites events on their way out; what stops a deck, and what is tried again, is not touched.

use std::collections::HashMap;

use super::judge;
use crate::event::{CommandEnded, Event, Notice, Promise, StepEnded, Summary, Verdict};

/// A step that is known to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The step's id.
    pub step: String,
    /// Why it fails.
    pub reason: String,
    /// The last day on which it may, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// Whether that day is over.
    pub over: bool,
}

/// What the known failures of a deck make of its run.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    known: &'a [Known],
    /// Commands of the running step that failed and that warned.
    commands: (usize, usize),
    /// What each step counts otherwise than the runner says: failed and warned that are known, held that are not to.
    steps: HashMap<String, (usize, usize, usize)>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(known: &'a [Known]) -> Self {
        Self { known, commands: (0, 0), steps: HashMap::new() }
    }

    fn of(&self, step: &str) -> Option<&'a Known> {
        self.known.iter().find(|known| known.step == step)
    }

    /// The event as it is told, and what is to be said besides.
    pub(super) fn told(&mut self, mut event: Event) -> (Event, Option<Event>) {
        let mut notice = None;
        match &mut event {
            Event::StepStarted(_) => self.commands = (0, 0),
            Event::CommandEnded(ended) => self.command(ended),
            Event::StepEnded(ended) => notice = self.step(ended),
            Event::DeckEnded(ended) => self.settle(&mut ended.summary),
            _ => {}
        }
        (event, notice.map(Event::Notice))
    }

    /// Counts as they are with what is known.
    pub(super) fn settle(&self, summary: &mut Summary) {
        for (failed, warned, held) in self.steps.values() {
            summary.failed = summary.failed.saturating_sub(*failed) + held;
            summary.warned = summary.warned.saturating_sub(*warned);
            summary.known += failed + warned;
        }
    }

    fn command(&mut self, ended: &mut CommandEnded) {
        let Some(known) = self.of(&ended.step) else { return };
        match ended.verdict {
            Verdict::Failed => self.commands.0 += 1,
            Verdict::Warned => self.commands.1 += 1,
            _ => return,
        }
        if !known.over {
            ended.verdict = Verdict::Known;
            for checked in ended.checks.iter_mut().filter(|checked| checked.verdict > Verdict::Held) {
                checked.verdict = Verdict::Known;
            }
        }
    }

    fn step(&mut self, ended: &mut StepEnded) -> Option<Notice> {
        let known = self.of(&ended.id)?;
        self.steps.remove(&ended.id);
        match ended.verdict {
            Verdict::Failed | Verdict::Warned if known.over => {
                let until = known.until.as_deref().unwrap_or_default();
                let text =
                    format!("labrun.toml lets this fail until {until}, which is over: {}", known.reason);
                return Some(Notice { step: Some(ended.id.clone()), text });
            }
            Verdict::Failed | Verdict::Warned => {
                let (failed, warned) = match self.commands {
                    (0, 0) if ended.verdict == Verdict::Failed => (1, 0),
                    (0, 0) => (0, 1),
                    commands => commands,
                };
                self.steps.insert(ended.id.clone(), (failed, warned, 0));
                ended.verdict = Verdict::Known;
                for checked in ended.checks.iter_mut().filter(|checked| checked.verdict > Verdict::Held) {
                    checked.verdict = Verdict::Known;
                }
                ended.known =
                    Some(crate::event::Known { reason: known.reason.clone(), until: known.until.clone() });
            }
            Verdict::Held => {
                let summary =
                    "this is listed as known to fail, and it held: remove its [[known]] from labrun.toml";
                let promise = Promise::Known { reason: known.reason.clone() };
                ended.checks.push(judge::unheld(promise, summary.to_owned()));
                ended.verdict = Verdict::Failed;
                self.steps.insert(ended.id.clone(), (0, 0, 1));
            }
            Verdict::Known | Verdict::Skipped => {}
        }
        None
    }
}
