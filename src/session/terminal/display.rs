//! The session's terminal as labrun holds it: takes in what programs write, whoever runs, keeps the bytes beside the
//! screen that they make, and types at it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, yield_now};

use super::super::Capture;
use super::super::activity::Counter;
use super::super::capture::Intake;
use super::screen::Screen;
use crate::sys::Terminal;

/// As much as the kernel hands out at once.
const CHUNK: usize = 4096;
/// More than a terminal holds: what a command wrote before its end has been read after so much.
const HELD: usize = 256 * 1024;

/// A terminal that a task of its own reads. Dropped, nobody reads it any more.
#[derive(Debug)]
pub(in crate::session) struct Display {
    shared: Arc<Shared>,
    reader: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    terminal: Arc<Terminal>,
    state: Mutex<State>,
    /// Told when something came.
    came: Notify,
}

#[derive(Debug)]
struct State {
    bytes: Intake,
    screen: Screen,
    counter: Option<Counter>,
    /// What was typed, as far as the terminal has not taken it.
    untyped: Vec<u8>,
    /// Who else gets what comes.
    tap: Option<UnboundedSender<Vec<u8>>>,
    /// Whether a person's terminal is connected, which speaks for itself.
    handed: bool,
    /// Whether what is typed waits: nothing runs that it could be meant for.
    held: bool,
}

/// What a person types at, while a session is theirs: as long as it lives, what programs ask the terminal is left to
/// that person's own to answer.
#[derive(Debug)]
pub struct Keyboard {
    shared: Arc<Shared>,
    size: (u16, u16),
}

