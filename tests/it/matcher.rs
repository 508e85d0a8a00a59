//! The matcher against slow and obvious ones, which try everything.

use labrun::expect::{Expectation, Kept, Mode, Name, Output, Terms, Wildcards};
use proptest::prelude::*;

fn check(mode: Mode, promised: &str, came: &str) -> Option<Kept> {
    let output = Output { stdout: came, stderr: "", homes: &[] };
    knowing(mode, promised).check(&output).ok()
}

/// A promise that knows what `[=known]` is.
fn knowing(mode: Mode, promised: &str) -> Expectation {
    let wildcards = Wildcards::new([("TAG".to_owned(), "v[0-9]".to_owned())]).unwrap();
    let wildcards = wildcards.knowing([("known".to_owned(), KNOWN.to_owned())].into());
    Expectation::under(mode, promised, Terms { wildcards, ..Terms::default() }).expect("an expectation")
}

const KNOWN: &str = "7a";

/// A part of a promised line, in words of the reference.
#[derive(Clone, Copy, Debug)]
enum Part {
    Text(&'static str),
    /// `[..]`
    Any,
    /// `[=known]`
    Recall,
    /// `[N]` and the like.
    Kind(&'static str),
    /// `[c0=..]`
    Capture,
    /// `[c0=N]`
    CaptureKind(&'static str),
}

impl Part {
    /// As it is written, the name of a capture made of its place.
    fn written(self, place: usize) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Any => "[..]".to_owned(),
            Self::Recall => "[=known]".to_owned(),
            Self::Kind(kind) => format!("[{kind}]"),
            Self::Capture => format!("[c{place}=..]"),
            Self::CaptureKind(kind) => format!("[c{place}={kind}]"),
        }
    }

    /// Whether it may stand for all of `text`.
    fn is(self, text: &str) -> bool {
        match self {
            Self::Text(own) => text == own,
            Self::Any => true,
            Self::Recall => text == KNOWN,
            Self::Kind(kind) | Self::CaptureKind(kind) => is_kind(kind, text),
            Self::Capture => !text.is_empty(),
        }
    }
}

/// What the kinds mean, for the few letters that are tried.
fn is_kind(kind: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        "N" => text.split_once('.').map_or_else(|| digits(text), |(a, b)| digits(a) && digits(b)),
        "PORT" => digits(text) && !text.starts_with('0') && text.parse::<u16>().is_ok(),
        "IP" => {
            let fine = |part: &str| digits(part) && part.parse::<u8>().is_ok_and(|n| n.to_string() == part);
            text.split('.').count() == 4 && text.split('.').all(fine)
        }
        "TAG" => text.len() == 2 && text.starts_with('v') && digits(&text[1..]),
        _ => unreachable!("{kind} is not tried"),
    }
}

/// Whether the parts, one after the other, may stand for `text`.
fn stands_for(parts: &[Part], text: &str) -> bool {
    match parts {
        [] => text.is_empty(),
        [first, rest @ ..] => {
            (0..=text.len()).any(|at| first.is(&text[..at]) && stands_for(rest, &text[at..]))
        }
    }
}

/// A promised line; none is `...`.
type Line = Option<Vec<Part>>;

fn stand_for(promised: &[Line], came: &[String]) -> bool {
    match (promised, came) {
        ([], []) => true,
        ([None, rest @ ..], _) => (0..=came.len()).any(|at| stand_for(rest, &came[at..])),
        ([Some(first), promised @ ..], [line, came @ ..]) => {
            stands_for(first, line) && stand_for(promised, came)
        }
        _ => false,
    }
}

/// As lines are written in a deck.
fn written(lines: &[Line]) -> String {
    let mut place = 0;
    let mut part = |part: &Part| {
        place += 1;
        part.written(place)
    };
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            line.as_ref().map_or_else(|| "...".to_owned(), |parts| parts.iter().map(&mut part).collect())
        })
        .collect();
    lines.join("\n")
}

