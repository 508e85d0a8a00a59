//! remark's own rules: how a file is cut into slides, and where `.class[ … ]` sections, fences and comments stand.
//!
//! Knows nothing of labs or of what a block means. Follows what remark.js shows its audience; where an author's slip
//! makes remark swallow slides (a fence never closed), it goes by what the author meant and says so. Slides and the
//! separators between them tile the input: no byte is in two, none in no one.

mod cut;
mod differences;
mod fence;
mod inherit;
mod lexer;
mod marks;
mod properties;
mod screen;
mod section;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use lexer::{Lexed, Lexer};
use marks::Mark;
use screen::Screen;

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

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Genre {
    /// Slides for remark: its rules hold, and where its screen shows something else, that is told.
    Slides,
    /// Any page of markdown, which remark may never see: comments hide separators too.
    Page,
}

/// Cuts a file into slides.
#[must_use]
pub fn read(source: &Source, genre: Genre) -> Remark {
    let text = source.text();
    let whole = Span::new(source.start(), text.len());
    let marks = marks::marks(text, whole);
    let found = Lexer::new(text, whole, &marks, genre).run();
    let mut diagnostics = differences::slips(source, &found);
    if genre == Genre::Page {
        let (breaks, _) = cut::breaks(source, &found, &Screen::default());
        return Remark { slides: slides(text, whole, &breaks, found), diagnostics };
    }
    let screen = screen::read(&source.unix(whole));
    diagnostics.extend(differences::brackets(text, whole, &found.sections));
    let open = found.open_fences(source);
    let (breaks, text_breaks) = cut::breaks(source, &found, &screen);
    let slides = slides(text, whole, &breaks, found);
    diagnostics.extend(differences::separators(source, &slides, &screen, &open, &text_breaks));
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Remark { slides, diagnostics }
}

fn slides(text: &str, whole: Span, breaks: &[&Mark], found: Lexed<'_>) -> Vec<Slide> {
    let mut slides = cut::slides(whole, breaks);
    cut::share(&mut slides, found);
    for slide in &mut slides {
        slide.properties = properties::read(text, slide);
    }
    inherit::inherit(&mut slides);
    slides
}

/// The `.class[ … ]` sections in a part of a file that [`read`] took for a comment.
#[must_use]
pub fn sections_within(source: &Source, inner: Span) -> Vec<Section> {
    let marks = marks::marks(source.text(), inner);
    Lexer::new(source.text(), inner, &marks, Genre::Slides).run().sections
}
