//! The view of a run for people: a line a command while it goes well, a card where it does not, and a summary that says
//! how much green means.
//!
//! Each file has one idea: [`look`] the colours and marks, [`live`] the line that moves, [`checks`] what
//! became of the promises, [`card`] one that did not hold, [`output`] what came, [`skipped`] what was not run, [`summary`]
//! the end. This one takes the events and keeps the little that later lines need.

mod card;
mod checks;
mod diff;
mod excerpt;
mod live;
mod look;
mod output;
mod skipped;
mod summary;

use std::io::{self, Write};

use super::Reporter;
use super::layout::{clean, count, fit, time, wrap};
use crate::event::{
    Checked, CommandEnded, DeckEnded, DeckRefused, DeckStarted, Event, Left, Notice, Promise, Retrying,
    RunEnded, SlideStarted, StepEnded, StepStarted, Typing, Verdict,
};
use live::Live;
pub use look::Look;
use look::Tone;
use skipped::Skipped;
use summary::{Broken, Ledger};

/// Where a command's mark begins.
const INDENT: usize = 6;

/// How many columns a terminal has now.
pub type Columns = fn() -> usize;

/// Writes the view as events come.
#[derive(Debug)]
pub struct Terminal<W> {
    out: W,
    look: Look,
    /// Whether the last line is empty, or there is none.
    blank: bool,
    live: Option<Live>,
    /// Asked for the width before each event, where it may change.
    columns: Option<Columns>,
    /// How many decks the run has.
    decks: usize,
    deck: Option<DeckStarted>,
    slide: Slide,
    step: Option<StepStarted>,
    /// The command that ran last, and whether it held late.
    typed: Option<String>,
    late: bool,
    /// Why the attempts of the running command did not hold so far.
    before: Vec<String>,
    skipped: Vec<Skipped>,
    ledger: Ledger,
}

/// The slide that events are about.
#[derive(Debug, Default)]
struct Slide {
    number: usize,
    title: String,
    /// Whether its title stands in the report.
    shown: bool,
}

