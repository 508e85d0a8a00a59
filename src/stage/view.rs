//! The sessions' view of the machine, in which what they write changes nothing outside: how it is had, and what was
//! not to be had. What it is made of is in `mounts`.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use serde::{Deserialize, Serialize};

use crate::sys;

/// labrun's first argument when it is to make a view.
pub const ARGUMENT: &str = "__view";

/// What the making of a view may take, though it takes milliseconds.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// What the program that makes a view says of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// For each folder whether what it holds, as far as no other is named, can be written.
    pub writable: BTreeMap<PathBuf, bool>,
}

impl Answer {
    /// As a line, without its end.
    pub(super) fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A view of the machine that keeps what is written there to itself.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The view itself.
    pub files: Arc<sys::View>,
    writable: BTreeMap<PathBuf, bool>,
}

impl View {
    /// Makes one with the help of the labrun program. `scratch` is the same in it as outside; an ordinary user may write
    /// to what is at `writes`.
    ///
    /// # Errors
    /// When the kernel allows this user no namespace, or no overlay; the text says which.
    pub(super) fn make<'a>(
        program: &Path,
        scratch: &Path,
        writes: impl Iterator<Item = &'a Path>,
    ) -> io::Result<Self> {
        let mut maker = Command::new(program)
            .arg(ARGUMENT)
            .arg(scratch)
            .args(writes)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(answers) = maker.stdout.take() {
            let mut waited = [PollFd::new(&answers, PollFlags::IN)];
            if retry_on_intr(|| poll(&mut waited, Some(&PATIENCE)))? == 0 {
                // A file system that does not answer, say.
                maker.kill()?;
                maker.wait()?;
                return Err(io::Error::other("it takes too long to look at what is mounted here"));
            }
            BufReader::new(answers).read_line(&mut line)?;
        }
        // The view lives on when its maker has ended, as long as it is held.
        let files = sys::View::of(maker.id());
        drop(maker.stdin.take());
        let mut said = String::new();
        if let Some(mut errors) = maker.stderr.take() {
            errors.read_to_string(&mut said)?;
        }
        if !maker.wait()?.success() {
            return Err(io::Error::other(said.trim().to_owned()));
        }
        let Answer { writable } = serde_json::from_str(&line)?;
        Ok(Self { files: Arc::new(files?), writable })
    }

    /// The folder that keeps a session from writing to `path`, if one does.
    pub(super) fn in_the_way<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.ancestors()
            .find_map(|folder| Some((folder, *self.writable.get(folder)?)))
            .and_then(|(folder, writable)| (!writable).then_some(folder))
    }
}
