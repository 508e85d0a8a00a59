//! What is left of a slide without its code, comments and class delimiters: its headings and lines of prose.
//!
//! All that remark has its own rules for is blanked with as many bytes before a markdown reader sees it, so that every
//! offset stays one into the file.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use super::Prose;
use crate::remark;
use crate::source::{Source, Span};

/// Stands for a byte that is no prose. No deck that is read from disk has a NUL.
const BLANKED: char = '\0';

/// A slide as a reader of prose sees it.
pub(super) struct Reading {
    /// Its first heading, as written.
    pub title: Option<String>,
    /// Line by line.
    pub lines: Vec<Prose>,
    /// Where indentation makes code of what stands there.
    indented: Vec<Range<usize>>,
}

impl Reading {
    /// Reads the body of a slide; `unclosed` are openings of sections that remark takes for text.
    pub fn new(source: &Source, slide: &remark::Slide, unclosed: &[Span]) -> Self {
        let start = slide.body.start;
        let prose = blanked(source.slice(slide.body), start, &delimiters(slide, unclosed));
        let mut reading = Self { title: None, lines: Vec::new(), indented: Vec::new() };
        reading.markdown(source, slide, &prose);
        let blank = |c: char| c.is_whitespace() || c == BLANKED;
        let mut fences = slide.fences.iter().peekable();
        let mut rest = prose.as_str();
        while !rest.is_empty() {
            let at = slide.body.end - rest.len();
            // The lines of a fence, which can be many, hold nothing.
            let fence = fences.next_if(|fence| source.line_start(fence.span.start) <= at);
            let skip = fence.map_or(0, |fence| fence.span.end.saturating_sub(at + 1));
            let end = rest.as_bytes()[skip..].iter().position(|&byte| byte == b'\n');
            let (line, behind) = rest.split_at(end.map_or(rest.len(), |end| skip + end + 1));
            rest = behind;
            if fence.is_some() {
                continue;
            }
            let text = line.trim_matches(blank);
            let from = at + line.len() - line.trim_start_matches(blank).len();
            if !text.is_empty() && !reading.is_indented(from) {
                let span = Span::new(from, from + text.len());
                reading.lines.push(Prose { span, line: source.line(from), text: text.replace(BLANKED, "") });
            }
        }
        reading
    }

    /// Whether what stands at `offset` is shown as code since it is indented by four blanks or more.
    pub fn is_indented(&self, offset: usize) -> bool {
        let at = self.indented.partition_point(|range| range.end <= offset);
        self.indented.get(at).is_some_and(|range| range.start <= offset)
    }

    /// Takes headings and indented code from CommonMark, which is shown where fences and comments start.
    fn markdown(&mut self, source: &Source, slide: &remark::Slide, prose: &str) {
        let start = slide.body.start;
        let mut text = prose.replace(BLANKED, " ");
        let mut put = |at: usize, what: &str| text.replace_range(at - start..at - start + what.len(), what);
        for fence in &slide.fences {
            put(fence.span.start, "x");
        }
        // Text behind an opening is not indented by the blanks that the opening has become.
        for section in &slide.sections {
            let behind = source.text()[section.opening.end..].trim_start_matches([' ', '\t']);
            if behind.starts_with(|c: char| !c.is_whitespace()) {
                put(section.opening.start, "x");
            }
        }
        for comment in &slide.comments {
            put(comment.span.start, "<!--");
            if comment.closed {
                put(comment.inner.end, "-->");
            }
        }
        for (event, range) in Parser::new_ext(&text, Options::empty()).into_offset_iter() {
            let span = Span::new(start + range.start, start + range.end);
            match event {
                Event::Start(Tag::Heading { .. }) if self.title.is_none() => {
                    self.title = title(source.slice(span));
                }
                // The range starts behind the indentation of its first line.
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => self.indented.push(span.range()),
                _ => {}
            }
        }
    }
}

/// The text of a heading, without its marks.
fn title(heading: &str) -> Option<String> {
    let heading = heading.trim();
    let text = if heading.starts_with('#') {
        let text = heading.trim_start_matches('#').trim();
        let open = text.trim_end_matches('#');
        if open.is_empty() || open.ends_with([' ', '\t']) { open.trim_end() } else { text }.to_owned()
    } else {
        let mut lines: Vec<&str> = heading.lines().map(str::trim).collect();
        lines.pop();
        lines.join(" ")
    };
    (!text.is_empty()).then_some(text)
}

/// What is no prose on a slide, in order of place.
fn delimiters(slide: &remark::Slide, unclosed: &[Span]) -> Vec<Span> {
    let closed = slide.sections.iter().filter(|section| section.closed);
    let closing = |section: &remark::Section| Span::new(section.span.end - 1, section.span.end);
    let mut spans: Vec<Span> = closed.flat_map(|section| [section.opening, closing(section)]).collect();
    spans.extend_from_slice(unclosed);
    spans.extend(slide.fences.iter().map(|fence| fence.span));
    spans.extend(slide.comments.iter().map(|comment| comment.span));
    spans.extend(slide.properties.iter().map(|property| property.span));
    spans.sort_unstable();
    spans
}

/// `text` with [`BLANKED`] for each byte of `spans`, which are in order: as long as before, line by line.
fn blanked(text: &str, start: usize, spans: &[Span]) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for span in spans {
        let (from, to) = ((span.start - start).max(out.len()), (span.end - start).min(text.len()));
        if from < to {
            keep(&mut out, &text[..from]);
            for line in text[from..to].split_inclusive('\n') {
                let inner = line.strip_suffix("\r\n").or_else(|| line.strip_suffix('\n')).unwrap_or(line);
                out.resize(out.len() + inner.len(), BLANKED as u8);
                out.extend_from_slice(&line.as_bytes()[inner.len()..]);
            }
        }
    }
    keep(&mut out, text);
    String::from_utf8(out).expect("spans start and end between characters")
}

/// Goes on with `text` where `out` ends. A `\r` that ends no line would end one for CommonMark, but not for remark.
fn keep(out: &mut Vec<u8>, text: &str) {
    let mut rest = &text[out.len()..];
    while let Some(at) = rest.find('\r') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        out.push(if rest[at + 1..].starts_with('\n') { b'\r' } else { b' ' });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headings_lose_their_marks_alone() {
        for (heading, wanted) in [
            ("# One", Some("One")),
            ("###### `Six` of *them* ######", Some("`Six` of *them*")),
            ("## C#", Some("C#")),
            ("# #", None),
            ("#", None),
            ("Under\nlined\n=====", Some("Under lined")),
        ] {
            assert_eq!(title(heading).as_deref(), wanted, "{heading:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn blanking_keeps_bytes_lines_and_what_stands_outside(text in "[a`🦀é\r\n \\[\\]]{0,60}", cuts in prop::collection::vec(0_usize..60, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| text.ceil_char_boundary(cut.min(text.len()))).collect();
            cuts.sort_unstable();
            let spans: Vec<Span> = cuts.chunks_exact(2).map(|pair| Span::new(pair[0], pair[1])).collect();
            let blanked = blanked(&text, 0, &spans);
            prop_assert_eq!(blanked.len(), text.len());
            for (at, c) in text.char_indices() {
                let within = spans.iter().any(|span| span.start <= at && at < span.end);
                let there = blanked.as_bytes()[at];
                match c {
                    '\n' => prop_assert_eq!(there, b'\n'),
                    '\r' => prop_assert!(there != b'\r' || text[at + 1..].starts_with('\n')),
                    _ if within => prop_assert_eq!(there, 0),
                    _ => prop_assert!(blanked[at..].starts_with(c)),
                }
            }
        }
    }
}
