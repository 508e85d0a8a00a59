//! The two wires to bash: the pipe it reads its commands from, and the pipe its reports come by.

use std::io;
use std::os::fd::OwnedFd;

use tokio::net::unix::pipe::{Receiver, Sender};

use super::Error;
use super::frame::{Frame, Frames};
use crate::sys;

/// The pipe that bash reads its commands from.
#[derive(Debug)]
pub(super) struct Control {
    pipe: Sender,
    pending: Vec<u8>,
    written: usize,
}

impl Control {
    pub(super) fn new(pipe: OwnedFd) -> io::Result<Self> {
        Ok(Self { pipe: Sender::from_owned_fd(pipe)?, pending: Vec::new(), written: 0 })
    }

    /// Types this, as far as the pipe takes it; [`Control::flush`] types the rest.
    pub(super) fn send(&mut self, text: &str) {
        self.pending.drain(..self.written);
        self.written = 0;
        self.pending.extend_from_slice(text.as_bytes());
        // Straight away, whatever tokio knows of the pipe: nearly always it takes all.
        if let Ok(count) = sys::write(&self.pipe, &self.pending) {
            self.written = count;
        }
    }

    /// Whether all was typed.
    pub(super) fn is_flushed(&self) -> bool {
        self.written == self.pending.len()
    }

    /// Whether bash has read all that was typed, and waits for more.
    pub(super) fn is_awaited_by(&self, shell: u32) -> bool {
        self.is_flushed()
            && sys::unread(&self.pipe).is_ok_and(|unread| unread == 0)
            && sys::reads_pipe(shell, 0, &self.pipe)
    }

    /// Whether bash has read all that was typed but the last bytes.
    pub(super) fn is_read_but(&self, last: u64) -> bool {
        self.is_flushed() && sys::unread(&self.pipe).is_ok_and(|unread| unread <= last)
    }

    /// Types on; returns when all is typed, or nobody reads any more. Nothing is lost when it is dropped halfway.
    pub(super) async fn flush(&mut self) {
        while !self.is_flushed() {
            if self.pipe.writable().await.is_ok() {
                self.write();
            }
        }
    }

    fn write(&mut self) {
        while !self.is_flushed() {
            match self.pipe.try_write(&self.pending[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Nobody reads any more: the shell is gone, as the guard will say, or another program took its place.
                Err(_) => self.written = self.pending.len(),
            }
        }
    }
}

/// The pipe that reports come by.
#[derive(Debug)]
pub(super) struct Report {
    pipe: Receiver,
    buffer: Vec<u8>,
    frames: Frames,
}

impl Report {
    pub(super) fn new(pipe: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            pipe: Receiver::from_owned_fd(pipe)?,
            buffer: Vec::with_capacity(64 * 1024),
            frames: Frames::default(),
        })
    }

    /// The next report. Nothing is lost when it is dropped halfway.
    pub(super) async fn next(&mut self) -> Result<Frame, Error> {
        loop {
            if let Some(frame) = self.frames.pop()? {
                return Ok(frame);
            }
            let read = async {
                self.pipe.readable().await?;
                self.pipe.try_read_buf(&mut self.buffer)
            };
            match read.await {
                Ok(_) => {
                    self.frames.push(&self.buffer);
                    self.buffer.clear();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(source) => return Err(Error::Io { doing: "the report pipe cannot be read", source }),
            }
        }
    }

    /// Whether a report has come that was not taken yet.
    pub(super) fn is_waiting(&self) -> bool {
        sys::unread(&self.pipe).is_ok_and(|unread| unread > 0)
    }
}
