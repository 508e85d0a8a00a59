//! The abort ladder: how a command that does not end is ended, the gentlest way first, so that the shell survives if
//! it can.
//!
//! Measured on stuck commands: `^C` ends most; SIGTERM and SIGKILL to the foreground group end what ignores it; SIGCONT
//! wakes a stopped shell; only a shell that itself ignores interrupts and loops has to be killed. After a rung the
//! rest of the command's lines may run on, so the ladder stays up until the shell reports.

use std::time::Duration;

use tokio::time::Instant;

use super::{Aborted, Rung, Why};
use crate::sys::{Handle, Signal, Terminal, is_stopped, signal_group};

/// How often a rung looks whether the next line of the command has brought up a new foreground group, which then gets
/// the same.
const AGAIN: Duration = Duration::from_millis(20);
/// How many groups are killed in a row before the shell itself is taken for the culprit.
const GROUPS: u32 = 20;

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
    acted: Option<Rung>,
    /// What each rung gets before the next.
    grace: Duration,
    rung_ends: Instant,
    due: Instant,
    /// The foreground group that this rung was used on; `None` for the shell itself.
    used_on: Option<u32>,
    killed: u32,
}

impl Ladder {
    /// Nothing done yet; the first rung is due now. A command that may run long also gets long to end by itself.
    pub(super) fn new(why: Why, limit: Duration) -> Self {
        let grace = (limit / 10).clamp(Duration::from_millis(300), Duration::from_secs(3));
        let now = Instant::now();
        Self { why, rung: None, acted: None, grace, rung_ends: now, due: now, used_on: None, killed: 0 }
    }

    /// Only the last rung is left: nothing gentler can help.
    pub(super) fn last(why: Why, limit: Duration) -> Self {
        Self { rung: Some(Rung::Continue), ..Self::new(why, limit) }
    }

    /// When [`Ladder::climb`] is to be called next.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Why, and the last rung that had something to act on.
    pub(super) fn so_far(&self) -> Option<Aborted> {
        self.acted.map(|by| Aborted { why: self.why, by })
    }

    /// Whether the shell itself was killed.
    pub(super) fn is_at_its_end(&self) -> bool {
        self.rung == Some(Rung::Session)
    }

    /// Does what is due: the next rung, or this one again for a foreground group that has not had it.
    pub(super) fn climb(&mut self, hold: &Hold<'_>) {
        let now = Instant::now();
        let group = hold.foreground();
        let Some(rung) = self.rung.filter(|_| now < self.rung_ends) else {
            let rung = self.next(group);
            self.rung = Some(rung);
            self.rung_ends = now + self.grace;
            self.apply(rung, group, hold);
            return;
        };
        if group != self.used_on {
            if rung == Rung::Interrupt {
                // A loop of short programs: `^C` may meet one that has just ended, and be lost.
                hold.shell.signal(Signal::INT);
            }
            if rung == Rung::Kill && self.killed < GROUPS {
                self.rung_ends = now + self.grace;
            }
            self.apply(rung, group, hold);
        }
        self.due = self.rung_ends.min(now + AGAIN);
    }

    fn apply(&mut self, rung: Rung, group: Option<u32>, hold: &Hold<'_>) {
        self.used_on = group;
        self.due = self.rung_ends.min(Instant::now() + AGAIN);
        let acts = match rung {
            Rung::Terminate | Rung::Kill => group.is_some(),
            // To a shell that is about to report it is nothing.
            Rung::Continue => is_stopped(hold.shell_pid),
            Rung::Interrupt | Rung::Session => true,
        };
        if acts {
            self.acted = Some(rung);
        }
        match (rung, group) {
            (Rung::Interrupt, _) => hold.terminal.type_bytes(b"\x03"),
            (Rung::Terminate, Some(group)) => {
                signal_group(group, Signal::TERM);
                // Stopped, it would not notice.
                signal_group(group, Signal::CONT);
            }
            (Rung::Kill, Some(group)) => {
                signal_group(group, Signal::KILL);
                self.killed += 1;
            }
            (Rung::Terminate | Rung::Kill, None) => {}
            (Rung::Continue, _) => hold.shell.signal(Signal::CONT),
            (Rung::Session, _) => hold.shell.signal(Signal::KILL),
        }
    }

    fn next(&self, group: Option<u32>) -> Rung {
        match self.rung {
            None => Rung::Interrupt,
            Some(Rung::Interrupt) if group.is_some() => Rung::Terminate,
            Some(Rung::Terminate) if group.is_some() => Rung::Kill,
            Some(Rung::Interrupt | Rung::Terminate | Rung::Kill) => Rung::Continue,
            Some(Rung::Continue | Rung::Session) => Rung::Session,
        }
    }
}
