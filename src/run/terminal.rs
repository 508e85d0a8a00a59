//! The steps that need the terminal: commands that want a keyboard, never end or open a shell, and the directives that
//! speak to them.
//!
//! A command with directives behind it is *attended*: typed, and left to them. The last of them settles it: what is to
//! end by itself is waited for, what shows things without end is interrupted, what serves keeps its pane.

use std::time::{Duration, Instant};

use regex::Regex;

use super::attempts::{self, Came};
use super::judge::{self, Judge};
use super::pane::{Entered, Live, Pane, Seen, Served};
use super::runner::{Became, ECHO, Runner, last_lines};
use super::{Error, Unending, since};
use crate::bash::{Attendance, Deed};
use crate::event::{Checked, CommandStarted, Event, Left, Notice, Outcome, Promise, Verdict};
use crate::keys::Key;
use crate::plan::{self, Action, Check, Edit, Status, Step, Typed};
use crate::session::{Request, Sight};
use crate::values;

/// A viewer has shown what it has when nothing came for so long.
const SETTLED: Duration = Duration::from_secs(1);
/// A viewer that does not settle is watched for so long…
const WATCHED: Duration = Duration::from_secs(5);
/// … and as long as its promises do not hold, up to this.
const PROMISED: Duration = Duration::from_secs(30);
/// How long something may take to end after it was interrupted.
const ENDING: Duration = Duration::from_secs(10);
/// How long somebody may ask for a keyboard in silence.
const ASKING: Duration = Duration::from_secs(5);

/// How long what is interrupted may take to show that it minds.
const MINDING: Duration = Duration::from_millis(500);
/// How long until a viewer is looked at again.
const AGAIN: Duration = Duration::from_millis(250);
/// How long labrun's own look at a file may take.
const OWN: Duration = Duration::from_secs(10);

/// A command that directives speak to.
#[derive(Debug)]
pub(super) struct Open {
    /// None for a line that keys have typed.
    command: Option<Typed>,
    /// The promises about its output.
    checks: Vec<Check>,
    limit: Duration,
    /// Whether it was interrupted, or left, by a key.
    ended: bool,
    /// Whether its status is nobody's business: a text is waited for, or a key ended it.
    any_status: bool,
    /// What came of it, once it has ended.
    came: Option<Came>,
}

impl Open {
    /// Whether nothing is known that would keep it from ending.
    pub(super) fn ends_by_itself(&self) -> bool {
        self.command.as_ref().is_none_or(|command| command.attendance == Attendance::None)
    }

    fn deed(&self) -> Deed {
        self.command.as_ref().map_or(Deed::Acts, |command| command.deed)
    }
}

