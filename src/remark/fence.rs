//! Fenced code: where a fence that was opened ends, also where its author forgot to close it.

use super::marks::{FenceLine, Kind, Mark};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Source, Span};

/// Fenced code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// From the first tick of the opening line to the last of the closing one.
    pub span: Span,
    /// What follows the opening ticks, trimmed.
    pub info: Span,
    /// The lines between, line ends included.
    pub body: Span,
    /// What ends it.
    pub closing: Closing,
}

/// What ends a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// A line of as many ticks, or more.
    Fence,
    /// A line of fewer ticks, which remark takes where no longer one comes.
    Shorter,
    /// Nothing: it was never closed, and ends with its slide or lab.
    Missing,
}

/// Where the fence opened at `marks[index]` ends: its closing line, or the offset that it is cut at.
pub(super) enum End {
    Closed(usize),
    Shorter(usize),
    Cut(usize),
}

/// Looks for the end of the fence that `marks[index]` opens, up to `limit`.
///
/// A fence that is not closed would swallow what stands behind it: where a separator (or, in a section, a bracket
/// alone) comes before any closing line, and a line that opens a fence with a language comes before that line too, it
/// ends at the separator. Any such line also ends the search, so that a file of unclosed fences is read in one pass.
pub(super) fn end(marks: &[Mark], index: usize, limit: usize, in_section: bool) -> End {
    let Kind::Fence(opening) = &marks[index].kind else { unreachable!("called on a fence line") };
    let mut boundary = None;
    let mut shorter = None;
    for (at, mark) in marks.iter().enumerate().skip(index + 1) {
        if mark.line.start >= limit {
            break;
        }
        match &mark.kind {
            Kind::Break(_) => boundary = boundary.or(Some(mark.line.start)),
            Kind::Bracket if in_section => boundary = boundary.or(Some(mark.line.start)),
            Kind::Bracket => {}
            Kind::Fence(line) if closes(opening, line) => {
                if line.run >= opening.run {
                    return End::Closed(at);
                }
                if boundary.is_none() {
                    shorter = shorter.or(Some(at));
                }
            }
            Kind::Fence(line) => {
                if boundary.is_some() && !line.info.is_empty() && line.run >= opening.run {
                    break;
                }
            }
        }
    }
    shorter.map_or_else(|| End::Cut(boundary.unwrap_or(limit)), End::Shorter)
}

/// Whether a line can close a fence, given ticks enough.
fn closes(opening: &FenceLine, line: &FenceLine) -> bool {
    line.info.is_empty() && line.tilde == opening.tilde
}

impl Fence {
    /// The ticks, or tildes, of the line that opens it.
    fn opening_ticks<'a>(&self, source: &'a Source) -> &'a str {
        let line = source.slice(Span::new(self.span.start, self.info.start.max(self.span.start)));
        let mark = line.chars().next().unwrap_or('`');
        &line[..line.len() - line.trim_start_matches(mark).len()]
    }

    /// Those of the line that closes it.
    fn closing_ticks(&self, source: &Source) -> Span {
        let line = source.line_at(self.body.end);
        let text = source.slice(line);
        Span::new(line.end - text.trim_start().len(), line.end - (text.len() - text.trim_end().len()))
    }

    pub(super) fn complaint(&self, source: &Source) -> Option<Diagnostic> {
        let opening = Span::new(self.span.start, self.info.end);
        match self.closing {
            Closing::Fence => None,
            Closing::Shorter => {
                let line = source.line(self.body.end);
                let ticks = source.slice(source.line_span(line)).trim();
                Some(
                    Diagnostic::warning(
                        codes::FENCE_TICKS,
                        opening,
                        format!("this block is closed on line {line} with fewer ticks than it was opened with"),
                    )
                    .label(format!("closed by {ticks}"))
                    .help("open and close it with the same ticks: other markdown readers run on to the end of the file")
                    .fix(self.closing_ticks(source), self.opening_ticks(source)),
                )
            }
            Closing::Missing => Some(
                Diagnostic::warning(codes::FENCE_UNCLOSED, opening, "this block is never closed")
                    .label(format!("taken to end on line {}", source.line(self.body.end.saturating_sub(1))))
                    .help("close it with the same ticks on a line of their own: on screen it may run on into other slides"),
            ),
        }
    }
}
