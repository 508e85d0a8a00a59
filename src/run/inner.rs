//! Shells opened within a pane's shell: `ssh box`, `docker exec -ti x sh`, `python3`. They have no channel of their own,
//! so a command is typed there line by line, and the end of each is read off the screen: a POSIX shell gets a prompt that
//! carries `$?`; any other program asks as it did first, or its line editor says that it waits.

use std::time::{Duration, Instant};

use super::attempts::Came;
use super::live::Live;
use super::pane::{LOOK, Pane, TURN, late};
use super::since;
use crate::bash::Opens;
use crate::event::{Event, Notice, Outcome};
use crate::session::{self, Awaited};

/// How long nothing may come for a row to be a prompt.
const SETTLED: Duration = Duration::from_millis(300);
/// How long nothing may come from a program that asks without a prompt.
const SILENT: Duration = Duration::from_secs(1);
/// How long an inner shell may take to answer that it is one.
const ANSWER: Duration = Duration::from_secs(2);
/// How long until a row that may be a prompt is looked for, where the one that is known does not come.
const UNTOLD: Duration = Duration::from_secs(2);

/// What is said where an inner shell cannot be told a tab from a key.
const NO_TABS: &str = "typed with a blank for each tab, and without other control characters: \
    the shell that it is typed into would take them for keys";

/// How an inner shell asks for a command.
#[derive(Clone, Debug)]
pub(super) enum Prompt {
    /// With this word of ours, and the status of the command before.
    Ours(String),
    /// As it did first, in a line of its own.
    AsItStood(String),
    /// By waiting.
    Silent,
}

/// What an inner shell, or a program in it, asks for.
#[derive(Debug)]
struct Asked {
    /// Which shell asks, from the outermost.
    depth: usize,
    /// How many bytes the prompt takes.
    length: usize,
    /// What it tells of the command before.
    status: Option<i32>,
    /// Whether it asks for the rest of a command, or for an answer.
    more: bool,
}

impl Prompt {
    /// One that tells the status, for the shell at this depth from 1.
    fn ours(depth: usize) -> Self {
        Self::Ours(format!("lab-{depth}"))
    }

