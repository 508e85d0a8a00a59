//! Commands that need the terminal: they want a keyboard, never end, or open a shell. The directives behind them are
//! `directives`'.

use std::time::{Duration, Instant};

use super::attempts::{self, Came};
use super::attended::{Counted, Keys, Open};
use super::inner::Entered;
use super::judge;
use super::live::Live;
use super::pane::{ASKING, Pane};
use super::runner::{Runner, last_lines};
use super::tally::HeldTo;
use super::{Error, Unending, since};
use crate::bash::{Attendance, Deed, Opens};
use crate::event::{Checked, Left, Outcome, Promise, Verdict};
use crate::plan::{self, Action, Check, Edit, Editor, Status, Step, Typed};
use crate::session::Request;

/// A viewer has shown what it has when nothing came for so long.
const SETTLED: Duration = Duration::from_secs(1);
/// A viewer that does not settle is watched for so long…
const WATCHED: Duration = Duration::from_secs(5);
/// … and as long as its promises do not hold, up to this.
const PROMISED: Duration = Duration::from_secs(30);
/// How long something may take to end after it was interrupted.
pub(super) const ENDING: Duration = Duration::from_secs(10);
/// How long what is interrupted may take to show that it minds.
pub(super) const MINDING: Duration = Duration::from_millis(500);
/// How long until a viewer is looked at again.
pub(super) const AGAIN: Duration = Duration::from_millis(250);
/// How long labrun's own look at a file may take.
const OWN: Duration = Duration::from_secs(10);

