//! Pipes, and how another process opens one that we made: by its number under `/proc`, or by a FIFO's path.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::pipe::PipeFlags;

/// How another process opens the writing end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening<'a> {
    /// Through `/proc/PID/fd/N`: nothing to remove, nothing that a child could inherit.
    Proc,
    /// As a FIFO at this path, which is made now and removed by its [`Door`].
    Fifo(&'a Path),
}

/// What keeps a pipe open for others to write to. Dropped, the path goes, and so does our own writing end: the
/// reader then sees the end of file when the last other writer closes.
#[derive(Debug)]
pub struct Door {
    path: PathBuf,
    fifo: bool,
    _writer: OwnedFd,
}

impl Door {
    /// Where others open the pipe for writing.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if self.fifo {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes a pipe that others open by a path: the reading end and its door.
///
/// # Errors
/// When there are no descriptors left, or the FIFO cannot be made.
pub fn pipe_by_path(opening: &Opening<'_>) -> io::Result<(OwnedFd, Door)> {
    match opening {
        Opening::Proc => {
            let (reader, writer) = pipe()?;
            let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), writer.as_raw_fd()));
            Ok((reader, Door { path, fifo: false, _writer: writer }))
        }
        Opening::Fifo(path) => {
            rustix::fs::mkfifoat(CWD, *path, Mode::RUSR | Mode::WUSR)?;
            let open = |flags| rustix::fs::open(*path, flags | OFlags::CLOEXEC, Mode::empty());
            let reader = open(OFlags::RDONLY | OFlags::NONBLOCK)?;
            let writer = open(OFlags::WRONLY)?;
            Ok((reader, Door { path: path.to_path_buf(), fifo: true, _writer: writer }))
        }
    }
}

/// A nameless pipe: the reading end and the writing end. Both close on exec.
///
/// # Errors
/// When there are no descriptors left.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?)
}

/// Writes as much as goes in now; answers how much.
///
/// # Errors
/// When nothing goes in (`WouldBlock`), or nobody reads any more.
pub fn write(pipe: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::write(pipe, bytes)?)
}

/// How many bytes of a pipe nobody has read yet.
///
/// # Errors
/// When the descriptor is no pipe.
pub fn unread(pipe: impl AsFd) -> io::Result<u64> {
    Ok(rustix::io::ioctl_fionread(pipe)?)
}
