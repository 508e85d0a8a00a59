//! What an outcome means: each check of a command, judged. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Settings, hints};
use crate::deck::Deck;
use crate::event::{Checked, DiffLine, Difference, Outcome, Passed, Past, Promise, Quote, Variable, Verdict};
use crate::expect::{self, Mismatch, Side};
use crate::plan::{self, Check, Plan, Reason, Typed, Weight};
use crate::source::Span;

/// The longest part of a slide that is drawn.
const EXCERPT_LINES: usize = 12;

/// Judges outcomes of one deck.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    /// For drawing the slide.
    pub deck: &'a Deck,
    /// Whether what only warns fails.
    pub strict: bool,
    /// Home directories that are written the same on both sides.
    pub homes: Vec<&'a str>,
    /// What checks captured so far, by name.
    pub known: &'a BTreeMap<String, String>,
    /// The deck's last run.
    pub past: Option<&'a Past>,
}

impl<'a> Judge<'a> {
    /// Who judges the outcomes of `plan`, as things stand now.
    #[must_use]
    pub fn new(
        plan: &'a Plan,
        settings: &'a Settings,
        homes: &'a [String],
        known: &'a BTreeMap<String, String>,
    ) -> Self {
        Self {
            deck: &plan.deck,
            strict: settings.strict,
            homes: homes.iter().map(String::as_str).collect(),
            known,
            past: settings.past.as_ref(),
        }
    }

    /// The status check, if the command's status counts.
    #[must_use]
    pub fn status(&self, command: &Typed, outcome: &Outcome) -> Option<Checked> {
        let summary = if let Some(aborted) = &outcome.aborted {
            aborted.clone()
        } else if let Some(code) = outcome.shell_ended {
            format!("the command ended the shell, with {}", status_in_words(code))
        } else {
            match (command.status, outcome.status) {
                (plan::Status::NotZero, Some(0)) => {
                    "the command ended with status 0, and the slide says that it fails".to_owned()
                }
                (plan::Status::OneOf(statuses), Some(status)) if !command.status.allows(status) => format!(
                    "the command ended with status {}, and the slide says {statuses}",
                    status_in_words(status)
                ),
                (plan::Status::Zero, status) if status != Some(0) => {
                    format!("the command ended with status {}", status_in_words(status.unwrap_or_default()))
                }
                _ => String::new(),
            }
        };
        if summary.is_empty() {
            return (command.status != plan::Status::Any).then(|| held(Promise::Status));
        }
        Some(Checked {
            verdict: Verdict::Failed,
            excerpt: self.command_excerpt(command),
            hints: hints::of_status(command, outcome, self.past),
            ..unheld(Promise::Status, summary)
        })
    }

    /// A command that is not typed at all, and why.
    #[must_use]
    pub fn refused(&self, command: &Typed, why: String) -> Checked {
        Checked { excerpt: self.command_excerpt(command), ..unheld(Promise::Runs, why) }
    }

    /// The promises about a command's output, in their order: one may recall what another captures. `step` is its id.
    pub fn outputs<'c>(
        &self,
        step: &str,
        checks: impl IntoIterator<Item = &'c Check>,
        outcome: &Outcome,
    ) -> Vec<Checked> {
        let mut known = Cow::Borrowed(self.known);
        let mut all = Vec::new();
        for check in checks {
            let checked = self.output(step, check, outcome, &known);
            for Variable { name, value } in &checked.captured {
                known.to_mut().insert(name.clone(), value.clone());
            }
            all.push(checked);
        }
        all
    }

    fn output(
        &self,
        step: &str,
        check: &Check,
        outcome: &Outcome,
        known: &BTreeMap<String, String>,
    ) -> Checked {
        let promise = self.promise(check);
        let output = expect::Output { stdout: &outcome.stdout, stderr: &outcome.stderr, homes: &self.homes };
        let missing = check.recalls().find(|name| !known.contains_key(*name));
        let came = if let Some(name) = missing {
            let summary = format!("nothing was captured as `{name}`: the check that captures it was not met");
            Err(Mismatch { summary, ..Mismatch::default() })
        } else if check.recalls().next().is_some() {
            match check.expectation.knowing(known.clone()) {
                Ok(expectation) => expectation.check(&output),
                Err(error) => Err(Mismatch { summary: error.to_string(), ..Mismatch::default() }),
            }
        } else {
            check.expectation.check(&output)
        };
        match came {
            Ok(kept) => {
                let variable = |(name, value)| Variable { name, value };
                let passed = |one: expect::Passed| Passed { promised: one.promised, came: one.came };
                Checked {
                    captured: kept.captured.into_iter().map(variable).collect(),
                    passed: kept.passed.into_iter().map(passed).collect(),
                    ..held(promise)
                }
            }
            Err(mut mismatch) => {
                if check.language == "json" {
                    mismatch.hints.extend(hints::of_json(&check.expectation, &output));
                }
                let past = self.past.filter(|_| !check.expectation.is_unwritten());
                mismatch.hints.extend(past.and_then(|past| hints::since(past, step, check.command, outcome)));
                Checked {
                    verdict: match check.weight {
                        Weight::Warns if !self.strict => Verdict::Warned,
                        Weight::Warns | Weight::Fails => Verdict::Failed,
                    },
                    excerpt: self.check_excerpt(check),
                    differences: mismatch.differences.iter().map(difference).collect(),
                    diff: diff(&mismatch),
                    hints: mismatch.hints,
                    ..unheld(promise, mismatch.summary)
                }
            }
        }
    }

    fn promise(&self, check: &Check) -> Promise {
        Promise::Output {
            mode: check.expectation.mode().to_string(),
            text: check.expectation.text().to_owned(),
            slide: self.deck.slides[check.slide].number,
            line: check.line,
            span: Some((check.span.start, check.span.end)),
            cue: match &check.reason {
                Reason::Cue { text, line } => Some(Quote { line: *line, text: text.clone() }),
                Reason::Directive | Reason::Shown => None,
            },
            why: check.why.clone(),
        }
    }

    /// The sentence that promises, and the fence with what it promises.
    fn check_excerpt(&self, check: &Check) -> Vec<Quote> {
        let cue = match &check.reason {
            Reason::Cue { line, .. } => Some(*line),
            Reason::Directive | Reason::Shown => None,
        };
        let mut lines: Vec<usize> = cue.into_iter().collect();
        lines.extend(self.lines(check.span).filter(|line| Some(*line) != cue));
        self.quotes(lines)
    }

    /// The lines of the deck that the command was typed from.
    fn command_excerpt(&self, command: &Typed) -> Vec<Quote> {
        let count = command.text.lines().count().max(1);
        self.quotes(command.line..command.line + count)
    }

    fn lines(&self, span: Span) -> impl Iterator<Item = usize> + use<> {
        let source = &self.deck.source;
        source.line(span.start)..=source.line(span.end.saturating_sub(1).max(span.start))
    }

    fn quotes(&self, lines: impl IntoIterator<Item = usize>) -> Vec<Quote> {
        let source = &self.deck.source;
        lines
            .into_iter()
            .take(EXCERPT_LINES)
            .filter(|&line| line <= source.line(source.text().len()))
            .map(|line| Quote { line, text: source.slice(source.line_span(line)).to_owned() })
            .collect()
    }
}

