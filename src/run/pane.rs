//! A pane: one session with its terminal, the shells opened within its shell, and the command that runs there.
//!
//! It types, waits and tells what came. Which command is typed when, and what must hold of it, is not known here.

use std::time::{Duration, Instant};

use regex::bytes::Regex;
use tokio::sync::mpsc::UnboundedReceiver;

use super::attempts::{self, Came};
use super::directives::Open;
use super::live::{Live, Tap};
use super::since;
use crate::event::Outcome;
use crate::keys::Key;
use crate::session::{self, Aborted, Awaited, Ended, Session, Sight, Why};

/// How long a terminal must be silent for a program to be ready for keys.
const READY: Duration = Duration::from_millis(100);
/// How long a program may take until it is.
const START: Duration = Duration::from_secs(5);
/// The same for one that ends by itself, as far as is known: perhaps it is only slow.
const PERHAPS: Duration = Duration::from_millis(500);
/// As long as it takes to hear of an end that has come.
const BLINK: Duration = Duration::from_millis(1);
/// How often an inner shell is asked whether it is back at its prompt, while something else is waited for.
const LOOK: Duration = Duration::from_millis(100);
/// How long nothing may come for a line to be a prompt.
const SETTLED: Duration = Duration::from_millis(300);
/// How long until a row that may be a prompt is looked for, where the one that is known does not come.
const UNTOLD: Duration = Duration::from_secs(2);
/// How long an inner shell may take to answer that it is one.
const ANSWER: Duration = Duration::from_secs(2);

/// One session, and what runs at its terminal.
pub(super) struct Pane {
    session: Session,
    /// All that comes to its terminal.
    tap: Tap,
    /// The prompts of the shells opened within its own, the innermost last.
    prompts: Vec<Prompt>,
    /// Whether a command was typed at the terminal whose end was not seen. With inner shells: into the innermost.
    busy: bool,
    began: Instant,
    /// What is typed by keys at the prompt, so far.
    pub line: String,
    /// The command that the directives at hand speak to.
    pub open: Option<Open>,
    /// Whether that runs on until the deck ends.
    pub serves: bool,
}

/// How an inner shell asks for a command.
#[derive(Debug)]
struct Prompt {
    /// Matches the line at whose end it stands; its group, if it has one, is the status of the command before.
    pattern: String,
}

/// What came of waiting for a text.
pub(super) enum Seen {
    /// It came; the command may run on.
    Text(Sight),
    /// The command ended without it.
    Over(Box<Came>),
    /// Neither in time; the command runs on.
    Late {
        /// What stands on the screen.
        screen: String,
    },
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
    pub(super) fn new(session: Session) -> Self {
        Self {
            tap: Tap::new(session.tap()),
            session,
            prompts: Vec::new(),
            busy: false,
            began: Instant::now(),
            line: String::new(),
            open: None,
            serves: false,
        }
    }

    /// The session, for all that is not done at its terminal.
    pub(super) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The session, and all that comes to its terminal.
    pub(super) fn parts(&mut self) -> (&mut Session, &mut UnboundedReceiver<Vec<u8>>) {
        (&mut self.session, self.tap.pieces())
    }

    /// Ends it with everything that it started.
    pub(super) async fn close(self) -> Result<(), session::Error> {
        self.session.close().await
    }

    /// The same pane with a new shell: exported variables and the directory are kept.
    pub(super) async fn restart(self) -> Result<Self, session::Error> {
        Ok(Self::new(self.session.restart().await?))
    }

    /// Another pane like this one.
    pub(super) async fn sibling(&mut self) -> Result<Self, session::Error> {
        if !self.session.is_at_terminal() {
            self.session.environment().await?;
        }
        Ok(Self::new(self.session.sibling().await?))
    }

    /// Whether something runs at the terminal, be it only a shell that waits for commands.
    pub(super) fn is_taken(&self) -> bool {
        self.session.is_at_terminal()
    }

    /// Whether a command runs there whose end was not seen.
    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether commands are typed into a shell within the shell.
    pub(super) fn is_inner(&self) -> bool {
        !self.prompts.is_empty()
    }

    /// Types a command, into the innermost shell.
    pub(super) fn type_command(&mut self, text: &str) -> Result<(), session::Error> {
        if self.prompts.is_empty() {
            self.session.type_at_terminal(text)?;
        } else {
            self.session.mark_terminal();
            self.session.type_text(&format!("{text}\n"))?;
        }
        (self.busy, self.began) = (true, Instant::now());
        Ok(())
    }

    /// Presses keys, if something runs at the terminal.
    pub(super) fn press(&mut self, keys: &[Key]) -> Result<(), session::Error> {
        self.answer_shell();
        if self.session.is_at_terminal() {
            keys.iter().try_for_each(|key| self.session.press(*key))?;
        }
        Ok(())
    }

