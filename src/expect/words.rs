//! What differs within a line: two lines that stand for each other, cut into words, the differing ones marked.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::pattern::Glob;
use super::wildcard::{Wildcards, places};
use super::{Mark, Mode, like};

/// A line's pieces.
pub(super) type Pieces = Vec<(Mark, String)>;

/// Lines are compared no longer than this; then more is marked than differs.
const LIMIT: Duration = Duration::from_millis(200);

/// What may differ within a line without breaking a promise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leeway<'a> {
    pub mode: Mode,
    pub wildcards: &'a Wildcards,
}

impl Leeway<'_> {
    /// Whether `came` may stand for `promised`, which is another text.
    fn lets(self, promised: &str, came: &str) -> bool {
        Glob::new(promised, self.mode, self.wildcards).is_ok_and(|glob| glob.matches(came))
    }
}

/// Parts of a line that are words of their own, blanks and dots in them or not.
fn atoms(line: &str) -> Vec<Range<usize>> {
    let mut atoms: Vec<Range<usize>> = places(line).collect();
    let apart =
        |token: &Range<usize>| atoms.iter().all(|atom| atom.end <= token.start || token.end <= atom.start);
    let tokens: Vec<_> = like::tokens(line).map(|(range, _)| range).filter(apart).collect();
    atoms.extend(tokens);
    atoms.sort_unstable_by_key(|range| range.start);
    atoms
}

/// The pieces of a promised line and of the one that came in its place.
pub(super) fn compare(promised: &str, came: &str, leeway: Option<Leeway<'_>>) -> (Pieces, Pieces) {
    let atoms = |line| if leeway.is_some() { atoms(line) } else { Vec::new() };
    let (old, new) = (words(promised, &atoms(promised)), words(came, &atoms(came)));
    let lets = |promised: &str, came: &str| leeway.is_some_and(|leeway| leeway.lets(promised, came));
    let (mut left, mut right) = (Pieces::new(), Pieces::new());
    let deadline = Some(Instant::now() + LIMIT);
    for op in capture_diff_slices_deadline(Algorithm::Myers, &keys(&old), &keys(&new), deadline) {
        let (old, new) = (&old[op.old_range()], &new[op.new_range()]);
        let whole = match op {
            DiffOp::Equal { .. } => Mark::Same,
            // One wildcard may stand for several words.
            _ if old.len() == 1 && lets(old[0], &new.concat()) => Mark::Passes,
            _ => Mark::Differs,
        };
        let pairwise = whole == Mark::Differs && old.len() == new.len();
        let mark = |at: usize| if pairwise && lets(old[at], new[at]) { Mark::Passes } else { whole };
        for (at, word) in old.iter().enumerate() {
            push(&mut left, mark(at), word);
        }
        for (at, word) in new.iter().enumerate() {
            push(&mut right, if pairwise { mark(at) } else { whole }, word);
        }
    }
    (left, right)
}

/// What words are compared by: blanks are blanks, however many.
fn keys<'a>(words: &[&'a str]) -> Vec<&'a str> {
    words.iter().map(|word| if word.trim().is_empty() { " " } else { word }).collect()
}

/// One piece more; it joins the last one where the two are marked alike. Blanks never are.
fn push(pieces: &mut Pieces, mark: Mark, word: &str) {
    let mark = if word.trim().is_empty() { Mark::Same } else { mark };
    match pieces.last_mut() {
        Some((last, text)) if *last == mark => text.push_str(word),
        _ => pieces.push((mark, word.to_owned())),
    }
}

/// Runs of letters and digits, runs of blanks, and each other character; `atoms` are words by themselves. Joined they
/// are the line.
pub(super) fn words<'a>(line: &'a str, atoms: &[Range<usize>]) -> Vec<&'a str> {
    let mut words = Vec::new();
    let mut from = 0;
    for atom in atoms {
        cut(&line[from..atom.start], &mut words);
        words.push(&line[atom.clone()]);
        from = atom.end;
    }
    cut(&line[from..], &mut words);
    words
}

fn cut<'a>(line: &'a str, words: &mut Vec<&'a str>) {
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => 0,
        _ if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut start = 0;
    for ((at, this), next) in line.char_indices().zip(line.chars().skip(1)) {
        if class(this) == 2 || class(this) != class(next) {
            let end = at + this.len_utf8();
            words.push(&line[start..end]);
            start = end;
        }
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
}

/// How alike two lines are, from 0 to 1000, cheaply: the words that both have, or the ends that are the same.
pub(super) fn likeness(a: &str, b: &str) -> u32 {
    let letters = |line: &str| -> Vec<String> {
        let words = words(line, &[]).into_iter().filter(|word| word.starts_with(char::is_alphanumeric));
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    let (left, right) = (letters(a), letters(b));
    let (mut i, mut j, mut common) = (0, 0, 0usize);
    while i < left.len() && j < right.len() {
        match left[i].cmp(&right[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    let by_words = 2000 * common / (left.len() + right.len()).max(1);
    let head = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let tail = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
    let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
    let by_ends = 1000 * (head + tail).min(shorter) / longer.max(1);
    by_words.max(by_ends) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(pieces: Pieces) -> String {
        let one = |(mark, text)| match mark {
            Mark::Same => text,
            Mark::Differs => format!("<{text}>"),
            Mark::Passes => format!("({text})"),
        };
        pieces.into_iter().map(one).collect()
    }

    #[test]
    fn only_what_differs_is_marked() {
        let (left, right) = compare(r#"{"r":["busybix"]}"#, r#"{"r":["busybox"],"t":1}"#, None);
        assert_eq!(marked(left), r#"{"r":["<busybix>"]}"#);
        assert_eq!(marked(right), r#"{"r":["<busybox>"]<,"t":1>}"#);
    }

    #[test]
    fn what_may_differ_is_told_from_what_may_not() {
        let wildcards = Wildcards::default();
        for (mode, promised, came, left, right) in [
            (Mode::Like, "a  5m x", "a 9s y", "a  (5m) <x>", "a (9s) <y>"),
            (
                Mode::Like,
                "at 10.0.0.1: up",
                "at 172.16.0.9: down",
                "at (10.0.0.1): <up>",
                "at (172.16.0.9): <down>",
            ),
            (Mode::Contains, "a 5m x", "a 9s x", "a <5m> x", "a <9s> x"),
            (Mode::Contains, "a [N] x", "a 12 y", "a ([N]) <x>", "a (12) <y>"),
            (Mode::Contains, "pod/[pod=..] x", "pod/web-1 y", "pod/([pod=..]) <x>", "pod/(web-1) <y>"),
        ] {
            let (l, r) = compare(promised, came, Some(Leeway { mode, wildcards: &wildcards }));
            assert_eq!((marked(l).as_str(), marked(r).as_str()), (left, right));
        }
    }

    #[test]
    fn words_joined_are_the_line() {
        for line in ["", "a", "é ü", "a_b  c--d", "{\"x\": 1}", "at 10.0.0.1 [..] é"] {
            assert_eq!(words(line, &[]).concat(), line);
            assert_eq!(words(line, &atoms(line)).concat(), line);
        }
    }

    #[test]
    fn likeness_is_high_for_the_same_and_small_for_others() {
        assert_eq!(likeness("a b c", "a b c"), 1000);
        assert!(likeness("busybix", "busybox") > 800);
        assert!(likeness("pod/registry created", "service/web deleted") < 200);
        assert_eq!((likeness("", "x"), likeness("", "")), (0, 0));
    }
}
