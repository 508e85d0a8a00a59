//! Where steps run: `host`, this machine, or `simulated`, stand-ins that touch no cluster.
//!
//! A stage gives sessions their environment, PATH, HOME and directory, says what is simulated, and takes everything
//! away at the end. It does not know decks or plans; what a session does with its settings is the session's.

mod admit;
mod environment;
mod keeper;
pub mod kubeconfig;
mod mounts;
pub mod own;
mod reach;
mod scratch;
mod simulated;
pub mod stand_in;
mod unknown;
mod view;
mod wire;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use self::keeper::Keeper;
use self::reach::Reach;
use self::scratch::Scratch;
use self::simulated::{STAND_INS, Simulated, WHERE_LACKING};
use self::view::View;
use crate::session;

/// This machine, as URLs write it.
pub const LOOPBACK: &str = "127.0.0.1";

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
    /// Columns and rows of a session's terminal.
    pub terminal: (u16, u16),
    /// The machine where what a deck starts is reached, as URLs write it; `host` only: on `simulated` that is loopback.
    pub node: String,
    /// Variables that point at the run's own copies of configuration ([`own::Own`]); `host` only.
    pub own: Vec<(OsString, OsString)>,
    /// The folder that stands for HOME where those copies are named; `host` only.
    pub own_home: Option<PathBuf>,
    /// Absolute paths that the deck writes outside its HOME, each with a line of the deck; simulated only.
    pub writes: Vec<(PathBuf, usize)>,
    /// Names of files that the deck makes, without folders: it may call them as programs; simulated only.
    pub makes: Vec<String>,
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

/// A path that the deck writes and that the stage cannot keep apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The path.
    pub path: PathBuf,
    /// The line of the deck that was handed in with it.
    pub line: usize,
    /// What is in the way: a lower-case fragment.
    pub reason: String,
}

