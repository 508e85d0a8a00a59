//! The columns of a table that is printed for people: names, cells below them, and how a row is written so that its cells
//! stand below theirs. Bars separate columns, or blanks do.

use std::ops::Range;

/// What separates columns where blanks do not.
const BARS: [char; 3] = ['|', '│', '┃'];

/// The names of a table's columns, and where they stand.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// In characters; empty where bars separate columns.
    ranges: Vec<Range<usize>>,
}

impl Header {
    pub(super) fn read(line: &str) -> Self {
        if line.contains(BARS) {
            return Self { names: barred(line), ranges: Vec::new() };
        }
        let mut cells = apart(line, 2);
        if cells.len() == 1 {
            cells = apart(line, 1);
        }
        let (ranges, names) = cells.into_iter().unzip();
        Self { names, ranges }
    }

    /// The place of a column, however its name is spelled.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| folded(own) == folded(name))
    }

    /// The cells of a row, one for each column.
    pub(super) fn cells(&self, line: &str) -> Vec<String> {
        if self.ranges.is_empty() {
            let mut row = vec![String::new(); self.names.len()];
            barred(line).into_iter().zip(&mut row).for_each(|(cell, place)| *place = cell);
            return row;
        }
        self.placed(line).into_iter().map(|cell| cell.map_or_else(String::new, |(_, text)| text)).collect()
    }

    /// The cells of a row without bars, each with its place.
    fn placed(&self, line: &str) -> Vec<Option<(Range<usize>, String)>> {
        let wide = apart(line, 2);
        let cells = if wide.len() == self.names.len() { wide } else { apart(line, 1) };
        if cells.len() == self.names.len() {
            return cells.into_iter().map(Some).collect();
        }
        // Some are empty, or hold blanks: where they stand decides.
        let mut row: Vec<Option<(Range<usize>, String)>> = vec![None; self.names.len()];
        for (range, cell) in apart(line, 2) {
            let place = &mut row[self.nearest(&range)];
            *place = Some(match place.take() {
                Some((before, text)) => (before.start..range.end, format!("{text} {cell}")),
                None => (range, cell),
            });
        }
        row
    }

    /// A row in place of `line`: what its cells are now, each where it stood, or below its column's name.
    pub(super) fn written(&self, line: &str, cells: &[String]) -> String {
        if self.ranges.is_empty() {
            return between_bars(line, cells);
        }
        let before = self.placed(line);
        let gap = if apart(line, 2).len() == before.iter().flatten().count() { 2 } else { 1 };
        let (mut row, mut width) = (String::new(), 0);
        for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let start = before[at].as_ref().map_or(self.ranges[at].start, |(range, _)| range.start);
            let start = if row.trim().is_empty() { start } else { start.max(width + gap) };
            row.extend(std::iter::repeat_n(' ', start - width));
            row.push_str(cell);
            width = start + cell.chars().count();
        }
        row
    }

    /// The column that a cell stands under: the one whose name is above most of it, else the last that begins before it.
    fn nearest(&self, cell: &Range<usize>) -> usize {
        let above = |name: &Range<usize>| cell.end.min(name.end).saturating_sub(cell.start.max(name.start));
        let most = (0..self.ranges.len()).rev().max_by_key(|&at| above(&self.ranges[at])).unwrap_or(0);
        if above(&self.ranges[most]) > 0 {
            return most;
        }
        self.ranges.iter().rposition(|name| name.start <= cell.start).unwrap_or(0)
    }
}

/// The parts of a line between at least `gap` blanks, or a tab, with their places in characters.
fn apart(line: &str, gap: usize) -> Vec<(Range<usize>, String)> {
    let mut parts: Vec<(Range<usize>, String)> = Vec::new();
    let (mut blanks, mut tab) = (gap, false);
    for (at, c) in line.chars().enumerate() {
        if c.is_whitespace() {
            blanks += 1;
            tab |= c == '\t';
            continue;
        }
        match parts.last_mut() {
            Some((range, text)) if blanks < gap && !tab => {
                text.extend(std::iter::repeat_n(' ', blanks));
                text.push(c);
                range.end = at + 1;
            }
            _ => parts.push((at..at + 1, c.to_string())),
        }
        (blanks, tab) = (0, false);
    }
    parts
}

/// `line` with other texts between its bars, as wide as before where they fit.
fn between_bars(line: &str, cells: &[String]) -> String {
    let outer = |c: char| c.is_whitespace() || BARS.contains(&c);
    let inner = line.trim_matches(outer);
    let Some(start) = line.find(inner).filter(|_| !inner.is_empty()) else { return line.to_owned() };
    let lead = &line[..start];
    let lead =
        &lead[..lead.rfind(BARS).map_or(0, |at| at + lead[at..].chars().next().map_or(0, char::len_utf8))];
    let rest = &line[lead.len()..];
    let mut out = lead.to_owned();
    let mut cells = cells.iter();
    for part in rest.split_inclusive(BARS) {
        let (old, bar) = match part.char_indices().next_back() {
            Some((at, last)) if BARS.contains(&last) => part.split_at(at),
            _ => (part, ""),
        };
        let Some(cell) = cells.next() else {
            out.push_str(part);
            continue;
        };
        let indent = if old.starts_with(' ') { " " } else { "" };
        let new = format!("{indent}{cell}{}", if bar.is_empty() || cell.is_empty() { "" } else { indent });
        let missing =
            if bar.is_empty() { 0 } else { old.chars().count().saturating_sub(new.chars().count()) };
        out.push_str(&new);
        out.extend(std::iter::repeat_n(' ', missing));
        out.push_str(bar);
    }
    out
}

/// The parts of a line between bars; those at its ends are a frame.
fn barred(line: &str) -> Vec<String> {
    line.trim().trim_matches(BARS).split(BARS).map(|cell| cell.trim().to_owned()).collect()
}

/// Whether a line is only drawn.
pub(super) fn is_rule(line: &str) -> bool {
    line.trim().chars().all(|c| "-=+:|".contains(c) || ('─'..='╿').contains(&c) || c.is_whitespace())
}

/// A name of a column without what people do not mind: case, and what is between its words.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase().replace(['-', '_'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_where_its_cells_stood() {
        for (header, line, cells, wanted) in [
            ("NAME   STATUS   AGE", "web-1  Running  5m", ["web-1", "Failed", "5m"], "web-1  Failed   5m"),
            ("NAME   STATUS   AGE", "web-1           5m", ["web-12345", "", "7m"], "web-12345       7m"),
            ("NAME   STATUS   AGE", "web-1  Running  5m", ["web-12345", "Up", "5m"], "web-12345  Up   5m"),
            ("NAME   STATUS   AGE", "web-1           5m", ["web-1", "Up", "5m"], "web-1  Up       5m"),
            ("A B C", "1 2 3", ["1", "20", "3"], "1 20 3"),
            ("| A  | B | C |", "| 1  | 2 | 3 |", ["10", "2", "33"], "| 10 | 2 | 33 |"),
            ("A|B|C", "1|2|3", ["1", "", "33"], "1| |33"),
        ] {
            let header = Header::read(header);
            let cells = cells.map(str::to_owned);
            let written = header.written(line, &cells);
            assert_eq!(written, wanted, "{line}");
            assert_eq!(header.cells(&written), cells, "{line}");
        }
    }
}
