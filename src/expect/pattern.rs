//! A promised text with its wildcards, found in an output: `...` alone on a line is any lines, `[..]` anything within
//! a line. Exact about whether there is a way to match: of the segments between `...` lines each is found where it
//! ends first, which leaves most for those after it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::draft::{Draft, End};
use super::search::Places;
use super::text::{Blanks, ready};
use super::wildcard::{Wildcards, is_gap};
use super::{Error, Kept, Mode, Passed};

/// Lines from this width on may have been wrapped to fit on a slide.
const WRAPPED: usize = 25;

/// Texts with wildcards are no longer than this, bytes.
const LONGEST: usize = 64 * 1024;

/// Up to this length no expression of labrun's is too large, bytes.
const SURE: usize = 16 * 1024;

/// What an end of a segment has to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// The end of the output.
    Text,
    /// The end of a line.
    Line,
    /// Not the inside of a word.
    Word,
    /// Nothing.
    Free,
}

/// A promised text, compiled.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    /// Whether nothing at all is promised: no line, not even `...`.
    nothing: bool,
}

/// Lines without a `...` between them.
#[derive(Clone, Debug)]
struct Segment {
    matcher: Matcher,
    edges: (Edge, Edge),
    /// Volatile tokens that are promised, with their kinds.
    tokens: Vec<(String, &'static str)>,
    /// Names that are captured.
    captures: Vec<String>,
}

#[derive(Clone, Debug)]
enum Matcher {
    Literal(String),
    /// Compiled when it is first needed: a plan that only is shown needs none.
    Regex {
        pattern: String,
        regex: OnceLock<Regex>,
    },
}

impl Pattern {
    pub(super) fn new(text: &str, mode: Mode, wildcards: &Wildcards) -> Result<Self, Error> {
        let text = ready(text, &[], Blanks::of(mode));
        let lines = trimmed(text.lines().map(str::to_owned).collect());
        let (start, end) = match mode {
            Mode::Exact => (Edge::Text, Edge::Text),
            Mode::First => (Edge::Text, Edge::Line),
            Mode::Last => (Edge::Line, Edge::Text),
            Mode::Lines => (Edge::Line, Edge::Line),
            Mode::NotContains => (Edge::Free, Edge::Free),
            _ => (Edge::Word, Edge::Word),
        };
        let runs: Vec<&[String]> = lines.split(|line| is_gap(line)).collect();
        let last = runs.len() - 1;
        let mut segments: Vec<Segment> = Vec::new();
        for (at, run) in runs.into_iter().enumerate().filter(|(_, run)| !run.is_empty()) {
            let edges = (if at == 0 { start } else { Edge::Line }, if at == last { end } else { Edge::Line });
            segments.push(Segment::new(run, mode, edges, wildcards)?);
        }
        let mut names = HashSet::new();
        match segments.iter().flat_map(|segment| &segment.captures).find(|name| !names.insert(*name)) {
            Some(twice) => Err(Error::Twice(twice.clone())),
            None => Ok(Self { segments, nothing: lines.is_empty() }),
        }
    }

    /// Where in `output`, made ready, the text stands; of several places, one.
    pub(super) fn find(&self, output: &str) -> Option<Range<usize>> {
        let places = self.places(output)?;
        match (places.first(), places.last()) {
            (Some(first), Some(last)) => Some(first.start..last.end),
            _ => Some(0..output.len()),
        }
    }

    /// What the text says where it is found.
    pub(super) fn read(&self, output: &str) -> Option<Kept> {
        let mut found = Kept::default();
        for (segment, place) in self.segments.iter().zip(self.places(output)?) {
            segment.read(output, place.start, &mut found);
        }
        Some(found)
    }

    /// Whether nothing in the text may differ.
    pub(super) fn is_literal(&self) -> bool {
        self.segments.len() <= 1
            && self.segments.iter().all(|segment| matches!(segment.matcher, Matcher::Literal(_)))
    }

