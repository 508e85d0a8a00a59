//! The only way into a run: what a person at the keyboard, or a signal, asks of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::session::Stop;

/// A handle to a run; clones speak to the same run.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// Ends the command that runs, and with it the run.
    stop: Stop,
    /// Ends a pause between two attempts, and gives up on further ones.
    hurry: Arc<Hurry>,
}

#[derive(Debug, Default)]
struct Hurry {
    asked: AtomicBool,
    wake: Notify,
}

impl Control {
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
}
