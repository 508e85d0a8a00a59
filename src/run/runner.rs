//! Runs steps with one live session, and keeps the count. Which step is next, [`super::walk`] knows.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::attempts::{self, Attempts, Came};
use super::attended::Counted;
use super::judge::{self, Judge};
use super::live::Live;
use super::panes::Panes;
use super::policy::{ByHand, Rules};
use super::tally::{HeldTo, Tally};
use super::{Control, Error, Settings, since};
use crate::bash::Deed;
use crate::event::{
    Checked, CommandEnded, CommandStarted, DiffLine, Event, Left, Mark, Notice, Promise, Quote, Summary,
    Typing, Variable, Verdict,
};
use crate::plan::{Action, Check, Plan, Step, Typed};
use crate::session::{self, Session};
use crate::stage::Stage;
use crate::values::{self, Values};

/// How much of an output is shown where a text waited for did not come.
const LAST_LINES: usize = 12;

/// How long a command is tried again whose step is known to fail.
const UNTIL_KNOWN: Duration = Duration::from_secs(2);

/// What is said where only what was typed holds the text of a `wait`.
pub(super) const ECHO: &str = "only what was typed holds this text: nothing that came shows it";

/// What is said where a shell is replaced.
pub(super) const NEW_SHELL: &str =
    "a new shell goes on: exported variables and the directory are kept, all else of the shell is gone";

/// A deck being run.
pub(super) struct Runner<'a> {
    pub(super) plan: &'a Plan,
    stage: &'a Stage,
    pub(super) settings: &'a Settings,
    pub(super) control: &'a Control,
    pub(super) emit: &'a mut dyn FnMut(Event),
    pub(super) panes: Panes,
    /// Fills `{stage.NAME}`.
    pub(super) offers: Values,
    pub(super) homes: Vec<String>,
    pub(super) start: Instant,
    pub(super) tally: Tally,
    /// What each step printed that a `wait` speaks of, by step.
    pub(super) printed: HashMap<usize, String>,
    /// Which command each request of the session was, for what it leaves behind.
    typed: HashMap<u64, (String, usize)>,
    /// What was copied from the terminal.
    pub(super) copied: Option<String>,
    /// What checks captured, by name.
    pub(super) captured: BTreeMap<String, String>,
}

/// What became of a step.
pub(super) struct Became {
    pub verdict: Verdict,
    pub checks: Vec<Checked>,
    pub skipped: Option<String>,
    pub untyped: Vec<Quote>,
}

impl Default for Became {
    fn default() -> Self {
        Self { verdict: Verdict::Held, checks: Vec::new(), skipped: None, untyped: Vec::new() }
    }
}

impl Became {
    pub(super) fn checked(checked: Checked) -> Self {
        Self { verdict: checked.verdict, checks: vec![checked], ..Self::default() }
    }

    /// Further checks that were judged in this step.
    pub(super) fn add(&mut self, checks: Vec<Checked>) {
        self.verdict = checks.iter().map(|checked| checked.verdict).fold(self.verdict, Verdict::max);
        self.checks.extend(checks);
    }

    pub(super) fn skipped(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, skipped: Some(reason.into()), ..Self::default() }
    }
}

impl<'a> Runner<'a> {
    /// Starts the session.
    pub(super) async fn start(
        plan: &'a Plan,
        stage: &'a Stage,
        settings: &'a Settings,
        control: &'a Control,
        emit: &'a mut dyn FnMut(Event),
    ) -> Result<Self, Error> {
        let session = Session::start(stage.session_settings()).await?;
        Ok(Self {
            plan,
            stage,
            settings,
            control,
            emit,
            panes: Panes::new(session),
            offers: Values::of_stage(stage.offers()),
            homes: stage.homes(),
            start: Instant::now(),
            tally: Tally::new(settings.on_failure),
            printed: HashMap::new(),
            typed: HashMap::new(),
            copied: None,
            captured: BTreeMap::new(),
        })
    }

    /// Ends all panes with everything that was started there.
    pub(super) async fn close(self) -> (Summary, Result<(), Error>) {
        let closed = self.panes.close().await;
        (Summary { interrupted: self.control.is_stopped(), ..self.tally.total() }, closed)
    }

