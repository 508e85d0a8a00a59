//! The text that programs wrote to the terminal, in the order they wrote it, whatever became of it on the screen:
//! what scrolled by, was wiped or was wrapped is still here. Bounded: of much output the end is kept.

/// Bytes kept, at least; up to twice as many between two trims.
const KEPT: usize = 1 << 20;

/// What line editors switch on while they take a line, and off when they have it: pasting in brackets.
const PASTING: &[u8] = b"?2004";

/// Text without the sequences that colour it and move it about.
#[derive(Debug, Default)]
pub(super) struct Tape {
    text: Vec<u8>,
    /// Bytes of text that are no longer kept, before those that are.
    dropped: u64,
    state: State,
    /// The cursor was moved: if text comes, it begins a line.
    moved: bool,
    /// The parameters of the sequence under way.
    parameters: Vec<u8>,
    /// Where line editors said that they have taken a line, since the last mark.
    taken: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// After `ESC`.
    Escape,
    /// After `ESC (` and the like: one byte more.
    Charset,
    /// In `ESC [ …`, up to a letter.
    Control,
    /// In `ESC ] …` and the like, up to BEL or `ESC \`.
    String,
}

impl Tape {
    /// Adds what came, wherever it was split.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.take_in(byte);
        }
        if self.text.len() > 2 * KEPT {
            let surplus = self.text.len() - KEPT;
            self.text.drain(..surplus);
            self.dropped += surplus as u64;
        }
    }

    /// Where the next text will stand.
    pub(super) fn end(&self) -> u64 {
        self.dropped + self.text.len() as u64
    }

    /// Where the next text will stand, which need not begin a line.
    pub(super) fn mark(&mut self) -> u64 {
        self.moved = false;
        self.taken.clear();
        self.end()
    }

    /// Where the last line begins.
    pub(super) fn line_start(&self) -> u64 {
        let line = self.text.iter().rev().take_while(|&&byte| byte != b'\n').count();
        self.end() - line as u64
    }

    /// Where line editors said, since the last mark, that they have taken a line.
    pub(super) fn taken(&self) -> &[u64] {
        &self.taken
    }

    /// Where this text stands first, from `start` on.
    pub(super) fn find(&self, wanted: &[u8], start: u64) -> Option<u64> {
        let start = usize::try_from(start.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        let at = find(self.text.get(start..)?, wanted)?;
        Some(self.dropped + (start + at) as u64)
    }

    /// What is kept of the text from `start` on.
    pub(super) fn since(&self, start: u64) -> &[u8] {
        let start = usize::try_from(start.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        self.text.get(start..).unwrap_or_default()
    }

    /// What is kept of the text from `start` up to `end`.
    pub(super) fn between(&self, start: u64, end: u64) -> &[u8] {
        let text = self.since(start);
        let length = usize::try_from(end.saturating_sub(start.max(self.dropped))).unwrap_or(usize::MAX);
        &text[..length.min(text.len())]
    }

    fn take_in(&mut self, byte: u8) {
        if byte == 0x1b {
            // Whatever was under way is given up, as terminals do.
            self.state = State::Escape;
            return;
        }
        self.state = match self.state {
            State::Text => {
                self.write(byte);
                State::Text
            }
            State::Escape => match byte {
                b'[' => {
                    self.parameters.clear();
                    State::Control
                }
                b']' | b'P' | b'X' | b'^' | b'_' => State::String,
                b' '..=b'/' => State::Charset,
                _ => State::Text,
            },
            State::Charset => State::Text,
            State::Control if (0x40..=0x7e).contains(&byte) => {
                match byte {
                    b'C' | b'a' => self.write(b' '),
                    // Moved elsewhere: what follows does not belong to what stands here.
                    b'A' | b'B' | b'D'..=b'H' | b'd' | b'e' | b'f' | b'`' => self.moved = true,
                    b'l' if self.parameters == PASTING => self.taken.push(self.end()),
                    _ => {}
                }
                State::Text
            }
            State::Control if self.parameters.len() < PASTING.len() => {
                self.parameters.push(byte);
                State::Control
            }
            State::Control => {
                // Too long to be what is looked for.
                self.parameters.clear();
                State::Control
            }
            State::String if byte == 0x07 => State::Text,
            State::String => State::String,
        };
    }

    fn write(&mut self, byte: u8) {
        match byte {
            b'\r' => self.moved = true,
            b'\n' => {
                self.moved = false;
                self.text.push(byte);
            }
            b'\t' | b' '..=0x7e | 0x80.. => {
                if std::mem::take(&mut self.moved) && self.text.last().is_some_and(|&last| last != b'\n') {
                    self.text.push(b'\n');
                }
                self.text.push(byte);
            }
            0x08 if !self.moved => self.rub_out(),
            _ => {}
        }
    }

    /// Takes the last character of the line back.
    fn rub_out(&mut self) {
        if self.text.last().is_none_or(|&byte| byte == b'\n') {
            return;
        }
        while self.text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let Some(&first) = wanted.first() else { return Some(0) };
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|&byte| byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut tape = Tape::default();
        tape.push(bytes);
        String::from_utf8(tape.text).unwrap()
    }

    #[test]
    fn only_text_stays() {
        for (written, text) in [
            ("\x1b[1;31mred\x1b[0m\r\nnext\r\n", "red\nnext\n"),
            ("10%\r20%\r\r\n", "10%\n20%\n"),
            ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b", "ab"),
            ("\x1bP1;2|data\x1b\\c\x1b(Bd", "cd"),
            ("one\x1b[5;1Htwo\x1b[3Cthree", "one\ntwo three"),
            ("\rone\n\r\rtwo\n", "one\ntwo\n"),
            ("one\r\x08two\x1b[1G\x1b[0J> \x1b[3G", "one\ntwo\n> "),
            ("typo\x08\x08ed\té\x08e\n\x08", "tyed\te\n"),
            ("a\x1b[\x1b[1mb\x07", "ab"),
        ] {
            assert_eq!(read(written.as_bytes()), text, "{written:?}");
        }
    }

    #[test]
    fn a_line_editor_says_when_it_has_a_line() {
        let mut tape = Tape::default();
        tape.push(b"\x1b[?2004h$ ls\r\n\x1b[?2004l\rout\r\n\x1b[?25l\x1b[?20041l\x1b[?2004h$ ");
        assert_eq!(tape.taken(), [5]);
        assert_eq!(tape.line_start(), 9);
        tape.mark();
        assert!(tape.taken().is_empty());
    }

    #[test]
    fn places_stay_when_the_beginning_goes() {
        let mut tape = Tape::default();
        tape.push(b"needle one ");
        assert_eq!(tape.find(b"one", 0), Some(7));
        assert_eq!(tape.find(b"needle", 1), None);
        tape.push(&vec![b'x'; 2 * KEPT]);
        let end = tape.end();
        tape.push(b"needle two");
        assert_eq!(end, 11 + 2 * KEPT as u64);
        assert_eq!(tape.find(b"needle", 0), Some(end));
        assert_eq!(tape.find(b"needle", end + 100), None);
        assert!(tape.text.len() <= 2 * KEPT);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_output_is_split(
            bytes in prop::collection::vec(prop_oneof![
                Just(0x1b), Just(b'['), Just(b']'), Just(b'm'), Just(7), Just(b'\r'), Just(b'\n'), Just(8), any::<u8>(),
            ], 0..60),
            split in 0usize..60,
        ) {
            let mut whole = Tape::default();
            whole.push(&bytes);
            let mut parts = Tape::default();
            let (first, second) = bytes.split_at(split.min(bytes.len()));
            parts.push(first);
            parts.push(second);
            prop_assert_eq!(whole.text, parts.text);
        }
    }
}
