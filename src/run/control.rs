//! The only way into a run: what a person at the keyboard, or a signal, asks of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot};

use super::person::{Answer, Ask, At, LeaveBy, Line};
use crate::session::Stop;

/// A handle to a run; clones speak to the same run.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// Ends the command that runs, and with it the run.
    stop: Stop,
    /// Ends a pause between two attempts, and gives up on further ones.
    hurry: Arc<Hurry>,
    /// Who answers what the run asks.
    person: Option<UnboundedSender<Ask>>,
}

#[derive(Debug, Default)]
struct Hurry {
    asked: AtomicBool,
    wake: Notify,
}

impl Control {
    /// A handle to a run that asks somebody, and what it asks.
    #[must_use]
    pub fn with_person() -> (Self, UnboundedReceiver<Ask>) {
        let (sender, asks) = unbounded_channel();
        (Self { person: Some(sender), ..Self::default() }, asks)
    }

    /// Ends the command that runs as `^C` does, and then the run.
    pub fn stop(&self) {
        self.stop.ask();
        self.hurry.wake.notify_waiters();
    }

    /// Whether [`Control::stop`] was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }

    /// Takes the attempt that stands: no further ones for the command that runs.
    pub fn hurry(&self) {
        self.hurry.asked.store(true, Ordering::Relaxed);
        self.hurry.wake.notify_waiters();
    }

    /// What a session is told, so that [`Control::stop`] reaches the command that runs.
    pub(super) fn session_stop(&self) -> &Stop {
        &self.stop
    }

    /// A new command begins: what was asked of the one before is over.
    pub(super) fn begin_command(&self) {
        self.hurry.asked.store(false, Ordering::Relaxed);
    }

    /// Waits for `pause`; false if it was cut short.
    pub(super) async fn pause(&self, pause: std::time::Duration) -> bool {
        let woken = self.hurry.wake.notified();
        if self.is_stopped() || self.hurry.asked.load(Ordering::Relaxed) {
            return false;
        }
        tokio::time::timeout(pause, woken).await.is_err()
    }

    /// What a person wants to happen next; [`Answer::Stop`] where nobody is there, or the run was stopped meanwhile.
    pub(super) async fn next(&self, at: At) -> Answer {
        self.ask(|answer| Ask::Next { at, answer }).await.unwrap_or(Answer::Stop)
    }

    /// The line to a person's terminal; none where nobody is there.
    pub(super) async fn take(&self, by: LeaveBy) -> Option<Line> {
        self.ask(|line| Ask::Take { by, line }).await
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Option<T> {
        let (sender, answer) = oneshot::channel();
        let sent = self.person.as_ref().is_some_and(|person| person.send(ask(sender)).is_ok());
        if !sent || self.is_stopped() {
            return None;
        }
        tokio::select! {
            biased;
            () = self.stop.asked() => None,
            answer = answer => answer.ok(),
        }
    }
}
