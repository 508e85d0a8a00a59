//! What would have held in place of what does not. Nothing is said here that was not tried.

use std::collections::HashSet;

use super::like;
use super::lines::Lines;
use super::mode::Json;
use super::text::Streams;
use super::wildcard::is_gap;
use super::{Expectation, Matcher, Mode, Output, Passed, Stream, Terms};

/// What would hold of `output` in place of `expectation`, which does not; the closest to it, or none.
pub(super) fn tried(expectation: &Expectation, output: &Output<'_>) -> Vec<String> {
    if let Some(hint) = elsewhere(expectation, output) {
        return vec![hint];
    }
    match (&expectation.matcher, expectation.mode) {
        (Matcher::Json(_), Mode::Json(options)) => json(expectation, options, output).into_iter().collect(),
        (Matcher::Regex(_), _) => regex(expectation, output).into_iter().collect(),
        (Matcher::Text(_), mode) => text(expectation, mode, output).into_iter().collect(),
        (Matcher::Lines(wanted), _) => lines(expectation, wanted, output),
        (Matcher::Unwritten, _) => vec!["after a run for real `labrun accept` writes what came".into()],
        (Matcher::Table(_), _) => table(expectation, output).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The stream that it would hold on.
fn elsewhere(expectation: &Expectation, output: &Output<'_>) -> Option<String> {
    if matches!(expectation.matcher, Matcher::Absent(_) | Matcher::Unwritten) {
        return None;
    }
    let streams = [(Stream::Stdout, output.stdout), (Stream::Stderr, output.stderr)];
    let other = streams.into_iter().find(|(stream, text)| {
        let terms = Terms { stream: Some(*stream), ..expectation.terms.clone() };
        !text.trim().is_empty() && under(expectation.mode, &expectation.text, terms, output)
    })?;
    Some(format!("it holds on {}", other.0))
}

fn text(expectation: &Expectation, mode: Mode, output: &Output<'_>) -> Option<String> {
    let holds = |mode, text: &str| holds(expectation, mode, text, output);
    if !matches!(mode, Mode::Contains | Mode::Like) && holds(Mode::Contains, &expectation.text) {
        return Some("it holds as `contains`".into());
    }
    if let Some(hint) = (mode != Mode::Like).then(|| as_like(expectation, output)).flatten() {
        return Some(hint);
    }
    if let Some(hint) = but_for_case(expectation, output) {
        return Some(hint);
    }
    let wanted: Vec<String> = expectation
        .text
        .lines()
        .filter(|line| !line.trim().is_empty() && !is_gap(line))
        .map(|line| format!("+ {line}"))
        .collect();
    if wanted.len() > 1 && holds(Mode::Lines, &wanted.join("\n")) {
        return Some(
            "each of the lines came, but not like this one after the other: it holds as `lines`".into(),
        );
    }
    None
}

/// A number is as often the point of a promise as not: that is for its author to say.
const PLAIN: &str = "number";

/// That it holds as `like`, and what it is then that differs: where that differs from run to run by its shape. Of plain
/// numbers, that it holds with `[N]` in their place.
fn as_like(expectation: &Expectation, output: &Output<'_>) -> Option<String> {
    let Terms { stream, wildcards, .. } = expectation.terms.clone();
    let terms = Terms { stream, wildcards, ..Terms::default() };
    let like = Expectation::under(Mode::Like, expectation.text.clone(), terms).ok()?;
    let mut joined = String::new();
    let heard = like.terms.heard(output, &mut joined);
    let kept = like.holds_of(&heard).then(|| like.kept(&heard))?;
    if kept.passed.iter().any(|token| token.kind == PLAIN) {
        return with_numbers(expectation, &kept.passed, output);
    }
    let differ = counted(&kept.passed);
    let verb = if kept.passed.len() == 1 { "differs" } else { "differ" };
    Some(if differ.is_empty() {
        "it holds as `like`".into()
    } else {
        format!("it holds as `like`: {differ} {verb}")
    })
}

/// That it holds with `[N]` in place of the numbers that differ, where nothing else does.
fn with_numbers(expectation: &Expectation, passed: &[Passed], output: &Output<'_>) -> Option<String> {
    let numbers: HashSet<&str> = passed.iter().map(|token| token.promised.as_str()).collect();
    if passed.iter().any(|token| token.kind != PLAIN) {
        return None;
    }
    let mut text = String::new();
    let mut from = 0;
    for (range, kind) in like::tokens(&expectation.text) {
        if kind.name == PLAIN && numbers.contains(&expectation.text[range.clone()]) {
            text.push_str(&expectation.text[from..range.start]);
            text.push_str("[N]");
            from = range.end;
        }
    }
    text.push_str(&expectation.text[from..]);
    let numbers: Vec<&str> = passed.iter().map(|token| token.promised.as_str()).collect();
    holds(expectation, expectation.mode, &text, output)
        .then(|| format!("it holds with [N], any number, in place of {}", numbers.join(", ")))
}

/// `2 ages and 1 address`.
fn counted(passed: &[Passed]) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for token in passed {
        match kinds.iter_mut().find(|(kind, _)| *kind == token.kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((token.kind, 1)),
        }
    }
    let plural =
        |kind: &str| if kind.ends_with(['s', 'h']) { format!("{kind}es") } else { format!("{kind}s") };
    let named = |&(kind, count): &(&str, usize)| {
        if count == 1 { format!("1 {kind}") } else { format!("{count} {}", plural(kind)) }
    };
    let named: Vec<String> = kinds.iter().map(named).collect();
    match &named[..] {
        [] => String::new(),
        [one] => one.clone(),
        [more @ .., last] => format!("{} and {last}", more.join(", ")),
    }
}

/// What would hold in place of rows that are not there.
fn table(expectation: &Expectation, output: &Output<'_>) -> Option<String> {
    but_for_case(expectation, output).or_else(|| as_like(expectation, output))
}

/// What would hold in place of lines that are not there: a part of each, or one text for all.
fn lines(expectation: &Expectation, lines: &Lines, output: &Output<'_>) -> Vec<String> {
    if let Some(hint) = but_for_case(expectation, output) {
        return vec![hint];
    }
    let streams = Streams::new(&expectation.terms.heard(output, &mut String::new()), Mode::Lines);
    let Some((text, new)) = lines.loosened(&streams) else { return Vec::new() };
    let whole = holds(expectation, Mode::Lines, &text, output);
    let named: Vec<String> = new.iter().map(|line| format!("`+ {line}`")).collect();
    let (named, s) = (named.join(", "), if new.len() == 1 { "s" } else { "" });
    let mut hints = vec![if whole { format!("it holds with {named}") } else { format!("{named} hold{s}") }];
    let alone = expectation.text.trim().strip_prefix('+').map(str::trim).filter(|text| !text.contains('\n'));
    if alone.is_some_and(|text| holds(expectation, Mode::Contains, text, output)) {
        hints.push("it holds as `contains`, without the +".into());
    }
    hints
}

/// Whether it would hold if upper and lower case were the same.
fn but_for_case(expectation: &Expectation, output: &Output<'_>) -> Option<String> {
    let lower = |text: &str| text.to_lowercase();
    let (stdout, stderr) = (lower(output.stdout), lower(output.stderr));
    let homes: Vec<String> = output.homes.iter().map(|home| lower(home)).collect();
    let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
    let small = Output { stdout: &stdout, stderr: &stderr, homes: &homes };
    holds(expectation, expectation.mode, &lower(&expectation.text), &small)
        .then(|| "it holds but for upper and lower case".into())
}

fn json(expectation: &Expectation, options: Json, output: &Output<'_>) -> Option<String> {
    let holds = |mode| holds(expectation, mode, &expectation.text, output);
    for (subset, unordered) in [(false, true), (true, false), (true, true)] {
        let mode =
            Mode::Json(Json { subset: options.subset || subset, unordered: options.unordered || unordered });
        if mode != expectation.mode && holds(mode) {
            return Some(format!("it holds as `{mode}`"));
        }
    }
    holds(Mode::Contains).then(|| "it holds as `contains`".into())
}

fn regex(expectation: &Expectation, output: &Output<'_>) -> Option<String> {
    let pattern = expectation.text.trim();
    if holds(expectation, Mode::Contains, pattern, output) {
        return Some("the text itself is there: it holds as `contains`".into());
    }
    for (flags, hint) in [
        ("(?i)", "it holds with (?i), which takes upper and lower case for the same"),
        ("(?s)", "it holds with (?s), where a dot goes over line ends"),
        ("(?m)", "it holds with (?m), where ^ and $ are the ends of each line"),
    ] {
        if holds(expectation, Mode::Regex, &format!("{flags}{pattern}"), output) {
            return Some(hint.into());
        }
    }
    None
}

/// Whether a text holds under the terms of `expectation`, as far as they are for this mode.
fn holds(expectation: &Expectation, mode: Mode, text: &str, output: &Output<'_>) -> bool {
    let Terms { stream, wildcards, .. } = expectation.terms.clone();
    let terms =
        if mode == expectation.mode || matches!((mode, expectation.mode), (Mode::Json(_), Mode::Json(_))) {
            expectation.terms.clone()
        } else {
            Terms { stream, wildcards, ..Terms::default() }
        };
    under(mode, text, terms, output)
}

fn under(mode: Mode, text: &str, terms: Terms, output: &Output<'_>) -> bool {
    Expectation::under(mode, text, terms).is_ok_and(|other| other.holds(output))
}
