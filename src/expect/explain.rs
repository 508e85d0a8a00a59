//! Why a promise is not kept: one sentence, and the promised lines beside those that came.

use super::align::{Alignment, Pair, align};
use super::pattern::{self, Glob, Pattern, may_be_wrapped};
use super::text::{Blanks, Line, Streams, lines};
use super::wildcard::is_gap;
use super::words::{Leeway, Pieces, compare};
use super::{DiffLine, Expectation, Mark, Mismatch, Mode, Output, Side, Stream};

/// Lines of an output that are shown where none of them is like what is promised.
const HEAD: usize = 6;
/// Lines that hold are shown this many on each side of one that does not.
const CONTEXT: usize = 2;
/// Lines of a diff.
const LONGEST: usize = 40;

/// A text that is not where it should be.
pub(super) fn text(expectation: &Expectation, output: &Output<'_>) -> Mismatch {
    let mode = expectation.mode;
    let leeway = Leeway { mode, wildcards: &expectation.terms.wildcards };
    let blanks = Blanks::of(mode);
    let promised = lines(&expectation.text, output.homes, blanks);
    let streams = [output.stdout, output.stderr].map(|stream| lines(stream, output.homes, blanks));
    let mut readings: Vec<Reading<'_>> = Vec::new();
    for came in &streams {
        let ones = vec![1; promised.len()];
        readings.push(Reading::new((promised.clone(), ones), came, leeway));
        if pattern::wraps(mode) && promised.iter().any(|line| may_be_wrapped(&line.ready)) {
            readings.push(Reading::new(unwrapped(&promised), came, leeway));
        }
    }
    // The one that explains most; of equal ones the first that has anything to show.
    let best = readings
        .iter()
        .enumerate()
        .max_by_key(|(at, reading)| (reading.share(), !reading.came.is_empty(), std::cmp::Reverse(*at)));
    let Some((_, reading)) = best else { return Mismatch::default() };
    let mut diff = Diff::default();
    diff.build(leeway, &reading.promised, reading.came, &reading.alignment);
    Mismatch { summary: reading.summary(mode), diff: diff.trimmed(), ..Mismatch::default() }
}

/// The promise as lines, beside one of the streams.
struct Reading<'a> {
    promised: Vec<Line>,
    /// How many lines of the promise each of them is.
    joins: Vec<usize>,
    came: &'a [Line],
    alignment: Alignment,
}

