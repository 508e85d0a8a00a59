//! Commands typed at the session's terminal: they have a keyboard and a screen, may wait for keys or never end, and run
//! in the same bash as all others.
//!
//! [`Session::type_at_terminal`] starts one and returns at once. From then on it can be awaited in parts (a text on its
//! screen, silence), and typed into; [`Session::finish`] takes its end. While it runs, the session runs nothing else.
//! What is typed when, and what must hold, is not known here.

mod display;
mod echo;
mod hand;
mod screen;
mod tape;

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

pub(super) use display::Display;
pub use display::Keyboard;
pub use hand::Handed;

use screen::Found;

use super::watch::{End, NEVER, Watch};
use super::{Capture, Ended, Error, How, Session, Stop, typed};
use crate::keys::Key;
use crate::sys::{self, Reading};

/// What every program of a session can open as its terminal.
const TERMINAL: &str = "/dev/tty";
/// How long a text that only the echo of a command shows may still come as its output.
const ECHO: Duration = Duration::from_secs(1);
/// How long nothing may come for a line that is not echoed as it was typed to have been taken.
const UNSEEN: Duration = Duration::from_millis(500);
/// How long until a silent program is looked at again.
const PAUSE: Duration = Duration::from_millis(100);

/// What came of waiting for something at the terminal.
#[derive(Clone, Debug)]
#[must_use]
pub enum Awaited<T> {
    /// It came; the command may run on.
    Came(T),
    /// The command ended first.
    Ended(Box<Ended>),
    /// Neither in time; the command runs on.
    TimedOut {
        /// What stands on the screen.
        screen: String,
    },
}

/// Where an awaited text was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// In what programs showed.
    Output,
    /// Only in what was typed: the command itself shows it, and nothing more came.
    Echo,
}

/// A command at the terminal.
#[derive(Debug)]
pub(super) struct Running {
    sequence: u64,
    start: Instant,
    watch: Watch,
    /// Set once it has ended, as long as nobody was told.
    ended: Option<Ended>,
}

impl Session {
    /// Types a command at the terminal, and returns at once. Its screen begins with a prompt and the command.
    ///
    /// # Errors
    /// When the command cannot be typed at all, or one still runs at the terminal.
    pub fn type_at_terminal(&mut self, source: &str) -> Result<(), Error> {
        if source.contains('\0') {
            return Err(Error::Nul);
        }
        self.at_rest()?;
        self.state.sequence += 1;
        let sequence = self.state.sequence;
        let report = typed::report(sequence, self.shell.report_door.path());
        let ended = self.ended.map(|code| Ended::without_output(sequence, How::ShellEnded(code)));
        self.shell.screen.begin(source, self.activity.begin());
        if ended.is_none() {
            let terminal = Path::new(TERMINAL);
            let to = typed::Attachment {
                status: self.state.status,
                last: &self.state.last,
                stdin: terminal,
                stdout: terminal,
                stderr: terminal,
            };
            self.shell.diagnostics.take();
            let pagers = self.state.pagers.before_terminal(source);
            self.shell.control.send(&(pagers + &typed::command(source, to) + &report));
        }
        let watch = Watch::attended(sequence, report, self.activity.clone());
        self.running = Some(Running { sequence, start: Instant::now(), watch, ended });
        Ok(())
    }

    /// Waits until this text has been seen since the command was typed, or since [`Session::mark_terminal`]. Text that
    /// scrolled by, was wiped or was wrapped counts; what only the echo of something typed shows counts when the command
    /// has ended, or it is silent for a second and surely reads the terminal: see [`Session::only_echoes`]. `stop` ends the command by
    /// the abort ladder. Nothing is lost when this is dropped halfway.
    ///
    /// # Errors
    /// When nothing runs at the terminal, or labrun and the shell no longer understand each other.
    pub async fn await_text(
        &mut self,
        text: &str,
        limit: Duration,
        stop: &Stop,
    ) -> Result<Awaited<Sight>, Error> {
        let mut from = 0;
        let mut found = None;
        let look = |session: &Self, last: bool| {
            found = session.shell.screen.screen(|screen| screen.find(text, &mut from));
            let quiet = session.quiet_for();
            match found {
                Some(Found::Output) => Look::Came(Sight::Output),
                Some(Found::Echo) if last || quiet >= ECHO && session.waits_for_keys() => {
                    Look::Came(Sight::Echo)
                }
                Some(Found::Echo) => Look::Again(Some(ECHO.max(quiet + PAUSE))),
                None => Look::Again(None),
            }
        };
        self.until(look, limit, stop).await
    }

