//! What directives do to a plan under way: steps of their own, and checks and options of the steps before them.

use super::checks::bound;
use super::cue;
use super::expects::{self, Promise};
use super::make::{Pending, Walk};
use super::text::Text;
use super::{Action, Allowance, Check, Reason, Status, Step, Weight, directive};
use crate::deck::{Directive, Slide};
use crate::diagnostic::{Diagnostic, codes};
use crate::expect::{Expectation, Mode};
use crate::source::Span;
use crate::values;

impl Walk<'_> {
    pub(super) fn directive(&mut self, index: usize, slide: &Slide, directive: &Directive) {
        let word = directive.word.as_str();
        match word {
            "expect" => self.expect(index, directive),
            "fails" => self.fails(index, directive),
            "skip" => {
                self.drop_skip();
                self.skip = Some((directive.word_span, directive.data.trim().to_owned()));
            }
            "allow" => match Allowance::read(index, directive) {
                Some(allowance) => self.allowances.push(allowance),
                None => self.allowed.extend(directive.data.split_whitespace().map(str::to_owned)),
            },
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
                let lacks = |which: fn(&Step) -> bool| !self.steps.iter().any(which);
                if matches!(action, Action::Paste) && lacks(copies)
                    || matches!(action, Action::Check) && lacks(|step| !step.commands().is_empty())
                {
                    self.alone(directive.word_span, &directive.word);
                }
                self.diagnostics.extend(remark.map(|remark| {
                    let note =
                        Diagnostic::note(remark.code, directive.span, remark.message).help(remark.help);
                    if remark.code == codes::KEYS_KEY { note.fix(directive.word_span, "key") } else { note }
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
        let expect = match expects::read(&directive.data, &self.settings.wildcards) {
            Ok(expect) => expect,
            Err(wrong) => {
                let diagnostic = wrong.diagnostic(&self.deck.source, directive.data_span);
                return self.diagnostics.push(diagnostic);
            }
        };
        let Some(target) = self.last_command() else {
            return self.alone(directive.word_span, "expect");
        };
        expects::refine(&mut self.steps[target.0], expect.options);
        if let Some(status) = expect.status {
            self.must_end(target, status, directive);
        }
        let weight = expect.weight;
        match expect.promise {
            Some(Promise::Text(expectation)) => {
                let check = Check { weight, ..hidden_check(index, directive, target.1, *expectation) };
                self.steps[target.0].checks.push(check);
            }
            Some(Promise::Fence(manner)) => {
                self.drop_pending();
                let unwritten = Expectation::unwritten(manner.mode, manner.terms.clone());
                let unwritten = directive.body.and(unwritten.ok());
                let hidden = unwritten.map(|unwritten| {
                    (target.0, Box::new(hidden_check(index, directive, target.1, unwritten)))
                });
                self.pending = Some(Pending { manner: *manner, span: directive.word_span, hidden });
            }
            None => {}
        }
    }

    /// What the author says of a command's status, together with what was said before.
    fn must_end(&mut self, (step, command): (usize, usize), status: Status, directive: &Directive) {
        let Action::Type(commands) = &mut self.steps[step].action else { return };
        let command = &mut commands[command];
        if let Some(both) = command.status.and(status) {
            command.status = both;
            return;
        }
        let before = match command.status {
            Status::NotZero => "must fail".to_owned(),
            Status::OneOf(statuses) => format!("must end with {statuses}"),
            Status::Zero | Status::Any => "may end with any status".to_owned(),
        };
        let line = command.line;
        self.diagnostics.push(
            Diagnostic::error(
                codes::EXPECT_INVALID,
                directive.span,
                "no status keeps both this and what was said before",
            )
            .label(format!("the command on line {line} {before}"))
            .help("take one of the two out"),
        );
    }

    /// The last command on the slide so far, seen or not.
    fn last_command(&self) -> Option<(usize, usize)> {
        bound(self.steps.iter().enumerate().skip(self.slide_from), "")
    }

    fn fails(&mut self, index: usize, directive: &Directive) {
        let Some((step, command)) = self.last_command() else {
            return self.alone(directive.word_span, "fails");
        };
        self.must_end((step, command), Status::NotZero, directive);
        // Without a text there is nothing more to compare.
        if let Ok(expectation) = Expectation::under(Mode::Contains, directive.data.trim(), self.terms()) {
            self.steps[step].checks.push(hidden_check(index, directive, command, expectation));
        }
    }

    /// An `expect` that no fence followed. With lines of its own, but none in them, it is still to be written.
    pub(super) fn drop_pending(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        if let Some((step, check)) = pending.hidden {
            return self.steps[step].checks.push(*check);
        }
        self.diagnostics.push(
            Diagnostic::error(
                codes::EXPECT_ALONE,
                pending.span,
                "this `expect` has no text, and no fence follows it",
            )
            .help("give it a text on the lines below its mode, or put it before the fence that it speaks of"),
        );
    }

    /// A `skip` that no block followed.
    pub(super) fn drop_skip(&mut self) {
        if let Some((span, _)) = self.skip.take() {
            self.diagnostics.push(
                Diagnostic::error(codes::EXPECT_ALONE, span, "no block follows this `skip`")
                    .help("put it before the block that is not to be run, on the same slide"),
            );
        }
    }

    pub(super) fn alone(&mut self, span: Span, word: &str) {
        self.diagnostics.push(
            Diagnostic::error(codes::EXPECT_ALONE, span, format!("this `{word}` has no command before it"))
                .help("put it behind the block that it speaks of, on the same slide"),
        );
    }

    /// A `wait` right behind a block, in the same lab, is how authors say that the status does not matter.
    pub(super) fn waits(&mut self) {
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
                // What is shown to fail as it stands asks for no values.
                if cue::is_error(&self.steps[at].text) {
                    self.steps[at - 1].needs.clear();
                }
            }
        }
    }
}

/// What a directive holds a command to.
fn hidden_check(slide: usize, directive: &Directive, command: usize, expectation: Expectation) -> Check {
    Check {
        line: directive.line,
        span: directive.span,
        slide,
        command,
        language: String::new(),
        raw: expectation.text().to_owned(),
        weight: if expectation.is_unwritten() { Weight::Warns } else { Weight::Fails },
        expectation,
        reason: Reason::Directive,
        why: String::new(),
    }
}

/// Whether a step takes something from the screen.
fn copies(step: &Step) -> bool {
    matches!(step.action, Action::Copy(_) | Action::CopyAndRun(_))
}
