//! The live bash: one shell that stays, spoken to out of band, so that variables, functions, directory, jobs and
//! traps persist as in a terminal. Knows neither decks nor plans.
//!
//! # Theory of operation
//!
//! ```text
//! labrun ── lifeline ── labrun __guard ── bash --norc --noprofile --noediting -i ── what it starts
//!    │                  (lifeline ends: sweeps all below it)      │ fd 0  command input: a pipe that only bash reads
//!    └── terminal master, command input, reports, outputs         │ fd 1  the terminal, its controlling one
//!                                                                 │ fd 2  complaints about our own lines
//! ```
//!
//! Bash is interactive, as a learner's is: aliases, job control, `^C` back to the next command. But it reads its
//! commands from a pipe and has no line editor, so there is no prompt to guess and nothing to strip from an output.
//! For each [`Request`] two lines are typed (`typed`):
//!
//! 1. an `eval` of the source, with standard input from `/dev/null` and both outputs into pipes made for this command
//!    alone (`output`), entered in such a way that `$?` and `$_` are what the command before left;
//! 2. a `printf` of the status, `$_`, directory and options, as a frame with the request's number (`frame`).
//!
//! Bash opens the pipes by path: `/proc/PID/fd/N`, or FIFOs where that is closed to it. So nothing of ours is
//! inherited, and a background job that holds an output is known by its command for as long as it does (`Leak`).
//!
//! A command is over when the first of these comes (`watch`): the report; word from the guard that the shell ended,
//! with its code; or, after a limit, a [`Stop`] or a question on the terminal, the end of the abort ladder
//! (`ladder`): `^C`, SIGTERM, SIGKILL to the foreground group, SIGCONT, SIGKILL to the shell. A shell that waits for
//! input without having reported lost its voice and is killed at once.
//!
//! The outputs are drained by tasks of their own at all times, and kept as head and tail (`capture`), so no command
//! ever waits for labrun. Everything runs on one current-thread runtime; a session is used from one task.

mod activity;
mod capture;
mod environment;
mod error;
mod frame;
pub mod guard;
mod ladder;
mod lifeline;
mod live;
mod output;
mod pagers;
mod quote;
mod shell;
mod state;
mod terminal;
mod typed;
mod watch;
mod wires;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::sys;

pub use activity::{Activity, Stop};
pub use error::Error;
pub use live::Session;
pub use terminal::{Awaited, Handed, Keyboard, Sight};

/// How a session is started.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The shell; a bash of 4.4 or newer.
    pub bash: PathBuf,
    /// The whole environment of the shell; nothing is inherited besides.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it starts.
    pub directory: PathBuf,
    /// Columns and rows of its terminal.
    pub size: (u16, u16),
    /// The program to run as the guard: labrun itself, which knows `__guard` as its first argument.
    pub guard: PathBuf,
    /// How outputs reach us.
    pub transport: Transport,
    /// The view of the machine's files that the shell has, where it is not labrun's own.
    pub view: Option<View>,
}

/// A view of the machine's files that sessions share.
#[derive(Clone, Debug)]
pub struct View {
    /// The view.
    pub files: Arc<sys::View>,
    /// A folder that is the same in the view and outside: FIFOs for the outputs stand there.
    pub shared: PathBuf,
}

impl Settings {
    /// Where labrun finds what the shell finds at `path`.
    fn reach(&self, path: &Path) -> PathBuf {
        self.view.as_ref().map_or_else(|| path.to_owned(), |view| view.files.reach(path))
    }
}

/// How a command's outputs reach labrun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `/proc/PID/fd` where it can be opened, else FIFOs.
    Auto,
    /// FIFOs in a private folder.
    Fifo,
}

/// One command to type.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The command, one line or many.
    pub source: &'a str,
    /// When the abort ladder starts.
    pub limit: Duration,
}

/// How a command ended, and what it printed.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The number of its request in this session, from 1; what [`Session::take_leaks`] speaks of.
    pub sequence: u64,
    /// How.
    pub how: How,
    /// What came on standard output.
    pub stdout: Capture,
    /// What came on standard error.
    pub stderr: Capture,
    /// The shell's directory afterwards; `None` when the shell is gone.
    pub directory: Option<PathBuf>,
    /// From typing to the report.
    pub elapsed: Duration,
    /// Set when it had to be ended: which limit, and what it took.
    pub aborted: Option<Aborted>,
    /// Whether something it started still holds one of its outputs.
    pub leaks: bool,
    /// What stood on the terminal when it asked there, as in `Password: `.
    pub asked: Option<String>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// With a status; the shell lives.
    Status(i32),
    /// It ended the shell, with this code (128 + signal for a signal).
    ShellEnded(i32),
    /// It could not be ended but by killing the shell.
    ShellKilled,
}

/// Why and how labrun ended a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    /// The reason.
    pub why: Why,
    /// The rung of the ladder that worked.
    pub by: Rung,
}

/// Why a command was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its limit passed.
    Limit,
    /// The caller asked (`^C`, skip, stop).
    Asked,
    /// It asked for input on the terminal.
    Prompt,
    /// It stopped the shell (`suspend`, `kill -STOP $$`).
    Suspended,
    /// It left the shell unable to report: a function called `builtin`, a restricted shell.
    Silent,
}

/// The rungs of the abort ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// `^C` on the terminal.
    Interrupt,
    /// SIGTERM to the foreground group.
    Terminate,
    /// SIGKILL to the foreground group.
    Kill,
    /// SIGCONT to the shell.
    Continue,
    /// SIGKILL to the session.
    Session,
}

/// Output kept as head and tail, always drained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The first bytes.
    pub head: Vec<u8>,
    /// The last bytes, where more came than fits into the head.
    pub tail: Vec<u8>,
    /// Bytes between the two that were not kept.
    pub dropped: u64,
}

/// Outputs that something in the background still holds, or held until now.
#[derive(Clone, Debug)]
pub struct Leak {
    /// The request that started it: [`Ended::sequence`].
    pub sequence: u64,
    /// What came on its standard output since it was last asked.
    pub stdout: Capture,
    /// What came on its standard error since it was last asked.
    pub stderr: Capture,
    /// Whether more may come; if not, this is the last that is told of it.
    pub open: bool,
}
