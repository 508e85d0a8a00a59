//! Reads an `expect` directive: a mode, options, and a text; and says at which of its words it is wrong.

use std::ops::Range;

use super::options::{self, Options};
use super::status::{Status, Statuses};
use super::text::dedent;
use super::{Step, Weight};
use crate::diagnostic::{Diagnostic, codes, distance, nearest};
use crate::expect::{self, Expectation, Mode, Terms, Wildcards};
use crate::source::{Source, Span};

/// An `expect` directive, read.
#[derive(Debug)]
pub(super) struct Expect {
    /// How it compares, and with what.
    pub promise: Option<Promise>,
    /// Options of the step.
    pub options: Options,
    /// What the command's status must be.
    pub status: Option<Status>,
    /// What a break does to the run.
    pub weight: Weight,
}

/// What an `expect` promises.
#[derive(Debug)]
pub(super) enum Promise {
    /// The next fence, compared like this.
    Fence(Box<Manner>),
    /// A text of its own.
    Text(Box<Expectation>),
}

/// How a text that stands elsewhere is compared.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub mode: Mode,
    pub terms: Terms,
    pub weight: Weight,
}

/// What is wrong with an `expect`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// One of [`codes`].
    pub code: &'static str,
    /// One lower-case sentence.
    pub message: String,
    /// What to do; empty where the message says it.
    pub help: String,
    /// Where, in bytes of the directive's data.
    pub place: Range<usize>,
}

/// What a person may write besides a mode.
const HELP: &str = "the options are: retry=TIME, timeout=TIME, terminal, status=N, stream=stdout|stderr|both|screen, \
                    as=warn, ignore=PATH (json), key=COLUMN (table)";

/// Reads the words of an `expect`: a mode and options in any order, then the text, on the same line or on those below.
///
/// # Errors
/// Where an option, the mode or the text cannot be read.
pub(super) fn read(data: &str, wildcards: &Wildcards) -> Result<Expect, Wrong> {
    let (first, below) = data.split_once('\n').unwrap_or((data, ""));
    let mut words = Words {
        options: Options::default(),
        mode: None,
        status: None,
        terms: Terms::default(),
        weight: Weight::Fails,
    };
    words.terms.wildcards = wildcards.clone();
    let mut at = first.len() - first.trim_start().len();
    while at < first.len() {
        let word = first[at..].split(char::is_whitespace).next().unwrap_or_default();
        if !words.take(word, at..at + word.len())? {
            break;
        }
        let rest = &first[at + word.len()..];
        at = first.len() - rest.trim_start().len();
    }
    let rest = first[at.min(first.len())..].trim_end();
    let below = dedent(below);
    let parts = [rest, below.as_str()];
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    words.finish(&text, &Layout { data, at, starts_here: !rest.is_empty() })
}

/// The words of an `expect` so far.
struct Words {
    options: Options,
    mode: Option<Named>,
    status: Option<Statuses>,
    terms: Terms,
    weight: Weight,
}

/// What the first word says is compared.
#[derive(Clone, Copy, PartialEq)]
enum Named {
    Status,
    Output(Mode),
}

/// Where the text of an `expect` stands in its data.
struct Layout<'a> {
    data: &'a str,
    /// Where it begins, if it begins on the first line.
    at: usize,
    starts_here: bool,
}

impl Words {
    /// Takes a word; says whether it was one of labrun's, and not the text.
    fn take(&mut self, word: &str, place: Range<usize>) -> Result<bool, Wrong> {
        let unknown = |message: String, help: String| Wrong {
            code: codes::OPTION_UNKNOWN,
            message,
            help,
            place: place.clone(),
        };
        let wrong = |message| unknown(message, HELP.to_owned());
        if options::take(&mut self.options, word).map_err(wrong)? || self.option(word).map_err(wrong)? {
            return Ok(true);
        }
        match self.mode {
            None => self.mode = Some(mode(word, &place)?),
            Some(Named::Output(mode)) => {
                // Behind `json` come its own words: `json subset`.
                let Ok(refined) = format!("{mode} {word}").parse() else {
                    let (name, _) = word.split_once('=').unwrap_or_default();
                    return meant(name, mode).map_or(Ok(false), |known| {
                        let help = format!(
                            "did you mean `{known}=`? a text that begins so stands on the lines below"
                        );
                        Err(unknown(format!("`{name}=` is no option"), help))
                    });
                };
                self.mode = Some(Named::Output(refined));
            }
            Some(Named::Status) => return Ok(false),
        }
        Ok(true)
    }

