//! A live session: starts the shell, types a command, waits for its end however that comes, and lets everything go.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::frame::{Done, Frame};
use super::guard::Note;
use super::ladder::{Hold, Ladder};
use super::lifeline::{Ends, Lifeline};
use super::output::{Held, Outputs, Stream, Way};
use super::wires::{Control, Report};
use super::{
    Aborted, Activity, Capture, Ended, Error, How, Leak, Request, Rung, Settings, Stop, Transport, Why,
    environment, typed,
};
use crate::sys::{self, Door, Handle, Reading, SIGNAL_BASE, Signal, Terminal};

/// How long a shell may take until it is ready.
const START: Duration = Duration::from_secs(10);
/// How long an output may stay open behind a command before that counts as a leak.
const LEAK: Duration = Duration::from_millis(100);
/// How often a running command is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long a question stands on the terminal before it is taken for one.
const ASKED: Duration = Duration::from_millis(300);
/// How long somebody reads the terminal in silence before that is taken for a question.
const MUTE: Duration = Duration::from_secs(2);
/// How long the kernel may take to end a killed shell.
const DEATH: Duration = Duration::from_secs(2);
/// The oldest bash that speaks as we need it.
const OLDEST: (u32, u32) = (4, 4);

/// One live bash and all that belongs to it. Dropped, everything it started is ended in the background;
/// [`Session::close`] waits for that.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    way: Way,
    lifeline: Lifeline,
    terminal: Arc<Terminal>,
    shell: Handle,
    shell_pid: u32,
    control: Control,
    report: Report,
    report_door: Door,
    screen: Stream,
    diagnostics: Stream,
    activity: Activity,
    held: Held,
    state: State,
    /// Set while a call is under way; still set later, that call was dropped.
    busy: bool,
    /// The code that the shell ended with.
    ended: Option<i32>,
}

/// What one command hands to the next.
#[derive(Debug)]
struct State {
    sequence: u64,
    status: i32,
    last: OsString,
    directory: PathBuf,
    /// What `PWD` and the kernel said when `directory` was made of them.
    claimed: OsString,
    physical: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

impl Session {
    /// Starts a shell and waits until it is ready.
    ///
    /// # Errors
    /// When the guard, a terminal or the shell cannot be had, or the shell is not a bash of 4.4 or newer.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        Self::start_after(settings, 0).await
    }

