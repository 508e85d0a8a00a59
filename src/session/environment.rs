//! Reads what `declare -px` prints: the exported variables, as bash quotes them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// The exported variables that have a value.
pub(super) fn parse(text: &[u8]) -> Vec<(OsString, OsString)> {
    let mut reader = Reader { rest: text };
    let mut variables = Vec::new();
    while !reader.rest.is_empty() {
        variables.extend(reader.declaration());
    }
    variables
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// `declare -x NAME="value"` or `declare -x NAME`, up to its line end; `None` for one without a value, and for
    /// arrays, which no environment holds.
    fn declaration(&mut self) -> Option<(OsString, OsString)> {
        let declare = self.until(b' ');
        let flags = self.until(b' ');
        let end = self.rest.iter().position(|&byte| byte == b'=' || byte == b'\n').unwrap_or(self.rest.len());
        let name = self.rest[..end].to_vec();
        let has_value = self.rest.get(end) == Some(&b'=');
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        if !has_value {
            return None;
        }
        let value = self.word();
        let scalar = declare == b"declare" && !flags.contains(&b'a') && !flags.contains(&b'A');
        scalar.then(|| (OsString::from_vec(name), OsString::from_vec(value)))
    }

    fn until(&mut self, stop: u8) -> Vec<u8> {
        let end = self.rest.iter().position(|&byte| byte == stop).unwrap_or(self.rest.len());
        let piece = self.rest[..end].to_vec();
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        piece
    }

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// A quoted word and the line end behind it.
    fn word(&mut self) -> Vec<u8> {
        let mut value = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b'\n' => break,
                b'"' => self.double_quoted(&mut value),
                b'$' if self.rest.first() == Some(&b'\'') => {
                    self.next();
                    self.ansi_quoted(&mut value);
                }
                b'\'' => value.extend(self.until(b'\'')),
                b'\\' => value.extend(self.next()),
                // An array: its words are of no use, but its line ends must not be mistaken.
                _ => value.push(byte),
            }
        }
        value
    }

    fn double_quoted(&mut self, value: &mut Vec<u8>) {
        while let Some(byte) = self.next() {
            match byte {
                b'"' => break,
                b'\\' => match self.next() {
                    Some(escaped @ (b'"' | b'\\' | b'$' | b'`')) => value.push(escaped),
                    Some(b'\n') | None => {}
                    Some(other) => value.extend([b'\\', other]),
                },
                _ => value.push(byte),
            }
        }
    }

    fn ansi_quoted(&mut self, value: &mut Vec<u8>) {
        while let Some(byte) = self.next() {
            match byte {
                b'\'' => break,
                b'\\' => match self.next() {
                    Some(b'a') => value.push(7),
                    Some(b'b') => value.push(8),
                    Some(b'E' | b'e') => value.push(27),
                    Some(b'f') => value.push(12),
                    Some(b'n') => value.push(b'\n'),
                    Some(b'r') => value.push(b'\r'),
                    Some(b't') => value.push(b'\t'),
                    Some(b'v') => value.push(11),
                    Some(digit @ b'0'..=b'7') => value.push(self.octal(digit)),
                    Some(other) => value.push(other),
                    None => {}
                },
                _ => value.push(byte),
            }
        }
    }

    fn octal(&mut self, first: u8) -> u8 {
        let mut number = u32::from(first - b'0');
        for _ in 0..2 {
            let Some(&digit @ b'0'..=b'7') = self.rest.first() else { break };
            number = number * 8 + u32::from(digit - b'0');
            self.next();
        }
        number as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_come_back() {
        let text = concat!(
            "declare -x HOME=\"/root\"\n",
            "declare -x EMPTY=\"\"\n",
            "declare -x UNSET\n",
            "declare -x QUOTED=\"a \\\"b\\\" \\$c \\\\ \\`d\\` 'e'\"\n",
            "declare -x LINES2=\"one\ndeclare -x FAKE=\\\"x\\\"\ntwo\"\n",
            "declare -ax ARRAY=([0]=\"a\nb\" [1]=\"c\")\n",
            "declare -rx CONTROL=$'tab\\there \\001\\E\\'q\\\\'\n",
        );
        let read: Vec<(String, String)> = parse(text.as_bytes())
            .into_iter()
            .map(|(name, value)| (name.into_string().unwrap(), value.into_string().unwrap()))
            .collect();
        let expected = [
            ("HOME", "/root"),
            ("EMPTY", ""),
            ("QUOTED", "a \"b\" $c \\ `d` 'e'"),
            ("LINES2", "one\ndeclare -x FAKE=\"x\"\ntwo"),
            ("CONTROL", "tab\there \u{1}\u{1b}'q\\"),
        ];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn half_a_text_does_no_harm() {
        for half in ["declare -x A=\"b", "declare", "", "declare -x A=$'\\", "declare -x A=\"\\"] {
            let _ = parse(half.as_bytes());
        }
    }
}
