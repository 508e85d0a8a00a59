//! `.class[ … ]` sections and their names.

use crate::source::Span;

/// A `.class[ … ]` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// From the `.` to the closing `]`; of one that is not closed, the opening alone.
    pub span: Span,
    /// The opening, `.a.b[`.
    pub opening: Span,
    /// The names: `a`, `b`.
    pub classes: Vec<String>,
    /// Whether a bracket closes it. remark shows one that none closes as plain text.
    pub closed: bool,
}

/// The opening of a section: `.a.b[`, and whether a backslash takes its meaning away.
pub(super) struct Opening {
    pub start: usize,
    pub escaped: bool,
}

/// The opening that ends with the bracket at `bracket`, if class names stand before it.
pub(super) fn opening(text: &str, floor: usize, bracket: usize) -> Option<Opening> {
    let bytes = &text.as_bytes()[floor..bracket];
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let run = bytes.iter().rev().take_while(|byte| word(byte)).count();
    let mut start = bracket;
    let mut rest = &bytes[bytes.len() - run..];
    while let Some(dot) = rest.iter().rposition(|&byte| byte == b'.') {
        let name = &rest[dot + 1..];
        if name.first().is_none_or(u8::is_ascii_digit) {
            break;
        }
        start = bracket - run + dot;
        rest = &rest[..dot];
    }
    (start < bracket)
        .then(|| Opening { start, escaped: start > floor && text.as_bytes()[start - 1] == b'\\' })
}

impl Section {
    pub(super) fn new(text: &str, start: usize, bracket: usize, close: Option<usize>) -> Self {
        let classes = text[start + 1..bracket].split('.').map(str::to_owned).collect();
        let span = Span::new(start, close.map_or(bracket, |close| close) + 1);
        Self { span, opening: Span::new(start, bracket + 1), classes, closed: close.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_right_before_their_bracket() {
        let table = [
            (".a[", Some((0, false))),
            ("x.a.b-2[", Some((1, false))),
            (".1.a[", Some((2, false))),
            ("\\.a[", Some((1, true))),
            ("\\\\.a[", Some((2, true))),
            ("..a[", Some((1, false))),
            ("._[", Some((0, false))),
            ("é.a[", Some((2, false))),
            (".a [", None),
            (".[", None),
            ("a[", None),
            (".2a[", None),
            ("[", None),
        ];
        for (text, wanted) in table {
            let found = opening(text, 0, text.len() - 1).map(|opening| (opening.start, opening.escaped));
            assert_eq!(found, wanted, "{text}");
        }
        assert!(opening("x.a[", 2, 3).is_none(), "the dot is before the part that is read");
    }
}
