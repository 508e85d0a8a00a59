//! What can keep a session from working. What a command does, up to ending the shell, is never an error.

use std::io;
use std::path::PathBuf;

use super::frame::Frame;

/// Why the live shell does not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No terminal could be opened.
    #[error("no terminal could be opened for the shell")]
    Terminal(#[source] io::Error),
    /// The guard program did not start.
    #[error("the guard `{program}` could not be started in `{directory}`")]
    Guard {
        /// [`super::Settings::guard`]
        program: PathBuf,
        /// [`super::Settings::directory`]
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The shell did not start.
    #[error("the shell `{bash}` did not start: {why}")]
    Shell {
        /// [`super::Settings::bash`]
        bash: PathBuf,
        /// What it said.
        why: String,
    },
    /// The shell is too old.
    #[error("`{bash}` is bash {version}; labrun needs 4.4 or newer")]
    TooOld {
        /// [`super::Settings::bash`]
        bash: PathBuf,
        /// `BASH_VERSION`
        version: String,
    },
    /// The shell is gone; only [`super::Session::restart`] and [`super::Session::close`] are left.
    #[error("the shell is gone")]
    Gone,
    /// A call was dropped before it ended, so that what the shell does now is not known.
    #[error("an earlier command was abandoned halfway")]
    Abandoned,
    /// The shell reported something that it was not asked for.
    #[error("the shell does not keep to the protocol: {0}")]
    Protocol(String),
    /// Something runs at the terminal, which is to be finished first.
    #[error("a command still runs at the terminal")]
    Occupied,
    /// Nothing runs at the terminal.
    #[error("no command runs at the terminal")]
    Idle,
    /// A NUL byte, which no bash source can hold.
    #[error("a command holds a NUL byte")]
    Nul,
    /// Not a variable's name, or one that cannot be set.
    #[error("the shell variable `{0}` cannot be set")]
    Variable(String),
    /// A pipe or process could not be had.
    #[error("{doing}")]
    Io {
        /// As in "an output pipe could not be made".
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The guard could not end everything.
    #[error("processes that belong to another user are still running")]
    Survivors,
}

impl Error {
    pub(super) fn unexpected(frame: &Frame) -> Self {
        Self::Protocol(format!("it reports {frame:?}, which was not asked for"))
    }

    /// To be used with `map_err`.
    pub(super) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