/// The promise with what it captures recalled instead: what was captured must be what stood there.
fn recalling(promised: &str) -> String {
    let promise = knowing(Mode::Exact, promised);
    let mut text = promised.to_owned();
    for (name, place) in promise.names().into_iter().rev() {
        if let Name::Captured(name) = name {
            text.replace_range(place, &format!("[={name}]"));
        }
    }
    text
}

/// What a cell may hold: a row of colons would be a line that is drawn.
fn cell() -> impl Strategy<Value = Part> + Clone {
    prop::sample::select(vec![
        Part::Text("a"),
        Part::Text("7"),
        Part::Any,
        Part::Recall,
        Part::Kind("N"),
        Part::Kind("PORT"),
        Part::Kind("IP"),
        Part::Kind("TAG"),
        Part::Capture,
        Part::CaptureKind("N"),
        Part::CaptureKind("IP"),
    ])
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![9 => cell(), 1 => Just(Part::Text(":"))]
}

fn promised() -> impl Strategy<Value = Vec<Line>> {
    let line = prop::option::weighted(0.8, prop::collection::vec(part(), 1..5));
    prop::collection::vec(line, 1..4)
}

fn came() -> impl Strategy<Value = Vec<String>> {
    let atom = prop::sample::select(vec!["a", "7", "42", ":", "10.0.0.1", "99999", "v1", "7a"]);
    prop::collection::vec(prop::collection::vec(atom, 1..4).prop_map(|atoms| atoms.concat()), 1..5)
}

