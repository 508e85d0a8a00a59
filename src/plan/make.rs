//! Walks a deck in order and puts its plan together.

use std::collections::HashSet;
use std::sync::Arc;

use super::checks::{self, Promise, Wrong, bound};
use super::cue::{self, Cue};
use super::directive;
use super::edit;
use super::ids::Ids;
use super::options;
use super::promised;
use super::prose::{self, Sentence};
use super::terminal;
use super::text::Text;
use super::typing::typing;
use super::unchecked;
use super::{Action, Check, Options, Plan, Reason, Settings, Status, Step, Weight};
use crate::deck::{Block, Deck, Directive, Item, Labs, Slide};
use crate::diagnostic::{Diagnostic, codes};
use crate::expect::{Expectation, Mode};
use crate::source::Span;
use crate::values;

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
        allowed: Vec::new(),
        defined: HashSet::new(),
        slide_from: 0,
        pending: None,
    };
    for (index, slide) in deck.slides.iter().enumerate() {
        if !slide.continued {
            walk.drop_pending();
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
    walk.waits();
    terminal::mark(&mut walk.steps);
    promised::fill(&mut walk.steps, &settings.values);
    let Walk { steps, mut diagnostics, outside, allowed, .. } = walk;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let unchecked = unchecked::unchecked(&deck, &steps);
    Plan { deck, steps, diagnostics, unchecked, outside, allowed }
}

/// An `expect` without a text: it speaks of the next fence.
struct Pending {
    mode: Mode,
    span: Span,
}

struct Walk<'a> {
    deck: &'a Deck,
    settings: &'a Settings,
    ids: Ids,
    steps: Vec<Step>,
    /// For each step the lab that it stands in, as an index into its slide's.
    labs: Vec<Option<usize>>,
    diagnostics: Vec<Diagnostic>,
    outside: Vec<usize>,
    allowed: Vec<String>,
    /// Functions and aliases so far.
    defined: HashSet<String>,
    /// The first step of the slide at hand; a slide that continues another is the same slide.
    slide_from: usize,
    pending: Option<Pending>,
}