    pub(super) async fn step(&mut self, index: usize, step: &Step) -> Result<Became, Error> {
        if let Some(reason) = &step.skip {
            return Ok(Became::skipped(reason.clone()));
        }
        match &step.action {
            _ if !step.needs.is_empty() => {
                let why = format!("no value is given for {}: --set NAME=VALUE", step.needs.join(", "));
                Ok(self.refuse(Deed::Acts, step.line, why))
            }
            Action::Type(commands) => self.block(index, step, commands).await,
            Action::Await { of, .. } if !self.panes.here()?.is_taken() => Ok(self.awaited(*of, step)),
            _ => self.directive(index, step).await,
        }
    }

    /// Types the commands of a block until one of them stops the deck.
    async fn block(&mut self, index: usize, step: &Step, commands: &[Typed]) -> Result<Became, Error> {
        let mut worst = Verdict::Held;
        let mut printed = String::new();
        let mut untyped = Vec::new();
        for (place, command) in commands.iter().enumerate() {
            let (verdict, output) = if command.terminal {
                self.at_terminal(index, step, place, command).await?
            } else {
                self.make_room(step).await?;
                self.command(index, step, place, command).await?
            };
            printed.push_str(&output);
            worst = worst.max(verdict);
            self.after(verdict, command.deed, command.line);
            if self.tally.stopped.is_some() {
                let quote = |command: &Typed| Quote { line: command.line, text: command.text.clone() };
                untyped = commands[place + 1..].iter().map(quote).collect();
                break;
            }
            if self.panes.here()?.open.as_ref().is_some_and(|open| !open.later.is_empty()) {
                break;
            }
        }
        self.printed.insert(index, printed);
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
        let text = self.begin(step, place, command).await;
        let checks: Vec<&Check> = step.checks.iter().filter(|check| check.command == place).collect();
        let awaited = self.awaited_after(index).filter(|_| place + 1 == step.commands().len());
        let attempts = Attempts {
            command,
            text: &text,
            checks: &checks,
            awaited: awaited.map(Step::awaited),
            rules: self.rules(step, command, awaited),
            step: &step.id,
            // Of the fields, not of the whole: the events and the panes are borrowed beside it.
            judge: Judge::new(self.plan, self.settings, &self.homes, &self.captured),
        };
        let mut live = Live::new(&mut *self.emit, (&step.id, place), self.start, self.control.session_stop());
        let came = attempts.run(self.panes.here()?, self.control, &mut live).await?;
        self.typed.insert(came.sequence, (step.id.clone(), command.line));
        let printed = format!("{}{}", came.outcome.stdout, came.outcome.stderr);
        let met = awaited.map(|step| printed.contains(step.awaited()) || text.contains(step.awaited()));
        let verdict = self.conclude(step, place, command, text, came, met).await?;
        Ok((verdict, printed))
    }

    /// A command is about to be typed: fills in what the stage offers, and tells of it.
    pub(super) async fn begin(&mut self, step: &Step, place: usize, command: &Typed) -> String {
        let text = values::fill(&command.text, &self.offers).text;
        self.watch_typing(step, place, &text).await;
        (self.emit)(Event::CommandStarted(CommandStarted {
            step: step.id.clone(),
            index: place,
            line: command.line,
            text: text.clone(),
            at_ms: since(self.start),
            inside: command.inside.is_some(),
        }));
        text
    }

    /// Lets people watch a command being typed, where they want to. What learners do not see is not shown either.
    async fn watch_typing(&mut self, step: &Step, place: usize, text: &str) {
        let Some(typing) = self.settings.typing.filter(|_| !step.hidden) else { return };
        self.control.begin_command();
        for (typed, pause) in typing.strokes(text) {
            (self.emit)(Event::Typing(Typing {
                step: step.id.clone(),
                index: place,
                text: text.to_owned(),
                typed,
            }));
            if !self.control.pause(pause).await {
                return;
            }
        }
    }

