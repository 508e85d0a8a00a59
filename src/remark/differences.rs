//! Where the file and the screen part ways: what remark shows otherwise than [`super::read`] takes it.

use super::lexer::Lexed;
use super::screen::{Screen, Swallowed};
use super::{Section, Slide};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Source, Span};

/// What is not closed as it was meant to be.
pub(super) fn slips(source: &Source, found: &Lexed<'_>) -> Vec<Diagnostic> {
    let fences = found.fences.iter().filter_map(|fence| fence.complaint(source));
    let comments = found.comments.iter().filter(|comment| !comment.closed).map(|comment| {
        let opening = Span::new(comment.span.start, comment.inner.start);
        Diagnostic::warning(codes::COMMENT_UNCLOSED, opening, "this comment has no `-->` on its slide")
            .label("hides all that follows on the slide")
            .help("close it with `-->`; a comment cannot run over a slide separator")
    });
    fences.chain(comments).collect()
}

/// Separators that count here and not on screen, and the other way round.
///
/// `open` are the lines of fences that are never closed, which are told of already; `text` the separators that are text
/// in a section.
pub(super) fn separators(
    source: &Source,
    slides: &[Slide],
    screen: &Screen,
    open: &[usize],
    text: &[Span],
) -> Vec<Diagnostic> {
    let in_section = text.iter().map(|&separator| {
        let message = "this separator stands in a section, where remark shows it as text";
        Diagnostic::warning(codes::SEPARATOR_IN_SECTION, separator, message)
            .label("no new slide starts here")
            .help("close the section with `]` before it, if a new slide is meant")
    });
    let here: Vec<usize> =
        slides.iter().filter_map(|slide| Some(source.line(slide.separator?.start))).collect();
    let swallowed = here.iter().filter(|&&line| !screen.parts(line)).filter_map(|&line| {
        let cause = screen.swallower(line);
        let told = |cause: &Swallowed| {
            (cause.lines.0..=cause.lines.0 + 1).any(|line| open.binary_search(&line).is_ok())
        };
        (!cause.is_some_and(told)).then(|| swallowed(source.line_span(line), cause))
    });
    let extra = screen.separators.iter().filter(|&line| here.binary_search(line).is_err()).map(|&line| {
        Diagnostic::warning(codes::SLIDES_DIFFER, source.line_span(line), "on screen a slide starts here")
            .label("remark takes this for a separator")
    });
    in_section.chain(swallowed).chain(extra).collect()
}

fn swallowed(separator: Span, cause: Option<&Swallowed>) -> Diagnostic {
    let diagnostic = Diagnostic::warning(codes::SLIDES_DIFFER, separator, "on screen no slide starts here");
    let Some(Swallowed { lines: (first, last), fence }) = cause else { return diagnostic };
    if *fence {
        diagnostic.label(format!("remark takes lines {first} to {last} for one code block")).help(
            "close each fence above with the same ticks, and start those in comments on a line of their own",
        )
    } else {
        diagnostic.label(format!("remark takes lines {first} to {last} as one piece"))
    }
}

/// Sections that remark closes elsewhere: it counts every bracket, in code and comments too.
pub(super) fn brackets(text: &str, region: Span, sections: &[Section]) -> Vec<Diagnostic> {
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
    sections.iter().zip(shown).filter(differs).map(|(section, shown)| bracket(text, section, shown)).collect()
}

fn bracket(text: &str, section: &Section, shown: Option<usize>) -> Diagnostic {
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
