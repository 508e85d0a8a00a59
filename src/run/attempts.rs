//! One command: typed, judged, and typed again while that can help.

use std::time::{Duration, Instant};

use super::control::Control;
use super::judge::{self, Judge};
use super::live::Live;
use super::pane::Pane;
use super::policy::{Next, Rules, Shortfall};
use super::{in_ms, since};
use crate::event::{Checked, Event, Outcome, Promise, Retrying, Verdict};
use crate::plan::{self, Check, Typed};
use crate::session::{self, Aborted, Ended, How, Request, Why};

/// A command with all that its attempts are held to.
#[derive(Clone, Debug)]
pub struct Attempts<'a> {
    /// The command.
    pub command: &'a Typed,
    /// What is typed: the command with the stage's values filled in.
    pub text: &'a str,
    /// The id of its step.
    pub step: &'a str,
    /// Promises about its output.
    pub checks: &'a [&'a Check],
    /// The text of the `wait` that follows.
    pub awaited: Option<&'a str>,
    /// Whether and how long it is repeated.
    pub rules: Rules,
    /// Judges each attempt.
    pub judge: Judge<'a>,
}

/// What all attempts of a command came to.
#[derive(Clone, Debug)]
pub struct Came {
    /// The last attempt's.
    pub outcome: Outcome,
    /// Its checks, judged.
    pub checks: Vec<Checked>,
    /// Its number in the session, for leaks.
    pub sequence: u64,
    /// Whether a person ended it.
    pub interrupted: bool,
}

impl Came {
    /// Whether the shell went with the command.
    pub fn is_lost(&self) -> bool {
        self.sequence != 0 && self.outcome.status.is_none()
    }
}

impl Attempts<'_> {
    /// Types the command until it holds, or nothing more can be gained.
    ///
    /// # Errors
    /// When the session itself breaks.
    pub async fn run(
        &self,
        pane: &mut Pane,
        control: &Control,
        live: &mut Live<'_>,
    ) -> Result<Came, session::Error> {
        control.begin_command();
        let start = Instant::now();
        let (mut cuts, mut before) = (0, None::<Outcome>);
        for attempt in 1.. {
            let limit = self.rules.attempt_limit(cuts, start.elapsed());
            let ended = pane.run(Request { source: self.text, limit }, live).await?;
            let mut outcome = outcome(&ended, attempt, since(start));
            outcome.before = before.take().and_then(|before| before.unlike(&outcome));
            let checks = self.checked(&outcome);
            let came = Came {
                sequence: ended.sequence,
                interrupted: matches!(ended.aborted, Some(Aborted { why: Why::Asked, .. })),
                outcome,
                checks,
            };
            let Some(shortfall) = self.shortfall(&came, &ended) else { return Ok(came) };
            cuts += u32::from(matches!(shortfall, Shortfall::Cut));
            let Next::Again(pause) = self.rules.after(attempt, start.elapsed(), shortfall) else {
                return Ok(came);
            };
            if came.interrupted || control.is_stopped() {
                return Ok(came);
            }
            (live.emit)(Event::Retrying(Retrying {
                step: live.place.0.to_owned(),
                index: live.place.1,
                attempt,
                reason: reason(&came),
                pause_ms: in_ms(pause),
            }));
            if !control.pause(pause).await {
                return Ok(came);
            }
            before = Some(came.outcome);
        }
        unreachable!("attempts are counted without end")
    }

    /// The status first, then each promise; promises are not judged when there is no output to speak of.
    fn checked(&self, outcome: &Outcome) -> Vec<Checked> {
        let mut checks: Vec<Checked> = self.judge.status(self.command, outcome).into_iter().collect();
        checks.extend(self.judge.outputs(self.step, self.checks.iter().copied(), outcome));
        checks
    }

    /// What the attempt fell short of; none if it held.
    fn shortfall<'c>(&self, came: &'c Came, ended: &Ended) -> Option<Shortfall<'c>> {
        if let Some(Aborted { why, .. }) = ended.aborted {
            // A prompt will ask again; only time may mend a limit.
            return (why == Why::Limit).then_some(Shortfall::Cut);
        }
        let status = came.outcome.status?;
        let awaited = self
            .awaited
            .filter(|text| !self.text.contains(*text))
            .is_some_and(|text| !came.outcome.stdout.contains(text) && !came.outcome.stderr.contains(text));
        if self.command.status == plan::Status::NotZero {
            None
        } else if !self.command.status.allows(status) {
            let said =
                if came.outcome.stderr.is_empty() { &came.outcome.stdout } else { &came.outcome.stderr };
            Some(Shortfall::Status(status, said))
        } else if awaited || came.checks.iter().any(Checked::fell_short) {
            Some(Shortfall::Output)
        } else {
            None
        }
    }
}

