//! remark's own rules: how a file is cut into slides, and where `.class[ … ]` sections, fences and comments stand.
//!
//! Knows nothing of labs or of what a block means. Follows what remark.js shows its audience; where an author's slip
//! makes remark swallow slides (a fence never closed), it goes by what the author meant and says so. Slides and the
//! separators between them tile the input: no byte is in two, none in no one.

mod fence;
mod inherit;
mod lexer;
mod marks;
mod properties;
mod screen;
mod section;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Source, Span};
use lexer::Lexer;
use marks::{Break, Mark};

pub use fence::{Closing, Fence};
pub use properties::Property;
pub use section::Section;

/// A file as remark cuts it.
#[derive(Clone, Debug)]
pub struct Remark {
    /// In order; at least one, since remark shows an empty file as one empty slide.
    pub slides: Vec<Slide>,
    /// Where the file and the screen part ways, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// What stands between two separators.
#[derive(Clone, Debug)]
pub struct Slide {
    /// From 1; that of the slide before with `count: false`, and where it is not shown.
    pub number: usize,
    /// Whether it is shown: neither `exclude: true` nor `layout: true`.
    pub shown: bool,
    /// The separator line before it, line end included; `None` for the first.
    pub separator: Option<Span>,
    /// Whether that separator is `--`: it continues the slide before.
    pub continued: bool,
    /// From the end of its separator to the start of the next, notes included.
    pub span: Span,
    /// What the audience may see: `span` up to the line `???`, if it has one.
    pub body: Span,
    /// `key: value` lines and comments, in order.
    pub properties: Vec<Property>,
    /// The classes of `class:`, those that it inherits first.
    pub classes: Vec<String>,
    /// Fenced code in the body, outside comments.
    pub fences: Vec<Fence>,
    /// Comments in the body.
    pub comments: Vec<Comment>,
    /// `.class[ … ]` in the body, outside comments; nested ones after the one that holds them.
    pub sections: Vec<Section>,
}

/// A comment, `<!-- … -->`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// All of it; to the end of its slide if it has no `-->` there.
    pub span: Span,
    /// What stands between `<!--` and `-->`.
    pub inner: Span,
    /// Whether it has a `-->`.
    pub closed: bool,
}

/// Cuts a file into slides.
#[must_use]
pub fn read(source: &Source) -> Remark {
    let text = source.text();
    let whole = Span::new(source.start(), text.len());
    let marks = marks::marks(text, whole);
    let lexed = Lexer::new(text, whole, &marks).run();
    let mut diagnostics = complaints(source, &lexed);

    let (breaks, within) = outside_sections(&lexed.breaks, &lexed.shields);
    diagnostics.extend(within.into_iter().map(|separator| {
        Diagnostic::warning(
            codes::SEPARATOR_IN_SECTION,
            Span::new(separator.start, separator.end),
            "this separator stands inside brackets of a class, where remark shows it as text",
        )
        .label("no new slide starts here")
        .help("close the section with `]` before it, if a new slide is meant")
    }));
    diagnostics.extend(section::differences(text, whole, &lexed.sections));
    let open = lexed.fences.iter().filter(|fence| fence.closing == Closing::Missing);
    let fences_open: Vec<usize> = open.map(|fence| source.line(fence.span.start)).collect();

    let mut slides = cut(whole, &breaks);
    share(&mut slides, lexed.fences, |slide, fence| slide.fences.push(fence), |fence| fence.span.start);
    share(
        &mut slides,
        lexed.comments,
        |slide, comment| slide.comments.push(comment),
        |comment| comment.span.start,
    );
    share(
        &mut slides,
        lexed.sections,
        |slide, section| slide.sections.push(section),
        |section| section.span.start,
    );
    for slide in &mut slides {
        slide.properties = properties::read(text, slide);
    }
    inherit::inherit(&mut slides);
    diagnostics.extend(on_screen(source, &slides, &fences_open));
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Remark { slides, diagnostics }
}

/// The `.class[ … ]` sections in a part of a file that [`read`] took for a comment.
#[must_use]
pub fn sections_within(source: &Source, inner: Span) -> Vec<Section> {
    let marks = marks::marks(source.text(), inner);
    Lexer::new(source.text(), inner, &marks).run().sections
}

/// What is not closed as it was meant to be.
fn complaints(source: &Source, lexed: &lexer::Lexed) -> Vec<Diagnostic> {
    let fences = lexed.fences.iter().filter_map(|fence| fence.complaint(source));
    let comments = lexed.comments.iter().filter(|comment| !comment.closed).map(|comment| {
        let opening = Span::new(comment.span.start, comment.inner.start);
        Diagnostic::warning(codes::COMMENT_UNCLOSED, opening, "this comment has no `-->` on its slide")
            .label("hides all that follows on the slide")
            .help("close it with `-->`; a comment cannot run over a slide separator")
    });
    fences.chain(comments).collect()
}

