//! Which commands run at the terminal, and in which shell: after `ssh box` or `docker exec -ti x sh`, what learners type
//! goes there until they leave it. Typed anywhere else it would do to this machine what was meant for another.

use super::{Action, Pane, Status, Step, Typed};
use crate::bash::Attendance;
use crate::keys::Key;

/// Marks the commands of the whole deck.
pub(super) fn mark(steps: &mut [Step]) {
    let mut panes = Panes { shells: vec![Vec::new()], at: 0, before: 0 };
    for index in 0..steps.len() {
        let keyed = is_keyed(&steps[index + 1..]);
        let step = &mut steps[index];
        if step.skip.is_some() {
            continue;
        }
        let asked = step.options.terminal;
        match &mut step.action {
            Action::Type(commands) => {
                let last = commands.len().saturating_sub(1);
                for (place, command) in commands.iter_mut().enumerate() {
                    panes.typed(command);
                    command.terminal = asked
                        || (keyed && place == last)
                        || command.inside.is_some()
                        || command.attendance != Attendance::None;
                }
            }
            Action::Press(keys) if keys.iter().any(|key| is_end(*key)) => panes.end(),
            Action::Keys(text) if leaves(text) => drop(panes.here().pop()),
            Action::Pane(pane) => panes.turn(*pane),
            _ => {}
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

/// For each pane of the terminal the commands that opened its shells, the innermost last.
struct Panes {
    shells: Vec<Vec<String>>,
    at: usize,
    before: usize,
}

impl Panes {
    fn here(&mut self) -> &mut Vec<String> {
        &mut self.shells[self.at]
    }

    fn typed(&mut self, command: &mut Typed) {
        let open = self.here();
        if let Some(outer) = open.last() {
            command.inside = Some(outer.clone());
            // They are programs of another machine.
            command.programs.clear();
        }
        if leaves(&command.text) {
            if open.pop().is_some() && command.status == Status::Zero {
                // A shell that is left passes on the status of what ran there last.
                command.status = Status::Any;
            }
        } else if command.opens_shell {
            open.push(command.text.lines().next().unwrap_or_default().to_owned());
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

/// Whether a text leaves a shell.
fn leaves(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().trim_end_matches([';', '(', ')']);
    matches!(first, "exit" | "logout" | "quit" | "\\q" | ".exit" | ".quit")
}

/// `^D`: the end of what is typed.
fn is_end(key: Key) -> bool {
    key.bytes(false) == b"\x04"
}
