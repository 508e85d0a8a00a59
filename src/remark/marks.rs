//! Lines that mean something before anything else is known: fences, separators, `???`, a bracket alone.

use crate::source::Span;

/// Runs of ticks longer than this count as this long, so that one pass per length stays a constant.
pub(super) const LONGEST_RUN: usize = 16;

/// A line that may open or close a fence, part slides, or close a section.
#[derive(Debug)]
pub(super) struct Mark {
    /// Without its line end.
    pub line: Span,
    /// Where the next line starts.
    pub next: usize,
    pub kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Fence(FenceLine),
    Break(Break),
    /// `]` alone, which is how people close a section.
    Bracket,
}

/// Three or more ticks or tildes, and a language perhaps.
#[derive(Debug)]
pub(super) struct FenceLine {
    /// The first tick.
    pub at: usize,
    pub run: usize,
    pub tilde: bool,
    /// What follows the ticks, trimmed: empty on a line that may close.
    pub info: Span,
}

/// A line that parts slides, or a slide from its notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// `---`
    Slide,
    /// `--`
    Continued,
    /// `???`
    Notes,
}

/// All such lines that lie whole in `region`, in order.
pub(super) fn marks(text: &str, region: Span) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut start = region.start;
    // A region that starts within a line has no line there.
    if start > 0 && !matches!(text.as_bytes()[start - 1], b'\n') && !text[..start].ends_with('\u{feff}') {
        start = text[start..region.end].find('\n').map_or(region.end, |at| start + at + 1);
    }
    while start < region.end {
        let next = text[start..region.end].find('\n').map_or(region.end, |at| start + at + 1);
        let line = text[start..next].trim_end_matches(['\n', '\r']);
        if let Some(kind) = kind(line, start) {
            marks.push(Mark { line: Span::new(start, start + line.len()), next, kind });
        }
        start = next;
    }
    marks
}

fn kind(line: &str, start: usize) -> Option<Kind> {
    match line {
        "---" => return Some(Kind::Break(Break::Slide)),
        "--" => return Some(Kind::Break(Break::Continued)),
        "???" => return Some(Kind::Break(Break::Notes)),
        _ if line.trim_end() == "]" => return Some(Kind::Bracket),
        _ => {}
    }
    let trimmed = line.trim_start_matches([' ', '\t']);
    let tick = trimmed.chars().next().filter(|tick| ['`', '~'].contains(tick))?;
    let info = trimmed.trim_start_matches(tick);
    let run = trimmed.len() - info.len();
    // "```word data```" on one line is a directive or inline code.
    if run < 3 || (tick == '`' && info.contains('`')) {
        return None;
    }
    let at = start + line.len() - trimmed.len();
    let from = start + line.len() - info.trim_start().len();
    let info = Span::new(from, from + info.trim().len());
    Some(Kind::Fence(FenceLine { at, run: run.min(LONGEST_RUN), tilde: tick == '~', info }))
}
