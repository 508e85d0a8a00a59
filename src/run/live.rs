//! What is told of a command at the terminal while it runs: the time that passes, and what comes to the screen.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use super::{in_ms, since};
use crate::event::{Event, Progress, Shown};
use crate::session::{self, Stop};

/// How often the live view hears that a command still runs.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// All that comes to a terminal.
pub(super) struct Tap {
    pieces: UnboundedReceiver<Vec<u8>>,
    /// The beginning of a character whose end has not come.
    partial: Vec<u8>,
}

impl Tap {
    pub(super) fn new(pieces: UnboundedReceiver<Vec<u8>>) -> Self {
        Self { pieces, partial: Vec::new() }
    }

    /// The pieces, as they come.
    pub(super) fn pieces(&mut self) -> &mut UnboundedReceiver<Vec<u8>> {
        &mut self.pieces
    }

    /// The text of a piece, whole characters only.
    fn text(&mut self, piece: Vec<u8>) -> String {
        self.partial.extend(piece);
        let whole = match std::str::from_utf8(&self.partial) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.partial.len(),
        };
        let bytes: Vec<u8> = self.partial.drain(..whole).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Where the live view and the recording are told of what happens.
pub(super) struct Live<'a> {
    pub emit: &'a mut dyn FnMut(Event),
    /// The step's id and the command's index in it.
    pub place: (&'a str, usize),
    /// The run's start.
    pub start: Instant,
    pub stop: &'a Stop,
    /// When this began.
    began: Instant,
    /// When it is told next that the command still runs.
    beat: tokio::time::Instant,
}

impl<'a> Live<'a> {
    pub(super) fn new(
        emit: &'a mut dyn FnMut(Event),
        place: (&'a str, usize),
        start: Instant,
        stop: &'a Stop,
    ) -> Self {
        let beat = tokio::time::Instant::now() + HEARTBEAT;
        Self { emit, place, start, stop, began: Instant::now(), beat }
    }

    /// Waits, and meanwhile tells of the time and of what the terminal gets.
    pub(super) async fn drive<T>(
        &mut self,
        tap: &mut Tap,
        activity: &session::Activity,
        future: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(future);
        loop {
            tokio::select! {
                biased;
                came = &mut future => {
                    while let Ok(piece) = tap.pieces.try_recv() {
                        self.show(tap.text(piece));
                    }
                    return came;
                }
                Some(piece) = tap.pieces.recv() => self.show(tap.text(piece)),
                () = tokio::time::sleep_until(self.beat) => {
                    self.beat = tokio::time::Instant::now() + HEARTBEAT;
                    (self.emit)(Event::Progress(Progress {
                        step: self.place.0.to_owned(),
                        index: self.place.1,
                        elapsed_ms: since(self.began),
                        silent_ms: in_ms(activity.quiet().min(self.began.elapsed())),
                    }));
                }
            }
        }
    }

    fn show(&mut self, text: String) {
        (self.emit)(Event::Shown(Shown {
            step: self.place.0.to_owned(),
            index: self.place.1,
            at_ms: since(self.start),
            text,
        }));
    }
}