    /// Counts a command that ended (one that is left to directives when they are through with it; `met` is whether the
    /// text came that a `wait` wants), tells of it, and makes sure that a shell lives if the run goes on.
    pub(super) async fn conclude(
        &mut self,
        step: &Step,
        place: usize,
        command: &Typed,
        text: String,
        mut came: Came,
        met: Option<bool>,
    ) -> Result<Verdict, Error> {
        if attempts::verdict(&came.checks) != Verdict::Failed {
            came.checks.extend(self.unknown());
        }
        let verdict = if came.interrupted { Verdict::Failed } else { attempts::verdict(&came.checks) };
        let attended = came.outcome.left == Some(Left::Attended);
        let held_to = if met == Some(true) { HeldTo::Output } else { HeldTo::of(&came.checks) };
        if !(attended && verdict == Verdict::Held) {
            self.tally.count(verdict, held_to);
        }
        if came.outcome.left == Some(Left::Serving)
            && let Some(open) = &mut self.panes.here()?.open
        {
            open.counted = Counted::As(verdict, held_to);
        }
        if attended
            && verdict > Verdict::Held
            && let Some(open) = &mut self.panes.here()?.open
        {
            open.counted = Counted::Failed;
        }
        if verdict == Verdict::Held && came.outcome.attempts > 1 && met != Some(false) {
            self.tally.here().late += 1;
        }
        let lost = came.is_lost();
        if !lost {
            self.keep_captured(step, &came.checks).await?;
        }
        let taken = self.panes.here()?.is_taken();
        let variables = if verdict > Verdict::Held && !taken {
            self.variables(&command.reads).await?
        } else {
            Vec::new()
        };
        if command.deed != Deed::Waits && !lost && !taken {
            // Should a later command end the shell, its successor gets these.
            self.panes.here()?.session().environment().await?;
        }
        (self.emit)(Event::CommandEnded(Box::new(CommandEnded {
            step: step.id.clone(),
            index: place,
            line: command.line,
            text,
            outcome: came.outcome,
            checks: came.checks,
            verdict,
            deed: command.deed.word().to_owned(),
            variables,
        })));
        self.tell_leaks();
        if came.interrupted {
            self.tally.interrupt();
        }
        if lost && !came.interrupted && !self.tally.stops(verdict, command.deed) {
            self.panes.restart().await?;
            self.notice(step, NEW_SHELL);
        }
        Ok(verdict)
    }

    /// What checks that held capture is known to later checks, and set in the shell where the session's own is at hand.
    pub(super) async fn keep_captured(&mut self, step: &Step, checks: &[Checked]) -> Result<(), Error> {
        for Variable { name, value } in checks.iter().flat_map(|checked| checked.captured.clone()) {
            let pane = self.panes.here()?;
            let why = if pane.is_taken() {
                Some("another shell runs here")
            } else {
                match pane.session().assign(&name, &value).await {
                    Ok(()) => None,
                    Err(session::Error::Variable(_)) => Some("the shell keeps it to itself"),
                    Err(session::Error::Gone) => Some("the shell is gone"),
                    Err(error) => return Err(error.into()),
                }
            };
            if let Some(why) = why {
                self.notice(step, &format!("${name} is not set, though later checks know it: {why}"));
            }
            self.captured.insert(name, value);
        }
        Ok(())
    }

