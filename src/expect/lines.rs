//! Lines that must be there and lines that must not, in any order: `+ wanted`, `- unwanted`.

use super::pattern::Pattern;
use super::text::Streams;
use super::wildcard::Wildcards;
use super::words::{compare, likeness};
use super::{DiffLine, Error, Kept, Mark, Mismatch, Mode, Side};

/// A line that is less like a wanted one does not stand for it.
const ALIKE: u32 = 350;

/// Lines of an output that are looked at for one that is like a wanted one.
const MOST: usize = 5000;

/// How a line that only is a part of what came may be written.
const LOOSER: [fn(&str) -> String; 3] =
    [|text| format!("{text}[..]"), |text| format!("[..]{text}"), |text| format!("[..]{text}[..]")];

/// The wanted and the unwanted lines of a `lines` expectation.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    lines: Vec<Line>,
    wildcards: Wildcards,
}

#[derive(Clone, Debug)]
struct Line {
    wanted: bool,
    text: String,
    pattern: Pattern,
}

impl Lines {
    pub(super) fn new(text: &str, wildcards: &Wildcards) -> Result<Self, Error> {
        let mut lines = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let (wanted, text) =
                match (line.trim_start().strip_prefix('+'), line.trim_start().strip_prefix('-')) {
                    (Some(text), _) => (true, text),
                    (None, Some(text)) => (false, text),
                    (None, None) => return Err(Error::Sign { text: line.to_owned(), line: at + 1 }),
                };
            let text = text.trim().to_owned();
            if text.is_empty() {
                return Err(Error::Empty);
            }
            lines.push(Line { wanted, pattern: Pattern::new(&text, Mode::Lines, wildcards)?, text });
        }
        Ok(Self { lines, wildcards: wildcards.clone() })
    }

    /// Each line with whether it is wanted.
    pub(super) fn signed(&self) -> impl Iterator<Item = (bool, &str, &Pattern)> {
        self.lines.iter().map(|line| (line.wanted, line.text.as_str(), &line.pattern))
    }

    /// What an output that has the wanted lines says besides.
    pub(super) fn kept(&self, streams: &Streams) -> Kept {
        let mut kept = Kept::default();
        for line in self.lines.iter().filter(|line| line.wanted) {
            let found = streams.each().find_map(|stream| line.pattern.read(stream));
            kept.captured.extend(found.unwrap_or_default().captured);
        }
        kept
    }

    pub(super) fn holds(&self, streams: &Streams) -> bool {
        self.lines.iter().all(|line| line.wanted == line.found(streams).is_some())
    }

    /// The wanted and the unwanted lines, each beside what came.
    pub(super) fn explain(&self, streams: &Streams) -> Mismatch {
        let (mut missing, mut present, mut diff) = (0, 0, Vec::new());
        let whole = |side, text: &str| DiffLine { side, pieces: vec![(Mark::Same, text.to_owned())] };
        let found: Vec<Option<&str>> = self.lines.iter().map(|line| line.found(streams)).collect();
        let mut free: Vec<&str> = streams.each().flat_map(str::lines).take(MOST).collect();
        free.retain(|came| !found.contains(&Some(came)));
        for (line, found) in self.lines.iter().zip(&found) {
            match (line.wanted, found) {
                (true, Some(came)) => diff.push(whole(Side::Both, came)),
                (true, None) => {
                    missing += 1;
                    let Some(near) = line.nearest(&mut free) else {
                        diff.push(whole(Side::Promised, &line.text));
                        continue;
                    };
                    let (promised, came) = compare(&line.text, near, None);
                    diff.push(DiffLine { side: Side::Promised, pieces: promised });
                    diff.push(DiffLine { side: Side::Came, pieces: came });
                }
                (false, Some(came)) => {
                    present += 1;
                    diff.push(whole(Side::Came, came));
                }
                (false, None) => {}
            }
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

    /// The text with the line that came in place of each that is missing, as `written` writes it for the promised one. None
    /// where there is none like it, or one came that must not.
    pub(super) fn rewritten(
        &self,
        streams: &Streams,
        written: impl Fn(&str, &str) -> String,
    ) -> Option<String> {
        let found: Vec<Option<&str>> = self.lines.iter().map(|line| line.found(streams)).collect();
        let mut free: Vec<&str> = streams.each().flat_map(str::lines).take(MOST).collect();
        free.retain(|came| !found.contains(&Some(came)));
        let mut text = Vec::new();
        for (line, found) in self.lines.iter().zip(&found) {
            text.push(match (line.wanted, found) {
                (true, Some(_)) => format!("+ {}", line.text),
                (true, None) => format!("+ {}", written(&line.text, line.nearest(&mut free)?)),
                (false, None) => format!("- {}", line.text),
                (false, Some(_)) => return None,
            });
        }
        Some(text.join("\n"))
    }

    /// The same lines where what is missing may be a part of a line: as a text that can be written instead, and the
    /// lines of it that are new. None where none of them is there even then.
    pub(super) fn loosened(&self, streams: &Streams) -> Option<(String, Vec<String>)> {
        let (mut text, mut new) = (String::new(), Vec::new());
        for line in &self.lines {
            let missing = line.wanted && line.found(streams).is_none();
            let looser = missing.then(|| line.looser(streams, &self.wildcards)).flatten();
            text.push_str(if line.wanted { "+ " } else { "- " });
            text.push_str(looser.as_deref().unwrap_or(&line.text));
            text.push('\n');
            new.extend(looser);
        }
        (!new.is_empty()).then_some((text, new))
    }
}

impl Line {
    /// The line of the output that is this one.
    fn found<'a>(&self, streams: &'a Streams) -> Option<&'a str> {
        streams.each().find_map(|stream| Some(&stream[self.pattern.find(stream)?]))
    }
    /// The line that is most like this one, if one is; no other line gets it then.
    fn nearest<'a>(&self, free: &mut Vec<&'a str>) -> Option<&'a str> {
        let holds = |came: &str| came.contains(&self.text);
        let like = |came: &str| if holds(came) { 1000 } else { likeness(&self.text, came) };
        let near = free.iter().enumerate().max_by_key(|(at, came)| (like(came), std::cmp::Reverse(*at)))?;
        let at = Some(near.0).filter(|_| like(near.1) >= ALIKE)?;
        Some(free.remove(at))
    }

    /// How this line could be written so that it is there.
    fn looser(&self, streams: &Streams, wildcards: &Wildcards) -> Option<String> {
        let found = |text: &String| {
            let pattern = Pattern::new(text, Mode::Lines, wildcards).ok();
            pattern.is_some_and(|pattern| streams.each().any(|stream| pattern.find(stream).is_some()))
        };
        LOOSER.iter().map(|looser| looser(&self.text)).find(found)
    }
}
