//! Walks a plan step by step with one live session, and keeps the count.

use std::collections::HashMap;
use std::time::Instant;

use super::attempts::{self, Attempts, Came};
use super::judge::{self, Judge};
use super::policy::{ByHand, Rules};
use super::{Control, Error, OnFailure, Settings, since};
use crate::bash::{Attendance, Deed};
use crate::event::{
    Checked, CommandEnded, CommandStarted, DiffLine, Event, Notice, Promise, Quote, SlideStarted, StepEnded,
    StepStarted, Summary, Variable, Verdict,
};
use crate::plan::{Action, Check, Plan, Step, Typed};
use crate::session::{self, Session};
use crate::stage::Stage;
use crate::values::{self, Values};

/// How much of an output is shown where a text waited for did not come.
const LAST_LINES: usize = 6;

/// A deck being run.
pub(super) struct Runner<'a> {
    plan: &'a Plan,
    settings: &'a Settings,
    control: &'a Control,
    emit: &'a mut dyn FnMut(Event),
    /// Gone only between the loss of a shell and its replacement.
    session: Option<Session>,
    /// Fills `{stage.NAME}`.
    offers: Values,
    homes: Vec<String>,
    start: Instant,
    summary: Summary,
    /// What each step printed that a `wait` speaks of, by step.
    printed: HashMap<usize, String>,
    /// Which command each request of the session was, for what it leaves behind.
    typed: HashMap<u64, (String, usize)>,
    /// Whether the last command was not typed, since it needs the terminal.
    unattended: bool,
    /// Why the rest is not run.
    stopped: Option<String>,
}

/// What became of a step.
struct Became {
    verdict: Verdict,
    checks: Vec<Checked>,
    skipped: Option<String>,
    untyped: Vec<Quote>,
}

impl Default for Became {
    fn default() -> Self {
        Self { verdict: Verdict::Held, checks: Vec::new(), skipped: None, untyped: Vec::new() }
    }
}

impl Became {
    fn checked(checked: Checked) -> Self {
        Self { verdict: checked.verdict, checks: vec![checked], ..Self::default() }
    }

    fn skipped(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, skipped: Some(reason.into()), ..Self::default() }
    }
}

impl<'a> Runner<'a> {
    /// Starts the session.
    pub(super) async fn start(
        plan: &'a Plan,
        stage: &Stage,
        settings: &'a Settings,
        control: &'a Control,
        emit: &'a mut dyn FnMut(Event),
    ) -> Result<Self, Error> {
        let session = Session::start(stage.session_settings()).await?;
        let home = stage.about().home.display().to_string();
        Ok(Self {
            plan,
            settings,
            control,
            emit,
            session: Some(session),
            offers: Values::of_stage(stage.offers()),
            homes: vec![home, "/root".to_owned()],
            start: Instant::now(),
            summary: Summary::default(),
            printed: HashMap::new(),
            typed: HashMap::new(),
            unattended: false,
            stopped: None,
        })
    }

    /// Runs every step, or says why not.
    pub(super) async fn steps(&mut self) -> Result<(), Error> {
        let plan = self.plan;
        let mut slide = None;
        for (index, step) in plan.steps.iter().enumerate() {
            if slide.replace(step.slide) != Some(step.slide) {
                self.announce_slide(step.slide);
            }
            (self.emit)(Event::StepStarted(StepStarted {
                id: step.id.clone(),
                line: step.line,
                slide: plan.deck.slides[step.slide].number,
                method: step.method.clone(),
                hidden: step.hidden,
                text: step.text.clone(),
            }));
            let start = Instant::now();
            let became = match &self.stopped {
                Some(reason) => Became::skipped(reason.clone()),
                None => self.step(index, step).await?,
            };
            if became.verdict == Verdict::Skipped {
                self.summary.skipped += 1;
            }
            (self.emit)(Event::StepEnded(StepEnded {
                id: step.id.clone(),
                verdict: became.verdict,
                checks: became.checks,
                skipped: became.skipped,
                untyped: became.untyped,
                elapsed_ms: since(start),
            }));
        }
        Ok(())
    }