/// Why an attempt did not hold, in one line.
fn reason(came: &Came) -> String {
    came.checks.iter().find(|checked| checked.verdict > Verdict::Held).map_or_else(
        || "the text waited for did not come".to_owned(),
        |checked| match &checked.check {
            Promise::Status if came.outcome.aborted.is_none() => {
                last_words(&came.outcome.stderr).unwrap_or(&checked.summary).to_owned()
            }
            _ => checked.summary.clone(),
        },
    )
}

/// The last line that says something.
fn last_words(text: &str) -> Option<&str> {
    text.lines().map(str::trim).rfind(|line| !line.is_empty())
}

/// What a session reports, in the words of events.
pub fn outcome(ended: &Ended, attempt: u32, total_ms: u64) -> Outcome {
    Outcome {
        status: match ended.how {
            How::Status(status) => Some(status),
            How::ShellEnded(_) | How::ShellKilled => None,
        },
        shell_ended: match ended.how {
            How::ShellEnded(code) => Some(code),
            How::Status(_) | How::ShellKilled => None,
        },
        aborted: aborted(ended),
        stdout: ended.stdout.text(),
        stderr: ended.stderr.text(),
        dropped: ended.stdout.dropped + ended.stderr.dropped,
        directory: ended.directory.as_ref().map(|directory| directory.display().to_string()),
        elapsed_ms: in_ms(ended.elapsed),
        attempts: attempt,
        total_ms,
        masked: false,
        before: None,
        leaks: false,
        terminal: false,
        left: None,
    }
}

/// Why a command was ended, in one sentence.
fn aborted(ended: &Ended) -> Option<String> {
    let Aborted { why, .. } = ended.aborted?;
    let mut text = match why {
        Why::Limit => format!("the command did not end within {}", in_words(ended.elapsed)),
        Why::Asked => "the command was interrupted".to_owned(),
        Why::Prompt => match question(ended) {
            Some(question) => format!("the command asks on the terminal: {question}"),
            None => "the command reads from the terminal, and nobody is there to type".to_owned(),
        },
        Why::Suspended => "the command suspended its shell".to_owned(),
        Why::Silent => "the command left the shell unable to report".to_owned(),
    };
    if ended.how == How::ShellKilled {
        text.push_str(", and only ending its shell ended it");
    }
    Some(text)
}

/// What a command asked: on the terminal, or on standard error while it reads from there.
fn question(ended: &Ended) -> Option<String> {
    let asked = ended.asked.as_deref().and_then(last_words).map(str::to_owned);
    asked.or_else(|| last_words(&ended.stderr.text()).map(str::to_owned))
}

/// `5.0 s`, `2 min`.
pub fn in_words(time: Duration) -> String {
    if time < Duration::from_mins(2) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min", time.as_secs() / 60)
    }
}

/// Whether a check came out as more than a status.
pub fn has_output(checks: &[Checked]) -> bool {
    checks.iter().any(|checked| !matches!(checked.check, Promise::Status | Promise::Runs))
}

/// The sum of a command's checks.
pub fn verdict(checks: &[Checked]) -> Verdict {
    judge::worst(checks)
}