impl Walk<'_> {
    fn runs_all(&self) -> bool {
        self.settings.labs == Labs::All
    }

    fn block(&mut self, index: usize, slide: &Slide, block: &Block) {
        let runs = block.language == "bash" && (block.lab.is_some() || self.runs_all());
        if block.hidden {
            if runs {
                self.typed_block(index, slide, block);
            }
            return;
        }
        let lead = block.lead.as_ref().and_then(|lead| prose::ending_at(slide, lead));
        let cue = lead.as_ref().and_then(|lead| cue::promise(&lead.text));
        // Among commands, only a sentence that is a promise and nothing else makes an output of a bash block.
        let output = if block.language == "bash" { cue.filter(|cue| cue.plain) } else { cue };
        let target = self.visible(lead.as_ref().map_or("", |lead| &lead.text));
        if runs && (output.is_none() || target.is_none()) {
            self.drop_pending();
            self.typed_block(index, slide, block);
            return;
        }
        let shows = block.language == "bash" || checks::may_be_output(&block.language);
        let pending = if shows { self.pending.take() } else { None };
        match (pending, target, output, lead) {
            (Some(pending), Some(target), _, _) => self.told(index, block, target, &pending),
            (Some(pending), None, _, _) => self.alone(pending.span, "expect"),
            (None, Some(target), Some(cue), Some(lead)) if shows => {
                self.inferred(index, block, target, cue, lead);
            }
            _ if block.language == "bash" => self.outside.push(block.line),
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
        match Expectation::new(pending.mode, text.joined()) {
            Ok(expectation) => {
                let check = Check { weight: Weight::Fails, ..check(index, block, text.raw, expectation) };
                self.hold(target, check);
            }
            Err(error) => self.diagnostics.push(
                Diagnostic::error(
                    codes::EXPECT_INVALID,
                    self.fence(block),
                    format!("this cannot be compared: {error}"),
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
        let Some(expectation) = checks::inferred(&block.language, &text.joined(), cue) else { return };
        let data = matches!(expectation.mode(), Mode::Json(_));
        if block.language == "json" && !data {
            self.diagnostics.push(
                Diagnostic::warning(
                    codes::PROMISE_NOT_JSON,
                    self.fence(block),
                    "this promised output is not JSON",
                )
                .label("compared as text")
                .help("mend it, or take `json` away from the fence"),
            );
        }
        let weight = if data { Weight::Fails } else { Weight::Warns };
        if let Action::Type(commands) = &mut self.steps[target.0].action
            && cue::promises_error(&lead.text)
            && commands[target.1].status == Status::Zero
        {
            commands[target.1].status = Status::Any;
        }
        let reason = Reason::Cue { text: lead.text, line: lead.line };
        self.hold(target, Check { weight, reason, ..check(index, block, text.raw, expectation) });
    }

    /// Holds a command to a check.
    fn hold(&mut self, (step, command): (usize, usize), check: Check) {
        self.steps[step].checks.push(Check { command, ..check });
    }

    /// A block's body. Ticks are highlights where remark shows the block: on slides, in sight.
    fn text(&self, block: &Block) -> Text {
        let slides = block.lab.is_some() || self.deck.slides.len() > 1;
        Text::read(&self.deck.source, block.body, slides && !block.hidden)
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

    fn typed(&mut self, step: Step, lab: Option<usize>, text: &Text) {
        let typing = typing(&text.lines, self.settings, &mut self.defined);
        if let Some((line, column, message)) = typing.problem {
            self.syntax(line, column, text, &message);
        }
        let span = |line| self.deck.source.line_span(line);
        self.diagnostics.extend(typing.colons.into_iter().map(|line| edit::colon(span(line))));
        self.diagnostics.extend(typing.astray.into_iter().map(|line| edit::astray(span(line))));
        let mut needs = typing.needs;
        for blank in &text.placeholders {
            if self.settings.values.get(blank).is_none()
                && typing.text.contains(blank.as_str())
                && !needs.contains(blank)
            {
                needs.push(blank.clone());
            }
        }
        let action = Action::Type(typing.commands);
        self.push(Step { text: typing.text, raw: text.raw.clone(), action, needs, ..step }, lab);
    }

    fn syntax(&mut self, line: usize, column: usize, text: &Text, message: &str) {
        let span = self.deck.source.line_span(line);
        let first = text.lines.first().map_or(line, |first| first.number);
        // The indentation was removed: count from the line's end.
        let raw = text.raw.split('\n').nth(line - first).unwrap_or_default();
        let start = (span.end.saturating_sub(raw.len()) + column).min(span.end);
        let start = (span.start..=start).rev().find(|&at| self.deck.source.text().is_char_boundary(at));
        let span = Span::new(start.unwrap_or(span.start), span.end);
        self.diagnostics.push(
            Diagnostic::warning(codes::BASH_SYNTAX, span, format!("this block is not bash: {message}"))
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
    fn step(&mut self, index: usize, slide: &Slide, lab: Option<usize>) -> Step {
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

    fn push(&mut self, step: Step, lab: Option<usize>) {
        self.steps.push(step);
        self.labs.push(lab);
    }

    fn directive(&mut self, index: usize, slide: &Slide, directive: &Directive) {
        let word = directive.word.as_str();
        match word {
            "expect" => self.expect(index, directive),
            "fails" => self.fails(index, directive),
            "skip" => match self.steps[self.slide_from..].last_mut() {
                Some(step) => step.skip = Some(directive.data.trim().to_owned()),
                None => self.alone(directive.word_span, word),
            },
            "allow" => self.allowed.extend(directive.data.split_whitespace().map(str::to_owned)),
            _ if directive.lab.is_none() && !self.runs_all() => {}
            "bash" | "hide" => {
                let text = Text::read(&self.deck.source, directive.data_span, false);
                let step = self.hidden(index, slide, directive);
                self.typed(step, directive.lab, &text);
            }
            "wait" | "longwait" => {
                let of = self.steps.iter().rposition(|step| !step.commands().is_empty());
                if of.is_none() {
                    self.alone(directive.word_span, word);
                }
                if directive.data.trim().is_empty() {
                    self.diagnostics.push(
                        Diagnostic::error(
                            codes::EXPECT_ALONE,
                            directive.word_span,
                            format!("this `{word}` has no text to wait for"),
                        )
                        .help(format!("write what the output must hold behind the word: `{word} TEXT`")),
                    );
                }
                let action = Action::Await { of, long: word == "longwait" };
                let step = self.hidden(index, slide, directive);
                self.push(Step { action, ..step }, directive.lab);
            }
            _ => self.at_terminal(index, slide, directive),
        }
    }

    /// Keys, panes and what else is done at the terminal.
    fn at_terminal(&mut self, index: usize, slide: &Slide, directive: &Directive) {
        let data = values::fill(&directive.data, &self.settings.values);
        match directive::read(&directive.word, &data.text) {
            None => {}
            Some(Ok((action, remark))) => {
                if matches!(action, Action::Paste) && !self.steps.iter().any(copies) {
                    self.alone(directive.word_span, "paste");
                }
                self.diagnostics.extend(remark.map(|remark| {
                    Diagnostic::note(remark.code, directive.span, remark.message).help(remark.help)
                }));
                let step = self.hidden(index, slide, directive);
                self.push(Step { action, text: data.text, needs: data.missing, ..step }, directive.lab);
            }
            Some(Err(remark)) => self
                .diagnostics
                .push(Diagnostic::error(remark.code, directive.span, remark.message).help(remark.help)),
        }
    }

    fn hidden(&mut self, index: usize, slide: &Slide, directive: &Directive) -> Step {
        Step {
            line: directive.line,
            span: directive.span,
            method: directive.word.clone(),
            text: directive.data.clone(),
            raw: directive.data.clone(),
            ..self.step(index, slide, directive.lab)
        }
    }

    fn expect(&mut self, index: usize, directive: &Directive) {
        let expect = match checks::expect(&directive.data) {
            Ok(expect) => expect,
            Err(Wrong::Option(message)) => {
                let diagnostic = Diagnostic::error(codes::OPTION_UNKNOWN, directive.span, message);
                return self.diagnostics.push(diagnostic.help(options::HELP));
            }
            Err(Wrong::Text(message)) => {
                let diagnostic = Diagnostic::error(codes::EXPECT_INVALID, directive.span, message);
                return self.diagnostics.push(diagnostic);
            }
        };
        let Some(target) = self.last_command() else {
            return self.alone(directive.word_span, "expect");
        };
        let own = &mut self.steps[target.0].options;
        own.retry = expect.options.retry.or(own.retry);
        own.timeout = expect.options.timeout.or(own.timeout);
        own.terminal |= expect.options.terminal;
        match expect.promise {
            Some(Promise::Text(expectation)) => self.hidden_check(index, directive, target, expectation),
            Some(Promise::Fence(mode)) => {
                self.drop_pending();
                self.pending = Some(Pending { mode, span: directive.word_span });
            }
            None => {}
        }
    }

    /// The last command on the slide so far, seen or not.
    fn last_command(&self) -> Option<(usize, usize)> {
        bound(self.steps.iter().enumerate().skip(self.slide_from), "")
    }

    fn fails(&mut self, index: usize, directive: &Directive) {
        let Some((step, command)) = self.last_command() else {
            return self.alone(directive.word_span, "fails");
        };
        if let Action::Type(commands) = &mut self.steps[step].action {
            commands[command].status = Status::NotZero;
        }
        // Without a text there is nothing more to compare.
        if let Ok(expectation) = Expectation::new(Mode::Contains, directive.data.trim()) {
            self.hidden_check(index, directive, (step, command), expectation);
        }
    }

    fn hidden_check(
        &mut self,
        slide: usize,
        directive: &Directive,
        (step, command): (usize, usize),
        expectation: Expectation,
    ) {
        self.steps[step].checks.push(Check {
            line: directive.line,
            span: directive.span,
            slide,
            command,
            language: String::new(),
            raw: expectation.text().to_owned(),
            expectation,
            weight: Weight::Fails,
            reason: Reason::Directive,
        });
    }

    /// An `expect` that no fence followed.
    fn drop_pending(&mut self) {
        if let Some(pending) = self.pending.take() {
            self.diagnostics.push(
                Diagnostic::error(codes::EXPECT_ALONE, pending.span, "this `expect` has no text, and no fence follows it")
                    .help("give it a text on the lines below its mode, or put it before the fence that it speaks of"),
            );
        }
    }

    fn alone(&mut self, span: Span, word: &str) {
        self.diagnostics.push(
            Diagnostic::error(codes::EXPECT_ALONE, span, format!("this `{word}` has no command before it"))
                .help("put it behind the block that it speaks of, on the same slide"),
        );
    }

    /// A `wait` right behind a block, in the same lab, is how authors say that the status does not matter.
    fn waits(&mut self) {
        for at in 1..self.steps.len() {
            let here = (self.steps[at].slide, self.labs[at]);
            let before = (self.steps[at - 1].slide, self.labs[at - 1]);
            if here == before
                && matches!(self.steps[at].action, Action::Await { .. })
                && let Action::Type(commands) = &mut self.steps[at - 1].action
            {
                for command in commands.iter_mut().filter(|command| command.status == Status::Zero) {
                    command.status = Status::Any;
                }
            }
        }
    }
}

/// Whether a step takes something from the screen.
fn copies(step: &Step) -> bool {
    matches!(step.action, Action::Copy(_) | Action::CopyAndRun(_))
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
    }
}