    /// Where each segment stands.
    fn places(&self, output: &str) -> Option<Vec<Range<usize>>> {
        if self.nothing {
            return output.is_empty().then(Vec::new);
        }
        if output.is_empty() && !self.segments.is_empty() {
            return None;
        }
        let mut from = 0;
        let mut places = Vec::new();
        for segment in &self.segments {
            let place = segment.find(output, from)?;
            // The next segment begins on a line after this one's last.
            from = (place.end + 1).min(output.len());
            places.push(place);
        }
        Some(places)
    }
}

/// One promised line, or a cell of a table, to be compared with the whole of what came.
#[derive(Clone, Debug)]
pub(super) struct Glob(Segment);

impl Glob {
    /// For a line made ready as `mode` says.
    ///
    /// # Errors
    /// Where the line is too long for its wildcards, or captures a name twice.
    pub(super) fn new(line: &str, mode: Mode, wildcards: &Wildcards) -> Result<Self, Error> {
        let segment = Segment::new(&[line.to_owned()], mode, (Edge::Text, Edge::Text), wildcards)?;
        Ok(Self(segment))
    }

    /// For a `...` line none; it stands for no line in particular.
    pub(super) fn of_line(line: &str, mode: Mode, wildcards: &Wildcards) -> Option<Self> {
        if is_gap(line) { None } else { Self::new(line, mode, wildcards).ok() }
    }

    /// For a text of several lines, where wildcards go over line ends.
    ///
    /// # Errors
    /// As [`Glob::new`].
    pub(super) fn across(text: &str, wildcards: &Wildcards) -> Result<Self, Error> {
        let mut draft = Draft { across: true, ..Draft::default() };
        draft.line(text, false, wildcards);
        Segment::of(draft, text.len(), (Edge::Text, Edge::Text), wildcards).map(Self)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.find(text, 0).is_some()
    }

    /// What it captures in a text that it matches.
    pub(super) fn read(&self, text: &str, found: &mut Kept) {
        self.0.read(text, 0, found);
    }

    /// Whether it matches `text` and nothing else.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(&self.0.matcher, Matcher::Literal(own) if own == text)
    }
}

/// The lines without the empty ones beside a `...` at either end: there an output, made ready, has none.
fn trimmed(mut lines: Vec<String>) -> Vec<String> {
    for _ in 0..2 {
        let loose = lines.iter().rev().take_while(|line| line.is_empty() || is_gap(line)).count();
        if lines[lines.len() - loose..].iter().any(|line| is_gap(line)) {
            lines.truncate(lines.len() - loose);
            lines.push("...".into());
        }
        lines.reverse();
    }
    lines
}

/// Whether lines may be wrapped where the output's are not.
pub(super) fn wraps(mode: Mode) -> bool {
    matches!(mode, Mode::Contains | Mode::Like | Mode::NotContains)
}

/// Whether a line is so wide that the one after it may be its rest.
pub(super) fn may_be_wrapped(line: &str) -> bool {
    line.chars().count() >= WRAPPED
}

fn build(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(1 << 28).build()
}

impl Segment {
    fn new(lines: &[String], mode: Mode, edges: (Edge, Edge), wildcards: &Wildcards) -> Result<Self, Error> {
        let length: usize = lines.iter().map(|line| line.len() + 1).sum();
        let mut draft = Draft::default();
        for (at, line) in lines.iter().enumerate() {
            draft.line(line, mode == Mode::Like, wildcards);
            if at + 1 < lines.len() {
                let wrapped = wraps(mode) && length <= LONGEST && may_be_wrapped(line);
                draft.line_end(if wrapped { "[ \n]?" } else { "\n" });
            }
        }
        Self::of(draft, length, edges, wildcards)
    }

