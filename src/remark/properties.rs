//! Slide properties: `key: value` lines at the top of a slide, and `<!-- key: value -->`.

use super::Slide;
use crate::source::Span;

/// A slide property, which remark takes out of what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// As written.
    pub key: String,
    /// Trimmed.
    pub value: String,
    /// The line without its end, or the comment.
    pub span: Span,
}

/// The properties of a slide, in order of place.
///
/// remark looks for them in the text before the first section: at the very top, blank lines aside, and in any comment
/// that holds nothing else. A value ends at a `$`.
pub(super) fn read(text: &str, slide: &Slide) -> Vec<Property> {
    let end = slide.sections.iter().filter(|section| section.closed).map(|section| section.span.start).min();
    let end = end.unwrap_or(slide.body.end).min(slide.body.end);
    let mut comments =
        slide.comments.iter().filter(|comment| comment.span.end <= end && comment.closed).peekable();
    let mut properties = Vec::new();
    let mut at = slide.body.start;
    loop {
        at += text[at..end].len() - text[at..end].trim_start_matches(['\n', '\r']).len();
        if let Some(property) = leading(text, at, end) {
            at = property.span.end;
            properties.push(property);
        } else if let Some(comment) = comments.next_if(|comment| comment.span.start == at)
            && let Some(property) = commented(text, comment.inner, comment.span)
        {
            at = comment.span.end;
            properties.push(property);
        } else {
            break;
        }
    }
    properties.extend(comments.filter_map(|comment| commented(text, comment.inner, comment.span)));
    properties
}

fn key(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.split_once(':')?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!key.is_empty() && key.chars().all(word)).then_some((key, rest))
}

fn leading(text: &str, at: usize, end: usize) -> Option<Property> {
    let line = text[at..end].lines().next()?;
    let (key, rest) = key(line)?;
    let value = rest.split('$').next().unwrap_or_default();
    let span = Span::new(at, at + key.len() + 1 + value.len());
    Some(Property { key: key.into(), value: value.trim().into(), span })
}

fn commented(text: &str, inner: Span, span: Span) -> Option<Property> {
    let (key, rest) = key(text[inner.range()].trim())?;
    let plain = !rest.contains(['$', '\n']);
    plain.then(|| Property { key: key.into(), value: rest.trim().into(), span })
}