    /// The same, for a shell whose requests go on counting after `sequence`.
    async fn start_after(settings: Settings, sequence: u64) -> Result<Self, Error> {
        let pipe = Error::io("a pipe to the shell could not be made");
        let (terminal, shells_terminal) = Terminal::open(settings.size).map_err(Error::Terminal)?;
        let terminal = Arc::new(terminal);
        let (shells_control, control) = sys::pipe().map_err(pipe)?;
        let mut ways = Ways::offer(settings.transport)?;
        let (diagnostics, shells_diagnostics) = diagnostics_pipe()?;

        let ends =
            Ends { control: shells_control, terminal: shells_terminal, diagnostics: shells_diagnostics };
        let mut lifeline = Lifeline::start(&settings, ways.folder(), ends)?;
        let mut control = Control::new(control).map_err(Error::io("the command pipe cannot be used"))?;
        let screen = Stream::of_terminal(Arc::clone(&terminal));
        let screen = screen.map_err(Error::io("the terminal cannot be used"))?;

        control.send(&typed::handshake(&ways.doors()));
        let ready = timeout(START, ways.ready(&mut lifeline)).await;
        let not_started = |why: String| {
            let said = diagnostics.take().text();
            let why = [why.as_str(), said.trim()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(": ");
            Error::Shell { bash: settings.bash.clone(), why }
        };
        let ready = match ready {
            Err(_late) => return Err(not_started("it is not ready after 10 s".into())),
            Ok(Err(why)) => return Err(not_started(why)),
            Ok(Ok(ready)) => ready,
        };
        if version(&ready.version).is_none_or(|version| version < OLDEST) {
            return Err(Error::TooOld { bash: settings.bash, version: ready.version });
        }
        let shell = Handle::open(ready.shell_pid).map_err(Error::io("the shell's process cannot be held"))?;
        let (way, report, report_door) = ways.choose(&ready.by)?;
        let state = State {
            sequence,
            status: 0,
            last: OsString::new(),
            directory: ready.directory.clone().into(),
            claimed: ready.directory,
            physical: PathBuf::new(),
            environment: settings.environment.clone(),
        };
        Ok(Self {
            settings,
            way,
            lifeline,
            terminal,
            shell,
            shell_pid: ready.shell_pid,
            control,
            report,
            report_door,
            screen,
            diagnostics,
            activity: Activity::new(),
            held: Held::default(),
            state,
            busy: false,
            ended: None,
        })
    }

    /// Types a command and returns when it ended, by itself or by the abort ladder, which `stop` and the limit start.
    ///
    /// A shell that an earlier command's background job has ended meanwhile is told of as ended by this one, which
    /// is then not run. Not to be dropped halfway: use `stop`.
    ///
    /// # Errors
    /// When the command cannot be typed at all, or labrun and the shell no longer understand each other.
    pub async fn run(&mut self, request: Request<'_>, stop: &Stop) -> Result<Ended, Error> {
        if request.source.contains('\0') {
            return Err(Error::Nul);
        }
        self.enter()?;
        self.state.sequence += 1;
        let sequence = self.state.sequence;
        let start = Instant::now();
        self.screen.take();

        let open = Error::io("an output pipe could not be made");
        let (stdout, stdout_door, stderr, stderr_door) = (|| {
            let (stdout, stdout_door) = self.way.pipe(&format!("{sequence}.out"))?;
            let (stderr, stderr_door) = self.way.pipe(&format!("{sequence}.err"))?;
            Ok((stdout, stdout_door, stderr, stderr_door))
        })()
        .map_err(open)?;
        let counter = self.activity.begin();
        let read = |pipe| {
            Stream::of_pipe(pipe, Some(counter.clone())).map_err(Error::io("an output pipe cannot be read"))
        };
        let mut outputs = Outputs { stdout: read(stdout)?, stderr: read(stderr)? };

        let attachment = typed::Attachment {
            status: self.state.status,
            last: &self.state.last,
            stdout: stdout_door.path(),
            stderr: stderr_door.path(),
        };
        let report = typed::report(sequence, self.report_door.path());
        self.control.send(&(typed::command(request.source, attachment) + &report));
        let end = self.await_end(request.limit, stop, sequence, &report).await?;
        let elapsed = start.elapsed();

        drop((stdout_door, stderr_door));
        let leaks = timeout(LEAK, outputs.ended()).await.is_err();
        let (stdout, stderr) = (outputs.stdout.take(), outputs.stderr.take().without_our_lines());
        if leaks {
            self.held.keep(sequence, outputs);
        }
        let directory = match &end.how {
            Finish::Reported(done) => Some(self.take_over(done)),
            Finish::Ended(_) | Finish::Killed => None,
        };
        let how = match end.how {
            Finish::Reported(done) => How::Status(done.status),
            Finish::Ended(code) => How::ShellEnded(code),
            Finish::Killed => How::ShellKilled,
        };
        self.busy = false;
        let asked = end.asked;
        Ok(Ended { sequence, how, stdout, stderr, directory, elapsed, aborted: end.aborted, leaks, asked })
    }

    /// The exported variables, as the shell has them now; where it is gone, as they were last known.
    ///
    /// # Errors
    /// When labrun and the shell no longer understand each other.
    pub async fn environment(&mut self) -> Result<Vec<(OsString, OsString)>, Error> {
        if self.ended.is_none() {
            let sequence = self.state.sequence + 1;
            let line = typed::environment(sequence, self.report_door.path());
            self.state.environment = self.declarations(sequence, &line).await?;
        }
        Ok(self.state.environment.clone())
    }

    /// Those of these variables that are set to a text, exported or not; none where the shell is gone.
    ///
    /// # Errors
    /// When labrun and the shell no longer understand each other.
    pub async fn variables(&mut self, names: &[&str]) -> Result<Vec<(OsString, OsString)>, Error> {
        let names: Vec<&str> = names.iter().copied().filter(|name| typed::is_name(name)).collect();
        if self.ended.is_some() || names.is_empty() {
            return Ok(Vec::new());
        }
        let sequence = self.state.sequence + 1;
        let line = typed::variables(sequence, &names, self.report_door.path());
        self.declarations(sequence, &line).await
    }

    /// Sends a line that reports declarations, and reads them.
    async fn declarations(&mut self, sequence: u64, line: &str) -> Result<Vec<(OsString, OsString)>, Error> {
        self.enter()?;
        self.state.sequence = sequence;
        self.control.send(line);
        let answer = self.answer().await?;
        self.busy = false;
        match answer {
            Frame::Environment { sequence: said, text } if said == sequence => Ok(environment::parse(&text)),
            other => Err(unexpected(&other)),
        }
    }

    /// Sets a shell variable to exactly this value, whatever it holds.
    ///
    /// # Errors
    /// When it is no name, or the variable is read-only; when the value holds a NUL.
    pub async fn assign(&mut self, name: &str, value: &str) -> Result<(), Error> {
        if !typed::is_name(name) {
            return Err(Error::Variable(name.into()));
        }
        if value.contains('\0') {
            return Err(Error::Nul);
        }
        self.enter()?;
        self.state.sequence += 1;
        let sequence = self.state.sequence;
        self.control.send(&typed::assign(sequence, name, value.as_bytes(), self.report_door.path()));
        let answer = self.answer().await?;
        self.busy = false;
        match answer {
            Frame::Assigned { sequence: said, status: 0 } if said == sequence => Ok(()),
            Frame::Assigned { sequence: said, .. } if said == sequence => Err(Error::Variable(name.into())),
            other => Err(unexpected(&other)),
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
        self.screen.take()
    }

    /// The shell's directory, as last known.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.state.directory
    }

    /// Ends this session, and starts another one with its directory and exported variables, as last known. Where the
    /// directory is gone, it starts where the first one did. Requests go on counting.
    ///
    /// # Errors
    /// As [`Session::start`] and [`Session::close`].
    pub async fn restart(self) -> Result<Self, Error> {
        let mut settings = self.settings.clone();
        let sequence = self.state.sequence;
        settings.environment.clone_from(&self.state.environment);
        if self.state.directory.is_dir() {
            settings.directory.clone_from(&self.state.directory);
        }
        self.close().await?;
        Self::start_after(settings, sequence).await
    }

    /// Ends the shell and everything that it started, as when its terminal is closed, and returns when no process
    /// is left.
    ///
    /// # Errors
    /// When something could not be ended: a process of another user.
    pub async fn close(self) -> Result<(), Error> {
        self.lifeline.end().await
    }

    fn enter(&mut self) -> Result<(), Error> {
        if self.busy {
            return Err(Error::Abandoned);
        }
        self.busy = true;
        Ok(())
    }

    /// Takes over what a command left; answers the directory.
    fn take_over(&mut self, done: &Done) -> PathBuf {
        self.state.status = done.status;
        self.state.last.clone_from(&done.last);
        let physical = std::fs::read_link(format!("/proc/{}/cwd", self.shell_pid)).unwrap_or_default();
        if self.state.physical != physical || self.state.claimed != done.directory {
            self.state.directory = true_directory(Path::new(&done.directory), &physical);
            self.state.claimed.clone_from(&done.directory);
            self.state.physical = physical;
        }
        self.state.directory.clone()
    }

    /// The answer to one of our own lines, which cannot take long.
    async fn answer(&mut self) -> Result<Frame, Error> {
        let deadline = Instant::now() + START;
        loop {
            tokio::select! {
                biased;
                frame = self.report.next() => return frame,
                () = self.control.flush(), if !self.control.is_flushed() => {}
                note = self.lifeline.note() => match note {
                    Some(Note::Ended(code)) => {
                        self.ended = Some(code);
                        return Err(Error::Gone);
                    }
                    Some(_) => {}
                    None => return Err(Error::Gone),
                },
                () = sleep_until(deadline) => {
                    let said = self.diagnostics.take().text();
                    return Err(Error::Protocol(format!("it does not answer, and says `{}`", said.trim())));
                }
            }
        }
    }

    /// Waits until the running command ends, whichever way; climbs the ladder where it has to.
    async fn await_end(
        &mut self,
        limit: Duration,
        stop: &Stop,
        sequence: u64,
        report: &str,
    ) -> Result<End, Error> {
        let mut watch = Watch::new(limit);
        loop {
            if let Some(code) = self.ended {
                return Ok(watch.end(Finish::Ended(code)));
            }
            tokio::select! {
                biased;
                frame = self.report.next() => match frame? {
                    Frame::Done(done) if done.sequence == sequence => return Ok(watch.end(Finish::Reported(done))),
                    other => return Err(unexpected(&other)),
                },
                () = self.control.flush(), if !self.control.is_flushed() => {}
                note = self.lifeline.note() => match note {
                    // The guard takes the shell with it.
                    None => self.ended = Some(SIGNAL_BASE + Signal::KILL.as_raw()),
                    Some(Note::Ended(code)) => self.ended = Some(code),
                    Some(Note::Stopped) => {
                        watch.suspended = true;
                        self.shell.signal(Signal::CONT);
                    }
                    Some(Note::Started(_) | Note::Failed(_)) => {}
                },
                () = stop.asked(), if watch.ladder.is_none() => watch.abort(Why::Asked),
                () = sleep_until(watch.next_look()) => {
                    if self.look(&mut watch, report).is_break() {
                        return Ok(watch.end(Finish::Killed));
                    }
                }
            }
        }
    }

    /// Looks at a command that takes its time, and does what has to be done.
    fn look(&mut self, watch: &mut Watch, report: &str) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};