    /// What was drafted, of a text of this length.
    fn of(draft: Draft, length: usize, edges: (Edge, Edge), wildcards: &Wildcards) -> Result<Self, Error> {
        let matcher = matcher(&draft, length, edges, wildcards)?;
        Ok(Self { matcher, edges, tokens: draft.tokens, captures: draft.captures })
    }

    /// The first place at or after `from`.
    fn find(&self, output: &str, from: usize) -> Option<Range<usize>> {
        let text = match self.matcher.compiled() {
            Ok(regex) => return regex.find_at(output, from).map(|found| found.range()),
            Err(text) => text,
        };
        if self.edges.1 == Edge::Text {
            let at = output.strip_suffix(text)?.len();
            return (at >= from && self.stands(output, at, text)).then_some(at..output.len());
        }
        let first = from + output.get(from..)?.find(text)?;
        if self.stands(output, first, text) {
            return Some(first..first + text.len());
        }
        if self.edges.0 == Edge::Text || text.is_empty() {
            return None;
        }
        let mut places = Places::new(output, text, first);
        places.find(|&at| self.stands(output, at, text)).map(|at| at..at + text.len())
    }

    /// Adds what the segment, which stands at `at`, says besides.
    fn read(&self, output: &str, at: usize, found: &mut Kept) {
        if self.tokens.is_empty() && self.captures.is_empty() {
            return;
        }
        let Some(groups) = self.matcher.compiled().ok().and_then(|regex| regex.captures_at(output, at))
        else {
            return;
        };
        for (place, (promised, kind)) in self.tokens.iter().enumerate() {
            let came = groups.name(&format!("t.{place}")).map_or("", |came| came.as_str());
            if came != promised {
                found.passed.push(Passed { promised: promised.clone(), came: came.to_owned(), kind });
            }
        }
        for name in &self.captures {
            let came = groups.name(name).map_or("", |came| came.as_str());
            found.captured.push((name.clone(), came.to_owned()));
        }
    }

    /// Whether both ends of `text` at `at` meet what they have to.
    fn stands(&self, output: &str, at: usize, text: &str) -> bool {
        let (before, after) = (&output[..at], &output[at + text.len()..]);
        let inside = |outer: Option<char>, inner: Option<char>| {
            outer.is_some_and(is_word) && inner.is_some_and(is_word)
        };
        let start = match self.edges.0 {
            Edge::Text => before.is_empty(),
            Edge::Line => before.is_empty() || before.ends_with('\n'),
            Edge::Word => !inside(before.chars().next_back(), text.chars().next()),
            Edge::Free => true,
        };
        let end = match self.edges.1 {
            Edge::Text => after.is_empty(),
            Edge::Line => after.is_empty() || after.starts_with('\n'),
            Edge::Word => !inside(after.chars().next(), text.chars().next_back()),
            Edge::Free => true,
        };
        start && end
    }
}

impl Matcher {
    /// The expression, or the text that is looked for as it is.
    fn compiled(&self) -> Result<&Regex, &str> {
        match self {
            Self::Literal(text) => Err(text),
            Self::Regex { pattern, regex } => {
                Ok(regex.get_or_init(|| build(pattern).expect("short texts make small expressions")))
            }
        }
    }
}

