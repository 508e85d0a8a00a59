//! Walks a deck in order and puts its plan together. What directives do to it is `directed`'s.

use std::collections::HashSet;
use std::sync::Arc;

use super::agree;
use super::checks::{self, Inferred, bound};
use super::cue::{self, Cue};
use super::edit;
use super::expects::Manner;
use super::ids::Ids;
use super::options;
use super::promised;
use super::prose::{self, Sentence};
use super::terminal::{self, Panes};
use super::text::{Text, join};
use super::transcript::{self, Shown};
use super::typing::typing;
use super::unchecked;
use super::{
    Action, Allowance, Check, LeftOut, Options, Plan, Reason, Settings, Status, Statuses, Step, Unpaired,
    Weight, allow,
};
use crate::deck::{Block, Deck, Item, Labs, Slide};
use crate::diagnostic::{Diagnostic, codes};
use crate::expect::{Expectation, Mode, Stream, Terms, mend};
use crate::source::Span;

/// Plans a deck. Never fails: what is wrong with it is in [`Plan::diagnostics`].
#[must_use]
pub fn make(deck: Arc<Deck>, settings: &Settings) -> Plan {
    let blocks: Vec<&str> = deck
        .slides
        .iter()
        .flat_map(|slide| &slide.items)
        .filter_map(|item| match item {
            Item::Block(block) if block.language == "bash" => Some(deck.source.slice(block.body)),
            _ => None,
        })
        .collect();
    let settings = Settings { values: settings.values.for_deck(blocks), ..settings.clone() };
    let mut walk = Walk {
        ids: Ids::new(&deck),
        deck: &deck,
        settings: &settings,
        steps: Vec::new(),
        labs: Vec::new(),
        diagnostics: deck.diagnostics.clone(),
        outside: Vec::new(),
        unpaired: Vec::new(),
        allowed: Vec::new(),
        allowances: Vec::new(),
        defined: HashSet::new(),
        slide_from: 0,
        pending: None,
        skip: None,
        panes: Panes::new(),
    };
    for (index, slide) in deck.slides.iter().enumerate() {
        if !slide.continued {
            walk.drop_pending();
            walk.drop_skip();
            walk.slide_from = walk.steps.len();
        }
        for item in &slide.items {
            match item {
                Item::Block(block) => walk.block(index, slide, block),
                Item::Directive(directive) => walk.directive(index, slide, directive),
            }
        }
    }
    walk.drop_pending();
    walk.drop_skip();
    walk.waits();
    for step in &mut walk.steps {
        let screen = |check: &Check| check.expectation.terms().stream == Some(Stream::Screen);
        step.options.terminal |= step.checks.iter().any(screen);
    }
    terminal::mark(&mut walk.steps);
    walk.diagnostics.extend(agree::problems(&deck.source, &walk.steps));
    promised::fill(&mut walk.steps, &settings.values);
    let Walk { steps, mut diagnostics, outside, unpaired, allowed, mut allowances, .. } = walk;
    allow::take_back(&deck, &mut allowances, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let unchecked = unchecked::unchecked(&deck, &steps);
    let left_out = LeftOut::default();
    Plan {
        deck,
        labs: settings.labs.clone(),
        steps,
        diagnostics,
        unchecked,
        outside,
        unpaired,
        allowed,
        allowances,
        left_out,
    }
}

/// An `expect` without a text: it speaks of the next fence.
pub(super) struct Pending {
    pub manner: Manner,
    pub span: Span,
    /// Where it has lines of its own: the step, and its check, should no fence follow.
    pub hidden: Option<(usize, Box<Check>)>,
}

/// A plan under way.
pub(super) struct Walk<'a> {
    pub deck: &'a Deck,
    pub settings: &'a Settings,
    ids: Ids,
    pub steps: Vec<Step>,
    /// For each step the lab that it stands in, as an index into its slide's.
    pub labs: Vec<Option<usize>>,
    pub diagnostics: Vec<Diagnostic>,
    outside: Vec<usize>,
    unpaired: Vec<Unpaired>,
    pub allowed: Vec<String>,
    pub allowances: Vec<Allowance>,
    /// Functions and aliases so far.
    defined: HashSet<String>,
    /// The first step of the slide at hand; a slide that continues another is the same slide.
    pub slide_from: usize,
    pub pending: Option<Pending>,
    /// A `skip` that waits for its block: where it stands, and the reason.
    pub skip: Option<(Span, String)>,
    /// The shells that are open after the last step.
    panes: Panes,
}

