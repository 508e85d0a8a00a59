//! A block's body as it will be typed: the indentation that all its lines share removed, and the ticks with which
//! remark highlights a part of a line. Nothing else changes, and no line is added or lost.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Source, Span};

/// A block's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// Its lines.
    pub lines: Vec<Line>,
    /// The same with its ticks, for showing.
    pub raw: String,
    /// The highlighted words that ask for a value, in order: of ``node`X` `` it is `nodeX`.
    pub placeholders: Vec<String>,
    /// Lines with a tick that highlights nothing, as indices.
    pub odd: Vec<usize>,
}

/// A line of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its line in the deck, from 1.
    pub number: usize,
    /// What is typed, without the line end.
    pub text: String,
}

impl Text {
    /// Reads the body of a block. `highlights` says whether ticks are remark's.
    pub fn read(source: &Source, body: Span, highlights: bool) -> Self {
        let unix = source.unix(body);
        let first = source.line(body.start);
        let raw = dedent(&unix);
        let mut text = Self { raw: raw.clone(), ..Self::default() };
        for (at, line) in raw.split('\n').enumerate() {
            let plain = if highlights { text.plain(at, line) } else { line.to_owned() };
            text.lines.push(Line { number: first + at, text: plain });
        }
        text
    }

    /// The lines joined.
    pub fn joined(&self) -> String {
        join(&self.lines)
    }

    fn plain(&mut self, at: usize, line: &str) -> String {
        let plain = unhighlight(line);
        self.placeholders.extend(plain.placeholders);
        if plain.odd {
            self.odd.push(at);
        }
        plain.text
    }
}

/// Lines joined by line ends.
pub(super) fn join(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Removes the indentation that all lines with text share, blank lines at the end, and the last line end.
pub(super) fn dedent(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut lines: Vec<&str> = text.split('\n').collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    let mut common: Option<&str> = None;
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        let own = &line[..indent(line)];
        let shared = common.map_or(own.len(), |common| {
            common.bytes().zip(own.bytes()).take_while(|(ours, theirs)| ours == theirs).count()
        });
        common = Some(&own[..shared]);
    }
    let common = common.unwrap_or_default().len();
    let cut: Vec<&str> = lines.iter().map(|line| &line[common.min(indent(line))..]).collect();
    cut.join("\n")
}

/// `line` as it is written where ticks highlight: ticks of its own are kept by a backslash, and what `before`
/// highlights is highlighted in it too. None where it cannot be written so that it reads as it is.
#[must_use]
pub fn written(line: &str, before: Option<&str>) -> Option<String> {
    let reads = |text: &String| unhighlight(text).text == line;
    let mut plain = line.to_owned();
    if !reads(&plain) {
        // Each tick that could open a highlight gets its backslash; pairs are kept together.
        plain = String::with_capacity(line.len() + 8);
        let mut open = false;
        for (at, c) in line.char_indices() {
            let opens = c == '`' && !open && line[at + 1..].contains('`');
            if opens {
                plain.push('\\');
            }
            open = if c == '`' { opens } else { open };
            plain.push(c);
        }
    }
    let mut marked = plain.clone();
    for part in before.into_iter().flat_map(highlighted) {
        let found: Vec<usize> = marked.match_indices(part).map(|(at, _)| at).collect();
        if let [at] = found[..] {
            marked.replace_range(at..at + part.len(), &format!("`{part}`"));
        }
    }
    [marked, plain].into_iter().find(reads)
}

/// The parts of a line that it highlights.
fn highlighted(line: &str) -> Vec<&str> {
    let pieces: Vec<&str> = line.split('`').collect();
    if pieces.len().is_multiple_of(2) || line.contains("\\`") {
        return Vec::new();
    }
    pieces.into_iter().skip(1).step_by(2).filter(|part| !part.is_empty()).collect()
}

/// A line without the ticks of highlights.
#[derive(Debug, PartialEq, Eq)]
struct Plain {
    text: String,
    placeholders: Vec<String>,
    odd: bool,
}

/// As remark does it, by ``([^`])`([^`]+?)` ``: so not at the start of a line, and a backslash before the pair keeps both ticks.
fn unhighlight(line: &str) -> Plain {
    let mut plain = Plain { text: String::with_capacity(line.len()), placeholders: Vec::new(), odd: false };
    let mut ranges = Vec::new();
    let mut rest = line;
    let mut before = None;
    while let Some(at) = rest.find('`') {
        before = rest[..at].chars().next_back().or(before);
        let inner = &rest[at + 1..];
        let end = inner.find('`').filter(|&end| end > 0);
        plain.text.push_str(&rest[..at]);
        match (before, end) {
            (Some('\\'), Some(end)) => {
                plain.text.pop();
                plain.text.push_str(&rest[at..at + end + 2]);
                (rest, before) = (&inner[end + 1..], None);
            }
            (Some(_), Some(end)) => {
                ranges.push(plain.text.len()..plain.text.len() + end);
                plain.text.push_str(&inner[..end]);
                // The closing tick cannot stand before the next highlight.
                (rest, before) = (&inner[end + 1..], None);
            }
            _ => {
                plain.odd = true;
                plain.text.push('`');
                rest = inner;
                before = None;
            }
        }
    }
    plain.text.push_str(rest);
    let words = ranges.into_iter().map(|range| word_around(&plain.text, range));
    let asking = words.filter(|word| is_placeholder(&plain.text, word.clone()));
    plain.placeholders = asking.map(|word| plain.text[word].to_owned()).collect();
    plain
}

