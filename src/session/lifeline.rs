//! labrun's end of the guard: how it is started, what it says, and how it is let go.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::process::Child;

use super::guard::{Note, Order};
use super::{Error, Settings};
use crate::sys::{self, Signal};

/// The guard gives up after less than this.
const LONGEST_SWEEP: Duration = Duration::from_secs(10);

/// What bash takes from its own environment in ways that would change how it is spoken to.
const NOT_FOR_BASH: [&str; 11] = [
    "BASH_ENV",
    "ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "TMOUT",
    "MAILCHECK",
    "HISTFILE",
];

/// What bash is born with: its command input, its terminal, and where it complains about our own lines.
#[derive(Debug)]
pub(super) struct Ends {
    pub control: OwnedFd,
    pub terminal: OwnedFd,
    pub diagnostics: OwnedFd,
}

/// The living guard. Dropped, the guard sweeps; [`Lifeline::end`] also waits for it.
#[derive(Debug)]
pub(super) struct Lifeline {
    guard: Child,
    socket: UnixStream,
    heard: Vec<u8>,
}

impl Lifeline {
    /// Starts the guard, which starts bash.
    pub(super) fn start(settings: &Settings, folder: PathBuf, ends: Ends) -> Result<Self, Error> {
        let start = || -> io::Result<Self> {
            let (ours, theirs) = StdStream::pair()?;
            ours.set_nonblocking(true)?;
            let order = Order { socket: theirs.as_raw_fd(), folder, bash: settings.bash.clone() };
            let mut command = Command::new(&settings.guard);
            command
                .args(order.to_args())
                .env_clear()
                .envs(settings.environment.iter().map(|(name, value)| (name, value)))
                .stdin(Stdio::from(ends.control))
                .stdout(Stdio::from(ends.terminal))
                .stderr(Stdio::from(ends.diagnostics));
            for name in NOT_FOR_BASH {
                command.env_remove(name);
            }
            // Not even the first prompt; the shell takes it out of its exports again.
            command.env("PS1", "");
            sys::detach(&mut command);
            sys::hand_down(&mut command, theirs.as_raw_fd());
            match &settings.view {
                Some(view) => sys::enter_view(&mut command, &view.files, &settings.directory)?,
                None => drop(command.current_dir(&settings.directory)),
            }
            let guard = tokio::process::Command::from(command).spawn()?;
            Ok(Self { guard, socket: UnixStream::from_std(ours)?, heard: Vec::new() })
        };
        start().map_err(|source| Error::Guard {
            program: settings.guard.clone(),
            directory: settings.directory.clone(),
            source,
        })
    }

    /// What the guard says next; `None` when it is gone. Nothing is lost when this is dropped halfway.
    pub(super) async fn note(&mut self) -> Option<Note> {
        loop {
            if let Some(end) = self.heard.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                match Note::from_line(String::from_utf8_lossy(&line[..end]).as_ref()) {
                    Some(note) => return Some(note),
                    None => continue,
                }
            }
            self.socket.readable().await.ok()?;
            match self.socket.try_read_buf(&mut self.heard) {
                Ok(0) => return None,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return None,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Ends everything that the session started; returns when no process is left.
    pub(super) async fn end(self) -> Result<(), Error> {
        let Self { mut guard, socket, .. } = self;
        drop(socket);
        if let Some(pid) = guard.id() {
            // A command may have stopped it.
            sys::signal_process(pid, Signal::CONT);
        }
        match tokio::time::timeout(LONGEST_SWEEP, guard.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            // It was killed itself, by a command: what it guarded went with it as far as it could.
            Ok(Ok(status)) if status.code().is_none() => Ok(()),
            _ => Err(Error::Survivors),
        }
    }
}
