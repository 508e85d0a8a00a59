//! Puts a deck together: what remark's rules give, prose and headings, and what comments say.

use std::sync::Arc;

use super::prose::Reading;
use super::{Block, Deck, Item, Lab, Labs, Prose, Slide, comment, lab_classes};
use crate::diagnostic::{Diagnostic, codes};
use crate::remark::{self, Genre, Section};
use crate::source::{Source, Span};

/// Reads a deck. Never fails: what is wrong with the file is in [`Deck::diagnostics`].
///
/// An empty file is a deck of one empty slide, as on screen.
#[must_use]
pub fn parse(source: Source, labs: &Labs) -> Deck {
    let source = Arc::new(source);
    let (genre, classes) = match labs {
        Labs::Classes(classes) => (Genre::Slides, classes.clone()),
        Labs::All => (Genre::Page, lab_classes()),
    };
    let remark = remark::read(&source, genre);
    let mut diagnostics = remark.diagnostics;
    let mut slides: Vec<Slide> = Vec::with_capacity(remark.slides.len());
    for from in remark.slides.iter().filter(|slide| slide.shown) {
        let diagnostics = &mut diagnostics;
        let assembly =
            Assembly { source: &source, genre, classes: &classes, from, diagnostics, problems: Vec::new() };
        let mut slide = assembly.slide();
        if let (true, None, Some(before)) = (slide.continued, &slide.title, slides.last()) {
            slide.title.clone_from(&before.title);
        }
        slides.push(slide);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Deck { source, slides, diagnostics }
}

/// What one slide is made from.
struct Assembly<'a> {
    source: &'a Source,
    genre: Genre,
    /// The classes that make a section a lab.
    classes: &'a [String],
    from: &'a remark::Slide,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// What is wrong with blocks and directives, in labs or not.
    problems: Vec<Diagnostic>,
}

