//! A pane: one session with its terminal, the shells opened within its shell, and the command that runs there.
//!
//! It types, waits and tells what came. Which command is typed when, and what must hold of it, is not known here.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use super::attempts::{self, Came};
use super::attended::Open;
use super::inner::Prompt;
use super::live::{Live, Tap};
use super::since;
use crate::keys::Key;
use crate::session::{self, Aborted, Awaited, Ended, Request, Session, Sight, Why};

/// How long a terminal must be silent for a program to be ready for keys.
const READY: Duration = Duration::from_millis(100);
/// How long a program may take until it is.
const START: Duration = Duration::from_secs(5);
/// The same for one that ends by itself, as far as is known: perhaps it is only slow.
const PERHAPS: Duration = Duration::from_millis(500);
/// How long somebody may ask for a keyboard in silence.
pub(super) const ASKING: Duration = Duration::from_secs(5);
/// How often what is waited for is looked at, be it silent.
pub(super) const TURN: Duration = Duration::from_secs(1);
/// As long as it takes to hear of an end that has come.
const BLINK: Duration = Duration::from_millis(1);
/// How often an inner shell is asked whether it is back at its prompt, while something else is waited for.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// One session, and what runs at its terminal.
pub(super) struct Pane {
    pub(super) session: Session,
    /// All that comes to its terminal.
    pub(super) tap: Tap,
    /// The prompts of the shells opened within its own, the innermost last.
    pub(super) prompts: Vec<Prompt>,
    /// Whether a command was typed at the terminal whose end was not seen. With inner shells: into the innermost.
    pub(super) busy: bool,
    pub(super) began: Instant,
    /// The first status but 0 that a line of a command in an inner shell ended with, before its last.
    pub(super) failed_line: Option<i32>,
    /// What is typed by keys at the prompt, so far.
    pub line: String,
    /// The command that the directives at hand speak to.
    pub open: Option<Open>,
    /// Whether that runs on until the deck ends.
    pub serves: bool,
    /// Whether it stands beside one that serves, and the deck did not open it.
    pub is_aside: bool,
    /// What was typed at its prompt, for who looks back.
    pub history: History,
}

/// The commands typed at a prompt, and how far somebody looks back.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: Vec<String>,
    back: usize,
}

impl History {
    /// This was typed.
    pub(super) fn add(&mut self, line: &str) {
        self.lines.push(line.to_owned());
        self.back = 0;
    }

    /// The line one further back, where there is one.
    pub(super) fn earlier(&mut self) -> Option<String> {
        let at = self.lines.len().checked_sub(self.back + 1)?;
        self.back += 1;
        Some(self.lines[at].clone())
    }

    /// The line one less far back; an empty one at the end.
    pub(super) fn later(&mut self) -> String {
        self.back = self.back.saturating_sub(1);
        let at = self.lines.len() - self.back;
        self.lines.get(at).cloned().unwrap_or_default()
    }
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

impl Pane {
    pub(super) fn new(session: Session) -> Self {
        Self {
            tap: Tap::new(session.tap()),
            session,
            prompts: Vec::new(),
            busy: false,
            began: Instant::now(),
            failed_line: None,
            line: String::new(),
            open: None,
            serves: false,
            is_aside: false,
            history: History::default(),
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
        let (is_aside, history) = (self.is_aside, self.history);
        Ok(Self { is_aside, history, ..Self::new(self.session.restart().await?) })
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

    /// Runs a command that needs no keyboard, in the pane's own shell.
    pub(super) async fn run(
        &mut self,
        request: Request<'_>,
        live: &mut Live<'_>,
    ) -> Result<Ended, session::Error> {
        let (activity, stop) = (self.session.activity(), live.stop);
        self.history.add(request.source);
        live.drive(&mut self.tap, &activity, self.session.run(request, stop)).await
    }

    /// Types a command, into the innermost shell. What came is answered where not all of it could be typed within the
    /// limit.
    pub(super) async fn type_command(
        &mut self,
        text: &str,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Option<Came>, session::Error> {
        if self.is_inner() {
            return self.type_inside(text, limit, live).await;
        }
        self.session.type_at_terminal(text)?;
        self.history.add(text);
        (self.busy, self.began) = (true, Instant::now());
        Ok(None)
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
            if self.is_inner()
                && let Some(came) = self.prompted(Duration::ZERO, live).await?
            {
                return Ok(Seen::Over(Box::new(came)));
            }
            if left <= turn && self.session.only_echoes(text) {
                return Ok(Seen::Text(Sight::Echo));
            }
            if left <= turn {
                return Ok(Seen::Late { screen });
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

    /// Waits for the end of the command. The limit ends it, and that it asks for a keyboard: nobody types any more.
    pub(super) async fn end(&mut self, limit: Duration, live: &mut Live<'_>) -> Result<Came, session::Error> {
        if self.is_inner() {
            return self.end_inside(limit, live).await;
        }
        let end = Instant::now() + limit;
        let why = loop {
            let left = end.saturating_duration_since(Instant::now());
            if let Some(came) = self.ends_within(left.min(TURN), live).await? {
                return Ok(came);
            }
            if let Some(why) = self.why_ended(left, limit) {
                break why;
            }
        };
        // What stands on the screen says more than how it is ended.
        let screen = self.session.screen();
        let mut came = self.finish(Duration::ZERO, live).await?;
        came.outcome.aborted = Some(why);
        came.outcome.stdout = screen;
        Ok(came)
    }

    /// Why a command that runs on is not waited for any longer, so much of its limit being left.
    pub(super) fn why_ended(&self, left: Duration, limit: Duration) -> Option<String> {
        if left.is_zero() {
            return Some(late(limit));
        }
        let question = (self.session.quiet_for() >= ASKING).then(|| self.session.asks()).flatten()?;
        Some(match question.trim() {
            _ if self.session.is_full_screen() => "the command waits for a key, and none follows".to_owned(),
            "" => "the command reads from the terminal, and nobody is there to type".to_owned(),
            question => format!("the command asks on the terminal: {question}"),
        })
    }

    /// `^C`
    pub(super) fn interrupt(&mut self) -> Result<(), session::Error> {
        if self.session.is_at_terminal() { self.session.press(Key::INTERRUPT) } else { Ok(()) }
    }

    /// What the terminal shows of the command that runs, or ran last.
    pub(super) fn shown(&self) -> String {
        if self.is_inner() {
            self.session.output_since_mark()
        } else {
            self.session.text_since_start().text()
        }
    }

    /// Takes the end of what runs at the terminal, which the limit brings about.
    pub(super) async fn finish(
        &mut self,
        limit: Duration,
        live: &mut Live<'_>,
    ) -> Result<Came, session::Error> {
        let (activity, stop) = (self.session.activity(), live.stop);
        let finished = self.session.finish(limit, stop);
        let ended = live.drive(&mut self.tap, &activity, finished).await?;
        Ok(self.over(&ended))
    }

    /// What ran at the terminal ended, and all shells with it.
    pub(super) fn over(&mut self, ended: &Ended) -> Came {
        let mut outcome = attempts::outcome(ended, 1, since(self.began));
        if self.is_inner() {
            outcome.stdout = self.session.output_since_mark();
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
}

/// What is said of a command that the limit ended.
pub(super) fn late(limit: Duration) -> String {
    format!("the command did not end within {}", attempts::in_words(limit))
}
