//! What differs from run to run: ages, addresses, hashes, dates, versions. In `like` such a token stands for any of
//! its kind; the shape around it has to be the same.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A kind of token.
pub(super) struct Kind {
    /// What people call one.
    pub name: &'static str,
    /// How it is told in the promised text.
    seen: &'static str,
    /// What comes in its place; another of the same kind where this is empty.
    comes: &'static str,
    /// Whether a text that holds one can only be meant as an example.
    telling: bool,
    /// Whether it has both letters and digits: without, it is a word or a number.
    mixed: bool,
}

/// Letters and digits of names that Kubernetes makes up: no vowels, nothing that is easily mistaken.
macro_rules! made_up {
    () => {
        "[bcdfghjklmnpqrstvwxz2456789]"
    };
}
macro_rules! month {
    () => {
        "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
    };
}

const fn kind(name: &'static str, telling: bool, seen: &'static str, comes: &'static str) -> Kind {
    Kind { name, seen, comes, telling, mixed: false }
}

/// A kind of token that is an example, and told from words and numbers by having letters and digits.
const fn mixed(name: &'static str, seen: &'static str, comes: &'static str) -> Kind {
    Kind { name, seen, comes, telling: true, mixed: true }
}

/// Anything within a line.
pub(super) const ANY: &str = r"[^\n]*?";

const STAMP: &str =
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?(?: [A-Z]{3,4})?\b";
const DAY: &str = concat!(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?",
    r"(?:",
    month!(),
    r" \d{1,2}|\d{1,2} ",
    month!(),
    r")",
    r"(?:,? (?:\d{4}|\d{1,2}:\d\d(?::\d\d)?))*(?: (?:GMT|UTC|[+-]\d{4}))?\b",
);
const DIGITS: &str = r"\b(?:\d{1,2}[-/]\d{1,2}[-/]\d{4}|\d{4}/\d\d/\d\d)\b";
const TIME: &str = r"\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AP]M)?\b";
const AGO: &str =
    r"\b(?:(?:[Aa]bout|[Ll]ess than) an?|\d+) (?:second|minute|hour|day|week|month|year)s?(?: ago)?\b";
const AGE: &str = r"\b(?:\d+(?:\.\d+)?(?:ms|µs|us|ns|[smhdy]))+\b";

