//! Expectations and matchers: what a text promises, whether an output keeps it, and why not. Knows neither decks
//! nor shells.

mod align;
mod changes;
mod clash;
mod columns;
mod draft;
mod elements;
mod error;
mod explain;
mod hints;
mod json;
mod like;
mod lines;
mod mend;
mod mismatch;
mod mode;
mod news;
mod pairing;
mod path;
mod pattern;
mod rewrite;
mod search;
mod table;
mod terms;
mod text;
mod wildcard;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;

use regex::Regex;

use json::Promised;
use pattern::Pattern;
use table::Table;
use text::Streams;

pub use changes::{Change, Part, changes};
pub use error::Error;
use error::regex_error;
pub use like::{example, is_volatile};
pub use mend::{Mended, mend};
pub use mismatch::{DiffLine, Difference, Mark, Mismatch, Side};
pub use mode::{Json, Mode};
pub use news::{News, news};
pub use path::Path;
pub use rewrite::{Row, Unwritable};
pub use terms::{Stream, Terms};
pub use wildcard::{Name, Unfit, Wildcards};

/// A promise: a text and how it is compared. Made once, when the plan is made.
#[derive(Clone, Debug)]
pub struct Expectation {
    mode: Mode,
    text: String,
    terms: Terms,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Text(Pattern),
    Absent(Pattern),
    Lines(lines::Lines),
    Regex(Regex),
    Json(Promised),
    Table(Table),
    /// Nothing is written yet.
    Unwritten,
}

/// What a command printed.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// Standard output, lossily decoded; at a terminal all that it showed.
    pub stdout: &'a str,
    /// Standard error, lossily decoded.
    pub stderr: &'a str,
    /// Home directories that are written `~` on both sides before comparing; `/root`, `/home/NAME` and `/Users/NAME`
    /// always are.
    pub homes: &'a [&'a str],
}

/// What an output that keeps a promise says besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Names that the promise captures, with what came.
    pub captured: Vec<(String, String)>,
    /// Volatile tokens that came otherwise than promised, which `like` lets pass.
    pub passed: Vec<Passed>,
}

/// A volatile token that differs from the one promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// As promised.
    pub promised: String,
    /// As it came.
    pub came: String,
    /// What it is: an age, an address.
    pub kind: &'static str,
}

impl Expectation {
    /// What `text` promises when it is compared as `mode` says.
    ///
    /// # Errors
    /// Where the text cannot be compared so: it is empty (but for `exact`), or no JSON, no regular expression.
    pub fn new(mode: Mode, text: impl Into<String>) -> Result<Self, Error> {
        Self::under(mode, text, Terms::default())
    }

    /// The same under further terms.
    ///
    /// # Errors
    /// As [`Expectation::new`].
    pub fn under(mode: Mode, text: impl Into<String>, terms: Terms) -> Result<Self, Error> {
        let text = text.into();
        terms.fit(mode)?;
        if text.trim().is_empty() && mode != Mode::Exact {
            return Err(Error::Empty);
        }
        let wildcards = &terms.wildcards;
        let matcher = match mode {
            Mode::Exact | Mode::Contains | Mode::Like | Mode::First | Mode::Last => {
                Matcher::Text(Pattern::new(&text, mode, wildcards)?)
            }
            Mode::NotContains => Matcher::Absent(Pattern::new(&text, mode, wildcards)?),
            Mode::Lines => Matcher::Lines(lines::Lines::new(&text, wildcards)?),
            Mode::Regex => Matcher::Regex(Regex::new(text.trim()).map_err(|error| Error::regex(&error))?),
            Mode::Json(options) => Matcher::Json(Promised::new(&text, options, &terms)?),
            Mode::Table => Matcher::Table(Table::new(&text, &terms)?),
        };
        let expectation = Self { mode, text, terms, matcher };
        match expectation.captures_absent() {
            Some(name) => Err(Error::Absent(name)),
            None => Ok(expectation),
        }
    }

