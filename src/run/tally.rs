//! The count of a run, and whether it goes on. Pure.

use super::OnFailure;
use crate::bash::Deed;
use crate::event::{Summary, Verdict};

/// What a deck came to so far.
#[derive(Debug)]
pub(super) struct Tally {
    on_failure: OnFailure,
    /// The counts.
    pub summary: Summary,
    /// Why the rest is not run.
    pub stopped: Option<String>,
}

impl Tally {
    pub(super) fn new(on_failure: OnFailure) -> Self {
        Self { on_failure, summary: Summary::default(), stopped: None }
    }

    /// A command, or a step that ran none, came to this.
    pub(super) fn count(&mut self, verdict: Verdict, by_output: bool) {
        let summary = &mut self.summary;
        match verdict {
            Verdict::Held if by_output => {
                summary.held += 1;
                summary.by_output += 1;
            }
            Verdict::Held => {
                summary.held += 1;
                summary.by_status += 1;
            }
            Verdict::Warned => summary.warned += 1,
            Verdict::Failed => summary.failed += 1,
            Verdict::Known => summary.known += 1,
            Verdict::Skipped => summary.skipped += 1,
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

#[cfg(test)]
mod tests {
    use super::*;

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
