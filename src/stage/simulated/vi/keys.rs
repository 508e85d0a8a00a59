//! Which bytes of a terminal are which keys.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A letter, also a blank or a tab.
    Letter(char),
    Enter,
    Escape,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    /// With Ctrl: the letter, in capitals.
    Control(char),
    /// Something else that begins with an Escape, by its last letter.
    Other(char),
}

/// Bytes that become keys.
#[derive(Debug, Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
    /// Whether an Escape at the end is one.
    settled: bool,
}

impl Keys {
    /// Takes more in.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.settled = false;
    }

    /// Whether what is left may be the beginning of a key.
    pub(super) fn is_undecided(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Nothing more belongs to what is left.
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// The next key, as far as it can be told.
    pub(super) fn next(&mut self) -> Option<Key> {
        let (key, length) = self.first()?;
        self.bytes.drain(..length);
        Some(key)
    }

    fn first(&self) -> Option<(Key, usize)> {
        let first = *self.bytes.first()?;
        let key = match first {
            b'\r' | b'\n' => Key::Enter,
            b'\t' => Key::Letter('\t'),
            0x08 | 0x7f => Key::Backspace,
            0x1b => return self.after_escape(),
            0..=0x1f => Key::Control(char::from(first + b'@')),
            _ => return self.letter(),
        };
        Some((key, 1))
    }

    /// `ESC [ A` is an arrow; with anything else behind it, Escape is a key of its own.
    fn after_escape(&self) -> Option<(Key, usize)> {
        match self.bytes.get(1) {
            Some(b'[') => {}
            None if !self.settled => return None,
            _ => return Some((Key::Escape, 1)),
        }
        let end = self.bytes[2..].iter().position(|byte| (b'@'..=b'~').contains(byte)).map(|at| at + 2);
        match end {
            Some(end) => {
                let key = match self.bytes[end] {
                    b'A' => Key::Up,
                    b'B' => Key::Down,
                    b'C' => Key::Right,
                    b'D' => Key::Left,
                    other => Key::Other(char::from(other)),
                };
                Some((key, end + 1))
            }
            None => self.settled.then_some((Key::Escape, 1)),
        }
    }

    /// A letter of one to four bytes; bytes that are none stand for one that is unknown.
    fn letter(&self) -> Option<(Key, usize)> {
        let start = &self.bytes[..self.bytes.len().min(4)];
        let valid = match std::str::from_utf8(start) {
            Ok(text) => text,
            Err(error) if error.valid_up_to() > 0 => {
                std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) if error.error_len().is_none() && !self.settled => return None,
            Err(_) => return Some((Key::Letter(char::REPLACEMENT_CHARACTER), 1)),
        };
        valid.chars().next().map(|letter| (Key::Letter(letter), letter.len_utf8()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&[u8]]) -> Vec<Key> {
        let mut keys = Keys::default();
        let mut found = Vec::new();
        for piece in pieces {
            keys.push(piece);
            found.extend(std::iter::from_fn(|| keys.next()));
        }
        keys.settle();
        found.extend(std::iter::from_fn(|| keys.next()));
        assert!(!keys.is_undecided());
        found
    }

    #[test]
    fn escapes_are_told_from_arrows() {
        assert_eq!(all(&[b"\x1b:w"]), [Key::Escape, Key::Letter(':'), Key::Letter('w')]);
        assert_eq!(all(&[b"\x1b[A\x1b", b"[B\x1b[1;5C"]), [Key::Up, Key::Down, Key::Right]);
        assert_eq!(all(&[b"\x1bO\x1b"]), [Key::Escape, Key::Letter('O'), Key::Escape]);
        assert_eq!(all(&[b"\x1b["]), [Key::Escape, Key::Letter('[')]);
        assert_eq!(all(&[b"\x1b[5~"]), [Key::Other('~')]);
    }

    #[test]
    fn letters_may_come_in_pieces() {
        assert_eq!(all(&["é€".as_bytes()]), [Key::Letter('é'), Key::Letter('€')]);
        assert_eq!(all(&[&[0xe2], &[0x82, 0xac], b"x"]), [Key::Letter('€'), Key::Letter('x')]);
        assert_eq!(all(&[&[0xff, b'a']]), [Key::Letter('\u{fffd}'), Key::Letter('a')]);
        assert_eq!(
            all(&[b"\t\r\x7f\x03"]),
            [Key::Letter('\t'), Key::Enter, Key::Backspace, Key::Control('C')]
        );
    }
}
