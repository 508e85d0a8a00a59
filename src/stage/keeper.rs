//! The program that outlives a run that is killed, to remove its scratch folder. `Scratch` does that itself where it
//! can; this one finds nothing left then.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use super::scratch;
use crate::sys;

/// labrun's first argument when it is to be the keeper.
pub const ARGUMENT: &str = "__keeper";

/// How long what a run has started may go on writing after its end; the guards are faster.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The living keeper. Dropped, it is waited for.
#[derive(Debug)]
pub(super) struct Keeper(Child);

impl Keeper {
    /// Starts it, as another face of the labrun program.
    pub(super) fn start(program: &Path, folder: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(ARGUMENT).arg(folder).env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What ends labrun's own group, a `^C` say, is not for the keeper.
        sys::detach(&mut command);
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // At the end of this pipe it starts to work.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The program; `args` are those after its name and [`ARGUMENT`].
pub(super) fn main(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(folder) = args.next() else { return ExitCode::from(2) };
    sys::keep_only_stdio();
    let _ = io::stdin().read_to_end(&mut Vec::new());
    let (folder, start) = (Path::new(&folder), Instant::now());
    while !scratch::clear(folder) && start.elapsed() < PATIENCE {
        std::thread::sleep(PAUSE);
    }
    ExitCode::SUCCESS
}