    /// Ends the session with everything that it started.
    pub(super) async fn close(self) -> (Summary, Result<(), Error>) {
        let closed = match self.session {
            Some(session) => session.close().await.map_err(Error::from),
            None => Ok(()),
        };
        (Summary { interrupted: self.control.is_stopped(), ..self.summary }, closed)
    }

    fn announce_slide(&mut self, index: usize) {
        let slide = &self.plan.deck.slides[index];
        (self.emit)(Event::SlideStarted(SlideStarted {
            number: slide.number,
            line: slide.line,
            title: slide.caption().to_owned(),
        }));
    }

    async fn step(&mut self, index: usize, step: &Step) -> Result<Became, Error> {
        if let Some(reason) = &step.skip {
            return Ok(Became::skipped(reason.clone()));
        }
        match &step.action {
            Action::Type(commands) => self.block(index, step, commands).await,
            Action::Await { of, .. } => Ok(self.awaited(*of, step)),
            Action::Terminal if self.unattended => {
                Ok(Became::skipped("it belongs to a command that needs the terminal"))
            }
            Action::Terminal => {
                let why =
                    format!("`{}` needs the terminal, which this labrun does not have yet", step.method);
                Ok(self.refuse(Deed::Acts, step.line, why))
            }
        }
    }

    /// Types the commands of a block until one of them stops the deck.
    async fn block(&mut self, index: usize, step: &Step, commands: &[Typed]) -> Result<Became, Error> {
        if !step.needs.is_empty() {
            let names = step.needs.join(", ");
            return Ok(self.refuse(
                Deed::Acts,
                step.line,
                format!("no value is given for {names}: --set NAME=VALUE"),
            ));
        }
        let mut worst = Verdict::Held;
        let mut printed = String::new();
        let mut untyped = Vec::new();
        for (place, command) in commands.iter().enumerate() {
            let (verdict, output) = match why_unattended(step, command) {
                Some(why) => (self.refuse_command(step, place, command, why), String::new()),
                None => self.command(index, step, place, command).await?,
            };
            self.unattended = command.attendance != Attendance::None;
            printed.push_str(&output);
            worst = worst.max(verdict);
            self.after(verdict, command.deed, command.line);
            if self.stopped.is_some() {
                let quote = |command: &Typed| Quote { line: command.line, text: command.text.clone() };
                untyped = commands[place + 1..].iter().map(quote).collect();
                break;
            }
        }
        if !self.unattended {
            self.printed.insert(index, printed);
        }
        Ok(Became { verdict: worst, untyped, ..Became::default() })
    }

    /// Types one command and judges it. Gives back what it printed.
    async fn command(
        &mut self,
        index: usize,
        step: &Step,
        place: usize,
        command: &Typed,
    ) -> Result<(Verdict, String), Error> {
        let text = values::fill(&command.text, &self.offers).text;
        (self.emit)(Event::CommandStarted(CommandStarted {
            step: step.id.clone(),
            index: place,
            line: command.line,
            text: text.clone(),
            at_ms: since(self.start),
        }));
        let checks: Vec<&Check> = step.checks.iter().filter(|check| check.command == place).collect();
        let awaited = self.awaited_after(index).filter(|_| place + 1 == step.commands().len());
        let homes: Vec<&str> = self.homes.iter().map(String::as_str).collect();
        let attempts = Attempts {
            command,
            text: &text,
            checks: &checks,
            awaited: awaited.map(|step| step.text.as_str()),
            rules: self.rules(step, command, awaited),
            judge: Judge { deck: &self.plan.deck, strict: self.settings.strict, homes: &homes },
            place: (&step.id, place),
        };
        let session = self.session.as_mut().ok_or(session::Error::Abandoned)?;
        let came = attempts.run(session, self.control, self.emit).await?;
        self.typed.insert(came.sequence, (step.id.clone(), command.line));
        let printed = format!("{}{}", came.outcome.stdout, came.outcome.stderr);
        let verdict = self.conclude(step, place, command, text, came, awaited.is_some()).await?;
        Ok((verdict, printed))
    }