/// The status check of a line of which nothing is known but that it was typed.
#[must_use]
pub fn status_alone(outcome: &Outcome) -> Option<Checked> {
    let summary = match (&outcome.aborted, outcome.status) {
        (Some(aborted), _) => aborted.clone(),
        (None, Some(status @ (..0 | 1..))) => {
            format!("the command ended with status {}", status_in_words(status))
        }
        (None, Some(0) | None) => return None,
    };
    Some(unheld(Promise::Status, summary))
}

/// A check that held.
#[must_use]
pub fn held(check: Promise) -> Checked {
    Checked { verdict: Verdict::Held, ..unheld(check, String::new()) }
}

/// A check that failed, without particulars.
#[must_use]
pub fn unheld(check: Promise, summary: String) -> Checked {
    Checked {
        check,
        verdict: Verdict::Failed,
        summary,
        excerpt: Vec::new(),
        differences: Vec::new(),
        diff: Vec::new(),
        hints: Vec::new(),
        captured: Vec::new(),
        passed: Vec::new(),
        outcome: None,
    }
}

/// The worst of the checks.
#[must_use]
pub fn worst(checks: &[Checked]) -> Verdict {
    checks.iter().map(|checked| checked.verdict).max().unwrap_or(Verdict::Held)
}

/// `3`, or `137 (SIGKILL)`.
fn status_in_words(status: i32) -> String {
    const SIGNALS: [(i32, &str); 19] = [
        (129, "SIGHUP"),
        (130, "SIGINT, as by ^C"),
        (131, "SIGQUIT"),
        (132, "SIGILL"),
        (133, "SIGTRAP"),
        (134, "SIGABRT"),
        (135, "SIGBUS"),
        (136, "SIGFPE"),
        (137, "SIGKILL"),
        (138, "SIGUSR1"),
        (139, "SIGSEGV"),
        (140, "SIGUSR2"),
        (141, "SIGPIPE"),
        (142, "SIGALRM"),
        (143, "SIGTERM"),
        (148, "SIGTSTP, as by ^Z"),
        (152, "SIGXCPU: more processor time than allowed"),
        (153, "SIGXFSZ: a file greater than allowed"),
        (159, "SIGSYS"),
    ];
    SIGNALS
        .iter()
        .find(|(code, _)| *code == status)
        .map_or_else(|| status.to_string(), |(_, name)| format!("{status} ({name})"))
}

fn difference(difference: &expect::Difference) -> Difference {
    Difference {
        path: difference.path.clone(),
        promised: difference.promised.clone(),
        came: difference.came.clone(),
    }
}

fn diff(mismatch: &Mismatch) -> Vec<DiffLine> {
    let side = |side| match side {
        Side::Both => '=',
        Side::Promised => '-',
        Side::Came => '+',
        Side::Elided => '…',
    };
    mismatch.diff.iter().map(|line| DiffLine { side: side(line.side), pieces: line.pieces.clone() }).collect()
}
