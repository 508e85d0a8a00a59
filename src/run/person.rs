//! What a run asks of a person at the keyboard, and what they may answer. A run reads no terminal itself: who answers is
//! given to [`super::Control`], and sits elsewhere.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

/// A question. One that is dropped ends the run: nobody is there.
#[derive(Debug)]
pub enum Ask {
    /// What is to happen next.
    Next {
        /// Where the run stands.
        at: At,
        /// Who waits for it.
        answer: oneshot::Sender<Answer>,
    },
    /// That they take a session's terminal, until they leave it.
    Take {
        /// How it is left.
        by: LeaveBy,
        /// Who waits for their end of the line.
        line: oneshot::Sender<Line>,
    },
}

/// Where a run stands. Steps are indices into the plan's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Before this step.
    Before(usize),
    /// After this step, which failed: only [`Answer::Run`] (what follows), `Again`, `Terminal` and `Stop` mean something.
    Failed(usize),
    /// After the last step. [`Answer::Run`] ends the deck.
    End,
}

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The step; after a failure, and at the end, that the run goes on.
    Run,
    /// Not this step.
    Skip,
    /// The step that ran last once more.
    Again,
    /// To stand before the step before.
    Back,
    /// To stand before the first step of the slide of this number, or of the next one that has steps.
    Slide(usize),
    /// No further question until something fails.
    Continue,
    /// The terminal.
    Terminal,
    /// The end of the run.
    Stop,
}

/// How a person leaves a terminal that they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveBy {
    /// `exit`, or `^D` at the prompt.
    Exit,
    /// [`LEAVE`]: a program runs there that has the keyboard.
    Key,
}

/// `^]`
pub const LEAVE: u8 = 0x1d;

/// The end that a run holds of the line to a person's terminal.
#[derive(Debug)]
pub struct Line {
    /// What the person types. It ends when they are gone.
    pub typed: UnboundedReceiver<Input>,
    /// What they are shown.
    pub shown: UnboundedSender<Vec<u8>>,
    /// Told when their terminal is as it was before; that begins when `shown` is dropped.
    pub restored: oneshot::Receiver<()>,
}

/// What comes from a person's terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes, as it sends them.
    Bytes(Vec<u8>),
    /// It has so many columns and rows now.
    Size(u16, u16),
}

impl Line {
    /// Lets go of it; returns when their terminal is as it was before.
    pub(super) async fn close(self) {
        drop((self.shown, self.typed));
        // They may be gone.
        let _ = self.restored.await;
    }
}
