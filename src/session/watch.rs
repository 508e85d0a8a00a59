//! Waits for the end of a running command, however that comes: the shell reports, or ends, or has to be helped by
//! the abort ladder because a limit passed, somebody asked, or a question on the terminal will never be answered.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::frame::{Done, Frame};
use super::guard::Note;
use super::ladder::Ladder;
use super::shell::Shell;
use super::{Aborted, Activity, Error, Rung, Stop, Why};
use crate::sys::{self, Reading, SIGNAL_BASE, Signal};

/// How often a running command is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long a question stands on the terminal before it is taken for one.
const ASKED: Duration = Duration::from_millis(300);
/// How long somebody reads the terminal in silence before that is taken for a question.
const MUTE: Duration = Duration::from_secs(2);
/// As good as no limit: years.
pub(super) const NEVER: Duration = Duration::from_hours(100_000);
/// How long the kernel may take to end a killed shell.
const DEATH: Duration = Duration::from_secs(2);

/// How a command ended, as far as the shell is concerned.
#[derive(Debug)]
pub(super) enum Finish {
    /// It reported.
    Reported(Done),
    /// It is gone, with this code.
    Gone(i32),
    /// We had to kill it.
    Killed,
}

/// How a command ended, and what had to be done.
#[derive(Debug)]
pub(super) struct End {
    pub finish: Finish,
    pub aborted: Option<Aborted>,
    pub asked: Option<String>,
}

/// What is known of a running command.
#[derive(Debug)]
pub(super) struct Watch {
    /// The number that its report will bear.
    sequence: u64,
    /// The line that makes the shell report.
    report: String,
    activity: Activity,
    /// Whether there is somebody to answer what is asked on the terminal.
    attended: bool,
    limit: Duration,
    deadline: Instant,
    looked: Instant,
    next_question: Instant,
    ladder: Option<Ladder>,
    suspended: bool,
    /// How often the shell was seen waiting without having reported.
    silences: u32,
    asked: Option<String>,
    killed: Option<Instant>,
}

impl Watch {
    /// A command that has just been typed, without a keyboard.
    pub(super) fn new(sequence: u64, report: String, limit: Duration, activity: Activity) -> Self {
        let now = Instant::now();
        Self {
            sequence,
            report,
            activity,
            attended: false,
            limit,
            deadline: now + limit,
            looked: now,
            next_question: now + ASKED,
            ladder: None,
            suspended: false,
            silences: 0,
            asked: None,
            killed: None,
        }
    }

    /// A command that has just been typed at the terminal. It has no limit until it is given one.
    pub(super) fn attended(sequence: u64, report: String, activity: Activity) -> Self {
        Self { attended: true, ..Self::new(sequence, report, NEVER, activity) }
    }

    /// It is to end within this, from now.
    pub(super) fn limit(&mut self, limit: Duration) {
        self.limit = limit;
        self.deadline = Instant::now() + limit.min(NEVER);
    }

    /// Whether the abort ladder is up.
    pub(super) fn is_aborting(&self) -> bool {
        self.ladder.is_some()
    }

    /// Waits for its end. Nothing is lost when it is dropped halfway.
    pub(super) async fn end(&mut self, shell: &mut Shell, stop: &Stop) -> Result<End, Error> {
        loop {
            tokio::select! {
                biased;
                frame = shell.report.next() => match frame? {
                    Frame::Done(done) if done.sequence == self.sequence => {
                        return Ok(self.finish(Finish::Reported(done)));
                    }
                    other => return Err(Error::unexpected(&other)),
                },
                () = shell.control.flush(), if !shell.control.is_flushed() => {}
                note = shell.lifeline.note() => match note {
                    Some(Note::Ended(code)) => return Ok(self.finish(Finish::Gone(code))),
                    // The guard takes the shell with it.
                    None => return Ok(self.finish(Finish::Gone(SIGNAL_BASE + Signal::KILL.as_raw()))),
                    Some(Note::Stopped) => {
                        self.suspended = true;
                        shell.process.signal(Signal::CONT);
                    }
                    Some(Note::Started(_) | Note::Failed(_)) => {}
                },
                () = stop.asked(), if self.ladder.is_none() => self.abort(Why::Asked),
                () = sleep_until(self.next_look()) => {
                    self.look(shell);
                    if self.killed.is_some_and(|killed| killed.elapsed() > DEATH) {
                        return Ok(self.finish(Finish::Killed));
                    }
                }
            }
        }
    }

    fn next_look(&self) -> Instant {
        let tick = self.looked + TICK;
        match &self.ladder {
            Some(ladder) => tick.min(ladder.due()),
            None => tick.min(self.deadline),
        }
    }

    fn abort(&mut self, why: Why) {
        self.ladder = Some(Ladder::new(why, self.limit));
    }

    /// Looks at a command that takes its time, and does what has to be done.
    fn look(&mut self, shell: &mut Shell) {
        let now = Instant::now();
        self.looked = now;
        if self.ladder.is_none() && now >= self.deadline {
            if self.attended {
                self.asked = self.question(shell);
            }
            self.abort(Why::Limit);
        }
        shell.screen.flush();
        if shell.is_silent() {
            match self.silences {
                // An interrupt can meet the line that reports, and takes it.
                0 => shell.control.send(&self.report),
                1 => self.ladder = Some(Ladder::last(Why::Silent, self.limit)),
                _ => {}
            }
            self.silences += 1;
        }
        if !self.attended && self.ladder.is_none() && now >= self.next_question {
            self.next_question = now + ASKED;
            self.asked = self.question(shell);
            if self.asked.is_some() {
                self.abort(Why::Prompt);
            }
        }
        if let Some(ladder) = self.ladder.as_mut().filter(|ladder| now >= ladder.due()) {
            ladder.climb(&shell.hold());
            if ladder.is_at_its_end() {
                self.killed.get_or_insert(now);
            }
        }
    }

    /// What stands on the terminal, if somebody waits there for an answer that nobody can give; empty where nothing
    /// does. One who sleeps until something happens may wait for anything: there the text must look like a question.
    /// A password prompt may belong to another user (`sudo`), who may not be watched: there the hidden input tells.
    fn question(&self, shell: &Shell) -> Option<String> {
        let text = shell.screen.open_line();
        let quiet = self.activity.quiet();
        if quiet < if text.is_some() { ASKED } else { MUTE } {
            return None;
        }
        let text = text.unwrap_or_default().trim().to_owned();
        let asks = match sys::group_reads_terminal(shell.terminal.foreground()?) {
            Reading::Yes => true,
            Reading::Polls if quiet >= MUTE && text.ends_with(['?', ':', '>', ']', ')']) => true,
            Reading::No | Reading::Polls | Reading::Hidden => {
                !text.is_empty() && shell.terminal.hides_input()
            }
        };
        asks.then_some(text)
    }

    fn finish(&mut self, finish: Finish) -> End {
        let aborted = self.ladder.as_ref().and_then(Ladder::so_far);
        let finish = match finish {
            Finish::Gone(_) if self.killed.is_some() => Finish::Killed,
            other => other,
        };
        let suspended = self.suspended.then_some(Aborted { why: Why::Suspended, by: Rung::Continue });
        End { finish, aborted: aborted.or(suspended), asked: self.asked.take() }
    }
}
