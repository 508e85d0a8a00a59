//! What keys do to a text, in the three modes of `vi`. Pure: files and terminals are others'. What it does not know it
//! says, and does nothing.

use super::keys::Key;
use crate::stage::simulated::call::not_simulated;

/// A text under the editor.
#[derive(Debug)]
pub(super) struct Editor {
    /// The name that the program was called by.
    program: String,
    /// The file's name, empty for none.
    name: String,
    /// Without line ends; none for an empty text.
    pub lines: Vec<String>,
    pub row: usize,
    /// In letters.
    pub column: usize,
    /// The first line that is seen.
    pub top: usize,
    pub mode: Mode,
    /// For the last line.
    pub message: String,
    changed: bool,
    /// The first letter of a command of two, such as `dd`.
    begun: Option<char>,
}

/// What keys mean now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are commands.
    Normal,
    /// They are text.
    Insert,
    /// They are a command behind a `:`.
    Command(String),
}

/// What the editor cannot do itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Write the file, then tell [`Editor::written`]; then leave, if it is written.
    Write { leave: bool },
    /// Leave.
    Quit,
}

impl Editor {
    /// An editor for a text; `None` for one of a file that is still to be made.
    pub(super) fn new(program: &str, name: &str, text: Option<&str>) -> Self {
        let lines: Vec<String> = text.unwrap_or_default().lines().map(str::to_owned).collect();
        let message = match text {
            _ if name.is_empty() => String::new(),
            None => format!("\"{name}\" [New]"),
            Some(text) => format!("\"{name}\" {}L, {}B", lines.len(), text.len()),
        };
        Self {
            program: program.to_owned(),
            name: name.to_owned(),
            lines,
            row: 0,
            column: 0,
            top: 0,
            mode: Mode::Normal,
            message,
            changed: false,
            begun: None,
        }
    }

