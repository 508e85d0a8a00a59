//! A promise written anew, so that what came keeps it: lines that still hold stay as they are, wildcards stay where they
//! still match, and what differed between two attempts becomes one. Nothing is given back that was not tried.

mod json;
mod layout;
mod line;
mod lines;
mod table;

use super::text::{Streams, homely};
use super::{Expectation, Matcher, Mode, Output, changes};

/// A line of a promise that is written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line.
    pub text: String,
    /// The promised line that it is or stands for, as an index.
    pub of: Option<usize>,
    /// Whether it is that line, unchanged.
    pub kept: bool,
}

/// Why a promise cannot be written anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// Nothing was printed.
    #[error("there was no output")]
    Silent,
    /// Only its author knows what it is to be.
    #[error("what `{0}` looks for is its author's to change")]
    Authors(Mode),
    /// A wanted line has nothing like it, or an unwanted one came.
    #[error("a line of `lines` has nothing like it in the output, or must not be there")]
    Lines,
    /// No table came with the promised columns.
    #[error("the output has no table with the promised columns: name others by hand")]
    Columns,
    /// JSON is promised and something else came.
    #[error("standard output is not JSON")]
    NotJson,
    /// What was tried did not hold.
    #[error("what came cannot be written so that it holds as `{0}`")]
    Untrue(Mode),
}

impl Expectation {
    /// The lines of the text with which `came` keeps the promise, and as far as that can be, `before` too: what another
    /// attempt of the same command printed.
    ///
    /// # Errors
    /// Why there is none.
    pub fn rewritten(&self, came: &Output<'_>, before: Option<&Output<'_>>) -> Result<Vec<Row>, Unwritable> {
        let mode = self.mode;
        // Homes are written as they are compared: what is a slide's own on one machine is another folder on the next.
        let at_home = |output: &Output<'_>| {
            let mut joined = String::new();
            let heard = self.terms.heard(output, &mut joined);
            (homely(heard.stdout, output.homes), homely(heard.stderr, output.homes))
        };
        let (stdout, stderr) = at_home(came);
        let heard = Output { stdout: &stdout, stderr: &stderr, homes: came.homes };
        let before = before.map(at_home);
        let before = before.as_ref().map(|(stdout, stderr)| Output { stdout, stderr, homes: came.homes });
        let before = before.as_ref();
        let wildcards = &self.terms.wildcards;
        let silent = heard.stdout.trim().is_empty() && heard.stderr.trim().is_empty();
        if silent && mode != Mode::Exact {
            return Err(Unwritable::Silent);
        }
        let tries: Vec<Vec<Row>> = match (&self.matcher, mode) {
            (_, Mode::Regex | Mode::NotContains) => return Err(Unwritable::Authors(mode)),
            (_, Mode::Json(options)) => [before, None]
                .into_iter()
                .map(|before| json::text(&self.text, (options, &self.terms), &heard, before))
                .map(|text| text.map(|text| compared(&self.text, &text)))
                .collect::<Option<_>>()
                .ok_or(Unwritable::NotJson)?,
            (Matcher::Lines(lines), _) => {
                let how = (mode, wildcards);
                let written = |promised: &str, came: &str| {
                    let kept = line::with_wildcards(promised, came, how, str::to_owned);
                    kept.unwrap_or_else(|| line::literal(came, how, str::to_owned))
                };
                let texts = lines.rewritten(&Streams::new(&heard, mode), written).ok_or(Unwritable::Lines)?;
                vec![compared(&self.text, &texts)]
            }
            (Matcher::Table(promised), _) => [before, None]
                .into_iter()
                .map(|before| {
                    let before = before.map(|before| Streams::new(before, mode));
                    table::rows(
                        (promised, &self.text, wildcards),
                        &Streams::new(&heard, mode),
                        before.as_ref(),
                    )
                })
                .collect::<Option<_>>()
                .ok_or(Unwritable::Columns)?,
            _ => [(before, true), (None, true), (None, false)]
                .into_iter()
                .map(|(before, lenient)| lines::rows(&self.text, (mode, wildcards), &heard, before, lenient))
                .collect(),
        };
        let holds = |rows: &&Vec<Row>| {
            let text: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
            Self::under(mode, text.join("\n"), self.terms.clone()).is_ok_and(|new| new.check(came).is_ok())
        };
        tries.iter().find(holds).cloned().ok_or(Unwritable::Untrue(mode))
    }
}

/// A promised line that stays.
fn kept(line: &str, at: usize) -> Row {
    Row { text: line.to_owned(), of: Some(at), kept: true }
}

