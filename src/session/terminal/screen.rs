//! What a person at the terminal would see: the screen, and the text that scrolled off it.
//!
//! Only what came after the last [`Screen::mark`] counts as text. Rows that stood there before are told by what they
//! hold: as long as they stand at the top of the screen unchanged, they are not part of it.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroU16;

use vt100::capture::{
    BasicFormattedCaptureRange, BasicFormattedCaptureState, RowContents, basic_formatted_to_plain,
};

use super::super::Capture;
use super::super::capture::Intake;
use super::echo::Typed;
use super::tape::Tape;

/// A screen of so many columns and rows.
pub(super) struct Screen {
    parser: vt100::Parser<Scroll>,
    /// All that was written, for what is no longer seen.
    tape: Tape,
    /// Where on the tape the last mark is.
    marked: u64,
    /// What was typed since.
    typed: Vec<Typed>,
}

/// Where a text was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// In what programs printed.
    Output,
    /// Only in what was typed.
    Echo,
}

impl Screen {
    /// An empty screen of so many columns and rows; it has one of each at least.
    pub(super) fn new((columns, rows): (u16, u16)) -> Self {
        // No rows are kept by the parser itself: those that leave come to `Scroll` at once.
        let parser = vt100::Parser::new_with_callbacks(
            at_least_one(rows),
            at_least_one(columns),
            0,
            Scroll::default(),
        );
        Self { parser, tape: Tape::default(), marked: 0, typed: Vec::new() }
    }

    /// Wiped, with a prompt and a command typed at it.
    pub(super) fn begin(&mut self, command: &str) {
        let (rows, columns) = self.parser.screen().size();
        self.parser = vt100::Parser::new_with_callbacks(rows, columns, 0, Scroll::default());
        let lines = command.trim_end_matches('\n').split('\n');
        for (prompt, line) in ["$ "].into_iter().chain(std::iter::repeat("> ")).zip(lines) {
            self.parser.process(format!("{prompt}{line}\r\n").as_bytes());
        }
        self.mark();
        self.typed(command);
    }

    /// What came until now no longer counts.
    pub(super) fn mark(&mut self) {
        let (_, columns) = self.parser.screen().size();
        let screen = self.parser.screen();
        let (cursor, _) = screen.cursor_position();
        let before = screen.rows(0, columns.get()).take(usize::from(cursor) + 1);
        // The row of the cursor is still being written; a blank one is nothing to leave out.
        let mut before: VecDeque<String> = before.collect();
        if before.back().is_some_and(|row| row.trim_end().is_empty()) {
            before.pop_back();
        }
        *self.parser.callbacks_mut() = Scroll { before, ..Scroll::default() };
        self.marked = self.tape.mark();
        self.typed.clear();
    }

    /// Somebody typed this; its echo is no output.
    pub(super) fn typed(&mut self, text: &str) {
        self.typed.push(Typed::text(text, &self.tape));
    }

    /// Somebody typed this line at a prompt: neither is output.
    pub(super) fn typed_line(&mut self, text: &str) {
        let edited = self.is_pasting();
        self.typed.push(Typed::line(text, edited, self.marked, &self.tape));
    }

    /// Whether a program takes a text in brackets as it is, keys and all.
    pub(super) fn is_pasting(&self) -> bool {
        self.parser.screen().bracketed_paste()
    }

    /// Whether a line was typed at a prompt since the mark.
    pub(super) fn has_line(&self) -> bool {
        self.typed.iter().any(|typed| typed.line_range(&self.tape).is_some())
    }

    /// Whether more than the echo of the line typed last has come since the mark.
    pub(super) fn is_answered(&self) -> bool {
        match self.typed.iter().rev().find_map(|typed| typed.line_range(&self.tape)) {
            Some((_, end)) => end.is_some(),
            None => !self.written().is_empty(),
        }
    }

