//! The ways in which programs write a text: a secret hides in none of them.

use std::fmt::Write as _;

use super::secrets::SHORTEST;

/// Every way in which programs write a text.
pub(super) fn spellings(text: &str) -> Vec<Vec<u8>> {
    let escaped = |special: &[char]| {
        text.chars().fold(String::new(), |mut out, c| {
            if special.contains(&c) {
                out.push('\\');
            }
            out.push(c);
            out
        })
    };
    let mut all = vec![
        text.to_owned(),
        text.trim().to_owned(),
        text.replace('\'', r"'\''"),
        escaped(&['\\', '"', '$', '`']),
        // As in a here-doc.
        escaped(&['\\', '$', '`']),
        escaped(&['\\', '"']),
        escaped(&['\\', '\'']),
        // As `printf %q` and `set -x` do.
        escaped(&[
            ' ', '\\', '\'', '"', '$', '`', '!', '*', '?', '[', ']', '(', ')', '{', '}', '<', '>', '|', '&',
            ';', '#',
        ]),
        percent(text, "-._~", "%20"),
        percent(text, "-._~", "+"),
        percent(text, "-._~/", "%20"),
        percent(text, "-._~!*'()", "%20"),
    ];
    for json in [json(text, ""), json(text, "<>&")] {
        let ascii = ascii(&json);
        for json in [json.replace('/', r"\/"), ascii.replace('/', r"\/"), json, ascii] {
            all.extend([json.replace('\'', r"\'"), json]);
        }
    }
    all.sort_unstable();
    all.dedup();
    all.extend(base64(text.as_bytes()));
    all.into_iter().filter(|spelling| spelling.len() >= SHORTEST).map(String::into_bytes).collect()
}

/// The inside of a JSON string; what is `special` is escaped too, as Go does with `<`, `>` and `&`.
fn json(text: &str, special: &str) -> String {
    text.chars().fold(String::new(), |mut out, char| {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if char.is_ascii_control() || special.contains(char) => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            _ => out.push(char),
        }
        out
    })
}

/// The same with nothing but ASCII, as Python and PHP write it.
fn ascii(json: &str) -> String {
    json.chars().fold(String::new(), |mut out, char| {
        if char.is_ascii() {
            out.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        out
    })
}

/// Percent-encoded but for letters, digits and `safe`; `blank` is how a blank is written.
fn percent(text: &str, safe: &str, blank: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b' ' => out.push_str(blank),
            _ if byte.is_ascii_alphanumeric() || safe.as_bytes().contains(&byte) => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

/// In base64 by itself, with a line end, and what does not depend on the neighbours where it stands in a longer text,
/// as in `user:password`.
fn base64(bytes: &[u8]) -> Vec<String> {
    let encode = |bytes: &[u8]| {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let word =
                chunk.iter().enumerate().fold(0, |word, (at, &byte)| word | u32::from(byte) << (16 - 8 * at));
            for digit in 0..4 {
                let value = DIGITS[(word >> (18 - 6 * digit)) as usize & 63];
                out.push(if digit > chunk.len() { '=' } else { char::from(value) });
            }
        }
        out
    };
    let with_end = [bytes, b"\n"].concat();
    let mut all = vec![encode(bytes), encode(&with_end)];
    for offset in 0..3 {
        let padded = [&[0; 2][..offset], bytes].concat();
        let digits = encode(&padded);
        // Digits that hold bits of the neighbours are left out on both sides.
        let (from, to) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
        let inner = &digits[from..to];
        if inner.len() >= 2 * SHORTEST {
            all.push(inner.to_owned());
        }
    }
    let url = all.iter().map(|digits| digits.replace('+', "-").replace('/', "_")).collect::<Vec<_>>();
    all.extend(url);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_what_others_make_of_it() {
        let all = base64(b"user");
        assert_eq!(&all[..2], ["dXNlcg==", "dXNlcgo="]);
    }

    #[test]
    fn encodings_leave_what_is_safe() {
        assert_eq!(percent("a b/c~", "-._~", "+"), "a+b%2Fc~");
        assert_eq!(json("a\"<\u{1}", "<>&"), r#"a\"\u003c\u0001"#);
        assert_eq!(ascii("é😀"), r"\u00e9\ud83d\ude00");
    }
}
