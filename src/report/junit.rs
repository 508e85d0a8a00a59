//! `--report junit=FILE`: what CI systems read. A suite a deck, a case a step, with its file and line.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::Reporter;
use super::layout;
use super::outline::{Deck, Gatherer, Run, Step};
use crate::event::{Checked, CommandEnded, Event, Promise, Quote, Verdict};

/// Writes the file when the run ends.
#[derive(Debug)]
pub struct Junit<W> {
    out: W,
    gatherer: Gatherer,
}

impl<W: Write> Junit<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, gatherer: Gatherer::default() }
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn on(&mut self, event: &Event) -> io::Result<()> {
        if let Some(run) = self.gatherer.take(event) {
            report(run).serialize(&mut self.out).map_err(io::Error::other)?;
            self.out.flush()?;
        }
        Ok(())
    }
}

fn report(run: &Run) -> Report {
    let mut report = Report::new("labrun");
    report.set_time(Duration::from_millis(run.elapsed_ms));
    report.add_test_suites(run.runs.iter().map(suite));
    report
}

fn suite(deck: &Deck) -> TestSuite {
    let mut suite = TestSuite::new(deck.path.as_str());
    if let Some(started) = &deck.started {
        suite.add_property(Property::new("stage", started.stage.kind.as_str()));
        if !started.stage.simulated.is_empty() {
            suite.add_property(Property::new("simulated", started.stage.simulated.join(" ")));
        }
        suite.add_property(Property::new("sha256", started.sha256.as_str()));
    }
    if let Some(refused) = &deck.refused {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(first_line(refused)).set_type("refused").set_description(refused.as_str());
        suite.add_test_case(TestCase::new(deck.path.as_str(), status));
    }
    suite.add_test_cases(deck.steps.iter().map(|step| case(&deck.path, step)));
    suite
}

fn case(path: &str, step: &Step) -> TestCase {
    let name = format!("{}: {}", step.id, layout::fit(&step.text, 60));
    let mut case = TestCase::new(name, status(path, step));
    case.set_classname(format!("{path}, slide {}: {}", step.slide, layout::clean(&step.title)));
    case.set_time(Duration::from_millis(step.elapsed_ms));
    case.extra.insert("file".into(), path.into());
    case.extra.insert("line".into(), step.line.to_string().into());
    if let Some(known) = &step.known {
        case.add_property(Property::new("known", known.reason.as_str()));
    }
    let mut stdout = warnings(path, step);
    stdout.extend(step.commands.iter().map(|command| command.outcome.stdout.as_str()));
    let stderr: String = step.commands.iter().map(|command| command.outcome.stderr.as_str()).collect();
    if !stdout.is_empty() {
        case.set_system_out(stdout);
    }
    if !stderr.is_empty() {
        case.set_system_err(stderr);
    }
    case
}

/// Checks that only warned: a case that passes has no other place for them than its output.
fn warnings(path: &str, step: &Step) -> String {
    let warned = step.broken().filter(|(_, checked)| checked.verdict != Verdict::Failed);
    warned.fold(String::new(), |mut text, (command, checked)| {
        let word = if checked.verdict == Verdict::Known { "known" } else { "warning" };
        let _ = write!(text, "{word}: {}\n\n", describe(path, step, command, checked));
        text
    })
}

fn status(path: &str, step: &Step) -> TestCaseStatus {
    match step.verdict {
        Verdict::Held | Verdict::Warned => TestCaseStatus::success(),
        Verdict::Known => {
            let mut status = TestCaseStatus::skipped();
            let known = step.known.as_ref().map(|known| format!("known to fail: {known}"));
            status.set_message(known.unwrap_or_else(|| "known to fail".to_owned()));
            status
        }
        Verdict::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(step.skipped.as_deref().unwrap_or("not run"));
            status
        }
        Verdict::Failed => {
            let broken: Vec<_> =
                step.broken().filter(|(_, checked)| checked.verdict == Verdict::Failed).collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some((_, first)) = broken.first() {
                status.set_message(first.summary.as_str()).set_type(kind(&first.check));
            }
            let mut described: Vec<String> =
                broken.iter().map(|(command, checked)| describe(path, step, *command, checked)).collect();
            described.extend(untyped(path, step));
            status.set_description(described.join("\n\n"));
            status
        }
    }
}

/// The rest of a block that stopped the deck.
fn untyped(path: &str, step: &Step) -> Option<String> {
    let line = |text: String, command: &Quote| {
        let Quote { line, text: typed } = command;
        text + &format!("\n{path}:{line}: $ {typed}")
    };
    let title = "not typed, since a command before failed:".to_owned();
    (!step.untyped.is_empty()).then(|| step.untyped.iter().fold(title, line))
}

fn kind(promise: &Promise) -> &'static str {
    match promise {
        Promise::Status => "status",
        Promise::Known { .. } => "known",
        Promise::Runs => "runs",
        Promise::Output { .. } => "output",
        Promise::Wait { .. } => "wait",
        Promise::Done => "done",
        Promise::File { .. } => "file",
    }
}

/// A broken check as a person reads it in a CI system.
fn describe(path: &str, step: &Step, command: Option<&CommandEnded>, checked: &Checked) -> String {
    let line = match (&checked.check, command) {
        (Promise::Output { line, .. }, _) => *line,
        (_, Some(command)) => command.line,
        (_, None) => step.line,
    };
    let mut text = format!("{path}:{line}: {}", checked.summary);
    if let Some(command) = command {
        let _ = write!(text, "\n$ {}", command.text);
    }
    for quote in &checked.excerpt {
        let _ = write!(text, "\n{:>5} | {}", quote.line, quote.text);
    }
    for difference in &checked.differences {
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
        let (promised, came) = (side(&difference.promised), side(&difference.came));
        let _ = write!(text, "\nat {}\n  promised  {promised}\n  came      {came}", difference.path);
    }
    for line in &checked.diff {
        let pieces: String = line.pieces.iter().map(|(_, piece)| piece.as_str()).collect();
        let mark = if line.side == '=' { ' ' } else { line.side };
        let _ = write!(text, "\n{mark} {pieces}");
    }
    for hint in &checked.hints {
        let _ = write!(text, "\ntry: {hint}");
    }
    text
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}
