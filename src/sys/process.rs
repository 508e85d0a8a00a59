//! Processes: how a child starts, what it is told, how it is signalled and reaped.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::io::FdFlags;
use rustix::process::{Pid, PidfdFlags, WaitOptions};

pub use rustix::process::Signal;

/// What a shell adds to a signal's number to make a status of it.
pub const SIGNAL_BASE: i32 = 128;

/// Starts the child in a session of its own, without a terminal.
pub fn detach(command: &mut Command) {
    let prepare = || {
        rustix::process::setsid()?;
        Ok(())
    };
    // SAFETY: between fork and exec it only makes a system call; it neither allocates nor locks.
    unsafe { command.pre_exec(prepare) };
}

/// Lets the child keep a descriptor, under the same number.
pub fn hand_down(command: &mut Command, number: RawFd) {
    let prepare = move || {
        // SAFETY: the caller's descriptor is open in the child too, and only borrowed for this call.
        let kept = unsafe { BorrowedFd::borrow_raw(number) };
        rustix::io::fcntl_setfd(kept, FdFlags::empty())?;
        Ok(())
    };
    // SAFETY: between fork and exec it only makes a system call; it neither allocates nor locks.
    unsafe { command.pre_exec(prepare) };
}

/// Starts the child as the leader of a session whose terminal is its standard output, and ends it with its parent.
pub fn lead_session(command: &mut Command) {
    let prepare = || {
        rustix::process::setsid()?;
        rustix::process::ioctl_tiocsctty(rustix::stdio::stdout())?;
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        Ok(())
    };
    // SAFETY: between fork and exec it only makes system calls; it neither allocates nor locks.
    unsafe { command.pre_exec(prepare) };
}

/// Takes a descriptor that this program was started with, by its number; it closes on exec from here on. To be
/// called once for a number, before anything else could have opened it.
///
/// # Errors
/// When the number is none of 3 and up, or not open.
pub fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    if number <= 2 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: borrowed for this one call, which fails if it is not open.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_setfd(fd, FdFlags::CLOEXEC)?;
    // SAFETY: it is open, and by the caller's promise nothing else in this program owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Lets every descriptor but standard input, output and error close on exec: what this program's own parent left open
/// is not for its children.
pub fn keep_only_stdio() {
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    for number in open.filter_map(|entry| entry.file_name().to_str()?.parse::<RawFd>().ok()) {
        if number > 2 {
            // SAFETY: borrowed for this one call, which fails if it is not open any more.
            let fd = unsafe { BorrowedFd::borrow_raw(number) };
            let _ = rustix::io::fcntl_setfd(fd, FdFlags::CLOEXEC);
        }
    }
}

/// Points standard input, output and error at `/dev/null`.
///
/// # Errors
/// When `/dev/null` cannot be opened.
pub fn null_stdio() -> io::Result<()> {
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(())
}

/// Makes this process the parent of every descendant whose own parent ends.
///
/// # Errors
/// When the kernel does not know it.
pub fn adopt_orphans() -> io::Result<()> {
    Ok(rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?)
}

/// What became of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// It ended with this code (128 + signal for a signal).
    Ended(u32, i32),
    /// It was stopped.
    Stopped(u32),
    /// Children live, and none changed.
    Quiet,
    /// There is no child.
    Childless,
}

/// Reaps one child that ended or was stopped, without waiting.
///
/// # Errors
/// When the kernel refuses.
pub fn reap() -> io::Result<Reaped> {
    match rustix::process::wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
        Ok(Some((pid, status))) => {
            let number = pid.as_raw_pid().cast_unsigned();
            let signal = status.terminating_signal().map(|signal| SIGNAL_BASE + signal);
            Ok(match status.exit_status().or(signal) {
                Some(code) => Reaped::Ended(number, code),
                None => Reaped::Stopped(number),
            })
        }
        Ok(None) | Err(rustix::io::Errno::INTR) => Ok(Reaped::Quiet),
        Err(rustix::io::Errno::CHILD) => Ok(Reaped::Childless),
        Err(error) => Err(error.into()),
    }
}

/// A process that cannot be mistaken for a later one of the same number.
#[derive(Debug)]
pub struct Handle {
    pidfd: OwnedFd,
}

impl Handle {
    /// Takes hold of a living process.
    ///
    /// # Errors
    /// When there is none of that number, or the kernel is older than 5.3.
    pub fn open(pid: u32) -> io::Result<Self> {
        let pid = to_pid(pid).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { pidfd: rustix::process::pidfd_open(pid, PidfdFlags::empty())? })
    }

    /// Sends a signal; a process that is gone is no error.
    pub fn signal(&self, signal: Signal) {
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, signal);
    }
}

/// Sends a signal to a process by number; one that is gone, or not ours, is no error.
pub fn signal_process(pid: u32, signal: Signal) {
    if let Some(pid) = to_pid(pid) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Sends a signal to a process group; one that is gone, or not ours, is no error.
pub fn signal_group(group: u32, signal: Signal) {
    if let Some(group) = to_pid(group) {
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

fn to_pid(number: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(number).ok()?)
}