/// A table: its columns, and its rows.
type Table<Cell> = (Vec<&'static str>, Vec<Vec<Cell>>);

fn table<Cell: Clone + std::fmt::Debug>(
    cell: impl Strategy<Value = Cell> + Clone,
    columns: std::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = Table<Cell>> {
    let order = Just(vec!["NAME", "READY", "IP"]).prop_shuffle();
    (order, columns).prop_flat_map(move |(mut names, count)| {
        names.truncate(count);
        let row = prop::collection::vec(cell.clone(), count);
        prop::collection::vec(row, 1..4).prop_map(move |rows| (names.clone(), rows))
    })
}

fn drawn((names, rows): &Table<String>) -> String {
    let line = |cells: Vec<&str>| {
        let cells: Vec<String> = cells.into_iter().map(|cell| format!("{cell:<10}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    let rows = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    std::iter::once(line(names.clone())).chain(rows).collect::<Vec<_>>().join("\n")
}

/// Whether each promised row has a row of its own.
fn has_rows(promised: &Table<Part>, came: &Table<&str>, taken: &mut Vec<usize>) -> bool {
    let Some(row) = promised.1.get(taken.len()) else { return true };
    let column = |name: &str| came.0.iter().position(|own| *own == name);
    let Some(places) = promised.0.iter().map(|name| column(name)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    (0..came.1.len()).any(|at| {
        if taken.contains(&at) || !row.iter().zip(&places).all(|(cell, &place)| cell.is(came.1[at][place])) {
            return false;
        }
        taken.push(at);
        let rest = has_rows(promised, came, taken);
        taken.pop();
        rest
    })
}

/// Whether `text` is `pattern`, where `[..]` is anything.
fn slow_glob(pattern: &str, text: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("[..]") {
        return (0..=text.len()).any(|at| slow_glob(rest, &text[at..]));
    }
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some(a), Some(b)) if a == b => slow_glob(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// Whether the lines are the promised ones, where `...` is any lines.
fn slow_lines(promised: &[&str], came: &[&str]) -> bool {
    match (promised, came) {
        ([], []) => true,
        (["...", rest @ ..], _) => (0..=came.len()).any(|at| slow_lines(rest, &came[at..])),
        ([first, promised @ ..], [line, came @ ..]) => slow_glob(first, line) && slow_lines(promised, came),
        _ => false,
    }
}

/// The same for a mode: which lines, and which parts of the first and the last, may be left out.
fn slow(mode: Mode, promised: &[&str], came: &[&str]) -> bool {
    let n = came.len();
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    (0..=n).any(|from| {
        (from..=n).any(|to| match mode {
            Mode::Exact => from == 0 && to == n && slow_lines(promised, came),
            Mode::First => from == 0 && slow_lines(promised, &came[..to]),
            Mode::Last => to == n && slow_lines(promised, &came[from..]),
            _ if from == to => slow_lines(promised, &[]),
            _ => {
                let (first, last) = (came[from], came[to - 1]);
                let inside = |inner: Option<char>, outer: Option<char>| letter(inner) && letter(outer);
                let (begin, end) = (promised[0], promised[promised.len() - 1]);
                (0..=first.len()).any(|head| {
                    (0..=last.len()).any(|tail| {
                        // A wildcard at an end is met by a part of a word; next to a gap there are whole lines.
                        let (before, after) =
                            (first[..head].chars().next_back(), last[tail..].chars().next());
                        if (to == from + 1 && head > tail)
                            || (begin == "..." && head > 0)
                            || (end == "..." && tail < last.len())
                            || (!begin.starts_with("[..]") && inside(first[head..].chars().next(), before))
                            || (!end.ends_with("[..]") && inside(last[..tail].chars().next_back(), after))
                        {
                            return false;
                        }
                        let mut lines = came[from..to].to_vec();
                        let end = lines.len() - 1;
                        lines[end] = &lines[end][..tail];
                        lines[0] = &lines[0][head..];
                        slow_lines(promised, &lines)
                    })
                })
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn matchers_agree_with_a_slow_one(
        mode in prop::sample::select(vec![Mode::Exact, Mode::Contains, Mode::First, Mode::Last]),
        promised in prop::collection::vec(
            prop::sample::select(vec!["...", "a", "b", "ab", "a b", "-", "a[..]", "[..]b", "a[..]b", "[..]"]), 1..5),
        came in prop::collection::vec(prop::sample::select(vec!["a", "b", "ab", "a b", "ba", "-", "a-b"]), 0..6),
    ) {
        prop_assert_eq!(check(mode, &promised.join("\n"), &came.join("\n")).is_some(), slow(mode, &promised, &came));
    }

    #[test]
    fn kinds_captures_and_recalls_agree_with_a_slow_matcher(promised in promised(), came in came()) {
        let (text, output) = (written(&promised), came.join("\n"));
        for mode in [Mode::Exact, Mode::First, Mode::Last] {
            let slow = match mode {
                Mode::Exact => stand_for(&promised, &came),
                Mode::First => (0..=came.len()).any(|to| stand_for(&promised, &came[..to])),
                _ => (0..=came.len()).any(|from| stand_for(&promised, &came[from..])),
            };
            let kept = check(mode, &text, &output);
            prop_assert_eq!(kept.is_some(), slow, "{}: {:?} / {:?}", mode, text, output);
            if let Some(kept) = kept {
                let mut known: std::collections::BTreeMap<_, _> = kept.captured.into_iter().collect();
                known.insert("known".to_owned(), KNOWN.to_owned());
                let again = knowing(mode, &recalling(&text)).knowing(known).unwrap();
                let output = Output { stdout: &output, stderr: "", homes: &[] };
                prop_assert!(again.check(&output).is_ok(), "{:?} did not hold what was captured", text);
            }
        }
    }

    #[test]
    fn tables_agree_with_a_slow_matcher(
        promised in table(cell(), 1..=3),
        came in table(prop::sample::select(vec!["a", "7", "42", "10.0.0.1", "v1", "7a"]), 1..=3),
    ) {
        let mut place = 0;
        let mut cell = |part: &Part| { place += 1; part.written(place) };
        let rows = promised.1.iter().map(|row| row.iter().map(&mut cell).collect()).collect();
        let text = drawn(&(promised.0.clone(), rows));
        let rows = came.1.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        let output = drawn(&(came.0.clone(), rows));
        let slow = has_rows(&promised, &came, &mut Vec::new());
        prop_assert_eq!(check(Mode::Table, &text, &output).is_some(), slow, "{}\n{}", text, output);
    }
}