    /// Waits until something other than the echo of [`Session::type_line`] came since [`Session::mark_terminal`], and
    /// [`Session::cursor_row`] is one that is looked for: an inner shell asks for the next command. Answers that row. `stop` ends the command by the abort ladder. Nothing
    /// is lost when this is dropped halfway.
    ///
    /// # Errors
    /// As [`Session::await_text`].
    pub async fn await_row(
        &mut self,
        is_wanted: impl Fn(&str) -> bool,
        limit: Duration,
        stop: &Stop,
    ) -> Result<Awaited<String>, Error> {
        let look = |session: &Self, _| {
            // The prompt that the command was typed at is none that came after it.
            let row = if session.is_answered() { session.cursor_row() } else { String::new() };
            if is_wanted(&row) { Look::Came(row) } else { Look::Again(Some(UNSEEN)) }
        };
        self.until(look, limit, stop).await
    }

    /// Waits until nothing has come to the screen for so long. `stop` ends the command by the abort ladder. Nothing is
    /// lost when this is dropped halfway.
    ///
    /// # Errors
    /// As [`Session::await_text`].
    pub async fn await_quiet(
        &mut self,
        quiet: Duration,
        limit: Duration,
        stop: &Stop,
    ) -> Result<Awaited<()>, Error> {
        let look = |session: &Self, last: bool| {
            let came = session.quiet_for() >= quiet && !last;
            if came { Look::Came(()) } else { Look::Again(Some(quiet)) }
        };
        self.until(look, limit, stop).await
    }

    /// Waits for the end of the command, which the limit and `stop` bring about by the abort ladder. Its standard output
    /// is the text that the terminal showed; its standard error is empty. What stood there when the limit passed and
    /// somebody was asked for something is told as well. Nothing is lost when this is dropped halfway, but the limit
    /// then counts anew.
    ///
    /// # Errors
    /// As [`Session::await_text`].
    pub async fn finish(&mut self, limit: Duration, stop: &Stop) -> Result<Ended, Error> {
        let running = self.running.as_mut().ok_or(Error::Idle)?;
        if running.ended.is_none() {
            if !running.watch.is_aborting() {
                running.watch.limit(limit);
            }
            let end = running.watch.end(&mut self.shell, stop).await?;
            self.take_end(end);
        }
        self.take_ended().ok_or(Error::Idle)
    }

    /// Whether something runs at the terminal, or ended there and nobody was told yet.
    #[must_use]
    pub fn is_at_terminal(&self) -> bool {
        self.running.is_some()
    }

    /// Presses a key.
    ///
    /// # Errors
    /// When nothing runs at the terminal.
    pub fn press(&mut self, key: Key) -> Result<(), Error> {
        self.running.as_ref().ok_or(Error::Idle)?;
        let application = self.shell.screen.screen(|screen| screen.application_cursor());
        self.shell.screen.type_bytes(&key.bytes(application));
        Ok(())
    }

    /// Types a text, each line end as Enter. As much as the terminal does not take at once is typed while the command is
    /// waited for.
    ///
    /// # Errors
    /// When nothing runs at the terminal.
    pub fn type_text(&mut self, text: &str) -> Result<(), Error> {
        self.running.as_ref().ok_or(Error::Idle)?;
        self.shell.screen.screen(|screen| screen.typed(text));
        let keys = text.chars().map(Key::of_char);
        self.shell.screen.type_bytes(&keys.flat_map(|key| key.bytes(false)).collect::<Vec<u8>>());
        Ok(())
    }