    /// Takes in what programs wrote; answers what the terminal has to say to them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.tape.push(bytes);
        self.parser.process(bytes);
        std::mem::take(&mut self.parser.callbacks_mut().answers)
    }

    /// Other columns and rows.
    pub(super) fn resize(&mut self, (columns, rows): (u16, u16)) {
        // Else a higher screen would begin with blank rows in place of those that are not kept.
        self.parser.screen_mut().clear_scrollback();
        self.parser.set_size(at_least_one(rows), at_least_one(columns));
    }

    /// Whether a program asked for the other kind of cursor keys.
    pub(super) fn application_cursor(&self) -> bool {
        self.parser.screen().application_cursor()
    }

    /// What it shows now, soft-wrapped rows joined, without blank rows at its end.
    pub(super) fn contents(&self) -> String {
        self.parser.screen().contents()
    }

    /// What makes an empty terminal look like it, colours and all.
    pub(super) fn redraw(&self) -> String {
        let screen = self.parser.screen();
        let other = if screen.alternate_screen() { "\x1b[?1049h" } else { "" };
        format!("{other}{}", screen.state_formatted())
    }

    /// Whether a program draws on a screen of its own.
    pub(super) fn is_full_screen(&self) -> bool {
        self.parser.screen().alternate_screen()
    }

    /// The line of the cursor up to the cursor, soft-wrapped rows joined.
    pub(super) fn cursor_row(&self) -> String {
        let screen = self.parser.screen();
        let (row, column) = screen.cursor_position();
        let first = (0..row).rev().take_while(|&above| screen.row_wrapped(above)).last().unwrap_or(row);
        screen.contents_between(first, 0, row, column)
    }

    /// What was shown since the mark: what scrolled by, and what stands there now.
    pub(super) fn text(&self) -> Capture {
        let mut all = self.parser.callbacks().text.clone();
        let shown = self.shown();
        let rest = shown.trim_end_matches('\n');
        all.push(rest.as_bytes());
        let (_, column) = self.parser.screen().cursor_position();
        if column == 0 && !rest.is_empty() {
            all.push(b"\n");
        }
        all.take()
    }

    /// What programs wrote since the mark, the echo of what was typed included, without what colours and moves it.
    pub(super) fn written(&self) -> &[u8] {
        self.tape.since(self.marked)
    }

    /// The same without the lines that were typed at a prompt, and without those prompts.
    pub(super) fn output(&self) -> Vec<u8> {
        let mut output = Vec::new();
        let mut at = self.marked;
        for (start, end) in self.typed.iter().filter_map(|typed| typed.line_range(&self.tape)) {
            output.extend_from_slice(self.tape.between(at, start));
            at = at.max(end.unwrap_or(self.tape.end()));
        }
        output.extend_from_slice(self.tape.since(at));
        output
    }

    /// Whether this text came since the mark; `from` is a place on the tape before which it need not be looked for,
    /// and is moved on.
    pub(super) fn find(&self, wanted: &str, from: &mut u64) -> Option<Found> {
        *from = (*from).max(self.marked);
        while let Some(at) = self.tape.find(wanted.as_bytes(), *from) {
            if !self.typed.iter().any(|typed| typed.is_echo(at, &self.tape)) {
                return Some(Found::Output);
            }
            *from = at + 1;
        }
        // The beginning of it may have come already.
        *from = (*from).max((self.tape.end() + 1).saturating_sub(wanted.len() as u64));
        if self.typed.iter().any(|typed| typed.contains(wanted)) {
            return Some(Found::Echo);
        }
        // Drawn piece by piece, as full-screen programs do.
        self.shown().contains(wanted).then_some(Found::Output)
    }

    /// What stands on the screen, without the rows that stood there before the mark.
    fn shown(&self) -> String {
        let screen = self.parser.screen();
        let scroll = self.parser.callbacks();
        let (rows, columns) = screen.size();
        let old = if screen.alternate_screen() {
            0
        } else {
            let now = screen.rows(0, columns.get());
            now.zip(&scroll.before).take_while(|(now, before)| now.trim_end() == before.trim_end()).count()
        };
        if old > 0 {
            return screen.contents_between(old as u16, 0, rows.get() - 1, columns.get());
        }
        let mut formatted = String::new();
        let mut state = scroll.state.clone();
        let range = BasicFormattedCaptureRange::Full(&mut state);
        // Writing to a string cannot fail.
        let _ = screen.write_contents_formatted_basic(&mut formatted, range);
        basic_formatted_to_plain(&formatted).collect()
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Screen").field("contents", &self.contents()).finish_non_exhaustive()
    }
}

