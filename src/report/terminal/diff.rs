//! Promised lines beside those that came, a word in front of each that says which it is. What differs within a line is
//! coloured, or has carets below it where there is no colour.

use super::look::{Look, Tone};
use crate::event::{DiffLine, Mark};
use crate::report::layout::{clean, width};

/// Columns of the word in front.
const WORD: usize = 9;

/// Rows that one line may take.
const ROWS: usize = 3;

/// Pieces of a line.
type Pieces = Vec<(Mark, String)>;

/// The lines, each at most `columns` wide.
pub(super) fn draw(look: Look, lines: &[DiffLine], columns: usize) -> Vec<String> {
    let room = columns.saturating_sub(WORD + 1).max(1);
    let mut drawn = Vec::new();
    for line in lines {
        let (word, tone) = match line.side {
            '-' => ("promised", Tone::Promised),
            '+' => ("came", Tone::Came),
            '…' => ("…", Tone::Faint),
            _ => ("", Tone::Plain),
        };
        for (at, row) in rows(&line.pieces, room).into_iter().enumerate() {
            let (mut text, mut carets) = (String::new(), String::new());
            for (mark, piece) in row {
                let tone = match mark {
                    Mark::Differs => tone,
                    Mark::Same if tone == Tone::Faint => tone,
                    Mark::Same => Tone::Plain,
                    Mark::Passes => Tone::Faint,
                };
                text.push_str(&look.paint(tone, &piece));
                carets.push_str(&if mark == Mark::Differs { "^" } else { " " }.repeat(width(&piece)));
            }
            let word = if at == 0 { word } else { "" };
            drawn.push(format!("{} {text}", look.paint(Tone::Faint, &format!("{word:<WORD$}"))));
            if line.side == '+' && !look.color && carets.contains('^') {
                drawn.push(format!("{:WORD$} {}", "", carets.trim_end()));
            }
        }
    }
    drawn
}

/// A line in rows of at most `columns`. It is cut where what differs stays in view; else it takes more rows; else the
/// first difference is in view.
fn rows(pieces: &[(Mark, String)], columns: usize) -> Vec<Pieces> {
    let chars: Vec<(Mark, char)> = pieces
        .iter()
        .flat_map(|(on, text)| {
            clean(&text.replace('\n', "⏎")).chars().map(|char| (*on, char)).collect::<Vec<_>>()
        })
        .collect();
    let wide = |chars: &[(Mark, char)]| chars.iter().map(|(_, char)| columns_of(*char)).sum::<usize>();
    let first = chars.iter().position(|(mark, _)| *mark == Mark::Differs).unwrap_or(0);
    let last = chars.iter().rposition(|(mark, _)| *mark == Mark::Differs).unwrap_or(0);
    if wide(&chars) <= columns || wide(&chars[..last]) + 2 < columns {
        return vec![joined(cut(&chars, columns))];
    }
    if wide(&chars) <= columns * ROWS {
        return wrapped(&chars, columns);
    }
    let mut start = first;
    while start > 0 && wide(&chars[start..first]) < columns / 3 {
        start -= 1;
    }
    let mut row = if start > 0 { vec![(Mark::Same, '…')] } else { Vec::new() };
    row.extend_from_slice(&chars[start..]);
    vec![joined(cut(&row, columns))]
}

/// As many as fit; the last one says that there are more.
fn cut(chars: &[(Mark, char)], columns: usize) -> Vec<(Mark, char)> {
    let fits = fitting(chars, columns);
    if fits == chars.len() {
        return chars.to_vec();
    }
    let mut row = chars[..fitting(chars, columns.saturating_sub(1))].to_vec();
    row.push((Mark::Same, '…'));
    row
}

/// All of them, broken after blanks where there are any near the edge.
fn wrapped(mut chars: &[(Mark, char)], columns: usize) -> Vec<Pieces> {
    let mut rows = Vec::new();
    while !chars.is_empty() {
        let fits = fitting(chars, columns).max(1);
        let blank = chars[..fits].iter().rposition(|(_, char)| *char == ' ').map(|at| at + 1);
        let end = match blank {
            Some(at) if fits < chars.len() && at > fits / 2 => at,
            _ => fits,
        };
        rows.push(joined(chars[..end].to_vec()));
        chars = &chars[end..];
    }
    rows
}

/// How many characters fit.
fn fitting(chars: &[(Mark, char)], columns: usize) -> usize {
    let mut used = 0;
    let over = chars.iter().position(|(_, char)| {
        used += columns_of(*char);
        used > columns
    });
    over.unwrap_or(chars.len())
}

fn columns_of(char: char) -> usize {
    width(char.encode_utf8(&mut [0; 4]))
}

fn joined(chars: Vec<(Mark, char)>) -> Pieces {
    let mut pieces = Pieces::new();
    for (on, char) in chars {
        match pieces.last_mut() {
            Some((last, text)) if *last == on => text.push(char),
            _ => pieces.push((on, char.to_string())),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rows: Vec<Pieces>) -> Vec<String> {
        rows.into_iter().map(|row| row.into_iter().map(|(_, text)| text).collect()).collect()
    }

    #[test]
    fn what_differs_stays_in_view() {
        let line = |before: usize, after: usize| {
            vec![
                (Mark::Same, "a".repeat(before)),
                (Mark::Differs, "XYZ".to_owned()),
                (Mark::Same, "b".repeat(after)),
            ]
        };
        for (before, after) in [(0, 0), (0, 50), (50, 0), (50, 50), (17, 0), (16, 1), (5, 20), (200, 200)] {
            for columns in [12, 20, 30] {
                let rows = texts(rows(&line(before, after), columns));
                assert!(
                    rows.len() <= ROWS && rows.iter().all(|row| width(row) <= columns),
                    "{rows:?} in {columns}"
                );
                assert!(rows.concat().contains("XYZ"), "{rows:?} in {columns}");
            }
        }
    }

    #[test]
    fn rows_break_at_blanks() {
        let line = [
            (Mark::Same, "one two ".to_owned()),
            (Mark::Differs, "three".to_owned()),
            (Mark::Same, " four five".to_owned()),
        ];
        assert_eq!(texts(rows(&line, 12)), ["one two ", "three four ", "five"]);
        assert_eq!(texts(rows(&line, 20)), ["one two three four …"]);
    }
}