/// Runs labrun as one of the helpers of a stage, if its first argument says so; `arguments` are those after its name.
pub fn helper(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let first = arguments.next()?;
    if first == view::ARGUMENT {
        Some(mounts::main(arguments))
    } else if first == keeper::ARGUMENT {
        Some(keeper::main(arguments))
    } else {
        None
    }
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
    /// The run's own copies of the user's configuration cannot be made.
    #[error(
        "cannot copy the kubeconfig and the docker configuration for this run; --share-config uses your own"
    )]
    Own(#[source] io::Error),
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
    makes: Vec<String>,
    writes: Vec<(PathBuf, usize)>,
    view: Option<Result<View, String>>,
    own_home: Option<PathBuf>,
    node: String,
    // Dropped in this order: what writes into the scratch folder goes first.
    simulated: Option<Simulated>,
    _scratch: Option<(Scratch, Keeper)>,
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
            directory: settings.directory.clone(),
            size: settings.terminal,
            guard: settings.program.clone(),
            transport: session::Transport::Auto,
            view: None,
        };
        match settings.kind {
            Kind::Host => {
                let given = |name: &OsStr| settings.own.iter().any(|(own, _)| own == name);
                session.environment.retain(|(name, _)| !given(name));
                session.environment.extend(settings.own);
                Ok(Self { own_home: settings.own_home, node: settings.node, ..Self::host(session) })
            }
            Kind::Simulated => Self::simulated(settings, session, &path),
        }
    }

    fn host(session: session::Settings) -> Self {
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let user = environment::user();
        let about = About { kind: Kind::Host, simulated: Vec::new(), user, home };
        let (allow, makes, writes) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            about,
            session,
            allow,
            makes,
            writes,
            view: None,
            own_home: None,
            node: LOOPBACK.to_owned(),
            simulated: None,
            _scratch: None,
        }
    }

    fn simulated(settings: Settings, mut session: session::Settings, path: &OsStr) -> Result<Self, Error> {
        let Settings { program, allow, makes, writes, .. } = settings;
        let scratch = Scratch::new()?;
        let folder = scratch.folder();
        let keeper = Keeper::start(&program, folder).map_err(Error::StandIns)?;
        let home = folder.join("home");
        match &settings.home {
            Some(from) => scratch::copy(from, &home)?,
            None => std::fs::create_dir(&home).map_err(Error::StandIns)?,
        }
        let names = put_stand_ins(&folder.join("bin"), &program, path).map_err(Error::StandIns)?;
        std::fs::create_dir(folder.join("tmp")).map_err(Error::StandIns)?;

        let view = View::make(&program, folder, writes.iter().map(|(path, _)| path.as_path()));
        let view = view.map_err(|error| error.to_string());
        let files = view.as_ref().ok().map(|view| Arc::clone(&view.files));
        let reach = Reach::new(files.clone(), folder);

        let (allowed, made, on_path) = (allow.clone(), makes.clone(), path.to_owned());
        let admits = move |program: &str| {
            let known = admit::Known { stand_ins: STAND_INS, allowed: &allowed, made: &made };
            admit::why_not(program, &known, |name| find(name, &on_path).is_some())
        };
        let simulated = Simulated::start(&folder.join("socket"), Box::new(admits), reach);
        let simulated = simulated.map_err(Error::StandIns)?;

        let (user, registry) = (environment::user(), simulated.registry().to_string());
        session.environment = environment::simulated(std::env::vars_os(), folder, path, &user, &registry);
        session.directory.clone_from(&home);
        session.view = files.map(|files| session::View { files, shared: folder.to_owned() });
        let about = About { kind: Kind::Simulated, simulated: names, user, home };
        Ok(Self {
            about,
            session,
            allow,
            makes,
            writes,
            view: Some(view),
            own_home: None,
            node: LOOPBACK.to_owned(),
            simulated: Some(simulated),
            _scratch: Some((scratch, keeper)),
        })
    }

    /// What people are told about it.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The folders that a slide may write as `~`: HOME, root's, and the one that holds the run's own copies.
    #[must_use]
    pub fn homes(&self) -> Vec<String> {
        let own = self.own_home.as_deref();
        [self.about.home.as_path(), Path::new("/root")]
            .into_iter()
            .chain(own)
            .map(|home| home.display().to_string())
            .collect()
    }

    /// What the stage offers to the blanks of a deck, by name: `registry` fills `{stage.registry}`, `node` the machine
    /// where what the deck starts is reached.
    #[must_use]
    pub fn offers(&self) -> Vec<(String, String)> {
        let registry =
            self.simulated.iter().map(|simulated| ("registry".to_owned(), simulated.registry().to_string()));
        registry.chain([("node".to_owned(), self.node.clone())]).collect()
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
        let known =
            admit::Known { stand_ins: &self.about.simulated, allowed: &self.allow, made: &self.makes };
        admit::refuse(programs, &known, |name| find(name, &path).is_some())
    }

    /// The same before a stage is opened: which of these programs a stage of these settings would refuse.
    #[must_use]
    pub fn refused(
        kind: Kind,
        programs: &[(String, usize)],
        allow: &[String],
        makes: &[String],
    ) -> Vec<Refusal> {
        if kind == Kind::Host {
            return Vec::new();
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let known = admit::Known { stand_ins: STAND_INS, allowed: allow, made: makes };
        admit::refuse(programs, &known, |name| find(name, &path).is_some())
    }

    /// What stand-ins were asked for and did not know since this was last asked, a sentence each; also where nobody saw
    /// them say so. Whatever a command that has ended asked for is among it.
    #[must_use]
    pub fn take_unknown(&self) -> Vec<String> {
        self.simulated.as_ref().map(Simulated::take_unknown).unwrap_or_default()
    }

    /// Which of the paths that the deck writes would be written on the machine itself, or cannot be written at all;
    /// `host` knows of none.
    #[must_use]
    pub fn exposed(&self) -> Vec<Exposed> {
        let reason = |path: &Path| match self.view.as_ref()? {
            Ok(view) => view
                .in_the_way(path)
                .map(|folder| format!("{} can only be shown read only here", folder.display())),
            Err(why) => Some(why.clone()),
        };
        let writes = self.writes.iter();
        writes
            .filter_map(|(path, line)| {
                Some(Exposed { path: path.clone(), line: *line, reason: reason(path)? })
            })
            .collect()
    }

    /// Takes everything away: processes, ports, files. Dropping a stage does the same without waiting for it.
    pub async fn close(mut self) {
        if let Some(simulated) = self.simulated.take() {
            simulated.stop().await;
        }
    }
}

/// Whether the simulated stage answers for this program itself.
#[must_use]
pub fn has_stand_in(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    STAND_INS.contains(&program) && (!WHERE_LACKING.contains(&program) || find(program, &path).is_none())
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
#[must_use]
pub fn find(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

/// Whether this is a file that may be run.
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
