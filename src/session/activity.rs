//! What a live view may ask while a command runs, and how it asks for its end: two small handles, free to clone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How much output the running command has printed, and when the last of it came. Reading it locks nothing.
#[derive(Clone, Debug)]
pub struct Activity {
    start: Instant,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    bytes: AtomicU64,
    last_micros: AtomicU64,
    /// Which command runs: what an earlier one left in the background does not count.
    command: AtomicU64,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), shared: Arc::default() }
    }

    /// Bytes since the command was typed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// How long nothing came; from the typing of the command where it printed nothing.
    #[must_use]
    pub fn quiet(&self) -> Duration {
        let last = Duration::from_micros(self.shared.last_micros.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(last)
    }

    /// A command begins; what counts from here on is counted by this.
    pub(super) fn begin(&self) -> Counter {
        self.shared.bytes.store(0, Ordering::Relaxed);
        self.touch();
        let command = self.shared.command.fetch_add(1, Ordering::Relaxed) + 1;
        Counter { activity: self.clone(), command }
    }

    fn touch(&self) {
        self.shared.last_micros.store(self.start.elapsed().as_micros() as u64, Ordering::Relaxed);
    }
}

/// Counts the output of one command, as long as it is the one that runs.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    activity: Activity,
    command: u64,
}

impl Counter {
    pub(super) fn add(&self, count: usize) {
        let shared = &self.activity.shared;
        if shared.command.load(Ordering::Relaxed) == self.command {
            shared.bytes.fetch_add(count as u64, Ordering::Relaxed);
            self.activity.touch();
        }
    }
}

/// A flag that asks for the end of the running command. Clones are the same flag; once asked, it stays so.
#[derive(Clone, Debug)]
pub struct Stop {
    asked: Arc<watch::Sender<bool>>,
}

impl Stop {
    /// A flag that nobody has raised.
    #[must_use]
    pub fn new() -> Self {
        Self { asked: Arc::new(watch::Sender::new(false)) }
    }

    /// Asks; what runs under it is ended by the abort ladder.
    pub fn ask(&self) {
        self.asked.send_replace(true);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Returns when somebody asks.
    pub async fn asked(&self) {
        let mut receiver = self.asked.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = receiver.wait_for(|asked| *asked).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