/// Separators that count here and not on screen, and the other way round. A fence that is never closed is told of already.
fn on_screen(source: &Source, slides: &[Slide], open: &[usize]) -> Vec<Diagnostic> {
    let whole = Span::new(source.start(), source.text().len());
    let screen = screen::read(&source.unix(whole));
    let here: Vec<usize> =
        slides.iter().filter_map(|slide| Some(source.line(slide.separator?.start))).collect();
    let lacks = |lines: &[usize], line: usize| lines.binary_search(&line).is_err();
    let mut diagnostics = Vec::new();
    for &line in here.iter().filter(|&&line| lacks(&screen.separators, line)) {
        let after = screen.swallowed.partition_point(|swallowed| swallowed.lines.1 < line);
        let cause = screen.swallowed.get(after).filter(|swallowed| swallowed.lines.0 <= line);
        if cause.is_some_and(|cause| !lacks(open, cause.lines.0) || !lacks(open, cause.lines.0 + 1)) {
            continue;
        }
        let diagnostic = Diagnostic::warning(
            codes::SLIDES_DIFFER,
            source.line_span(line),
            "on screen no slide starts here",
        );
        diagnostics.push(match cause {
            Some(cause) if cause.fence => diagnostic
                .label(format!("remark takes lines {} to {} for one code block", cause.lines.0, cause.lines.1))
                .help("a fence in a comment opens a block too: give each fence there a line of its own, and close it"),
            Some(cause) => diagnostic.label(format!("remark reads lines {} to {} as one", cause.lines.0, cause.lines.1)),
            None => diagnostic,
        });
    }
    for &line in screen.separators.iter().filter(|&&line| lacks(&here, line)) {
        let diagnostic = Diagnostic::warning(
            codes::SLIDES_DIFFER,
            source.line_span(line),
            "on screen a slide starts here",
        );
        diagnostics.push(diagnostic.label("remark takes this for a separator"));
    }
    diagnostics
}

/// Breaks that count, and separators that do not since they stand in a shield: the first in each.
fn outside_sections<'a>(breaks: &[&'a Mark], shields: &[Span]) -> (Vec<&'a Mark>, Vec<Span>) {
    let (mut outside, mut within) = (Vec::new(), Vec::new());
    let mut shields = shields.iter().peekable();
    let mut told = None;
    for &mark in breaks {
        while shields.next_if(|shield| shield.end <= mark.line.start).is_some() {}
        match shields.peek() {
            Some(shield) if shield.start < mark.line.start => {
                if !matches!(mark.kind, marks::Kind::Break(Break::Notes)) && told != Some(shield.start) {
                    told = Some(shield.start);
                    within.push(mark.line);
                }
            }
            _ => outside.push(mark),
        }
    }
    (outside, within)
}

/// Slides without their contents.
fn cut(whole: Span, breaks: &[&Mark]) -> Vec<Slide> {
    let empty = |separator: Option<Span>, continued| Slide {
        number: 0,
        shown: true,
        separator,
        continued,
        span: Span::new(separator.map_or(whole.start, |separator| separator.end), whole.end),
        body: Span::new(separator.map_or(whole.start, |separator| separator.end), whole.end),
        properties: Vec::new(),
        classes: Vec::new(),
        fences: Vec::new(),
        comments: Vec::new(),
        sections: Vec::new(),
    };
    let mut slides = vec![empty(None, false)];
    let mut notes = false;
    for mark in breaks {
        let slide = slides.last_mut().expect("starts with one");
        match mark.kind {
            marks::Kind::Break(Break::Notes) if !notes => {
                slide.body.end = mark.line.start;
                notes = true;
            }
            marks::Kind::Break(Break::Slide | Break::Continued) => {
                slide.span.end = mark.line.start;
                slide.body.end = slide.body.end.min(mark.line.start);
                let continued = matches!(mark.kind, marks::Kind::Break(Break::Continued));
                slides.push(empty(Some(Span::new(mark.line.start, mark.next)), continued));
                notes = false;
            }
            _ => {}
        }
    }
    slides
}

/// Gives each piece to the slide whose body it starts in; what stands in notes goes to nobody.
fn share<T>(
    slides: &mut [Slide],
    pieces: Vec<T>,
    mut give: impl FnMut(&mut Slide, T),
    start: impl Fn(&T) -> usize,
) {
    let mut index = 0;
    for piece in pieces {
        let at = start(&piece);
        while slides[index].span.end <= at && index + 1 < slides.len() {
            index += 1;
        }
        if at < slides[index].body.end {
            give(&mut slides[index], piece);
        }
    }
}
