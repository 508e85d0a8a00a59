//! ANSI-C quoting: any bytes but NUL as one bash word on one line.

use std::fmt::Write as _;

/// The word that bash reads back as exactly these bytes. Printable ASCII stays as it is, all else is escaped, so the
/// locale does not matter.
pub(super) fn quote(bytes: &[u8]) -> String {
    let mut word = String::with_capacity(bytes.len() + 3);
    word.push_str("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => {
                word.push('\\');
                word.push(char::from(byte));
            }
            b'\n' => word.push_str("\\n"),
            b'\t' => word.push_str("\\t"),
            b' '..=b'~' => word.push(char::from(byte)),
            // Three digits, so that a digit may follow.
            _ => {
                let _ = write!(word, "\\{byte:03o}");
            }
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_stays_on_one_ascii_line() {
        let all: Vec<u8> = (1..=255).collect();
        let word = quote(&all);
        assert!(word.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        assert!(word.starts_with("$'\\001\\002") && word.ends_with("\\377'"));
    }

    #[test]
    fn words_read_well() {
        assert_eq!(quote(b"it's a \\ test\nof two lines\x017"), r"$'it\'s a \\ test\nof two lines\0017'");
        assert_eq!(quote(b""), "$''");
    }
}
