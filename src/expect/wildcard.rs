//! Wildcards in a promised line: `[..]` is anything, `[IP]` and the deck's own stand for a kind of text, `[pod=..]` also
//! keeps what came, `[=pod]` is what was kept before. A backslash in front takes the meaning away.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::like;

const IP4: &str =
    r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}";
const IP6: &str = r"(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?::(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?";

/// The kinds that every deck has, with what stands for them.
static BUILT_IN: LazyLock<BTreeMap<&str, String>> = LazyLock::new(|| {
    BTreeMap::from([
        ("IP", format!("(?:{IP4}|{IP6})")),
        ("PORT", PORT.to_owned()),
        ("AGE", like::ages()),
        ("UUID", "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}".to_owned()),
        ("SHA", "(?:sha(?:1|256|384|512)[:-])?[0-9a-f]{7,128}".to_owned()),
        ("HASH", "[0-9A-Za-z]{4,64}".to_owned()),
        ("N", r"[-+]?[0-9]+(?:\.[0-9]+)?".to_owned()),
        ("DATE", like::dates()),
    ])
});

const PORT: &str = "(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})";

/// All that looks like a wildcard, with the backslash that takes its meaning away.
static LOOKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?<escape>\\?)
        (?: \[ (?: (?<any>\.\.)
                 | = (?<recall>[A-Za-z_][A-Za-z0-9_]*)
                 | (?: (?<capture>[A-Za-z_][A-Za-z0-9_]*) = )? (?<kind>\.\.|[A-Z][A-Z0-9_-]*)
               ) \]
          | (?<dots> \[?\.\.\.\]? | \[?…\]? ) )",
    )
    .expect("a valid pattern")
});

/// A longer expression is no kind of word.
const LONGEST: usize = 1000;

/// The wildcards that a text may hold besides `[..]`: kinds with a name, and what was captured so far.
#[derive(Clone, Debug, Default)]
pub struct Wildcards {
    own: Arc<BTreeMap<String, String>>,
    captured: Arc<BTreeMap<String, String>>,
}

