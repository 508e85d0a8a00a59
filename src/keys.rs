//! Keys by the names that tmux gives them, and the bytes that a terminal sends for them.

/// One press of a key, with what is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    code: Code,
    control: bool,
    meta: bool,
    shift: bool,
}

/// A key that has no such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{written}` is no key{}", hint(*.nearest))]
pub struct UnknownKey {
    /// As it was written.
    pub written: String,
    /// The name that it is most like, if there is one.
    pub nearest: Option<&'static str>,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; `{nearest}` is one"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    /// What it types.
    Char(char),
    /// `ESC [ A`; `ESC O A` where the program asked for that.
    Cursor(char),
    /// `ESC O P`; F1 to F4.
    Function(char),
    /// `ESC [ 5 ~`
    Numbered(u8),
    /// Tab with shift held down.
    BackTab,
}

/// The names, and others that mean the same. Case does not matter.
const NAMES: [(&str, Code); 42] = [
    ("Enter", Code::Char('\r')),
    ("Escape", Code::Char('\x1b')),
    ("Space", Code::Char(' ')),
    ("Tab", Code::Char('\t')),
    ("BTab", Code::BackTab),
    ("BSpace", Code::Char('\x7f')),
    ("Up", Code::Cursor('A')),
    ("Down", Code::Cursor('B')),
    ("Right", Code::Cursor('C')),
    ("Left", Code::Cursor('D')),
    ("Home", Code::Cursor('H')),
    ("End", Code::Cursor('F')),
    ("Insert", Code::Numbered(2)),
    ("Delete", Code::Numbered(3)),
    ("PageUp", Code::Numbered(5)),
    ("PageDown", Code::Numbered(6)),
    ("F1", Code::Function('P')),
    ("F2", Code::Function('Q')),
    ("F3", Code::Function('R')),
    ("F4", Code::Function('S')),
    ("F5", Code::Numbered(15)),
    ("F6", Code::Numbered(17)),
    ("F7", Code::Numbered(18)),
    ("F8", Code::Numbered(19)),
    ("F9", Code::Numbered(20)),
    ("F10", Code::Numbered(21)),
    ("F11", Code::Numbered(23)),
    ("F12", Code::Numbered(24)),
    ("Return", Code::Char('\r')),
    ("Esc", Code::Char('\x1b')),
    ("Backspace", Code::Char('\x7f')),
    ("IC", Code::Numbered(2)),
    ("DC", Code::Numbered(3)),
    ("PPage", Code::Numbered(5)),
    ("PgUp", Code::Numbered(5)),
    ("NPage", Code::Numbered(6)),
    ("PgDn", Code::Numbered(6)),
    ("KPEnter", Code::Char('\r')),
    ("KP+", Code::Char('+')),
    ("KP-", Code::Char('-')),
    ("KP*", Code::Char('*')),
    ("KP/", Code::Char('/')),
];

impl Key {
    /// `^C`
    pub const INTERRUPT: Self = Self { code: Code::Char('c'), control: true, meta: false, shift: false };

    /// Reads a name: `Enter`, `F5`, a character, and these with `C-` or `^` (control), `M-` (meta) or `S-` (shift)
    /// before them.
    ///
    /// # Errors
    /// When there is no such key; the error names the nearest.
    pub fn parse(written: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey { written: written.to_owned(), nearest: nearest(written) };
        let mut key = Self { code: Code::BackTab, control: false, meta: false, shift: false };
        let mut rest = written;
        loop {
            // A lone `^`, and the `-` of `C--`, are keys themselves.
            let held = match rest.as_bytes() {
                [b'^', _, ..] => (&mut key.control, 1),
                [b'C' | b'c', b'-', _, ..] => (&mut key.control, 2),
                [b'M' | b'm', b'-', _, ..] => (&mut key.meta, 2),
                [b'S' | b's', b'-', _, ..] => (&mut key.shift, 2),
                _ => break,
            };
            *held.0 = true;
            rest = &rest[held.1..];
        }
        let mut chars = rest.chars();
        key.code = match (chars.next(), chars.next()) {
            (Some(only), None) => Code::Char(only),
            _ => named(rest).ok_or_else(unknown)?,
        };
        match key.code {
            Code::Char(c) if key.control && control(c).is_none() => return Err(unknown()),
            Code::Char('\t') if key.shift => key = Self { code: Code::BackTab, shift: false, ..key },
            Code::Char(c) if key.shift => {
                key = Self { code: Code::Char(c.to_ascii_uppercase()), shift: false, ..key };
            }
            _ => {}
        }
        Ok(key)
    }

    /// The key that types this character; the end of a line is Enter.
    #[must_use]
    pub fn of_char(c: char) -> Self {
        let code = Code::Char(if c == '\n' { '\r' } else { c });
        Self { code, control: false, meta: false, shift: false }
    }

