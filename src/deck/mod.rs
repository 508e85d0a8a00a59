//! A deck: slides, their labs, and in each the blocks and directives, with byte spans into the source.
//!
//! Owns what a slide file *says*. Which of it is run, how it is typed and what it promises is [`crate::plan`]'s.

mod comment;
mod parse;
mod prose;

use std::sync::Arc;

pub use comment::KNOWN_WORDS;
pub use parse::parse;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// Which sections count as labs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labs {
    /// `.NAME[ … ]` sections of these classes.
    Classes(Vec<String>),
    /// Every bash block of the file, labs or not (`--labs all`).
    All,
}

impl Default for Labs {
    fn default() -> Self {
        Self::Classes(lab_classes())
    }
}

fn lab_classes() -> Vec<String> {
    vec!["lab".into(), "exercise".into()]
}

/// One markdown file of slides.
#[derive(Clone, Debug)]
pub struct Deck {
    /// The text that all spans point into.
    pub source: Arc<Source>,
    /// Those that are shown, in order; numbered as remark numbers them.
    pub slides: Vec<Slide>,
    /// What is wrong with the file, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// What stands between two separators.
#[derive(Clone, Debug)]
pub struct Slide {
    /// From 1, `--` continuations included; two slides share a number where one says `count: false`.
    pub number: usize,
    /// The line after its separator.
    pub line: usize,
    /// Separators excluded, notes included.
    pub span: Span,
    /// Its first heading, or the one of the slide that it continues.
    pub title: Option<String>,
    /// From `name:`: what links on other slides go to.
    pub name: Option<String>,
    /// From `class:`, inherited over `--`.
    pub classes: Vec<String>,
    /// Whether a `--` separates it from the slide before: the same logical slide.
    pub continued: bool,
    /// The lab sections, in order.
    pub labs: Vec<Lab>,
    /// Every fenced block and directive outside notes, in order.
    pub items: Vec<Item>,
    /// The prose outside notes, blocks and comments, a line each, in order.
    pub prose: Vec<Prose>,
}

impl Deck {
    /// The slide that this one continues in the end: itself, if none.
    #[must_use]
    pub fn head(&self, slide: usize) -> usize {
        (0..=slide).rev().find(|&at| !self.slides[at].continued).unwrap_or(0)
    }

    /// The slide that holds the byte at `offset`.
    #[must_use]
    pub fn slide_at(&self, offset: usize) -> Option<usize> {
        self.slides.iter().rposition(|slide| slide.span.start <= offset)
    }
}

impl Slide {
    /// What people know it by: its title, else its first words; empty where it has none.
    #[must_use]
    pub fn caption(&self) -> &str {
        let words = self.prose.first().map(|prose| prose.text.as_str());
        self.title.as_deref().or(words).unwrap_or_default()
    }
}

/// A `.lab[ … ]` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lab {
    /// The class that made it a lab: `lab`, `exercise`, …
    pub class: String,
    /// From the `.` to the closing `]`.
    pub span: Span,
}

/// Something on a slide that labrun may act on or compare with.
#[derive(Clone, Debug)]
pub enum Item {
    /// A fenced code block.
    Block(Block),
    /// A word with data in a comment.
    Directive(Directive),
}

/// A fenced code block.
#[derive(Clone, Debug)]
pub struct Block {
    /// From the first backtick of the opening fence to the end of the closing one.
    pub span: Span,
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// First word of the info string, trimmed; empty where there is none.
    pub language: String,
    /// What stands between the fences: whole lines, as written.
    pub body: Span,
    /// The lab it stands in, as an index into [`Slide::labs`].
    pub lab: Option<usize>,
    /// Whether it stands in a comment.
    pub hidden: bool,
    /// The line of prose right above the fence: what introduces it.
    pub lead: Option<Prose>,
}

/// A word with data, fenced by three backticks inside a comment.
#[derive(Clone, Debug)]
pub struct Directive {
    /// From the first backtick to the last.
    pub span: Span,
    /// The line of its word, from 1.
    pub line: usize,
    /// `hide`, `wait`, `keys`, …, as written.
    pub word: String,
    /// Where the word stands.
    pub word_span: Span,
    /// What follows the word and one blank; a trailing blank is data. Several lines, joined by `\n`, in block form.
    pub data: String,
    /// Where the data stands.
    pub data_span: Span,
    /// In block form, the lines below the word's own, line ends included.
    pub body: Option<Span>,
    /// The lab it stands in, as an index into [`Slide::labs`].
    pub lab: Option<usize>,
}

/// A line of prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose {
    /// Where, without indentation and line end.
    pub span: Span,
    /// The line, from 1.
    pub line: usize,
    /// As written, trimmed, without the class delimiters and comments on the line.
    pub text: String,
}
