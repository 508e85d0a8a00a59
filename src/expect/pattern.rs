//! A promised text with its wildcards, found in an output: `...` alone on a line is any lines, `[..]` anything within
//! a line. Exact about whether there is a way to match: of the segments between `...` lines each is found where it
//! ends first, which leaves most for those after it.

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::text::{Blanks, ready};
use super::{Error, Mode, like};

/// Lines from this width on may have been wrapped to fit on a slide.
const WRAPPED: usize = 25;

/// Texts with wildcards are no longer than this, bytes.
const LONGEST: usize = 64 * 1024;

/// Up to this length no text makes an expression that is too large, bytes.
const SURE: usize = 4 * 1024;

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
    pub(super) fn new(text: &str, mode: Mode) -> Result<Self, Error> {
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
        let mut segments = Vec::new();
        for (at, run) in runs.into_iter().enumerate().filter(|(_, run)| !run.is_empty()) {
            let edges = (if at == 0 { start } else { Edge::Line }, if at == last { end } else { Edge::Line });
            segments.push(Segment { matcher: matcher(run, mode, edges)?, edges });
        }
        Ok(Self { segments, nothing: lines.is_empty() })
    }

    /// Where in `output`, made ready, the text stands; of several places, one.
    pub(super) fn find(&self, output: &str) -> Option<Range<usize>> {
        if self.nothing {
            return output.is_empty().then_some(0..0);
        }
        if output.is_empty() && !self.segments.is_empty() {
            return None;
        }
        let mut found: Option<Range<usize>> = None;
        let mut from = 0;
        for segment in &self.segments {
            let place = segment.find(output, from)?;
            // The next segment begins on a line after this one's last.
            from = (place.end + 1).min(output.len());
            found = Some(found.map_or(place.start, |first| first.start)..place.end);
        }
        Some(found.unwrap_or(0..output.len()))
    }
}

/// One promised line, to be compared with whole lines of an output.
pub(super) struct LineMatcher(Segment);

impl LineMatcher {
    /// For a line made ready as `mode` says; none for a `...` line.
    pub(super) fn new(line: &str, mode: Mode) -> Option<Self> {
        let edges = (Edge::Text, Edge::Text);
        let matcher = (!is_gap(line)).then(|| matcher(&[line.to_owned()], mode, edges))?;
        Some(Self(Segment { matcher: matcher.ok()?, edges }))
    }

    pub(super) fn matches(&self, line: &str) -> bool {
        self.0.find(line, 0).is_some()
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

/// Whether the line stands for any lines.
pub(super) fn is_gap(line: &str) -> bool {
    matches!(line.trim(), "..." | "…" | "[...]")
}

/// Whether lines may be wrapped where the output's are not.
pub(super) fn wraps(mode: Mode) -> bool {
    matches!(mode, Mode::Contains | Mode::Like | Mode::NotContains)
}

/// Whether a line is so wide that the one after it may be its rest.
pub(super) fn may_be_wrapped(line: &str) -> bool {
    line.chars().count() >= WRAPPED
}

fn matcher(lines: &[String], mode: Mode, (start, end): (Edge, Edge)) -> Result<Matcher, Error> {
    let length: usize = lines.iter().map(|line| line.len() + 1).sum();
    let (short, mut literal) = (length <= LONGEST, true);
    let mut source = String::new();
    for (at, line) in lines.iter().enumerate() {
        literal &= like::compile(line, mode == Mode::Like, &mut source);
        if at + 1 == lines.len() {
            break;
        }
        if wraps(mode) && short && may_be_wrapped(line) {
            literal = false;
            source.push_str("[ \n]?");
        } else {
            source.push('\n');
        }
    }
    if literal {
        return Ok(Matcher::Literal(lines.join("\n")));
    }
    if !short {
        return Err(Error::Long);
    }
    let (first, last) = (lines[0].chars().next(), lines[lines.len() - 1].chars().next_back());
    let before = match start {
        Edge::Text => r"\A",
        Edge::Line => "(?m:^)",
        Edge::Word if first.is_some_and(is_word) => r"\b",
        Edge::Word | Edge::Free => "",
    };
    let after = match end {
        Edge::Text => r"\z",
        Edge::Line => "(?m:$)",
        Edge::Word if last.is_some_and(is_word) => r"\b",
        Edge::Word | Edge::Free => "",
    };
    let pattern = format!("{before}(?:{source}){after}");
    if length <= SURE {
        return Ok(Matcher::Regex { pattern, regex: OnceLock::new() });
    }
    let regex = build(&pattern).map_err(|_| Error::Long)?;
    Ok(Matcher::Regex { pattern, regex: regex.into() })
}

fn build(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(1 << 28).build()
}

impl Segment {
    /// The first place at or after `from`.
    fn find(&self, output: &str, from: usize) -> Option<Range<usize>> {
        let text = match &self.matcher {
            Matcher::Regex { pattern, regex } => {
                let regex = regex.get_or_init(|| build(pattern).expect("short texts make small expressions"));
                return regex.find_at(output, from).map(|found| found.range());
            }
            Matcher::Literal(text) => text,
        };
        if self.edges.1 == Edge::Text {
            let at = output.strip_suffix(text.as_str())?.len();
            return (at >= from && self.stands(output, at, text)).then_some(at..output.len());
        }
        let mut from = from;
        loop {
            let at = from + output.get(from..)?.find(text.as_str())?;
            if self.stands(output, at, text) {
                return Some(at..at + text.len());
            }
            if self.edges.0 == Edge::Text {
                return None;
            }
            from = at + output[at..].chars().next().map_or(1, char::len_utf8);
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

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(mode: Mode, promised: &str, output: &str) -> bool {
        Pattern::new(promised, mode).unwrap().find(&ready(output, &[], Blanks::of(mode))).is_some()
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
        let long = Pattern::new(&format!("{same}[..]"), Mode::Exact);
        assert_eq!(long.unwrap_err(), Error::Long);
    }
}
