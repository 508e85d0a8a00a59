//! Expectations and matchers: what a text promises, whether an output keeps it, and why not. Knows neither decks
//! nor shells.

/// How a promise is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The whole output, line by line.
    Exact,
    /// Consecutive lines somewhere in the output.
    Contains,
    /// The text is nowhere in the output.
    NotContains,
    /// `+ wanted` and `- unwanted` lines, in any order.
    Lines,
    /// As `contains`, but volatile tokens (ages, addresses, hashes, dates) may differ.
    Like,
    /// A regular expression found in the output.
    Regex,
    /// The first lines of the output.
    First,
    /// The last lines of the output.
    Last,
    /// JSON, equal as data.
    Json,
}

/// A promise: a text and how it is compared. Made once, when the plan is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// How.
    pub mode: Mode,
    /// With what.
    pub text: String,
}

/// What a command printed.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// Standard output, lossily decoded.
    pub stdout: &'a str,
    /// Standard error, lossily decoded.
    pub stderr: &'a str,
    /// Home directories that are written `~` on both sides before comparing.
    pub homes: &'a [&'a str],
}

/// A promise that is not kept: one sentence, the places that differ, and a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// One lower-case sentence: what is wrong.
    pub summary: String,
    /// JSON only: each place that differs.
    pub differences: Vec<Difference>,
    /// The best alignment of promise and output, trimmed to the part that matters.
    pub diff: Vec<DiffLine>,
}

/// One place where two JSON values differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A jq path: `.repositories[0]`.
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
    /// Pieces of the line; emphasised ones are what differs within it.
    pub pieces: Vec<(bool, String)>,
}

/// Which side of a diff a line is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In both.
    Both,
    /// Promised, and did not come.
    Promised,
    /// Came, and was not promised.
    Came,
    /// Lines left out here (the text says how many).
    Elided,
}