    /// The text, with a line end behind each line.
    pub(super) fn content(&self) -> String {
        self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// Does what a key says.
    pub(super) fn press(&mut self, key: Key) -> Option<Wish> {
        match std::mem::replace(&mut self.mode, Mode::Normal) {
            Mode::Normal => return self.normal(key),
            Mode::Insert => self.insert(key),
            Mode::Command(line) => return self.command(line, key),
        }
        None
    }

    /// Takes in whether the file was written; answers it.
    pub(super) fn written(&mut self, done: &std::io::Result<()>) -> bool {
        let name = &self.name;
        match done {
            Ok(()) => {
                self.changed = false;
                self.message = format!("\"{name}\" {}L, {}B written", self.lines.len(), self.content().len());
            }
            Err(error) if name.is_empty() => self.message = error.to_string(),
            Err(error) => {
                self.message = format!("\"{name}\" E212: Can't open file for writing: {error}");
            }
        }
        done.is_ok()
    }

    fn unknown(&mut self, what: &str) {
        self.message = not_simulated(&self.program, what);
    }

    fn normal(&mut self, key: Key) -> Option<Wish> {
        let begun = self.begun.take();
        self.message.clear();
        if let Some(first) = begun {
            match (first, key) {
                ('d', Key::Letter('d')) => self.delete_line(),
                ('g', Key::Letter('g')) => (self.row, self.column) = (0, 0),
                ('Z', Key::Letter('Z')) => return self.run("x"),
                ('Z', Key::Letter('Q')) => return Some(Wish::Quit),
                (_, Key::Escape) => {}
                (_, Key::Letter(second)) => self.unknown(&format!("the command {first}{second}")),
                _ => self.unknown(&format!("the command {first} with this key")),
            }
            return None;
        }
        match key {
            Key::Letter(letter) => self.normal_letter(letter),
            Key::Up => self.go(-1),
            Key::Down | Key::Enter => self.go(1),
            Key::Left | Key::Backspace => self.column = self.column.saturating_sub(1),
            Key::Right => self.column += 1,
            Key::Escape | Key::Control('C' | 'L') => {}
            Key::Control(letter) => self.unknown(&format!("the command ^{letter}")),
            Key::Other(letter) => self.unknown(&format!("the key that ends in {letter}")),
        }
        self.keep_inside();
        None
    }

    fn normal_letter(&mut self, letter: char) {
        match letter {
            'i' => self.mode = Mode::Insert,
            'I' => {
                self.column = self.indentation();
                self.mode = Mode::Insert;
            }
            'a' => {
                self.column = (self.column + 1).min(self.length());
                self.mode = Mode::Insert;
            }
            'A' => {
                self.column = self.length();
                self.mode = Mode::Insert;
            }
            'o' => self.open_line(self.row + 1),
            'O' => self.open_line(self.row),
            'x' => self.delete_letter(),
            'h' => self.column = self.column.saturating_sub(1),
            'l' | ' ' => self.column += 1,
            'j' => self.go(1),
            'k' => self.go(-1),
            '0' => self.column = 0,
            '^' => self.column = self.indentation(),
            '$' => self.column = self.length(),
            'G' => self.row = self.lines.len().saturating_sub(1),
            ':' => self.mode = Mode::Command(String::new()),
            'd' | 'g' | 'Z' => self.begun = Some(letter),
            other => self.unknown(&format!("the command {other}")),
        }
    }

    fn insert(&mut self, key: Key) {
        self.mode = Mode::Insert;
        self.message.clear();
        match key {
            Key::Letter(letter) => {
                let at = self.offset();
                self.line().insert(at, letter);
                self.column += 1;
                self.changed = true;
            }
            Key::Enter => {
                let at = self.offset();
                let rest = self.line().split_off(at);
                self.row += 1;
                self.column = 0;
                self.lines.insert(self.row, rest);
                self.changed = true;
            }
            Key::Backspace => self.delete_before(),
            Key::Escape | Key::Control('C' | '[') => {
                self.mode = Mode::Normal;
                self.column = self.column.saturating_sub(1);
            }
            Key::Up => self.go(-1),
            Key::Down => self.go(1),
            Key::Left => self.column = self.column.saturating_sub(1),
            Key::Right => self.column += 1,
            Key::Control(letter) => self.unknown(&format!("^{letter} within a text")),
            Key::Other(letter) => self.unknown(&format!("the key that ends in {letter}")),
        }
        self.keep_inside();
    }

    fn command(&mut self, mut line: String, key: Key) -> Option<Wish> {
        match key {
            Key::Letter(letter) => {
                line.push(letter);
                self.mode = Mode::Command(line);
            }
            Key::Backspace => {
                if line.pop().is_some() {
                    self.mode = Mode::Command(line);
                }
            }
            Key::Enter => return self.run(line.trim()),
            Key::Escape | Key::Control('C') => {}
            Key::Up | Key::Down | Key::Left | Key::Right | Key::Control(_) | Key::Other(_) => {
                self.unknown("this key behind a `:`");
            }
        }
        None
    }

    /// Runs a command that was typed behind a `:`.
    fn run(&mut self, command: &str) -> Option<Wish> {
        let last = self.lines.len().saturating_sub(1);
        match command {
            "" | "set paste" | "set nopaste" => {}
            "w" | "w!" => return Some(Wish::Write { leave: false }),
            "wq" | "wq!" => return Some(Wish::Write { leave: true }),
            "x" | "x!" if self.changed => return Some(Wish::Write { leave: true }),
            "q" if self.changed => {
                "E37: No write since last change (add ! to override)".clone_into(&mut self.message);
            }
            "x" | "x!" | "q" | "q!" => return Some(Wish::Quit),
            "%d" => {
                if self.lines.is_empty() {
                    "E749: Empty buffer".clone_into(&mut self.message);
                } else {
                    "--No lines in buffer--".clone_into(&mut self.message);
                    self.lines.clear();
                    self.changed = true;
                }
            }
            "$" => self.row = last,
            number if number.parse::<usize>().is_ok() => {
                self.row = number.parse::<usize>().unwrap_or_default().saturating_sub(1).min(last);
            }
            other => self.unknown(&format!("the command :{other}")),
        }
        self.keep_inside();
        None
    }

    /// The line under the cursor; an empty text gets its first.
    fn line(&mut self) -> &mut String {
        if self.lines.is_empty() {
            self.lines.push(String::new());
        }
        &mut self.lines[self.row]
    }

    /// Letters in the line under the cursor.
    fn length(&self) -> usize {
        self.lines.get(self.row).map_or(0, |line| line.chars().count())
    }

    /// Blanks before its first letter.
    fn indentation(&self) -> usize {
        let line = self.lines.get(self.row).map_or("", String::as_str);
        line.chars().take_while(|letter| letter.is_whitespace()).count().min(self.length())
    }

    /// The byte under the cursor.
    fn offset(&self) -> usize {
        let line = self.lines.get(self.row).map_or("", String::as_str);
        line.char_indices().nth(self.column).map_or(line.len(), |(at, _)| at)
    }

    fn go(&mut self, lines: isize) {
        self.row = self.row.saturating_add_signed(lines);
    }

    /// Moves the cursor to where it may be.
    fn keep_inside(&mut self) {
        self.row = self.row.min(self.lines.len().saturating_sub(1));
        let behind = usize::from(self.mode != Mode::Insert);
        self.column = self.column.min(self.length().saturating_sub(behind));
    }

    fn open_line(&mut self, at: usize) {
        // Below the line of an empty text, too.
        self.line();
        self.lines.insert(at, String::new());
        (self.row, self.column) = (at, 0);
        self.mode = Mode::Insert;
        self.changed = true;
    }

    fn delete_letter(&mut self) {
        if self.column < self.length() {
            let at = self.offset();
            self.line().remove(at);
            self.changed = true;
        }
    }

    fn delete_line(&mut self) {
        if self.row < self.lines.len() {
            self.lines.remove(self.row);
            self.changed = true;
        }
        self.column = 0;
        self.keep_inside();
    }

    fn delete_before(&mut self) {
        if self.column > 0 {
            self.column -= 1;
            self.delete_letter();
        } else if self.row > 0 {
            let rest = self.lines.remove(self.row);
            self.row -= 1;
            self.column = self.length();
            self.line().push_str(&rest);
            self.changed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::Keys;
    use super::*;

    /// Presses keys, `^[` for Escape; answers the last wish.
    fn press(editor: &mut Editor, text: &str) -> Option<Wish> {
        let mut keys = Keys::default();
        keys.push(text.replace("^[", "\x1b").as_bytes());
        keys.settle();
        std::iter::from_fn(|| keys.next()).fold(None, |_, key| editor.press(key))
    }

    fn typed(before: &str, keys: &str) -> String {
        let mut editor = Editor::new("vi", "f", Some(before));
        press(&mut editor, keys);
        editor.content()
    }

    #[test]
    fn keys_change_the_text_as_in_vi() {
        for (before, keys, after) in [
            ("", "ione\rtwo^[", "one\ntwo\n"),
            ("", "^[", ""),
            ("old\nlines\n", ":set paste\r:%d\ri{\r\t\"a\": 1\r}^[", "{\n\t\"a\": 1\n}\n"),
            ("ab\n", "aX^[", "aXb\n"),
            ("ab\n", "AX^[IY^[", "YabX\n"),
            ("a\nc\n", "ob^[", "a\nb\nc\n"),
            ("b\n", "Oa^[", "a\nb\n"),
            ("a\nb\nc\n", "jdd", "a\nc\n"),
            ("a\nb\n", "Gddggix^[", "xa\n"),
            ("abc\n", "lx", "ac\n"),
            ("abc\n", "$x", "ab\n"),
            ("ab\ncd\n", "ji\x7f^[", "abcd\n"),
            ("ab\n", "$a\x7f\x7f\x7f^[", "\n"),
            ("é€\n", "laü^[", "é€ü\n"),
            ("a\nb\n", "i\x1b[Bx^[", "a\nxb\n"),
            ("a\nb\nc\n", ":2\rdd:$\rAx^[", "a\ncx\n"),
            ("no end", "", "no end\n"),
        ] {
            assert_eq!(typed(before, keys), after, "{keys:?}");
        }
    }

    #[test]
    fn leaving_needs_a_written_text_or_an_exclamation_mark() {
        let wish = |keys: &str| press(&mut Editor::new("vi", "f", Some("a\n")), keys);
        assert_eq!(wish(":q\r"), Some(Wish::Quit));
        assert_eq!(wish("x:q\r"), None);
        assert_eq!(wish("x:q!\r"), Some(Wish::Quit));
        assert_eq!(wish(":x\r"), Some(Wish::Quit));
        assert_eq!(wish("x:x\r"), Some(Wish::Write { leave: true }));
        assert_eq!(wish("xZZ"), Some(Wish::Write { leave: true }));
        assert_eq!(wish("xZQ"), Some(Wish::Quit));
        assert_eq!(wish(":wq\r"), Some(Wish::Write { leave: true }));
        assert_eq!(wish(":w\r"), Some(Wish::Write { leave: false }));
        assert_eq!(wish(":wq^["), None);
        assert_eq!(wish(":wqx\x7f\r"), Some(Wish::Write { leave: true }));
    }

    #[test]
    fn a_text_that_was_written_is_not_written_again() {
        let mut editor = Editor::new("vi", "f", None);
        press(&mut editor, "ihello^[:w\r");
        assert!(editor.written(&Ok(())));
        assert_eq!(editor.message, "\"f\" 1L, 6B written");
        assert_eq!(press(&mut editor, ":q\r"), Some(Wish::Quit));
        press(&mut editor, "x");
        assert!(!editor.written(&Err(std::io::ErrorKind::PermissionDenied.into())));
        assert!(editor.message.contains("E212"), "{}", editor.message);
        assert_eq!(press(&mut editor, ":q\r"), None);
        assert!(editor.message.starts_with("E37"), "{}", editor.message);
    }

    #[test]
    fn what_is_not_known_is_named_and_changes_nothing() {
        for (keys, named) in [
            ("u", "the command u"),
            ("dw", "the command dw"),
            (":s/a/b/\r", "the command :s/a/b/"),
            (":w other\r", "the command :w other"),
            ("i\x18", "^X within a text"),
            ("\x16", "the command ^V"),
            ("\x1b[5~", "the key that ends in ~"),
        ] {
            let mut editor = Editor::new("vi", "f", Some("a b\n"));
            assert_eq!(press(&mut editor, keys), None, "{keys:?}");
            assert_eq!(editor.content(), "a b\n", "{keys:?}");
            let known = format!("labrun: the simulated vi does not know {named}; ");
            assert!(editor.message.starts_with(&known), "{keys:?}: {}", editor.message);
            assert!(editor.message.contains("--stage host"));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_keys_lead_out_of_the_text(keys in r"([ -~\r\n\t\x08é]|\x1b|\x1b\[[ABCD]|dd|:%d\r|:[0-9]\r|gg|G|o|O|x){0,60}") {
            let mut editor = Editor::new("vi", "f", Some("one\n\ntwo three\n"));
            press(&mut editor, &keys);
            proptest::prop_assert!(editor.row <= editor.lines.len().saturating_sub(1));
            proptest::prop_assert!(editor.column <= editor.length());
        }
    }
}
