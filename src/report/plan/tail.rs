//! What a plan ends with: promises that nothing checks, each with a directive to paste, what needs a person, and how
//! long it will take.

use super::Page;
use crate::bash::Attendance;
use crate::plan::{Action, Plan, Step, Typed};
use crate::report::layout::{count, time};

/// How long a plan will probably take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// All of its steps.
    pub steps: usize,
    /// Those of them that an earlier run timed…
    pub timed: usize,
    /// … and what these will take, in milliseconds.
    pub ms: u64,
}

impl Forecast {
    /// Of these steps.
    #[must_use]
    pub fn of<'a>(
        steps: impl IntoIterator<Item = &'a Step>,
        expected: &dyn Fn(&Step) -> Option<u64>,
    ) -> Self {
        let mut forecast = Self::default();
        for step in steps {
            let ms = expected(step);
            forecast.add(Self { steps: 1, timed: usize::from(ms.is_some()), ms: ms.unwrap_or(0) });
        }
        forecast
    }

    /// Of both.
    pub fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.timed += other.timed;
        self.ms += other.ms;
    }

    /// `12 steps, 2 min 5 s in earlier runs`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let steps = count(self.steps, "step");
        match self.timed {
            0 => format!("{steps}, not timed yet: no earlier run held"),
            timed if timed == self.steps => format!("{steps}, {} in earlier runs", time(self.ms)),
            timed => format!("{steps}, {timed} of them {} in earlier runs", time(self.ms)),
        }
    }
}

impl Page<'_> {
    pub(super) fn unchecked(&mut self, plan: &Plan) {
        let checks: usize = plan.steps.iter().map(|step| step.checks.len()).sum();
        self.line("");
        let open = plan.unchecked.len();
        self.wrapped(&format!("{} checked, {open} not checked", count(checks, "promise")));
        for promise in &plan.unchecked {
            let number = plan.deck.slides[promise.slide].number;
            let at = format!("slide {number}, line {}", promise.line);
            self.row("      ", &self.shown(&promise.text), &at);
            self.row("        ", &self.shown(&promise.directive()), "");
        }
        if open > 0 {
            self.row(
                "      ",
                "(each is checked once its directive stands behind the command it speaks of)",
                "",
            );
        }
    }

    /// What a person must give, do or look at.
    pub(super) fn person(&mut self, plan: &Plan) {
        let mut wants: Vec<(&str, String, usize, String)> = Vec::new();
        for (at, step) in plan.steps.iter().enumerate() {
            for name in &step.needs {
                if !wants.iter().any(|(word, known, ..)| *word == "value" && known == name) {
                    wants.push(("value", name.clone(), step.line, "--set NAME=VALUE".to_owned()));
                }
            }
            if let Some(reason) = &step.skip {
                wants.push(("by hand", step.text.clone(), step.line, reason.clone()));
            }
            if matches!(step.action, Action::Open) {
                wants.push(("browser", step.text.clone(), step.line, String::new()));
            }
            for (command, why) in alone(plan, at) {
                wants.push(("keys", command.text.clone(), command.line, why.to_owned()));
            }
        }
        if wants.is_empty() {
            return;
        }
        self.line("");
        self.line("needs a person");
        for (word, text, line, why) in wants {
            self.detail(word, &text, &format!("line {line}"));
            if !why.is_empty() {
                self.aside(&format!("({why})"));
            }
        }
    }

    pub(super) fn forecast(&mut self, plan: &Plan) {
        self.line("");
        let forecast = Forecast::of(&plan.steps, self.view.expected);
        self.wrapped(&forecast.sentence());
    }
}

/// Commands of a step that want keys which no directive presses.
fn alone(plan: &Plan, at: usize) -> impl Iterator<Item = (&Typed, &str)> {
    let spoken_to = plan.steps[at + 1..]
        .iter()
        .take_while(|step| step.commands().is_empty())
        .any(|step| !matches!(step.action, Action::Await { .. } | Action::Open));
    plan.steps[at].commands().iter().filter_map(move |command| match &command.attendance {
        Attendance::Keyboard(why) | Attendance::Terminal(why)
            if !spoken_to && command.edit.is_none() && command.opens.is_none() =>
        {
            Some((command, why.as_str()))
        }
        _ => None,
    })
}