/// The promised lines without the breaks that may only be there to fit on a slide, and how many of them each joins.
fn unwrapped(promised: &[Line]) -> (Vec<Line>, Vec<usize>) {
    let (mut lines, mut joins): (Vec<Line>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut open = false;
    for line in promised {
        match (lines.last_mut(), joins.last_mut()) {
            (Some(last), Some(joined)) if open && !is_gap(&line.ready) => {
                last.ready = format!("{} {}", last.ready, line.ready);
                last.shown = format!("{} {}", last.shown, line.shown.trim_start());
                *joined += 1;
            }
            _ => {
                lines.push(line.clone());
                joins.push(1);
            }
        }
        open = may_be_wrapped(&line.ready);
    }
    (lines, joins)
}

impl<'a> Reading<'a> {
    fn new((promised, joins): (Vec<Line>, Vec<usize>), came: &'a [Line], leeway: Leeway<'_>) -> Self {
        let Leeway { mode, wildcards } = leeway;
        let matchers: Vec<Option<Glob>> =
            promised.iter().map(|line| Glob::of_line(&line.ready, mode, wildcards)).collect();
        let alignment = align(&promised, &matchers, came, mode);
        Self { promised, joins, came, alignment }
    }

    /// How much of each promised line it explains.
    fn share(&self) -> usize {
        let explained = self.alignment.pairs.iter().zip(&self.joins);
        let explained = explained.filter_map(|(pair, joins)| Some((*pair)?.fit as usize * joins));
        explained.sum::<usize>() / self.joins.iter().sum::<usize>().max(1)
    }

    fn summary(&self, mode: Mode) -> String {
        summary(mode, &self.promised, self.came, &self.alignment)
    }
}

fn summary(mode: Mode, promised: &[Line], came: &[Line], alignment: &Alignment) -> String {
    if came.is_empty() {
        return "there is no output".into();
    }
    let wanted = promised.iter().filter(|line| !is_gap(&line.ready)).count();
    let held = alignment.pairs.iter().flatten().filter(|pair| pair.holds).count();
    match mode {
        Mode::Exact if held == wanted => "the output has more than is promised".into(),
        Mode::Exact => "the output is not what is promised".into(),
        Mode::First => "the output does not begin with what is promised".into(),
        Mode::Last => "the output does not end with what is promised".into(),
        _ if held == wanted => "the promised lines came, but not one after the other".into(),
        _ if wanted == 1 => "the promised line is not in the output".into(),
        _ if held == 0 => "the promised lines are not in the output".into(),
        _ if held + 1 == wanted => format!("one of the {wanted} promised lines is not in the output"),
        _ => format!("{} of the {wanted} promised lines are not in the output", wanted - held),
    }
}

/// A line of a diff in the making.
enum Row {
    Line(DiffLine),
    LeftOut(usize),
}

#[derive(Default)]
struct Diff {
    rows: Vec<Row>,
}

impl Diff {
    fn push(&mut self, side: Side, text: &str) {
        self.pieces(side, vec![(Mark::Same, text.to_owned())]);
    }

    fn pieces(&mut self, side: Side, pieces: Pieces) {
        self.rows.push(Row::Line(DiffLine { side, pieces }));
    }

    fn extend(&mut self, side: Side, lines: &[Line]) {
        for line in lines {
            self.push(side, &line.shown);
        }
    }

    fn leave_out(&mut self, count: usize) {
        match self.rows.last_mut() {
            _ if count == 0 => {}
            Some(Row::LeftOut(before)) => *before += count,
            _ => self.rows.push(Row::LeftOut(count)),
        }
    }

    fn build(&mut self, leeway: Leeway<'_>, promised: &[Line], came: &[Line], alignment: &Alignment) {
        let mode = leeway.mode;
        let paired: Vec<usize> = alignment.pairs.iter().flatten().map(|pair| pair.came).collect();
        let (Some(&first), Some(&last)) = (paired.first(), paired.last()) else {
            self.extend(Side::Promised, promised);
            return self.unlike(mode, came);
        };
        // Where the promise is about the output's ends, what stands there came in place of something.
        let start = if matches!(mode, Mode::Exact | Mode::First) { 0 } else { first };
        let end = if matches!(mode, Mode::Exact | Mode::Last) { came.len() } else { last + 1 };
        self.leave_out(start);
        let (mut next, mut gap) = (start, false);
        for (line, pair) in promised.iter().zip(&alignment.pairs) {
            match pair {
                Some(pair) => {
                    self.between(&came[next..pair.came], gap);
                    self.pair(leeway, line, &came[pair.came], *pair);
                    (next, gap) = (pair.came + 1, false);
                }
                None if is_gap(&line.ready) => gap = true,
                None => self.push(Side::Promised, &line.shown),
            }
        }
        self.between(&came[next..end], gap);
        self.leave_out(came.len() - end);
    }

    /// Lines that came between two that are paired; after a `...` they may.
    fn between(&mut self, came: &[Line], gap: bool) {
        let shown = if gap { 0 } else { came.len().min(HEAD) };
        self.extend(Side::Came, &came[..shown]);
        self.leave_out(came.len() - shown);
    }

    fn pair(&mut self, leeway: Leeway<'_>, promised: &Line, came: &Line, pair: Pair) {
        if pair.holds && promised.shown == came.shown {
            return self.push(Side::Both, &came.shown);
        }
        let (left, mut right) = compare(&promised.shown, &came.shown, Some(leeway));
        if pair.holds {
            // Blanks and breaks of lines may differ too.
            right
                .iter_mut()
                .filter(|(mark, _)| *mark == Mark::Differs)
                .for_each(|(mark, _)| *mark = Mark::Same);
            return self.pieces(Side::Both, right);
        }
        self.pieces(Side::Promised, left);
        self.pieces(Side::Came, right);
    }

    /// An output that has nothing like what is promised: the end that was asked for.
    fn unlike(&mut self, mode: Mode, came: &[Line]) {
        let from = if mode == Mode::Last { came.len().saturating_sub(HEAD) } else { 0 };
        let to = (from + HEAD).min(came.len());
        self.leave_out(from);
        self.extend(Side::Came, &came[from..to]);
        self.leave_out(came.len() - to);
    }

    /// The lines, without the long runs that hold and the end of what is too long.
    fn trimmed(self) -> Vec<DiffLine> {
        let side = |row: &Row| if let Row::Line(line) = row { Some(line.side) } else { None };
        let sides: Vec<Option<Side>> = self.rows.iter().map(side).collect();
        let keep = |at: usize| {
            let near = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(sides.len());
            let differs = |side: &Option<Side>| matches!(side, Some(Side::Promised | Side::Came));
            sides[at] != Some(Side::Both) || sides[near].iter().any(differs)
        };
        let mut kept = Self::default();
        for (at, row) in self.rows.into_iter().enumerate() {
            match row {
                Row::LeftOut(count) => kept.leave_out(count),
                Row::Line(_) if !keep(at) || kept.rows.len() >= LONGEST => kept.leave_out(1),
                Row::Line(line) => kept.rows.push(Row::Line(line)),
            }
        }
        let last = kept.rows.len().saturating_sub(1);
        let line = |(at, row)| match row {
            Row::Line(line) => line,
            Row::LeftOut(count) => {
                let more = if at == last && at > 0 { "more " } else { "" };
                let lines = if count == 1 { "line" } else { "lines" };
                DiffLine { side: Side::Elided, pieces: vec![(Mark::Same, format!("{count} {more}{lines}"))] }
            }
        };
        kept.rows.into_iter().enumerate().map(line).collect()
    }
}

/// A text that should not be there: the first line that holds it.
pub(super) fn present<'a>(pattern: &Pattern, streams: impl Iterator<Item = &'a str>) -> Mismatch {
    let mut found = streams.filter_map(|stream| Some((stream, pattern.find(stream)?)));
    let Some((stream, found)) = found.next() else { return Mismatch::default() };
    let start = stream[..found.start].rfind('\n').map_or(0, |at| at + 1);
    let end = stream[found.end..].find('\n').map_or(stream.len(), |at| found.end + at);
    let mut diff = Diff::default();
    diff.leave_out(stream[..start].lines().count());
    let parts =
        [(Mark::Same, start..found.start), (Mark::Differs, found.clone()), (Mark::Same, found.end..end)];
    let mut pieces = Vec::new();
    for (mark, range) in parts {
        for (at, text) in stream[range].split('\n').enumerate() {
            if at > 0 {
                diff.pieces(Side::Came, std::mem::take(&mut pieces));
            }
            if !text.is_empty() {
                pieces.push((mark, text.to_owned()));
            }
        }
    }
    diff.pieces(Side::Came, pieces);
    diff.leave_out(stream[end..].trim_start_matches('\n').lines().count());
    Mismatch {
        summary: "the output has what it must not have".into(),
        diff: diff.trimmed(),
        ..Mismatch::default()
    }
}

