//! The terminal that labrun itself was started at: read by one thread, and in another mode for as long as a person is
//! asked or has a session in their hands.

use std::io::{self, Read, Write};
use std::sync::Mutex;

use rustix::termios::{LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What a person types, as it comes; it ends with the terminal. To be called once.
pub fn typed() -> UnboundedReceiver<Vec<u8>> {
    let (sender, typed) = unbounded_channel();
    // A blocking read on a thread of its own: it ends with the process.
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            match io::stdin().lock().read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // An end of input that was typed while nothing was asked; a terminal that is gone has no mode.
                Ok(0) if rustix::termios::tcgetattr(io::stdin()).is_ok() => {}
                Ok(count @ 1..) if sender.send(buffer[..count].to_vec()).is_ok() => {}
                _ => return,
            }
        }
    });
    typed
}

/// How the terminal was before each of the modes that hold now.
static BEFORE: Mutex<Vec<Termios>> = Mutex::new(Vec::new());

/// The terminal as it was, for an end that lets no [`Mode`] leave it.
pub fn restore() {
    if let Ok(before) = BEFORE.try_lock()
        && let Some(before) = before.first()
    {
        let _ = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, before);
    }
}

/// Another mode of the terminal; as it was before once this is dropped, on whatever way.
#[derive(Debug)]
pub struct Mode {
    before: Termios,
    now: Termios,
}

impl Mode {
    /// Single keys, unseen; `^C` is still a signal. What was typed before is forgotten.
    ///
    /// # Errors
    /// When there is no terminal any more.
    pub fn keys() -> io::Result<Self> {
        Self::enter(|mode| {
            mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            mode.special_codes[SpecialCodeIndex::VMIN] = 1;
            mode.special_codes[SpecialCodeIndex::VTIME] = 0;
        })
    }

    /// Lines, unseen.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn unseen() -> io::Result<Self> {
        Self::enter(|mode| mode.local_modes.remove(LocalModes::ECHO))
    }

    /// Bytes both ways, every key a key.
    ///
    /// # Errors
    /// When there is no terminal any more.
    pub fn raw() -> io::Result<Self> {
        Self::enter(Termios::make_raw)
    }

    fn enter(change: impl FnOnce(&mut Termios)) -> io::Result<Self> {
        let before = rustix::termios::tcgetattr(io::stdin())?;
        let mut now = before.clone();
        change(&mut now);
        rustix::termios::tcflush(io::stdin(), QueueSelector::IFlush)?;
        let mode = Self { before, now };
        mode.again()?;
        if let Ok(mut all) = BEFORE.lock() {
            all.push(mode.before.clone());
        }
        Ok(mode)
    }

    /// Enters it again: a shell that had stopped labrun has left another one behind.
    ///
    /// # Errors
    /// When there is no terminal any more.
    pub fn again(&self) -> io::Result<()> {
        Ok(rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.now)?)
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        if let Ok(mut all) = BEFORE.lock() {
            all.pop();
        }
        // A terminal that is gone needs no mode.
        let _ = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Standard output as a report is written to it: a terminal that is gone is a reader who went away.
#[derive(Debug)]
pub struct Out(pub io::Stdout);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(gone)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(gone)
    }
}

fn gone(error: io::Error) -> io::Error {
    let gone = rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::IO);
    if gone { io::ErrorKind::BrokenPipe.into() } else { error }
}

/// Columns and rows; one that says 0 does not know.
pub fn size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Writes all of it, at once.
///
/// # Errors
/// When nobody reads it any more.
pub fn show(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
