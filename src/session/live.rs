//! A live session: types a command, takes in what it prints, and hands its state on to the next.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::frame::Frame;
use super::guard::Note;
use super::output::{Held, Outputs, Stream};
use super::pagers::Pagers;
use super::shell::Shell;
use super::state::State;
use super::terminal::Running;
use super::watch::{End, Finish, Watch};
use super::{Activity, Capture, Ended, Error, How, Leak, Request, Settings, Stop, environment, typed};
use crate::sys::{Door, SIGNAL_BASE, Signal};

/// How long an output may stay open behind a command, with nothing more coming, before that counts as a leak.
const LEAK: Duration = Duration::from_millis(100);
/// The same while something comes: what is printed at the start of a job belongs to the command that started it.
const LONGEST_LEAK: Duration = Duration::from_secs(1);
/// How long the shell may take for one of our own lines.
const ANSWER: Duration = Duration::from_secs(10);

/// The code of a shell that was killed.
const KILLED: i32 = SIGNAL_BASE + Signal::KILL.as_raw();

/// One live bash and all that belongs to it. Dropped, everything it started is ended in the background;
/// [`Session::close`] waits for that.
#[derive(Debug)]
pub struct Session {
    pub(super) settings: Settings,
    pub(super) shell: Shell,
    pub(super) state: State,
    pub(super) activity: Activity,
    held: Held,
    /// What runs at the terminal.
    pub(super) running: Option<Running>,
    /// Set while a call is under way; still set later, that call was dropped.
    busy: bool,
    /// The code that the shell ended with.
    pub(super) ended: Option<i32>,
}

