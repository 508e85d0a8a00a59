//! Where steps run: `host`, this machine, or `simulated`, stand-ins that touch no cluster.
//!
//! A stage gives sessions their environment, PATH, HOME and directory, says what is simulated, and takes everything
//! away at the end. It does not know decks or plans; what a session does with its settings is the session's.

mod admit;
mod environment;
mod scratch;
mod simulated;
pub mod stand_in;
mod wire;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use self::scratch::Scratch;
use self::simulated::{STAND_INS, Simulated, WHERE_LACKING};
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
    /// The scratch folder cannot be made.
    #[error("cannot make the scratch folder {}", folder.display())]
    Scratch {
        /// Where it would be.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder that `home` names cannot be copied.
    #[error("cannot copy the home folder {}", folder.display())]
    Home {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The stand-ins cannot be put in place, or nothing can listen for them.
    #[error("cannot set up the stand-ins")]
    StandIns(#[source] io::Error),
}

/// A stage that stands until [`Stage::close`].
#[derive(Debug)]
pub struct Stage {
    about: About,
    session: session::Settings,
    allow: Vec<String>,
    // Dropped in this order: what writes into the scratch folder goes first.
    simulated: Option<Simulated>,
    _scratch: Option<Scratch>,
}

impl Stage {
    /// Sets the stage up. On `simulated` this starts tasks on the runtime that it is called on; they answer the
    /// stand-ins, so that runtime must not be blocked while a session runs.
    ///
    /// # Errors
    /// [`Error`] when bash is missing or the scratch folder or a socket cannot be made.
    #[expect(clippy::unused_async, reason = "it needs a runtime, and says so by being async")]
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
        let bash = find("bash", &path).ok_or(Error::NoBash)?;
        let mut session = session::Settings {
            bash,
            environment: environment::host(std::env::vars_os()),
            directory: settings.directory,
            size: (80, 24),
            guard: settings.program.clone(),
            transport: session::Transport::Auto,
        };
        let user = environment::user();
        match settings.kind {
            Kind::Host => {
                let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
                let about = About { kind: Kind::Host, simulated: Vec::new(), user, home };
                Ok(Self { about, session, allow: Vec::new(), simulated: None, _scratch: None })
            }
            Kind::Simulated => {
                let scratch = Scratch::new()?;
                let home = scratch.folder().join("home");
                match &settings.home {
                    Some(from) => scratch::copy(from, &home)?,
                    None => std::fs::create_dir(&home).map_err(Error::StandIns)?,
                }
                let names = put_stand_ins(&scratch.folder().join("bin"), &settings.program, &path)
                    .map_err(Error::StandIns)?;
                std::fs::create_dir(scratch.folder().join("tmp")).map_err(Error::StandIns)?;
                let socket = scratch.folder().join("socket");
                let (allowed, on_path) = (settings.allow.clone(), path.clone());
                let admits = move |program: &str| {
                    let known = admit::Known { stand_ins: STAND_INS, allowed: &allowed };
                    admit::why_not(program, &known, |name| find(name, &on_path).is_some())
                };
                let simulated = Simulated::start(&socket, Box::new(admits)).map_err(Error::StandIns)?;
                let registry = simulated.registry().to_string();
                session.environment =
                    environment::simulated(std::env::vars_os(), scratch.folder(), &path, &user, &registry);
                session.directory.clone_from(&home);
                let about = About { kind: Kind::Simulated, simulated: names, user, home };
                Ok(Self {
                    about,
                    session,
                    allow: settings.allow,
                    simulated: Some(simulated),
                    _scratch: Some(scratch),
                })
            }
        }
    }

    /// What people are told about it.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What the stage offers to the blanks of a deck, by name: `registry` fills `{stage.registry}`.
    #[must_use]
    pub fn offers(&self) -> Vec<(String, String)> {
        let registry =
            self.simulated.iter().map(|simulated| ("registry".to_owned(), simulated.registry().to_string()));
        registry.collect()
    }

    /// How a session on this stage is started. A session must be over before the stage is closed.
    #[must_use]
    pub fn session_settings(&self) -> session::Settings {
        self.session.clone()
    }

    /// Which of the programs that a deck calls, each with a line of the deck, this stage will not run. Shell builtins
    /// and functions of the deck are not programs. `host` refuses nothing.
    #[must_use]
    pub fn admit(&self, programs: &[(String, usize)]) -> Vec<Refusal> {
        if self.about.kind == Kind::Host {
            return Vec::new();
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let known = admit::Known { stand_ins: &self.about.simulated, allowed: &self.allow };
        admit::refuse(programs, &known, |name| find(name, &path).is_some())
    }

    /// Takes everything away: processes, ports, files. Dropping a stage does the same without waiting for it.
    pub async fn close(mut self) {
        if let Some(simulated) = self.simulated.take() {
            simulated.stop().await;
        }
    }
}

/// Puts the stand-ins into a new folder: labrun under other names. The answer is these names.
fn put_stand_ins(folder: &Path, program: &Path, path: &OsStr) -> io::Result<Vec<String>> {
    std::fs::create_dir(folder)?;
    let program = std::path::absolute(program)?;
    let needed = |name: &&&str| !WHERE_LACKING.contains(name) || find(name, path).is_none();
    let mut names: Vec<String> = STAND_INS.iter().filter(needed).map(|&name| name.to_owned()).collect();
    names.sort();
    for name in &names {
        std::os::unix::fs::symlink(&program, folder.join(name))?;
    }
    Ok(names)
}

/// The first executable file of this name in a list of directories.
fn find(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

/// Whether this is a file that may be run.
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