    /// Takes an option of checks.
    fn option(&mut self, word: &str) -> Result<bool, String> {
        let Some((name, value)) = word.split_once('=') else { return Ok(false) };
        match name {
            "stream" => self.terms.stream = Some(value.parse()?),
            "ignore" => self.terms.ignore.push(value.parse()?),
            "key" => self.terms.key = Some(value.to_owned()),
            "status" => self.status = Some(value.parse()?),
            "as" => {
                self.weight = match value {
                    "warn" => Weight::Warns,
                    "fail" => Weight::Fails,
                    _ => return Err(format!("`{value}` is no way to take a break: as=warn, or as=fail")),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(mut self, text: &str, layout: &Layout<'_>) -> Result<Expect, Wrong> {
        let all = 0..layout.data.len();
        let wrong = |message: String, place| Wrong {
            code: codes::EXPECT_INVALID,
            message,
            help: String::new(),
            place,
        };
        let promise = match self.mode {
            None if text.is_empty() => None,
            None => return Err(wrong("its text has no mode before it".to_owned(), layout.text())),
            Some(Named::Status) => {
                // `status=1` may stand beside it.
                if !text.is_empty() || self.status.is_none() {
                    let said = text.parse().map_err(|message| {
                        wrong(message, if text.is_empty() { all } else { layout.text() })
                    })?;
                    self.status = Some(said);
                }
                None
            }
            Some(Named::Output(mode)) if text.is_empty() => {
                Some(Promise::Fence(Box::new(Manner { mode, terms: self.terms, weight: self.weight })))
            }
            Some(Named::Output(mode)) => {
                let expectation = Expectation::under(mode, text, self.terms);
                Some(Promise::Text(Box::new(
                    expectation.map_err(|error| wrong(error.to_string(), layout.place(text, &error)))?,
                )))
            }
        };
        let status = self.status.map(Status::OneOf);
        Ok(Expect { promise, options: self.options, status, weight: self.weight })
    }
}

/// The option that a word behind the mode is meant as, which is none: it lacks a letter of its name.
fn meant(name: &str, mode: Mode) -> Option<&'static str> {
    let own: &[&str] = match mode {
        Mode::Json(_) => &["ignore"],
        Mode::Table => &["key"],
        _ => &[],
    };
    let known = ["retry", "timeout", "status", "stream"];
    known.iter().chain(own).copied().find(|known| distance(name, known) == 1)
}

/// A mode by its first word.
fn mode(word: &str, place: &Range<usize>) -> Result<Named, Wrong> {
    if word == "status" {
        return Ok(Named::Status);
    }
    word.parse().map(Named::Output).map_err(|_| {
        // An option's name, or what is like one, is meant as one.
        let option = word.contains('=');
        let (code, message) = if option {
            (codes::OPTION_UNKNOWN, format!("`{word}` is no option of labrun"))
        } else {
            (codes::EXPECT_INVALID, format!("`{word}` is no way to compare"))
        };
        let modes = || Mode::words().chain(["status"]);
        let help = match nearest(word, modes()) {
            _ if option => HELP.to_owned(),
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("the modes are: {}", modes().collect::<Vec<_>>().join(", ")),
        };
        Wrong { code, message, help, place: place.clone() }
    })
}

impl Layout<'_> {
    /// All of the text.
    fn text(&self) -> Range<usize> {
        let start = if self.starts_here { self.at } else { self.line(1).start };
        start.min(self.data.len())..self.data.len()
    }

    /// A line of the data, from 0.
    fn line(&self, number: usize) -> Range<usize> {
        let mut lines = self.data.split('\n').scan(0, |start, line| {
            let range = *start..*start + line.len();
            *start = range.end + 1;
            Some(range)
        });
        lines.nth(number).unwrap_or(self.data.len()..self.data.len())
    }

    /// Where an error about `text` stands.
    fn place(&self, text: &str, error: &expect::Error) -> Range<usize> {
        let Some((line, column)) = error.place() else { return self.text() };
        let above = line.saturating_sub(1);
        let whole = self.line(above + usize::from(!self.starts_here));
        let length = text.split('\n').nth(above).map_or(0, str::len);
        // The text lacks the indentation that its lines share; where it begins on the first line, all before it.
        let from = if self.starts_here && above == 0 { self.at } else { whole.end.saturating_sub(length) };
        let start = (from + column.saturating_sub(1)).min(whole.end);
        start..whole.end
    }
}

impl Wrong {
    /// As a diagnostic of a directive whose data begins at `start`.
    pub(super) fn diagnostic(&self, source: &Source, data: Span) -> Diagnostic {
        let unix = source.unix(data);
        let position = |at: usize| {
            // Line ends may be longer in the file.
            let before = unix.get(..at).unwrap_or(&unix);
            let line = before.matches('\n').count();
            let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
            let start =
                if line == 0 { data.start } else { source.line_span(source.line(data.start) + line).start };
            let at = (start + column).min(data.end);
            (0..=at).rev().find(|&at| source.text().is_char_boundary(at)).unwrap_or(data.start)
        };
        let span = Span::new(position(self.place.start), position(self.place.end));
        let span = if span.start < span.end { span } else { data };
        let diagnostic = Diagnostic::error(self.code, span, &*self.message);
        if self.help.is_empty() { diagnostic } else { diagnostic.help(&*self.help) }
    }
}

/// Lets a step have the options of an `expect` about it.
pub(super) fn refine(step: &mut Step, options: Options) {
    let own = &mut step.options;
    own.retry = options.retry.or(own.retry);
    own.timeout = options.timeout.or(own.timeout);
    own.terminal |= options.terminal;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::expect::Stream;

    fn expect(data: &str) -> Result<Expect, Wrong> {
        read(data, &Wildcards::default())
    }

    #[test]
    fn an_expect_has_a_mode_options_and_a_text() {
        let read = |data| match expect(data).unwrap().promise {
            Some(Promise::Text(expectation)) => {
                (expectation.mode().to_string(), Some(expectation.text().to_owned()))
            }
            Some(Promise::Fence(manner)) => (manner.mode.to_string(), None),
            None => (String::new(), None),
        };
        let text = |mode: &str, text: &str| (mode.to_owned(), Some(text.to_owned()));
        assert_eq!(read("contains\n  a\n    b\n"), text("contains", "a\n  b"));
        assert_eq!(read("contains two words"), text("contains", "two words"));
        assert_eq!(read("json subset unordered [1]"), text("json subset unordered", "[1]"));
        assert_eq!(read("json subset retry=2m"), ("json subset".to_owned(), None));
        assert_eq!(read("last timeout=5s\nx"), text("last", "x"));
        assert_eq!(read("terminal retry=1s"), (String::new(), None));
        assert_eq!(read("contains status=1 no such file"), text("contains", "no such file"));
        assert_eq!(read("table key=NODE\nNAME  NODE\na     b"), text("table", "NAME  NODE\na     b"));
        assert_eq!(read("status 1"), (String::new(), None));
        assert_eq!(read("contains keys=3"), text("contains", "keys=3"));
        assert_eq!(read("contains state=up strem=1"), text("contains", "state=up strem=1"));
        assert_eq!(read("contains\nstrem=1"), text("contains", "strem=1"));
        let options = expect("last retry=2m timeout=5s terminal x").unwrap().options;
        assert_eq!(options.retry, Some(Duration::from_mins(2)));
        assert_eq!(options.timeout, Some(Duration::from_secs(5)));
        assert!(options.terminal);
    }

    #[test]
    fn a_check_has_options_of_its_own() {
        let Expect { promise, status, weight, .. } =
            expect("json stream=stderr as=warn ignore=.a ignore=.b[].c status=1,2").unwrap();
        let Some(Promise::Fence(manner)) = promise else { panic!("no text") };
        assert_eq!((manner.terms.stream, manner.terms.ignore.len()), (Some(Stream::Stderr), 2));
        assert_eq!((weight, manner.weight), (Weight::Warns, Weight::Warns));
        assert_eq!(status, Some(Status::OneOf("1 2".parse().unwrap())));
        for data in ["status 0", "status=0", "status\n0"] {
            assert_eq!(expect(data).unwrap().status, Some(Status::OneOf(Statuses::only(0))), "{data}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_expect_is_pointed_at() {
        for (data, said, at) in [
            ("jsno {}", "`jsno` is no way to compare; did you mean `json`?", "jsno"),
            ("contains retry=soon x", "`soon` is no time", "retry=soon"),
            ("json stream=out", "`out` is no stream", "stream=out"),
            ("json ignore=/a", "`/a` is no path into JSON", "ignore=/a"),
            ("contains as=note x", "`note` is no way to take a break", "as=note"),
            ("status=x", "`x` is no exit status", "status=x"),
            ("status 300", "`300` is no exit status", "300"),
            ("status", "lacks its number", "status"),
            ("strem=both contains x", "`strem=both` is no option", "strem=both"),
            ("json ignor=.a", "`ignor=` is no option; did you mean `ignore=`? a text", "ignor=.a"),
            ("contains strem=both x", "did you mean `stream=`?", "strem=both"),
            ("table kye=NODE", "did you mean `key=`?", "kye=NODE"),
            ("exact as=warn retyr=2s x", "did you mean `retry=`?", "retyr=2s"),
            ("json\n  {\n    \"a\" 1\n  }", "not JSON: expected `:`", "1"),
            ("json {\"a\" 1}", "not JSON: expected `:`", "1}"),
            ("regex a(b", "not a regular expression: unclosed group", "(b"),
            ("regex\n  (", "not a regular expression", "("),
            ("lines\n  + a\n  b", "begins with", "b"),
            ("retry=2s\nx", "no mode", "x"),
            ("contains ignore=.a x", "ignore=PATH is for `json`", "x"),
            ("table\nA  B", "rows below it", "A  B"),
            ("not-contains [a=..]", "cannot be captured", "[a=..]"),
        ] {
            let wrong = expect(data).unwrap_err();
            let message = format!("{}; {}", wrong.message, wrong.help);
            assert!(message.contains(said), "{data}: {message}");
            assert_eq!(data[wrong.place.clone()].trim_end(), at, "{data}");
        }
    }
}
