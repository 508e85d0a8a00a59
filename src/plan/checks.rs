//! What a promise compares and how, and which command it speaks of.

use std::sync::LazyLock;

use regex::Regex;

use super::cue::Cue;
use super::options::{self, Options};
use super::text::dedent;
use super::{Step, Typed};
use crate::expect::{self, Expectation, Mode};

/// Languages of fences that may show an output.
const OUTPUTS: [&str; 9] = ["", "json", "yaml", "text", "txt", "plain", "plaintext", "output", "console"];

/// Whether a fence of this language may show an output.
pub(super) fn may_be_output(language: &str) -> bool {
    OUTPUTS.contains(&language)
}

/// What a fence under a cue promises, and whether it is compared as the data that its language says; `None` where it
/// shows nothing. JSON that is JSON is compared as data; else what the sentence says decides, and what in the text can
/// only be an example. So will be what is still to be written.
pub(super) fn inferred(language: &str, text: &str, cue: Cue) -> Option<Expectation> {
    let mode = if cue.like || expect::is_volatile(text) {
        Mode::Like
    } else if cue.last {
        Mode::Last
    } else {
        Mode::Contains
    };
    let json = language == "json";
    if text.trim().is_empty() {
        let unwritten = Expectation::unwritten(if json { Mode::JSON } else { mode });
        return (language != "bash").then_some(unwritten);
    }
    let json = json.then(|| Expectation::new(Mode::JSON, text).ok()).flatten();
    json.or_else(|| Expectation::new(mode, text).ok())
}

/// An `expect` directive, read.
#[derive(Debug, Default)]
pub(super) struct Expect {
    /// How it compares, and with what.
    pub promise: Option<Promise>,
    /// Options of the step.
    pub options: Options,
}

/// What an `expect` promises.
#[derive(Debug)]
pub(super) enum Promise {
    /// The next fence, compared like this.
    Fence(Mode),
    /// A text of its own.
    Text(Box<Expectation>),
}

/// What is wrong with an `expect`, one lower-case sentence.
#[derive(Debug)]
pub(super) enum Wrong {
    /// An option's value.
    Option(String),
    /// Its mode, or its text.
    Text(String),
}

/// Reads the words of an `expect` directive: a mode, options, then the text, on the same line or on those below.
///
/// # Errors
/// Where an option, the mode or the text cannot be read.
pub(super) fn expect(data: &str) -> Result<Expect, Wrong> {
    let wrong = |error: expect::Error| Wrong::Text(error.to_string());
    let (first, below) = data.split_once('\n').unwrap_or((data, ""));
    let mut options = Options::default();
    let mut mode: Option<Mode> = None;
    let mut rest = first.trim();
    while !rest.is_empty() {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !options::take(&mut options, word).map_err(Wrong::Option)? {
            // Behind `json` come its own words: `json subset`.
            mode = match mode {
                None => Some(word.parse().map_err(wrong)?),
                Some(mode) => match format!("{mode} {word}").parse() {
                    Ok(refined) => Some(refined),
                    Err(_) => break,
                },
            };
        }
        rest = after.trim_start();
    }
    let below = dedent(below);
    let text =
        [rest, below.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let promise = match mode {
        None if text.is_empty() => None,
        None => return Err(Wrong::Text("its text has no mode before it".to_owned())),
        Some(mode) if text.is_empty() => Some(Promise::Fence(mode)),
        Some(mode) => Some(Promise::Text(Box::new(Expectation::new(mode, text).map_err(wrong)?))),
    };
    Ok(Expect { promise, options })
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
        let calls = |name: &&str| command.calls(name);
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
    use std::time::Duration;

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
            let expectation = inferred(language, text, cue(like, last)).unwrap();
            assert_eq!(expectation.mode().to_string(), mode, "{text}");
        }
        let unwritten = inferred("json", " \n", cue(false, false)).unwrap();
        assert_eq!((unwritten.is_unwritten(), unwritten.mode()), (true, Mode::JSON));
        assert!(inferred("bash", "", cue(false, false)).is_none());
    }

    #[test]
    fn an_expect_has_a_mode_options_and_a_text() {
        let read = |data| match expect(data).unwrap().promise {
            Some(Promise::Text(expectation)) => {
                (expectation.mode().to_string(), Some(expectation.text().to_owned()))
            }
            Some(Promise::Fence(mode)) => (mode.to_string(), None),
            None => (String::new(), None),
        };
        let text = |mode: &str, text: &str| (mode.to_owned(), Some(text.to_owned()));
        assert_eq!(read("contains\n  a\n    b\n"), text("contains", "a\n  b"));
        assert_eq!(read("contains two words"), text("contains", "two words"));
        assert_eq!(read("json subset unordered [1]"), text("json subset unordered", "[1]"));
        assert_eq!(read("json subset retry=2m"), ("json subset".to_owned(), None));
        assert_eq!(read("last timeout=5s\nx"), text("last", "x"));
        assert_eq!(read("terminal retry=1s"), (String::new(), None));
        let options = expect("last retry=2m timeout=5s terminal x").unwrap().options;
        assert_eq!(options.retry, Some(Duration::from_mins(2)));
        assert_eq!(options.timeout, Some(Duration::from_secs(5)));
        assert!(options.terminal);
    }

    #[test]
    fn what_is_wrong_with_an_expect_is_said() {
        for (data, option, message) in [
            ("jsn", false, "jsn"),
            ("contains retry=soon", true, "`soon` is no time"),
            ("json\n{", false, "not JSON"),
            ("regex\n(", false, "not a regular expression"),
            ("lines\nx", false, "begins with"),
            ("retry=2s\nx", false, "no mode"),
        ] {
            let (is_option, error) = match expect(data).unwrap_err() {
                Wrong::Option(error) => (true, error),
                Wrong::Text(error) => (false, error),
            };
            assert!(is_option == option && error.contains(message), "{data}: {error}");
        }
    }
}
