//! Lines that must be there and lines that must not, in any order: `+ wanted`, `- unwanted`.

use super::pattern::Pattern;
use super::text::Streams;
use super::{DiffLine, Error, Mismatch, Mode, Side};

/// The wanted and the unwanted lines of a `lines` expectation.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    wanted: bool,
    text: String,
    pattern: Pattern,
}

impl Lines {
    pub(super) fn new(text: &str) -> Result<Self, Error> {
        let mut lines = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (wanted, text) =
                match (line.trim_start().strip_prefix('+'), line.trim_start().strip_prefix('-')) {
                    (Some(text), _) => (true, text),
                    (None, Some(text)) => (false, text),
                    (None, None) => return Err(Error::Sign(line.to_owned())),
                };
            let text = text.trim().to_owned();
            if text.is_empty() {
                return Err(Error::Empty);
            }
            lines.push(Line { wanted, pattern: Pattern::new(&text, Mode::Lines)?, text });
        }
        Ok(Self { lines })
    }

    pub(super) fn holds(&self, streams: &Streams) -> bool {
        self.lines.iter().all(|line| line.wanted == line.found(streams).is_some())
    }

    pub(super) fn explain(&self, streams: &Streams) -> Mismatch {
        let (mut missing, mut present, mut diff) = (0, 0, Vec::new());
        for line in &self.lines {
            let (side, text) = match (line.wanted, line.found(streams)) {
                (true, Some(came)) => (Side::Both, came),
                (true, None) => (Side::Promised, line.text.as_str()),
                (false, Some(came)) => (Side::Came, came),
                (false, None) => continue,
            };
            missing += usize::from(side == Side::Promised);
            present += usize::from(side == Side::Came);
            diff.push(DiffLine { side, pieces: vec![(false, text.to_owned())] });
        }
        let lines = |count| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let summary = match (missing, present) {
            (_, 0) => format!("{} promised did not come", lines(missing)),
            (0, _) => format!("{} came that must not", lines(present)),
            _ => {
                format!("{} promised did not come, and {} came that must not", lines(missing), lines(present))
            }
        };
        Mismatch { summary, diff, ..Mismatch::default() }
    }
}

impl Line {
    /// The line of the output that is this one.
    fn found<'a>(&self, streams: &'a Streams) -> Option<&'a str> {
        streams.each().find_map(|stream| Some(&stream[self.pattern.find(stream)?]))
    }
}