        let now = Instant::now();
        watch.looked = now;
        if now >= watch.deadline && watch.ladder.is_none() {
            watch.abort(Why::Limit);
        }
        if self.is_silent() {
            match watch.silences {
                // An interrupt can meet the line that reports, and takes it.
                0 => self.control.send(report),
                1 => watch.ladder = Some(Ladder::last(Why::Silent, watch.limit)),
                _ => {}
            }
            watch.silences += 1;
        }
        if watch.ladder.is_none() && now >= watch.ask_again {
            watch.ask_again = now + ASKED;
            if let Some(text) = self.asks() {
                watch.asked = Some(text);
                watch.abort(Why::Prompt);
            }
        }
        let Some(ladder) = &mut watch.ladder else { return Continue(()) };
        if now >= ladder.due() {
            if matches!(ladder.so_far(), Some(Aborted { by: Rung::Session, .. })) {
                watch.killed_at.get_or_insert(now);
            }
            ladder.climb(&Hold { terminal: &self.terminal, shell: &self.shell, shell_pid: self.shell_pid });
        }
        if watch.killed_at.is_some_and(|killed_at| now > killed_at + DEATH) {
            Break(())
        } else {
            Continue(())
        }
    }

    /// What stands on the terminal, if somebody waits there for an answer that nobody can give; empty where nothing
    /// does. A password prompt may belong to another user (`sudo`), who may not be watched: there the hidden input
    /// tells.
    fn asks(&self) -> Option<String> {
        let text = self.screen.open_line();
        let quiet = if text.is_some() { ASKED } else { MUTE };
        if self.activity.quiet() < quiet {
            return None;
        }
        let asks = match sys::group_reads_terminal(self.terminal.foreground()?) {
            Reading::Yes => true,
            Reading::No | Reading::Hidden => text.is_some() && self.terminal.hides_input(),
        };
        asks.then(|| text.unwrap_or_default().trim().to_owned())
    }

    /// Whether the shell has read all that was typed and waits for more, though it has not reported.
    fn is_silent(&self) -> bool {
        self.control.is_awaited_by(self.shell_pid) && !self.report.is_waiting()
    }
}