    /// What this row asks for, if it ends in this prompt.
    fn asks_in(&self, depth: usize, row: &str) -> Option<Asked> {
        match self {
            Self::Ours(word) => {
                if let Some(before) = row.strip_suffix("> ").and_then(|row| row.strip_suffix(word.as_str())) {
                    return Some(Asked { depth, length: row.len() - before.len(), status: None, more: true });
                }
                let told = row.strip_suffix("$ ")?;
                let start = told.trim_end_matches(|letter: char| letter.is_ascii_digit());
                let status = told[start.len()..].parse().ok()?;
                let before = start.strip_suffix(':')?.strip_suffix(word.as_str())?;
                Some(Asked { depth, length: row.len() - before.len(), status: Some(status), more: false })
            }
            Self::AsItStood(prompt) => {
                (prompt == row).then_some(Asked { depth, length: row.len(), status: None, more: false })
            }
            Self::Silent => None,
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
    /// Types a command into the innermost shell, line by line: each has been taken before the next is typed. What came
    /// is answered where not all of it could be typed.
    pub(super) async fn type_inside(
        &mut self,
        text: &str,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Came>, session::Error> {
        self.session.mark_terminal();
        (self.busy, self.began, self.failed_line) = (true, Instant::now(), None);
        let shells = self.prompts.len();
        let mut as_it_is = true;
        let mut lines = text.split('\n').peekable();
        // A block that stands further in stays open in some programs until an empty line comes.
        let open =
            text.lines().count() > 1 && text.lines().last().is_some_and(|line| line.starts_with([' ', '\t']));
        let foreign = !matches!(self.prompts.last(), Some(Prompt::Ours(_)));
        let mut came = None;
        while let Some(line) = lines.next() {
            as_it_is &= self.session.type_line(line)?;
            let last = lines.peek().is_none();
            if last && !(open && foreign) {
                break;
            }
            let asked = match self.asked(limit, true, live).await? {
                None => Err(self.cut_short(late(limit), live).await?),
                Some(asked) => asked,
            };
            match asked {
                Err(over) => {
                    came = Some(over);
                    break;
                }
                Ok(asked) if last => {
                    if asked.more {
                        self.session.type_line("")?;
                    }
                }
                Ok(asked) if asked.depth + 1 < shells => {
                    let mut left = self.over_in_shell(&asked);
                    left.outcome.aborted = Some("the shell was left before all of it was typed".to_owned());
                    came = Some(left);
                    break;
                }
                Ok(Asked { status: Some(status @ 1..), .. }) => {
                    self.failed_line.get_or_insert(status);
                }
                Ok(_) => {}
            }
        }
        if !as_it_is {
            let step = Some(live.place.0.to_owned());
            (live.emit)(Event::Notice(Notice { step, text: NO_TABS.to_owned() }));
        }
        Ok(came)
    }

    /// Waits until the shell that a command opens asks for one itself, and makes it tell the status of each. The end of
    /// the command is answered.
    pub(super) async fn enter(
        &mut self,
        opens: Opens,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Entered, session::Error> {
        let end = Instant::now() + limit;
        loop {
            if let Some(came) = self.quiet(SETTLED, limit, live).await? {
                return Ok(Entered::Over(Box::new(came)));
            }
            if let Some(entered) = self.meet(opens, live).await? {
                return Ok(entered);
            }
            if Instant::now() >= end || live.stop.is_asked() {
                return Ok(Entered::Late { screen: self.session.screen() });
            }
            let pause = tokio::time::sleep(LOOK);
            live.drive(&mut self.tap, &self.session.activity(), pause).await;
        }
    }

    /// The row of the cursor, if it may be a prompt.
    fn prompt_shown(&self) -> Option<String> {
        let row = self.session.cursor_row();
        let asks = row.trim_end().ends_with(['$', '#', '%', '>', '❯']);
        (asks && !self.session.hides_input()).then_some(row)
    }

    /// Whether a shell asks for commands now. If it is a POSIX shell, it tells the status of each from now on. Of another
    /// program a row that may be a prompt must come again for an Enter, unless a line editor waits there.
    async fn meet(&mut self, opens: Opens, live: &mut Live<'_>) -> Result<Option<Entered>, session::Error> {
        let shown = self.session.cursor_row();
        let edits = self.session.takes_pastes() && !self.session.is_full_screen();
        let prompt = match self.prompt_shown() {
            Some(row) if opens == Opens::Shell && ends_as_posix(&row) => {
                let prompt = Prompt::ours(self.prompts.len() + 1);
                if let Prompt::Ours(word) = &prompt {
                    self.session.mark_terminal();
                    // What a prompt runs, and what the shell keeps of it, is not to be minded.
                    let own = format!("PROMPT_COMMAND= HISTFILE= PS2='{word}> ' PS1='{word}:$?$ '");
                    self.session.type_line(&own)?;
                }
                prompt
            }
            Some(row) if !edits => {
                self.session.mark_terminal();
                self.session.type_line("")?;
                Prompt::AsItStood(row)
            }
            Some(row) => return Ok(Some(self.met(Prompt::AsItStood(row)))),
            None if edits && !shown.is_empty() => return Ok(Some(self.met(Prompt::AsItStood(shown)))),
            None if edits => return Ok(Some(self.met(Prompt::Silent))),
            None => {
                let waits = opens == Opens::Prompt && shown.is_empty() && self.session.reads_terminal();
                let silent = self.session.quiet_for() >= SILENT && !self.session.hides_input();
                return Ok((waits && silent).then(|| self.met(Prompt::Silent)));
            }
        };
        let asks = |row: &str| prompt.asks_in(0, row).is_some_and(|asked| !asked.more);
        let (activity, stop) = (self.session.activity(), live.stop);
        let awaited = self.session.await_row(asks, ANSWER, stop);
        Ok(match live.drive(&mut self.tap, &activity, awaited).await? {
            Awaited::Came(_) => Some(self.met(prompt)),
            Awaited::Ended(ended) => Some(Entered::Over(Box::new(self.over(&ended)))),
            Awaited::TimedOut { .. } => None,
        })
    }

    fn met(&mut self, prompt: Prompt) -> Entered {
        self.prompts.push(prompt);
        self.busy = false;
        Entered::Shell
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
        if idle && self.prompt_shown().is_some_and(|row| ends_as_posix(&row)) {
            let came = self.over_untold();
            let lost = self.prompts.pop();
            match self.meet(Opens::Shell, live).await? {
                Some(Entered::Over(came)) => return Ok(*came),
                Some(_) => {}
                None => self.prompts.extend(lost),
            }
            return Ok(came);
        }
        let end = Instant::now() + limit.saturating_sub(first);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if let Some(came) = self.prompted(left.min(TURN), live).await? {
                return Ok(came);
            }
            if let Some(why) = self.why_ended(left, limit) {
                return self.cut_short(why, live).await;
            }
        }
    }

    /// A command in an inner shell is ended: by `^C`, or with that shell.
    async fn cut_short(&mut self, why: String, live: &mut Live<'_>) -> Result<Came, session::Error> {
        self.interrupt()?;
        let mut came = match self.prompted(ANSWER, live).await? {
            Some(came) => came,
            None => self.finish(Duration::ZERO, live).await?,
        };
        came.outcome.aborted = Some(why);
        Ok(came)
    }

    /// Waits until an inner shell asks for a command again; `None` if the limit passed.
    pub(super) async fn prompted(
        &mut self,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Came>, session::Error> {
        Ok(match self.asked(limit, false, live).await? {
            None => None,
            Some(Err(came)) => Some(came),
            Some(Ok(asked)) => {
                let mut came = self.over_in_shell(&asked);
                if live.stop.is_asked() {
                    came.interrupted = true;
                    came.outcome.aborted = Some("the command was interrupted".to_owned());
                }
                Some(came)
            }
        })
    }

    /// Waits until an inner shell asks for a command, or for `more` of one; the end of all that runs is answered too,
    /// and `None` if the limit passed.
    async fn asked(
        &mut self,
        limit: Duration,
        more: bool,
        live: &mut Live<'_>,
    ) -> Result<Option<Result<Asked, Came>>, session::Error> {
        let end = Instant::now() + limit;
        let prompts = self.prompts.clone();
        loop {
            let asks = |row: &str| asks_in(&prompts, row).is_some_and(|asked| more || !asked.more);
            let left = end.saturating_duration_since(Instant::now());
            let (activity, stop) = (self.session.activity(), live.stop);
            let awaited = self.session.await_row(asks, left.min(LOOK), stop);
            match live.drive(&mut self.tap, &activity, awaited).await? {
                Awaited::Came(row) => return Ok(asks_in(&prompts, &row).map(Ok)),
                Awaited::Ended(ended) => return Ok(Some(Err(self.over(&ended)))),
                Awaited::TimedOut { .. } => {}
            }
            if let Some(asked) = self.asks_otherwise() {
                return Ok(Some(Ok(asked)));
            }
            if left <= LOOK {
                return Ok(None);
            }
        }
    }

    /// What a program that is no POSIX shell asks for in another way than it did first: for the rest of a command, or for
    /// an answer. A line editor says that it waits; of others nothing comes.
    fn asks_otherwise(&self) -> Option<Asked> {
        let innermost = self.prompts.last().filter(|prompt| !matches!(prompt, Prompt::Ours(_)))?;
        let row = self.session.cursor_row();
        let quiet = self.session.quiet_for();
        let edits = self.session.takes_pastes() && quiet >= LOOK;
        let waits = quiet >= SETTLED && self.session.reads_terminal() && !self.session.hides_input();
        let silent = matches!(innermost, Prompt::Silent);
        let asks = self.session.is_answered() && (edits || waits && (silent || !row.is_empty()));
        asks.then(|| Asked {
            depth: self.prompts.len() - 1,
            length: row.len(),
            status: None,
            more: !(silent && row.is_empty()),
        })
    }

    /// A command ended in an inner shell, which asks for the next.
    fn over_in_shell(&mut self, asked: &Asked) -> Came {
        // A shell that was opened in this one has been left.
        self.prompts.truncate(asked.depth + 1);
        let mut came = self.over_untold();
        let stdout = &mut came.outcome.stdout;
        stdout.truncate(stdout.len().saturating_sub(asked.length));
        came.outcome.status = self.failed_line.take().or(asked.status);
        came
    }

    /// A command ended in an inner shell, which does not say how.
    fn over_untold(&mut self) -> Came {
        self.busy = false;
        let elapsed_ms = since(self.began);
        let outcome = Outcome {
            stdout: self.session.output_since_mark(),
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
            self.session.begin_line();
            (self.busy, self.began, self.failed_line) = (true, Instant::now(), None);
        }
    }
}

/// What this row asks for, of the innermost shell that asks there.
fn asks_in(prompts: &[Prompt], row: &str) -> Option<Asked> {
    prompts.iter().enumerate().rev().find_map(|(depth, prompt)| prompt.asks_in(depth, row))
}

/// Whether a row ends as the prompts of POSIX shells do; psql asks `lab=#`.
fn ends_as_posix(row: &str) -> bool {
    let row = row.trim_end();
    row.ends_with(['$', '#']) && !row.ends_with("=#")
}
