//! What to try when a command fails: only what its own words make likely. Pure.

use std::sync::LazyLock;

use regex::Regex;

use crate::event::Outcome;
use crate::plan::Typed;

/// A sign in what a command said, and what to try then.
struct Sign {
    pattern: &'static str,
    hint: &'static str,
}

const SIGNS: [Sign; 7] = [
    Sign {
        pattern: r"(?i)already ?exists",
        hint: "this deck was probably run here before: remove what it makes, or start from a fresh stage",
    },
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
pub fn of_status(command: &Typed, outcome: &Outcome) -> Vec<String> {
    if outcome.status == Some(127) {
        return vec![missing_program(&outcome.stderr)];
    }
    if outcome.shell_ended.is_some() && command.text.trim() != "exit" {
        return vec![
            "a learner's terminal closes here: put what ends the shell in parentheses, ( … ), or leave it out"
                .to_owned(),
        ];
    }
    PATTERNS
        .iter()
        .filter(|(pattern, _)| pattern.is_match(&outcome.stderr) || pattern.is_match(&outcome.stdout))
        .map(|(_, hint)| (*hint).to_owned())
        .collect()
}

fn missing_program(stderr: &str) -> String {
    static NOT_FOUND: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)(\S+): command not found").expect("a constant pattern"));
    NOT_FOUND.captures(stderr).map_or_else(
        || "a program is not installed here, or its name is misspelled on the slide".to_owned(),
        |found| format!("'{}' is not installed here, or its name is misspelled on the slide", &found[1]),
    )
}