impl Runner<'_> {
    /// Types a command at the terminal, and judges it as far as it is over. Gives back what it showed.
    pub(super) async fn at_terminal(
        &mut self,
        index: usize,
        step: &Step,
        place: usize,
        command: &Typed,
    ) -> Result<(Verdict, String), Error> {
        let later = self.typed_later(index, step, place);
        let attended = place + 1 + later.len() == step.commands().len() && self.is_attended(index);
        if command.inside.is_none() {
            self.make_room(step).await?;
        }
        if let Some(why) = self.why_not(command, attended)? {
            return Ok((self.refuse_command(step, place, command, why), String::new()));
        }
        let text = self.begin(step, place, command).await;
        let limit = self.limit(step, command);
        let (pane, mut live) = self.here((&step.id, place))?;
        let begun = Instant::now();
        let mut came = if let Some(came) = pane.type_command(&text, limit, &mut live).await? {
            came
        } else if let Some(edit) = &command.edit {
            type_edit(pane, edit, &mut live).await?
        } else if attended {
            left(Left::Attended, String::new())
        } else if let Some(opens) = command.opens {
            let limit = step.options.timeout.unwrap_or(self.settings.limits.looks);
            match self.enter(&step.id, opens, limit).await? {
                Some(came) => came,
                None => left(Left::Opened, String::new()),
            }
        } else {
            match command.attendance {
                Attendance::Viewer(_) => self.observe(step, place).await?,
                Attendance::Server(_) => self.serve(index, step, place, command).await?,
                Attendance::Keyboard(_) | Attendance::Terminal(_) => {
                    self.unattended(step, place, command).await?
                }
                Attendance::None => pane.end(limit, &mut live).await?,
            }
        };
        came.outcome.total_ms = since(begun);
        self.judge_at_terminal(step, place, command, &mut came).await?;
        if came.outcome.left == Some(Left::Attended) {
            let mut open = self.open(index, step, place, command);
            open.later =
                (place + 1..).zip(later).map(|(place, later)| (index, place, later.clone())).collect();
            self.panes.here()?.open = Some(open);
        }
        let shown = came.outcome.stdout.clone();
        let verdict = self.conclude(step, place, command, text, came, None).await?;
        Ok((verdict, shown))
    }

    /// Makes sure that a command can be typed in this pane's own shell.
    pub(super) async fn make_room(&mut self, step: &Step) -> Result<(), Error> {
        let typed = std::mem::take(&mut self.panes.here()?.line);
        if !typed.is_empty() {
            self.notice(step, &format!("typed at the prompt, and never run: {typed}"));
        }
        if self.panes.here()?.serves {
            return self.panes.turn_aside().await;
        }
        let (pane, mut live) = self.here(("", 0))?;
        if pane.is_taken() {
            pane.abandon(&mut live).await?;
        }
        if let Some(open) = self.panes.here()?.open.take() {
            self.count_open(&open, None, &[]);
        }
        Ok(())
    }

    /// Waits until an inner shell asks for commands; answers how the command that opens it ended, where it did.
    pub(super) async fn enter(
        &mut self,
        id: &str,
        opens: Opens,
        limit: Duration,
    ) -> Result<Option<Came>, Error> {
        let (pane, mut live) = self.here((id, 0))?;
        Ok(match pane.enter(opens, limit, &mut live).await? {
            Entered::Shell => None,
            Entered::Over(came) => Some(*came),
            Entered::Late { screen } => {
                let mut came = pane.abandon(&mut live).await?;
                let why = "no prompt of the shell that it opens came within";
                came.outcome.aborted = Some(format!("{why} {}", attempts::in_words(limit)));
                came.outcome.stdout = screen;
                Some(came)
            }
        })
    }

    /// A command that directives, or later looks, have to do with.
    fn open(&self, index: usize, step: &Step, place: usize, command: &Typed) -> Open {
        Open {
            command: Some(command.clone()),
            text: command.text.clone(),
            index,
            checks: checks_of(step, place).cloned().collect(),
            limit: self.limit(step, command),
            keys: Keys::Untouched,
            any_status: command.status == Status::Any,
            counted: Counted::Not,
            held_to: HeldTo::Nothing,
            came: None,
            later: Vec::new(),
        }
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
            let judge = self.judge();
            let checked = judge.outputs(&step.id, checks_of(step, place), &outcome);
            let holds = !checked.iter().any(Checked::fell_short);
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
        interrupt(pane, &mut live).await
    }

    /// Lets a server start, and keep its pane.
    async fn serve(
        &mut self,
        index: usize,
        step: &Step,
        place: usize,
        command: &Typed,
    ) -> Result<Came, Error> {
        // What it promised is judged by then.
        let open = Open { checks: Vec::new(), ..self.open(index, step, place, command) };
        let (pane, mut live) = self.here((&step.id, place))?;
        if let Some(came) = pane.quiet(SETTLED, WATCHED, &mut live).await? {
            return Ok(came);
        }
        (pane.serves, pane.open) = (true, Some(open));
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
        let judge = self.judge();
        let known = came.outcome.status.is_some() || came.outcome.aborted.is_some() || came.is_lost();
        if came.outcome.left.is_none() && known {
            came.checks.extend(judge.status(command, &came.outcome));
        }
        if held_to_output {
            came.checks.extend(judge.outputs(&step.id, checks_of(step, place), &came.outcome));
        }
        let over = came.outcome.aborted.is_none() && !came.interrupted;
        if let Some(edit) = command.edit.as_ref().filter(|edit| over && edit.writes()) {
            came.checks.extend(self.edited(edit).await?);
        }
        Ok(())
    }

    /// Whether a file holds what an edit shows; nothing is said where only another machine has it.
    async fn edited(&mut self, edit: &Edit) -> Result<Option<Checked>, Error> {
        let control = self.control;
        let pane = self.panes.here()?;
        if pane.is_taken() {
            return Ok(None);
        }
        let become_root = if edit.root { "sudo " } else { "" };
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
        let serves = matches!(command.attendance, Attendance::Server(_));
        Ok(if serves && !attended && command.inside.is_some() {
            Some("it never gives its shell back, and no directive says how it is left".to_owned())
        } else if never_ends && !attended && self.settings.unending == Unending::Fail {
            Some("it never ends, and no directive says how it is left: `unending` is `fail`".to_owned())
        } else if let Some(outer) = command.inside.as_ref()
            && !self.panes.here()?.is_inner()
        {
            Some(format!("it belongs in the shell that `{outer}` opened, and none is open"))
        } else if let Some(Edit { editor: Editor::Other(name), .. }) = &command.edit {
            Some(format!("labrun types into vi and vim; it does not know the keys of {name}"))
        } else {
            None
        })
    }

    pub(super) fn limit(&self, step: &Step, command: &Typed) -> Duration {
        let limits = &self.settings.limits;
        let usual = if command.deed == Deed::Looks { limits.looks } else { limits.acts };
        step.options.timeout.unwrap_or(usual)
    }

    /// Whether directives after this step, and before the next block, act at the terminal.
    pub(super) fn is_attended(&self, index: usize) -> bool {
        let after = self.plan.steps[index + 1..].iter().filter(|step| step.skip.is_none());
        let mut acting =
            after.filter(|step| !matches!(step.action, Action::Open | Action::Pane(plan::Pane::Layout)));
        acting.next().is_some_and(|step| !matches!(step.action, Action::Type(_)))
    }

    /// The pane that is typed into, and who is told of what happens there.
    pub(super) fn here<'s>(&'s mut self, place: (&'s str, usize)) -> Result<(&'s mut Pane, Live<'s>), Error> {
        let pane = self.panes.here()?;
        let live = Live::new(&mut *self.emit, place, self.start, self.control.session_stop());
        Ok((pane, live))
    }
}