    /// Counts a command that ended, tells of it, and makes sure that a shell lives if the run goes on.
    async fn conclude(
        &mut self,
        step: &Step,
        place: usize,
        command: &Typed,
        text: String,
        came: Came,
        awaited: bool,
    ) -> Result<Verdict, Error> {
        let verdict = if came.interrupted { Verdict::Failed } else { attempts::verdict(&came.checks) };
        self.count(verdict, awaited || attempts::has_output(&came.checks));
        if verdict == Verdict::Held && came.outcome.attempts > 1 {
            self.summary.late += 1;
        }
        let lost = came.outcome.status.is_none();
        let variables =
            if verdict > Verdict::Held { self.variables(&command.reads).await? } else { Vec::new() };
        if command.deed != Deed::Waits && !lost {
            // Should a later command end the shell, its successor gets these.
            if let Some(session) = &mut self.session {
                session.environment().await?;
            }
        }
        (self.emit)(Event::CommandEnded(Box::new(CommandEnded {
            step: step.id.clone(),
            index: place,
            line: command.line,
            text,
            outcome: came.outcome,
            checks: came.checks,
            verdict,
            deed: deed_in_words(command.deed).to_owned(),
            variables,
        })));
        self.tell_leaks();
        if came.interrupted {
            self.stopped = Some("the run was interrupted".to_owned());
        }
        if lost && !came.interrupted && !self.stops(verdict, command.deed) {
            if let Some(session) = self.session.take() {
                self.session = Some(session.restart().await?);
            }
            self.notice(step, "a new shell goes on: exported variables and the directory are kept, all else of the shell is gone");
        }
        Ok(verdict)
    }