    /// Types a line at the prompt of an inner shell, and Enter. Neither it nor that prompt is output. Where pasting in
    /// brackets is understood, a line with control characters is pasted; another program that takes key by key would take
    /// them for commands: it gets a blank for each tab, and nothing for the others. Answers whether the line was typed as
    /// it is.
    ///
    /// # Errors
    /// When nothing runs at the terminal.
    pub fn type_line(&mut self, line: &str) -> Result<bool, Error> {
        self.running.as_ref().ok_or(Error::Idle)?;
        let plain = !line.chars().any(char::is_control);
        let pastes = self.takes_pastes() && !plain && !line.contains('\x1b');
        let as_it_is = plain || pastes || self.shell.terminal.reads_lines();
        let line: String = if as_it_is {
            line.to_owned()
        } else {
            line.replace('\t', " ").chars().filter(|letter| !letter.is_control()).collect()
        };
        let bytes = if pastes { format!("\x1b[200~{line}\x1b[201~\r") } else { format!("{line}\r") };
        self.shell.screen.drain();
        self.shell.screen.screen(|screen| screen.typed_line(&line));
        self.shell.screen.type_bytes(bytes.as_bytes());
        Ok(as_it_is)
    }

    /// What is typed next, key by key, is a line at the prompt of an inner shell.
    pub fn begin_line(&mut self) {
        self.mark_terminal();
        self.shell.screen.screen(|screen| screen.typed_line(""));
    }

    /// Whether the program in the foreground takes a text in brackets as it is: a line editor waits for a line, as a
    /// rule.
    #[must_use]
    pub fn takes_pastes(&self) -> bool {
        self.shell.screen.screen(|screen| screen.is_pasting())
    }

