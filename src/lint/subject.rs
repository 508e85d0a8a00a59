//! What the rules look at: the plan of a deck, and the places on its slides.

use crate::deck::{Block, Item, Slide};
use crate::plan::{Plan, Step, Typed};
use crate::source::{Source, Span};

/// A deck under examination.
pub(super) struct Subject<'a> {
    /// Of the whole deck.
    pub plan: &'a Plan,
    /// Classes of slides that are not shown.
    pub exclude: &'a [String],
}

/// A command with the step that types it.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub step: &'a Step,
    pub command: &'a Typed,
    /// The step's place in the plan.
    pub index: usize,
    /// The command's place in the step.
    pub place: usize,
}

impl<'a> Subject<'a> {
    pub fn source(&self) -> &'a Source {
        &self.plan.deck.source
    }

    pub fn slides(&self) -> &'a [Slide] {
        &self.plan.deck.slides
    }

    /// The slide of a step.
    pub fn slide(&self, step: &Step) -> &'a Slide {
        &self.plan.deck.slides[step.slide]
    }

    /// Every command that is typed, in order; those of skipped steps are not.
    pub fn commands(&self) -> impl Iterator<Item = At<'a>> {
        let steps = self.plan.steps.iter().enumerate().filter(|(_, step)| step.skip.is_none());
        steps.flat_map(|(index, step)| {
            let commands = step.commands().iter().enumerate();
            commands.map(move |(place, command)| At { step, command, index, place })
        })
    }

    /// The same without those that are typed into an inner shell.
    pub fn own_commands(&self) -> impl Iterator<Item = At<'a>> {
        self.commands().filter(|at| at.command.inside.is_none())
    }

    /// Every block of code in sight, with its slide.
    pub fn blocks(&self) -> impl Iterator<Item = (&'a Slide, &'a Block)> {
        self.slides().iter().flat_map(|slide| {
            slide.items.iter().filter_map(move |item| match item {
                Item::Block(block) if !block.hidden => Some((slide, block)),
                _ => None,
            })
        })
    }

    /// Whether a block is typed: bash, or a session that is shown with its prompts.
    pub fn is_step(&self, block: &Block) -> bool {
        self.plan.steps.iter().any(|step| step.span == block.span)
    }

    /// Whether a block is taken for a promise.
    pub fn is_promise(&self, block: &Block) -> bool {
        let told = self.plan.unpaired.iter().any(|one| block.span.contains(one.span));
        told || self.plan.steps.iter().flat_map(|step| &step.checks).any(|check| check.span == block.span)
    }

    /// The opening line of a block.
    pub fn fence(&self, block: &Block) -> Span {
        let line = self.source().line_at(block.span.start);
        Span::new(block.span.start, line.end.max(block.span.start))
    }

    /// The first line of a command on its slide.
    pub fn line(&self, at: At<'_>) -> Span {
        let line = self.source().line_span(at.command.line.max(1));
        let text = self.source().slice(line);
        let start = line.start + (text.len() - text.trim_start().len());
        let end = line.end - (text.len() - text.trim_end().len());
        // A directive of one line stands among other text.
        let span = Span::new(start.max(at.step.span.start), end.min(at.step.span.end));
        if span.is_empty() { Span::new(start, end.max(start)) } else { span }
    }

    /// Where a word of a command stands on its slide: the command's first line, where it cannot be found.
    pub fn word(&self, at: At<'_>, word: &str) -> Span {
        let from = self.line(at).start;
        let to = at.step.span.end.max(from);
        match self.source().slice(Span::new(from, to)).find(word).filter(|_| !word.is_empty()) {
            Some(offset) => Span::new(from + offset, from + offset + word.len()),
            None => self.line(at),
        }
    }
}