    /// A promise whose text is still to be written: no output keeps it.
    ///
    /// # Errors
    /// Where no output can be its text: only its author knows what to look for. And where the terms mean nothing in this mode.
    pub fn unwritten(mode: Mode, terms: Terms) -> Result<Self, Error> {
        terms.fit(mode)?;
        match mode {
            Mode::Regex | Mode::NotContains | Mode::Lines => Err(Error::Empty),
            _ => Ok(Self { mode, text: String::new(), terms, matcher: Matcher::Unwritten }),
        }
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

    /// Under which further terms.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The names that it captures and recalls, in their order, with their places in the text. In `regex` named groups
    /// capture.
    #[must_use]
    pub fn names(&self) -> Vec<(Name<'_>, Range<usize>)> {
        match &self.matcher {
            Matcher::Regex(regex) => {
                let place = |name: &str| {
                    let at = self.text.find(&format!("<{name}>")).map_or(0, |at| at + 1);
                    at..at + name.len()
                };
                regex.capture_names().flatten().map(|name| (Name::Captured(name), place(name))).collect()
            }
            _ => wildcard::names(&self.text).collect(),
        }
    }

    /// The same promise, with the names that were captured so far.
    ///
    /// # Errors
    /// Where it cannot be compared with them.
    pub fn knowing(&self, captured: BTreeMap<String, String>) -> Result<Self, Error> {
        let wildcards = self.terms.wildcards.knowing(captured);
        Self::under(self.mode, self.text.clone(), Terms { wildcards, ..self.terms.clone() })
    }

    /// Whether `output` keeps the promise, and what it says besides.
    ///
    /// Without a stream among its terms, JSON is compared with standard output. A text must stand in standard output, in
    /// standard error, or in the two in this order: error, output; `exact` wants the whole of standard output, or of the
    /// two.
    ///
    /// # Errors
    /// What is wrong, where it does not.
    pub fn check(&self, output: &Output<'_>) -> Result<Kept, Mismatch> {
        if let Some(same) = self.naming_homes(output.homes) {
            return same.check(output);
        }
        let mut joined = String::new();
        let heard = self.terms.heard(output, &mut joined);
        if self.holds_of(&heard) {
            return Ok(self.kept(&heard));
        }
        Err(Mismatch { hints: hints::tried(self, output), ..self.explain(&heard) })
    }

    fn holds(&self, output: &Output<'_>) -> bool {
        self.holds_of(&self.terms.heard(output, &mut String::new()))
    }

    /// Whether what is heard of an output keeps the promise.
    fn holds_of(&self, output: &Output<'_>) -> bool {
        let streams = || Streams::new(output, self.mode);
        match &self.matcher {
            Matcher::Text(pattern) => streams().of(self.mode).any(|stream| pattern.find(stream).is_some()),
            Matcher::Absent(pattern) => streams().of(self.mode).all(|stream| pattern.find(stream).is_none()),
            Matcher::Regex(regex) => streams().of(self.mode).any(|stream| regex.is_match(stream)),
            Matcher::Lines(lines) => lines.holds(&streams()),
            Matcher::Json(promised) => promised.holds(output),
            Matcher::Unwritten => false,
            Matcher::Table(table) => table.holds(&streams()),
        }
    }

    /// What an output that keeps it says besides.
    fn kept(&self, output: &Output<'_>) -> Kept {
        let streams = || Streams::new(output, self.mode);
        let mut kept = match &self.matcher {
            Matcher::Text(pattern) => {
                streams().of(self.mode).find_map(|stream| pattern.read(stream)).unwrap_or_default()
            }
            Matcher::Absent(_) | Matcher::Unwritten => Kept::default(),
            Matcher::Regex(regex) => {
                let captured = streams().of(self.mode).find_map(|stream| {
                    let groups = regex.captures(stream)?;
                    let named = regex.capture_names().flatten();
                    Some(
                        named
                            .filter_map(|name| Some((name.into(), groups.name(name)?.as_str().into())))
                            .collect(),
                    )
                });
                Kept { captured: captured.unwrap_or_default(), passed: Vec::new() }
            }
            Matcher::Lines(lines) => lines.kept(&streams()),
            Matcher::Json(promised) => promised.kept(output),
            Matcher::Table(table) => table.kept(&streams()),
        };
        for (_, value) in &mut kept.captured {
            text::with_home(value, output);
        }
        kept
    }

    /// Why `output`, which does not keep the promise, does not.
    fn explain(&self, output: &Output<'_>) -> Mismatch {
        let streams = || Streams::new(output, self.mode);
        match &self.matcher {
            Matcher::Text(_) => explain::text(self, output),
            Matcher::Absent(pattern) => explain::present(pattern, streams().of(self.mode)),
            Matcher::Regex(_) => explain::regex(&self.text, &streams()),
            Matcher::Lines(lines) => lines.explain(&streams()),
            Matcher::Json(promised) => promised.explain(&self.text, output, self.terms.stream),
            Matcher::Table(table) => table.explain(&self.text, &streams()),
            Matcher::Unwritten => explain::unwritten(),
        }
    }

    /// The same promise with `~` where its text names one of these homes; none where it does not.
    fn naming_homes(&self, homes: &[&str]) -> Option<Self> {
        let text = text::homely(&self.text, homes);
        let named = self.mode != Mode::Regex && text != text::homely(&self.text, &[]);
        named.then(|| Self::under(self.mode, text, self.terms.clone()).ok()).flatten()
    }

    /// The first name that is captured from what must not come.
    fn captures_absent(&self) -> Option<String> {
        let absent = match &self.matcher {
            Matcher::Absent(_) => self.text.clone(),
            Matcher::Lines(_) => {
                let unwanted = self.text.lines().filter(|line| line.trim_start().starts_with('-'));
                unwanted.collect::<Vec<_>>().join("\n")
            }
            _ => return None,
        };
        wildcard::names(&absent).find_map(|(name, _)| match name {
            Name::Captured(name) => Some(name.to_owned()),
            Name::Recalled(_) => None,
        })
    }
}