    /// Whether something other than the echo of what was typed has come since [`Session::mark_terminal`]. Where no echo
    /// can be told apart, silence decides.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        let (answered, came) =
            self.shell.screen.screen(|screen| (screen.is_answered(), !screen.written().is_empty()));
        answered || came && self.quiet_for() >= UNSEEN
    }

    /// Whether only what was typed holds this text, of all that came since [`Session::mark_terminal`].
    #[must_use]
    pub fn only_echoes(&self, text: &str) -> bool {
        self.shell.screen.screen(|screen| screen.find(text, &mut 0)) == Some(Found::Echo)
    }

    /// From here on only what comes now counts as text of the terminal: a new command begins in an inner shell.
    pub fn mark_terminal(&mut self) {
        self.shell.screen.drain();
        self.shell.screen.screen(screen::Screen::mark);
    }

    /// What the screen shows now: lines, soft-wrapped rows joined, blank rows at the end left out. The command last
    /// typed at the terminal stands first, if it has not scrolled away.
    #[must_use]
    pub fn screen(&self) -> String {
        self.shell.screen.screen(|screen| screen.contents())
    }

    /// The line that the cursor stands in, up to the cursor, soft-wrapped rows joined: where somebody asks for
    /// something, what asks.
    #[must_use]
    pub fn cursor_row(&self) -> String {
        self.shell.screen.screen(|screen| screen.cursor_row())
    }

    /// Whether a program draws on the whole screen, and will give it back as it was.
    #[must_use]
    pub fn is_full_screen(&self) -> bool {
        self.shell.screen.screen(|screen| screen.is_full_screen())
    }

    /// Whether what is typed stays unseen: somebody asks for a password.
    #[must_use]
    pub fn hides_input(&self) -> bool {
        self.shell.terminal.hides_input()
    }

    /// What asks for a keyboard, where somebody surely does: the row of the cursor, which may be empty. A program that
    /// fills the screen waits for keys and other things at once.
    #[must_use]
    pub fn asks(&self) -> Option<String> {
        let row = self.cursor_row();
        let group = self.shell.terminal.foreground();
        let reads = group.is_some_and(|group| sys::group_reads_terminal(group) == Reading::Yes);
        let fills = self.is_full_screen() && self.reads_terminal();
        (reads || fills || !row.is_empty() && self.hides_input()).then_some(row)
    }

    /// Whether nothing more can come before something is typed. In an inner shell that must be sure: what carries another
    /// machine's terminal waits for keys all the time.
    fn waits_for_keys(&self) -> bool {
        if self.shell.screen.screen(|screen| screen.has_line()) {
            let group = self.shell.terminal.foreground();
            group.is_some_and(|group| sys::group_reads_terminal(group) == Reading::Yes)
        } else {
            self.reads_terminal()
        }
    }

    /// Whether the program in the foreground waits for keys or a line, as far as can be seen. One that waits for several
    /// things at once does, if it takes key by key; so does one of another user, and one that asks for a password.
    #[must_use]
    pub fn reads_terminal(&self) -> bool {
        let terminal = &self.shell.terminal;
        terminal.foreground().is_some_and(|group| match sys::group_reads_terminal(group) {
            Reading::Yes => true,
            Reading::No => false,
            Reading::Polls => !terminal.reads_lines(),
            Reading::Hidden => !terminal.reads_lines() || terminal.hides_input(),
        })
    }

    /// What the terminal showed since the command was typed, or since [`Session::mark_terminal`]: what scrolled by, then
    /// what stands on the screen, as lines without colour and without the command itself.
    #[must_use]
    pub fn text_since_start(&self) -> Capture {
        self.shell.screen.screen(|screen| screen.text())
    }

    /// What was written to the terminal since [`Session::mark_terminal`], in the order it was written, without colours
    /// and moves, and without what [`Session::type_line`] typed. Of much text the end.
    #[must_use]
    pub fn output_since_mark(&self) -> String {
        self.shell.screen.screen(|screen| String::from_utf8_lossy(&screen.output()).into_owned())
    }

    /// All that programs write to the terminal from now on, as it comes. A second call takes over from the first.
    #[must_use]
    pub fn tap(&self) -> UnboundedReceiver<Vec<u8>> {
        self.shell.screen.tap()
    }

    /// How long nothing has come from the running command.
    #[must_use]
    pub fn quiet_for(&self) -> Duration {
        self.activity.quiet()
    }

    /// Gives the terminal other columns and rows; the program in the foreground is told.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn resize(&mut self, columns: u16, rows: u16) -> Result<(), Error> {
        self.shell.screen.resize((columns, rows)).map_err(Error::Terminal)?;
        self.settings.size = (columns, rows);
        Ok(())
    }

    /// Looks whenever something came, until what is looked for came, the command ended, or the limit passed.
    async fn until<T>(
        &mut self,
        mut look: impl FnMut(&Self, bool) -> Look<T>,
        limit: Duration,
        stop: &Stop,
    ) -> Result<Awaited<T>, Error> {
        let deadline = Instant::now() + limit.min(NEVER);
        loop {
            let over = self.running.as_ref().ok_or(Error::Idle)?.ended.is_some();
            let quiet = match look(self, over) {
                Look::Came(what) => return Ok(Awaited::Came(what)),
                Look::Again(quiet) => quiet,
            };
            if over {
                let ended = self.take_ended().ok_or(Error::Idle)?;
                return Ok(Awaited::Ended(Box::new(ended)));
            }
            let again = quiet.map(|quiet| Instant::now() + quiet.min(NEVER).saturating_sub(self.quiet_for()));
            let running = self.running.as_mut().ok_or(Error::Idle)?;
            let aborting = running.watch.is_aborting();
            let came = self.shell.screen.came();
            let end = tokio::select! {
                biased;
                end = running.watch.end(&mut self.shell, stop) => end?,
                // Before what came: that may never cease.
                () = sleep_until(deadline), if !aborting => {
                    return Ok(Awaited::TimedOut { screen: self.screen() });
                }
                () = came => continue,
                () = sleep_until(again.unwrap_or(deadline)), if again.is_some() => continue,
            };
            self.take_end(end);
        }
    }

    /// The command ended: all that it wrote is taken in, and what it left becomes the session's.
    fn take_end(&mut self, end: End) {
        self.shell.screen.drain();
        let Some(Running { sequence, start, .. }) = self.running else { return };
        let elapsed = start.elapsed();
        let stdout = self.text_since_start();
        let (how, directory) = self.take_finish(end.finish, end.aborted.is_some());
        let ended = Ended {
            stdout,
            directory,
            elapsed,
            aborted: end.aborted,
            asked: end.asked,
            ..Ended::without_output(sequence, how)
        };
        if let Some(running) = &mut self.running {
            running.ended = Some(ended);
        }
    }

    fn take_ended(&mut self) -> Option<Ended> {
        let ended = self.running.as_mut()?.ended.take()?;
        self.running = None;
        Some(ended)
    }
}

/// What one look at the terminal says.
enum Look<T> {
    /// It is there.
    Came(T),
    /// Not yet: look again when something comes, or when nothing has come for so long.
    Again(Option<Duration>),
}
