//! The guard: the process between labrun and bash that leaves no child behind, whatever becomes of labrun.
//!
//! Every descendant whose own parent ends becomes the guard's child, so that `setsid`, `nohup`, `disown` and double
//! forks lead to it too. A socket to labrun is its lifeline: when that ends, or on a signal, it sweeps. It says on
//! the same socket what became of bash. It knows nothing of commands.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::RawFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};

use crate::sys::{self, Reaped, Signal};

/// labrun's first argument when it is to be the guard.
pub const ARGUMENT: &str = "__guard";

/// What a hangup gives programs to end by themselves.
const GRACE: Duration = Duration::from_millis(500);
/// How long it tries to kill what does not die: a process of another user, or one that the kernel holds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the guard says on its socket, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// The shell runs, under this number.
    Started(u32),
    /// The shell was stopped, as by `suspend`.
    Stopped,
    /// The shell ended with this code.
    Ended(i32),
    /// The shell could not be started.
    Failed(String),
}

impl Note {
    fn to_line(&self) -> String {
        match self {
            Self::Started(pid) => format!("started {pid}\n"),
            Self::Stopped => "stopped\n".into(),
            Self::Ended(code) => format!("ended {code}\n"),
            Self::Failed(why) => format!("failed {}\n", why.replace('\n', " ")),
        }
    }

    /// Reads a line; `None` where it is none of ours.
    pub(super) fn from_line(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "started" => rest.parse().ok().map(Self::Started),
            "stopped" => Some(Self::Stopped),
            "ended" => rest.parse().ok().map(Self::Ended),
            "failed" => Some(Self::Failed(rest.into())),
            _ => None,
        }
    }
}

/// What the guard is told, as arguments after [`ARGUMENT`].
#[derive(Debug)]
pub(super) struct Order {
    /// The number of its end of the socket.
    pub socket: RawFd,
    /// A folder to remove at the end; empty for none.
    pub folder: PathBuf,
    /// The shell.
    pub bash: PathBuf,
}

impl Order {
    /// As arguments.
    pub(super) fn to_args(&self) -> [OsString; 4] {
        [
            ARGUMENT.into(),
            self.socket.to_string().into(),
            self.folder.clone().into(),
            self.bash.clone().into(),
        ]
    }

    fn from_args(mut args: impl Iterator<Item = OsString>) -> Option<Self> {
        let socket = args.next()?.to_str()?.parse().ok()?;
        let order = Self { socket, folder: args.next()?.into(), bash: args.next()?.into() };
        args.next().is_none().then_some(order)
    }
}

/// The guard program; `args` are those after [`ARGUMENT`].
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let guarded = Order::from_args(args).ok_or(io::ErrorKind::InvalidInput.into()).and_then(|order| {
        // First of all, while nothing else can have opened that number.
        let socket = sys::inherited(order.socket)?;
        guard(&order, socket.into())
    });
    match guarded {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "labrun: `{ARGUMENT}` is for labrun's own use: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs the shell until labrun or a signal says that it is over; answers whether nothing is left.
fn guard(order: &Order, socket: StdStream) -> io::Result<bool> {
    sys::keep_only_stdio();
    sys::adopt_orphans()?;
    socket.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(watch(order, socket))?;
    let clean = sweep()?;
    if !order.folder.as_os_str().is_empty() {
        let _ = std::fs::remove_dir_all(&order.folder);
    }
    Ok(clean)
}

async fn watch(order: &Order, socket: StdStream) -> io::Result<()> {
    let socket = UnixStream::from_std(socket)?;
    // Before the shell starts: what is caught here is at its default in the shell, even where labrun's own parent
    // had it ignored.
    let mut children = signal(SignalKind::child())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut terminate = signal(SignalKind::terminate())?;

    let shell = match start_shell(order) {
        Ok(shell) => shell,
        Err(error) => {
            say(&socket, &Note::Failed(error.to_string())).await;
            return Ok(());
        }
    };
    sys::null_stdio()?;
    say(&socket, &Note::Started(shell)).await;
    loop {
        tokio::select! {
            _ = children.recv() => {
                loop {
                    match sys::reap()? {
                        Reaped::Ended(pid, code) if pid == shell => say(&socket, &Note::Ended(code)).await,
                        Reaped::Stopped(pid) if pid == shell => say(&socket, &Note::Stopped).await,
                        Reaped::Ended(..) | Reaped::Stopped(_) => {}
                        Reaped::Quiet | Reaped::Childless => break,
                    }
                }
            }
            () = closed(&socket) => return Ok(()),
            _ = hangup.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = quit.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        }
    }
}

fn start_shell(order: &Order) -> io::Result<u32> {
    let mut command = Command::new(&order.bash);
    command.args(["--norc", "--noprofile", "--noediting", "-i"]);
    sys::lead_session(&mut command);
    Ok(command.spawn()?.id())
}

/// Says it, unless labrun is gone; then [`closed`] tells.
async fn say(socket: &UnixStream, note: &Note) {
    let line = note.to_line();
    let mut rest = line.as_bytes();
    while !rest.is_empty() && socket.writable().await.is_ok() {
        match socket.try_write(rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Returns when labrun's end is closed.
async fn closed(socket: &UnixStream) {
    let mut byte = [0];
    while socket.readable().await.is_ok() {
        match socket.try_read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
}

/// Ends every descendant: a hangup first, as when a terminal is closed, then the kill that nothing survives.
fn sweep() -> io::Result<bool> {
    for pid in sys::descendants(std::process::id()) {
        sys::signal_process(pid, Signal::HUP);
        sys::signal_process(pid, Signal::CONT);
    }
    let start = Instant::now();
    loop {
        match sys::reap()? {
            Reaped::Childless => return Ok(true),
            Reaped::Ended(..) | Reaped::Stopped(_) => continue,
            Reaped::Quiet if start.elapsed() > GRACE + PATIENCE => return Ok(false),
            Reaped::Quiet if start.elapsed() > GRACE => {
                for pid in sys::descendants(std::process::id()) {
                    sys::signal_process(pid, Signal::KILL);
                }
            }
            Reaped::Quiet => {}
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_as_written() {
        for note in [Note::Started(7), Note::Stopped, Note::Ended(137), Note::Failed("no such file".into())] {
            assert_eq!(Note::from_line(note.to_line().trim_end()), Some(note));
        }
        assert_eq!(Note::from_line("ended soon"), None);
        assert_eq!(Note::from_line(""), None);
    }

    #[test]
    fn orders_are_read_as_given() {
        let order = Order { socket: 5, folder: "".into(), bash: "/bin/bash".into() };
        let read = Order::from_args(order.to_args().into_iter().skip(1)).unwrap();
        assert_eq!((read.socket, read.folder, read.bash), (5, "".into(), "/bin/bash".into()));
        assert!(Order::from_args(["5".into(), "".into()].into_iter()).is_none());
    }
}
