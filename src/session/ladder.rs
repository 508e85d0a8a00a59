//! The abort ladder: how a command that does not end is ended, the gentlest way first, so that the shell survives if
//! it can.
//!
//! Measured on stuck commands: `^C` ends most; SIGTERM and SIGKILL to the foreground group end what ignores it; SIGCONT
//! wakes a stopped shell; only a shell that itself ignores interrupts and loops has to be killed. After a rung the
//! rest of the command's lines may run on, so the ladder stays up until the shell reports.

use std::time::Duration;

use tokio::time::Instant;

use super::{Aborted, Rung, Why};
use crate::sys::{Handle, Signal, Terminal, signal_group};

/// How often the kill is repeated while the next line of the command brings up a new foreground group.
const AGAIN: Duration = Duration::from_millis(50);

/// What the rungs act on.
#[derive(Debug)]
pub(super) struct Hold<'a> {
    pub terminal: &'a Terminal,
    pub shell: &'a Handle,
    pub shell_pid: u32,
}

impl Hold<'_> {
    /// The group in the foreground, if it is not the shell's own.
    fn foreground(&self) -> Option<u32> {
        self.terminal.foreground().filter(|&group| group != self.shell_pid)
    }
}

/// How far the ladder was climbed, and when the next rung is due.
#[derive(Debug)]
pub(super) struct Ladder {
    why: Why,
    rung: Option<Rung>,
    /// What each rung gets before the next.
    grace: Duration,
    rung_ends: Instant,
    due: Instant,
}

impl Ladder {
    /// Nothing done yet; the first rung is due now. A command that may run long also gets long to end by itself.
    pub(super) fn new(why: Why, limit: Duration) -> Self {
        let grace = (limit / 10).clamp(Duration::from_millis(100), Duration::from_secs(3));
        let now = Instant::now();
        Self { why, rung: None, grace, rung_ends: now, due: now }
    }

    /// When [`Ladder::climb`] is to be called next.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Why, and the last rung that was used.
    pub(super) fn so_far(&self) -> Option<Aborted> {
        self.rung.map(|by| Aborted { why: self.why, by })
    }

    /// Goes straight to the end of the ladder: nothing gentler can help.
    pub(super) fn skip_to_session(&mut self) {
        self.rung = Some(Rung::Continue);
        self.due = Instant::now();
        self.rung_ends = self.due;
    }

    /// Does what is due.
    pub(super) fn climb(&mut self, hold: &Hold<'_>) {
        let now = Instant::now();
        if now >= self.rung_ends {
            self.rung = Some(self.next(hold));
            self.rung_ends = now + self.grace;
        }
        self.due = self.rung_ends;
        match self.rung {
            None => {}
            Some(Rung::Interrupt) => hold.terminal.type_bytes(b"\x03"),
            Some(Rung::Terminate) => {
                if let Some(group) = hold.foreground() {
                    signal_group(group, Signal::TERM);
                    // Stopped, it would not notice.
                    signal_group(group, Signal::CONT);
                }
            }
            Some(Rung::Kill) => {
                if let Some(group) = hold.foreground() {
                    signal_group(group, Signal::KILL);
                }
                self.due = self.due.min(now + AGAIN);
            }
            Some(Rung::Continue) => hold.shell.signal(Signal::CONT),
            Some(Rung::Session) => hold.shell.signal(Signal::KILL),
        }
    }

    fn next(&self, hold: &Hold<'_>) -> Rung {
        match self.rung {
            None => Rung::Interrupt,
            Some(Rung::Interrupt) if hold.foreground().is_some() => Rung::Terminate,
            Some(Rung::Terminate) if hold.foreground().is_some() => Rung::Kill,
            Some(Rung::Interrupt | Rung::Terminate | Rung::Kill) => Rung::Continue,
            Some(Rung::Continue | Rung::Session) => Rung::Session,
        }
    }
}
