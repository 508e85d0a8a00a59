//! Expectations and matchers: what a text promises, whether an output keeps it, and why not. Knows neither decks
//! nor shells.

mod align;
mod explain;
mod hints;
mod json;
mod like;
mod lines;
mod mode;
mod pattern;
mod text;
mod words;

use regex::Regex;

use json::Promised;
use pattern::Pattern;
use text::Streams;

pub use like::is_volatile;
pub use mode::{Json, Mode};

/// A promise: a text and how it is compared. Made once, when the plan is made.
#[derive(Clone, Debug)]
pub struct Expectation {
    mode: Mode,
    text: String,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Text(Pattern),
    Absent(Pattern),
    Lines(lines::Lines),
    Regex(Regex),
    Json(Promised),
    /// Nothing is written yet.
    Unwritten,
}

/// Why a text cannot be an expectation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Nothing is promised.
    #[error("there is no text to look for")]
    Empty,
    /// The mode's name is not known.
    #[error("{0:?} is no way to compare; there are {known}", known = mode::NAMES.join(", "))]
    Mode(String),
    /// `json` without JSON.
    #[error("the text is not JSON: {0}")]
    Json(String),
    /// `regex` without a regular expression.
    #[error("the text is not a regular expression: {0}")]
    Regex(#[from] regex::Error),
    /// Wildcards in a text that fits on no slide.
    #[error("the text is too long to hold wildcards")]
    Long,
    /// A line in `lines` that begins with neither `+` nor `-`.
    #[error("a line of `lines` begins with + (wanted) or - (unwanted), and {0:?} does not")]
    Sign(String),
}

/// What a command printed.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// Standard output, lossily decoded.
    pub stdout: &'a str,
    /// Standard error, lossily decoded.
    pub stderr: &'a str,
    /// Home directories that are written `~` on both sides before comparing; `/root`, `/home/NAME` and `/Users/NAME`
    /// always are.
    pub homes: &'a [&'a str],
}

/// A promise that is not kept: one sentence, the places that differ, a diff, and what would have held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// One lower-case sentence: what is wrong.
    pub summary: String,
    /// JSON only: each place that differs.
    pub differences: Vec<Difference>,
    /// The best alignment of promise and output, trimmed to the part that matters.
    pub diff: Vec<DiffLine>,
    /// What would hold, a lower-case sentence each; each was tried.
    pub hints: Vec<String>,
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
    /// In both; as it came.
    Both,
    /// Promised, and did not come.
    Promised,
    /// Came, and was not promised.
    Came,
    /// Lines left out here (the text says how many).
    Elided,
}

impl Expectation {
    /// What `text` promises when it is compared as `mode` says.
    ///
    /// # Errors
    /// Where the text cannot be compared so: it is empty (but for `exact`), or no JSON, no regular expression.
    pub fn new(mode: Mode, text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if text.trim().is_empty() && mode != Mode::Exact {
            return Err(Error::Empty);
        }
        let matcher = match mode {
            Mode::Exact | Mode::Contains | Mode::Like | Mode::First | Mode::Last => {
                Matcher::Text(Pattern::new(&text, mode)?)
            }
            Mode::NotContains => Matcher::Absent(Pattern::new(&text, mode)?),
            Mode::Lines => Matcher::Lines(lines::Lines::new(&text)?),
            Mode::Regex => Matcher::Regex(Regex::new(text.trim())?),
            Mode::Json(options) => Matcher::Json(Promised::new(&text, options)?),
        };
        Ok(Self { mode, text, matcher })
    }

    /// A promise whose text is still to be written: no output keeps it.
    #[must_use]
    pub fn unwritten(mode: Mode) -> Self {
        Self { mode, text: String::new(), matcher: Matcher::Unwritten }
    }

    /// Whether its text is still to be written.
    #[must_use]
    pub fn is_unwritten(&self) -> bool {
        matches!(self.matcher, Matcher::Unwritten)
    }

    /// How it is compared.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What it promises, as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether `output` keeps the promise.
    ///
    /// JSON is compared with standard output. A text must stand in standard output, in standard error, or in the two
    /// in this order: error, output; `exact` wants the whole of standard output, or of the two.
    ///
    /// # Errors
    /// What is wrong, where it does not.
    pub fn check(&self, output: &Output<'_>) -> Result<(), Mismatch> {
        if let Some(same) = self.naming_homes(output.homes) {
            return same.check(output);
        }
        if self.holds(output) {
            return Ok(());
        }
        Err(Mismatch { hints: hints::tried(self, output), ..self.explain(output) })
    }

    fn holds(&self, output: &Output<'_>) -> bool {
        let streams = || Streams::new(output, self.mode);
        match &self.matcher {
            Matcher::Text(pattern) => streams().of(self.mode).any(|stream| pattern.find(stream).is_some()),
            Matcher::Absent(pattern) => streams().of(self.mode).all(|stream| pattern.find(stream).is_none()),
            Matcher::Regex(regex) => streams().of(self.mode).any(|stream| regex.is_match(stream)),
            Matcher::Lines(lines) => lines.holds(&streams()),
            Matcher::Json(promised) => promised.holds(output),
            Matcher::Unwritten => false,
        }
    }

    /// Why `output`, which does not keep the promise, does not.
    fn explain(&self, output: &Output<'_>) -> Mismatch {
        let streams = || Streams::new(output, self.mode);
        match &self.matcher {
            Matcher::Text(_) => explain::text(self, output),
            Matcher::Absent(pattern) => explain::present(pattern, streams().of(self.mode)),
            Matcher::Regex(_) => explain::regex(&self.text, &streams()),
            Matcher::Lines(lines) => lines.explain(&streams()),
            Matcher::Json(promised) => promised.explain(&self.text, output),
            Matcher::Unwritten => explain::unwritten(),
        }
    }

    /// The same promise with `~` where its text names one of these homes; none where it does not.
    fn naming_homes(&self, homes: &[&str]) -> Option<Self> {
        let text = text::homely(&self.text, homes);
        let named = self.mode != Mode::Regex && text != text::homely(&self.text, &[]);
        named.then(|| Self::new(self.mode, text).ok()).flatten()
    }
}
