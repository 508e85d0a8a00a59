//! The pipes of a command: made anew for each, drained by tasks of their own whatever else happens, kept on when
//! something in the background still writes.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use tokio::net::unix::pipe::Receiver;
use tokio::task::JoinHandle;

use super::activity::Counter;
use super::capture::Intake;
use super::{Capture, Leak};
use crate::sys::{self, Door, Opening};

/// As much as a pipe holds.
const CHUNK: usize = 64 * 1024;

/// How bash opens our pipes.
#[derive(Debug)]
pub(super) enum Way {
    /// `/proc/PID/fd/N`
    Proc,
    /// FIFOs in this folder.
    Fifo(TempDir),
}

impl Way {
    /// A pipe; the name is new in this session.
    pub(super) fn pipe(&self, name: &str) -> io::Result<(OwnedFd, Door)> {
        match self {
            Self::Proc => sys::pipe_by_path(&Opening::Proc),
            Self::Fifo(folder) => sys::pipe_by_path(&Opening::Fifo(&folder.path().join(name))),
        }
    }

    /// The folder that must not outlive the session.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::Proc => None,
            Self::Fifo(folder) => Some(folder.path().to_path_buf()),
        }
    }
}

/// A stream that a task of its own takes in. Dropped, nobody reads it any more.
#[derive(Debug)]
pub(super) struct Stream {
    intake: Arc<Mutex<Intake>>,
    reader: JoinHandle<()>,
}

impl Stream {
    /// Starts to take in a pipe.
    pub(super) fn of_pipe(pipe: OwnedFd, counter: Option<Counter>) -> io::Result<Self> {
        let pipe = Receiver::from_owned_fd(pipe)?;
        let intake = Arc::new(Mutex::new(Intake::default()));
        let into = Arc::clone(&intake);
        let reader = tokio::spawn(async move {
            let mut buffer = Vec::with_capacity(CHUNK);
            while pipe.readable().await.is_ok() {
                buffer.clear();
                match pipe.try_read_buf(&mut buffer) {
                    Ok(0) => return,
                    Ok(count) => {
                        lock(&into).push(&buffer);
                        if let Some(counter) = &counter {
                            counter.add(count);
                        }
                    }
                    Err(error) if may_pass(&error) => {}
                    Err(_) => return,
                }
            }
        });
        Ok(Self { intake, reader })
    }

    /// Adds what came another way.
    pub(super) fn add(&self, bytes: &[u8]) {
        lock(&self.intake).push(bytes);
    }

    /// Returns at the end of the stream.
    pub(super) async fn ended(&mut self) {
        if !self.reader.is_finished() {
            let _ = (&mut self.reader).await;
        }
    }

    /// What came since this was last asked.
    pub(super) fn take(&self) -> Capture {
        lock(&self.intake).take()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn may_pass(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn lock(intake: &Mutex<Intake>) -> MutexGuard<'_, Intake> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Both outputs of one command.
#[derive(Debug)]
pub(super) struct Outputs {
    pub(super) stdout: Stream,
    pub(super) stderr: Stream,
}

impl Outputs {
    /// Returns when nothing can write to either any more; the doors must be dropped.
    pub(super) async fn ended(&mut self) {
        self.stdout.ended().await;
        self.stderr.ended().await;
    }

    /// Whether nothing came on either since they were last taken.
    pub(super) fn are_empty(&self) -> bool {
        [&self.stdout, &self.stderr].into_iter().all(|stream| lock(&stream.intake).is_empty())
    }
}

/// Outputs that something in the background still holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    outputs: Vec<(u64, Outputs)>,
}

impl Held {
    pub(super) fn keep(&mut self, sequence: u64, outputs: Outputs) {
        self.outputs.push((sequence, outputs));
    }

    /// What each printed since it was last asked; one that has ended is told of once more, then forgotten.
    pub(super) fn take(&mut self) -> Vec<Leak> {
        let mut leaks = Vec::new();
        self.outputs.retain(|(sequence, outputs)| {
            // Asked before the text is taken, so that nothing comes after the last word.
            let open = !(outputs.stdout.reader.is_finished() && outputs.stderr.reader.is_finished());
            leaks.push(Leak {
                sequence: *sequence,
                stdout: outputs.stdout.take(),
                stderr: outputs.stderr.take(),
                open,
            });
            open
        });
        leaks
    }
}