/// Types into the editor that just started: all that the file is to hold, then what leaves it; and takes its end. What
/// the editor complains of ends it: what is typed next would be lost, or answer a question.
async fn type_edit(pane: &mut Pane, edit: &Edit, live: &mut Live<'_>) -> Result<Came, Error> {
    let enter = if edit.leave.starts_with(':') { "\n" } else { "" };
    let leave = format!("{}{enter}", edit.leave);
    for text in [":set paste\n:%d\ni", &edit.text, "\x1b", &leave] {
        if let Some(came) = pane.ready(live).await? {
            return Ok(came);
        }
        if let Some(complaint) = complaint(&pane.session().screen()) {
            return give_up_edit(pane, &complaint, live).await;
        }
        pane.type_text(text)?;
    }
    let end = Instant::now() + ENDING;
    while Instant::now() < end {
        if let Some(came) = pane.ends_within(MINDING, live).await? {
            return Ok(came);
        }
        if let Some(complaint) = complaint(&pane.session().screen()) {
            return give_up_edit(pane, &complaint, live).await;
        }
    }
    Ok(pane.end(Duration::ZERO, live).await?)
}

async fn give_up_edit(pane: &mut Pane, complaint: &str, live: &mut Live<'_>) -> Result<Came, Error> {
    let screen = pane.session().screen();
    let mut came = pane.abandon(live).await?;
    came.outcome.aborted = Some(format!("the editor says: {complaint}"));
    came.outcome.stdout = screen;
    Ok(came)
}

/// What vi complains of: `E45: 'readonly' option is set`, in its last row, or above the question that it asks there.
fn complaint(screen: &str) -> Option<String> {
    let is_number = |word: &str| {
        let number = word.strip_prefix('E').and_then(|word| word.strip_suffix(':'));
        number.is_some_and(|number| number.len() <= 4 && number.parse::<u16>().is_ok())
    };
    let complains = |line: &str| {
        let word = line.split_whitespace().find(|word| is_number(word))?;
        line.find(word).map(|at| line[at..].trim_end().to_owned())
    };
    let last = screen.lines().rfind(|line| !line.trim().is_empty())?;
    let asks =
        ["Press ENTER", "[O]pen Read-Only", "-- More --"].iter().any(|question| last.contains(question));
    if asks { screen.lines().rev().find_map(complains) } else { complains(last) }
}

/// Presses `^C`, if what shows things has not ended by now, and takes its end. What minds no `^C` is a pager: `q` leaves
/// it. What it had shown is what it came to: a full-screen program takes that away when it ends.
pub(super) async fn interrupt(pane: &mut Pane, live: &mut Live<'_>) -> Result<Came, Error> {
    if let Some(came) = pane.ended(live).await? {
        return Ok(came);
    }
    let shown = pane.shown();
    pane.interrupt()?;
    let mut came = pane.ends_within(MINDING, live).await?;
    if came.is_none() {
        pane.type_text("q")?;
        came = pane.ends_within(MINDING, live).await?;
    }
    let mut came = match came {
        Some(came) => came,
        None => pane.end(ENDING, live).await?,
    };
    came.outcome.left = Some(Left::Observed);
    if came.outcome.stdout.trim().is_empty() {
        came.outcome.stdout = shown;
    }
    Ok(came)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_complains_in_its_last_row_or_above_a_question() {
        for (screen, told) in [
            (
                "x\n~\nE45: 'readonly' option is set (add ! to override)",
                Some("E45: 'readonly' option is set (add ! to override)"),
            ),
            (
                "E325: ATTENTION\nFound a swap file\n\n[O]pen Read-Only, (E)dit anyway, (Q)uit:",
                Some("E325: ATTENTION"),
            ),
            (
                "~\n\"no/f\" E212: Can't open file for writing\nPress ENTER or type command to continue",
                Some("E212: Can't open file for writing"),
            ),
            ("E45: a line of the file\n~\n\"f\" 1L, 10B", None),
            ("Edit: this\n", None),
            ("", None),
        ] {
            assert_eq!(complaint(screen).as_deref(), told, "{screen:?}");
        }
    }
}