/// How a command ended, as far as the shell is concerned.
#[derive(Debug)]
enum Finish {
    Reported(Done),
    Ended(i32),
    Killed,
}

#[derive(Debug)]
struct End {
    how: Finish,
    aborted: Option<Aborted>,
    asked: Option<String>,
}

/// What is known about the running command while it runs.
#[derive(Debug)]
struct Watch {
    limit: Duration,
    deadline: Instant,
    looked: Instant,
    ladder: Option<Ladder>,
    suspended: bool,
    silences: u32,
    asked: Option<String>,
    ask_again: Instant,
    killed_at: Option<Instant>,
}

impl Watch {
    fn new(limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            limit,
            deadline: now + limit,
            looked: now,
            ladder: None,
            suspended: false,
            silences: 0,
            asked: None,
            ask_again: now + ASKED,
            killed_at: None,
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

    fn end(self, how: Finish) -> End {
        let aborted = self.ladder.as_ref().and_then(Ladder::so_far);
        let by_us = matches!(aborted, Some(Aborted { by: Rung::Session, .. }));
        let how = match how {
            Finish::Ended(_) if by_us => Finish::Killed,
            other => other,
        };
        let suspended = self.suspended.then_some(Aborted { why: Why::Suspended, by: Rung::Continue });
        End { how, aborted: aborted.or(suspended), asked: self.asked }
    }
}

/// The ways by which a fresh shell may report; it takes the first that opens.
struct Ways {
    offered: Vec<(&'static str, Way, Report, Door)>,
}

/// What a fresh shell says of itself.
struct Ready {
    version: String,
    directory: OsString,
    by: String,
    shell_pid: u32,
}

impl Ways {
    fn offer(transport: Transport) -> Result<Self, Error> {
        let make = || {
            let folder = tempfile::Builder::new().prefix("labrun-").tempdir()?;
            let mut ways = vec![("fifo", Way::Fifo(folder))];
            if transport == Transport::Auto {
                ways.insert(0, ("proc", Way::Proc));
            }
            let offered = ways.into_iter().map(|(name, way)| {
                let (reader, door) = way.pipe("report")?;
                Ok((name, way, Report::new(reader)?, door))
            });
            Ok(Self { offered: offered.collect::<std::io::Result<_>>()? })
        };
        make().map_err(Error::io("a pipe for reports could not be made"))
    }