    /// Types a text, if something runs at the terminal.
    pub(super) fn type_text(&mut self, text: &str) -> Result<(), session::Error> {
        self.answer_shell();
        if self.session.is_at_terminal() { self.session.type_text(text) } else { Ok(()) }
    }

    /// What is typed at the prompt of an inner shell is a command there.
    fn answer_shell(&mut self) {
        if self.is_inner() && !self.busy {
            self.session.mark_terminal();
            (self.busy, self.began) = (true, Instant::now());
        }
    }

    /// Ends what runs at the terminal, shells and all.
    pub(super) async fn abandon(&mut self, live: &mut Live<'_>) -> Result<Came, session::Error> {
        self.finish(Duration::ZERO, live).await
    }

    /// Waits until what runs at the terminal can take keys: one pressed before a program runs can be lost. The end of
    /// the command is answered.
    pub(super) async fn ready(&mut self, live: &mut Live<'_>) -> Result<Option<Came>, session::Error> {
        if self.began.elapsed() >= START || !self.session.is_at_terminal() {
            return self.ended(live).await;
        }
        let ends = self.open.as_ref().is_some_and(Open::ends_by_itself);
        self.quiet(if ends { PERHAPS } else { READY }, START, live).await
    }

    /// Waits until a text has been seen, the command has ended, or the limit passed.
    pub(super) async fn text(
        &mut self,
        text: &str,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Seen, session::Error> {
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            // The end of a command in an inner shell is seen on the screen alone.
            let turn = if self.is_inner() { left.min(LOOK) } else { left };
            let (activity, stop) = (self.session.activity(), live.stop);
            let awaited = self.session.await_text(text, turn, stop);
            let screen = match live.drive(&mut self.tap, &activity, awaited).await? {
                Awaited::Came(sight) => return Ok(Seen::Text(sight)),
                Awaited::Ended(ended) => return Ok(Seen::Over(Box::new(self.over(&ended)))),
                Awaited::TimedOut { screen } => screen,
            };
            if left <= turn {
                return Ok(Seen::Late { screen });
            }
            if let Some(came) = self.prompted(Duration::ZERO, live).await? {
                return Ok(Seen::Over(Box::new(came)));
            }
        }
    }

