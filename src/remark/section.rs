//! `.class[ … ]` sections: their names, and where remark would close them.

use crate::diagnostic::{Diagnostic, codes};
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

/// Sections that remark closes elsewhere: it counts every bracket, in code and comments too.
pub(super) fn differences(text: &str, region: Span, sections: &[Section]) -> Vec<Diagnostic> {
    let mut shown = vec![None; sections.len()];
    let mut depth = 0_usize;
    // Depth and index of the sections that are open.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut next = 0;
    for (at, byte) in region.range().zip(text.as_bytes()[region.range()].iter()) {
        match byte {
            b'[' => {
                depth += 1;
                if sections.get(next).is_some_and(|section| section.opening.end == at + 1) {
                    open.push((depth, next));
                    next += 1;
                }
            }
            b']' if depth > 0 => {
                if let Some((_, index)) = open.pop_if(|(at_depth, _)| *at_depth == depth) {
                    shown[index] = Some(at + 1);
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    let differs =
        |(section, shown): &(&Section, Option<usize>)| section.closed.then_some(section.span.end) != *shown;
    sections
        .iter()
        .zip(shown)
        .filter(differs)
        .map(|(section, shown)| difference(text, section, shown))
        .collect()
}

fn difference(text: &str, section: &Section, shown: Option<usize>) -> Diagnostic {
    let name = &text[section.opening.range()];
    let message = match (section.closed, shown) {
        (true, None) => {
            format!("on screen `{name}` is never closed: its brackets in code and comments do not balance")
        }
        (true, Some(end)) if end < section.span.end => {
            format!("on screen `{name}` ends early: its brackets in code and comments do not balance")
        }
        (true, Some(_)) => {
            format!("on screen `{name}` ends late: its brackets in code and comments do not balance")
        }
        (false, _) => format!("on screen `{name}` is closed by a bracket in code or in a comment"),
    };
    Diagnostic::warning(codes::LAB_BRACKETS, section.opening, message)
        .label("remark counts every `[` and `]` from here, in code and comments too")
        .help("balance them: a comment in the section may hold the brackets that are missing")
}