impl<W: Write> Terminal<W> {
    /// Writes to `out`.
    pub fn new(out: W, look: Look) -> Self {
        Self {
            out,
            look,
            blank: true,
            live: None,
            columns: None,
            decks: 0,
            deck: None,
            slide: Slide::default(),
            step: None,
            typed: None,
            late: false,
            before: Vec::new(),
            skipped: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    /// Also says on standard error what runs now; for a terminal that can erase lines, whose width is asked for.
    #[must_use]
    pub fn live(self, columns: Columns) -> Self {
        Self { live: Some(Live::new(self.look, columns)), ..self }
    }

    /// Lays out each line for the width that there is then.
    #[must_use]
    pub fn following(self, columns: Columns) -> Self {
        Self { columns: Some(columns), ..self }
    }

    /// A line; an empty one only where there is none yet.
    fn line(&mut self, text: &str) -> io::Result<()> {
        let text = text.trim_end();
        let again = text.is_empty() && self.blank;
        self.blank = text.is_empty();
        if again { Ok(()) } else { writeln!(self.out, "{text}") }
    }

    /// A label in its own column, and a text wrapped beside it.
    fn labelled(&mut self, label: &str, text: &str, tone: Tone) -> io::Result<()> {
        let wrapped = wrap(&clean(text), self.look.columns.saturating_sub(8));
        for (at, line) in wrapped.into_iter().enumerate() {
            let label = self.look.paint(Tone::Faint, &format!("{:<8}", if at == 0 { label } else { "" }));
            let text = self.look.paint(tone, &self.look.plain(&line));
            self.line(&format!("{label}{text}"))?;
        }
        Ok(())
    }

    fn deck_started(&mut self, deck: &DeckStarted) -> io::Result<()> {
        let path = &deck.path;
        let place = |line: usize| format!("{path}:{line}");
        self.ledger
            .unchecked
            .extend(deck.unchecked.iter().map(|quote| (place(quote.line), quote.text.clone())));
        if deck.stage.kind == "simulated" {
            self.ledger.simulated_decks.push(path.clone());
            let known = &mut self.ledger.simulated;
            known.extend(
                deck.stage.simulated.iter().filter(|name| !known.contains(name)).cloned().collect::<Vec<_>>(),
            );
        } else {
            self.ledger.real_decks.push(path.clone());
        }
        self.deck = Some(deck.clone());
        self.slide = Slide::default();
        if self.look.quiet {
            return Ok(());
        }
        let dot = self.look.dot();
        let (slides, commands) = (count(deck.slides, "slide"), count(deck.commands, "command"));
        self.labelled("labrun", &format!("{path} {dot} {slides} with labs {dot} {commands}"), Tone::Strong)?;
        let (stage, tone) = stage(deck);
        self.labelled("stage", &stage, tone)?;
        self.line("")
    }

    fn refused(&mut self, refused: &DeckRefused) -> io::Result<()> {
        let mut lines = refused.message.lines();
        self.ledger.refused += 1;
        let summary = lines.clone().next().unwrap_or_default();
        let summary =
            summary.strip_prefix(refused.path.as_str()).unwrap_or(summary).trim_start_matches([':', ' ']);
        let (verdict, place, summary) = (Verdict::Failed, refused.path.clone(), summary.to_owned());
        self.ledger.broken.push(Broken { step: None, verdict, place, summary, command: None });
        self.labelled("labrun", lines.next().unwrap_or_default(), Tone::Bad)?;
        for line in lines {
            let line = self.look.plain(&clean(line));
            self.line(&line)?;
        }
        self.line("")
    }

    fn slide_started(&mut self, slide: &SlideStarted) {
        self.slide = Slide { number: slide.number, title: slide.title.clone(), shown: false };
    }

    /// The slide's title, once, before the first line about it.
    fn title(&mut self) -> io::Result<()> {
        if !self.slide.shown {
            self.slide.shown = true;
            let title = fit(&self.slide.title, self.look.columns.saturating_sub(6));
            let number = self.look.paint(Tone::Faint, &format!("{:>4}", self.slide.number));
            let title = self.look.paint(Tone::Strong, &self.look.plain(&title));
            self.line(&format!("{number}  {title}"))?;
        }
        Ok(())
    }

    fn step_started(&mut self, step: &StepStarted) {
        if let Some(live) = &mut self.live {
            live.about(&format!("{} {}", step.method, step.text));
        }
        // Of a step that is repeated by hand the last outcome counts.
        self.ledger.broken.retain(|broken| broken.step.as_ref() != Some(&step.id));
        self.step = Some(step.clone());
    }

    /// A command appears as if it were typed.
    fn typing(&mut self, typing: &Typing) -> io::Result<()> {
        if typing.typed == 0 {
            self.make_way()?;
        }
        if let Some(live) = &mut self.live {
            live.typing(&typing.text, typing.typed);
        }
        Ok(())
    }

    fn command_started(&mut self, text: &str) -> io::Result<()> {
        self.typed = Some(text.to_owned());
        self.late = false;
        self.make_way()?;
        if let Some(live) = &mut self.live {
            live.start(text);
        }
        Ok(())
    }

    /// All that stands above a command is written.
    fn make_way(&mut self) -> io::Result<()> {
        self.flush_skipped()?;
        self.before.clear();
        if !self.look.quiet {
            self.title()?;
            // The title must stand above the live line.
            if self.live.is_some() {
                self.out.flush()?;
            }
        }
        Ok(())
    }

    fn retrying(&mut self, retrying: &Retrying) {
        self.before.push(retrying.reason.clone());
        if let Some(live) = &mut self.live {
            live.retrying(retrying);
        }
    }

    fn command_ended(&mut self, ended: &CommandEnded) -> io::Result<()> {
        if ended.verdict == Verdict::Held && ended.outcome.attempts > 1 {
            let place = self.place(ended.line);
            let (attempts, total) = (ended.outcome.attempts, time(ended.outcome.total_ms));
            let text = format!("{} ({attempts} attempts, {total})", fit(&ended.text, 40));
            self.ledger.late.push((place, text));
            self.late = true;
        }
        if self.look.quiet && ended.verdict == Verdict::Held {
            return Ok(());
        }
        self.flush_skipped()?;
        self.title()?;
        let mut notes = Vec::new();
        if self.step.as_ref().is_some_and(|step| step.hidden) {
            notes.push("hidden".to_owned());
        }
        notes.extend(ended.outcome.left.map(|left| match left {
            Left::Observed => "observed".to_owned(),
            Left::Serving => "runs on".to_owned(),
            Left::Opened => "opened".to_owned(),
            Left::Attended => "at the terminal".to_owned(),
        }));
        let ran = ended.outcome.attempts > 0;
        if ended.outcome.attempts > 1 {
            notes.push(count(ended.outcome.attempts as usize, "attempt"));
        }
        let spent = match ended.outcome.left {
            Some(Left::Attended) => String::new(),
            _ if ran => time(ended.outcome.total_ms),
            _ => "not run".to_owned(),
        };
        if !spent.is_empty() {
            notes.push(format!("{spent:>7}"));
        }
        let right = notes.join("  ");
        let row = self.look.row(INDENT, &self.look.mark(ended.verdict), &ended.text, &right);
        self.line(&row)?;
        if self.look.outputs && ended.verdict == Verdict::Held {
            for line in output::lines(self.look, &ended.outcome) {
                self.line(&line)?;
            }
        }
        self.kept(&ended.checks)?;
        self.broken(&ended.checks, Some(ended))?;
        self.before.clear();
        Ok(())
    }

    fn step_ended(&mut self, ended: &StepEnded) -> io::Result<()> {
        if let (Verdict::Skipped, Some(reason)) = (ended.verdict, &ended.skipped) {
            self.skip(reason);
            return Ok(());
        }
        self.untyped(&ended.untyped)?;
        // Late, and not even then what was waited for.
        let waits = |checked: &Checked| matches!(checked.check, Promise::Wait { .. });
        if self.late && ended.checks.iter().any(|checked| waits(checked) && checked.verdict > Verdict::Held) {
            self.ledger.late.pop();
            self.late = false;
        }
        self.checked(ended)?;
        if let Some(known) = &ended.known {
            self.aside(&self.look.mark(Verdict::Known), &format!("known to fail: {known}"))?;
        }
        Ok(())
    }

    /// The checks of a step that ran no command.
    fn checked(&mut self, ended: &StepEnded) -> io::Result<()> {
        let Some(step) = self.step.clone().filter(|_| !ended.checks.is_empty()) else { return Ok(()) };
        if self.look.quiet && ended.verdict == Verdict::Held {
            return Ok(());
        }
        self.flush_skipped()?;
        self.title()?;
        let text =
            if step.method == "bash" { step.text.clone() } else { format!("{} {}", step.method, step.text) };
        let right =
            if ended.elapsed_ms > 0 { format!("{:>7}", time(ended.elapsed_ms)) } else { String::new() };
        let row = self.look.row(INDENT, &self.look.mark(ended.verdict), &text, &right);
        self.line(&row)?;
        self.kept(&ended.checks)?;
        self.broken(&ended.checks, None)
    }

    /// A mark and a text, wrapped beside it.
    fn aside(&mut self, mark: &str, text: &str) -> io::Result<()> {
        let start = INDENT + self.look.mark_width() + 1;
        let wrapped = wrap(&clean(text), self.look.columns.saturating_sub(start));
        for (at, line) in wrapped.into_iter().enumerate() {
            let line = self.look.paint(Tone::Faint, &self.look.plain(&line));
            self.line(&if at == 0 {
                format!("{:INDENT$}{mark} {line}", "")
            } else {
                format!("{:start$}{line}", "")
            })?;
        }
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) -> io::Result<()> {
        if self.look.quiet {
            return Ok(());
        }
        let (dot, width) = (self.look.dot(), self.look.mark_width());
        self.aside(&format!("{dot:<width$}"), &notice.text)
    }

    fn deck_ended(&mut self, ended: &DeckEnded) -> io::Result<()> {
        self.flush_skipped()?;
        if self.decks > 1 && !self.look.quiet {
            let line = summary::of_deck(self.look, &ended.path, &ended.summary);
            self.line("")?;
            self.line(&line)?;
        }
        if self.look.quiet { Ok(()) } else { self.line("") }
    }

    fn run_ended(&mut self, ended: &RunEnded) -> io::Result<()> {
        for line in summary::lines(self.look, &ended.summary, &self.ledger, ended.elapsed_ms, ended.exit) {
            self.line(&line)?;
        }
        self.out.flush()
    }

    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.deck.as_ref().map_or("", |deck| deck.path.as_str()))
    }
}

