//! One line written anew: as it came, with the wildcards of the promised line where they still match, and with one
//! where two attempts differ.

use std::sync::LazyLock;

use regex::Regex;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::Mode;
use super::super::pattern::Glob;
use super::super::wildcard::{Wildcards, is_gap, places};
use super::super::words::words;

/// What may be a wildcard; whether it is, the matcher knows.
static WILDCARD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[(?:\.\.|=?\w+(?:=[^\]]*)?)\]|\.\.\.|…").expect("a valid pattern"));

/// Anything within a line.
const ANY: &str = "[..]";
/// Longer lines are written as they came.
const MOST_CELLS: usize = 1_000_000;
/// What a word is worth that is not the same; what a wildcard swallows is cheap.
const WORD: u32 = 1000;

/// A piece of a promised line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Wildcard(&'a str),
}

/// `came` in place of `promised`, with the wildcards of that; `ready` is how the matcher wants lines.
pub(super) fn with_wildcards(
    promised: &str,
    came: &str,
    (mode, wildcards): (Mode, &Wildcards),
    ready: impl Fn(&str) -> String,
) -> Option<String> {
    let line = merged(&tokens(promised), &pieces(came));
    let kept = line != came && WILDCARD.is_match(&line);
    let holds = || {
        let glob = Glob::of_line(&ready(&line), mode, wildcards);
        glob.is_some_and(|glob| glob.matches(&ready(came)))
    };
    (kept && holds()).then_some(line)
}

/// `came` so that it stands for itself, whatever in it looks like a wildcard.
pub(super) fn literal(
    came: &str,
    (mode, wildcards): (Mode, &Wildcards),
    ready: impl Fn(&str) -> String,
) -> String {
    if is_gap(came) {
        return format!("\\{}", came.trim());
    }
    let line = ready(came);
    if Glob::of_line(&line, mode, wildcards).is_some_and(|glob| glob.matches(&line)) {
        return came.to_owned();
    }
    let mut escaped = String::with_capacity(came.len() + 2);
    let mut from = 0;
    for place in places(came) {
        escaped.push_str(&came[from..place.start]);
        escaped.push('\\');
        from = place.start;
    }
    escaped + &came[from..]
}

/// `came` with a wildcard for each run of words that differs from `before`.
pub(super) fn generalised(came: &str, before: &str) -> String {
    let (old, new) = (words(before, &[]), words(came, &[]));
    let mut line = String::with_capacity(came.len());
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if matches!(op, DiffOp::Equal { .. }) {
            line.extend(new[op.new_range()].iter().copied());
        } else if !line.ends_with(ANY) {
            line.push_str(ANY);
        }
    }
    line
}

/// Words, with digits and letters apart: of `[..]s` the `s` is one.
fn pieces(line: &str) -> Vec<&str> {
    let split = |word: &'_ str| -> Vec<usize> {
        let digit = |c: char| c.is_ascii_digit();
        let pairs = word.char_indices().zip(word.chars().skip(1));
        pairs.filter(|((_, a), b)| digit(*a) != digit(*b)).map(|((at, a), _)| at + a.len_utf8()).collect()
    };
    let mut pieces = Vec::new();
    for word in words(line, &[]) {
        let mut from = 0;
        for at in split(word).into_iter().chain([word.len()]) {
            pieces.push(&word[from..at]);
            from = at;
        }
    }
    pieces
}

fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut from = 0;
    for found in WILDCARD.find_iter(line) {
        tokens.extend(pieces(&line[from..found.start()]).into_iter().map(Token::Word));
        tokens.push(Token::Wildcard(found.as_str()));
        from = found.end();
    }
    tokens.extend(pieces(&line[from..]).into_iter().map(Token::Word));
    tokens
}

/// The words that came, with each wildcard in place of those that it stands for in the cheapest reading.
fn merged(promised: &[Token<'_>], came: &[&str]) -> String {
    let (rows, columns) = (promised.len() + 1, came.len() + 1);
    if rows * columns > MOST_CELLS {
        return came.concat();
    }
    let cell = |i: usize, j: usize| i * columns + j;
    // costs[i][j]: of the promised pieces from i on and the words from j on.
    let mut costs = vec![0u32; rows * columns];
    let cost_of = |token: Token<'_>, word: &str| match token {
        Token::Word(promised) if promised == word || (blank(promised) && blank(word)) => 0,
        _ => WORD,
    };
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let after = |i: usize, j: usize| (i < rows && j < columns).then(|| costs[cell(i, j)]);
            let cheapest = match promised.get(i) {
                Some(Token::Wildcard(_)) => [after(i + 1, j), after(i, j + 1).map(|cost| cost + 1), None],
                Some(&token) => [
                    after(i + 1, j).map(|cost| cost + WORD),
                    after(i, j + 1).map(|cost| cost + WORD),
                    after(i + 1, j + 1).map(|cost| cost + cost_of(token, came[j])),
                ],
                None => [after(i, j + 1).map(|cost| cost + WORD), None, None],
            };
            costs[cell(i, j)] = cheapest.into_iter().flatten().min().unwrap_or(0);
        }
    }
    let (mut i, mut j, mut line) = (0, 0, String::new());
    while i < promised.len() || j < came.len() {
        let here = costs[cell(i, j)];
        match promised.get(i) {
            Some(Token::Wildcard(wildcard)) => {
                if here == costs[cell(i + 1, j)] {
                    line.push_str(wildcard);
                    i += 1;
                } else {
                    j += 1;
                }
            }
            Some(&token) if j < came.len() && here == costs[cell(i + 1, j + 1)] + cost_of(token, came[j]) => {
                line.push_str(came[j]);
                (i, j) = (i + 1, j + 1);
            }
            Some(_) if here == costs[cell(i + 1, j)] + WORD => i += 1,
            _ => {
                line.push_str(came[j]);
                j += 1;
            }
        }
    }
    line
}

fn blank(word: &str) -> bool {
    word.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stay_where_they_match() {
        for (promised, came, wanted) in [
            ("pod/[..] created", "pod/x-1 patched", "pod/[..] patched"),
            ("a [..] b [..] c", "a 1 b 2 d", "a [..] b [..] d"),
            ("[..]", "all of it", "[..]"),
            ("x [INFO] y", "x [INFO] z", "x [INFO] z"),
            ("[IP] is up", "10.0.0.1 is down", "[IP] is down"),
            ("no wildcards", "none", "none"),
        ] {
            let how = (Mode::Contains, &Wildcards::default());
            let line = with_wildcards(promised, came, how, str::to_owned).unwrap_or_else(|| came.to_owned());
            assert_eq!(line, wanted, "{promised}");
        }
    }

    #[test]
    fn what_looks_like_a_wildcard_can_stand_for_itself() {
        let how = (Mode::Exact, &Wildcards::default());
        for (came, wanted) in
            [("use [IP] here", "use \\[IP] here"), ("...", "\\..."), ("plain [x]", "plain [x]")]
        {
            assert_eq!(literal(came, how, str::to_owned), wanted);
        }
    }

    #[test]
    fn what_differs_is_a_wildcard() {
        assert_eq!(generalised("up 12s now", "up 9s now"), "up [..] now");
        assert_eq!(generalised("a b c d", "a x y d"), "a [..] [..] d");
        assert_eq!(generalised("same", "same"), "same");
    }
}
