//! One call of a stand-in, as its program sees it: arguments, environment, files, input, and where output goes.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::stage::reach::Reach;
use crate::stage::unknown::{self, Unknown};
use crate::stage::wire::{self, Frame};

/// No program here reads more of its input.
const MOST_INPUT: usize = 64 << 20;

/// A call under way.
#[derive(Debug)]
pub(super) struct Call {
    made: wire::Call,
    out: UnboundedSender<Frame>,
    input: UnboundedReceiver<Vec<u8>>,
    reach: Reach,
    unknown: Unknown,
}

/// How a program ends: with a status, or with something to say on standard error first.
pub(super) type Outcome = Result<u8, Failure>;

/// What a program says before it gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// For standard error, without the last newline.
    pub text: String,
    /// The status that it exits with.
    pub status: u8,
}

impl Failure {
    /// A failure with a status of its own.
    pub(super) fn with_status(status: u8, text: impl Into<String>) -> Self {
        Self { text: text.into(), status }
    }
}

impl<T: Into<String>> From<T> for Failure {
    fn from(text: T) -> Self {
        Self::with_status(1, text)
    }
}

pub(super) use crate::stage::unknown::sentence as not_simulated;

impl Call {
    pub(super) fn new(
        made: wire::Call,
        out: UnboundedSender<Frame>,
        input: UnboundedReceiver<Vec<u8>>,
        reach: Reach,
        unknown: Unknown,
    ) -> Self {
        Self { made, out, input, reach, unknown }
    }

    /// The name it was called by.
    pub(super) fn program(&self) -> &str {
        &self.made.program
    }

    /// What was written after it.
    pub(super) fn arguments(&self) -> &[String] {
        &self.made.arguments
    }

    /// Takes the arguments out, where they are to be handed on.
    pub(super) fn take_arguments(&mut self) -> Vec<String> {
        std::mem::take(&mut self.made.arguments)
    }

    /// A variable of its environment.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.made.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Where it was called.
    pub(super) fn directory(&self) -> &Path {
        &self.made.directory
    }

    /// A path of its own as an absolute one, for people to see.
    pub(super) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.made.directory.join(path)
    }

    /// The same as one that labrun can open.
    pub(super) fn find(&self, path: impl AsRef<Path>) -> PathBuf {
        self.reach.find(&self.path(path))
    }

    /// To standard output, as it is. Whether anybody still reads is found out when the call ends.
    pub(super) fn print(&self, text: impl Into<Vec<u8>>) {
        let _ = self.out.send(Frame::Output(text.into()));
    }

    /// A line to standard output.
    pub(super) fn line(&self, text: impl Into<String>) {
        self.print(text.into() + "\n");
    }

    /// A line to standard error.
    pub(super) fn complain(&self, text: impl Into<String>) {
        let text = text.into() + "\n";
        if let Some(sentence) = unknown::sentence_in(&text) {
            self.unknown.add(sentence);
        }
        let _ = self.out.send(Frame::Errors(text.into()));
    }

    /// Says that a program is not run, to the run as well.
    pub(super) fn refuse(&self, program: &str, reason: &str) -> Failure {
        let sentence = format!("{program} is not run: {reason}");
        self.unknown.add(&sentence);
        format!("labrun: {sentence}").into()
    }

    /// Lets the stand-in become another program when this call ends.
    pub(super) fn become_program(&self, arguments: Vec<String>) {
        let _ = self.out.send(Frame::Run(arguments));
    }

    /// All of its standard input.
    pub(super) async fn input(&mut self) -> Vec<u8> {
        let _ = self.out.send(Frame::WantInput);
        let mut all = Vec::new();
        while let Some(piece) = self.input.recv().await.filter(|piece| !piece.is_empty()) {
            all.extend(piece);
            if all.len() > MOST_INPUT {
                break;
            }
        }
        all
    }
}