impl Assembly<'_> {
    fn slide(mut self) -> Slide {
        let from = self.from;
        let labs = self.labs();
        let unclosed: Vec<Span> = self.unclosed().map(|section| section.opening).collect();
        let reading = Reading::new(self.source, from, &unclosed);
        let mut items = self.fences(&reading);
        items.extend(self.comments(&reading));
        items.sort_by_key(|item| item.span().start);
        let places = holders(&labs, items.iter().map(Item::span));
        for (item, place) in items.iter_mut().zip(places) {
            match item {
                Item::Block(block) => block.lab = place,
                Item::Directive(directive) => {
                    directive.lab = place;
                    if !directive.is_known() {
                        self.problems.push(comment::unknown(directive));
                    }
                }
            }
        }
        self.problems.sort_by_key(|problem| problem.span);
        // What stands outside labs is not run, so nothing is wrong with it. A page may show fences and directives as
        // plain code.
        let shown = [codes::FENCE_INDENTED, codes::DIRECTIVE_LOST];
        let counts = |problem: &Diagnostic| self.genre == Genre::Page && !shown.contains(&problem.code);
        let places = holders(&labs, self.problems.iter().map(|problem| problem.span));
        let in_labs =
            self.problems.drain(..).zip(places).filter(|(problem, place)| place.is_some() || counts(problem));
        self.diagnostics.extend(in_labs.map(|(problem, _)| problem));
        Slide {
            number: from.number,
            line: self.source.line(from.span.start),
            span: from.span,
            title: reading.title,
            name: from.properties.iter().find(|one| one.key == "name").map(|one| one.value.clone()),
            classes: from.classes.clone(),
            continued: from.continued,
            labs,
            items,
            prose: reading.lines,
        }
    }

    /// The class that makes a section a lab.
    fn lab_class(&self, section: &Section) -> Option<String> {
        section.classes.iter().find(|class| self.classes.contains(class)).cloned()
    }

    fn unclosed(&self) -> impl Iterator<Item = &Section> {
        self.from.sections.iter().filter(|section| !section.closed && self.lab_class(section).is_some())
    }

    /// Labs on the slide and in its comments, in order.
    fn labs(&mut self) -> Vec<Lab> {
        let mut labs = self.labs_among(&self.from.sections, self.from.body);
        for comment in &self.from.comments {
            labs.extend(self.labs_among(&remark::sections_within(self.source, comment.inner), comment.inner));
        }
        labs.sort_by_key(|lab| lab.span);
        labs
    }

    /// The labs among sections of a region. One that no bracket closes ends at the last `]` alone on its line, or with
    /// the region.
    fn labs_among(&mut self, sections: &[Section], region: Span) -> Vec<Lab> {
        let mut last_bracket = None;
        let mut labs = Vec::new();
        for section in sections {
            let Some(class) = self.lab_class(section) else { continue };
            if section.closed {
                labs.push(Lab { class, span: section.span });
                continue;
            }
            let bracket = *last_bracket.get_or_insert_with(|| self.last_bracket(region));
            let end = bracket.filter(|&at| at >= section.opening.end).map_or(region.end, |at| at + 1);
            let name = self.source.slice(section.opening);
            self.diagnostics.push(
                Diagnostic::warning(
                    codes::LAB_UNCLOSED,
                    section.opening,
                    format!("`{name}` has no closing bracket"),
                )
                .label(format!("taken to end on line {}", self.source.line(end.saturating_sub(1))))
                .help("close it with `]` on a line of its own: on screen it is plain text"),
            );
            labs.push(Lab { class, span: Span::new(section.span.start, end) });
        }
        labs
    }

    /// The last `]` that stands alone on its line.
    fn last_bracket(&self, region: Span) -> Option<usize> {
        let mut end = region.end;
        self.source.slice(region).rsplit('\n').find_map(|line| {
            let start = end - line.len();
            end = start.saturating_sub(1);
            (line.trim() == "]").then(|| start + line.len() - line.trim_start().len())
        })
    }

    fn fences(&mut self, reading: &Reading) -> Vec<Item> {
        let mut items = Vec::new();
        let mut code_end = 0;
        for fence in &self.from.fences {
            let line = self.source.line(fence.span.start);
            let above = reading.lines.partition_point(|prose| prose.line < line);
            let lead = reading.lines[..above].last().filter(|prose: &&Prose| prose.line > code_end).cloned();
            code_end = self.source.line(fence.span.end.saturating_sub(1));
            if reading.is_indented(fence.span.start) {
                let opening = Span::new(fence.span.start, fence.info.end);
                self.problems.push(indented(codes::FENCE_INDENTED, opening, "block"));
                continue;
            }
            let info = self.source.slice(fence.info);
            items.push(Item::Block(Block {
                span: fence.span,
                line,
                language: info.split_whitespace().next().unwrap_or_default().to_owned(),
                body: fence.body,
                lab: None,
                hidden: false,
                lead,
            }));
        }
        items
    }

    fn comments(&mut self, reading: &Reading) -> Vec<Item> {
        let mut items = Vec::new();
        for comment in &self.from.comments {
            let (found, problems) = comment::read(self.source, comment.inner);
            if !reading.is_indented(comment.span.start) {
                items.extend(found);
                self.problems.extend(problems);
                continue;
            }
            let known = found.iter().find_map(|item| match item {
                Item::Directive(directive) if directive.is_known() => Some(directive),
                _ => None,
            });
            self.problems.extend(known.map(|known| indented(codes::DIRECTIVE_LOST, known.span, "comment")));
        }
        items
    }
}

fn indented(code: &'static str, span: Span, what: &str) -> Diagnostic {
    let message = format!("this {what} is indented by four blanks or more outside a list");
    Diagnostic::warning(code, span, message)
        .label("shown as plain code, and not run")
        .help("indent it by less, or as far as the text of the list item that it belongs to")
}

/// Which lab each span stands in, the innermost; both are in order.
fn holders(labs: &[Lab], spans: impl Iterator<Item = Span>) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    let place = |span: Span| {
        while let Some(lab) = labs.get(next).filter(|lab| lab.span.start <= span.start) {
            while open.pop_if(|open| labs[*open].span.end <= lab.span.start).is_some() {}
            open.push(next);
            next += 1;
        }
        while open.pop_if(|open| labs[*open].span.end <= span.start).is_some() {}
        open.last().copied()
    };
    spans.map(place).collect()
}

impl Item {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Block(block) => block.span,
            Self::Directive(directive) => directive.span,
        }
    }
}
