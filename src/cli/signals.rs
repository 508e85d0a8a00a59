//! What stops a run from outside: `^C` and its kin.

use tokio::signal::unix::{SignalKind, signal};

use crate::run::Control;

/// Stops the run on SIGINT, SIGTERM and SIGHUP.
pub fn listen(control: &Control) {
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let control = control.clone();
        if let Ok(mut signals) = signal(kind) {
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    control.stop();
                }
            });
        }
    }
}
