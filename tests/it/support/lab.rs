//! A simulated stage without a runner: shells that are started with its environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use labrun::stage::{Kind, Settings, Stage};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// A stage that stands as long as this value is, on a runtime of its own thread.
pub struct Lab {
    /// What a session on the stage would get.
    pub session: labrun::session::Settings,
    /// Where the registry of the run listens.
    pub registry: String,
    close: Option<oneshot::Sender<()>>,
    ask: UnboundedSender<mpsc::Sender<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

/// What a script did.
#[derive(Debug)]
pub struct Did {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Lab {
    /// A stage with an empty home.
    pub fn new() -> Self {
        Self::with_home(None)
    }

    /// A stage whose home is a copy of a folder.
    pub fn with_home(home: Option<PathBuf>) -> Self {
        let (tell, told) = mpsc::channel();
        let (close, mut closed) = oneshot::channel::<()>();
        let (ask, mut asked) = unbounded_channel::<mpsc::Sender<Vec<String>>>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let settings = Settings {
                    kind: Kind::Simulated,
                    directory: std::env::temp_dir(),
                    home,
                    program: env!("CARGO_BIN_EXE_labrun").into(),
                    terminal: (120, 40),
                    node: "127.0.0.1".to_owned(),
                    allow: Vec::new(),
                    writes: Vec::new(),
                    own: Vec::new(),
                    own_home: None,
                    makes: Vec::new(),
                };
                let stage = Stage::open(settings).await.unwrap();
                let registry = stage.offers().into_iter().find(|(name, _)| name == "registry").unwrap().1;
                tell.send((stage.session_settings(), registry)).unwrap();
                loop {
                    tokio::select! {
                        _ = &mut closed => break,
                        Some(answer) = asked.recv() => answer.send(stage.take_unknown()).unwrap(),
                    }
                }
                stage.close().await;
            });
        });
        let (session, registry) = told.recv().unwrap();
        Self { session, registry, close: Some(close), ask, thread: Some(thread) }
    }

    /// A shell on the stage, that knows the registry as `LAB_REGISTRY`.
    pub fn bash(&self) -> Command {
        let mut command = Command::new(&self.session.bash);
        command
            .env_clear()
            .envs(self.session.environment.iter().cloned())
            .env("LAB_REGISTRY", &self.registry)
            .current_dir(&self.session.directory)
            .stdin(Stdio::null());
        command
    }

    /// Runs a script.
    pub fn run(&self, script: &str) -> Did {
        let Output { status, stdout, stderr } = self.bash().args(["-c", script]).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Did { status: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Runs a script that must succeed; what it printed.
    #[track_caller]
    pub fn ok(&self, script: &str) -> String {
        let did = self.run(script);
        assert_eq!(did.status, 0, "{script}\n{did:?}");
        did.stdout
    }

    /// Where its HOME is.
    pub fn home(&self) -> &Path {
        &self.session.directory
    }

    /// Puts the stand-ins that are only used where a machine lacks the real programs in front of these.
    pub fn stand_in_for(&mut self, name: &str) {
        let bin = self.home().with_file_name("bin");
        let _ = fs::remove_file(bin.join(name));
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_labrun"), bin.join(name)).unwrap();
    }

    /// What the stage was asked for and did not know since this was last asked.
    pub fn unknown(&self) -> Vec<String> {
        let (answer, answered) = mpsc::channel();
        self.ask.send(answer).unwrap();
        answered.recv().unwrap()
    }

    /// Closes the stage and waits for that.
    pub fn close(&mut self) {
        drop(self.close.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.close.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether a program is there to compare with; says so aloud where it is not.
pub fn installed(program: &str) -> bool {
    let found =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("{program} is not installed: this test sees nothing");
    }
    found
}