/// A part of a line, up to where the words that it begins and ends in begin and end.
fn word_around(line: &str, part: Range<usize>) -> Range<usize> {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let (first, last) = (line[part.clone()].starts_with(letter), line[part.clone()].ends_with(letter));
    let before = line[..part.start].trim_end_matches(|c| first && letter(c)).len();
    let after = line.len() - line[part.end..].trim_start_matches(|c| last && letter(c)).len();
    before..after
}

/// Whether a highlighted word asks for a value: `X.X.X.X`, `nodeX`, `PASSWORD`, `my-name`, `abc...`. Other highlights
/// point at a part of the command, and a variable is no placeholder.
fn is_placeholder(line: &str, word: Range<usize>) -> bool {
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x) ^ (?:
                  (?:[A-Z]\.){2,}[A-Z]                 # X.X.X.X
                | [A-Z][A-Z0-9_-]*                     # PASSWORD, X
                | [\w.-]*?[xXyY]{3,}[\w.-]*            # xxxxx, jean.doe-token-xxxxx
                | [a-z]+[XYZ]                          # nodeX
                | (?:my|your|some)[-_A-Z][\w-]*        # my-name, yourToken
                | \w*(?:\.\.\.|…)\w*                   # AKI...
            ) $",
        )
        .expect("a constant pattern")
    });
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let (before, after) = (&line[..word.start], &line[word.end..]);
    let variable = before.ends_with(['$', '{']) || after.starts_with('=');
    let word = &line[word];
    !variable && !METHODS.contains(&word) && PLACEHOLDER.is_match(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_so_that_it_reads_as_it_is() {
        for (line, like, wanted) in [
            ("run `docker swarm init` now", None, Some("run \\`docker swarm init` now")),
            ("one ` alone", None, Some("one ` alone")),
            ("port 81 open", Some("port `80` open"), Some("port 81 open")),
            ("port 80 shut", Some("port `80` open"), Some("port `80` shut")),
            ("a `b` c `d` e", None, Some("a \\`b` c \\`d` e")),
        ] {
            assert_eq!(written(line, like).as_deref(), wanted, "{line}");
        }
    }

    #[test]
    fn only_what_all_lines_share_is_removed() {
        for (text, want) in [
            ("  a\n    b\n  c\n", "a\n  b\nc"),
            ("  a\n\n  b\n", "a\n\nb"),
            ("  a\n \n  b\n", "a\n\nb"),
            ("\ta\n\t\tb\n", "a\n\tb"),
            ("\ta\n  b\n", "\ta\n  b"),
            ("a\n  b\n", "a\n  b"),
            ("  a  \n", "a  "),
            ("\n  a\n\n\n", "\na"),
            ("", ""),
            ("  \n", ""),
        ] {
            assert_eq!(dedent(text), want, "{text:?}");
        }
    }

    #[test]
    fn paired_ticks_within_a_line_are_highlights() {
        for (line, text, odd) in [
            ("curl `X.X.X.X`:80", "curl X.X.X.X:80", false),
            ("a `b c` d `e`", "a b c d e", false),
            ("`a` b", "`a` b", true),
            ("a ` b", "a ` b", true),
            ("a `` b", "a `` b", true),
            ("a \\`b` c", "a `b` c", false),
            ("é`x`", "éx", false),
            ("- `x`", "- x", false),
            ("plain", "plain", false),
        ] {
            let plain = unhighlight(line);
            assert_eq!((plain.text.as_str(), plain.odd), (text, odd), "{line}");
        }
    }

    #[test]
    fn some_highlights_ask_for_a_value() {
        for (line, placeholders) in [
            ("curl -u x:`PASSWORD` http://`X.X.X.X`:80", vec!["PASSWORD", "X.X.X.X"]),
            ("ssh node`X` `my-name` `AKI...` `xxx`", vec!["nodeX", "my-name", "AKI...", "xxx"]),
            ("curl -X `POST` `$IP` ${`IP`} $`IP` `TAG`=v1 `-v` x`:2` `kubernetes`", vec![]),
        ] {
            assert_eq!(unhighlight(line).placeholders, placeholders, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_line_without_ticks_is_left_alone(line in "[a \\\\é$]{0,20}") {
            proptest::prop_assert_eq!(unhighlight(&line).text, line);
        }

        #[test]
        fn dedenting_keeps_every_line(text in "[ \ta\n]{0,40}") {
            let cut = dedent(&text);
            let kept = text.split('\n').zip(cut.split('\n'));
            for (line, cut) in kept {
                proptest::prop_assert!(line.ends_with(cut) || cut.trim().is_empty());
            }
            proptest::prop_assert_eq!(dedent(&cut), cut);
        }
    }
}
