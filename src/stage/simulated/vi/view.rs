//! What is seen of a text: the bytes that draw a screen. Long lines go on in the next row, lines behind the text are a
//! `~`, the last row is for the mode, messages and commands.

use unicode_width::UnicodeWidthChar;

use super::editor::{Editor, Mode};

/// Columns between two places of a tab.
const TAB: usize = 8;

/// Draws the whole screen, and lets the editor scroll to its cursor.
pub(super) fn draw(editor: &mut Editor, columns: usize, rows: usize) -> String {
    let height = rows.saturating_sub(1).max(1);
    let behind = |editor: &Editor, line: usize| {
        let text = editor.lines.get(line).map_or("", String::as_str);
        cells(text, columns).len()
    };
    editor.top = editor.top.min(editor.row);
    while editor.top < editor.row
        && (editor.top..=editor.row).map(|line| behind(editor, line)).sum::<usize>() > height
    {
        editor.top += 1;
    }
    let mut drawn = Vec::with_capacity(height);
    let mut cursor = (0, 0);
    // An empty text has one line to look at.
    for line in editor.top..editor.lines.len().max(1) {
        let text = editor.lines.get(line).map_or("", String::as_str);
        if line == editor.row {
            let (row, column) = place(text, editor.column, columns);
            cursor = (drawn.len() + row, column);
        }
        drawn.extend(cells(text, columns));
        if drawn.len() >= height {
            break;
        }
    }
    drawn.resize(height, "~".to_owned());
    let last = match &editor.mode {
        Mode::Command(line) => format!(":{line}"),
        _ if !editor.message.is_empty() => editor.message.clone(),
        Mode::Insert => "-- INSERT --".to_owned(),
        Mode::Normal => String::new(),
    };
    let last = end_of(&last, columns, matches!(editor.mode, Mode::Command(_)));
    if matches!(editor.mode, Mode::Command(_)) {
        cursor = (height, width(&last).min(columns - 1));
    }
    let mut screen = String::from("\x1b[?25l\x1b[H");
    for row in &drawn {
        screen += row;
        screen += "\x1b[K\r\n";
    }
    screen += &last;
    screen += &format!("\x1b[K\x1b[{};{}H\x1b[?25h", cursor.0.min(height) + 1, cursor.1 + 1);
    screen
}

/// The rows of a line, tabs and controls written out.
fn cells(line: &str, columns: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut used = 0;
    for letter in line.chars() {
        let shown = shown(letter, used);
        let wide = width(&shown);
        if used + wide > columns && used > 0 {
            rows.push(String::new());
            used = 0;
        }
        if let Some(row) = rows.last_mut() {
            *row += &shown;
        }
        used += wide;
    }
    rows
}

/// The row and column of a letter of a line.
fn place(line: &str, letters: usize, columns: usize) -> (usize, usize) {
    let before: String = line.chars().take(letters).collect();
    let rows = cells(&before, columns);
    let column = rows.last().map_or(0, |row| width(row));
    if column >= columns { (rows.len(), 0) } else { (rows.len() - 1, column) }
}

fn shown(letter: char, column: usize) -> String {
    match letter {
        '\t' => " ".repeat(TAB - column % TAB),
        '\0'..='\x1f' => format!("^{}", char::from(letter as u8 + b'@')),
        '\x7f' => "^?".to_owned(),
        letter => letter.to_string(),
    }
}

fn width(text: &str) -> usize {
    text.chars().map(|letter| letter.width().unwrap_or(0)).sum()
}

/// As much of a text as fits into a row: its end, or its beginning.
fn end_of(text: &str, columns: usize, end: bool) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
    let mut used = 0;
    let mut fits = |letter: &char| {
        used += letter.width().unwrap_or(0);
        used < columns
    };
    if end {
        let kept: Vec<char> = text.chars().rev().take_while(&mut fits).collect();
        kept.into_iter().rev().collect()
    } else {
        text.chars().take_while(fits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::Key;
    use super::*;

    /// The rows that a terminal shows, and its cursor.
    fn seen(editor: &mut Editor, columns: u16, rows: u16) -> (Vec<String>, (u16, u16)) {
        let mut terminal = Rows::new(usize::from(rows));
        terminal.take(&draw(editor, columns.into(), rows.into()));
        (terminal.rows, terminal.cursor)
    }

    /// Enough of a terminal to read back what is drawn here.
    struct Rows {
        rows: Vec<String>,
        cursor: (u16, u16),
    }

    impl Rows {
        fn new(rows: usize) -> Self {
            Self { rows: vec![String::new(); rows], cursor: (0, 0) }
        }

        fn take(&mut self, drawn: &str) {
            let mut row = 0;
            for piece in drawn.split('\x1b') {
                let end = piece.find(|c: char| c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
                let (control, text) = if piece.starts_with('[') { piece.split_at(end) } else { ("", piece) };
                if let Some((line, column)) =
                    control.trim_start_matches('[').trim_end_matches('H').split_once(';')
                {
                    self.cursor = (line.parse::<u16>().unwrap() - 1, column.parse::<u16>().unwrap() - 1);
                }
                for letter in text.chars() {
                    match letter {
                        '\n' => row += 1,
                        '\r' => {}
                        letter => self.rows[row].push(letter),
                    }
                }
            }
        }
    }

    fn with(text: &str) -> Editor {
        Editor::new("vi", "f", Some(text))
    }

    #[test]
    fn text_stands_above_tildes_and_the_last_row() {
        let mut editor = with("one\n\ttwo\n");
        assert_eq!(
            seen(&mut editor, 20, 5),
            (vec!["one".into(), "        two".into(), "~".into(), "~".into(), "\"f\" 2L, 9B".into()], (0, 0))
        );
        editor.press(Key::Down);
        editor.press(Key::Letter('A'));
        let (rows, cursor) = seen(&mut editor, 20, 5);
        assert_eq!((rows[4].as_str(), cursor), ("-- INSERT --", (1, 11)));
        editor.press(Key::Escape);
        editor.press(Key::Letter(':'));
        editor.press(Key::Letter('w'));
        let (rows, cursor) = seen(&mut editor, 20, 5);
        assert_eq!((rows[4].as_str(), cursor), (":w", (4, 2)));
    }

    #[test]
    fn long_lines_go_on_and_the_cursor_is_always_seen() {
        let mut editor = with("abcdef\n1\n2\n3\n4\n");
        assert_eq!(seen(&mut editor, 4, 4).0[..3], ["abcd", "ef", "1"]);
        editor.press(Key::Letter('G'));
        let (rows, cursor) = seen(&mut editor, 4, 4);
        assert_eq!((&rows[..3], cursor), (&["2".to_owned(), "3".into(), "4".into()][..], (2, 0)));
        let mut wide = with("a€漢字\n");
        wide.press(Key::Letter('A'));
        let (rows, cursor) = seen(&mut wide, 4, 4);
        assert_eq!((&rows[..2], cursor), (&["a€漢".to_owned(), "字".into()][..], (1, 2)));
    }
}
