//! What was promised, whether it held, and where it did not: what a report draws without a look into the deck.

use serde::{Deserialize, Serialize};

use super::{Mark, Outcome, Quote, Variable};

/// What an outcome means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All held.
    Held,
    /// Something that only warns did not hold.
    Warned,
    /// Something did not hold, and labrun.toml says that it does not.
    Known,
    /// Not run.
    Skipped,
    /// Something did not hold.
    Failed,
}

/// A check with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// What was checked.
    pub check: Promise,
    /// Whether it held.
    pub verdict: Verdict,
    /// What is wrong, in one sentence; empty when it held.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Where it did not hold: the lines of the slide that it is about, for drawing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpt: Vec<Quote>,
    /// JSON only: the places that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// The diff, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<DiffLine>,
    /// What to try, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Where it held: the variables that it set in the session, with what came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captured: Vec<Variable>,
    /// Where it held as `like`: what came otherwise than promised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
    /// What the command came to, where directives spoke to it and it was over only with the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Box<Outcome>>,
}

/// A token that differs from run to run, and did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// As promised.
    pub promised: String,
    /// As it came.
    pub came: String,
}

/// What a check holds a command to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Promise {
    /// Exit status 0.
    Status,
    /// The command can be run at all: it ends by itself, without a keyboard.
    Runs,
    /// A text that a slide shows.
    Output {
        /// How it was compared.
        mode: String,
        /// The text.
        text: String,
        /// The slide's number.
        slide: usize,
        /// The line of the fence or directive.
        line: usize,
        /// Its first byte in the deck, and the one behind its last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<(usize, usize)>,
        /// The sentence that promises it, with its line; none for a directive.
        cue: Option<Quote>,
        /// Why it was compared so, where no directive says how.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// A text that a `wait` looks for.
    Wait {
        /// The text.
        text: String,
    },
    /// What labrun.toml lists as known to fail still fails.
    Known {
        /// Why it is listed.
        reason: String,
    },
    /// What a directive asks for can be done: a key reaches a program, there is something to copy.
    Done,
    /// After an edit, the file holds what the block shows.
    File {
        /// Its name, as the block writes it.
        name: String,
    },
}

impl Checked {
    /// Whether another output could have kept the promise, and this one did not.
    #[must_use]
    pub fn fell_short(&self) -> bool {
        self.verdict > Verdict::Held && !self.check.is_unwritten()
    }
}

impl Promise {
    /// Whether it is an output that is still to be written.
    #[must_use]
    pub fn is_unwritten(&self) -> bool {
        matches!(self, Self::Output { mode, text, .. } if text.is_empty() && mode != "exact")
    }
}

/// One place where JSON differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// A jq path.
    pub path: String,
    /// As JSON; none where nothing was promised.
    pub promised: Option<String>,
    /// As JSON; none where nothing came.
    pub came: Option<String>,
}

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffLine {
    /// `=` both, `-` promised, `+` came, `…` left out.
    pub side: char,
    /// Pieces: each with whether it differs within the line; `null` where it differs and may.
    pub pieces: Vec<(Mark, String)>,
}
