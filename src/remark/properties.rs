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
/// that holds nothing else, even one in code. A value ends at a `$`.
pub(super) fn read(text: &str, slide: &Slide) -> Vec<Property> {
    let section = slide.sections.iter().find(|section| section.closed).map(|section| section.span.start);
    let text = &text[..section.unwrap_or(slide.body.end).min(slide.body.end)];
    let mut properties: Vec<Property> = Vec::new();
    let mut at = slide.body.start;
    loop {
        at += text[at..].len() - text[at..].trim_start_matches(['\n', '\r']).len();
        let Some(property) = leading(text, at).or_else(|| commented(text, at)) else { break };
        at = property.span.end;
        properties.push(property);
    }
    while let Some(skip) = text[at..].find("<!--") {
        at += skip;
        let property = commented(text, at);
        at = property.as_ref().map_or(at + "<!--".len(), |property| property.span.end);
        properties.extend(property);
    }
    properties
}

/// `key:` and the rest.
fn key(text: &str) -> Option<(&str, &str)> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let (key, rest) = text.split_at(text.as_bytes().iter().take_while(|&byte| word(byte)).count());
    rest.strip_prefix(':').filter(|_| !key.is_empty()).map(|rest| (key, rest))
}

fn leading(text: &str, at: usize) -> Option<Property> {
    let (key, rest) = key(&text[at..])?;
    let value = rest.split(['$', '\n']).next().unwrap_or_default();
    let span = Span::new(at, at + key.len() + 1 + value.trim_end_matches('\r').len());
    Some(Property { key: key.into(), value: value.trim().into(), span })
}

fn commented(text: &str, at: usize) -> Option<Property> {
    let inner = text[at..].strip_prefix("<!--")?.trim_start();
    let (key, rest) = key(inner)?;
    let stops = |&(at, _): &(usize, &str)| rest[at..].starts_with('\n') || rest[at..].starts_with("-->");
    let (stop, _) = rest.match_indices(['\n', '-']).find(stops)?;
    let (value, after) = (&rest[..stop], rest[stop..].trim_start());
    let end = text.len() - after.strip_prefix("-->")?.len();
    (!value.contains('$')).then(|| Property {
        key: key.into(),
        value: value.trim().into(),
        span: Span::new(at, end),
    })
}