/// The lines of `new`, each with the line of `old` that it is.
fn compared(old: &str, new: &str) -> Vec<Row> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let same = changes::kept(&old, &new).into_iter();
    let row = |(text, of): (&&str, Option<usize>)| Row { text: (*text).to_owned(), of, kept: of.is_some() };
    new.iter().zip(same).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::Terms;

    /// The text of `promised`, written anew for what came on standard output.
    fn written(mode: &str, promised: &str, came: &str, before: Option<&str>) -> Result<String, Unwritable> {
        let mode: Mode = mode.parse().unwrap();
        let promise = if promised.is_empty() {
            Expectation::unwritten(mode, Terms::default()).unwrap()
        } else {
            Expectation::new(mode, promised).unwrap()
        };
        let output = |stdout| Output { stdout, stderr: "", homes: &[] };
        let rows = promise.rewritten(&output(came), before.map(output).as_ref())?;
        for row in rows.iter().filter(|row| row.kept) {
            assert_eq!(row.text, promised.split('\n').nth(row.of.unwrap()).unwrap());
        }
        Ok(rows.into_iter().map(|row| row.text).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn lines_that_hold_stay_and_wildcards_stay_where_they_match() {
        for (mode, promised, came, wanted) in [
            ("contains", "hello\nword", "x\nhello\nworld\ny\n", "hello\nworld"),
            ("contains", "", "a  b\n\nc\n", "a  b\n\nc"),
            ("exact", "one\n[..]wo\nthree", "one\ntwo\n3\n", "one\n[..]wo\n3"),
            ("exact", "a\n...\nz", "a\nb\nc\ny\n", "a\n...\ny"),
            ("exact", "gone", "", ""),
            ("contains", "pod/[..] created in [..]s", "pod/x-1 patched in 3s\n", "pod/[..] patched in [..]s"),
            ("last", "b\nc", "a\nb\nd\n", "b\nd"),
            ("first", "a\nc", "a\nb\nd\n", "a\nb"),
            ("contains", "a\n\nbee", "a\n\nbeam\n", "a\n\nbeam"),
            ("contains", "nothing like it", "a\nb\n", "a\nb"),
            ("lines", "+ a b c\n+ x", "a b d\nx\n", "+ a b d\n+ x"),
            ("lines", "+ pod/[..] is up\n- x", "pod/a is down\n", "+ pod/[..] is down\n- x"),
            ("lines", "+ use the mask of it", "use the [IP] of it", "+ use the \\[IP] of it"),
            ("like", "node1 5m Ready", "node1 7m NotReady", "node1 7m NotReady"),
            ("contains", "of the day: world", "say: line of the day: word", "say: line of the day: word"),
        ] {
            assert_eq!(written(mode, promised, came, None).as_deref(), Ok(wanted), "{mode} {promised:?}");
        }
    }

    #[test]
    fn what_two_attempts_differ_in_becomes_a_wildcard() {
        let came = written("contains", "web 0/1", "web 1/1 12s x\n", Some("web 1/1 9s x\n"));
        assert_eq!(came.as_deref(), Ok("web 1/1 [..] x"));
        let more = written("contains", "web 0/1", "web 1/1 12s\n", Some("web 1/1 12s\nmore\n"));
        assert_eq!(more.as_deref(), Ok("web 1/1 12s"));
        let json = written("json", r#"{"a":1}"#, r#"{"a":2,"t":5}"#, Some(r#"{"a":2,"t":4}"#));
        assert_eq!(json.as_deref(), Ok(r#"{"a":2,"t":"{...}"}"#));
    }

    #[test]
    fn lines_wrapped_for_the_slide_stay_wrapped() {
        let slide =
            "error: you are attempting to follow 8 log streams,\nbut maximum allowed concurency is 5\nbye";
        let came =
            "error: you are attempting to follow 8 log streams, but maximum allowed concurency is 5\nhello\n";
        let wanted = slide.replace("bye", "hello");
        assert_eq!(written("contains", slide, came, None), Ok(wanted));
    }

    #[test]
    fn what_only_its_author_can_change_is_left() {
        assert_eq!(written("contains", "x", " \n", None), Err(Unwritable::Silent));
        assert_eq!(written("json", "1", "x", None), Err(Unwritable::NotJson));
        assert!(matches!(written("regex", "x", "y", None), Err(Unwritable::Authors(_))));
        assert_eq!(written("lines", "- a", "a", None), Err(Unwritable::Lines));
    }
}