impl Walk<'_> {
    pub(super) fn runs_all(&self) -> bool {
        self.settings.labs == Labs::All
    }

    /// How promises are compared where nothing is said of it.
    pub(super) fn terms(&self) -> Terms {
        Terms { wildcards: self.settings.wildcards.clone(), ..Terms::default() }
    }

    /// Whether a block is typed, where blocks are: it is bash, or shows a session.
    fn is_typed(&self, block: &Block) -> bool {
        let shows_session = || transcript::is_transcript(&self.text(block).lines);
        block.language == "bash" || checks::may_be_session(&block.language) && shows_session()
    }

    fn block(&mut self, index: usize, slide: &Slide, block: &Block) {
        let typed = self.is_typed(block);
        let runs = typed && (block.lab.is_some() || self.runs_all());
        if block.hidden {
            if runs {
                self.typed_block(index, slide, block);
            }
            return;
        }
        let lead = block.lead.as_ref().and_then(|lead| prose::ending_at(slide, lead));
        let cue = lead.as_ref().and_then(|lead| cue::promise(&lead.text));
        // Among commands, only a sentence that is a promise and nothing else makes an output of a bash block.
        let output = match block.language.as_str() {
            "bash" => cue.filter(|cue| cue.plain),
            _ => cue.filter(|_| !typed),
        };
        let target = self.visible(lead.as_ref().map_or("", |lead| &lead.text));
        if runs && (output.is_none() || target.is_none()) {
            self.drop_pending();
            self.typed_block(index, slide, block);
            return;
        }
        let shows = block.language == "bash" || !typed && checks::may_be_output(&block.language);
        let pending = if shows { self.pending.take() } else { None };
        match (pending, target, output, lead) {
            (Some(pending), Some(target), _, _) => self.told(index, block, target, &pending),
            (Some(pending), None, _, _) => self.alone(pending.span, "expect"),
            (None, Some(target), Some(cue), Some(lead)) if shows => {
                self.inferred(index, block, target, cue, lead);
            }
            (None, None, Some(_), Some(lead)) if shows && !typed => {
                self.unpaired.push(Unpaired { span: self.fence(block), cue: lead.text });
            }
            _ if typed => self.outside.push(block.line),
            _ => {}
        }
    }

    /// The command that a promise to the reader speaks of: hidden steps are not seen.
    fn visible(&self, sentence: &str) -> Option<(usize, usize)> {
        let steps = self.steps.iter().enumerate().skip(self.slide_from);
        bound(steps.filter(|(_, step)| !step.hidden), sentence)
    }

    /// A fence behind an `expect` that gives its mode.
    fn told(&mut self, index: usize, block: &Block, target: (usize, usize), pending: &Pending) {
        let text = self.text(block);
        let Manner { mode, terms, weight } = pending.manner.clone();
        let promised = if text.raw.trim().is_empty() && mode != Mode::Exact {
            Expectation::unwritten(mode, terms)
        } else {
            Expectation::under(mode, text.joined(), terms)
        };
        match promised {
            Ok(expectation) if expectation.is_unwritten() => {
                self.hold(target, check(index, block, text.raw, expectation));
            }
            Ok(expectation) => {
                self.hold(target, Check { weight, ..check(index, block, text.raw, expectation) });
            }
            Err(error) => self.diagnostics.push(
                Diagnostic::error(
                    codes::EXPECT_INVALID,
                    self.at(block, &text, error.place()),
                    format!("this cannot be compared: {error}"),
                )
                .label(
                    mend(&text.joined())
                        .filter(|_| error.is_json())
                        .map(|mended| mended.wrong)
                        .unwrap_or_default(),
                )
                .help(format!(
                    "the `expect` on line {} is about it",
                    self.deck.source.line(pending.span.start)
                )),
            ),
        }
    }

    /// A fence under a sentence that promises it.
    fn inferred(&mut self, index: usize, block: &Block, target: (usize, usize), cue: Cue, lead: Sentence) {
        let text = self.text(block);
        let inferred = checks::inferred(&block.language, &text.joined(), cue, &self.settings.wildcards);
        let Some(Inferred { expectation, why }) = inferred else { return };
        let data = matches!(expectation.mode(), Mode::Json(_));
        if block.language == "json" && !data {
            self.diagnostics.push(
                Diagnostic::warning(
                    codes::PROMISE_NOT_JSON,
                    self.fence(block),
                    "this promised output is not JSON",
                )
                .label(mend(&text.joined()).map_or("compared as text".to_owned(), |mended| {
                    format!("{}; compared as text", mended.wrong)
                }))
                .help("mend it, or take `json` away from the fence"),
            );
        }
        let weight = if data && !expectation.is_unwritten() { Weight::Fails } else { Weight::Warns };
        if let Action::Type(commands) = &mut self.steps[target.0].action
            && cue::promises_error(&lead.text)
            && commands[target.1].status == Status::Zero
        {
            commands[target.1].status = Status::Any;
        }
        let reason = Reason::Cue { text: lead.text, line: lead.line };
        self.hold(target, Check { weight, reason, why, ..check(index, block, text.raw, expectation) });
    }

    /// What a transcript shows below a command: what came, and its status.
    fn shown(&self, step: &mut Step, command: usize, shown: &Shown) {
        if let (Some(status), Action::Type(commands)) = (shown.status, &mut step.action) {
            commands[command].status = Status::OneOf(Statuses::only(status));
        }
        let (Some(first), Some(last)) = (shown.came.first(), shown.came.last()) else { return };
        let cue = Cue { plain: true, like: false, last: false };
        let text = join(&shown.came);
        let inferred = checks::inferred("", &text, cue, &self.settings.wildcards);
        let Some(Inferred { expectation, why }) = inferred else { return };
        let source = &self.deck.source;
        step.checks.push(Check {
            line: first.number,
            span: Span::new(source.line_span(first.number).start, source.line_span(last.number).end),
            slide: step.slide,
            command,
            language: String::new(),
            raw: text,
            expectation,
            weight: Weight::Warns,
            reason: Reason::Shown,
            why,
        });
    }

    /// A place in the text of a fence: line and column, from 1; the fence itself where there is none.
    fn at(&self, block: &Block, text: &Text, place: Option<(usize, usize)>) -> Span {
        let at = |(line, column): (usize, usize)| {
            let own = text.lines.get(line - 1)?;
            let whole = self.deck.source.line_span(own.number);
            let start = (whole.end.saturating_sub(own.text.len()) + column - 1).clamp(whole.start, whole.end);
            let start =
                (whole.start..=start).rev().find(|&at| self.deck.source.text().is_char_boundary(at))?;
            // At the end of a line the whole of it is meant.
            Some(Span::new(
                if start < whole.end { start } else { whole.end - own.text.trim_start().len() },
                whole.end,
            ))
        };
        place.and_then(at).filter(|span| span.start < span.end).unwrap_or_else(|| self.fence(block))
    }

    /// Holds a command to a check.
    fn hold(&mut self, (step, command): (usize, usize), check: Check) {
        self.steps[step].checks.push(Check { command, ..check });
    }

    /// A block's body. Ticks are highlights where remark shows the block: on slides, in sight.
    fn text(&self, block: &Block) -> Text {
        Text::read(&self.deck.source, block.body, highlights(self.deck, block))
    }

    fn typed_block(&mut self, index: usize, slide: &Slide, block: &Block) {
        let text = self.text(block);
        let options = self.block_options(block);
        for &odd in &text.odd {
            let span = self.deck.source.line_span(text.lines[odd].number);
            self.diagnostics.push(
                Diagnostic::warning(codes::HIGHLIGHT_ODD, span, "a tick here highlights nothing, and bash will see it")
                    .label("typed as it stands")
                    .help("highlights come in pairs within a line, not at its start; for a command's output write $( )"),
            );
        }
        let step = Step {
            line: block.line,
            span: block.span,
            method: block.language.clone(),
            hidden: block.hidden,
            options,
            ..self.step(index, slide, block.lab)
        };
        self.typed(step, block.lab, &text);
    }

    pub(super) fn typed(&mut self, step: Step, lab: Option<usize>, text: &Text) {
        // What is not run opens no shell, and leaves none.
        let mut apart = self.skip.as_ref().map(|_| self.panes.here().clone());
        let shells = apart.as_mut().unwrap_or_else(|| self.panes.here());
        let typing = typing(&text.lines, self.settings, &mut self.defined, shells);
        if let Some((line, column, message)) = typing.problem {
            self.syntax(line, column, text, &message);
        }
        let span = |line| self.deck.source.line_span(line);
        self.diagnostics.extend(typing.colons.into_iter().map(|line| {
            let span = span(line);
            edit::colon(span, self.deck.source.slice(span))
        }));
        self.diagnostics.extend(typing.astray.into_iter().map(|line| edit::astray(span(line))));
        let needs =
            super::typing::asked(typing.needs, &text.placeholders, &typing.text, &self.settings.values);
        let action = Action::Type(typing.commands);
        let mut step = Step { text: typing.text, raw: text.raw.clone(), action, needs, ..step };
        for (command, shown) in &typing.shown {
            self.shown(&mut step, *command, shown);
        }
        self.push(step, lab);
    }

    fn syntax(&mut self, line: usize, rest: usize, text: &Text, message: &str) {
        let span = self.deck.source.line_span(line);
        let plain = text.lines.iter().find(|one| one.number == line).map_or("", |one| one.text.as_str());
        let start = span.start + before_end(self.deck.source.slice(span), plain, rest);
        self.diagnostics.push(
            Diagnostic::warning(
                codes::BASH_SYNTAX,
                Span::new(start, span.end),
                format!("this block is not bash: {message}"),
            )
            .label("typed as one command"),
        );
    }

    /// Options behind the language: `bash retry=2m`.
    fn block_options(&mut self, block: &Block) -> Options {
        let mut options = Options::default();
        let span = self.fence(block);
        let info = self.deck.source.slice(span).trim_start_matches(['`', '~']).trim_start();
        let mut unknown = Vec::new();
        for word in info.split_whitespace().skip(1) {
            match options::take(&mut options, word) {
                Ok(true) => {}
                Ok(false) => unknown.push(word),
                Err(message) => self
                    .diagnostics
                    .push(Diagnostic::error(codes::OPTION_UNKNOWN, span, message).help(options::HELP)),
            }
        }
        // Other tools have words of their own there: `{.line-numbers}`.
        if !unknown.is_empty() {
            let message = format!("`{}` is no option of labrun", unknown.join(" "));
            self.diagnostics.push(
                Diagnostic::warning(codes::OPTION_UNKNOWN, span, message)
                    .label("left alone")
                    .help(options::HELP),
            );
        }
        options
    }

    /// The opening line of a fence.
    fn fence(&self, block: &Block) -> Span {
        let line = self.deck.source.line_at(block.span.start);
        Span::new(block.span.start, line.end.max(block.span.start))
    }

    /// A step that only lacks what is its own.
    pub(super) fn step(&mut self, index: usize, slide: &Slide, lab: Option<usize>) -> Step {
        Step {
            id: self.ids.next(index),
            slide: index,
            line: 0,
            span: slide.span,
            method: String::new(),
            hidden: true,
            section: lab.map(|lab| slide.labs[lab].class.clone()),
            text: String::new(),
            raw: String::new(),
            action: Action::Type(Vec::new()),
            options: Options::default(),
            skip: None,
            checks: Vec::new(),
            needs: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, mut step: Step, lab: Option<usize>) {
        step.skip = match step.action {
            Action::Type(_) => self.skip.take().map(|(_, reason)| reason),
            // What a directive speaks to is not there.
            _ => self.steps.last().and_then(|before| before.skip.clone()),
        };
        if step.skip.is_none() {
            self.panes.follow(&step.action);
        }
        self.steps.push(step);
        self.labs.push(lab);
    }
}

/// Whether ticks in a block are highlights: where remark shows it, on slides.
#[must_use]
pub fn highlights(deck: &Deck, block: &Block) -> bool {
    (block.lab.is_some() || deck.slides.len() > 1) && !block.hidden
}

/// The byte in a line that stands `rest` bytes before the end of the same line without its ticks and indentation.
fn before_end(line: &str, plain: &str, rest: usize) -> usize {
    let mut typed = plain.chars().rev().peekable();
    let (mut left, mut at) = (rest, line.len());
    for c in line.chars().rev() {
        if left == 0 {
            break;
        }
        at -= c.len_utf8();
        if typed.next_if_eq(&c).is_some() {
            left = left.saturating_sub(c.len_utf8());
        }
    }
    at
}

/// A check of a fence; which command it speaks of, and why, is the caller's.
fn check(slide: usize, block: &Block, raw: String, expectation: Expectation) -> Check {
    Check {
        line: block.line,
        span: block.span,
        slide,
        command: 0,
        language: block.language.clone(),
        raw,
        expectation,
        weight: Weight::Warns,
        reason: Reason::Directive,
        why: String::new(),
    }
}
