//! A pseudo-terminal: the end that labrun holds, and what can be asked of it.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::pty::OpenptFlags;
use rustix::termios::{LocalModes, OptionalActions, Termios, Winsize};

/// The master end of a pseudo-terminal; reads of it do not block.
#[derive(Debug)]
pub struct Terminal {
    master: OwnedFd,
    /// As it was when it was new.
    state: Termios,
}

impl Terminal {
    /// Makes a terminal of so many columns and rows; answers it and the end that programs use. Both close on exec,
    /// and neither becomes anybody's controlling terminal yet.
    ///
    /// # Errors
    /// When no terminal is left, or `/dev/pts` is not there.
    pub fn open((columns, rows): (u16, u16)) -> io::Result<(Self, OwnedFd)> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = rustix::pty::openpt(flags)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let user = rustix::pty::ioctl_tiocgptpeer(&master, flags)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let state = rustix::termios::tcgetattr(&user)?;
        let terminal = Self { master, state };
        terminal.resize((columns, rows))?;
        Ok((terminal, user))
    }

    /// Gives it other columns and rows, and tells the foreground group.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn resize(&self, (columns, rows): (u16, u16)) -> io::Result<()> {
        let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
        Ok(rustix::termios::tcsetwinsize(&self.master, size)?)
    }

    /// The process group in the foreground.
    #[must_use]
    pub fn foreground(&self) -> Option<u32> {
        let group = rustix::termios::tcgetpgrp(&self.master).ok()?;
        Some(group.as_raw_pid().cast_unsigned())
    }

    /// Whether what is typed stays unseen: somebody asks for a password.
    #[must_use]
    pub fn hides_input(&self) -> bool {
        rustix::termios::tcgetattr(&self.master).is_ok_and(|state| {
            state.local_modes.contains(LocalModes::ICANON) && !state.local_modes.contains(LocalModes::ECHO)
        })
    }

    /// Makes it as it was when it was new: input is shown, lines are edited, `^C` is a signal.
    pub fn restore(&self) {
        let _ = rustix::termios::tcsetattr(&self.master, OptionalActions::Flush, &self.state);
    }

    /// Whether who reads gets whole lines, as programs do that know nothing of keys.
    #[must_use]
    pub fn reads_lines(&self) -> bool {
        rustix::termios::tcgetattr(&self.master)
            .is_ok_and(|state| state.local_modes.contains(LocalModes::ICANON))
    }

    /// Types bytes, as many as the terminal takes at once; `WouldBlock` where it takes none.
    ///
    /// # Errors
    /// As said, and when nobody has the terminal open.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(&self.master, bytes)?)
    }

    /// Types bytes; what the terminal cannot take at once is lost.
    pub fn type_bytes(&self, bytes: &[u8]) {
        let _ = self.write(bytes);
    }

    /// Reads what programs wrote; `WouldBlock` when there is nothing, an error when nobody has the terminal open.
    ///
    /// # Errors
    /// As said.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(&self.master, buffer)?)
    }
}

impl AsRawFd for Terminal {
    fn as_raw_fd(&self) -> RawFd {
        self.master.as_raw_fd()
    }
}
