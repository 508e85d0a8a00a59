//! Where steps run: `host`, this machine, or `simulated`, stand-ins that touch nothing real.
//!
//! A stage gives sessions their environment, PATH, HOME and directory, says what is simulated, and takes everything
//! away at the end. It does not know decks or plans; what a session does with its settings is the session's.

mod environment;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::session;

/// Which stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This machine, as it is.
    Host,
    /// Stand-ins first on PATH, a scratch HOME, an allow-listed environment.
    Simulated,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Simulated => "simulated",
        })
    }
}

/// What a stage is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which one.
    pub kind: Kind,
    /// Where a session starts on `host`: the directory that labrun was started in. On `simulated` it is the
    /// scratch HOME.
    pub directory: PathBuf,
    /// A folder whose content becomes the scratch HOME (`home` in labrun.toml); simulated only.
    pub home: Option<PathBuf>,
    /// The labrun program: guard and stand-ins are this file under other names.
    pub program: PathBuf,
    /// Programs that may run although no stand-in knows them (`--allow`); simulated only.
    pub allow: Vec<String>,
}

/// What people are told about a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Which one.
    pub kind: Kind,
    /// The programs that are stand-ins, sorted; empty on `host`.
    pub simulated: Vec<String>,
    /// Who the session runs as.
    pub user: String,
    /// The session's HOME.
    pub home: PathBuf,
}

/// A program that the simulated stage will not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The program, as the deck writes it.
    pub program: String,
    /// The line of the deck that was handed in with it.
    pub line: usize,
    /// Why, and what can be done about it: a lower-case fragment.
    pub reason: String,
}

/// Why a stage could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no bash.
    #[error("bash is not on PATH; labrun types into a bash, 4.4 or newer")]
    NoBash,
}

/// A stage that stands until [`Stage::close`].
#[derive(Debug)]
pub struct Stage {
    about: About,
    session: session::Settings,
}

impl Stage {
    /// Sets the stage up. On `simulated` this starts tasks on the runtime that it is called on.
    ///
    /// # Errors
    /// [`Error`] when bash is missing or the scratch folder or a socket cannot be made.
    #[expect(clippy::unused_async, reason = "the simulated stage listens on sockets of the runtime")]
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let bash = on_path("bash").ok_or(Error::NoBash)?;
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        Ok(Self {
            about: About { kind: settings.kind, simulated: Vec::new(), user: environment::user(), home },
            session: session::Settings {
                bash,
                environment: environment::host(std::env::vars_os()),
                directory: settings.directory,
                size: (80, 24),
                guard: settings.program,
                transport: session::Transport::Auto,
            },
        })
    }

    /// What people are told about it.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What the stage offers to the blanks of a deck, by name: `registry` fills `{stage.registry}`.
    #[must_use]
    pub fn offers(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// How a session on this stage is started. A session must be over before the stage is closed.
    #[must_use]
    pub fn session_settings(&self) -> session::Settings {
        self.session.clone()
    }

    /// Which of the programs that a deck calls, each with a line of the deck, this stage will not run. Shell builtins
    /// and functions of the deck are not programs. `host` refuses nothing.
    #[must_use]
    pub fn admit(&self, _programs: &[(String, usize)]) -> Vec<Refusal> {
        Vec::new()
    }

    /// Takes everything away: processes, ports, files. Dropping a stage does the same without waiting for it.
    #[expect(clippy::unused_async, reason = "the simulated stage waits for its tasks")]
    pub async fn close(self) {}
}

/// The first executable file of this name on labrun's own PATH.
fn on_path(program: &str) -> Option<PathBuf> {
    find(program, &std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin")))
}

/// The first executable file of this name in a list of directories.
fn find(program: &str, path: &std::ffi::OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

/// Whether this is a file that may be run.
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
