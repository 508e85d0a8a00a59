//! Which commands run at the terminal, and in which shell: after `ssh box` or `docker exec -ti x sh`, what learners type
//! goes there until they leave it. Typed anywhere else it would do to this machine what was meant for another.

use super::{Action, Pane, Status, Step, Typed};
use crate::bash::{Attendance, Opens};
use crate::keys::Key;

/// Decides which commands run at the terminal.
pub(super) fn mark(steps: &mut [Step]) {
    for index in 0..steps.len() {
        let keyed = is_keyed(&steps[index + 1..]);
        let step = &mut steps[index];
        let asked = step.options.terminal;
        let Action::Type(commands) = &mut step.action else { continue };
        let last = commands.len().saturating_sub(1);
        for (place, command) in commands.iter_mut().enumerate() {
            command.terminal = asked
                || (keyed && place == last)
                || command.inside.is_some()
                || command.attendance != Attendance::None;
        }
    }
}

/// Whether keys are pressed, or text is copied, before the next block, in the pane where the last one was typed.
fn is_keyed(after: &[Step]) -> bool {
    after
        .iter()
        .filter(|step| step.skip.is_none())
        .map_while(|step| match &step.action {
            Action::Type(_) | Action::Pane(Pane::New | Pane::Last | Pane::Select(_) | Pane::Close) => None,
            Action::Press(_) | Action::Keys(_) | Action::Copy(_) | Action::CopyAndRun(_) | Action::Paste => {
                Some(true)
            }
            Action::Await { .. } | Action::Check | Action::Open | Action::Pane(Pane::Layout) => Some(false),
        })
        .any(|keyed| keyed)
}

/// A shell, or another program with a prompt, that a command opened.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// The command, its first line.
    pub by: String,
    /// What was opened.
    pub opens: Opens,
    /// Whether a command was typed into it.
    used: bool,
}

/// For each pane of the terminal the shells opened in it, the innermost last.
#[derive(Clone, Debug)]
pub(super) struct Panes {
    shells: Vec<Vec<Shell>>,
    at: usize,
    before: usize,
}

impl Panes {
    pub(super) fn new() -> Self {
        Self { shells: vec![Vec::new()], at: 0, before: 0 }
    }

    /// The shells opened in the pane that is typed into.
    pub(super) fn here(&mut self) -> &mut Vec<Shell> {
        &mut self.shells[self.at]
    }

    /// A step was planned: follows it into shells and panes. What its commands open is followed as they are read.
    pub(super) fn follow(&mut self, action: &Action) {
        match action {
            Action::Press(keys) if keys.iter().any(|key| is_end(*key)) => self.end(),
            Action::Keys(text) if leaves(text) => drop(self.here().pop()),
            // Back at the prompt where it was called.
            Action::Check => drop(self.here().pop_if(|shell| !shell.used)),
            Action::Pane(pane) => self.turn(*pane),
            _ => {}
        }
    }

    /// The end of the input leaves a shell; the pane's own goes with the pane.
    fn end(&mut self) {
        if self.here().pop().is_none() {
            self.turn(Pane::Close);
        }
    }

    /// A new pane has a new shell; others are returned to.
    fn turn(&mut self, pane: Pane) {
        let to = match pane {
            Pane::New => {
                self.shells.push(Vec::new());
                self.shells.len() - 1
            }
            Pane::Last => self.before,
            Pane::Select(number) if number < self.shells.len() => number,
            Pane::Close => {
                self.here().clear();
                self.before
            }
            Pane::Select(_) | Pane::Layout => return,
        };
        (self.before, self.at) = (self.at, to);
    }
}

/// A command is typed into the innermost of these shells: marks it, and follows it.
pub(super) fn typed(command: &mut Typed, shells: &mut Vec<Shell>) {
    if let Some(outer) = shells.last_mut() {
        outer.used = true;
        command.inside = Some(outer.by.clone());
        // They are programs of another machine.
        command.programs.clear();
    }
    if leaves(&command.text) {
        if shells.pop().is_some() && command.status == Status::Zero {
            // A shell that is left passes on the status of what ran there last.
            command.status = Status::Any;
        }
    } else if let Some(opens) = command.opens {
        shells.push(Shell {
            by: command.text.lines().next().unwrap_or_default().to_owned(),
            opens,
            used: false,
        });
    }
}

/// Whether a text leaves a shell.
pub(super) fn leaves(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().trim_end_matches([';', '(', ')']);
    matches!(first.to_lowercase().as_str(), "exit" | "logout" | "quit" | "\\q" | ".exit" | ".quit")
}

/// `^D`: the end of what is typed.
fn is_end(key: Key) -> bool {
    key.bytes(false) == b"\x04"
}
