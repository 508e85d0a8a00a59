//! Shells opened within a pane's shell: `ssh box`, `docker exec -ti x sh`, `python3`. They have no channel of their own, so
//! the end of a command there is read off the screen: a POSIX shell gets a prompt that carries `$?`, in any other program
//! the prompt that stood there before is waited for.

use std::time::{Duration, Instant};

use super::attempts::Came;
use super::live::Live;
use super::pane::{LOOK, Pane, late};
use super::since;
use crate::event::Outcome;
use crate::session::{self, Awaited};

/// How long nothing may come for a line to be a prompt.
const SETTLED: Duration = Duration::from_millis(300);
/// How long an inner shell may take to answer that it is one.
const ANSWER: Duration = Duration::from_secs(2);
/// How long until a row that may be a prompt is looked for, where the one that is known does not come.
const UNTOLD: Duration = Duration::from_secs(2);

/// How an inner shell asks for a command, at the end of a line.
#[derive(Clone, Debug)]
pub(super) enum Prompt {
    /// With the status of the command before, behind this word of ours.
    Ours(String),
    /// As it did first, in a line of its own.
    AsItStood(String),
}

impl Prompt {
    /// One that tells the status, for the shell at this depth.
    fn ours(depth: usize) -> Self {
        Self::Ours(format!("lab-{depth}:"))
    }

    /// How much of the end of a line it is, and the status that it tells, if it stands there.
    fn at_end_of(&self, line: &str) -> Option<(usize, Option<i32>)> {
        match self {
            Self::Ours(word) => {
                let digits = line.strip_suffix("$ ")?;
                let start = digits.trim_end_matches(|byte: char| byte.is_ascii_digit());
                let status = digits[start.len()..].parse().ok()?;
                let before = start.strip_suffix(word.as_str())?;
                Some((line.len() - before.len(), Some(status)))
            }
            Self::AsItStood(row) => (row == line).then_some((row.len(), None)),
        }
    }
}

/// What came of a command that opens a shell.
pub(super) enum Entered {
    /// The shell asks for commands.
    Shell,
    /// The command ended.
    Over(Box<Came>),
    /// Neither in time.
    Late {
        /// What stands on the screen.
        screen: String,
    },
}

