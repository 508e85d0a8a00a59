//! The count of a run, and whether it goes on. Pure.
//!
//! Counts are kept by step: one that runs again counts for what came of it last, and a server that held when it was left
//! to serve counts as failed, and as nothing else, once it fails.

use std::collections::BTreeMap;

use super::OnFailure;
use super::attempts;
use crate::bash::Deed;
use crate::event::{Checked, Promise, Summary, Verdict};

/// What a command that held was held to; of more than one, the last of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HeldTo {
    /// Nothing: it has no status, as at another prompt than a shell's, or none that counts, and no output was promised.
    Nothing,
    /// Its status.
    Status,
    /// An output as well.
    Output,
}

impl HeldTo {
    /// What these checks held a command to.
    pub(super) fn of(checks: &[Checked]) -> Self {
        if attempts::has_output(checks) {
            Self::Output
        } else if checks.iter().any(|checked| checked.check == Promise::Status) {
            Self::Status
        } else {
            Self::Nothing
        }
    }
}

/// What a deck came to so far.
#[derive(Debug)]
pub(super) struct Tally {
    on_failure: OnFailure,
    /// What each step counts for, by its index.
    steps: BTreeMap<usize, Summary>,
    /// The step that is counted for.
    at: usize,
    /// Why the rest is not run.
    pub stopped: Option<String>,
}

impl Tally {
    pub(super) fn new(on_failure: OnFailure) -> Self {
        Self { on_failure, steps: BTreeMap::new(), at: 0, stopped: None }
    }

    /// A step runs, or is skipped: what it counted for before is outdated.
    pub(super) fn begin(&mut self, step: usize) {
        self.at = step;
        self.steps.remove(&step);
    }

    /// What is counted next belongs to a step that ran before; answers the one that is counted for until now.
    pub(super) fn return_to(&mut self, step: usize) -> usize {
        std::mem::replace(&mut self.at, step)
    }

    /// The counts of the step that is counted for.
    pub(super) fn here(&mut self) -> &mut Summary {
        self.steps.entry(self.at).or_default()
    }

    /// The counts of all steps.
    pub(super) fn total(&self) -> Summary {
        self.steps.values().fold(Summary::default(), |mut total, step| {
            total.add(step);
            total
        })
    }

    /// A command, or a step that ran none, came to this.
    pub(super) fn count(&mut self, verdict: Verdict, held_to: HeldTo) {
        let summary = self.here();
        *of(summary, verdict) += 1;
        if verdict == Verdict::Held {
            *by(summary, held_to) += 1;
        }
    }

    /// What was counted so is to be counted anew.
    pub(super) fn take_back(&mut self, verdict: Verdict, held_to: HeldTo) {
        let summary = self.here();
        let count = of(summary, verdict);
        *count = count.saturating_sub(1);
        if verdict == Verdict::Held {
            let count = by(summary, held_to);
            *count = count.saturating_sub(1);
        }
    }

    /// Stops the deck if this verdict of something on this line does.
    pub(super) fn after(&mut self, verdict: Verdict, deed: Deed, line: usize) {
        if self.stopped.is_none() && self.stops(verdict, deed) {
            self.stopped = Some(format!("line {line} failed, and what follows builds on it"));
        }
    }

    /// A person or a signal ended the run.
    pub(super) fn interrupt(&mut self) {
        self.stopped = Some("the run was interrupted".to_owned());
    }

    /// Whether this verdict stops the deck.
    pub(super) fn stops(&self, verdict: Verdict, deed: Deed) -> bool {
        verdict == Verdict::Failed
            && match self.on_failure {
                OnFailure::ByDeed => deed != Deed::Looks,
                OnFailure::Stop | OnFailure::Shell => true,
                OnFailure::Continue => false,
            }
    }
}

fn of(summary: &mut Summary, verdict: Verdict) -> &mut usize {
    match verdict {
        Verdict::Held => &mut summary.held,
        Verdict::Warned => &mut summary.warned,
        Verdict::Failed => &mut summary.failed,
        Verdict::Known => &mut summary.known,
        Verdict::Skipped => &mut summary.skipped,
    }
}

fn by(summary: &mut Summary, held_to: HeldTo) -> &mut usize {
    match held_to {
        HeldTo::Nothing => &mut summary.by_nothing,
        HeldTo::Status => &mut summary.by_status,
        HeldTo::Output => &mut summary.by_output,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_counts_for_what_came_of_it_last() {
        let mut tally = Tally::new(OnFailure::ByDeed);
        tally.begin(3);
        tally.count(Verdict::Held, HeldTo::Status);
        tally.count(Verdict::Held, HeldTo::Nothing);
        tally.begin(4);
        tally.count(Verdict::Failed, HeldTo::Status);
        assert_eq!(tally.return_to(3), 4);
        tally.take_back(Verdict::Held, HeldTo::Nothing);
        tally.count(Verdict::Failed, HeldTo::Nothing);
        let counts = |tally: &Tally| {
            let Summary { held, by_status, by_output, by_nothing, failed, .. } = tally.total();
            (held, by_status, by_output, by_nothing, failed)
        };
        assert_eq!(counts(&tally), (1, 1, 0, 0, 2));
        tally.begin(3);
        tally.count(Verdict::Held, HeldTo::Output);
        assert_eq!(counts(&tally), (1, 0, 1, 0, 1));
    }

    #[test]
    fn what_acted_stops_and_what_looked_does_not() {
        for (on_failure, deed, stops) in [
            (OnFailure::ByDeed, Deed::Acts, true),
            (OnFailure::ByDeed, Deed::Waits, true),
            (OnFailure::ByDeed, Deed::Looks, false),
            (OnFailure::Stop, Deed::Looks, true),
            (OnFailure::Shell, Deed::Looks, true),
            (OnFailure::Continue, Deed::Acts, false),
        ] {
            let mut tally = Tally::new(on_failure);
            tally.after(Verdict::Warned, deed, 7);
            assert_eq!(tally.stopped, None);
            tally.after(Verdict::Failed, deed, 7);
            assert_eq!(tally.stopped.is_some(), stops, "{on_failure:?} {deed:?}");
        }
    }
}