impl Display {
    /// Starts to take in what programs write to it.
    pub(in crate::session) fn new(terminal: Arc<Terminal>, size: (u16, u16)) -> io::Result<Self> {
        #[expect(
            deprecated,
            reason = "its successor is unsafe for types that change their descriptor; this does not"
        )]
        let ready = AsyncFd::new(Arc::clone(&terminal))?;
        let state = State {
            bytes: Intake::default(),
            screen: Screen::new(size),
            counter: None,
            untyped: Vec::new(),
            tap: None,
            handed: false,
            held: false,
        };
        let shared = Arc::new(Shared { terminal, state: Mutex::new(state), came: Notify::new() });
        let task = Arc::clone(&shared);
        let reader = tokio::spawn(async move {
            while let Ok(mut ready) = ready.readable().await {
                match ready.try_io(|_| task.pull()) {
                    Ok(Ok(1..)) | Err(_) => {}
                    Ok(Err(error)) if may_pass(&error) => {}
                    // Nobody has it open any more.
                    Ok(Ok(0) | Err(_)) => return,
                }
                // Output that never ceases must not keep limits, signals and the shell's reports waiting.
                yield_now().await;
            }
        });
        Ok(Self { shared, reader })
    }

    /// Looks at the screen, or changes what it shows.
    pub(super) fn screen<T>(&self, look: impl FnOnce(&mut Screen) -> T) -> T {
        look(&mut self.shared.lock().screen)
    }

    /// What programs write from now on, as it comes.
    pub(super) fn tap(&self) -> UnboundedReceiver<Vec<u8>> {
        let (sender, receiver) = unbounded_channel();
        self.shared.lock().tap = Some(sender);
        receiver
    }

    /// A person types from now on; its size is this one again when they are done.
    pub(super) fn keyboard(&self, size: (u16, u16)) -> Keyboard {
        self.shared.lock().handed = true;
        Keyboard { shared: Arc::clone(&self.shared), size }
    }

    /// Keeps what is typed from now on, or types it all.
    pub(super) fn hold(&self, held: bool) {
        let mut state = self.shared.lock();
        state.held = held;
        self.shared.flush(&mut state);
    }

    /// Keeps nothing any more, and forgets what was kept: it was meant for nothing that follows.
    pub(super) fn forget(&self) {
        let mut state = self.shared.lock();
        state.held = false;
        state.untyped.clear();
        self.shared.terminal.restore();
    }

    /// A command begins on a screen of its own; its output is counted by this.
    pub(super) fn begin(&self, command: &str, counter: Counter) {
        let mut state = self.shared.lock();
        state.bytes.take();
        if !state.handed {
            state.untyped.clear();
        }
        state.counter = Some(counter);
        state.screen.begin(command);
    }

    /// Returns when something came since this was last awaited.
    pub(super) fn came(&self) -> impl Future<Output = ()> + use<> {
        let shared = Arc::clone(&self.shared);
        async move { shared.came.notified().await }
    }

    /// Takes in at once what programs have written so far.
    pub(super) fn drain(&self) {
        let mut taken = 0;
        while taken < HELD {
            match self.shared.pull() {
                Ok(count @ 1..) => taken += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
            }
        }
    }

    /// Types, as far as the terminal takes it; [`Display::flush`] types the rest.
    pub(super) fn type_bytes(&self, bytes: &[u8]) {
        self.shared.type_bytes(bytes);
    }

    /// Types what the terminal did not take before.
    pub(in crate::session) fn flush(&self) {
        self.shared.flush(&mut self.shared.lock());
    }

    /// Other columns and rows; the program in the foreground is told.
    pub(super) fn resize(&self, size: (u16, u16)) -> io::Result<()> {
        self.shared.resize(size)
    }

    /// Returns when nobody has it open any more.
    pub(in crate::session) async fn ended(&mut self) {
        if !self.reader.is_finished() {
            let _ = (&mut self.reader).await;
        }
    }

    /// The bytes that came since this was last asked, or a command began.
    pub(in crate::session) fn take(&self) -> Capture {
        self.shared.lock().bytes.take()
    }

    /// The last line, if it has no end yet.
    pub(in crate::session) fn open_line(&self) -> Option<String> {
        self.shared.lock().bytes.open_line().map(|line| String::from_utf8_lossy(line).into_owned())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Keyboard {
    /// Types bytes, as a person's terminal sends them.
    pub fn type_bytes(&self, bytes: &[u8]) {
        self.shared.type_bytes(bytes);
    }

    /// The person's terminal has so many columns and rows.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn resize(&self, columns: u16, rows: u16) -> io::Result<()> {
        self.shared.resize((columns, rows))
    }

    /// What makes another terminal show what this one does.
    #[must_use]
    pub fn redraw(&self) -> String {
        self.shared.lock().screen.redraw()
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.shared.lock().handed = false;
        // Only a terminal that is gone can refuse.
        let _ = self.shared.resize(self.size);
    }
}

impl Shared {
    fn type_bytes(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.untyped.extend_from_slice(bytes);
        self.flush(&mut state);
    }

    fn resize(&self, size: (u16, u16)) -> io::Result<()> {
        let mut state = self.lock();
        self.terminal.resize(size)?;
        state.screen.resize(size);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads once; the lock is held all along, so that no other reader's piece comes between.
    fn pull(&self) -> io::Result<usize> {
        let mut state = self.lock();
        let mut buffer = [0; CHUNK];
        let count = self.terminal.read(&mut buffer)?;
        let bytes = &buffer[..count];
        state.bytes.push(bytes);
        let answer = state.screen.push(bytes);
        if let Some(tap) = &state.tap {
            // Nobody may care any more.
            let _ = tap.send(bytes.to_vec());
        }
        if let Some(counter) = &state.counter {
            counter.add(count);
        }
        // Who asks a question of the terminal reads key by key; in the output of `cat` it is none.
        if !answer.is_empty() && !state.handed && !self.terminal.reads_lines() {
            state.untyped.extend(answer);
        }
        self.flush(&mut state);
        self.came.notify_one();
        Ok(count)
    }

    fn flush(&self, state: &mut State) {
        while !state.held && !state.untyped.is_empty() {
            match self.terminal.write(&state.untyped) {
                Ok(count @ 1..) => drop(state.untyped.drain(..count)),
                Err(error) if may_pass(&error) => return,
                // Nobody will read it.
                Ok(0) | Err(_) => state.untyped.clear(),
            }
        }
    }
}

fn may_pass(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