    /// The values of variables, as the shell has them now.
    pub(super) async fn variables(&mut self, names: &[String]) -> Result<Vec<Variable>, Error> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let told = self.panes.here()?.session().variables(&names).await?;
        let text = |bytes: std::ffi::OsString| bytes.to_string_lossy().into_owned();
        Ok(told.into_iter().map(|(name, value)| Variable { name: text(name), value: text(value) }).collect())
    }

    /// What a stand-in did not know: behind a pipe or `|| true` nothing else would show it.
    pub(super) fn unknown(&self) -> Vec<Checked> {
        let sentences = self.stage.take_unknown();
        sentences.into_iter().map(|sentence| judge::unheld(Promise::Runs, sentence)).collect()
    }

    /// Says once of each command that something of it goes on.
    fn tell_leaks(&mut self) {
        let leaks = self.panes.here().map(|pane| pane.session().take_leaks()).unwrap_or_default();
        for leak in leaks.into_iter().filter(|leak| leak.open) {
            if let Some((step, line)) = self.typed.remove(&leak.sequence) {
                (self.emit)(Event::Notice(Notice {
                    step: Some(step),
                    text: format!("what line {line} started still runs, and holds its output open"),
                }));
            }
        }
    }

    pub(super) fn notice(&mut self, step: &Step, text: &str) {
        (self.emit)(Event::Notice(Notice { step: Some(step.id.clone()), text: text.to_owned() }));
    }

    /// A `wait` after a block that ended by itself: its text is in the output, or it never will be.
    pub(super) fn awaited(&mut self, of: Option<usize>, step: &Step) -> Became {
        let Some(printed) = of.and_then(|of| self.printed.get(&of)) else {
            return Became::skipped("there is no command before it that ran");
        };
        let promise = Promise::Wait { text: step.text.clone() };
        if printed.contains(step.awaited()) {
            return Became::checked(judge::held(promise));
        }
        let typed = of.map_or("", |of| self.plan.steps[of].text.as_str());
        if typed.contains(step.awaited()) {
            self.notice(step, ECHO);
            return Became::checked(judge::held(promise));
        }
        let mut checked =
            judge::unheld(promise, format!("the command ended, and never printed {:?}", step.text));
        checked.diff = last_lines(printed);
        self.fail(Deed::Acts, step.line);
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

    /// A `wait` after a command that only looks lets it be repeated for as long as it waits. What is known to fail is not
    /// waited for long, and what cannot change not at all.
    fn rules(&self, step: &Step, command: &Typed, awaited: Option<&Step>) -> Rules {
        let mut limits = self.settings.limits;
        if self.settings.known.iter().any(|known| known.step == step.id && !known.over) {
            limits.retrying = Some(limits.retrying.unwrap_or(UNTIL_KNOWN).min(UNTIL_KNOWN));
        }
        let wait = awaited.filter(|_| command.deed == Deed::Looks).map(|step| match step.action {
            Action::Await { long: true, .. } => limits.longwait,
            _ => limits.wait,
        });
        let by_hand = ByHand { retry: step.options.retry.or(wait), timeout: step.options.timeout };
        let retry = self.settings.retry && (by_hand.retry.is_some() || !command.constant);
        Rules::new(command.deed, command.asks_server, &limits, retry, by_hand)
    }

    /// A step that cannot be run: it fails, with a sentence.
    pub(super) fn refuse(&mut self, deed: Deed, line: usize, why: String) -> Became {
        self.fail(deed, line);
        Became::checked(judge::unheld(Promise::Runs, why))
    }

    /// Who judges outcomes, as things stand now.
    pub(super) fn judge(&self) -> Judge<'_> {
        Judge::new(self.plan, self.settings, &self.homes, &self.captured)
    }

    /// A command that cannot be typed: it fails, with a sentence.
    pub(super) fn refuse_command(
        &mut self,
        step: &Step,
        place: usize,
        command: &Typed,
        why: String,
    ) -> Verdict {
        self.tally.count(Verdict::Failed, HeldTo::Nothing);
        let refused = self.judge().refused(command, why);
        (self.emit)(Event::CommandEnded(Box::new(CommandEnded {
            step: step.id.clone(),
            index: place,
            line: command.line,
            text: command.text.clone(),
            outcome: crate::event::Outcome::default(),
            checks: vec![refused],
            verdict: Verdict::Failed,
            deed: command.deed.word().to_owned(),
            variables: Vec::new(),
        })));
        Verdict::Failed
    }

    /// A step that is no command fails.
    pub(super) fn fail(&mut self, deed: Deed, line: usize) {
        self.tally.here().failed += 1;
        if let Ok(Some(open)) = self.panes.here().map(|pane| &mut pane.open)
            && open.counted == Counted::Not
        {
            // It was said by what speaks to it.
            open.counted = Counted::Failed;
        }
        self.after(Verdict::Failed, deed, line);
    }

    /// Stops the deck if this verdict does, or somebody asked for it.
    pub(super) fn after(&mut self, verdict: Verdict, deed: Deed, line: usize) {
        if self.tally.stopped.is_none() && self.control.is_stopped() {
            self.tally.interrupt();
        }
        self.tally.after(verdict, deed, line);
    }
}

/// The end of what a command printed, as what came.
pub(super) fn last_lines(printed: &str) -> Vec<DiffLine> {
    let lines: Vec<&str> = printed.lines().collect();
    let shown = &lines[lines.len().saturating_sub(LAST_LINES)..];
    shown
        .iter()
        .map(|line| DiffLine { side: '+', pieces: vec![(Mark::Same, line.trim_end().to_owned())] })
        .collect()
}
