//! Mends a deck's text: the fixes of its diagnostics, applied by span. Writing the file is not done here.

use crate::diagnostic::{Diagnostic, Fix};
use crate::source::Span;

/// A text with fixes applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many fixes are in it.
    pub count: usize,
}

/// Applies the fixes of `diagnostics` to the text that they are of. Of two that touch the same place the first counts:
/// the other may come again when the new text is read.
#[must_use]
pub fn fixed(text: &str, diagnostics: &[Diagnostic]) -> Fixed {
    let mut fixes: Vec<&Fix> = diagnostics.iter().filter_map(|one| one.fix.as_ref()).collect();
    fixes.sort_by_key(|fix| fix.span);
    let mut out = String::with_capacity(text.len());
    let mut done: Option<Span> = None;
    let mut count = 0;
    for fix in fixes {
        let from = done.map_or(0, |done| done.end);
        let apart = done.is_none_or(|done| fix.span.start > done.start) && fix.span.start >= from;
        let (true, Some(before)) = (apart, text.get(from..fix.span.start)) else { continue };
        if text.get(fix.span.range()).is_none() {
            continue;
        }
        out.push_str(before);
        out.push_str(&fix.replacement);
        done = Some(fix.span);
        count += 1;
    }
    out.push_str(&text[done.map_or(0, |done| done.end)..]);
    Fixed { text: out, count }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(text: &str, fixes: &[(usize, usize, &str)]) -> (String, usize) {
        let one = |&(start, end, new): &(usize, usize, &str)| {
            Diagnostic::note("x", Span::new(start, end), "x").fix(Span::new(start, end), new)
        };
        let Fixed { text, count } = fixed(text, &fixes.iter().map(one).collect::<Vec<_>>());
        (text, count)
    }

    #[test]
    fn fixes_replace_their_spans_and_nothing_else() {
        for (fixes, text, count) in [
            (&[][..], "abcdef", 0),
            (&[(4, 5, "E"), (0, 1, "")], "bcdEf", 2),
            (&[(6, 6, "!"), (0, 0, ">")], ">abcdef!", 2),
            // The first of two that touch.
            (&[(1, 4, "x"), (2, 5, "y")], "axef", 1),
            (&[(2, 2, "x"), (2, 2, "y")], "abxcdef", 1),
            (&[(2, 3, "C"), (3, 4, "D")], "abCDef", 2),
            // Out of the text.
            (&[(5, 9, "x")], "abcdef", 0),
        ] {
            assert_eq!(apply("abcdef", fixes), (text.to_owned(), count), "{fixes:?}");
        }
        assert_eq!(apply("é", &[(1, 2, "x")]), ("é".to_owned(), 0));
    }
}