fn at_least_one(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

/// The rows that leave the screen at its top, and the questions that programs ask the terminal.
#[derive(Default)]
struct Scroll {
    /// The rows that stood there before the mark, as far as they have not left.
    before: VecDeque<String>,
    text: Intake,
    state: BasicFormattedCaptureState,
    answers: Vec<u8>,
}

impl vt100::Callbacks for Scroll {
    fn on_scroll(&mut self, row: RowContents<'_>, alternate_screen: bool) {
        if alternate_screen {
            return;
        }
        let mut state = self.state.clone();
        let mut formatted = String::new();
        let _ = row.write_formatted_basic(&mut formatted, &mut state);
        let pieces = || basic_formatted_to_plain(&formatted);
        if let Some(before) = self.before.pop_front()
            && before.trim_end() == pieces().collect::<String>().trim_end()
        {
            return;
        }
        self.state = state;
        pieces().for_each(|piece| self.text.push(piece.as_bytes()));
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        letter: char,
    ) {
        let parameter = parameters.first().and_then(|numbers| numbers.first()).copied().unwrap_or(0);
        let answer = match (first, letter, parameter) {
            (None, 'n', 5) => "\x1b[0n".to_owned(),
            (None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                format!("\x1b[{};{}R", row + 1, column + 1)
            }
            // A VT100 with advanced video, as tmux says.
            (None, 'c', 0) => "\x1b[?1;2c".to_owned(),
            (Some(b'>'), 'c', 0) => "\x1b[>0;0;0c".to_owned(),
            _ => return,
        };
        self.answers.extend_from_slice(answer.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(written: &str) -> Screen {
        let mut screen = Screen::new((20, 5));
        screen.begin("run it");
        screen.push(written.as_bytes());
        screen
    }

    fn find(screen: &Screen, wanted: &str) -> Option<Found> {
        screen.find(wanted, &mut 0)
    }

    #[test]
    fn a_learner_sees_the_command_and_its_output() {
        let screen = screen("one\r\n\x1b[31mtwo\x1b[m\r\n");
        assert_eq!(screen.contents(), "$ run it\none\ntwo");
        assert_eq!(screen.text().text(), "one\ntwo\n");
        let mut long = Screen::new((20, 5));
        long.begin("for i in 1 2; do\n  echo a rather long line\ndone\n");
        assert_eq!(long.contents(), "$ for i in 1 2; do\n>   echo a rather long line\n> done");
        assert_eq!(long.text().text(), "");
    }

    #[test]
    fn wrapped_rows_are_one_line_also_when_they_have_left() {
        let line = "a line that is wider than any twenty columns, twice over";
        let mut screen = screen(line);
        assert_eq!(screen.text().text(), line);
        for count in 1..40 {
            screen.push(b"\r\nmore");
            assert_eq!(screen.text().text(), format!("{line}{}", "\nmore".repeat(count)));
        }
    }

    #[test]
    fn an_emoji_at_the_right_edge_goes_whole_to_the_next_row() {
        for before in 17..=20 {
            let line = format!("{}\u{1f600}!", "x".repeat(before));
            let screen = screen(&line);
            // As in tmux, a row with one empty column is not joined to the next.
            let gap = if before == 19 { "\n" } else { "" };
            assert_eq!(screen.text().text(), format!("{}{gap}\u{1f600}!", "x".repeat(before)));
            assert_eq!(find(&screen, "x\u{1f600}!"), Some(Found::Output));
        }
    }

    #[test]
    fn what_was_wiped_or_scrolled_by_was_still_seen() {
        let screen = screen("ready\x1b[2J\x1b[H\x1b[?1049hfull\x1b[?1049l\r\n1\r\n2\r\n3\r\n4\r\n5\r\n6");
        for text in ["ready", "full", "1\n2"] {
            assert_eq!(find(&screen, text), Some(Found::Output), "{text}");
        }
        assert_eq!(screen.text().text(), "\n1\n2\n3\n4\n5\n6");
    }

    #[test]
    fn text_drawn_piece_by_piece_is_seen() {
        assert_eq!(find(&screen("\x1b[H\x1b[2JB\x1b[1;1HA\x1b[1;3HC"), "A C"), Some(Found::Output));
    }

    #[test]
    fn a_prompt_is_the_line_of_the_cursor_up_to_the_cursor() {
        for (written, row) in [
            ("one\r\nlab-1:0$ ", "lab-1:0$ "),
            ("without an endlab$ ", "without an endlab$ "),
            // As node draws it.
            ("\x1b[1G\x1b[0J> \x1b[3G", "> "),
            ("> suggested\x1b[3G", "> "),
            ("a prompt wider than twenty columns> ", "a prompt wider than twenty columns> "),
            ("one\r\n", ""),
        ] {
            assert_eq!(screen(written).cursor_row(), row, "{written:?}");
        }
    }

    #[test]
    fn an_echo_is_told_from_output() {
        let mut screen = screen("");
        assert_eq!(find(&screen, "run"), Some(Found::Echo));
        assert_eq!(find(&screen, "$"), None);
        screen.push(b"run\r\n");
        assert_eq!(find(&screen, "run"), Some(Found::Output));

        screen.mark();
        assert_eq!(find(&screen, "run"), None);
        screen.typed("echo hello\n");
        screen.push(b"> echo hello\r\n");
        assert_eq!(find(&screen, "hello"), Some(Found::Echo));
        screen.push(b"hello\r\n");
        assert_eq!(find(&screen, "hello"), Some(Found::Output));
    }

    #[test]
    fn a_text_may_come_in_two_pieces() {
        let mut screen = screen("is it rea");
        let mut from = 0;
        assert_eq!(screen.find("ready", &mut from), None);
        screen.push(b"dy\r\n");
        assert_eq!(screen.find("ready", &mut from), Some(Found::Output));
    }

    #[test]
    fn questions_to_the_terminal_are_answered() {
        let mut screen = Screen::new((20, 5));
        assert_eq!(screen.push(b"ab\x1b[6n\x1b[c\x1b[5n"), b"\x1b[1;3R\x1b[?1;2c\x1b[0n");
        assert_eq!(screen.push(b"plain"), b"");
    }

    #[test]
    fn a_higher_screen_shows_the_same_text() {
        let mut screen = screen("1\r\n2\r\n3\r\n4\r\n5\r\n6");
        let text = screen.text().text();
        screen.resize((30, 10));
        assert_eq!(screen.text().text(), text);
        screen.resize((0, 0));
        screen.push("no column for \u{1f600}".as_bytes());
    }
}