/// Why a deck's own wildcard cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its name cannot be written in brackets, or would not be told from text.
    #[error("`{0}` is no name of a wildcard: capitals, digits, - and _, such as TAG")]
    Name(String),
    /// The name has a meaning already.
    #[error("[{0}] is a wildcard of labrun; give yours another name")]
    Taken(String),
    /// What it stands for is not a regular expression that can stand within another.
    #[error("[{name}] stands for what is not a regular expression: {why}")]
    Regex {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// A part of a promised line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Itself; in `like`, volatile tokens of it may differ.
    Text(&'a str),
    /// Itself to the letter: what would be a wildcard is escaped.
    Literal(&'a str),
    /// `[..]`.
    Any,
    /// `[IP]`: the expression that it stands for.
    Kind(&'a str),
    /// `[pod=..]`, or `[pod=IP]` with its expression.
    Capture(&'a str, Option<&'a str>),
    /// `[=pod]`: what was captured; none where nothing is known yet.
    Recall(Option<&'a str>),
}

impl Wildcards {
    /// Those of labrun, and the deck's own: names with the regular expressions that they stand for.
    ///
    /// # Errors
    /// Where a name cannot be one, or has no regular expression.
    pub fn new(own: impl IntoIterator<Item = (String, String)>) -> Result<Self, Unfit> {
        let mut kinds = BTreeMap::new();
        for (name, source) in own {
            let letters = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-_".contains(c);
            if !name.starts_with(|c: char| c.is_ascii_uppercase()) || !name.chars().all(letters) {
                return Err(Unfit::Name(name));
            }
            if BUILT_IN.contains_key(name.as_str()) {
                return Err(Unfit::Taken(name));
            }
            if let Err(why) = stands_within(&source) {
                return Err(Unfit::Regex { name, why });
            }
            kinds.insert(name, source);
        }
        Ok(Self { own: kinds.into(), ..Self::default() })
    }

    /// These and others; of two with the same name the other.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let own =
            self.own.iter().chain(other.own.iter()).map(|(name, source)| (name.clone(), source.clone()));
        Self { own: Arc::new(own.collect()), captured: Arc::clone(&self.captured) }
    }

    /// The same, with what was captured so far, by name.
    #[must_use]
    pub fn knowing(&self, captured: BTreeMap<String, String>) -> Self {
        Self { own: Arc::clone(&self.own), captured: captured.into() }
    }

    /// Whether there are kinds that labrun did not make: their expressions may be of any size.
    pub(super) fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// The line in pieces. In a `volatile` one three dots are special too.
    pub(super) fn pieces<'a>(&'a self, line: &'a str, volatile: bool) -> Vec<Piece<'a>> {
        if let Some(dots) = escaped_gap(line) {
            return vec![Piece::Literal(dots)];
        }
        let mut pieces = Vec::new();
        let mut from = 0;
        for found in LOOKS.captures_iter(line) {
            let group = |name| found.name(name).map(|group| group.as_str());
            let meaning = match (group("kind"), group("capture")) {
                _ if group("dots").is_some() => None,
                (None, _) if group("any").is_some() => Some(Piece::Any),
                (None, _) => {
                    let value = group("recall").and_then(|name| self.captured.get(name));
                    Some(Piece::Recall(value.map(String::as_str)))
                }
                (Some(".."), name) => name.map(|name| Piece::Capture(name, None)),
                (Some(kind), name) => self.kind(kind).map(|kind| match name {
                    Some(name) => Piece::Capture(name, Some(kind)),
                    None => Piece::Kind(kind),
                }),
            };
            let Some(range) = found.get(0).map(|whole| whole.range()) else { continue };
            let escaped = group("escape") == Some("\\");
            let special = meaning.is_some() || volatile && group("dots").is_some();
            let piece = match meaning {
                _ if escaped && special => Piece::Literal(&line[range.start + 1..range.end]),
                Some(piece) => piece,
                None => continue,
            };
            if from < range.start {
                pieces.push(Piece::Text(&line[from..range.start]));
            }
            pieces.push(piece);
            from = range.end;
        }
        if from < line.len() {
            pieces.push(Piece::Text(&line[from..]));
        }
        pieces
    }

    /// Whether a text is nothing but a kind of word, or a name that is captured or recalled.
    pub(super) fn is_kind(&self, text: &str) -> bool {
        matches!(self.pieces(text, false)[..], [Piece::Kind(_) | Piece::Capture(..) | Piece::Recall(_)])
    }

    fn kind(&self, name: &str) -> Option<&str> {
        BUILT_IN.get(name).or_else(|| self.own.get(name)).map(String::as_str)
    }
}

/// The names that a text captures, and those that it recalls; both in their order, with the bytes that name them.
pub(super) fn names(text: &str) -> impl Iterator<Item = (Name<'_>, Range<usize>)> {
    LOOKS
        .captures_iter(text)
        .filter(|found| found.name("escape").is_none_or(|escape| escape.is_empty()))
        .filter_map(|found| {
            let whole = found.get(0)?.range();
            let capture = found.name("capture").map(|name| Name::Captured(name.as_str()));
            let recall = found.name("recall").map(|name| Name::Recalled(name.as_str()));
            Some((capture.or(recall)?, whole))
        })
}

/// Where wildcards stand in a line.
pub(super) fn places(line: &str) -> impl Iterator<Item = Range<usize>> {
    LOOKS.find_iter(line).filter(|found| found.as_str().starts_with('[')).map(|found| found.range())
}

/// A name in a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// `[pod=..]`.
    Captured(&'a str),
    /// `[=pod]`.
    Recalled(&'a str),
}

/// Whether the line stands for any lines.
pub(super) fn is_gap(line: &str) -> bool {
    matches!(line.trim(), "..." | "…" | "[...]" | "[…]" | "(...)" | "(…)")
}

/// The dots of a line that would stand for any lines, were it not for the backslash.
fn escaped_gap(line: &str) -> Option<&str> {
    line.trim().strip_prefix('\\').filter(|rest| is_gap(rest))
}

/// Whether an expression can stand for a part of a line.
fn stands_within(source: &str) -> Result<(), String> {
    if source.is_empty() {
        return Err("it is empty".to_owned());
    }
    if source.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let regex = Regex::new(&format!("(?:{source})")).map_err(|error| super::regex_error(&error).0)?;
    match regex.capture_names().flatten().next() {
        Some(name) => Err(format!("the group `{name}` must have no name")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::Piece::{Any, Capture, Kind, Literal, Recall, Text};
    use super::*;

    fn whole(kind: &str, text: &str) -> bool {
        Regex::new(&format!(r"\A(?:{})\z", BUILT_IN[kind])).unwrap().is_match(text)
    }

    #[test]
    fn kinds_stand_for_what_they_say() {
        for (kind, good, bad) in [
            (
                "IP",
                &["10.0.0.1", "255.255.255.255", "::1", "fe80::1", "2001:db8:0:0:1:2:3:4"][..],
                &["10.0.0", "256.1.1.1", "localhost", "1:2", ""][..],
            ),
            ("PORT", &["80", "5000", "65535", "31234"], &["0", "65536", "080", "99999", "-1"]),
            (
                "AGE",
                &["5m12s", "41s", "3d4h", "2 weeks ago", "About an hour", "Less than a second", "12ms"],
                &["5", "m", "soon"],
            ),
            ("UUID", &["240435e8-a250-4782-80d0-6fff541facba"], &["240435e8-a250-4782-80d0"]),
            (
                "SHA",
                &["sha256:0123456789abcdef", "e8462b5b5dc2584fdcd18e6bcfe9f1e4d970a529", "4498a5f"],
                &["sha256:", "xyz1234", "abc"],
            ),
            ("HASH", &["5f4b8d9c7d", "x2x7k", "8jud7j3kq2v0a1b2c3d4e5f6g"], &["a-b", "", "x y"]),
            ("N", &["0", "12", "-3", "1.5", "+7"], &["", "a", "1.", "1,5"]),
            (
                "DATE",
                &[
                    "2024-01-02",
                    "2016-06-19T00:45:45.273Z",
                    "Aug 3 05:11",
                    "2:34PM",
                    "02/11/2026",
                    "Mon, 02 Nov 2026",
                ],
                &["today", "2024"],
            ),
        ] {
            for text in good {
                assert!(whole(kind, text), "[{kind}] is {text:?}");
            }
            for text in bad {
                assert!(!whole(kind, text), "[{kind}] is not {text:?}");
            }
        }
    }

    #[test]
    fn lines_are_cut_at_their_wildcards() {
        let own = [("TAG".to_owned(), "v[0-9]".to_owned())];
        let wildcards = Wildcards::new(own).unwrap().knowing([("p".to_owned(), "x".to_owned())].into());
        let port = BUILT_IN["PORT"].as_str();
        for (line, want) in [
            ("a[..]b", &[Text("a"), Any, Text("b")][..]),
            ("[PORT] [TAG]", &[Kind(port), Text(" "), Kind("v[0-9]")]),
            ("[INFO] [x=INFO] [] [...]", &[Text("[INFO] [x=INFO] [] [...]")]),
            ("[pod=..]:[q=PORT]", &[Capture("pod", None), Text(":"), Capture("q", Some(port))]),
            ("[=p][=none]", &[Recall(Some("x")), Recall(None)]),
            (r"\[..] \[PORT]\[=p]", &[Literal("[..]"), Text(" "), Literal("[PORT]"), Literal("[=p]")]),
            (r"\[INFO] a\b C:\...\x", &[Text(r"\[INFO] a\b C:\...\x")]),
            (r" \... ", &[Literal("...")]),
            (r"\(…)", &[Literal("(…)")]),
        ] {
            assert_eq!(wildcards.pieces(line, false), want, "{line}");
        }
        assert_eq!(wildcards.pieces(r"a\...b...", true), [Text("a"), Literal("..."), Text("b...")]);
    }

    #[test]
    fn names_are_found_with_their_places() {
        let text = r"[pod=..] \[no=..] [=pod] [n=N]";
        let found: Vec<_> = names(text).collect();
        assert_eq!(
            found,
            [(Name::Captured("pod"), 0..8), (Name::Recalled("pod"), 18..24), (Name::Captured("n"), 25..30)]
        );
    }

    #[test]
    fn an_own_wildcard_has_a_name_and_an_expression() {
        let of = |name: &str, source: &str| Wildcards::new([(name.to_owned(), source.to_owned())]).map(drop);
        assert_eq!(of("TAG", r"v\d+(-rc\d)?"), Ok(()));
        for (name, source, said) in [
            ("tag", "x", "`tag` is no name of a wildcard"),
            ("", "x", "no name"),
            ("A B", "x", "no name"),
            ("IP", "x", "[IP] is a wildcard of labrun"),
            ("TAG", "(", "[TAG] stands for what is not a regular expression: unclosed group"),
            ("TAG", "", "it is empty"),
            ("TAG", "(?<a>x)", "the group `a` must have no name"),
        ] {
            let error = of(name, source).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(of("TAG", &"x".repeat(2000)).is_err());
    }
}