    /// What the terminal sends; `application` is how a program asks for the cursor keys.
    #[must_use]
    pub fn bytes(self, application: bool) -> Vec<u8> {
        let held = 1 + u8::from(self.shift) + 2 * u8::from(self.meta) + 4 * u8::from(self.control);
        let text = match (self.code, held) {
            (Code::Char(c), _) => {
                let c = if self.control { control(c).unwrap_or(c) } else { c };
                return [if self.meta { "\x1b" } else { "" }, c.encode_utf8(&mut [0; 4])]
                    .concat()
                    .into_bytes();
            }
            (Code::Cursor(last), 1) => format!("\x1b{}{last}", if application { 'O' } else { '[' }),
            (Code::Function(last), 1) => format!("\x1bO{last}"),
            (Code::Cursor(last) | Code::Function(last), _) => format!("\x1b[1;{held}{last}"),
            (Code::Numbered(number), 1) => format!("\x1b[{number}~"),
            (Code::Numbered(number), _) => format!("\x1b[{number};{held}~"),
            (Code::BackTab, _) => "\x1b[Z".into(),
        };
        text.into_bytes()
    }
}

fn named(written: &str) -> Option<Code> {
    NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(written)).map(|(_, code)| *code)
}

/// What a character becomes with control held down.
fn control(c: char) -> Option<char> {
    match c {
        ' ' => Some('\0'),
        '?' => Some('\x7f'),
        '@'..='_' | 'a'..='z' => Some(char::from(c as u8 & 0x1f)),
        // Enter, Tab, Escape: the same with control.
        '\0'..='\x1f' | '\x7f' => Some(c),
        _ => None,
    }
}

/// The name that this is most like, if it is like one at all.
fn nearest(written: &str) -> Option<&'static str> {
    let written = written.to_ascii_lowercase();
    let near = NAMES.iter().map(|(name, _)| (distance(&written, &name.to_ascii_lowercase()), *name));
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= written.chars().count().min(name.len()) / 2).then_some(name)
}

/// How many letters must be put in, left out or changed to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    *row.last().unwrap_or(&0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_what_they_send() {
        for (name, sent) in [
            ("^C", "\x03"),
            ("C-c", "\x03"),
            ("c-C", "\x03"),
            ("^D", "\x04"),
            ("^J", "\n"),
            ("^[", "\x1b"),
            ("C-Space", "\0"),
            ("C-@", "\0"),
            ("C-?", "\x7f"),
            ("^", "^"),
            ("$", "$"),
            ("-", "-"),
            ("M--", "\x1b-"),
            ("é", "é"),
            ("M-x", "\x1bx"),
            ("M-C-x", "\x1b\x18"),
            ("Escape", "\x1b"),
            ("Space", " "),
            ("Enter", "\r"),
            ("enter", "\r"),
            ("BSpace", "\x7f"),
            ("S-Tab", "\x1b[Z"),
            ("S-a", "A"),
            ("Up", "\x1b[A"),
            ("C-Up", "\x1b[1;5A"),
            ("M-S-Left", "\x1b[1;4D"),
            ("F1", "\x1bOP"),
            ("S-F1", "\x1b[1;2P"),
            ("F5", "\x1b[15~"),
            ("C-F5", "\x1b[15;5~"),
            ("NPage", "\x1b[6~"),
            ("DC", "\x1b[3~"),
        ] {
            let bytes = Key::parse(name).unwrap().bytes(false);
            assert_eq!(String::from_utf8(bytes).unwrap(), sent, "{name}");
        }
        assert_eq!(Key::parse("Up").unwrap().bytes(true), b"\x1bOA");
        assert_eq!(Key::parse("PageUp").unwrap().bytes(true), b"\x1b[5~");
        assert_eq!(Key::of_char('\n'), Key::parse("Enter").unwrap());
    }

    #[test]
    fn an_unknown_name_tells_the_nearest() {
        for (written, nearest) in [
            ("Esacpe", Some("Escape")),
            ("F13", Some("F1")),
            ("Entre", Some("Enter")),
            ("Pagedwon", Some("PageDown")),
            ("C-é", None),
            ("hello there", None),
            ("", None),
        ] {
            let error = Key::parse(written).unwrap_err();
            assert_eq!(error.nearest, nearest, "{written}");
        }
        let said = Key::parse("Esacpe").unwrap_err().to_string();
        assert_eq!(said, "`Esacpe` is no key; `Escape` is one");
        assert_eq!(Key::parse("hello there").unwrap_err().to_string(), "`hello there` is no key");
    }

    proptest! {
        #[test]
        fn no_name_panics(name in "\\PC{0,8}|[CMScms^-]{0,6}\\PC?") {
            if let Ok(key) = Key::parse(&name) {
                prop_assert!(!key.bytes(false).is_empty());
            }
        }
    }
}
