//! A pane in a person's hands: bytes go between its terminal and theirs, until they leave or what runs there ends.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::attempts::Came;
use super::pane::Pane;
use super::person::{Input, LEAVE, LeaveBy, Line};
use crate::session::{self, Awaited, Handed, Keyboard, Stop};

/// Another screen, so that what stands on the person's own is there again afterwards; and back.
const ASIDE: &str = "\x1b[?1049h";
const BACK: &str = "\x1b[?1049l";
/// What programs may have left behind, above all those that were killed: a screen of their own, a hidden cursor, colours,
/// other cursor keys, pasting in brackets, the mouse.
const PLAIN: &str =
    "\x1b[?47l\x1b[?25h\x1b[m\x1b[?1l\x1b>\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l";

/// How a person left a pane.
pub(super) enum Left {
    /// All that ran there runs on; or the run was stopped, as it is when their terminal goes away.
    Open,
    /// They ended the shell.
    Shell,
    /// What ran at the terminal ended.
    Program(Came),
}

impl Pane {
    /// How a person would leave it now.
    pub(super) fn left_by(&self) -> LeaveBy {
        if self.is_taken() { LeaveBy::Key } else { LeaveBy::Exit }
    }

    /// Connects it with a person's terminal until they leave.
    pub(super) async fn hand_over(&mut self, line: &mut Line, stop: &Stop) -> Result<Left, session::Error> {
        let by = self.left_by();
        let (session, tap) = self.parts();
        let keyboard = session.keyboard();
        let mut wire = Wire { tap, line, keyboard, stop, leave: by == LeaveBy::Key };
        let left = if by == LeaveBy::Exit {
            match wire.connect(session.hand_over(stop)).await.transpose()? {
                Some(Handed::ShellEnded(_)) => Left::Shell,
                Some(Handed::Back | Handed::Stopped) | None => Left::Open,
            }
        } else {
            wire.show(format!("{ASIDE}{}", wire.keyboard.redraw()));
            let never = Duration::MAX;
            let came = wire.connect(session.await_quiet(never, never, stop)).await;
            wire.show(BACK.to_owned());
            match came.transpose()? {
                Some(Awaited::Ended(ended)) => Left::Program(self.over(&ended)),
                Some(Awaited::Came(()) | Awaited::TimedOut { .. }) | None => Left::Open,
            }
        };
        // Only when they are gone does it not arrive.
        let _ = line.shown.send(PLAIN.into());
        Ok(left)
    }
}

/// A person's terminal and a session's.
struct Wire<'a> {
    tap: &'a mut UnboundedReceiver<Vec<u8>>,
    line: &'a mut Line,
    keyboard: Keyboard,
    stop: &'a Stop,
    /// Whether a key leaves.
    leave: bool,
}

impl Wire<'_> {
    fn show(&self, text: String) {
        let _ = self.line.shown.send(text.into_bytes());
    }

    /// Carries bytes both ways until this has come; none when the person left by the key.
    async fn connect<T>(&mut self, until: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(until);
        let mut there = true;
        loop {
            tokio::select! {
                biased;
                came = &mut until => {
                    while let Ok(bytes) = self.tap.try_recv() {
                        let _ = self.line.shown.send(bytes);
                    }
                    return Some(came);
                }
                input = self.line.typed.recv(), if there => match input {
                    Some(Input::Bytes(bytes)) if self.leave && bytes.contains(&LEAVE) => {
                        let before = bytes.iter().position(|&byte| byte == LEAVE).unwrap_or_default();
                        self.keyboard.type_bytes(&bytes[..before]);
                        return None;
                    }
                    Some(Input::Bytes(bytes)) => self.keyboard.type_bytes(&bytes),
                    // A window of no size is none.
                    Some(Input::Size(columns @ 1.., rows @ 1..)) => drop(self.keyboard.resize(columns, rows)),
                    Some(Input::Size(..)) => {}
                    None => {
                        there = false;
                        self.stop.ask();
                    }
                },
                Some(bytes) = self.tap.recv() => drop(self.line.shown.send(bytes)),
            }
        }
    }
}