impl Runner<'_> {
    /// Types a command at the terminal, and judges it as far as it is over. Gives back what it showed.
    pub(super) async fn at_terminal(
        &mut self,
        index: usize,
        step: &Step,
        place: usize,
        command: &Typed,
    ) -> Result<(Verdict, String), Error> {
        let attended = place + 1 == step.commands().len() && self.is_attended(index);
        if command.inside.is_none() {
            self.make_room().await?;
        }
        if let Some(why) = self.why_not(command, attended)? {
            return Ok((self.refuse_command(step, place, command, why), String::new()));
        }
        let text = values::fill(&command.text, &self.offers).text;
        (self.emit)(Event::CommandStarted(CommandStarted {
            step: step.id.clone(),
            index: place,
            line: command.line,
            text: text.clone(),
            at_ms: since(self.start),
            inside: command.inside.is_some(),
        }));
        let limit = self.limit(step, command);
        let (pane, mut live) = self.here((&step.id, place))?;
        pane.type_command(&text)?;
        let begun = Instant::now();
        let mut came = if let Some(edit) = &command.edit {
            match type_edit(pane, edit, &mut live).await? {
                Some(came) => came,
                None => pane.end(ENDING, &mut live).await?,
            }
        } else if command.opens_shell {
            self.opened(step, place, command).await?
        } else if attended {
            left(Left::Attended, String::new())
        } else {
            match command.attendance {
                Attendance::Viewer(_) => self.observe(step, place).await?,
                Attendance::Server(_) => self.serve(step, place, command).await?,
                Attendance::Keyboard(_) => self.unattended(step, place, command).await?,
                Attendance::None => pane.end(limit, &mut live).await?,
            }
        };
        came.outcome.total_ms = since(begun);
        self.judge_at_terminal(step, place, command, &mut came).await?;
        if came.outcome.left == Some(Left::Attended) {
            let open = Open {
                command: Some(command.clone()),
                checks: checks_of(step, place).cloned().collect(),
                limit: self.limit(step, command),
                ended: false,
                any_status: command.status == Status::Any,
                came: None,
            };
            self.panes.here()?.open = Some(open);
        }
        let shown = came.outcome.stdout.clone();
        let verdict = self.conclude(step, place, command, text, came, attended).await?;
        Ok((verdict, shown))
    }

    /// A directive of the terminal; the last of those behind a command settles it.
    pub(super) async fn directive(&mut self, index: usize, step: &Step) -> Result<Became, Error> {
        let mut became = self.act(index, step).await?;
        if !self.is_attended(index) {
            became.add(self.settle(step).await?);
        }
        let unknown = self.unknown();
        if !unknown.is_empty() && became.verdict != Verdict::Failed {
            self.fail(Deed::Acts, step.line);
            became.add(unknown);
        }
        Ok(became)
    }

    async fn act(&mut self, index: usize, step: &Step) -> Result<Became, Error> {
        match &step.action {
            Action::Type(_) => Ok(Became::default()),
            Action::Await { of, long } => self.await_text(*of, *long, step).await,
            Action::Press(keys) => self.press(step, keys).await,
            Action::Keys(text) => {
                let text = values::fill(text, &self.offers).text;
                self.type_keys(step, &text).await
            }
            Action::Copy(pattern) => self.copy(index, step, pattern).await,
            Action::CopyAndRun(pattern) => {
                let copied = self.copy(index, step, pattern).await?;
                match self.copied.clone() {
                    Some(text) if copied.verdict == Verdict::Held => {
                        self.type_keys(step, &format!("{text}\n")).await
                    }
                    _ => Ok(copied),
                }
            }
            Action::Paste => match self.copied.clone() {
                Some(text) => self.type_keys(step, &text).await,
                None => Ok(self.undone(step, "nothing has been copied".to_owned())),
            },
            Action::Check => self.check(step).await,
            Action::Open => Ok(self.browse(step)),
            Action::Pane(pane) => match self.panes.turn(*pane).await? {
                Ok(()) => Ok(Became::default()),
                Err(why) => Ok(self.undone(step, why)),
            },
        }
    }

    /// Waits for a text of the command that runs at the terminal.
    async fn await_text(&mut self, of: Option<usize>, long: bool, step: &Step) -> Result<Became, Error> {
        let promise = Promise::Wait { text: step.text.clone() };
        let limit = if long { self.settings.limits.longwait } else { self.settings.limits.wait };
        let (pane, mut live) = self.here((&step.id, 0))?;
        let deed = pane.open.as_ref().map_or(Deed::Acts, Open::deed);
        if let Some(open) = &mut pane.open {
            open.any_status = true;
        }
        let ended = pane.open.as_ref().and_then(|open| open.came.as_ref());
        let (why, shown) = if let Some(came) = ended {
            if came.outcome.stdout.contains(&step.text) {
                return Ok(Became::checked(judge::held(promise)));
            }
            (never_came(&came.outcome, &step.text), came.outcome.stdout.clone())
        } else if !pane.is_taken() {
            return Ok(self.awaited(of, step));
        } else {
            match pane.text(&step.text, limit, &mut live).await? {
                Seen::Text(sight) => {
                    if sight == Sight::Echo {
                        self.notice(step, ECHO);
                    }
                    return Ok(Became::checked(judge::held(promise)));
                }
                Seen::Over(came) => {
                    let told = (never_came(&came.outcome, &step.text), came.outcome.stdout.clone());
                    if came.interrupted {
                        self.tally.interrupt();
                    }
                    if let Some(open) = &mut self.panes.here()?.open {
                        open.came = Some(*came);
                    }
                    told
                }
                Seen::Late { screen } => {
                    (format!("{:?} did not come within {}", step.text, attempts::in_words(limit)), screen)
                }
            }
        };
        let mut checked = judge::unheld(promise, why);
        checked.diff = last_lines(&shown);
        self.fail(deed, step.line);
        Ok(Became::checked(checked))
    }

    async fn press(&mut self, step: &Step, keys: &[Key]) -> Result<Became, Error> {
        if self.is_taking(step).await? {
            let pane = self.panes.here()?;
            if keys.iter().any(|key| is_ending(*key))
                && let Some(open) = &mut pane.open
            {
                (open.ended, open.any_status) = (true, true);
            }
            pane.press(keys)?;
            return Ok(Became::default());
        }
        let mut became = Became::default();
        for key in keys {
            let pane = self.panes.here()?;
            let bytes = key.bytes(false);
            match bytes.as_slice() {
                b"\r" | b"\n" => {
                    let line = std::mem::take(&mut pane.line);
                    became.add(self.run_line(step, &line).await?);
                }
                b"\x03" => pane.line.clear(),
                b"\x04" if pane.line.is_empty() => self.panes.close_here().await?,
                b"\x7f" => drop(pane.line.pop()),
                _ => match std::str::from_utf8(&bytes) {
                    Ok(text) if !text.chars().any(char::is_control) => pane.line.push_str(text),
                    _ => {
                        let why = format!("no program runs that could take the key `{}`", step.text.trim());
                        return Ok(self.undone(step, why));
                    }
                },
            }
        }
        Ok(became)
    }

    /// Types a text: to the program that runs, or at the prompt.
    async fn type_keys(&mut self, step: &Step, text: &str) -> Result<Became, Error> {
        if self.is_taking(step).await? {
            self.panes.here()?.type_text(text)?;
            return Ok(Became::default());
        }
        let mut became = Became::default();
        let pane = self.panes.here()?;
        let mut lines = text.split('\n');
        pane.line.push_str(lines.next().unwrap_or_default());
        for rest in lines {
            let line = std::mem::replace(&mut self.panes.here()?.line, rest.to_owned());
            became.add(self.run_line(step, &line).await?);
        }
        Ok(became)
    }

    /// Whether something at the terminal takes what is typed now; else it is typed at the prompt.
    async fn is_taking(&mut self, step: &Step) -> Result<bool, Error> {
        let (pane, mut live) = self.here((&step.id, 0))?;
        let came = pane.ready(&mut live).await?;
        if let (Some(came), Some(open)) = (came, &mut pane.open) {
            open.came = Some(came);
        }
        Ok(pane.is_taken())
    }

    /// Runs a line that keys have typed at the prompt; the directives after it speak to it. What they spoke to before is
    /// over, and judged.
    async fn run_line(&mut self, step: &Step, line: &str) -> Result<Vec<Checked>, Error> {
        if line.trim().is_empty() {
            return Ok(Vec::new());
        }
        let checks = self.settle(step).await?;
        self.notice(step, &format!("typed: {line}"));
        (self.emit)(Event::CommandStarted(CommandStarted {
            step: step.id.clone(),
            index: 0,
            line: step.line,
            text: line.to_owned(),
            at_ms: since(self.start),
            inside: false,
        }));
        let limit = self.settings.limits.acts;
        let pane = self.panes.here()?;
        pane.type_command(line)?;
        pane.open = Some(Open {
            command: None,
            checks: Vec::new(),
            limit,
            ended: false,
            any_status: false,
            came: None,
        });
        Ok(checks)
    }

    /// Takes the last match from what the terminal shows.
    async fn copy(&mut self, index: usize, step: &Step, pattern: &Regex) -> Result<Became, Error> {
        let end = Instant::now() + self.settings.limits.wait;
        let shown = loop {
            let taking = self.is_taking(step).await?;
            let pane = self.panes.here()?;
            let ended = pane.open.as_ref().and_then(|open| open.came.as_ref());
            let shown = match ended {
                Some(came) => came.outcome.stdout.clone(),
                None if taking => pane.shown(),
                None => {
                    let before = (0..index).rev().find_map(|before| self.printed.get(&before));
                    before.cloned().unwrap_or_default()
                }
            };
            let found = pattern.captures_iter(&shown).last();
            if let Some(found) = found.and_then(|found| found.get(1).or(found.get(0))) {
                self.copied = Some(found.as_str().replace(['\r', '\n'], ""));
                return Ok(Became::default());
            }
            if !taking || Instant::now() >= end || self.control.is_stopped() {
                break shown;
            }
            tokio::time::sleep(AGAIN).await;
        };
        let mut became = self.undone(step, format!("nothing on the terminal matches {:?}", step.text.trim()));
        for checked in &mut became.checks {
            checked.diff = last_lines(&shown);
        }
        Ok(became)
    }

    /// Back at the prompt, with status 0.
    async fn check(&mut self, step: &Step) -> Result<Became, Error> {
        let (pane, mut live) = self.here((&step.id, 0))?;
        let Some(mut open) = pane.open.take() else { return Ok(Became::default()) };
        let came = match open.came.take() {
            Some(came) => came,
            None => pane.end(open.limit, &mut live).await?,
        };
        let summary = match (&came.outcome.aborted, came.outcome.status) {
            (Some(aborted), _) => aborted.clone(),
            (None, Some(0) | None) => String::new(),
            (None, Some(status)) => format!("the command ended with status {status}"),
        };
        let interrupted = came.interrupted;
        (open.any_status, open.came) = (true, Some(came));
        let deed = open.deed();
        pane.open = Some(open);
        if interrupted {
            self.tally.interrupt();
        }
        if summary.is_empty() {
            return Ok(Became::checked(judge::held(Promise::Status)));
        }
        self.fail(deed, step.line);
        Ok(Became::checked(judge::unheld(Promise::Status, summary)))
    }

    /// Tells of an address, or opens it.
    fn browse(&mut self, step: &Step) -> Became {
        // Where decks say "node 1" they mean the machine that the lab runs on.
        let address = step.text.trim().replace("//node1", "//127.0.0.1");
        let text = if self.settings.open {
            match tokio::process::Command::new("xdg-open").arg(&address).spawn() {
                Ok(_) => format!("opened {address}"),
                Err(error) => format!("could not open {address}: xdg-open: {error}"),
            }
        } else {
            format!("a browser would show {address}")
        };
        self.notice(step, &text);
        Became::default()
    }

    /// What the directives spoke to is over: waits for its end, or brings it about, and judges it.
    async fn settle(&mut self, step: &Step) -> Result<Vec<Checked>, Error> {
        let (pane, mut live) = self.here((&step.id, 0))?;
        let Some(mut open) = pane.open.take() else {
            if pane.is_busy() && pane.serves.is_none() {
                pane.end(ENDING, &mut live).await?;
            }
            return Ok(Vec::new());
        };
        let stays = open.command.as_ref().map_or(&Attendance::None, |command| &command.attendance);
        let mut came = match open.came.take() {
            Some(came) => came,
            None if !pane.is_busy() => return Ok(Vec::new()),
            None if open.ended => pane.end(ENDING, &mut live).await?,
            None => match stays {
                Attendance::Viewer(_) => {
                    open.any_status = true;
                    let mut came = interrupt(pane, &mut live).await?;
                    came.outcome.left = Some(Left::Observed);
                    came
                }
                Attendance::Server(_) => {
                    let served = open.command.as_ref().map_or(step.line, |command| command.line);
                    pane.serves = Some(Served { step: step.id.clone(), line: served });
                    return Ok(Vec::new());
                }
                Attendance::Keyboard(_) | Attendance::None => pane.end(open.limit, &mut live).await?,
            },
        };
        if came.interrupted {
            self.tally.interrupt();
        }
        let judge = Judge { deck: &self.plan.deck, strict: self.settings.strict, homes: &self.homes() };
        let mut checks = Vec::new();
        let tells = came.outcome.aborted.is_some() || (!open.any_status && came.outcome.status.is_some());
        if tells {
            checks.extend(match &open.command {
                Some(command) => judge.status(command, &came.outcome),
                None => judge::status_alone(&came.outcome),
            });
        }
        checks.extend(open.checks.iter().map(|check| judge.output(check, &came.outcome)));
        checks.retain(|checked| checked.verdict > Verdict::Held || checked.check != Promise::Status);
        if attempts::verdict(&checks) == Verdict::Failed {
            self.fail(open.deed(), step.line);
        }
        came.checks = checks;
        if came.is_lost() && self.tally.stopped.is_none() {
            self.panes.restart().await?;
        }
        Ok(came.checks)
    }

    /// Says of servers that have ended although the deck went on.
    pub(super) async fn look_after_servers(&mut self) -> Result<(), Error> {
        for pane in self.panes.all() {
            let Some(served) = &pane.serves else { continue };
            let text =
                format!("what line {} started was to serve until the end, and ended before", served.line);
            let id = served.step.clone();
            let stop = self.control.session_stop();
            let mut live = Live { emit: &mut *self.emit, place: (&id, 0), start: self.start, stop };
            if pane.ended(&mut live).await?.is_some() {
                pane.serves = None;
                (self.emit)(Event::Notice(Notice { step: Some(id), text }));
            }
        }
        Ok(())
    }

    /// Makes sure that a command can be typed in this pane's own shell.
    pub(super) async fn make_room(&mut self) -> Result<(), Error> {
        if self.panes.here()?.serves.is_some() {
            // Nothing keeps a learner from opening another terminal.
            let _ = self.panes.turn(plan::Pane::New).await?;
            return Ok(());
        }
        let (pane, mut live) = self.here(("", 0))?;
        if pane.is_taken() {
            pane.abandon(&mut live).await?;
        }
        pane.open = None;
        Ok(())
    }

    /// Waits until an inner shell asks for commands.
    async fn opened(&mut self, step: &Step, place: usize, command: &Typed) -> Result<Came, Error> {
        let limit = step.options.timeout.unwrap_or(self.settings.limits.looks);
        let (pane, mut live) = self.here((&step.id, place))?;
        Ok(match pane.enter(limit, &mut live).await? {
            Entered::Shell { text } => left(Left::Opened, text),
            Entered::Over(came) => *came,
            Entered::Late { screen } => {
                let mut came = pane.abandon(&mut live).await?;
                let why = "no prompt of the shell that it opens came within";
                came.outcome.aborted = Some(format!("{why} {}", attempts::in_words(limit)));
                came.outcome.stdout = screen;
                let _ = command;
                came
            }
        })
    }

    /// Watches what shows things without end, until it has shown them, and interrupts it.
    async fn observe(&mut self, step: &Step, place: usize) -> Result<Came, Error> {
        let begun = Instant::now();
        loop {
            let (pane, mut live) = self.here((&step.id, place))?;
            if let Some(came) = pane.quiet(SETTLED, WATCHED, &mut live).await? {
                return Ok(came);
            }
            let outcome = Outcome { stdout: pane.shown(), ..Outcome::default() };
            let judge = Judge { deck: &self.plan.deck, strict: self.settings.strict, homes: &self.homes() };
            let holds =
                checks_of(step, place).all(|check| judge.output(check, &outcome).verdict == Verdict::Held);
            let shown = !outcome.stdout.trim().is_empty();
            if (shown && holds && begun.elapsed() >= SETTLED) || begun.elapsed() >= PROMISED {
                break;
            }
            if holds && begun.elapsed() >= WATCHED {
                break;
            }
            tokio::time::sleep(AGAIN).await;
        }
        let (pane, mut live) = self.here((&step.id, place))?;
        let mut came = interrupt(pane, &mut live).await?;
        came.outcome.left = Some(Left::Observed);
        Ok(came)
    }

    /// Lets a server start, and keep its pane.
    async fn serve(&mut self, step: &Step, place: usize, command: &Typed) -> Result<Came, Error> {
        let (pane, mut live) = self.here((&step.id, place))?;
        if let Some(came) = pane.quiet(SETTLED, WATCHED, &mut live).await? {
            return Ok(came);
        }
        pane.serves = Some(Served { step: step.id.clone(), line: command.line });
        let shown = pane.shown();
        Ok(left(Left::Serving, shown))
    }

    /// Something that wants a keyboard, and gets none: perhaps it ends all the same.
    async fn unattended(&mut self, step: &Step, place: usize, command: &Typed) -> Result<Came, Error> {
        let limit = self.limit(step, command);
        let begun = Instant::now();
        let (pane, mut live) = self.here((&step.id, place))?;
        if let Some(came) = pane.quiet(ASKING, limit, &mut live).await? {
            return Ok(came);
        }
        let screen = pane.session().screen();
        let mut came = pane.abandon(&mut live).await?;
        let waited = attempts::in_words(begun.elapsed());
        came.outcome.aborted =
            Some(format!("it waits for a keyboard, and no key follows: nothing came for {waited}"));
        came.outcome.stdout = screen;
        Ok(came)
    }

    /// Judges what is over of a command at the terminal.
    async fn judge_at_terminal(
        &mut self,
        step: &Step,
        place: usize,
        command: &Typed,
        came: &mut Came,
    ) -> Result<(), Error> {
        let held_to_output = !matches!(came.outcome.left, Some(Left::Attended | Left::Opened));
        let judge = Judge { deck: &self.plan.deck, strict: self.settings.strict, homes: &self.homes() };
        let known = came.outcome.status.is_some() || came.outcome.aborted.is_some() || came.is_lost();
        if came.outcome.left.is_none() && known {
            came.checks.extend(judge.status(command, &came.outcome));
        }
        if held_to_output {
            came.checks.extend(checks_of(step, place).map(|check| judge.output(check, &came.outcome)));
        }
        if let Some(edit) = command.edit.as_ref().filter(|edit| edit.writes()) {
            came.checks.extend(self.edited(command, edit).await?);
        }
        Ok(())
    }

    /// Whether a file holds what an edit shows; nothing is said where only another machine has it.
    async fn edited(&mut self, command: &Typed, edit: &Edit) -> Result<Option<Checked>, Error> {
        let control = self.control;
        let pane = self.panes.here()?;
        if pane.is_taken() {
            return Ok(None);
        }
        let become_root = if command.calls("sudo") { "sudo " } else { "" };
        let source = format!("{become_root}cat -- {}", edit.file);
        let request = Request { source: &source, limit: OWN };
        let ended = pane.session().run_aside(request, control.session_stop()).await?;
        let (text, problem) = (ended.stdout.text(), ended.stderr.text());
        let promise = Promise::File { name: edit.file.clone() };
        if text.trim_end_matches('\n') == edit.text.trim_end_matches('\n') {
            return Ok(Some(judge::held(promise)));
        }
        let why = match problem.lines().next() {
            Some(problem) => format!("the file cannot be read after the edit: {problem}"),
            None => format!("{} does not hold what the slide shows", edit.file),
        };
        let mut checked = judge::unheld(promise, why);
        checked.diff = last_lines(&text);
        Ok(Some(checked))
    }

    /// Why a command is not even typed, if it is not.
    fn why_not(&mut self, command: &Typed, attended: bool) -> Result<Option<String>, Error> {
        let never_ends = matches!(command.attendance, Attendance::Viewer(_) | Attendance::Server(_));
        Ok(if never_ends && !attended && self.settings.unending == Unending::Fail {
            Some("it never ends, and no directive says how it is left: `unending` is `fail`".to_owned())
        } else if let Some(outer) = command.inside.as_ref().filter(|_| command.inside.is_some())
            && !self.panes.here()?.is_inner()
        {
            Some(format!("it belongs in the shell that `{outer}` opened, and none is open"))
        } else if command.edit.is_some() && !["vi", "vim", "nvim"].iter().any(|name| command.calls(name)) {
            Some("labrun types into vi and vim; it does not know the keys of this editor".to_owned())
        } else {
            None
        })
    }

    fn limit(&self, step: &Step, command: &Typed) -> Duration {
        let limits = &self.settings.limits;
        let usual = if command.deed == Deed::Looks { limits.looks } else { limits.acts };
        step.options.timeout.unwrap_or(usual)
    }

    /// Whether directives after this step, and before the next block, act at the terminal.
    fn is_attended(&self, index: usize) -> bool {
        let after = self.plan.steps[index + 1..].iter().filter(|step| step.skip.is_none());
        let mut acting =
            after.filter(|step| !matches!(step.action, Action::Open | Action::Pane(plan::Pane::Layout)));
        acting.next().is_some_and(|step| !matches!(step.action, Action::Type(_)))
    }

    /// A directive that cannot be followed.
    fn undone(&mut self, step: &Step, why: String) -> Became {
        self.fail(Deed::Acts, step.line);
        Became::checked(judge::unheld(Promise::Done, why))
    }

    /// The pane that is typed into, and who is told of what happens there.
    fn here<'s>(&'s mut self, place: (&'s str, usize)) -> Result<(&'s mut Pane, Live<'s>), Error> {
        let pane = self.panes.here()?;
        let live =
            Live { emit: &mut *self.emit, place, start: self.start, stop: self.control.session_stop() };
        Ok((pane, live))
    }

    pub(super) fn homes(&self) -> Vec<&'_ str> {
        self.homes.iter().map(String::as_str).collect()
    }
}

