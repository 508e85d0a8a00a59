//! Promises that no output can keep both.

use super::text::{Blanks, Streams, ready};
use super::{Expectation, Matcher, Mode, Output, Stream};

impl Expectation {
    /// Why no output keeps this promise and `other`, in a few words; none where one may. What is not certain is left alone.
    #[must_use]
    pub fn clashes_with(&self, other: &Self) -> Option<String> {
        self.clash(other).or_else(|| other.clash(self))
    }

    fn clash(&self, other: &Self) -> Option<String> {
        if !self.terms.may_share_stream(other.terms.stream) {
            return None;
        }
        if let Some(text) = other.unwanted_in(self) {
            return Some(format!("one wants {text:?}, and the other does not"));
        }
        let breaks = || Some("what one says is all that comes breaks the other".to_owned());
        if self.is_whole() && other.is_whole() && self.is_apart_from(other) {
            return breaks();
        }
        // What is known to be all of a stream can be asked whatever else is promised of that stream.
        let stream = self.whole_of()?;
        let same = other.terms.stream == Some(stream)
            || (stream == Stream::Stdout
                && other.terms.stream.is_none()
                && matches!(other.mode, Mode::Json(_)));
        let output = Output { stdout: self.text.trim_end(), stderr: "", homes: &[] };
        if same && !other.holds_of(&output) { breaks() } else { None }
    }

    /// Whether this promise is the whole of what comes, to the letter.
    fn is_whole(&self) -> bool {
        matches!(&self.matcher, Matcher::Text(pattern) if self.mode == Mode::Exact && pattern.is_literal())
    }

    /// Whether no output has both as the whole of what comes, each on the stream where it looks. Without a stream one may be
    /// what comes on standard output, and the other that with errors before it; nothing may come there beside what errors say.
    fn is_apart_from(&self, other: &Self) -> bool {
        let text = |promise: &Self| ready(&promise.text, &[], Blanks::Kept);
        let (a, b) = (text(self), text(other));
        let apart = |a: &str, b: &str| !a.is_empty() && a != b && !b.ends_with(&format!("\n{a}"));
        self.terms.stream.is_none() && other.terms.stream.is_none() && apart(&a, &b) && apart(&b, &a)
    }

    /// The stream that this promise is the whole of, to the letter.
    fn whole_of(&self) -> Option<Stream> {
        match &self.matcher {
            _ if self.is_whole() => self.terms.stream,
            Matcher::Json(json) if json.is_literal() => Some(self.terms.stream.unwrap_or(Stream::Stdout)),
            _ => None,
        }
    }

    /// What `wanting` wants that this promise says must not come.
    fn unwanted_in(&self, wanting: &Self) -> Option<String> {
        let wanted: Vec<&str> = match &wanting.matcher {
            Matcher::Text(pattern) if wanting.mode != Mode::Like && pattern.is_literal() => {
                vec![&wanting.text]
            }
            Matcher::Lines(lines) => lines
                .signed()
                .filter(|(wanted, _, pattern)| *wanted && pattern.is_literal())
                .map(|(_, text, _)| text)
                .collect(),
            _ => return None,
        };
        let found = |text: &&str| {
            let streams = Streams::new(&Output { stdout: text, stderr: "", homes: &[] }, self.mode);
            match &self.matcher {
                Matcher::Absent(pattern) => pattern.find(&streams.stdout).is_some(),
                // A line may come as a part of a longer one, unless all lines are known.
                Matcher::Lines(lines) if matches!(wanting.mode, Mode::Exact | Mode::Lines) => lines
                    .signed()
                    .any(|(wanted, _, pattern)| !wanted && pattern.find(&streams.stdout).is_some()),
                _ => false,
            }
        };
        wanted.into_iter().find(found).map(|text| text.trim().lines().next().unwrap_or_default().to_owned())
    }
}

impl super::Terms {
    /// Whether what holds of this stream may be what the other promise is about.
    fn may_share_stream(&self, other: Option<Stream>) -> bool {
        match (self.stream, other) {
            (Some(a), Some(b)) => a == b || a == Stream::Both || b == Stream::Both,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::Terms;

    fn clashes(a: (Mode, &str), b: (Mode, &str), streams: [Option<Stream>; 2]) -> bool {
        let of = |(mode, text): (Mode, &str), stream| {
            Expectation::under(mode, text, Terms { stream, ..Terms::default() }).unwrap()
        };
        let (a, b) = (of(a, streams[0]), of(b, streams[1]));
        assert_eq!(a.clashes_with(&b).is_some(), b.clashes_with(&a).is_some(), "{a:?} {b:?}");
        a.clashes_with(&b).is_some()
    }

    #[test]
    fn what_cannot_both_hold_clashes() {
        let (out, err) = (Some(Stream::Stdout), Some(Stream::Stderr));
        for (a, b, streams, want) in [
            ((Mode::Exact, "a\nb"), (Mode::NotContains, "b"), [None, None], true),
            ((Mode::Contains, "a b"), (Mode::NotContains, "a b"), [None, None], true),
            ((Mode::Contains, "a b"), (Mode::NotContains, "b c"), [None, None], false),
            ((Mode::Contains, "a [..]"), (Mode::NotContains, "a b"), [None, None], false),
            ((Mode::Lines, "+ a"), (Mode::Lines, "- a"), [None, None], true),
            ((Mode::Lines, "+ a"), (Mode::Lines, "- b"), [None, None], false),
            ((Mode::Contains, "a"), (Mode::Lines, "- a"), [None, None], false),
            ((Mode::Exact, "a"), (Mode::NotContains, "a"), [out, err], false),
            ((Mode::Exact, "a"), (Mode::Exact, "b"), [out, out], true),
            ((Mode::Exact, "a"), (Mode::Exact, "b"), [None, None], true),
            // The second may be on standard error and output together; nothing on one of them.
            ((Mode::Exact, "a"), (Mode::Exact, "b\na"), [None, None], false),
            ((Mode::Exact, "a"), (Mode::Exact, ""), [None, None], false),
            ((Mode::Exact, "a"), (Mode::Exact, "a \n"), [None, None], false),
            ((Mode::Exact, "a"), (Mode::Regex, "^b"), [out, out], true),
            ((Mode::JSON, "{\"a\":1}"), (Mode::JSON, "{\"a\":2}"), [None, None], true),
            ((Mode::JSON, "{\"a\":1}"), (Mode::JSON, "{\"a\":1.0}"), [None, None], false),
            ((Mode::JSON, "{\"a\":\"[N]\"}"), (Mode::JSON, "{\"a\":2}"), [None, None], false),
        ] {
            assert_eq!(clashes(a, b, streams), want, "{a:?} {b:?} {streams:?}");
        }
    }
}