/// Where a deck runs, in one sentence.
fn stage(deck: &DeckStarted) -> (String, Tone) {
    let stage = &deck.stage;
    if stage.kind == "simulated" {
        let names = stage.simulated.join(" ");
        let names =
            if names.is_empty() { "no cluster or Docker engine is touched".to_owned() } else { names };
        return (format!("SIMULATED: {names}"), Tone::Odd);
    }
    let kind = Some(format!("{}: the real thing", stage.kind));
    let user = stage.user.as_ref().map(|user| format!("as {user}"));
    let home = stage.home.as_ref().map(|home| format!("home {home}"));
    let context = stage.kube_context.as_ref().map(|context| format!("kube context {context}"));
    let parts: Vec<String> = [kind, user, home, context].into_iter().flatten().collect();
    (parts.join(", "), Tone::Plain)
}

impl<W: Write> Reporter for Terminal<W> {
    fn on(&mut self, event: &Event) -> io::Result<()> {
        if let Some(columns) = self.columns {
            self.look.columns = columns();
        }
        match (&mut self.live, event) {
            (Some(live), Event::Progress(progress)) => live.progress(progress),
            (Some(_), Event::Retrying(_) | Event::Shown(_) | Event::Typing(_)) | (None, _) => {}
            (Some(live), _) => live.clear(),
        }
        match event {
            Event::RunStarted(started) => self.decks = started.decks,
            Event::DeckStarted(started) => self.deck_started(started)?,
            Event::DeckRefused(refused) => self.refused(refused)?,
            Event::SlideStarted(slide) => self.slide_started(slide),
            Event::StepStarted(step) => self.step_started(step),
            Event::CommandStarted(command) => self.command_started(&command.text)?,
            Event::Typing(typing) => self.typing(typing)?,
            Event::Progress(_) | Event::Shown(_) => {}
            Event::Retrying(retrying) => self.retrying(retrying),
            Event::CommandEnded(ended) => self.command_ended(ended)?,
            Event::StepEnded(ended) => self.step_ended(ended)?,
            Event::Notice(notice) => self.notice(notice)?,
            Event::DeckEnded(ended) => self.deck_ended(ended)?,
            Event::RunEnded(ended) => self.run_ended(ended)?,
        }
        // A reader at a terminal, or of a log that is followed, sees each line when it is written.
        if matches!(event, Event::CommandEnded(_) | Event::StepEnded(_) | Event::DeckEnded(_)) {
            self.out.flush()?;
        }
        Ok(())
    }
}