/// An expression that is found nowhere.
pub(super) fn regex(text: &str, streams: &Streams) -> Mismatch {
    let mut diff = Diff::default();
    diff.extend(Side::Promised, &lines(text.trim(), &[], Blanks::Kept));
    let stream = if streams.stdout.is_empty() { &streams.stderr } else { &streams.stdout };
    diff.unlike(Mode::Regex, &lines(stream, &[], Blanks::Kept));
    let summary =
        if stream.is_empty() { "there is no output" } else { "nothing in the output matches the expression" };
    Mismatch { summary: summary.into(), diff: diff.trimmed(), ..Mismatch::default() }
}

/// A promise without a text.
pub(super) fn unwritten() -> Mismatch {
    let summary = "nothing is written here yet that the output could be compared with".into();
    Mismatch { summary, ..Mismatch::default() }
}

/// Something else than the promised JSON on standard output, and the parser's error; none where there is nothing.
pub(super) fn no_json(
    promised: &str,
    output: &Output<'_>,
    error: Option<&serde_json::Error>,
    stream: Option<Stream>,
) -> Mismatch {
    let name = match stream {
        None | Some(Stream::Stdout) => "stdout",
        Some(Stream::Stderr) => "stderr",
        Some(Stream::Both) => "the output",
        Some(Stream::Screen) => "the screen",
    };
    let stdout = lines(output.stdout, output.homes, Blanks::Kept);
    let stderr = lines(output.stderr, output.homes, Blanks::Kept);
    let begins = |line: &Line| -> String {
        let head: String = line.shown.trim_start().chars().take(40).collect();
        if head.len() < line.shown.trim_start().len() { format!("{head}…") } else { head }
    };
    let summary = match (stdout.first(), error) {
        (Some(first), Some(error)) if error.line() <= 1 && !first.shown.starts_with(['{', '[']) => {
            format!("{name} is not JSON: it begins with {}", begins(first))
        }
        (Some(_), Some(error)) if error.is_eof() => format!("{name} is JSON that breaks off"),
        (Some(_), Some(error)) => format!("{name} is not JSON: {error}"),
        _ if stderr.is_empty() => "there is no output, and JSON is promised".into(),
        _ => "stdout is empty, and JSON is promised; there is text on stderr".into(),
    };
    let mut diff = Diff::default();
    let promised = lines(promised.trim_end(), &[], Blanks::Kept);
    let shown = promised.len().min(HEAD);
    diff.extend(Side::Promised, &promised[..shown]);
    diff.leave_out(promised.len() - shown);
    diff.unlike(Mode::Contains, if stdout.is_empty() { &stderr } else { &stdout });
    Mismatch { summary, diff: diff.trimmed(), ..Mismatch::default() }
}