/// In the order in which they are tried at a place.
const KINDS: &[Kind] = &[
    // 8jud...ox4b, then whatever else is left out.
    kind("id", true, r"\b\w{2,}(?:\.\.\.|…)\w{2,}\b", r"[\w.…:-]+"),
    kind("", true, r"\[\.\.\.\]|\.\.\.|…", ANY),
    // Identifiers.
    kind("id", true, r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", ""),
    kind("hash", true, r"\bsha256:[0-9a-f]{6,64}\b", ""),
    // Dates and times.
    kind("date", true, STAMP, ""),
    kind("date", true, DAY, ""),
    kind("date", true, DIGITS, ""),
    kind("address", true, r"\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b", ""),
    kind("time", true, TIME, ""),
    kind("age", true, AGO, ""),
    kind("age", true, AGE, ""),
    // Addresses.
    kind("address", true, r"\b\d{1,3}(?:\.\d{1,3}){3}\b", ""),
    kind(
        "address",
        true,
        r"\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*\b)?",
        "",
    ),
    // X.X.X.X, XXXXX, ensX.
    kind("blank", true, r"\b(?:[Xx](?:\.[Xx]){3}|A\.B\.C\.D)\b|\b(?:X{3,}|x{3,})\b", r#"[^\s,;"')]+"#),
    kind("blank", true, r"\b[a-z]+X\b", ""),
    // Names that a cluster makes up, and hashes.
    kind(
        "made-up name",
        true,
        concat!(r"-(?:[0-9a-f]{6,10}|", made_up!(), r"{6,10})-", made_up!(), r"{5}\b"),
        r"-[0-9a-z]{6,10}-[0-9a-z]{5}\b",
    ),
    mixed("made-up name", concat!("-", made_up!(), r"{5}\b"), r"-[0-9a-z]{5}\b"),
    kind("number", false, r"\b\d{4,}\b", ""),
    mixed("hash", r"\b(?:[0-9a-f]{7,64}|[0-9a-z]{25})\b", r"\b[0-9a-z]{7,64}\b"),
    // Numbers (above), versions and sizes are as common in a text that is meant to the letter.
    kind("version", false, r"\b(?:v|go)?\d+(?:\.\d+)+(?:[-+~][\w.+-]*\w|[a-z]+\d+)?\b", ""),
    kind("size", false, r"\b\d+(?:\.\d+)? ?(?:[kKMGTP]i?B?\b|B\b|%)", ""),
];

/// The expression for dates and times of day.
pub(super) fn dates() -> String {
    ascii(&format!("(?:{STAMP}|{DAY}|{DIGITS}|{TIME})"))
}

/// The expression for ages.
pub(super) fn ages() -> String {
    ascii(&format!("(?:{AGO}|{AGE})"))
}

/// Each kind a capture, in order.
static SEEN: LazyLock<Regex> = LazyLock::new(|| {
    let kinds: Vec<String> = KINDS.iter().map(|kind| format!("({})", ascii(kind.seen))).collect();
    Regex::new(&kinds.join("|")).expect("a valid pattern")
});

/// With digits of one script only: the others would make the expression many times as large.
fn ascii(pattern: &str) -> String {
    pattern.replace(r"\d", "[0-9]")
}

/// The volatile tokens of `text`: where, and what.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, &'static Kind)> {
    SEEN.captures_iter(text).filter_map(|captures| {
        let (kind, found) = KINDS.iter().zip(1..).find_map(|(kind, at)| Some((kind, captures.get(at)?)))?;
        let has = |class: fn(&char) -> bool| found.as_str().chars().any(|c| class(&c));
        let stands = !kind.mixed || (has(char::is_ascii_digit) && has(char::is_ascii_alphabetic));
        stands.then(|| (found.range(), kind))
    })
}

/// Whether `text` holds what can only be meant as an example: `...`, an address, a date, a hash, a made-up name.
#[must_use]
pub fn is_volatile(text: &str) -> bool {
    example(text).is_some()
}

/// What in `text` can only be meant as an example.
#[must_use]
pub fn example(text: &str) -> Option<&str> {
    tokens(text).find(|(_, kind)| kind.telling).map(|(range, _)| &text[range])
}

impl Kind {
    /// The expression for what may come in place of `token`.
    pub(super) fn comes(&self, token: &str) -> String {
        match self.comes {
            // The letters before the X, then a word's rest.
            "" if token.ends_with('X') => format!(r"{}\w+", regex::escape(&token[..token.len() - 1])),
            "" => ascii(self.seen),
            comes => comes.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::pattern::Glob;
    use crate::expect::{Mode, Wildcards};

    fn alike(promised: &str, came: &str) -> bool {
        Glob::new(promised, Mode::Like, &Wildcards::default()).unwrap().matches(came)
    }

    #[test]
    fn volatile_tokens_may_differ() {
        for (promised, came) in [
            ("registry-5f4b8d9c7d-x2x7k 1/1 Running 0 5m12s", "registry-7c9bd6f5d-8wq4t 1/1 Running 0 41s"),
            ("kube-proxy-c7rlw", "kube-proxy-x9v2b"),
            (
                "default via 10.10.0.1 dev ensX proto dhcp src 10.10.0.13 metric 100",
                "default via 172.16.3.1 dev ens18 proto dhcp src 172.16.3.9 metric 100",
            ),
            (
                "drwx------ 11 296608 296608 4096 Aug 3 05:11 296608.296608",
                "drwx------ 11 165536 165536 4096 Jan 12 2024 165536.165536",
            ),
            ("ID: 240435e8-a250-4782-80d0-6fff541facba", "ID: 11111111-aaaa-4782-80d0-6fff541fac00"),
            (
                "24043...acba Task-24043...acba Running 4 0 0 2:34PM 8-13-2016",
                "99999...bbbb Task-99999...bbbb Running 4 0 0 11:02AM 11-2-2026",
            ),
            (
                "Post \"https://localhost:6443/x\": ... connect: connection refused",
                "Post \"https://localhost:6443/x\": dial tcp [::1]:6443: connect: connection refused",
            ),
            (
                "\"host\" => \"1a4cfb063d13\", \"2016-06-19T00:45:45.273Z\"",
                "\"host\" => \"9c0ffee01234\", \"2026-11-02T10:00:00Z\"",
            ),
            (
                "GitVersion:\"v1.15.0\" go1.12.5 sha256:0123456789ab",
                "GitVersion:\"v1.33.1\" go1.24.3 sha256:fedcba987654",
            ),
            ("busybox latest 1.22MB 2 weeks ago", "busybox latest 4.27MB About an hour ago"),
            ("http://X.X.X.X:30000", "http://10.1.2.3:31234"),
            ("8jud7j3kq2v0a1b2c3d4e5f6g *", "7hr4k2m9w0q1x5z8b3n6v4c2d *"),
            ("fe80::1 and 00:50:56:aa:bb:cc", "2001:db8::2:1 and 02:42:ac:11:00:02"),
            (
                "This node is not a swarm manager. [...]",
                "This node is not a swarm manager. Use docker swarm init",
            ),
        ] {
            assert!(alike(promised, came), "{promised} / {came}");
        }
    }

    #[test]
    fn shape_may_not() {
        for (promised, came) in [
            ("registry 1/1 Running", "registry 0/1 Running"),
            ("10.10.0.1", "localhost"),
            ("ready in 5m", "ready in the end"),
            ("defaced", "effaced"),
            ("a 5s b", "a 5s c"),
            ("my-proxy-class", "my-proxy-glass"),
            ("3 nodes", "4 nodes"),
        ] {
            assert!(!alike(promised, came), "{promised} / {came}");
        }
    }

    #[test]
    fn examples_are_told() {
        for text in [
            "a ... b",
            "10.0.0.1",
            "2020-01-02",
            "Aug 3 05:11",
            "sha256:0123456789ab",
            "x-5f4b8d9c7d-x2x7k",
            "9e1f0a2b",
        ] {
            assert!(is_volatile(text), "{text}");
        }
        for text in
            ["{\"repositories\":[]}", "pod/pingpong created", "version 1.2.3", "Login Succeeded", "port 5000"]
        {
            assert!(!is_volatile(text), "{text}");
        }
    }
}
