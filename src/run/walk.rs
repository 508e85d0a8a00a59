//! In which order steps run: as they stand in the deck, unless a person says otherwise.
//!
//! Steps that a person leaves out are skipped by hand, also those between here and a later slide; going back takes
//! nothing back. Of a step that runs more than once, or runs after it was skipped, the last outcome counts.

use std::time::Instant;

use super::attempts;
use super::attended::Keys;
use super::hand::Left;
use super::person::{Answer, At};
use super::runner::{Became, NEW_SHELL, Runner};
use super::{Error, OnFailure, since};
use crate::event::{Checked, Event, Notice, SlideStarted, StepEnded, StepStarted, Verdict};
use crate::plan::Step;

/// Why a step is not run where a person says so.
const BY_HAND: &str = "skipped by hand";

/// The way so far.
struct Walk {
    /// Whether a person is asked before each step.
    asks: bool,
    /// The step that ran last.
    last: Option<usize>,
    /// The slide that was announced last.
    slide: Option<usize>,
}

impl Runner<'_> {
    /// Runs every step, or says why not.
    pub(super) async fn steps(&mut self) -> Result<(), Error> {
        let mut walk = Walk { asks: self.settings.step, last: None, slide: None };
        let end = self.plan.steps.len();
        let mut next = 0;
        loop {
            let at = if next < end { At::Before(next) } else { At::End };
            let answer = match (walk.asks, &self.tally.stopped) {
                (true, None) => self.control.next(at).await,
                _ => Answer::Run,
            };
            let step = match answer {
                Answer::Run if next == end => break,
                Answer::Run => {
                    next += 1;
                    next - 1
                }
                Answer::Again => match walk.last {
                    Some(last) => last,
                    None => continue,
                },
                Answer::Skip => {
                    next = self.skip_to((next + 1).min(end), next, &mut walk).await?;
                    continue;
                }
                Answer::Slide(number) => {
                    next = self.skip_to(self.first_on(number), next, &mut walk).await?;
                    continue;
                }
                Answer::Back => {
                    next = next.saturating_sub(1);
                    continue;
                }
                Answer::Continue => {
                    walk.asks = false;
                    continue;
                }
                Answer::Terminal => {
                    self.hand_over(walk.last).await?;
                    continue;
                }
                Answer::Stop => {
                    self.give_up();
                    continue;
                }
            };
            let verdict = self.take(step, None, &mut walk).await?;
            if self.look_after_panes(false).await? {
                walk.slide = None;
            }
            if verdict == Verdict::Failed && !self.control.is_stopped() {
                next = self.failed(step, next, &mut walk).await?;
            }
        }
        self.look_after_panes(true).await.map(drop)
    }

    /// Tells of a step once more: what it left running has ended, and not as it should.
    pub(super) fn step_again(&mut self, step: &Step, checks: Vec<Checked>) {
        self.slide_started(step);
        self.step_started(step);
        (self.emit)(Event::StepEnded(StepEnded {
            id: step.id.clone(),
            verdict: attempts::verdict(&checks),
            checks,
            skipped: None,
            untyped: Vec::new(),
            known: None,
            elapsed_ms: 0,
        }));
    }

    fn slide_started(&mut self, step: &Step) {
        let slide = &self.plan.deck.slides[step.slide];
        (self.emit)(Event::SlideStarted(SlideStarted {
            number: slide.number,
            line: slide.line,
            title: slide.caption().to_owned(),
        }));
    }

    fn step_started(&mut self, step: &Step) {
        (self.emit)(Event::StepStarted(StepStarted {
            id: step.id.clone(),
            line: step.line,
            slide: self.plan.deck.slides[step.slide].number,
            method: step.method.clone(),
            hidden: step.hidden,
            text: step.text.clone(),
        }));
    }

    /// Something failed: asks whether to go on, where somebody is there to ask. Answers which step is next.
    async fn failed(&mut self, step: usize, next: usize, walk: &mut Walk) -> Result<usize, Error> {
        if self.settings.on_failure == OnFailure::Shell {
            self.hand_over(Some(step)).await?;
        }
        if self.settings.step {
            // The question before the next step is the question.
            walk.asks = true;
            self.go_on();
            return Ok(next);
        }
        while self.settings.on_failure == OnFailure::Shell && !self.control.is_stopped() {
            match self.control.next(At::Failed(step)).await {
                Answer::Terminal => self.hand_over(Some(step)).await?,
                Answer::Stop => break,
                Answer::Again => {
                    self.go_on();
                    return Ok(step);
                }
                _ => {
                    self.go_on();
                    return Ok(next);
                }
            }
        }
        Ok(next)
    }

    /// A failure stops nothing any more.
    fn go_on(&mut self) {
        if !self.control.is_stopped() {
            self.tally.stopped = None;
        }
    }

    /// A person ends the run.
    fn give_up(&mut self) {
        self.control.stop();
        self.tally.interrupt();
    }

    /// Leaves out the steps from one up to another; answers where the run stands then.
    async fn skip_to(&mut self, to: usize, from: usize, walk: &mut Walk) -> Result<usize, Error> {
        for step in from..to {
            self.take(step, Some(BY_HAND), walk).await?;
        }
        Ok(to)
    }

    /// The first step of the slide of this number, or of the next that has one.
    fn first_on(&self, number: usize) -> usize {
        let slides = &self.plan.deck.slides;
        let steps = &self.plan.steps;
        steps.iter().position(|step| slides[step.slide].number >= number).unwrap_or(steps.len())
    }

    /// Runs a step, or skips it, and tells of it.
    async fn take(&mut self, index: usize, skip: Option<&str>, walk: &mut Walk) -> Result<Verdict, Error> {
        let plan = self.plan;
        let step = &plan.steps[index];
        if walk.slide.replace(step.slide) != Some(step.slide) {
            self.slide_started(step);
        }
        self.step_started(step);
        let start = Instant::now();
        self.tally.begin(index);
        let became = match (&self.tally.stopped, skip) {
            (Some(reason), _) => Became::skipped(reason.clone()),
            (None, Some(reason)) => Became::skipped(reason),
            (None, None) => {
                walk.last = Some(index);
                self.revive(Some(index)).await?;
                for warning in plan.warnings_of(step) {
                    self.notice(step, &warning);
                }
                self.step(index, step).await?
            }
        };
        let verdict = became.verdict;
        if verdict == Verdict::Skipped {
            self.tally.here().skipped += 1;
        }
        (self.emit)(Event::StepEnded(StepEnded {
            id: step.id.clone(),
            verdict,
            checks: became.checks,
            skipped: became.skipped,
            untyped: became.untyped,
            known: None,
            elapsed_ms: since(start),
        }));
        Ok(verdict)
    }

    /// Hands the terminal to a person until they leave it.
    async fn hand_over(&mut self, after: Option<usize>) -> Result<(), Error> {
        self.revive(after).await?;
        let by = self.panes.here()?.left_by();
        let Some(mut line) = self.control.take(by).await else {
            self.give_up();
            return Ok(());
        };
        let left = self.panes.here()?.hand_over(&mut line, self.control.session_stop()).await;
        line.close().await;
        self.tell(after, "a person had the terminal");
        let pane = self.panes.here()?;
        match left? {
            _ if self.control.is_stopped() => self.give_up(),
            Left::Open if !pane.is_taken() => drop(pane.session().environment().await?),
            Left::Open => {}
            Left::Shell => self.revive(after).await?,
            Left::Program(came) => {
                pane.serves = false;
                if let Some(open) = &mut pane.open {
                    (open.keys, open.any_status, open.came) = (Keys::Ended, true, Some(came));
                }
            }
        }
        Ok(())
    }

    /// Makes sure that there is a live shell.
    async fn revive(&mut self, after: Option<usize>) -> Result<(), Error> {
        let pane = self.panes.here()?;
        if !pane.is_taken() && pane.session().is_gone() {
            self.panes.restart().await?;
            self.tell(after, NEW_SHELL);
        }
        Ok(())
    }

    fn tell(&mut self, step: Option<usize>, text: &str) {
        let step = step.map(|index| self.plan.steps[index].id.clone());
        (self.emit)(Event::Notice(Notice { step, text: text.to_owned() }));
    }
}
