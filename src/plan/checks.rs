//! What a promise compares and how, and which command it speaks of.

use std::sync::LazyLock;

use regex::Regex;

use super::cue::Cue;
use super::{Step, Typed};
use crate::expect::{Expectation, Mode, Terms, Wildcards, example};

/// Languages of fences that may show an output.
const OUTPUTS: [&str; 9] = ["", "json", "yaml", "text", "txt", "plain", "plaintext", "output", "console"];

/// Languages of fences that show a session: prompts, what was typed, and what came.
const SESSIONS: [&str; 5] = ["console", "shell-session", "shellsession", "sh-session", "bash-session"];

/// Whether a fence of this language may show a session.
pub(super) fn may_be_session(language: &str) -> bool {
    SESSIONS.contains(&language)
}

/// Whether a fence of this language may show an output.
pub(super) fn may_be_output(language: &str) -> bool {
    OUTPUTS.contains(&language)
}

/// What a text promises that no directive speaks of.
#[derive(Debug)]
pub(super) struct Inferred {
    pub expectation: Expectation,
    /// Why it is compared so, as a person would say it; empty where it goes without saying.
    pub why: String,
}

/// What a fence under a cue promises, and whether it is compared as the data that its language says; `None` where it
/// shows nothing. JSON that is JSON is compared as data; else what the sentence says decides, and what in the text can
/// only be an example. So will be what is still to be written.
pub(super) fn inferred(language: &str, text: &str, cue: Cue, wildcards: &Wildcards) -> Option<Inferred> {
    let (mode, why) = match example(text) {
        _ if cue.like => (Mode::Like, "the sentence says what it is like".to_owned()),
        Some(example) => (Mode::Like, format!("`{example}` differs from run to run")),
        None if cue.last => (Mode::Last, "the sentence says what comes last".to_owned()),
        None => (Mode::Contains, String::new()),
    };
    let data = || "the block is JSON".to_owned();
    let terms = || Terms { wildcards: wildcards.clone(), ..Terms::default() };
    let json = language == "json";
    if text.trim().is_empty() {
        let mode = if json { Mode::JSON } else { mode };
        let unwritten = Expectation::unwritten(mode, terms()).ok().filter(|_| language != "bash");
        return unwritten.map(|expectation| Inferred { expectation, why: String::new() });
    }
    let of = |mode| Expectation::under(mode, text, terms()).ok();
    let as_data =
        json.then(|| of(Mode::JSON)).flatten().map(|expectation| Inferred { expectation, why: data() });
    as_data.or_else(|| Some(Inferred { expectation: of(mode)?, why }))
}

/// The command that a promise speaks of, as step and index: the last one that the sentence names ("the curl command",
/// `` `kubectl get` ``), else the last of the last step. `steps` are those that it may speak of.
pub(super) fn bound<'a>(
    steps: impl DoubleEndedIterator<Item = (usize, &'a Step)>,
    sentence: &str,
) -> Option<(usize, usize)> {
    let named = Named::of(sentence);
    let mut last = None;
    for (index, step) in steps.rev() {
        for (place, command) in step.commands().iter().enumerate().rev() {
            if named.is(command) {
                return Some((index, place));
            }
            last = last.or(Some((index, place)));
            if named.is_none() {
                return last;
            }
        }
    }
    last
}

/// Commands that a sentence names.
struct Named<'a> {
    /// The word before "command".
    programs: Vec<&'a str>,
    /// What stands in ticks.
    quoted: Vec<&'a str>,
}

impl<'a> Named<'a> {
    fn of(sentence: &'a str) -> Self {
        static PROGRAM: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"`?([\w.-]+)`?\s+commands?\b").expect("a constant pattern"));
        static QUOTED: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"`([^`]+)`").expect("a constant pattern"));
        let all = |regex: &Regex| {
            regex
                .captures_iter(sentence)
                .filter_map(|captures| captures.get(1))
                .map(|found| found.as_str())
                .collect()
        };
        Self { programs: all(&PROGRAM), quoted: all(&QUOTED) }
    }

    fn is_none(&self) -> bool {
        self.programs.is_empty() && self.quoted.is_empty()
    }

    fn is(&self, command: &Typed) -> bool {
        // Of what bash has built in, the word that a command begins with tells.
        let begins = |name: &str| command.text.split_whitespace().next() == Some(name);
        let calls = |name: &&str| command.calls(name) || begins(name);
        let holds = |text: &&str| {
            let mut places = command.text.match_indices(*text);
            places.any(|(at, _)| {
                let before = command.text[..at].chars().next_back();
                let after = command.text[at + text.len()..].chars().next();
                let apart = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "|;&()".contains(c));
                apart(before) && apart(after)
            })
        };
        let starts = |text: &&str| text.split_whitespace().next().is_some_and(|name| calls(&name));
        self.programs.iter().any(calls) || self.quoted.iter().any(|text| starts(text) && holds(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_follows_from_language_text_and_sentence() {
        let cue = |like, last| Cue { plain: true, like, last };
        for (language, text, like, last, mode) in [
            ("json", "{\"a\": []}", true, true, "json"),
            ("json", "\"a\": []}", false, false, "contains"),
            ("", "{\"a\": []}", false, false, "contains"),
            ("", "a b", false, false, "contains"),
            ("", "a b", true, false, "like"),
            ("", "a b", false, true, "last"),
            ("", "a ... b", false, false, "like"),
            ("", "from 10.0.0.1", false, true, "like"),
            ("yaml", "at: 2024-01-01", false, false, "like"),
        ] {
            let expectation =
                inferred(language, text, cue(like, last), &Wildcards::default()).unwrap().expectation;
            assert_eq!(expectation.mode().to_string(), mode, "{text}");
        }
        let unwritten =
            inferred("json", " \n", cue(false, false), &Wildcards::default()).unwrap().expectation;
        assert_eq!((unwritten.is_unwritten(), unwritten.mode()), (true, Mode::JSON));
        assert!(inferred("bash", "", cue(false, false), &Wildcards::default()).is_none());
    }
}
