//! Viewers that stand one after the other in a block whose directives leave each of them:
//!
//! ```text
//! kubectl get pods -w             wait RESTARTS
//! kubectl get deployments -w      key ^C
//!                                 wait AVAILABLE
//!                                 key ^C
//! ```
//!
//! Learners type the second when the first is left, and what follows speaks to it. So it waits for the key.

use super::Error;
use super::directives::is_ending;
use super::pane::Pane;
use super::runner::Runner;
use crate::bash::Attendance;
use crate::event::Checked;
use crate::plan::{Action, Step, Typed};

impl Runner<'_> {
    /// What of a block is typed only when the command at `place` has been left: the viewers behind it, if there are keys
    /// for each.
    pub(super) fn typed_later<'s>(&self, index: usize, step: &'s Step, place: usize) -> &'s [Typed] {
        let views = |command: &Typed| {
            command.terminal
                && command.inside.is_none()
                && matches!(command.attendance, Attendance::Viewer(_))
        };
        let rest = &step.commands()[place..];
        let keys = self.plan.steps[index + 1..]
            .iter()
            .take_while(|step| !matches!(step.action, Action::Type(_)))
            .filter(
                |step| matches!(&step.action, Action::Press(keys) if keys.iter().any(|key| is_ending(*key))),
            );
        let later = rest.iter().all(views) && keys.count() >= rest.len();
        if later { &rest[1..] } else { &[] }
    }

    /// Types the next of these, where what was typed before has been left and is over; it is judged.
    pub(super) async fn type_later(&mut self, index: usize, step: &Step) -> Result<Vec<Checked>, Error> {
        let open = &mut self.panes.here()?.open;
        let Some(open) = open.as_mut().filter(|open| open.came.is_some() && !open.later.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut later = std::mem::take(&mut open.later);
        let (block, place, command) = later.remove(0);
        let text = command.text.clone();
        let checks = self.run_line(index, step, &text).await?;
        let block = &self.plan.steps[block];
        if let Pane { open: Some(open), .. } = self.panes.here()? {
            open.checks = block.checks.iter().filter(|check| check.command == place).cloned().collect();
            (open.command, open.later) = (Some(command), later);
        }
        Ok(checks)
    }
}