impl Pane {
    /// Waits until the shell that a command opens asks for one itself, and makes it tell the status of each. The end of
    /// the command is answered.
    pub(super) async fn enter(
        &mut self,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Entered, session::Error> {
        let end = Instant::now() + limit;
        loop {
            if let Some(came) = self.quiet(SETTLED, limit, live).await? {
                return Ok(Entered::Over(Box::new(came)));
            }
            if let Some(row) = self.prompt_shown()
                && self.meet(&row, live).await?
            {
                return Ok(Entered::Shell);
            }
            if Instant::now() >= end || live.stop.is_asked() {
                return Ok(Entered::Late { screen: self.session.screen() });
            }
            let pause = tokio::time::sleep(LOOK);
            live.drive(&mut self.tap, &self.session.activity(), pause).await;
        }
    }

    /// The last row, if it may be a prompt.
    pub(super) fn prompt_shown(&self) -> Option<String> {
        let row = self.session.cursor_row();
        let asks = row.trim_end().ends_with(['$', '#', '%', '>', '❯']);
        (asks && !self.session.hides_input()).then_some(row)
    }

    /// Whether a shell asks for commands in this row: then it tells the status of each from now on, if it is a POSIX
    /// shell. Another one shows the same row again for an Enter.
    pub(super) async fn meet(&mut self, row: &str, live: &mut Live<'_>) -> Result<bool, session::Error> {
        let posix = row.trim_end().ends_with(['$', '#']);
        self.session.mark_terminal();
        let prompt = if posix {
            let prompt = Prompt::ours(self.prompts.len() + 1);
            if let Prompt::Ours(word) = &prompt {
                // What a prompt runs, and what the shell keeps of it, is not to be minded.
                self.session.type_text(&format!("PROMPT_COMMAND= HISTFILE= PS1='{word}$?$ '\n"))?;
            }
            prompt
        } else {
            self.session.type_text("\n")?;
            Prompt::AsItStood(row.to_owned())
        };
        let met = self.at_prompt(std::slice::from_ref(&prompt), ANSWER, live).await?.is_some();
        if met {
            self.prompts.push(prompt);
            self.busy = false;
        }
        Ok(met)
    }

    /// Waits for the end of a command in an inner shell. The limit ends it by `^C`, which may leave that shell alive.
    pub(super) async fn end_inside(
        &mut self,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Came, session::Error> {
        // A line that changed the prompt leaves one that nobody waits for.
        let first = limit.min(UNTOLD);
        if let Some(came) = self.prompted(first, live).await? {
            return Ok(came);
        }
        let idle = self.session.quiet_for() >= SETTLED;
        let shell = self.prompt_shown().filter(|row| row.ends_with("$ ") || row.ends_with("# "));
        if let Some(row) = shell.filter(|_| idle) {
            let came = self.over_in_shell("");
            self.prompts.pop();
            self.meet(&row, live).await?;
            return Ok(came);
        }
        if let Some(came) = self.prompted(limit.saturating_sub(first), live).await? {
            return Ok(came);
        }
        self.interrupt()?;
        let mut came = match self.prompted(ANSWER, live).await? {
            Some(came) => came,
            None => self.finish(Duration::ZERO, live).await?,
        };
        came.outcome.aborted = Some(late(limit));
        Ok(came)
    }

    /// Waits until an inner shell asks for a command again; `None` if the limit passed.
    pub(super) async fn prompted(
        &mut self,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Came>, session::Error> {
        let prompts = self.prompts.clone();
        Ok(match self.at_prompt(&prompts, limit, live).await? {
            None => None,
            Some(Err(came)) => Some(came),
            Some(Ok(row)) => Some(self.over_in_shell(&row)),
        })
    }

    /// The line of a prompt, or the end of all that runs; `None` if the limit passed.
    async fn at_prompt(
        &mut self,
        prompts: &[Prompt],
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Result<String, Came>>, session::Error> {
        let (activity, stop) = (self.session.activity(), live.stop);
        let asks = |row: &str| prompts.iter().any(|prompt| prompt.at_end_of(row).is_some());
        let awaited = self.session.await_row(asks, limit, stop);
        Ok(match live.drive(&mut self.tap, &activity, awaited).await? {
            Awaited::Came(row) => Some(Ok(row)),
            Awaited::Ended(ended) => Some(Err(self.over(&ended))),
            Awaited::TimedOut { .. } => None,
        })
    }

    /// A command ended in an inner shell, which asks for the next in this line.
    pub(super) fn over_in_shell(&mut self, line: &str) -> Came {
        self.busy = false;
        let mut status = None;
        let mut text = self.session.written_since_mark();
        let mut shells = self.prompts.iter().enumerate().rev();
        let asking = shells.find_map(|(depth, prompt)| Some((depth, prompt.at_end_of(line)?)));
        if let Some((depth, (length, told))) = asking {
            status = told;
            text.truncate(text.len().saturating_sub(length));
            // A shell that was opened in this one has been left.
            self.prompts.truncate(depth + 1);
        }
        let elapsed_ms = since(self.began);
        let outcome = Outcome {
            status,
            stdout: below_the_first_line(&text),
            elapsed_ms,
            attempts: 1,
            total_ms: elapsed_ms,
            terminal: true,
            ..Outcome::default()
        };
        Came { sequence: 0, interrupted: false, outcome, checks: Vec::new() }
    }

    /// What is typed at the prompt of an inner shell is a command there.
    pub(super) fn answer_shell(&mut self) {
        if self.is_inner() && !self.busy {
            self.session.mark_terminal();
            (self.busy, self.began) = (true, Instant::now());
        }
    }
}

/// What came behind the line that was typed.
pub(super) fn below_the_first_line(text: &str) -> String {
    text.split_once('\n').map_or("", |(_, output)| output).to_owned()
}