impl Session {
    /// Starts a shell and waits until it is ready.
    ///
    /// # Errors
    /// When the guard, a terminal or the shell cannot be had, or the shell is not a bash of 4.4 or newer.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let pagers = Pagers::new(&settings.environment);
        Self::start_after(settings, 0, pagers).await
    }

    /// The same, for a shell whose requests go on counting after `sequence`.
    async fn start_after(settings: Settings, sequence: u64, pagers: Pagers) -> Result<Self, Error> {
        let shell = Shell::start(&settings).await?;
        let physical = shell.physical_directory();
        let state = State::new(sequence, &shell.directory, physical, settings.environment.clone(), pagers);
        let activity = Activity::new();
        let held = Held::default();
        Ok(Self { settings, shell, state, activity, held, running: None, busy: false, ended: None })
    }

    /// Types a command and returns when it ended, by itself or by the abort ladder, which `stop` and the limit start.
    ///
    /// A shell that has ended meanwhile, by a background job of an earlier command, is told of as ended by this one,
    /// which is then not run. Not to be dropped halfway: use `stop`.
    ///
    /// # Errors
    /// When the command cannot be typed at all, or labrun and the shell no longer understand each other.
    pub async fn run(&mut self, request: Request<'_>, stop: &Stop) -> Result<Ended, Error> {
        if request.source.contains('\0') {
            return Err(Error::Nul);
        }
        self.at_rest()?;
        if let Some(code) = self.ended {
            self.state.sequence += 1;
            return Ok(Ended::without_output(self.state.sequence, How::ShellEnded(code)));
        }
        let (outputs, doors) = self.open_outputs()?;
        let sequence = self.enter()?;
        let to = typed::Attachment {
            status: self.state.status,
            last: &self.state.last,
            stdin: Path::new("/dev/null"),
            stdout: doors[0].path(),
            stderr: doors[1].path(),
        };
        let report = typed::report(sequence, self.shell.report_door.path());
        // What came between two commands is nobody's.
        self.shell.screen.take();
        self.shell.diagnostics.take();
        let start = Instant::now();
        let pagers = self.state.pagers.before_pipes(request.source);
        self.shell.control.send(&(pagers + &typed::command(request.source, to) + &report));
        let mut watch = Watch::new(sequence, report, request.limit, self.activity.clone());
        let end = watch.end(&mut self.shell, stop).await?;
        let elapsed = start.elapsed();
        drop(doors);
        let ended = self.conclude(sequence, end, outputs).await;
        self.busy = false;
        Ok(Ended { elapsed, ..ended })
    }

    /// Takes in what a command left: its outputs, and the state of the shell.
    async fn conclude(&mut self, sequence: u64, end: End, mut outputs: Outputs) -> Ended {
        let leaks = !self.settle(&mut outputs).await;
        let before = self.state.options.clone();
        let (how, directory) = self.take_finish(end.finish, end.aborted.is_some());
        match how {
            // Perhaps it was never run, for its outputs could not be attached: bash says why.
            How::Status(1..) if outputs.are_empty() => {
                outputs.stderr.add(&typed::complaints(&self.shell.diagnostics.take().head));
            }
            // An EXIT trap may run when the outputs are no longer attached; traces are of our own lines too.
            How::ShellEnded(_) if end.aborted.is_none() => {
                let (stdout, stderr) = self.shell.last_words().await;
                outputs.stdout.add(&stdout);
                if !before.contains(['x', 'v']) {
                    outputs.stderr.add(&stderr);
                }
            }
            _ => {}
        }
        let traced = before.contains('x') || self.state.options.contains('x');
        let ended = Ended {
            stdout: outputs.stdout.take(),
            stderr: outputs.stderr.take().cleaned(traced),
            directory,
            aborted: end.aborted,
            leaks,
            asked: end.asked,
            ..Ended::without_output(sequence, how)
        };
        if leaks {
            self.held.keep(sequence, outputs);
        }
        ended
    }

    /// The exported variables, as the shell has them now; where it is gone, as they were last known.
    ///
    /// # Errors
    /// When labrun and the shell no longer understand each other.
    pub async fn environment(&mut self) -> Result<Vec<(OsString, OsString)>, Error> {
        if let Some(exported) = self.declarations(typed::environment).await? {
            self.state.environment = self.state.pagers.undone(exported);
        }
        Ok(self.state.environment.clone())
    }

    /// Those of these variables that are set to a text, exported or not; none where the shell is gone.
    ///
    /// # Errors
    /// When labrun and the shell no longer understand each other.
    pub async fn variables(&mut self, names: &[&str]) -> Result<Vec<(OsString, OsString)>, Error> {
        let names: Vec<&str> = names.iter().copied().filter(|name| typed::is_name(name)).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let set = self.declarations(|sequence, path| typed::variables(sequence, &names, path)).await?;
        Ok(set.unwrap_or_default())
    }

    /// Types a line that reports declarations, and reads them; `None` where the shell is gone.
    async fn declarations(
        &mut self,
        line: impl Fn(u64, &Path) -> String,
    ) -> Result<Option<Vec<(OsString, OsString)>>, Error> {
        if self.ended.is_some() {
            return Ok(None);
        }
        let sequence = self.enter()?;
        let answer = self.ask(&line(sequence, self.shell.report_door.path())).await?;
        self.busy = false;
        match answer {
            Some(Frame::Environment { sequence: said, text }) if said == sequence => {
                Ok(Some(environment::parse(&text)))
            }
            Some(other) => Err(Error::unexpected(&other)),
            None => Ok(None),
        }
    }

    /// Sets a shell variable to exactly this value, whatever it holds.
    ///
    /// # Errors
    /// When it is no name, or the variable is read-only; when the value holds a NUL; when the shell is gone.
    pub async fn assign(&mut self, name: &str, value: &str) -> Result<(), Error> {
        if !typed::is_name(name) {
            return Err(Error::Variable(name.into()));
        }
        if value.contains('\0') {
            return Err(Error::Nul);
        }
        if self.ended.is_some() {
            return Err(Error::Gone);
        }
        let sequence = self.enter()?;
        let line = typed::assign(sequence, name, value.as_bytes(), self.shell.report_door.path());
        let answer = self.ask(&line).await?;
        self.busy = false;
        match answer {
            Some(Frame::Assigned { sequence: said, status: 0 }) if said == sequence => Ok(()),
            Some(Frame::Assigned { sequence: said, .. }) if said == sequence => {
                Err(Error::Variable(name.into()))
            }
            Some(other) => Err(Error::unexpected(&other)),
            None => Err(Error::Gone),
        }
    }

    /// What tells how much the running command prints.
    #[must_use]
    pub fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// The requests whose outputs something in the background still holds, each with what came since this was last
    /// asked; one whose outputs have closed since is told of once more.
    pub fn take_leaks(&mut self) -> Vec<Leak> {
        self.held.take()
    }

    /// What programs wrote to the terminal itself since the last command was typed, or this was last asked.
    #[must_use]
    pub fn terminal_text(&self) -> Capture {
        self.shell.screen.take()
    }

    /// Whether the shell has ended: only [`Session::restart`] and [`Session::close`] are left.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.ended.is_some()
    }

    /// The shell's directory, as last known.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.state.directory
    }

    /// Runs a command of labrun's own: what the deck's next command finds in `$?` and `$_` stays as it was.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run_aside(&mut self, request: Request<'_>, stop: &Stop) -> Result<Ended, Error> {
        let (status, last) = (self.state.status, self.state.last.clone());
        let ended = self.run(request, stop).await?;
        (self.state.status, self.state.last) = (status, last);
        Ok(ended)
    }

    /// Starts another session with the directory and the exported variables of this one, as last known.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub async fn sibling(&self) -> Result<Self, Error> {
        let (settings, pagers) = self.successor();
        Self::start_after(settings, 0, pagers).await
    }

    /// Ends this session, and starts another one with its directory and exported variables, as last known. Where the
    /// directory is gone, it starts where the first one did. Requests go on counting.
    ///
    /// # Errors
    /// As [`Session::start`] and [`Session::close`].
    pub async fn restart(self) -> Result<Self, Error> {
        let ((settings, pagers), sequence) = (self.successor(), self.state.sequence);
        self.close().await?;
        Self::start_after(settings, sequence, pagers).await
    }

    /// How a shell that takes over from this one is started.
    fn successor(&self) -> (Settings, Pagers) {
        let mut settings = self.settings.clone();
        // These are the new shell's own to set.
        let own = |name: &OsString| ["SHLVL", "PWD", "_"].iter().any(|own| name == own);
        settings.environment.retain(|(name, _)| own(name));
        settings.environment.extend(self.state.environment.iter().filter(|(name, _)| !own(name)).cloned());
        if self.settings.reach(&self.state.directory).is_dir() {
            settings.directory.clone_from(&self.state.directory);
        }
        let pagers = self.state.pagers.heir(&settings.environment);
        (settings, pagers)
    }

    /// Ends the shell and everything that it started, as when its terminal is closed, and returns when no process
    /// is left.
    ///
    /// # Errors
    /// When something could not be ended: a process of another user.
    pub async fn close(self) -> Result<(), Error> {
        self.shell.lifeline.end().await
    }

    /// Whether a call may begin.
    pub(super) fn at_rest(&self) -> Result<(), Error> {
        match self {
            Self { running: Some(_), .. } => Err(Error::Occupied),
            Self { busy: true, .. } => Err(Error::Abandoned),
            _ => Ok(()),
        }
    }

    /// A call begins; answers its number.
    fn enter(&mut self) -> Result<u64, Error> {
        self.at_rest()?;
        self.busy = true;
        self.state.sequence += 1;
        Ok(self.state.sequence)
    }

    /// New pipes for the next command: standard output first.
    fn open_outputs(&self) -> Result<(Outputs, [Door; 2]), Error> {
        let number = self.state.sequence + 1;
        let counter = self.activity.begin();
        let open = |name: &str| -> io::Result<(Stream, Door)> {
            let (reader, door) = self.shell.way.pipe(&format!("{number}.{name}"))?;
            Ok((Stream::of_pipe(reader, Some(counter.clone()))?, door))
        };
        let both = || Ok((open("out")?, open("err")?));
        let ((stdout, stdout_door), (stderr, stderr_door)) =
            both().map_err(Error::io("an output pipe could not be made"))?;
        Ok((Outputs { stdout, stderr }, [stdout_door, stderr_door]))
    }

    /// Waits until the outputs of a command that ended have ended too, as far as they do.
    async fn settle(&self, outputs: &mut Outputs) -> bool {
        let end = Instant::now() + LONGEST_LEAK;
        loop {
            if timeout(LEAK, outputs.ended()).await.is_ok() {
                return true;
            }
            if self.activity.quiet() >= LEAK || Instant::now() >= end {
                return false;
            }
        }
    }

    /// A command ended; answers how, and the directory that it left.
    pub(super) fn take_finish(&mut self, finish: Finish, aborted: bool) -> (How, Option<PathBuf>) {
        if aborted {
            // What was ended while it asked for a password left the terminal without echo.
            self.shell.terminal.restore();
        }
        match finish {
            Finish::Reported(done) => {
                let physical = self.shell.physical_directory();
                (How::Status(done.status), Some(self.state.take_over(&done, physical, &self.settings)))
            }
            Finish::Gone(code) => {
                self.ended = Some(code);
                (How::ShellEnded(code), None)
            }
            Finish::Killed => {
                self.ended = Some(KILLED);
                (How::ShellKilled, None)
            }
        }
    }

    /// Types one of our own lines, and waits for its answer; `None` where the shell is gone.
    async fn ask(&mut self, line: &str) -> Result<Option<Frame>, Error> {
        let shell = &mut self.shell;
        shell.control.send(line);
        let deadline = Instant::now() + ANSWER;
        loop {
            tokio::select! {
                biased;
                frame = shell.report.next() => return frame.map(Some),
                () = shell.control.flush(), if !shell.control.is_flushed() => {}
                note = shell.lifeline.note() => match note {
                    Some(Note::Ended(code)) => {
                        self.ended = Some(code);
                        return Ok(None);
                    }
                    Some(_) => {}
                    None => {
                        self.ended = Some(KILLED);
                        return Ok(None);
                    }
                },
                () = sleep_until(deadline) => {
                    let said = shell.diagnostics.take().text();
                    return Err(Error::Protocol(format!("it does not answer, and says `{}`", said.trim())));
                }
            }
        }
    }
}

impl Ended {
    pub(super) fn without_output(sequence: u64, how: How) -> Self {
        Self {
            sequence,
            how,
            stdout: Capture::default(),
            stderr: Capture::default(),
            directory: None,
            elapsed: Duration::ZERO,
            aborted: None,
            leaks: false,
            asked: None,
        }
    }
}