fn matcher(
    draft: &Draft,
    length: usize,
    edges: (Edge, Edge),
    wildcards: &Wildcards,
) -> Result<Matcher, Error> {
    if !draft.differs {
        return Ok(Matcher::Literal(draft.literal.clone()));
    }
    if length > LONGEST {
        return Err(Error::Long);
    }
    let mut names = HashSet::new();
    if let Some(twice) = draft.captures.iter().find(|name| !names.insert(*name)) {
        return Err(Error::Twice(twice.clone()));
    }
    let (first, last) = draft.ends.unwrap_or((End::Any, End::Any));
    let before = match (edges.0, first) {
        (Edge::Text, _) => r"\A",
        (Edge::Line, _) | (Edge::Word, End::Capture) => "(?m:^)",
        (Edge::Word, End::Char(first)) if is_word(first) => r"\b",
        (Edge::Word, End::Kind) => r"\b{start-half}",
        _ => "",
    };
    let after = match (edges.1, last) {
        (Edge::Text, _) => r"\z",
        // What is captured at the end is the rest of its line.
        (Edge::Line, _) | (_, End::Capture) => "(?m:$)",
        (Edge::Word, End::Char(last)) if is_word(last) => r"\b",
        (Edge::Word, End::Kind) => r"\b{end-half}",
        _ => "",
    };
    let pattern = format!("{before}(?:{}){after}", draft.source);
    if pattern.len() <= SURE && !wildcards.has_own() {
        return Ok(Matcher::Regex { pattern, regex: OnceLock::new() });
    }
    let regex = build(&pattern).map_err(|_| Error::Long)?;
    Ok(Matcher::Regex { pattern, regex: regex.into() })
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(mode: Mode, promised: &str, output: &str) -> bool {
        Pattern::new(promised, mode, &Wildcards::default())
            .unwrap()
            .find(&ready(output, &[], Blanks::of(mode)))
            .is_some()
    }

    #[test]
    fn gaps_are_not_greedy() {
        for (promised, output, want) in [
            ("...\na\nz", "a\nb\na\nz", true),
            ("a\n...\na\nz\n...", "a\na\nb\na\nz\nc", true),
            ("a\n...\nz", "a\nz", true),
            ("a\n...\na", "a", false),
            ("...\n[..]", "x", true),
            ("[..]", "", false),
            ("a\n...\n[..]", "a", false),
            ("a\n...\n[..]b", "a\nab\nc", false),
            ("...", "", true),
            ("", "", true),
            ("", "a", false),
            ("a\n...\nb\n...\nc", "a\nb\nx\nb\nc", true),
            ("a\n...\nb\n...\nc", "a\nc\nb", false),
        ] {
            assert_eq!(found(Mode::Exact, promised, output), want, "{promised:?} {output:?}");
        }
    }

    #[test]
    fn wildcards_stay_within_a_line() {
        assert!(found(Mode::Exact, "pod/[..] created", "pod/x-1 created"));
        assert!(found(Mode::Exact, "[..][..]", "x"));
        assert!(!found(Mode::Exact, "a[..]b", "a\nb"));
        assert!(found(Mode::Exact, "a[..]b[..]c", "abxbc"));
        assert!(!found(Mode::Exact, "(a.c)", "(abc)"));
    }

    #[test]
    fn modes_say_where() {
        let output = "one\ntwo three\nfour\n";
        for (mode, promised, want) in [
            (Mode::First, "one", true),
            (Mode::First, "on", false),
            (Mode::First, "two three", false),
            (Mode::Last, "two  three\nfour", true),
            (Mode::Last, "two three", false),
            (Mode::Last, "our", false),
            (Mode::Contains, "two\tthree", true),
            (Mode::Contains, "three\nfour", true),
            (Mode::Contains, "wo three", false),
            (Mode::Contains, "one\nfour", false),
            (Mode::Contains, "one\n...\nfour", true),
            (Mode::Exact, "one\ntwo three\nfour", true),
            (Mode::Exact, "one\ntwo  three\nfour", false),
            (Mode::Contains, "two\nthree", false),
        ] {
            assert_eq!(found(mode, promised, output), want, "{mode} {promised:?}");
        }
    }

    #[test]
    fn lines_wrapped_for_the_slide_match() {
        let output = "error: you are attempting to follow 8 log streams, but maximum allowed concurency is 5, use \
                      --max-log-requests to increase the limit";
        let slide = "error: you are attempting to follow 8 log streams,\nbut maximum allowed concurency is 5,\n  use \
                     --max-log-requests to increase the limit";
        assert!(found(Mode::Contains, slide, output));
        assert!(!found(Mode::Last, slide, output));
        let url = "POST https://h/api/v1/namespaces/kube-system/exec?\ncommand=echo";
        assert!(found(Mode::Contains, url, "POST https://h/api/v1/namespaces/kube-system/exec?command=echo"));
    }

    #[test]
    fn long_outputs_take_linear_time() {
        let same = "the same line\n".repeat(100_000);
        assert!(found(Mode::Exact, &same, &same));
        assert!(found(Mode::Contains, &same, &format!("before\n{same}")));
        assert!(!found(Mode::Contains, &format!("{same}end"), &same));
        assert!(!found(Mode::Contains, "the [..] line\n...\nthe same [..]\nend", &same));
        assert!(found(Mode::Last, "...\nthe [..] line\nend", &format!("{same}end")));
        let long = Pattern::new(&format!("{same}[..]"), Mode::Exact, &Wildcards::default());
        assert_eq!(long.unwrap_err(), Error::Long);
    }

    #[test]
    fn kinds_of_words_are_met_whole() {
        for (promised, output, want) in [
            ("took [N]", "it took 12 s", true),
            ("took [N]", "it took 12ms", false),
            ("[N] pods", "x12 pods", false),
            ("port [PORT]", "port 99999", false),
            ("web-[HASH]-[HASH] 1/1", "web-5f4b8d9c7d-x2x7k  1/1", true),
            ("web-[HASH]-[HASH] 1/1", "web-5f4b8d9c7d  1/1", false),
            ("at [IP]:[PORT]", "at ::1:5000", true),
            ("[IP]", "listens on 10.0.0.1.", true),
            (r"\[N] and \[..]", "[N] and [..]", true),
            (r"\[N]", "12", false),
            ("a\n\\...\nb", "a\n...\nb", true),
            ("a\n\\...\nb", "a\nx\nb", false),
        ] {
            assert_eq!(found(Mode::Contains, promised, output), want, "{promised:?} {output:?}");
        }
    }

    #[test]
    fn what_came_is_captured() {
        let read = |mode, promised: &str, output: &str| {
            let pattern = Pattern::new(promised, mode, &Wildcards::default()).unwrap();
            pattern.read(&ready(output, &[], Blanks::of(mode))).map(|found| found.captured)
        };
        let is = |pairs: &[(&str, &str)]| {
            Some(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>())
        };
        let output = "pod/web-1 created\nservice/web   exposed at 10.0.0.1:80\n";
        for (mode, promised, want) in [
            (Mode::Contains, "pod/[pod=..] created", is(&[("pod", "web-1")])),
            (Mode::Contains, "pod/[rest=..]", is(&[("rest", "web-1 created")])),
            (Mode::Contains, "[all=..] created", is(&[("all", "pod/web-1")])),
            (Mode::Contains, "at [ip=IP]:[port=PORT]", is(&[("ip", "10.0.0.1"), ("port", "80")])),
            (
                Mode::Exact,
                "pod/[pod=..] created\n...\n[..] [ip=IP]:80",
                is(&[("pod", "web-1"), ("ip", "10.0.0.1")]),
            ),
            (Mode::Contains, "pod/[pod=IP]", None),
        ] {
            assert_eq!(read(mode, promised, output), want, "{promised}");
        }
        for text in ["[a=..] [a=..]", "[a=..]\n...\n[a=..]"] {
            let twice = Pattern::new(text, Mode::Contains, &Wildcards::default()).unwrap_err();
            assert_eq!(twice, Error::Twice("a".into()));
        }
    }

    #[test]
    fn what_was_captured_is_itself() {
        let known = Wildcards::default().knowing([("pod".to_owned(), "web-(1)".to_owned())].into());
        let found =
            |output| Pattern::new("pod/[=pod]", Mode::Contains, &known).unwrap().find(output).is_some();
        assert!(found("delete pod/web-(1) now"));
        assert!(!found("delete pod/web-1 now"));
    }
}
