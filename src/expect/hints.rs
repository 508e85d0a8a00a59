//! What would have held in place of what does not. Nothing is said here that was not tried.

use super::lines::Lines;
use super::mode::Json;
use super::text::Streams;
use super::{Expectation, Matcher, Mode, Output};

/// What would hold of `output` in place of `expectation`, which does not; the closest to it, or none.
pub(super) fn tried(expectation: &Expectation, output: &Output<'_>) -> Vec<String> {
    match (&expectation.matcher, expectation.mode) {
        (Matcher::Json(_), Mode::Json(options)) => json(expectation, options, output).into_iter().collect(),
        (Matcher::Regex(_), _) => regex(expectation, output).into_iter().collect(),
        (Matcher::Text(_), mode) => text(expectation, mode, output).into_iter().collect(),
        (Matcher::Lines(wanted), _) => lines(expectation, wanted, output),
        (Matcher::Unwritten, _) => vec!["after a run for real `labrun accept` writes what came".into()],
        _ => Vec::new(),
    }
}

fn text(expectation: &Expectation, mode: Mode, output: &Output<'_>) -> Option<String> {
    if mode == Mode::Exact && holds_on_stderr(expectation, output) {
        return Some("it holds on stderr".into());
    }
    let looser = [(Mode::Contains, "it holds as `contains`"), (Mode::Like, "it holds as `like`")];
    let from = usize::from(matches!(mode, Mode::Contains | Mode::Like));
    for (mode, hint) in looser.into_iter().skip(from).filter(|(other, _)| *other != mode) {
        if holds(mode, &expectation.text, output) {
            return Some(hint.into());
        }
    }
    if let Some(hint) = but_for_case(expectation, output) {
        return Some(hint);
    }
    let wanted: Vec<String> = expectation
        .text
        .lines()
        .filter(|line| !line.trim().is_empty() && !super::pattern::is_gap(line))
        .map(|line| format!("+ {line}"))
        .collect();
    if wanted.len() > 1 && holds(Mode::Lines, &wanted.join("\n"), output) {
        return Some(
            "each of the lines came, but not like this one after the other: it holds as `lines`".into(),
        );
    }
    None
}

/// What would hold in place of lines that are not there: a part of each, or one text for all.
fn lines(expectation: &Expectation, lines: &Lines, output: &Output<'_>) -> Vec<String> {
    if let Some(hint) = but_for_case(expectation, output) {
        return vec![hint];
    }
    let streams = Streams::new(output, Mode::Lines);
    let Some((text, new)) = lines.loosened(&streams) else { return Vec::new() };
    let whole = holds(Mode::Lines, &text, output);
    let named: Vec<String> = new.iter().map(|line| format!("`+ {line}`")).collect();
    let (named, s) = (named.join(", "), if new.len() == 1 { "s" } else { "" });
    let mut hints = vec![if whole { format!("it holds with {named}") } else { format!("{named} hold{s}") }];
    let alone = expectation.text.trim().strip_prefix('+').map(str::trim).filter(|text| !text.contains('\n'));
    if alone.is_some_and(|text| holds(Mode::Contains, text, output)) {
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
    holds(expectation.mode, &lower(&expectation.text), &small)
        .then(|| "it holds but for upper and lower case".into())
}

fn json(expectation: &Expectation, options: Json, output: &Output<'_>) -> Option<String> {
    if holds_on_stderr(expectation, output) {
        return Some("it holds on stderr".into());
    }
    for (subset, unordered) in [(false, true), (true, false), (true, true)] {
        let mode =
            Mode::Json(Json { subset: options.subset || subset, unordered: options.unordered || unordered });
        if mode != expectation.mode && holds(mode, &expectation.text, output) {
            return Some(format!("it holds as `{mode}`"));
        }
    }
    holds(Mode::Contains, &expectation.text, output).then(|| "it holds as `contains`".into())
}

fn regex(expectation: &Expectation, output: &Output<'_>) -> Option<String> {
    let pattern = expectation.text.trim();
    if holds(Mode::Contains, pattern, output) {
        return Some("the text itself is there: it holds as `contains`".into());
    }
    for (flags, hint) in [
        ("(?i)", "it holds with (?i), which takes upper and lower case for the same"),
        ("(?s)", "it holds with (?s), where a dot goes over line ends"),
        ("(?m)", "it holds with (?m), where ^ and $ are the ends of each line"),
    ] {
        if holds(Mode::Regex, &format!("{flags}{pattern}"), output) {
            return Some(hint.into());
        }
    }
    None
}

fn holds_on_stderr(expectation: &Expectation, output: &Output<'_>) -> bool {
    let stderr = Output { stdout: output.stderr, stderr: "", ..*output };
    !output.stderr.trim().is_empty() && expectation.holds(&stderr)
}

fn holds(mode: Mode, text: &str, output: &Output<'_>) -> bool {
    Expectation::new(mode, text).is_ok_and(|other| other.holds(output))
}