/// Types into the editor that just started: all that the file is to hold, then what leaves it. The end of the editor is
/// answered where it came before.
async fn type_edit(pane: &mut Pane, edit: &Edit, live: &mut Live<'_>) -> Result<Option<Came>, Error> {
    let enter = if edit.leave.starts_with(':') { "\n" } else { "" };
    let leave = format!("{}{enter}", edit.leave);
    for text in [":set paste\n:%d\ni", &edit.text, "\x1b", &leave] {
        if let Some(came) = pane.ready(live).await? {
            return Ok(Some(came));
        }
        pane.type_text(text)?;
    }
    Ok(None)
}

/// Presses `^C`, if the command has not ended by now, and takes its end. What minds no `^C` is a pager: `q` leaves it.
async fn interrupt(pane: &mut Pane, live: &mut Live<'_>) -> Result<Came, Error> {
    if let Some(came) = pane.ended(live).await? {
        return Ok(came);
    }
    pane.interrupt()?;
    if let Some(came) = pane.quiet(MINDING, MINDING, live).await? {
        return Ok(came);
    }
    pane.type_text("q")?;
    Ok(pane.end(ENDING, live).await?)
}

/// What is known of a command that was left alone.
fn left(how: Left, shown: String) -> Came {
    let outcome =
        Outcome { stdout: shown, attempts: 1, terminal: true, left: Some(how), ..Outcome::default() };
    Came { sequence: 0, interrupted: false, outcome, checks: Vec::new() }
}

fn checks_of(step: &Step, place: usize) -> impl Iterator<Item = &Check> {
    step.checks.iter().filter(move |check| check.command == place)
}

/// How a command ended that was to show a text.
fn never_came(outcome: &Outcome, text: &str) -> String {
    match (&outcome.aborted, outcome.status) {
        (Some(aborted), _) => format!("{aborted}, before it showed {text:?}"),
        (None, Some(status)) => format!("the command ended with status {status}, and never showed {text:?}"),
        (None, None) => format!("the command ended, and never showed {text:?}"),
    }
}

/// Keys that end what runs: `^C`, `^D`, `^\`, `^Z`.
fn is_ending(key: Key) -> bool {
    matches!(key.bytes(false).as_slice(), [0x03 | 0x04 | 0x1c | 0x1a])
}