    fn folder(&self) -> PathBuf {
        self.offered
            .iter()
            .map(|(_, way, ..)| way.folder())
            .find(|path| path != Path::new(""))
            .unwrap_or_default()
    }

    fn doors(&self) -> Vec<(&str, &Path)> {
        self.offered.iter().map(|(name, _, _, door)| (*name, door.path())).collect()
    }

    /// Waits until the shell is ready; says why it is not.
    async fn ready(&mut self, lifeline: &mut Lifeline) -> Result<Ready, String> {
        let over = |note| match note {
            Some(Note::Failed(why)) => why,
            Some(Note::Ended(code)) => format!("it ended with {code}"),
            other => format!("the guard says {other:?}"),
        };
        let shell_pid = match lifeline.note().await {
            Some(Note::Started(pid)) => pid,
            other => return Err(over(other)),
        };
        let mut reports = self.offered.iter_mut().map(|(_, _, report, _)| report);
        let (first, second) = (reports.next(), reports.next());
        let next = async |report: Option<&mut Report>| match report {
            Some(report) => report.next().await,
            None => std::future::pending().await,
        };
        let frame = tokio::select! {
            note = lifeline.note() => return Err(over(note)),
            frame = next(first) => frame,
            frame = next(second) => frame,
        };
        match frame {
            Ok(Frame::Ready { version, directory, by }) => Ok(Ready { version, directory, by, shell_pid }),
            Ok(other) => Err(unexpected(&other).to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn choose(self, by: &str) -> Result<(Way, Report, Door), Error> {
        let found = self.offered.into_iter().find(|(name, ..)| *name == by);
        let (_, way, report, door) = found.ok_or_else(|| Error::Protocol(format!("it reports by `{by}`")))?;
        Ok((way, report, door))
    }
}

/// `PWD` as the shell has it, unless somebody set it to something else; a directory that was removed keeps its name.
fn true_directory(claimed: &Path, physical: &Path) -> PathBuf {
    let removed = physical.as_os_str().as_encoded_bytes().ends_with(b" (deleted)");
    match std::fs::canonicalize(claimed) {
        Ok(real) if real == physical => claimed.to_path_buf(),
        Err(_) if removed && claimed.is_absolute() => claimed.to_path_buf(),
        _ if physical.as_os_str().is_empty() => claimed.to_path_buf(),
        _ => physical.to_path_buf(),
    }
}

fn diagnostics_pipe() -> Result<(Stream, std::os::fd::OwnedFd), Error> {
    let make = || {
        let (reader, writer) = sys::pipe()?;
        Ok((Stream::of_pipe(reader, None)?, writer))
    };
    make().map_err(Error::io("a pipe for the shell's complaints could not be made"))
}

fn unexpected(frame: &Frame) -> Error {
    Error::Protocol(format!("it reports {frame:?}, which was not asked for"))
}

/// `5.2.15(1)-release`: 5 and 2.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("5.2.15(1)-release").unwrap() >= OLDEST);
        assert!(version("4.10.0").unwrap() >= OLDEST);
        assert!(version("4.3.48(1)-release").unwrap() < OLDEST);
        assert_eq!(version("zsh"), None);
    }
}