    /// Waits until nothing came for so long, or the limit passed; the end of the command is answered.
    pub(super) async fn quiet(
        &mut self,
        quiet: Duration,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Came>, session::Error> {
        let (activity, stop) = (self.session.activity(), live.stop);
        let awaited = self.session.await_quiet(quiet, limit, stop);
        match live.drive(&mut self.tap, &activity, awaited).await? {
            Awaited::Ended(ended) => Ok(Some(self.over(&ended))),
            Awaited::Came(()) | Awaited::TimedOut { .. } => self.ended(live).await,
        }
    }

    /// The end of the command, if it has ended by now.
    pub(super) async fn ended(&mut self, live: &mut Live<'_>) -> Result<Option<Came>, session::Error> {
        self.ends_within(BLINK, live).await
    }

    /// The end of the command, if it comes within so long; nothing is done about it.
    pub(super) async fn ends_within(
        &mut self,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Came>, session::Error> {
        if !self.session.is_at_terminal() {
            return Ok(None);
        }
        if self.is_inner() {
            return self.prompted(limit, live).await;
        }
        let (activity, stop) = (self.session.activity(), live.stop);
        let awaited = self.session.await_quiet(Duration::MAX, limit, stop);
        Ok(match live.drive(&mut self.tap, &activity, awaited).await? {
            Awaited::Ended(ended) => Some(self.over(&ended)),
            Awaited::Came(()) | Awaited::TimedOut { .. } => None,
        })
    }

    /// Waits for the end of the command. The limit ends it: in an inner shell by `^C`, which may leave that shell alive.
    pub(super) async fn end(&mut self, limit: Duration, live: &mut Live<'_>) -> Result<Came, session::Error> {
        if !self.is_inner() {
            if let Some(came) = self.ends_within(limit, live).await? {
                return Ok(came);
            }
            // What stands on the screen says more than how it is ended.
            let screen = self.session.screen();
            let mut came = self.finish(Duration::ZERO, live).await?;
            came.outcome.aborted =
                Some(format!("the command did not end within {}", attempts::in_words(limit)));
            came.outcome.stdout = screen;
            return Ok(came);
        }
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
        let late = format!("the command did not end within {}", attempts::in_words(limit));
        self.interrupt()?;
        let mut came = match self.prompted(ANSWER, live).await? {
            Some(came) => came,
            None => self.finish(Duration::ZERO, live).await?,
        };
        came.outcome.aborted = Some(late);
        Ok(came)
    }

    /// `^C`
    pub(super) fn interrupt(&mut self) -> Result<(), session::Error> {
        if self.session.is_at_terminal() { self.session.press(Key::INTERRUPT) } else { Ok(()) }
    }

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
    fn prompt_shown(&self) -> Option<String> {
        let row = self.session.cursor_row();
        let asks = row.trim_end().ends_with(['$', '#', '%', '>', '❯']);
        (asks && !self.session.hides_input()).then_some(row)
    }

    /// Whether a shell asks for commands in this row: then it tells the status of each from now on, if it is a POSIX
    /// shell. Another one shows the same row again for an Enter.
    async fn meet(&mut self, row: &str, live: &mut Live<'_>) -> Result<bool, session::Error> {
        let posix = row.trim_end().ends_with(['$', '#']);
        let own = format!("lab-{}", self.prompts.len() + 1);
        self.session.mark_terminal();
        let pattern = if posix {
            // What a prompt runs, and what the shell keeps of it, is not to be minded.
            self.session.type_text(&format!("PROMPT_COMMAND= HISTFILE= PS1='{own}:$?$ '\n"))?;
            format!("{own}:([0-9]+)[$] $")
        } else {
            self.session.type_text("\n")?;
            format!("^{}$", regex::escape(row))
        };
        let met = self.at_prompt(&pattern, ANSWER, live).await?.is_some();
        if met {
            self.prompts.push(Prompt { pattern });
            self.busy = false;
        }
        Ok(met)
    }

    /// What the terminal shows of the command that runs, or ran last.
    pub(super) fn shown(&self) -> String {
        if self.is_inner() {
            self.session.written_since_mark()
        } else {
            self.session.text_since_start().text()
        }
    }

    /// Takes the end of what runs at the terminal, which the limit brings about.
    async fn finish(&mut self, limit: Duration, live: &mut Live<'_>) -> Result<Came, session::Error> {
        let (activity, stop) = (self.session.activity(), live.stop);
        let finished = self.session.finish(limit, stop);
        let ended = live.drive(&mut self.tap, &activity, finished).await?;
        Ok(self.over(&ended))
    }

    /// Waits until an inner shell asks for a command again; `None` if the limit passed.
    async fn prompted(
        &mut self,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Came>, session::Error> {
        let patterns: Vec<&str> = self.prompts.iter().map(|prompt| prompt.pattern.as_str()).collect();
        let any = patterns.join("|");
        let came = match self.at_prompt(&any, limit, live).await? {
            None => return Ok(None),
            Some(Err(came)) => came,
            Some(Ok(row)) => self.over_in_shell(&row),
        };
        Ok(Some(came))
    }

    /// The line of a prompt, or the end of all that runs; `None` if the limit passed.
    async fn at_prompt(
        &mut self,
        pattern: &str,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Result<String, Came>>, session::Error> {
        // Made of escaped text and of ours.
        let Ok(pattern) = Regex::new(pattern) else { return Ok(None) };
        let (activity, stop) = (self.session.activity(), live.stop);
        let awaited = self.session.await_prompt(&pattern, limit, stop);
        Ok(match live.drive(&mut self.tap, &activity, awaited).await? {
            Awaited::Came(row) => Some(Ok(row)),
            Awaited::Ended(ended) => Some(Err(self.over(&ended))),
            Awaited::TimedOut { .. } => None,
        })
    }

    /// What ran at the terminal ended, and all shells with it.
    pub(super) fn over(&mut self, ended: &Ended) -> Came {
        let mut outcome = attempts::outcome(ended, 1, since(self.began));
        if self.is_inner() {
            outcome.stdout = below_the_first_line(&self.session.written_since_mark());
        }
        outcome.terminal = true;
        (self.busy, self.prompts) = (false, Vec::new());
        Came {
            sequence: ended.sequence,
            interrupted: matches!(ended.aborted, Some(Aborted { why: Why::Asked, .. })),
            outcome,
            checks: Vec::new(),
        }
    }

    /// A command ended in an inner shell, which asks for the next in this line.
    fn over_in_shell(&mut self, line: &str) -> Came {
        self.busy = false;
        let mut status = None;
        let mut text = self.session.written_since_mark();
        for (depth, prompt) in self.prompts.iter().enumerate().rev() {
            let found = regex::Regex::new(&prompt.pattern).ok();
            if let Some(found) = found.and_then(|pattern| pattern.captures(line)) {
                status = found.get(1).and_then(|digits| digits.as_str().parse().ok());
                text.truncate(text.len().saturating_sub(found[0].len()));
                // A shell that was opened in this one has been left.
                self.prompts.truncate(depth + 1);
                break;
            }
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
}

/// What came behind the line that was typed.
fn below_the_first_line(text: &str) -> String {
    text.split_once('\n').map_or("", |(_, output)| output).to_owned()
}
