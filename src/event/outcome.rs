//! What happened when a command ran, as the journal keeps it: never what that means.

use serde::{Deserialize, Serialize};

/// A shell variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, secrets masked.
    pub value: String,
}

/// What happened when a command ran, the last attempt's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The exit status, unless the shell went with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// The code the shell ended with, where the command ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell_ended: Option<i32>,
    /// Why labrun ended it, where it did: one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<String>,
    /// Standard output, lossily decoded, secrets masked.
    pub stdout: String,
    /// Standard error, the same.
    pub stderr: String,
    /// Bytes of the two that were not kept.
    #[serde(default)]
    pub dropped: u64,
    /// Whether a secret was masked in one of the two.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// What the attempt before the last one printed, where it ended alike and printed something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Printed>>,
    /// The directory afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The time of the last attempt.
    pub elapsed_ms: u64,
    /// How many attempts there were.
    pub attempts: u32,
    /// From the first typing to the end, pauses included.
    pub total_ms: u64,
    /// Whether something that it started still holds an output.
    #[serde(default)]
    pub leaks: bool,
    /// Whether it ran at the terminal: then standard output is what the terminal showed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub terminal: bool,
    /// How it was left, where it was not waited for until it ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
}

/// What an attempt printed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Printed {
    /// Standard output, as in [`Outcome`].
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// What it printed, where an attempt that ended as `last` did printed something else.
    #[must_use]
    pub fn unlike(self, last: &Self) -> Option<Box<Printed>> {
        let alike = self.status == last.status && self.aborted.is_none() && self.dropped == 0;
        let printed = Box::new(Printed { stdout: self.stdout, stderr: self.stderr });
        (alike && (printed.stdout != last.stdout || printed.stderr != last.stderr)).then_some(printed)
    }
}

/// How a command at the terminal was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// It shows things without end: it was watched for a while, then interrupted.
    Observed,
    /// It serves without end: it keeps its pane until the deck ends.
    Serving,
    /// It opened a shell, where the next commands are typed.
    Opened,
    /// The directives after it speak to it; the last of them tells how it ended.
    Attended,
}
