//! Promised lines beside those that came, a word in front of each that says which it is. What differs within a line is
//! coloured, or has carets below it where there is no colour.

use super::look::{Look, Tone};
use crate::event::DiffLine;
use crate::report::layout::{clean, width};

/// Columns of the word in front.
const WORD: usize = 9;

/// The lines, each at most `columns` wide.
pub(super) fn draw(look: Look, lines: &[DiffLine], columns: usize) -> Vec<String> {
    let room = columns.saturating_sub(WORD + 1);
    let mut drawn = Vec::new();
    for line in lines {
        let (word, tone) = match line.side {
            '-' => ("promised", Tone::Promised),
            '+' => ("came", Tone::Came),
            '…' => ("…", Tone::Faint),
            _ => ("", Tone::Plain),
        };
        let (mut text, mut carets) = (String::new(), String::new());
        for (emphasised, piece) in cut(&line.pieces, room) {
            let tone = if emphasised || tone == Tone::Faint { tone } else { Tone::Plain };
            text.push_str(&look.paint(tone, &piece));
            carets.push_str(&if emphasised { "^" } else { " " }.repeat(width(&piece)));
        }
        drawn.push(format!("{} {text}", look.paint(Tone::Faint, &format!("{word:<WORD$}"))));
        if line.side == '+' && !look.color && carets.contains('^') {
            drawn.push(format!("{:WORD$} {}", "", carets.trim_end()));
        }
    }
    drawn
}

/// Pieces of a line in at most `columns`, with the first emphasised one in view.
fn cut(pieces: &[(bool, String)], columns: usize) -> Vec<(bool, String)> {
    let pieces: Vec<(bool, String)> =
        pieces.iter().map(|(on, text)| (*on, clean(&text.replace('\n', "⏎")).into_owned())).collect();
    let whole: usize = pieces.iter().map(|(_, text)| width(text)).sum();
    if whole <= columns {
        return pieces;
    }
    let before: usize = pieces.iter().take_while(|(on, _)| !on).map(|(_, text)| width(text)).sum();
    let in_view = before == whole || before + columns / 5 < columns;
    let skip = if in_view { 0 } else { (before - columns / 3).min(whole + 1 - columns) };
    let mut out = Vec::new();
    let (mut at, mut used) = (0, usize::from(skip > 0));
    if skip > 0 {
        out.push((false, "…".to_owned()));
    }
    for (on, text) in pieces {
        let mut kept = String::new();
        for char in text.chars() {
            let wide = width(char.encode_utf8(&mut [0; 4]));
            at += wide;
            if at <= skip {
                continue;
            }
            if used + wide + usize::from(at < whole) > columns {
                kept.push('…');
                out.push((on, kept));
                return out;
            }
            used += wide;
            kept.push(char);
        }
        out.push((on, kept));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_stays_in_view() {
        let line = |before: usize, after: usize| {
            vec![(false, "a".repeat(before)), (true, "XYZ".to_owned()), (false, "b".repeat(after))]
        };
        for (before, after) in [(0, 0), (0, 50), (50, 0), (50, 50), (17, 0), (16, 1), (5, 20)] {
            for columns in [12, 20, 30] {
                let cut = cut(&line(before, after), columns);
                let text: String = cut.iter().map(|(_, text)| text.as_str()).collect();
                assert!(width(&text) <= columns, "{text} in {columns}");
                assert!(text.contains('X'), "{text} in {columns} from {before}");
            }
        }
    }
}
