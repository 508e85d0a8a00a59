//! What stops a run from outside: `^C` and its kin. And Enter, which cuts waiting short.

use std::io::{IsTerminal, stdin};

use tokio::signal::unix::{SignalKind, signal};

use crate::run::Control;

/// Stops the run on SIGINT, SIGTERM and SIGHUP; at a terminal, Enter takes the attempt that stands.
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
    if stdin().is_terminal() {
        let control = control.clone();
        // A blocking read on a thread of its own: it ends with the process.
        std::thread::spawn(move || {
            let mut line = String::new();
            while stdin().read_line(&mut line).is_ok_and(|read| read > 0) {
                control.hurry();
                line.clear();
            }
        });
    }
}
