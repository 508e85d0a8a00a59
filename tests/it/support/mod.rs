//! What the tests share: the [`Labrun`] builder, which runs the built program on decks of its own.

pub mod lab;
pub mod window;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// One call of labrun in a folder of its own.
///
/// ```ignore
/// Labrun::new().deck("a.md", ".lab[\n…").arg("a.md").run().exit(1).says("was promised");
/// ```
pub struct Labrun {
    folder: TempDir,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
}

/// What came of it.
pub struct Ran {
    folder: TempDir,
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Labrun {
    /// In an empty folder, with an empty home beside it.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("home")).unwrap();
        fs::create_dir_all(folder.path().join("work")).unwrap();
        Self { folder, args: Vec::new(), env: Vec::new() }
    }

    /// Where labrun is started.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file beside the decks.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Writes a deck, and runs it.
    pub fn deck(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.file(name, text).arg(name)
    }

    /// Writes a deck of one slide with one lab that holds these blocks, and runs it.
    pub fn lab(self, blocks: &[&str]) -> Self {
        self.deck("deck.md", lab(blocks))
    }

    /// Writes an executable script into a folder that comes first on PATH.
    pub fn program(self, name: &str, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let this = self.file(&format!("bin/{name}"), script);
        let path = this.work().join("bin").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        this
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The command, ready to be started.
    pub fn command(&self) -> Command {
        let mut path = OsString::from(self.work().join("bin"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_labrun"));
        command
            .args(&self.args)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path().join("home"))
            .env("LANG", "C.UTF-8")
            .env("TMPDIR", std::env::temp_dir())
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    /// The journal of the run that ended last.
    #[track_caller]
    pub fn journal(&self) -> Vec<serde_json::Value> {
        journal(self.folder.path())
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        let output = self.command().output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            folder: self.folder,
        }
    }
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exit(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that this is somewhere in what it said.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let said = format!("{}\n{}", self.stdout, self.stderr);
        assert!(said.contains(text), "{text:?} is not in\n{said}");
        self
    }

    /// Asserts that this is nowhere in what it said.
    #[track_caller]
    pub fn says_not(self, text: &str) -> Self {
        let said = format!("{}\n{}", self.stdout, self.stderr);
        assert!(!said.contains(text), "{text:?} is in\n{said}");
        self
    }

    /// Another call in the same folder.
    pub fn again(self) -> Labrun {
        Labrun { folder: self.folder, args: Vec::new(), env: Vec::new() }
    }

    /// Where it ran.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// A file that it left there.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        let path = self.work().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The journal, a JSON value an event.
    #[track_caller]
    pub fn journal(&self) -> Vec<serde_json::Value> {
        journal(self.folder.path())
    }

    /// The events of one kind.
    #[track_caller]
    pub fn events(&self, kind: &str) -> Vec<serde_json::Value> {
        self.journal().into_iter().filter(|event| event["event"] == kind).collect()
    }

    /// The verdict of each command, in order.
    #[track_caller]
    pub fn verdicts(&self) -> Vec<String> {
        self.events("command-ended")
            .iter()
            .map(|event| event["verdict"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The journal of the last run whose home is in this folder.
#[track_caller]
fn journal(folder: &Path) -> Vec<serde_json::Value> {
    let runs = folder.join("home/.local/state/labrun/runs");
    let last = fs::read_to_string(runs.join("last")).unwrap();
    let text = fs::read_to_string(runs.join(format!("{}.jsonl", last.trim()))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A deck of one slide with one lab that holds these bash blocks.
pub fn lab(blocks: &[&str]) -> String {
    let blocks: Vec<String> = blocks.iter().map(|block| format!("```bash\n{block}\n```\n")).collect();
    format!("# A slide\n\n.lab[\n\n{}\n]\n", blocks.join("\n"))
}

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a program is here; says aloud when a check is left out because it is not.
pub fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !there {
        eprintln!("SKIPPED: {program} is not on this machine, so what needs it was not checked");
    }
    there
}
