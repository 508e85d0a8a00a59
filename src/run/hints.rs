//! What to try when a command fails: only what its own words make likely. Pure.

use std::sync::LazyLock;

use regex::Regex;

use crate::event::{Outcome, Past};
use crate::expect::{self, Expectation, Mended, Mode, News, Output};
use crate::plan::Typed;

/// A sign in what a command said, and what to try then.
struct Sign {
    pattern: &'static str,
    hint: &'static str,
}

/// What a command says of something that is there already.
static AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)already ?exists|file exists|already in use|still in use|already allocated|already been taken|already part of",
    )
    .expect("a constant pattern")
});

const SIGNS: [Sign; 6] = [
    Sign {
        pattern: r"(?i)cannot connect to the docker daemon|is the docker daemon running",
        hint: "no Docker engine answers: start it, or run with --stage simulated",
    },
    Sign {
        pattern: r"(?i)the connection to the server \S+ was refused|unable to connect to the server",
        hint: "no Kubernetes API server answers: check the kube context, or run with --stage simulated",
    },
    Sign {
        pattern: r"(?i)permission denied",
        hint: "check who runs this: the deck may expect root, or sudo",
    },
    Sign {
        pattern: r"(?i)no space left on device",
        hint: "the disk is full: free some space, then run again",
    },
    Sign {
        pattern: r"(?i)unauthorized|authentication required|access denied",
        hint: "a login is missing or wrong: check the values given for it",
    },
    Sign {
        pattern: r"(?i)(could not|couldn't) resolve host|no such host|temporary failure in name resolution",
        hint: "a host name is not known here: check the network, and the name on the slide",
    },
];

static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    SIGNS.iter().map(|sign| (Regex::new(sign.pattern).expect("a constant pattern"), sign.hint)).collect()
});

/// What to try for a command whose status is wrong.
#[must_use]
pub fn of_status(command: &Typed, outcome: &Outcome, past: Option<&Past>) -> Vec<String> {
    if outcome.status == Some(127) {
        return vec![missing_program(&outcome.stderr)];
    }
    if outcome.shell_ended.is_some() && command.text.trim() != "exit" {
        return vec![
            "a learner's terminal closes here: put what ends the shell in parentheses, ( … ), or leave it out"
                .to_owned(),
        ];
    }
    let says = |pattern: &Regex| pattern.is_match(&outcome.stderr) || pattern.is_match(&outcome.stdout);
    let again = says(&AGAIN).then(|| {
        let before = match past {
            Some(past) => format!("this deck was run here before, on {}", past.time),
            None => "this deck was probably run here before".to_owned(),
        };
        format!("{before}: remove what it makes, or start from a fresh stage")
    });
    let signs = PATTERNS.iter().filter(|(pattern, _)| says(pattern)).map(|(_, hint)| (*hint).to_owned());
    again.into_iter().chain(signs).collect()
}

/// What is new in an output since the deck's last run.
#[must_use]
pub fn since(past: &Past, step: &str, index: usize, outcome: &Outcome) -> Option<String> {
    let before = past.printed(step, index)?;
    let on_stdout = !(before.stdout.trim().is_empty() && outcome.stdout.trim().is_empty());
    let (before, now) =
        if on_stdout { (&before.stdout, &outcome.stdout) } else { (&before.stderr, &outcome.stderr) };
    let News { new, gone } = expect::news(before, now);
    let time = &past.time;
    Some(match (&new[..], &gone[..]) {
        ([], []) => format!("the last run, {time}, printed the same"),
        ([(number, line)], _) => format!("line {number} is new since the last run, {time}: {}", line.trim()),
        ([], [line]) => format!("a line of the last run, {time}, did not come: {}", line.trim()),
        ([], lines) => format!("{} lines of the last run, {time}, did not come", lines.len()),
        (lines, _) => format!(
            "{} lines are new since the last run, {time}; the first is line {}: {}",
            lines.len(),
            lines[0].0,
            lines[0].1.trim()
        ),
    })
}

/// What is wrong with a promise that is meant as JSON and is none, and whether it would hold without that.
#[must_use]
pub fn of_json(promised: &Expectation, output: &Output<'_>) -> Option<String> {
    let Mended { text, wrong } = expect::mend(promised.text())?;
    let holds = Expectation::under(Mode::JSON, text, promised.terms().clone())
        .is_ok_and(|json| json.check(output).is_ok());
    let then = if holds { "; without that it holds as `json`" } else { "" };
    Some(format!("the promised JSON is not JSON: {wrong}{then}"))
}

fn missing_program(stderr: &str) -> String {
    static NOT_FOUND: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)(\S+): command not found").expect("a constant pattern"));
    NOT_FOUND.captures(stderr).map_or_else(
        || "a program is not installed here, or its name is misspelled on the slide".to_owned(),
        |found| format!("'{}' is not installed here, or its name is misspelled on the slide", &found[1]),
    )
}
