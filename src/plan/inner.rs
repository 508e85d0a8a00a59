//! Shells within the shell: after `ssh box` or `docker exec -ti x sh`, what learners type goes there until they leave
//! it. Such commands need the terminal like the one that opened it; typed anywhere else they would do to this machine
//! what was meant for another.

use super::{Action, Step, Typed};
use crate::bash::Attendance;

/// Marks commands that are typed into a shell that a command before them opened, over the whole deck.
pub(super) fn mark(steps: &mut [Step]) {
    let mut panes = Panes { shells: vec![Vec::new()], at: 0, before: 0 };
    for step in steps.iter_mut().filter(|step| step.skip.is_none()) {
        match (&mut step.action, step.method.as_str()) {
            (Action::Type(commands), _) => commands.iter_mut().for_each(|command| panes.typed(command)),
            (Action::Terminal, "key") if step.text.trim() == "^D" => drop(panes.here().pop()),
            (Action::Terminal, "keys") if leaves(&step.text) => drop(panes.here().pop()),
            (Action::Terminal, "tmux") => panes.tmux(&step.text),
            _ => {}
        }
    }
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
            command.attendance =
                Attendance::Keyboard(format!("it belongs in the shell that `{outer}` opened"));
            command.programs.clear();
        }
        if leaves(&command.text) {
            open.pop();
        } else if command.opens_shell {
            open.push(command.text.lines().next().unwrap_or_default().to_owned());
        }
    }

    /// A new pane has a new shell; others are returned to.
    fn tmux(&mut self, command: &str) {
        let mut words = command.split_whitespace();
        let to = match words.next().unwrap_or_default() {
            verb if verb.starts_with("split") || verb.starts_with("new") => {
                self.shells.push(Vec::new());
                self.shells.len() - 1
            }
            verb if verb.starts_with("last") => self.before,
            "select-pane" | "selectp" => match words.next_back().and_then(|number| number.parse().ok()) {
                Some(number) if number < self.shells.len() => number,
                _ => return,
            },
            "kill-pane" | "killp" => {
                self.here().clear();
                self.before
            }
            _ => return,
        };
        (self.before, self.at) = (self.at, to);
    }
}

/// Whether a text leaves a shell.
fn leaves(text: &str) -> bool {
    matches!(text.split_whitespace().next(), Some("exit" | "logout"))
}
