//! What is said of a promise that is not kept.

use serde::{Deserialize, Serialize};

/// A promise that is not kept: one sentence, the places that differ, a diff, and what would have held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// One lower-case sentence: what is wrong.
    pub summary: String,
    /// JSON and tables only: each place that differs.
    pub differences: Vec<Difference>,
    /// The best alignment of promise and output, trimmed to the part that matters.
    pub diff: Vec<DiffLine>,
    /// What would hold, a lower-case sentence each; each was tried.
    pub hints: Vec<String>,
}

/// One place where two JSON values, or two tables, differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A jq path, `.repositories[0]`, or the row and column of a cell.
    pub path: String,
    /// What was promised there, as JSON; `None` where nothing was.
    pub promised: Option<String>,
    /// What came there, as JSON; `None` where nothing did.
    pub came: Option<String>,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Which side the line is on.
    pub side: Side,
    /// Pieces of the line.
    pub pieces: Vec<(Mark, String)>,
}

/// What a piece of a line is, beside the other side's. As data `false`, `true` and `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<bool>", into = "Option<bool>")]
pub enum Mark {
    /// The same.
    Same,
    /// It differs.
    Differs,
    /// It differs, and may: a wildcard, or in `like` a volatile token, stands there.
    Passes,
}

impl From<Option<bool>> for Mark {
    fn from(differs: Option<bool>) -> Self {
        match differs {
            Some(false) => Self::Same,
            Some(true) => Self::Differs,
            None => Self::Passes,
        }
    }
}

impl From<Mark> for Option<bool> {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Same => Some(false),
            Mark::Differs => Some(true),
            Mark::Passes => None,
        }
    }
}

/// Which side of a diff a line is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In both; as it came.
    Both,
    /// Promised, and did not come.
    Promised,
    /// Came, and was not promised.
    Came,
    /// Lines left out here (the text says how many).
    Elided,
}