    /// The values of variables, as the shell has them now.
    async fn variables(&mut self, names: &[String]) -> Result<Vec<Variable>, Error> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let Some(session) = &mut self.session else { return Ok(Vec::new()) };
        let told = session.variables(&names).await?;
        let text = |bytes: std::ffi::OsString| bytes.to_string_lossy().into_owned();
        Ok(told.into_iter().map(|(name, value)| Variable { name: text(name), value: text(value) }).collect())
    }

    /// Says once of each command that something of it goes on.
    fn tell_leaks(&mut self) {
        let leaks = self.session.as_mut().map(Session::take_leaks).unwrap_or_default();
        for leak in leaks.into_iter().filter(|leak| leak.open) {
            if let Some((step, line)) = self.typed.remove(&leak.sequence) {
                (self.emit)(Event::Notice(Notice {
                    step: Some(step),
                    text: format!("what line {line} started still runs, and holds its output open"),
                }));
            }
        }
    }

    fn notice(&mut self, step: &Step, text: &str) {
        (self.emit)(Event::Notice(Notice { step: Some(step.id.clone()), text: text.to_owned() }));
    }

    /// A `wait` after a block that ended by itself: its text is in the output, or it never will be.
    fn awaited(&mut self, of: Option<usize>, step: &Step) -> Became {
        let Some(printed) = of.and_then(|of| self.printed.get(&of)) else {
            return Became::skipped("there is no command before it that ran");
        };
        let promise = Promise::Wait { text: step.text.clone() };
        if printed.contains(&step.text) {
            return Became::checked(judge::held(promise));
        }
        let mut checked =
            judge::unheld(promise, format!("the command ended, and never printed {:?}", step.text));
        checked.diff = last_lines(printed);
        self.summary.failed += 1;
        self.after(Verdict::Failed, Deed::Acts, step.line);
        Became::checked(checked)
    }

    /// The `wait` that speaks of this step.
    fn awaited_after(&self, index: usize) -> Option<&'a Step> {
        let plan = self.plan;
        plan.steps
            .get(index + 1..)?
            .iter()
            .find(|step| matches!(step.action, Action::Await { of: Some(of), .. } if of == index))
    }

    /// A `wait` after a command that only looks lets it be repeated for as long as it waits.
    fn rules(&self, step: &Step, command: &Typed, awaited: Option<&Step>) -> Rules {
        let limits = &self.settings.limits;
        let wait = awaited.filter(|_| command.deed == Deed::Looks).map(|step| match step.action {
            Action::Await { long: true, .. } => limits.longwait,
            _ => limits.wait,
        });
        let by_hand = ByHand { retry: step.options.retry.or(wait), timeout: step.options.timeout };
        Rules::new(command.deed, command.asks_server, limits, self.settings.retry, by_hand)
    }

    /// A step that cannot be run: it fails, with a sentence.
    fn refuse(&mut self, deed: Deed, line: usize, why: String) -> Became {
        self.summary.failed += 1;
        self.after(Verdict::Failed, deed, line);
        Became::checked(judge::unheld(Promise::Runs, why))
    }

    fn refuse_command(&mut self, step: &Step, place: usize, command: &Typed, why: String) -> Verdict {
        self.count(Verdict::Failed, false);
        let judge = Judge { deck: &self.plan.deck, strict: self.settings.strict, homes: &[] };
        (self.emit)(Event::CommandEnded(Box::new(CommandEnded {
            step: step.id.clone(),
            index: place,
            line: command.line,
            text: command.text.clone(),
            outcome: crate::event::Outcome::default(),
            checks: vec![judge.refused(command, why)],
            verdict: Verdict::Failed,
            deed: deed_in_words(command.deed).to_owned(),
            variables: Vec::new(),
        })));
        Verdict::Failed
    }

    fn count(&mut self, verdict: Verdict, by_output: bool) {
        match verdict {
            Verdict::Held if by_output => {
                self.summary.held += 1;
                self.summary.by_output += 1;
            }
            Verdict::Held => {
                self.summary.held += 1;
                self.summary.by_status += 1;
            }
            Verdict::Warned => self.summary.warned += 1,
            Verdict::Failed => self.summary.failed += 1,
            Verdict::Skipped => self.summary.skipped += 1,
        }
    }

    /// Stops the deck if this verdict does.
    fn after(&mut self, verdict: Verdict, deed: Deed, line: usize) {
        if self.stopped.is_none() && self.control.is_stopped() {
            self.stopped = Some("the run was interrupted".to_owned());
        } else if self.stopped.is_none() && self.stops(verdict, deed) {
            self.stopped = Some(format!("line {line} failed, and what follows builds on it"));
        }
    }

    fn stops(&self, verdict: Verdict, deed: Deed) -> bool {
        verdict == Verdict::Failed
            && match self.settings.on_failure {
                OnFailure::ByDeed => deed != Deed::Looks,
                OnFailure::Stop => true,
                OnFailure::Continue => false,
            }
    }
}

/// The end of what a command printed, as what came.
fn last_lines(printed: &str) -> Vec<DiffLine> {
    let lines: Vec<&str> = printed.lines().collect();
    let shown = &lines[lines.len().saturating_sub(LAST_LINES)..];
    shown.iter().map(|line| DiffLine { side: '+', pieces: vec![(false, (*line).to_owned())] }).collect()
}

/// Why a command cannot be left alone, if it cannot.
fn why_unattended(step: &Step, command: &Typed) -> Option<String> {
    match &command.attendance {
        Attendance::None if step.options.terminal => {
            Some("its author wants it at the terminal, which this labrun does not have yet".to_owned())
        }
        Attendance::None => None,
        Attendance::Keyboard(why) | Attendance::Viewer(why) | Attendance::Server(why) => {
            Some(format!("{why}: it needs the terminal, which this labrun does not have yet"))
        }
    }
}

fn deed_in_words(deed: Deed) -> &'static str {
    match deed {
        Deed::Looks => "looks",
        Deed::Waits => "waits",
        Deed::Acts => "acts",
    }
}
