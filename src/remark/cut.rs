//! From separators to slides, and which slide each piece of the file belongs to.

use super::lexer::Lexed;
use super::marks::{Break, Kind, Mark};
use super::screen::Screen;
use super::{Section, Slide};
use crate::source::{Source, Span};

/// The breaks that count; and the separators that do not, the first in each section that holds some.
///
/// A separator in a section is text, unless remark does not see the section end behind it.
pub(super) fn breaks<'a>(source: &Source, found: &Lexed<'a>, screen: &Screen) -> (Vec<&'a Mark>, Vec<Span>) {
    let (mut outside, mut within) = (Vec::new(), Vec::new());
    let mut shields = found.shields.iter().peekable();
    let mut told = None;
    for &mark in &found.breaks {
        while shields.next_if(|shield| shield.end <= mark.line.start).is_some() {}
        match shields.peek() {
            Some(shield) if shield.start < mark.line.start && !screen.parts(source.line(mark.line.start)) => {
                if !matches!(mark.kind, Kind::Break(Break::Notes)) && told != Some(shield.start) {
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
pub(super) fn slides(whole: Span, breaks: &[&Mark]) -> Vec<Slide> {
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
            Kind::Break(Break::Notes) if !notes => {
                slide.body.end = mark.line.start;
                notes = true;
            }
            Kind::Break(Break::Slide | Break::Continued) => {
                slide.span.end = mark.line.start;
                slide.body.end = slide.body.end.min(mark.line.start);
                let continued = matches!(mark.kind, Kind::Break(Break::Continued));
                slides.push(empty(Some(Span::new(mark.line.start, mark.next)), continued));
                notes = false;
            }
            _ => {}
        }
    }
    slides
}

/// Gives each piece to the slide whose body it starts in; what stands in notes goes to nobody.
pub(super) fn share(slides: &mut [Slide], found: Lexed<'_>) {
    for fence in found.fences {
        if let Some(slide) = holder(slides, fence.span.start) {
            slide.fences.push(fence);
        }
    }
    for comment in found.comments {
        if let Some(slide) = holder(slides, comment.span.start) {
            slide.comments.push(comment);
        }
    }
    for mut section in found.sections {
        if let Some(slide) = holder(slides, section.span.start) {
            if section.span.end > slide.body.end {
                section = Section { span: section.opening, closed: false, ..section };
            }
            slide.sections.push(section);
        }
    }
}

fn holder(slides: &mut [Slide], at: usize) -> Option<&mut Slide> {
    let index = slides.partition_point(|slide| slide.span.start <= at).checked_sub(1)?;
    Some(&mut slides[index]).filter(|slide| at < slide.body.end)
}
